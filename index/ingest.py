"""From paths to committed reports: find the files, parse them beside each other, store each in its own
transaction, in the order of their paths.

A file that fails is reported and the rest goes on; what the machine refuses (disk full, no permission) ends
the run, with everything committed before it safe.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.embedding import Embedder, texts_of
from index.parsing import Parsed, Parser, cause_of
from index.records import AddResult, Outcome
from index.store import NAME as STORE_NAME
from index.store import Store
from index.stores.address import POINTER
from index.stores.choose import PLAIN, front_of
from index.transport import UNSAVEABLE
from index.writes import FileMark, link_again, link_file, older, put_report, rename_file, unlink_file
from nlp.records import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Progress = Callable[[AddResult, int, int], None]
MEMBER_MARK = "!/"  # between a ZIP's path and its member's
LAST = chr(0x10FFFF)  # after every path that starts alike
WINDOW = 4  # files in flight for each worker


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be read. ``name``: as the person gave it; ``cause``: why it cannot be, known beforehand."""

    path: Path
    name: str
    cause: str | None = None


# -- finding --------------------------------------------------------------------------------------------------


def find_files(paths: Iterable[str | Path], suffixes: Iterable[str]) -> list[Source]:
    """The files below the given paths, sorted within each folder, each once.

    A folder gives the files with a known suffix; a file that is named itself is always tried. Folders reached
    twice through links are read once; hidden files, editors' lock files and archives of ours are passed by.
    """
    wanted = frozenset(suffixes)
    out: dict[Path, Source] = {}
    for given in paths:
        path = Path(given).expanduser()
        if path.is_dir():
            found = [*_walk(path, wanted, set())]
            if not found:
                kinds = "、".join(sorted(suffix.lstrip(".") for suffix in wanted))
                out.setdefault(path, Source(path, str(given), f"文件夹里没有可读的报告文件（{kinds}）"))
            for file in found:
                out.setdefault(file.resolve(), Source(file, str(file)))
        elif path.exists():
            out.setdefault(path.resolve(), Source(path, str(given)))
        else:
            out.setdefault(path, Source(path, str(given), "文件或文件夹不存在"))
    return [*out.values()]


