"""The extracted statistics over reports: sums, ratios, rankings, each from one definition (measures.toml)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from math import isnan

import numpy as np

from index.cells import ABSENT, Floats
from index.columns import columns_of
from index.insight import comparable, grouping, reports_only
from index.measures import Definition, Values, definition_of, definitions, dictionary
from index.reads import Reads
from index.records import Filter, MeasureRow, ReportRow, StatisticsTable
from index.summing import Chosen, choose, count, counted, ids_of, kept, sums, tidy
from nlp.records import Number

__all__ = [
    "USUAL",
    "Definition",
    "Values",
    "applies",
    "counted_of",
    "definition_of",
    "definitions",
    "dictionary",
    "ratio",
    "statistics",
    "value_of",
    "values_of",
]

NESTED = "所选政府汇总报告分属几个层级，上级政府的数字可能已含下级，合计会重复，请按层级分开看"
NAMED = ("form", "agency", "year")  # what a row of one report says of it
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


def statistics(
    store: Reads, measure: str | None, by: str | None, where: Filter, limit: int | None = None, offset: int = 0
) -> StatisticsTable:
    """Sums or ratios by group (``by``), or one row a report by falling value where ``by`` is None.

    Without a measure the usual ones are given, by year unless ``by`` says otherwise. Ratios are fractions (0–1).
    ``limit`` and ``offset``: only so many rows from there on are made; ``total`` of the table counts all.
    """
    chosen = [definition_of(measure)] if measure else [definitions()[key] for key in USUAL]
    by = by if measure or by else "year"
    if by:
        grouping(by)
    with store.snapshot():
        counted, notes = counted_of(store, by, where) if by else (reports_only(where), ())
        reports = choose(store, counted, chosen)
        rows, total = ([], 0) if by else _ranked(store, chosen[0], reports, limit, offset)
    notes = (*notes, *_mixed(chosen, reports)) if by and by != "form" else notes
    if by:
        rows = [row for definition in chosen for row in _grouped(definition, by, reports)]
        total, rows = len(rows), rows[offset : None if limit is None else offset + limit]
    return StatisticsTable(by, where, tuple(d.measure for d in chosen), tuple(rows), notes, total)


def values_of(store: Reads, where: Filter, chosen: Sequence[Definition]) -> dict[str, dict[str, Number | None]]:
    """Report id → path → number of the current reports, for the paths that the chosen measures need."""
    with store.snapshot():
        reports = choose(store, where, chosen)
        ids = ids_of(store, reports)
    values: dict[str, dict[str, Number | None]] = defaultdict(dict)
    for path, cells in reports.cells.items():
        whole = counted(path)
        for report, value in zip(ids, cells.tolist(), strict=True):
            if value != ABSENT:
                values[report][path] = None if isnan(value) else tidy(value, whole=whole)
    return values


def counted_of(store: Reads, by: str | None, where: Filter) -> tuple[Filter, tuple[str, ...]]:
    """The filter whose reports may be summed within a group, and what was left out or may count twice.

    Whole governments and single agencies are summed only apart, even where the filter names both.
    """
    wanted = reports_only(where)
    if by == "scope":
        return wanted, ()
    summed, notes = comparable(store, replace(wanted, scope=()) if len(wanted.scope) > 1 else wanted)
    if summed.scope == ("government",) and by != "level":
        columns = columns_of(store)
        levels = np.unique(columns.codes["level"][kept(store, columns, summed)])
        notes = (*notes, NESTED) if len(levels) > 1 else notes
    return summed, notes


def _mixed(chosen: Sequence[Definition], reports: Chosen) -> tuple[str, ...]:
    """What to beware of where reports of different forms gave the same measure."""
    notes = []
    for one in (one for one in chosen if one.mixed):
        if len(np.unique(reports.field("form")[~np.isnan(reports.parts(one)[0])])) > 1:
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


def _grouped(definition: Definition, by: str, reports: Chosen) -> list[MeasureRow]:
    """One row a group: sums of what is known, with how many reports gave it."""
    names, groups = reports.groups(by)
    fits = reports.fitting(definition)
    top, over = reports.parts(definition)
    known = fits & ~np.isnan(top) & ~np.isnan(over)
    tops = sums(top, known, groups, len(names), whole=counted(*definition.sum, *definition.alt))
    overs = sums(over, known, groups, len(names), whole=counted(*definition.over))
    each, every = count(known, groups, len(names)), count(fits, groups, len(names))
    form = "、".join(definition.forms)
    rows = []
    for group, one, whole, gave, of in zip(names, tops, overs, each, every, strict=True):
        if of:
            value = ratio(one, whole) if definition.over else (one if gave else None)
            rows.append(MeasureRow(group, definition.measure.id, form, value, gave, of))
    return rows


def _ranked(
    store: Reads, definition: Definition, reports: Chosen, limit: int | None, offset: int
) -> tuple[list[MeasureRow], int]:
    """One row a report that gives the number, largest first, those of equal value by id; how many there are in all.

    Of tens of thousands a page shows twenty: ids are read for these and for those of the same value at the edges.
    """
    top, over = reports.parts(definition)
    known = np.flatnonzero(reports.fitting(definition) & ~np.isnan(top) & ~np.isnan(over))
    begin, end = min(offset, len(known)), len(known) if limit is None else min(offset + limit, len(known))
    if begin >= end:
        return [], len(known)
    values = _values(definition, top[known], over[known])
    falling = -np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    order = np.argsort(falling, kind="stable")  # what is no number stands last
    ranked = falling[order]
    low, high = np.searchsorted(ranked, ranked[begin], "left"), np.searchsorted(ranked, ranked[end - 1], "right")
    among = order[low:high]
    ids = ids_of(store, replace(reports, places=reports.places[known[among]]))
    first = np.lexsort((np.array(ids), ranked[low:high]))[begin - low : end - low].tolist()
    words = {name: {code: value for value, code in reports.columns.values[name].items()} for name in NAMED}
    codes = {name: reports.field(name)[known[among]] for name in NAMED}
    rows = []
    for place in first:
        form, agency, year = (words[name].get(int(codes[name][place])) for name in NAMED)
        value = values[among[place]]
        rows.append(MeasureRow(ids[place], definition.measure.id, str(form), value, 1, 1, agency, year, ids[place]))
    return rows, len(known)


def _values(definition: Definition, top: Floats, over: Floats) -> list[Number | None]:
    """What each report gives: a count, an amount, a fraction; None over nought."""
    if definition.over:
        return [ratio(one, whole) for one, whole in zip(top.tolist(), over.tolist(), strict=True)]
    whole = counted(*definition.sum, *definition.alt)
    return [tidy(one, whole=whole) for one in top.tolist()]


def ratio(top: Number, over: Number) -> float | None:
    """A fraction, None where the denominator is 0: not applicable is not zero."""
    return round(top / over, 4) if over else None
