"""How the served archive stands: what ``/health`` and ``/metrics`` tell. Counted anew only where it changed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from index.manifest import NAME as MANIFEST
from index.opening import stamp_of
from ui.api.serving import Opener

if TYPE_CHECKING:
    from index import Archive

TOLD = ("sequence", "generation", "indexed", "pending", "read_only")


class Standing:
    """Counts of the archive, kept until its next change."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._lock = threading.Lock()
        self._key: object = None
        self._found: dict[str, Any] = {}

    def now(self) -> dict[str, Any]:
        """Sequence, generation, reports, statements, passages, rows indexed and pending, bytes on the disk.

        Raises:
            MingjianError: the archive cannot be read.
        """
        return self.of(self._opener())

    def of(self, archive: Archive) -> dict[str, Any]:
        """The same of an archive that is open already."""
        key = (id(archive), archive.store.sequence(), stamp_of(archive.path / MANIFEST))
        with self._lock:
            if key != self._key:
                found = archive.info()
                counts = {name: found["counts"].get(name, 0) for name in ("reports", "statements", "passages", "files")}
                self._found = {**{name: found[name] for name in TOLD}, **counts, "bytes": found["bytes"]}
                self._key = key
            return dict(self._found)
