"""Which rows a filter keeps, without asking the store for each.

Beside its mask a filter gives *facets*, words by which the word index can pass by most of what is not wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.columns import columns_of
from index.reads import Reads
from index.records import Filter

Facets = tuple[tuple[str, ...], ...]  # of each group one must stand there
FACETED = {  # field → what its facets begin with
    "year": "y",
    "province": "p",
    "city": "c",
    "county": "x",
    "level": "l",
    "agency_type": "t",
    "form": "f",
    "scope": "s",
}
FACET_COLUMNS = ", ".join(f"r.{name}" for name in FACETED)
FEW = 40  # facets in one group at most


class Narrowed(np.ndarray[Any, np.dtype[np.bool_]]):
    """A mask over positions that knows facets which all its rows have; ``a & b`` has those of both."""

    facets: Facets = ()
    gathered: bool = False  # chosen by what is said, not by who says it
    kinds: frozenset[str] = frozenset()  # the only kinds that its rows are of in the word indexes; none: not known
    kept: Any = None  # what the word indexes have counted of it
    whole: Any = None  # rows of a generation, whether all of those are kept, and all of those after them
    packed: Any = None  # how many rows it keeps, and itself as bits

    def __array_finalize__(self, source: object) -> None:
        """Whatever is computed from it knows nothing, unless it says so."""
        self.facets = ()
        self.gathered = False
        self.kinds = frozenset()
        self.kept = self.whole = self.packed = None

    def __and__(self, other: Any) -> Any:
        """Both masks."""
        out = super().__and__(other)
        if isinstance(out, Narrowed):
            out.facets = (*self.facets, *getattr(other, "facets", ()))
            out.gathered = self.gathered or getattr(other, "gathered", False)
            out.kinds = self.kinds or getattr(other, "kinds", frozenset())
        return out


def narrowed(
    mask: NDArray[np.bool_], facets: Facets, *, gathered: bool = False, kinds: frozenset[str] = frozenset()
) -> Narrowed:
    """The mask with what is known of it."""
    out = mask.view(Narrowed)
    out.facets, out.gathered, out.kinds = facets, gathered, kinds
    return out


def facet(name: str, value: object) -> str:
    """The word that stands for a value of a field."""
    return FACETED[name] + "".join(str(value).split())


def facet_text(values: Sequence[object]) -> str:
    """The facets of a row; ``values`` in the order of :data:`FACETED`."""
    return " ".join(facet(name, value) for name, value in zip(FACETED, values, strict=True) if value is not None)


def reports_kept(store: Reads, where: Filter, last: int) -> tuple[NDArray[np.bool_], Facets]:
    """Report row (0 … ``last``) → whether the filter's conditions on reports keep it, and facets of those it keeps."""
    columns = columns_of(store)
    table = np.zeros(last + 1, dtype=bool)
    rows = columns.rows[columns.kept(where)]
    table[rows[rows <= last]] = True
    groups = [
        (name, values)
        for name, values in columns.wanted(where)
        # what is not known of a report is no facet of it
        if name in FACETED and 0 < len(values) <= FEW and None not in values
    ]
    return table, tuple(tuple(facet(name, value) for value in values) for name, values in groups)
