"""Word vectors from counts: which words stand near which, weighed (PPMI), reduced (truncated SVD).

Chosen before skip-gram because it gives the same vectors on every run and costs less time for the same quality
on a corpus of this size (the model card has the figures).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

WINDOW = 10
CHUNK = 1_000_000  # tokens counted at a time
SMOOTHING = 0.75  # of the context frequencies: rare contexts tell less than they seem to
OVERSAMPLING = 32
POWER_ROUNDS = 3


def _token_chunks(path: Path, rows: dict[str, int]) -> Iterator[Ints]:
    """Row numbers of the corpus in chunks; −1 stands for a word without a row and, WINDOW times, for a line end."""
    chunk: list[int] = []
    gap = [-1] * WINDOW
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            chunk.extend(rows.get(word, -1) for word in line.split())
            chunk.extend(gap)
            if len(chunk) >= CHUNK:
                yield np.array(chunk, dtype=np.int32)
                chunk = []
    if chunk:
        yield np.array(chunk, dtype=np.int32)


def cooccurrences(path: Path, rows: dict[str, int], *, window: int = WINDOW) -> sparse.csr_matrix:
    """How often two words stand within ``window`` words, nearer pairs counting more.

    Returns:
        (n, n) symmetric counts, n = len(rows); a pair at distance d counts (window + 1 − d) / window.
    """
    size = len(rows)
    total = sparse.csr_matrix((size, size), dtype=np.float32)
    for ids in _token_chunks(path, rows):
        for distance in range(1, window + 1):
            left, right = ids[:-distance], ids[distance:]
            both = (left >= 0) & (right >= 0)
            weight = np.full(int(both.sum()), (window + 1 - distance) / window, dtype=np.float32)
            total = total + sparse.csr_matrix((weight, (left[both], right[both])), shape=(size, size))
    return (total + total.T).tocsr()


def ppmi(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Positive pointwise mutual information of the counts, with smoothed context frequencies."""
    words = np.asarray(counts.sum(axis=1)).ravel()
    contexts = words**SMOOTHING
    contexts /= contexts.sum()
    words = words / words.sum()
    table = counts.tocoo()
    joint = table.data / table.data.sum()
    gain = np.log(joint / (words[table.row] * contexts[table.col]))
    kept = gain > 0
    return sparse.csr_matrix((gain[kept].astype(np.float32), (table.row[kept], table.col[kept])), shape=counts.shape)


def reduce(matrix: sparse.csr_matrix, dimension: int, *, power: float = 0.5, seed: int = 7) -> Floats:
    """Truncated SVD by random projection: left vectors times singular values to ``power``.

    Returns:
        (n, dimension) float32.
    """
    random = np.random.default_rng(seed)
    sketch = random.standard_normal((matrix.shape[1], dimension + OVERSAMPLING)).astype(np.float32)
    base = np.linalg.qr(matrix @ sketch)[0]
    transposed = matrix.T.tocsr()
    for _ in range(POWER_ROUNDS):
        base = np.linalg.qr(transposed @ base)[0]
        base = np.linalg.qr(matrix @ base)[0]
    left, values, _ = np.linalg.svd((transposed @ base).T, full_matrices=False)
    vectors = (base @ left[:, :dimension]) * values[:dimension] ** power
    return np.asarray(vectors, dtype=np.float32)
