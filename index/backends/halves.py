"""The numbers of vectors themselves, float16, in plain files beside an index: read row by row, never mapped.

The files are parts: the next generation links the parts that it takes over and adds one. Reading instead of mapping
keeps what was looked at out of the process's memory; the system caches it all the same.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np

from index.backends.base import Floats, Positions
from nlp.errors import MingjianError

SUFFIX = ".f16"
GAP = 8  # rows that are read along rather than begin another read


def part(path: Path, number: int) -> Path:
    """The file of a part of the numbers of the index at ``path``."""
    return path.with_name(f"{path.stem}-{number:04d}{SUFFIX}")


def parts(path: Path) -> list[Path]:
    """The parts there are, in order."""
    return sorted(path.parent.glob(f"{path.stem}-*{SUFFIX}"))


def append(path: Path, chunks: Iterable[Floats], before: Path | None = None) -> None:
    """Write chunks of (m, d) as a part of their own, behind the parts of another index, which are linked.

    Raises:
        OSError: the disk is full.
    """
    known = parts(before) if before is not None else []
    for number, old in enumerate(known):
        link(old, part(path, number))
    with part(path, len(known)).open("wb") as file:
        for chunk in chunks:
            file.write(np.ascontiguousarray(chunk).astype("<f2").tobytes())


def link(old: Path, new: Path) -> None:
    """The same file under another name, a copy where the system has no such links."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)


class Halves:
    """The numbers that :func:`append` wrote; safe from several threads."""

    def __init__(self, path: Path, dimension: int) -> None:
        """Open the parts; raises MingjianError where one is cut off."""
        self.dimension = dimension
        self._bytes = 2 * dimension
        self._files: list[int] = []
        self._lock = threading.Lock()
        self._starts = [0]
        for one in parts(path):
            self._files.append(os.open(one, os.O_RDONLY | getattr(os, "O_BINARY", 0)))
            size = os.fstat(self._files[-1]).st_size
            if size % self._bytes:
                raise MingjianError(f"{one}：向量文件不完整，请运行：mingjian rebuild")
            self._starts.append(self._starts[-1] + size // self._bytes)
        self.size = self._starts[-1]

    def __del__(self) -> None:
        for handle in self._files:
            with suppress(OSError):
                os.close(handle)

    def rows(self, positions: Positions) -> Floats:
        """(m, d) float32, the vectors at these positions."""
        wanted = np.asarray(positions, dtype=np.int64)
        if not len(wanted):
            return np.zeros((0, self.dimension), np.float32)
        ordered, back = (wanted, None) if (np.diff(wanted) > 0).all() else np.unique(wanted, return_inverse=True)
        breaks = np.flatnonzero(np.diff(ordered) > GAP) + 1
        first, last = ordered[[0, *breaks]].tolist(), (ordered[[*(breaks - 1), -1]] + 1).tolist()
        read = b"".join(self._run(start, end) for start, end in zip(first, last, strict=True))
        there = np.frombuffer(read, dtype="<f2").reshape(-1, self.dimension)
        if len(there) > len(ordered):  # rows that were read along
            lengths = np.subtract(last, first)
            begun = np.repeat(np.subtract(first, np.cumsum(lengths) - lengths), np.diff([0, *breaks, len(ordered)]))
            there = there[ordered - begun]
        found = there.astype(np.float32)
        return found if back is None else found[back]

    def _run(self, start: int, end: int) -> bytes:
        """Neighbouring rows, as they are stored."""
        if len(self._files) == 1:
            return self._read(self._files[0], (end - start) * self._bytes, start * self._bytes)
        data = []
        for number, handle in enumerate(self._files):
            low, high = max(start, self._starts[number]), min(end, self._starts[number + 1])
            if low < high:
                offset = (low - self._starts[number]) * self._bytes
                data.append(self._read(handle, (high - low) * self._bytes, offset))
        return b"".join(data)

    def _read(self, handle: int, size: int, offset: int) -> bytes:
        if hasattr(os, "pread"):  # Windows has none
            return os.pread(handle, size, offset)
        with self._lock:
            os.lseek(handle, offset, os.SEEK_SET)
            return os.read(handle, size)
