"""收藏的检索: searches kept under a name, for everybody who uses the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nlp.errors import MingjianError
from ui import markup, names
from ui.state import SearchState, from_params, to_params, values_of
from ui.views import common

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from index.saved import SavedSearch

LONGEST = 60
FIRST = 8


def told() -> None:
    """What became of the last change, said once."""
    if done := st.session_state.pop("saved-told", ""):
        st.toast(markup.plain(done), icon=":material/bookmark:")
    if wrong := st.session_state.pop("saved-wrong", ""):
        st.error(markup.plain(wrong))


def keep(state: SearchState) -> None:
    """A way to keep the search that is shown."""
    with st.popover("收藏", icon=":material/bookmark_add:"):
        st.text_input("给这次检索起个名字", value=_name(state), key="saved-name", max_chars=LONGEST)
        st.button("收藏这次检索", key="saved-keep", type="primary", on_click=_keep, args=(to_params(_bare(state)),))


def _bare(state: SearchState) -> SearchState:
    """The search itself, without what happened to be open."""
    return SearchState(q=state.q, filter=state.filter, layout=state.layout)


def _name(state: SearchState) -> str:
    """A name to begin with: what was typed and the filters."""
    chosen = [names.chosen(field, value) for field, value in values_of(state.filter)]
    return " ".join([state.q, *chosen]).strip()[:LONGEST]


def _keep(params: Mapping[str, Sequence[str]]) -> None:
    try:
        kept = common.archive().save_search(st.session_state["saved-name"], params)
        st.session_state["saved-told"] = f"已收藏“{kept.name}”，在检索页可再次打开。"
    except MingjianError as error:
        st.session_state["saved-wrong"] = str(error)


def listed() -> None:
    """The searches that were kept, each to be opened or dropped."""
    try:
        kept = common.archive().saved_searches()
    except MingjianError as error:
        st.error(markup.plain(str(error)))
        return
    if not kept:
        return
    with st.expander(f"收藏的检索（{len(kept)} 个）", expanded=len(kept) <= FIRST):
        for number, one in enumerate(kept):
            _one(number, one)


def _one(number: int, one: SavedSearch) -> None:
    state = from_params(one.params)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        common.link("search", one.name, to_params(state), ":material/bookmark:")
        st.html(f'<span class="mj-why">{markup.safe(_about(state))}</span>', width="content")
        st.button(
            "删除",
            key=f"saved-drop-{number}",
            type="tertiary",
            icon=":material/delete:",
            help=markup.plain(f"删除收藏“{one.name}”"),
            on_click=_drop,
            args=(one.name,),
        )


def _about(state: SearchState) -> str:
    chosen = [names.chosen(field, value) for field, value in values_of(state.filter)]
    return "；".join([*([f"检索“{state.q}”"] if state.q else []), *(["、".join(chosen)] if chosen else [])])


def _drop(name: str) -> None:
    try:
        common.archive().forget_search(name)
        st.session_state["saved-told"] = f"已删除收藏“{name}”。"
    except MingjianError as error:
        st.session_state["saved-wrong"] = str(error)
