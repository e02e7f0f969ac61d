"""The page's own log and counts: what was asked for, never the question; sessions as they open and end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ui import logs
from ui.api.log import number_of, write

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ui.api.metrics import Metrics

QUIET = ("/static", "/_stcore/health", "/_stcore/host-config", "/component", "/api")  # the API logs its own


class Watch:
    """ASGI middleware: an object a request and a session in the log, where it is JSON."""

    def __init__(self, app: ASGIApp, metrics: Metrics | None = None) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or session."""
        if scope["type"] == "websocket":
            await self._session(scope, receive, send)
        elif scope["type"] != "http" or str(scope["path"]).startswith(QUIET) or not logs.is_json():
            await self.app(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), 0
        number = number_of(scope)
        named = logs.request_id.set(number)

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                headers = [*message.get("headers", ()), (b"x-request-id", number.encode("ascii"))]
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            write(scope, status, time.perf_counter() - began)
            logs.request_id.reset(named)

    async def _session(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        named = logs.request_id.set(number_of(scope))
        client = scope.get("client")
        logs.event("session", status="open", client=client[0] if client else None, user=scope.get("mingjian.user"))
        if self._metrics:
            self._metrics.sessions.inc()
        try:
            await self.app(scope, receive, send)
        finally:
            if self._metrics:
                self._metrics.sessions.dec()
            logs.event("session", status="closed", duration_ms=round((time.perf_counter() - began) * 1000))
            logs.request_id.reset(named)
