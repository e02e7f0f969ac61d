"""Who may see the page. On this machine's own address everybody who sits at it; on any other a password, or the name
that a reverse proxy has put into a header. It stands before the page, its websocket and the API beside it.

* Without either, requests must call the server by a name of this machine: a page of another site cannot reach it under
  a forged name (DNS rebinding). What came through a proxy is refused: it would let in everybody behind it.
* Whatever the mode, a request that a page of another site sent (``Origin`` is not this server, or ``Sec-Fetch-Site``
  says so, as of pictures and scripts, which have no ``Origin``) is refused. A link that leads to the page is not.
* Password: a form, then a cookie that no script can read and no other site's request carries; programs may send
  ``Authorization: Bearer PASSWORD`` instead. Five wrong passwords a minute from one address, then it waits.
* Proxy: the header counts only where the request comes from the proxy's address; whoever reaches the server past the
  proxy is refused, whatever he sends.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from ui.api.access import ELSEWHERE, LOOPBACK, name_in, relayed

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOGIN, LOGOUT = "/login", "/logout"
API = "/api"
DOCUMENT = b"document"
COOKIE = "mingjian"
HOURS = 12  # that a login holds
TRIES, MINUTE, REMEMBERED = 5, 60.0, 10_000  # wrong passwords, the seconds they count for, addresses kept
FORM_BYTES = 4_096
OPEN = {"/_stcore/health", "/api/health", "/api/health/live"}  # for what restarts a server that does not answer
NETWORK = 64  # bits of an IPv6 address that name who has it; the rest he chooses himself
STRANGE = "这个请求是别的网站发来的，不予处理"
UNGUARDED = (
    "请求是反向代理转来的，而网页没有设口令，谁都能进。请用 --password（或环境变量 MINGJIAN_PASSWORD）设口令，"
    "或用 --proxy-header 说明代理把来人写在哪个请求头里"
)
LOCAL_ORIGIN = b"http://localhost"  # what Streamlit is told once the origin was checked here
HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # with no-referrer a browser sends its own forms from "null"
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
)
PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
body {{ font-family: "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #1d2733; background: #f4f6f9;
  display: flex; justify-content: center; padding-top: 18vh; margin: 0 }}
main {{ background: #fff; border: 1px solid #d5dce5; border-radius: 6px; padding: 28px 36px; max-width: 26em }}
h1 {{ font-size: 20px; margin: 0 0 16px }}
input, button {{ font: inherit; padding: 8px 12px; border-radius: 4px; border: 1px solid #6b7a8c }}
button {{ background: #1f4e79; color: #fff; border-color: #1f4e79; cursor: pointer }}
p[role=alert] {{ color: #a11; margin: 12px 0 0 }}
</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"""
FORM = """<form method="post" action="{action}"><label for="password">访问口令</label><br>
<input id="password" name="password" type="password" autocomplete="current-password" autofocus required>
<button>进入</button></form>{told}"""


@dataclass(frozen=True, slots=True)
class Entry:
    """How people come in.

    Attributes:
        password: asked for, where it is given.
        header: lower-case name of the header in which a reverse proxy says who somebody is.
        proxies: the proxy's addresses.
        names: what the server may be called where neither is set.
    """

    password: str | None = None
    header: bytes | None = None
    proxies: frozenset[str] = LOOPBACK
    names: frozenset[str] = LOOPBACK

    @property
    def guarded(self) -> bool:
        """Whether others than those at this machine may come in."""
        return self.password is not None or self.header is not None


@dataclass(slots=True)
class _Tries:
    """Wrong passwords by address, the newest last."""

    at: OrderedDict[str, list[float]] = field(default_factory=OrderedDict)

    def wait(self, address: str) -> bool:
        """Whether this address has to wait."""
        fresh = [moment for moment in self.at.get(address, ()) if time.monotonic() - moment < MINUTE]
        return len(fresh) >= TRIES

    def wrong(self, address: str) -> None:
        """Count one."""
        self.at[address] = [*self.at.pop(address, ())[-TRIES + 1 :], time.monotonic()]
        while len(self.at) > REMEMBERED:
            self.at.popitem(last=False)


