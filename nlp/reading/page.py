"""One page with its geometry: characters into lines, drawn rules into table cells. For PDF and OFD alike.

Coordinates are points from the page's upper left corner; ``top`` < ``bottom``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nlp.normalise import clean
from nlp.reading.ruled import Edge, TableBox, find_tables

MARGIN = 0.12  # share of the page's height at its top and bottom where marks and running titles stand


class Char(NamedTuple):
    """One character with its box."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float


@dataclass(slots=True)
class TextLine:
    """A line of text outside tables."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def height(self) -> float:
        """Points from top to bottom."""
        return self.bottom - self.top


@dataclass(slots=True)
class PageLayout:
    """What stands on a page, from top to bottom."""

    number: int
    width: float
    height: float
    items: list[TextLine | TableBox] = field(default_factory=list)
    pictures: int = 0


def lay_out_page(
    number: int, size: tuple[float, float], chars: Sequence[Char], edges: Sequence[Edge], pictures: int = 0
) -> PageLayout:
    """Find tables, give each its characters, make lines of the rest."""
    page = PageLayout(number, *size, pictures=pictures)
    rest: list[Char] = list(chars)
    for box in find_tables(edges, number):
        _lengthen(box, rest, size[1])
        rest = _fill(box, rest)
        box.tidy()
        if any(text.strip() for text in box.cells):
            page.items.append(box)
    page.items.extend(text_lines(rest))
    page.items.sort(key=lambda item: item.top)
    return page


def _lengthen(box: TableBox, chars: list[Char], height: float) -> None:
    """Let the last row reach down over text that a page break pushed out of an undrawn cell's end.

    Only where the table ends the page's text: all that stands below it stands under open columns.
    """
    if not box.open_bottom or len(box.open_bottom) == len(box.xs) - 1:
        return
    bottom = box.ys[-1]
    for char in sorted((c for c in chars if c.top + c.bottom > 2 * box.ys[-1]), key=lambda c: c.top):
        if char.top > bottom + 1.2 * (char.bottom - char.top):
            if char.bottom < height * (1 - MARGIN):
                return  # running text goes on below
            break
        if bisect_right(box.xs, (char.x0 + char.x1) / 2) - 1 not in box.open_bottom:
            return
        bottom = max(bottom, char.bottom)
    box.ys[-1] = max(box.ys[-1], bottom)


def _fill(box: TableBox, chars: list[Char]) -> list[Char]:
    """Give each cell its characters; what lies outside comes back."""
    inside: list[list[Char]] = [[] for _ in box.cells]
    rest: list[Char] = []
    for char in chars:
        place = box.place((char.x0 + char.x1) / 2, (char.top + char.bottom) / 2)
        (inside[place] if place >= 0 else rest).append(char)
    box.cells = ["\n".join(line.text for line in text_lines(part)) for part in inside]
    return rest


def text_lines(chars: Sequence[Char]) -> list[TextLine]:
    """Group characters into lines, top to bottom, left to right; blanks are put where gaps are."""
    lines: list[list[Char]] = []
    middle = reach = 0.0
    for char in sorted(chars, key=lambda c: c.top + c.bottom):
        center, height = (char.top + char.bottom) / 2, char.bottom - char.top
        if lines and center - middle <= 0.4 * max(height, reach):
            lines[-1].append(char)
            reach = max(reach, height)
        else:
            lines.append([char])
            middle, reach = center, height
    return [line for line in map(_line, lines) if line.text]


def _line(chars: list[Char]) -> TextLine:
    chars.sort(key=lambda c: c.x0)
    parts: list[str] = []
    last: Char | None = None
    for char in chars:
        if last is not None:
            if char.text == last.text and abs(char.x0 - last.x0) < 0.3 * (char.x1 - char.x0):
                continue  # boldness by printing twice
            if _is_gap(last, char):
                parts.append(" ")
        parts.append(char.text)
        last = char
    inked = [char for char in chars if not char.text.isspace()] or chars
    text = " ".join(clean("".join(parts)).split())
    return TextLine(
        text, inked[0].x0, min(c.top for c in inked), max(c.x1 for c in inked), max(c.bottom for c in inked)
    )


def _is_gap(left: Char, right: Char) -> bool:
    """Whether the space between two characters reads as a blank."""
    gap, height = right.x0 - left.x1, max(right.bottom - right.top, 1.0)
    if left.text.isspace() or right.text.isspace():
        return False
    if left.text.isascii() and right.text.isascii():
        return gap > 0.22 * height
    return gap > 1.2 * height
