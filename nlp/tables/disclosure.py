"""The table of section two: documents, licences, penalties, fees; its rows and columns depend on the form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from nlp.forms import Column, Form, Row, common, form
from nlp.records import Document
from nlp.tables.align import Labels, Placement, place
from nlp.tables.anchors import Anchor, densest
from nlp.tables.bands import Band, Piece, plain, read_bands
from nlp.tables.cells import AMBIGUOUS, read_cell
from nlp.tables.found import FoundCell, FoundTable, ambiguous_row, blank_row, same_cells, trimmed, without_page_mark
from nlp.tables.glued import free_readings

_GAP = 220
_MONEY_UNIT = r"\(?(?:计量)?(?:单位:?)?(?:人民币)?(亿元|万元|千元|元)"


@cache
def _labels(told: str) -> Labels:
    return Labels(form("2019" if told == "2019" else "2021").disclosure)


def find_region(text: str) -> tuple[int, int] | None:
    """Where the table stands: the densest run of its header words; None where there is none."""
    data = common()["disclosure"]
    run = densest(text, data["anchors"], _GAP)
    kinds = {anchor for _, _, anchor in run}
    if len(kinds) < 2 or (len(kinds) == 2 and 0 not in kinds):
        return None
    last = run[-1][1]
    stop = re.compile(data["ends"]).search(text, last, last + 300)
    return _start(run), stop.start() if stop else min(len(text), last + 300)


def _start(run: list[Anchor]) -> int:
    """Where the header begins: at 信息内容 and the clause before it; sentences before it may use its words."""
    first = next((i for i, (_, _, anchor) in enumerate(run) if anchor == 0), 0)
    clause = run[first - 1]
    return clause[0] if first and clause[2] == 1 and run[first][0] - clause[1] <= 40 else run[first][0]


def tell_form(*stretches: str) -> Form | None:
    """The form whose own header words stand in the tables' text; None where neither's do."""
    text = plain("".join(stretches))
    counts = {name: sum(re.search(mark, text) is not None for mark in form(name).marks) for name in ("2019", "2021")}
    if counts["2019"] == counts["2021"]:
        return None
    return form("2019" if counts["2019"] > counts["2021"] else "2021")


def _order(columns: tuple[Column, ...], header: str) -> tuple[Column, ...]:
    """The columns as the header prints them; the form's order where the header does not say all."""
    if len(columns) < 2:
        return columns
    places = []
    for column in columns:
        found = list(re.finditer(column.pattern, header))
        if not found:
            return columns
        places.append(found[-1].start())
    if len(set(places)) < len(places):
        return columns
    return tuple(column for _, column in sorted(zip(places, columns, strict=True), key=lambda pair: pair[0]))


def _header_unit(column: Column, header: str) -> str | None:
    """The money unit that the column's header names."""
    if not column.unit:
        return None
    match = re.search(f"(?:{column.unit}){_MONEY_UNIT}", header)
    return match[1] if match else None


def _pieces(band: Band, width: int) -> list[Piece] | None:
    """The cells of a row that has ``width`` of them; None where it is open which is which."""
    if not band.exact:
        cells = without_page_mark(band.cells, width)
        first = [cell for cell in cells if cell.line == cells[0].line]
        return cells if len(cells) == width else first if len(first) == width else None
    low, high = trimmed(band)
    if high - low == width:
        return band.cells[low:high]
    return band.cells if len(band.cells) == width else None


def _glued_row(
    band: Band, row: Row, columns: tuple[Column, ...], units: list[str | None], filled_in: bool
) -> dict[str, FoundCell]:
    """Cells of a row whose digits ran together: those on which all ways to cut them agree."""
    text = band.cells[0].text
    kinds = tuple(column.kind for column in columns)
    # With a sign between them, or more digits than cells, a blank cell would leave the same text.
    single = text.isdigit() and len(text) == len(kinds)
    found = free_readings(text, kinds, blanks=not filled_in or ("change" in kinds and not single))
    if not found or band.torn:
        return ambiguous_row(band, row)
    out: dict[str, FoundCell] = {}
    at = band.start
    for i, column in enumerate(columns):
        texts = {reading[i] for reading in found}
        raw = found[0][i]
        if len(texts) > 1:
            out[column.key] = FoundCell(AMBIGUOUS, text, band.start, band.end)
            continue
        span = (at, at + len(raw)) if len(found) == 1 else (band.start, band.end)
        out[column.key] = FoundCell(read_cell(raw, column.kind, units[i]), raw, *span)
        at += len(raw)
    return out


def _is_glued(band: Band, width: int) -> bool:
    return not band.exact and band.glued and len(band.cells) == 1 and width > 1


def _zeros_printed(placement: Placement, rows: tuple[Row, ...]) -> bool:
    """Whether glued rows show that no cell was left blank: one is all zeros, and none has too few digits."""
    texts = [
        (bands[0].cells[0].text, len(rows[index].columns))
        for index, bands in placement.rows.items()
        if _is_glued(bands[0], len(rows[index].columns))
    ]
    enough = all(sum(char.isdigit() for char in text) >= width for text, width in texts)
    return enough and any(text == "0" * width for text, width in texts)


def _fit(placement: Placement, rows: tuple[Row, ...], document: Document, region: tuple[int, int]) -> FoundTable:
    """Give each placed band's cells their columns."""
    table = FoundTable(complete=not placement.unplaced, rows=rows)
    filled_in = _zeros_printed(placement, rows)
    for index, bands in placement.rows.items():
        row, band = rows[index], bands[0]
        header = plain(document.text[region[0] : band.start])
        columns = _order(row.columns, header)
        units = [_header_unit(column, header) for column in columns]
        pieces = _pieces(band, len(columns))
        if any(not same_cells(band, other) for other in bands[1:]):
            table.cells[row.key] = ambiguous_row(band, row)
        elif _is_glued(band, len(columns)):
            table.cells[row.key] = _glued_row(band, row, columns, units, filled_in)
        elif pieces is None:
            table.cells[row.key] = ambiguous_row(band, row)
        else:
            table.cells[row.key] = {
                column.key: FoundCell(read_cell(piece.text, column.kind, unit), piece.text, piece.start, piece.end)
                for column, piece, unit in zip(columns, pieces, units, strict=True)
            }
    return table


def _without_strays(bands: Sequence[Band]) -> list[Band]:
    """Drop lone small numbers between rows whose numbers stand beside their labels: marks of pages."""
    text = [band for band in bands if not band.exact]
    if sum(band.own for band in text) * 2 < len(text):
        return list(bands)
    return [b for b in bands if b.exact or b.own or b.follows or len(b.cells) > 1 or len(b.cells[0].text) > 3]


def _read(document: Document, region: tuple[int, int], labels: Labels, use_grids: bool) -> FoundTable:
    rows = labels.rows
    bands, tail = read_bands(document, *region, labels.end, use_grids=use_grids)
    placement = place(_without_strays(bands), tail, labels)
    table = _fit(placement, rows, document, region)
    for i in sorted(placement.named):
        if rows[i].key not in table.cells:
            table.cells[rows[i].key] = blank_row(rows[i], region[0])
    table.complete = table.complete and len(table.cells) == len(rows)
    return table


def read_disclosure(document: Document, region: tuple[int, int], told: Form) -> FoundTable:
    """Read the table of section two that stands at ``region`` (:func:`find_region`) in the form told."""
    table = _read(document, region, _labels(told.name), use_grids=True)
    if document.grids and table.known() == 0:
        text = _read(document, region, _labels(told.name), use_grids=False)
        table = text if text.known() > table.known() else table
    return table
