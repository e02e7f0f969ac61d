"""Where an agency stands among its peers: those of its level and type in the same year.

One definition for every number (measures.toml), one for every place:

* Peers are the agencies of the same level, type and scope that report on the same year; a whole government is never
  compared with departments, and of several versions of a report the current one counts. An agency counts once.
* Ranks fall with the number; equal numbers share the better rank (1, 2, 2, 4).
* The percentile is the share of the *other* agencies that lie lower, those that are equal counting half.
* Quartiles lie between two numbers in proportion, as in a spreadsheet's QUARTILE.INC, over all agencies with a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median, quantiles
from typing import Any

from index.agencies import IDENTITY, find
from index.export.sheet import FILTER_NAMES
from index.filters import report_clause
from index.histories import AgencyRow
from index.reads import Reads
from index.records import Filter, Measure, ReportRow
from index.statistics import Definition, applies, definition_of, definitions, value_of, values_of
from nlp.errors import MingjianError
from nlp.records import Number

FEWEST = 5  # agencies with a number, from which a percentile says something
WITHIN = {"province": "本省", "city": "本市"}
NARROWING = ("year", "province", "city", "form")  # filters that may choose among peers; the rest is the agency's own
UNKNOWN = "unknown"
MIXED_TYPE = "other"


@dataclass(frozen=True, slots=True)
class Standing:
    """An agency's number and its place among its peers.

    Attributes:
        value: None where the report does not give it; then there is no rank either.
        n: agencies with a number, this one among them; ``of``: agencies of the group that could have one.
        rank: 1 for the largest number; below, tied, above: how many others are lower, equal, higher.
        percentile: 0–100; None where the group is too few.
        low, high: the quartiles; None where the group is too few. ``median`` is given from one number on.
        few: fewer than five agencies have a number.
    """

    year: int
    measure: str
    value: Number | None
    n: int
    of: int
    rank: int | None = None
    below: int | None = None
    tied: int | None = None
    above: int | None = None
    percentile: float | None = None
    low: Number | None = None
    median: Number | None = None
    high: Number | None = None
    few: bool = False


@dataclass(frozen=True, slots=True)
class PeerGroup:
    """Who is compared in one year. ``report``: the agency's own; ``agencies``: how many there are, it included."""

    year: int
    report: str
    level: str
    agency_type: str
    scope: str
    province: str | None
    city: str | None
    agencies: int


