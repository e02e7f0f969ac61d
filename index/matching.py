"""A query ready for word search: its words with synonyms and rarity, what of it a text holds, what to mark."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from index.settings import SYNONYM_WEIGHT
from index.tokens import distinct, gram_tokens, word_tokens

CLAUSE = re.compile(r"[^，。；！？：,;!?:\s]+")
Frequency = Callable[[str, str], int]  # field, token → number of texts


@lru_cache(maxsize=1)
def _lists() -> tuple[tuple[tuple[str, ...], ...], frozenset[str]]:
    data = tomllib.loads(Path(__file__).with_name("synonyms.toml").read_text(encoding="utf-8"))
    return tuple(tuple(group) for group in data["groups"]), frozenset(data["stop"])


def synonyms(text: str) -> list[str]:
    """Words of the meanings that a text speaks of, without those that it holds itself.

    A word within a longer one of the lists is not meant: who asks for 人工智能 asks for nothing 人工.
    """
    held = _standing([word for word in _meanings() if word in text], text)
    groups = distinct([group for word in held for group in _meanings()[word]])
    return distinct([word for group in groups for word in group if word not in text])


@lru_cache(maxsize=1)
def _meanings() -> dict[str, list[tuple[str, ...]]]:
    """Word → the groups that it stands in."""
    out: dict[str, list[tuple[str, ...]]] = {}
    for group in _lists()[0]:
        for word in group:
            out.setdefault(word, []).append(group)
    return out


def _standing(words: Sequence[str], text: str) -> list[str]:
    """The words that a text holds somewhere else than within a longer one of them."""
    longest = text
    out = []
    for word in sorted(words, key=len, reverse=True):
        if word in longest:
            out.append(word)
            longest = longest.replace(word, "\0" * len(word))
    return sorted(out, key=text.find)


@dataclass(frozen=True, slots=True)
class Words:
    """A query for word search.

    Attributes:
        terms: field → (token, weight) of its own words and of their synonyms.
        rarity: its own words of two characters or more → idf, for coverage.
        own, others: its own words, and its synonyms, for marking.
    """

    terms: Mapping[str, Sequence[tuple[str, float]]]
    rarity: Mapping[str, float]
    own: tuple[str, ...]
    others: tuple[str, ...]


def prepare(text: str, frequency: Frequency, documents: int) -> Words:
    """Cut a query into weighted words and 2-grams.

    Args:
        text: the query.
        frequency: in how many texts a token stands.
        documents: number of texts.
    """
    stop = _lists()[1]
    own = [word for word in distinct(word_tokens(text)) if word not in stop]
    others = synonyms(text)
    more = [token for word in others for token in word_tokens(word) if token not in stop and token not in own]
    grams = distinct(gram_tokens(" ".join(own)) if own else gram_tokens(text))
    more_grams = [gram for word in others for gram in gram_tokens(word) if gram not in grams]
    terms = {
        "words": [*((word, 1.0) for word in own), *((word, SYNONYM_WEIGHT) for word in distinct(more))],
        "grams": [*((gram, 1.0) for gram in grams), *((gram, SYNONYM_WEIGHT) for gram in distinct(more_grams))],
    }
    telling = [word for word in own if len(word) > 1]  # a single character stands in too many words
    rarity = {word: _idf(frequency("words", word), documents) for word in telling}
    return Words(terms, rarity, tuple(own), tuple(others))


def _idf(holding: int, documents: int) -> float:
    return math.log(1 + (documents - holding + 0.5) / (holding + 0.5)) if documents else 1.0


def found_terms(words: Words, text: str) -> tuple[str, ...]:
    """The query's words that a text holds, then the synonyms; single characters only where there is no other.

    Parts of a compound that is there itself are left out.
    """
    lower = text.lower()
    own = [word for word in distinct(words.own) if word in lower]
    found = distinct([*(word for word in own if not any(word in other != word for other in own)), *words.others])
    found = [word for word in found if word in lower]
    return tuple([word for word in found if len(word) > 1] or found)


def spans_of(terms: Sequence[str], text: str) -> tuple[tuple[int, int], ...]:
    """Where terms stand in a text, overlapping and touching places joined."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = text
    found = sorted(match.span() for term in terms for match in re.finditer(re.escape(term), lower))
    out: list[tuple[int, int]] = []
    for start, end in found:
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)


def clauses(text: str) -> list[tuple[int, int]]:
    """Places of the clauses between punctuation."""
    return [match.span() for match in CLAUSE.finditer(text)]


def overlap(one: str, other: str) -> float:
    """Jaccard overlap of two texts' 2-grams, 0–1; figures do not count ("2021年", "2022年")."""
    first, second = _gram_set(one), _gram_set(other)
    union = len(first | second)
    return len(first & second) / union if union else 0.0


@lru_cache(maxsize=4096)
def _gram_set(text: str) -> frozenset[str]:
    return frozenset(gram_tokens(re.sub(r"\d+", " ", text)))
