"""PDF files with ruled tables, page numbers and tables that run over the page's end."""

from __future__ import annotations

import io
from typing import Any

from reportlab import rl_config
from reportlab.lib import textsplit
from reportlab.lib.colors import black
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle, paragraph

from corpora.sample.builder.blocks import Block, Draft, Grid
from corpora.sample.builder.dice import Dice
from corpora.sample.builder.writers.txt import spread

FONT = "STSong-Light"
# Marks that no Chinese line begins with; the library knows only some of them.
CLOSING_MARKS = "，：；！？”》"
WIDTH = A4[0] - 120
# Widths of the columns as shares of the page, by number of columns.
SHARES = {
    4: (0.34, 0.22, 0.22, 0.22),
    10: (0.12, 0.12, 0.24, 0.08, 0.07, 0.07, 0.08, 0.08, 0.07, 0.07),
    15: (1 / 15,) * 15,
}


def _style(size: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle("", fontName=FONT, fontSize=size, leading=size * 1.5, wordWrap="CJK", **more)


STYLES = {
    "title": _style(18, alignment=TA_CENTER, spaceAfter=6),
    "head": _style(14, spaceBefore=8, spaceAfter=2),
    "sub": _style(12, firstLineIndent=24),
    "para": _style(12, firstLineIndent=24),
    "item": _style(12, firstLineIndent=24),
    "sign": _style(12, alignment=TA_RIGHT),
}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _table(grid: Grid) -> Table:
    rows = spread(grid)
    small = _style(8.5, alignment=TA_CENTER)
    texts = [[Paragraph(_escaped(cell.text), small) if cell else "" for cell in row] for row in rows]
    rules: list[Any] = [("GRID", (0, 0), (-1, -1), 0.5, black), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
    rules += [("LEFTPADDING", (0, 0), (-1, -1), 2), ("RIGHTPADDING", (0, 0), (-1, -1), 2)]
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if cell and (cell.colspan > 1 or cell.rowspan > 1):
                rules.append(("SPAN", (c, r), (c + cell.colspan - 1, r + cell.rowspan - 1)))
    widths = [WIDTH * share for share in SHARES[len(rows[0])]]
    return Table(texts, colWidths=widths, style=TableStyle(rules), spaceBefore=6, spaceAfter=6)


def _flow(block: Block) -> Flowable:
    if block.kind == "table":
        return _table(block.grid)
    return Paragraph(_escaped(block.ordinal + block.text), STYLES[block.kind])


def write(draft: Draft, dice: Dice) -> bytes:
    """The file's bytes, the same every time."""
    rl_config.invariant = 1
    for module in (textsplit, paragraph):
        if CLOSING_MARKS not in module.ALL_CANNOT_START:
            module.ALL_CANNOT_START += CLOSING_MARKS
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    mark = dice.choice(["— {} —", "- {} -", "第 {} 页", ""])

    def footer(canvas: Any, document: Any) -> None:
        if mark:
            canvas.setFont(FONT, 9)
            canvas.drawCentredString(A4[0] / 2, 30, mark.format(document.page))

    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=60,
        rightMargin=60,
        topMargin=56,
        bottomMargin=56,
        title=draft.hints["title"] if dice.chance(0.4) else None,
        subject="样例文件，内容均为虚构",
        invariant=1,
        pageCompression=1,
    )
    flow: list[Flowable] = [Spacer(1, 4)]
    flow += [_flow(block) for block in draft.blocks]
    document.build(flow, onFirstPage=footer, onLaterPages=footer)
    return buffer.getvalue()
