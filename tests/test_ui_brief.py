"""The page 简报 and the command summary: what they show, and what they say where there is nothing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("streamlit")
from archive_tools import make_report
from page_tools import html_of, run_page, served
from streamlit.testing.v1 import AppTest
from summary_tools import filled
from test_index_rewriting import Model
from typer.testing import CliRunner
from ui_fakes import EVIL

from index.archive import Archive
from index.rewriting.endpoint import MODEL, URL
from ui import holder
from ui.cli import application


def reports() -> list[Any]:
    return [
        make_report(
            f"{agency}{year}",
            agency=f"第{agency}局{EVIL}",
            year=year,
            problems=[[f"第{agency}局{year}年业务生疏{EVIL}。", ["staff_capacity"]]],
            measures=[[f"第{agency}局{year}年每季度培训一次{EVIL}。", ["training"]]],
            pairs=[(0, 0)] if agency else [],
            figures=[("applications.received_new.total", agency)],
        )
        for year in (2021, 2022)
        for agency in range(6)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    filled(folder, reports()).close()
    return folder


@pytest.fixture
def archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    monkeypatch.setattr("ui.views.later.AT_ONCE", 30.0)  # a busy machine is no reason to show something else
    with served(folder, monkeypatch) as opened:
        yield opened


def run(**params: Any) -> AppTest:
    return run_page("brief", **params)


def test_the_page_reads_as_the_summary_does(archive: Archive) -> None:
    app = run(year="2021")
    found = archive.summary(year=2021)
    assert app.title[0].value == "简报"
    assert [e.value for e in app.subheader][1:] == [part.title for part in found.parts]
    shown = html_of(app)
    assert "（6份，100%）<sup>[" in shown
    assert f"看依据（{len(found.parts[0].sentences[0].sources) + 1} 处）" in [e.label for e in app.expander]
    links = [link.proto for link in app.get("page_link")]
    assert any("at=" in link.query_string and "report=" in link.query_string for link in links)
    assert [button.proto.label for button in app.get("download_button")] == ["下载简报（Word）"]


def test_text_of_reports_is_never_markup(archive: Archive) -> None:
    app = run()
    shown = html_of(app)
    assert "<script" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;" in shown


def test_nothing_chosen_fits_and_the_way_back_is_offered(archive: Archive) -> None:
    app = run(year="2013")
    assert "没有报告" in app.info[0].value
    next(b for b in app.button if b.label == "看全部报告的简报").click().run()
    assert "year" not in app.query_params
    assert len(app.subheader) > 3


def test_an_empty_archive_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path, []).close()
    with Archive.open(tmp_path, create=False) as opened:
        monkeypatch.setattr(holder, "current", lambda: opened)
        monkeypatch.setattr(holder, "version", lambda: (str(tmp_path), os.urandom(4).hex()))
        app = run()
    assert "还没有报告" in app.info[0].value
    assert any(link.proto.label == "去入库" for link in app.get("page_link"))


def test_the_command_prints_what_python_gives(folder: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    with Archive.open(folder, create=False) as opened:
        found = opened.summary(year=2021, agency_type="emergency")
    arguments = ["--archive", str(folder), "--year", "2021", "--agency-type", "应急"]
    printed = runner.invoke(application(), ["summary", *arguments, "--json"])
    assert printed.exit_code == 0, printed.output
    assert json.loads(printed.stdout) == json.loads(json.dumps(found.to_dict()))
    told = runner.invoke(application(), ["summary", *arguments]).stdout
    flat = "".join(told.split())
    for source in found.sources:
        assert f"[{source.number}]" in flat
    assert "\x1b" not in told
    target = tmp_path / "简报.docx"
    run = runner.invoke(application(), ["export", str(target), "--what", "brief", *arguments])
    assert run.exit_code == 0, run.output
    assert f"共 {sum(len(part.sentences) for part in found.parts)} 句" in run.stdout
    assert target.stat().st_size > 10_000


def test_the_command_says_where_nothing_fits(folder: Path) -> None:
    run = CliRunner().invoke(application(), ["summary", "--archive", str(folder), "--year", "2013"])
    assert (run.exit_code, run.stdout) == (0, "所选范围里没有报告，请放宽筛选条件。\n")


# -- told again by a model of one's own -----------------------------------------------------------------------


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    """A model on this machine that gives each part back as it got it."""
    pytest.importorskip("openai")
    answering = Model(lambda messages: messages[1]["content"])
    monkeypatch.setenv(URL, answering.endpoint.url)
    monkeypatch.setenv(MODEL, "qwen")
    yield answering
    answering.server.shutdown()
    answering.server.server_close()


def notes(app: AppTest) -> str:
    return "\n".join(e.value.replace("\\", "") for e in (*app.info, *app.warning))


def test_nobody_is_asked_about_a_model_that_is_not_set_up(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (URL, MODEL):
        monkeypatch.delenv(name, raising=False)
    app = run(year="2021")
    assert not app.toggle
    assert not app.warning


def test_a_model_is_asked_only_when_told_to_and_said_to_have_been(archive: Archive, model: Model) -> None:
    app = run(year="2021")
    assert [one.label for one in app.toggle] == ["用大模型改写得更通顺"]
    assert model.endpoint.host in app.toggle[0].proto.help.replace("\\", ""), "whose machine it goes to is told before"
    assert not model.asked
    assert "大模型" not in notes(app)
    app.toggle[0].set_value(True).run()
    assert not app.exception
    assert model.asked
    assert "由大模型（qwen）改写文字，数字、引文和出处已逐一核对" in notes(app)
    assert [e.value for e in app.subheader][1:] == [part.title for part in archive.summary(year=2021).parts]
    app.toggle[0].set_value(False).run()
    assert "大模型" not in notes(app)


def test_what_the_model_gets_wrong_is_told_and_not_shown(
    archive: Archive, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Model(lambda messages: messages[1]["content"].replace("6份", "7份"))
    monkeypatch.setenv(URL, wrong.endpoint.url)
    app = run(year="2021")
    before = html_of(app)
    app.toggle[0].set_value(True).run()
    assert "没有通过核对（数字 7 与出处不符），仍用原来的文字" in notes(app)
    assert html_of(app) == before
    wrong.server.shutdown()
    wrong.server.server_close()


def test_a_model_that_is_gone_leaves_the_brief_and_is_asked_again(
    archive: Archive, model: Model, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr(holder, "version", lambda: (str(folder), "one"))
    here = model.endpoint.url
    monkeypatch.setenv(URL, "http://127.0.0.1:9/v1")
    app = run(year="2022")
    app.toggle[0].set_value(True).run()
    assert "连不上大模型的接口：http://127.0.0.1:9/v1，各段仍用原来的文字" in notes(app).replace("\u2060", "")
    monkeypatch.setenv(URL, here)
    app.run()
    assert "由大模型（qwen）改写" in notes(app) or model.asked


@pytest.mark.parametrize(
    ("given", "told"),
    [({URL: "http://127.0.0.1:9/v1"}, MODEL), ({MODEL: "qwen"}, URL), ({URL: "file:///x", MODEL: "m"}, "不是网址")],
)
def test_a_model_set_up_by_half_is_told_and_breaks_nothing(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], told: str
) -> None:
    for name in (URL, MODEL):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    app = run(year="2021")
    assert not app.toggle
    assert not app.error
    (warning,) = app.warning
    assert told in warning.value.replace("\\", "")
    assert len(app.subheader) > 3
    assert app.get("download_button")


def test_without_the_models_library_the_pip_command_is_told(
    archive: Archive, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = run(year="2021")
    monkeypatch.setitem(sys.modules, "openai", None)
    app.toggle[0].set_value(True).run()
    assert "mingjian[llm]" in notes(app)
    assert len(app.subheader) > 3
