"""The table of section four: reviews and lawsuits, three blocks by five outcomes, in one row or turned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from nlp.forms import Axis, Column, Row, common, review_axes
from nlp.records import Document, Grid
from nlp.tables import glued
from nlp.tables.anchors import is_prose, runs
from nlp.tables.bands import Band, Piece, plain, read_bands
from nlp.tables.cells import AMBIGUOUS, Reading, is_value, read_cell
from nlp.tables.found import FoundCell, FoundTable, blank_row, trimmed, without_page_mark

BLOCKS, OUTCOMES = 3, 5
_ALL = BLOCKS * OUTCOMES
_GAP = 200
_LABEL_END = re.compile(r"(?:维持|纠正|结果|审结|总计|起诉|复议)$")
_HEADER = re.compile(r"行政复议|行政诉讼|表四")


@cache
def review_rows() -> tuple[Row, ...]:
    """The blocks as rows, the outcomes as their columns."""
    blocks, outcomes = review_axes()
    columns = tuple(Column(outcome.key, outcome.name) for outcome in outcomes)
    return tuple(Row(block.key, block.name, block.name, block.pattern.pattern, columns) for block in blocks)


def find_region(text: str, after: int = 0) -> tuple[int, int] | None:
    """Where the table stands: the last dense run of its header words from ``after`` on; None without one.

    Sentences that report outcomes ("结果维持2件，结果纠正1件") are no header: a number with its unit follows
    most of their words.
    """
    data = common()["review"]
    for run in reversed(runs(text, data["anchors"], _GAP, after)):
        if len({anchor for _, _, anchor in run}) < 3 or is_prose(text, run):
            continue
        start, last = run[0][0], run[-1][1]
        header = _HEADER.search(text, max(after, start - 80), start)
        stop = re.compile(data["ends"]).search(text, last, last + 500)
        return header.start() if header else start, stop.start() if stop else min(len(text), last + 500)
    return None


def _which(text: str, axes: tuple[Axis, ...]) -> int | None:
    """The one block or outcome that header text names."""
    found = [i for i, axis in enumerate(axes) if axis.pattern.search(text)]
    if len(found) > 1 and axes[0].key == "review":  # 行政复议 is part of "未经复议", "复议后起诉"
        found = [i for i in found if i != 0] if "诉" in text else found[:1]
    return found[0] if len(found) == 1 else None


def _by_headers(grid: Grid, region: tuple[int, int]) -> dict[tuple[int, int], Piece]:
    """Cells of a grid by what the header cells above and beside them say."""
    blocks, outcomes = review_axes()
    places: dict[tuple[int, int], Piece] = {}
    above: dict[int, str] = {}
    for row in grid.rows:
        beside = ""
        seen: set[tuple[int, int]] = set()
        valued = any(is_value(cell.text) for cell in row)
        for column, cell in enumerate(row):
            if not region[0] <= cell.start < region[1]:
                continue
            words = plain(cell.text)
            if words and not is_value(cell.text):
                above[column] = above.get(column, "") + "," + words if not valued else above.get(column, "")
                beside += "," + words
                continue
            if not valued or (cell.text and (cell.start, cell.end) in seen):
                continue
            seen.add((cell.start, cell.end))
            path = above.get(column, "") + beside
            block, outcome = _which(path, blocks), _which(path, outcomes)
            if block is None or outcome is None or ((block, outcome) in places and places[block, outcome].text):
                if cell.text:
                    return {}
                continue
            places[block, outcome] = Piece(cell.text, cell.start, cell.end)
    return places if any(piece.text for piece in places.values()) else {}


def _by_order(bands: Sequence[Band]) -> dict[tuple[int, int], Piece]:
    """Cells by their order: fifteen in one run, or five (three) beside each block's (outcome's) name."""
    blocks, outcomes = review_axes()
    filled = [band for band in bands if band.filled]
    if len(filled) == 1:
        low, high = trimmed(filled[0])
        cells = filled[0].cells if len(filled[0].cells) == _ALL else filled[0].cells[low:high]
        cells = cells if filled[0].exact else without_page_mark(cells, _ALL)
        if len(cells) == _ALL:
            return {divmod(i, OUTCOMES): cell for i, cell in enumerate(cells)}
        return {}
    for axes, width in ((blocks, OUTCOMES), (outcomes, BLOCKS)):
        if len(filled) != len(axes):
            continue
        places: dict[tuple[int, int], Piece] = {}
        for band in filled:
            at = _last_named(band.label, axes)
            low, high = trimmed(band)
            cells = band.cells if len(band.cells) == width else band.cells[low:high]
            if at is None or len(cells) != width:
                break
            places.update({((at, i) if axes is blocks else (i, at)): cell for i, cell in enumerate(cells)})
        if len(places) == _ALL:
            return places
    return _one_by_one(filled) if len(filled) == _ALL else {}


def _last_named(text: str, axes: tuple[Axis, ...]) -> int | None:
    """The block or outcome that is named last in the text."""
    ends = [(max((m.end() for m in axis.pattern.finditer(text)), default=-1), i) for i, axis in enumerate(axes)]
    best = max(ends)
    if best[0] < 0:
        return None
    tied = [i for end, i in ends if end >= best[0] - 3 and i != best[1]]
    return best[1] if not tied or axes[0].key != "review" else max(best[1], *tied)


def _one_by_one(filled: Sequence[Band]) -> dict[tuple[int, int], Piece]:
    """Fifteen numbers, each beside its own label, in the form's order."""
    _, outcomes = review_axes()
    places = {}
    for i, band in enumerate(filled):
        if len(band.cells) != 1 or _last_named(band.label, outcomes) != i % OUTCOMES:
            return {}
        places[divmod(i, OUTCOMES)] = band.cells[0]
    return places


