"""The box that an agency's name is typed into, and the agencies that it fits: pages 单位 and 统计 share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui import holder
from ui.views import common

if TYPE_CHECKING:
    from index.histories import AgencyRow
    from index.records import Filter


def named(key: str, selected: Filter) -> tuple[str, list[AgencyRow]]:
    """What was typed, and the agencies under the filter whose name holds it; that there are none is said.

    ``key``: of the box; what is typed into it lives in the URL as ``name``.
    """
    name = st.text_input(
        "单位名称",
        key=common.hold(key, st.query_params.get("name", "")),
        placeholder="输入名称的一部分，如：应急管理局",
        on_change=_typed,
        args=(key,),
        max_chars=60,
    )
    rows = agencies(holder.version(), selected, name)
    if not rows:
        st.info("没有找到这样的单位。可以只写名称的一部分，或放宽左侧的筛选条件。")
    return name, rows


def _typed(key: str) -> None:
    name = st.session_state[key].strip()
    common.change(name=[name] if name else [], page=[])


@st.cache_data(show_spinner=False, max_entries=64)
def agencies(version: holder.Stamp, selected: Filter, name: str) -> list[AgencyRow]:
    """The agencies under the filter whose name holds a text."""
    del version
    return list(common.archive().agencies(name, **common.wanted(selected)))
