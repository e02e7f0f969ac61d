"""Sheets of the statistics beyond sums: what makes up a whole, peers, the metric dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from index.export.sheet import Column, Sheet, group_name
from index.filters import FORMS, LEVELS, SCOPES, agency_types
from nlp.errors import MingjianError

if TYPE_CHECKING:
    from index.archive import Archive
    from index.records import Measure

PART = (
    Column("group", "分组", 16),
    Column("measure", "指标编号", 24),
    Column("name", "指标", 30),
    Column("value", "数值", 12),
    Column("share", "占比", 10),
    Column("reports", "有数据的报告数", 14),
    Column("of", "报告数", 10),
)
STANDING = (
    Column("year", "年份", 8),
    Column("measure", "指标编号", 24),
    Column("name", "指标", 24),
    Column("value", "数值", 12),
    Column("unit", "计量单位", 10),
    Column("rank", "名次（从多到少）", 14),
    Column("n", "有数据的同类单位", 14),
    Column("of", "同类单位", 10),
    Column("percentile", "百分位", 10),
    Column("below", "低于它", 10),
    Column("tied", "与它持平", 10),
    Column("above", "高于它", 10),
    Column("low", "下四分位", 12),
    Column("median", "中位数", 12),
    Column("high", "上四分位", 12),
    Column("few", "同类不足5家", 12),
)
MEASURE = (
    Column("id", "指标编号", 26),
    Column("name", "指标", 28),
    Column("group", "类别", 20),
    Column("definition", "定义", 44),
    Column("formula", "算法", 60),
    Column("unit", "计量单位", 10),
    Column("forms", "适用表式", 16),
    Column("caveat", "注意", 60),
)
FRACTIONS = ("比率和占比", "以小数表示，0.25 即 25%；分母为 0 时空白，空白是无数据，不是零")
PEER_NOTES = (
    (
        "同类单位",
        "同一年度、同一层级、同一类型、同一口径的单位，含本单位；整个政府的汇总报告不与部门比较，旧版报告不计",
    ),
    ("名次", "数值从大到小；数值相同的名次相同，取靠前的名次"),
    ("百分位", "其他同类单位里数值比它低的占百分之几，持平的算一半；有数据的同类单位不足 5 家时不给出"),
    ("四分位数", "按有数据的同类单位（含本单位）计算，两数之间按比例取值；不足 5 家时不给出"),
)


def _structure(archive: Archive, query: str, filters: Mapping[str, Any]) -> Sheet:
    found = archive.structure(query or "outcomes", **filters)
    measures = {one.id: one for one in (found.whole, *found.measures)}
    rows = [
        {**asdict(row), "group": group_name(found.by or "year", row.group), "name": measures[row.measure].name}
        for row in (*found.rows, *found.totals)
    ]
    notes = [_told(one) for one in measures.values()] + [("说明", note) for note in found.notes]
    whole = ("占比", f"各项占“{found.whole.name}”的比重，按两项都有数据的报告计算")
    return Sheet(f"构成 {found.name}", PART, rows, found.filter.to_dict(), (whole, FRACTIONS, *notes), found.to_dict())


def _peers(archive: Archive, query: str, filters: Mapping[str, Any]) -> Sheet:
    if not query:
        raise MingjianError("导出同类排名要写明单位：用检索词给出单位名称")
    found = archive.peers(query, **filters)
    measures = {one.id: one for one in found.measures}
    rows = [
        {
            **asdict(row),
            "name": measures[row.measure].name,
            "unit": measures[row.measure].unit,
            "few": "是" if row.few else "",
        }
        for row in found.standings
    ]
    groups = [
        (
            f"{one.year}年同类范围",
            "，".join(
                (
                    *(part for part in (one.province, one.city) if part),
                    LEVELS.get(one.level, one.level),
                    agency_types().get(one.agency_type, one.agency_type),
                    SCOPES.get(one.scope, one.scope),
                    f"{one.agencies} 家",
                )
            ),
        )
        for one in found.groups
    ]
    notes = [("单位", found.agency.key), *groups, *PEER_NOTES, FRACTIONS, *map(_told, found.measures)]
    notes += [("说明", note) for note in found.notes]
    return Sheet("同类排名", STANDING, rows, found.filter.to_dict(), tuple(notes), found.to_dict())


def _measures(archive: Archive, _query: str, _filters: Mapping[str, Any]) -> Sheet:
    rows = [
        {**asdict(one), "forms": "、".join(FORMS[form] for form in one.forms) or "各表式"} for one in archive.measures()
    ]
    notes = (("算法", "以报告所附统计表的行列名称写出；任何一格无数据，该报告的这项即为无数据"), FRACTIONS)
    return Sheet("指标说明", MEASURE, rows, {}, notes)


def _told(one: Measure) -> tuple[str, str]:
    return one.name, "；".join(filter(None, (one.definition, one.formula, one.caveat)))


BUILDERS: Mapping[str, Callable[[Archive, str, Mapping[str, Any]], Sheet]] = {
    "structure": _structure,
    "peers": _peers,
    "measures": _measures,
}
