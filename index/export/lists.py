"""Any result list as a sheet: statements, reports, search hits, trends, statistics, topics, findings, labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from index.export.figures import BUILDERS as FIGURES
from index.export.insight import BUILDERS as INSIGHT
from index.export.sheet import Column, Sheet, group_name
from index.filters import FORMS, KINDS, LEVELS, SCOPES, STATUSES, VERDICTS, agency_types, report_clause
from nlp.errors import MingjianError
from nlp.taxonomy import Taxonomy

if TYPE_CHECKING:
    from index.archive import Archive

WHERE = (
    Column("agency", "单位", 26),
    Column("year", "年份", 8),
    Column("province", "省份", 12),
    Column("city", "城市", 12),
    Column("county", "区县", 12),
    Column("level", "层级", 8),
    Column("agency_type", "单位类型", 14),
)
STATEMENT = (
    Column("kind", "类别", 8),
    Column("text", "原文", 70),
    Column("labels", "标签", 30),
    *WHERE,
    Column("status", "措施状态", 10),
    Column("source", "来源文件", 30),
    Column("report", "报告编号", 18),
    Column("id", "语句编号", 22),
    Column("start", "起始位置", 8),
    Column("end", "结束位置", 8),
)
REPORT = (
    *WHERE,
    Column("scope", "口径", 12),
    Column("form", "表式", 14),
    Column("title", "标题", 40),
    Column("problems", "问题数", 8),
    Column("measures", "措施数", 8),
    Column("failed_checks", "勾稽不符数", 10),
    Column("warnings", "提示", 40),
    Column("source", "来源文件", 30),
    Column("id", "报告编号", 18),
)
TREND = (
    Column("group", "分组", 16),
    Column("label", "标签编号", 22),
    Column("name", "标签", 24),
    Column("reports", "报告数", 10),
    Column("stating", "提到的报告数", 12),
    Column("share", "占比", 10),
    Column("low", "区间下限", 10),
    Column("high", "区间上限", 10),
    Column("few", "不足5份报告", 12),
)
MEASURE = (
    Column("group", "分组或报告", 20),
    Column("agency", "单位", 26),
    Column("year", "年份", 8),
    Column("measure", "指标编号", 20),
    Column("name", "指标", 20),
    Column("value", "数值", 12),
    Column("unit", "单位", 8),
    Column("reports", "有数据的报告数", 14),
    Column("of", "报告数", 10),
    Column("form", "表式", 10),
)
FINDING = (
    Column("agency", "单位", 26),
    Column("year", "年份", 8),
    Column("rule", "规则", 16),
    Column("where", "位置", 20),
    Column("status", "结论", 10),
    Column("message", "说明", 70),
    Column("source", "来源文件", 30),
    Column("report", "报告编号", 18),
)
TOPIC = (
    Column("name", "主题", 24),
    Column("kind", "类别", 8),
    Column("size", "语句数", 10),
    Column("emerging", "新近增多", 10),
    Column("growth", "前后对比", 50),
    Column("reports", "报告数", 10),
    Column("by_year", "各年语句数", 40),
    Column("example", "代表语句", 70),
    Column("id", "主题编号", 14),
)
SHARE_NOTE = ("占比", "提到该标签的报告数 ÷ 有第五部分的报告数（按报告计，不按句数计）；区间为 95% Wilson 区间")
MATRIX_NOTE = ("1、0 和空白", "1 写到这一类，0 没有写到；空白表示报告没有第五部分，是无数据，不是零")
FORMULA_NOTE = ("以撇号开头的文字", "原文以 = + - @ 开头，为防止被表格软件当作公式执行而加")


def sheet_of(archive: Archive, what: str, query: str | None, filters: Mapping[str, Any]) -> Sheet:
    """The sheet that ``mingjian export`` writes.

    Args:
        archive: where the rows come from.
        what: statements, reports, search, trends, statistics, topics, check, matrix, structure, peers, measures,
            compare (with ``left`` and ``right``, a group's filters each), together, solutions, agencies, agency, reuse
            or corrections.
        query: for ``search``; a query alone means ``search``. For ``peers`` and ``agency`` the agency, for
            ``structure`` which one, for ``agencies`` a part of their names.
        filters: as the archive's methods take them.

    Raises:
        MingjianError: an unknown list.
    """
    name = "search" if query and what == "statements" else what
    if name not in BUILDERS:
        raise MingjianError(f"不能导出“{what}”，可用：{'、'.join(known())}")
    return BUILDERS[name](archive, query or "", filters)


def known() -> tuple[str, ...]:
    """What can be exported; the brief and everything are no lists, but written by :mod:`index.export.files`."""
    return (*BUILDERS, "brief", "everything")


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its region spread out and its codes as Chinese words."""
    out = {**row, **(row.get("region") or {})}
    coded = (("kind", KINDS), ("level", LEVELS), ("form", FORMS), ("scope", SCOPES), ("status", STATUSES | VERDICTS))
    for key, names in coded:
        if key in out:
            out[key] = names.get(out[key], out[key])
    if "agency_type" in out:
        out["agency_type"] = agency_types().get(out["agency_type"], out["agency_type"])
    if "labels" in out:
        out["labels"] = [Taxonomy.load().name(label) for label in out["labels"]]
    return out


def _rows(records: Sequence[Any]) -> list[dict[str, Any]]:
    return [_named(record.to_dict()) for record in records]


def _statements(archive: Archive, _query: str, filters: Mapping[str, Any]) -> Sheet:
    statements = archive.statements(**filters)
    rows = [_named({**asdict(s), "end": s.stop, "labels": list(s.labels)}) for s in statements]
    return Sheet("问题与措施", STATEMENT, rows, archive.filter(**filters).to_dict(), (FORMULA_NOTE,))


def _reports(archive: Archive, _query: str, filters: Mapping[str, Any]) -> Sheet:
    return Sheet("报告", REPORT, _rows(archive.list(**filters)), archive.filter(**filters).to_dict())


def _search(archive: Archive, query: str, filters: Mapping[str, Any]) -> Sheet:
    answer = archive.search(query, **{"k": 200, **filters})
    shown = {"query": query, **answer.filter.to_dict()}
    columns = (Column("rank", "序号", 6), *STATEMENT)
    return Sheet("检索结果", columns, _rows(answer.hits), shown, (FORMULA_NOTE,), answer.to_dict())


def _trends(archive: Archive, _query: str, filters: Mapping[str, Any]) -> Sheet:
    found = archive.trends(**filters)
    taxonomy = Taxonomy.load()
    rows = [
        {
            **asdict(row),
            "group": group_name(found.by, row.group),
            "name": taxonomy.name(row.label),
            "few": row.few,
        }
        for row in found.rows
    ]
    notes = (SHARE_NOTE, *(("说明", move) for move in (*found.moves, *found.notes)))
    return Sheet("趋势", TREND, rows, found.filter.to_dict(), notes, found.to_dict())


def _statistics(archive: Archive, _query: str, filters: Mapping[str, Any]) -> Sheet:
    found = archive.statistics(**filters)
    measures = {m.id: m for m in found.measures}
    rows = [
        {
            **asdict(row),
            "group": group_name(found.by, row.group),
            "name": measures[row.measure].name,
            "unit": measures[row.measure].unit,
        }
        for row in found.rows
    ]
    notes = [(m.name, "；".join(filter(None, (m.definition, m.formula, m.caveat)))) for m in found.measures]
    notes += [("说明", note) for note in found.notes] + [("比率", "以小数表示，0.25 即 25%")]
    return Sheet("统计", MEASURE, rows, found.filter.to_dict(), tuple(notes), found.to_dict())


def _topics(archive: Archive, _query: str, filters: Mapping[str, Any]) -> Sheet:
    found = archive.topics(**filters)
    rows = [
        {
            **asdict(topic),
            "kind": KINDS[topic.kind],
            "by_year": "；".join(f"{year}年 {count}" for year, count in topic.by_year.items()),
            "growth": topic.growth.words if topic.growth else "",
            "example": topic.representatives[0].text if topic.representatives else "",
        }
        for topic in found.topics
    ]
    sampled = [("抽样", found.note)] if found.note else []
    notes = (*sampled, ("未归入主题", f"{found.unassigned:.0%} 的语句没有归入任何主题"), SHARE_NOTE)
    return Sheet("主题", TOPIC, rows, found.filter.to_dict(), notes, found.to_dict())


def _check(archive: Archive, _query: str, filters: Mapping[str, Any]) -> Sheet:
    return Sheet("数据质量", FINDING, _rows(archive.check(**filters)), archive.filter(**filters).to_dict())


def _matrix(archive: Archive, _query: str, filters: Mapping[str, Any]) -> Sheet:
    """Report × label: 1 where the report states the label, empty where it has no section five to state it in."""
    clause = report_clause(archive.filter(**filters))
    with archive.store.snapshot():  # else a report that comes meanwhile would state nothing
        reports, stated = archive.list(**filters), archive.stated(**filters)
        found = archive.store.query(
            f"SELECT r.id FROM reports r WHERE {clause.sql} AND r.has_issues = 0", clause.params
        )
    silent = {str(row[0]) for row in found}
    taxonomy = Taxonomy.load()
    labels = [label.id for label in taxonomy if any(label.id in found for found in stated.values())]
    columns = (*REPORT[:9], *(Column(label, taxonomy.name(label), 10) for label in labels), REPORT[-1])
    rows = [
        {
            **_named(report.to_dict()),
            **{label: None if report.id in silent else int(label in stated.get(report.id, ())) for label in labels},
        }
        for report in reports
    ]
    return Sheet("报告×标签", columns, rows, archive.filter(**filters).to_dict(), (MATRIX_NOTE, SHARE_NOTE))


BUILDERS: Mapping[str, Callable[[Archive, str, Mapping[str, Any]], Sheet]] = {
    "statements": _statements,
    "reports": _reports,
    "search": _search,
    "trends": _trends,
    "statistics": _statistics,
    "topics": _topics,
    "check": _check,
    "matrix": _matrix,
    **FIGURES,
    **INSIGHT,
}
