"""A sheet into a file: .xlsx, .csv, .json or .docx. The file appears whole or not at all."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from index.export.sheet import Sheet, harmless, plain
from nlp.errors import MingjianError, because

NONE = "\ufffe\uffff"  # code points that are no characters


def write(path: Path, sheet: Sheet) -> int:
    """Write ``sheet`` in the format that the suffix names; the number of rows written.

    Raises:
        MingjianError: unknown suffix, or the file cannot be written.
    """
    writers: dict[str, Callable[[Path, Sheet], None]] = {
        ".xlsx": _write_xlsx,
        ".csv": _write_csv,
        ".json": _write_json,
        ".docx": _write_docx,
    }
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise MingjianError(f"{path}：不支持的导出格式，请用 {'、'.join(writers)}")
    with whole(path) as beside:
        writer(beside, sheet)
    return len(sheet.rows)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write that takes the place of ``path`` when it is done, and goes where it failed.

    Raises:
        MingjianError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        beside.replace(path)
    except OSError as error:
        raise MingjianError(f"{path}：写不进去（{because(error)}）") from error
    finally:
        beside.unlink(missing_ok=True)


def _write_csv(path: Path, sheet: Sheet) -> None:
    """UTF-8 with BOM, so that Excel opens it; headings are field names, the filters a last column.

    Where there is no row, a line of empty cells says under which filters there is none.
    """
    keys = [column.key for column in sheet.columns]
    filters = sheet.filter_line()
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow([*keys, "filters"])
        for row in sheet.rows:
            out.writerow([*(harmless(plain(row.get(key))) for key in keys), filters])
        if not sheet.rows:
            out.writerow([*("" for _ in keys), filters])


def _write_json(path: Path, sheet: Sheet) -> None:
    keys = [column.key for column in sheet.columns]
    rows = [{key: row.get(key) for key in keys} for row in sheet.rows]
    document = sheet.document if sheet.document is not None else {"filters": dict(sheet.filters), "rows": rows}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")


def _write_xlsx(path: Path, sheet: Sheet) -> None:
    """A sheet of rows with Chinese headings, and one of filters and definitions."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        head = book.add_format({"bold": True, "bg_color": "#E8EEF5", "bottom": 1})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        page = book.add_worksheet(sheet.title[:31])
        page.freeze_panes(1, 0)
        for c, column in enumerate(sheet.columns):
            page.set_column(c, c, column.width)
            page.write_string(0, c, column.name, head)
        for r, row in enumerate(sheet.rows, start=1):
            for c, column in enumerate(sheet.columns):
                value = plain(row.get(column.key))
                if isinstance(value, str):
                    page.write_string(r, c, value, wrap)
                elif value is not None:
                    page.write_number(r, c, value, wrap)
        if sheet.rows:
            page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
        about = book.add_worksheet("筛选与说明")
        about.set_column(0, 0, 22)
        about.set_column(1, 1, 90)
        lines = [("内容", sheet.title), ("行数", str(len(sheet.rows))), ("筛选条件", sheet.filter_line())]
        lines += [(f"列：{column.name}", column.key) for column in sheet.columns]
        for r, (term, explanation) in enumerate([*lines, *sheet.notes]):
            about.write_string(r, 0, term, head)
            about.write_string(r, 1, explanation, wrap)


def _write_docx(path: Path, sheet: Sheet) -> None:
    """A Word document: title, filters, the rows as a table, definitions."""
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Pt

    document = Document()
    style = document.styles["Normal"]
    style.font.name = "宋体"
    style.font.size = Pt(10.5)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    document.add_heading(sheet.title, level=1)
    document.add_paragraph(printable(f"筛选条件：{sheet.filter_line()}。共 {len(sheet.rows)} 行。"))
    table = document.add_table(rows=1, cols=len(sheet.columns), style="Table Grid")
    for cell, column in zip(table.rows[0].cells, sheet.columns, strict=True):
        cell.text = column.name
    for row in sheet.rows:
        values = [plain(row.get(column.key)) for column in sheet.columns]
        for cell, value in zip(table.add_row().cells, values, strict=True):
            cell.text = "" if value is None else printable(str(value))
    for term, explanation in sheet.notes:
        document.add_paragraph(printable(f"{term}：{explanation}"))
    document.save(str(path))


def printable(text: str) -> str:
    """Text without the characters that XML cannot hold: control characters, halves of characters, no characters."""
    return "".join(
        ch for ch in text if (ch >= " " or ch in "\n\t") and not "\ud800" <= ch <= "\udfff" and ch not in NONE
    )
