"""Which known runs of characters stand in sentences, looked up all at once.

A dictionary of sixty thousand runs is spread over so much memory that each look-up waits for it; here a run is one
number, the known ones stand sorted in one small array, and the runs of many sentences are sought in it together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = 4  # characters of a run: four times sixteen bits are one number
_UNKNOWN = 0xFFFF  # stands for a character that no known run has
_BITS = 16  # of a character
_HASHED = 19  # bits


class Counts(NamedTuple):
    """How often runs stand in sentences: three arrays of one length, by sentence and then by row."""

    sentences: NDArray[np.int64]
    rows: NDArray[np.int64]
    counts: NDArray[np.int64]


def runs_of(text: str) -> Iterator[str]:
    """All runs of a text, from each of its characters the shortest first."""
    for begin in range(len(text)):
        for end in range(begin + 1, min(begin + LONGEST, len(text)) + 1):
            yield text[begin:end]


def count_few(rows: Mapping[str, int], texts: Sequence[str]) -> Counts:
    """What :meth:`Runs.count` gives, looked up one by one: for a question or two it is not worth making Runs."""
    import numpy as np

    found: Counter[tuple[int, int]] = Counter()
    for sentence, text in enumerate(texts):
        found.update((sentence, rows[run]) for run in runs_of(text) if run in rows)
    pairs = sorted(found)
    sentences, places = np.array(pairs, np.int64).reshape(-1, 2).T
    return Counts(sentences, places, np.array([found[pair] for pair in pairs], np.int64))


def _hashes(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    import numpy as np

    return keys * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(64 - _HASHED)


class Runs:
    """The runs of a classifier, for looking up."""

    def __init__(self, rows: Mapping[str, int]) -> None:
        """``rows``: run of one to four characters (none of them NUL) → row.

        Raises:
            ValueError: a run is longer or empty, or they have too many different characters.
        """
        import numpy as np

        lengths = {*map(len, rows)}
        if not lengths <= {*range(1, LONGEST + 1)} or "\0" in "".join(rows):
            raise ValueError("runs")
        codes = np.array(list(rows), dtype=f"U{LONGEST}").view(np.uint32).reshape(-1, LONGEST)
        alphabet = np.unique(codes[codes > 0])
        if len(alphabet) >= _UNKNOWN:
            raise ValueError("characters")
        self._last = int(alphabet.max(initial=0)) + 1  # stands for all characters beyond those that runs have
        self._ids = np.full(self._last + 1, _UNKNOWN, np.uint64)  # by character
        self._ids[alphabet] = np.arange(1, len(alphabet) + 1)
        ids = np.where(codes > 0, self._ids[codes], 0).astype(np.uint64)
        keys = ids[:, 0]
        for place in range(1, LONGEST):
            keys = np.where(ids[:, place] > 0, keys << 16 | ids[:, place], keys)
        order = np.argsort(keys)
        self._keys = keys[order]
        self._rows = np.fromiter(rows.values(), np.int64, len(rows))[order]
        self._size = int(self._rows.max(initial=-1)) + 1
        self._maybe = np.zeros(1 << _HASHED, dtype=bool)
        self._maybe[_hashes(self._keys)] = True

    def count(self, texts: Sequence[str]) -> Counts:
        """The known runs of each text."""
        import numpy as np

        if not self._size:
            none = np.empty(0, np.int64)
            return Counts(none, none, none)
        # NUL is in no run, so that no run goes over from one text to the next
        joined = "\0".join([*texts, "\0" * LONGEST])
        codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
        ids = self._ids[np.minimum(codes, self._last)]
        size = len(codes) - LONGEST
        sought = np.empty((LONGEST, size), np.uint64)  # the runs of 1, 2 … characters that begin at each place
        sought[0] = ids[:size]
        for more in range(1, LONGEST):
            np.bitwise_or(sought[more - 1] << _BITS, ids[more : more + size], out=sought[more])
        lengths, begins = self._maybe[_hashes(sought)].nonzero()  # most runs are unknown: one look-up tells
        keys = sought[lengths, begins]
        at = np.minimum(self._keys.searchsorted(keys), len(self._keys) - 1)
        known = self._keys[at] == keys
        sentence = np.arange(len(texts)).repeat([len(text) + 1 for text in texts])
        found = sentence[begins[known]] * self._size + self._rows[at[known]]
        found.sort()
        edges = np.ones(len(found) + 1, dtype=bool)  # where another run begins; np.unique takes thrice as long
        edges[1:-1] = found[1:] != found[:-1]
        firsts = edges.nonzero()[0]
        sentences, rows = np.divmod(found[firsts[:-1]], self._size)
        return Counts(sentences, rows, firsts[1:] - firsts[:-1])
