"""Found sentences on the page: by relevance or by report, each with the ways on from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from nlp.errors import MingjianError
from ui import markup
from ui.state import SearchState, to_params
from ui.views import common

if TYPE_CHECKING:
    from index.records import Hit, SolutionGroup


def show(hits: Sequence[Hit], state: SearchState) -> None:
    """All hits, in the layout that the view states."""
    groups = by_report(hits) if state.layout == "reports" else [[hit] for hit in hits]
    for group in groups:
        with st.container(border=True):
            for number, hit in enumerate(group):
                if number:
                    st.html('<hr class="mj-rule">')
                _one(hit, state, first=not number)


def by_report(hits: Iterable[Hit]) -> list[list[Hit]]:
    """The hits of each report together, the report with the best hit first."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(hit.report, []).append(hit)
    return list(groups.values())


def aftermath(group: SolutionGroup) -> None:
    """Whether the problem was stated again the year after such a measure."""
    if group.followed:
        told = f"这 {group.count} 条问题里，有 {group.followed} 条能查到该单位下一年的报告，"
        told += f"其中 {group.gone} 条下一年不再提（不再提不等于已解决）。"
        st.html(f'<p class="mj-why">{told}</p>')


def examples(hits: Iterable[Hit]) -> None:
    """Hits that only lead to their place in the report."""
    for hit in hits:
        with st.container(border=True):
            st.html(markup.card(hit))
            _source(hit)


def _source(hit: Hit) -> None:
    common.link("report", "查看原文", {"report": [hit.report], "at": [str(hit.start)]}, ":material/article:")


def _one(hit: Hit, state: SearchState, *, first: bool) -> None:
    st.html(markup.card(hit, headed=first))
    near = state.near == hit.id
    if near:
        _around(hit)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _source(hit)
        common.link("search", "相似说法", {"like": [hit.id]}, ":material/content_copy:")
        if hit.kind == "problem":
            common.link("search", "他们怎么解决", {"solve": [hit.id]}, ":material/build:")
        st.button(
            "收起前后文" if near else "前后文",
            key=f"near-{hit.id}",
            type="tertiary",
            icon=":material/unfold_less:" if near else ":material/unfold_more:",
            on_click=_near,
            args=(replace(state, near="" if near else hit.id),),
        )
        if first and hit.agency:
            common.link("agency", "这个单位历年", {"unit": [hit.report]}, ":material/apartment:")
        if hit.kind != "passage":
            common.link("label", "改标签", {"statement": [hit.id]}, ":material/label:")


def _near(wanted: SearchState) -> None:
    common.go(to_params(wanted))


def _around(hit: Hit) -> None:
    """What stands before and after the sentence in its report."""
    try:
        text = common.archive().show(hit.report).text
    except MingjianError as error:
        st.caption(markup.plain(str(error)))
        return
    st.html(markup.around(text, hit.start, hit.end, hit.kind))
