"""Which rows a filter keeps, without asking the store for each: what reports say of themselves, as columns in memory.

The columns are read once, when the first filter comes, and grow with the archive; a report's own facts never change
under its row. Beside the mask a filter gives *facets*,
words by which the word index can pass by most of what is not wanted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.filters import PLACES, place_matches
from index.reads import Reads
from index.records import Filter

Codes = NDArray[np.int32]
Facets = tuple[tuple[str, ...], ...]  # of each group one must stand there

FACETED = {
    "year": "y", "province": "p", "city": "c", "county": "x", "level": "l", "agency_type": "t", "form": "f", "scope": "s",
}  # fmt: skip
COLUMNS = (*FACETED, "agency")
FEW = 40  # facets in one group at most


class Narrowed(np.ndarray[Any, np.dtype[np.bool_]]):
    """A mask over positions that knows facets which all its rows have; ``a & b`` has those of both."""

    facets: Facets = ()

    def __array_finalize__(self, source: object) -> None:
        """Whatever is computed from it knows nothing, unless it says so."""
        self.facets = ()

    def __and__(self, other: Any) -> Any:
        """Both masks."""
        out = super().__and__(other)
        if isinstance(out, Narrowed):
            out.facets = (*self.facets, *getattr(other, "facets", ()))
        return out


def narrowed(mask: NDArray[np.bool_], facets: Facets) -> Narrowed:
    """The mask with its facets."""
    out = mask.view(Narrowed)
    out.facets = facets
    return out


def facet(name: str, value: object) -> str:
    """The word that stands for a value of a field."""
    return FACETED[name] + "".join(str(value).split())


def facet_text(values: Sequence[object]) -> str:
    """The facets of a row; ``values`` in the order of :data:`FACETED`."""
    return " ".join(facet(name, value) for name, value in zip(FACETED, values, strict=True) if value is not None)


FACET_COLUMNS = ", ".join(f"r.{name}" for name in FACETED)


class ReportColumns:
    """What reports say of themselves: for each field a number a report row, and what the numbers mean."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self._codes: dict[str, Codes] = {name: np.full(1, -1, np.int32) for name in COLUMNS}
        self._values: dict[str, dict[Any, int]] = {name: {} for name in COLUMNS}

    def table(self, store: Reads, where: Filter, last: int) -> tuple[NDArray[np.bool_], Facets]:
        """Report row → whether the filter's conditions on reports keep it, and the facets that those have.

        ``last``: the highest report row that is asked about.
        """
        with self._lock:
            if last > self._last:
                self._grow(store, last)
            codes, values = dict(self._codes), {name: dict(known) for name, known in self._values.items()}
        keep = np.ones(len(codes["year"]), dtype=bool)
        facets: list[tuple[str, ...]] = []
        for name, test in _tests(where):
            wanted = [value for value in values[name] if test(value)]
            chosen = np.zeros(len(values[name]) + 1, dtype=bool)  # the last stands for -1: not known
            chosen[[values[name][value] for value in wanted]] = True
            keep &= chosen[codes[name]]
            if name in FACETED and len(wanted) <= FEW:
                facets.append(tuple(facet(name, value) for value in wanted))
        return keep, tuple(group for group in facets if group)

    def _grow(self, store: Reads, last: int) -> None:
        rows = store.query(f"SELECT row, {', '.join(COLUMNS)} FROM reports WHERE row > ? ORDER BY row", (self._last,))
        highest = max([last, *(row[0] for row in rows[-1:])])
        numbers = np.array([row[0] for row in rows], dtype=np.int64)
        for place, name in enumerate(COLUMNS, start=1):
            known, column = self._values[name], np.full(highest + 1, -1, np.int32)
            column[: len(self._codes[name])] = self._codes[name]
            column[numbers] = [-1 if row[place] is None else known.setdefault(row[place], len(known)) for row in rows]
            self._codes[name] = column
        self._last = highest


def covered(where: Filter) -> bool:
    """Whether the columns can tell which reports a filter keeps."""
    return not where.report


def _tests(where: Filter) -> list[tuple[str, Callable[[Any], bool]]]:
    """(field, what a value must be) for each condition on reports."""
    out: list[tuple[str, Callable[[Any], bool]]] = []
    for name in ("year", "level", "agency_type", "form", "scope"):
        wanted = frozenset(getattr(where, name))
        if wanted:
            out.append((name, wanted.__contains__))
    for name in PLACES:
        asked = getattr(where, name)
        if asked:
            out.append((name, lambda value, asked=asked: any(place_matches(value, one) for one in asked)))
    if where.agency:
        out.append(("agency", lambda value: any(one in value for one in where.agency)))
    if where.not_level:
        out.append(("level", lambda value: value not in where.not_level))
    return out
