"""Figures that a query asks for, and labels that stand in for words, on the terminal and on the page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from archive_tools import add, write_report

from index.archive import Archive
from index.records import Answer, AskedStatistics, Filter
from ui import asked

RECEIVED = "applications.received_new.total"
MOST = AskedStatistics(("received_new",), None, "desc", False, Filter(year=(2021,), province=("浙江省",)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("asked")
    for number in range(14):
        write_report(
            base / "in",
            f"x{number}",
            agency=f"第{number}区水利局",
            region=["浙江省", "宁波市", f"第{number}区", f"3302{number:02d}"],
            problems=[["来电接听较慢", ["interaction_weak"]]],
            figures=[[RECEIVED, number * 10]],
        )
    with Archive.open(base / "archive") as opened:
        add(opened, base / "in")
    return base / "archive"


def search(folder: Path, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "ui.cli", "search", *arguments, "--archive", str(folder)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        cwd=Path(__file__).parents[1],
    )
    return run.stdout


def test_the_terminal_shows_the_first_rows_and_the_command_for_all(folder: Path) -> None:
    shown = search(folder, "2021年新收申请最多的单位")
    lines = shown.splitlines()
    assert lines[:2] == ["统计：新收申请（各份报告，从多到少）", "筛选：年份 2021年"]
    assert "2021 第13区水利局" in lines[4]
    assert "第3区" not in shown
    command = f"mingjian stats --measure received_new --year 2021 --archive {folder}"
    assert f"共 14 行，完整统计：{command}" in shown
    lines = search(folder, "除江苏省外新收申请最多的单位").splitlines()
    assert lines[1] == "筛选：不含省份 江苏省"
    command = f"mingjian stats --measure received_new --not-province 江苏省 --archive {folder}"
    assert any(line.endswith(f"完整统计：{command}") for line in lines)
    assert "没有找到相关内容" not in shown


def test_json_names_measure_and_grouping(folder: Path) -> None:
    found = json.loads(search(folder, "浙江各市收到多少件申请", "--json"))
    assert (found["statistics"]["measures"], found["statistics"]["by"]) == (["received_new"], "city")
    assert not found["no_match"]


def test_the_terminal_says_that_a_label_stood_in(folder: Path) -> None:
    shown = search(folder, "政府开放日")
    assert shown.startswith("没有语句直接写到“政府开放日”，以下按标签“公众参与与互动回应不足”列出")
    assert "来电接听较慢" in shown


def test_commands_are_safe_and_whole() -> None:
    assert asked.command(MOST, "received_new") == "mingjian stats --measure received_new --year 2021 --province 浙江省"
    odd = replace(MOST, by="city", filter=Filter(agency_type=("education",), province=("a b; rm",)))
    assert asked.command(odd, "m", Path("存档 一")) == (
        "mingjian stats --measure m --by city --province 'a b; rm' --agency-type education --archive '存档 一'"
    )


def test_tables_are_cut_and_counted(folder: Path) -> None:
    with Archive.open(folder) as archive:
        ((table, count),) = asked.tables(archive, MOST, most=3)
    assert [row.value for row in table.rows] == [130, 120, 110]
    assert count == 14
    assert asked.title(table, MOST) == "新收申请（各份报告，从多到少）"


# -- the page -------------------------------------------------------------------------------------------------


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    pytest.importorskip("streamlit")
    from streamlit.testing.v1 import AppTest
    from ui_fakes import FakeArchive

    from ui import holder

    class Asked(FakeArchive):
        def search(self, query: str, *, k: int = 10, **filters: Any) -> Answer:
            plain = super().search(query, k=k, **filters)
            if "三审" in query:
                return replace(
                    plain, by_labels=("review_secrecy",), note="没有语句直接写到“三审”，以下按标签“把关”列出"
                )
            figures = replace(MOST, by="city" if "各市" in query else None)
            return replace(plain, hits=() if "最多" in query else plain.hits, statistics=figures)

    archive = Asked(tmp_path)
    monkeypatch.setattr(holder, "current", lambda: archive)
    monkeypatch.setattr(holder, "version", lambda: (str(tmp_path), os.urandom(4).hex()))

    def run(query: str) -> AppTest:
        app = AppTest.from_file(str(Path(__file__).parents[1] / "ui" / "app.py"), default_timeout=30)
        app.run()
        app.query_params["q"] = query
        app._page_hash = {entry["url_pathname"]: key for key, entry in app._registered_pages.items()}["search"]
        app.run()
        assert not app.exception, app.exception
        return app

    return run


def test_the_page_shows_a_table_and_the_way_to_all_of_it(page: Any) -> None:
    app = page("申请最多的单位")
    shown = "\n".join(element.proto.body for element in app.get("html"))
    assert "12件" in shown
    assert "<b>”" not in shown
    assert not app.info
    links = [link.proto for link in app.get("page_link")]
    link = next(one for one in links if one.label == "在统计页查看")
    assert "measure=received_new" in link.query_string
    assert "year=2021" in link.query_string


def test_hits_follow_the_figures_where_there_are_any(page: Any) -> None:
    app = page("各市败诉的")
    links = [link.proto for link in app.get("page_link")]
    assert any("by=city" in one.query_string for one in links if one.label == "在统计页查看")
    assert any(one.label == "查看原文" for one in links)


def test_the_page_says_that_a_label_stood_in(page: Any) -> None:
    assert any("按标签" in caption.value for caption in page("三审").caption)
