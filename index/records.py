"""What the archive takes and gives: filters in, answers out; ``to_dict()`` is the contract's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from index.emerging import Emergence
from index.settings import FEW
from nlp.records import Number, Region

Outcome = Literal["added", "updated", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which reports and statements count. Within one field any value may match; between fields all must.

    Empty fields do not restrict. ``unanswered``: only problems without a paired measure. ``not_*`` exclude: what
    a report does not say (its place, its year) is not excluded.
    """

    year: tuple[int, ...] = ()
    province: tuple[str, ...] = ()
    city: tuple[str, ...] = ()
    county: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    agency_type: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    agency: tuple[str, ...] = ()
    report: tuple[str, ...] = ()
    not_province: tuple[str, ...] = ()
    not_city: tuple[str, ...] = ()
    not_county: tuple[str, ...] = ()
    not_level: tuple[str, ...] = ()
    not_agency_type: tuple[str, ...] = ()
    not_year: tuple[int, ...] = ()
    unanswered: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Only the fields that restrict, as lists; ``filters`` of the contract."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items() if value
        }


@dataclass(frozen=True, slots=True)
class AddResult:
    """What became of one file. ``cause`` is set where it failed, ``report`` is the id where it got in."""

    source: str
    outcome: Outcome
    report: str | None = None
    cause: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Why:
    """Why a hit is there: its rank by meaning and by words (None where it was not found that way)."""

    dense_rank: int | None
    lexical_rank: int | None
    terms: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One found statement or passage. ``highlights``: (start, end) offsets into ``text`` worth marking."""

    rank: int
    score: float
    id: str
    report: str
    kind: str
    text: str
    labels: tuple[str, ...]
    agency: str | None
    agency_type: str
    year: int | None
    region: Region
    level: str
    section: int
    source: str
    start: int
    end: int
    why: Why
    status: str | None = None
    highlights: tuple[tuple[int, int], ...] = ()
    other_years: tuple[int, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The hit object of the contract."""
        out = asdict(self)
        out["labels"] = list(self.labels)
        out["highlights"] = [list(span) for span in self.highlights]
        out["other_years"] = list(self.other_years)
        out["why"]["terms"] = list(self.why.terms)
        out["why"]["labels"] = list(self.why.labels)
        return out


@dataclass(frozen=True, slots=True)
class AskedStatistics:
    """A view of the statistics that a query asks for: :meth:`index.Archive.statistics` gives its tables.

    Attributes:
        measures: ids; a table each.
        by: the grouping; None for one row a report.
        order: "desc" or "asc" by value; "" as the groups come.
        positive: only rows above nought are asked for.
        filter: which reports.
    """

    measures: tuple[str, ...]
    by: str | None
    order: str
    positive: bool
    filter: Filter

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "measures": list(self.measures),
            "by": self.by,
            "order": self.order,
            "positive": self.positive,
            "filters": self.filter.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """Hits in falling relevance. ``no_match``: nothing relevant, then ``hits`` is empty.

    ``filter`` is what was applied, the query's own words ("2021年浙江…") included; ``text`` is what was
    left to search by meaning. ``statistics``: the figures that the query asks for; there need be no hits then.
    ``by_labels``: nothing says what was asked for, and the hits are of these labels instead; ``note`` says so.
    ``facets``: counts of all that was found, where they were asked for.
    """

    query: str
    text: str
    filter: Filter
    hits: tuple[Hit, ...]
    no_match: bool = False
    suggestions: tuple[str, ...] = ()
    statistics: AskedStatistics | None = None
    by_labels: tuple[str, ...] = ()
    note: str = ""
    facets: Facets | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give the ``One search answer`` form of the contract."""
        return {
            "query": self.query,
            "text": self.text,
            "filters": self.filter.to_dict(),
            "no_match": self.no_match,
            "hits": [hit.to_dict() for hit in self.hits],
            "suggestions": list(self.suggestions),
            "statistics": self.statistics.to_dict() if self.statistics else None,
            "by_labels": list(self.by_labels),
            "note": self.note,
            "facets": self.facets.to_dict() if self.facets else None,
        }


@dataclass(frozen=True, slots=True)
class SolutionGroup:
    """Measures of one label that others took against such a problem; share is of the paired problems.

    ``followed``: of these problems, those whose agency has a report of the next year; ``gone`` of them are not in it.
    ``base``: the same share over the answered problems of every label, ``lift``: share over base; None for a query.
    """

    label: str
    name: str
    count: int
    share: float
    examples: tuple[Hit, ...]
    followed: int = 0
    gone: int = 0
    base: float | None = None
    lift: float | None = None


@dataclass(frozen=True, slots=True)
class Solutions:
    """Similar problems, and by label the measures paired with them; ``unanswered`` problems had none.

    ``label``: all problems of this label are meant, and ``query`` is empty. ``notes``: what to beware of.
    """

    query: str
    filter: Filter
    problems: int
    unanswered: int
    groups: tuple[SolutionGroup, ...]
    no_match: bool = False
    label: str = ""
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "query": self.query,
            "label": self.label,
            "filters": self.filter.to_dict(),
            "no_match": self.no_match,
            "problems": self.problems,
            "unanswered": self.unanswered,
            "groups": [
                {
                    "label": g.label,
                    "name": g.name,
                    "count": g.count,
                    "share": g.share,
                    "examples": [hit.to_dict() for hit in g.examples],
                    "followed": g.followed,
                    "gone": g.gone,
                    "base": g.base,
                    "lift": g.lift,
                }
                for g in self.groups
            ],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class LabelShare:
    """How many reports state a label: ``share`` = reports stating it / reports that have a section five."""

    id: str
    name: str
    kind: str
    reports: int
    share: float


@dataclass(frozen=True, slots=True)
class Representative:
    """A sentence that stands for a topic."""

    id: str
    text: str
    agency: str | None
    year: int | None
    report: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A discovered cluster of statements. ``by_year``: statements a year. Same input, same id.

    ``reports`` state it. ``growth``: since the year that the topics were asked for, None where there is no before
    and after; ``emerging``: it is new or clearly growing since then.
    """

    id: str
    name: str
    size: int
    by_year: Mapping[str, int]
    emerging: bool
    representatives: tuple[Representative, ...]
    kind: str = "problem"
    reports: int = 0
    growth: Emergence | None = None


