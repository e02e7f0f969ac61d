"""Which values the filters may take, with counts, for choosing beside the results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from index.filters import FORMS, KINDS, LEVELS, SCOPES, agency_types, report_clause, statement_clause
from index.reads import Reads
from index.records import Facet, Facets, Filter
from nlp.taxonomy import Taxonomy

Namer = Callable[[str], str]


def facets(store: Reads, where: Filter) -> Facets:
    """Counts of reports by field (of statements for ``kind``) under ``where``.

    A field's own restriction does not narrow its own list, so that further values of it can be chosen.
    """
    with store.snapshot():
        reports = report_clause(where, current_only=True)
        statements = statement_clause(where, current_only=True)
        joined = "FROM statements s JOIN reports r ON r.row = s.report WHERE"
        fields = {name: _of_reports(store, where, name) for name in _NAMERS}
        fields["kind"] = _of_kinds(store, where)
        fields["label"] = _of_labels(store, where)
        return Facets(
            reports=store.query(f"SELECT count(*) FROM reports r WHERE {reports.sql}", reports.params)[0][0],
            statements=store.query(
                f"SELECT count(*) {joined} {statements.sql} AND s.kind <> 'passage'", statements.params
            )[0][0],
            fields=fields,
        )


def _same(value: str) -> str:
    return value


_NAMERS: dict[str, Namer] = {
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
    return tuple(Facet(str(value), _NAMERS[name](str(value)), count) for value, count in rows)


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
    taxonomy = Taxonomy.load()
    return tuple(
        Facet(label, taxonomy.name(label), count)
        for label, count in rows
        if not where.kind or taxonomy.entry(label).kind in where.kind
    )
