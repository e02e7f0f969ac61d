"""Findings worked out from nothing, every report looked at: what the kept ones are held against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from index.copying import REUSED, copied_from, last_years, section_five
from index.hierarchy import check_summaries
from index.insight import reports_only
from index.reads import Reads, StatementRow
from index.records import Filter, Finding, ReportRow
from index.reuse_residue import residue_messages
from nlp.checks import check_years
from nlp.records import Check
from nlp.reuse import reused_share
from nlp.taxonomy import Taxonomy

TABLES_KEPT = 512  # a report is held against the years on both sides of it, which come soon after one another
SHOWN = 40  # characters of a statement in a message


@dataclass(frozen=True, slots=True)
class _Case:
    """What a finding says, before it is tied to its report."""

    rule: str
    where: str
    status: str
    message: str


def check(store: Reads, where: Filter) -> list[Finding]:
    """As :func:`index.findings.check`; whose text is taken over is asked of the whole archive."""
    tables = lru_cache(maxsize=TABLES_KEPT)(store.tables)
    with store.snapshot():
        reports = store.report_rows(reports_only(where), current_only=True)
        numbers = {report_id: row for row, report_id in store.report_numbers(reports_only(where)).items()}
        statements = _section_five(store, where)
        found: dict[str, list[_Case]] = defaultdict(list)
        ids = {row: report_id for report_id, row in numbers.items()}
        for stored in store.checks(reports_only(where), status=("fail", "uncertain")):
            if stored.report_row in ids:
                case = _Case(stored.rule, stored.where, stored.status, stored.message)
                found[ids[stored.report_row]].append(case)
        neighbours = list(_neighbours(store, reports))
        # last year's may lie outside the filter
        statements |= section_five(store, [before.id for before, _ in neighbours if before.id not in numbers])
        for before, now in neighbours:
            found[now.id] += _between_years(tables(before.id), tables(now.id))
            found[now.id] += _same_text(before, now, statements)
        for report_id, verdict in check_summaries(store, reports, lambda report: tables(report.id)):
            found[report_id].append(_case(verdict))
        copied = _copied(store)
        stating = set(store.report_numbers(where).values())
    reports = [report for report in reports if report.id in stating]
    for report in reports:
        asked = [s for s in statements.get(report.id, ()) if not where.label or set(s.labels) & set(where.label)]
        residue = (_Case("COPY-RESIDUE", at, "notice", said) for at, said in residue_messages(asked))
        found[report.id] += [*copied.get(report.id, ()), *residue, *_unanswered(asked)]
    return [
        Finding(r.id, r.agency, r.year, c.rule, c.where, c.status, c.message, r.source)
        for r in reports
        for c in found[r.id]
    ]


def _section_five(store: Reads, where: Filter) -> dict[str, list[StatementRow]]:
    """Report id → its problems and measures in reading order."""
    out: dict[str, list[StatementRow]] = defaultdict(list)
    for statement in store.statements(reports_only(where), current_only=True):
        if statement.kind != "passage":
            out[statement.report].append(statement)
    return out


def _neighbours(store: Reads, reports: Sequence[ReportRow]) -> Iterator[tuple[ReportRow, ReportRow]]:
    """(last year's, this year's) report of one agency, where this year's is among ``reports``.

    Last year's may lie outside the filter: a filter on 2023 still compares with 2022.
    """
    every = {report.id: report for report in store.report_rows(current_only=True)}
    for report_id, before in last_years(store, reports).items():
        yield every[before], every[report_id]


def _between_years(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[_Case]:
    """Rules that hold a year's tables against those of the one before; only what fails."""
    checks = check_years(before, now)
    return [_case(check) for check in checks if check.status == "fail"]


def _case(check: Check) -> _Case:
    return _Case(check.rule, check.where, check.status, check.message)


def _same_text(before: ReportRow, now: ReportRow, statements: Mapping[str, Sequence[StatementRow]]) -> Iterable[_Case]:
    """Whether section five repeats last year's."""
    old = "".join(s.text for s in statements.get(before.id, ()))
    new = "".join(s.text for s in statements.get(now.id, ()))
    share = reused_share(new, old)
    if share >= REUSED:
        yield _Case("REUSE-YEAR", "issues", "notice", f"第五部分有 {share:.0%} 的文字与{before.year}年报告相同")


def _copied(store: Reads) -> dict[str, list[_Case]]:
    """Reports that take section five from another agency's report; the later one is told of."""
    return {
        one.report: [
            _Case(
                "REUSE-AGENCY",
                "issues",
                "notice",
                f"第五部分有 {one.share:.0%} 的文字与"
                f"{one.source_agency or one.source}{_of_year(one.source_year)}报告相同"
                + (f"，其中 {one.sentences} 条较长的陈述逐字相同" if one.sentences else ""),
            )
        ]
        for one in copied_from(store, Filter()).values()
    }


def _of_year(year: int | None) -> str:
    return "" if year is None else f"{year}年"


def _unanswered(statements: Iterable[StatementRow]) -> Iterator[_Case]:
    """Problems that no measure of the same report answers."""
    name: Callable[[str], str] = Taxonomy.load().name
    for statement in statements:
        if statement.kind == "problem" and not statement.paired:
            labels = "、".join(name(label) for label in statement.labels)
            shown = statement.text[:SHOWN] + ("…" if len(statement.text) > SHOWN else "")
            yield _Case("S5-UNANSWERED", statement.id, "notice", f"提出了问题（{labels}）而没有对应措施：{shown}")
