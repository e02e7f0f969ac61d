"""What every reader produces, paragraphs and tables in reading order, and how that becomes a Document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nlp.errors import UnreadableReport
from nlp.normalise import normalise, normalise_cell
from nlp.quick import quick
from nlp.reading.limits import Limits
from nlp.records import Cell, Document, Grid

HAN = re.compile("[\u3400-\u9fff]")
HAN_RUN = re.compile("[\u3400-\u9fff]+")
# A section whose table is due: its heading announces one of the three statutory tables.
_TABLE_HEADING = re.compile(
    r"^.{0,4}[、.．）)]?\s?(?:.{0,12}主动公开.{0,8}情况|.{0,16}(?:收到和?处理|申请).{0,14}情况|.{0,24}(?:行政复议|行政诉讼).{0,12})"
)
_HEAD = 800
_INNER_TAB = re.compile("[^\t\n]\t")  # what parts two cells
_cell = quick(Cell)
_HEADING = re.compile(r"^[一二三四五六七八九十]\s?[、.．]")


class TooManyCells(Exception):
    """Tables beyond all measure; a reader turns it into an UnreadableReport."""


@dataclass(slots=True)
class Paragraph:
    """Text between tables; may hold several lines. ``page`` is 1-based."""

    text: str
    page: int | None = None


@dataclass(slots=True)
class Picture:
    """A place where a picture stands; it matters only where a table is due."""

    page: int | None = None


@dataclass(slots=True)
class Table:
    """Cells and where they stand: ``places[r][c]`` is an index into ``cells``, -1 where there is nothing."""

    cells: list[str]
    places: list[list[int]]
    page: int | None = None


Block = Paragraph | Picture | Table


@dataclass(slots=True)
class Content:
    """All that a reader found; ``pages`` is their number, 0 where the format has none."""

    blocks: list[Block]
    title_hint: str | None = None
    hints: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    pages: int = 0


def spread(rows: Iterable[Iterable[tuple[str, int, int]]], limits: Limits) -> Table:
    """Resolve spans: rows of (text, rowspan, colspan) as HTML states them → a rectangular table.

    Raises TooManyCells where the table is beyond ``limits.max_cells``.
    """
    cells: list[str] = []
    places: list[list[int]] = []
    hanging: dict[int, tuple[int, int]] = {}  # column → (cell, rows still covered)
    total = 0
    for row in rows:
        line: list[int] = []
        pending = dict(hanging)
        hanging = {c: (cell, left - 1) for c, (cell, left) in pending.items() if left > 1}
        for text, rowspan, colspan in row:
            while len(line) in pending:
                line.append(pending[len(line)][0])
            cells.append(text)
            for _ in range(colspan):
                if rowspan > 1:
                    hanging[len(line)] = (len(cells) - 1, rowspan - 1)
                line.append(len(cells) - 1)
            total += colspan
            if total > limits.max_cells:
                raise TooManyCells
        for column in sorted(c for c in pending if c >= len(line)):
            line.extend([-1] * (column - len(line)))
            line.append(pending[column][0])
        total += len(line)
        places.append(line)
    return rectangular(Table(cells, places))


def rectangular(table: Table) -> Table:
    """Pad rows to one width."""
    columns = max((len(row) for row in table.places), default=0)
    for row in table.places:
        row.extend([-1] * (columns - len(row)))
    return table


class _Writer:
    """Writes blocks into one text and notes where everything stands."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.offset = 0
        self.grids: list[Grid] = []
        self.pages: list[int] = []

    def line(self, text: str) -> None:
        self.parts.append(text)
        self.offset += len(text) + 1

    def page(self, number: int | None) -> None:
        while number is not None and len(self.pages) < number:
            self.pages.append(self.offset)

    def paragraphs(self, text: str, page: int | None) -> None:
        if text:
            self.grids.extend(find_grids(text, self.offset, page))
            self.line(text)

    def table(self, table: Table) -> None:
        table.cells = [normalise_cell(cell) for cell in table.cells]
        if not any(table.cells):
            return
        start = self.offset
        spans: dict[int, Cell] = {}
        rows: list[tuple[Cell, ...]] = []
        for row in table.places:
            cells: list[Cell] = []
            written: list[str] = []
            at = self.offset
            for place in row:
                cell = spans.get(place)
                text = table.cells[place] if place >= 0 and cell is None else ""
                if cell is None:
                    cell = _cell(text, at, at + len(text))
                    if place >= 0:
                        spans[place] = cell
                cells.append(cell)
                written.append(text)
                at += len(text) + 1
            self.line("\t".join(written))
            rows.append(tuple(cells))
        self.grids.append(Grid(tuple(rows), start, self.offset - 1, table.page))


