"""How much of a text stood in another one already."""

from __future__ import annotations

import re

GRAM = 8  # characters: longer than any stock phrase, shorter than any copied sentence


def reused_share(text: str, earlier: str) -> float:
    """The share of ``text``'s characters that lie in runs of at least eight characters found in ``earlier``.

    Blanks, punctuation and digits do not count (copied text often has only its year changed). 0.0 where there is
    too little text to tell.
    """
    new, old = _letters(text), _letters(earlier)
    if len(new) < 2 * GRAM or len(old) < GRAM:
        return 0.0
    known = {old[i : i + GRAM] for i in range(len(old) - GRAM + 1)}
    covered = bytearray(len(new))
    for i in range(len(new) - GRAM + 1):
        if new[i : i + GRAM] in known:
            covered[i : i + GRAM] = b"\x01" * GRAM
    return sum(covered) / len(new)


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text)
