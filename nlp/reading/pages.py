"""Pages into one text: page marks go, paragraphs and tables that a page break cut are made whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from nlp.reading.blocks import Block, Paragraph, Picture, Table
from nlp.reading.page import PageLayout, TableBox, TextLine
from nlp.reflow import STARTS, glue, is_heading_like

_MARK = re.compile(
    r"(?:[-—–―－─~·•]{0,3}\s?\d{1,4}\s?[-—–―－─~·•]{0,3}|(?:Page|page|PAGE|P\.?)\s?\d{1,3}(?:\s?(?:of|/)\s?\d{1,3})?"
    r"|第\s?[\d一二三四五六七八九十]{1,3}\s?页(?:[\s,，/]{0,3}共\s?[\d一二三四五六七八九十]{1,3}\s?页)?|\d{1,3}\s?/\s?\d{1,3})"
)
_EDGE = 0.12  # share of the page's height at its top and bottom where marks and running titles stand
_NUMBER = re.compile(r"^[-+]?[\d,.]+$|^[-—/]$")
_NEAR = 8.0  # points: tables on two pages that agree so far at both sides are one


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
        if first and before and isinstance(block, Table) and _is_continued(before, box):
            _continue(before, box)
            block.cells, block.places = before.cells, before.places
        else:
            self.begin(Table(box.cells, box.places, box.page))
            self.last_table = box
        self.last_line = None


def _in_margin(line: TextLine, page: PageLayout) -> bool:
    return line.bottom < page.height * _EDGE or line.top > page.height * (1 - _EDGE)


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
    return not is_heading_like(after.text) or before.text[-1] in "，、"


def _is_continued(table: TableBox, item: TableBox) -> bool:
    """Whether a table at a page's top goes on with the one at the end of the page before."""
    sides = abs(table.xs[0] - item.xs[0]), abs(table.xs[-1] - item.xs[-1])
    return item.page == table.page + 1 and max(sides) <= _NEAR


def _continue(table: TableBox, item: TableBox) -> None:
    """Append the rows of ``item`` to ``table``: one set of columns, no repeated header, cut cells made whole."""
    xs = _union(table.xs, item.xs)
    above = _widen(table, xs)
    below = [[p + len(table.cells) if p >= 0 else -1 for p in row] for row in _widen(item, xs)]
    cells = table.cells + item.cells
    below = below[_repeated(above, below, cells) :]
    if below:
        _mend(above, below, cells)
    table.cells, table.places, table.xs = cells, above + below, xs
    table.page = item.page


def _union(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """Column rules of both tables, outer ones taken as equal."""
    xs = list(first)
    for x in second[1:-1]:
        if min(abs(x - known) for known in xs) > _NEAR / 2:
            xs.append(x)
    return sorted(xs)


def _widen(table: TableBox, xs: Sequence[float]) -> list[list[int]]:
    """The table's places over a finer set of columns."""
    column = 0
    source: list[int] = []
    for x in xs[:-1]:
        while column + 1 < len(table.xs) - 1 and table.xs[column + 1] <= x + _NEAR / 2:
            column += 1
        source.append(column)
    return [[row[c] for c in source] for row in table.places]


def _row_text(row: Sequence[int], cells: Sequence[str]) -> list[str]:
    return ["".join(cells[p].split()) if p >= 0 else "" for p in row]


def _repeated(above: list[list[int]], below: list[list[int]], cells: list[str]) -> int:
    """Number of header rows that the second page repeats."""
    count = 0
    for first, second in zip(above, below, strict=False):
        texts = _row_text(first, cells)
        if texts != _row_text(second, cells) or not any(texts) or any(map(_NUMBER.match, texts)):
            break
        count += 1
    return count


def _mend(above: list[list[int]], below: list[list[int]], cells: list[str]) -> None:
    """Make whole what the page break cut: a row in two halves, or a label that spans rows on both pages."""
    upper, lower = above[-1], below[0]
    if _are_halves(upper, lower, cells):
        for a, b in dict.fromkeys(zip(upper, lower, strict=True)):
            if a >= 0 and b >= 0 and a != b:
                _unify(a, b, above, below, cells)
        if below[0] == above[-1]:
            del below[0]
        return
    for a, b in dict.fromkeys(zip(upper, lower, strict=True)):
        if a < 0 or b < 0 or _NUMBER.match(cells[a]) or _NUMBER.match(cells[b]):
            break
        if [p == a for p in upper] != [p == b for p in lower]:
            continue
        if _is_same_label(a, b, above, below, cells):
            _unify(a, b, above, below, cells)


def _is_same_label(a: int, b: int, above: list[list[int]], below: list[list[int]], cells: list[str]) -> bool:
    """Whether the cell below is the rest of the label above."""
    tall = sum(a in row for row in above) > 1 or sum(b in row for row in below) > 1
    if not cells[b].strip():
        return tall and bool(cells[a].strip())
    return bool(STARTS.match(cells[a])) and not STARTS.match(cells[b]) and not _NUMBER.match(cells[b])


def _are_halves(upper: Sequence[int], lower: Sequence[int], cells: list[str]) -> bool:
    """Whether two rows are one that was cut: same columns, figures in one half only, a label that goes on."""
    pairs = list(dict.fromkeys(zip(upper, lower, strict=True)))
    if any([p == a for p in upper] != [p == b for p in lower] for a, b in pairs):
        return False
    figures = [[bool(_NUMBER.match(cells[p].strip())) for p in dict.fromkeys(row) if p >= 0] for row in (upper, lower)]
    if sum(map(any, figures)) != 1:
        return False
    with_figures = 0 if any(figures[0]) else 1
    bare = (lower, upper)[with_figures]
    numeric = [i for i, is_figure in enumerate(figures[with_figures]) if is_figure]
    others = [cells[p].strip() for p in dict.fromkeys(bare) if p >= 0]
    if any(others[i] for i in numeric) or not any(others):
        return False
    labels = [(cells[a].strip(), cells[b].strip()) for a, b in pairs if a >= 0 and b >= 0 and a != b]
    opened = [first for first, _ in labels if STARTS.match(first)]
    return bool(opened) and not any(STARTS.match(second) for _, second in labels)


def _unify(a: int, b: int, above: list[list[int]], below: list[list[int]], cells: list[str]) -> None:
    """Make two cells one; the text of both stays."""
    if cells[b].strip():
        cells[a] = f"{cells[a]}\n{cells[b]}".strip() if cells[a].strip() else cells[b]
        cells[b] = ""
    for row in (*above, *below):
        row[:] = [a if p == b else p for p in row]
