"""Counts of reports by group and label out of the columns in memory (:mod:`index.columns`), as the store counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from index.columns import CODED, Columns, Flags, Stated, columns_of, coverable, stated_of
from index.filters import KINDS, report_clause, statement_clause
from index.insight import reports_only
from index.reads import Reads
from index.records import Filter
from nlp.taxonomy import Taxonomy

ALL = "all"  # the one group of a count without groups


def countable(where: Filter) -> bool:
    """Whether the columns can count the reports under a filter without its conditions on statements."""
    return coverable(where) and not (where.kind or where.label or where.unanswered)


def current(columns: Columns, where: Filter) -> Flags:
    """(n,) bool: the current reports under a filter's conditions on reports."""
    keep: Flags = columns.kept(where) & (columns.numbers["current"] == 1)
    return keep


def current_kept(store: Reads, columns: Columns, where: Filter) -> Flags:
    """(n,) bool: the same for any filter, one that names reports too."""
    if coverable(where):
        return current(columns, where)
    clause = report_clause(reports_only(where), current_only=True)
    rows = [row for (row,) in store.query(f"SELECT r.row FROM reports r WHERE {clause.sql}", clause.params)]
    found: Flags = np.isin(columns.rows, rows)
    return found


def stating_some(stated: Stated, where: Filter) -> Flags:
    """(n,) bool: the reports with a statement of the filter's kinds and labels."""
    columns = stated.columns
    if where.label:
        kinds = {label: Taxonomy.load().entry(label).kind for label in where.label}
        return stated.having([label for label, kind in kinds.items() if not where.kind or kind in where.kind])
    out = np.full(len(columns.rows), not where.kind)
    for kind in where.kind:
        out |= stated.of_kind(kind) > 0
    return out


def report_count(store: Reads, where: Filter) -> int:
    """Reports under a filter, of several versions each."""
    if countable(where):
        return int(columns_of(store).kept(where).sum())
    if coverable(where) and not where.unanswered:
        stated = stated_of(store)
        return int((stated.columns.kept(where) & stating_some(stated, where)).sum())
    clause = report_clause(where)
    return int(store.query(f"SELECT count(*) FROM reports r WHERE {clause.sql}", clause.params)[0][0])


def statement_count(store: Reads, where: Filter) -> int:
    """Statements and passages of the kinds and labels of a filter."""
    kinds = where.kind or tuple(KINDS)
    if coverable(where) and not where.unanswered and len(where.label) < 2:  # a statement may have two of several
        stated = stated_of(store)
        keep = stated.columns.kept(where)
        if not where.label:
            return sum(int(stated.of_kind(kind)[keep].sum()) for kind in kinds)
        known = Taxonomy.load().entry(where.label[0])
        return stated.total(keep, known.id) if known.kind in kinds else 0
    clause = statement_clause(where)
    sql = f"SELECT count(*) FROM statements s JOIN reports r ON r.row = s.report WHERE {clause.sql}"
    return int(store.query(sql, clause.params)[0][0])


def by_scope(store: Reads, where: Filter) -> dict[str, int]:
    """Scope → current reports under a filter."""
    columns = columns_of(store)
    return columns.counts("scope", current(columns, where))


def totals(store: Reads, name: str, where: Filter) -> dict[Any, int]:
    """Value → current reports with a section five, None first, then by value; ``name``: a field, or :data:`ALL`."""
    columns = columns_of(store)
    keep = current(columns, where) & (columns.numbers["has_issues"] == 1)
    if name not in CODED:
        return {ALL: int(keep.sum())} if keep.any() else {}
    found = columns.counts(name, keep)
    return {value: found[value] for value in sorted(found, key=lambda value: (value is not None, value))}


def stating(store: Reads, name: str, where: Filter) -> dict[tuple[Any, str], int]:
    """(value, label) → current reports with a section five that state the label."""
    stated = stated_of(store)
    columns = stated.columns
    keep = current(columns, where) & (columns.numbers["has_issues"] == 1)
    values: dict[int, Any] = {0: ALL}
    groups = np.zeros(len(columns.rows), np.int32)
    if name in CODED:
        groups = columns.codes[name] + 1
        values = {0: None, **{code + 1: value for value, code in columns.values[name].items()}}
    found = stated.counts(keep, groups, max(values) + 1)
    return {
        (values[group], label): int(found[group, code])
        for label, code in stated.names.items()
        for group in np.flatnonzero(found[:, code]).tolist()
    }
