"""Builds small report files of every format for the reading tests."""

from __future__ import annotations

import io
import os
import time
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NAMESPACES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
PROSE = (
    "某县水利局2022年政府信息公开工作年度报告\n一、总体情况\n2022年，县水利局主动公开信息120条。\n"
    "五、存在的主要问题及改进情况\n一是公开不够及时。\n六、其他需要报告的事项\n无。"
)


def zipped(entries: dict[str, str | bytes]) -> bytes:
    """A ZIP of these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def p(text: str = "", properties: str = "", raw: str = "") -> str:
    """A Word paragraph with one run; ``raw`` is further XML in it."""
    run = f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""
    return f"<w:p><w:pPr>{properties}</w:pPr>{run}{raw}</w:p>"


def cell(content: str = "", span: int = 1, merge: str | None = None) -> str:
    """A Word cell; ``content`` is text or, starting with "<", XML."""
    inner = content if content.startswith("<") else p(content)
    properties = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    if merge is not None:
        properties += '<w:vMerge w:val="restart"/>' if merge == "restart" else "<w:vMerge/>"
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def table(*rows: list[str]) -> str:
    """A Word table of rows of cells."""
    return "<w:tbl><w:tblPr/>" + "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in rows) + "</w:tbl>"


def docx(body: str, **parts: str) -> bytes:
    """A docx whose document part holds ``body``; ``parts``: numbering, styles, footnotes … by name."""
    entries: dict[str, str | bytes] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "word/document.xml": f"<w:document {_NAMESPACES}><w:body>{body}</w:body></w:document>",
    }
    for name, content in parts.items():
        entries[f"word/{name}.xml"] = f"<w:{name} {_NAMESPACES}>{content}</w:{name}>"
    return zipped(entries)


def prose_docx(text: str = PROSE) -> bytes:
    """A docx of plain paragraphs."""
    return docx("".join(p(line) for line in text.split("\n")))


def level(number: int, form: str, text: str, start: int = 1) -> str:
    """One level of a Word list."""
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbered(number: int, level_: int = 0) -> str:
    """Paragraph properties of a list item."""
    return f'<w:numPr><w:ilvl w:val="{level_}"/><w:numId w:val="{number}"/></w:numPr>'


def page(body: str, head: str = "") -> bytes:
    """A web page."""
    return f'<!DOCTYPE html><html><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'.encode()


def pdf(draw: object, pages: int = 1, **options: object) -> bytes:
    """A PDF of A4 pages; ``draw(canvas, page)`` draws each, in the font "song"."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, **options)
    for number in range(1, pages + 1):
        canvas.setFont("STSong-Light", 12)
        draw(canvas, number)  # type: ignore[operator]
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def draw_lines(canvas: object, lines: list[tuple[float, str]], top: float = 760, step: float = 22) -> float:
    """Write (indent, text) lines downwards; gives the next line's place."""
    for indent, text in lines:
        canvas.drawString(72 + indent, top, text)  # type: ignore[attr-defined]
        top -= step
    return top


def draw_table(canvas: object, xs: list[float], ys: list[float], cells: list[tuple[int, int, int, int, str]]) -> None:
    """Draw ruled cells (row, column, rowspan, colspan, text) over column and row positions (ys fall)."""
    for row, column, down, across, text in cells:
        x0, x1, y1, y0 = xs[column], xs[column + across], ys[row], ys[row + down]
        canvas.rect(x0, y0, x1 - x0, y1 - y0)  # type: ignore[attr-defined]
        for index, line in enumerate(text.split("\n")):
            canvas.drawString(x0 + 3, y1 - 14 - 13 * index, line)  # type: ignore[attr-defined]


def ofd(*contents: str) -> bytes:
    """An OFD whose pages hold these layers' objects."""
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    pages = "".join(f'<ofd:Page ID="{i}" BaseLoc="Pages/P{i}/Content.xml"/>' for i in range(len(contents)))
    entries: dict[str, str | bytes] = {
        "OFD.xml": f"<ofd:OFD {space}><ofd:DocBody><ofd:DocInfo><ofd:Title>年度报告</ofd:Title></ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {space}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297"
        f"</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages>{pages}</ofd:Pages></ofd:Document>",
    }
    for i, content in enumerate(contents):
        entries[f"Doc_0/Pages/P{i}/Content.xml"] = (
            f"<ofd:Page {space}><ofd:Content><ofd:Layer>{content}</ofd:Layer></ofd:Content></ofd:Page>"
        )
    return zipped(entries)


def ofd_text(x: float, y: float, text: str, size: float = 4.2) -> str:
    """An OFD text object with its first character's lower left corner at (x, y) millimetres."""
    steps = " ".join(str(size * (0.5 if char.isascii() else 1)) for char in text[:-1])
    return (
        f'<ofd:TextObject Boundary="{x} {y - size} 180 {size * 1.3}" Size="{size}">'
        f'<ofd:TextCode X="0" Y="{size * 0.85}" DeltaX="{steps}">{escape(text)}</ofd:TextCode></ofd:TextObject>'
    )


def ofd_rule(x0: float, y0: float, x1: float, y1: float) -> str:
    """A drawn rule."""
    return (
        f'<ofd:PathObject Boundary="{x0} {y0} {max(x1 - x0, 0.1)} {max(y1 - y0, 0.1)}" LineWidth="0.2">'
        f"<ofd:AbbreviatedData>M 0 0 L {x1 - x0} {y1 - y0}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def gone(pid: int, seconds: float = 5.0) -> None:
    """Fail unless a process ends by itself in time; one that nobody has asked after (a zombie) has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
            os.kill(pid, 0)
        except (OSError, IndexError):
            return
        if state == "Z":
            return
        time.sleep(0.05)
    os.kill(pid, 9)
    raise AssertionError(f"{pid} is still running")
