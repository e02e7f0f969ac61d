"""Pairs of problems and measures out of the store, for the columns of :mod:`index.answers`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.columns import FEW, Columns, Flags, Numbers
from index.reads import Reads
from index.rows import CHUNK

ANY = 0  # the number that stands for any label, and for none
UNASKED = -2  # see index.answers
MOST_LABELS = 1 << 15
Table = dict[str, NDArray[Any]]  # name → (k,) numbers; "problems" ascends, "places" are those of the reports


def shaken(store: Reads, rows: Numbers, again: Flags, gone: Numbers, after: Numbers) -> Flags:
    """(n,) bool: reports that are as they were, but whose next year's report changed, came or went."""
    earlier = store.query(
        "SELECT b.row FROM reports r JOIN reports b ON b.agency_key = r.agency_key AND b.year = r.year - 1"
        " WHERE r.row IN (SELECT value FROM json_each(?)) AND r.agency_key <> ''",
        (json.dumps(rows[again].tolist()),),
    ) if again.any() and not again.all() else []  # fmt: skip
    out: Flags = np.isin(after, gone) | np.isin(rows, [row for (row,) in earlier])
    return out


def following(store: Reads, rows: Numbers) -> Numbers:
    """(n,) row of the same agency's current report of the next year that has a section five; 0 where there is none."""
    found = store.query(
        "SELECT r.row, n.row FROM reports r JOIN reports n ON n.agency_key = r.agency_key AND n.year = r.year + 1"
        " WHERE r.row IN (SELECT value FROM json_each(?)) AND r.agency_key <> ''"
        " AND n.current = 1 AND n.has_issues = 1 ORDER BY n.row",
        (json.dumps(rows.tolist()),),
    ) if len(rows) else []  # fmt: skip
    out = np.zeros(len(rows), np.int64)
    pairs = _numbers(found, 2)
    out[np.searchsorted(rows, pairs[:, 0])] = pairs[:, 1]  # of several the last, as in index.outcomes
    return out


def read(store: Reads, columns: Columns, again: Flags, names: dict[str, int]) -> tuple[Table, Table, Table]:
    """Pairs, counts and outcomes of some reports out of the store; ``names`` grows by what labels they have."""
    few = int(again.sum()) <= FEW
    held = (json.dumps(columns.rows[again].tolist()),)
    if few:
        among = "JOIN statements s ON s.row = {} WHERE s.report IN (SELECT value FROM json_each(?)) ORDER BY 1, 2"
        pairs = _numbers(store.query(f"SELECT p.problem, p.measure FROM pairs p {among.format('p.problem')}", held), 2)
        found = store.query(f"SELECT l.statement, l.label FROM labels l {among.format('l.statement')}", held)
    else:  # from indexes alone
        pairs = _numbers(store.query("SELECT p.problem, p.measure FROM pairs p ORDER BY 1, 2"), 2)
        found = store.query("SELECT l.statement, l.label FROM labels l ORDER BY l.label, l.statement")
    codes = np.fromiter((names.setdefault(label, len(names) + 1) for _, label in found), np.int64, len(found))
    labels = np.stack([np.fromiter((row for row, _ in found), np.int64, len(found)), codes], axis=1)
    problems = distinct(pairs[:, 0])
    places = _places(store, columns, problems)
    wanted = again[places]
    pairs = pairs[wanted[np.searchsorted(problems, pairs[:, 0])]]
    return _tables(pairs, labels[np.argsort(labels[:, 0], kind="stable")], problems[wanted], places[wanted])


def distinct(values: Numbers) -> Numbers:
    """Each number once, ascending; quicker than NumPy's where they nearly ascend already."""
    ordered = np.sort(values, kind="stable")
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    found: Numbers = ordered[first]
    return found


def _numbers(rows: Sequence[tuple[Any, ...]], width: int) -> Numbers:
    return np.array(rows, np.int64).reshape(len(rows), width)


def _tables(pairs: Numbers, labels: Numbers, problems: Numbers, places: Numbers) -> tuple[Table, Table, Table]:
    """The three tables of pairs (problem, measure), labels (statement, label), and each problem once; all ascend."""

    def placed(**fields: Numbers) -> Table:
        return {**fields, "places": places[np.searchsorted(problems, fields["problems"])]}

    line, code = _labelled(pairs[:, 1], labels)
    bare = np.ones(len(pairs), dtype=bool)
    bare[line] = False
    lines = np.concatenate([line, np.flatnonzero(bare)])
    codes = np.concatenate([code, np.full(int(bare.sum()), ANY)])
    order = np.argsort(lines, kind="stable")
    lines, codes = lines[order], codes[order]
    own = placed(problems=pairs[lines, 0], measures=pairs[lines, 1], labels=codes)

    answered = distinct(np.concatenate([pairs[line, 0] * MOST_LABELS + code, problems * MOST_LABELS + ANY]))
    every = np.stack([answered // MOST_LABELS, answered % MOST_LABELS], axis=1)
    line, code = _labelled(every[:, 0], labels)
    of = np.concatenate([code, np.full(len(every), ANY)])
    lines = np.concatenate([line, np.arange(len(every))])
    order = np.lexsort([of, every[lines, 1], every[lines, 0]])
    lines = lines[order]
    counts = placed(problems=every[lines, 0], of=of[order], by=every[lines, 1])
    return own, counts, placed(problems=problems, gone=np.full(len(problems), UNASKED))


def _labelled(statements: Numbers, labels: Numbers) -> tuple[Numbers, Numbers]:
    """Each label of some statements: place among them, and the label's number. ``labels``: (k, 2), ascending."""
    first, last = (np.searchsorted(labels[:, 0], statements, side=side) for side in ("left", "right"))
    many = last - first
    line = np.repeat(np.arange(len(statements)), many)
    within_own = np.arange(len(line)) - np.repeat(np.cumsum(many) - many, many)
    return line, labels[np.repeat(first, many) + within_own, 1]


def _places(store: Reads, columns: Columns, statements: Numbers) -> Numbers:
    """Places of the reports of some statements (ascending), which came in together: their rows are a span."""
    if len(statements) <= CHUNK:
        found = store.query(
            "SELECT s.row, s.report FROM statements s WHERE s.row IN (SELECT value FROM json_each(?)) ORDER BY 1",
            (json.dumps(statements.tolist()),),
        ) if len(statements) else []  # fmt: skip
        return np.searchsorted(columns.rows, _numbers(found, 2)[:, 1])
    spans = _numbers(
        store.query("SELECT s.report, min(s.row), max(s.row) FROM statements s GROUP BY s.report ORDER BY 2"), 3
    )
    if (spans[1:, 1] <= spans[:-1, 2]).any():  # spans that overlap tell nothing
        spans = _numbers(store.query("SELECT s.report, s.row, s.row FROM statements s ORDER BY 2"), 3)
    reports = spans[np.searchsorted(spans[:, 1], statements, side="right") - 1, 0]
    return np.asarray(np.searchsorted(columns.rows, reports), np.int64)
