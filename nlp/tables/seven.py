"""Which of a band's cells are the seven of a row of section three."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from nlp.tables import glued
from nlp.tables.bands import Band, Piece
from nlp.tables.found import trimmed, without_page_mark

WIDTH = 7


def grid_places(bands: Sequence[Band]) -> dict[int, tuple[int, ...] | int]:
    """Where each grid's rows have their seven cells, told by the rows that have no more and no fewer.

    Returns for a grid the seven columns, or, where its rows are shifted but all begin equally far from their
    labels, that distance; nothing for a grid whose rows do not agree in either.
    """
    columns: dict[int, set[tuple[int, ...]]] = {}
    distances: dict[int, set[int]] = {}
    for band in bands:
        low, high = trimmed(band)
        if band.grid is None or high == low:
            continue
        if high - low == WIDTH:
            columns.setdefault(band.grid, set()).add(band.columns[low:high])
            distances.setdefault(band.grid, set()).add(low)
        elif len(band.cells) == WIDTH:
            columns.setdefault(band.grid, set()).add(band.columns)
    places: dict[int, tuple[int, ...] | int] = {}
    for grid, seen in columns.items():
        if len(seen) == 1:
            places[grid] = next(iter(seen))
        elif len(distances.get(grid, ())) == 1:
            places[grid] = next(iter(distances[grid]))
    return places


def exact_seven(band: Band, places: dict[int, tuple[int, ...] | int]) -> list[Piece] | None:
    """The seven cells of a row whose blanks are known; None where it is open which cell is which."""
    low, high = trimmed(band)
    if high - low == WIDTH:
        return band.cells[low:high]
    if len(band.cells) == WIDTH:
        return band.cells
    empty = Piece("", band.start, band.start)
    if high == low:
        return [empty] * WIDTH
    known = places.get(band.grid) if band.grid is not None else None
    if known is None:
        return None
    if isinstance(known, int):
        cells = band.cells[known : known + WIDTH]
        return [*cells, *[empty] * (WIDTH - len(cells))] if low >= known and high <= known + WIDTH else None
    at = dict(zip(band.columns, band.cells, strict=True))
    if any(cell.text and column not in known for column, cell in at.items()):
        return None
    return [at.get(column, empty) for column in known]


def run_seven(band: Band) -> list[Piece] | None:
    """The seven cells of a run of numbers in text: on one line, or each on its own.

    A page mark or a lone page number on the line after them does not count. Seven numbers on two lines may be
    two rows that lost their blanks.
    """
    cells = without_page_mark(band.cells, WIDTH)
    first = [cell for cell in cells if cell.line == cells[0].line]
    if len(first) == WIDTH:
        rest = cells[WIDTH:]
        stray = not rest or (len(rest) == 1 and rest[0].text.isdigit() and len(rest[0].text) <= 3)
        return first if stray else None
    stacked = len(cells) == WIDTH and len({cell.line for cell in cells}) == WIDTH
    return cells if stacked else None


def _joins(first: Band | None, second: Band) -> bool:
    """Whether two bands of one-cell lines are one row that a page break cut in two."""
    if first is None or not (first.exact and second.exact) or first.grid is not None or second.grid is not None:
        return False
    return first.own and not second.own and len(first.cells) + len(second.cells) == WIDTH


def _regular(band: Band) -> bool:
    """Whether all cells stand on one line, each on its own, or whole rows of them on each."""
    lines = Counter(cell.line for cell in band.cells).values()
    return len(lines) == 1 or set(lines) == {1} or all(n % WIDTH == 0 for n in lines)


def several_rows(bands: Sequence[Band]) -> list[Band]:
    """Cut runs that hold several rows' numbers, seven by seven; join a row of one-cell lines cut in two."""
    out: list[Band] = []
    for band in bands:
        if _joins(out[-1] if out else None, band):
            out[-1].cells = out[-1].cells + band.cells
            continue
        count = len(band.cells)
        if band.exact or count <= WIDTH or count % WIDTH or not _regular(band):
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
