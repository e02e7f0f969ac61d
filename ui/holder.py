"""The open archive of this process: one for all sessions of the page and for the API."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.errors import MingjianError

if TYPE_CHECKING:
    from index import Archive

Stamp = tuple[str, int, int]
STORE = "store.sqlite3"
POINTER = "store.toml"  # there instead where the data lie in a database
_lock = threading.Lock()
_open: dict[Path, tuple[int, Archive]] = {}


def folder() -> Path:
    """The archive that this process serves (``MINGJIAN_ARCHIVE``, or ``./archive``)."""
    return Path(os.environ.get("MINGJIAN_ARCHIVE", "archive")).absolute()


def identity(path: Path) -> int:
    """Tells a store from another that took its place.

    Raises:
        MingjianError: there is no archive in the folder.
    """
    try:
        return next((path / name).stat().st_ino for name in (STORE, POINTER) if (path / name).exists())
    except (OSError, StopIteration):
        raise MingjianError(f"{path} 里还没有档案，请先运行：mingjian add 报告所在文件夹 --archive {path}") from None


def current() -> Archive:
    """The open archive; it sees by itself what other processes add. Opened anew where it was replaced.

    Raises:
        MingjianError: there is no archive in the folder.
    """
    path = folder()
    with _lock:
        now = identity(path)
        held = _open.get(path)
        if held and held[0] == now:
            return held[1]
        from index import Archive

        # one that was replaced is left to its readers; it closes when the last of them lets go
        archive = Archive.open(path, create=False)
        _open[path] = (now, archive)
        return archive


def version() -> Stamp:
    """What cached views are keyed by: it changes with every change of the archive."""
    path = folder()
    return str(path), identity(path), current().store.sequence()
