"""The statutory tables of a report, cell by cell, with the evidence of every cell.

Tables are found by their labels, never by their place among the sections or by the year. A cell is a number,
zero, blank, not applicable or text; where two readings are possible it is None and a warning says so.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nlp.forms import simplified
from nlp.prose import prose_figures
from nlp.quick import quick
from nlp.records import Document, Figure, Form, Number, Statistics
from nlp.tables import applications, disclosure, review
from nlp.tables.found import FoundTable

if TYPE_CHECKING:
    from nlp.sections import SectionSplit

# A heading that only the national forms have: where it stands, their tables are expected.
_NATIONAL = re.compile(r"收到和处理\s*(?:政府\s*信息\s*公开\s*)?申请")
_figure = quick(Figure)


def _simplified(document: Document) -> Document:
    """The document with the traditional characters of labels made simplified; offsets stay."""
    text = simplified(document.text)
    if text == document.text:
        return document
    grids = tuple(
        replace(grid, rows=tuple(tuple(replace(cell, text=simplified(cell.text)) for cell in row) for row in grid.rows))
        for grid in document.grids
    )
    return replace(document, text=text, grids=grids)


def _values(table: FoundTable) -> dict[str, dict[str, Number | None]]:
    """The table in the contract's form; rows that found no place hold None."""
    out: dict[str, dict[str, Number | None]] = {}
    for row in table.rows:
        cells = table.cells.get(row.key, {})
        out[row.key] = {
            column.key: cells[column.key].reading.value if column.key in cells else None for column in row.columns
        }
    return out


def _figures(name: str, table: FoundTable, at: int) -> list[Figure]:
    """One figure for each place of the table."""
    figures = []
    for row in table.rows:
        cells = table.cells.get(row.key, {})
        for column in row.columns:
            path = f"{name}.{row.key}.{column.key}"
            cell = cells.get(column.key)
            if cell is None:
                figures.append(_figure(path, None, "missing", "", at, at))
            else:
                value, state, unit = cell.reading
                figures.append(_figure(path, value, state, cell.raw, cell.start, cell.end, unit))
    return figures


def _warnings(number: int, table: FoundTable, figures: list[Figure]) -> list[str]:
    """What is wrong with a table that was found."""
    states = {figure.state for figure in figures}
    warnings = []
    if not table.complete or "missing" in states:
        warnings.append(f"table_partial:{number}")
    if "blank" in states:
        warnings.append(f"cells_blank:{number}")
    if states & {"ambiguous", "text"}:
        warnings.append(f"cells_ambiguous:{number}")
    if any(f.unit is None and f.value and f.path.endswith("amount_yuan") for f in figures):
        warnings.append(f"unit_assumed:{number}")
    return warnings


def _find(document: Document) -> tuple[Form, dict[str, tuple[FoundTable, int]]]:
    """Find the tables and tell the form; a table's place comes with it."""
    text = document.text
    found: dict[str, tuple[FoundTable, int]] = {}
    second, third = disclosure.find_region(text), applications.find_region(text)
    if second and third and second[0] < third[0] < second[1]:
        second = (second[0], third[0])
    told = disclosure.tell_form(*(text[low:high] for low, high in filter(None, (second, third))))
    if third:
        found["applications"] = applications.read_applications(document, third), third[0]
    if second and told:
        found["disclosure"] = disclosure.read_disclosure(document, second, told), second[0]
    fourth = review.find_region(text, third[0] if third else 0)
    if fourth:
        found["review"] = review.read_review(document, fourth), fourth[0]
    if told:
        return told.name, found
    # Section three's table alone: the form of 2021 would have shown its three rows of （六）其他处理.
    return ("2019" if third else "free"), found


def extract(document: Document, split: SectionSplit | None = None) -> Statistics:
    """Read the statutory tables of sections two to four and the figures that the prose states.

    Args:
        document: the neutral document; its grids are used where it has some, else its text.
        split: the sections, a hint for the prose only; tables are found by their own labels.

    Returns: :class:`Statistics`; a table is None where the report has none, its form "free" where no label of
        either national form stands in it. Warnings: ``table_absent:n``, ``table_partial:n``,
        ``cells_blank:n``, ``cells_ambiguous:n``, ``unit_assumed:n`` (n: the section).
    """
    document = _simplified(document)
    form, found = _find(document)
    figures: list[Figure] = []
    warnings: list[str] = []
    values: dict[str, dict[str, Any] | None] = {}
    expected = bool(found) or _NATIONAL.search(document.text) is not None
    for number, name in ((2, "disclosure"), (3, "applications"), (4, "review")):
        if name not in found:
            values[name] = None
            if expected:
                warnings.append(f"table_absent:{number}")
            continue
        table, at = found[name]
        cells = _figures(name, table, at)
        values[name] = _values(table)
        figures += cells
        warnings += _warnings(number, table, cells)
    prose = prose_figures(document.text, split.sections if split is not None else ())
    fees = [float(figure.value) for figure in prose if figure.path == "prose.fee_yuan" and figure.value is not None]
    return Statistics(
        form=form,
        disclosure=values["disclosure"],
        applications=values["applications"],
        review=values["review"],
        fee_charged_yuan=fees[0] if fees else None,
        figures=tuple(figures),
        prose=prose,
        warnings=tuple(warnings),
    )
