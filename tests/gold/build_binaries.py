"""Make the DOCX and PDF files of the gold set: prose from ``binaries.toml``, numbers from each file's gold JSON.

The made files are kept in the repository; run this only after changing what they are made from:
``python tests/gold/build_binaries.py``. The same input gives the same bytes with the same library versions.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from tables import Layout, covered, layouts  # noqa: E402

FONT = "STSong-Light"
_TRACKED = re.compile(r"\{([+-])(.*?)\1\}")
_BOX = """<w:r {ns}><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">
<mc:Choice xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" Requires="wps"><w:drawing>
<wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></w:drawing></mc:Choice>
<mc:Fallback><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox>{box}</v:textbox></v:shape></w:pict>
</mc:Fallback></mc:AlternateContent></w:r>"""
_BOXED = "<w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"


# ---- DOCX ---------------------------------------------------------------------------------------------


def docx_table(holder: Any, layout: Layout) -> None:
    """Add a table with merged cells to a document or a cell."""
    table = holder.add_table(rows=len(layout.rows), cols=len(layout.rows[0]))
    if hasattr(holder, "styles"):
        table.style = "Table Grid"
    hidden = covered(layout.merged)
    for top, left, bottom, right in layout.merged:
        table.cell(top, left).merge(table.cell(bottom, right))
    for r, row in enumerate(layout.rows):
        for c, text in enumerate(row):
            if (r, c) not in hidden:
                table.cell(r, c).text = text


def docx_paragraph(holder: Any, line: str) -> None:
    """Add a paragraph: "#" numbers it automatically, "[框]" puts it into a text box, {+…+} and {-…-} track it."""
    if line.startswith("#"):
        holder.add_paragraph(line[1:], style="List Number")
        return
    paragraph = holder.add_paragraph()
    if line.startswith("[框]"):
        paragraph._p.append(parse_xml(_BOX.format(ns=nsdecls("w"), box=_BOXED.format(text=line[3:]))))
        return
    at = 0
    for match in _TRACKED.finditer(line):
        paragraph.add_run(line[at : match.start()])
        tag, inner = ("ins", "t") if match[1] == "+" else ("del", "delText")
        run = f"<w:r><w:{inner}>{match[2]}</w:{inner}></w:r>"
        mark = f'<w:{tag} {nsdecls("w")} w:id="1" w:author="a" w:date="2024-01-01T00:00:00Z">{run}</w:{tag}>'
        paragraph._p.append(parse_xml(mark))
        at = match.end()
    paragraph.add_run(line[at:])


def build_docx(report: dict[str, Any], tables: dict[str, Layout]) -> bytes:
    """One DOCX file."""
    document: Any = Document()
    holder: Any = document
    if report.get("nested"):
        holder = document.add_table(rows=1, cols=1).cell(0, 0)
    for line in report["body"]:
        if line.startswith("@"):
            docx_table(holder, tables[line[1:]])
        else:
            docx_paragraph(holder, line)
    raw = io.BytesIO()
    document.save(raw)
    made = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), source.read(name), zipfile.ZIP_DEFLATED)
    return made.getvalue()


# ---- PDF ----------------------------------------------------------------------------------------------


def pdf_table(layout: Layout, ruled: bool) -> Table:
    """A table; unruled ones show where the columns are by nothing but the places of the words."""
    small = ParagraphStyle("cell", fontName=FONT, fontSize=7.5, leading=9, wordWrap="CJK")
    hidden = covered(layout.merged)
    rows = [
        ["" if (r, c) in hidden else Paragraph(text, small) for c, text in enumerate(row)]
        for r, row in enumerate(layout.rows)
    ]
    wide = {4: [150, 100, 100, 100], 10: [36, 52, 122, *[40] * 7], 15: [32] * 15}[len(rows[0])]
    style: list[tuple[Any, ...]] = [("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
    for top, left, bottom, right in layout.merged:
        if bottom - top < 10:  # the one cell over all outcomes would keep the table from going over pages
            style.append(("SPAN", (left, top), (right, bottom)))
    if ruled:
        style.append(("GRID", (0, 0), (-1, -1), 0.5, colors.black))
    return Table(rows, colWidths=wide, style=style, splitByRow=1)


def build_pdf(report: dict[str, Any], tables: dict[str, Layout]) -> bytes:
    """One PDF file."""
    body = ParagraphStyle("body", fontName=FONT, fontSize=11, leading=18, wordWrap="CJK", firstLineIndent=22)
    title = ParagraphStyle("title", parent=body, fontSize=16, leading=26, alignment=1, firstLineIndent=0)
    story: list[Any] = []
    for i, line in enumerate(report["body"]):
        if line == "@page":
            story.append(PageBreak())
        elif line.startswith("@"):
            story += [pdf_table(tables[line[1:]], report.get("ruled", True)), Spacer(1, 8)]
        else:
            story.append(Paragraph(line, title if i < report["title_lines"] else body))

    def number(canvas: Any, document: Any) -> None:
        if report.get("page_marks"):
            canvas.setFont(FONT, 9)
            canvas.drawCentredString(A4[0] / 2, 30, f"- {document.page} -")

    made = io.BytesIO()
    document = SimpleDocTemplate(made, pagesize=A4, invariant=1, leftMargin=60, rightMargin=60)
    document.build(story, onFirstPage=number, onLaterPages=number)
    return made.getvalue()


def main() -> None:
    """Make every file that ``binaries.toml`` describes."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    for report in tomllib.loads((HERE / "binaries.toml").read_text(encoding="utf-8"))["report"]:
        path = HERE / report["file"]
        tables = layouts(json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
        build = build_docx if path.suffix == ".docx" else build_pdf
        path.write_bytes(build(report, tables))


if __name__ == "__main__":
    main()
