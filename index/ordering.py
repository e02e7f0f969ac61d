"""Pages of the list of reports out of the columns in memory: deep ones cost no more than the first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.columns import Columns, Flags, Numbers, columns_of, coverable, kept_of, stated_of
from index.filters import statement_clause
from index.reads import Reads
from index.records import Filter, ReportRow
from index.tallying import countable, stating_some

FIRST_READ = 32  # reports whose statements are read at first; then twice as many each time


def in_order(columns: Columns) -> Numbers:
    """(n,) the place of each report in a list of all, as :meth:`index.reads.Reads.report_rows` orders them."""
    keys = [columns.rows, *(_ranks(columns, name) for name in ("year", "agency", "county", "city", "province"))]
    out = np.empty(len(columns.rows), np.int64)
    out[np.lexsort(keys)] = np.arange(len(columns.rows))
    return out


def newest_first(columns: Columns, keep: Flags) -> Numbers:
    """The places of the kept reports: the latest year first, unknown years last, then by place and agency."""
    places = np.flatnonzero(keep)
    keys: list[Numbers] = [columns.rows[places]]
    keys += [_ranks(columns, name)[places] for name in ("agency", "county", "city", "province")]
    keys.append(-columns.numbers["current"][places].astype(np.int64))
    years = np.array([*(int(year) for year in columns.values["year"]), 0])  # by number; the last: not known
    keys.append(-years[columns.codes["year"][places]])
    return np.asarray(places[np.lexsort(keys)])


def _ranks(columns: Columns, name: str) -> Numbers:
    """(n,) where a report's value stands among all there are: 0 where it is not known, for a year behind all others."""
    values = list(columns.values[name])
    ranks = np.zeros(len(values) + 1, np.int64)  # the last stands for -1: not known
    ranks[[columns.values[name][value] for value in sorted(values)]] = np.arange(1, len(values) + 1)
    ranks[-1] = len(values) + 1 if name == "year" else 0
    return np.asarray(ranks[columns.codes[name]])


def rank_of(store: Reads, columns: Columns) -> Numbers:
    """:func:`in_order`, kept until the store changes."""
    kept = kept_of(store)
    with kept.lock:
        if kept.rank is None or kept.rank[0] is not columns:
            kept.rank = columns, in_order(columns)
        return kept.rank[1]


def reports_at(store: Reads, rows: Sequence[int]) -> list[ReportRow]:
    """Reports by their rows, in the order of lists."""
    some = "SELECT id FROM reports WHERE row IN (SELECT value FROM json_each(?))"
    names = [name for (name,) in store.query(some, (json.dumps(list(rows)),))] if rows else []
    return store.report_rows(Filter(report=tuple(names))) if names else []


def page(store: Reads, where: Filter, limit: int | None, offset: int) -> list[ReportRow]:
    """What :meth:`index.reads.Reads.report_rows` gives."""
    if not coverable(where) or where.unanswered:
        return store.report_rows(where, limit=limit, offset=offset)
    with store.snapshot():
        columns = columns_of(store)
        keep = columns.kept(where)
        if not countable(where):
            keep &= stating_some(stated_of(store), where)
        places = np.flatnonzero(keep)
        order = np.argsort(rank_of(store, columns)[places])
        start = max(0, offset)
        end = None if limit is None or limit < 0 else start + limit
        return reports_at(store, columns.rows[places[order[start:end]]].tolist())


def newest_statements(store: Reads, where: Filter, limit: int) -> list[int]:
    """Rows of the first statements under a filter: of the newest reports, each in reading order.

    Read a few reports at a time: the order of all statements of a large archive takes minutes to find.
    """
    with store.snapshot():  # else what goes meanwhile would be missed below
        return _newest(store, where, limit)


def _newest(store: Reads, where: Filter, limit: int) -> list[int]:
    columns = columns_of(store)
    if coverable(where):
        keep = columns.kept(where)
        if where.label:
            keep &= stating_some(stated_of(store), where)
    else:
        keep = np.isin(columns.rows, [*store.report_numbers(replace(where, kind=(), label=()), current_only=False)])
    wanted = columns.rows[newest_first(columns, keep)].tolist()
    clause = statement_clause(where)
    out: list[int] = []
    first, many = 0, FIRST_READ
    while first < len(wanted) and len(out) < limit:
        part = wanted[first : first + many]
        place = {row: number for number, row in enumerate(part)}
        found = store.query(
            f"SELECT s.report, s.position, s.row FROM statements s JOIN reports r ON r.row = s.report"
            f" WHERE {clause.sql} AND s.report IN (SELECT value FROM json_each(?))",
            (*clause.params, json.dumps(part)),
        )
        out += [row for _, _, row in sorted((place[report], position, row) for report, position, row in found)]
        first, many = first + many, 2 * many
    return out[:limit]