@dataclass(frozen=True, slots=True)
class Peers:
    """An agency among its peers, by year and measure. ``within``: only peers of its province or city."""

    agency: AgencyRow
    within: str | None
    filter: Filter
    groups: tuple[PeerGroup, ...]
    measures: tuple[Measure, ...]
    standings: tuple[Standing, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        out = asdict(self)
        del out["filter"]
        return out | {"filters": self.filter.to_dict()}


def peers(store: Reads, text: str, measure: str | None, within: str | None, where: Filter) -> Peers:
    """An agency's standing among its peers.

    Args:
        store: the archive's store.
        text: the agency's key, name or part of it, or the id of one of its reports.
        measure: one measure by id or name; None: every one that is no part of another.
        within: "province" or "city": only peers from there.
        where: years (none: the agency's last), and what else restricts the peers: province, city, form.

    Raises:
        MingjianError: an unknown measure, a filter that peers cannot have, or no report of the agency under it.
        Missing, Unclear: see :func:`index.agencies.find`.
    """
    _refuse(within, where)
    chosen = [definition_of(measure)] if measure else [one for one in definitions().values() if not one.measure.detail]
    groups, standings, notes = [], [], []
    with store.snapshot():
        row = find(store, text)
        own = _own(store, row, where)
        for report in own:
            group, found, note = _year(store, report, chosen, within, where)
            groups.append(group)
            standings += found
            notes += note
    measures = tuple(one.measure for one in chosen if any(s.measure == one.measure.id for s in standings))
    return Peers(row, within, where, tuple(groups), measures, tuple(standings), tuple(dict.fromkeys(notes)))


def _refuse(within: str | None, where: Filter) -> None:
    if within is not None and within not in WITHIN:
        known = "、".join(f"{key}（{name}）" for key, name in WITHIN.items())
        raise MingjianError(f"同类范围不能限于“{within}”，可用：{known}")
    wrong = [FILTER_NAMES.get(name, name) for name in where.to_dict() if name not in NARROWING]
    if wrong:
        usable = "、".join(FILTER_NAMES[name] for name in NARROWING)
        raise MingjianError(f"同类按单位自己的层级、类型和口径划定，不能按{'、'.join(wrong)}筛选，可用的筛选：{usable}")


def _own(store: Reads, row: AgencyRow, where: Filter) -> list[ReportRow]:
    """The agency's reports under the filter, one a year, rising; the last year's where no year is asked for."""
    clause = report_clause(where, current_only=True)
    ids = store.query(
        f"SELECT r.id FROM reports r WHERE {clause.sql} AND r.year IS NOT NULL AND {IDENTITY} = ? ORDER BY r.row",
        (*clause.params, row.key),
    )
    rows = store.report_rows(Filter(report=tuple(str(one) for (one,) in ids)), current_only=True) if ids else []
    order = {str(one): place for place, (one,) in enumerate(ids)}
    by_year = {one.year or 0: one for one in sorted(rows, key=lambda one: order[one.id])}
    if not by_year:
        raise MingjianError(f"所选范围里没有“{row.name}”写明年份的报告，请换年份或放宽条件")
    years = sorted(by_year) if where.year else [max(by_year)]
    return [by_year[year] for year in years]


def _year(
    store: Reads, report: ReportRow, chosen: Sequence[Definition], within: str | None, where: Filter
) -> tuple[PeerGroup, list[Standing], list[str]]:
    """The agency's peers of one year and where it stands."""
    year = report.year or 0
    group = Filter(
        year=(year,),
        level=(report.level,),
        agency_type=(report.agency_type,),
        scope=(report.scope,),
        province=where.province,
        city=where.city,
        form=where.form,
    )
    notes = _cautions(report)
    alone = bool(notes)
    place: str | None = getattr(report.region, within) if within else None
    if within and place is None:
        notes.append(f"{year}年报告的{'省份' if within == 'province' else '城市'}不明，无法限于{WITHIN[within]}比较")
        alone = True
    elif within and place:
        own = report.region.province
        group = replace(group, province=(own,) if own else group.province)
        group = replace(group, city=(place,)) if within == "city" else group
    reports = [report] if alone else _members(store, report, group)
    values = values_of(store, group if not alone else Filter(report=(report.id,)), chosen)
    if report.agency_type == MIXED_TYPE:
        notes.append("“其他单位”职能各异，名次只供参考")
    found = [_standing(one, year, report, reports, values, alone=alone) for one in chosen if applies(one, report)]
    told = PeerGroup(
        year,
        report.id,
        report.level,
        report.agency_type,
        report.scope,
        report.region.province if within else None,
        report.region.city if within == "city" else None,
        len(reports),
    )
    return told, found, notes


def _cautions(report: ReportRow) -> list[str]:
    """Why an agency has no peers at all: nothing says which they would be."""
    unknown = [name for name, value in (("层级", report.level), ("类型", report.agency_type)) if value in (UNKNOWN, "")]
    return [f"{report.year}年报告的单位{'、'.join(unknown)}不明，无法确定同类单位"] if unknown else []


def _members(store: Reads, report: ReportRow, group: Filter) -> list[ReportRow]:
    """The group's reports, one an agency, the asking agency's own among them."""
    clause = report_clause(group, current_only=True)
    identity = {
        str(one): str(key)
        for one, key in store.query(
            f"SELECT r.id, {IDENTITY} FROM reports r WHERE {clause.sql} AND r.agency IS NOT NULL ORDER BY r.row",
            clause.params,
        )
    }
    rows = {row.id: row for row in store.report_rows(group, current_only=True)}
    kept = {key: rows[one] for one, key in identity.items()}  # of several the last
    kept[identity[report.id]] = report
    return list(kept.values())


def _standing(
    definition: Definition,
    year: int,
    report: ReportRow,
    reports: Sequence[ReportRow],
    values: Mapping[str, Mapping[str, Number | None]],
    *,
    alone: bool,
) -> Standing:
    fitting = [one for one in reports if applies(definition, one)]
    numbers = {one.id: value_of(definition, values.get(one.id, {})) for one in fitting}
    value = numbers.get(report.id)
    if alone:
        return Standing(year, definition.measure.id, value, 0, 0)
    known = sorted(number for number in numbers.values() if number is not None)
    few = len(known) < FEWEST
    low, high = (None, None) if few else _quartiles(known)
    middle = _tidy(median(known)) if known else None
    found = Standing(
        year, definition.measure.id, value, len(known), len(fitting), low=low, median=middle, high=high, few=few
    )
    return found if value is None else _placed(found, value, known)


def _placed(found: Standing, value: Number, known: Sequence[Number]) -> Standing:
    """The standing with the value's place among all known numbers, itself one of them."""
    below = sum(one < value for one in known)
    above = sum(one > value for one in known)
    others = len(known) - 1
    tied = others - below - above
    percentile = None if found.few else round(100 * (below + tied / 2) / others, 1)
    return replace(found, rank=above + 1, below=below, tied=tied, above=above, percentile=percentile)


def _quartiles(known: Sequence[Number]) -> tuple[Number, Number]:
    first, _, third = quantiles(known, n=4, method="inclusive")
    return _tidy(first), _tidy(third)


def _tidy(number: Number) -> Number:
    """Four decimals, as the fractions of the dictionary have; whole numbers stay whole."""
    return int(number) if float(number).is_integer() else round(number, 4)
