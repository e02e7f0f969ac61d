"""A Word document in the look of an official's brief. Whatever is written on it is text, never markup."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SONG, HEI, LATIN = "宋体", "黑体", "Times New Roman"
BODY, SMALL = 12, 9.5  # points
SPACING = 1.5  # lines
MARGIN = 2.7  # centimetres
ANCHOR = "source-"
_UNFIT = {"Cc", "Cs", "Cn", "Co", "Cf"}


def printable(text: str) -> str:
    """Text that any XML reader takes and that cannot steer a layout: no control, format or private characters."""
    return "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in _UNFIT)


class Paper:
    """A document that is written from top to bottom."""

    def __init__(self, title: str) -> None:
        from docx import Document
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Cm, Pt

        self.document = Document()
        self.document.core_properties.title = printable(title)
        self.document.core_properties.author = "明鉴"
        self.document.core_properties.created = self.document.core_properties.modified = datetime.now(UTC)
        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(MARGIN)
        normal = self.document.styles["Normal"]
        _typeface(normal, SONG)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "zh-CN")
        language.set(qn("w:eastAsia"), "zh-CN")
        normal.element.rPr.append(language)
        normal.font.size = Pt(BODY)
        for name in ("Title", "Heading 1"):
            style = self.document.styles[name]
            _typeface(style, HEI)
            style.font.color.rgb = None
            style.font.size = Pt(20 if name == "Title" else 15)

    def title(self, text: str) -> None:
        """The title, in the middle."""
        self._middle(self.document.add_paragraph(printable(text), style="Title"))

    def centred(self, text: str) -> None:
        """A line in the middle, under the title."""
        self._middle(self.document.add_paragraph(printable(text)))

    def heading(self, text: str) -> None:
        """The heading of a part; Word's navigation shows it."""
        self.document.add_heading(printable(text), level=1)

    def paragraph(self, *, indent: bool = False) -> Any:
        """An empty paragraph of the text; ``indent``: its first line by two characters."""
        from docx.shared import Pt

        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.line_spacing = SPACING
        paragraph.paragraph_format.space_after = Pt(3)
        if indent:
            paragraph.paragraph_format.first_line_indent = Pt(2 * BODY)
        return paragraph

    @staticmethod
    def text(paragraph: Any, text: str) -> None:
        """Text at the end of a paragraph."""
        paragraph.add_run(printable(text))

    @staticmethod
    def citation(paragraph: Any, number: int) -> None:
        """“[3]”, raised, a link to source 3."""
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        run = paragraph.add_run(f"[{number}]")
        run.font.superscript = True
        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), f"{ANCHOR}{number}")
        link.set(qn("w:history"), "1")
        paragraph._p.append(link)
        link.append(run._r)

    def caption(self, text: str) -> None:
        """A table's name above it; stays with the table."""
        from docx.shared import Pt

        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.space_before = Pt(8)
        run = paragraph.add_run(printable(text))
        run.bold, run.font.size = True, Pt(10.5)
        self._middle(paragraph)

    def note(self, text: str) -> None:
        """A small line under a chart or table."""
        from docx.shared import Pt

        self.document.add_paragraph().add_run(printable(text)).font.size = Pt(SMALL)

    def source(self, number: int, text: str) -> None:
        """“[3] …”, the place that citations of 3 lead to."""
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Pt

        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.paragraph_format.left_indent = Pt(24)
        paragraph.paragraph_format.first_line_indent = Pt(-24)
        for tag in ("w:bookmarkStart", "w:bookmarkEnd"):
            mark = OxmlElement(tag)
            mark.set(qn("w:id"), str(number))
            if tag == "w:bookmarkStart":
                mark.set(qn("w:name"), f"{ANCHOR}{number}")
            paragraph._p.append(mark)
        paragraph.add_run(f"[{number}] {printable(text)}").font.size = Pt(SMALL)

    def table(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        widths: Sequence[float],
        numbers: Collection[int] = (),
    ) -> None:
        """A table; widths in centimetres; ``numbers``: indices of the columns flush right. The head repeats."""
        from docx.oxml import OxmlElement
        from docx.shared import Cm

        table = self.document.add_table(rows=1 + len(rows), cols=len(head), style="Table Grid")
        table.autofit = False
        for index, (cells, values) in enumerate(zip(table.rows, [head, *rows], strict=True)):
            for column, (cell, value) in enumerate(zip(cells.cells, values, strict=True)):
                cell.width = Cm(widths[column])
                self._cell(cell, value, bold=index == 0, flush=column in numbers)
        repeat = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(repeat)
        self.document.add_paragraph()

    @staticmethod
    def _cell(cell: Any, value: str, *, bold: bool, flush: bool) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        run = cell.paragraphs[0].add_run(printable(value))
        run.bold, run.font.size = bold, Pt(SMALL)
        if flush:
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT

    @staticmethod
    def _middle(paragraph: Any) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def save(self, path: Path) -> None:
        """Write the file."""
        self.document.save(str(path))


def _typeface(style: Any, chinese: str) -> None:
    """Fonts of a style for Latin and for Chinese letters; theme fonts would go before them."""
    from docx.oxml.ns import qn

    style.font.name = LATIN
    fonts = style.element.rPr.rFonts
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)
    fonts.set(qn("w:eastAsia"), chinese)
    for border in [*style.element.iter(qn("w:pBdr"))]:  # the template rules a blue line under titles
        border.getparent().remove(border)
