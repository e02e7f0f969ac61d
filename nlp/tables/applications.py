"""The table of section three: requests received and what became of them, 25 or 23 rows by 7 columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from nlp.forms import Column, Row, application_columns, application_rows, common
from nlp.records import Document
from nlp.tables import glued
from nlp.tables.align import Labels, Placement, place
from nlp.tables.anchors import Anchor, densest, is_prose
from nlp.tables.bands import Band, read_bands
from nlp.tables.cells import AMBIGUOUS, Reading, read_cell
from nlp.tables.found import FoundCell, FoundTable, ambiguous_row, blank_row, same_cells
from nlp.tables.header import cells_of_six, printed_columns
from nlp.tables.seven import WIDTH, choices, exact_seven, glued_digits, grid_places, run_seven, several_rows

_THREE = frozenset({"other_no_correction", "other_fee_unpaid", "other_misc"})
_BALANCE = ("received_new", "carried_in", "processed_total", "carried_out")
_SUB_ROWS = re.compile(r"3[.、]\s*其他\s*[\d|（(]|逾\s*期\s*不\s*补\s*正|逾\s*期\s*未\s*(?:按|缴|交)")
# How far text without any row label may reach within one table, how far after its last one, and how many
# labels make a table.
_GAP = 320
_REACH = 1500
_MIN_ROWS = 5
# How many rows may break their own sum before all of a glued table is in doubt.
_BROKEN = 3


def find_region(text: str) -> tuple[int, int] | None:
    """Where the table stands: the densest run of its row labels, with its header; None where there is none."""
    data = common()["applications"]
    run = densest(text, data["anchors"], _GAP)
    if len({anchor for _, _, anchor in run}) < _MIN_ROWS or is_prose(text, run):
        return None
    start, last = _start(text, run), run[-1][1]
    stop = re.compile(data["ends"]).search(text, last, last + _REACH)
    return start, stop.start() if stop else min(len(text), last + _REACH)


def _start(text: str, run: list[Anchor]) -> int:
    """Where the table's header begins, or its first label; sentences that name rows before the header are none."""
    data = common()["applications"]
    rows = len(data["anchors"]) - data["header_anchors"]
    heads = [i for i, (_, _, anchor) in enumerate(run) if anchor >= rows]
    if heads and len(run) - heads[0] > 2 * heads[0]:
        return run[heads[0]][0]
    start = run[0][0]
    # The header may stand before the first label, or the first rows' labels may be unreadable.
    low = max(0, start - 700)
    header = re.compile(data["header"]).search(text, low, start)
    if header is None and run[0][2]:
        header = re.compile(data["heading"]).search(text, low, start)
    return header.start() if header else start


def _glued_row(band: Band, digits: str, left: tuple[glued.Reading, ...], row: Row) -> dict[str, FoundCell]:
    """Cells of a glued row from the readings that the sum rules leave; none left, none known."""
    if not left:
        return ambiguous_row(band, row)
    places = glued.spans(left[0], band.start) if len(left) == 1 and len(band.cells) == 1 else None
    out = {}
    for i, (column, value) in enumerate(zip(row.columns, glued.agreed(left), strict=True)):
        start, end = places[i] if places else (band.start, band.end)
        reading = AMBIGUOUS if value is None else Reading(value, "zero" if value == 0 else "number")
        out[column.key] = FoundCell(reading, str(value) if places else digits, start, end)
    return out


def _fit(
    placement: Placement,
    rows: Sequence[Row],
    places: dict[int, tuple[int, ...] | int],
    columns: tuple[Column, ...],
) -> FoundTable:
    """Give each placed band's cells their columns; ``columns`` are those printed, in their order."""
    standard = columns == application_columns()
    table = FoundTable(complete=not placement.unplaced, rows=rows)
    digits: dict[str, str] = {}
    left: dict[str, tuple[glued.Reading, ...]] = {}
    for index, bands in placement.rows.items():
        row, band = rows[index], bands[0]
        joined = glued_digits(band)
        if len(columns) < WIDTH:
            pieces = cells_of_six(band)
        else:
            pieces = exact_seven(band, places) if band.exact else run_seven(band)
        if any(not same_cells(band, other) for other in bands[1:]):
            table.cells[row.key] = ambiguous_row(band, row)
        elif joined is not None and standard:
            digits[row.key], left[row.key] = choices(band, joined)
        elif pieces is None or joined is not None:
            table.cells[row.key] = ambiguous_row(band, row)
        else:
            table.cells[row.key] = {
                column.key: FoundCell(read_cell(piece.text), piece.text, piece.start, piece.end)
                for column, piece in zip(columns, pieces, strict=True)
            }
    if digits:
        _fit_glued(table, placement, digits, left)
    return table


