"""A stretch of a document as *bands*: each a run of cells with the label text that stands before it.

Whatever the layout (a grid, tab or pipe rows, one cell a line, numbers parted by blanks, digits glued to their
labels), a table becomes the same thing here: label text and cells in turn. What the labels mean and which
cell belongs to which column is decided later (:mod:`nlp.tables.align`, the tables' own modules).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from nlp.records import Cell, Document, Grid
from nlp.tables.cells import is_value

_PLAIN = {
    **dict.fromkeys(" \t\n\r\u3000\xa0|#*\"'“”‘’《》〈〉「」", ""),
    **dict(zip("（），：；．－０１２３４５６７８９", "(),:;.-0123456789", strict=True)),
}
_ORDINAL = re.compile(r"^[(（]?\d{1,2}[)）.．、]?")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_PAGE_MARK = re.compile(
    r"\s*(?:[-—–~·]\s*\d{1,3}\s*[-—–~·]|第\s*\d{1,3}\s*页.{0,12}|(?:Page|P)\.?\s*\d{1,3}|\d{1,3}\s*/\s*\d{1,3}\s*页?)\s*",
    re.I,
)
_PARTING = re.compile(r"[\t|]")
_RULER = re.compile(r"[\s|:+\-=─│┌┬┐├┼┤└┴┘]*")
_PIECE = re.compile(r"\d[\d,]*[ \u3000](?:件|项|条|个|宗)(?!\S)|[+-]?\d[^\s（(]*[（(][^）)\n]{0,40}[）)]\S*|\S+")
_TAIL = 120  # no label is longer
_MARK = 60  # no page mark is
_DATE_UNIT = re.compile(r" *[年月日号]")
# Digits that touch words, with the signs that a row of changes has between them ("97+82179", "5减少2项3").
_RUN = re.compile(
    r"(?<!第)(?>(?:(?:[-+−/—无]|增加?|减少?|新增)(?=[\d/+−增减—-]))*\d(?:[\d,.+−/—-](?=[\d元万+−增减/—-])|\d|增加?(?=\d)|减少?(?=\d)|[项件个])*"
    r"(?:万元|元)?(?:[/—]|无(?![法需正]))*)(?![条款号年月日])"
)
_AFTER = re.compile(r"第|规章|行政|规范|其[他它]|对外|政府|集中|信息|[一二三四五六][、.]|[（(]|注|[。，；、]|\d[.、]")
_SENTENCE = re.compile(r"(?<=[项件个])[，。；、]|[件个条项份宗]?[，。；]")
_NUMBERED = re.compile(r"[.．、)）]\s*[^\d\s]")


class Piece(NamedTuple):
    """The text of one cell and its place in the document; ``line`` tells cells of different lines apart."""

    text: str
    start: int
    end: int
    line: int = 0


@dataclass(slots=True)
class Band:
    """A run of cells.

    Attributes:
        label: text before the cells since the band before (grid rows: of the same row), see :func:`plain`.
        cells: the cells in order.
        exact: blank cells are among the cells (grids, rows); else blanks are lost.
        own: label text stands before the cells on the same line or row.
        follows: text stands after the cells on the same line.
        grid: which grid or block of rows the band is from; None for running text.
        columns: the cells' columns in that grid.
        glued: the digits stood without a gap beside a label; ``spare``: their last digit may be the ordinal of
            the label after them; ``torn``: what follows them is no label, so that a cell may go on there.
        after: label text up to the next band.
    """

    label: str
    cells: list[Piece]
    exact: bool
    own: bool
    grid: int | None = None
    columns: tuple[int, ...] = ()
    glued: bool = False
    spare: bool = False
    torn: bool = False
    follows: bool = False
    after: str = ""

    @property
    def start(self) -> int:
        """Where the first cell begins."""
        return self.cells[0].start

    @property
    def end(self) -> int:
        """Where the last cell ends."""
        return self.cells[-1].end

    @property
    def filled(self) -> bool:
        """Whether any cell says something."""
        return self.glued or any(is_value(cell.text) for cell in self.cells if cell.text)


def plain(text: str) -> str:
    """Label text without blanks, quotation marks and table lines, brackets and digits half-width."""
    return _plain(text) if len(text) <= _TAIL else _mapped(text)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    return _mapped(text)


def _mapped(text: str) -> str:
    """What ``str.translate`` would give, which is slow beyond ASCII; no value is a key, so the order is free."""
    for char, twin in _PLAIN.items():
        if char in text:
            text = text.replace(char, twin)
    return text


@lru_cache(maxsize=4096)
def is_label(text: str) -> bool:
    """Whether a cell holds words rather than a value: a Chinese character, no digit but an ordinal."""
    rest = _ORDINAL.sub("", text.strip())
    return not any(char.isdigit() for char in rest) and bool(_HAN.search(rest)) and not is_value(text)


@lru_cache(maxsize=4096)
def _is_page_mark(line: str) -> bool:
    return _PAGE_MARK.fullmatch(line) is not None


@dataclass(slots=True)
class _Builder:
    """Collects label text and runs of values in reading order."""

    label_end: re.Pattern[str]
    bands: list[Band] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    run: list[Piece] = field(default_factory=list)
    own: bool = False
    glued: bool = False
    spare: bool = False
    torn: bool = False
    blocks: int = 0

    def close(self, follows: bool = False) -> None:
        """End the current run of values."""
        if self.run:
            band = Band(plain("".join(self.text)), self.run, False, self.own)
            band.glued, band.spare, band.torn, band.follows = self.glued, self.spare, self.torn, follows
            self.bands.append(band)
            self.text, self.run, self.glued, self.spare, self.torn = [], [], False, False, False

    def on_line(self, line: int) -> bool:
        """Whether the current run of values reaches into this line."""
        return bool(self.run) and self.run[-1].line == line

    def words(self, text: str, same_line: bool) -> None:
        """Take label text."""
        self.close(follows=same_line)
        self.text.append(text)

    def value(self, piece: Piece, own: bool, glued: bool = False) -> None:
        """Take one value of a run."""
        if not self.run:
            self.own = own
        self.glued = self.glued or glued
        self.run.append(piece)

    def row(self, cells: Sequence[Piece | Cell], columns: Sequence[int], grid: int | None) -> None:
        """Take one row of cells: labels first, then values, blanks among them."""
        self.close()
        last = len(cells) - 1
        while last >= 0 and ((text := cells[last].text).isascii() or not is_label(text)):
            last -= 1
        labels = plain("".join([cell.text for cell in cells[: last + 1]]))
        values = [  # pieces of lines are stripped already
            cell
            if type(cell) is Piece and "|" not in cell.text
            else Piece(cell.text.strip(" \t|"), cell.start, cell.end)
            for cell in cells[last + 1 :]
        ]
        texts = [cell.text for cell in values if cell.text]
        if not values or (not labels and not texts):
            self.text.append(labels)
            return
        if texts and not any(map(is_value, texts)):
            self.text.append(plain("".join(cell.text for cell in cells)))
            return
        band = Band(labels or plain("".join(self.text)), values, True, bool(labels), grid, tuple(columns[last + 1 :]))
        self.bands.append(band)
        self.text = []


def _grid_rows(builder: _Builder, grid: Grid, start: int, end: int, number: int) -> None:
    """Feed the rows of a grid that begin within the stretch; a merged cell counts once."""
    seen: set[tuple[int, int]] = set()
    for row in grid.rows:
        if not row or not start <= row[0].start < end:
            inside = [cell for cell in row if start <= cell.start < end]
            if not inside or len(inside) * 2 < len(row):
                continue
        cells: list[Piece | Cell] = []
        columns: list[int] = []
        filled: list[tuple[int, int]] = []
        before: tuple[int, int] | None = None
        for column, cell in enumerate(row):
            span = (cell.start, cell.end)
            if cell.text:
                if span == before:
                    continue
                filled.append(span)
            before = span
            twice = cell.text and span in seen and is_value(cell.text)  # one number cannot stand in two rows
            cells.append(Piece("", *span) if twice else cell)
            columns.append(column)
        seen.update(filled)
        builder.row(cells, columns, number)


def _split_row(line: str, offset: int, number: int) -> list[Piece]:
    """The cells of a line that parts them by tabs or pipes."""
    cells = []
    for part in _PARTING.split(line):
        cells.append(Piece(part.strip(), offset, offset + len(part), number))
        offset += len(part) + 1
    if line.lstrip()[:1] == "|":
        cells = cells[1:]
    if line.rstrip()[-1:] == "|" and cells and not cells[-1].text:
        cells = cells[:-1]
    return cells


def _mixed(builder: _Builder, text: str, offset: int, line: int) -> None:
    """Feed a piece in which words and digits touch: digits right after a label are its cells."""
    at = 0
    for match in _RUN.finditer(text):
        end = match.end()
        if match[0][-1].isdigit() and _NUMBERED.match(text, end):
            end -= 1  # the last digit is the ordinal of the label that follows
        if end <= match.start() or _SENTENCE.match(text, end):
            continue
        words = text[at : match.start()]
        before = plain(words[-_TAIL:] if builder.run else ("".join(builder.text[-4:]) + words)[-_TAIL:])
        digits = text[match.start() : end]
        running = match.start() == 0 and builder.on_line(line)
        if not (running or builder.label_end.search(before) or (len(digits) >= 7 and digits.isdigit())):
            continue
        if words:
            builder.words(words, same_line=builder.on_line(line))
        builder.value(Piece(digits, offset + match.start(), offset + end, line), own=True, glued=not running)
        following = text[end : end + 1]
        builder.spare = bool(following) and following not in "(（一二三四五六七1234567890、."
        builder.torn = end < len(text) and not _AFTER.match(text, end)
        at = end
    if at < len(text):
        builder.words(text[at:], same_line=builder.on_line(line))


def _next_is_value(line: str, at: int) -> bool:
    """Whether the next piece of a line, or nothing, follows; a dash before words is the mark of a list."""
    following = _PIECE.search(line, at)
    return following is None or is_value(following[0])


def _pieces(builder: _Builder, line: str, offset: int, number: int) -> None:
    """Feed a line whose pieces are parted by blanks."""
    worded = False
    for match in _PIECE.finditer(line):
        text = match[0]
        start, end = offset + match.start(), offset + match.end()
        dash = text in "-—*·" and not worded and not _next_is_value(line, match.end())
        if is_value(text) and not dash and not _DATE_UNIT.match(line, match.end()):
            builder.value(Piece(text, start, end, number), own=worded)
        elif any(char.isdigit() for char in text) and _HAN.search(text):
            _mixed(builder, text, start, number)
            worded = True
        else:
            builder.words(text, same_line=builder.on_line(number))
            worded = True


def _cell_lines(builder: _Builder, cells: list[Piece]) -> None:
    """Feed a group of one-cell lines: labels, then values, perhaps several such rows without a gap."""
    row: list[Piece] = []
    valued = False
    for cell in cells:
        label = is_label(cell.text)
        if label and valued:
            builder.row(row, range(len(row)), None)
            row, valued = [], False
        valued = valued or bool(cell.text and not label)
        row.append(cell)
    if row:
        builder.row(row, range(len(row)), None)


def _lines(builder: _Builder, text: str, start: int, end: int) -> None:
    """Feed the running text of a stretch, line by line."""
    group: list[Piece] = []
    in_rows = False
    offset = start
    for number, line in enumerate(text[start:end].split("\n"), start=start):
        here, offset = offset, offset + len(line) + 1
        if len(line) <= _MARK and _is_page_mark(line):
            continue
        led = line[:1] == "\t"
        many = line.count("\t") > led or line.count("|") >= 2
        if led and not many:
            group.append(Piece(line.strip(), here + 1, here + len(line), number))
            in_rows = False
            continue
        if group:
            _cell_lines(builder, group)
            group = []
        if not line or line.isspace():
            continue
        if not many:
            _pieces(builder, line, here, number)
            in_rows = False
        elif not (_RULER.fullmatch(line) and "-" in line):
            builder.blocks += not in_rows
            cells = _split_row(line, here, number)
            builder.row(cells, range(len(cells)), -builder.blocks)
            in_rows = True
    if group:
        _cell_lines(builder, group)


def read_bands(
    document: Document, start: int, end: int, label_end: re.Pattern[str], *, use_grids: bool = True
) -> tuple[list[Band], str]:
    """Give the bands of ``document.text[start:end]`` in reading order, and the label text after the last.

    Args:
        document: the document.
        start: where the stretch begins.
        end: where it ends.
        label_end: matches where text ends in a row's label, so that digits right after it are its cells.
        use_grids: take rows from the grids where there are some; else from the text alone.
    """
    builder = _Builder(label_end)
    at = start
    grids: Iterable[Grid] = sorted(document.grids, key=lambda grid: grid.start) if use_grids else ()
    for number, grid in enumerate(grids):
        if grid.end <= at or grid.start >= end or (grid.start < at and grid.start >= start):
            continue
        if grid.start > at:
            _lines(builder, document.text, at, grid.start)
        _grid_rows(builder, grid, at, end, number)
        at = max(at, min(grid.end, end))
    _lines(builder, document.text, at, end)
    builder.close()
    tail = plain("".join(builder.text))
    for band, following in zip(builder.bands, builder.bands[1:], strict=False):
        band.after = following.label
    if builder.bands:
        builder.bands[-1].after = tail
    return builder.bands, tail
