"""Shares of reports that state a label: over time, between groups, what rises and what falls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from index.filters import report_clause
from index.reads import Reads
from index.records import Filter, LabelShare, TrendRow, Trends
from index.shares import cochran_armitage, discoveries, p_value, wilson
from nlp.errors import MingjianError
from nlp.taxonomy import Taxonomy

GROUPS = {
    "year": "r.year",
    "province": "r.province",
    "city": "r.city",
    "county": "r.county",
    "level": "r.level",
    "agency_type": "r.agency_type",
    "form": "r.form",
    "scope": "r.scope",
}
UNKNOWN = "unknown"
FEWEST_YEARS = 3  # a direction needs at least three years …
FEWEST_REPORTS = 20  # … and this many reports in all


def grouping(by: str) -> str:
    """The SQL column of a grouping.

    Raises:
        MingjianError: an unknown grouping; the message lists the known ones.
    """
    if by not in GROUPS:
        raise MingjianError(f"不能按“{by}”分组，可用：{'、'.join(GROUPS)}")
    return GROUPS[by]


def comparable(store: Reads, where: Filter) -> tuple[Filter, tuple[str, ...]]:
    """A filter whose reports may be counted together, and a note on what was left out.

    A whole government's report covers its departments, so the two are never counted in one number. Unless the
    filter names the scope, agencies are counted; governments only where there is nothing else.
    """
    if where.scope:
        return where, ()
    counts = _by_scope(store, where)
    if not counts.get("government"):
        return where, ()
    if not counts.get("agency"):
        return replace(where, scope=("government",)), ()
    note = f"另有{counts['government']}份政府汇总报告未计入，避免与所属部门重复计算（可用“口径”筛选单独查看）"
    return replace(where, scope=("agency",)), (note,)


def _by_scope(store: Reads, where: Filter) -> dict[str, int]:
    from index import tallying  # brings NumPy, which not every command needs

    if tallying.countable(where):
        return tallying.by_scope(store, where)
    clause = report_clause(where, current_only=True)
    return dict(store.query(f"SELECT r.scope, count(*) FROM reports r WHERE {clause.sql} GROUP BY 1", clause.params))


def reports_only(where: Filter) -> Filter:
    """The filter without its conditions on single statements: those choose what is counted, not among what."""
    return replace(where, kind=(), label=(), unanswered=False)


def _totals(store: Reads, column: str, where: Filter) -> dict[str, int]:
    """Group → number of reports that have a section five."""
    from index import tallying  # brings NumPy, which not every command needs

    if tallying.countable(where):
        quick = tallying.totals(store, column.removeprefix("r."), where)
        return {UNKNOWN if group is None else str(group): count for group, count in quick.items()}
    clause = report_clause(where, current_only=True)
    rows = store.query(
        f"SELECT {column}, count(*) FROM reports r WHERE {clause.sql} AND r.has_issues = 1"
        " GROUP BY 1 ORDER BY 1 NULLS FIRST",
        clause.params,
    )
    totals: dict[str, int] = defaultdict(int)
    for group, count in rows:
        totals[UNKNOWN if group is None else str(group)] += count
    return dict(totals)


def reports_by_year(store: Reads, where: Filter) -> dict[int, int]:
    """Year → number of reports that have a section five; reports of unknown year are left out."""
    return {
        int(year): count for year, count in _totals(store, "r.year", reports_only(where)).items() if year != UNKNOWN
    }


def _stating(store: Reads, column: str, where: Filter) -> dict[tuple[str, str], int]:
    """(group, label) → number of reports that state the label at least once."""
    from index import tallying  # brings NumPy, which not every command needs

    if tallying.countable(where):
        quick = tallying.stating(store, column.removeprefix("r."), where)
        return {(UNKNOWN if group is None else str(group), label): count for (group, label), count in quick.items()}
    clause = report_clause(where, current_only=True)
    rows = store.query(
        f"SELECT {column}, t.label, count(*) FROM reports r JOIN stated t ON t.report = r.row"
        f" WHERE {clause.sql} AND r.has_issues = 1 GROUP BY 1, 2",
        clause.params,
    )
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for group, label, count in rows:
        counts[UNKNOWN if group is None else str(group), label] += count
    return dict(counts)


def trends(store: Reads, where: Filter, by: str = "year", labels: Sequence[str] = ()) -> Trends:
    """Shares of reports stating each label, by group; groups without reports are absent (no data is not zero).

    ``labels`` (or ``where.label``, ``where.kind``) choose the rows; by default every label that occurs.
    """
    column = grouping(by)
    with store.snapshot():  # else more reports might state a label than there are
        counted, notes = comparable(store, reports_only(where))
        totals = _totals(store, column, counted)
        stating = _stating(store, column, counted)
    present = {label for _, label in stating}
    shown = _shown_labels(labels or where.label, where.kind, present)
    # what is said of a label must not hang on which others are shown: all of its kind are tested together
    tested = _shown_labels((), (), present) if by == "year" else []
    every = {
        label: tuple(_row(group, label, totals[group], stating.get((group, label), 0)) for group in totals)
        for label in dict.fromkeys((*shown, *tested))
    }
    moves = _moves([row for label in tested for row in every[label]], shown)
    return Trends(by, where, tuple(row for label in shown for row in every[label]), moves, notes)


def _row(group: str, label: str, reports: int, stating: int) -> TrendRow:
    low, high = wilson(stating, reports)
    return TrendRow(group, label, reports, stating, round(stating / reports, 4), round(low, 4), round(high, 4))


def _shown_labels(wanted: Sequence[str], kinds: Sequence[str], present: set[str]) -> list[str]:
    """The labels to report on, in the taxonomy's order."""
    taxonomy = Taxonomy.load()
    order = [label.id for label in taxonomy if not kinds or label.kind in kinds]
    return [label for label in order if (label in wanted if wanted else label in present)]


