"""How the served archive stands: what ``/health`` and ``/metrics`` tell. Counted anew only where it changed.

That it opens and counts says little: the indexes may be gone, or pages of the store overwritten that no count reads.
So what searches run on is asked for, now and then a report is read whole, each time another one, and what a route
could not read counts for a while.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from index.manifest import NAME as MANIFEST
from index.opening import stamp_of
from index.rows import Missing
from index.store import StoreError
from ui.api.serving import Opener

if TYPE_CHECKING:
    from index import Archive

TOLD = ("sequence", "generation", "indexed", "pending", "read_only")
EVERY = 5.0  # seconds between two reports that are read
WAIT = 5.0  # seconds that a question waits for another one, which may have to make the index ready
HELD = 60.0  # seconds for which a failed reading counts
STEP = 0.618034  # of the list of reports: after any number of steps they lie evenly over it


class Standing:
    """Counts of the archive, kept until its next change."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._lock = threading.Lock()
        self._key: object = None
        self._found: dict[str, Any] = {}
        self._archive: Archive | None = None
        self._failure: tuple[float, str] | None = None  # until when it counts, and what it says
        self._next = 0.0  # when the next report is read
        self._place = 0.5

    def now(self) -> dict[str, Any]:
        """Sequence, generation, reports, statements, passages, rows indexed and pending, bytes on the disk.

        Raises:
            MingjianError: the archive cannot be read.
        """
        return self.of(self._opener())

    def of(self, archive: Archive) -> dict[str, Any]:
        """The same of an archive that is open already."""
        if not self._lock.acquire(timeout=WAIT):
            raise StoreError(f"{archive.path}：索引正在准备，请稍后再试")
        try:
            self._look(archive)
            key = (id(archive), archive.store.sequence(), stamp_of(archive.path / MANIFEST))
            if key != self._key:
                found = archive.info()
                counts = {name: found["counts"].get(name, 0) for name in ("reports", "statements", "passages", "files")}
                self._found = {**{name: found[name] for name in TOLD}, **counts, "bytes": found["bytes"]}
                self._key = key
            return dict(self._found)
        finally:
            self._lock.release()

    def failed(self, error: StoreError) -> None:
        """A route could not read the store."""
        self._failure = (time.monotonic() + HELD, str(error))

    def _look(self, archive: Archive) -> None:
        """Whether searches can be answered and reports be read.

        Raises:
            MingjianError: they cannot.
        """
        if self._archive is not archive:  # put in another's place: what was wrong with that one is over
            self._archive, self._failure, self._next = archive, None, 0.0
        archive.searcher()
        now = time.monotonic()
        if self._failure and now < self._failure[0]:
            raise StoreError(self._failure[1])
        if now < self._next:
            return
        self._next = now + EVERY
        try:
            self._read(archive)
        except StoreError as error:
            self.failed(error)
            raise

    def _read(self, archive: Archive) -> None:
        named = "报告"
        try:
            offset = int(archive.count() * self._place)
            self._place = (self._place + STEP) % 1
            for row in archive.list(limit=1, offset=offset):
                named = f"报告 {row.id} "
                with suppress(Missing):  # removed meanwhile
                    archive.show(row.id)
        except (ValueError, LookupError, TypeError) as error:
            raise StoreError(f"{named}读不出来，请运行：mingjian verify") from error
