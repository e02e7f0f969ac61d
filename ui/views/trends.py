"""主题与趋势: which problems and measures recur, how they change, where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from ui import charts, holder, maps, markup, names
from ui.views import common, provinces
from ui.views.download import offer

if TYPE_CHECKING:
    from index.records import Filter, LabelShare, Topic, Topics, Trends

BY = {"year": "按年份", "province": "按省份", "level": "按层级", "agency_type": "按单位类型", "form": "按表式"}
KINDS = {"problem": "问题", "measure": "改进措施"}
MOST_LINES = 6
DEFAULT_LINES = 4
FIRST_TOPICS = 8
COUNTED = "比例按报告计算：一份报告写到几次都只算一次。"
BANDS = "浅色带是可能的范围，报告越少范围越宽；空心点表示该年报告不足 5 份。"
RANGES = "横线是可能的范围，报告越少范围越宽；不足 5 份报告的组颜色较浅，排在后面。"


def page() -> None:
    """Draw the page."""
    st.title("主题与趋势")
    common.notice()
    selected = replace(common.chosen(), label=(), kind=())
    common.choose(common.archive().facets(**common.wanted(selected)), common.REPORT_FIELDS, selected)
    with st.container(horizontal=True, gap="large"):
        kind = common.segmented("看什么", "kind", KINDS, "problem")
        by = common.segmented("怎么比", "by", BY, "year")
    labels, reports = _labels(holder.version(), selected, kind)
    if not labels:
        st.info("所选范围里没有可统计的报告，请放宽左侧的筛选条件。")
        return
    _change(selected, labels, by)
    st.subheader(f"各类{KINDS[kind]}有多常见")
    st.altair_chart(charts.label_shares(labels, reports, kind), width="stretch")
    _discovered(_topics(holder.version(), selected, kind), kind)


@st.cache_data(show_spinner=False, max_entries=64)
def _labels(version: holder.Stamp, selected: Filter, kind: str) -> tuple[list[LabelShare], int]:
    """Labels by falling share, and the number of reports that count."""
    del version
    labels = common.shares(common.archive(), selected, kind)
    return labels, round(labels[0].reports / labels[0].share) if labels else 0


@st.cache_data(show_spinner="正在归纳…", max_entries=32)
def _topics(version: holder.Stamp, selected: Filter, kind: str) -> Topics:
    del version
    return common.archive().topics(**{**common.wanted(selected), "kind": [kind]})


@st.cache_data(show_spinner="正在统计…", max_entries=64)
def _trends(version: holder.Stamp, selected: Filter, by: str, labels: tuple[str, ...]) -> Trends:
    del version
    return common.archive().trends(by, label=list(labels), **common.wanted(selected))


def _change(selected: Filter, labels: Sequence[LabelShare], by: str) -> None:
    """Shares over the years, or one label between groups."""
    st.subheader("随时间的变化" if by == "year" else "各组之间的差别")
    known = {one.id: f"{one.name}（{one.share:.0%}）" for one in labels}
    asked = [label for label in st.query_params.get_all("label") if label in known]
    if by == "year":
        held = asked[:MOST_LINES] or [label for label in known if not label.startswith("other_")][:DEFAULT_LINES]
        st.multiselect(
            f"比较哪几类（最多 {MOST_LINES} 类）",
            list(known),
            key=common.hold("t-labels", held),
            format_func=lambda label: known[label],
            max_selections=MOST_LINES,
            placeholder="请选择",
            on_change=_lines,
        )
    else:
        held = asked[:1] or list(known)[:1]
        st.selectbox(
            "看哪一类",
            list(known),
            key=common.hold("t-label", held[0]),
            format_func=lambda label: known[label],
            placeholder="请选择",
            on_change=_line,
        )
    found = _trends(holder.version(), selected, by, tuple(held))
    rows = [row for row in found.rows if row.label in held]
    if not rows:
        st.info("所选范围里没有可比较的报告。")
        return
    if by == "province":
        title, told = f"写到“{names.name('label', held[0])}”的报告占比", "点一个省份，看它逐年的变化"
        provinces.draw(maps.shades_of_trends(rows), title, "%", selected, provinces.drill(by=[]), told)
    chart = charts.trend_lines(rows) if by == "year" else charts.trend_groups(rows, by)
    st.altair_chart(chart, width="stretch")
    st.caption(COUNTED + (BANDS if by == "year" else RANGES))
    for move in (*found.moves, *found.notes):
        st.html(f'<p class="mj-lead">{markup.safe(move)}</p>')
    with st.expander("看数据"):
        st.html(_numbers(found, held, by))
        with st.container(horizontal=True):
            offer("趋势", "trends", by=by, **{**common.wanted(selected), "label": held})


def _lines() -> None:
    common.change(label=st.session_state["t-labels"])


def _line() -> None:
    common.change(label=[st.session_state["t-label"]])


def _numbers(found: Trends, held: Sequence[str], by: str) -> str:
    rows = [
        (
            names.group(by, row.group),
            names.name("label", row.label),
            f"{row.stating} / {row.reports}",
            f"{row.share:.1%}",
            f"{row.low:.1%} – {row.high:.1%}",
        )
        for row in found.rows
        if row.label in held
    ]
    return markup.table(
        [names.name("field", by), "类别", "写到 / 全部报告", "占比", "可能范围"], rows, numbers=(2, 3, 4)
    )


def _discovered(topics: Topics, kind: str) -> None:
    """Clusters beyond the labels, largest first; what belongs to none is always told."""
    found = [topic for topic in topics.topics if topic.kind == kind]
    st.subheader(f"归纳出的{KINDS[kind]}话题")
    st.html(
        '<p class="mj-lead">把说法相近的句子归在一起，看标签之外还有哪些具体话题。'
        f"有 {topics.unassigned:.0%} 的句子说法各异，没有归入任何话题。</p>"
    )
    if not found:
        st.info("所选范围里句子太少，归纳不出话题。")
        return
    emerging = [topic for topic in topics.emerging if topic.kind == kind]
    if topics.since and emerging:
        st.markdown(f"**{topics.since}年起新出现或明显增多的话题**")
        _beside(emerging)
        st.markdown("**全部话题**")
    shown = found if st.query_params.get("all") else found[:FIRST_TOPICS]
    _beside(shown)
    if len(shown) < len(found):
        st.button(f"显示全部 {len(found)} 个话题", on_click=common.change, kwargs={"all": ["1"]}, width="stretch")


def _beside(topics: Sequence[Topic]) -> None:
    """Topics in two columns."""
    for start in range(0, len(topics), 2):
        for column, topic in zip(st.columns(2), topics[start : start + 2], strict=False):
            with column.container(border=True, height="stretch"):
                _topic(topic)


def _topic(topic: Topic) -> None:
    chip = "新出现" if topic.growth and topic.growth.new else "新近增多"
    new = f'<span class="mj-chip">{chip}</span>' if topic.emerging else ""
    st.html(f'<div class="mj-meta"><b>{markup.safe(topic.name)}</b><span>{topic.size} 句</span>{new}</div>')
    if topic.emerging and topic.growth:
        st.html(f'<p class="mj-lead">{markup.safe(topic.growth.words)}</p>')
    if len(topic.by_year) > 1:
        st.altair_chart(charts.topic_years(topic.by_year), width="stretch")
    for one in topic.representatives[:2]:
        st.html(markup.quote(one.text, one.agency, one.year))
    if topic.representatives:
        common.link("search", "找更多这样的句子", {"like": [topic.representatives[0].id]}, ":material/search:")
