"""Which of many texts are nearly the same: MinHash signatures, and the pairs that they make likely.

Near-linear in the number of texts. The signatures are the library's (datasketch); its table of buckets is not used:
it keeps a Python set for each bucket (over a gigabyte for 100 000 reports, where sorted bands take 40 MB), and it
answers with whole buckets, which makes two thousand copies of one text four million pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHINGLE = 5  # letters
SHORTEST = 40  # letters: shorter texts are alike by chance
BANDS, ROWS = 32, 3  # two texts with 40 % of their shingles in common share a bucket nine times in ten
SEED = 1
NEIGHBOURS = 8  # of each bucket, so many of its first texts and of those just before are looked at
LIKE = 0.15  # estimated share of common shingles from which a pair is worth a look
LETTER_BYTES = 4  # in UTF-32


def signatures(texts: Sequence[str], step: Callable[[int], None] = lambda done: None) -> NDArray[np.uint32]:
    """(n, 96) MinHash signatures of the texts' shingles; the same text always has the same one.

    ``step`` is told how many are done.

    The smaller value at each place of two texts' signatures is the signature of both together.
    """
    from datasketch import MinHash

    blank = MinHash(BANDS * ROWS, seed=SEED, hashfunc=crc32)
    out = np.empty((len(texts), BANDS * ROWS), np.uint32)
    known: dict[str, int] = {}
    for row, text in enumerate(texts):
        step(row)
        if text in known:
            out[row] = out[known[text]]
            continue
        known[text] = row
        raw = text.encode("utf-32-le", "surrogatepass")
        one = blank.copy()
        last = max(LETTER_BYTES, len(raw) - (SHINGLE - 1) * LETTER_BYTES)
        if text:
            one.update_batch([raw[at : at + SHINGLE * LETTER_BYTES] for at in range(0, last, LETTER_BYTES)])
        out[row] = one.hashvalues
    return out


def likely(
    marks: NDArray[np.uint32],
    lengths: Sequence[int],
    owners: Sequence[tuple[object, object]],
    wanted: Sequence[int],
    most: int,
) -> dict[int, list[int]]:
    """For each text wanted, the earlier texts of other owners that it is probably a near copy of.

    Args:
        marks: (n, 96) signatures of texts that are letters alone, the earliest first.
        lengths: letters of each.
        owners: two names for who wrote each; texts whose first or second name is the same are one owner's.
        wanted: rows.
        most: how many to give for each, the likeliest first, of equally likely ones the earliest.
    """
    long = np.array([row for row, length in enumerate(lengths) if length >= SHORTEST], dtype=np.int64)
    if len(long) < 2:
        return {}
    marks = marks[long]
    first, second = (_codes([owners[row][side] for row in long]) for side in (0, 1))
    asked = np.isin(long, np.fromiter(wanted, np.int64, len(wanted)))
    found: list[NDArray[np.int64]] = []
    for later, earlier in _pairs(marks):
        kept = asked[later] & (first[later] != first[earlier]) & (second[later] != second[earlier])
        found.append(later[kept] * len(long) + earlier[kept])
    later, earlier = np.divmod(np.unique(np.concatenate(found)), len(long))
    alike = _agreement(marks, later, earlier)
    out: dict[int, list[int]] = {}
    for pair in np.lexsort((earlier, -alike, later)):
        mine = out.setdefault(int(long[later[pair]]), [])
        if len(mine) < most and alike[pair] >= LIKE:
            mine.append(int(long[earlier[pair]]))
    return {row: rows for row, rows in out.items() if rows}


def _codes(values: Sequence[object]) -> NDArray[np.int64]:
    """Equal values as equal numbers."""
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], dtype=np.int64)


def _pairs(marks: NDArray[np.uint32]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(later, earlier) rows that share a bucket: each with the bucket's first rows and with those just before it."""
    for band in range(BANDS):
        keys = np.zeros(len(marks), np.uint64)
        for column in range(band * ROWS, (band + 1) * ROWS):
            keys = (keys ^ marks[:, column]) * np.uint64(0x9E3779B97F4A7C15)
            keys ^= keys >> np.uint64(29)
        order = np.argsort(keys, kind="stable").astype(np.int64)
        ranked = keys[order]
        starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        sizes = np.diff(np.r_[starts, len(order)])
        place = np.arange(len(order)) - np.repeat(starts, sizes)  # of each row within its bucket
        begin = np.repeat(starts, sizes)
        for step in range(1, NEIGHBOURS + 1):
            at = np.flatnonzero(place >= step)
            yield order[at], order[at - step]
            at = np.flatnonzero(place >= step + NEIGHBOURS)
            yield order[at], order[begin[at] + step - 1]


def _agreement(
    marks: NDArray[np.uint32], later: NDArray[np.int64], earlier: NDArray[np.int64], at_once: int = 100_000
) -> NDArray[np.float64]:
    """The share of permutations in which two rows agree: an estimate of the shingles that they have in common."""
    parts = [
        (marks[later[at : at + at_once]] == marks[earlier[at : at + at_once]]).mean(axis=1)
        for at in range(0, len(later), at_once)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def holding(texts: Sequence[str], wanted: Sequence[int], gram: int, least: float) -> Iterator[tuple[int, int, float]]:
    """(row wanted, other row, share of its runs of ``gram`` letters that the other has) by looking at every text.

    For a handful of texts: exact, and no signatures are needed. Pairs below ``least`` are left out.
    """
    own = {row: _grams(texts[row], gram) for row in wanted if len(texts[row]) >= SHORTEST}
    every = frozenset().union(*own.values())
    for other, text in enumerate(texts):
        common = {text[at : at + gram] for at in range(len(text) - gram + 1) if text[at : at + gram] in every}
        for row, grams in own.items():
            share = len(grams & common) / len(grams)
            if common and row != other and share >= least:
                yield row, other, share


def _grams(text: str, gram: int) -> frozenset[str]:
    return frozenset(text[at : at + gram] for at in range(len(text) - gram + 1))
