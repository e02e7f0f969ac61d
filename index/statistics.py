"""The extracted statistics over reports: sums, ratios, rankings, each from one definition (measures.toml)."""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from index.filters import report_clause
from index.formulas import formula
from index.insight import UNKNOWN, comparable, grouping, reports_only
from index.reads import Reads
from index.records import Filter, Measure, MeasureRow, ReportRow, StatisticsTable
from nlp.errors import MingjianError
from nlp.records import Number

FEE = "fee_charged_yuan"  # a report's own field, not a table cell
HEADINGS = "group"  # measures.toml: heading → its name, not a measure
NESTED = "所选政府汇总报告分属几个层级，上级政府的数字可能已含下级，合计会重复，请按层级分开看"
MONEY = ("_wan", "_yuan")  # the ends of paths that may hold fractions
USUAL = (
    "received_new",
    "processed_total",
    "carried_out",
    "granted_share",
    "partially_granted_share",
    "denied_share",
    "unable_share",
    "not_processed_share",
    "other_share",
    "review_total",
    "review_corrected_rate",
    "suit_total",
    "suit_corrected_rate",
)
Values = Mapping[str, Number | None]


@dataclass(frozen=True, slots=True)
class Definition:
    """A measure and how it is computed from a report's numbers (see the head of measures.toml)."""

    measure: Measure
    sum: tuple[str, ...]
    over: tuple[str, ...]
    alt: tuple[str, ...]
    forms: tuple[str, ...]
    mixed: str = ""

    def paths(self) -> tuple[str, ...]:
        """Every cell that the measure needs."""
        return (*self.sum, *self.over, *self.alt)

    def parts(self, values: Values) -> tuple[Number | None, Number | None]:
        """A report's numerator and denominator (1 for plain sums); None where any cell is unknown."""
        top = add(values, self.sum)
        if top is None and self.alt and not any(path in values for path in self.sum):
            top = add(values, self.alt)
        return top, add(values, self.over) if self.over else 1


def add(values: Values, paths: Sequence[str]) -> Number | None:
    """The sum of cells, None where one of them is unknown."""
    total: Number = 0
    for path in paths:
        value = values.get(path)
        if value is None:
            return None
        total += value
    return total


@lru_cache(maxsize=1)
def definitions() -> dict[str, Definition]:
    """The metric dictionary, id → definition, in display order."""
    data = tomllib.loads(files("index").joinpath("measures.toml").read_text(encoding="utf-8"))
    headings = data.pop(HEADINGS)
    return {key: _definition(key, entry, headings[entry["group"]]) for key, entry in data.items()}


def _definition(key: str, entry: Mapping[str, Any], heading: str) -> Definition:
    top, over, alt = (tuple(entry.get(part, ())) for part in ("sum", "over", "alt"))
    forms = tuple(entry.get("forms", ()))
    measure = Measure(
        id=key,
        name=entry["name"],
        definition=entry["definition"],
        formula=formula(top, over, alt),
        unit=entry["unit"],
        caveat=entry.get("caveat", ""),
        ratio=bool(over),
        group=heading,
        forms=forms,
        detail=entry.get("detail", False),
    )
    return Definition(measure, top, over, alt, forms, entry.get("mixed", ""))


def dictionary() -> tuple[Measure, ...]:
    """Every measure with its definition, formula, unit and caveat, in display order."""
    return tuple(one.measure for one in definitions().values())


def definition_of(name: str) -> Definition:
    """A measure by id or Chinese name.

    Raises:
        MingjianError: no such measure; the message lists them.
    """
    for key, definition in definitions().items():
        if name in (key, definition.measure.name):
            return definition
    known = "、".join(f"{key}（{d.measure.name}）" for key, d in definitions().items())
    raise MingjianError(f"没有叫“{name}”的统计指标，可用：{known}")


def statistics(store: Reads, measure: str | None, by: str | None, where: Filter) -> StatisticsTable:
    """Sums or ratios by group (``by``), or one row a report by falling value where ``by`` is None.

    Without a measure the usual ones are given, by year unless ``by`` says otherwise. Ratios are fractions (0–1).
    """
    chosen = [definition_of(measure)] if measure else [definitions()[key] for key in USUAL]
    by = by if measure or by else "year"
    column = grouping(by) if by else None
    with store.snapshot():
        counted, notes = counted_of(store, by, where) if by else (reports_only(where), ())
        reports = store.report_rows(counted, current_only=True)
        values = values_of(store, counted, chosen)
    notes = (*notes, *_mixed(chosen, reports, values)) if by and by != "form" else notes
    rows: list[MeasureRow] = []
    for definition in chosen:
        if column and by:
            rows += _grouped(definition, by, reports, values)
        else:
            rows += _ranked(definition, reports, values)
    return StatisticsTable(by, where, tuple(d.measure for d in chosen), tuple(rows), notes)


