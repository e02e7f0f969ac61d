"""对策: from a problem to what others did about it, and who states it no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from nlp.taxonomy import Taxonomy
from ui import holder, markup, names
from ui.views import common, hits
from ui.views.download import offer
from ui.views.later import Step, later

if TYPE_CHECKING:
    from index.histories import Line
    from index.records import Filter, LabelShare, SolutionGroup, Solutions
    from index.solved import Ended, Solved

FIRST = 6
GROUPS = 12
USUAL = "“平常”是这类措施在所有写了措施的问题里占几成；倍数大于 1，说明它特别针对这类问题。"
NOT_SURE = "“不再提”不等于已经解决，也可能只是没有再写；请点开原文核对。"


def page() -> None:
    """Draw the page."""
    st.title("对策")
    common.notice()
    selected = replace(common.chosen(), label=(), kind=())
    facets = common.archive().facets(**common.wanted(selected))
    common.choose(facets, common.REPORT_FIELDS, selected)
    st.html('<p class="mj-lead">遇到一个问题，看看别的单位写了哪些措施、各占几成，又有哪些单位后来不再提这个问题。</p>')
    known = _known(holder.version(), selected)
    if not known:
        common.nothing("所选范围里没有写到问题的报告", selected)
        return
    own = st.query_params.get("q", "").strip()
    label = common.one("label", known, next(iter(known)))
    _choose(known, label, own)
    if own:
        _own(selected, own)
    else:
        _label(selected, known[label])


@st.cache_data(show_spinner=False, max_entries=32)
def _known(version: holder.Stamp, selected: Filter) -> dict[str, LabelShare]:
    """The problems that are stated, most often first; what fits no label last."""
    del version
    shares = common.shares(common.archive(), selected, "problem")
    shares.sort(key=lambda one: one.id == Taxonomy.other("problem"))
    return {one.id: one for one in shares}


def _choose(known: Mapping[str, LabelShare], label: str, own: str) -> None:
    left, right = st.columns(2, vertical_alignment="bottom")
    left.selectbox(
        "选一类问题",
        list(known),
        index=None if own else list(known).index(label),
        key=f"measures-label-{label}-{bool(own)}",
        format_func=lambda key: f"{known[key].name}（{known[key].reports} 份报告写到）",
        placeholder="请选择",
        on_change=_picked,
        args=(f"measures-label-{label}-{bool(own)}",),
    )
    right.text_input(
        "或者用自己的话说",
        key=common.hold("measures-own", own),
        placeholder="如：搞公开的人都是兼职，忙不过来",
        max_chars=300,
        on_change=_said,
    )


def _picked(key: str) -> None:
    chosen = st.session_state[key]
    common.change(label=[chosen] if chosen else [], q=[], all=[])


def _said() -> None:
    text = st.session_state["measures-own"].strip()
    common.change(q=[text] if text else [], all=[])


# -- a problem in the person's own words --------------------------------------------------------------------------


@st.cache_data(show_spinner="正在查找…", max_entries=64)
def _solutions(version: holder.Stamp, selected: Filter, query: str, label: str) -> Solutions:
    """Of a problem in the person's own words, or of all problems of a label."""
    del version
    chosen = {"label": [label]} if label else {}
    return common.archive().solutions(query, k=GROUPS, **common.wanted(selected), **chosen)


def _own(selected: Filter, query: str) -> None:
    found = _solutions(holder.version(), selected, query, "")
    if found.no_match or not found.groups:
        st.info("没有找到针对这类问题的措施。换个说法，或从上面选一类问题，也可以放宽左侧的筛选条件。")
        return
    st.html(
        f'<p class="mj-lead">找到 {found.problems} 条说法相近的问题，其中 {found.unanswered} 条没有写对应的措施。'
        "比例是写了措施的问题里，用这类措施的占几成；一个问题可能有几类措施。</p>"
    )
    offer("对策", "solutions", query=query, **common.wanted(selected))
    _groups(found.groups)
    common.link("search", "看这些问题的原话", {"q": [query], "kind": ["problem"]}, ":material/search:")


