"""What a whole is made of: outcomes of applications, reasons for not disclosing, applicants, review, litigation.

Numbers and shares come from the metric dictionary: a part's number is the measure itself, its share the measure
over the whole, summed over the reports that give both.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from index.insight import grouping
from index.reads import Reads
from index.records import Filter, Measure, ReportRow
from index.statistics import Definition, Values, applies, counted_of, definitions, group_of, ratio, values_of
from nlp.errors import MingjianError
from nlp.records import Number

NONE: Values = {}
ALL = "all"  # the one group where nothing is grouped


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
        counted, notes = counted_of(store, by, where)
        reports = store.report_rows(counted, current_only=True)
        values = values_of(store, counted, [whole, *parts])
    groups: dict[str, list[ReportRow]] = defaultdict(list)
    for report in reports:
        groups[group_of(report, by) if by else ALL].append(report)
    wholes = {report.id: whole.parts(values.get(report.id, NONE))[0] for report in reports}
    rows = [_row(one, group, groups[group], values, wholes) for group in sorted(groups) for one in parts]
    if family.ranked:
        rows, parts = _ranked(rows, parts)
    totals = tuple(_row(whole, group, groups[group], values, wholes) for group in sorted(groups))
    measures = tuple(one.measure for one in parts)
    return Structure(family.id, family.name, by, where, whole.measure, measures, tuple(rows), totals, notes)


def _row(
    part: Definition,
    group: str,
    reports: Sequence[ReportRow],
    values: Mapping[str, Values],
    wholes: Mapping[str, Number | None],
) -> PartRow:
    """One part in one group; ``wholes``: report id → its whole, so that both sums are over the same reports."""
    fitting = [report.id for report in reports if applies(part, report)]
    tops = [(report, part.parts(values.get(report, NONE))[0]) for report in fitting]
    known = [(top, wholes[report]) for report, top in tops if top is not None]
    both = [(top, over) for top, over in known if over is not None]
    share = ratio(sum(top for top, _ in both), sum(over for _, over in both))
    value = sum(top for top, _ in known) if known else None
    return PartRow(group, part.measure.id, value, share, len(known), len(fitting))


def _ranked(rows: Sequence[PartRow], parts: Sequence[Definition]) -> tuple[list[PartRow], list[Definition]]:
    """Parts by falling number over all groups, unknown ones last; rows in that order within each group."""
    sums: dict[str, Number] = defaultdict(int)
    for row in rows:
        sums[row.measure] += -1 if row.value is None else row.value
    ordered = sorted(parts, key=lambda one: -sums[one.measure.id])
    place = {one.measure.id: n for n, one in enumerate(ordered)}
    return sorted(rows, key=lambda row: (row.group, place[row.measure])), ordered
