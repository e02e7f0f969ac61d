"""Which row of the form each band of cells is: by label and position together.

A label that is printed beside its cells decides. Where it is damaged, missing or elsewhere (a PDF may print it
above or below the numbers), the place decides: as many unnamed bands between two named rows as the form has
rows there can only be those rows. What neither decides stays unplaced; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from nlp.forms import Row
from nlp.tables.bands import Band

_NOTE = re.compile(r"\([^()]*\)")
_NUMBERED = re.compile(r"\d[.、,)]|\([一二三四五六七]\)|[一二三四五六七]、")
_SPLIT = re.compile(r"\d[.、,)）]|\([一二三四五六七]\)|[一二三四五六七]、|情况|信息内容|数量")


@dataclass(slots=True)
class Placement:
    """Where the bands went: row index → bands, rows whose label stands without cells, bands without a row."""

    rows: dict[int, list[Band]] = field(default_factory=dict)
    named: set[int] = field(default_factory=set)
    unplaced: list[Band] = field(default_factory=list)


class Labels:
    """The rows of one table and the patterns of their labels, compiled once."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Compile; the patterns of rows must not capture."""
        self.rows = tuple(rows)
        self.pattern = re.compile("|".join(f"({row.pattern})" for row in self.rows))
        if self.pattern.groups != len(self.rows):
            message = "patterns of rows must not capture"
            raise ValueError(message)
        inner = "|".join(f"(?:{row.pattern})" for row in self.rows)
        self.end = re.compile(rf"(?:{inner})(?:\([^()]{{0,30}}\))?[:.、,]?$")

        # Reports print the same labels over and over: one search each is enough.
        self.found = lru_cache(maxsize=2048)(self._found)
        self.last = lru_cache(maxsize=2048)(self._last)

    def _found(self, text: str) -> tuple[int, ...]:
        """The rows whose labels stand in the text, in its order."""
        return tuple(match.lastindex - 1 for match in self.pattern.finditer(text) if match.lastindex)

    def _last(self, text: str) -> int | None:
        """The row that the end of ``text`` names; None where an unreadable label stands after the last one."""
        matches = list(self.pattern.finditer(text))
        if not matches or matches[-1].lastindex is None:
            return self.near(text)
        index = matches[-1].lastindex - 1
        rest = _NOTE.sub("", text[matches[-1].end() :]).strip(":.,、;)")
        if not rest or rest in self.rows[index].label:
            return index
        near = self.near(rest)
        if near is not None or _NUMBERED.search(rest) or len(rest) > 14:
            return near
        return index

    def near(self, text: str) -> int | None:
        """The one row whose printed label the end of ``text`` resembles (slips of OCR or typing), else None."""
        tail = next((part for part in reversed(_SPLIT.split(text)) if part), "")
        if not 3 <= len(tail) <= 45:
            return None
        limit = max(1, len(tail) // 4)
        scores = sorted((distance(tail, row.label, limit + 2), index) for index, row in enumerate(self.rows))
        if scores[0][0] > limit or (len(scores) > 1 and scores[1][0] - scores[0][0] < 2):
            return None
        return scores[0][1]


def distance(a: str, b: str, limit: int) -> int:
    """Edit distance of two short texts; anything above ``limit`` comes back as ``limit + 1``."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
    return min(row[-1], limit + 1)


def _own_row(band: Band, before: Band | None, labels: Labels) -> int | None:
    """The row that the label beside the cells names."""
    if labels.found(band.label):
        return labels.last(band.label)
    if before is not None and not before.filled:  # a page break may have cut the row, and its label, in two
        joined = labels.found(before.label + band.label)
        if joined and joined != labels.found(before.label):
            return joined[-1]
    return labels.near(band.label)


def _reads_before(bands: Sequence[Band], tail: str, labels: Labels) -> bool | None:
    """Whether running text prints labels before their numbers (True) or after (False); None: both ways."""
    text = [band for band in bands if not band.exact]
    if not text:
        return True
    before = sum(band.own and not band.follows for band in text)
    after = sum(band.follows and not band.own for band in text)
    if before > 2 * after:
        return True
    if after > 2 * before:
        return False
    if labels.found(text[0].label):
        return True
    return False if labels.found(tail) else None


def _fill(hits: list[int | None], latest: Sequence[int], free: Callable[[int], bool], count: int) -> None:
    """Give unnamed bands the rows between their named neighbours where the numbers of both are equal.

    ``latest``: for each band the last row of the form that is named before it; it cannot be an earlier one.
    """
    at = 0
    while at < len(hits):
        if hits[at] is not None:
            at += 1
            continue
        end = at
        while end < len(hits) and hits[end] is None:
            end += 1
        low = hits[at - 1] if at else -1
        high = hits[end] if end < len(hits) else count
        if low is not None and high is not None and low < high:
            between = [row for row in range(low + 1, high) if free(row)]
            if len(between) == end - at and all(map(int.__ge__, between, latest[at:end])):
                hits[at:end] = between
        at = end


def place(bands: Sequence[Band], tail: str, labels: Labels) -> Placement:
    """Place bands on the rows of a table.

    Args:
        bands: in reading order; those without any value only name rows.
        labels: the table's rows.
        tail: label text after the last band.
    """
    filled = [band for band in bands if band.filled]
    result = Placement()
    mode = _reads_before(filled, tail, labels)
    hits: list[int | None] = []
    previous: dict[int, Band | None] = {}
    for i, band in enumerate(bands):
        previous[id(band)] = bands[i - 1] if i else None
    line_labels = sum(band.own for band in filled if not band.exact) >= 2
    for band in filled:
        if band.exact:
            hits.append(_own_row(band, previous[id(band)], labels) if band.own else None)
        elif mode is False:
            found = labels.found(band.after)
            hits.append(found[0] if found else None)
        elif mode is None or (line_labels and not band.own):
            hits.append(None)
        else:
            hits.append(_own_row(band, None, labels))
    named = [hit for hit in hits if hit is not None]
    taken = set(named)
    if named == sorted(named):  # else the rows stand in another order than the form's, and places tell nothing
        latest = [max(labels.found(band.label), default=-1) for band in filled]
        _fill(hits, latest, lambda row: row not in taken, len(labels.rows))
    for band, hit in zip(filled, hits, strict=True):
        if hit is None:
            result.unplaced.append(band)
        else:
            result.rows.setdefault(hit, []).append(band)
    for text in [*(band.label for band in bands), tail]:
        result.named.update(labels.found(text))
    return result
