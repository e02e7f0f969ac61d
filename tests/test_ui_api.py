"""The HTTP API: the same answers as command line and Python, foreseen failures, who may ask and how much."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="fastapi is not installed: pip install 'mingjian[api]'")
pytest.importorskip("uvicorn", reason="uvicorn is not installed: pip install 'mingjian[api]'")
pytest.importorskip("httpx2", reason="httpx2 is not installed: pip install 'mingjian[test]'")
from starlette.testclient import TestClient

from index import Archive
from index.locking import WriteLock
from nlp.errors import MingjianError
from nlp.taxonomy import Taxonomy
from ui.api import access, forms, limits
from ui.api.application import create_app
from ui.api.guard import Guard, Limits
from ui.api.params import Filters
from ui.cli import run
from ui.commands.options import FILTER_OPTIONS

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "corpora" / "sample" / "reports" / "浙江省"
pytestmark = pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample reports are not built")
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"
TOKEN = "correct-horse-battery-staple"
COPIER = "镇海区司法局"
REPORT = """{year}年{agency}政府信息公开工作年度报告
一、总体情况
{year}年，本局认真做好公开工作。
五、存在的主要问题及改进情况
（一）存在的主要问题
1.工作人员业务不熟练，{extra}对条例把握不准。
2.信息更新不及时，栏目长期不更新。
（二）改进措施
1.下一步将组织业务培训，提高工作人员能力。
六、其他需要报告的事项
无。
"""


def write_reports(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(SAMPLE.iterdir())[:14]:
        (folder / path.name).write_bytes(path.read_bytes())
    for year in (2021, 2022):  # the later one takes all from the one before
        evil = REPORT.format(year=year, agency="北仑区应急管理局", extra=EVIL)
        (folder / f"evil-{year}.txt").write_text(evil, encoding="utf-8")
        again = REPORT.format(year=year, agency=COPIER, extra="新人多，")
        (folder / f"again-{year}.txt").write_text(again, encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of some sample reports and one full of markup."""
    place = tmp_path_factory.mktemp("api")
    write_reports(place / "in")
    with Archive.open(place / "archive") as made:
        results = made.add([place / "in"])
        evil = next(s for s in made.statements(kind="problem") if EVIL in s.text)
        made.label(evil.id, add="staff_instability", by=f"张三{EVIL}")
    assert {result.outcome for result in results} == {"added"}
    return place / "archive"


@pytest.fixture(scope="module")
def archive(folder: Path) -> Iterator[Archive]:
    with Archive.open(folder, create=False, lock_timeout=0.2) as opened:
        yield opened


def client_of(opener: Callable[[], Any], **options: Any) -> TestClient:
    return TestClient(create_app(opener, **options), base_url="http://localhost")


@pytest.fixture(scope="module")
def client(archive: Archive) -> TestClient:
    return client_of(lambda: archive, log=False)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Archive]:
    """A small archive that a test may change."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(REPORT.format(year=2021, agency="北仑区应急管理局", extra=""), "utf-8")
    with Archive.open(tmp_path / "own", lock_timeout=0.2) as made:
        made.add([tmp_path / "in"])
        yield made


def refused(answer: Any, status: int, told: str = "") -> str:
    """The one Chinese line of an answer that says no."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert set(found) == {"title", "status", "detail", "error"}
    assert found["status"] == status
    line = str(found["error"])
    assert line == found["detail"]
    assert told in line
    assert "\n" not in line
    assert re.search(r"[一-鿿]", line)
    assert not re.search(r"Traceback|Error\b|should|Field|Input", line)
    return line


# -- the same answers everywhere ------------------------------------------------------------------------------

FILTER = {"year": "2019-2022", "kind": "problem"}
WORDS = ["--year", "2019-2022", "--kind", "problem"]
PYTHON: dict[str, Any] = {"year": ["2019-2022"], "kind": ["problem"]}
QUESTION = "工作人员业务不熟练"
LEFT = ["--left", "year=2021-2022", "--left", "agency_type=emergency"]
RIGHT = ["--right", "agency_type=统计,housing", "--right", "level=city"]
SAME: list[tuple[str, dict[str, Any], list[str], Callable[[Archive], Any]]] = [
    (
        "search",
        {"query": QUESTION, "k": 3},
        ["search", QUESTION, "-k", "3"],
        lambda a: a.search(QUESTION, k=3).to_dict(),
    ),
    (
        "search",
        {"query": QUESTION, **FILTER},
        ["search", QUESTION, *WORDS],
        lambda a: a.search(QUESTION, **PYTHON).to_dict(),
    ),
    ("search", {"query": "房价走势"}, ["search", "房价走势"], lambda a: a.search("房价走势").to_dict()),
    (
        "similar",
        {"text": "公开不及时"},
        ["similar", "--text", "公开不及时"],
        lambda a: a.similar(text="公开不及时").to_dict(),
    ),
    ("solutions", {"query": QUESTION}, ["solutions", QUESTION], lambda a: a.solutions(QUESTION).to_dict()),
    (
        "solutions",
        {"label": "人员业务能力不足"},
        ["solutions", "--label", "staff_capacity"],
        lambda a: a.solutions(label="staff_capacity").to_dict(),
    ),
    (
        "solutions",
        {"label": "staff_capacity", "year": "2021", "k": 1},
        ["solutions", "--label", "staff_capacity", "--year", "2021", "-k", "1"],
        lambda a: a.measures_against("人员业务能力不足", year=2021, k=1).to_dict(),
    ),
    (
        "trends",
        {"by": "level", "label": "人员业务能力不足"},
        ["trends", "--by", "level", "--label", "staff_capacity"],
        lambda a: a.trends("level", label="staff_capacity").to_dict(),
    ),
    ("trends", FILTER, ["trends", *WORDS], lambda a: a.trends(**PYTHON).to_dict()),
    ("topics", {}, ["topics"], lambda a: a.topics().to_dict()),
    ("topics", {"kind": "measure"}, ["topics", "--kind", "措施"], lambda a: a.topics(kind="measure").to_dict()),
    (
        "statistics",
        {"measure": "received_new", "by": "年份"},
        ["stats", "--measure", "received_new", "--by", "year"],
        lambda a: a.statistics("received_new", by="year").to_dict(),
    ),
    ("statistics", {}, ["stats"], lambda a: a.statistics().to_dict()),
    ("check", {}, ["check"], lambda a: [one.to_dict() for one in a.check()]),
    (
        "reports",
        {"province": "浙江", "level": "县级"},
        ["list", "--province", "浙江省", "--level", "county"],
        lambda a: [one.to_dict() for one in a.list(province="浙江", level="county")],
    ),
    (
        "reports",
        {"not_year": "2019-2021", "not_agency_type": "统计", "not_city": "温州"},
        ["list", "--not-year", "2019-2021", "--not-agency-type", "statistics", "--not-city", "温州"],
        lambda a: [
            one.to_dict() for one in a.list(not_year=[2019, 2020, 2021], not_agency_type="statistics", not_city="温州")
        ],
    ),
    ("summary", {}, ["summary"], lambda a: a.summary().to_dict()),
    ("summary", FILTER, ["summary", *WORDS], lambda a: a.summary(**PYTHON).to_dict()),
    ("summary", {"year": "2030"}, ["summary", "--year", "2030"], lambda a: a.summary(year=2030).to_dict()),
    (
        "compare",
        {"left": "year=2021"},
        ["compare", "--left", "year=2021"],
        lambda a: a.compare({"year": 2021}, {}).to_dict(),
    ),
    (
        "compare",
        {
            "left": ["年份=2021,2022", "单位类型=应急"],
            "right": ["--agency-type＝统计", "agency_type=housing", " level = 市级 "],
            "province": "浙江",
        },
        ["compare", *LEFT, *RIGHT, "--province", "浙江"],
        lambda a: a.compare(
            {"province": "浙江", "year": [2021, 2022], "agency_type": "emergency"},
            {"province": "浙江", "agency_type": ["statistics", "housing"], "level": "city"},
        ).to_dict(),
    ),
    (
        "compare",  # a group's own condition goes before the common one; this group is empty
        {"left": "year=2030", "right": "year=2021", "year": "2022"},
        ["compare", "--left", "year=2030", "--right", "year=2021", "--year", "2022"],
        lambda a: a.compare({"year": 2030}, {"year": 2021}).to_dict(),
    ),
    ("together", {}, ["together"], lambda a: a.together().to_dict()),
    ("together", {"year": "2021"}, ["together", "--year", "2021"], lambda a: a.together(year=2021).to_dict()),
    ("together", {"year": "2030"}, ["together", "--year", "2030"], lambda a: a.together(year=2030).to_dict()),
    ("reuse", {}, ["check", "--reuse"], lambda a: [one.to_dict() for one in a.reuse()]),
    (
        "reuse",
        {"agency_type": "司法"},
        ["check", "--reuse", "--agency-type", "justice"],
        lambda a: [one.to_dict() for one in a.reuse(agency_type="justice")],
    ),
    (f"agencies/{COPIER}", {}, ["agency", COPIER], lambda a: a.agency(COPIER).to_dict()),
    ("agencies/统计", {}, ["agency", "统计"], lambda a: a.agency("丽水市统计局").to_dict()),
    ("info", {}, ["info"], lambda a: a.info()),
    ("corrections", {}, ["label", "--list"], lambda a: [one.to_dict() for one in a.corrections()]),
    (
        "uncertain",
        {"k": 4},
        ["label", "--uncertain", "-k", "4"],
        lambda a: [one.to_dict() for one in a.uncertain(4)],
    ),
]


