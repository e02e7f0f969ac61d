"""Word documents (docx, docm, flat Word XML) from their raw XML, as a reader sees them after accepting changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nlp.errors import UnreadableReport
from nlp.normalise import clean
from nlp.reading.blocks import Block, Content, Paragraph, Picture, TooManyCells, assemble, too_many_cells
from nlp.reading.limits import Limits
from nlp.reading.numbering import Numbering, attribute, child, local, value
from nlp.reading.packages import Package, parse_xml
from nlp.reading.tables import RawCell, lay_out
from nlp.records import Document

_WHAT = "Word 文档"
# What a reader does not see, or what is not the report: deletions, comments, notes' marks, field codes,
# phonetic guides, properties.
_SKIPPED = frozenset(
    [
        "del",
        "moveFrom",
        "delText",
        "delInstrText",
        "instrText",
        "footnoteReference",
        "endnoteReference",
        "commentReference",
        "annotationRef",
        "rPr",
        "pPr",
        "tblPr",
        "tblGrid",
        "trPr",
        "tcPr",
        "sectPr",
        "sdtPr",
        "sdtEndPr",
        "rt",
        "bookmarkStart",
        "bookmarkEnd",
        "proofErr",
        "altChunk",
    ]
)
_BREAKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_PICTURES = frozenset(["drawing", "pict", "object"])


class _Body:
    """Walks one document's body."""

    def __init__(self, numbering: Numbering, limits: Limits) -> None:
        self.numbering = numbering
        self.limits = limits
        self.cells = 0

    def blocks(self, parent: Any, depth: int = 0) -> Iterator[Block]:
        """Paragraphs and tables under a body, cell, text box or content control."""
        for element in parent:
            name = local(element)
            if name == "p":
                yield from self.paragraph(element, depth)
            elif name == "tbl":
                yield from self.table(element, depth)
            elif name == "AlternateContent":
                yield from self.blocks(_alternative(element), depth)
            elif name not in _SKIPPED and name not in _PICTURES:
                yield from self.blocks(element, depth)

    def paragraph(self, element: Any, depth: int) -> Iterator[Block]:
        parts: list[str] = []
        boxes: list[Any] = []
        pictures: list[Any] = []
        self.runs(element, parts, boxes, pictures)
        properties = child(element, "pPr")
        text = "".join(parts)
        if text.strip():
            yield Paragraph(self.numbering.text(properties) + text.lstrip("\t"))
        elif value(properties, "numPr", "numId"):
            self.numbering.text(properties)  # an empty item is counted all the same
        if pictures:
            yield Picture()
        if depth < self.limits.max_nesting:
            for box in boxes:
                yield from self.blocks(box, depth + 1)

    def runs(self, element: Any, parts: list[str], boxes: list[Any], pictures: list[Any]) -> None:
        """Gather the text of a paragraph; text boxes in it are set aside."""
        for part in element:
            name = local(part)
            if name == "t":
                parts.append(part.text or "")
            elif name in _BREAKS:
                parts.append("\n" if attribute(part, "type") in ("page", "column") else _BREAKS[name])
            elif name == "r":
                if not _is_hidden(part):
                    self.runs(part, parts, boxes, pictures)
            elif name in _PICTURES:
                self.drawing(part, boxes, pictures)
            elif name == "AlternateContent":
                self.runs(_alternative(part), parts, boxes, pictures)
            elif name == "txbxContent":
                boxes.append(part)
            elif name and name not in _SKIPPED:
                self.runs(part, parts, boxes, pictures)

    def drawing(self, element: Any, boxes: list[Any], pictures: list[Any]) -> None:
        """Find the text boxes of a drawing, else note it as a picture."""
        inner: list[Any] = []
        stack = [element]
        while stack:
            part = stack.pop()
            name = local(part)
            if name == "txbxContent":
                inner.append(part)
            elif name == "AlternateContent":
                stack.extend(reversed(_alternative(part)))
            else:
                stack.extend(reversed([e for e in part if local(e)]))
                if name in ("blip", "imagedata"):
                    pictures.append(part)
        boxes.extend(inner)

    def table(self, element: Any, depth: int) -> Iterator[Block]:
        rows = [self.row(row, depth) for row in _rows(element)]
        if self.cells > self.limits.max_cells:
            raise TooManyCells
        yield from lay_out(_merge_down(rows), self.limits)

    def row(self, element: Any, depth: int) -> list[tuple[RawCell, str | None]]:
        """Cells of a row, each with its vertical merge: "restart", "continue" or None."""
        properties = child(element, "trPr")
        cells: list[tuple[RawCell, str | None]] = []
        before = self.number(value(properties, "gridBefore"), 0)
        if before:
            cells.append((RawCell(colspan=before), None))
        for cell in _cells(element):
            shape = child(cell, "tcPr")
            if child(shape, "cellDel") is not None:
                continue
            across = value(shape, "hMerge")
            if (across == "continue" or (across is None and child(shape, "hMerge") is not None)) and cells:
                cells[-1][0].colspan += 1
                continue
            raw = RawCell(colspan=max(1, self.number(value(shape, "gridSpan"), 1)))
            self.cells += raw.colspan
            if depth < self.limits.max_nesting:
                raw.blocks = list(self.blocks(cell, depth + 1))
            down = child(shape, "vMerge")
            cells.append((raw, None if down is None else attribute(down, "val") or "continue"))
        return cells

    def number(self, text: str | None, otherwise: int) -> int:
        if text is None or not text.isdecimal():
            return otherwise
        return min(int(text), self.limits.max_span)


