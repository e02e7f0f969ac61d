"""What stands before every route: who asks, how much, how long; and the log, which never holds what was asked."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.api import limits
from ui.api.access import ELSEWHERE, VARIABLE, Door, relayed
from ui.api.errors import RETRY, Problem, problem
from ui.api.log import number_of, report, write
from ui.logs import request_id

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ui.api.metrics import Metrics

OPEN = {"/health", "/health/live"}  # asked without a token, by what restarts a server that does not answer
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """See :mod:`ui.api.limits`."""

    body: int = limits.BODY
    body_seconds: float = limits.BODY_SECONDS
    query_string: int = limits.QUERY_STRING
    seconds: float = limits.SECONDS
    at_once: int = limits.AT_ONCE


class Sender:
    """The way back to the client: adds headers and remembers the status."""

    def __init__(self, send: Send, number: str) -> None:
        self._send = send
        self._number = (b"x-request-id", number.encode("ascii"))
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            message = {**message, "headers": [*message.get("headers", ()), *HEADERS, self._number]}
        await self._send(message)


class Gate:
    """The app's way to the sender, shut where its answer would come too late."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.used = False
        self.shut = False

    async def __call__(self, message: Message) -> None:
        """Pass a message on, or drop it."""
        if not self.shut:
            self.used = True
            await self._send(message)


class Guard:
    """ASGI middleware: door, limits, log, counts, and a last net for what no handler foresaw."""

    def __init__(self, app: ASGIApp, door: Door, allowed: Limits, log: bool, metrics: Metrics | None = None) -> None:
        self.app = app
        self._door = door
        self._limits = allowed
        self._log = log
        self._metrics = metrics
        self._busy: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        number = number_of(scope)
        named = request_id.set(number)
        sender = Sender(send, number)
        if self._metrics:
            self._metrics.running.inc()
        try:
            found = self._refused(scope) or await self._body(receive)
            if isinstance(found, Problem):
                await found(scope, receive, sender)
            elif found is not None:
                await self._answer(scope, replay(found, receive), sender)
        finally:
            seconds, route = time.perf_counter() - began, route_of(scope)
            if self._metrics:
                self._metrics.running.dec()
                self._metrics.answered(scope["method"], route, sender.status, seconds)
            if self._log:
                write(scope, sender.status, seconds, route)
            request_id.reset(named)

    def _refused(self, scope: Scope) -> Problem | None:
        """Why a request is turned away before it is looked at."""
        headers = dict(scope["headers"])
        path = str(scope["path"]).removeprefix(str(scope.get("root_path", "")))
        if not self._door.is_named(headers.get(b"host", b"")):
            return problem(400, "不认识请求里的主机名，请用 127.0.0.1 或 localhost 访问")
        if self._door.alone and headers.get(b"sec-fetch-site") in ELSEWHERE:
            return problem(403, "这个请求是别的网站发来的，不予处理")
        if self._door.alone and relayed(headers):
            return problem(403, f"请求是反向代理转来的，而接口没有设令牌，谁都能进。请用环境变量 {VARIABLE} 设令牌")
        if path not in OPEN and not self._door.knows(headers.get(b"authorization", b"")):
            return problem(401, "令牌不对，请带上 Authorization: Bearer 令牌", {"WWW-Authenticate": "Bearer"})
        if len(scope.get("query_string", b"")) > self._limits.query_string:
            return problem(414, f"地址太长，问号之后请不要超过 {self._limits.query_string} 字节")
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._limits.body:
            return self._too_large()
        if len(self._busy) >= self._limits.at_once:
            return problem(503, "正在处理的请求太多，请稍后再试", RETRY)
        return None

    def _too_large(self) -> Problem:
        return problem(413, f"请求体太大，请不要超过 {self._limits.body} 字节", {"Connection": "close"})

    async def _body(self, receive: Receive) -> bytes | Problem | None:
        """The whole body; an answer where it is too large or too slow; None where the client went away."""
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body.extend(message.get("body", b""))
                    if len(body) > self._limits.body:
                        return self._too_large()
                    if not message.get("more_body"):
                        return bytes(body)
        except TimeoutError:
            return problem(408, "请求体迟迟没有发完", {"Connection": "close"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer in time; what takes longer ends by itself and counts as busy until then."""
        gate = Gate(send)
        task = asyncio.create_task(self._run(scope, receive, gate))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        done, _ = await asyncio.wait({task}, timeout=self._limits.seconds)
        if done or gate.used:
            await task
            return
        gate.shut = True
        late = problem(503, f"{self._limits.seconds:g} 秒内没有算完，请加筛选条件后再试", RETRY)
        await late(scope, receive, send)

    async def _run(self, scope: Scope, receive: Receive, gate: Gate) -> None:
        try:
            await self.app(scope, receive, gate)
        except Exception as error:
            report(error)
            if not gate.used:
                await problem(500, "程序内部出错，详情见服务器的记录")(scope, receive, gate)


def route_of(scope: Scope) -> str:
    """The template of the route that answered, "/reports/{report}"; empty where none did."""
    return str(getattr(scope.get("route"), "path", ""))


def replay(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives a body already read, then what comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
