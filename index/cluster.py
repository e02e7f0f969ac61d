"""Parsing spread over many machines by Dask: ``mingjian add --cluster tcp://host:8786 …``.

The archive stays where it is: this process finds the files, sends each one's bytes as one task, and is the only one
that writes. A task may be done twice and leaves nothing behind; what comes back is JSON (:mod:`index.transport`).
On the other machine a file is read in a process of its own with a time limit, exactly as here, so that it costs at most
itself; where a whole worker is lost, Dask gives its tasks to another, and what no worker survives is read on this
machine in the end. A ZIP is one task: on its machine, too, a member costs at most itself. No shared disk is needed: the
archive's own labeller and labels are sent to a worker that lacks them.

Whoever can reach the scheduler can run programs on every machine of the cluster (Dask's own messages are pickles): the
network must be trusted, or TLS used (docs/scaling.md).
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from index import labellers
from index.parsing import PARSER_VERSION, Parsed, as_answer, as_parsed, cause_of
from index.settings import FILE_TIMEOUT
from index.transport import WIRE, Reply, pack, unpack_reply
from index.workers import WorkerParser
from nlp.errors import MingjianError, MissingExtra

CONNECT, HELLO = 10.0, 60.0  # seconds until the scheduler answers, and until its workers do
POLL, LOST = 2.0, 60.0  # seconds between looks at a task, and without any worker until it is given up
RETRIES = 2  # of a task that failed by itself
SEND_LIMIT = 32 * 1024 * 1024  # bytes; larger files are read on this machine
KILLED = "读它的工作进程接连退出，文件可能已损坏"
FEWEST, MOST_THREADS = 8, 256  # files under way at a time
TAXONOMY = "taxonomy.toml"
OWN = "own/"  # before the name of the person's own file of labels: it is part of what a labeller is bound to
PARTS = (*labellers.FILES, labellers.QUALITY)
OWN_LABELS = "import os, sys; os.environ['MINGJIAN_TAXONOMY'] = sys.argv[1]; from index.worker import main; main()"
Bundle = tuple[tuple[str, bytes], ...]  # a name among PARTS or one after OWN, content


# -- on the other machine -------------------------------------------------------------------------------------

_folders: dict[str, tempfile.TemporaryDirectory[str]] = {}  # gone with the process
_parsers: dict[tuple[str, float], WorkerParser] = {}
_guard = threading.Lock()


@lru_cache(maxsize=1)
def hello() -> str:
    """What the package here reads with; must be the same everywhere. A person's own labels are sent along."""
    from nlp import taxonomy
    from nlp.learned import MODELS
    from nlp.linear import fingerprint

    paths = [Path(taxonomy.__file__).with_name(TAXONOMY), *(MODELS / name for name in labellers.FILES)]
    return f"{PARSER_VERSION}.{WIRE}-{fingerprint([path for path in paths if path.is_file()])}"


def parse_task(request: str, data: bytes, bundle: Bundle | None) -> bytes:
    """Read one file.

    Args:
        request: JSON of ``name`` (the path as the sender has it), ``known``, ``limit``, ``hello`` and ``bundle`` (which
            labeller and labels: a hash, "" for the package's).
        data: the file's bytes.
        bundle: the labeller and labels themselves, where this worker has asked for them.

    Returns:
        :class:`index.transport.Reply`, packed.
    """
    asked = json.loads(request)
    if asked["hello"] != hello():
        return pack(Reply(refused="工作机上的 mingjian 版本或标签与本机不同，请装成同一版本"))
    parser = _parser(asked["bundle"], asked["limit"], bundle)
    if parser is None:
        return pack(Reply(need=True))
    with tempfile.TemporaryDirectory(prefix="mingjian-") as folder:
        path = _written(Path(folder), asked["name"], data)
        found = [_as_sent(one, path, asked["name"]) for one in parser.parse(path, frozenset(asked["known"]))]
    return pack(Reply([as_answer(one) for one in found]))


