"""Which measures answer which problems, as columns in memory: any filter's counts without asking for each statement.

Read once for each change of the store, from indexes alone, no text among it: a few seconds at a million statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from index.columns import Codes, Columns, Flags, Numbers, columns_of, kept_of
from index.reads import Reads
from nlp.taxonomy import Taxonomy


@dataclass(frozen=True)
class Answers:
    """The pairs of a store and the labels of their sides. Places are into the rows of ``columns``.

    Attributes:
        pairs: (p, 2) rows of a problem and of a measure against it, ascending; ``pair_places``: (p,) the report.
        answers: (a, 2) row of a problem and number of a measure label against it, each once; ``answer_places``: (a,).
        stating: label → rows of the statements that have it, ascending.
        names: measure label → its number.
    """

    columns: Columns
    pairs: Numbers
    pair_places: Numbers
    answers: Numbers
    answer_places: Numbers
    stating: dict[str, Numbers]
    stating_places: dict[str, Numbers]
    names: dict[str, int]

    def answered(self, keep: Flags) -> Numbers:
        """Rows of the problems in the kept reports that have a measure, ascending."""
        return np.unique(self.pairs[keep[self.pair_places], 0])

    def problems(self, label: str, keep: Flags) -> Numbers:
        """Rows of the statements in the kept reports that have a label, ascending."""
        rows = self.stating.get(label)
        return np.zeros(0, np.int64) if rows is None else rows[keep[self.stating_places[label]]]

    def measured(self, problems: Numbers) -> dict[str, int]:
        """Measure label → how many of some problems (rows, ascending) have a measure of it."""
        chosen = self.answers[within(self.answers[:, 0], problems), 1]
        counts = np.bincount(chosen, minlength=len(self.names))
        return {label: int(counts[code]) for label, code in self.names.items() if counts[code]}

    def pairs_of(self, problems: Numbers) -> Numbers:
        """(q, 2) the pairs of some problems (rows, ascending)."""
        return self.pairs[within(self.pairs[:, 0], problems)]


def within(rows: Numbers, among: Numbers) -> Flags:
    """(n,) bool: which rows stand in an ascending list."""
    if not len(among):
        return np.zeros(len(rows), dtype=bool)
    places = np.searchsorted(among, rows)
    places[places == len(among)] = 0
    found: Flags = among[places] == rows
    return found


def answers_of(store: Reads) -> Answers:
    """The pairs of a store as it is now."""
    kept = kept_of(store)
    with store.snapshot(), kept.lock:
        columns = columns_of(store)
        if kept.answers is None or kept.answers.columns is not columns:
            kept.answers = _read(store, columns)
        return kept.answers


def _read(store: Reads, columns: Columns) -> Answers:
    pairs = _table(store.query("SELECT p.problem, p.measure FROM pairs p ORDER BY 1, 2"), 2)
    labels = store.query("SELECT l.label, l.statement FROM labels l ORDER BY 1, 2")
    stating: dict[str, list[int]] = {}
    for label, statement in labels:
        stating.setdefault(label, []).append(statement)
    rows = {label: np.array(found, np.int64) for label, found in stating.items()}
    names: dict[str, int] = {}
    parts = [np.zeros((0, 2), np.int64)]
    for entry in Taxonomy.load().of_kind("measure"):
        if entry.id in rows:
            code = names.setdefault(entry.id, len(names))
            problems = pairs[within(pairs[:, 1], rows[entry.id]), 0]
            parts.append(np.stack([np.unique(problems), np.full(len(np.unique(problems)), code)], axis=1))
    answers = np.concatenate(parts)
    places = _Places(store, columns)
    stating_places = {label: places(found) for label, found in rows.items()}
    return Answers(columns, pairs, places(pairs[:, 0]), answers, places(answers[:, 0]), rows, stating_places, names)


def _table(rows: Sequence[tuple[Any, ...]], width: int) -> Numbers:
    return np.array(rows, np.int64).reshape(len(rows), width)


class _Places:
    """Rows of statements → places of their reports, whose statements came in together: their rows are a span."""

    def __init__(self, store: Reads, columns: Columns) -> None:
        spans = _table(
            store.query("SELECT s.report, min(s.row), max(s.row) FROM statements s GROUP BY s.report ORDER BY 2"), 3
        )
        if len(spans) and (spans[1:, 1] <= spans[:-1, 2]).any():  # spans that overlap tell nothing
            every = _table(store.query("SELECT s.report, s.row, s.row FROM statements s ORDER BY 2"), 3)
            spans = every
        self._firsts: Codes | Numbers = spans[:, 1]
        self._places = np.searchsorted(columns.rows, spans[:, 0])

    def __call__(self, rows: Numbers) -> Numbers:
        if not len(rows):
            return np.zeros(0, np.int64)
        return np.asarray(self._places[np.searchsorted(self._firsts, rows, side="right") - 1], np.int64)
