"""Every page runs, in Chinese, on ordinary data, on none, and on data that wants to break out of it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("streamlit")
from streamlit.testing.v1 import AppTest
from ui_fakes import EVIL, PROBLEM, FakeArchive

from nlp.errors import MingjianError
from ui import holder

APP = Path(__file__).parents[1] / "ui" / "app.py"
PAGES = ("overview", "search", "trends", "statistics", "report", "quality", "label", "intake")
TITLES = {
    "overview": "政府信息公开年度报告",
    "search": "检索",
    "trends": "主题与趋势",
    "statistics": "统计",
    "report": "报告",
    "quality": "数据质量",
    "label": "标注",
    "intake": "入库",
}


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeArchive:
    archive = FakeArchive(tmp_path)
    monkeypatch.setattr(holder, "current", lambda: archive)
    monkeypatch.setattr(holder, "version", lambda: (str(tmp_path), os.urandom(4).hex()))
    return archive


def run(page: str, /, **params: Any) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.run()
    for key, value in params.items():
        app.query_params[key] = value
    if page != "overview":
        # pages that are functions have no file by which AppTest.switch_page could name them
        known = {entry["url_pathname"]: key for key, entry in app._registered_pages.items()}
        app._page_hash = known[page]
    app.run()
    assert not app.exception, app.exception
    return app


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def words(app: AppTest) -> str:
    """Everything that a person could read, apart from our HTML."""
    parts = [e.value for e in (*app.title, *app.subheader, *app.markdown, *app.caption, *app.info, *app.error)]
    parts += [b.label for b in app.button] + [e.label for e in app.expander]
    return "\n".join(str(p) for p in parts)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws_with_its_title(page: str, fake: FakeArchive) -> None:
    app = run(page)
    assert app.title[0].value == TITLES[page]
    assert not app.error


@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws_on_an_empty_archive(page: str, fake: FakeArchive) -> None:
    fake.empty = True
    app = run(page)
    assert app.title[0].value == TITLES[page]
    assert not app.error


@pytest.mark.parametrize("page", PAGES[:-1])
def test_a_failure_is_one_chinese_sentence_and_keeps_the_title(
    page: str, fake: FakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> FakeArchive:
        raise RuntimeError("secret detail")

    app = run(page)
    monkeypatch.setattr(holder, "current", broken)
    monkeypatch.setattr(holder, "version", lambda: (os.urandom(4).hex(),))
    app.run()
    assert len(app.error) == 1
    assert "secret" not in app.error[0].value
    assert "这一页出了问题" in app.error[0].value


def test_a_deliberate_error_is_shown_as_it_is(fake: FakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> FakeArchive:
        raise MingjianError("这里还没有档案")

    monkeypatch.setattr(holder, "current", missing)
    app = run("search")
    assert [e.value for e in app.error] == ["这里还没有档案"]


@pytest.mark.parametrize(
    ("page", "params"),
    [
        ("overview", {}),
        ("search", {"q": "工作人员"}),
        ("search", {"like": "s1"}),
        ("search", {"solve": "s1"}),
        ("trends", {}),
        ("statistics", {}),
        ("report", {}),
        ("report", {"report": "r3", "at": str(PROBLEM)}),
        ("quality", {}),
        ("label", {}),
        ("label", {"statement": "s1"}),
        ("label", {"view": "find", "q": "业务"}),
        ("label", {"view": "done"}),
    ],
)
def test_nothing_in_a_report_becomes_markup(page: str, params: dict[str, str], fake: FakeArchive) -> None:
    app = run(page, **params)
    shown = html_of(app)
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<b>”" not in shown
    for link in app.get("page_link"):
        assert "**粗**" not in link.proto.label
        assert "[链](" not in link.proto.label
    assert "**粗**" not in words(app).replace("\\*\\*粗\\*\\*", "")


def test_a_hit_shows_who_when_what_and_the_way_on(fake: FakeArchive) -> None:
    app = run("search", q="工作人员业务不熟练")
    shown = html_of(app)
    assert "<mark>业务不熟</mark>" in shown
    assert "另有3年也这样写：2019–2020、2023年" in shown
    assert "人员业务能力不足" in shown
    assert "改进措施·计划做" in shown or "措施·计划做" in shown
    links = [link.proto for link in app.get("page_link")]
    assert any(
        p.label == "查看原文" and f"at={PROBLEM}" in p.query_string and "report=r3" in p.query_string for p in links
    )
    assert sum(p.label == "他们怎么解决" for p in links) == 1
    assert not re.search(r"\b0\.\d+", shown), "no bare scores"


def test_what_was_understood_can_be_taken_back(fake: FakeArchive) -> None:
    app = run("search", q="2021年应急局")
    chips = [b for b in app.button if "✕" in b.label]
    assert [c.label for c in chips] == ["年份：2021年 ✕", "省份：浙江省 ✕"]
    chips[0].click().run()
    assert app.query_params == {"q": "应急局", "province": "浙江省"}
    assert fake.calls[-1][1][0] == "应急局"


def test_searching_puts_the_query_into_the_url_and_keeps_the_filters(fake: FakeArchive) -> None:
    app = run("search", year=["2021", "2022"])
    app.text_input[0].set_value("信息更新慢")
    next(b for b in app.button if b.label == "检索").click().run()
    assert app.query_params == {"q": "信息更新慢", "year": ["2021", "2022"]}
    assert fake.calls[-1][1][2]["year"] == [2021, 2022]


def test_choosing_a_filter_changes_the_url_and_a_shared_url_sets_the_filter(fake: FakeArchive) -> None:
    app = run("search", q="业务", province="浙江省")
    assert app.multiselect(key="f-province").value == ["浙江省"]
    app.multiselect(key="f-agency_type").select("emergency").run()
    assert app.query_params == {"q": "业务", "province": "浙江省", "agency_type": "emergency"}
    next(b for b in app.button if b.label == "清除全部筛选").click().run()
    assert app.query_params == {"q": "业务"}
    assert app.multiselect(key="f-province").value == []


def test_no_match_says_so_and_offers_other_words(fake: FakeArchive) -> None:
    app = run("search", q="食堂补贴标准")
    assert "没有找到相关内容" in app.info[0].value
    assert any(b.key.startswith("example-") for b in app.button)


def test_a_mistyped_url_still_draws(fake: FakeArchive) -> None:
    app = run("search", q="业务", year="abc", k="-5", page="x", level="nonsense")
    assert not app.error
    app = run("report", page="99999999")
    assert not app.error


def test_a_report_shows_its_tables_statements_and_checks(fake: FakeArchive) -> None:
    app = run("report", report="r3", at=str(PROBLEM))
    shown = html_of(app)
    assert "mj-focus" in shown
    assert "1,234" in shown
    assert "无数据" in shown
    assert "收到与办理的件数不平" in shown
    assert "〔问题：人员业务能力不足〕" in shown
    assert "这一部分没有读到法定表格" not in words(app)
    assert any("1 项不相符" in e.label for e in app.expander)


def test_a_report_that_is_gone_says_so(fake: FakeArchive) -> None:
    app = run("report", report="r404")
    assert "r404" in app.warning[0].value


def test_missing_figures_are_called_missing(fake: FakeArchive) -> None:
    app = run("statistics")
    assert "无数据" in html_of(app)
    assert "本年新收到的政府信息公开申请数量" in html_of(app)


def test_the_sample_is_called_fictional(fake: FakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    from ui.views import common

    monkeypatch.setattr(common, "is_sample", lambda source: source != "no-name.pdf")
    assert "其中 2 份" in html_of(run("overview"))
    monkeypatch.setattr(common, "is_sample", lambda source: True)
    assert "均为虚构" in html_of(run("search"))


def test_evil_is_evil() -> None:
    assert "<script>" in EVIL
