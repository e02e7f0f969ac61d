"""统计: the figures of the statutory tables, by group and by agency, what makes them up, peers, the dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from ui import charts, holder, maps, markup, names
from ui.views import common, dictionary, peers, provinces, structure
from ui.views.download import offer

if TYPE_CHECKING:
    from index.records import Filter, Measure, MeasureRow, StatisticsTable

VIEWS = {"figure": "单项指标", "structure": "构成与理由", "peers": "同类排名", "dictionary": "指标说明"}
BY = {"year": "按年份", "province": "按省份", "city": "按城市", "level": "按层级", "agency_type": "按单位类型"}
DEFAULT = "received_new"
SIZE = 20
MOST_GROUPS = 40


def page() -> None:
    """Draw the page."""
    st.title("统计")
    common.notice()
    selected = replace(common.chosen(), label=(), kind=())
    common.choose(common.archive().facets(**common.wanted(selected)), common.REPORT_FIELDS, selected)
    view = common.segmented("看哪方面", "view", VIEWS, "figure")
    if view == "structure":
        structure.draw(selected)
    elif view == "peers":
        peers.draw(selected)
    elif view == "dictionary":
        dictionary.draw()
    else:
        _figure(selected)


def _figure(selected: Filter) -> None:
    """One measure: its definition, by group, by report."""
    measures = {one.id: one for one in dictionary.metrics()}
    held = common.one("measure", measures, DEFAULT if DEFAULT in measures else next(iter(measures)))
    groups = list(dict.fromkeys(one.group for one in measures.values()))
    st.pills(
        "哪一类",
        groups,
        key=common.hold("m-group", measures[held].group),
        on_change=_grouped,
        required=True,
    )
    st.selectbox(
        "看哪个指标",
        [key for key, one in measures.items() if one.group == measures[held].group],
        key=common.hold("m-measure", held),
        format_func=lambda key: measures[key].name,
        placeholder="请选择",
        on_change=_picked,
    )
    measure = measures[held]
    _define(measure)
    by = common.segmented("怎么比", "by", BY, "year")
    _groups(selected, measure, by)
    _ranking(selected, measure)


def _grouped() -> None:
    """The first measure of the group that was chosen."""
    chosen = st.session_state["m-group"]
    first = next((one.id for one in dictionary.metrics() if one.group == chosen), DEFAULT)
    common.change(measure=[first], page=[])


def _picked() -> None:
    common.change(measure=[st.session_state["m-measure"]], page=[])


def _define(measure: Measure) -> None:
    unit = "比例" if measure.unit == "%" else measure.unit
    forms = "、".join(names.name("form", form) for form in measure.forms)
    only = f"<br>只有{markup.safe(forms)}有这一项" if forms else ""
    caveat = f"<br><b>注意：</b>{markup.safe(measure.caveat)}" if measure.caveat else ""
    st.html(
        f'<p class="mj-lead"><b>{markup.safe(measure.name)}</b>：{markup.safe(measure.definition)}'
        f"（单位：{markup.safe(unit)}）<br>算法（按统计表的行列名称）：{markup.safe(measure.formula)}{only}{caveat}</p>"
    )


@st.cache_data(show_spinner="正在统计…", max_entries=64)
def _table(version: holder.Stamp, selected: Filter, measure: str, by: str) -> StatisticsTable:
    del version
    return common.archive().statistics(measure, by=by, **common.wanted(selected))


@st.cache_data(show_spinner="正在统计…", max_entries=64)
def _reports(version: holder.Stamp, selected: Filter, measure: str, limit: int, offset: int) -> StatisticsTable:
    """A page of the ranking, and how many reports it has in all."""
    del version
    return common.archive().statistics(measure, limit=limit, offset=offset, **common.wanted(selected))


def _groups(selected: Filter, measure: Measure, by: str) -> None:
    found = _table(holder.version(), selected, measure.id, by)
    rows = [row for row in found.rows if row.group != "unknown"]
    if not rows:
        st.info("所选范围里没有报告有这个指标的表格。缺表不等于零。")
        return
    if by != "year":
        rows = sorted(rows, key=lambda row: (row.value is None, -(row.value or 0)))
    if by == "province":
        shades = maps.shades_of_measure(rows, measure.unit)
        told = "点一个省份，看它的各市"
        if not measure.ratio:
            told = f"合计随收入档案的报告多少而变，比较宜看占比类指标；{told}"
        provinces.draw(shades, _titled(measure), measure.unit, selected, provinces.drill(by=["city"]), told)
    drawn = charts.measure_groups(rows[:MOST_GROUPS], by, measure.name, measure.unit)
    common.chart(drawn, f"{_titled(measure)}，{BY[by]}")
    for note in found.notes:
        st.caption(markup.plain(note))
    st.caption("“无数据”指报告里没有这张表或这一格空白，与零不同。")
    with st.expander("看数据"):
        head = [names.name("field", by), measure.name, "有数据的报告", "应有的报告"]
        cells = [(names.group(by, r.group), names.number(r.value, measure.unit), r.reports, r.of) for r in rows]
        st.html(markup.table(head, cells, numbers=(1, 2, 3)))
        with st.container(horizontal=True):
            offer("统计", "statistics", measure=measure.id, by=by, **common.wanted(selected))


def _titled(measure: Measure) -> str:
    return measure.name if measure.unit == "%" else f"{measure.name}（{measure.unit}）"


def _ranking(selected: Filter, measure: Measure) -> None:
    """Reports by falling value, 20 a page; a government's total never stands among single agencies."""
    st.subheader("各份报告")
    mixed = not selected.scope and len(common.archive().facets(**common.wanted(selected)).fields["scope"]) > 1
    wanted = replace(selected, scope=("agency",)) if mixed else selected
    total = _reports(holder.version(), wanted, measure.id, 0, 0).total
    if mixed:
        st.caption("这里只列单个机关；整个政府的汇总报告请在左侧“统计口径”里选择查看。")
    if not total:
        st.info("所选范围里没有报告有这个数字。")
        return
    first, _ = common.pages_of(total, SIZE)
    _rows(_reports(holder.version(), wanted, measure.id, SIZE, first).rows, measure, first)
    common.turn(total, SIZE)


def _rows(rows: Sequence[MeasureRow], measure: Measure, first: int) -> None:
    for rank, row in enumerate(rows, start=first + 1):
        year = names.name("year", row.year) if row.year else "年份不明"
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", wrap=False):
            common.link("report", f"{rank}. {row.agency or '单位不明'}　{year}", {"report": [row.report or row.group]})
            st.html(f"<span>{markup.safe(names.number(row.value, measure.unit))}</span>", width="content")
