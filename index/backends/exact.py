"""The exact engine: every vector is compared. It serves small sets, and is the others' oracle."""

from __future__ import annotations

import numpy as np

from index.backends.base import Floats, Mask, Positions, VectorIndex, best


class ExactIndex(VectorIndex):
    """Over a matrix (n, d) float32 in memory."""

    def __init__(self, matrix: Floats) -> None:
        self._matrix = matrix

    @property
    def size(self) -> int:
        """See :class:`VectorIndex`."""
        return len(self._matrix)

    def vectors(self, positions: Positions) -> Floats:
        """See :class:`VectorIndex`."""
        return self._matrix[positions]

    def search(
        self, query: Floats, k: int, allowed: Mask | None = None, *, gathered: bool = False
    ) -> tuple[Positions, Floats]:
        """See :class:`VectorIndex`."""
        del gathered
        positions = np.arange(self.size) if allowed is None else np.flatnonzero(allowed)
        matrix = self._matrix if allowed is None else self._matrix[positions]
        return best(positions, matrix @ query, self.vectors, query, k)
