"""Statistics beyond sums as plain text: what makes up a whole, peers, the metric dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ui import names
from ui.render import clean, filters, table, wrap

if TYPE_CHECKING:
    from index.peers import PeerGroup, Peers, Standing
    from index.records import Measure
    from index.structure import Structure

NA = "—"


def structure(found: Structure) -> str:
    """Each part with its number, share and how many reports gave it; the whole last in each group."""
    if not any(row.value is not None for row in found.totals):
        return "所选范围里没有报告有这张表的数字。缺表不等于零。"
    measures = {one.id: one for one in (found.whole, *found.measures)}
    rows = []
    for total in found.totals:
        for row in (*(row for row in found.rows if row.group == total.group), total):
            group = [names.group(found.by, row.group)] if found.by else []
            share = NA if row.share is None else f"{row.share:.1%}"
            measure = measures[row.measure]
            value = names.number(row.value, measure.unit)
            rows.append((*group, measure.name, value, share, f"{row.reports}/{row.of}"))
    head = [*(["范围"] if found.by else []), found.name, "数量", f"占{found.whole.name}", "有数据/应有"]
    last = len(head) - 1
    shown = table(head, rows, right=(last - 2, last - 1, last))
    return "\n".join([f"{found.name}的构成", shown, *found.notes])


def peers(found: Peers) -> str:
    """A table a year: number, rank, percentile, median and quartiles of each measure that is known."""
    lines = [clean(found.agency.key)]
    few = False
    if used := filters(found.filter):
        lines.append(f"筛选：{used}")
    units = {one.id: one for one in found.measures}
    for group in found.groups:
        rows = [
            _standing(one, units[one.measure])
            for one in found.standings
            if one.year == group.year and one.value is not None
        ]
        lines.append(f"\n{names.name('year', group.year)}　{who(group)}")
        few = few or any(one.few for one in found.standings if one.year == group.year and one.value is not None)
        head = ["指标", "数值", "名次", "低于/持平/高于", "百分位", "下四分位", "中位数", "上四分位"]
        lines.append(table(head, rows, right=range(1, 8)) if rows else "这份报告没有可比较的数字。")
    if few:
        lines.append("* 有数据的同类单位不足 5 家，不给百分位和四分位数。")
    lines.append("名次从多到少，数值相同名次相同；多不等于好，少不等于差。")
    return "\n".join([*lines, *found.notes])


def _standing(one: Standing, measure: Measure) -> tuple[str, ...]:
    unit = measure.unit
    compared = one.rank is not None and one.n > 1
    return (
        measure.name,
        names.number(one.value, unit),
        f"{one.rank}/{one.n}{'*' if one.few else ''}" if one.rank is not None else NA,
        f"{one.below}/{one.tied}/{one.above}" if compared else NA,
        NA if one.percentile is None else f"{one.percentile:.0f}",
        *(NA if value is None else names.number(value, unit) for value in (one.low, one.median, one.high)),
    )


def who(group: PeerGroup) -> str:
    """“同类：浙江省 县级 应急管理，共 12 家（含本单位）”."""
    place = "".join(part for part in (group.province, group.city) if part)
    kinds = (place, names.name("level", group.level), names.name("agency_type", group.agency_type))
    shown = " ".join(part for part in kinds if part)
    return f"同类：{shown}，共 {group.agencies} 家（含本单位）"


def dictionary(measures: Sequence[Measure]) -> str:
    """Every measure: id, name, unit, definition, formula, caveat, under its heading."""
    lines: list[str] = []
    heading = ""
    for one in measures:
        if one.group != heading:
            heading = one.group
            lines.append(f"\n{heading}" if lines else heading)
        only = f"，只有{'、'.join(names.name('form', form) for form in one.forms)}有" if one.forms else ""
        lines.append(f"  {one.name}（{one.id}，单位：{'比例' if one.unit == '%' else one.unit}{only}）")
        lines += [wrap(f"{name}：{text}") for name, text in told(one) if text]
    return "\n".join(lines)


def told(one: Measure) -> tuple[tuple[str, str], ...]:
    """What the dictionary says of a measure."""
    return ("定义", one.definition), ("算法", one.formula), ("注意", one.caveat)
