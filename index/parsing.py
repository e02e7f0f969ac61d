"""Files to reports for :mod:`index.ingest`: here in this process, or in killable ones beside it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from index.settings import FILE_TIMEOUT, START_TIMEOUT
from index.transport import build
from nlp.errors import MingjianError, UnreadableReport
from nlp.records import Report

NOT_A_REPORT = "不像是政府信息公开年度报告"
ARCHIVE_SUFFIXES = frozenset({".zip"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """What became of a file or of one member of a ZIP.

    One of ``report``, ``cause`` (Chinese) and ``known`` is set; none where the member is only now begun.
    ``member``: path inside the ZIP, or "".
    """

    member: str = ""
    report: Report | None = None
    cause: str | None = None
    known: bool = False


class Parser(Protocol):
    """Something that parses files; safe to be called from several threads."""

    def parse(self, path: Path, known: frozenset[str]) -> Iterator[Parsed]:
        """Parse a file or every member of a ZIP but the known ones; never raises for what is in the file."""

    def close(self) -> None:
        """Let go of processes."""


def parse_path(path: Path, known: frozenset[str] = frozenset()) -> Iterator[Parsed]:
    """Parse in this process; one result for a plain file, one a member for a ZIP."""
    from nlp.parse import parse_document, parse_file

    if path.suffix.lower() not in ARCHIVE_SUFFIXES:
        yield _attempt("", lambda: parse_file(path))
        return
    from nlp.reading import read_archive

    try:
        for member in read_archive(path):
            if isinstance(member, UnreadableReport):
                yield Parsed(_member_name(path, member.source), cause=member.cause)
                continue
            name = _member_name(path, member.source)
            if name in known:
                yield Parsed(name, known=True)
            else:
                yield Parsed(name)
                yield _attempt(name, lambda document=member: parse_document(document))
    except (MingjianError, OSError, MemoryError) as error:
        yield Parsed(cause=cause_of(error))


def _member_name(path: Path, source: str) -> str:
    """The member's own path out of a source that may carry the ZIP's in front."""
    for front in (f"{path}!/", f"{path.name}!/", f"{path}/", f"{path.name}/"):
        if source.startswith(front):
            return source[len(front) :]
    return source


def _attempt(member: str, work: Callable[[], Report]) -> Parsed:
    try:
        report = work()
    except Exception as error:  # whatever a reader stumbles over is the file's failure, not the run's
        return Parsed(member, cause=cause_of(error))
    if "not_a_report" in report.warnings:
        return Parsed(member, cause=NOT_A_REPORT)
    return Parsed(member, report=report)


def cause_of(error: BaseException) -> str:
    """One Chinese clause for an error that a file caused."""
    if isinstance(error, UnreadableReport):
        return error.cause
    if isinstance(error, MingjianError):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return "文件不存在"
    if isinstance(error, PermissionError):
        return "没有读取权限"
    if isinstance(error, MemoryError):
        return "文件太大或太复杂，内存不足"
    if isinstance(error, RecursionError):
        return "文件嵌套层次太深"
    detail = (str(error).strip().splitlines() or [""])[0]
    return f"解析时出错（{type(error).__name__}：{detail[:120]}）"


class HereParser:
    """Parses in this process, without a time limit: for tests, and where no process can be started."""

    def __init__(self, work: Callable[[Path], Report]) -> None:
        self._work = work

    def parse(self, path: Path, known: frozenset[str]) -> Iterator[Parsed]:
        """See :class:`Parser`."""
        del known
        yield _attempt("", lambda: self._work(path))

    def close(self) -> None:
        """Nothing to let go of."""


class WorkerParser:
    """Parses in ``index.worker`` processes, started as threads ask for them and killed where a file hangs."""

    def __init__(self, limit: float = FILE_TIMEOUT) -> None:
        """``limit``: seconds for one file or member, the start of the process not counted."""
        self._limit = limit
        self._idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        self._all: list[_Process] = []
        self._lock = threading.Lock()
        self._closed = False

    def parse(self, path: Path, known: frozenset[str]) -> Iterator[Parsed]:
        """See :class:`Parser`; a member that hangs or crashes costs a new process, the others still get in."""
        done = set(known)
        while not self._closed:
            process = self._take()
            member = ""
            try:
                for parsed in process.ask(path, done, self._limit):
                    member = parsed.member
                    if parsed.report is not None or parsed.cause is not None:
                        done.add(member)
                    yield parsed
            except _Broken as error:
                yield Parsed(member, cause=str(error))
                if not member or member in done:
                    return
                done.add(member)
            else:
                return
            finally:
                self._give(process)

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
                process = _Process()
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
    """The process is gone; the message is the cause."""


class _Process:
    """One worker process with its pipes."""

    def __init__(self) -> None:
        self._ready = False
        root = str(Path(__file__).parents[1])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "index.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
        )

    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        with suppress(OSError):
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()

    def ask(self, path: Path, known: Iterable[str], limit: float) -> Iterator[Parsed]:
        """Send one file and give its results as they come; raises _Broken where the process ends or hangs."""
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        try:
            requests.write(json.dumps({"path": os.fspath(path), "known": sorted(known)}) + "\n")
            requests.flush()
        except (OSError, ValueError) as error:
            raise _Broken("解析进程无法启动") from error
        if not self._ready:
            self._ready = bool(json.loads(self._line(answers, START_TIMEOUT)))
        while True:
            answer = json.loads(self._line(answers, limit))
            if answer.get("end"):
                return
            report = answer.get("report")
            yield Parsed(
                answer["member"],
                report=build(report) if report is not None else None,
                cause=answer.get("cause"),
                known=bool(answer.get("known")),
            )

    def _line(self, answers: IO[str], limit: float) -> str:
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
            line = ""
        finally:
            timer.cancel()
        if line.endswith("\n"):
            return line
        self._process.kill()
        raise _Broken(f"处理超过 {limit:g} 秒，已放弃" if late.is_set() else "解析进程意外退出，文件可能已损坏")
