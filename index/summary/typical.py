"""Sentences that stand for many, and sentences that nobody else says."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import TYPE_CHECKING

from index.mentions import Mention, texts
from index.reads import Reads, StatementRow
from index.rows import CHUNK
from index.summary.wording import LONGEST_QUOTE, clean, tables
from nlp.reuse import reused_share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_MEMBERS = 4000  # a centre does not move for more
MOST_CANDIDATES = 400
ODD_LENGTH = 0.1  # of nearness, that a sentence too short or too long to be quoted whole loses
MANY_LABELS = 0.03  # … and each label beside the first
DIGITS = 5  # nearness is compared to so many, for sums differ in the last between machines
COPIED = 0.4  # share of its text from which a sentence repeats another
LEAST = 12  # characters of a sentence that says something by itself


def typical(store: Reads, rows: Sequence[int], k: int, used: Collection[str] = ()) -> list[StatementRow]:
    """The k sentences nearest to the middle of all, each of another agency and in other words.

    Args:
        store: gives the vectors.
        rows: of statements of one label, in a fixed order; those that are gone are passed over.
        k: how many at most.
        used: texts that were quoted already.

    Raises:
        Missing: a vector is not there.
    """
    import numpy as np

    among = _in_words(store, _thinned(rows, MOST_MEMBERS))
    if not among:
        return []
    vectors = store.vectors([s.row for s in among])
    nearness = np.asarray(vectors @ vectors.mean(axis=0), dtype=np.float64)
    ranked = sorted(range(len(among)), key=lambda i: (-round(float(nearness[i]) - _odd(among[i]), DIGITS), among[i].id))
    chosen: list[StatementRow] = []
    taken = {clean(text) for text in used}
    for i in ranked:
        one, text = among[i], clean(among[i].text)
        elsewhere = all(_agency(one) != _agency(other) for other in chosen)
        if elsewhere and text not in taken and all(reused_share(text, other) < COPIED for other in taken):
            chosen.append(one)
            taken.add(text)
        if len(chosen) == k:
            break
    return chosen


def _odd(statement: StatementRow) -> float:
    length = len(statement.text)
    return ODD_LENGTH * (not LEAST <= length <= LONGEST_QUOTE) + MANY_LABELS * max(0, len(statement.labels) - 1)


def _agency(statement: StatementRow) -> str:
    return f"{statement.region}{statement.agency}" if statement.agency else statement.report


def _in_words(store: Reads, rows: Sequence[int]) -> list[StatementRow]:
    found = store.statements_at(rows)
    return [found[row] for row in rows if row in found]


def _thinned(rows: Sequence[int], most: int) -> Sequence[int]:
    """Evenly spread members of a long list."""
    return rows if len(rows) <= most else [rows[i * len(rows) // most] for i in range(most)]


def is_concrete(text: str) -> bool:
    """Whether a sentence names a number, a document or an example."""
    pattern, vague = _patterns()
    return bool(pattern.search(vague.sub("", text)))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = tables()["concrete"]
    return re.compile(words["pattern"]), re.compile(words["vague"])


def unusual(store: Reads, statements: Sequence[Mention], k: int) -> tuple[int, list[StatementRow]]:
    """How many sentences are concrete, and the k of them that are least like anything another agency says.

    A sentence counts as unusual where its nearest neighbour elsewhere is farther than that of half the others.
    """
    import numpy as np

    concrete, quotable = 0, []
    for row, text in texts(store, [one.row for one in statements]):
        if is_concrete(text):
            concrete += 1
            if LEAST <= len(text) <= LONGEST_QUOTE:
                quotable.append(row)
    among = _in_words(store, _thinned(quotable, MOST_CANDIDATES))
    if not among:
        return concrete, []
    nearest = _nearest_elsewhere(store, [one.row for one in among], statements)
    middle = float(np.median(nearest))
    ranked = sorted(range(len(among)), key=lambda i: (round(float(nearest[i]), DIGITS), among[i].id))
    chosen: list[StatementRow] = []
    for i in ranked:
        if nearest[i] < middle and all(_agency(among[i]) != _agency(other) for other in chosen):
            chosen.append(among[i])
        if len(chosen) == k:
            break
    return concrete, chosen


def _nearest_elsewhere(store: Reads, among: Sequence[int], statements: Sequence[Mention]) -> NDArray[np.float64]:
    """For each sentence its nearness to the nearest one of another agency."""
    import numpy as np

    names = {name: number for number, name in enumerate(dict.fromkeys(s.agency for s in statements))}
    wanted = set(among)
    agencies = {s.row: names[s.agency] for s in statements if s.row in wanted}
    own = np.array([agencies[row] for row in among])
    vectors = store.vectors(among)
    nearest = np.full(len(among), -1.0)
    for start in range(0, len(statements), CHUNK):
        part = statements[start : start + CHUNK]
        nearness = np.asarray(vectors @ store.vectors([s.row for s in part]).T)
        nearness[own[:, None] == np.array([names[s.agency] for s in part])[None, :]] = -1.0
        np.maximum(nearest, nearness.max(axis=1), out=nearest)
    return nearest