@dataclass(frozen=True, slots=True)
class Topics:
    """What recurs: labels by share of reports, clusters of what the labels do not tell apart.

    ``since``: the first year that counts as recent for what emerges; None where there is no before and after.
    ``every``: the topics are found and counted in one report of so many; 1: in all.
    """

    filter: Filter
    reports: int
    labels: tuple[LabelShare, ...]
    topics: tuple[Topic, ...]
    unassigned: float
    since: int | None = None
    every: int = 1

    @property
    def note(self) -> str:
        """What to know of the numbers; empty where all reports were looked at."""
        return (
            f"句子很多，话题从每 {self.every} 份报告中抽 1 份归纳，句数和份数是抽到的报告里的" if self.every > 1 else ""
        )

    @property
    def emerging(self) -> tuple[Topic, ...]:
        """The topics that are new or growing, the surest first."""
        found = [topic for topic in self.topics if topic.emerging]
        return tuple(sorted(found, key=lambda topic: topic.growth.p if topic.growth else 0.0))

    def to_dict(self) -> dict[str, Any]:
        """The ``topics`` object of the contract."""
        return {
            "filters": self.filter.to_dict(),
            "reports": self.reports,
            "labels": [asdict(label) for label in self.labels],
            "topics": [{**asdict(t), "by_year": dict(t.by_year)} for t in self.topics],
            "unassigned": self.unassigned,
            "since": self.since,
            "every": self.every,
            "emerging": [topic.id for topic in self.emerging],
        }


@dataclass(frozen=True, slots=True)
class TrendRow:
    """``stating`` of ``reports`` in ``group`` state ``label``; low, high: 95 % Wilson interval of share."""

    group: str
    label: str
    reports: int
    stating: int
    share: float
    low: float
    high: float

    @property
    def few(self) -> bool:
        """Of so few reports that the share says little."""
        return self.reports < FEW


@dataclass(frozen=True, slots=True)
class Trends:
    """Shares of reports over time or by group. ``moves`` says what rises and falls, ``notes`` what is left out."""

    by: str
    filter: Filter
    rows: tuple[TrendRow, ...]
    moves: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The ``trends`` object of the contract."""
        return {
            "by": self.by,
            "filters": self.filter.to_dict(),
            "rows": [{**asdict(row), "few": row.few} for row in self.rows],
            "moves": list(self.moves),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One number of the statistics. ``group`` is the value of ``by`` ("2021", "浙江省") or the report's id.

    ``value`` is None where nothing is known (no data is not zero); ``reports`` of ``of`` gave a number.
    """

    group: str
    measure: str
    form: str
    value: Number | None
    reports: int
    of: int
    agency: str | None = None
    year: int | None = None
    report: str | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """A statistic's entry in the metric dictionary: what it counts, how it is computed, unit and caveat.

    ``group``: the heading it stands under; ``forms``: the only forms that have it; ``detail``: a part of another.
    """

    id: str
    name: str
    definition: str
    formula: str
    unit: str
    caveat: str = ""
    ratio: bool = False
    group: str = ""
    forms: tuple[str, ...] = ()
    detail: bool = False

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {**asdict(self), "forms": list(self.forms)}


@dataclass(frozen=True, slots=True)
class StatisticsTable:
    """Rows of statistics and what they measure. Whole-government and agency reports are never summed.

    ``total``: how many rows there are in all, where only some were asked for.
    """

    by: str | None
    filter: Filter
    measures: tuple[Measure, ...]
    rows: tuple[MeasureRow, ...]
    notes: tuple[str, ...] = ()
    total: int = 0

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "by": self.by,
            "filters": self.filter.to_dict(),
            "measures": [asdict(m) for m in self.measures],
            "rows": [asdict(row) for row in self.rows],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a supervisor may want to look at in one report."""

    report: str
    agency: str | None
    year: int | None
    rule: str
    where: str
    status: str
    message: str
    source: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of the list of reports."""

    id: str
    agency: str | None
    agency_type: str
    region: Region
    level: str
    scope: str
    year: int | None
    form: str
    title: str | None
    source: str
    problems: int
    measures: int
    failed_checks: int
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        out = asdict(self)
        out["warnings"] = list(self.warnings)
        return out


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report as the archive keeps it: its row, its text, and the contract form with ids on statements."""

    row: ReportRow
    text: str
    report: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The parsed report of the contract plus its id; statements carry their ids."""
        return {"id": self.row.id, **self.report}


@dataclass(frozen=True, slots=True)
class Facet:
    """A value that a filter field may take, with the number of reports that have it."""

    value: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Values present under a filter, by field (year, province, …, label), most frequent first.

    With ``query`` only what it finds is counted: ``statements`` hits in ``reports``. ``limited``: there are more, and
    the nearest are counted.
    """

    reports: int
    statements: int
    fields: Mapping[str, tuple[Facet, ...]] = field(default_factory=dict)
    query: str = ""
    limited: bool = False

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "reports": self.reports,
            "statements": self.statements,
            "fields": {name: [asdict(f) for f in values] for name, values in self.fields.items()},
            "query": self.query,
            "limited": self.limited,
        }
