"""One agency over the years: found by its name, its reports laid side by side."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from index.columns import columns_of
from index.copying import copied_from, last_years, section_five, taken
from index.filters import Clause, report_clause
from index.histories import AgencyRow, AgencyYear, History, Reuse
from index.insight import reports_only
from index.reads import Missing, Reads, StatementRow
from index.records import Filter, Measure, MeasureRow, ReportRow
from index.recurring import chains, labels_over_years
from index.statistics import statistics
from nlp.errors import MingjianError
from nlp.records import Region

# where a report's place is not certain, its name alone tells the agency
IDENTITY = "CASE WHEN r.agency_key <> '' THEN r.agency_key ELSE r.agency END"
NAMED = 6  # agencies that an error message lists
FIGURES = (
    "received_new",
    "carried_in",
    "processed_total",
    "carried_out",
    "granted",
    "partially_granted",
    "denied",
    "unable",
    "not_processed",
    "other_processing",
    "review_total",
    "suit_total",
    "normative_issued",
    "licence_decisions",
    "penalty_decisions",
)


class Unclear(MingjianError):
    """A name that several agencies have."""


def agencies(store: Reads, where: Filter, text: str = "") -> list[AgencyRow]:
    """The agencies that have reports under a filter, those with most reports first.

    ``text`` is part of a name: of the present one, a former one, or the key (which spells out the place).
    """
    wanted = "".join(text.split())
    clause = report_clause(reports_only(where), current_only=True)
    with store.snapshot():
        if wanted:
            clause = _and(clause, _called(store, wanted))
        rows = store.query(
            f"SELECT {IDENTITY}, r.agency, r.agency_type, r.province, r.city, r.county, r.code, r.level, r.scope,"
            f" r.year FROM reports r WHERE {clause.sql} AND r.agency IS NOT NULL"
            " ORDER BY r.year IS NOT NULL, r.year, r.row",
            clause.params,
        )
    groups: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for row in rows:
        groups[str(row[0])].append(row)
    found = [
        _agency_row(key, several)
        for key, several in groups.items()
        if wanted in key or any(wanted in str(one[1]) for one in several)
    ]
    return sorted(found, key=lambda one: (-one.reports, one.key))


def _called(store: Reads, wanted: str) -> Clause:
    """The condition of being a report of an agency that a text may name, told by indexes and the names alone."""
    columns = columns_of(store)
    names = [name for name in columns.values["agency"] if wanted in name]
    rows = columns.rows[columns.among("agency", names)]
    keys = {
        str(key)
        for (key,) in store.query(
            f"SELECT DISTINCT {IDENTITY} FROM reports r WHERE r.row IN (SELECT value FROM json_each(?))",
            (json.dumps(rows.tolist()),),
        )
    }
    keys |= {
        str(key)
        for (key,) in store.query(
            "SELECT DISTINCT r.agency_key FROM reports r WHERE instr(r.agency_key, ?) > 0", (wanted,)
        )
    }
    held = json.dumps(sorted(keys), ensure_ascii=False)
    among = "IN (SELECT value FROM json_each(?))"
    return Clause(f"(r.agency_key {among} OR (r.agency_key = '' AND r.agency {among}))", (held, held))


def _and(one: Clause, other: Clause) -> Clause:
    return Clause(f"{one.sql} AND {other.sql}", (*one.params, *other.params))


def _agency_row(key: str, rows: Sequence[tuple[object, ...]]) -> AgencyRow:
    """An agency as its last report has it."""
    _, name, kind, province, city, county, code, level, scope, _ = rows[-1]
    region = Region(*(None if part is None else str(part) for part in (province, city, county, code)))
    years = sorted({int(str(row[-1])) for row in rows if row[-1] is not None})
    return AgencyRow(key, str(name), str(kind), region, str(level), str(scope), len(rows), tuple(years))


def find(store: Reads, text: str) -> AgencyRow:
    """The one agency that is meant: by its key, by a report's id, by its name, by a part of its name.

    Raises:
        Missing: no agency is called so.
        Unclear: several are; the message names them.
    """
    wanted = "".join(text.split())
    if not wanted:
        raise MingjianError("请写出单位名称，如：北仑区应急管理局")
    of_report = store.query(f"SELECT {IDENTITY} FROM reports r WHERE r.id = ? AND r.agency IS NOT NULL", (wanted,))
    key = str(of_report[0][0]) if of_report else wanted
    found = agencies(store, Filter(), key)
    exact = [one for one in found if one.key == key] or [one for one in found if one.name == key] or found
    if not exact:
        raise Missing(f"没有叫“{text}”的单位，可用 mingjian list 查看全部报告")
    if len(exact) > 1:
        listed = "、".join(one.key for one in exact[:NAMED]) + ("……" if len(exact) > NAMED else "")
        raise Unclear(f"“{text}”可以是 {len(exact)} 个单位，请写全：{listed}")
    return exact[0]


def agency(store: Reads, text: str) -> History:
    """One agency over the years.

    ``text`` is the agency's key, its name or part of it, or the id of one of its reports.

    Raises:
        Missing: no agency is called so.
        Unclear: several are; the message names them.
    """
    with store.snapshot():
        row = find(store, text)
        ids = [
            str(report)
            for (report,) in store.query(
                f"SELECT r.id FROM reports r WHERE r.current = 1 AND {IDENTITY} = ? ORDER BY r.row", (row.key,)
            )
        ]
        where = Filter(report=tuple(ids))
        facts = dict(store.query(f"SELECT id, has_issues FROM reports WHERE id IN ({_marks(ids)})", ids))
        silent = {
            one
            for (one,) in store.query(f"SELECT id FROM reports WHERE none_stated = 1 AND id IN ({_marks(ids)})", ids)
        }
        every = store.report_rows(where, current_only=True)
        reports = _by_year(every)
        statements = section_five(store, ids)
        reuse = _reuse(store, reports, statements)
        copied = _copied(store, where, every)
        measures, figures = _figures(store, [report.id for report in reports.values()])
    said = {year: statements.get(one.id, []) for year, one in reports.items() if facts[one.id]}
    recurring, vanished = labels_over_years(said)
    shares = {one.report: one.share for one in reuse}
    return History(
        agency=row,
        names={year: one.agency or row.name for year, one in reports.items()},
        years=tuple(
            _year(year, one, said.get(year), one.id in silent, shares.get(one.id)) for year, one in reports.items()
        ),
        missing=tuple(year for year in range(min(reports), max(reports)) if year not in reports) if reports else (),
        recurring=recurring,
        vanished=vanished,
        chains=chains(said),
        reuse=reuse,
        copied=copied,
        measures=measures,
        figures=figures,
        notes=_notes(every, reports),
    )


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" for _ in values)


def _by_year(reports: Sequence[ReportRow]) -> dict[int, ReportRow]:
    """Report year → report, rising; of several of one year the last."""
    return {one.year: one for one in sorted(reports, key=lambda r: r.year or 0) if one.year is not None}


def _year(
    year: int, report: ReportRow, said: Sequence[StatementRow] | None, silent: bool, reuse: float | None
) -> AgencyYear:
    labels = None
    if said is not None:
        labels = tuple(dict.fromkeys(label for s in said if s.kind == "problem" for label in s.labels))
    return AgencyYear(year, report.id, report.problems, report.measures, report.failed_checks, silent, labels, reuse)


def _reuse(
    store: Reads, reports: Mapping[int, ReportRow], statements: Mapping[str, Sequence[StatementRow]]
) -> tuple[Reuse, ...]:
    """Each report against the one of the year before."""
    before = last_years(store, [*reports.values()])
    return tuple(
        taken(report, reports[year - 1], statements, "year")
        for year, report in reports.items()
        if year - 1 in reports and before.get(report.id) == reports[year - 1].id
    )


def _copied(store: Reads, where: Filter, reports: Sequence[ReportRow]) -> tuple[Reuse, ...]:
    """What its reports share with other agencies' earlier ones, by year."""
    found = copied_from(store, where)
    sources = (
        store.report_rows(Filter(report=tuple({one.source for one in found.values()})), current_only=True)
        if found
        else []
    )
    by_id = {one.id: one for one in (*reports, *sources)}
    statements = section_five(store, [*found, *(one.source for one in found.values())])
    ordered = sorted(found.values(), key=lambda one: (by_id[one.report].year or 0, one.report))
    return tuple(taken(by_id[one.report], by_id[one.source], statements, "agency") for one in ordered)


def _figures(store: Reads, ids: Sequence[str]) -> tuple[tuple[Measure, ...], tuple[MeasureRow, ...]]:
    """Numbers of the statutory tables by year."""
    if not ids:
        return (), ()
    tables = [statistics(store, name, "year", Filter(report=tuple(ids))) for name in FIGURES]
    return tuple(table.measures[0] for table in tables), tuple(row for table in tables for row in table.rows)


def _notes(every: Sequence[ReportRow], reports: Mapping[int, ReportRow]) -> tuple[str, ...]:
    out = []
    undated = sum(one.year is None for one in every)
    if undated:
        out.append(f"有{undated}份报告年份不明，没有列入")
    if len(every) - undated > len(reports):
        out.append("同名单位在同一年有几份报告，地区不明而无法区分，只列最后收入的一份")
    if any(one.scope == "government" for one in reports.values()):
        out.append("这是整个政府的汇总报告，数字包含所属部门，不能与部门的数字相加")
    return tuple(out)
