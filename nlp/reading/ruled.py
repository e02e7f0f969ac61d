"""Drawn rules into table cells, also where a page break or the table's style left outer rules undrawn."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

SNAP = 3.0  # points: rules nearer than this are one, gaps shorter than this are closed
NARROW = 7.0  # points: no column or row is narrower
_DASH = 3.5  # points: what is drawn so small is a dot or dash
_ON_LINE = 1.0  # points: dots of one rule lie so exactly on it
_LOW = 12.0  # points: an empty row or column narrower than this is a gap between doubled rules
_MAX_RULES = 1500  # after joining; beyond it the page is a drawing
_MAX_BOXES = 20_000
_COVERED = 0.6  # share of a side that must be drawn to part two cells


class Edge(NamedTuple):
    """A horizontal (top == bottom) or vertical (x0 == x1) rule, or one dot or dash of a broken rule."""

    x0: float
    top: float
    x1: float
    bottom: float


class _Rule(NamedTuple):
    """A rule at one place across its direction, from ``low`` to ``high`` along it."""

    at: float
    low: float
    high: float


@dataclass(slots=True)
class TableBox:
    """A ruled table.

    Attributes:
        cells: texts of the cells.
        places: ``places[r][c]`` is an index into ``cells``.
        xs, ys: its column and row rules, in points, one more than columns and rows.
        page: 1-based.
        open_top, open_bottom: columns whose first cell has no rule above, whose last has none below.
    """

    cells: list[str]
    places: list[list[int]]
    xs: list[float]
    ys: list[float]
    page: int
    open_top: set[int] = field(default_factory=set)
    open_bottom: set[int] = field(default_factory=set)

    @property
    def top(self) -> float:
        """Where the first row begins."""
        return self.ys[0]

    def tidy(self) -> None:
        """Drop rows and columns that are only the gap between doubled rules: narrow, with no text of their own."""
        for row in reversed(range(len(self.places))):
            others = {p for i, line in enumerate(self.places) if i != row for p in line}
            if self.ys[row + 1] - self.ys[row] < _LOW and self._is_blank(set(self.places[row]) - others):
                del self.places[row], self.ys[row + (row > 0)]
        for column in reversed(range(len(self.xs) - 1)):
            others = {p for line in self.places for i, p in enumerate(line) if i != column}
            own = {line[column] for line in self.places} - others
            if self.xs[column + 1] - self.xs[column] < _LOW and self._is_blank(own):
                for line in self.places:
                    del line[column]
                del self.xs[column + (column > 0)]

    def _is_blank(self, cells: set[int]) -> bool:
        return not any(self.cells[cell].strip() for cell in cells)

    def place(self, x: float, y: float) -> int:
        """The cell at a point, -1 outside."""
        if not (self.xs[0] <= x < self.xs[-1] and self.ys[0] <= y < self.ys[-1]):
            return -1
        return self.places[bisect_right(self.ys, y) - 1][bisect_right(self.xs, x) - 1]


def find_tables(edges: Sequence[Edge], page: int) -> list[TableBox]:
    """Tables that the rules draw, from top to bottom; a frame around text (one cell) is none."""
    long = [e for e in edges if max(e.x1 - e.x0, e.bottom - e.top) > _DASH]
    broken = [e for e in edges if max(e.x1 - e.x0, e.bottom - e.top) <= _DASH]
    across = [_Rule((e.top + e.bottom) / 2, e.x0, e.x1) for e in long if e.x1 - e.x0 >= e.bottom - e.top]
    down = [_Rule((e.x0 + e.x1) / 2, e.top, e.bottom) for e in long if e.x1 - e.x0 < e.bottom - e.top]
    across = _merged(across + _runs(_Rule((e.top + e.bottom) / 2, e.x0, e.x1) for e in broken))
    down = _merged(down + _runs(_Rule((e.x0 + e.x1) / 2, e.top, e.bottom) for e in broken))
    if not across or not down or len(across) + len(down) > _MAX_RULES:
        return []
    boxes = [_table(rows, columns, page) for rows, columns in _connected(across, down)]
    return sorted((box for box in boxes if box is not None), key=lambda box: box.top)


def _runs(dots: Iterable[_Rule]) -> list[_Rule]:
    """Dotted and dashed rules: dots exactly on one line, with small gaps."""
    out: list[_Rule] = []
    line: list[_Rule] = []
    for dot in [*sorted(dots), None]:
        if line and (dot is None or dot.at - line[0].at > _ON_LINE):
            out.extend(_joined(line, SNAP + 1))
            line = []
        if dot is not None:
            line.append(dot)
    return [run for run in out if run.high - run.low >= NARROW]


def _merged(rules: Iterable[_Rule]) -> list[_Rule]:
    """Join rules of one direction that lie on one line; what stays shorter than a cell goes."""
    out: list[_Rule] = []
    line: list[_Rule] = []
    for rule in [*sorted(rules), None]:
        if line and (rule is None or rule.at - line[-1].at > SNAP or rule.at - line[0].at > NARROW):
            out.extend(_joined(line))
            line = []
        if rule is not None:
            line.append(rule)
    return [rule for rule in out if rule.high - rule.low >= NARROW]


def _joined(line: list[_Rule], gap: float = SNAP) -> Iterator[_Rule]:
    """Rules on one line, those that touch made one; a longer part counts for more in where it lies."""
    parts: list[_Rule] = []
    high = 0.0
    for rule in [*sorted(line, key=lambda r: r.low), None]:
        if parts and (rule is None or rule.low > high + gap):
            weight = sum(part.high - part.low + 0.01 for part in parts)
            at = sum(part.at * (part.high - part.low + 0.01) for part in parts) / weight
            yield _Rule(at, parts[0].low, high)
            parts = []
        if rule is not None:
            high = max(high, rule.high) if parts else rule.high
            parts.append(rule)


def _connected(across: list[_Rule], down: list[_Rule]) -> list[tuple[list[_Rule], list[_Rule]]]:
    """Groups of rules that touch: each is one table."""
    owner = list(range(len(across) + len(down)))

    def find(i: int) -> int:
        while owner[i] != i:
            owner[i] = owner[owner[i]]
            i = owner[i]
        return i

    for i, row in enumerate(across):
        for j, column in enumerate(down, len(across)):
            if row.low - SNAP <= column.at <= row.high + SNAP and column.low - SNAP <= row.at <= column.high + SNAP:
                owner[find(j)] = find(i)
    groups: dict[int, tuple[list[_Rule], list[_Rule]]] = {}
    for i, rule in enumerate([*across, *down]):
        groups.setdefault(find(i), ([], []))[i >= len(across)].append(rule)
    return [group for group in groups.values() if group[0] and group[1]]


def _stops(rules: Iterable[_Rule], others: Iterable[_Rule]) -> list[float]:
    """Places of the rules, and where those of the other direction end beyond them; near ones are one."""
    others = list(others)
    values = [rule.at for rule in rules] + [min(r.low for r in others), max(r.high for r in others)]
    stops: list[float] = []
    for value in sorted(values):
        if not stops or value - stops[-1] > NARROW:
            stops.append(value)
    return stops


def _drawn(rules: Iterable[_Rule], stops: Sequence[float], along: Sequence[float]) -> list[list[bool]]:
    """``drawn[i][k]``: whether stop i has a rule over the stretch between ``along[k]`` and ``along[k + 1]``."""
    lengths = [[0.0] * (len(along) - 1) for _ in stops]
    for rule in rules:
        row = lengths[max(0, bisect_right(stops, rule.at + 0.01) - 1)]
        for k in range(len(along) - 1):
            row[k] += max(0.0, min(rule.high, along[k + 1]) - max(rule.low, along[k]))
    return [[row[k] >= _COVERED * (along[k + 1] - along[k]) for k in range(len(row))] for row in lengths]


def _table(across: list[_Rule], down: list[_Rule], page: int) -> TableBox | None:
    """The cells between the rules of one table: boxes with no rule between them are one cell."""
    xs, ys = _stops(down, across), _stops(across, down)
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 1 or columns < 1 or not 1 < rows * columns <= _MAX_BOXES:
        return None
    below, beside = _drawn(across, ys, xs), _drawn(down, xs, ys)
    places = [[-1] * columns for _ in range(rows)]
    count = 0
    for row in range(rows):
        for column in range(columns):
            if places[row][column] < 0:
                _flood(places, (row, column), count, below, beside)
                count += 1
    if count < 2:
        return None
    count = _split_crooked(places, count)
    box = TableBox([""] * count, places, xs, ys, page)
    box.open_top = {c for c in range(columns) if not below[0][c]}
    box.open_bottom = {c for c in range(columns) if not below[rows][c]}
    return box


def _flood(
    places: list[list[int]], start: tuple[int, int], cell: int, below: list[list[bool]], beside: list[list[bool]]
) -> None:
    """Give a cell's number to all boxes that no rule parts from its first one."""
    stack = [start]
    while stack:
        row, column = stack.pop()
        if places[row][column] >= 0:
            continue
        places[row][column] = cell
        if row + 1 < len(places) and not below[row + 1][column]:
            stack.append((row + 1, column))
        if row and not below[row][column]:
            stack.append((row - 1, column))
        if column + 1 < len(places[0]) and not beside[column + 1][row]:
            stack.append((row, column + 1))
        if column and not beside[column][row]:
            stack.append((row, column - 1))


def _split_crooked(places: list[list[int]], count: int) -> int:
    """Part cells that are no rectangles, for lack of a rule, into their rows; gives the number of cells."""
    where: dict[int, list[tuple[int, int]]] = {}
    for row, line in enumerate(places):
        for column, cell in enumerate(line):
            where.setdefault(cell, []).append((row, column))
    for boxes in where.values():
        rows, columns = [row for row, _ in boxes], [column for _, column in boxes]
        if (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1) == len(boxes):
            continue
        last = (-1, -1)
        for row, column in boxes:
            if (row, column - 1) != last:
                count += 1
            places[row][column] = count - 1
            last = (row, column)
    return count