def _written(folder: Path, name: str, data: bytes) -> Path:
    """The file under its own name, from which year and agency may be read; under a plain one where that cannot be."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    for candidate in (base, f"report{Path(base).suffix}", "report"):
        with suppress(OSError, ValueError):
            path = folder / candidate
            path.write_bytes(data)
            return path
    raise OSError(f"{folder}")


def _as_sent(one: Parsed, path: Path, name: str) -> Parsed:
    """A result that names the file as its sender does."""
    report, cause = one.report, one.cause
    if report is not None:
        report = replace(report, source=report.source.replace(str(path), name))
    return replace(one, report=report, cause=None if cause is None else cause.replace(str(path), name))


def _parser(key: str, limit: float, bundle: Bundle | None) -> WorkerParser | None:
    """Parsing processes that use a labeller; None where it must be sent first."""
    with _guard:
        if key and key not in _folders:
            if bundle is None:
                return None
            _folders[key] = _unpacked(bundle)
        if (key, limit) not in _parsers:
            folder = _folders.get(key)
            _parsers[key, limit] = _processes(Path(folder.name) if folder else None, limit)
        return _parsers[key, limit]


def _unpacked(bundle: Bundle) -> tempfile.TemporaryDirectory[str]:
    """A folder that stands for the archive: its labeller and labels."""
    out = tempfile.TemporaryDirectory(prefix="mingjian-labels-", ignore_cleanup_errors=True)
    folder = Path(out.name)
    for place in (labellers.FOLDER, OWN):
        (folder / place).mkdir()
    for name, content in bundle:
        if name.startswith(OWN):
            _written(folder / OWN, name, content)
        elif name in PARTS:
            (folder / labellers.FOLDER / name).write_bytes(content)
    return out


def _processes(folder: Path | None, limit: float) -> WorkerParser:
    own = next((folder / OWN).iterdir(), None) if folder else None
    return WorkerParser(limit, (sys.executable, "-c", OWN_LABELS, str(own or "")), folder)


# -- here -----------------------------------------------------------------------------------------------------


def bundle_of(archive: Path | None) -> Bundle:
    """An archive's own labeller and the person's own labels; empty where the package's serve."""
    from nlp.taxonomy import own_file

    out: list[tuple[str, bytes]] = []
    own = labellers.own_folder(archive) if archive else None
    if own is not None:
        out += [
            (name, (own / name).read_bytes())
            for name in (*labellers.FILES, labellers.QUALITY)
            if (own / name).is_file()
        ]
    taxonomy = own_file()
    if taxonomy is not None and taxonomy.is_file():
        out.append((f"{OWN}{taxonomy.name}", taxonomy.read_bytes()))
    return tuple(out)


