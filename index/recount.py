"""What follows from a corrected kind or label: counts, pairs, warnings. Part of an open transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from index.store import Transaction
from nlp.pairing import pair
from nlp.records import Kind, Label, Statement
from nlp.taxonomy import Taxonomy


def recount(tx: Transaction, report: int) -> None:
    """Bring counts, pairs and the warnings on section five up to the statements."""
    contract = json.loads(tx.run("SELECT contract FROM documents WHERE report = ?", (report,))[0][0])
    kinds = [row[0] for row in tx.run("SELECT kind FROM statements WHERE report = ? ORDER BY start", (report,))]
    problems, measures = kinds.count("problem"), kinds.count("measure")
    has_issues = bool(problems or measures or contract["statements"]) or any(
        section["number"] == 5 for section in contract["sections"]
    )
    tx.run(
        "UPDATE reports SET problems = ?, measures = ?, has_issues = ? WHERE row = ?",
        (problems, measures, int(has_issues), report),
    )
    _pair_again(tx, report, contract)
    read = [statement["kind"] for statement in contract["statements"]]
    stated = [kind for kind in kinds if kind != "passage"]
    warnings = list(dict.fromkeys(contract["warnings"]))
    if sorted(read) != sorted(stated):
        warnings = _warnings(warnings, stated, none_stated=bool(contract["none_stated"]))
    tx.run("DELETE FROM warnings WHERE report = ?", (report,))
    tx.many("INSERT INTO warnings VALUES (?, ?, ?)", [(report, place, one) for place, one in enumerate(warnings)])


def _warnings(before: list[str], stated: Sequence[str], *, none_stated: bool) -> list[str]:
    """The warnings with those on what section five lacks as they are now; ``stated``: kinds in reading order."""
    now = {
        "s5_no_problems": not none_stated and "problem" not in stated,
        "s5_no_measures": not none_stated and "measure" not in stated,
        "s5_reversed": "problem" in stated and stated[0] == "measure",
    }
    kept = [warning for warning in before if now.get(warning, True)]
    return kept + [warning for warning, true in now.items() if true and warning not in kept]


def _pair_again(tx: Transaction, report: int, contract: Mapping[str, Any]) -> None:
    """Pairs of corrected statements anew, all others as they were read."""
    rows = [row[0] for row in tx.run("SELECT row FROM statements WHERE report = ? ORDER BY position", (report,))]
    sql = "SELECT o.statement FROM originals o JOIN statements s ON s.row = o.statement WHERE s.report = ?"
    touched = {row[0] for row in tx.run(sql, (report,))}
    pairs = {(rows[problem], rows[measure]) for problem, measure in contract["pairs"]}
    pairs = {one for one in pairs if touched.isdisjoint(one)}
    if touched:
        pairs |= {one for one in _pairs_now(tx, report) if not touched.isdisjoint(one)}
    tx.run("DELETE FROM pairs WHERE problem IN (SELECT row FROM statements WHERE report = ?)", (report,))
    tx.many("INSERT INTO pairs VALUES (?, ?)", sorted(pairs))
    answered = "CASE WHEN row IN (SELECT problem FROM pairs) THEN 1 ELSE 0 END"
    tx.run(f"UPDATE statements SET paired = {answered} WHERE report = ?", (report,))


def _pairs_now(tx: Transaction, report: int) -> list[tuple[int, int]]:
    """(problem row, measure row) by the labels of today."""
    labels: dict[int, list[Label]] = {}
    for row, label, score, why in tx.run(
        "SELECT l.statement, l.label, l.score, l.why FROM labels l JOIN statements s ON s.row = l.statement"
        " WHERE s.report = ? ORDER BY l.statement, l.score DESC, l.label",
        (report,),
    ):
        labels.setdefault(row, []).append(Label(label, score, why))
    rows: list[int] = []
    statements: list[Statement] = []
    for row, kind, text, start, stop, ordinal in tx.run(
        "SELECT row, kind, text, start, stop, ordinal FROM statements WHERE report = ? AND kind <> 'passage'"
        " ORDER BY start, position",
        (report,),
    ):
        rows.append(row)
        statements.append(Statement(cast(Kind, kind), text, start, stop, ordinal=ordinal))
    statements = [replace(s, labels=tuple(labels.get(row, ()))) for row, s in zip(rows, statements, strict=True)]
    return [(rows[problem], rows[measure]) for problem, measure in pair(statements, Taxonomy.load())]
