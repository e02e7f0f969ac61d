"""Which tables of a page or document hold figures and which only lay text out; spans resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nlp.reading.blocks import Block, Paragraph, Picture, Table, TooManyCells, spread
from nlp.reading.limits import Limits

_SECTION = re.compile(r"^\s*(?:[一二三四五六七]|[—-])\s?[、．.].{2,36}(?:情况|事项|措施|问题|打算|安排)\s*$")
_LONG = 120  # characters: a cell of the statutory tables is shorter, a paragraph is longer
_PROSE = 400


@dataclass(slots=True)
class RawCell:
    """One cell as the format states it: what is in it, and how far it reaches."""

    blocks: list[Block] = field(default_factory=list)
    rowspan: int = 1
    colspan: int = 1

    def text(self) -> str:
        """All text in the cell; a table within it reads row by row."""
        return "\n".join(filter(None, _texts(self.blocks)))


def _texts(blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, Table):
            for row in block.places:
                yield " ".join(block.cells[i] for i in dict.fromkeys(row) if i >= 0 and block.cells[i])


def _nested(cell: RawCell) -> int:
    """Number of cells of the tables within a cell."""
    return sum(len(block.cells) for block in cell.blocks if isinstance(block, Table))


def _is_prose(cell: RawCell) -> bool:
    """Whether a cell holds running text or a section's heading, not a table's label or figure."""
    text = cell.text().strip()
    return len(text) > _LONG or text.endswith("。") or any(_SECTION.match(line) for line in text.split("\n"))


def _lays_out(rows: list[list[RawCell]], columns: int) -> bool:
    """Whether the whole table only places things on the page."""
    if columns <= 1:
        return True
    cells = [cell for row in rows for cell in row]
    if sum(map(_nested, cells)) > len(cells):
        return True
    for row in rows:
        for cell in row:
            if cell.colspan < columns and (len(cell.text()) > _PROSE or _sections(cell) >= 2):
                return True
    return False


def _sections(cell: RawCell) -> int:
    return sum(bool(_SECTION.match(line)) for line in cell.text().split("\n"))


def lay_out(rows: list[list[RawCell]], limits: Limits, page: int | None = None) -> list[Block]:
    """Turn a table's rows into blocks: one Table, or paragraphs and Tables where prose stands in its rows.

    Raises TooManyCells where the spans make it far too large.
    """
    rows = [row for row in rows if row]
    columns = max((sum(cell.colspan for cell in row) for row in rows), default=0)
    if columns * len(rows) > limits.max_cells:
        raise TooManyCells
    if _lays_out(rows, columns):
        return [block for row in rows for cell in row for block in cell.blocks]
    blocks: list[Block] = []
    run: list[list[RawCell]] = []
    for row in rows:
        whole = len(row) == 1 and row[0].colspan >= columns and row[0].rowspan == 1
        if whole and (_nested(row[0]) or _is_prose(row[0])):
            blocks.extend(_grid(run, limits, page))
            run = []
            blocks.extend(row[0].blocks)
        else:
            run.append(row)
    blocks.extend(_grid(run, limits, page))
    return blocks


def _grid(rows: list[list[RawCell]], limits: Limits, page: int | None) -> list[Block]:
    """Make one Table; a picture in a cell stays noticed."""
    if all(len(row) == 1 for row in rows):
        return [block for row in rows for block in row[0].blocks]
    table = spread((((cell.text(), cell.rowspan, cell.colspan) for cell in row) for row in rows), limits)
    table.page = page
    pictures: list[Block] = [b for row in rows for cell in row for b in cell.blocks if isinstance(b, Picture)]
    return [table, *pictures] if any(cell.strip() for cell in table.cells) else pictures
