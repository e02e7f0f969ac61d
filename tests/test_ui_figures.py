"""Structure, peers and dictionary: the same on the command line, by HTTP, in Python, on the page and in files."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("streamlit")
from figures_tools import fill
from openpyxl import load_workbook
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from index.archive import Archive
from ui import holder
from ui.api.application import create_app
from ui.cli import run

APP = Path(__file__).parents[1] / "ui" / "app.py"
UNIT = "乙区应急管理局"
SAME: list[tuple[str, dict[str, Any], list[str], Callable[[Archive], Any]]] = [
    ("structure", {}, ["--structure", "outcomes"], lambda a: a.structure().to_dict()),
    (
        "structure",
        {"what": "申请人", "by": "省份", "year": "2022"},
        ["--structure", "applicants", "--by", "province", "--year", "2022"],
        lambda a: a.structure("applicants", by="province", year=2022).to_dict(),
    ),
    ("peers", {"name": UNIT}, ["--peers", UNIT], lambda a: a.peers(UNIT).to_dict()),
    (
        "peers",
        {"name": UNIT, "measure": "新收申请", "within": "province", "year": "2021-2022"},
        ["--peers", UNIT, "--measure", "received_new", "--within", "本省", "--year", "2021-2022"],
        lambda a: a.peers(UNIT, measure="received_new", within="province", year=[2021, 2022]).to_dict(),
    ),
    ("measures", {}, ["--dictionary"], lambda a: [one.to_dict() for one in a.measures()]),
    (
        "statistics",
        {"measure": "other_share", "by": "year", "scope": ["agency", "government"]},
        ["--measure", "其他处理占比", "--by", "年份", "--scope", "agency", "--scope", "government"],
        lambda a: a.statistics("other_share", by="year", scope=["agency", "government"]).to_dict(),
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("figures") / "archive")


@pytest.fixture(scope="module")
def archive(folder: Path) -> Iterator[Archive]:
    with Archive.open(folder, create=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(archive: Archive) -> TestClient:
    return TestClient(create_app(lambda: archive, log=False), base_url="http://localhost")


def cli(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(["stats", *words, "--archive", str(folder)])
    out = capsys.readouterr()
    return code, out.out, out.err


@pytest.mark.parametrize(("path", "asked", "words", "python"), SAME, ids=lambda v: v if isinstance(v, str) else "")
def test_api_command_line_and_python_say_the_same(
    path: str,
    asked: dict[str, Any],
    words: list[str],
    python: Callable[[Archive], Any],
    client: TestClient,
    archive: Archive,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = client.get(f"/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    code, out, err = cli(capsys, folder, *words, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == answer.json() == json.loads(json.dumps(python(archive)))


def test_the_terminal_tells_rank_ties_and_too_few(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = cli(capsys, folder, "--peers", UNIT, "--measure", "received_new", "--year", "2021-2022")
    lines = {" ".join(line.split()) for line in out.splitlines()}
    assert "新收申请 5件 2/5 2/1/1 62 2件 5件 5件" in lines
    assert "新收申请 4件 1/3* 1/1/0 — — 4件 —" in lines
    assert any("不足 5 家" in line for line in lines)
    assert "2022年 同类：县级 应急管理，共 6 家（含本单位）" in lines


def test_the_terminal_tells_a_structure_and_the_dictionary(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = cli(capsys, folder, "--structure", "办理结果", "--year", "2022")
    assert code == 0
    assert "办理结果的构成" in out
    assert "予以公开     4件       40.0%" in out.replace("  予", "予")  # (3 + 1 + 0) / (6 + 4 + 0)
    assert "缺表不等于零" in cli(capsys, folder, "--structure", "suit")[1]
    _, out, _ = cli(capsys, folder, "--dictionary")
    assert "行政复议纠错率（review_corrected_rate，单位：比例）" in out
    assert "算法：" in out
    assert "注意：" in out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--peers", UNIT, "--by", "year"], 2, "--by"),
        (["--peers", UNIT, "--structure", "outcomes"], 2, "--peers"),
        (["--structure", "outcomes", "--measure", "granted"], 2, "--measure"),
        (["--dictionary", "--peers", UNIT], 2, "--peers"),
        (["--within", "province"], 2, "--peers"),
        (["--peers", UNIT, "--within", "全国"], 2, "本省"),
        (["--peers", UNIT, "--level", "county"], 1, "层级"),
        (["--peers", "没有的局"], 1, "没有的局"),
        (["--peers", ""], 1, "单位名称"),
        (["--structure", "天气"], 2, "办理结果"),
    ],
)
def test_wrong_options_are_one_chinese_line(
    words: list[str], code: int, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, out, err = cli(capsys, folder, *words)
    assert (found, out) == (code, "")
    assert told in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/peers", 422),
        ("/peers?name=%20", 422),
        ("/peers?name=x&within=county", 422),
        ("/peers?name=x&level=county", 422),
        ("/peers?name=没有的局", 404),
        ("/peers?name=应急管理局", 400),
        ("/structure?what=天气", 400),
        ("/structure?by=colour", 400),
    ],
)
def test_the_api_refuses_in_chinese(address: str, status: int, client: TestClient) -> None:
    answer = client.get(address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


# -- files ----------------------------------------------------------------------------------------------------


def test_files_hold_what_python_says(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "peers.csv"
    archive.export(path, what="peers", query=UNIT, measure="received_new")
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert (row["value"], row["rank"], row["percentile"], row["median"], row["unit"]) == ("5", "2", "62.5", "5", "件")
    path = tmp_path / "structure.xlsx"
    assert archive.export(path, what="structure", year=2022) == 7
    book = load_workbook(path)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows[1][:5] == ("全部", "granted", "予以公开", 4, 0.4)
    assert rows[-1][1:4] == ("processed_total", "办结申请", 10)
    notes = {str(line[0]): str(line[1]) for line in book.worksheets[1].iter_rows(values_only=True)}
    assert notes["予以公开"].endswith("（一）予以公开")
    path = tmp_path / "measures.xlsx"
    assert archive.export(path, what="measures") == len(archive.measures())
    head, *lines = load_workbook(path).worksheets[0].iter_rows(values_only=True)
    assert head == ("指标编号", "指标", "类别", "定义", "算法", "计量单位", "适用表式", "注意")
    known = {one.id: one for one in archive.measures()}
    assert {line[0]: line[3:5] for line in lines} == {key: (m.definition, m.formula) for key, m in known.items()}


# -- the page -------------------------------------------------------------------------------------------------


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, archive: Archive, tmp_path: Path) -> Callable[..., AppTest]:
    monkeypatch.setattr(holder, "current", lambda: archive)
    monkeypatch.setattr(holder, "version", lambda: (str(tmp_path), os.urandom(4).hex()))

    def draw(**params: Any) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.run()
        for key, value in params.items():
            app.query_params[key] = value
        known = {entry["url_pathname"]: key for key, entry in app._registered_pages.items()}
        app._page_hash = known["statistics"]
        app.run()
        assert not app.exception, app.exception
        assert not app.error, app.error
        return app

    return draw


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def said(app: AppTest) -> str:
    return "\n".join(str(e.value) for e in (*app.caption, *app.markdown, *app.info, *app.warning, *app.subheader))


def test_the_page_shows_the_standing_that_python_gives(page: Callable[..., AppTest]) -> None:
    app = page(view="peers", unit=UNIT, on="2022")
    shown = html_of(app)
    assert ">新收申请</th>" in shown
    assert "2/5（并列）" in shown
    assert "2／1／1" in shown
    assert "共 6 家（含本单位）" in shown
    assert app.get("vega_lite_chart")
    few = page(view="peers", unit=UNIT, on="2021")
    assert "不足 5 家" in said(few)
    assert not few.get("vega_lite_chart")


def test_an_agency_is_chosen_by_a_click(page: Callable[..., AppTest]) -> None:
    app = page(view="peers", name="乙区")
    button = next(b for b in app.button if "乙区应急管理局" in b.label)
    button.click().run()
    assert not app.exception
    assert any("在同类单位里的位置" in one.value for one in app.subheader)
    gone = page(view="peers", unit="没有的局")
    assert "没有的局" in gone.warning[0].value
    nobody = page(view="peers", name="没有的局")
    assert "没有找到" in nobody.info[0].value


def test_the_page_shows_structures(page: Callable[..., AppTest]) -> None:
    app = page(view="structure", year="2022")
    assert "予以公开" in html_of(app)
    assert "4（40.0%）" in html_of(app)
    assert "10件" in html_of(app)
    assert page(view="structure", split="year").get("vega_lite_chart")
    assert "缺表不等于零" in said(page(view="structure", what="suit"))
    assert not page(view="structure", what="reasons", split="year").error


def test_the_dictionary_is_on_the_page(page: Callable[..., AppTest], archive: Archive) -> None:
    shown = html_of(page(view="dictionary"))
    for one in archive.measures():
        assert one.definition in shown
        assert one.formula.replace('"', "&quot;") in shown
        assert one.caveat in shown


def test_the_map_stands_over_the_provinces(page: Callable[..., AppTest]) -> None:
    assert len(page(by="province").get("vega_lite_chart")) == 2
    assert "灰色是无数据，不是零" in said(page(by="province"))
    assert len(page(by="year").get("vega_lite_chart")) == 1


def test_a_province_can_be_chosen_without_the_picture(page: Callable[..., AppTest]) -> None:
    app = page(by="province")
    listed = app.button_group(key="province-list")
    assert any("按省份列出，从高到低" in one.label for one in app.expander)
    assert len(listed.options) >= 2
    chosen = listed.options[1].split()[0]
    listed.set_value(chosen).run()
    assert not app.exception
    assert (app.query_params["province"], app.query_params["by"]) == (chosen, "city")


def test_an_empty_archive_draws_every_view(
    page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Archive.open(tmp_path / "empty") as empty:
        monkeypatch.setattr(holder, "current", lambda: empty)
        for view in ("figure", "structure", "peers", "dictionary"):
            page(view=view, by="province")


def test_examples_have_the_form_of_real_answers(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]

    def same(one: Any, other: Any, place: str) -> None:
        if isinstance(one, dict) and isinstance(other, dict):
            assert set(one) == set(other), place
            for key in one:
                same(one[key], other[key], f"{place}.{key}")
        elif isinstance(one, list) and isinstance(other, list) and one and other:
            same(one[0], other[0], f"{place}[0]")

    for path, asked in (
        ("/peers", {"name": UNIT}),
        ("/structure", {}),
        ("/measures", {}),
        ("/statistics", {"measure": "received_new", "by": "year"}),
    ):
        example = paths[path]["get"]["responses"]["200"]["content"]["application/json"]["example"]
        same(example, client.get(path, params=asked).json(), path)
