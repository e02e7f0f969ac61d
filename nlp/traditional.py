"""Traditional characters made simplified, one character for one: mirrors copy reports in them (D15).

Everything downstream, the words of the forms, the names of places, the labels, the search, knows one script;
so a document is turned before it is understood. Lengths stay, and with them all offsets.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from nlp.normalise import data_lines
from nlp.records import Cell, Document

# Traditional forms so frequent that a text without any of them is not in traditional characters.
_SIGNS = "開關時問題個務為報請資"
_ENOUGH = 8


@cache
def _table() -> dict[int, str]:
    pairs = "".join(data_lines("traditional.txt"))
    return {ord(pairs[i]): pairs[i + 1] for i in range(0, len(pairs), 2)}


def is_traditional(text: str) -> bool:
    """Whether a text is written in traditional characters; single ones, as in a name, do not make it so."""
    if not any(sign in text for sign in _SIGNS):
        return False
    table = _table()
    return sum(ord(char) in table for char in text) >= _ENOUGH


def simplified(document: Document) -> Document:
    """The document in simplified characters; one that is not in traditional characters as it is.

    A turned document carries the warning ``dirty_source``.
    """
    if not is_traditional(document.text):
        return document
    table = _table()
    turned: dict[int, Cell] = {}

    def cell(old: Cell) -> Cell:
        """The cell turned; merged places keep sharing one cell."""
        return turned.setdefault(id(old), replace(old, text=old.text.translate(table)))

    grids = tuple(
        replace(grid, rows=tuple(tuple(cell(place) for place in row) for row in grid.rows)) for grid in document.grids
    )
    return replace(
        document,
        text=document.text.translate(table),
        grids=grids,
        title_hint=document.title_hint.translate(table) if document.title_hint else None,
        hints={key: value.translate(table) for key, value in document.hints.items()},
        warnings=tuple(dict.fromkeys((*document.warnings, "dirty_source"))),
    )