def values_of(store: Reads, where: Filter, chosen: Sequence[Definition]) -> dict[str, dict[str, Number | None]]:
    """Report id → path → number of the current reports, for the paths that the chosen measures need."""
    paths = {path for definition in chosen for path in definition.paths()}
    counts = {path for path in paths if not path.endswith(MONEY)}
    clause = report_clause(where, current_only=True)
    rows = store.query(  # only what is needed: this runs over every report
        "SELECT r.id, f.path, f.value FROM reports r JOIN figures f ON f.report = r.row"
        f" WHERE {clause.sql} AND f.prose = 0 AND f.path IN (SELECT value FROM json_each(?))"
        " ORDER BY f.report, f.path, f.position",
        (*clause.params, json.dumps(sorted(paths - {FEE}))),
    )
    values: dict[str, dict[str, Number | None]] = defaultdict(dict)
    for report_id, path, value in rows:
        whole = value is not None and path in counts and value.is_integer()
        values[report_id][path] = int(value) if whole else value
    if FEE in paths:
        for report_id, fee in store.query(f"SELECT r.id, r.{FEE} FROM reports r WHERE {clause.sql}", clause.params):
            values[report_id][FEE] = fee
    return values


def counted_of(store: Reads, by: str | None, where: Filter) -> tuple[Filter, tuple[str, ...]]:
    """The filter whose reports may be summed within a group, and what was left out or may count twice.

    Whole governments and single agencies are summed only apart, even where the filter names both.
    """
    wanted = reports_only(where)
    if by == "scope":
        return wanted, ()
    counted, notes = comparable(store, replace(wanted, scope=()) if len(wanted.scope) > 1 else wanted)
    if counted.scope == ("government",) and by != "level":
        clause = report_clause(counted, current_only=True)
        levels = store.query(f"SELECT DISTINCT r.level FROM reports r WHERE {clause.sql}", clause.params)
        notes = (*notes, NESTED) if len(levels) > 1 else notes
    return counted, notes


def _mixed(chosen: Sequence[Definition], reports: Sequence[ReportRow], values: Mapping[str, Values]) -> tuple[str, ...]:
    """What to beware of where reports of different forms gave the same measure."""
    notes = []
    for one in (one for one in chosen if one.mixed):
        forms = {report.form for report in reports if one.parts(values.get(report.id, {}))[0] is not None}
        if len(forms) > 1:
            notes.append(f"{one.measure.name}：{one.mixed}")
    return tuple(notes)


def applies(definition: Definition, report: ReportRow) -> bool:
    """Whether the report's form has the measure."""
    return not definition.forms or report.form in definition.forms


def value_of(definition: Definition, values: Values) -> Number | None:
    """One report's number: a count, an amount or a fraction; None where it is unknown or over nought."""
    top, over = definition.parts(values)
    if top is None or over is None:
        return None
    return ratio(top, over) if definition.over else top


def _grouped(
    definition: Definition, by: str, reports: Sequence[ReportRow], values: Mapping[str, Values]
) -> list[MeasureRow]:
    """One row a group: sums of what is known, with how many reports gave it."""
    groups: dict[str, list[ReportRow]] = defaultdict(list)
    for report in reports:
        if applies(definition, report):
            groups[group_of(report, by)].append(report)
    form = "、".join(definition.forms)
    rows = []
    for group in sorted(groups):
        parts = [definition.parts(values.get(report.id, {})) for report in groups[group]]
        known = [(top, over) for top, over in parts if top is not None and over is not None]
        top, over = sum(t for t, _ in known), sum(o for _, o in known)
        value = ratio(top, over) if definition.over else (top if known else None)
        rows.append(MeasureRow(group, definition.measure.id, form, value, len(known), len(parts)))
    return rows


def _ranked(definition: Definition, reports: Sequence[ReportRow], values: Mapping[str, Values]) -> list[MeasureRow]:
    """One row a report that gives the number, largest first."""
    rows = []
    for report in reports:
        top, over = definition.parts(values.get(report.id, {}))
        if not applies(definition, report) or top is None or over is None:
            continue
        value = value_of(definition, values.get(report.id, {}))
        rows.append(
            MeasureRow(
                report.id, definition.measure.id, report.form, value, 1, 1, report.agency, report.year, report.id
            )
        )
    return sorted(rows, key=lambda row: (row.value is None, -(row.value or 0), row.group))


def ratio(top: Number, over: Number) -> float | None:
    """A fraction, None where the denominator is 0: not applicable is not zero."""
    return round(top / over, 4) if over else None


def group_of(report: ReportRow, by: str) -> str:
    """The group that a report falls into; ``unknown`` where it does not say."""
    value = getattr(report.region, by) if by in ("province", "city", "county") else getattr(report, by)
    return UNKNOWN if value is None else str(value)
