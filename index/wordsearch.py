"""The words of an archive's rows: statements have an index of their own, and passages have.

What is searched is nearly always the statements; passages are more and longer, and in one index they are gone through
as well. How rare a word is and how long a text is, is counted among its own sort. A generation that was built before
has one index of all rows and is searched as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.backends.base import Mask, Positions
from index.building import KIND_CODES, WORD_PARTS
from index.lexical import SMALL_SET, Found, Lexicon, SmallLexicon, Terms
from index.narrowing import Facets, Narrowed

Codes = NDArray[np.int8]
Tokens = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Part:
    """One index: of the generation, and of the tail with the places there of its texts."""

    kinds: frozenset[str]
    lexicon: Lexicon | None
    tail: SmallLexicon
    places: Positions


@dataclass(frozen=True, slots=True)
class _Kept:
    """How many of the generation's rows that are in one index an allowed set keeps, and whether it keeps all."""

    count: int
    full: bool


class WordSearch:
    """BM25 over a generation and its tail. Immutable; safe from any thread.

    Attributes:
        documents: number of texts that :meth:`frequency` counts over: the statements.
    """

    def __init__(self, lexicons: Sequence[Lexicon], indexed: Codes, kinds: Codes, tokens: Sequence[Tokens]) -> None:
        """Take over what is there.

        Args:
            lexicons: the generation's; of statements and of passages, or one of all rows; none without a generation.
            indexed: (n,) kind code of each of the generation's rows when it went into an index.
            kinds: (m,) kind code of each row of the tail.
            tokens: the tail's tokens by field.
        """
        self._base = len(indexed)
        named = [frozenset(KIND_CODES)] if len(lexicons) == 1 else [frozenset(part) for part in WORD_PARTS.values()]
        self._parts = []
        for number, names in enumerate(named):
            lexicon = lexicons[number] if lexicons else None
            places = np.flatnonzero(among(kinds, names))
            own = [tokens[place] for place in places.tolist()]
            self._parts.append(_Part(names, lexicon, SmallLexicon(own, lexicon), places))
        self._within = [among(indexed, part.kinds) for part in self._parts] if len(named) > 1 else []
        self._sizes = [int(np.count_nonzero(mask)) for mask in self._within] or [self._base]
        self._tail_tokens = tokens
        first = self._parts[0]
        self.documents = self._sizes[0] + first.tail.size

    def matching(self, field: str, terms: Terms, k: int, allowed: Mask) -> Found:
        """The k allowed positions that match terms best, and their scores, best first."""
        base, tail = allowed[: self._base], allowed[self._base :]
        found: list[Found] = []
        for number, (part, kept) in enumerate(zip(self._parts, self._kept(allowed), strict=True)):
            if part.lexicon is not None and kept.count:
                narrowing = self._narrowing(allowed, base, number, kept)
                # Of what was chosen by its meaning the words find some at once or look through nearly all there is.
                enough = k // 4 if getattr(allowed, "gathered", False) else k
                found.append(part.lexicon.search(field, terms, k, *narrowing, enough))
            if part.tail.size:
                positions, scores = part.tail.search(field, terms, k, tail[part.places])
                found.append((part.places[positions] + self._base, scores))
        return merge(found, k)

    def _kept(self, allowed: Mask) -> tuple[_Kept, ...]:
        """For each index what an allowed set keeps of it; counted once for a filter's mask."""
        known: tuple[_Kept, ...] | None = getattr(allowed, "kept", None)
        if known is None:
            counts = [self._count(allowed, number) for number in range(len(self._parts))]
            known = tuple(_Kept(count, count == size) for count, size in zip(counts, self._sizes, strict=True))
            if isinstance(allowed, Narrowed):
                allowed.kept = known
        return known

    def _count(self, allowed: Mask, number: int) -> int:
        """How many of an index's rows are kept; where it is known of which kinds they are, less is looked at."""
        of_part = self._parts[number].kinds
        kinds: frozenset[str] = getattr(allowed, "kinds", frozenset())
        if kinds and not kinds & of_part:
            return 0
        base = np.asarray(allowed)[: self._base]
        if self._within and not (kinds and kinds <= of_part):
            return int(np.count_nonzero(base & self._within[number]))
        packed: tuple[int, Any] | None = getattr(allowed, "packed", None)
        return int(np.count_nonzero(base)) if packed is None else packed[0]

    def frequency(self, field: str, token: str) -> int:
        """In how many statements a token stands, those that went since included."""
        first = self._parts[0]
        base = first.lexicon.frequency(field, token) if first.lexicon is not None else 0
        return base + first.tail.frequency(field, token)

    def holding_all(self, field: str, tokens: Sequence[str], limit: int, allowed: Mask) -> Positions:
        """Allowed positions whose text holds every token: at most ``limit`` of each index, all of the tail."""
        base = allowed[: self._base]
        found = [
            part.lexicon.holding_all(field, tokens, limit, *self._narrowing(allowed, base, number, kept))
            for number, (part, kept) in enumerate(zip(self._parts, self._kept(allowed), strict=True))
            if part.lexicon is not None and kept.count
        ]
        tail = [place for place, held in enumerate(self._tail_tokens) if set(tokens) <= set(held[field])]
        places = np.array(tail, dtype=np.int64) + self._base
        return np.sort(np.concatenate([*found, places[allowed[places]]]))

    def _narrowing(self, allowed: Mask, base: Mask, number: int, kept: _Kept) -> tuple[Mask | None, list[Any], int]:
        """What an index is told of an allowed set: its mask, None where all is kept, facets, how much is kept."""
        part = self._parts[number]
        mask = None if kept.full else base
        if mask is not None and kept.count <= SMALL_SET and self._within:  # they are named one by one
            mask = base & self._within[number]
        facets: Facets = getattr(allowed, "facets", ())
        # Facets that all of the index has say nothing.
        groups = [group for group in facets if not {f"k{kind}" for kind in part.kinds} <= set(group)]
        return mask, groups, kept.count


def among(codes: NDArray[Any], kinds: frozenset[str]) -> Mask:
    """(n,) bool: the rows whose kind code is of one of the kinds."""
    out = np.zeros(len(codes), dtype=bool)
    for kind in kinds:
        out |= codes == KIND_CODES[kind]
    return out


def merge(found: Sequence[tuple[Positions, NDArray[Any]]], k: int) -> tuple[Positions, NDArray[Any]]:
    """The k best of several ranked lists, ties by position."""
    if len(found) == 1:
        return found[0][0][:k], found[0][1][:k]
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    positions = np.concatenate([positions for positions, _ in found])
    scores = np.concatenate([scores for _, scores in found])
    order = np.lexsort((positions, -scores))[:k]
    return positions[order], scores[order]
