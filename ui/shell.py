"""The web page's outer shell made Chinese: Streamlit ships one English index.html, which every path gets."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

TITLE = "明鉴 · 政府信息公开年度报告检索与分析"
OWN_PATHS = ("/_stcore", "/static", "/media", "/component", "/api")
_ICON = re.compile(rb'<link rel="shortcut icon"[^>]*>')
_AGENT = re.compile(rb'<link rel="service-desc"[^>]*>')
_TITLE = re.compile(rb"<title>[^<]*</title>")
# a conditional or compressed answer could not be rewritten
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
            kept = [pair for pair in start["headers"] if pair[0] not in (b"content-length", b"etag", b"last-modified")]
            html = dict(start["headers"]).get(b"content-type", b"").startswith(b"text/html")
            page = chinese(body) if html else body
            length = (b"content-length", str(len(page)).encode())
            await send({**start, "headers": [*kept, length]})
            await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, collect)
