"""FAISS: exact to :data:`FLAT_LIMIT` vectors, above that inverted lists over float16, read by memory mapping.

What is known of it and guarded against: with a filter the lists looked into must grow as the filter shrinks,
and small filtered sets are compared one by one; missing neighbours come as -1; a damaged file loads without a
word (the manifest's checksums tell).
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from index.backends.base import SLACK, Floats, Mask, Positions, VectorIndex, best
from index.settings import EXACT_SCAN, FLAT_LIMIT, IVF_PROBE_SHARE, IVF_TRAIN
from nlp.errors import MingjianError

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads starve whatever runs beside

import faiss  # it reads the variable above when it is loaded

_faiss: Any = faiss  # its stubs miss most of what is used here
# One query is too little work to share out, and threads that wait for each other make it slower on a busy machine.
_faiss.omp_set_num_threads(1)

FIRST_MARGIN = 16  # neighbours asked for beyond k, so that ties at the end can be seen
FEWEST_PROBES = 16


def build(path: Path, count: int, dimension: int, chunks: Iterable[Floats], flat_limit: int = FLAT_LIMIT) -> None:
    """Write an index of ``count`` vectors (chunks of (m, d) float32, unit length, in order of position).

    Raises:
        OSError: the disk is full.
    """
    index: Any
    if count <= flat_limit:
        index = _faiss.IndexFlatIP(dimension)
        for chunk in chunks:
            index.add(np.ascontiguousarray(chunk))
    else:
        index = _inverted(count, dimension, chunks)
    with path.open("wb") as file:
        _faiss.write_index(index, _faiss.PyCallbackIOWriter(file.write, 1 << 20))


def _inverted(count: int, dimension: int, chunks: Iterable[Floats]) -> Any:
    """Inverted lists, about 4·√n of them, trained on the first vectors up to IVF_TRAIN a list."""
    lists = 2 ** round(math.log2(4 * math.sqrt(count)))
    index: Any = _faiss.index_factory(dimension, f"IVF{lists},SQfp16", _faiss.METRIC_INNER_PRODUCT)
    _faiss.omp_set_num_threads(os.cpu_count() or 1)
    index.by_residual = False  # the lists then hold our float16 numbers as they are
    index.cp.seed = 1234
    held: list[Floats] = []
    wanted = min(count, lists * IVF_TRAIN)
    for chunk in chunks:
        if index.is_trained:
            index.add(np.ascontiguousarray(chunk))
            continue
        held.append(chunk)
        if sum(map(len, held)) >= wanted:
            sample = np.concatenate(held)
            index.train(sample[:: max(1, len(sample) // wanted)])
            index.add(sample)
            held = []
    index.make_direct_map()
    _faiss.omp_set_num_threads(1)
    return index


class FaissIndex(VectorIndex):
    """An index that :func:`build` wrote."""

    def __init__(self, path: Path) -> None:
        """Map the file; raises MingjianError where it cannot be read."""
        try:
            self._index: Any = _faiss.read_index(str(path), _faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError:
            self._index = _read_plain(path)
        self._lists = getattr(self._index, "nlist", 0)

    @property
    def size(self) -> int:
        """See :class:`VectorIndex`."""
        return int(self._index.ntotal)

    def vectors(self, positions: Positions) -> Floats:
        """See :class:`VectorIndex`."""
        if not len(positions):
            return np.zeros((0, int(self._index.d)), np.float32)
        found: Floats = self._index.reconstruct_batch(np.ascontiguousarray(positions, dtype=np.int64))
        return found

    def search(self, query: Floats, k: int, allowed: Mask | None = None) -> tuple[Positions, Floats]:
        """See :class:`VectorIndex`; above FLAT_LIMIT vectors some neighbours may be missed."""
        kept = self.size if allowed is None else int(np.count_nonzero(allowed))
        if not kept or k <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        if allowed is not None and kept <= EXACT_SCAN:
            positions = np.flatnonzero(allowed)
            return best(positions, self.vectors(positions) @ query, self.vectors, query, k)
        bits = None if allowed is None or kept == self.size else np.packbits(allowed, bitorder="little")
        wanted = min(kept, k + FIRST_MARGIN)
        while True:
            positions, coarse = self._nearest(query, wanted, bits, kept)
            # Equal vectors may stand on both sides of the cut: go on until the last one is clearly worse.
            if len(positions) < wanted or wanted == kept or coarse[-1] < coarse[min(k, wanted) - 1] - 2 * SLACK:
                return best(positions, coarse, self.vectors, query, k)
            wanted = min(kept, 2 * wanted)

    def _nearest(self, query: Floats, k: int, bits: Any, kept: int) -> tuple[Positions, Floats]:
        selector = None if bits is None else _faiss.IDSelectorBitmap(bits)
        if self._lists:
            share = IVF_PROBE_SHARE * self.size / kept
            probes = min(self._lists, max(FEWEST_PROBES, math.ceil(self._lists * share)))
            params = _faiss.SearchParametersIVF(sel=selector, nprobe=probes)
        else:
            params = _faiss.SearchParameters(sel=selector)
        scores, positions = self._index.search(np.ascontiguousarray(query[None, :]), k, params=params)
        real = positions[0] >= 0
        return positions[0][real], scores[0][real]


def _read_plain(path: Path) -> Any:
    """Without mapping: some systems cannot map a path that is not plain ASCII."""
    try:
        return _faiss.deserialize_index(np.fromfile(path, dtype=np.uint8))
    except (RuntimeError, OSError) as error:
        raise MingjianError(f"{path}：向量索引无法读取，请运行：mingjian rebuild") from error
