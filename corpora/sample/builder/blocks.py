"""A report before it takes a file format: paragraphs, headings and tables in reading order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

BlockKind = Literal["title", "head", "sub", "para", "item", "table", "sign"]


@dataclass(frozen=True)
class Cell:
    """A table cell with its spans."""

    text: str
    colspan: int = 1
    rowspan: int = 1


Grid = list[list[Cell]]


@dataclass(frozen=True)
class Block:
    """One piece of a report; ``ordinal`` is the number in front of an item ("1.", "（一）")."""

    kind: BlockKind
    text: str = ""
    ordinal: str = ""
    grid: Grid = field(default_factory=list)


@dataclass(frozen=True)
class Spoken:
    """A statement as the report words it, with what a careful reader makes of it."""

    kind: str
    text: str
    labels: tuple[str, ...]
    id: str
    title: str | None = None
    status: str | None = None

    def gold(self) -> dict[str, Any]:
        """The statement of the contract without offsets, plus the bank's id."""
        return {
            "kind": self.kind,
            "text": self.text,
            "title": self.title,
            "labels": list(self.labels),
            "status": self.status,
            "bank_id": self.id,
        }


@dataclass
class Draft:
    """A finished report, ready for a writer.

    ``facts`` is the gold record; ``hints`` what a site or an office program adds around the text.
    """

    blocks: list[Block]
    facts: dict[str, Any]
    hints: dict[str, str]
