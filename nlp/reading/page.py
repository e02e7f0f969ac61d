"""One page with its geometry: characters into lines, drawn rules into table cells. For PDF and OFD alike.

Coordinates are points from the page's upper left corner; ``top`` < ``bottom``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nlp.normalise import clean

_SNAP = 3.0  # points: rules nearer than this are one
_MAX_EDGES = 1500  # after joining; beyond it the page is a drawing


class Char(NamedTuple):
    """One character with its box."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float


class Edge(NamedTuple):
    """A horizontal (top == bottom) or vertical (x0 == x1) rule."""

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
class TableBox:
    """A ruled table: ``places[r][c]`` is an index into ``cells``, -1 for a hole; ``xs`` are its column rules."""

    cells: list[str]
    places: list[list[int]]
    xs: list[float]
    ys: list[float]
    page: int

    @property
    def top(self) -> float:
        """Where the first row begins."""
        return self.ys[0]


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
    rest: Iterable[Char] = chars
    for box, bboxes in _tables(edges, number):
        rest = _fill(box, bboxes, rest)
        if any(text.strip() for text in box.cells):
            page.items.append(box)
    page.items.extend(text_lines(list(rest)))
    page.items.sort(key=lambda item: item.top)
    return page


def _tables(edges: Sequence[Edge], number: int) -> list[tuple[TableBox, int]]:
    """Tables that the rules draw; frames around a text (one cell) are none."""
    if len(edges) < 4:
        return []
    from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges

    rules = merge_edges([_rule(edge) for edge in edges], _SNAP, _SNAP, _SNAP, _SNAP)
    rules = [rule for rule in rules if max(rule["x1"] - rule["x0"], rule["bottom"] - rule["top"]) >= _SNAP]
    if len(rules) > _MAX_EDGES:
        return []
    boxes = intersections_to_cells(edges_to_intersections(rules, _SNAP, _SNAP))
    out = []
    for group in cells_to_tables(boxes):
        xs, ys = _stops(group, 0, 2), _stops(group, 1, 3)
        places = [[-1] * (len(xs) - 1) for _ in range(len(ys) - 1)]
        for index, (x0, top, x1, bottom) in enumerate(sorted(group, key=lambda b: (b[1], b[0]))):
            for row in range(_stop(ys, top), _stop(ys, bottom)):
                for column in range(_stop(xs, x0), _stop(xs, x1)):
                    places[row][column] = index
        out.append((TableBox([""] * len(group), places, xs, ys, number), len(group)))
    return out


def _rule(edge: Edge) -> dict[str, Any]:
    orientation = "h" if edge.x1 - edge.x0 >= edge.bottom - edge.top else "v"
    return {
        "x0": edge.x0, "x1": edge.x1, "top": edge.top, "bottom": edge.bottom, "doctop": edge.top,
        "width": edge.x1 - edge.x0, "height": edge.bottom - edge.top, "orientation": orientation,
        "object_type": "line",
    }  # fmt: skip


def _stops(boxes: Iterable[tuple[float, float, float, float]], low: int, high: int) -> list[float]:
    """Distinct rule positions of one axis; near ones are one."""
    stops: list[float] = []
    for value in sorted(box[side] for box in boxes for side in (low, high)):
        if not stops or value - stops[-1] > _SNAP:
            stops.append(value)
    return stops


def _stop(stops: Sequence[float], value: float) -> int:
    """Index of the stop that a position belongs to."""
    return max(0, bisect_right(stops, value + 0.01) - 1)


def _fill(box: TableBox, count: int, chars: Iterable[Char]) -> list[Char]:
    """Give each cell its characters; what lies outside comes back."""
    inside: list[list[Char]] = [[] for _ in range(count)]
    rest: list[Char] = []
    for char in chars:
        x, y = (char.x0 + char.x1) / 2, (char.top + char.bottom) / 2
        place = -1
        if box.xs[0] <= x < box.xs[-1] and box.ys[0] <= y < box.ys[-1]:
            place = box.places[bisect_right(box.ys, y) - 1][bisect_right(box.xs, x) - 1]
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
