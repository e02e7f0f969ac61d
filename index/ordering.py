"""Pages of the list of reports out of the columns in memory: deep ones cost no more than the first."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from index.columns import Columns, Numbers, columns_of, coverable, kept_of, stated_of
from index.reads import Reads
from index.records import Filter, ReportRow
from index.tallying import countable, stating_some


def in_order(columns: Columns) -> Numbers:
    """(n,) the place of each report in a list of all, as :meth:`index.reads.Reads.report_rows` orders them."""
    keys: list[Numbers] = [columns.rows]
    for name in ("year", "agency", "county", "city", "province"):
        values = list(columns.values[name])
        ranks = np.zeros(len(values) + 1, np.int64)  # the last stands for -1: not known
        ranks[[columns.values[name][value] for value in sorted(values)]] = np.arange(1, len(values) + 1)
        ranks[-1] = len(values) + 1 if name == "year" else 0
        keys.append(ranks[columns.codes[name]])
    out = np.empty(len(columns.rows), np.int64)
    out[np.lexsort(keys)] = np.arange(len(columns.rows))
    return out


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
