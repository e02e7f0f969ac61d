"""Which of a band's cells are the seven of a row of section three."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from nlp.tables import glued
from nlp.tables.bands import Band, Piece
from nlp.tables.found import trimmed, without_page_mark

WIDTH = 7


def grid_columns(bands: Sequence[Band]) -> dict[int, tuple[int, ...]]:
    """For each grid the seven columns that all its full rows use; nothing where rows are shifted."""
    seen: dict[int, set[tuple[int, ...]]] = {}
    for band in bands:
        if band.grid is None:
            continue
        low, high = trimmed(band)
        if high - low == WIDTH:
            seen.setdefault(band.grid, set()).add(band.columns[low:high])
    return {grid: next(iter(columns)) for grid, columns in seen.items() if len(columns) == 1}


def exact_seven(band: Band, columns: dict[int, tuple[int, ...]]) -> list[Piece] | None:
    """The seven cells of a row whose blanks are known; None where it is open which cell is which."""
    low, high = trimmed(band)
    if high - low == WIDTH:
        return band.cells[low:high]
    if len(band.cells) == WIDTH:
        return band.cells
    empty = Piece("", band.start, band.start)
    if high == low:
        return [empty] * WIDTH
    known = columns.get(band.grid) if band.grid is not None else None
    if known is None:
        return None
    places = dict(zip(band.columns, band.cells, strict=True))
    if any(cell.text and column not in known for column, cell in places.items()):
        return None
    return [places.get(column, empty) for column in known]


def run_seven(band: Band) -> list[Piece] | None:
    """The seven cells of a run of numbers in text: all of them, or those of its one line that has seven."""
    cells = without_page_mark(band.cells, WIDTH)
    if len(cells) == WIDTH:
        return cells
    lines = Counter(cell.line for cell in band.cells)
    full = [line for line, count in lines.items() if count == WIDTH]
    if len(full) == 1 and len(lines) > 1:
        return [cell for cell in band.cells if cell.line == full[0]]
    return None


def several_rows(bands: Sequence[Band]) -> list[Band]:
    """Cut runs that hold several rows' numbers, seven by seven."""
    out: list[Band] = []
    for band in bands:
        count = len(band.cells)
        lines = Counter(cell.line for cell in band.cells).values()
        regular = len(lines) == 1 or set(lines) == {1} or all(n % WIDTH == 0 for n in lines)
        if band.exact or count <= WIDTH or count % WIDTH or not regular:
            out.append(band)
            continue
        for at in range(0, count, WIDTH):
            first, final = at == 0, at + WIDTH == count
            part = Band(band.label if first else "", band.cells[at : at + WIDTH], False, band.own and first)
            part.follows, part.after = band.follows and final, band.after if final else ""
            out.append(part)
    return out


def glued_digits(band: Band) -> str | None:
    """The digits of a row whose cells ran together; None where they stand apart."""
    if band.exact or len(band.cells) == WIDTH or not all(c.text.isdigit() and c.text.isascii() for c in band.cells):
        return None
    if len(band.cells) == 1 and (band.glued or len(band.cells[0].text) >= WIDTH):
        return band.cells[0].text
    if any(len(cell.text) > 1 and cell.text[0] == "0" for cell in band.cells):
        return "".join(cell.text for cell in band.cells)
    return None


def choices(band: Band, digits: str) -> tuple[str, tuple[glued.Reading, ...]]:
    """The readings of a glued row under T3-C; a last digit that is the next label's ordinal may go."""
    found = glued.summing(digits, WIDTH)
    if not found and band.spare and digits[-1] in "12345678":
        shorter = glued.summing(digits[:-1], WIDTH)
        if shorter:
            return digits[:-1], shorter
    return digits, found
