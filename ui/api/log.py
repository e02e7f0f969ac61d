"""The log on stderr, a line an event. It never holds what was asked."""

from __future__ import annotations

import os
import re
import sys
import traceback
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from starlette.types import Scope

SHOWN = 200  # characters of a path
ASKED = re.compile(r"(/agencies/).+", re.DOTALL)  # what stands behind it is a question, not an address


def report(error: Exception) -> None:
    """An unforeseen failure on stderr: its kind and place; its text, which may hold a question, only for debugging."""
    if os.environ.get("MINGJIAN_DEBUG"):
        traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    say(f"程序内部出错：{type(error).__name__}（{place}）")


def write(scope: Scope, status: int, seconds: float) -> None:
    """One line of the log: time, client, method, path, status, duration."""
    client = scope.get("client")
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    path = quote(ASKED.sub(r"\1-", str(scope["path"])), safe="/")[:SHOWN]
    say(f"{now} {client[0] if client else '-'} {scope['method']} {path} {status or '-'} {seconds * 1000:.0f}ms")


def say(line: str) -> None:
    """One line on stderr, in one piece; a log that cannot be written stops nobody."""
    with suppress(OSError, ValueError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
