"""What the word indexes are made of: words and character 2-grams, the same for statements and queries."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from operator import add
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)
CUT = "parts-1"  # raise with every change of how a text becomes words: the word indexes are built anew
RUN = re.compile(r"[0-9a-z]+|[\u3400-\u9fff\U00020000-\U000323af]+")
MEMO = 100_000  # words remembered
WORD = re.compile(r"[0-9a-z\u3400-\u9fff\U00020000-\U000323af]")


class _Kept(dict[str, str]):
    """A word as it is indexed, "" where it is not; the same few words come again and again."""

    def __missing__(self, word: str) -> str:
        kept = "".join(word.split()) if WORD.search(word) else ""
        if len(self) < MEMO:
            self[word] = kept
        return kept


_kept = _Kept()


def word_tokens(text: str) -> list[str]:
    """The words of a text that hold a letter, digit or character, lower case, in order.

    A compound comes after the words it is made of: who asks for 渠道 means 公开渠道 too.
    """
    from nlp.segment import search_words

    return [kept for word in search_words(text.lower()) if (kept := _kept[word])]


def gram_tokens(text: str) -> list[str]:
    """Pairs of neighbouring characters within a run of Chinese; a run of letters or digits is one token."""
    out: list[str] = []
    for run in RUN.findall(text.lower()):
        if run.isascii() or len(run) == 1:
            out.append(run)
        else:
            out += map(add, run, run[1:])
    return out


def inner_tokens(phrase: str) -> list[str]:
    """The 2-gram tokens that every text holding the phrase must have.

    At its edges the phrase may be part of a longer run ("3" of "13"), so what stands there alone tells nothing.
    """
    lower = phrase.lower()
    out: list[str] = []
    for match in RUN.finditer(lower):
        run = match[0]
        if not run.isascii() and len(run) > 1:
            out += gram_tokens(run)
        elif match.start() > 0 and match.end() < len(lower):
            out.append(run)
    return distinct(out)


def distinct(tokens: Sequence[Item]) -> list[Item]:
    """Each token once, in order of first appearance."""
    return list(dict.fromkeys(tokens))