class Gate:
    """ASGI middleware; see above."""

    def __init__(self, app: ASGIApp, entry: Entry) -> None:
        self.app = app
        self._entry = entry
        self._key = secrets.token_bytes(32)  # logins end with the process
        self._tries = _Tries()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or not."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        path = str(scope["path"])
        told = self._strange(headers, scope)
        if told:
            await _refuse(scope, receive, send, 403, told)
        elif self._entry.password is not None and scope["type"] == "http" and path in (LOGIN, LOGOUT):
            await self._login(scope, receive, send, headers)
        elif path in OPEN or self._known(scope, headers):
            await self.app(_as_local(scope), receive, send)
        elif self._entry.header is not None:
            await _refuse(scope, receive, send, 401, "反向代理没有说明来人是谁，请先在单位的入口登录")
        elif scope["type"] == "http" and scope["method"] == "GET" and _wants_page(headers):
            await _see(send, LOGIN)
        else:
            await _refuse(scope, receive, send, 401, "请先登录，或带上 Authorization: Bearer 口令")

    def _strange(self, headers: dict[bytes, bytes], scope: Scope) -> str:
        """Why a request is not looked at further; empty where it may be."""
        entry = self._entry
        host = headers.get(b"host", b"")
        if not entry.guarded and name_in(host) not in entry.names:
            return (
                "不认识这个主机名，请用 127.0.0.1 或 localhost 打开；经反向代理访问的，启动时要加 --proxy-header 或口令"
            )
        if not entry.guarded and relayed(headers):
            return UNGUARDED
        if entry.header is not None:
            client = scope.get("client")
            if client is None or client[0] not in entry.proxies:
                return "请从单位的入口（反向代理）打开"
            host = headers.get(b"x-forwarded-host", host)
        origin = headers.get(b"origin")
        if origin is not None and not same_place(origin, host):
            return STRANGE
        if scope["type"] == "http" and _sent_elsewhere(headers, str(scope["path"])):
            return STRANGE
        return ""

    def _known(self, scope: Scope, headers: dict[bytes, bytes]) -> bool:
        entry = self._entry
        if entry.header is not None:
            user = headers.get(entry.header, b"").strip()
            scope["mingjian.user"] = user.decode("utf-8", "replace")[:100]
            return bool(user)
        if entry.password is None:
            return True
        scheme, _, given = headers.get(b"authorization", b"").strip().partition(b" ")
        if scheme.lower() == b"bearer":
            return self._is_password(given.strip(), _client(scope))
        return self._signed(headers.get(b"cookie", b""))

    def _is_password(self, given: bytes, client: str) -> bool:
        """Whether it is the password; wrong ones count, and who has to wait is not told."""
        if self._tries.wait(client):
            return False
        right = hmac.compare_digest(_digest(given), _digest((self._entry.password or "").encode("utf-8")))
        if not right:
            self._tries.wrong(client)
        return right

    def _cookie(self) -> str:
        until = str(int(time.time()) + HOURS * 3600)
        return f"{until}.{hmac.new(self._key, until.encode(), hashlib.sha256).hexdigest()}"

    def _signed(self, header: bytes) -> bool:
        try:
            found = SimpleCookie(header.decode("latin-1")).get(COOKIE)
        except CookieError:
            return False
        until, _, mark = (found.value if found else "").partition(".")
        right = hmac.new(self._key, until.encode(), hashlib.sha256).hexdigest()
        same = hmac.compare_digest(mark.encode(), right.encode())
        return same and until.isdigit() and int(until) > time.time()

    async def _login(self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]) -> None:
        secure = "; Secure" if headers.get(b"x-forwarded-proto") == b"https" or scope.get("scheme") == "https" else ""
        kept = f"Path=/; HttpOnly; SameSite=Strict{secure}"
        if scope["path"] == LOGOUT:
            gone = (b"set-cookie", f"{COOKIE}=; Max-Age=0; {kept}".encode())
            await _see(send, LOGIN, gone)
            return
        if scope["method"] != "POST":
            await _page(send, 200, _form())
            return
        if self._tries.wait(_client(scope)):
            await _page(send, 429, _form("口令错得太多，请一分钟后再试"), (b"retry-after", b"60"))
            return
        given = await _password(receive)
        if not self._is_password(given, _client(scope)):
            await _page(send, 401, _form("口令不对"))
            return
        cookie = f"{COOKIE}={self._cookie()}; Max-Age={HOURS * 3600}; {kept}"
        await _see(send, "/", (b"set-cookie", cookie.encode()))


