"""The plain data that flows through the system: what a file holds, and what a report says.

All offsets are character offsets into the *normalised* text (:attr:`Document.text`, the same string as
:attr:`Report.text`): ``text[start:end]`` is always the evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["problem", "measure", "passage"]
Status = Literal["planned", "ongoing", "done"]
Verdict = Literal["pass", "fail", "uncertain"]
Form = Literal["2019", "2021", "free"]
Number = int | float


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of a grid. A merged cell's text stands in every place it covers; all share one span."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with its spans resolved.

    Attributes:
        rows: rectangular, row by row; ``rows[r][c]``.
        start, end: the table's place in ``Document.text``. There each row is one line, cells parted by a
            tab, a merged cell written once (at its first place) and empty elsewhere.
        page: 1-based page number, or None where the format has no pages.
    """

    rows: tuple[tuple[Cell, ...], ...]
    start: int
    end: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file read into neutral form.

    Attributes:
        source: the file's name as the person gave it.
        text: normalised text; paragraphs parted by one newline.
        grids: the tables that the format marks as such (a plain-text file with tab or pipe rows included).
        pages: offset at which each page starts; empty where the format has no pages.
        title_hint: ``<title>``, document property or the like; never trusted alone.
        hints: weak facts around the report (``publisher``, ``publish_date``, ``site``).
        warnings: ids (``[warning.…]`` of ui/names.toml) that reading itself noticed.
    """

    source: str
    text: str
    grids: tuple[Grid, ...] = ()
    pages: tuple[int, ...] = ()
    title_hint: str | None = None
    hints: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One of the six statutory sections (number 1–6), or a further part of an older report (number 0)."""

    number: int
    kind: str
    heading: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Region:
    """Where the agency is; None where it is not known or does not apply. ``code``: GB/T 2260, six digits."""

    province: str | None = None
    city: str | None = None
    county: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """Who reports on which year, each field with where it came from.

    Attributes:
        agency: canonical name ("北仑区应急管理局"), None where unknown.
        agency_raw: the name as the report prints it.
        sources: field name → where it was found ("title", "preface", "signature", "body", "file_name", …).
        sign_date: ISO date of the signature, or None.
        warnings: ids, see ``[warning.…]`` of ui/names.toml.
    """

    title: str | None
    agency: str | None
    agency_raw: str | None
    agency_type: str
    region: Region
    level: str
    scope: Literal["agency", "government"]
    year: int | None
    sign_date: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its evidence.

    Attributes:
        path: dotted place in the statistics ("applications.received_new.total").
        value: the number; None where the cell is blank, not applicable, unreadable or ambiguous.
        state: number · zero · blank · na ("/", "—") · text · inferred · ambiguous · missing.
        raw: the cell's own text.
        unit, approximate: for figures taken from prose ("1.2万余条" → unit 条, approximate).
    """

    path: str
    value: Number | None
    state: str
    raw: str
    start: int
    end: int
    unit: str | None = None
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Statistics:
    """The statutory tables in the form of contract.md, plus the evidence of every cell.

    ``disclosure``, ``applications`` and ``review`` are None where the table is absent. ``figures`` holds one
    entry per table cell; ``prose`` the counts of sections one and six.
    """

    form: Form = "free"
    disclosure: dict[str, Any] | None = None
    applications: dict[str, Any] | None = None
    review: dict[str, Any] | None = None
    fee_charged_yuan: float | None = None
    figures: tuple[Figure, ...] = ()
    prose: tuple[Figure, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The ``statistics`` object of contract.md."""
        return {
            "disclosure": self.disclosure,
            "applications": self.applications,
            "review": self.review,
            "fee_charged_yuan": self.fee_charged_yuan,
        }


@dataclass(frozen=True, slots=True)
class Label:
    """A taxonomy label on a statement: score in 0–1, and why (the cue or the words that weigh most)."""

    id: str
    score: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One problem or measure of section five, or (kind ``passage``) a paragraph of another section.

    ``text`` is without its ordinal and equals ``report.text[start:end]``; ``title`` is the item's own short
    heading where it has one (it is part of ``text`` too). ``status`` is set on measures only.
    """

    kind: Kind
    text: str
    start: int
    end: int
    section: int = 5
    title: str | None = None
    status: Status | None = None
    labels: tuple[Label, ...] = ()
    ordinal: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The statement object of contract.md."""
        return {
            "kind": self.kind,
            "text": self.text,
            "title": self.title,
            "labels": [label.id for label in self.labels],
            "status": self.status,
            "start": self.start,
            "end": self.end,
        }


@dataclass(frozen=True, slots=True)
class Check:
    """One arithmetic or consistency rule held against a report (:mod:`nlp.checks`); ``message`` is Chinese."""

    rule: str
    where: str
    status: Verdict
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one report says. ``pairs`` index into ``statements`` (problem, measure)."""

    source: str
    text: str
    metadata: Metadata
    form: Form
    sections: tuple[Section, ...]
    statistics: Statistics
    statements: tuple[Statement, ...]
    passages: tuple[Statement, ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()
    none_stated: bool = False
    checks: tuple[Check, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The report object of contract.md ("One parsed report")."""
        meta = self.metadata
        region = meta.region
        return {
            "source": self.source,
            "title": meta.title,
            "agency": meta.agency,
            "agency_raw": meta.agency_raw,
            "agency_type": meta.agency_type,
            "region": {
                "province": region.province,
                "city": region.city,
                "county": region.county,
                "code": region.code,
            },
            "level": meta.level,
            "scope": meta.scope,
            "year": meta.year,
            "form": self.form,
            "sign_date": meta.sign_date,
            "field_sources": dict(meta.sources),
            "sections": [
                {
                    "number": s.number,
                    "kind": s.kind,
                    "heading": s.heading,
                    "text": s.text,
                    "start": s.start,
                    "end": s.end,
                }
                for s in self.sections
            ],
            "statistics": self.statistics.to_dict(),
            "statements": [s.to_dict() for s in self.statements],
            "pairs": [list(pair) for pair in self.pairs],
            "none_stated": self.none_stated,
            "checks": [
                {"rule": c.rule, "where": c.where, "status": c.status, "message": c.message} for c in self.checks
            ],
            "warnings": list(self.warnings),
        }
