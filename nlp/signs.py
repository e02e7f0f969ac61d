"""What cues and rules make of a sentence, as named signs for a classifier to learn from."""

from __future__ import annotations

from nlp.features import signs_of
from nlp.kinds import kind_by_words, lean
from nlp.labelling import CueLabeller
from nlp.taxonomy import Taxonomy


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