def _misses_table(blocks: Sequence[Block]) -> bool:
    """Whether a picture stands where a statutory table is due and none is there (T7)."""
    due = pictured = False
    for block in blocks:
        if isinstance(block, Table):
            due = pictured = False
        elif isinstance(block, Picture):
            pictured = pictured or due
        else:
            for line in block.text.split("\n"):
                if _HEADING.match(line):
                    if pictured:
                        return True
                    due = bool(_TABLE_HEADING.match(line)) and len(line) < 60
    return pictured


def _merged(blocks: Sequence[Block]) -> Iterator[Block]:
    """Put paragraphs that follow each other on one page together and normalise them as one text."""
    run: list[str] = []
    page: int | None = None
    for block in blocks:
        if run and not (isinstance(block, Paragraph) and block.page == page):
            yield Paragraph(normalise("\n".join(run)), page)
            run = []
        if isinstance(block, Paragraph):
            run.append(block.text)
            page = block.page
        else:
            yield block
    if run:
        yield Paragraph(normalise("\n".join(run)), page)


def assemble(source: str, content: Content, limits: Limits) -> Document:
    """Normalise blocks and write them into a Document.

    Raises UnreadableReport where there is far too much, or no Chinese text.
    """
    writer = _Writer()
    blocks = list(_merged(content.blocks))
    places = 0
    for block in blocks:
        writer.page(block.page)
        if isinstance(block, Paragraph):
            writer.paragraphs(block.text, block.page)
        elif isinstance(block, Table) and block.places:
            places += len(block.places) * len(block.places[0])
            if places > limits.max_cells:
                raise UnreadableReport(source, too_many_cells(limits))
            writer.table(block)
    writer.page(content.pages or None)
    warnings = list(content.warnings)
    if _misses_table(blocks):
        warnings.append("table_image")
    text = "\n".join(writer.parts)
    check_text(source, text, limits)
    return Document(
        source=source,
        text=text,
        grids=tuple(writer.grids),
        pages=tuple(min(page, len(text)) for page in writer.pages),
        title_hint=content.title_hint,
        hints=dict(content.hints),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def too_many_cells(limits: Limits) -> str:
    """The cause where tables are beyond all measure."""
    return f"表格过大（超过 {limits.max_cells} 格），不像一份年度报告"


def find_grids(text: str, offset: int = 0, page: int | None = None) -> list[Grid]:
    """Tables that normalised text holds as tab rows: runs of at least two lines.

    Spans are unknown in such rows, so an empty place stays empty. Short rows are padded at their end.
    ``offset`` is added to every place.
    """
    grids: list[Grid] = []
    tab = text.find("\t")
    while tab >= 0:
        first = at = text.rfind("\n", 0, tab) + 1
        run: list[tuple[int, str]] = []
        while True:  # line by line, as long as each has a tab
            end = text.find("\n", tab)
            end = len(text) if end < 0 else end
            run.append((offset + at, text[at:end]))
            at = end + 1
            tab = text.find("\t", at)
            if tab < 0 or text.find("\n", at, tab) >= 0:
                break
        if len(run) > 1 and _INNER_TAB.search(text, first, at):
            grids.append(_rows_grid(run, page))
    return grids


def _rows_grid(run: list[tuple[int, str]], page: int | None) -> Grid:
    columns = max(line.count("\t") for _, line in run) + 1
    rows: list[tuple[Cell, ...]] = []
    end = run[-1][0] + len(run[-1][1])
    for start, line in run:
        cells: list[Cell] = []
        at = start
        for text in line.split("\t"):
            cells.append(_cell(text, at, at + len(text)))
            at += len(text) + 1
        if len(cells) < columns:
            cells.extend([Cell("", at - 1, at - 1)] * (columns - len(cells)))
        rows.append(tuple(cells))
    return Grid(tuple(rows), run[0][0], end, page)


def check_text(source: str, text: str, limits: Limits) -> None:
    """Refuse a text that cannot be a report: empty, endless, or hardly any Chinese in it."""
    if not text.strip():
        raise UnreadableReport(source, "文件里没有文字")
    if len(text) > limits.max_chars:
        raise UnreadableReport(source, f"文字过多（{len(text)} 字，上限 {limits.max_chars} 字），不像一份年度报告")
    signs = len(text) - text.count("\t") - text.count("\n") - text.count(" ")
    for head in (text[:_HEAD], text):  # the head of most texts shows enough
        han = len(head) - len(HAN_RUN.sub("", head))
        if han >= limits.min_han and han * 20 >= signs:
            return
    if han < limits.min_han:
        raise UnreadableReport(source, f"几乎没有汉字（只有 {han} 个），不像一份年度报告")
    raise UnreadableReport(source, "汉字太少，多为其他字符，不像一份年度报告")
