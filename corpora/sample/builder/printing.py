"""How the figures are printed: cell texts, blanks, notes; and the truth as a careful reader then finds it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from corpora.sample.builder.applications import APPLICANTS, Table
from corpora.sample.builder.bank import Agency, planted
from corpora.sample.builder.dice import Dice
from corpora.sample.builder.disclosure import Disclosure

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass
class Sheet:
    """The three tables as printed.

    ``texts`` gives the print of a cell by its dotted path ("applications.granted.total"); a cell without an
    entry prints as its plain number. A table that the file lacks is None.
    """

    disclosure: Disclosure | None
    applications: Table | None
    review: Table | None
    zero: str = "0"
    texts: dict[str, str] = field(default_factory=dict)

    def cell(self, path: str) -> str:
        """The text of one cell."""
        if path in self.texts:
            return self.texts[path]
        table, row, column = path.split(".")
        value = getattr(self, table)[row][column]
        if value == 0:
            return self.zero
        return str(value)

    def blank(self, path: str, text: str) -> None:
        """Print no number here: the reader finds nothing."""
        table, row, column = path.split(".")
        getattr(self, table)[row][column] = None
        self.texts[path] = text


def _plant(sheet: Sheet, agency: Agency, year: int) -> None:
    """Apply the arithmetic errors of ``planted.toml`` that change printed cells."""
    for error in planted().errors:
        if (error["agency"], error["year"]) != (agency.key, year):
            continue
        if "row" in error and sheet.applications is not None:
            row = sheet.applications[error["row"]]
            row[error["column"]] = (row[error["column"]] or 0) + error["change"]
            if error.get("row_total", True):
                row["total"] = (row["total"] or 0) + error["change"]
        if "block" in error and sheet.review is not None:
            block = sheet.review[error["block"]]
            block[error["cell"]] = (block[error["cell"]] or 0) + error["change"]


def _empty_cells(sheet: Sheet, agency: Agency, dice: Dice) -> None:
    """Small bodies leave the applicants' columns blank and fill in the totals only, or use a stroke."""
    table = sheet.applications
    if table is None or agency.requests not in {"none", "few"} or not dice.chance(0.14):
        return
    if any(row["total"] for row in table.values()):
        return
    mark = dice.choice(["", "", "/", "—"])
    for row in table:
        for who in APPLICANTS:
            sheet.blank(f"applications.{row}.{who}", mark)


def _notes(sheet: Sheet, dice: Dice) -> None:
    """A note in the cell: 22（其中修订16件）."""
    if sheet.disclosure is None or not dice.chance(0.3):
        return
    row = sheet.disclosure["normative_document"]
    for column, note in (("issued", "其中修订{}件"), ("repealed", "含自然失效{}件")):
        count = row.get(column)
        if isinstance(count, int) and count >= 3:
            text = f"{count}（{note.format(dice.between(1, count - 1))}）"
            sheet.texts[f"disclosure.normative_document.{column}"] = text


def _money(amount: float, dice: Dice) -> tuple[float, str]:
    style = dice.choice(["yuan", "wan", "plain"])
    if style == "wan" and amount >= 1000:
        amount = round(amount, -2)
        return amount, f"{amount / 10000:.2f}万元"
    return amount, f"{amount:.2f}元" if style == "yuan" else f"{amount:.2f}"


def _form_2019_cells(sheet: Sheet, dice: Dice) -> None:
    """Signs of changes, units of money, strokes where a row does not apply."""
    table = sheet.disclosure
    if table is None or "other_service" not in table:
        return
    signs = dice.choice([("增", "减"), ("增", "减"), ("+", "-"), ("增加", "减少")])
    for row, cells in table.items():
        change = cells.get("items_change")
        if change:
            sheet.texts[f"disclosure.{row}.items_change"] = f"{signs[0] if change > 0 else signs[1]}{abs(change)}"
    purchases = table["central_procurement"]
    if purchases["amount_yuan"]:
        purchases["amount_yuan"], text = _money(purchases["amount_yuan"], dice)
        sheet.texts["disclosure.central_procurement.amount_yuan"] = text
    if not table["other_service"]["decisions"] and dice.chance(0.5):
        mark = dice.choice(["", "/", "—", "-"])
        for column in ("items_prev_year", "items_change", "decisions"):
            sheet.blank(f"disclosure.other_service.{column}", mark)


def _rules_struck_out(sheet: Sheet, dice: Dice) -> None:
    """Bodies that cannot make rules put a stroke into that row."""
    if sheet.disclosure is None or any(sheet.disclosure["regulation"].values()) or not dice.chance(0.12):
        return
    mark = dice.choice(["/", "—", "-", ""])
    for column in list(sheet.disclosure["regulation"]):
        sheet.blank(f"disclosure.regulation.{column}", mark)


def sheet(agency: Agency, year: int, tables: tuple[Disclosure, Table, Table], dice: Dice) -> Sheet:
    """The tables of one report as they are printed."""
    disclosure, applications, review = deepcopy(tables)
    missing = planted().no_tables.get((agency.key, year), ())
    out = Sheet(
        disclosure=None if 2 in missing else disclosure,
        applications=None if 3 in missing else applications,
        review=None if 4 in missing else review,
        zero=dice.weighted(["0", "0 ", "　0", "０"], [80, 10, 6, 4]),
    )
    _plant(out, agency, year)
    _form_2019_cells(out, dice)
    _rules_struck_out(out, dice)
    _empty_cells(out, agency, dice)
    _notes(out, dice)
    if out.zero == "０":
        _full_width(out)
    return out


def _full_width(out: Sheet) -> None:
    """Print every number of the small tables in full-width digits."""
    tables: dict[str, Any] = {"disclosure": out.disclosure, "review": out.review, "applications": out.applications}
    for name, table in tables.items():
        for row, cells in (table or {}).items():
            for column in cells:
                path = f"{name}.{row}.{column}"
                out.texts[path] = out.cell(path).translate(FULL_WIDTH)
