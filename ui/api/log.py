"""The log on stderr, a line an event (:mod:`ui.logs`). It never holds what was asked."""

from __future__ import annotations

import os
import re
import secrets
import sys
import traceback
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ui import logs

if TYPE_CHECKING:
    from starlette.types import Scope

PAGES = {
    *("", "overview", "search", "measures", "topics", "trends", "compare", "statistics", "agency", "report", "quality"),
    *("brief", "label", "intake", "export", "guide"),
}  # addresses of the page itself, which are no routes
PLACE = re.compile(r"\{[^{}]*\}")  # in a route's template
GIVEN = re.compile(rb"[A-Za-z0-9._-]{1,64}")  # a request's number that a proxy may have given it


def number_of(scope: Scope) -> str:
    """The number of a request: the one that a proxy gave it in ``X-Request-ID``, else a new one."""
    given = dict(scope["headers"]).get(b"x-request-id", b"")
    return given.decode("ascii") if GIVEN.fullmatch(given) else secrets.token_hex(8)


def report(error: Exception) -> None:
    """An unforeseen failure on stderr: its kind and place; its text, which may hold a question, only for debugging."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    if logs.is_json():
        whole = "".join(traceback.format_exception(error)) if os.environ.get("MINGJIAN_DEBUG") else None
        logs.event("error", "error", error=type(error).__name__, place=place, trace=whole)
        return
    if os.environ.get("MINGJIAN_DEBUG"):
        traceback.print_exception(error)
    say(f"程序内部出错：{type(error).__name__}（{place}）")


def address(scope: Scope, route: str = "") -> str:
    """What was asked for, without what a person put into it: "/saved/-"; "-" where it is no address of ours."""
    template = route or str(getattr(scope.get("route"), "path", ""))
    if template:
        return str(scope.get("root_path", "")) + PLACE.sub("-", template)
    path = str(scope["path"])
    return path if path.startswith("/") and path[1:] in PAGES else "-"


def write(scope: Scope, status: int, seconds: float, route: str = "") -> None:
    """One line of the log: time, client, method, address, status, duration."""
    client = scope.get("client")
    path = address(scope, route)
    level: logs.Level = "error" if status >= 500 or not status else "info"
    if logs.event(
        "request",
        level,
        client=client[0] if client else None,
        method=scope["method"],
        path=path,
        route=route,
        status=status,
        duration_ms=round(seconds * 1000, 1),
        user=scope.get("mingjian.user"),
    ):
        return
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    say(f"{now} {client[0] if client else '-'} {scope['method']} {path} {status or '-'} {seconds * 1000:.0f}ms")


def say(line: str) -> None:
    """One line on stderr, in one piece; a log that cannot be written stops nobody."""
    with suppress(OSError, ValueError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
