"""What a classifier looks at in a sentence: runs of characters, and what the cues and rules make of it."""

from __future__ import annotations

import re
from collections import Counter

from nlp.kinds import kind_by_words, lean
from nlp.labelling import CueLabeller, Evidence, chosen, sureness
from nlp.phrases import half_width
from nlp.taxonomy import Taxonomy

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


class Signs:
    """Sentence → named signs: those of the cues, and for telling kinds what the rules make of the sentence."""

    def __init__(self, cues: CueLabeller, kinds: tuple[str, ...]) -> None:
        """``kinds``: whose labels' cues are looked for; for both, the sentence's own lean is a sign too."""
        self._cues = cues
        self._kinds = kinds

    def of(self, text: str) -> dict[str, float]:
        """The signs that are not zero."""
        out: dict[str, float] = {}
        for kind in self._kinds:
            out |= signs_of(self._cues.evidence(text, kind))
        if len(self._kinds) > 1:
            out |= _leaning(text)
        return out


def _leaning(text: str) -> dict[str, float]:
    """What the rules on single sentences make of one."""
    score = lean(text)
    out = {f"k:{kind_by_words(text)}": 1.0}
    if score:
        out["k:+" if score > 0 else "k:-"] = min(3.0, abs(score))
    return out


def label_signs(taxonomy: Taxonomy, kind: str) -> Signs:
    """The signs for telling the labels of one kind."""
    return Signs(CueLabeller(taxonomy), (kind,))


def kind_signs(taxonomy: Taxonomy) -> Signs:
    """The signs for telling problems, measures and what is neither."""
    return Signs(CueLabeller(taxonomy), ("problem", "measure"))
