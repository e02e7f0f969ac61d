"""Files to reports for :mod:`index.ingest`: here in this process, or in killable ones beside it."""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from index.processes import end, start
from index.settings import FILE_TIMEOUT, OCR_TIMEOUT, START_TIMEOUT
from index.transport import Answer, build_vectors, unpack
from nlp.errors import MingjianError, UnreadableReport
from nlp.labelling import Labeller
from nlp.records import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NOT_A_REPORT = "不像是政府信息公开年度报告"
NO_MEMBER = "压缩包里没有可读的报告文件"
PARSER_VERSION = "4"  # a file read by an older one is read again; raise it when readings change
ARCHIVE_SUFFIXES = frozenset({".zip"})  # for finding files; whether one is a ZIP of reports its content says
PICTURES = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"})  # may need OCR
WORKER = (sys.executable, "-m", "index.worker")
GRACE = 3.0  # seconds between interrupting a parse and killing its process
GONE = "解析进程意外退出，文件可能已损坏"
LOSSES = 10  # times the limit: what members of one ZIP that hang or crash may take before the rest is given up
SLOW = 100  # members of one ZIP that were given up in time, after which the rest is
REST = "压缩包里已有多个文件处理超时或使解析进程退出，其余未读，请解压后再收入"
CAUSES: Mapping[type[BaseException], str] = {
    FileNotFoundError: "文件不存在",
    PermissionError: "没有读取权限",
    MemoryError: "文件太大或太复杂，内存不足",
    RecursionError: "文件嵌套层次太深",
}


class TimeLimit(Exception):
    """Raised inside a parse that takes too long, where the system can interrupt it."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What became of a file or of one member of a ZIP.

    Exactly one of ``report``, ``cause`` (Chinese) and ``known`` is set. ``member``: path inside the ZIP, or "".
    ``vectors``: (n, d) of the report's statements and passages, in order, where whoever parsed made them too.
    """

    member: str = ""
    report: Report | None = None
    cause: str | None = None
    known: bool = False
    vectors: NDArray[np.float32] | None = None


class Parser(Protocol):
    """Something that parses files; safe to be called from several threads."""

    def parse(self, path: Path, known: frozenset[str]) -> Iterator[Parsed]:
        """Parse a file or every member of a ZIP but the known ones; never raises for what is in the file."""

    def close(self) -> None:
        """Let go of processes."""


def parse_path(
    path: Path,
    known: frozenset[str] = frozenset(),
    limit: float = 0.0,
    labeller: Labeller | None = None,
    passed: frozenset[str] = frozenset(),
    reading: Callable[[str], object] = str,
) -> Iterator[Parsed]:
    """Parse in this process; one result for a plain file, one a member for a ZIP (at least one: a cause).

    Args:
        path: the file.
        known: members that need not be parsed again.
        limit: seconds for one file or member, 0 for none; kept only in a main thread of a system with timers.
        labeller: what labels; None: the package's.
        passed: members that were answered for already: there is no result for them.
        reading: told the name of each other member before it is read.
    """
    from nlp.parse import parse_document, parse_file
    from nlp.reading import is_archive, read_members

    if not is_archive(path):
        yield _attempt("", limit, lambda: parse_file(path, labeller))
        return
    front = f"{path}/"
    deadline = 0.0

    def wanted(name: str) -> bool:
        nonlocal deadline
        member = name.removeprefix(front)
        if member in known or member in passed:
            return False
        _unhurried(limit, lambda: reading(member))  # who is told may be busy with what came before
        deadline = time.monotonic() + limit
        return True

    members = read_members(path, wanted)
    empty = not passed
    while True:
        try:
            with _timer(limit):
                name, document = next(members)
        except StopIteration:
            if empty:
                yield Parsed(cause=NO_MEMBER)
            return
        except Exception as error:  # the ZIP's own failure: a member's comes as its result
            yield Parsed(cause=cause_of(error, limit))
            return
        empty = False
        member = name.removeprefix(front)
        if member in passed:
            continue
        if document is None:
            yield Parsed(member, known=True)
        elif isinstance(document, UnreadableReport):
            yield Parsed(member, cause=cause_of(document, limit))
        else:  # in what reading has left of the time
            left = max(0.1, deadline - time.monotonic()) if limit else 0.0
            yield _attempt(member, limit, partial(parse_document, document, labeller), left)


