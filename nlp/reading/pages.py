"""Pages into one text: page marks go, paragraphs and tables that a page break cut are made whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from nlp.reading.blocks import Block, Paragraph, Picture, Table
from nlp.reading.page import MARGIN, PageLayout, TextLine
from nlp.reading.page_break import continue_table, is_continued
from nlp.reading.ruled import TableBox
from nlp.reflow import STARTS, glue

_MARK = re.compile(
    r"(?:[-—–―－─~·•]{0,3}\s?\d{1,4}\s?[-—–―－─~·•]{0,3}|(?:Page|page|PAGE|P\.?)\s?\d{1,3}(?:\s?(?:of|/)\s?\d{1,3})?"
    r"|第\s?[\d一二三四五六七八九十]{1,3}\s?页(?:[\s,，/]{0,3}共\s?[\d一二三四五六七八九十]{1,3}\s?页)?|\d{1,3}\s?/\s?\d{1,3})"
)


def join_pages(pages: Sequence[PageLayout]) -> list[Block]:
    """Blocks of all pages in reading order."""
    _drop_marks(pages)
    _drop_running_titles(pages)
    joiner = _Joiner()
    everywhere = _margins(pages)
    for page in pages:
        lines = sum(isinstance(item, TextLine) for item in page.items)
        margins = _margins([page]) if lines >= 8 else everywhere
        for position, item in enumerate(page.items):
            if isinstance(item, TableBox):
                joiner.table(item, first=position == 0)
            else:
                joiner.line(item, page.number, *margins)
        if page.pictures and not any(isinstance(item, TableBox) for item in page.items):
            joiner.blocks.append(Picture(page.number))
    return joiner.blocks


class _Joiner:
    """Writes lines and tables one after the other; what goes on with the last one is added to it."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.open: Block | None = None  # what the next line or table may go on with
        self.last_line: TextLine | None = None
        self.last_table: TableBox | None = None

    def begin(self, block: Block) -> None:
        """Add a block that the next item may go on with."""
        self.blocks.append(block)
        self.open = block

    def line(self, line: TextLine, page: int, left: float, right: float) -> None:
        """Go on with the paragraph, or begin one."""
        paragraph = self.open
        if isinstance(paragraph, Paragraph) and self.last_line and _goes_on(self.last_line, line, left, right):
            paragraph.text = glue(paragraph.text, line.text)
        else:
            self.begin(Paragraph(line.text, page))
        self.last_line, self.last_table = line, None

    def table(self, box: TableBox, *, first: bool) -> None:
        """Go on with the table that ended the page before, or begin one."""
        block, before = self.open, self.last_table
        if first and before and isinstance(block, Table) and is_continued(before, box):
            continue_table(before, box)
            block.cells, block.places = before.cells, before.places
        else:
            self.begin(Table(box.cells, box.places, box.page))
            self.last_table = box
        self.last_line = None


def _in_margin(line: TextLine, page: PageLayout) -> bool:
    return line.bottom < page.height * MARGIN or line.top > page.height * (1 - MARGIN)


def _drop_marks(pages: Sequence[PageLayout]) -> None:
    """Take page numbers away: a mark, or a bare number, as the page's outermost line."""
    for page in pages:
        lines = [item for item in page.items if isinstance(item, TextLine)]
        for line in {id(x): x for x in (lines[:1] + lines[-1:])}.values():
            outermost = line is page.items[0] or line is page.items[-1]
            if outermost and _in_margin(line, page) and _MARK.fullmatch(line.text):
                page.items.remove(line)


def _drop_running_titles(pages: Sequence[PageLayout]) -> None:
    """Take away what stands in the margin of most pages, of two at least."""
    seen = Counter[tuple[str, int]]()
    found: list[tuple[PageLayout, TextLine, tuple[str, int]]] = []
    for page in pages:
        keys = set()
        for item in (page.items[0], page.items[-1]) if page.items else ():
            if isinstance(item, TextLine) and _in_margin(item, page) and len(item.text) <= 60:
                key = (re.sub(r"\d+", "#", item.text), round(item.top / 6))
                found.append((page, item, key))
                keys.add(key)
        seen.update(keys)
    for page, item, key in found:
        if seen[key] >= 2 and seen[key] * 2 >= len(pages) and item in page.items:
            page.items.remove(item)


def _margins(pages: Sequence[PageLayout]) -> tuple[float, float]:
    """Left and right margin of running text: the positions that lines share."""
    lines = [item for page in pages for item in page.items if isinstance(item, TextLine)]
    if not lines:
        return 0.0, 0.0
    lefts = Counter(round(line.x0 / 4) for line in lines)
    rights = sorted((line.x1 for line in lines), reverse=True)
    shared = [bucket for bucket, count in lefts.items() if count >= max(2, len(lines) // 10)]
    left = min(shared, default=min(lefts)) * 4.0
    right = rights[min(len(rights) - 1, len(rights) // 10)]
    return left, right


def _goes_on(before: TextLine, after: TextLine, left: float, right: float) -> bool:
    """Whether a line goes on with the paragraph of the line before it."""
    size = max(before.height, after.height, 1.0)
    full = before.x1 >= right - 2.2 * size
    indented = after.x0 > left + 1.3 * size
    resized = abs(before.height - after.height) > 0.25 * size
    if not full or indented or resized:
        return False
    return not STARTS.match(after.text) or before.text[-1] in "，、"
