"""统计 · 构成: what applications came to, why they were refused, who asked, how review and litigation ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui import figures, headed, holder, markup, names
from ui.views import common
from ui.views.download import offer

if TYPE_CHECKING:
    from index.records import Filter, StatisticsTable
    from index.structure import Structure

WHAT = {
    "outcomes": "办理结果",
    "reasons": "不公开理由",
    "applicants": "申请人",
    "review": "行政复议",
    "suit": "行政诉讼",
}
BY = {"whole": "合在一起", "year": "按年份", "level": "按层级", "agency_type": "按单位类型", "province": "按省份"}
MOST_REASONS = 10
RATES = {"review": "review_corrected_rate", "suit": "suit_corrected_rate"}


def draw(selected: Filter) -> None:
    """Draw the view for the reports under a filter."""
    what = common.segmented("看什么的构成", "what", WHAT, "outcomes")
    by = common.segmented("怎么分", "split", BY, "whole")
    found = _found(holder.version(), selected, what, None if by == "whole" else by)
    if not any(row.value is not None for row in found.totals):
        st.info("所选范围里没有报告有这张表的数字。缺表不等于零。")
        return
    if by == "whole":
        _whole(found)
    else:
        _groups(found)
    if what in RATES:
        _rate(selected, RATES[what])
    for note in found.notes:
        st.caption(markup.plain(note))
    st.caption(
        f"占比是占{found.whole.name}的比例，只按两项都有数据的报告计算；{found.whole.name}为 0 时不计算。"
        + ("“其他处理”的分项只有2021年正式格式才有。" if what == "reasons" else "")
    )
    with st.expander("看数据"):
        st.html(table(found))
        with st.container(horizontal=True):
            split = {} if by == "whole" else {"by": by}
            offer(f"构成 {found.name}", "structure", query=what, **split, **common.wanted(selected))


@st.cache_data(show_spinner="正在统计…", max_entries=64)
def _found(version: holder.Stamp, selected: Filter, what: str, by: str | None) -> Structure:
    del version
    return common.archive().structure(what, by=by, **common.wanted(selected))


@st.cache_data(show_spinner=False, max_entries=32)
def _rates(version: holder.Stamp, selected: Filter, measure: str) -> StatisticsTable:
    del version
    return common.archive().statistics(measure, by="year", **common.wanted(selected))


def _whole(found: Structure) -> None:
    total = found.totals[0]
    st.html(
        f'<p class="mj-lead">{markup.safe(found.whole.name)}共 <b>{names.number(total.value, found.whole.unit)}</b>，'
        f"{total.of} 份报告中 {total.reports} 份有数据。</p>"
    )
    shown = [row for row in found.rows if row.value]
    if not shown:
        st.info("各项都是 0。")
        return
    common.chart(figures.parts(found, shown[:MOST_REASONS]), f"{found.name}的构成")
    nought = [row for row in found.rows if row.value == 0]
    rest = [f"另有 {len(shown) - MOST_REASONS} 项较少，见“看数据”"] if len(shown) > MOST_REASONS else []
    rest += [f"{len(nought)} 项是 0"] if nought else []
    if rest:
        st.caption("，".join(rest) + "。")


def _groups(found: Structure) -> None:
    if not any(row.share is not None for row in found.rows):
        st.info(f"所选范围里{found.whole.name}为 0，没有构成可看。")
        return
    if found.family == "reasons":  # too many parts for one bar
        st.html(table(found))
        return
    common.chart(figures.parts_by_group(found), f"{found.name}的构成，各组对照")


def _rate(selected: Filter, measure: str) -> None:
    """The rate of decisions put right, by year, as the dictionary defines it."""
    found = _rates(holder.version(), selected, measure)
    rows = [row for row in found.rows if row.group != "unknown"]
    told = found.measures[0]
    st.markdown(f"**{markup.plain(told.name)}**")
    head = [names.name("field", "year"), told.name, "有数据的报告", "应有的报告"]
    cells = [(r.group, "不计算" if r.value is None else names.number(r.value, "%"), r.reports, r.of) for r in rows]
    st.html(markup.table(head, cells, numbers=(1, 2, 3)))
    st.caption(markup.plain(f"{told.definition}。{told.caveat}。"))


def table(found: Structure) -> str:
    """Numbers and shares of every part, a column a group."""
    groups = [row.group for row in found.totals]
    head = [found.name, *(names.group(found.by, group) if found.by else "合计" for group in groups)]
    cells = {(row.measure, row.group): row for row in (*found.rows, *found.totals)}
    rows = [
        (one.name, *(_cell(cells[one.id, group].value, cells[one.id, group].share) for group in groups))
        for one in (*found.measures, found.whole)
    ]
    return headed.table(head, rows)


def _cell(value: float | None, share: float | None) -> str:
    if value is None:
        return names.NO_DATA
    return names.number(value) if share is None else f"{names.number(value)}（{share:.1%}）"
