"""The open archive of this process: one for all sessions of the page and for the API."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.errors import MingjianError

if TYPE_CHECKING:
    from index import Archive

Stamp = tuple[tuple[str, int, int], ...]
WATCHED = ("manifest.json", "store.sqlite3", "store.sqlite3-wal")
_lock = threading.Lock()
_open: dict[Path, tuple[Stamp, Archive]] = {}


def folder() -> Path:
    """The archive that this process serves (``MINGJIAN_ARCHIVE``, or ``./archive``)."""
    return Path(os.environ.get("MINGJIAN_ARCHIVE", "archive")).absolute()


def stamp(path: Path) -> Stamp:
    """Size and time of the files that change whenever the archive does."""
    found = []
    for name in WATCHED:
        try:
            facts = (path / name).stat()
        except OSError:
            continue
        found.append((name, facts.st_size, facts.st_mtime_ns))
    return tuple(found)


def current() -> Archive:
    """The archive as it is now; opened again when another process has changed it.

    Raises:
        MingjianError: there is no archive in the folder.
    """
    path = folder()
    with _lock:
        now = stamp(path)
        if not now:
            raise MingjianError(f"{path} 里还没有档案，请先运行：mingjian add 报告所在文件夹 --archive {path}")
        held = _open.get(path)
        if held and held[0] == now:
            return held[1]
        from index import Archive

        # the old one is left to its readers; it closes when the last of them lets go
        archive = Archive.open(path, create=False)
        _open[path] = (stamp(path), archive)
        return archive


def version() -> Stamp:
    """What cached views are keyed by: it changes when the archive does."""
    return stamp(folder())