def _fit_glued(
    table: FoundTable,
    placement: Placement,
    digits: dict[str, str],
    left: dict[str, tuple[glued.Reading, ...]],
) -> None:
    """Read the rows whose digits ran together, by the sums of rows and columns.

    Where some row has fewer digits than cells, or several rows break their sums, blanks were dropped, and no row
    is sure but the one of zeros. Where the columns contradict each other, a row of more digits than cells may be
    cut wrongly; and one of twice as many may be two rows, if the label of the next is nowhere.
    """
    broken = sum(not left[key] for key in digits)
    gappy = broken >= _BROKEN or any(len(text) < WIDTH for text in digits.values())
    printed = {table.rows[i].key for i in placement.named | placement.rows.keys()}
    for row, following in zip(table.rows, table.rows[1:], strict=False):
        if len(digits.get(row.key, "")) >= 2 * WIDTH and following.key not in printed:
            left[row.key] = ()
    for key, cells in table.cells.items():
        numbers = [cell.reading.value for cell in cells.values()]
        whole = tuple(number for number in numbers if isinstance(number, int))
        if len(whole) == WIDTH:
            left[key] = (whole,)
    outcomes = [row.key for row in table.rows if row.key not in _BALANCE]
    held = None if gappy else glued.hold_columns(left, outcomes, _BALANCE)
    if held is None:
        held = {key: found if len(digits.get(key, "")) == WIDTH else () for key, found in left.items()}
    left = held
    for index, bands in placement.rows.items():
        row = table.rows[index]
        if row.key in digits:
            text = digits[row.key]
            lost = gappy and text != "0" * WIDTH
            table.cells[row.key] = (
                ambiguous_row(bands[0], row) if lost else _glued_row(bands[0], text, left[row.key], row)
            )


@cache
def _labels(three: bool) -> Labels:
    """The labels of the variant with three rows of （六）其他处理, or with one."""
    left_out = {"other_total"} if three else _THREE
    return Labels([row for row in application_rows() if row.key not in left_out])


def _read(document: Document, region: tuple[int, int], three: bool, use_grids: bool) -> FoundTable:
    """Read one table, its rows taken from grids or from the text alone."""
    labels = _labels(three)
    bands, tail = read_bands(document, *region, labels.end, use_grids=use_grids)
    bands = several_rows(bands)
    placement = place(bands, tail, labels)
    columns = printed_columns(document.text, region[0], bands)
    table = _fit(placement, labels.rows, grid_places(bands), columns)
    for i in sorted(placement.named):
        row = labels.rows[i]
        if row.key not in table.cells:
            table.cells[row.key] = blank_row(row, region[0])
    table.complete = table.complete and len(table.cells) == len(labels.rows)
    return table


def _many_rows(document: Document, region: tuple[int, int]) -> bool:
    """Whether there are as many rows of numbers as the variant with three rows of （六）其他处理 has."""
    labels = _labels(True)
    bands, _ = read_bands(document, *region, labels.end)
    return sum(band.filled for band in several_rows(bands)) == len(labels.rows)


def read_applications(document: Document, region: tuple[int, int]) -> FoundTable:
    """Read the table of section three that stands at ``region`` (:func:`find_region`).

    ``FoundTable.rows`` are those of the variant that the report prints: three rows of （六）其他处理 or one.
    Rows that the report does not print are not among the cells.
    """
    three = _SUB_ROWS.search(document.text, *region) is not None or _many_rows(document, region)
    table = _read(document, region, three, use_grids=True)
    if document.grids and table.known() < len(table.rows) * WIDTH // 2:
        text = _read(document, region, three, use_grids=False)
        table = text if text.known() > table.known() else table
    return table
