"""``mingjian compare``, ``together``, ``agency``, ``check --reuse``; the pages 对比 and 单位: the same as in Python."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, write_report

from index import archive as archive_module
from index.archive import Archive
from ui import cli, holder
from ui.render_groups import marked

pytest.importorskip("streamlit")
from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[1] / "ui" / "app.py"
EVIL = "<script>alert(1)</script><img src=x> **粗** [链](http://x.invalid)"
SLOW = f"部分科室报送不及时，栏目空档时间较长，群众反映查不到最新的办事指南与收费标准{EVIL}。"
STAFF = "机关内部没有专门岗位承担公开工作，几名同志轮流值守，前后衔接常常出现疏漏。"
TRAIN = "把公开业务列入新进人员必修课，每季度组织一次案例讲评，请办件能手现场示范。"
KEY = "浙江省宁波市北仑区应急管理局"


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """Seven emergency bureaus, seven of education; one of them over the years."""
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    folder = tmp_path / "in"
    for year in (2019, 2021, 2022):
        problems = [[SLOW, ["timeliness_poor"]], [STAFF, ["staff_instability"]]]
        figures = [["applications.received_new.total", year - 2010]]
        write_report(
            folder, f"a{year}", year=year, problems=problems, measures=[[TRAIN, ["training"]]], figures=figures
        )
    for number in range(6):
        for kind, name in (("emergency", "应急管理局"), ("education", "教育局")):
            label = "timeliness_poor" if kind == "emergency" else "interpretation_weak"
            write_report(
                folder,
                f"{kind}{number}",
                agency=f"第{number}区{name}",
                agency_type=kind,
                year=2022,
                region=["浙江省", "宁波市", f"第{number}区", f"3302{number:02d}"],
                problems=[[f"第{number}区的{name}问题", [label]]],
            )
    opened = Archive.open(tmp_path / "archive")
    add(opened, folder)
    monkeypatch.setenv("MINGJIAN_ARCHIVE", str(tmp_path / "archive"))
    return opened


# -- commands -----------------------------------------------------------------------------------------------


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert cli.run([*words, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value, ensure_ascii=False))


def test_commands_give_what_python_gives(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    both = {"year": "2022"}
    compared = archive.compare({"agency_type": "应急", **both}, {"agency_type": "教育", **both})
    wanted = answer(capsys, "compare", "--left", "单位类型=应急", "--right", "agency-type=education", "--year", "2022")
    assert wanted == plain(compared.to_dict())
    assert wanted["left_reports"] == 7
    assert answer(capsys, "together") == plain(archive.together().to_dict())
    assert answer(capsys, "together", "--label", "timeliness_poor") == plain(
        archive.together(label="timeliness_poor").to_dict()
    )
    assert answer(capsys, "agency", "北仑区应急管理局") == plain(archive.agency(KEY).to_dict())
    found = answer(capsys, "check", "--reuse")
    assert found == plain([one.to_dict() for one in archive.reuse()])
    assert [(one["year"], one["source_year"], one["share"]) for one in found] == [(2022, 2021, 1.0)]


def test_commands_speak_chinese(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["compare", "--left", "单位类型=应急", "--right", "单位类型=教育"]) == 0
    assert "应急管理更常写到“公开不及时”" in capsys.readouterr().out
    assert cli.run(["agency", "北仑"]) == 0
    shown = capsys.readouterr().out
    assert "缺 2020年的报告" in shown
    assert "2019、2021–2022年" in shown
    assert cli.run(["check", "--reuse"]) == 0
    shown = capsys.readouterr().out
    assert f"本文 【{STAFF[:-1]}】。" in shown.replace("\n    ", "")
    assert "100% 的文字与 2021年 北仑区应急管理局 相同" in shown
    assert cli.run(["together"]) == 0
    assert "没有写对应的措施" in capsys.readouterr().out
    assert cli.run(["check", "--reuse", "--year", "1999"]) == 0
    assert "没有符合条件的报告" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["compare"], 2, "--left"),
        (["compare", "--left", "颜色=红"], 2, "颜色=红"),
        (["compare", "--left", "应急"], 2, "条件=值"),
        (["compare", "--left", "年份=abc"], 2, "abc"),
        (["agency", "应急管理局"], 1, "请写全"),
        (["agency", "没有这个单位"], 1, "没有叫"),
    ],
)
def test_what_is_wrong_is_one_chinese_line(
    words: list[str], code: int, told: str, archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(words) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert told in err


def test_marks_stand_around_what_is_the_same() -> None:
    assert marked("甲乙丙丁戊", 10, [(11, 13), (14, 15)]) == "甲【乙丙】丁【戊】"
    assert marked("甲乙", 0, []) == "甲乙"


# -- pages --------------------------------------------------------------------------------------------------


@pytest.fixture
def page(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(holder, "current", lambda: archive)
    monkeypatch.setattr(holder, "version", lambda: (os.urandom(8).hex(), 0, 0))

    def run(name: str, /, **params: Any) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=30)
        app.run()
        for key, value in params.items():
            app.query_params[key] = value
        app._page_hash = {entry["url_pathname"]: key for key, entry in app._registered_pages.items()}[name]
        app.run()
        assert not app.exception, app.exception
        assert not app.error, [e.value for e in app.error]
        return app

    return run


def html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def links(app: AppTest) -> list[tuple[str, str]]:
    return [(link.proto.label, link.proto.query_string) for link in app.get("page_link")]


def test_two_groups_on_the_page_as_in_python(page: Any, archive: Archive) -> None:
    app = page("compare", left="emergency", right="education", year="2022")
    found = archive.compare({"agency_type": "emergency", "year": 2022}, {"agency_type": "education", "year": 2022})
    shown = html(app)
    assert found.moves
    problems = [move for move in found.moves if "公开不及时" in move or "政策解读" in move]
    assert all(move in shown for move in problems)
    assert "7 / 7（100%）" in shown
    assert "0 / 6（0%）" in shown
    assert app.multiselect(key="c-left").value == ["emergency"]


def test_groups_are_chosen_and_stay_in_the_url(page: Any) -> None:
    app = page("compare")
    assert app.multiselect(key="c-left").value == ["emergency"]  # the two largest at first
    assert app.multiselect(key="c-right").value == ["education"]
    app.multiselect(key="c-right").set_value([]).run()
    assert app.query_params == {"left": "emergency"}
    assert "各选至少一项" in app.info[0].value
    years = page("compare", by="year", left=["2019"], right=["2022"])
    assert years.multiselect(key="c-left").value == ["2019"]
    assert "有一组的报告太少" in html(years)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("compare", {"year": "1999"}),
        ("compare", {"view": "together", "year": "1999"}),
        ("compare", {"by": "nonsense", "left": "x", "view": "y", "problem": "z"}),
        ("agency", {"year": "1999"}),
        ("agency", {"unit": "没有这个单位"}),
        ("agency", {"page": "99999999", "name": "<b>"}),
    ],
)
def test_nothing_to_show_is_said_and_the_page_stands(name: str, params: dict[str, str], page: Any) -> None:
    app = page(name, **params)
    assert app.title[0].value == {"compare": "对比", "agency": "单位"}[name]
    if "1999" in params.values() or name == "agency":
        assert app.info or app.warning


def test_what_goes_together_on_the_page(page: Any) -> None:
    app = page("compare", view="together")
    shown = html(app)
    assert "18 条问题里有 18 条没有找到对应的改进措施" in shown
    assert "只提不改" in "\n".join(s.value for s in app.subheader)


def test_an_agency_over_the_years_on_the_page(page: Any, archive: Archive) -> None:
    app = page("agency", unit=KEY)
    shown = html(app)
    assert "缺 2020年的报告" in app.warning[0].value
    assert shown.count("mj-stated") == 6  # two labels in three years
    assert 'title="这一年没有报告"' in shown
    assert "逐字相同" in shown
    assert f"<mark>{STAFF[:-1]}</mark>" in shown
    assert any("100% 的文字与上年报告相同" in e.label.replace("\\", "") for e in app.expander)
    reports = {one.report for one in archive.agency(KEY).years}
    assert reports <= {query.removeprefix("report=").split("&")[0] for _, query in links(app)}
    for bad in ("<script", "<img"):
        assert bad not in shown
    assert all("**粗**" not in label for label, _ in links(app))


def test_an_agency_named_by_a_report_gets_its_own_address(page: Any, archive: Archive) -> None:
    report = archive.list(year=2021)[0].id
    app = page("agency", unit=report)
    assert app.query_params == {"unit": KEY}
    assert "北仑区应急管理局" in html(app)


def test_an_agency_stands_among_its_peers(page: Any) -> None:
    app = page("agency", unit=KEY)
    assert any("在同类单位里的位置" in s.value for s in app.subheader)
    app = page("agency", unit=KEY, on="2019")
    assert any("没有这一年的其他同类单位" in e.value for e in app.info)


def test_one_who_comes_for_the_same_text_sees_it_first(page: Any, archive: Archive) -> None:
    (report,) = (one.id for one in archive.list(year=2022) if "北仑" in (one.agency or ""))
    titles = [s.value for s in page("agency", unit=KEY).subheader]
    assert titles.index("年年提的问题") < titles.index("文字从哪里来")
    app = page("agency", unit=report, see=report)
    titles = [s.value for s in app.subheader]
    assert titles.index("文字从哪里来") < titles.index("年年提的问题")
    assert titles.count("文字从哪里来") == 1
    opened = [e.label.replace("\\", "") for e in app.expander if "相同" in e.label and e.proto.expanded]
    assert opened
    assert all(label.startswith("2022年") for label in opened)
    assert app.query_params == {"unit": KEY, "see": report}


def test_an_unclear_name_offers_those_meant(page: Any) -> None:
    app = page("agency", unit="应急管理局")
    assert "请选一个" in app.warning[0].value
    assert len([query for label, query in links(app) if query.startswith("unit=")]) == 7


def test_the_list_of_agencies_is_searched_and_filtered(page: Any) -> None:
    app = page("agency")
    assert any("共 13 个单位" in m.value for m in app.markdown)
    app.text_input(key="u-name").set_value("教育").run()
    assert app.query_params == {"name": "教育"}
    assert any("共 6 个单位" in m.value for m in app.markdown)


def test_hits_and_reports_lead_to_the_agency(page: Any, archive: Archive) -> None:
    report = archive.list(year=2021)[0].id
    assert ("看本单位历年对照", f"unit={report}") in links(page("report", report=report))
    found = links(page("search", q="栏目空档时间较长"))
    assert any(label == "这个单位历年" and query.startswith("unit=") for label, query in found)
    assert any("并排看" in label for label, _ in links(page("quality")))
    assert not re.search("None", html(page("agency", unit=KEY)))
