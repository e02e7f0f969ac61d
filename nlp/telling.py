"""The trained classifier of kinds; it runs on NumPy alone."""

from __future__ import annotations

from pathlib import Path

from nlp.cues import load
from nlp.kinds import Found, kind_by_words
from nlp.learned import load_linear
from nlp.signs import kind_signs
from nlp.taxonomy import Taxonomy

KINDS: tuple[Found, ...] = ("problem", "measure", "none")
_ENDS = " \t\n。．.；;！!"
_COLONS = ("：", ":")


class KindClassifier:
    """Whether a sentence states a problem, a measure or neither."""

    def __init__(self, folder: Path, taxonomy: Taxonomy) -> None:
        """Load ``kind.npz``.

        Raises:
            ModelError: it is damaged.
        """
        self._model = load_linear(folder, "kind", taxonomy)
        self._signs = kind_signs(taxonomy)

    def kind(self, text: str) -> tuple[Found, float]:
        """The likeliest kind and its share of the probability."""
        if not any(char.isalnum() for char in text) or load().none.fullmatch(text.strip(_ENDS)):
            return "none", 1.0
        if text.rstrip().endswith(_COLONS) and kind_by_words(text) == "none":  # it only announces what follows
            return "none", 1.0
        found = self._model.probabilities(text, self._signs.of(text))
        best = int(found.argmax())
        kind = next(kind for kind in KINDS if kind == self._model.outputs[best])
        return kind, float(found[best] / max(float(found.sum()), 1e-9))
