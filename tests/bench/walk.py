"""A person's way through the pages, as :mod:`page` times it: what is typed, clicked, opened and turned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """One thing that a person does. ``place``: the page it begins on, opened before; None: where the last one ended."""

    told: str
    act: Callable[[Any], None]
    place: str | None = None


def button(name: str) -> Callable[[Any], None]:
    """Click the first button of the page's middle that is called so."""
    return lambda page: page.get_by_test_id("stMain").get_by_role("button", name=name).first.click()


def link(name: str) -> Callable[[Any], None]:
    """Follow the first link of the page's middle that is called so."""
    return lambda page: page.get_by_test_id("stMain").get_by_role("link", name=name).first.click()


def onward(name: str) -> Callable[[Any], None]:
    """To another page by the bar at the top."""
    return lambda page: page.get_by_test_id("stTopNavLink").filter(has_text=name).first.click()


def choice(name: str) -> Callable[[Any], None]:
    """Choose one of a few that stand side by side."""
    return lambda page: page.get_by_role("radio", name=name, exact=True).first.click()


def typed(label: str, text: str) -> Callable[[Any], None]:
    """Type a line, then Enter."""

    def act(page: Any) -> None:
        box = page.get_by_label(label).first
        box.fill(text)
        box.press("Enter")

    return act


def second(label: str) -> Callable[[Any], None]:
    """Choose the next one of a list that opens."""

    def act(page: Any) -> None:
        page.get_by_role("combobox", name=label).first.click()
        page.get_by_role("option").nth(1).click()

    return act


STEPS = (
    Step("检索 a line typed", typed("检索内容", "基层工作人员多为兼职，业务不熟"), "search"),
    Step("检索 more of it", button("显示更多")),
    Step("检索 sentence by sentence", choice("逐句排列")),
    Step("检索 what stands around", button("前后文")),
    Step("检索 like sentences", link("相似说法")),
    Step("检索 how others solve it", link("他们怎么解决"), "search?q=公开平台更新不及时"),
    Step("检索 the report opened", link("查看原文"), "search?q=公开平台更新不及时"),
    Step("检索 another line, with a year", typed("检索内容", "2022年浙江省乡镇公开渠道单一"), "search"),
    Step("对策 from the bar above", onward("对策")),
    Step("对策 another problem", second("选一类问题"), "measures"),
    Step("对策 in one's own words", typed("或者用自己的话说", "搞公开的人都是兼职，忙不过来")),
    Step("主题 of measures", choice("改进措施"), "topics"),
    Step("趋势 from the bar above", onward("趋势")),
    Step("趋势 by province", choice("按省份")),
    Step("趋势 of measures", choice("改进措施"), "trends"),
    Step("对比 from the bar above", onward("对比")),
    Step("统计 from the bar above", onward("统计")),
    Step("统计 by province", choice("按省份")),
    Step("统计 next page of reports", button("下一页")),
    Step("报告 from the bar above", onward("报告")),
    Step("报告 next page", button("下一页")),
    Step("报告 part of a name", typed("单位名称", "教育局")),
    Step("报告 one opened", lambda page: page.locator("[data-testid=stMain] a[href*='report=']").first.click()),
    Step("数据质量 what is repeated", choice("文字雷同"), "quality"),
)
