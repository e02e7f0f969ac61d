"""What a whole is made of: outcomes of applications, reasons for not disclosing, applicants, review, litigation.

Numbers and shares come from the metric dictionary: a part's number is the measure itself, its share the measure
over the whole, summed over the reports that give both.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from index.insight import grouping
from index.reads import Reads
from index.records import Filter, Measure
from index.statistics import Definition, counted_of, definitions, ratio
from index.summing import Chosen, choose, count, counted, sums
from nlp.errors import MingjianError
from nlp.records import Number


@dataclass(frozen=True, slots=True)
class Family:
    """A whole and its parts, all measures of the dictionary (structures.toml)."""

    id: str
    name: str
    whole: str
    parts: tuple[str, ...]
    ranked: bool = False


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part in one group ("all" where nothing is grouped).

    ``value``: its number over the ``reports`` of ``of`` that give it, None where none does. ``share``: of the whole
    (0–1), over the reports that give both; None where the whole is nought or unknown.
    """

    group: str
    measure: str
    value: Number | None
    share: float | None
    reports: int
    of: int


@dataclass(frozen=True, slots=True)
class Structure:
    """A whole and what it is made of. Whole-government and agency reports are never summed."""

    family: str
    name: str
    by: str | None
    filter: Filter
    whole: Measure
    measures: tuple[Measure, ...]
    rows: tuple[PartRow, ...]
    totals: tuple[PartRow, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON form; ``totals``: the whole itself, a row a group."""
        out = asdict(self)
        del out["filter"]
        return out | {"filters": self.filter.to_dict()}


@lru_cache(maxsize=1)
def families() -> dict[str, Family]:
    """What can be taken apart, id → family."""
    data = tomllib.loads(files("index").joinpath("structures.toml").read_text(encoding="utf-8"))
    return {
        key: Family(key, one["name"], one["whole"], tuple(one["parts"]), one.get("ranked", False))
        for key, one in data.items()
    }


def family_of(name: str) -> Family:
    """A family by id or Chinese name.

    Raises:
        MingjianError: no such family; the message lists them.
    """
    for key, family in families().items():
        if name in (key, family.name):
            return family
    known = "、".join(f"{key}（{family.name}）" for key, family in families().items())
    raise MingjianError(f"没有叫“{name}”的构成，可用：{known}")


def structure(store: Reads, name: str, by: str | None, where: Filter) -> Structure:
    """What a whole is made of, in all the reports under a filter or by group.

    Raises:
        MingjianError: no such family or grouping.
    """
    family = family_of(name)
    if by:
        grouping(by)
    known = definitions()
    whole, parts = known[family.whole], [known[key] for key in family.parts]
    with store.snapshot():
        summed, notes = counted_of(store, by, where)
        reports = choose(store, summed, [whole, *parts])
    rows = [row for one in parts for row in _rows(one, whole, by, reports)]
    rows.sort(key=lambda row: row.group)
    if family.ranked:
        rows, parts = _ranked(rows, parts)
    totals = tuple(_rows(whole, whole, by, reports))
    measures = tuple(one.measure for one in parts)
    return Structure(family.id, family.name, by, where, whole.measure, measures, tuple(rows), totals, notes)


def _rows(part: Definition, whole: Definition, by: str | None, reports: Chosen) -> list[PartRow]:
    """One part in each group, ascending; both sums of a share are over the same reports."""
    names, groups = reports.groups(by)
    many = len(names)
    fits = reports.fitting(part)
    top, over = reports.parts(part)[0], reports.parts(whole)[0]
    known = fits & ~np.isnan(top)
    both = known & ~np.isnan(over)
    plain, divisor = counted(*part.sum, *part.alt), counted(*whole.sum, *whole.alt)
    values = sums(top, known, groups, many, whole=plain)
    tops, overs = sums(top, both, groups, many, whole=plain), sums(over, both, groups, many, whole=divisor)
    each, every = count(known, groups, many), count(fits, groups, many)
    return [
        PartRow(group, part.measure.id, value if gave else None, ratio(one, all_), gave, of)
        for group, value, one, all_, gave, of in zip(names, values, tops, overs, each, every, strict=True)
    ]


def _ranked(rows: Sequence[PartRow], parts: Sequence[Definition]) -> tuple[list[PartRow], list[Definition]]:
    """Parts by falling number over all groups, unknown ones last; rows in that order within each group."""
    sums: dict[str, Number] = defaultdict(int)
    for row in rows:
        sums[row.measure] += -1 if row.value is None else row.value
    ordered = sorted(parts, key=lambda one: -sums[one.measure.id])
    place = {one.measure.id: n for n, one in enumerate(ordered)}
    return sorted(rows, key=lambda row: (row.group, place[row.measure])), ordered
