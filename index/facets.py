"""Which values the filters may take, with counts, for choosing beside the results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from index.columns import Flags, Stated, coverable, stated_of
from index.filters import FORMS, KINDS, LEVELS, SCOPES, agency_types, report_clause, statement_clause
from index.reads import Reads
from index.records import Facet, Facets, Filter
from index.tallying import current, stating_some
from nlp.taxonomy import Taxonomy

Namer = Callable[[str], str]


def facets(store: Reads, where: Filter) -> Facets:
    """Counts of reports by field (of statements for ``kind``) under ``where``.

    A field's own restriction does not narrow its own list, so that further values of it can be chosen.
    """
    if coverable(where) and not where.unanswered and len(where.label) < 2:
        return _from_columns(stated_of(store), where)
    with store.snapshot():
        reports = report_clause(where, current_only=True)
        statements = statement_clause(where, current_only=True)
        joined = "FROM statements s JOIN reports r ON r.row = s.report WHERE"
        fields = {name: _of_reports(store, where, name) for name in NAMERS}
        fields["kind"] = _of_kinds(store, where)
        fields["label"] = _of_labels(store, where)
        return Facets(
            reports=store.query(f"SELECT count(*) FROM reports r WHERE {reports.sql}", reports.params)[0][0],
            statements=store.query(
                f"SELECT count(*) {joined} {statements.sql} AND s.kind <> 'passage'", statements.params
            )[0][0],
            fields=fields,
        )


def _from_columns(stated: Stated, where: Filter) -> Facets:
    """The same counts, out of the columns in memory."""
    columns = stated.columns

    def kept(some: Filter) -> Flags:
        return current(columns, some) & stating_some(stated, some)

    fields = {}
    for name, namer in NAMERS.items():
        found = columns.counts(name, kept(_without(where, name)))
        known = [(value, count) for value, count in found.items() if value is not None]
        known.sort(key=lambda one: (-one[0],) if name == "year" else (-one[1], one[0]))
        fields[name] = tuple(Facet(str(value), namer(str(value)), count) for value, count in known)
    kinds = _statements(stated, _without(where, "kind"))
    fields["kind"] = tuple(Facet(kind, name, kinds[kind]) for kind, name in KINDS.items() if kinds.get(kind))
    open_filter = replace(_without(where, "label"), kind=())
    counts = stated.counts(current(columns, open_filter), np.zeros(len(columns.rows), np.int32), 1)[0]
    labels = sorted((-int(counts[code]), label) for label, code in stated.names.items() if counts[code])
    fields["label"] = label_facets([(label, -count) for count, label in labels], where)
    statements = sum(count for kind, count in _statements(stated, where).items() if kind != "passage")
    return Facets(int(kept(where).sum()), statements, fields)


def _statements(stated: Stated, where: Filter) -> dict[str, int]:
    """Kind → statements of the kinds and the label asked for, in the current reports under the filter."""
    columns = stated.columns
    keep = current(columns, where)
    if where.label:
        of_label = {str(Taxonomy.load().entry(label).kind): stated.total(keep, label) for label in where.label}
        return {kind: count for kind, count in of_label.items() if not where.kind or kind in where.kind}
    found = {kind: int(stated.of_kind(kind)[keep].sum()) for kind in KINDS}
    return {kind: count for kind, count in found.items() if not where.kind or kind in where.kind}


def _same(value: str) -> str:
    return value


NAMERS: dict[str, Namer] = {
    "year": lambda value: f"{value}年",
    "province": _same,
    "city": _same,
    "county": _same,
    "level": lambda value: LEVELS.get(value, value),
    "agency_type": lambda value: agency_types().get(value, value),
    "form": lambda value: FORMS.get(value, value),
    "scope": lambda value: SCOPES.get(value, value),
}


def _without(where: Filter, name: str) -> Filter:
    changes: dict[str, Any] = {name: ()}
    return replace(where, **changes)


def _of_reports(store: Reads, where: Filter, name: str) -> tuple[Facet, ...]:
    clause = report_clause(_without(where, name), current_only=True)
    order = "1 DESC" if name == "year" else "2 DESC, 1"
    rows = store.query(
        f"SELECT r.{name}, count(*) FROM reports r WHERE {clause.sql} AND r.{name} IS NOT NULL"
        f" GROUP BY 1 ORDER BY {order}",
        clause.params,
    )
    return tuple(Facet(str(value), NAMERS[name](str(value)), count) for value, count in rows)


def _of_kinds(store: Reads, where: Filter) -> tuple[Facet, ...]:
    clause = statement_clause(_without(where, "kind"), current_only=True)
    rows = store.query(
        f"SELECT s.kind, count(*) FROM statements s JOIN reports r ON r.row = s.report WHERE {clause.sql} GROUP BY 1",
        clause.params,
    )
    counts = dict(rows)
    return tuple(Facet(kind, name, counts[kind]) for kind, name in KINDS.items() if kind in counts)


def _of_labels(store: Reads, where: Filter) -> tuple[Facet, ...]:
    open_filter = _without(where, "label")
    clause = report_clause(replace(open_filter, kind=(), unanswered=False), current_only=True)
    rows = store.query(
        "SELECT t.label, count(*) FROM reports r JOIN stated t ON t.report = r.row"
        f" WHERE {clause.sql} GROUP BY 1 ORDER BY 2 DESC, 1",
        clause.params,
    )
    return label_facets(rows, where)


def label_facets(rows: Sequence[tuple[str, int]], where: Filter) -> tuple[Facet, ...]:
    """Labels of the kinds of a filter with their counts, in the order given."""
    taxonomy = Taxonomy.load()
    return tuple(
        Facet(label, taxonomy.name(label), count)
        for label, count in rows
        if not where.kind or taxonomy.entry(label).kind in where.kind
    )
