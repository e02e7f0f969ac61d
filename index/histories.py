"""What one agency's reports give over the years, and where text was taken from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from index.records import Measure, MeasureRow
from nlp.records import Region


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """One agency of the archive. ``key``: what :meth:`index.Archive.agency` takes without doubt."""

    key: str
    name: str
    agency_type: str
    region: Region
    level: str
    scope: str
    reports: int
    years: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {**asdict(self), "years": list(self.years)}


@dataclass(frozen=True, slots=True)
class Line:
    """A statement with its place: offsets into its report's text."""

    id: str
    report: str
    year: int | None
    kind: str
    text: str
    start: int
    end: int
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """The same letters in two texts: ``text[start:end]`` of the report, ``text[source_start:source_end]`` of the
    source's. Punctuation and figures in between may differ.
    """

    start: int
    end: int
    source_start: int
    source_end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A statement beside the statement of the source that it takes from."""

    line: Line
    source: Line
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Reuse:
    """What a report's section five takes from another's.

    Attributes:
        kind: "year" (the same agency's report of the year before) or "agency" (another agency's report).
        share: of the letters of its statements, those in runs of eight or more that the source has too.
    """

    kind: str
    report: str
    agency: str | None
    year: int | None
    source_report: str
    source_agency: str | None
    source_year: int | None
    share: float
    passages: tuple[Passage, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AgencyYear:
    """One year's report in short. ``labels``: problem labels it states; None where it has no section five.

    ``reuse``: share of its section five that last year's already held; None where last year's is not there.
    """

    year: int
    report: str
    problems: int
    measures: int
    failed_checks: int
    none_stated: bool
    labels: tuple[str, ...] | None
    reuse: float | None


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A problem label over the years: ``years`` that state it, of ``of`` reports with a section five.

    ``run``: the most reports in a row that state it. ``last_stated`` before ``gone_since``: it vanished.
    """

    label: str
    name: str
    years: tuple[int, ...]
    of: int
    run: int
    gone_since: int | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """One sentence said again over the years, one line a year.

    ``likeness``: the least overlap from one year to the next (0–1); ``word_for_word``: letters all the same.
    """

    kind: str
    years: tuple[int, ...]
    likeness: float
    word_for_word: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class History:
    """One agency over the years.

    Attributes:
        names: what it is called, by report year (renamed agencies have several).
        years: its reports, rising; missing: years in between without a report.
        recurring: problem labels that two reports or more state, most often first.
        vanished: problem labels that the last report does not state any more.
        chains: sentences said again, problems before measures, the longest first.
        reuse: section five against the year before; copied: against other agencies.
        figures: numbers of the statutory tables by year, ``value`` None where unknown; ``measures`` their dictionary.
    """

    agency: AgencyRow
    names: Mapping[int, str]
    years: tuple[AgencyYear, ...]
    missing: tuple[int, ...]
    recurring: tuple[Recurrence, ...]
    vanished: tuple[Recurrence, ...]
    chains: tuple[Chain, ...]
    reuse: tuple[Reuse, ...]
    copied: tuple[Reuse, ...]
    measures: tuple[Measure, ...]
    figures: tuple[MeasureRow, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "agency": self.agency.to_dict(),
            "names": {str(year): name for year, name in self.names.items()},
            "years": [asdict(one) for one in self.years],
            "missing": list(self.missing),
            "recurring": [asdict(one) for one in self.recurring],
            "vanished": [asdict(one) for one in self.vanished],
            "chains": [asdict(one) for one in self.chains],
            "reuse": [one.to_dict() for one in self.reuse],
            "copied": [one.to_dict() for one in self.copied],
            "measures": [asdict(one) for one in self.measures],
            "figures": [asdict(one) for one in self.figures],
            "notes": list(self.notes),
        }
