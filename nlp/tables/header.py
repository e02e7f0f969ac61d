"""In which order a report prints the seven columns of section three, and whether one of them is left out.

The form's own order is taken for granted unless the header, its labels whole, clearly shows another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlp.forms import Column, application_columns
from nlp.tables.bands import Band, Piece, plain
from nlp.tables.cells import read_cell
from nlp.tables.found import trimmed
from nlp.tables.seven import WIDTH

# What is left of a column's name where a line break or a scanner took the rest: enough not to call it left out.
_TRACES = {
    "natural_person": "自然",
    "enterprise": "商业|企业",
    "research_institute": "科研",
    "public_welfare_org": "公益|社会",
    "legal_service_org": "法律|律服",
    "other_org": "其[他它]",
    "total": "[总合]计",
}
_FIRST_ROW = re.compile("本年度?新收|上一?年度?结转")
_HEADER = 120  # characters of a header of one row
_GROUPS = re.compile("法人(?:或者?|和|及)?其[他它]组织|法人(?:或|和|及)组织")


def printed_columns(text: str, start: int, bands: Sequence[Band]) -> tuple[Column, ...]:
    """The columns in the order in which the report prints them.

    Args:
        text: the document's text.
        start: where the table's header begins.
        bands: the table's rows; what the header tells counts only where their numbers do not say otherwise.

    Returns: all seven, or six where one is left out of the header and no row has a seventh cell.
    """
    standard = application_columns()
    first = _FIRST_ROW.search(text, start, start + 1500)
    if not first:
        return standard
    near = _GROUPS.sub("□", plain(text[max(0, first.start() - _HEADER) : first.start()]))
    told = _one_row(near, standard, bands)
    if told:
        return told
    header = plain(text[start : first.start()])
    bare = _GROUPS.sub("□", header)
    if "自然人" not in bare:
        return standard
    present = [column for column in standard if re.search(_TRACES[column.key], bare)]
    if len(present) == WIDTH - 1:
        return tuple(present) if _all_of(bands, WIDTH - 1) else standard
    if len(present) < WIDTH:
        return standard
    return _total_first(header, _organisations(bare, standard), bands)


def _all_of(bands: Sequence[Band], width: int) -> bool:
    """Whether no row has more than ``width`` values, and most have as many."""
    widths = [high - low for low, high in (trimmed(band) for band in bands) if high > low]
    return bool(widths) and max(widths) == width and widths.count(width) * 2 > len(widths)


def _organisations(bare: str, standard: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns with the kinds of organisations as the header orders them; all names must be whole."""
    middle = standard[1:6]
    at = [bare.find(column.name) for column in middle]
    if min(at) < 0 or at == sorted(at):
        return standard
    return (
        standard[0],
        *(column for _, column in sorted(zip(at, middle, strict=True), key=lambda x: x[0])),
        standard[6],
    )


def _one_row(bare: str, standard: tuple[Column, ...], bands: Sequence[Band]) -> tuple[Column, ...] | None:
    """The columns as a header of one row orders them, name beside name; None where it is none, or sums object."""
    columns = {column.name: column for column in standard}
    row = re.search(rf"(?:{'|'.join(columns)}){{{WIDTH}}}", bare)
    told = tuple(columns[name] for name in re.findall("|".join(columns), row[0])) if row else ()
    if len(set(told)) != WIDTH:
        return None
    if told[-1] == standard[-1]:
        return told
    return told if told[0] == standard[-1] and _total_leads(bands) else None


def _total_first(header: str, columns: tuple[Column, ...], bands: Sequence[Band]) -> tuple[Column, ...]:
    """The columns with 总计 in front, where the header has it before the applicants and no sum contradicts."""
    total = header.find("总计")
    applicants = header.find("申请人情况")
    if 0 <= total < applicants and _total_leads(bands):
        return (columns[-1], *columns[:-1])
    return columns


def _total_leads(bands: Sequence[Band]) -> bool:
    """Whether more rows have the sum of the others in their first cell than in their last."""
    front = back = 0
    for band in bands:
        low, high = trimmed(band)
        numbers = [read_cell(cell.text).value for cell in band.cells[low:high]]
        known = [n for n in numbers if n is not None]
        if len(known) == WIDTH == len(numbers) and any(known):
            front += known[0] == sum(known[1:])
            back += known[-1] == sum(known[:-1])
    return front > back


def cells_of_six(band: Band) -> list[Piece] | None:
    """The cells of a row in a table that leaves one column out; None where it is open which is which."""
    low, high = trimmed(band)
    if high - low == WIDTH - 1:
        return band.cells[low:high]
    return [Piece("", band.start, band.start)] * (WIDTH - 1) if high == low else None