# -- a problem of the taxonomy ------------------------------------------------------------------------------------


def _solved(selected: Filter, label: LabelShare) -> Solved | None:
    """Who states the label no more; seconds in a large archive, so None until it is there."""

    def work(step: Step) -> Solved:
        del step
        return common.archive().solved(label.id, **common.wanted(selected))

    return later(("solved", holder.version(), selected, label.id), work, "正在对照各单位的前后年份")


def _label(selected: Filter, label: LabelShare) -> None:
    found = _solutions(holder.version(), selected, "", label.id)
    st.subheader(f"别的单位怎么做：{markup.plain(label.name)}")
    if not found.groups:
        st.info("所选范围里，这类问题都没有写对应的措施。")
    else:
        _told(found)
        _groups(found.groups)
        st.caption(USUAL)
        for note in found.notes:
            st.caption(markup.plain(note))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        offer("对策", "solutions", **common.wanted(selected), label=[label.id])
        common.link("search", "看这类问题的原话", {"label": [label.id]}, ":material/search:")
        common.link("trends", "看这类问题的变化", {"label": [label.id]}, ":material/show_chart:")
    st.subheader("后来不再提这个问题的单位")
    since = _solved(selected, label)
    if since is not None:
        _ended(since)


def _told(found: Solutions) -> None:
    share = found.unanswered / found.problems if found.problems else 0.0
    st.html(
        f'<p class="mj-lead">共 {found.problems} 条这类问题，'
        f"其中 {found.unanswered} 条（{share:.0%}）没有写对应的措施。写了措施的，按用得多少排列：</p>"
    )


def _groups(groups: tuple[SolutionGroup, ...]) -> None:
    """The measures by label; the first stands open."""
    for number, group in enumerate(groups):
        with st.expander(markup.plain(_titled(group)), expanded=not number):
            hits.aftermath(group)
            hits.examples(group.examples)
            common.link("search", "看全部这类措施", {"label": [group.label], "kind": ["measure"]}, ":material/search:")


def _titled(group: SolutionGroup) -> str:
    share = f"占 {group.share:.0%}"
    if group.base is not None and group.lift is not None:
        share += f"（平常 {group.base:.0%}，{group.lift:.1f} 倍）"
    return f"{group.name}　{group.count} 条，{share}"


def _ended(found: Solved) -> None:
    """Who stated the problem and later states it no more, with what they wrote against it."""
    if not found.agencies:
        st.info("所选范围里没有单位在几年的报告里可以前后对照。")
        return
    st.html(
        f'<p class="mj-lead">{found.agencies} 个提过这类问题的单位有后来的报告可查，其中 {len(found.ended)} 个不再提。'
        f"{NOT_SURE}</p>"
    )
    shown = found.ended if st.query_params.get("all") else found.ended[:FIRST]
    for one in shown:
        with st.container(border=True):
            _one(one)
    if len(shown) < len(found.ended):
        st.button(f"显示全部 {len(found.ended)} 个单位", on_click=common.change, kwargs={"all": ["1"]}, width="stretch")


def _one(one: Ended) -> None:
    st.html(
        f'<div class="mj-meta"><b>{markup.safe(one.agency)}</b><span>{markup.safe(names.years(one.years))}写到</span>'
        f"<span>{markup.safe(names.years(one.later))}不再提</span></div>"
        + _lines("问题", "problem", one.problems)
        + (_lines("措施", "measure", one.measures) or '<p class="mj-why">没有写对应的措施。</p>')
    )
    at = next((str(line.start) for line in (*one.measures, *one.problems)), "")
    with st.container(horizontal=True, gap="small"):
        common.link("report", "查看原文", {"report": [one.report], "at": [at] if at else []}, ":material/article:")
        common.link("agency", "这个单位历年", {"unit": [one.key]}, ":material/apartment:")


def _lines(title: str, kind: str, lines: tuple[Line, ...]) -> str:
    return "".join(
        f'<p class="mj-text"><span class="mj-kind mj-{kind}">{title}</span> {markup.safe(line.text)}</p>'
        for line in lines
    )
