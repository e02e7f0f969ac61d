"""Numbers of the metric dictionary over many reports at once, out of columns in memory.

Whole numbers are added exactly; amounts with fractions by :func:`math.fsum`, so that their order does not matter.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import fsum

import numpy as np
from numpy.typing import NDArray

from index.cells import ABSENT, Floats, numbers_of
from index.columns import FEW, Codes, Columns, Flags, Numbers, columns_of
from index.filters import report_clause
from index.insight import UNKNOWN
from index.measures import Definition, definitions
from index.reads import Reads
from index.records import Filter
from index.tallying import countable, current
from nlp.records import Number

MONEY = ("_wan", "_yuan")  # the ends of paths that may hold fractions
ALL = "all"  # the one group where nothing is grouped
Groups = NDArray[np.int64]


@dataclass(frozen=True)
class Chosen:
    """The current reports under a filter, with the cells that some measures need.

    ``places``: (k,) their places in ``columns``; ``cells``: path → (k,), see :mod:`index.cells`.
    """

    columns: Columns
    places: Numbers
    cells: dict[str, Floats]

    def __len__(self) -> int:
        """How many reports there are."""
        return len(self.places)

    def parts(self, one: Definition) -> tuple[Floats, Floats]:
        """(k,) numerator and denominator (1 for plain sums) of a measure in each report; NaN where it is unknown."""
        top = self._sum(one.sum)
        if one.alt:
            other = np.logical_and.reduce([self.cells[path] == ABSENT for path in one.sum])
            top = np.where(np.isnan(top) & other, self._sum(one.alt), top)
        return top, self._sum(one.over) if one.over else np.ones(len(self))

    def _sum(self, paths: Sequence[str]) -> Floats:
        total = np.zeros(len(self))
        for path in paths:
            cell = self.cells[path]
            total = total + np.where(cell == ABSENT, np.nan, cell)
        return total

    def fitting(self, one: Definition) -> Flags:
        """(k,) bool: the reports whose form has the measure."""
        if not one.forms:
            return np.ones(len(self), dtype=bool)
        known = self.columns.values["form"]
        return np.isin(self.field("form"), [known[form] for form in one.forms if form in known])

    def field(self, name: str) -> Codes:
        """(k,) number of each report's value of a field, -1 where it is not known."""
        found: Codes = self.columns.codes[name][self.places]
        return found

    def groups(self, by: str | None) -> tuple[list[str], Groups]:
        """Names of the groups, ascending, and (k,) the place of each report's group among them."""
        if by is None:
            return [ALL] if len(self) else [], np.zeros(len(self), np.int64)
        names = [UNKNOWN, *(str(value) for value in self.columns.values[by])]
        codes = self.field(by) + 1
        present = sorted({names[code] for code in np.unique(codes).tolist()})
        order = {name: place for place, name in enumerate(present)}
        table = np.array([order.get(name, 0) for name in names], dtype=np.int64)
        return present, table[codes]


def choose(store: Reads, where: Filter, chosen: Sequence[Definition]) -> Chosen:
    """The current reports under a filter, and the cells of some measures; the caller holds a snapshot of the store."""
    columns = columns_of(store)
    places = np.flatnonzero(kept(store, columns, where))
    paths = list(dict.fromkeys(path for one in chosen for path in one.paths()))
    return Chosen(columns, places, numbers_of(store, columns, places, paths, every_path()))


@lru_cache(maxsize=1)
def every_path() -> tuple[str, ...]:
    """The cells that the metric dictionary needs."""
    return tuple(dict.fromkeys(path for one in definitions().values() for path in one.paths()))


def kept(store: Reads, columns: Columns, where: Filter) -> Flags:
    """(n,) bool: the current reports under a filter, conditions on statements and single reports included."""
    if countable(where):
        return current(columns, where)
    clause = report_clause(where, current_only=True)
    found = store.query(f"SELECT r.row FROM reports r WHERE {clause.sql}", clause.params)
    return np.isin(columns.rows, np.fromiter((row for (row,) in found), np.int64, len(found)))


def ids_of(store: Reads, chosen: Chosen) -> list[str]:
    """The ids of the chosen reports, in their order."""
    rows = chosen.columns.rows[chosen.places].tolist()
    if len(rows) > FEW:
        found = dict(store.query("SELECT r.row, r.id FROM reports r"))
    else:
        among = "SELECT r.row, r.id FROM reports r WHERE r.row IN (SELECT value FROM json_each(?))"
        found = dict(store.query(among, (json.dumps(rows),)))
    return [str(found[row]) for row in rows]


def counted(*paths: str) -> bool:
    """Whether cells of these paths count something, rather than being amounts."""
    return not any(path.endswith(MONEY) for path in paths)


def tidy(value: float, *, whole: bool) -> Number:
    """A cell or a sum of cells as a person counts; ``whole``: see :func:`counted`."""
    return int(value) if whole and value.is_integer() else value


def sums(values: Floats, keep: Flags, groups: Groups, many: int, *, whole: bool) -> list[Number]:
    """(many,) sums of the kept values by group; ``whole``: see :func:`counted`."""
    numbers, places = values[keep], groups[keep]
    if whole and np.all(numbers == np.rint(numbers)):
        return [int(one) for one in np.bincount(places, weights=numbers, minlength=many)]
    order = np.argsort(places, kind="stable")
    ends = np.searchsorted(places[order], np.arange(many + 1))
    parts = [numbers[order[ends[n] : ends[n + 1]]].tolist() for n in range(many)]
    return [fsum(part) if part else 0 for part in parts]


def count(keep: Flags, groups: Groups, many: int) -> list[int]:
    """(many,) number of kept reports by group."""
    found: list[int] = np.bincount(groups[keep], minlength=many).tolist()
    return found
