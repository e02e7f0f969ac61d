"""Cells whose digits ran together, and which ways to cut them the arithmetic rules of the form leave.

A crawl that lost its separators prints the row "8 1 0 1 0 0 10" as "81010010". No printed integer has a
leading zero and the last cell of a row is the sum of the others (rule T3-C), which mostly leaves one reading.
Where several are left, the column rules T3-A and T3-B are held against them; a cell on which all remaining
readings agree is known, the others are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise, product
from math import prod

Reading = tuple[int, ...]
MAX_DIGITS = 32
_MAX_READINGS = 3000
_MAX_SUMS = 100_000


def _parts(digits: str, count: int) -> Iterable[Reading]:
    """All ways to cut digits into ``count`` integers without leading zeros."""
    if count == 1:
        if digits and (len(digits) == 1 or digits[0] != "0"):
            yield (int(digits),)
        return
    longest = 1 if digits[0] == "0" else len(digits) - count + 1
    for cut in range(1, longest + 1):
        first = int(digits[:cut])
        for rest in _parts(digits[cut:], count - 1):
            yield (first, *rest)


def _parts_of_sum(digits: str, count: int, total: int) -> Iterable[Reading]:
    """As :func:`_parts`, only those that add up to ``total``; no cell can have more digits than that has."""
    widest = len(str(total))
    if len(digits) > count * widest:
        return
    if count == 1:
        if (len(digits) == 1 or digits[0] != "0") and int(digits) == total:
            yield (total,)
        return
    longest = 1 if digits[0] == "0" else min(widest, len(digits) - count + 1)
    for cut in range(1, longest + 1):
        first = int(digits[:cut])
        if first > total:
            return
        for rest in _parts_of_sum(digits[cut:], count - 1, total - first):
            yield (first, *rest)


@lru_cache(maxsize=1024)
def readings(digits: str, count: int) -> tuple[Reading, ...]:
    """All readings of ``digits`` as ``count`` cells, the sum rule not held; empty where there are too many."""
    if not count <= len(digits) <= MAX_DIGITS:
        return ()
    found: list[Reading] = []
    for reading in _parts(digits, count):
        found.append(reading)
        if len(found) > _MAX_READINGS:
            return ()
    return tuple(found)


class _TooMany(Exception):
    """More readings than are worth following."""


def _summing(digits: str, count: int) -> list[Reading]:
    found: list[Reading] = []
    for cut in range(len(digits) - 1, count - 2, -1):
        last = digits[cut:]
        if last[0] == "0" and len(last) > 1:
            continue
        total = int(last)
        found.extend((*head, total) for head in _parts_of_sum(digits[:cut], count - 1, total))
        if len(found) > _MAX_READINGS:
            raise _TooMany
    return found


def _blocks(digits: str, sizes: tuple[int, ...]) -> list[Reading]:
    if len(sizes) == 1:
        return _summing(digits, sizes[0])
    found: list[Reading] = []
    rest = sum(sizes[1:])
    for cut in range(sizes[0], len(digits) - rest + 1):
        heads = _summing(digits[:cut], sizes[0])
        if heads:
            found.extend(head + tail for head, tail in product(heads, _blocks(digits[cut:], sizes[1:])))
        if len(found) > _MAX_READINGS:
            raise _TooMany
    return found


@lru_cache(maxsize=1024)
def blocks(digits: str, sizes: tuple[int, ...]) -> tuple[Reading, ...]:
    """The readings of several blocks in one run of digits, each block's last cell its sum (T4-A).

    Empty where no reading is consistent, and where there are too many to follow.
    """
    if not sum(sizes) <= len(digits) <= MAX_DIGITS:
        return ()
    try:
        return tuple(_blocks(digits, sizes))
    except _TooMany:
        return ()


def summing(digits: str, count: int) -> tuple[Reading, ...]:
    """The readings whose last cell is the sum of the others (rules T3-C and T4-A)."""
    return blocks(digits, (count,))


def agreed(found: Sequence[Reading]) -> tuple[int | None, ...]:
    """Cell by cell the value on which all readings agree; None where they do not."""
    return tuple(cells[0] if len(set(cells)) == 1 else None for cells in zip(*found, strict=True))


def spans(reading: Iterable[int], start: int) -> list[tuple[int, int]]:
    """Where in the text the digits of each cell stand, the run of digits beginning at ``start``."""
    edges = [start]
    for value in reading:
        edges.append(edges[-1] + len(str(value)))
    return list(pairwise(edges))


# ---- column rules over a whole table ------------------------------------------------------------------

_Vector = tuple[int, ...]


def _add(a: _Vector, b: _Vector) -> _Vector:
    return tuple(x + y for x, y in zip(a, b, strict=True))


def _forward(rows: Sequence[Sequence[_Vector]], start: _Vector) -> list[set[_Vector]] | None:
    """The sums that can be reached after each row; None where they are too many to follow."""
    reached = [{start}]
    for row in rows:
        if len(reached[-1]) * len(row) > _MAX_SUMS:
            return None
        sums = {_add(total, vector) for total in reached[-1] for vector in row}
        reached.append(sums)
    return reached


def _kept(rows: Sequence[Sequence[_Vector]], targets: set[_Vector]) -> tuple[list[set[_Vector]], set[_Vector]] | None:
    """Which vectors of each row, and which targets, take part in a choice whose sum is one of the targets."""
    zero = tuple(0 for _ in next(iter(targets)))
    reached = _forward(rows, zero)
    if reached is None:
        return None
    met = reached[-1] & targets
    wanted, kept = met, [set[_Vector]() for _ in rows]
    for i in range(len(rows) - 1, -1, -1):
        before: set[_Vector] = set()
        for total in reached[i]:
            for vector in rows[i]:
                if _add(total, vector) in wanted:
                    kept[i].add(vector)
                    before.add(total)
        wanted = before
    return kept, met


def hold_columns(
    candidates: dict[str, tuple[Reading, ...]],
    outcomes: Sequence[str],
    balance: tuple[str, str, str, str],
) -> dict[str, tuple[Reading, ...]] | None:
    """Drop the readings of rows that no consistent table uses (T3-A and T3-B).

    Args:
        candidates: the readings left for each row; none for a row that breaks its own sum. Such a row of totals
            is left out: what was received less what is open must then equal the outcomes (T3-A and T3-B joined).
        outcomes: the rows that add up to the total of processed requests.
        balance: the rows of T3-A: new + carried in = processed + carried out.

    Returns: the candidates, unchanged as far as too little is known; None where no table is consistent: some row
        is then not what its digits seem to say.
    """
    new, carried_in, processed, carried_out = balance
    sides = [candidates.get(key, ()) for key in (new, carried_in, carried_out)]
    targets = set(candidates.get(processed, ()))
    ends: list[tuple[Reading, ...]] = []
    if all(sides) and prod(map(len, sides)) <= _MAX_SUMS:
        ends = [end for end in product(*sides) if not targets or _left(end) in targets]
        targets = {_left(end) for end in ends}
        if not targets:
            return None
    if not targets:
        return candidates
    held = dict(candidates)
    if all(candidates.get(key) for key in outcomes):
        result = _kept([candidates[key] for key in outcomes], targets)
        if result is None:
            return candidates
        kept, targets = result
        if not targets:
            return None
        held.update((key, tuple(sorted(vectors))) for key, vectors in zip(outcomes, kept, strict=True))
    if candidates.get(processed):
        held[processed] = tuple(sorted(targets))
    for i, key in enumerate((new, carried_in, carried_out)):
        if ends:
            held[key] = tuple(sorted({end[i] for end in ends if _left(end) in targets}))
    return held


def _left(end: tuple[Reading, ...]) -> _Vector:
    """What must have been processed: new + carried in - carried out, column by column."""
    new, carried_in, carried_out = end
    return tuple(a + b - c for a, b, c in zip(new, carried_in, carried_out, strict=True))


# ---- rows without a sum rule (section two) ------------------------------------------------------------

_CELL = {
    "count": r"(?:0|[1-9]\d*)[项件个]?",
    "change": r"(?:[-+−]|增加?|减少?|新增)?(?:0|[1-9]\d*)[项件个]?",
    "wan": r"(?:0|[1-9]\d*)(?:\.\d+)?(?:万元|元)?",
    "yuan": r"(?:0|[1-9]\d*)(?:\.\d+)?(?:万元|元)?",
}
_DASHES = frozenset("-/—无")


@lru_cache(maxsize=256)
def free_readings(text: str, kinds: tuple[str, ...], blanks: bool) -> tuple[tuple[str, ...], ...]:
    """All ways to cut ``text`` into cells of these kinds; with ``blanks`` a cell may be empty. A dash is a cell."""
    if not kinds:
        return () if text else ((),)
    found: list[tuple[str, ...]] = []
    if len(text) > MAX_DIGITS:
        return ()
    whole = re.compile(_CELL[kinds[0]])
    for cut in range(len(text) + 1):
        head = text[:cut]
        if whole.fullmatch(head) or head in _DASHES or (blanks and not head):
            found.extend((head, *rest) for rest in free_readings(text[cut:], kinds[1:], blanks))
    return tuple(found)
