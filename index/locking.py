"""One writer at a time: a lock on the file ``lock`` of the archive, released by the system if a process dies."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.settings import LOCK_TIMEOUT
from nlp.errors import MingjianError

NAME = "lock"
PAUSE = 0.05


class ArchiveBusy(MingjianError):
    """Another process, or another thread of this one, is writing."""


if sys.platform == "win32":  # pragma: no cover - held by the Windows run of the tests
    import msvcrt

    def _try(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _free(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _free(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


class WriteLock:
    """The right to write to one archive; may be taken again by the thread that holds it."""

    def __init__(self, folder: Path, name: str = NAME) -> None:
        self._path = folder / name
        self._thread = threading.RLock()
        self._depth = 0

    @contextmanager
    def held(self, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
        """Hold the lock for the block.

        Raises:
            ArchiveBusy: another writer still works after ``timeout`` seconds.
            OSError: the folder cannot be written.
        """
        deadline = time.monotonic() + timeout
        if not self._thread.acquire(timeout=max(timeout, 0.001)):
            raise self._busy(timeout)
        try:
            if self._depth:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            with self._file(deadline, timeout):
                self._depth = 1
                try:
                    yield
                finally:
                    self._depth = 0
        finally:
            self._thread.release()

    @contextmanager
    def _file(self, deadline: float, timeout: float) -> Iterator[None]:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            while not _try(handle):
                if time.monotonic() >= deadline:
                    raise self._busy(timeout)
                time.sleep(PAUSE)
            try:
                yield
            finally:
                _free(handle)
        finally:
            os.close(handle)

    def _busy(self, timeout: float) -> ArchiveBusy:
        return ArchiveBusy(
            f"{self._path.parent}：另一个进程正在写入这个存档（已等待 {timeout:g} 秒），请等它结束后再试"
        )