def printed(capsys: pytest.CaptureFixture[str], folder: Path, words: list[str]) -> Any:
    capsys.readouterr()
    assert run([*words, "--json", "--archive", str(folder)]) == 0
    return json.loads(capsys.readouterr().out)


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
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert found == json.loads(json.dumps(python(archive)))
    assert found == printed(capsys, folder, words)
    assert found


def test_one_report_and_one_statement_are_the_same_everywhere(
    client: TestClient, archive: Archive, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hit = archive.search(QUESTION, kind="problem").hits[0]
    report = client.get(f"/reports/{hit.report}").json()
    assert report == json.loads(json.dumps(archive.show(hit.report).to_dict()))
    assert report == printed(capsys, folder, ["show", hit.report])
    one = client.get(f"/statements/{hit.id}").json()
    assert one == json.loads(json.dumps(archive.labelled(hit.id).to_dict()))
    assert one == printed(capsys, folder, ["label", hit.id])
    likes = client.get("/similar", params={"id": hit.id}).json()
    assert likes == printed(capsys, folder, ["similar", hit.id])
    against = client.get("/solutions", params={"query": hit.id}).json()
    assert against == printed(capsys, folder, ["solutions", hit.id])
    text = client.get(f"/reports/{hit.report}/text").json()["text"]
    assert text[hit.start : hit.end] == hit.text


def test_agencies_are_found_and_each_leads_to_its_years(client: TestClient, archive: Archive) -> None:
    rows = client.get("/agencies").json()
    assert rows == json.loads(json.dumps([one.to_dict() for one in archive.agencies()]))
    assert sum(row["reports"] for row in rows) == len(archive.list())
    for row in rows:
        history = client.get(f"/agencies/{urllib.parse.quote(row['key'], safe='')}").json()
        assert history["agency"] == row
        assert [one["year"] for one in history["years"]] == row["years"]
        assert client.get(f"/agencies/{history['years'][0]['report']}").json() == history
    found = client.get("/agencies", params={"text": "应急", "year": "2021", "city": "宁波"})
    assert [row["name"] for row in found.json()] == ["北仑区应急管理局"]
    assert found.headers["x-total-count"] == "1"
    assert client.get("/agencies", params={"text": "没有这个单位"}).json() == []
    line = refused(client.get("/agencies/应急管理局"), 400, "请写全")
    assert all(row["key"] in line for row in client.get("/agencies", params={"text": "应急管理局"}).json())


def test_an_agency_may_have_a_slash_in_its_name(own: Archive, tmp_path: Path) -> None:
    with own.store.writing(), own.store.transaction() as tx:
        tx.run("UPDATE reports SET agency = ?, agency_key = ''", ("北仑区应急管理局/消防局",))
        tx.sequence()
    client = client_of(lambda: own, log=False)
    for slash in ("/", "%2F"):
        answer = client.get(f"/agencies/北仑区应急管理局{slash}消防局")
        assert answer.json() == json.loads(json.dumps(own.agency("北仑区应急管理局/消防局").to_dict()))


def test_what_is_copied_stands_in_both_texts(client: TestClient) -> None:
    found = next(one for one in client.get("/reuse").json() if (one["agency"], one["kind"]) == (COPIER, "year"))
    assert (found["year"], found["source_year"], found["share"]) == (2022, 2021, 1.0)
    texts = [client.get(f"/reports/{found[name]}/text").json()["text"] for name in ("report", "source_report")]
    assert [len(one["spans"]) for one in found["passages"]] == [1, 1, 1]
    for passage in found["passages"]:
        assert passage["line"]["text"] == passage["source"]["text"]
        for span in passage["spans"]:
            copied = texts[0][span["start"] : span["end"]]
            assert copied == texts[1][span["source_start"] : span["source_end"]]
            assert copied in passage["line"]["text"]


def test_a_brief_may_be_a_file(client: TestClient, archive: Archive) -> None:
    answer = client.get("/export", params={"what": "brief", "format": "json", **FILTER})
    assert answer.json() == json.loads(json.dumps(archive.summary(**PYTHON).to_dict()))
    assert client.get("/export", params={"what": "brief", "format": "docx"}).content.startswith(b"PK")
    refused(client.get("/export", params={"what": "brief"}), 422, "docx")


def test_facets_statements_and_labels_are_pythons(client: TestClient, archive: Archive) -> None:
    assert client.get("/facets", params=FILTER).json() == json.loads(json.dumps(archive.facets(**PYTHON).to_dict()))
    of_query = client.get("/facets", params={"query": QUESTION, **FILTER}).json()
    assert of_query == json.loads(json.dumps(archive.facets(query=QUESTION, **PYTHON).to_dict()))
    assert 0 < of_query["reports"] < client.get("/facets", params=FILTER).json()["reports"]
    rows = client.get("/statements", params=FILTER).json()
    wanted = archive.statements(**PYTHON)
    assert [row["id"] for row in rows] == [row.id for row in wanted]
    texts = {report: archive.show(report).text for report in {row["report"] for row in rows}}
    assert all(texts[row["report"]][row["start"] : row["end"]] == row["text"] for row in rows)
    hit = archive.search(QUESTION, k=1, kind="problem").hits[0].to_dict()
    listed = next(row for row in client.get("/statements").json() if row["id"] == hit["id"])
    common = set(listed) & set(hit)
    assert common >= {"id", "report", "kind", "text", "labels", "agency", "year", "region", "source", "start", "end"}
    assert {name: listed[name] for name in common} == {name: hit[name] for name in common}
    taxonomy = client.get("/taxonomy").json()
    assert taxonomy == json.loads(json.dumps(forms.taxonomy()))
    short = client.get("/labels").json()
    assert [one["id"] for one in short] == [one["id"] for one in taxonomy["labels"]]
    assert {one["group"] for one in short} <= set(taxonomy["groups"])


def test_the_filters_are_the_command_lines() -> None:
    assert list(Filters.model_fields) == list(FILTER_OPTIONS)
    assert all("可重复" in str(field.description) for field in Filters.model_fields.values())


@pytest.mark.parametrize("suffix", ["csv", "json", "xlsx", "docx"])
def test_files_hold_what_the_command_writes(suffix: str, client: TestClient, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / f"list.{suffix}"
    assert run(["export", str(target), *WORDS, "--archive", str(folder)]) == 0
    answer = client.get("/export", params={"format": suffix, **FILTER})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert int(answer.headers["x-total-count"]) > 3
    if suffix in ("csv", "json"):
        assert answer.content == target.read_bytes()
    else:
        assert cells(answer.content, suffix) == cells(target.read_bytes(), suffix)


def cells(data: bytes, suffix: str) -> list[Any]:
    """What stands in a file's tables."""
    if suffix == "docx":
        from docx import Document

        return [[c.text for c in row.cells] for row in Document(io.BytesIO(data)).tables[0].rows]
    from openpyxl import load_workbook

    return [list(row) for sheet in load_workbook(io.BytesIO(data)) for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("what", ["reports", "trends", "statistics", "topics", "check", "matrix", "reuse", "agencies"])
def test_every_list_may_be_a_file(what: str, client: TestClient) -> None:
    answer = client.get("/export", params={"format": "csv", "what": what})
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf")


def test_a_comparison_and_one_measure_by_province_may_be_a_file(client: TestClient) -> None:
    sides = {"left": "年份=2021", "right": "年份=2022"}
    file = client.get("/export", params={"format": "json", "what": "compare", **sides})
    assert file.json() == client.get("/compare", params=sides).json()
    asked = {"measure": "received_new", "by": "province"}
    file = client.get("/export", params={"format": "json", "what": "statistics", **asked})
    assert file.json() == client.get("/statistics", params=asked).json()
    refused(client.get("/export", params={"what": "reports", "by": "year"}), 400, "by")
    refused(client.get("/export", params={"what": "compare"}), 400, "left")


def test_long_lists_come_in_parts(client: TestClient, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = client.get("/reports")
    total = len(archive.list())
    assert int(whole.headers["x-total-count"]) == total
    parts = [client.get("/reports", params={"limit": 4, "offset": n}) for n in range(0, total, 4)]
    assert [row for part in parts for row in part.json()] == whole.json()
    assert {part.headers["x-total-count"] for part in parts} == {str(total)}
    assert client.get("/reports", params={"offset": total + 5}).json() == []
    rows = client.get("/statistics", params={"limit": 3, "offset": 1}).json()["rows"]
    assert rows == client.get("/statistics").json()["rows"][1:4]
    for path in ("/agencies", "/reuse"):
        everything = client.get(path).json()
        second = client.get(path, params={"limit": 1, "offset": 1})
        assert second.json() == everything[1:2] != []
        assert second.headers["x-total-count"] == str(len(everything))
    monkeypatch.setattr(limits, "ROWS", 1)
    refused(client.get("/agencies"), 422, "limit")
    refused(client.get("/reuse"), 422, "limit")
    monkeypatch.setattr(limits, "ROWS", 5)
    refused(client.get("/reports"), 422, "limit")
    assert len(client.get("/reports", params={"limit": 5}).json()) == 5
    monkeypatch.setattr(limits, "EXPORTED", 5)
    refused(client.get("/export"), 422, "筛选条件")


# -- the description ------------------------------------------------------------------------------------------


def test_the_description_needs_nothing_from_elsewhere(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404
    assert not re.search(r"cdn|jsdelivr|https?://", json.dumps(described))
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            assert re.search(r"[一-鿿]", route["summary"]), path
            told = route["responses"]["200"]["content"]
            assert path in ("/export", "/metrics") or "example" in told["application/json"], path
            assert set(route["responses"]) >= {"200", "400", "404", "422", "503"}
            assert f"{method.upper()} {path}" in client.get("/").json()["routes"]


def test_every_route_is_in_the_document(client: TestClient) -> None:
    document = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([A-Z]+ /\S*)`", document, re.MULTILINE))
    assert told == set(client.get("/").json()["routes"])
    words = {name: str(value) for name, value in vars(limits).items() if name.isupper()}
    assert f"{limits.BODY // 1024} KiB" in document
    assert f"{limits.QUERY_STRING // 1024} KiB" in document
    assert f"{words['AT_ONCE']} requests at once" in document
    assert f"within {limits.SECONDS:g} s" in document
    assert f"{limits.ROWS:,}".replace(",", " ") + " rows" in document


DEEPER = {"hits", "why", "groups", "rows", "labels", "measures", "corrections", "undone"}
BESIDE = ("/compare", "/together", "/agencies", "/reuse", "/summary")
FURTHER = {
    "pairs",
    "answers",
    "unanswered",
    "share",
    "years",
    "recurring",
    "vanished",
    "chains",
    "lines",
    "reuse",
    "copied",
}
FURTHER |= {"passages", "line", "source", "spans", "figures", "agency", "region", "sentences", "statistics", "trends"}


def test_examples_have_the_form_of_real_answers(client: TestClient, own: Archive) -> None:
    def example(path: str, method: str = "get") -> Any:
        route = client.get("/openapi.json").json()["paths"][path][method]
        return route["responses"]["200"]["content"]["application/json"]["example"]

    def same_form(one: Any, other: Any, place: str) -> None:
        if isinstance(one, list) and isinstance(other, list) and one and other:
            same_form(one[0], other[0], f"{place}[0]")
        elif isinstance(one, dict) and isinstance(other, dict):
            assert set(one) == set(other), place
            for key in set(one) & (DEEPER | (FURTHER if place.startswith(BESIDE) else set())):
                if not (place.startswith("/taxonomy") and key == "groups"):
                    same_form(one[key], other[key], f"{place}.{key}")

    hit = client.get("/search", params={"query": QUESTION}).json()["hits"][0]
    asked = {"/search": {"query": QUESTION}, "/similar": {"text": QUESTION}, "/solutions": {"query": QUESTION}}
    asked["/statistics"] = {"measure": "received_new", "by": "year"}
    asked["/compare"] = {"left": "year=2021"}
    asked["/peers"] = {"name": "桐乡市应急管理局"}
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        if "get" not in methods or path in ("/export", "/corrections", "/metrics"):
            continue
        address = path.format(report=hit["report"], statement=hit["id"], name="桐乡市应急管理局")
        real = client.get(address, params=asked.get(path, {})).json()
        same_form(example(path), real, path)
    brief = client.get("/summary").json()
    for one in (brief, example("/summary")):
        assert {frozenset(source) for source in one["sources"]} == {frozenset(source) for source in brief["sources"]}
        numbers = {number for part in one["parts"] for said in part["sentences"] for number in said["sources"]}
        assert numbers == {source["number"] for source in one["sources"]}
    same_form(example("/summary")["parts"], brief["parts"], "/summary.parts")
    same_form(example("/compare")["rows"][0]["left"], example("/compare")["rows"][0]["right"], "/compare.left")
    changed = client_of(lambda: own, log=False)
    statement = own.statements(kind="problem")[0].id
    path = "/statements/{statement}/labels"
    body = {"add": ["staff_instability"], "by": "张三"}
    same_form(example(path, "post"), changed.post(path.format(statement=statement), json=body).json(), path)
    same_form(example("/corrections"), changed.get("/corrections").json(), "/corrections")
    path = "/corrections/{number}"
    same_form(example(path, "delete"), changed.delete(path.format(number=1)).json(), path)


# -- failures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status", "told"),
    [
        ("/search", 422, "query"),
        ("/search?query=", 422, "query"),
        ("/search?query=%20%20", 422, "空"),
        ("/search?query=x&yaer=2021", 422, "yaer"),
        ("/search?query=x&k=0", 422, "k "),
        ("/search?query=x&k=99999", 422, "1000"),
        ("/search?query=x&k=ten", 422, "整数"),
        ("/search?query=" + "长" * 1001, 422, "1000"),
        ("/search?query=x&year=abc", 400, "abc"),
        ("/search?query=x&level=galaxy", 400, "galaxy"),
        ("/search?query=x&label=nothing", 400, "nothing"),
        ("/search?query=x&province=%00", 400, "地名"),
        ("/search?query=x&city=" + "城" * 101, 422, "city"),
        ("/search?query=x" + "&year=2021" * 101, 422, "year"),
        ("/similar", 422, "取一"),
        ("/similar?id=a&text=b", 422, "取一"),
        ("/similar?id=nothing", 404, "nothing"),
        ("/similar?text=%20", 422, "空"),
        ("/solutions", 422, "query"),
        ("/trends?by=colour", 400, "colour"),
        ("/summary?year=abc", 400, "abc"),
        ("/summary?by=year", 422, "by"),
        ("/compare", 422, "缺少参数 left"),
        ("/compare?right=year=2021", 422, "缺少参数 left"),
        ("/compare?left=", 400, "条件=值"),
        ("/compare?left=year", 400, "条件=值"),
        ("/compare?left=year=%20", 400, "条件=值"),
        ("/compare?left=颜色=红", 400, "单位类型（agency_type）"),
        ("/compare?left=agency=教育局", 400, "条件=值"),
        ("/compare?left=year=abc", 400, "abc"),
        ("/compare?left=year=2021&right=level=galaxy", 400, "galaxy"),
        ("/compare?left=year=2021&province=%00", 400, "地名"),
        ("/compare?left=year=" + "2" * 196, 422, "200"),
        ("/compare?left=x" + "&left=year=2021" * 100, 422, "left"),
        ("/compare?left=x" + "&right=year=2021" * 101, 422, "right"),
        ("/compare?left=year=2021&rihgt=year=2022", 422, "rihgt"),
        ("/together?kind=nothing", 400, "nothing"),
        ("/together?k=3", 422, "k"),
        ("/agencies?text=" + "局" * 101, 422, "text"),
        ("/agencies?name=x", 422, "name"),
        ("/agencies?limit=0", 422, "limit"),
        ("/agencies/nothing", 404, "nothing"),
        ("/agencies/", 400, "单位名称"),
        ("/agencies/%20", 400, "单位名称"),
        ("/agencies/" + "局" * 201, 422, "200"),
        ("/reuse?limit=10001", 422, "limit"),
        ("/reuse?reuse=1", 422, "reuse"),
        ("/statistics?measure=nothing", 400, "nothing"),
        ("/statistics?limit=0", 422, "limit"),
        ("/reports?limit=10001", 422, "limit"),
        ("/reports?offset=-1", 422, "offset"),
        ("/reports?offset=99999999999999999999999", 422, "offset"),
        ("/reports/nothing", 404, "nothing"),
        ("/reports/nothing/text", 404, "nothing"),
        ("/statements/nothing", 404, "nothing"),
        ("/statements/" + "9" * 201, 422, "statement"),
        ("/export?format=pptx", 422, "format"),
        ("/export?what=secrets", 400, "secrets"),
        ("/uncertain?k=-1", 422, "k "),
        ("/nothing", 404, "openapi.json"),
        ("/corrections/abc", 405, "方法"),
    ],
)
def test_wrong_requests_get_one_chinese_line(address: str, status: int, told: str, client: TestClient) -> None:
    refused(client.get(address), status, told)


@pytest.mark.parametrize(
    "trick",
    [
        "..%2f..%2f..%2fetc%2fpasswd",
        "..%5c..%5cwindows",
        "%2e%2e%2f%2e%2e%2fstore.sqlite3",
        "%00",
        "'%20OR%201=1--",
        "x%0d%0aSet-Cookie:%20a=b",
        "%F0%9F%98%80",
        "%ff%fe",
        "{{7*7}}",
    ],
)
@pytest.mark.parametrize("path", ["/reports/{}", "/reports/{}/text", "/statements/{}", "/agencies/{}"])
def test_an_id_is_only_ever_looked_up(path: str, trick: str, client: TestClient) -> None:
    answer = client.get(path.format(trick))
    refused(answer, 404)
    assert "root:" not in answer.text
    assert "set-cookie" not in answer.headers


def test_odd_questions_are_answered(client: TestClient) -> None:
    for query in ("\0", "\ufffd", "😀" * 300, '"', "((", "AND OR NOT", "%", "'; DROP TABLE reports;--"):
        answer = client.get("/search", params={"query": query})
        assert answer.status_code == 200, query
        assert answer.json()["query"] == query
    assert client.get("/search?query=%ff%fe").status_code == 200


def test_markup_comes_back_as_json_and_nothing_else(client: TestClient, archive: Archive) -> None:
    report = next(row for row in archive.list() if row.agency == "北仑区应急管理局" and row.year == 2021)
    hits = client.get("/search", params={"query": f"业务不熟练 {EVIL}"})
    for answer in (
        hits,
        client.get(f"/reports/{report.id}"),
        client.get(f"/reports/{report.id}/text"),
        client.get("/statements"),
        client.get("/reuse"),
        client.get("/agencies/北仑区应急管理局"),
    ):
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert EVIL in json.dumps(answer.json(), ensure_ascii=False)
    for answer in (client.get(f"/{EVIL}"), client.get("/search", params={"query": "x", EVIL: "1"})):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-content-type-options"] == "nosniff"
    sheet = client.get("/export", params={"format": "csv"})
    assert sheet.headers["content-disposition"].startswith("attachment;")


def test_what_nobody_foresaw_is_told_without_its_inside(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken:
        def facets(self, **_: Any) -> Any:
            raise RuntimeError("秘密的内容")

        def topics(self, **_: Any) -> Any:
            raise OSError(28, "No space left on device", "/srv/secret")

        def trends(self, *_: Any, **__: Any) -> Any:
            raise MemoryError

    broken = client_of(Broken)
    answer = broken.get("/facets")
    assert "秘密" not in answer.text
    refused(answer, 500, "程序内部出错")
    logged = capsys.readouterr().err
    assert "RuntimeError（test_ui_api.py:" in logged
    assert "秘密" not in logged
    assert "Traceback" not in logged
    assert "secret" not in refused(broken.get("/topics"), 503, "磁盘已满")
    assert "OSError（test_ui_api.py:" in capsys.readouterr().err
    refused(broken.get("/trends"), 503, "内存不足")


def test_an_archive_that_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    def missing() -> Archive:
        raise MingjianError(f"{tmp_path} 里还没有档案，请先运行：mingjian add")

    for path in ("/health", "/info", "/search?query=x"):
        answer = client_of(missing, log=False).get(path)
        refused(answer, 503, "mingjian add")
        assert answer.headers["retry-after"]


def test_a_damaged_index_is_unavailable_and_the_rest_goes_on(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    generation = next((copy / "derived").glob("gen-*"))
    for path in generation.rglob("*"):
        if path.is_file():
            path.unlink()
    with Archive.open(copy, create=False) as opened:
        damaged = client_of(lambda: opened, log=False)
        refused(damaged.get("/search?query=x"), 503, "mingjian rebuild")
        assert damaged.get("/reports").status_code == 200


# -- who may ask ----------------------------------------------------------------------------------------------


@pytest.fixture
def locked(archive: Archive) -> TestClient:
    return client_of(lambda: archive, token=TOKEN)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN.upper()}",
    ],
)
def test_without_the_token_nothing_is_told(
    header: str | None, locked: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = {} if header is None else {"Authorization": header}
    for path in ("/", "/info", "/search?query=x", "/openapi.json", "/reports/x", "/nothing", "/export", "/health/x"):
        answer = locked.get(path, headers=headers)
        refused(answer, 401, "令牌")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert locked.post("/statements/x/labels", json={}, headers=headers).status_code == 401
    assert TOKEN not in capsys.readouterr().err


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_with_the_token_all_is_told(scheme: str, locked: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    headers = {"Authorization": f"{scheme} {TOKEN}", "Host": "reports.example"}
    assert locked.get("/info", headers=headers).status_code == 200
    assert locked.get("/health", headers={"Host": "reports.example"}).json()["status"] == "ok"
    assert TOKEN not in capsys.readouterr().err


def test_tokens_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        seen.append((one, other))
        return one == other

    monkeypatch.setattr(access.hmac, "compare_digest", compare)
    door = access.Door(TOKEN)
    assert not door.knows(b"")
    assert not door.knows(b"Bearer " + b"x" * 5000)
    assert door.knows(b"Bearer " + TOKEN.encode())
    assert {len(part) for pair in seen for part in pair} == {32}


@pytest.mark.parametrize(
    ("host", "fine"),
    [
        ("localhost", True),
        ("localhost:8520", True),
        ("127.0.0.1:8520", True),
        ("[::1]:8520", True),
        ("LOCALHOST", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example:8520", False),
        ("evil.example@localhost", True),
        ("[", False),
        ("", False),
    ],
)
def test_a_forged_name_does_not_reach_a_server_without_token(host: str, fine: bool, client: TestClient) -> None:
    answer = client.get("/labels", headers={"Host": host})
    if fine:
        assert answer.status_code == 200
    else:
        refused(answer, 400, "主机名")


def test_other_sites_get_no_leave(client: TestClient) -> None:
    origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for answer in (client.get("/labels", headers=origin), client.options("/statements/x/labels", headers=origin)):
        assert not [name for name in answer.headers if name.startswith("access-control")]
    refused(client.options("/search", headers=origin), 405)
    body = '{"add": ["training"], "by": "张三"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        answer = client.post("/statements/x/labels", content=body.encode(), headers={"Content-Type": kind})
        refused(answer, 422, "Content-Type: application/json")


@pytest.mark.parametrize(
    "text", ["", "short", "有中文的令牌有中文的令牌有中文的令牌", "with blank in between", "x" * 600]
)
def test_weak_tokens_are_refused(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MingjianError, match="令牌"):
        access.read_token(file)
    monkeypatch.setenv(access.VARIABLE, text)
    if text:
        with pytest.raises(MingjianError, match=access.VARIABLE):
            access.read_token(None)
    else:
        assert access.read_token(None) is None


def test_a_token_is_read_from_file_or_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(access.VARIABLE, "from-the-environment")
    assert access.read_token(None) == "from-the-environment"
    (tmp_path / "token").write_text(TOKEN + "\n", encoding="utf-8")
    assert access.read_token(tmp_path / "token") == TOKEN
    with pytest.raises(MingjianError, match="读不了"):
        access.read_token(tmp_path / "none")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_addresses_of_this_machine(host: str) -> None:
    assert access.is_local(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.2", "example.org", "localhost.example.org"])
def test_addresses_that_others_reach(host: str) -> None:
    assert not access.is_local(host)


# -- how much -------------------------------------------------------------------------------------------------


def test_bodies_are_bounded(client: TestClient) -> None:
    path = "/statements/x/labels"
    refused(client.post(path, content=b" " * (limits.BODY + 1)), 413)
    pieces = (b" " * 1000 for _ in range(limits.BODY // 1000 + 2))
    refused(client.post(path, content=pieces), 413)
    broken = {"Content-Type": "application/json"}
    refused(client.post(path, content=b"{", headers=broken), 422, "JSON")
    refused(client.post(path, content=b"[" * 60_000, headers=broken), 400)
    refused(client.post(path, content=b'"\xff"', headers=broken), 400)


def test_addresses_are_bounded(client: TestClient) -> None:
    refused(client.get("/search?query=" + "x" * limits.QUERY_STRING), 414)


class Slow:
    """An archive that takes its time until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)

    def facets(self, **_: Any) -> Any:
        self.begun.release()
        self.go.wait(20)
        return self

    def to_dict(self) -> dict[str, Any]:
        return {"done": True}


def test_too_many_at_once_are_told_to_come_again() -> None:
    slow = Slow()
    with client_of(lambda: slow, limits=Limits(at_once=2), log=False) as busy, ThreadPoolExecutor(2) as pool:
        under_way = [pool.submit(busy.get, "/facets") for _ in range(2)]
        try:
            assert all(slow.begun.acquire(timeout=10) for _ in range(2))
            answer = busy.get("/labels")
            refused(answer, 503, "稍后")
            assert answer.headers["retry-after"]
        finally:
            slow.go.set()
        assert [one.result().json() for one in under_way] == [{"done": True}] * 2
        assert busy.get("/labels").status_code == 200


def test_what_takes_too_long_is_given_up_and_counts_until_it_ends() -> None:
    slow = Slow()
    with client_of(lambda: slow, limits=Limits(seconds=0.2, at_once=1), log=False) as late:
        try:
            refused(late.get("/facets"), 503, "筛选条件")
            refused(late.get("/labels"), 503, "稍后")
        finally:
            slow.go.set()
        until = time.monotonic() + 10
        while late.get("/labels").status_code != 200:
            assert time.monotonic() < until
        assert late.get("/facets").json() == {"done": True}


@pytest.mark.parametrize(("messages", "status"), [([], 408), ([{"type": "http.disconnect"}], 0)])
def test_a_body_that_does_not_come_is_not_waited_for(messages: list[Any], status: int) -> None:
    sent: list[Any] = []

    async def app(*_: Any) -> None:
        raise AssertionError("reached")

    async def receive() -> Any:
        if messages:
            return messages.pop()
        return await asyncio.sleep(60)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/x", "headers": [(b"host", b"localhost")], "query_string": b""}
    guard = Guard(app, access.Door(None), Limits(body_seconds=0.05), log=False)
    asyncio.run(guard(scope, receive, send))
    assert [m["status"] for m in sent if m["type"] == "http.response.start"] == ([status] if status else [])


def test_the_log_never_holds_what_was_asked(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    logging = client_of(lambda: archive)
    logging.get("/search", params={"query": "机密问题"})
    logging.get("/search", params={"query": "x", "province": "机密地方"})
    logging.get("/solutions", params={"query": ""})
    logging.get("/a%0a%1b[31mforged")
    for name in ("机密单位", "机密/单位", "机密%0a单位"):
        logging.get(f"/agencies/{name}")
    logging.get("/compare", params={"left": "province=机密地方"})
    err = capsys.readouterr().err
    lines = err.splitlines()
    assert len(lines) == 8
    assert "机密" not in err
    assert urllib.parse.quote("机密") not in err
    assert "\x1b" not in err
    assert re.fullmatch(r"\S+ testclient GET /search 200 \d+ms", lines[0])
    assert lines[3].split()[3] == "-"
    assert [line.split()[3] for line in lines[4:]] == ["/agencies/-"] * 2 + ["-", "/compare"]


# -- labels ---------------------------------------------------------------------------------------------------


def test_a_correction_holds_and_is_taken_back(own: Archive) -> None:
    client = client_of(lambda: own, log=False)
    statement = next(s for s in own.statements(kind="problem") if "业务不熟练" in s.text)
    path = f"/statements/{statement.id}/labels"
    before = client.get(f"/statements/{statement.id}").json()
    held = [one["id"] for one in before["labels"]]
    new = next(one for one in Taxonomy.load().of_kind("problem") if one.id not in [*held, "other_problem"])
    body = {"add": [new.zh], "remove": held[:1], "by": f"张三{EVIL}"}
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json() == json.loads(json.dumps(own.labelled(statement.id).to_dict()))
    assert new.id in [one["id"] for one in answer.json()["labels"]]
    hits = client.get("/search", params={"query": "业务不熟练", "label": new.id}).json()["hits"]
    assert [hit["id"] for hit in hits] == [statement.id]
    made = client.get("/corrections", params={"statement": statement.id}).json()
    assert {(one["action"], one["value"]) for one in made} == {("add", new.id), ("remove", held[0])}
    assert {one["who"] for one in made} == {f"张三{EVIL}"}
    for one in made:
        assert client.delete(f"/corrections/{one['id']}").json() == {"undone": [one]}
    assert client.get(f"/statements/{statement.id}").json() == before
    refused(client.delete(f"/corrections/{made[0]['id']}"), 404, str(made[0]["id"]))
    assert client.get("/corrections").json() == []


def test_an_api_for_reading_lets_no_correction_in(own: Archive) -> None:
    own.label(own.statements(kind="problem")[0].id, kind="none", by="张三")
    client = client_of(lambda: own, read_only=True, log=False)
    statement = own.statements(kind="problem")[0].id
    refused(client.post(f"/statements/{statement}/labels", json={"kind": "none", "by": "李四"}), 403, "只供查询")
    refused(client.delete("/corrections/1"), 403, "只供查询")
    assert [one["who"] for one in client.get("/corrections").json()] == ["张三"]
    assert client.get(f"/statements/{statement}").status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({}, 422, "by"),
        ({"by": "张三"}, 422, "请写明要改什么"),
        ({"by": " ", "add": ["training"]}, 422, "署名"),
        ({"by": "张" * 61, "add": ["training"]}, 422, "by"),
        ({"by": "张三", "add": "training"}, 422, "add"),
        ({"by": "张三", "add": ["nothing"]}, 400, "nothing"),
        ({"by": "张三", "add": ["\ud800"]}, 422, "add"),
        ({"by": "张三", "add": ["training"]}, 400, "培训"),
        ({"by": "张三", "kind": "nothing"}, 400, "nothing"),
        ({"by": "张三", "remove": ["training"]}, 400, "没有标签"),
        ({"by": "张三", "add": ["x"] * 101}, 422, "add"),
        ({"by": "张三", "kind": "none", "path": "/etc/passwd"}, 422, "path"),
        ([], 422, "JSON 对象"),
        (None, 422, "JSON 对象"),
    ],
)
def test_wrong_corrections_are_refused_and_change_nothing(body: Any, status: int, told: str, own: Archive) -> None:
    client = client_of(lambda: own, log=False)
    statement = next(s for s in own.statements(kind="problem") if "业务不熟练" in s.text)
    headers = {"Content-Type": "application/json"}
    answer = client.post(f"/statements/{statement.id}/labels", content=json.dumps(body).encode(), headers=headers)
    refused(answer, status, told)
    assert own.corrections() == []


def test_another_writer_is_a_conflict(own: Archive) -> None:
    client = client_of(lambda: own, log=False)
    statement = own.statements(kind="problem")[0].id
    with WriteLock(own.path).held(5):
        answer = client.post(f"/statements/{statement}/labels", json={"kind": "none", "by": "张三"})
        refused(answer, 409, "正在写入")
        assert answer.headers["retry-after"]
        assert client.get("/search?query=业务").status_code == 200
    assert client.post(f"/statements/{statement}/labels", json={"kind": "none", "by": "张三"}).status_code == 200


# -- many at once, and other processes --------------------------------------------------------------------------


def test_eight_threads_get_what_one_gets(client: TestClient) -> None:
    asked = [
        ("/search", {"query": "业务不熟练", "k": 5}),
        ("/search", {"query": "政策解读", "year": "2021"}),
        ("/solutions", {"query": "公开不及时"}),
        ("/reports", {}),
        ("/trends", {}),
        ("/topics", {}),
        ("/statistics", {}),
        ("/check", {}),
        ("/facets", {}),
        ("/compare", {"left": "year=2021"}),
        ("/together", {}),
        ("/agencies", {"text": "局"}),
        (f"/agencies/{COPIER}", {}),
        ("/reuse", {}),
        ("/summary", {}),
        ("/reports/nothing", {}),
    ]
    alone = [(answer.status_code, answer.content) for answer in (client.get(path, params=p) for path, p in asked)]
    with ThreadPoolExecutor(8) as pool:
        jobs = [(n % len(asked), pool.submit(client.get, *[asked[n % len(asked)][0]], params=asked[n % len(asked)][1]))
                for n in range(8 * len(asked))]  # fmt: skip
        for which, job in jobs:
            answer = job.result()
            assert (answer.status_code, answer.content) == alone[which], asked[which]


def test_readers_go_on_while_another_opening_writes(own: Archive, tmp_path: Path) -> None:
    client = client_of(lambda: own, log=False)
    before = client.get("/info").json()["generation"]
    for year in range(2019, 2026):
        report = REPORT.format(year=year, agency="镇海区教育局", extra="")
        (tmp_path / f"{year}.txt").write_text(report, encoding="utf-8")
    done = threading.Event()

    def write() -> None:
        with Archive.open(own.path, create=False) as writer:
            for year in range(2019, 2026):
                writer.add([tmp_path / f"{year}.txt"])
            writer.rebuild()
        done.set()

    def read() -> list[int]:
        seen = []
        while not done.is_set():
            answer = client.get("/search", params={"query": "业务不熟练", "k": 50})
            assert answer.status_code == 200, answer.text
            seen.append(len({hit["report"] for hit in answer.json()["hits"]}))
        return seen

    with ThreadPoolExecutor(5) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        pool.submit(write).result(timeout=120)
        assert all(reader.result(timeout=30) for reader in readers)
    assert client.get("/info").json()["generation"] > before
    assert client.get("/info").json()["counts"]["reports"] == 8
    hits = client.get("/search", params={"query": "业务不熟练", "agency_type": "教育"}).json()["hits"]
    assert hits
    assert {hit["agency"] for hit in hits} == {"镇海区教育局"}


PLAIN = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
PLAIN |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def mingjian(*words: object, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ui.cli", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", cwd=ROOT, env={**PLAIN, **env}, timeout=120, check=False
    )


def ask(url: str, headers: dict[str, str] | None = None, **asked: str) -> Any:
    query = f"?{urllib.parse.urlencode(asked)}" if asked else ""
    with urllib.request.urlopen(urllib.request.Request(url + query, headers=headers or {}), timeout=30) as answer:
        return json.load(answer)


def ready(process: subprocess.Popen[str]) -> tuple[str, list[str]]:
    """The address of a server once it answers, and the lines of its log, which go on filling."""
    lines: list[str] = []
    assert process.stderr is not None
    threading.Thread(target=lambda: lines.extend(iter(process.stderr.readline, "")), daemon=True).start()  # type: ignore[union-attr]
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        for line in lines:
            if found := re.match(r"接口已就绪：(http://\S+)", line):
                return found[1], lines
        time.sleep(0.05)
    raise AssertionError(lines)


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_the_command_serves_follows_the_archive_and_stops(own: Archive, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    words = ["api", "--port", "0", "--token", str(tmp_path / "token"), "--archive", str(own.path)]
    with subprocess.Popen(
        [sys.executable, "-m", "ui.cli", *words],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", cwd=ROOT, env=PLAIN,
    ) as process:  # fmt: skip
        try:
            url, lines = ready(process)
            assert url.startswith("http://127.0.0.1:")
            assert ask(f"{url}/health")["status"] == "ok"
            with pytest.raises(urllib.error.HTTPError) as caught:
                ask(f"{url}/info")
            assert caught.value.code == 401
            assert caught.value.headers["server"] is None
            key = {"Authorization": f"Bearer {TOKEN}"}
            assert ask(f"{url}/search", key, query="业务不熟练", agency_type="教育")["no_match"]
            report = REPORT.format(year=2023, agency="镇海区教育局", extra="")
            (tmp_path / "later.txt").write_text(report, encoding="utf-8")
            assert mingjian("add", tmp_path / "later.txt", "--archive", own.path).returncode == 0
            found = ask(f"{url}/search", key, query="业务不熟练", agency_type="教育")
            assert {hit["agency"] for hit in found["hits"]} == {"镇海区教育局"}
            host, port = url.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port)), timeout=10) as raw:
                raw.sendall(b"\x00\xff nonsense\r\n\r\n")
                assert raw.recv(1000).startswith(b"HTTP/1.1 400")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
        assert process.stdout is not None
        assert process.stdout.read() == ""
    log = "".join(lines)
    assert "接口已停止" in log
    assert "GET /search 200" in log
    assert "业务" not in log
    assert urllib.parse.quote("业务") not in log
    assert TOKEN not in log
    assert "Traceback" not in log


def test_wrong_ways_to_serve_are_told(own: Archive, tmp_path: Path) -> None:
    def line(code: int, *words: object, **env: str) -> str:
        done = mingjian("api", *words, "--archive", own.path, **env)
        assert done.returncode == code, done.stderr
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        return done.stderr

    assert "令牌" in line(2, "--host", "0.0.0.0")
    assert "MINGJIAN_TOKEN" in line(1, "--host", "0.0.0.0", MINGJIAN_TOKEN="short")
    assert "地址" in line(1, "--host", "203.0.113.7", MINGJIAN_TOKEN=TOKEN)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "已被占用" in line(1, "--port", taken.getsockname()[1])
    missing = mingjian("api", "--archive", tmp_path / "none")
    assert missing.returncode == 1
    assert "mingjian add" in missing.stderr


def test_a_missing_extra_names_the_command(own: Archive) -> None:
    code = "import sys; sys.modules['fastapi'] = None; from ui.cli import run; sys.exit(run(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "api", "--archive", str(own.path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT, env=PLAIN, timeout=60, check=False)
    assert done.returncode == 1
    assert "pip install 'mingjian[api]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_help_starts_without_the_framework() -> None:
    code = "import sys, ui.cli; print(sorted({'fastapi', 'uvicorn', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=PLAIN, check=True)
    assert done.stdout.strip() == "[]"


def test_the_app_may_stand_beside_a_page(archive: Archive) -> None:
    from starlette.applications import Starlette
    from starlette.routing import Mount

    whole = Starlette(routes=[Mount("/api", create_app(lambda: archive, token=TOKEN, log=False))])
    page = TestClient(whole, base_url="http://localhost")
    assert page.get("/api/health").status_code == 200
    refused(page.get("/api/info"), 401)
    key = {"Authorization": f"Bearer {TOKEN}"}
    assert page.get("/api/search", params={"query": QUESTION}, headers=key).json()["hits"]
    assert "/search" in page.get("/api/openapi.json", headers=key).json()["paths"]


# -- kept searches --------------------------------------------------------------------------------------------


def test_searches_are_kept_listed_run_and_dropped(
    own: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = client_of(lambda: own, log=False)
    assert client.get("/saved").json() == []
    body = {"name": " 人手/问题 ", "query": QUESTION, "year": ["2019-2021"], "level": ["县级"]}
    kept = client.post("/saved", json=body).json()
    assert (kept["name"], kept["query"]) == ("人手/问题", QUESTION)
    assert kept["filters"] == {"year": [2019, 2020, 2021], "level": ["county"]}
    assert kept["params"] == {"q": [QUESTION], "year": ["2019", "2020", "2021"], "level": ["county"]}
    second = client.post("/saved", json={"name": "只有条件", "kind": ["措施"]}).json()
    listed = client.get("/saved")
    assert listed.json() == [second, kept]
    assert listed.headers["x-total-count"] == "2"
    assert client.get("/saved", params={"limit": 1, "offset": 1}).json() == [kept]
    # the same as the archive, the page and the command line have them
    assert [one.to_dict() for one in own.saved_searches()] == [
        {key: one[key] for key in ("name", "params", "at")} for one in listed.json()
    ]
    answer = client.get("/search", params={"query": kept["query"], **kept["filters"]}).json()
    assert answer == printed(capsys, tmp_path / "own", ["search", "--saved", "人手/问题"])
    again = client.post("/saved", json={**body, "query": "更新不及时"}).json()
    assert [one["query"] for one in client.get("/saved").json()] == ["更新不及时", ""]
    assert again["name"] == kept["name"]
    assert client.delete("/saved/人手%2F问题").json() == {"dropped": "人手/问题"}
    refused(client.delete("/saved/人手/问题"), 404, "人手/问题")
    assert client.delete("/saved/只有条件").status_code == 200
    assert client.get("/saved").json() == []


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({}, 422, "name"),
        ({"name": ""}, 422, "name"),
        ({"name": "  ", "query": "x"}, 400, "名字"),
        ({"name": "长" * 61, "query": "x"}, 422, "60"),
        ({"name": "空"}, 400, "没有可收藏的"),
        ({"name": "a", "query": "x" * 1001}, 422, "1000"),
        ({"name": "a", "level": ["galaxy"]}, 400, "galaxy"),
        ({"name": "a", "yaer": ["2021"]}, 422, "yaer"),
        ({"name": "a", "year": "2021"}, 422, "列表"),
        ([], 422, "JSON 对象"),
    ],
)
def test_a_search_that_cannot_be_kept_is_refused(own: Archive, body: Any, status: int, told: str) -> None:
    client = client_of(lambda: own, log=False)
    refused(client.post("/saved", json=body), status, told)
    assert own.saved_searches() == []


def test_keeping_asks_for_the_token_and_leave_to_change(own: Archive) -> None:
    secret = "0123456789abcdef"
    client = client_of(lambda: own, token=secret, log=False)
    body = {"name": "甲", "query": "人手"}
    refused(client.post("/saved", json=body), 401)
    refused(client.get("/saved"), 401)
    refused(client.delete("/saved/甲"), 401)
    mine = {"Authorization": f"Bearer {secret}"}
    assert client.post("/saved", json=body, headers=mine).status_code == 200
    plain = client.post("/saved", content=json.dumps(body), headers={**mine, "Content-Type": "text/plain"})
    refused(plain, 422, "application/json")
    reader = client_of(lambda: own, read_only=True, log=False)
    refused(reader.post("/saved", json=body), 403)
    refused(reader.delete("/saved/甲"), 403)
    assert [one["name"] for one in reader.get("/saved").json()] == ["甲"]


def test_a_damaged_file_of_searches_is_told(own: Archive) -> None:
    client = client_of(lambda: own, log=False)
    (own.path / "saved.json").write_text("{", encoding="utf-8")
    refused(client.get("/saved"), 503, "损坏")
    refused(client.delete("/saved/甲"), 503, "损坏")


@pytest.mark.parametrize(
    ("header", "told"),
    [("X-Forwarded-For", "MINGJIAN_TOKEN"), ("Via", "MINGJIAN_TOKEN"), ("Sec-Fetch-Site", "别的网站")],
)
def test_without_a_token_proxies_and_other_sites_get_nothing(archive: Archive, header: str, told: str) -> None:
    """A proxy on this machine, and a picture in another site's page, call it by a name of this machine, too."""
    sent = {header: "cross-site" if header.startswith("Sec") else "10.1.2.3"}
    answer = client_of(lambda: archive).get("/info", headers=sent)
    assert told in refused(answer, 403)
    known = {"Authorization": f"Bearer {'x' * 40}"}
    assert client_of(lambda: archive, token="x" * 40).get("/info", headers=sent | known).status_code == 200
    assert client_of(lambda: archive, names=None).get("/info", headers=sent).status_code == 200, (
        "the page has a gate of its own"
    )


def test_an_export_that_the_servers_disk_has_no_room_for_is_no_mistake_of_who_asks(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/list.csv")

    monkeypatch.setattr("index.export.write._write_csv", full)
    answer = client.get("/export", params={"format": "csv"})
    told = refused(answer, 503, "磁盘")
    assert "/" not in told
    assert answer.headers["retry-after"]


@pytest.mark.parametrize("part", ["count", "list", "show"])
def test_whatever_breaks_in_reading_a_report_is_a_failure_of_the_archive(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """And no fault of the program, for which nobody has a mending command."""

    def broken(*_: object, **__: object) -> None:
        raise ValueError("a page that was overwritten")

    with client_of(lambda: archive, log=False) as fresh:
        monkeypatch.setattr(Archive, part, broken)
        refused(fresh.get("/health"), 503, "mingjian verify")