def _glued(bands: Sequence[Band]) -> dict[str, dict[str, FoundCell]]:
    """Cells of fifteen numbers that ran together, by the sums of the three blocks (T4-A)."""
    filled = [band for band in bands if band.filled]
    if len(filled) != 1 or filled[0].exact or not all(c.text.isdigit() and c.text.isascii() for c in filled[0].cells):
        return {}
    band = filled[0]
    digits = "".join(cell.text for cell in band.cells)
    if len(band.cells) > 1 and not any(len(c.text) > 1 and c.text[0] == "0" for c in band.cells):
        return {}
    found = glued.blocks(digits, (OUTCOMES,) * BLOCKS)
    if not found:
        return {}
    places = glued.spans(found[0], band.start) if len(found) == 1 and len(band.cells) == 1 else None
    out: dict[str, dict[str, FoundCell]] = {row.key: {} for row in review_rows()}
    for i, value in enumerate(glued.agreed(found)):
        row = review_rows()[i // OUTCOMES]
        start, end = places[i] if places else (band.start, band.end)
        reading = AMBIGUOUS if value is None else Reading(value, "zero" if value == 0 else "number")
        out[row.key][row.columns[i % OUTCOMES].key] = FoundCell(reading, str(value) if places else digits, start, end)
    return out


def _total_leads(places: dict[tuple[int, int], Piece]) -> bool:
    """Whether the sums say that each block prints its 总计 first: then the form's order would move its numbers."""
    front = back = 0
    for block in range(BLOCKS):
        values = [read_cell(places[block, i].text).value for i in range(OUTCOMES) if (block, i) in places]
        known = [value for value in values if value is not None]
        if len(known) == OUTCOMES and any(known):
            front += known[0] == sum(known[1:]) != known[-1]
            back += known[-1] == sum(known[:-1])
    return front > 1 and not back


def _cells(places: dict[tuple[int, int], Piece]) -> dict[str, dict[str, FoundCell]]:
    out: dict[str, dict[str, FoundCell]] = {}
    for (block, outcome), piece in sorted(places.items()):
        row = review_rows()[block]
        cell = FoundCell(read_cell(piece.text), piece.text, piece.start, piece.end)
        out.setdefault(row.key, {})[row.columns[outcome].key] = cell
    return out


def _single(bands: Sequence[Band]) -> list[Band]:
    """Bands as they are; two half rows that a page break made are one."""
    filled = [band for band in bands if band.filled]
    if len(filled) == 2 and sum(len(band.cells) for band in filled) == _ALL and not filled[1].own:
        first, second = filled
        return [Band(first.label, first.cells + second.cells, first.exact, first.own, glued=first.glued)]
    return list(bands)


def _in_grids(document: Document, region: tuple[int, int]) -> dict[tuple[int, int], Piece]:
    """Cells that the headers of one or several grids place; nothing where two grids claim one place."""
    places: dict[tuple[int, int], Piece] = {}
    for grid in document.grids:
        if grid.start < region[1] and grid.end > region[0]:
            found = _by_headers(grid, region)
            if any(place in places and places[place].text != piece.text for place, piece in found.items()):
                return {}
            places.update(found)
    return places


def read_review(document: Document, region: tuple[int, int]) -> FoundTable:
    """Read the table of section four that stands at ``region`` (:func:`find_region`)."""
    table = FoundTable(rows=review_rows())
    places = _in_grids(document, region)
    if len(places) == _ALL:
        table.cells = _cells(places)
        return table
    best: dict[str, dict[str, FoundCell]] = {}
    seen = False
    for use_grids in (True, False) if document.grids else (True,):
        bands = _single(read_bands(document, *region, _LABEL_END, use_grids=use_grids)[0])
        ordered = _by_order(bands)
        best = best or _cells({} if _total_leads(ordered) else ordered) or _glued(bands)
        seen = seen or any(band.filled for band in bands)
    best = best or _cells(places)
    table.cells = best if best or seen else {row.key: blank_row(row, region[0]) for row in table.rows}
    table.complete = bool(table.cells)
    return table
