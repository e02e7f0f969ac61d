"""Where a section-five layout writes: blocks in reading order and the statements found in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from corpora.sample.builder.bank import Statement, toml
from corpora.sample.builder.blocks import Block, Spoken
from corpora.sample.builder.dice import Dice
from corpora.sample.builder.voice import Voice


def bare(text: str) -> str:
    """A text without its closing mark."""
    return text.rstrip("。；，")


@dataclass
class Page:
    """Collects section five. Statements keep the order in which they are written.

    ``pairs`` are set by layouts whose statements do not follow the plan's order.
    """

    voice: Voice
    dice: Dice
    year: int
    blocks: list[Block] = field(default_factory=list)
    statements: list[Spoken] = field(default_factory=list)
    pairs: list[tuple[int, int]] | None = None

    def fill(self, text: str, **more: object) -> str:
        """A phrase with its placeholders filled."""
        names = {
            "we": self.voice.we,
            "agency": self.voice.agency.name,
            "area": self.voice.area,
            "year": self.year,
            "next": self.year + 1,
        }
        return text.format(**names, **more)

    def para(self, text: str) -> None:
        """A paragraph without statements of its own."""
        self.blocks.append(Block("para", text))

    def sub(self, text: str) -> None:
        """A sub-heading."""
        self.blocks.append(Block("sub", text))

    def speak(self, statement: Statement, titled: str = "", status: str | None = None) -> Spoken:
        """Word a statement; ``titled`` puts a short title and this mark ("：" or "。") before it."""
        text, title = self.voice.adapt(statement.text), statement.title
        if titled and title is None:
            title = self.dice.choice(toml("titles.toml")[statement.labels[0]])
            text = f"{title}{titled}{text}"
        if statement.kind == "problem":
            status = None
        elif statement.status != "planned":
            status = statement.status
        else:
            status = status or "planned"
        return Spoken(statement.kind, bare(text), statement.labels, statement.id, title, status)

    def item(self, spoken: Spoken, ordinal: str = "", tail: str = "") -> None:
        """One statement as a paragraph of its own; ``tail`` is a slogan after it."""
        self.statements.append(spoken)
        self.blocks.append(Block("item", f"{spoken.text}。{tail}", ordinal))

    def run(self, items: Sequence[Spoken], ordinals: Sequence[str], lead: str = "", tail: str = "") -> None:
        """All statements in one paragraph, parted by ； where none has a sentence end inside."""
        long = any("。" in spoken.text for spoken in items)
        pieces = [ordinal + spoken.text for spoken, ordinal in zip(items, ordinals, strict=False)]
        self.statements.extend(items)
        self.para(lead + ("。" if long else "；").join(pieces) + "。" + tail)
