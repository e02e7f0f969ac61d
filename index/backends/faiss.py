"""FAISS: exact to :data:`FLAT_LIMIT` vectors, above that inverted lists over eight bits a number, memory-mapped.

Above the limit the lists find candidates and the float16 numbers beside them (:mod:`index.backends.halves`) decide:
scores and order are those of the exact engine, and a quarter of the memory of float32 is looked into. What comes later
goes into lists of its own, a file for each part of the numbers, with the same centres; a search looks into all of them.

What is known of it and guarded against: with a filter the lists looked into must grow as the filter shrinks,
and small filtered sets are compared one by one; missing neighbours come as -1; a damaged file loads without a
word (the manifest's checksums tell).
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.backends.base import SLACK, Floats, Mask, Positions, VectorIndex, best, rescored
from index.backends.halves import Halves, append, link, parts, staying
from index.narrowing import Narrowed
from index.settings import (
    EXACT_SCAN,
    FLAT_LIMIT,
    IVF_MOST_LISTS,
    IVF_PROBE_GROWTH,
    IVF_PROBE_SHARE,
    IVF_ROUNDS,
    IVF_TRAIN,
)
from nlp.errors import MingjianError

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads starve whatever runs beside

import faiss  # it reads the variable above when it is loaded

_faiss: Any = faiss  # its stubs miss most of what is used here
# One query is too little work to share out, and threads that wait for each other make it slower on a busy machine.
_faiss.omp_set_num_threads(1)

FIRST_MARGIN = 16  # neighbours asked for beyond k, so that ties at the end can be seen
FEWEST_PROBES = 16
BLOCK = 50_000  # vectors added at a time


def build(
    path: Path, count: int, dimension: int, chunks: Iterable[Floats], flat_limit: int = FLAT_LIMIT
) -> Callable[[], None]:
    """Write an index of ``count`` vectors (chunks of (m, d) float32, unit length, in order of position).

    Above ``flat_limit`` the float16 numbers are written beside it.

    Returns:
        What is left to do, which takes nothing from the chunks any more and may run beside other work.

    Raises:
        OSError: the disk is full; so may what is left to do.
    """
    if count <= flat_limit:
        index: Any = _faiss.IndexFlatIP(dimension)
        for chunk in chunks:
            index.add(np.ascontiguousarray(chunk))
        return partial(_write, index, path)
    append(path, chunks)
    return lambda: _write(_inverted(Halves(path, dimension)), path)


def extend(before: Path, path: Path, dimension: int, chunks: Iterable[Floats], count: int) -> Callable[[], None]:
    """Write an index of all that ``before`` has and of ``count`` vectors more; inverted lists stay as they were found.

    Returns:
        What is left to do, as :func:`build` does.

    Raises:
        OSError: the disk is full.
    """
    if known := len(parts(before)):
        fixed = known - len(lists_behind(before))
        stay = staying(before, fixed, count * dimension * 2)
        append(path, chunks, before, stay)
        return partial(_add_behind, before, path, dimension, fixed, stay)
    index: Any = _faiss.read_index(str(before))
    for chunk in chunks:
        index.add(np.ascontiguousarray(chunk))
    return partial(_write, index, path)


def lists_behind(path: Path) -> list[Path]:
    """The files of lists beside the first one, those of the last parts of the numbers, in order."""
    return sorted(path.parent.glob(f"{path.stem}-*{path.suffix}"))


def _lists_of(path: Path, number: int) -> Path:
    return path.with_name(f"{path.stem}-{number:04d}{path.suffix}")


def _add_behind(before: Path, path: Path, dimension: int, fixed: int, stay: int) -> None:
    """Lists for the parts of the numbers from ``stay`` on, in which the lists that were there for some of them go."""
    link(before, path)
    known = lists_behind(before)
    for number, old in enumerate(known[: stay - fixed], start=fixed):
        link(old, _lists_of(path, number))
    first = _mapped(path)
    index: Any = _faiss.IndexIVFScalarQuantizer(
        first.quantizer, dimension, first.nlist, first.sq.qtype, first.metric_type, first.by_residual
    )
    index.sq, index.is_trained = first.sq, True
    for old in known[stay - fixed :]:
        index.merge_from(_faiss.read_index(str(old)), 0)
    _add(index, Halves(path, dimension), Halves(before, dimension).size)
    _write(index, _lists_of(path, stay))


def _write(index: Any, path: Path) -> None:
    with path.open("wb") as file:
        _faiss.write_index(index, _faiss.PyCallbackIOWriter(file.write, 1 << 20))


def lists_for(count: int) -> int:
    """How many inverted lists: about 4·√n, but no more than can be trained in a minute until 2·√n is more."""
    return 1 << round(math.log2(max(min(4 * math.sqrt(count), IVF_MOST_LISTS), 2 * math.sqrt(count))))


def _inverted(halves: Halves) -> Any:
    """Inverted lists, found from IVF_TRAIN vectors a list taken evenly from all."""
    lists = lists_for(halves.size)
    index: Any = _faiss.index_factory(halves.dimension, f"IVF{lists},SQ8", _faiss.METRIC_INNER_PRODUCT)
    index.cp.seed, index.cp.niter = 1234, IVF_ROUNDS
    index.cp.max_points_per_centroid = IVF_TRAIN
    step = max(1, halves.size // (lists * IVF_TRAIN))
    _faiss.omp_set_num_threads(os.cpu_count() or 1)
    try:
        index.train(halves.rows(np.arange(0, halves.size, step)))
    finally:
        _faiss.omp_set_num_threads(1)
    _add(index, halves, 0)
    return index


def _add(index: Any, halves: Halves, start: int) -> None:
    _faiss.omp_set_num_threads(os.cpu_count() or 1)
    try:
        for first in range(start, halves.size, BLOCK):
            positions = np.arange(first, min(first + BLOCK, halves.size))
            index.add_with_ids(halves.rows(positions), positions)
    finally:
        _faiss.omp_set_num_threads(1)


class FaissIndex(VectorIndex):
    """An index that :func:`build` wrote."""

    def __init__(self, path: Path) -> None:
        """Map the file; raises MingjianError where it cannot be read."""
        self._index: Any = _mapped(path)
        self._behind: list[Any] = [_mapped(one) for one in lists_behind(path)]
        self._lists = int(getattr(self._index, "nlist", 0))
        self._halves = Halves(path, int(self._index.d)) if self._lists else None
        if self._halves is not None and self._halves.size != self.size:
            raise MingjianError(f"{path}：向量索引不完整，请运行：mingjian rebuild")

    @property
    def size(self) -> int:
        """See :class:`VectorIndex`."""
        return sum(int(index.ntotal) for index in (self._index, *self._behind))

    def vectors(self, positions: Positions) -> Floats:
        """See :class:`VectorIndex`."""
        if not len(positions):
            return np.zeros((0, int(self._index.d)), np.float32)
        if self._halves is not None:
            return self._halves.rows(positions)
        found: Floats = self._index.reconstruct_batch(np.ascontiguousarray(positions, dtype=np.int64))
        return found

    def search(
        self, query: Floats, k: int, allowed: Mask | None = None, *, gathered: bool = False
    ) -> tuple[Positions, Floats]:
        """See :class:`VectorIndex`; above FLAT_LIMIT vectors some neighbours may be missed."""
        kept, bits = (self.size, None) if allowed is None else _packed(allowed)
        if not kept or k <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        nearest = partial(self._nearest, query, bits, kept, gathered=gathered)
        spare = k // 2 if self._lists else 0  # eight bits a number may misplace a little: some more are looked at
        if allowed is not None and kept <= EXACT_SCAN:
            positions = np.flatnonzero(allowed)
            if self._halves is None:
                return best(positions, self.vectors(positions) @ query, self.vectors, query, k)
            nearest, spare = partial(_scanned, query, positions, self._halves.halves(positions)), 0
        wanted = min(kept, k + spare + FIRST_MARGIN)
        while True:
            positions, coarse = nearest(wanted)
            # Equal vectors may stand on both sides of the cut: go on until the last one is clearly worse.
            if len(positions) < wanted or wanted == kept or coarse[-1] < coarse[min(k, wanted) - 1] - 2 * SLACK:
                if self._halves is not None:
                    return rescored(positions, self.vectors(positions), query, k)
                return best(positions, coarse, self.vectors, query, k)
            wanted = min(kept, 2 * wanted)

    def _nearest(self, query: Floats, bits: Any, kept: int, k: int, *, gathered: bool) -> tuple[Positions, Floats]:
        selector = None if bits is None else _faiss.IDSelectorBitmap(bits)
        if self._lists:
            # The fewer are kept, the farther away the k-th of them lies. Measured: recall stays above 0.975 (rows of
            # one kind, year, province, level: docs/performance.md); the root gave up to 0.01 more with another encoder.
            # What was chosen by its meaning may lie in few lists, far from the query's own: then all are looked into.
            share = 1.0 if gathered else IVF_PROBE_SHARE * (self.size / kept) ** IVF_PROBE_GROWTH
            probes = min(self._lists, max(FEWEST_PROBES, math.ceil(self._lists * share)))
            params = _faiss.SearchParametersIVF(sel=selector, nprobe=probes)
        else:
            params = _faiss.SearchParameters(sel=selector)
        asked = np.ascontiguousarray(query[None, :])
        found = [one.search(asked, k, params=params) for one in (self._index, *self._behind)]
        scores, positions = (np.concatenate(several, axis=1)[0] for several in zip(*found, strict=True))
        if self._behind:
            order = np.argsort(-scores, kind="stable")[:k]  # what is not there scores least of all
            scores, positions = scores[order], positions[order]
        real = positions >= 0
        return positions[real], scores[real]


def _scanned(query: Floats, positions: Positions, halves: NDArray[np.float16], k: int) -> tuple[Positions, Floats]:
    """The k nearest of all these: FAISS reads float16 as it lies, to make float32 of it takes ten times as long."""
    index: Any = _faiss.IndexScalarQuantizer(
        halves.shape[1], _faiss.ScalarQuantizer.QT_fp16, _faiss.METRIC_INNER_PRODUCT
    )
    index.is_trained = True
    index.add_sa_codes(halves.view(np.uint8))
    scores, places = index.search(np.ascontiguousarray(query[None, :]), k)
    return positions[places[0]], scores[0]


def _packed(allowed: Mask) -> tuple[int, Any]:
    """How many rows are allowed, and the mask as bits, None where all are; known for a mask that was asked before."""
    known = getattr(allowed, "packed", None)
    if known is None:
        kept = int(np.count_nonzero(allowed))
        known = kept, None if kept == len(allowed) else np.packbits(allowed, bitorder="little")
        if isinstance(allowed, Narrowed):
            allowed.packed = known
    found: tuple[int, Any] = known
    return found


def _mapped(path: Path) -> Any:
    try:
        return _faiss.read_index(str(path), _faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError:
        return _read_plain(path)


def _read_plain(path: Path) -> Any:
    """Without mapping: some systems cannot map a path that is not plain ASCII."""
    try:
        return _faiss.deserialize_index(np.fromfile(path, dtype=np.uint8))
    except (RuntimeError, OSError) as error:
        raise MingjianError(f"{path}：向量索引无法读取，请运行：mingjian rebuild") from error
