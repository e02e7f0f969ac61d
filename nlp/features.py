"""What a classifier looks at in a sentence: runs of characters, and what the cues make of it."""

from __future__ import annotations

import re
from collections import Counter

from nlp.labelling import Evidence, chosen, sureness
from nlp.phrases import half_width

LONGEST_GRAM = 4
HEAVIEST = 3.0  # of a label's cues: more says nothing more
_GAPS = re.compile(r"[\s\d]+")


def plain(text: str) -> str:
    """The text as runs of characters are taken from it: both ends marked, figures and blanks one sign each."""
    return f"^{_GAPS.sub('#', half_width(text.strip()))}$"


def grams(text: str) -> Counter[str]:
    """How often each run of one to four characters stands in a sentence."""
    bare = plain(text)
    return Counter(bare[i : i + n] for n in range(1, LONGEST_GRAM + 1) for i in range(len(bare) - n + 1))


def signs_of(evidence: dict[str, Evidence]) -> dict[str, float]:
    """The signs of what the cues of one kind find.

    ``h:training``: the label has any cue. ``c:training``: the weight of its cues. ``g:training``: how sure the cue
    rules are of it.
    """
    out = {f"c:{label}": min(HEAVIEST, weight) for label, (weight, _) in evidence.items()}
    out.update((f"h:{label}", 1.0) for label in evidence)
    out.update((f"g:{label}", sureness(weight)) for label, weight, _ in chosen(evidence))
    return out
