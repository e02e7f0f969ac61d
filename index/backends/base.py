"""The seam for nearest-neighbour engines, and the arithmetic that all of them share.

Every engine gives cosine similarity, higher is better, ties in the order of positions: the same positions in
the same order with the same scores as the exact one (an approximate engine may miss some, never misplace).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Positions = NDArray[np.int64]
Mask = NDArray[np.bool_]
SLACK = 1e-5  # more than the difference between two ways of summing one dot product in float32


class VectorIndex(ABC):
    """Vectors at positions 0 … n-1, of unit length."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Number of vectors n."""

    @abstractmethod
    def vectors(self, positions: Positions) -> Floats:
        """(m, d) float32, the vectors at these positions."""

    @abstractmethod
    def search(
        self, query: Floats, k: int, allowed: Mask | None = None, *, gathered: bool = False
    ) -> tuple[Positions, Floats]:
        """The k nearest of the allowed positions, best first.

        Args:
            query: (d,) float32, unit length.
            k: how many.
            allowed: (n,) bool; None allows all.
            gathered: what is allowed was chosen by its meaning, so that it may lie together and far from the query.

        Returns:
            positions (m,) int64 and cosines (m,) float32, m ≤ k.
        """


def best(
    candidates: Positions, coarse: Floats, fetch: Callable[[Positions], Floats], query: Floats, k: int
) -> tuple[Positions, Floats]:
    """The k best of some candidates, by cosines summed the one way that all engines share.

    Args:
        candidates: positions (m,).
        coarse: their cosines as the engine gave them (m,).
        fetch: positions → vectors.
        query: (d,) float32, unit length.
        k: how many.
    """
    if k <= 0 or not len(candidates):
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    if len(candidates) > k:
        kth = np.partition(coarse, len(coarse) - k)[len(coarse) - k]
        candidates = candidates[coarse >= kth - SLACK]
    return rescored(candidates, fetch(candidates), query, k)


def rescored(candidates: Positions, vectors: Floats, query: Floats, k: int) -> tuple[Positions, Floats]:
    """The k best of candidates (m,) with their vectors (m, d), by cosines summed the one way that all engines share."""
    exact = np.einsum("nd,d->n", vectors.astype(np.float64), query.astype(np.float64))
    scores = np.round(exact, 6)
    order = np.lexsort((candidates, -scores))[:k]
    return candidates[order], scores[order].astype(np.float32)
