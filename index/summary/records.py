"""What a summary is made of: parts, sentences, and the numbered sources that back each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from index.records import Filter, StatisticsTable, TrendRow


@dataclass(frozen=True, slots=True)
class FigureSource:
    """A count or a share that a sentence states.

    Attributes:
        number: as the text cites it, from 1.
        definition: what is counted, and among what; Chinese.
        numerator, denominator: whole numbers; no denominator: a plain count.
        unit: of the numerator.
        group: the part of the selection that is counted ("2021年"); empty: all of it.
        low, high: 95 % Wilson interval of the share, where it is a share of reports.
        parts: how the count falls apart, name → number, where the text states that too.
    """

    number: int
    definition: str
    numerator: int
    denominator: int | None = None
    unit: str = "份"
    group: str = ""
    low: float | None = None
    high: float | None = None
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """Numerator ÷ denominator; None for plain counts and where the denominator is 0."""
        return self.numerator / self.denominator if self.denominator else None

    def to_dict(self) -> dict[str, Any]:
        """JSON form; ``kind`` tells the two sorts of sources apart."""
        share = self.share
        return {
            "kind": "figure",
            **asdict(self),
            "parts": dict(self.parts),
            "share": None if share is None else round(share, 4),
        }


@dataclass(frozen=True, slots=True)
class StatementSource:
    """A sentence of a report that is quoted; ``text`` is the whole of it, ``start``, ``end`` its place there."""

    number: int
    id: str
    report: str
    agency: str | None
    year: int | None
    statement_kind: str
    text: str
    start: int
    end: int
    labels: tuple[str, ...] = ()
    source: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON form; ``kind`` tells the two sorts of sources apart."""
        return {"kind": "statement", **asdict(self), "labels": list(self.labels)}


Source = FigureSource | StatementSource


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. ``marks``: (offset into ``text``, source number), where each citation belongs, rising."""

    text: str
    marks: tuple[tuple[int, int], ...]

    @property
    def sources(self) -> tuple[int, ...]:
        """The numbers of the sources, in the order of the text."""
        return tuple(dict.fromkeys(number for _, number in self.marks))

    def pieces(self) -> list[tuple[str, tuple[int, ...]]]:
        """The text cut at its citations: (piece, the sources cited after it)."""
        out: list[tuple[str, tuple[int, ...]]] = []
        at = 0
        for offset, number in self.marks:
            if out and offset == at:
                out[-1] = (out[-1][0], (*out[-1][1], number))
            else:
                out.append((self.text[at:offset], (number,)))
            at = offset
        return [*out, (self.text[at:], ())] if at < len(self.text) else out

    def marked(self) -> str:
        """The text with its citations in it: “……12份[3]。”."""
        return "".join(text + "".join(f"[{number}]" for number in numbers) for text, numbers in self.pieces())

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"text": self.text, "sources": list(self.sources), "marks": [list(mark) for mark in self.marks]}


@dataclass(frozen=True, slots=True)
class Part:
    """A headed part of the summary; never empty."""

    id: str
    title: str
    sentences: tuple[Sentence, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"id": self.id, "title": self.title, "sentences": [one.to_dict() for one in self.sentences]}


@dataclass(frozen=True, slots=True)
class LabelRow:
    """``stating`` of ``reports`` state a label; low, high: 95 % Wilson interval of share."""

    id: str
    name: str
    kind: str
    reports: int
    stating: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What a selection of reports says, in words.

    Attributes:
        filter: as asked. counted: as counted (a whole government's report never stands among its departments').
        reports, agencies: how many it rests on; with_issues: those with a section five, the base of all shares.
        years: the years reported on, rising.
        labels: each label that occurs, problems first, by falling share.
        trends: the main problems' shares by year, for a chart.
        statistics: the usual statutory numbers by year.
        definitions: (term, explanation) of everything that is counted.
        notes: what the reader must know of how the text came about; empty where it is all composed from figures.
    """

    title: str
    filter: Filter
    counted: Filter
    reports: int
    agencies: int
    with_issues: int
    years: tuple[int, ...]
    parts: tuple[Part, ...]
    sources: tuple[Source, ...]
    labels: tuple[LabelRow, ...]
    trends: tuple[TrendRow, ...]
    statistics: StatisticsTable
    definitions: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def source(self, number: int) -> Source:
        """The source that the text cites as ``number``."""
        return self.sources[number - 1]

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "title": self.title,
            "filters": self.filter.to_dict(),
            "counted": self.counted.to_dict(),
            "reports": self.reports,
            "agencies": self.agencies,
            "with_issues": self.with_issues,
            "years": list(self.years),
            "parts": [part.to_dict() for part in self.parts],
            "sources": [source.to_dict() for source in self.sources],
            "labels": [asdict(row) for row in self.labels],
            "trends": [asdict(row) for row in self.trends],
            "statistics": self.statistics.to_dict(),
            "definitions": [list(pair) for pair in self.definitions],
            "notes": list(self.notes),
        }
