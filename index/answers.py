"""Which measures answer which problems, as columns in memory: any filter's counts without asking for each statement.

Kept like the other columns (:mod:`index.columns`): read from the generation in force, and after a change only the
reports that changed are read again. Whether a problem is gone next year (:mod:`index.outcomes`) stands beside it, from
when it was first asked: for all problems where a generation is published, for those asked for otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.answerreads import UNASKED, Table, following, read, shaken
from index.columns import Columns, Flags, Numbers, Stated, base_of, columns_of, kept_of, taken_over
from index.outcomes import gone_next_year
from index.reads import Reads

GONE, STILL, UNKNOWN = 1, 0, -1  # and UNASKED
AT_ONCE = 5_000  # problems whose next year is looked up at a time
Small = NDArray[np.int8]


@dataclass(frozen=True)
class Answers:
    """The pairs of a store, counted and held against the year after. A problem here is one that has a measure.

    Attributes:
        columns: what the places belong to; None as read from a file.
        rows, seals: (n,) as in :class:`index.columns.Columns`.
        after: (n,) row of the same agency's current report of the next year that has a section five; 0: none.
        names: label → its number, from 1 on; it only ever grows.
        pairs: row of a problem, of a measure against it (``measures``) and its label (``labels``): a line a label.
        counts: row of a problem, a label of it (``of``) and one of its measures (``by``), :data:`ANY` among both.
        outcomes: row of each problem, and whether it is gone next year (``gone``): one of the four numbers above.
    """

    columns: Columns | None
    rows: Numbers
    seals: Numbers
    after: Numbers
    names: dict[str, int]
    pairs: Table
    counts: Table
    outcomes: Table

    def counted(self, keep: Flags) -> Numbers:
        """(labels + 1, labels + 1) problems in the kept reports that have a label and a measure of a label."""
        width = len(self.names) + 1
        chosen = keep[self.counts["places"]]
        flat = self.counts["of"][chosen].astype(np.int64) * width + self.counts["by"][chosen]
        return np.bincount(flat, minlength=width * width).reshape(width, width)

    def problems(self, label: str, keep: Flags) -> tuple[Numbers, Numbers]:
        """(q,) rows of the problems of a label in the kept reports, ascending, and (q,) measure labels against them.

        A problem comes once for each label that its measures have, and once with :data:`ANY`.
        """
        of = np.flatnonzero(self.counts["of"] == self.names.get(label, -1))
        mine = of[keep[self.counts["places"][of]]]
        return self.counts["problems"][mine], self.counts["by"][mine].astype(np.int64)

    def measures(self, problems: Numbers) -> tuple[Numbers, Numbers]:
        """(q,) rows of the measures against some problems (rows, ascending), and (q,) their labels: a line a label."""
        chosen = within(self.pairs["problems"], problems)
        return self.pairs["measures"][chosen], self.pairs["labels"][chosen].astype(np.int64)

    def gone(self, problems: Numbers) -> Small:
        """(q,) whether problems (rows of this store's problems that have a measure) are gone next year."""
        found: Small = self.outcomes["gone"][np.searchsorted(self.outcomes["problems"], problems)]
        return found


def within(rows: Numbers, among: Numbers) -> Flags:
    """(n,) bool: which rows stand in an ascending list."""
    if not len(among):
        return np.zeros(len(rows), dtype=bool)
    places = np.searchsorted(among, rows)
    places[places == len(among)] = 0
    found: Flags = among[places] == rows
    return found


def statements_stating(stated: Stated, keep: Flags) -> dict[str, int]:
    """Label → statements of the kept reports that have it."""
    chosen = keep[stated.places]
    found = np.bincount(stated.labels[chosen], weights=stated.statements[chosen], minlength=len(stated.names))
    return {label: int(found[code]) for label, code in stated.names.items()}


# -- keeping them ---------------------------------------------------------------------------------------------


def answers_of(store: Reads) -> Answers:
    """The pairs of a store as it is now; of outcomes only what is known already (see :func:`outcomes_of`)."""
    from index.columnfiles import load_answers

    kept = kept_of(store)
    with store.snapshot(), kept.lock:
        columns = columns_of(store)
        before = kept.answers
        if before is None:
            base = base_of(store, kept)
            before = load_answers(base) if base is not None else None
        if before is None or before.columns is not columns:
            before = _brought_up(store, columns, before)
            kept.answers = before
        return before


def outcomes_of(store: Reads, answers: Answers, problems: Numbers) -> Small:
    """(q,) :data:`GONE`, :data:`STILL` or :data:`UNKNOWN` for some problems (rows) of :func:`answers_of`.

    The caller holds the snapshot that the answers are of. What is worked out is kept with them.
    """
    asked = np.unique(problems)
    _settle(store, answers, asked[answers.gone(asked) == UNASKED])
    return answers.gone(problems)


def settled(store: Reads) -> Answers:
    """The pairs of a store with all outcomes; the caller holds a snapshot."""
    answers = answers_of(store)
    unasked = answers.outcomes["gone"] == UNASKED
    open_ones, places = answers.outcomes["problems"][unasked], answers.outcomes["places"][unasked]
    # An agency's years one after the other: what one is held against was just read.
    turn = np.zeros(len(answers.rows), np.int64)
    ordered = store.query("SELECT row FROM reports ORDER BY agency_key, year, row") if len(open_ones) else []
    turn[np.searchsorted(answers.rows, [row for (row,) in ordered])] = np.arange(len(ordered))
    _settle(store, answers, open_ones[np.argsort(turn[places], kind="stable")])
    return answers


def _settle(store: Reads, answers: Answers, problems: Numbers) -> None:
    """Work out what is not known yet; two threads that do so come to the same."""
    for start in range(0, len(problems), AT_ONCE):
        part = problems[start : start + AT_ONCE]
        found = gone_next_year(store, store.candidates_at(part.tolist()).values())
        told = [GONE if found.get(row) else STILL if row in found else UNKNOWN for row in part.tolist()]
        answers.outcomes["gone"][np.searchsorted(answers.outcomes["problems"], part)] = told


def _brought_up(store: Reads, columns: Columns, before: Answers | None) -> Answers:
    rows = columns.rows
    before = before if before is not None else _none(rows)
    old, again = taken_over(rows, columns.seals, before.rows, before.seals)
    if not again.any() and len(old) == len(before.rows):
        return replace(before, columns=columns, rows=rows, seals=columns.seals)
    now = np.full(len(before.rows), -1, np.int64)
    now[old] = np.flatnonzero(~again)
    after = np.zeros(len(rows), np.int64)
    after[~again] = before.after[old]
    moved = again | shaken(store, rows, again, before.rows[now < 0], after)
    after[moved] = following(store, rows[moved])
    names = dict(before.names)
    pairs, counts, outcomes = read(store, columns, again, names)
    merged = _merged(before.outcomes, now, outcomes)
    merged["gone"][moved[merged["places"]]] = UNASKED
    merged["gone"][after[merged["places"]] == 0] = UNKNOWN
    own = (_merged(before.pairs, now, pairs), _merged(before.counts, now, counts), merged)
    return Answers(columns, rows, columns.seals, after, names, *own)


def _none(rows: Numbers) -> Answers:
    lines: tuple[Table, Table, Table] = (
        _table({"measures": np.int64, "labels": np.int16}), _table({"of": np.int16, "by": np.int16}),
        _table({"gone": np.int8}),
    )  # fmt: skip
    none = rows[:0]
    return Answers(None, none, none, none, {}, *lines)


def _table(fields: dict[str, Any]) -> Table:
    every = {"problems": np.int64, **fields, "places": np.int32}
    return {name: np.zeros(0, kind) for name, kind in every.items()}


def _merged(before: Table, now: Numbers, fresh: Table) -> Table:
    """Lines of the reports that stay (``now``: place before → place now, -1: gone) and of those read again."""
    places = now[before["places"]]
    stay = places >= 0
    kept = {**{name: held[stay] for name, held in before.items()}, "places": places[stay]}
    problems = np.concatenate([kept["problems"], fresh["problems"]])
    order = np.argsort(problems, kind="stable")
    return {name: np.concatenate([kept[name], fresh[name]])[order].astype(held.dtype) for name, held in before.items()}
