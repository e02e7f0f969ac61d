"""A query that names a label, or says little more than one of its cues: what stands in for words nobody wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from nlp.phrases import half_width
from nlp.taxonomy import Entry, Taxonomy

NOT_A_CHARACTER = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
NAME_JOINT = re.compile(r"[、，,]|[与和及]")
SHORTEST = 3  # characters of a cue from which it may be only a part of the query, or the query of a name
NEARLY = 0.6  # share of the query that the cue makes up, or of the 2-grams of query and name that agree
CLOSE = 0.1  # nearness by which labels of both kinds may differ


def named_labels(text: str, kinds: Sequence[str]) -> tuple[str, ...]:
    """The labels that a query means by itself: by name (人员不稳) or by a cue (三审三校), one a kind, the nearest ones.

    Args:
        text: what a query is about.
        kinds: "problem", "measure"; labels of other kinds are not looked at.

    Returns:
        Ids in the taxonomy's order; none where the query says more than a label's name or cue.
    """
    query = _plain(text)
    if len(query) < 2:
        return ()
    best: dict[str, tuple[float, str]] = {}
    for entry in Taxonomy.load():
        if entry.kind not in kinds or entry.id == Taxonomy.other(entry.kind):
            continue
        near = max((_nearness(query, word, named) for word, named in _words()[entry.id]), default=0.0)
        if near >= NEARLY and near > best.get(entry.kind, (0.0, ""))[0]:
            best[entry.kind] = (near, entry.id)
    top = max((near for near, _ in best.values()), default=0.0)
    return tuple(label for near, label in best.values() if near >= top - CLOSE)


@lru_cache(maxsize=1)
def _words() -> dict[str, tuple[tuple[str, bool], ...]]:
    """Label → its names (True) and cues (False), plain."""
    return {entry.id: tuple(dict.fromkeys(_words_of(entry))) for entry in Taxonomy.load()}


def _words_of(entry: Entry) -> Iterator[tuple[str, bool]]:
    for name in (entry.zh, *NAME_JOINT.split(entry.zh)):
        if len(_plain(name)) > 1:
            yield _plain(name), True
    for cue in entry.strong:
        if ".." not in cue and len(_plain(cue)) > 1:
            yield _plain(cue), False


def _nearness(query: str, word: str, named: bool) -> float:
    """How much of the query a label's name or cue is, 0–1."""
    if query == word:
        return 1.0
    if word in query:
        return len(word) / len(query) if len(word) >= SHORTEST else 0.0
    if not named or len(query) < SHORTEST:
        return 0.0
    if query in word:
        return 0.99
    first, second = _pairs(query), _pairs(word)
    return 2 * len(first & second) / (len(first) + len(second))


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _plain(text: str) -> str:
    return NOT_A_CHARACTER.sub("", half_width(text).lower())
