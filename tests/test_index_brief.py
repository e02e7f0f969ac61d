"""The Word brief, opened again by its library and held against the summary."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import openpyxl
import pytest
from archive_tools import make_report
from lxml import etree
from summary_tools import filled

from index.archive import Archive
from index.export.brief import write_brief
from index.export.charts import CHART, Chart, chart_xml, workbook
from index.export.paper import printable
from index.records import Filter
from index.store import Store
from index.summary.records import Summary
from index.summary.write import summarise
from nlp.errors import MingjianError

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
EVIL = "</w:t><script>&amp;\x07\u202e=1+1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("brief")
    reports = [
        make_report(
            f"{agency}{year}",
            agency=f"第{agency}局<b>",
            year=year,
            problems=[[f"第{agency}局{year}年业务生疏{EVIL}。", ["staff_capacity"]]]
            + ([[f"栏目更新慢，第{agency}局空档九十天。", ["timeliness_poor"]]] if agency % 2 else []),
            measures=[[f"第{agency}局每季度培训一次。", ["training"]]],
            pairs=[(0, 0)],
            figures=[("applications.received_new.total", 1000 + agency)],
        )
        for year in (2020, 2021, 2022)
        for agency in range(7)
    ]
    filled(folder, reports).close()
    return folder


@pytest.fixture(scope="module")
def summary(folder: Path) -> Iterator[Summary]:
    store = Store(folder / "store.sqlite3", create=False)
    yield summarise(store, Filter())
    store.close()


@pytest.fixture(scope="module")
def path(folder: Path, summary: Summary) -> Path:
    path = folder / "brief.docx"
    write_brief(path, summary)
    return path


def test_every_sentence_stands_in_it_with_its_numbers(path: Path, summary: Summary) -> None:
    document = docx.Document(str(path))
    said = [p.text for p in document.paragraphs]
    assert said[0] == summary.title
    for part in summary.parts:
        assert any(text.endswith(f"、{part.title}") for text in said)
        for sentence in part.sentences:
            assert printable(sentence.marked()) in said


def test_every_citation_leads_to_its_source(path: Path, summary: Summary) -> None:
    root = docx.Document(str(path)).element
    marks = [b.get(f"{W}name") for b in root.iter(f"{W}bookmarkStart")]
    links = [link.get(f"{W}anchor") for link in root.iter(f"{W}hyperlink")]
    assert marks == [f"source-{source.number}" for source in summary.sources]
    assert set(links) == set(marks)


def test_tables_say_what_the_summary_says(path: Path, summary: Summary) -> None:
    tables = {t.rows[0].cells[0].text: t for t in docx.Document(str(path)).tables}
    problems = [[c.text for c in row.cells][:3] for row in tables["问题"].rows][1:]
    assert problems == [
        [row.name, str(row.stating), f"{row.share:.0%}"] for row in summary.labels if row.kind == "problem"
    ]
    numbers = [[c.text for c in row.cells] for row in tables["指标"].rows]
    assert numbers[0] == ["指标", "2020年", "2021年", "2022年"]
    assert numbers[1] == ["新收申请（件）", "7,021", "7,021", "7,021"]
    assert "无数据" in numbers[2]
    assert "占比" in {row.cells[0].text for row in tables["项目"].rows}


def test_text_of_reports_stays_text(path: Path) -> None:
    document = docx.Document(str(path))
    whole = "\n".join(p.text for p in document.paragraphs)
    assert "</w:t><script>&amp;=1+1" in whole
    assert "\x07" not in whole
    assert "\u202e" not in whole
    assert not list(document.element.iter("script"))


def test_every_part_is_sound_and_every_relation_leads_somewhere(path: Path) -> None:
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        names = set(file.namelist())
        types = etree.fromstring(file.read("[Content_Types].xml"))
        named = {o.get("PartName") for o in types if o.get("PartName")}
        endings = {o.get("Extension") for o in types if o.get("Extension")}
        for name in names:
            if name.endswith((".xml", ".rels")):
                etree.fromstring(file.read(name))
            assert f"/{name}" in named or name.rsplit(".", 1)[-1] in endings, name
            if name.endswith(".rels"):
                base = Path(name).parent.parent
                for relation in etree.fromstring(file.read(name)):
                    if relation.get("TargetMode") != "External":
                        target = relation.get("Target")
                        whole = target.lstrip("/") if target.startswith("/") else (base / target).as_posix()
                        parts: list[str] = []
                        for step in whole.split("/"):
                            parts = parts[:-1] if step == ".." else [*parts, step]
                        assert "/".join(parts) in names, (name, target)


def test_charts_hold_the_numbers_and_can_be_edited(path: Path, summary: Summary) -> None:
    with zipfile.ZipFile(path) as file:
        bars = etree.fromstring(file.read("word/charts/chart1.xml"))
        lines = etree.fromstring(file.read("word/charts/chart2.xml"))
        book = openpyxl.load_workbook(io.BytesIO(file.read("word/embeddings/chart1.xlsx")))
    problems = [row for row in summary.labels if row.kind == "problem"]
    values = [float(v.text) for v in bars.iterfind(f".//{{{CHART}}}val//{{{CHART}}}v")]
    assert values == [row.share for row in problems]
    assert [row[1].value for row in book.active.iter_rows(min_row=2)] == values
    assert len(list(lines.iter(f"{{{CHART}}}ser"))) == len({row.label for row in summary.trends})
    assert bars[-1].tag == f"{{{CHART}}}externalData"


def test_an_unknown_value_is_a_gap_not_zero() -> None:
    chart = Chart("line", "题", ("甲", "乙"), (("一", (0.5, None)),))
    root = etree.fromstring(chart_xml(chart, "rId1"))
    assert [v.text for v in root.iterfind(f".//{{{CHART}}}val//{{{CHART}}}v")] == ["0.5"]
    assert (
        root.find(f".//{{{CHART}}}dispBlanksAs") is None or root.find(f".//{{{CHART}}}dispBlanksAs").get("val") == "gap"
    )
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(chart, drawn=False))).active
    assert sheet["B3"].value is None


def test_export_by_the_archive(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Archive.open(folder, create=False) as archive:
        written = archive.export(tmp_path / "a.docx", what="brief", year=2021)
        found = archive.summary(year=2021)
        assert written == sum(len(part.sentences) for part in found.parts)
        archive.export(tmp_path / "a.json", what="brief", year=2021)
        assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == json.loads(
            json.dumps(found.to_dict(), ensure_ascii=False)
        )
        for name, more, told in (
            ("a.xlsx", {}, "只能写成"),
            ("b.docx", {"year": 2013}, "没有报告"),
            ("b.docx", {"query": "培训"}, "不能带检索词"),
        ):
            with pytest.raises(MingjianError, match=told):
                archive.export(tmp_path / name, what="brief", **more)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.docx", "a.json"]
