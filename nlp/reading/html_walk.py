"""A page's tree into its lines, pictures and tables in reading order, with the place of every element among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from nlp.reading.blocks import Block, Paragraph, Picture, Table, TooManyCells
from nlp.reading.limits import Limits
from nlp.reading.tables import RawCell, lay_out
from nlp.reflow import STARTS

_DROPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "object",
        "embed",
        "svg",
        "math",
        "canvas",
        "audio",
        "video",
        "select",
        "button",
        "textarea",
        "del",
        "input",
        "datalist",
        "map",
        "rp",
        "rt",
        "head",
        "area",
        "base",
    ]
)
_BLOCK_TAGS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_ROW_HOLDERS = frozenset(["thead", "tbody", "tfoot", "form", "center", "font", "span", "b"])
_PRE = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
_UNNUMBERED = re.compile(r"list-style(?:-type)?\s*:\s*(?:none|disc|circle|square)", re.IGNORECASE)
_BREAK = re.compile(r"[ \t]*\n\s*")


@dataclass(slots=True)
class Item:
    """A line, picture or table; how much text it has, and how much of that is links."""

    block: Block
    chars: int = 0
    link_chars: int = 0


@dataclass(slots=True)
class _Line:
    """Text gathered since the last block boundary."""

    parts: list[str] = field(default_factory=list)
    links: int = 0


class Walker:
    """Walks a tree once.

    Attributes:
        items: what was found, in reading order.
        ranges: block element → (first, end) of the items within it.
    """

    def __init__(self, limits: Limits, dropped: frozenset[Any] = frozenset(), tables: int = 0) -> None:
        """Start within ``tables`` tables around; ``dropped`` elements are passed over."""
        self.limits = limits
        self.dropped = dropped
        self.tables = tables
        self.items: list[Item] = []
        self.ranges: dict[Any, tuple[int, int]] = {}
        self.cells = 0
        self._gathered = _Line()

    def walk(self, element: Any, *, link: bool = False, pre: bool = False) -> None:
        """Write one element and all in it. Raises TooManyCells where tables are beyond all measure."""
        tag = element.tag
        if tag in _DROPPED or element in self.dropped:
            return
        if tag == "br":
            self._gathered.parts.append("\n")
            return
        if tag == "img":
            self._flush()
            self.items.append(Item(Picture()))
            return
        block = tag in _BLOCK_TAGS or tag == "table"
        if block:
            self._flush()
        start = len(self.items)
        if tag == "table" and self.tables < self.limits.max_nesting:
            self._table(element)
        else:
            link = link or (tag == "a" and _leads_away(element))
            if tag == "li":
                self._gathered.parts.append(_number(element))
            pre = pre or tag == "pre" or bool(_PRE.search(element.get("style") or ""))
            self._add(element.text, link=link, pre=pre)
            for child in element:
                if isinstance(child.tag, str):
                    self.walk(child, link=link, pre=pre)
                self._add(child.tail, link=link, pre=pre)
        if block:
            self._flush()
            self.ranges[element] = (start, len(self.items))

    def _flush(self) -> None:
        if not self._gathered.parts:
            return
        text, links = "".join(self._gathered.parts), self._gathered.links
        self._gathered = _Line()
        for line in text.split("\n"):
            chars = len(line.strip())
            if chars:
                self.items.append(Item(Paragraph(line), chars, min(links, chars)))

    def _add(self, text: str | None, *, link: bool, pre: bool) -> None:
        if not text:
            return
        if "\n" in text or "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
            if not pre:
                text = _soft_breaks(text)
        if link:
            self._gathered.links += len(text.strip())
        self._gathered.parts.append(text)

    def _table(self, element: Any) -> None:
        """Write a table: a grid, or what stands in the cells of a table that only lays out."""
        rows: list[list[RawCell]] = []
        inner: list[Walker] = []
        for part in _parts(element):
            if isinstance(part, str):
                self._add(part, link=False, pre=False)
                self._flush()
            elif isinstance(part, list):
                rows.append([])
                for cell in part:
                    if cell in self.dropped:
                        continue
                    walker = Walker(self.limits, self.dropped, self.tables + 1)
                    walker.walk(cell)
                    inner.append(walker)
                    rows[-1].append(_raw_cell(cell, walker, self.limits))
                    self.cells += walker.cells + rows[-1][-1].colspan
            else:
                self.walk(part)
            if self.cells > self.limits.max_cells:
                raise TooManyCells
        self._place(lay_out(rows, self.limits), inner)

    def _place(self, blocks: list[Block], inner: list[Walker]) -> None:
        """Take over a table's blocks; where they are just its cells' items, also the elements' ranges."""
        known = {id(item.block): item for walker in inner for item in walker.items}
        start = len(self.items)
        self.items.extend(known.get(id(block)) or Item(block, _size(block)) for block in blocks)
        if len(blocks) != len(known) or any(id(block) not in known for block in blocks):
            return
        for walker in inner:
            self.ranges.update((e, (start + a, start + b)) for e, (a, b) in walker.ranges.items())
            start += len(walker.items)


