"""统计 · 指标说明: every statistic with its definition, formula, unit and caveat."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import streamlit as st

from ui import markup, names
from ui.views.download import offer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.records import Measure

RULES = (
    "任何一格无数据（空白、“/”、读不出），该报告的这一项就是无数据，不当作零。",
    "比率先把各报告的分子、分母分别相加，再相除；分母为 0 时不计算。",
    "整个政府的汇总报告与单个机关的报告从不相加；同一单位同一年有几个版本的，只计最后的一份。",
    "两种表式含义不同的项目各列各的，不连成一条线；可以对照的，注明要核对什么。",
)


def draw() -> None:
    """Draw the dictionary; it is the program's, the same for every archive."""
    every = metrics()
    st.html("".join(f'<p class="mj-lead">· {markup.safe(rule)}</p>' for rule in RULES))
    st.caption("算法用报告所附统计表的行列名称写出，不写列名的取“总计”列。")
    with st.container(horizontal=True):
        offer("指标说明", "measures")
    wanted = st.text_input("找指标", key="d-find", placeholder="输入名称里的字，如：纠错率", max_chars=40).strip()
    found = [one for one in every if wanted in one.name + one.definition + one.group]
    if not found:
        st.info("没有这样的指标。")
    for group, several in groupby(found, key=lambda one: one.group):
        st.markdown(f"#### {markup.plain(group)}")
        st.html(table([*several]))


def metrics() -> tuple[Measure, ...]:
    """Every statistic there is, in display order."""
    from index.statistics import dictionary

    return dictionary()


def table(measures: Sequence[Measure]) -> str:
    """Name and unit beside definition, formula and caveat, so that it fits a narrow screen too."""
    return (
        '<div class="mj-scroll" tabindex="0"><table class="mj-table"><thead><tr><th scope="col">指标</th>'
        f'<th scope="col">说明</th></tr></thead><tbody>{"".join(map(_row, measures))}</tbody></table></div>'
    )


def _row(one: Measure) -> str:
    unit = "比例" if one.unit == "%" else one.unit
    only = f"只有{'、'.join(names.name('form', form) for form in one.forms)}有这一项" if one.forms else ""
    lines = [one.definition, f"算法：{one.formula}"]
    lines += [f"注意：{told}" for told in ("；".join(filter(None, (only, one.caveat))),) if told]
    return (
        f'<tr><th scope="row" style="min-width:7em">{markup.safe(one.name)}<br><small>单位：{markup.safe(unit)}</small>'
        f"</th><td>{'<br>'.join(markup.safe(line) for line in lines)}</td></tr>"
    )
