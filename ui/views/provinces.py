"""The map of provinces under a view, and what a click on a tile does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from ui import maps, markup
from ui.views import common

if TYPE_CHECKING:
    from index.records import Filter

KEY, LIST = "province-map", "province-list"
WIDEST = 820  # pixels: tiles shall not become bands


def draw(
    shades: Mapping[str, maps.Shade], title: str, unit: str, selected: Filter, then: Callable[[str], None], told: str
) -> None:
    """Draw the map.

    Args:
        shades: province → what its tile shows.
        title: what is shown.
        unit: "%" for fractions.
        selected: the filter in force.
        then: called with the province that a click chose.
        told: what a click does, in words.
    """
    placed = {tile.name for tile in maps.tiles()}
    if not placed & set(shades):
        return

    def picked() -> None:
        province = maps.picked_province(st.session_state.get(KEY))
        if province in placed and province in shades:  # the words on a grey tile are clicked too
            then(province)

    wanted = _full(selected.province)
    with st.container(width=WIDEST):  # never wider than the screen
        st.altair_chart(
            maps.tile_map({name: one for name, one in shades.items() if name in placed}, title, unit, wanted),
            width="stretch",
            key=KEY,
            on_select=picked,
            selection_mode=maps.PICKED,
        )
    notes = ["每格一个省级行政区，位置是示意，不代表边界和面积", "灰色是无数据，不是零"]
    notes += ["白格没有选"] if wanted else []
    notes += ["带 * 的不足 5 份报告"] if any(one.few for one in shades.values()) else []
    st.caption("；".join([*notes, told]) + "。")
    _listed({name: one for name, one in shades.items() if name in placed}, title, unit, then)


def _listed(shades: Mapping[str, maps.Shade], title: str, unit: str, then: Callable[[str], None]) -> None:
    """The same provinces as buttons: a picture cannot be reached by keyboard, nor heard tile by tile."""
    known = maps.falling(shades)

    def picked() -> None:
        province = st.session_state[LIST]
        st.session_state[LIST] = None  # where the page stays, nothing is chosen any more
        if province in shades:
            then(province)

    with st.expander(f"按省份列出，从高到低（{len(known)} 个）"):
        st.pills(
            f"{title}：选一个省份，与点地图相同",
            known,
            key=LIST,
            format_func=lambda name: markup.plain(f"{name} {maps.marked(shades[name], unit)}"),
            on_change=picked,
        )


def _full(chosen: Sequence[str]) -> list[str]:
    """The provinces that a filter lets in, by full name: a short one ("浙江") may be followed by the rest."""
    return [tile.name for tile in maps.tiles() if any(tile.name.startswith(one) for one in chosen)]


def drill(**change: Sequence[str]) -> Callable[[str], None]:
    """What a click does: filter by the province, and change the view besides."""

    def then(province: str) -> None:
        common.change(province=[province], page=[], **change)

    return then
