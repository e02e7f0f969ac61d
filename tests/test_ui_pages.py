"""Every page runs, in Chinese, on ordinary data, on none, and on data that wants to break out of it."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("streamlit")
from streamlit.testing.v1 import AppTest
from ui_fakes import EVIL, PROBLEM, FakeArchive

from index.records import Filter, Topics, Trends
from nlp.errors import MingjianError
from ui import holder

APP = Path(__file__).parents[1] / "ui" / "app.py"
ALONE = ("intake", "guide")  # these draw without an archive
PAGES = (
    *("overview", "search", "measures", "topics", "trends", "statistics"),
    *("report", "quality", "label", "export", *ALONE),
)
TITLES = {
    "overview": "政府信息公开年度报告",
    "search": "检索",
    "measures": "对策",
    "topics": "主题",
    "export": "导出",
    "guide": "说明",
    "trends": "趋势",
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
    monkeypatch.setattr("ui.views.later.AT_ONCE", 30.0)  # a busy machine is no reason to show something else
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


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ALONE])
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
        ("search", {"q": "工作人员", "near": "s1"}),
        ("search", {"q": "工作人员", "layout": "flat"}),
        ("measures", {}),
        ("measures", {"q": "工作人员"}),
        ("topics", {}),
        ("export", {}),
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


def chips(app: AppTest) -> list[str]:
    return [button.label for button in app.button if "✕" in button.label]


def test_what_was_understood_can_be_taken_back(fake: FakeArchive) -> None:
    app = run("search", q="2021年应急局")
    assert chips(app) == ["年份：2021年 ✕", "省份：浙江省 ✕"]
    next(b for b in app.button if b.label.startswith("年份")).click().run()
    assert app.query_params == {"q": "应急局", "province": "浙江省"}
    assert fake.calls[-1][1][0] == "应急局"


def test_every_condition_is_a_chip_that_goes_by_a_click(fake: FakeArchive) -> None:
    app = run("search", q="“业务不熟” 人员", year=["2021", "2022"], not_level="township", unanswered="1")
    shown = ["原样含有：“业务不熟” ✕", "年份：2021–2022年 ✕", "不含层级：乡级 ✕", "只提问题未提措施 ✕"]
    assert chips(app) == shown
    assert fake.calls[-1][1][2] == {"year": [2021, 2022], "not_level": ["township"], "unanswered": True}
    next(b for b in app.button if b.label.startswith("原样")).click().run()
    assert app.query_params["q"] == "业务不熟 人员"
    next(b for b in app.button if b.label.startswith("不含")).click().run()
    next(b for b in app.button if b.label.startswith("年份")).click().run()
    assert app.query_params == {"q": "业务不熟 人员", "unanswered": "1"}
    next(b for b in app.button if b.label.startswith("只提")).click().run()
    assert app.query_params == {"q": "业务不熟 人员"}
    assert chips(app) == []


def test_what_is_not_wanted_is_a_chip_too(fake: FakeArchive) -> None:
    asked = {"not_province": ["浙江省", "江苏省"], "not_agency_type": "emergency", "not_year": ["2020", "2021"]}
    app = run("search", q="人员", not_city="宁波市", not_county="北仑区", **asked)
    assert chips(app) == [
        "不含年份：2020–2021年 ✕",
        "不含省份：浙江省、江苏省 ✕",
        "不含城市：宁波市 ✕",
        "不含区县：北仑区 ✕",
        "不含单位类型：应急管理 ✕",
    ]
    assert fake.calls[-1][1][2]["not_year"] == [2020, 2021]
    next(b for b in app.button if b.label.startswith("不含省份")).click().run()
    assert "not_province" not in app.query_params
    assert app.query_params["not_city"] == "宁波市"


def test_pages_of_reports_show_what_is_not_wanted_beside(fake: FakeArchive) -> None:
    app = run("statistics", not_province="浙江省", not_year=["2020", "2021"])
    assert chips(app) == ["不含年份：2020年、2021年 ✕", "不含省份：浙江省 ✕"]
    app.button(key="f-not_province").click().run()
    assert app.query_params == {"not_year": ["2020", "2021"]}


def test_what_was_quoted_stays_quoted_when_another_condition_goes(fake: FakeArchive) -> None:
    app = run("search", q="2021年“业务不熟”的人员")
    next(b for b in app.button if b.label.startswith("年份")).click().run()
    assert app.query_params == {"q": "“业务不熟”的人员", "province": "浙江省"}


def test_hits_of_one_report_stand_together_under_one_heading(fake: FakeArchive) -> None:
    together, flat = run("search", q="业务"), run("search", q="业务", layout="flat")
    heads = [html_of(app).count("<b>北仑区应急管理局") for app in (together, flat)]
    assert heads == [1, 2]
    assert html_of(together).count("mj-card") == html_of(flat).count("mj-card") == 3
    assert "来自 1 份报告" in words(together)


def test_the_neighbours_of_a_hit_show_on_demand(fake: FakeArchive) -> None:
    app = run("search", q="业务")
    assert "mj-around" not in html_of(app)
    app.button(key="near-s1").click().run()
    assert app.query_params == {"q": "业务", "near": "s1"}
    around = html_of(app)
    assert "mj-around" in around
    assert "举办培训班" in around
    assert "<script" not in around
    app.button(key="near-s1").click().run()
    assert app.query_params == {"q": "业务"}


def test_a_search_is_kept_opened_and_dropped(fake: FakeArchive) -> None:
    app = run("search", q="业务", year="2021", layout="flat", near="s1")
    assert app.text_input(key="saved-name").value == "业务 2021年"
    name = EVIL[-60:]
    app.text_input(key="saved-name").set_value(name)
    app.button(key="saved-keep").click().run()
    assert fake.saved[name].params == {"q": ("业务",), "layout": ("flat",), "year": ("2021",)}
    start = run("search")
    (link,) = [e.proto for e in start.get("page_link") if "alert" in e.proto.label]
    assert "**粗**" not in link.label
    assert "q=%E4%B8%9A%E5%8A%A1&layout=flat&year=2021" in link.query_string
    assert "<script" not in html_of(start)
    start.button(key="saved-drop-0").click().run()
    assert fake.saved == {}
    assert not any("收藏的检索" in e.label for e in start.expander)


def test_a_name_that_does_not_do_is_said(fake: FakeArchive) -> None:
    app = run("search", q="业务")
    app.text_input(key="saved-name").set_value("  ")
    app.button(key="saved-keep").click().run()
    assert [e.value for e in app.error] == ["请给收藏起个名字"]


def test_every_list_is_offered_in_every_format(fake: FakeArchive) -> None:
    from ui.views import exports

    for what in exports.LISTS:
        app = run("export", what=what, kind="problem")
        kinds = {"brief": 2, "everything": 1}.get(what, 4)
        assert len(app.get("download_button")) == kinds, what
        ignored = "不起作用" in words(app)
        assert ignored == (what not in ("statements", *exports.WHOLE)), what


def test_what_stands_beside_the_hits_counts_the_hits(fake: FakeArchive) -> None:
    def told(**params: Any) -> str:
        return "\n".join(str(e.value) for e in run("search", **params).sidebar.caption)

    assert "数字是有多少份报告\n" in told() + "\n"
    assert "有多少份报告写到切题的内容（“问题或措施”是句数）；切题的共 4 句" in told(q="人员")
    assert "切题的很多，只数了最相关的前 4 句" in told(q="培训")
    assert "数字是有多少份报告\n" in told(q="人员", solve="s1") + "\n"


def test_a_problem_leads_to_measures_and_to_who_states_it_no_more(fake: FakeArchive) -> None:
    app = run("measures")
    assert "别的单位怎么做：人员业务能力不足" in words(app)
    assert any("占 50%（平常 25%，2.0 倍）" in e.label.replace("\\", "") for e in app.expander)
    assert "2022年不再提" in html_of(app)
    after = "有 3 条能查到该单位下一年的报告，其中 1 条下一年不再提（不再提不等于已解决）"
    assert f"这 3 条问题里，{after}" in html_of(app)
    assert "共 8 条这类问题，其中 2 条（25%）没有写对应的措施" in html_of(app)
    app.text_input(key="measures-own").set_value("都是兼职").run()
    assert app.query_params == {"q": "都是兼职"}
    assert "找到 5 条说法相近的问题" in html_of(app)
    assert f"这 3 条问题里，{after}" in html_of(app)
    app.selectbox[0].select("staff_capacity").run()
    assert app.query_params == {"label": "staff_capacity"}


def test_what_became_of_the_problem_stands_beside_its_measures(
    fake: FakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = html_of(run("search", solve="s1"))
    assert "这 3 条问题里，有 3 条能查到该单位下一年的报告，其中 1 条下一年不再提（不再提不等于已解决）" in shown
    found = fake.solutions("s1")
    nobody = replace(found, groups=tuple(replace(group, followed=0, gone=0) for group in found.groups))
    monkeypatch.setattr(fake, "solutions", lambda *_, **__: nobody)
    assert "下一年" not in html_of(run("search", solve="s1"))


@pytest.mark.parametrize("page", ["trends", "topics", "measures"])
def test_where_nothing_fits_the_way_out_is_a_click(
    page: str, fake: FakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "trends", lambda by="year", **_: Trends(by, Filter(), ()))
    monkeypatch.setattr(fake, "topics", lambda **_: Topics(Filter(), 0, (), (), 0.0))
    app = run(page, year="2013", level="county")
    assert "可以减少或更换左侧的筛选条件" in app.info[0].value
    app.button(key="nothing-clear").click().run()
    assert not app.query_params
    assert "收入报告之后再来看" in app.info[0].value
    assert any(link.proto.label == "去入库" for link in app.get("page_link"))


def test_the_help_explains_every_label_and_its_links_lead_somewhere(fake: FakeArchive) -> None:
    from nlp.taxonomy import Taxonomy
    from ui.views import guide

    app = run("guide")
    shown = html_of(app)
    assert all(entry.zh in shown for entry in Taxonomy.load() if entry.kind in ("problem", "measure"))
    wanted = sum(len(part.get("links", ())) for part in guide.parts())
    assert len(app.get("page_link")) == wanted > 8
    known = {entry.id for entry in Taxonomy.load()}
    assert all(
        label in known
        for part in guide.parts()
        for link in part.get("links", ())
        for label in link["query"].get("label", ())
    )


def test_only_one_kind_of_finding_shows_where_it_is_asked_for(fake: FakeArchive) -> None:
    from ui.views.quality import SHOWN

    kinds = {show: [e.label for e in run("quality", show=show).expander if "涉及" in e.label] for show in SHOWN}
    assert [len(labels) for labels in kinds.values()] == [2, 1, 1, 0, 0]
    assert "收到与办理的件数不平" in kinds["fail"][0]


def test_who_repeats_last_year_stands_before_who_copies_from_others(
    fake: FakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    year = fake.check()[1]
    others = [replace(year, rule="REUSE-AGENCY", report=f"r{number}") for number in (3, 4, 5)]
    monkeypatch.setattr(fake, "check", lambda **_: [*others, year])
    label = [e.label for e in run("quality", show="reuse").expander if "涉及" in e.label]
    assert len(label) == 2
    assert "上年" in label[0]


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
