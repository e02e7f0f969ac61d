"""Files to reports for :mod:`index.ingest`, in this process; in killable ones beside it: :mod:`index.workers`."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from index.transport import Answer, build_vectors
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


def as_answer(parsed: Parsed) -> Answer:
    """A result without its vectors, ready to cross: :func:`as_parsed` makes it a result again."""
    return Answer(parsed.member, report=parsed.report, cause=parsed.cause, known=parsed.known)


def as_parsed(answer: Answer) -> Parsed:
    """What a worker, here or on another machine, says of a file or member."""
    vectors = None if answer.vectors is None else build_vectors(answer.vectors)
    return Parsed(answer.member or "", answer.report, answer.cause, answer.known, vectors)