@contextmanager
def _timer(limit: float) -> Iterator[None]:
    """Interrupt the block after some seconds, where that can be done."""
    if not limit or sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: object) -> None:
        raise TimeLimit

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _unhurried(limit: float, work: Callable[[], object]) -> None:
    """Do something within :func:`_timer` that its time does not count for; what comes then has all of it."""
    timed = limit and sys.platform != "win32" and threading.current_thread() is threading.main_thread()
    if timed:
        signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        work()
    finally:
        if timed:
            signal.setitimer(signal.ITIMER_REAL, limit)


def _attempt(member: str, limit: float, work: Callable[[], Report], left: float | None = None) -> Parsed:
    """``left``: seconds of the limit that are left, where some are spent."""
    try:
        with _timer(limit if left is None else left):
            report = work()
    except Exception as error:  # whatever a reader stumbles over is the file's failure, not the run's
        return Parsed(member, cause=cause_of(error, limit))
    if "not_a_report" in report.warnings:
        return Parsed(member, cause=NOT_A_REPORT)
    return Parsed(member, report=report)


def cause_of(error: BaseException, limit: float = 0.0) -> str:
    """One Chinese clause for an error that a file caused."""
    if isinstance(error, TimeLimit) or TimeLimit.__name__ in str(error):  # readers wrap what they do not know
        return too_slow(limit)
    if isinstance(error, UnreadableReport):
        return error.cause
    if isinstance(error, MingjianError):
        return str(error)
    for kind, cause in CAUSES.items():
        if isinstance(error, kind):
            return cause
    detail = (str(error).strip().splitlines() or [""])[0]
    return f"解析时出错（{type(error).__name__}：{detail[:120]}）"


def too_slow(limit: float) -> str:
    """The cause of a file that was given up."""
    return f"处理超过 {limit:g} 秒，已放弃"


class HereParser:
    """Parses in this process, without a time limit: for tests, and where no process can be started."""

    def __init__(self, work: Callable[[Path], Report]) -> None:
        self._work = work

    def parse(self, path: Path, known: frozenset[str]) -> Iterator[Parsed]:
        """See :class:`Parser`."""
        del known
        yield _attempt("", 0.0, lambda: self._work(path))

    def close(self) -> None:
        """Nothing to let go of."""


class WorkerParser:
    """Parses in ``index.worker`` processes, started as threads ask for them and killed where a file hangs."""

    def __init__(
        self,
        limit: float = FILE_TIMEOUT,
        command: Sequence[str] = WORKER,
        archive: Path | None = None,
        model: str | None = None,
    ) -> None:
        """``limit``: seconds for one file or member, the start of the process not counted; ``archive``: whose
        labeller labels; ``model``: the encoder that makes vectors there too, one light enough for every process.
        """
        self._limit = limit
        self._asked = {"archive": "" if archive is None else os.fspath(archive), "model": model}
        self._command = command
        self._idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        self._all: list[_Process] = []
        self._lock = threading.Lock()
        self._closed = False

    def parse(self, path: Path, known: frozenset[str]) -> Iterator[Parsed]:
        """See :class:`Parser`. A file that cannot be interrupted in time costs the process that reads it.

        Of a ZIP it costs that member, and a fresh process goes on behind it. Where a process ends by itself, which may
        not have been the file's doing (memory was short), the file or member is tried once more.
        """
        limit = self._limit_for(path)
        most, lost, slow = LOSSES * (limit + GRACE), 0.0, 0
        answered: set[str] = set()
        again: set[str] = set()  # members, or "" for the file, that are tried a second time
        while True:
            try:
                with closing(self._ask(path, known, limit, answered)) as found:
                    for parsed in found:
                        yield parsed
                        answered.add(parsed.member)
                        slow += parsed.cause == too_slow(limit)
                        if parsed.member and slow > SLOW:
                            yield Parsed(cause=REST)
                            return
                return
            except _Broken as error:
                broken = error
            lost += max(broken.seconds, GRACE)  # another process takes its time, too
            if self._closed:
                yield Parsed(broken.member, cause=broken.cause)
                return
            if broken.cause == GONE and broken.member not in again and lost <= most:
                again.add(broken.member)
                continue
            yield Parsed(broken.member, cause=broken.cause)
            if not broken.member:
                return
            if lost > most:
                yield Parsed(cause=REST)
                return
            answered.add(broken.member)

    def _ask(self, path: Path, known: frozenset[str], limit: float, answered: set[str]) -> Generator[Parsed]:
        """What one process says of a file, but of the members ``answered``; raises _Broken where it ends."""
        process = self._take()
        whole = False
        try:
            yield from process.ask(path, known, limit, {**self._asked, "passed": sorted(answered)})
            whole = True
        finally:
            if not whole:  # what it still says of this file must not be taken for the next one's
                process.kill()
            self._give(process)

    def _limit_for(self, path: Path) -> float:
        """Seconds for this file."""
        if path.suffix.lower() in PICTURES and importlib.util.find_spec("rapidocr"):
            return max(self._limit, OCR_TIMEOUT)
        return self._limit

    def close(self) -> None:
        """Kill the processes."""
        with self._lock:
            self._closed = True
            processes, self._all = self._all, []
        for process in processes:
            process.kill()

    def _take(self) -> _Process:
        while True:
            try:
                process = self._idle.get_nowait()
            except queue.Empty:
                process = _Process(self._command)
                with self._lock:
                    self._all.append(process)
                return process
            if process.alive():
                return process

    def _give(self, process: _Process) -> None:
        if process.alive() and not self._closed:
            self._idle.put(process)
            return
        process.kill()
        with self._lock, suppress(ValueError):
            self._all.remove(process)


