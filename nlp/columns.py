"""Section five as a table: a row with "存在问题" and "改进措施" as its heads, and rows below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlp.drafts import Draft
from nlp.frames import Span
from nlp.kinds import acts, clauses, is_empty, lacks
from nlp.layout import side_of, trim
from nlp.records import Kind

LONGEST_HEAD = 16
_BAR = re.compile(r"[\t|]")


@dataclass(frozen=True, slots=True)
class Table:
    """Where the table stands, and what its cells state."""

    start: int
    end: int
    drafts: tuple[Draft, ...]


def find_table(text: str, start: int, end: int) -> Table | None:
    """The first table of problems and measures in ``text[start:end]`` (rows are lines, tabs or bars part cells)."""
    if _BAR.search(text, start, end) is None:
        return None
    lines = list(_lines(text, start, end))
    for i, line in enumerate(lines):
        sides = _heads(text, line)
        if not {"problem", "measure"} <= set(sides.values()):
            continue
        stop = i + 1
        drafts: list[Draft] = []
        while stop < len(lines) and _BAR.search(text, *lines[stop]):
            drafts += _row(text, lines[stop], sides, stop - i)
            stop += 1
        if drafts:
            return Table(line[0], lines[stop - 1][1], tuple(drafts))
    return None


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    """The lines of ``text[start:end]``."""
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        yield start, stop
        start = stop + 1


def _cells(text: str, line: Span) -> list[Span]:
    """The cells of a row, untrimmed."""
    cells: list[Span] = []
    at = line[0]
    while True:
        bar = _BAR.search(text, at, line[1])
        if bar is None:
            return [*cells, (at, line[1])]
        cells.append((at, bar.start()))
        at = bar.end()


def _heads(text: str, line: Span) -> dict[int, Kind]:
    """Which columns of a heading row hold problems and which measures."""
    sides: dict[int, Kind] = {}
    for i, cell in enumerate(_cells(text, line)):
        words = text[slice(*trim(text, *cell))]
        side = side_of(words) if len(words) <= LONGEST_HEAD and not lacks(words) else None
        if side and side[0] in {"problem", "measure"}:
            sides[i] = "problem" if side[0] == "problem" else "measure"
    return sides


def _row(text: str, line: Span, sides: dict[int, Kind], number: int) -> list[Draft]:
    """What the cells of one row state."""
    drafts = []
    for i, cell in enumerate(_cells(text, line)):
        begin, stop = trim(text, *cell)
        words = text[begin:stop]
        if i not in sides or all(is_empty(c.words) for c in clauses(words, 0, len(words))):
            continue
        if len(words) > 3 and (lacks(words) or acts(words) or len(words) > LONGEST_HEAD):
            drafts.append(Draft(begin, stop, sides[i], ordinal=number))
    return drafts