def _size(block: Block) -> int:
    return sum(map(len, block.cells)) if isinstance(block, Table) else 0


def _raw_cell(cell: Any, walker: Walker, limits: Limits) -> RawCell:
    blocks = [item.block for item in walker.items]
    return RawCell(blocks, _span(cell, "rowspan", limits), _span(cell, "colspan", limits))


def _soft_breaks(text: str) -> str:
    """A newline in the source is a blank, nothing beside Chinese; it stays where an ordinal follows."""

    def put(match: re.Match[str]) -> str:
        after = text[match.end() : match.end() + 12]
        if not after or match.start() == 0:
            return " " if after else ""
        if STARTS.match(after):
            return "\n"
        return "" if text[match.start() - 1] > "\u2e80" or after[0] > "\u2e80" else " "

    return _BREAK.sub(put, text)


def _number(item: Any) -> str:
    """The number that a browser writes before an item of an ordered list, "" where the text has its own."""
    holder = item.getparent()
    if holder is None or holder.tag != "ol" or STARTS.match("".join(item.itertext()).strip()):
        return ""
    if _UNNUMBERED.search(holder.get("style") or ""):
        return ""
    start = re.match(r"\s*(\d{1,3})", holder.get("start") or "1")
    place = sum(1 for _ in item.itersiblings("li", preceding=True))
    return f"{(int(start[1]) if start else 1) + place}."


def _leads_away(element: Any) -> bool:
    href = (element.get("href") or "").strip()
    return bool(href) and not href.lower().startswith(("#", "javascript:"))


def _span(cell: Any, name: str, limits: Limits) -> int:
    match = re.match(r"\s*(\d{1,6})", cell.get(name) or "")
    return max(1, min(int(match[1]), limits.max_span)) if match else 1


def _parts(table: Any) -> Iterator[list[Any] | str | Any]:
    """A table's own content: rows as lists of cells, and what stands between rows where none should.

    Old pages put forms around rows, or cells without a row; what is in them counts all the same.
    """
    if table.text and table.text.strip():
        yield table.text
    loose: list[Any] = []
    for child in table:
        if child.tag in ("td", "th"):
            loose.append(child)
            continue
        if loose:
            yield loose
            loose = []
        if child.tag == "tr":
            yield list(_cells(child))
        elif child.tag in _ROW_HOLDERS:
            yield from _parts(child)
        elif isinstance(child.tag, str) and child.tag not in ("col", "colgroup"):
            yield child
        if child.tail and child.tail.strip():
            yield child.tail
    if loose:
        yield loose


def _cells(row: Any) -> Iterator[Any]:
    """Cells of a row, also within a form; anything else that stands in a row is taken for a cell."""
    for child in row:
        if child.tag in ("form", "tr"):
            yield from _cells(child)
        elif isinstance(child.tag, str) and (child.tag in ("td", "th") or "".join(child.itertext()).strip()):
            yield child