def _is_hidden(run: Any) -> bool:
    hidden = child(child(run, "rPr"), "vanish")
    return hidden is not None and attribute(hidden, "val") not in ("0", "false", "off")


def _alternative(element: Any) -> list[Any]:
    """What stands in the one branch of alternatives that is read; both say the same."""
    branch = child(element, "Choice")
    if branch is None:
        branch = child(element, "Fallback")
    return list(element if branch is None else branch)


def _through(element: Any, name: str) -> Iterator[Any]:
    """Children of a name, also within content controls and custom markup."""
    for part in element:
        tag = local(part)
        if tag == name:
            yield part
        elif tag in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"):
            yield from _through(part, name)


def _rows(table: Any) -> Iterator[Any]:
    for row in _through(table, "tr"):
        if child(child(row, "trPr"), "del") is None:
            yield row


def _cells(row: Any) -> Iterator[Any]:
    return _through(row, "tc")


def _merge_down(rows: list[list[tuple[RawCell, str | None]]]) -> list[list[RawCell]]:
    """Turn vertical merges into row spans: a "continue" cell lengthens the cell above in its column."""
    above: dict[int, RawCell] = {}
    out: list[list[RawCell]] = []
    for row in rows:
        column = 0
        kept: list[RawCell] = []
        covered: set[int] = set()
        current: dict[int, RawCell] = {}
        for cell, merge in row:
            owner = above.get(column) if merge == "continue" else None
            if owner is not None and owner.colspan == cell.colspan:
                if id(owner) not in covered:
                    owner.rowspan += 1
                    covered.add(id(owner))
                if cell.blocks and not owner.blocks:
                    owner.blocks = cell.blocks
                current[column] = owner
            else:
                kept.append(cell)
                if merge is not None:
                    current[column] = cell
            column += cell.colspan
        above = current
        out.append(kept)
    return out


def _title(package: Package) -> str | None:
    """The document's title property, a weak hint: often a template's."""
    core = package.xml("docProps/core.xml")
    title = child(core, "title")
    text = " ".join(clean(title.text or "").split()) if title is not None else ""
    return text[:200] or None


def read_docx(data: bytes, source: str, limits: Limits) -> Document:
    """Read a docx. Raises UnreadableReport where it is damaged, protected, a bomb, or holds no Chinese text."""
    package = Package(data, source, limits, _WHAT)
    name = next((n for n in sorted(package.folded) if n.startswith("word/document") and n.endswith(".xml")), None)
    root = package.xml(name) if name else None
    if root is None:
        raise UnreadableReport(source, f"{_WHAT}已损坏，缺少正文")
    numbering = Numbering(package.xml("word/numbering.xml"), package.xml("word/styles.xml"))
    return _document(root, numbering, _title(package), source, limits)


def read_word_xml(data: bytes, source: str, limits: Limits) -> Document:
    """Read Word saved as one flat XML file (the "pkg:package" form, or a bare document part)."""
    if len(data) > limits.max_text_bytes:
        raise UnreadableReport(source, f"{_WHAT}过大，不像一份年度报告")
    root = parse_xml(data, source, _WHAT)
    parts: dict[str, Any] = {}
    for part in root:
        if local(part) == "part":
            content = child(part, "xmlData")
            if content is not None and len(content):
                parts[(attribute(part, "name") or "").lower()] = content[0]
    body = parts.get("/word/document.xml", root)
    numbering = Numbering(parts.get("/word/numbering.xml"), parts.get("/word/styles.xml"))
    return _document(body, numbering, None, source, limits)


def _document(root: Any, numbering: Numbering, title: str | None, source: str, limits: Limits) -> Document:
    body = child(root, "body")
    walker = _Body(numbering, limits)
    try:
        blocks = list(walker.blocks(body if body is not None else root))
    except TooManyCells:
        raise UnreadableReport(source, too_many_cells(limits)) from None
    return assemble(source, Content(blocks, title), limits)