def same_place(origin: bytes, host: bytes) -> bool:
    """Whether an ``Origin`` is the server that ``Host`` names; a page without an origin ("null") is none."""
    try:
        found = urlsplit(origin.decode("latin-1"))
        asked = urlsplit(f"//{host.decode('latin-1')}")
        known = {"http": 80, "https": 443}[found.scheme]
        return found.hostname == asked.hostname and (found.port or known) == (asked.port or known)
    except (ValueError, KeyError):
        return False


def _sent_elsewhere(headers: dict[bytes, bytes], path: str) -> bool:
    """Whether a browser says that a page of another site asks, and not a person who followed a link to a page."""
    if headers.get(b"sec-fetch-site") not in ELSEWHERE:
        return False
    followed = headers.get(b"sec-fetch-mode") == b"navigate" and headers.get(b"sec-fetch-dest", DOCUMENT) == DOCUMENT
    return not followed or path == API or path.startswith(f"{API}/")


def _as_local(scope: Scope) -> Scope:
    """The request as Streamlit takes it; it would ask a server on the internet for this machine's own address else."""
    headers = [(name, LOCAL_ORIGIN if name == b"origin" else value) for name, value in scope["headers"]]
    return {**scope, "headers": headers}


def _client(scope: Scope) -> str:
    """By what wrong passwords are counted: an address, of IPv6 on the internet the network that one person has.

    An office is one network, too, whose addresses are no global ones: there each counts for itself.
    """
    client = scope.get("client")
    try:
        address = ipaddress.ip_address(str(client[0])) if client else None
    except ValueError:
        return str(client[0]) if client else "?"
    if isinstance(address, ipaddress.IPv6Address) and address.is_global and address.ipv4_mapped is None:
        return str(ipaddress.IPv6Network((int(address), NETWORK), strict=False))
    return str(address or "?")


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()


def _wants_page(headers: dict[bytes, bytes]) -> bool:
    return b"text/html" in headers.get(b"accept", b"")


async def _password(receive: Receive) -> bytes:
    """The field of the form; empty where there is none, or more than a form."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > FORM_BYTES or message["type"] == "http.disconnect":
            return b""
        if not message.get("more_body"):
            break
    found = parse_qs(body.decode("utf-8", "replace"), max_num_fields=4).get("password", [""])
    return found[0].encode("utf-8")


def _form(told: str = "") -> str:
    return FORM.format(action=LOGIN, told=f'<p role="alert">{escape(told)}</p>' if told else "")


async def _page(send: Send, status: int, body: str, *more: tuple[bytes, bytes]) -> None:
    page = PAGE.format(title="明鉴", body=body).encode("utf-8")
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(page)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *HEADERS, *more]})
    await send({"type": "http.response.body", "body": page})


async def _see(send: Send, place: str, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"location", place.encode()), (b"content-length", b"0"), *HEADERS, *more]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, told: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        closing: Message = {"type": "websocket.close", "code": 1008}
        await send(closing)
        return
    await _page(send, status, f'<p role="alert">{escape(told)}</p>')
