"""What a summary is written from: the reports of a selection, their statements, labels and numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from index.drawing import drawn, one_in
from index.filters import report_clause
from index.insight import comparable, label_shares, reports_only, trends
from index.mentions import Mention, mentions
from index.reads import Reads
from index.records import Filter, Trends
from index.shares import wilson
from index.summary.records import LabelRow
from nlp.errors import MingjianError
from nlp.taxonomy import Taxonomy

STATED = ("problem", "measure")
TABLE = "applications."  # what a figure's path begins with where the report has the table of requests


@dataclass(frozen=True, slots=True)
class Told:
    """What a report says of itself, as far as it is counted; ``agency`` is the same over the years."""

    row: int
    id: str
    agency: str
    year: int | None
    form: str
    has_issues: bool
    none_stated: bool
    failed: bool
    table: bool


class Material:
    """The reports that a filter means and everything that is counted of them. Read inside a snapshot.

    Attributes:
        where: as asked; ``counted``: without conditions on single statements, and of one scope.
        reports: the reports that count, by their order in the store.
        governments, superseded: how many reports fit, but do not count, and why.
        every: of many statements those of one report in so many are looked at; 1: of all. ``looked_at``: how many
            reports with a section five these are.
        problems, measures: the statements of these, in reading order, without their words.
        answers: row of a problem → rows of the measures paired with it.
    """

    def __init__(self, store: Reads, where: Filter) -> None:
        """Read the store.

        Raises:
            MingjianError: the filter asks for unanswered problems only: shares of reports cannot be told of those.
        """
        if where.unanswered:
            raise MingjianError("简报按报告统计，不能只看没有对应措施的问题；简报里另有一节专写这些问题")
        self.store, self.where = store, where
        asked = reports_only(where)
        # both scopes together would count departments twice
        asked = replace(asked, scope=()) if len(asked.scope) > 1 else asked
        self.counted, _ = comparable(store, asked)
        self.reports = _reports(store, self.counted)
        self.governments = 0 if asked.scope == self.counted.scope else _number(store, asked, "r.scope = 'government'")
        if self.counted.scope == ("government",):
            self.governments = 0
        self.superseded = _number(store, self.counted, "r.current = 0", current=False)
        with_issues = {report.row for report in self.with_issues}
        self.every = one_in(store, self.counted, STATED)
        some = None
        if self.every > 1:
            columns, kept = drawn(store, self.counted, self.every)
            some = columns.rows[kept].tolist()
            with_issues &= {*some}
        self.looked_at = len(with_issues)
        self.problems: list[Mention] = []
        self.measures: dict[int, Mention] = {}
        for one in mentions(store, replace(self.counted, kind=STATED), current_only=True, reports=some):
            if one.report in with_issues and one.kind == "problem":
                self.problems.append(one)
            elif one.report in with_issues:
                self.measures[one.row] = one
        self.answers = store.measures_of([s.row for s in self.problems])

    @cached_property
    def with_issues(self) -> list[Told]:
        """The reports with a section five: the base of all shares."""
        return [report for report in self.reports if report.has_issues]

    @cached_property
    def years(self) -> Counter[int]:
        """Year → number of reports, rising."""
        found = Counter(report.year for report in self.reports if report.year is not None)
        return Counter({year: found[year] for year in sorted(found)})

    @cached_property
    def issue_years(self) -> Counter[int]:
        """The same of the reports with a section five."""
        return Counter(report.year for report in self.with_issues if report.year is not None)

    @cached_property
    def agencies(self) -> dict[str, set[int]]:
        """Agency → the years it reports on."""
        out: dict[str, set[int]] = defaultdict(set)
        for report in self.reports:
            out[report.agency] |= set() if report.year is None else {report.year}
        return dict(out)

    @cached_property
    def labels(self) -> tuple[LabelRow, ...]:
        """The labels that occur, problems first, by falling share; equal ones in the taxonomy's order."""
        reports, shares = label_shares(self.store, replace(self.counted, kind=self.where.kind, label=self.where.label))
        rows = [
            LabelRow(s.id, s.name, s.kind, reports, s.reports, s.share, round(low, 4), round(high, 4))
            for s in shares
            if s.reports
            for low, high in [wilson(s.reports, reports)]
        ]
        return tuple(sorted(rows, key=lambda row: row.kind != "problem"))

    def rows(self, kind: str) -> list[LabelRow]:
        """The labels of one kind but "other", by falling share."""
        other = {Taxonomy.other("problem"), Taxonomy.other("measure")}
        return [row for row in self.labels if row.kind == kind and row.id not in other]

    def trends(self, kind: str, labels: Sequence[str] = ()) -> Trends:
        """Shares by year."""
        return trends(self.store, replace(self.counted, kind=(kind,)), "year", labels or self.where.label)

    def by_label(self, statements: Iterable[Mention]) -> dict[str, list[Mention]]:
        """Label → statements that bear it."""
        out: dict[str, list[Mention]] = defaultdict(list)
        for statement in statements:
            for label in statement.labels:
                out[label].append(statement)
        return out


def _reports(store: Reads, counted: Filter) -> list[Told]:
    clause = report_clause(counted, current_only=True)
    rows = store.query(
        "SELECT r.row, r.id, r.agency_key, r.agency, r.year, r.form, r.has_issues, r.none_stated, r.failed_checks,"
        " EXISTS (SELECT 1 FROM figures f WHERE f.report = r.row AND f.prose = 0 AND f.value IS NOT NULL"
        f" AND substr(f.path, 1, {len(TABLE)}) = '{TABLE}') FROM reports r WHERE {clause.sql} ORDER BY r.row",
        clause.params,
    )
    return [
        Told(row, i, key or agency or i, year, form, bool(issues), bool(none), failed > 0, bool(table))
        for row, i, key, agency, year, form, issues, none, failed, table in rows
    ]


def _number(store: Reads, where: Filter, condition: str, *, current: bool = True) -> int:
    """How many reports under a filter meet one more condition of ours."""
    clause = report_clause(where, current_only=current)
    return int(store.query(f"SELECT count(*) FROM reports r WHERE {clause.sql} AND {condition}", clause.params)[0][0])


def reports_of(statements: Iterable[Mention]) -> set[int]:
    """The reports that make the statements."""
    return {statement.report for statement in statements}


def answered_by(material: Material, problems: Iterable[Mention]) -> Mapping[int, list[Mention]]:
    """Report → the measures paired with its problems; only reports that have one."""
    out: dict[int, list[Mention]] = defaultdict(list)
    for problem in problems:
        out[problem.report] += [
            material.measures[r] for r in material.answers.get(problem.row, ()) if r in material.measures
        ]
    return {report: rows for report, rows in out.items() if rows}
