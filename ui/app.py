"""The page's entry: navigation, and one place that turns failures into a Chinese sentence."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

import streamlit as st

from nlp.errors import MingjianError
from ui import markup
from ui.shell import TITLE
from ui.views import (
    agency,
    brief,
    common,
    compare,
    exports,
    guide,
    intake,
    label,
    measures,
    overview,
    quality,
    reports,
    search,
    statistics,
    topics,
    trends,
)

Draw = Callable[[], None]


def guarded(draw: Draw) -> Draw:
    """A page that says what went wrong in Chinese and keeps the navigation."""

    def run() -> None:
        try:
            draw()
        except MingjianError as error:
            st.error(markup.plain(str(error).replace("`", "")))  # it may quote a file's name or a report
        except Exception as error:
            if os.environ.get("MINGJIAN_DEBUG"):
                traceback.print_exc(file=sys.stderr)
            st.error(f"这一页出了问题（{type(error).__name__}）。可以换个条件再试，或刷新页面；其他页面不受影响。")

    return run


PAGES = {
    "overview": ("概览", ":material/home:", overview.page),
    "search": ("检索", ":material/search:", search.page),
    "measures": ("对策", ":material/build:", measures.page),
    "topics": ("主题", ":material/category:", topics.page),
    "trends": ("趋势", ":material/show_chart:", trends.page),
    "compare": ("对比", ":material/compare_arrows:", compare.page),
    "statistics": ("统计", ":material/bar_chart:", statistics.page),
    "agency": ("单位", ":material/apartment:", agency.page),
    "report": ("报告", ":material/article:", reports.page),
    "quality": ("数据质量", ":material/fact_check:", quality.page),
    "brief": ("简报", ":material/summarize:", brief.page),
    "label": ("标注", ":material/label:", label.page),
    "intake": ("入库", ":material/upload_file:", intake.page),
    "export": ("导出", ":material/download:", exports.page),
    "guide": ("说明", ":material/help:", guide.page),
}

st.set_page_config(page_title=TITLE, layout="wide", initial_sidebar_state="auto")
pages = {
    key: st.Page(guarded(draw), title=title, icon=icon, url_path=key, default=key == "overview")
    for key, (title, icon, draw) in PAGES.items()
}
common.register(pages)
here = st.navigation(list(pages.values()), position="top")
common.follow(here.url_path)
here.run()
