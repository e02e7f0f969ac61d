"""Where in a text the labels of a table crowd."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from nlp.phrases import trie_pattern

# Start and end in the text, and which of the table's anchors it is.
Anchor = tuple[int, int, int]

# No table is longer; what repeats labels beyond it is something else.
_LONGEST = 30_000
_COUNTED = re.compile(r"[^\d\n，。；]{0,12}?\s*\d[\d,]*\s*[件起宗例条份个]\s*[，,；;。、]")


@cache
def _forms(anchors: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, list[tuple[str, int]]]]:
    """The first character of any form where the form stands, and the forms by that character."""
    begins: dict[str, list[tuple[str, int]]] = {}
    for index, forms in enumerate(anchors):
        for form in forms.split("|"):
            begins.setdefault(form[0], []).append((form, index))
    branches = (f"{re.escape(first)}(?={trie_pattern(form[1:] for form, _ in rows)})" for first, rows in begins.items())
    return re.compile("|".join(branches)), begins


def _all(text: str, anchors: Sequence[str], after: int) -> list[Anchor]:
    pattern, begins = _forms(tuple(anchors))
    found: list[Anchor] = []
    for match in pattern.finditer(text, after):
        at = match.start()
        for form, index in begins[match[0]]:
            if text.startswith(form, at):
                found.append((at, at + len(form), index))
    return sorted(found)


def runs(text: str, anchors: Sequence[str], gap: int, after: int = 0) -> list[list[Anchor]]:
    """Cut the places of anchors into runs in which no two neighbours are more than ``gap`` apart.

    Args:
        text: where to look.
        anchors: labels, the forms of one label parted by "|".
        gap: characters.
        after: where to begin.
    """
    out: list[list[Anchor]] = []
    for anchor in _all(text, anchors, after):
        if out and anchor[0] - out[-1][-1][1] <= gap and anchor[1] - out[-1][0][0] <= _LONGEST:
            out[-1].append(anchor)
        else:
            out.append([anchor])
    return out


def densest(text: str, anchors: Sequence[str], gap: int) -> list[Anchor]:
    """The run with the most different anchors; empty where there is none."""
    return max(runs(text, anchors, gap), key=lambda run: len({index for _, _, index in run}), default=[])


def is_prose(text: str, run: Sequence[Anchor]) -> bool:
    """Whether the words are those of sentences ("结果维持2件，结果纠正1件"): counts with 件 follow most of them."""
    return sum(_COUNTED.match(text, end) is not None for _, end, _ in run) * 2 >= len(run)