def moving(rows: Sequence[TrendRow]) -> tuple[tuple[str, float], ...]:
    """(label, z) of what rises (z > 0) and falls, the surest first: tested, with false discoveries held to 5 %.

    Problems and measures are tested apart, each kind's labels together. ``rows``: shares by year. Nothing moves where
    there are fewer than three years or twenty reports.
    """
    taxonomy = Taxonomy.load()
    families: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for label, s in _series(rows).items():
        if len(s) >= FEWEST_YEARS and sum(r.reports for r in s) >= FEWEST_REPORTS:
            z = cochran_armitage([r.stating for r in s], [r.reports for r in s], [float(r.group) for r in s])
            families[taxonomy.entry(label).kind].append((label, z))
    found = [
        one
        for tested in families.values()
        for one, real in zip(tested, discoveries([p_value(z) for _, z in tested]), strict=True)
        if real
    ]
    return tuple(sorted(found, key=lambda f: -abs(f[1])))


def _series(rows: Sequence[TrendRow]) -> dict[str, list[TrendRow]]:
    """Label → its rows of known years."""
    series: dict[str, list[TrendRow]] = defaultdict(list)
    for row in rows:
        if row.group != UNKNOWN:
            series[row.label].append(row)
    return series


def _moves(rows: Sequence[TrendRow], shown: Sequence[str]) -> tuple[str, ...]:
    """What of the labels shown rises and falls over the years, in words."""
    series = _series(rows)
    return tuple(_sentence(label, z, series[label]) for label, z in moving(rows) if label in shown)


def _sentence(label: str, z: float, series: Sequence[TrendRow]) -> str:
    first, last = min(series, key=lambda r: r.group), max(series, key=lambda r: r.group)
    return (
        f"“{Taxonomy.load().name(label)}”{'上升' if z > 0 else '下降'}："
        f"{first.group}年 {first.share:.0%}（{first.stating}/{first.reports}份）→ "
        f"{last.group}年 {last.share:.0%}（{last.stating}/{last.reports}份）"
    )


def label_shares(store: Reads, where: Filter) -> tuple[int, tuple[LabelShare, ...]]:
    """The number of reports with a section five, and each label's share of them, largest first."""
    counted, _ = comparable(store, reports_only(where))
    reports = sum(_totals(store, "'all'", counted).values())
    counts: Mapping[tuple[str, str], int] = _stating(store, "'all'", counted)
    taxonomy = Taxonomy.load()
    shown = _shown_labels(where.label, where.kind, {label for _, label in counts})
    shares = [
        LabelShare(label, taxonomy.name(label), taxonomy.entry(label).kind, n, round(n / reports, 4))
        for label in shown
        for n in [counts.get(("all", label), 0)]
        if reports
    ]
    return reports, tuple(sorted(shares, key=lambda s: -s.reports))
