"""The web page's outer shell made Chinese: Streamlit ships one English index.html, which every path gets."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

TITLE = "明鉴 · 政府信息公开年度报告检索与分析"
OWN_PATHS = ("/_stcore", "/static", "/media", "/component", "/api")
_ICON = re.compile(rb'<link rel="shortcut icon"[^>]*>')
_AGENT = re.compile(rb'<link rel="service-desc"[^>]*>')
_TITLE = re.compile(rb"<title>[^<]*</title>")
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
# scripts: the page's own files and the inline ones that are there when it is served, told by their hash; markup that
# got into the page by whatever way runs nothing, and nothing is fetched from or sent to anywhere else
POLICY = (
    "default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-src 'self'; object-src 'none';"
    " base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
# a conditional or compressed answer could not be rewritten
REPLACED = {b"content-length", b"etag", b"last-modified", b"cache-control", b"content-security-policy"}
DROPPED = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}


@cache
def head() -> bytes:
    """What is put into every page's head: icon, styles, and the script that turns leftovers Chinese."""
    folder = files("ui").joinpath("assets")
    parts = [folder.joinpath(name).read_text(encoding="utf-8") for name in ("icon.html", "style.html", "script.html")]
    return "\n".join(parts).encode("utf-8")


def chinese(page: bytes) -> bytes:
    """Streamlit's index.html with language, title, icon and head of ours."""
    page = page.replace(b'<html lang="en">', b'<html lang="zh-CN">', 1)
    page = _TITLE.sub(f"<title>{TITLE}</title>".encode(), page, count=1)
    page = _AGENT.sub(b"", _ICON.sub(b"", page, count=1), count=1)
    return page.replace(b"</head>", head() + b"</head>", 1)


@lru_cache(maxsize=4)
def guarding(page: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Headers that keep the page from running, fetching or being framed by what is not ours."""
    hashes = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in _INLINE.findall(page))
    policy = POLICY.format(scripts=" ".join(f"'sha256-{one}'" for one in hashes))
    return (
        (b"content-security-policy", policy.encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"same-origin"),  # an address holds what was searched for
        (b"cache-control", b"no-store"),
    )


def is_page(scope: Scope) -> bool:
    """Whether a request is for the page itself, not for one of its files."""
    path = str(scope.get("path", ""))
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and not path.startswith(OWN_PATHS)
        and "." not in path.rsplit("/", 1)[-1].removesuffix("index.html")
    )


class ChineseShell:
    """ASGI middleware that rewrites the page; everything else passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not is_page(scope):
            await self.app(scope, receive, send)
            return
        scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in DROPPED]}
        start: Message | None = None
        body = b""

        async def collect(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body") or start is None:
                return
            kept = [pair for pair in start["headers"] if pair[0] not in REPLACED]
            html = dict(start["headers"]).get(b"content-type", b"").startswith(b"text/html")
            page = chinese(body) if html else body
            length = (b"content-length", str(len(page)).encode())
            await send({**start, "headers": [*kept, length, *(guarding(page) if html else ())]})
            await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, collect)
