"""What may be said of a report by itself, beside the year before and beside its parts, worked out from the store.

Whose text it takes over is the one thing that takes all reports to tell: see :mod:`index.copies`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from index.copying import REUSED, section_five
from index.hierarchy import check_summaries, counted_by, sums_up
from index.reads import Reads, StatementRow
from index.records import Filter, ReportRow
from index.reuse_residue import residue_messages
from nlp.checks import check_years
from nlp.records import Check
from nlp.reuse import reused_share
from nlp.taxonomy import Taxonomy

AT_ONCE = 400  # reports looked at at a time
TABLES_KEPT = 1024  # a report is held against the years on both sides of it, which come soon after one another
SHOWN = 40  # characters of a statement in a message
Tables = Callable[[str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Case:
    """What is said of a report; ``statement``: the row of the statement that it is about, 0 where it is about none."""

    rule: str
    where: str
    status: str
    message: str
    statement: int = 0


@dataclass(frozen=True, slots=True)
class Examined:
    """A report's cases, and what they rest on beside the report itself.

    Attributes:
        before: row of the report of the year before; 0: none.
        sums: names the division and year that it sums up; 0: it is no summary.
        part: names the division and year whose summary counts it; 0: none does.
        texts: changes with what section five says and who says it.
    """

    cases: tuple[Case, ...] = ()
    before: int = 0
    sums: int = 0
    part: int = 0
    texts: int = 0


def examine(store: Reads, rows: Sequence[int]) -> Iterator[dict[int, Examined]]:
    """Some reports by their rows, a part of them at a time; one that another version supersedes has nothing to it.

    The caller holds a snapshot of the store. Reports of one agency best stand together.
    """
    tables: Tables = lru_cache(maxsize=TABLES_KEPT)(store.tables)
    summaries = _summaries(store, rows, tables)
    for start in range(0, len(rows), AT_ONCE):
        yield _examined(store, rows[start : start + AT_ONCE], tables, summaries)


def in_turn(store: Reads, rows: Iterable[int]) -> list[int]:
    """Rows so that an agency's reports stand together, by year: what one is held against was just looked at."""
    wanted = frozenset(rows)
    found = store.query("SELECT row FROM reports ORDER BY agency_key, year, row")
    return [row for (row,) in found if row in wanted]


def years_before(store: Reads, rows: Sequence[int]) -> dict[int, tuple[int, str, int]]:
    """Row → row, id and year of the same agency's report of the year before, of those that have one."""
    found = store.query(
        "SELECT r.row, b.row, b.id, b.year FROM reports r JOIN reports b ON b.agency_key = r.agency_key"
        " AND b.year = r.year - 1 AND b.current = 1 WHERE r.row IN (SELECT value FROM json_each(?))"
        " AND r.current = 1 AND r.agency_key <> '' ORDER BY r.row, b.id",
        (json.dumps([int(row) for row in rows]),),
    )
    return {int(row): (int(before), str(name), int(year)) for row, before, name, year in found}


def years_after(store: Reads, rows: Sequence[int]) -> list[int]:
    """Rows of the same agencies' reports of the year after."""
    found = store.query(
        "SELECT a.row FROM reports r JOIN reports a ON a.agency_key = r.agency_key AND a.year = r.year + 1"
        " WHERE r.row IN (SELECT value FROM json_each(?)) AND r.agency_key <> ''",
        (json.dumps([int(row) for row in rows]),),
    )
    return [int(row) for (row,) in found]


