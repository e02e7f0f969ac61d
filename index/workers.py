"""Processes that parse beside this one, started as they are asked for and killed where a file hangs."""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

from index.parsing import Parsed, as_parsed, too_slow
from index.processes import end, start
from index.settings import FILE_TIMEOUT, OCR_TIMEOUT, START_TIMEOUT
from index.transport import unpack

PICTURES = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"})  # may need OCR
WORKER = (sys.executable, "-m", "index.worker")
GRACE = 3.0  # seconds between interrupting a parse and killing its process
GONE = "解析进程意外退出，文件可能已损坏"
LOSSES = 10  # times the limit: what members of one ZIP that hang or crash may take before the rest is given up
SLOW = 100  # members of one ZIP that were given up in time, after which the rest is
REST = "压缩包里已有多个文件处理超时或使解析进程退出，其余未读，请解压后再收入"


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
