"""Where in a text the labels of a table crowd."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Start and end in the text, and which of the table's anchors it is.
Anchor = tuple[int, int, int]

# No table is longer; what repeats labels beyond it is something else.
_LONGEST = 30_000
_COUNTED = re.compile(r"[^\d\n，。；]{0,12}?\s*\d[\d,]*\s*[件起宗例条份个]\s*[，,；;。、]")


def _all(text: str, anchors: Sequence[str], after: int) -> list[Anchor]:
    found: list[Anchor] = []
    for index, forms in enumerate(anchors):
        for form in forms.split("|"):
            at = text.find(form, after)
            while at >= 0:
                found.append((at, at + len(form), index))
                at = text.find(form, at + len(form))
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
