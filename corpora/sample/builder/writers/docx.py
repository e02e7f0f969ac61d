"""Word files written part by part, with merged cells, automatic numbers and fixed time stamps."""

from __future__ import annotations

import io
import re
import zipfile
from html import escape

from corpora.sample.builder.blocks import Block, Draft, Grid
from corpora.sample.builder.dice import Dice
from corpora.sample.builder.writers.txt import spread

STAMP = (2000, 1, 1, 0, 0, 0)
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

OPENXML = "application/vnd.openxmlformats"
PARTS = {
    "/word/document.xml": "officedocument.wordprocessingml.document.main",
    "/word/styles.xml": "officedocument.wordprocessingml.styles",
    "/word/numbering.xml": "officedocument.wordprocessingml.numbering",
    "/docProps/core.xml": "package.core-properties",
}
OVERRIDES = "".join(f'<Override PartName="{part}" ContentType="{OPENXML}-{kind}+xml"/>' for part, kind in PARTS.items())
CONTENT_TYPES = f"""{XML}<Types xmlns="{PACKAGE}/content-types">
<Default Extension="rels" ContentType="{OPENXML}-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
{OVERRIDES}</Types>"""
RELS = f"""{XML}<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>
<Relationship Id="rId2" Type="{PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>
</Relationships>"""
DOCUMENT_RELS = f"""{XML}<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{OFFICE}/styles" Target="styles.xml"/>
<Relationship Id="rId2" Type="{OFFICE}/numbering" Target="numbering.xml"/>
</Relationships>"""
STYLES = f"""{XML}<w:styles xmlns:w="{W}"><w:style w:type="paragraph" w:default="1" w:styleId="a">
<w:name w:val="Normal"/><w:rPr><w:sz w:val="32"/></w:rPr></w:style></w:styles>"""
# Automatic numbers by the ordinal's shape: (pattern of the ordinal, number format, level text).
AUTOMATIC = (
    (re.compile(r"^\d+\.$"), "decimal", "%1."),
    (re.compile(r"^\d+、$"), "decimal", "%1、"),
    (re.compile(r"^（\d+）$"), "decimal", "（%1）"),
    (re.compile(r"^（[一二三四五六七八九十]）$"), "chineseCountingThousand", "（%1）"),
)


def _run(text: str, bold: bool = False) -> str:
    style = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f'<w:r>{style}<w:t xml:space="preserve">{escape(text, quote=False)}</w:t></w:r>'


def _cell(text: str, colspan: int, merge: str) -> str:
    props = f'<w:gridSpan w:val="{colspan}"/>' if colspan > 1 else ""
    return f"<w:tc><w:tcPr>{props}{merge}</w:tcPr><w:p>{_run(text)}</w:p></w:tc>"


def _table(grid: Grid) -> str:
    rows = spread(grid)
    out = ["<w:tbl><w:tblPr><w:tblBorders>"]
    out += [f'<w:{side} w:val="single" w:sz="4"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV")]
    out.append("</w:tblBorders></w:tblPr><w:tblGrid>" + "<w:gridCol/>" * len(rows[0]) + "</w:tblGrid>")
    open_spans: dict[int, tuple[int, int]] = {}  # column → (rows left, width) of a tall cell
    for row in rows:
        out.append("<w:tr>")
        c = 0
        while c < len(row):
            cell = row[c]
            if cell is None:
                left, width = open_spans[c]
                open_spans[c] = (left - 1, width)
                out.append(_cell("", width, "<w:vMerge/>"))
                c += width
                continue
            tall = cell.rowspan > 1
            if tall:
                open_spans[c] = (cell.rowspan - 1, cell.colspan)
            out.append(_cell(cell.text, cell.colspan, '<w:vMerge w:val="restart"/>' if tall else ""))
            c += cell.colspan
        out.append("</w:tr>")
    return "".join(out) + "</w:tbl><w:p/>"


class _Lists:
    """Automatic numbering: each run of items is a list of its own."""

    def __init__(self, wanted: bool) -> None:
        self.wanted = wanted
        self.lists: list[int] = []
        self.open = False

    def properties(self, block: Block) -> str:
        """The numbering of an item, or nothing where its ordinal is typed."""
        kind = next((n for n, (p, _, _) in enumerate(AUTOMATIC) if p.match(block.ordinal)), None)
        if not self.wanted or block.kind != "item" or kind is None:
            self.open = False
            return ""
        if not self.open:
            self.lists.append(kind)
            self.open = True
        return f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{len(self.lists)}"/></w:numPr>'

    def part(self) -> str:
        """The file numbering.xml."""
        out = [f'{XML}<w:numbering xmlns:w="{W}">']
        for number, kind in enumerate(self.lists):
            _, style, text = AUTOMATIC[kind]
            out.append(
                f'<w:abstractNum w:abstractNumId="{number}"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
                f'<w:numFmt w:val="{style}"/><w:lvlText w:val="{text}"/></w:lvl></w:abstractNum>'
            )
        for number in range(len(self.lists)):
            out.append(f'<w:num w:numId="{number + 1}"><w:abstractNumId w:val="{number}"/></w:num>')
        return "".join(out) + "</w:numbering>"


def _paragraph(block: Block, lists: _Lists) -> str:
    number = lists.properties(block)
    align = {"title": "center", "sign": "right"}.get(block.kind)
    props = number + (f'<w:jc w:val="{align}"/>' if align else "")
    text = block.text if number else block.ordinal + block.text
    return f"<w:p>{f'<w:pPr>{props}</w:pPr>' if props else ''}{_run(text, block.kind in {'title', 'head'})}</w:p>"


def _core(draft: Draft, dice: Dice) -> str:
    title = escape(draft.hints["title"]) if dice.chance(0.4) else ""
    return (
        f'{XML}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title><dc:description>样例文件，内容均为虚构</dc:description></cp:coreProperties>"
    )


def packed(parts: dict[str, str]) -> bytes:
    """A zip file whose entries carry a fixed time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            archive.writestr(info, text.encode("utf-8"))
    return buffer.getvalue()


def write(draft: Draft, dice: Dice) -> bytes:
    """The file's bytes; two in five number their items automatically."""
    lists = _Lists(dice.chance(0.4))
    body = "".join(_table(b.grid) if b.kind == "table" else _paragraph(b, lists) for b in draft.blocks)
    document = f'{XML}<w:document xmlns:w="{W}"><w:body>{body}<w:sectPr/></w:body></w:document>'
    return packed(
        {
            "[Content_Types].xml": CONTENT_TYPES,
            "_rels/.rels": RELS,
            "word/document.xml": document,
            "word/_rels/document.xml.rels": DOCUMENT_RELS,
            "word/styles.xml": STYLES,
            "word/numbering.xml": lists.part(),
            "docProps/core.xml": _core(draft, dice),
        }
    )
