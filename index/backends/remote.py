"""The seam for engines on another machine: they hold the rows with all that filters ask of them, and give candidates.

What such an engine says of a row is never final: its filters may keep too much (never too little), its scores are its
own. The caller holds every candidate against the store and scores it by the arithmetic that all engines share.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from index.backends.base import Floats
from index.records import Filter

Sparse = Mapping[int, float]  # dimension → value


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows are asked for; all conditions hold together.

    Attributes:
        filters: each of them keeps the row.
        phrases: each stands in its text.
        only: its number is among these; None for any.
        without: its number is not among these.
    """

    filters: tuple[Filter, ...] = ()
    phrases: tuple[str, ...] = ()
    only: frozenset[int] | None = None
    without: frozenset[int] = frozenset()

    def also(self, other: Scope) -> Scope:
        """Both."""
        only = self.only if other.only is None else other.only if self.only is None else self.only & other.only
        return replace(
            self,
            filters=tuple(dict.fromkeys((*self.filters, *other.filters))),
            phrases=tuple(dict.fromkeys((*self.phrases, *other.phrases))),
            only=only,
            without=self.without | other.without,
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question in the three forms that candidates are looked for by; empty forms are left out.

    Attributes:
        vector: (d,) float32, unit length.
        words: word → weight, for BM25.
        grams: hashed 2-gram → weight, for the inner product with ``grams`` of an entity.
    """

    vector: Floats
    words: Mapping[str, float]
    grams: Sparse


class RemoteIndex(ABC):
    """One collection of an engine. An entity is a mapping with ``row`` (its key), ``seal`` (which tells whether it is
    as the store has it), ``year, province, city, county, level, agency_type, agency, form, scope, report, kind, labels,
    paired, text``, ``dense`` (d,) and ``grams`` (:data:`Sparse`).

    Every method raises MingjianError, one Chinese line, where the engine cannot be reached or refuses; none waits for
    ever.
    """

    name: str

    @abstractmethod
    def create(self, dimension: int, *, exact: bool) -> None:
        """Make the collection, empty; one of this name that is there goes. ``exact``: vectors compared one by one."""

    @abstractmethod
    def settle(self) -> None:
        """After a building from nothing: have what was written made ready for quick searching."""

    @abstractmethod
    def exists(self) -> bool:
        """Whether the collection is there."""

    @abstractmethod
    def count(self) -> int:
        """Number of entities, everything written before counted."""

    @abstractmethod
    def upsert(self, entities: Sequence[Mapping[str, Any]]) -> None:
        """Put entities in, in place of those of the same row."""

    @abstractmethod
    def delete(self, rows: Sequence[int]) -> None:
        """Take entities out; those that are not there do no harm."""

    @abstractmethod
    def seals(self, low: int, high: int) -> dict[int, int]:
        """Row → seal of the entities with ``low`` ≤ row < ``high`` (at most :data:`PAGE` rows apart)."""

    @abstractmethod
    def highest(self) -> int:
        """A number that no row exceeds (0 for none)."""

    @abstractmethod
    def candidates(self, wanted: Wanted, scope: Scope, depth: int) -> list[int]:
        """Rows among which are (nearly) all of the ``depth`` best by each form of the question; each row once."""

    @abstractmethod
    def some(self, scope: Scope, limit: int) -> list[int]:
        """Up to ``limit`` rows within a scope."""

    @abstractmethod
    def closest(self, vectors: Floats) -> list[float]:
        """For each vector (m, d) the cosine of the nearest entity; shorter where there is none."""

    @abstractmethod
    def others(self) -> list[str]:
        """Names of the other collections of the same archive."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Drop a collection of the archive."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the connection."""


PAGE = 10_000  # rows that :meth:`RemoteIndex.seals` is asked for at a time
