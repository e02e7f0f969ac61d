"""The numbers of vectors themselves, float16, in plain files beside an index, mapped and now and then let go of.

The files are parts: the next generation links the parts that it takes over and adds one, into which small ones go.
Letting go keeps what was looked at out of the process's memory; the system caches it all the same. Reading each row by
a call of its own would give other threads the interpreter a hundred times a search, and wait for them as often.
"""

from __future__ import annotations

import mmap
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.backends.base import Floats, Positions
from nlp.errors import MingjianError

SUFFIX = ".f16"
HELD = 4_096  # pages of memory looked at until all are let go of: 16 MB


def part(path: Path, number: int) -> Path:
    """The file of a part of the numbers of the index at ``path``."""
    return path.with_name(f"{path.stem}-{number:04d}{SUFFIX}")


def parts(path: Path) -> list[Path]:
    """The parts there are, in order."""
    return sorted(path.parent.glob(f"{path.stem}-*{SUFFIX}"))


def staying(path: Path, fixed: int, size: int) -> int:
    """How many parts of the index at ``path`` stay as they are when a part of ``size`` bytes comes behind them.

    The last ones go into the new part while they are no larger than it, so that there are never many of them: twenty
    equal additions make two, and each number is written again only as often as the whole has doubled. The first
    ``fixed`` always stay.
    """
    known = [one.stat().st_size for one in parts(path)]
    while len(known) > fixed and known[-1] <= size:
        size += known.pop()
    return len(known)


def append(path: Path, chunks: Iterable[Floats], before: Path | None = None, stay: int | None = None) -> None:
    """Write chunks of (m, d) behind the numbers of another index.

    Of its parts the first ``stay`` (None: all) are linked; the new part begins with what the others hold.

    Raises:
        OSError: the disk is full.
    """
    known = parts(before) if before is not None else []
    stay = len(known) if stay is None else stay
    for number, old in enumerate(known[:stay]):
        link(old, part(path, number))
    with part(path, stay).open("wb") as file:
        for old in known[stay:]:
            with old.open("rb") as source:
                shutil.copyfileobj(source, file)
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
        self._maps: list[mmap.mmap] = []
        self._parts: list[NDArray[np.float16]] = []
        self._starts = [0]
        self._looked_at = 0
        for one in parts(path):
            self._parts.append(self._opened(one))
            self._starts.append(self._starts[-1] + len(self._parts[-1]))
        self.size = self._starts[-1]

    def _opened(self, path: Path) -> NDArray[np.float16]:
        """(m, d) the numbers of one part, mapped."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size % (2 * self.dimension):
                raise MingjianError(f"{path}：向量文件不完整，请运行：mingjian rebuild")
            if not size:  # cannot be mapped
                return np.zeros((0, self.dimension), np.dtype("<f2"))
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if hasattr(mmap, "MADV_RANDOM"):  # Windows has none
            mapped.madvise(mmap.MADV_RANDOM)
        self._maps.append(mapped)
        return np.frombuffer(mapped, dtype="<f2").reshape(-1, self.dimension)

    def rows(self, positions: Positions) -> Floats:
        """(m, d) float32, the vectors at these positions; raises IndexError for one that has none."""
        return self.halves(positions).astype(np.float32)

    def halves(self, positions: Positions) -> NDArray[np.float16]:
        """(m, d) float16, as :meth:`rows`."""
        wanted = np.asarray(positions, dtype=np.int64)
        if len(wanted) and not (wanted.min() >= 0 and wanted.max() < self.size):
            raise IndexError("a position that has no vector")
        if len(self._parts) == 1:
            out = self._parts[0][wanted]
        else:
            out = np.empty((len(wanted), self.dimension), np.dtype("<f2"))
            for number, part in enumerate(self._parts):
                here = (self._starts[number] <= wanted) & (wanted < self._starts[number + 1])
                if here.any():
                    out[here] = part[wanted[here] - self._starts[number]]
        pages = wanted * (2 * self.dimension) // mmap.PAGESIZE
        self._looked_at += min(len(pages), 1) + int(np.count_nonzero(np.diff(pages)))
        if self._looked_at > HELD and hasattr(mmap, "MADV_DONTNEED"):
            self._looked_at = 0
            for mapped in self._maps:
                mapped.madvise(mmap.MADV_DONTNEED)
        return out
