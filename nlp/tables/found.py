"""What a table's own module hands over: the cells found, each with its reading and its place in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nlp.forms import Row
from nlp.tables.bands import Band, Piece
from nlp.tables.cells import AMBIGUOUS, BLANK, Reading

_DASHES = frozenset("-—–")


@dataclass(slots=True)
class FoundCell:
    """One place of a table: what it says and where that is written."""

    reading: Reading
    raw: str
    start: int
    end: int


@dataclass(slots=True)
class FoundTable:
    """A table's cells by row and column key; ``complete`` is False where rows or numbers found no place."""

    cells: dict[str, dict[str, FoundCell]] = field(default_factory=dict)
    complete: bool = True
    rows: Sequence[Row] = ()

    def known(self) -> int:
        """How many cells hold a value."""
        return sum(cell.reading.value is not None for row in self.cells.values() for cell in row.values())


def ambiguous_row(band: Band, row: Row) -> dict[str, FoundCell]:
    """Cells of a row whose numbers cannot be told apart."""
    raw = " ".join(cell.text for cell in band.cells if cell.text)
    return {column.key: FoundCell(AMBIGUOUS, raw, band.start, band.end) for column in row.columns}


def blank_row(row: Row, at: int) -> dict[str, FoundCell]:
    """Cells of a row that is printed without any number."""
    cell = FoundCell(BLANK, "", at, at)
    return {column.key: cell for column in row.columns}


def trimmed(band: Band) -> tuple[int, int]:
    """First and one past the last cell of a band that is not empty."""
    filled = [i for i, cell in enumerate(band.cells) if cell.text]
    return (filled[0], filled[-1] + 1) if filled else (0, 0)


def without_page_mark(cells: list[Piece], width: int) -> list[Piece]:
    """Drop the three pieces of a page mark ("- 3 -") that ran into a row of ``width`` cells."""
    for mark, rest in ((cells[-3:], cells[:-3]), (cells[:3], cells[3:])):
        if len(rest) == width and [c.text in _DASHES for c in mark] == [True, False, True] and mark[1].text.isdigit():
            return rest
    return cells


def same_cells(a: Band, b: Band) -> bool:
    """Whether two bands print the same."""
    return [cell.text for cell in a.cells] == [cell.text for cell in b.cells]
