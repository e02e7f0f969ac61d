"""What a classifier looks at in a sentence: runs of characters, words, and the cues of the taxonomy."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from nlp.labelling import CueBook
from nlp.phrases import half_width
from nlp.segment import words
from nlp.taxonomy import Taxonomy

LONGEST_GRAM = 4
_GAPS = re.compile(r"[\s\d]+")
Counts = dict[str, float]


class Features:
    """Sentence → named features with weights. Names: ``高效`` (characters), ``w:解读`` (word), ``c:training`` (cue)."""

    def __init__(self, taxonomy: Taxonomy, kinds: Sequence[str] = ("problem", "measure")) -> None:
        """Compile the cues of the kinds that are looked for."""
        self._books = [CueBook(taxonomy, kind) for kind in kinds]

    def of(self, text: str) -> Counts:
        """Damped counts of a sentence's features; digits and blanks do not count."""
        plain = _GAPS.sub("#", half_width(text))
        counts = Counter(plain[i : i + n] for n in range(1, LONGEST_GRAM + 1) for i in range(len(plain) - n + 1))
        counts.update(f"w:{word}" for word in words(text) if len(word) > 1)
        out = {name: 1 + math.log(count) for name, count in counts.items()}
        for book in self._books:
            for label, hits in book.find(text).items():
                out[f"c:{label}"] = min(3.0, sum(hit.weight for hit in hits))
        return out