def _summaries(store: Reads, rows: Sequence[int], tables: Tables) -> dict[str, list[Case]]:
    """Report id → what does not agree with the parts at hand, of the summaries among some reports."""
    asked = frozenset(rows)
    sql = "SELECT r.row, r.id FROM reports r WHERE r.scope = 'government' AND r.current = 1"
    if len(rows) <= AT_ONCE:
        found = store.query(f"{sql} AND r.row IN (SELECT value FROM json_each(?))", (json.dumps(list(rows)),))
    else:
        found = store.query(sql)
    names = sorted(str(name) for row, name in found if row in asked)
    out: dict[str, list[Case]] = defaultdict(list)
    chosen: list[ReportRow] = []
    for start in range(0, len(names), AT_ONCE):
        chosen += store.report_rows(Filter(report=tuple(names[start : start + AT_ONCE])), current_only=True)
    for name, verdict in check_summaries(store, chosen, lambda report: tables(report.id)):
        out[name].append(_case(verdict))
    return out


def _examined(
    store: Reads, rows: Sequence[int], tables: Tables, summaries: Mapping[str, Sequence[Case]]
) -> dict[int, Examined]:
    several = json.dumps(list(rows))
    named = store.query("SELECT row, id FROM reports WHERE row IN (SELECT value FROM json_each(?))", (several,))
    numbers = {str(name): int(row) for row, name in named}
    out: dict[int, Examined] = dict.fromkeys(rows, Examined())
    if not numbers:
        return out
    chosen = Filter(report=tuple(numbers))
    reports = store.report_rows(chosen, current_only=True)
    before = years_before(store, rows)
    statements = section_five(store, [*(one.id for one in reports), *(name for _, name, _ in before.values())])
    own: dict[int, list[Case]] = defaultdict(list)
    for stored in store.checks(chosen, status=("fail", "uncertain")):
        own[stored.report_row].append(Case(stored.rule, stored.where, stored.status, stored.message))
    for report in reports:
        row, said = numbers[report.id], statements.get(report.id, ())
        cases, last = own[row], 0
        if row in before:
            last, name, year = before[row]
            cases += _between_years(tables(name), tables(report.id))
            cases += _same_text(statements.get(name, ()), year, said)
        cases += [*summaries.get(report.id, ()), *_residue(said), *_unanswered(said)]
        sums, part = (_named(code, report.year) for code in (sums_up(report), counted_by(report)))
        out[row] = Examined(tuple(cases), last, sums, part, _digest(report, said))
    return out


def _between_years(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Case]:
    """Rules that hold a year's tables against those of the one before; only what fails."""
    return (_case(check) for check in check_years(before, now) if check.status == "fail")


def _case(check: Check) -> Case:
    return Case(check.rule, check.where, check.status, check.message)


def _same_text(before: Sequence[StatementRow], year: int, now: Sequence[StatementRow]) -> Iterator[Case]:
    """Whether section five repeats last year's."""
    share = reused_share("".join(s.text for s in now), "".join(s.text for s in before))
    if share >= REUSED:
        yield Case("REUSE-YEAR", "issues", "notice", f"第五部分有 {share:.0%} 的文字与{year}年报告相同")


def _residue(statements: Sequence[StatementRow]) -> Iterator[Case]:
    rows = {one.id: one.row for one in statements}
    for at, said in residue_messages(statements):
        yield Case("COPY-RESIDUE", at, "notice", said, rows[at])


def _unanswered(statements: Iterable[StatementRow]) -> Iterator[Case]:
    """Problems that no measure of the same report answers."""
    name: Callable[[str], str] = Taxonomy.load().name
    for statement in statements:
        if statement.kind == "problem" and not statement.paired:
            labels = "、".join(name(label) for label in statement.labels)
            shown = statement.text[:SHOWN] + ("…" if len(statement.text) > SHOWN else "")
            said = f"提出了问题（{labels}）而没有对应措施：{shown}"
            yield Case("S5-UNANSWERED", statement.id, "notice", said, statement.row)


def _named(code: str | None, year: int | None) -> int:
    """A number for a division's year; 0 where there is none."""
    return _number(f"{code} {year}") if code and year else 0


def _digest(report: ReportRow, statements: Sequence[StatementRow]) -> int:
    said = [(one.kind, one.text) for one in statements]
    return _number(repr((report.id, report.agency, report.year, said))) if said else 0


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)
