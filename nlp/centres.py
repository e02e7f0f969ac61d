"""K-means over unit vectors: greedy k-means++ to begin with, then Lloyd's rounds, the best of three starts.

Small and of NumPy alone, for a library that does the same takes seconds to import. The same input gives the same
clusters: the seed fixes the starts, and one thread the order of all sums (which is also quicker for such matrices).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
STARTS = 3
ROUNDS = 300
STILL = 1e-4  # of the vectors' mean variance, that centres move in a round from which on they stand
FITTED = 8_000  # vectors that the centres are found from; of more, so many drawn
AT_ONCE = 50_000  # vectors whose nearest centre is looked for at a time


def k_means(vectors: Vectors, wanted: int, seed: int = 0) -> tuple[NDArray[np.int32], Vectors]:
    """(n,) number of the nearest centre to each vector, (k, d) centres, k being ``wanted``.

    Args:
        vectors: (n, d), n at least ``wanted``.
        wanted: how many centres.
        seed: where the search begins.
    """
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(seed)
    some = vectors if len(vectors) <= FITTED else vectors[np.sort(rng.choice(len(vectors), FITTED, replace=False))]
    with threadpool_limits(1):
        found = [_settled(some, _begun(some, wanted, rng)) for _ in range(STARTS)]
        centres = min(found, key=lambda one: one[1])[0]
        owner = np.concatenate([own for own, _ in _nearest(vectors, centres)])
    return owner, centres


def _begun(vectors: Vectors, wanted: int, rng: np.random.Generator) -> Vectors:
    """Vectors far from one another: each the best of a few drawn by their distance from those before."""
    trials = 2 + int(np.log(wanted))
    chosen = [int(rng.integers(len(vectors)))]
    apart = _distances(vectors, vectors[chosen])[:, 0]
    while len(chosen) < wanted:
        summed = np.cumsum(apart, dtype=np.float64)
        drawn = np.searchsorted(summed, rng.random(trials) * summed[-1]).clip(max=len(vectors) - 1)
        nearer = np.minimum(apart[:, None], _distances(vectors, vectors[drawn]))
        best = int(np.argmin(nearer.sum(axis=0, dtype=np.float64)))
        chosen.append(int(drawn[best]))
        apart = nearer[:, best]
    return vectors[chosen]


def _settled(vectors: Vectors, centres: Vectors) -> tuple[Vectors, float]:
    """The centres after Lloyd's rounds, and the squared distances to them, all together."""
    still = STILL * float(vectors.var(axis=0).mean())
    before, rest = None, 0.0
    for _ in range(ROUNDS):
        parts = [*_nearest(vectors, centres)]
        owner, apart = (np.concatenate(one) for one in zip(*parts, strict=True))
        rest = float(apart.sum(dtype=np.float64))
        if before is not None and np.array_equal(owner, before):
            break
        moved = _means(vectors, owner, apart, len(centres))
        shift = float(((moved - centres) ** 2).sum(dtype=np.float64))
        before, centres = owner, moved
        if shift <= still:
            break
    return centres, rest


def _means(vectors: Vectors, owner: NDArray[np.int32], apart: Vectors, many: int) -> Vectors:
    """(many, d) the means of what each centre owns; one that owns nothing moves to what lies farthest from its own."""
    sizes = np.bincount(owner, minlength=many)
    held, empty = np.flatnonzero(sizes), np.flatnonzero(sizes == 0)
    begins = np.cumsum(sizes[held]) - sizes[held]
    means = np.empty((many, vectors.shape[1]), np.float32)
    summed = np.add.reduceat(vectors[np.argsort(owner, kind="stable")], begins, axis=0)
    means[held] = summed / sizes[held, None].astype(np.float32)
    means[empty] = vectors[np.argsort(-apart, kind="stable")[: len(empty)]]
    return means


def _nearest(vectors: Vectors, centres: Vectors) -> Iterator[tuple[NDArray[np.int32], Vectors]]:
    """The nearest centre to each vector with its squared distance, a part at a time; of equally near ones the first."""
    for start in range(0, len(vectors), AT_ONCE):
        apart = _distances(vectors[start : start + AT_ONCE], centres)
        owner = apart.argmin(axis=1).astype(np.int32)
        yield owner, apart[np.arange(len(owner)), owner]


def _distances(vectors: Vectors, centres: Vectors) -> Vectors:
    """(n, k) squared distances, never below 0."""
    apart = vectors @ (-2.0 * centres.T)
    apart += np.einsum("ij,ij->i", vectors, vectors)[:, None]
    apart += np.einsum("ij,ij->i", centres, centres)[None, :]
    return np.maximum(apart, 0.0, out=apart)
