"""What a search asks of an archive's indexes, wherever they are: here by mapped files, or in another machine's engine.

Which rows are to be ranked is an *allowed set*. Here it is a boolean mask over positions; an engine on another machine
cannot take a mask of ten million rows, so there it is the filter itself, to be applied over there. Searches treat
both alike: ``a & b``, ``~a`` and ``a.any()`` are all they may ask of one.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from index.backends.base import Floats, Mask, Positions
from index.rows import chunks
from index.tokens import inner_tokens

if TYPE_CHECKING:
    from index.lexical import Found, Terms
    from index.reads import Reads
    from index.records import Filter

Allowed = Any  # a Mask here, an index.remote.Selection there
Nearest = tuple[Positions, Floats]
PHRASE_ROWS = 50_000  # texts that are looked through for a quoted phrase


class Viewing(ABC):
    """An archive's indexes at one change of the store. A position names a row; what it is, the view knows.

    Attributes:
        sequence: the change of the store that it shows.
        allowed: filter → the allowed set of rows that it keeps.
    """

    sequence: int
    allowed: Callable[[Filter], Allowed]

    @property
    @abstractmethod
    def size(self) -> int:
        """Number of rows, those that went since the index was built included."""

    @property
    @abstractmethod
    def tail(self) -> int:
        """Rows that the index does not cover yet, and those that it covers in vain."""

    @abstractmethod
    def rows_at(self, positions: Positions) -> list[int]:
        """Rows (``statements.row``) at positions."""

    @abstractmethod
    def mask_of(self, rows: Iterator[int] | Sequence[int]) -> Allowed:
        """The allowed set of just these rows."""

    @abstractmethod
    def holding(self, phrase: str, allowed: Allowed) -> Allowed:
        """Of an allowed set the rows whose text holds a phrase as it stands."""

    @abstractmethod
    def rankings(
        self, vector: Floats, terms: Mapping[str, Terms], depth: int, allowed: Allowed
    ) -> tuple[Nearest, Found, Found]:
        """The ``depth`` best by meaning, by words and by 2-grams: positions and scores each, best first."""

    @abstractmethod
    def closest(self, vectors: Floats) -> list[float]:
        """For each of several vectors (m, d) the cosine of the nearest row; shorter where there are no rows."""

    @abstractmethod
    def sample(self, count: int) -> Positions:
        """At most ``count`` positions spread evenly over what is there."""

    @property
    def documents(self) -> int:
        """Number of texts that :meth:`frequency` counts over."""
        return self.size

    @abstractmethod
    def frequency(self, field: str, token: str) -> int:
        """In how many texts a token stands."""

    @abstractmethod
    def vectors(self, positions: Positions) -> Floats:
        """(m, d) float32, the vectors at these positions."""


class LocalViewing(Viewing):
    """What every view over positions 0 … n-1 and masks shares.

    Attributes:
        rows: (n, 3) row, report row, kind code.
        alive: (n,) bool, False where the row is gone.
    """

    rows: Any
    alive: Mask
    _store: Reads

    @abstractmethod
    def nearest(self, query: Floats, k: int, allowed: Mask) -> Nearest:
        """The k allowed positions nearest to a vector."""

    @abstractmethod
    def matching(self, field: str, terms: Terms, k: int, allowed: Mask) -> Found:
        """The k allowed positions that match terms best."""

    @abstractmethod
    def holding_all(self, field: str, tokens: Sequence[str], limit: int, allowed: Mask) -> Positions:
        """Allowed positions whose text holds every token."""

    @property
    def size(self) -> int:
        """See :class:`Viewing`."""
        return len(self.rows)

    def rows_at(self, positions: Positions) -> list[int]:
        """See :class:`Viewing`."""
        found: list[int] = self.rows[positions, 0].tolist()
        return found

    def rankings(
        self, vector: Floats, terms: Mapping[str, Terms], depth: int, allowed: Allowed
    ) -> tuple[Nearest, Found, Found]:
        """See :class:`Viewing`."""
        return (
            self.nearest(vector, depth, allowed),
            self.matching("words", terms["words"], depth, allowed),
            self.matching("grams", terms["grams"], depth, allowed),
        )

    def closest(self, vectors: Floats) -> list[float]:
        """See :class:`Viewing`."""
        found = [self.nearest(vector, 1, self.alive)[1] for vector in vectors]
        return [float(cosines[0]) for cosines in found if len(cosines)]

    def sample(self, count: int) -> Positions:
        """See :class:`Viewing`."""
        positions = np.flatnonzero(self.alive)
        return positions[:: max(1, len(positions) // count)][:count]

    def holding(self, phrase: str, allowed: Mask) -> Mask:
        """See :class:`Viewing`."""
        grams = inner_tokens(phrase)
        sql, given = "SELECT row FROM statements WHERE instr(text, ?) > 0", (phrase,)
        if not grams:
            held: Mask = allowed & self.mask_of([row for (row,) in self._store.query(sql, given)])
            return held
        kept: list[int] = []
        for part in chunks(self.rows_at(self.holding_all("grams", grams, PHRASE_ROWS, allowed))):
            among = f"{sql} AND row IN (SELECT value FROM json_each(?))"
            kept += [row for (row,) in self._store.query(among, (*given, json.dumps(part)))]
        mask: Mask = allowed & self.mask_of(kept)
        return mask
