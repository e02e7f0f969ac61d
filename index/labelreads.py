"""Labels read back: a statement with its evidence, all corrections, what is least certain, what training may use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from index.changes import State
from index.corrections import NONE, Event, Given
from index.filters import Clause, statement_clause
from index.labelled import Correction, Evidence, Labelled
from index.reads import Reads, StatementRow
from index.records import Filter
from index.rows import chunks
from nlp.examples import Example
from nlp.taxonomy import KINDS, Taxonomy

LOOKED_AT = (1_000, 10_000)  # labels, the weakest first, among which the least certain statements are looked for
CLOSING = "。；;，,.！"  # what two texts may differ in and still be one
CORRECTIONS = (
    "SELECT c.id, coalesce(s.id, c.statement), coalesce(r.id, c.report), c.action, c.value, c.who, c.at, c.text,"
    " s.id IS NOT NULL, r.agency, coalesce(r.year, c.year) FROM corrections c"
    " LEFT JOIN applied a ON a.correction = c.id LEFT JOIN statements s ON s.row = a.statement"
    " LEFT JOIN reports r ON r.row = s.report"
)


def corrections(store: Reads, statement_id: str | None = None) -> list[Correction]:
    """All corrections, or those of one statement, oldest first; one that holds in two versions is told once."""
    where = " WHERE coalesce(s.id, c.statement) = ?" if statement_id is not None else ""
    params = () if statement_id is None else (statement_id,)
    rows = store.query(f"{CORRECTIONS}{where} ORDER BY c.id, s.id IS NULL, s.id <> c.statement, s.row", params)
    found: dict[int, Correction] = {}
    for number, statement, report, action, value, who, at, text, applies, agency, year in rows:
        one = Correction(number, statement, report, action, value, who, at, text, bool(applies), agency, year)
        found.setdefault(number, one)
    return list(found.values())


def state_of(store: Reads, statement_id: str) -> State:
    """A statement as the machine read it, with the corrections that hold for it.

    Raises:
        Missing: there is no such statement.
    """
    return _state(store, store.statement(statement_id))


def _state(store: Reads, row: StatementRow) -> State:
    kept = store.query("SELECT kind, labels FROM originals WHERE statement = ?", (row.row,))
    if kept:
        kind, labels = kept[0][0], [Given(*label) for label in json.loads(kept[0][1])]
    else:
        kind, labels = row.kind, _given(store, row.row)
    events = store.query(
        "SELECT c.id, c.action, c.value, c.who FROM applied a JOIN corrections c ON c.id = a.correction"
        " WHERE a.statement = ? ORDER BY c.id",
        (row.row,),
    )
    return State(row.text, _told(kind), tuple(labels), tuple(Event(*event) for event in events))


def _given(store: Reads, row: int) -> list[Given]:
    sql = "SELECT label, origin, score, why FROM labels WHERE statement = ? ORDER BY label"
    return [Given(*label) for label in store.query(sql, (row,))]


def _told(kind: str) -> str:
    return NONE if kind == "passage" else kind


def _evidence(labels: Iterable[Given]) -> tuple[Evidence, ...]:
    """Labels with their names, strongest first."""
    name = Taxonomy.load().name
    ordered = sorted(labels, key=lambda one: (-one.score, one.id))
    return tuple(Evidence(one.id, name(one.id), one.score, one.origin, one.why) for one in ordered)


def labelled(store: Reads, statement_id: str) -> Labelled:
    """A statement with its labels, why it has them, and its corrections.

    Raises:
        Missing: there is no such statement.
    """
    with store.snapshot():
        return _labelled(store, store.statement(statement_id))


def _labelled(store: Reads, row: StatementRow) -> Labelled:
    state = _state(store, row)
    return Labelled(
        id=row.id,
        report=row.report,
        kind=_told(row.kind),
        text=row.text,
        agency=row.agency,
        year=row.year,
        start=row.start,
        end=row.stop,
        labels=_evidence(_given(store, row.row)),
        machine_kind=state.kind,
        machine_labels=_evidence(state.labels),
        corrections=tuple(corrections(store, row.id)),
    )


def supposed(store: Reads, statement_id: str, kind: str) -> Labelled:
    """The statement as it would be if a person called it of this kind.

    Raises:
        Missing: there is no such statement.
    """
    with store.snapshot():
        row = store.statement(statement_id)
        final, held = _state(store, row).after([("kind", kind)])
        return replace(_labelled(store, row), kind=final, labels=_evidence(held.values()))


def uncertain(store: Reads, where: Filter, k: int) -> list[Labelled]:
    """The k statements of current reports whose weakest label is weakest, each text once, without corrected ones.

    Few of all labels tell, unless a filter leaves few statements: then all of those are looked at.
    """
    with store.snapshot():
        rows = next((found for many in LOOKED_AT if len(found := _among_weakest(store, where, many)) >= k), None)
        rows = (_by_certainty(store, where, k) if rows is None else rows)[:k]
        there = store.statements_at(rows)
        return [_labelled(store, there[row]) for row in rows if row in there]


def _by_certainty(store: Reads, where: Filter, k: int) -> list[int]:
    """The rows, by one look at every statement under the filter."""
    clause = _open(where)
    found = store.query(
        "SELECT min(s.row), min(coalesce((SELECT min(l.score) FROM labels l WHERE l.statement = s.row), 0)) AS sure"
        # SQLite follows this order: the few reports that a filter may leave come first
        f" FROM reports r CROSS JOIN statements s WHERE s.report = r.row AND {clause.sql}"
        " GROUP BY rtrim(s.text, ?) ORDER BY sure, 1 LIMIT ?",
        (*clause.params, CLOSING, k),
    )
    return [row for row, _ in found]


def _among_weakest(store: Reads, where: Filter, many: int) -> list[int]:
    """The same rows as far as the weakest labels tell; so many of them are looked at."""
    labels = store.query("SELECT statement, score FROM labels ORDER BY score, statement LIMIT ?", (many,))
    if len(labels) == many:  # behind the cut others may be as weak: what ends there is not looked at
        labels = [row for row in labels if row[1] < labels[-1][1]]
    sure: dict[int, float] = {}
    for row, score in labels:
        sure.setdefault(row, score)
    clause = _open(where)
    firsts: dict[str, tuple[float, int]] = {}  # text → how sure the least certain of its statements is, the first row
    for part in chunks(list(sure)):
        for row, text in store.query(
            f"SELECT s.row, rtrim(s.text, ?) FROM statements s JOIN reports r ON r.row = s.report WHERE {clause.sql}"
            " AND s.row IN (SELECT value FROM json_each(?))",
            (CLOSING, *clause.params, json.dumps(part)),
        ):
            score, first = firsts.get(text, (sure[row], row))
            firsts[text] = min(score, sure[row]), min(first, row)
    return [row for _, row in sorted(firsts.values())]


def _open(where: Filter) -> Clause:
    """The condition on statements of current reports that nobody has corrected."""
    clause = statement_clause(where if where.kind else replace(where, kind=KINDS), current_only=True)
    return Clause(
        f"{clause.sql} AND s.kind <> 'passage' AND rtrim(s.text, ?) NOT IN (SELECT rtrim(text, ?) FROM corrections)"
        " AND NOT EXISTS (SELECT 1 FROM applied a WHERE a.statement = s.row)",
        (*clause.params, CLOSING, CLOSING),
    )


def examples(store: Reads) -> list[tuple[str, Example, str]]:
    """(statement id, example, time) of every statement that people corrected, each text once as last corrected."""
    with store.snapshot():
        rows: Sequence[tuple[Any, ...]] = store.query(
            "SELECT s.row, s.id, s.text, s.kind, c.who, c.at FROM"
            " (SELECT statement, max(correction) AS last FROM applied GROUP BY statement) a"
            " JOIN corrections c ON c.id = a.last JOIN statements s ON s.row = a.statement ORDER BY a.last, s.row"
        )
        out: dict[str, tuple[str, Example, str]] = {}
        for row, statement, text, kind, who, at in rows:
            out.pop(text, None)
            labels = tuple(one.id for one in _evidence(_given(store, row)))
            out[text] = (statement, Example(text, _told(kind), labels, who, f"{who}:{statement}"), at)
        return list(out.values())
