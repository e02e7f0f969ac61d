"""The numbers of vectors themselves, float16, in plain files beside an index.

The files are parts: the next generation links the parts that it takes over and adds one. What was looked at is let go of
at once, so that the process stays small however many rows it has seen; the system's cache has them all the same.
"""

from __future__ import annotations

import mmap
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from index.backends.base import Floats, Positions
from nlp.errors import MingjianError

SUFFIX = ".f16"


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
        """Map the parts; raises MingjianError where one is cut off."""
        self.dimension = dimension
        self._maps: list[np.memmap[Any, np.dtype[np.float16]]] = []
        starts = [0]
        for one in parts(path):
            if one.stat().st_size % (2 * dimension):
                raise MingjianError(f"{one}：向量文件不完整，请运行：mingjian rebuild")
            if one.stat().st_size:  # an empty file cannot be mapped
                self._maps.append(np.memmap(one, dtype="<f2", mode="r").reshape(-1, dimension))
                starts.append(starts[-1] + len(self._maps[-1]))
        self._starts = np.array(starts)
        self.size = starts[-1]

    def rows(self, positions: Positions) -> Floats:
        """(m, d) float32, the vectors at these positions."""
        wanted = np.asarray(positions, dtype=np.int64)
        out = np.empty((len(wanted), self.dimension), np.float32)
        for number, part in enumerate(self._maps):
            start, end = self._starts[number], self._starts[number + 1]
            if len(self._maps) == 1:
                out[:] = part[wanted]
            else:
                inside = (wanted >= start) & (wanted < end)
                out[inside] = part[wanted[inside] - start]
            _let_go(part)
        return out


def _let_go(part: np.memmap[Any, np.dtype[np.float16]]) -> None:
    """What was looked at need not stay in this process's memory; the system keeps it for all."""
    mapped = part
    while isinstance(mapped.base, np.memmap):
        mapped = mapped.base
    if hasattr(mmap, "MADV_DONTNEED") and isinstance(mapped.base, mmap.mmap):
        mapped.base.madvise(mmap.MADV_DONTNEED)