class ClusterParser:
    """A :class:`index.parsing.Parser` whose processes are on the machines of a Dask cluster."""

    def __init__(self, address: str, archive: Path | None = None, limit: float = FILE_TIMEOUT) -> None:
        """Connect.

        Args:
            address: the scheduler's, ``tcp://host:8786`` or ``tls://host:8786``.
            archive: whose labeller labels.
            limit: seconds for one file or member.

        Raises:
            MissingExtra: Dask is not installed.
            MingjianError: the scheduler is not there, has no workers, or they are of another version.
        """
        try:
            import distributed
        except ImportError as error:
            raise MissingExtra("在集群上收入", "cluster") from error
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters of it is told by ours
        self._limit = limit
        self._address = address
        self._bundle = bundle_of(archive)
        self._key = blake2b(repr(self._bundle).encode(), digest_size=8).hexdigest() if self._bundle else ""
        self._hello = hello()
        self._here = WorkerParser(limit, archive=archive)
        self._closed = threading.Event()
        self._idle_since: float | None = None
        self._dask: Any = distributed
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._client: Any = self._dask.Client(address, timeout=CONNECT, set_as_default=False)
        except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
            raise MingjianError(
                f"{address}：连不上 Dask 调度器，请确认已运行 dask scheduler（{_line(error)}）"
            ) from error
        try:
            self.threads = self._greet()
        except BaseException:
            self.close()
            raise

    def _greet(self) -> int:
        """How many files to have under way; raises MingjianError where a worker reads with something else."""
        try:
            self._client.wait_for_workers(1, timeout=CONNECT)
        except TimeoutError:
            raise MingjianError(f"{self._address}：集群里没有工作进程，请先运行 dask worker {self._address}") from None
        workers: dict[str, int] = self._client.nthreads()
        asked = {
            worker: self._client.submit(_hello_task, workers=[worker], pure=False, allow_other_workers=False)
            for worker in workers
        }
        deadline = time.monotonic() + HELLO
        for worker, future in asked.items():
            try:
                found = future.result(timeout=max(0.1, deadline - time.monotonic()))
            except TimeoutError:
                future.cancel()  # busy, or gone: its tasks will be held against the version one by one
                continue
            except Exception as error:  # whatever an installation lacks
                raise MingjianError(
                    f"工作机 {worker} 不能用，请在那里装上同一版本的 mingjian（{_line(error)}）"
                ) from error
            if found != self._hello:
                raise MingjianError(f"工作机 {worker} 的 mingjian 版本或标签与本机不同，请装成同一版本")
        return min(MOST_THREADS, max(FEWEST, 2 * sum(workers.values())))

    def parse(self, path: Path, known: frozenset[str]) -> Iterator[Parsed]:
        """See :class:`index.parsing.Parser`."""
        if path.stat().st_size > SEND_LIMIT:
            yield from self._here.parse(path, known)
            return
        data = path.read_bytes()
        answer = self._asked(path, known, data, None)
        if answer.need:
            answer = self._asked(path, known, data, self._bundle)
        if answer.refused == KILLED:  # by it, or by another file that the same workers were reading
            yield from self._here.parse(path, known)
            return
        if answer.need or answer.refused is not None:
            yield Parsed(cause=answer.refused or "工作机没有给出结果")
            return
        yield from map(as_parsed, answer.results)

    def _asked(self, path: Path, known: Sequence[str] | frozenset[str], data: bytes, bundle: Bundle | None) -> Reply:
        """One task's reply, or ``refused`` with the cause; never raises for what happens to the task."""
        request = {
            "name": str(path),
            "known": sorted(known),
            "limit": self._limit,
            "hello": self._hello,
            "bundle": self._key,
        }
        try:
            future = self._client.submit(
                parse_task, json.dumps(request), data, bundle, retries=RETRIES, pure=False, key=_name(path)
            )
            return unpack_reply(self._waited(future))
        except Exception as error:
            return Reply(refused=self._cause(error))

    def _waited(self, future: Any) -> bytes:
        """A task's result; raises what it raised, or _Gone where there is nobody left to do it."""
        while True:
            try:
                found: bytes = future.result(timeout=POLL)
            except TimeoutError:
                if future.status == "error":  # the task's own, not that of waiting
                    raise future.exception(timeout=POLL) or _Gone() from None
                if future.status == "finished":  # just now
                    continue
                if self._closed.is_set() or self._deserted():
                    with suppress(Exception):
                        future.cancel()
                    raise _Gone from None
            else:
                self._idle_since = None
                return found

    def _deserted(self) -> bool:
        """Whether there has been no worker, or no scheduler, for a long time."""
        with suppress(Exception):
            if self._client.status == "running" and self._client.nthreads():
                self._idle_since = None
                return False
        if self._idle_since is None:
            self._idle_since = time.monotonic()
        return time.monotonic() - self._idle_since > LOST

    def _cause(self, error: Exception) -> str:
        kind = type(error).__name__
        if kind == "KilledWorker":
            return KILLED
        if isinstance(error, _Gone) or kind in (
            "CancelledError",
            "FutureCancelledError",
            "CommClosedError",
            "ClosedClientError",
        ):
            return "集群断开或没有工作进程了，重新运行会接着做"
        return cause_of(error, self._limit)

    def close(self) -> None:
        """See :class:`index.parsing.Parser`."""
        self._closed.set()
        self._here.close()
        with suppress(Exception):
            self._client.close(timeout=CONNECT)


class _Gone(Exception):
    """There is nobody left to do a task."""


def _hello_task() -> str:
    return hello()


def _name(path: Path) -> str:
    """A task's key: unique, with the file's name for Dask's own pages."""
    import uuid

    return f"mingjian-{uuid.uuid4().hex}-{ascii(path.name)[:60]}"


def _line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
