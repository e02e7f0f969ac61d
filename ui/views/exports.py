"""导出: every list that there is, in one place, for whatever the filters choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui import markup, names
from ui.state import filter_params, values_of
from ui.views import common
from ui.views.download import buttons

if TYPE_CHECKING:
    from index.records import Filter

# what → (name, what is in it)
LISTS = {
    "brief": ("简报", "写成文的 Word 简报：主要问题和占比、变化、典型措施，每句带出处"),
    "statements": ("问题与措施", "第五部分逐条拆出的问题和措施原文，带标签、单位、年份和出处位置"),
    "reports": ("报告清单", "每份报告一行：单位、地区、层级、年份、表式、问题数、措施数、数字不符处数"),
    "matrix": ("报告×标签", "每份报告一行、每个标签一列，写到记 1、没写到记 0，可直接用统计软件分析"),
    "trends": ("各类问题逐年占比", "各类问题和措施每年的报告占比，带报告数和可能范围"),
    "together": ("问题与措施的搭配", "每类问题用哪些措施、各占几成、与平常相比几倍，多少没有写措施"),
    "topics": ("主题", "标签之外归纳出的话题，带各年句数和代表句"),
    "statistics": ("统计数字", "法定表格里常用的各项数字，逐年合计，带算法和口径说明"),
    "check": ("数据质量", "数字不符、前后矛盾、文字雷同等逐条清单"),
    "reuse": ("雷同", "照抄上年或别的单位的文字，两边的句子和位置并排"),
    "agencies": ("单位", "每个单位一行：地区、层级、类型、有哪些年份的报告"),
    "measures": ("指标说明", "每个统计指标的定义、算法、单位和注意事项"),
    "corrections": ("人工标注", "全部人工改过的标签：谁、何时、改了什么"),
    "everything": ("全部内容", "每份报告的原文、各部分、表格数字、问题和措施，每行一份（JSON），供别的程序使用"),
}
WHOLE = ("measures", "corrections")  # the filters do not bear on them
KINDS = {"brief": ("docx", "json"), "everything": ("jsonl",)}
STATEMENT_FIELDS = ("kind", "label")


def page() -> None:
    """Draw the page."""
    st.title("导出")
    common.notice()
    selected = common.chosen()
    facets = common.archive().facets(**common.wanted(selected))
    common.choose(facets, common.SEARCH_FIELDS, selected)
    st.html(
        '<p class="mj-lead">先在左侧选好范围，再选要什么、要哪种格式。表格里另有一页写明筛选条件和各列的含义；'
        "CSV 可用 Excel 直接打开。</p>"
    )
    if not facets.reports:
        st.info("所选范围里没有报告，请放宽左侧的筛选条件。")
        return
    st.markdown(
        f"**范围：{markup.plain(_scope(selected))}**，{facets.reports:,} 份报告、{facets.statements:,} 条问题和措施"
    )
    what = common.one("what", LISTS, "statements")
    st.radio(
        "导出什么",
        list(LISTS),
        key=common.hold("e-what", what),
        format_func=lambda key: LISTS[key][0],
        captions=[told for _, told in LISTS.values()],
        on_change=_picked,
    )
    _take(what, selected)


def _scope(selected: Filter) -> str:
    """What the filters choose, in words."""
    values = [names.chosen(field, value) for field, value in values_of(selected)]
    return "、".join(values) or "全部报告"


def _picked() -> None:
    common.change(what=[st.session_state["e-what"]])


def _take(what: str, selected: Filter) -> None:
    """The buttons of the list that was chosen."""
    title = LISTS[what][0]
    chosen = {} if what in WHOLE else common.wanted(selected)
    if what not in ("statements", *WHOLE) and any(name in chosen for name in STATEMENT_FIELDS):
        st.caption("这份清单按报告统计，“问题或措施”和“标签”两项筛选不起作用，已略去。")
        chosen = {name: value for name, value in chosen.items() if name not in STATEMENT_FIELDS}
    with st.container(border=True):
        st.markdown(f"**下载：{title}**")
        extra = {"by": "year"} if what == "trends" else {}
        kinds = KINDS.get(what, ("xlsx", "csv", "docx", "json"))
        with st.container(horizontal=True, gap="small"):
            buttons(title, what, key=f"page-{what}", kinds=kinds, stretch=False, **chosen, **extra)
        if what == "brief":
            common.link("brief", "先在网页上看", filter_params(selected), ":material/summarize:")