def _walk(folder: Path, suffixes: frozenset[str], seen: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        stat = folder.stat()
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError:
        return
    # Some systems give no inode numbers; there the resolved path tells folders apart.
    mark = (stat.st_dev, stat.st_ino) if stat.st_ino else (0, hash(folder.resolve()))
    if mark in seen or any(entry.name in (STORE_NAME, POINTER) for entry in entries):
        return
    seen.add(mark)
    for entry in entries:
        if entry.name.startswith((".", "~$")):
            continue
        if entry.is_dir():
            yield from _walk(entry, suffixes, seen)
        elif entry.suffix.lower() in suffixes and entry.is_file():
            yield entry


def path_key(path: Path) -> str:
    """The absolute path as text; bytes that are not text are spelt out."""
    return os.fsencode(path.resolve()).decode("utf-8", "backslashreplace")


def hash_file(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file; raises OSError."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


# -- parsing beside each other ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Read:
    """One result of a file on its way to the store; ``mark`` None where the file could not even be opened."""

    parsed: Parsed
    mark: FileMark | None


class _Job:
    """A file being read by some thread, its results waiting to be taken in order.

    ``held``: the names of the file and its members, as far as the store had them, whatever they held. ``nameless``:
    those that a version before folders had names stored, by their paths alone.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.held: frozenset[str] = frozenset()
        self.nameless: frozenset[str] = frozenset()
        self.results: queue.Queue[_Read | None] = queue.Queue(maxsize=16)


def _take(results: queue.Queue[_Read | None]) -> _Read | None:
    """Wait in short steps: on some systems only they let Ctrl-C through."""
    while True:
        try:
            return results.get(timeout=0.5)
        except queue.Empty:
            continue


class Ingest:
    """One run of ``add`` over a list of files. The caller holds the write lock and ``store.writing()``."""

    def __init__(self, store: Store, embedder: Embedder, parser: Parser, parser_version: str) -> None:
        self._store = store
        self._embedder = embedder
        self._parser = parser
        self._version = parser_version
        self._front = front_of(store)
        self._plain = bool(store.meta(PLAIN))
        if store.engine.shared and not self._front and not self._plain:
            with store.transaction() as tx:  # moved by a version that said nothing of it
                tx.set_meta(PLAIN, "1")
        self._stop = threading.Event()

    def run(self, sources: list[Source], workers: int, progress: Progress | None) -> list[AddResult]:
        """Read and store the files; one result each, a ZIP one a member, in the order of ``sources``.

        Raises:
            StoreError: the disk is full, the store cannot be written.
        """
        results: list[AddResult] = []
        with closing(self._outcomes(sources, max(1, workers))) as outcomes:
            for done, outcome in enumerate(outcomes, start=1):
                for result in outcome:
                    results.append(result)
                    if progress is not None:
                        progress(result, done, len(sources))
        return results

    def _outcomes(self, sources: list[Source], workers: int) -> Generator[Iterator[AddResult]]:
        """For each file its results, stored as they are taken."""
        waiting = iter(sources)
        jobs: deque[_Job] = deque()
        pool = ThreadPoolExecutor(workers, thread_name_prefix="mingjian-add")
        try:
            while True:
                while len(jobs) < workers * WINDOW and (source := next(waiting, None)) is not None:
                    job = _Job(source)
                    jobs.append(job)
                    pool.submit(self._read, job)
                if not jobs:
                    return
                yield self._store_job(jobs.popleft())
        finally:
            self._stop.set()
            self._parser.close()
            pool.shutdown(wait=False, cancel_futures=True)

    def _read(self, job: _Job) -> None:
        """In a thread: everything that a file gives, into the job's queue."""
        try:
            for read in self._results_of(job):
                self._hand_over(job, read)
        except Exception as error:  # a thread must not die silently: its file fails
            self._hand_over(job, _Read(Parsed(cause=cause_of(error)), None))
        finally:
            self._hand_over(job, None)

    def _hand_over(self, job: _Job, read: _Read | None) -> None:
        while not self._stop.is_set():
            try:
                job.results.put(read, timeout=0.2)
            except queue.Full:
                continue
            return

    def _results_of(self, job: _Job) -> Iterator[_Read]:
        source = job.source
        if source.cause is not None:
            yield _Read(Parsed(cause=source.cause), None)
            return
        try:
            sha256, size = hash_file(source.path)
        except OSError as error:
            yield _Read(Parsed(cause=cause_of(error)), None)
            return
        path = path_key(source.path)
        key = self._front + path
        front = key + MEMBER_MARK
        found = self._found(key, path)
        held = {name: read for name, read in found.items() if name.startswith(self._front)}
        # A path alone may have been the name of another machine's file; of the same content either may have it.
        before = {name: self._front + name for name, (read, _) in found.items() if name not in held and read == sha256}
        job.nameless = frozenset(name for name in before if before[name] not in held)
        held |= {before[name]: found[name] for name in job.nameless}
        job.held = frozenset(held)
        same = {name for name, (read, by) in held.items() if read == sha256 and not older(by, self._version)}
        mark = FileMark(key, sha256, size)
        if key in same:  # read as a plain file, which the same bytes are again
            yield _Read(Parsed(known=True), mark)
            return
        known = frozenset(name.removeprefix(front) for name in same)
        for parsed in self._parser.parse(source.path, known):
            name = f"{front}{parsed.member}" if parsed.member else key
            yield _Read(parsed, FileMark(name, sha256, size))

    def _found(self, *keys: str) -> dict[str, tuple[str, str]]:
        """Name → checksum and parser, of files and their members as far as the store has them."""
        which = " OR ".join(["path = ? OR (path >= ? AND path < ?)"] * len(keys))
        bounds = [bound for key in keys for bound in (key, key + MEMBER_MARK, key + MEMBER_MARK + LAST)]
        rows = self._store.query(f"SELECT path, sha256, parser FROM files WHERE {which}", bounds)
        return {name: (sha256, parser) for name, sha256, parser in rows}

    # -- storing ----------------------------------------------------------------------------------------------

    def _store_job(self, job: _Job) -> Iterator[AddResult]:
        present: set[str] = set()
        whole = True
        while (read := _take(job.results)) is not None:
            self._name(job)
            if read.mark is not None:
                present.add(read.mark.path)
            result = self._store_read(job.source, read)
            if result is not None:
                whole = whole and (bool(read.parsed.member) or read.parsed.cause is None)
                yield result
        if whole and present:
            self._forget(job.held - present)

    def _store_read(self, source: Source, read: _Read) -> AddResult | None:
        parsed, mark = read.parsed, read.mark
        name = f"{source.name}{MEMBER_MARK}{parsed.member}" if parsed.member else source.name
        if parsed.cause is not None or mark is None:
            return AddResult(name, "failed", cause=parsed.cause)
        if parsed.known:
            rows = self._store.query(
                "SELECT r.id FROM files f JOIN reports r ON r.row = f.report WHERE f.path = ?", (mark.path,)
            )
            return AddResult(name, "skipped", report=rows[0][0] if rows else None)
        if parsed.report is None:
            return None
        try:
            parsed.report.text.encode("utf-8")
        except UnicodeEncodeError:
            return AddResult(name, "failed", cause=UNSAVEABLE)
        return self._commit(name, mark, parsed.report, parsed.vectors)

    def _commit(self, name: str, mark: FileMark, report: Report, vectors: NDArray[np.float32] | None) -> AddResult:
        from nlp.agency import agency_key

        missing = self._embedder.missing(texts_of(report), vectors)
        with self._store.transaction() as tx:
            self._embedder.put(tx, missing)
            before = tx.run("SELECT report FROM files WHERE path = ?", (mark.path,))
            placed = put_report(tx, report, agency_key(report.metadata), self._version)
            link_file(tx, mark, placed.row, placed.parser)
        moved = bool(before) and before[0][0] != placed.row
        outcome: Outcome = "updated" if moved else "added" if placed.fresh else "skipped"
        return AddResult(name, outcome, report=placed.id, warnings=report.warnings)

    def _name(self, job: _Job) -> None:
        """Put this folder's name before names that are paths alone, once.

        Where paths alone are the names of another folder's files, they stay: this one must not take them away.
        """
        nameless, job.nameless = job.nameless, frozenset()
        if nameless:
            with self._store.transaction() as tx:
                tx.sequence()
                for name in sorted(nameless):
                    (link_again if self._plain else rename_file)(tx, name, self._front + name)

    def _forget(self, gone: frozenset[str]) -> None:
        """What a changed ZIP, or a plain file that was one, no longer holds is no longer in the archive."""
        if gone:
            with self._store.transaction() as tx:
                for name in sorted(gone):
                    unlink_file(tx, name)
