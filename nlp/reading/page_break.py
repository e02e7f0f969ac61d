"""A table over a page break: one set of columns, no repeated header, and what the break cut made whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nlp.reading.ruled import TableBox
from nlp.reflow import STARTS

_NEAR = 8.0  # points: tables on two pages that agree so far at both sides are one
_NUMBER = re.compile(r"^[-+]?[\d,.]+$|^[-—/]$")
_NEXT_ITEM = re.compile(r"^[2-9]\s?[、.．]")


def is_continued(table: TableBox, item: TableBox) -> bool:
    """Whether a table at a page's top goes on with the one at the end of the page before."""
    sides = abs(table.xs[0] - item.xs[0]), abs(table.xs[-1] - item.xs[-1])
    return item.page == table.page + 1 and max(sides) <= _NEAR


def continue_table(table: TableBox, item: TableBox) -> None:
    """Append the rows of ``item`` to ``table``."""
    xs = _union(table.xs, item.xs)
    upper_columns, lower_columns = _sources(table, xs), _sources(item, xs)
    cells = table.cells + item.cells
    above = [[row[c] for c in upper_columns] for row in table.places]
    below = [[row[c] + len(table.cells) for c in lower_columns] for row in item.places]
    repeated = _repeated(above, below, cells)
    open_columns: set[int] = set()
    if not repeated:
        open_columns = {
            i
            for i, (a, b) in enumerate(zip(upper_columns, lower_columns, strict=True))
            if a in table.open_bottom and b in item.open_top
        }
    seam = _Seam(above, below[repeated:], cells)
    if seam.below:
        seam.mend(open_columns)
    table.open_bottom = {i for i, c in enumerate(lower_columns) if c in item.open_bottom}
    table.cells, table.places, table.xs = cells, seam.above + seam.below, xs
    table.page = item.page


def _union(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """Column rules of both tables, outer ones taken as equal."""
    xs = list(first)
    for x in second[1:-1]:
        if min(abs(x - known) for known in xs) > _NEAR / 2:
            xs.append(x)
    return sorted(xs)


def _sources(table: TableBox, xs: Sequence[float]) -> list[int]:
    """For each column of a finer set the table's own column."""
    column = 0
    out: list[int] = []
    for x in xs[:-1]:
        while column + 1 < len(table.xs) - 1 and table.xs[column + 1] <= x + _NEAR / 2:
            column += 1
        out.append(column)
    return out


def _repeated(above: list[list[int]], below: list[list[int]], cells: list[str]) -> int:
    """Number of header rows that the second page repeats."""
    count = 0
    for first, second in zip(above, below, strict=False):
        texts = ["".join(cells[p].split()) for p in first]
        if texts != ["".join(cells[p].split()) for p in second] or not any(texts) or any(map(_NUMBER.match, texts)):
            break
        count += 1
    return count


class _Seam:
    """The last row above a page break and the first row below it."""

    def __init__(self, above: list[list[int]], below: list[list[int]], cells: list[str]) -> None:
        self.above, self.below, self.cells = above, below, cells

    def mend(self, open_columns: set[int]) -> None:
        """Unite what the break cut: cells with no rule drawn at the break, two halves of a row, a label that
        spans rows on both pages.
        """
        open_columns = self.drop_fragments(open_columns)
        for column, a, b in list(self.pairs()):
            if column in open_columns and self.agree(a, b):
                self.unite(a, b)
        if self.are_halves():
            for _, a, b in list(self.pairs()):
                self.unite(a, b)
        if self.above[-1] == self.below[0]:
            del self.below[0]
            return
        for _, a, b in list(self.pairs()):
            if self.is_figure(a) or self.is_figure(b):
                break
            if self.same_label(a, b):
                self.unite(a, b)

    def pairs(self) -> Iterator[tuple[int, int, int]]:
        """(first column, cell above, cell below) where two different cells meet over the same columns."""
        upper, lower = self.above[-1], self.below[0]
        for column, (a, b) in enumerate(zip(upper, lower, strict=True)):
            if a == b or (column and (upper[column - 1], lower[column - 1]) == (a, b)):
                continue
            if [p == a for p in upper] == [p == b for p in lower]:
                yield column, a, b

    def text(self, cell: int) -> str:
        return self.cells[cell].strip()

    def is_figure(self, cell: int) -> bool:
        return bool(_NUMBER.match(self.text(cell)))

    def agree(self, a: int, b: int) -> bool:
        """Whether two texts can be parts of one: not two figures, not two labels."""
        first, second = self.text(a), self.text(b)
        if not first or not second:
            return True
        return not self.is_figure(a) and not self.is_figure(b) and not STARTS.match(second)

    def drop_fragments(self, open_columns: set[int]) -> set[int]:
        """Drop rows at the break that hold nothing of their own: what is left of a row whose text is all on the
        other page. Gives the columns that stay open: those of cells that reach beyond such a row.
        """
        for rows, index in ((self.above, -1), (self.below, 0)):
            if len(rows) > 1:
                row, others = rows[index], {p for line in rows for p in line if line is not rows[index]}
                if not any(self.text(p) for p in row if p not in others):
                    open_columns = {c for c in open_columns if row[c] in others}
                    del rows[index]
        return open_columns

    def apart(self) -> set[tuple[int, int]]:
        """All cells that meet at the break and are not one yet."""
        return {(a, b) for a, b in zip(self.above[-1], self.below[0], strict=True) if a != b}

    def are_halves(self) -> bool:
        """Whether two rows are one that was cut: same columns, figures in one half only, a label that goes on."""
        pairs = [(a, b) for _, a, b in self.pairs()]
        if not pairs or self.apart() != set(pairs):
            return False
        figures = [(a, b) for a, b in pairs if self.is_figure(a) or self.is_figure(b)]
        blank_above = not any(self.text(a) for a, _ in figures)
        blank_below = not any(self.text(b) for _, b in figures)
        if not figures or blank_above == blank_below:
            return False
        labels = [(self.text(a), self.text(b)) for a, b in pairs if (a, b) not in figures]
        opened = any(STARTS.match(first) for first, _ in labels)
        return opened and not any(STARTS.match(second) for _, second in labels)

    def same_label(self, a: int, b: int) -> bool:
        """Whether the cell below is the rest of the label above."""
        first, second = self.text(a), self.text(b)
        tall = sum(a in row for row in self.above) > 1 or sum(b in row for row in self.below) > 1
        if not second:
            return tall and bool(first)
        if not first:
            return tall and self.goes_on(b)
        return bool(STARTS.match(first)) and not STARTS.match(second)

    def goes_on(self, label: int) -> bool:
        """Whether the row below counts on within its label: "2." where a new label would begin with "1."."""
        row = self.below[0]
        after = row[len(row) - row[::-1].index(label) :]
        return bool(after) and bool(_NEXT_ITEM.match(self.text(after[0])))

    def unite(self, a: int, b: int) -> None:
        """Make two cells one; the text of both stays."""
        self.cells[a] = "\n".join(filter(None, (self.text(a), self.text(b))))
        self.cells[b] = ""
        for row in (*self.above, *self.below):
            row[:] = [a if p == b else p for p in row]