class _Broken(Exception):
    """The process is gone: ``cause``, the ``member`` of a ZIP that it was reading, how long it has read it."""

    def __init__(self, cause: str, member: str = "", seconds: float = 0.0) -> None:
        super().__init__(cause)
        self.cause, self.member, self.seconds = cause, member, seconds


class _Process:
    """One worker process with its pipes."""

    def __init__(self, command: Sequence[str]) -> None:
        self._ready = False
        self._process = start(command)

    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        end(self._process)

    def ask(self, path: Path, known: Iterable[str], limit: float, more: Mapping[str, Any]) -> Iterator[Parsed]:
        """Send one file and give its results as they come; raises _Broken where the process ends or hangs."""
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise _Broken("解析进程无法启动，请检查安装是否完整")
        try:
            asked = {"path": os.fspath(path), "known": sorted(known), "limit": limit, **more}
            requests.write(json.dumps(asked).encode("ascii") + b"\n")
            requests.flush()
        except (OSError, ValueError) as error:
            self.kill()
            raise _Broken(GONE) from error
        if not self._ready:
            try:
                self._ready = unpack(self._line(answers, START_TIMEOUT)).ready
            except _Broken as error:
                raise _Broken("解析进程无法启动，请检查安装是否完整") from error
        member, began = "", time.monotonic()
        while True:
            try:
                answer = unpack(self._line(answers, limit + GRACE))
            except _Broken as error:
                raise _Broken(error.cause, member, time.monotonic() - began) from error
            if answer.member is not None:
                member = ""
                yield as_parsed(answer)
            if answer.reading is not None:
                member, began = answer.reading, time.monotonic()
            if answer.end:
                return

    def _line(self, answers: IO[bytes], limit: float) -> bytes:
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(limit, give_up)
        timer.daemon = True
        timer.start()
        try:
            line = answers.readline()
        except (OSError, ValueError):
            line = b""
        finally:
            timer.cancel()
        if line.endswith(b"\n"):
            return line
        self.kill()
        raise _Broken(too_slow(limit - GRACE) if late.is_set() else GONE)


def as_answer(parsed: Parsed) -> Answer:
    """A result without its vectors, ready to cross: :func:`as_parsed` makes it a result again."""
    return Answer(parsed.member, report=parsed.report, cause=parsed.cause, known=parsed.known)


def as_parsed(answer: Answer) -> Parsed:
    """What a worker, here or on another machine, says of a file or member."""
    vectors = None if answer.vectors is None else build_vectors(answer.vectors)
    return Parsed(answer.member or "", answer.report, answer.cause, answer.known, vectors)
