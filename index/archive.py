"""The archive: a folder of reports that remembers and finds. The one object that screens and scripts use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from index.annotating import Annotating
from index.backup import Keeping
from index.comparing import Comparing
from index.counting import Counting
from index.embedding import Embedder, Model, check_model, model_of
from index.filters import make_filter
from index.listing import Listing
from index.locking import WriteLock
from index.manifest import ArchiveMismatch, Manifest, read_manifest
from index.reads import Missing
from index.records import (
    AddResult,
    Facets,
    Filter,
    StoredReport,
    Topics,
    Trends,
)
from index.saved import Saving
from index.searching import Searching
from index.settings import LOCK_TIMEOUT
from index.store import Store, explain
from index.stores.choose import open_store, remember
from index.summarising import Summarising
from index.writes import delete_report

if TYPE_CHECKING:
    from index.encoder import Encoder
    from index.parsing import Parser
    from index.search import Searcher
    from index.viewing import Viewing

Progress = Callable[[AddResult, int, int], None]


class Archive(Annotating, Comparing, Counting, Keeping, Listing, Saving, Searching, Summarising):
    """An archive, open. Safe to use from several threads; a reader never waits for a writer.

    Use as a context manager, or call :meth:`close`. Filters are keyword arguments everywhere: ``year``,
    ``province``, ``city``, ``county``, ``level``, ``agency_type``, ``kind``, ``label``, ``form``, ``scope``,
    ``agency``, ``report``, ``not_province`` and so on, ``unanswered``; see :func:`index.filters.make_filter`.
    """

    def __init__(self, path: Path, store: Store, model: str | None, lock_timeout: float) -> None:
        """Use :meth:`open`."""
        self.path = path
        self.store = store
        self._asked_model = model
        self._lock_timeout = lock_timeout
        self._write_lock = WriteLock(path)
        self._state = threading.RLock()
        self._encoder: Encoder | None = None
        self._view: Viewing | None = None
        self._manifest_stamp: tuple[int, int] | None = None
        self._searcher: Searcher | None = None

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        model: str | None = None,
        create: bool = True,
        lock_timeout: float = LOCK_TIMEOUT,
        store: str | None = None,
    ) -> Self:
        """Open an archive, or make one.

        Args:
            path: the archive's folder.
            model: for a new archive, the model to embed with (a name or a folder; None: the built-in one). An
                existing archive decides itself; another name is refused.
            create: make the archive where there is none.
            lock_timeout: seconds to wait for another process that writes.
            store: for a new archive, the address of a PostgreSQL database to keep its data in
                (``postgresql://user@host/db``); None: a file in the folder. An existing archive decides itself.

        Raises:
            StoreError: the folder cannot be read, or holds something else.
            ArchiveMismatch: the archive was built with another model or by a newer version.
        """
        folder = Path(path).expanduser()
        opened, fresh = open_store(folder, create=create, address=store, timeout=lock_timeout)
        try:
            archive = cls(folder, opened, model, lock_timeout)
            archive._check_name(model)
            if fresh:
                with archive._write_lock.held(lock_timeout), opened.publishing():
                    archive._publish()
                    remember(folder, opened.engine)
        except BaseException:
            opened.close()
            raise
        return archive

    def close(self) -> None:
        """Let go of files."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- writing ----------------------------------------------------------------------------------------------

    def add(
        self,
        paths: Iterable[str | Path],
        *,
        workers: int = 1,
        progress: Progress | None = None,
        parser: Parser | None = None,
        cluster: str | None = None,
    ) -> list[AddResult]:
        """Read files and folders into the archive.

        Unchanged files are skipped, changed ones replace their old version. Files that went from the disk stay
        in the archive until :meth:`remove`. Each report is on the disk when its result is given.

        Args:
            paths: files, folders (searched through) and ZIP files.
            workers: processes that parse beside each other.
            progress: called with each result, the number of files done and the number of files.
            parser: what parses; None: processes beside this one, each file within its time limit.
            cluster: a Dask scheduler (``tcp://host:8786``) whose workers parse instead.

        Returns:
            One result a file (a ZIP: one a member), in order; ``failed`` ones carry their cause.

        Raises:
            ArchiveBusy: another process is writing. StoreError: disk full, no permission, …
        """
        from index.encoder import StaticEncoder
        from index.ingest import Ingest, find_files
        from index.labellers import check_labels, note_labels
        from index.parsing import ARCHIVE_SUFFIXES, PARSER_VERSION
        from index.workers import WorkerParser
        from nlp.reading import SUFFIXES

        given = [paths] if isinstance(paths, str | Path) else list(paths)
        sources = find_files(given, frozenset(SUFFIXES) | ARCHIVE_SUFFIXES)
        with self._writing():
            check_labels(self.store)
            if sources:
                note_labels(self.store)
            encoder = self._encoder_in_use()
            if cluster:
                from index.cluster import ClusterParser

                parser = far = ClusterParser(cluster, self.path)
                workers = far.threads
            light = encoder.name if isinstance(encoder, StaticEncoder) else None  # runs in every process
            parser = parser or WorkerParser(archive=self.path, model=light)
            run = Ingest(self.store, Embedder(self.store, encoder), parser, PARSER_VERSION)
            results = run.run(sources, workers, progress)
            self._publish()
        return results

    def remove(self, report_id: str) -> None:
        """Take a report out; its files may be added again.

        Raises:
            Missing: there is no such report.
        """
        with self._writing():
            with self.store.transaction() as tx:
                found = tx.run("SELECT row FROM reports WHERE id = ?", (report_id,))
                if not found:
                    raise Missing(f"没有编号为“{report_id}”的报告，可用 mingjian list 查看全部报告")
                delete_report(tx, int(found[0][0]))
            self._publish()

    def rebuild(self, *, model: str | None = None, index: str | None = None) -> tuple[str, ...]:
        """Make everything again that is derived: vectors (all, where the model changes), labels (where the
        taxonomy or the labeller changed), vector and word index, manifest.

        Args:
            model: the model from now on; None: the archive's own.
            index: where the index is from now on: ``milvus+http://host:19530/name`` or ``local``; None: as it is.

        Returns:
            What could not be tidied up behind a move, one Chinese line each.
        """
        from index.labellers import check_labels
        from index.moving import moving
        from index.rebuild import relabel_all, renew_vectors

        with self._writing(reach=False), moving(self.path, self.store, index) as notes:
            check_labels(self.store, anew=True)
            current = model_of(self.store)
            name = model or (current.name if current else self._asked_model)
            encoder = _load_encoder(name)
            if current is not None:
                renew_vectors(self.store, encoder)
            relabel_all(self.store)
            self._publish(rebuild=True)
            with self._state:
                self._encoder, self._view, self._searcher = encoder, None, None
                self._asked_model = model or self._asked_model
        return tuple(notes)

    @contextmanager
    def _writing(self, *, reach: bool = True) -> Iterator[None]:
        from index.moving import reach as reachable

        try:
            if reach:
                reachable(self.store)
            with self._write_lock.held(self._lock_timeout), self.store.writing(self._lock_timeout):
                yield
        except OSError as error:
            raise explain(error, self.path) from error

    def _publish(self, *, rebuild: bool = False) -> None:
        from index.publish import publish

        publish(self.path, self.store, rebuild=rebuild)

    # -- the model --------------------------------------------------------------------------------------------

    def _check_name(self, model: str | None) -> None:
        """Refuse another model by name, before anything is loaded."""
        current = model_of(self.store)
        if model is None or current is None:
            return
        folder = Path(model).expanduser()
        name = str(folder.resolve()) if folder.is_dir() else model
        if name != current.name:
            raise ArchiveMismatch(self.path, "模型", current.name, name, f"mingjian rebuild --model {model}")

    def _encoder_in_use(self) -> Encoder:
        """The archive's model, loaded; the first caller waits for it."""
        with self._state:
            current = model_of(self.store)
            if self._encoder is None or (current is not None and not _same_model(current, self._encoder)):
                encoder = _load_encoder(current.name if current else self._asked_model)
                check_model(self.path, current, encoder)
                self._encoder = encoder
            return self._encoder

    # -- counting ---------------------------------------------------------------------------------------------

    def topics(self, *, since: int | None = None, **filters: Any) -> Topics:
        """What recurs: labels by share of reports, and clusters beyond the labels.

        ``since``: topics new or growing from this year on are told as emerging; None: in the last two years.
        """
        from index.aside import aside
        from index.topics import topics

        where = make_filter(**filters)
        with aside(self.store) as store:
            return topics(store, where, since)

    def trends(self, by: str = "year", *, label: Sequence[str] | str = (), **filters: Any) -> Trends:
        """Shares of reports that state each label, over time or between groups."""
        from index.insight import trends

        labels = make_filter(label=label).label
        return trends(self.store, make_filter(**filters), by, labels)

    def facets(self, *, query: str = "", **filters: Any) -> Facets:
        """Values present with counts, for choosing filters beside results; with ``query`` among what it finds."""
        from index.facets import facets

        if query.strip():
            return self.search(query, k=1, facets=True, **filters).facets or facets(self.store, make_filter(**filters))
        return facets(self.store, make_filter(**filters))

    # -- showing ----------------------------------------------------------------------------------------------

    def show(self, report_id: str) -> StoredReport:
        """One report with its text; raises Missing where there is none."""
        return self.store.report(report_id)

    @staticmethod
    def filter(**filters: Any) -> Filter:
        """The filter that keyword arguments mean; raises MingjianError for unknown ones."""
        return make_filter(**filters)

    def export(self, path: str | Path, *, what: str = "statements", query: str | None = None, **filters: Any) -> int:
        """Write a result list to .xlsx, .csv, .json or .docx; gives the number of rows."""
        from index.export.files import export_file

        return export_file(self, Path(path), what, query, filters)

    # -- state ------------------------------------------------------------------------------------------------

    def info(self) -> dict[str, Any]:
        """What is inside: model, counts, years, generation, size in bytes."""
        from index.opening import describe

        return describe(self.path, self.store, self._manifest())

    def verify(self) -> Sequence[str]:
        """Every difference between what the archive says and what it is; empty where it is sound."""
        from index.verify import verify

        return verify(self.path)

    def _manifest(self) -> Manifest | None:
        return read_manifest(self.path)


def _load_encoder(name: str | None) -> Encoder:
    from index.encoder import load_encoder

    return load_encoder(name)


def _same_model(model: Model, encoder: Encoder) -> bool:
    return (model.name, model.fingerprint) == (encoder.name, encoder.fingerprint)
