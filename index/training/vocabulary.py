"""Which words the model knows, and the tokenizer that finds them.

The tokenizer takes text that is already cut into words (blanks between them). A word of the vocabulary is one
token; any other is cut into the longest known pieces from the left, down to single characters, so that no word
is lost. A character that nobody has seen stands alone and carries no weight.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

UNKNOWN = "[UNK]"
LONGEST_WORD = 400  # characters; a longer "word" is garbage and may be lost
COMPOUND = 4  # characters from which a word may be left out for its parts
COMMON = 50  # times in the official text that a part must stand there

_NORMALISER = normalizers.Sequence(
    [
        normalizers.NFKC(),
        normalizers.Lowercase(),
        normalizers.Replace(Regex(r"[0-9]+"), "0"),
        normalizers.Replace(Regex(r"[^\p{L}\p{N}]+"), " "),
    ]
)
_KEPT_WORD = re.compile(r"[㐀-鿿a-z0]+")


def normalise(text: str) -> str:
    """Text as the tokenizer sees it: NFKC, lower case, every number 0, marks turned into blanks."""
    return str(_NORMALISER.normalize_str(text))


def count_words(path: Path) -> Counter[str]:
    """How often each word stands in a token file (see :func:`index.training.corpus.write_tokens`)."""
    counts: Counter[str] = Counter()
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            counts.update(line.split())
    return counts


def choose(counts: Mapping[str, float], always: Iterable[str], size: int) -> list[str]:
    """The vocabulary in row order: the unknown mark, all characters seen, then words by how often they stand.

    A long word that parts wholly into common short ones ("公开渠道") is left out: the tokenizer cuts it, and what
    is learnt about 公开 and 渠道 serves everywhere. "身兼数职" stays, its halves are no words of their own.

    Args:
        counts: words of the official text.
        always: texts whose words and characters are kept however rare (our own sentences, already normalised).
        size: rows altogether; characters and the words of ``always`` come before the rest.
    """
    short = {word for word, count in counts.items() if count >= COMMON and 2 <= len(word) < COMPOUND}
    own = {word for text in always for word in text.split() if _KEPT_WORD.fullmatch(word)}
    kept = [word for word in sorted(counts, key=lambda w: (-counts[w], w)) if _KEPT_WORD.fullmatch(word)]
    characters = sorted({char for word in [*kept, *own] for char in word})
    chosen = dict.fromkeys([UNKNOWN, *characters])
    for word in [*sorted(own), *kept]:
        if len(chosen) >= size:
            break
        if len(word) < COMPOUND or not _parts_into(word, short):
            chosen.setdefault(word)
    return list(chosen)


def _parts_into(word: str, short: set[str]) -> bool:
    """Whether the longest short words from the left use the word up."""
    while word:
        head = next((word[:n] for n in range(COMPOUND - 1, 1, -1) if word[:n] in short), None)
        if head is None:
            return False
        word = word[len(head) :]
    return True


def tokenizer(vocabulary: list[str]) -> Tokenizer:
    """The stock ``tokenizers`` object for a vocabulary; row 0 is the unknown mark."""
    model = models.WordPiece(
        {word: row for row, word in enumerate(vocabulary)},
        unk_token=UNKNOWN,
        continuing_subword_prefix="",
        max_input_chars_per_word=LONGEST_WORD,
    )
    built = Tokenizer(model)
    built.normalizer = _NORMALISER
    known = _character_class({char for word in vocabulary[1:] for char in word})
    built.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex(f"[^{known}]"), "isolated")]
    )
    return built


def _character_class(characters: set[str]) -> str:
    """The inside of a regular expression's brackets that matches exactly these letters and digits."""
    points = sorted(map(ord, characters))
    ranges: list[list[int]] = []
    for point in points:
        if ranges and point == ranges[-1][1] + 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(chr(a) if a == b else f"{chr(a)}-{chr(b)}" for a, b in ranges)
