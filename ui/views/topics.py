"""主题: what is said beyond the labels, found by meaning; what is new or growing stands apart."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from ui import charts, holder, markup
from ui.views import common
from ui.views.download import offer
from ui.views.later import Step, later

if TYPE_CHECKING:
    from index.records import Filter, Topic, Topics

KINDS = {"problem": "问题", "measure": "改进措施"}
FIRST = 12
FIRST_EMERGING = 6
LABELS = 8  # shown while the topics are being found


def page() -> None:
    """Draw the page."""
    st.title("主题")
    common.notice()
    selected = replace(common.chosen(), label=(), kind=())
    common.choose(common.archive().facets(**common.wanted(selected)), common.REPORT_FIELDS, selected)
    kind = common.segmented("看什么", "kind", KINDS, "problem")
    found = later(*asked(selected, kind), "正在归纳话题")
    if found is None:
        st.subheader(f"先看标签：最常写到的{KINDS[kind]}")
        common.most_stated(selected, kind, LABELS)
        return
    topics = [topic for topic in found.topics if topic.kind == kind]
    if not topics:
        common.nothing("所选范围里句子太少，归纳不出话题", selected)
        return
    st.html(
        f'<p class="mj-lead">把说法相近的{KINDS[kind]}归在一起，看标签之外还有哪些具体话题。'
        f"有 {found.unassigned:.0%} 的句子说法各异，没有归入任何话题。{found.note and found.note + '。'}</p>"
    )
    with st.container(horizontal=True):
        offer("主题", "topics", **{**common.wanted(selected), "kind": [kind]})
    _emerging(found, kind)
    st.subheader(f"全部话题（{len(topics)} 个，句子多的在前）")
    shown = topics if st.query_params.get("all") else topics[:FIRST]
    _cards(shown)
    if len(shown) < len(topics):
        st.button(f"显示全部 {len(topics)} 个话题", on_click=common.change, kwargs={"all": ["1"]}, width="stretch")


def asked(selected: Filter, kind: str) -> tuple[Hashable, Callable[[Step], Topics]]:
    """The topics of a selection of the archive as it is now, named and found."""

    def work(step: Step) -> Topics:
        del step
        return common.archive().topics(**{**common.wanted(selected), "kind": [kind]})

    return ("topics", holder.version(), selected, kind), work


def _emerging(found: Topics, kind: str) -> None:
    """What is new or growing, with its shares before and since."""
    if found.since is None:
        return
    st.subheader(f"{found.since} 年以来新出现或明显增多")
    growing = [topic for topic in found.emerging if topic.kind == kind]
    if not growing:
        st.html('<p class="mj-lead">没有哪个话题统计上可靠地新出现或增多。</p>')
        return
    _cards(growing[:FIRST_EMERGING], chart=False)


def _cards(topics: list[Topic], *, chart: bool = True) -> None:
    for start in range(0, len(topics), 2):
        for column, topic in zip(st.columns(2), topics[start : start + 2], strict=False):
            with column.container(border=True, height="stretch"):
                _card(topic, chart=chart)


def _card(topic: Topic, *, chart: bool) -> None:
    new = '<span class="mj-chip">新近增多</span>' if topic.emerging else ""
    reports = f"<span>{topic.reports} 份报告</span>" if topic.reports else ""
    st.html(
        f'<div class="mj-meta"><b>{markup.safe(topic.name)}</b><span>{topic.size} 句</span>{reports}{new}</div>'
        + _growth(topic)
    )
    if chart and len(topic.by_year) > 1:
        common.chart(charts.topic_years(topic.by_year), f"{topic.name}：各年句数")
    for one in topic.representatives[:2]:
        st.html(markup.quote(one.text, one.agency, one.year))
    if topic.representatives:
        first = topic.representatives[0]
        with st.container(horizontal=True, gap="small"):
            common.link("search", "找更多这样的句子", {"like": [first.id]}, ":material/search:")
            if topic.kind == "problem":
                common.link("search", "他们怎么解决", {"solve": [first.id]}, ":material/build:")


def _growth(topic: Topic) -> str:
    """“2023年以来 12/85 份报告写到，此前 3/220 份”."""
    grown = topic.growth
    if grown is None or not topic.emerging:
        return ""
    before = "此前没有报告写到" if grown.new else f"此前 {grown.before_of} 份报告中有 {grown.before} 份"
    return (
        f'<p class="mj-why">{grown.since}年以来 {grown.recent_of} 份报告中有 {grown.recent} 份写到'
        f"（{grown.agencies} 个单位），{before}。</p>"
    )
