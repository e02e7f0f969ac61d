"""Which runs of a text stand in an earlier one: the same measure as :func:`nlp.reuse.reused_share`, with places."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlp.reuse import GRAM

LETTER = re.compile(r"[^\W\d_]")
_OTHER = re.compile(r"[\W\d_]+")
MOST_PLACES = 64  # of one gram in the earlier text that are tried for the longest run


@dataclass(frozen=True, slots=True)
class Run:
    """``length`` letters from letter ``start`` of the text stand at letter ``source`` of the earlier one."""

    start: int
    source: int
    length: int


def letters(text: str) -> list[int]:
    """Where the letters of a text stand: blanks, punctuation and figures do not count."""
    return [found.start() for found in LETTER.finditer(text)]


def letters_of(text: str) -> str:
    """The letters of a text alone."""
    return _OTHER.sub("", text)


def runs(new: str, old: str) -> list[Run]:
    """Every run of at least eight letters of ``new`` that stands in ``old``, in order, none overlapping another.

    Both are letters alone. Together the runs cover exactly what :func:`nlp.reuse.reused_share` counts; a run that
    goes on where the last one ends may be shorter than eight, being the rest of a longer one.
    """
    if len(new) < 2 * GRAM or len(old) < GRAM:
        return []
    places: dict[str, list[int]] = defaultdict(list)
    for at in range(len(old) - GRAM + 1):
        places[old[at : at + GRAM]].append(at)
    out: list[Run] = []
    done, at = 0, 0
    while at <= len(new) - GRAM:
        found = _longest(new, old, at, places)
        if found is None or found.start + found.length <= done:
            at += 1
            continue
        cut = max(0, done - found.start)
        out.append(Run(found.start + cut, found.source + cut, found.length - cut))
        done = found.start + found.length
        at = max(at + 1, done - GRAM + 1)
    return out


def _longest(new: str, old: str, at: int, places: Mapping[str, Sequence[int]]) -> Run | None:
    """The longest run that starts at a letter; of equal ones the first."""
    best: Run | None = None
    for source in places.get(new[at : at + GRAM], ())[:MOST_PLACES]:
        length = GRAM
        while at + length < len(new) and source + length < len(old) and new[at + length] == old[source + length]:
            length += 1
        if best is None or length > best.length:
            best = Run(at, source, length)
    return best
