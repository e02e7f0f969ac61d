"""Lists as files: opened again by their libraries and held against the archive that they come from."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_tools import HashEncoder, add, write_report

from index import Archive
from index import archive as archive_module
from index.export.sheet import Column, Sheet
from index.export.write import printable, write
from nlp.errors import MingjianError

SLOW = "部分科室报送信息不及时，栏目空档时间较长，群众反映查不到最新的办事指南。"
STAFF = "机关内部没有专门岗位承担公开工作，几名同志轮流值守，前后衔接常常出现疏漏。"
LATER = "今年机构调整后新增栏目，内容准备还不充分，个别栏目没有文章。"
LAST = "乡镇站点设备老旧，屏幕损坏之后未及时维修，老年人用起来不便。"


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    files = tmp_path / "files"
    for name, year, texts in (("a", 2021, (SLOW, STAFF)), ("b", 2022, (SLOW, LATER)), ("c", 2023, (SLOW, LAST))):
        problems = [(text, ["timeliness_poor" if text == SLOW else "staff_instability"]) for text in texts]
        write_report(files, name, agency="甲县应急局", year=year, problems=problems)
    write_report(files, "d", agency="乙县应急局", year=2021)
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, files)
        yield archive


def cells(path: Path) -> list[list[object]]:
    from openpyxl import load_workbook

    return [list(row) for row in load_workbook(path).worksheets[0].iter_rows(values_only=True)]


def test_reused_text_is_exported_beside_its_source(archive: Archive, tmp_path: Path) -> None:
    found = archive.reuse()
    assert [(one.year, one.source_year) for one in found] == [(2022, 2021), (2023, 2022)]
    passages = [(one, passage) for one in found for passage in one.passages]
    assert archive.export(tmp_path / "a.xlsx", what="reuse") == len(passages) > 0
    head, *rows = cells(tmp_path / "a.xlsx")
    for row, (one, passage) in zip(rows, passages, strict=True):
        told = dict(zip(head, row, strict=True))
        assert (told["年份"], told["来源年份"], told["相同比例"]) == (one.year, one.source_year, one.share)
        text = archive.show(one.report).text
        assert text[told["起始位置"] : told["结束位置"]] == told["本文"] == passage.line.text
        assert told["相同的文字"] == "、".join(text[span.start : span.end] for span in passage.spans)
    archive.export(tmp_path / "a.json", what="reuse")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == json.loads(
        json.dumps([one.to_dict() for one in found])
    )


def test_half_of_last_years_text_is_last_years_text(archive: Archive) -> None:
    """The longer one of two sentences is that of the year before."""
    assert all(0.5 <= one.share < 0.6 for one in archive.reuse())
    assert {(f.year, f.rule) for f in archive.check() if f.rule == "REUSE-YEAR"} == {
        (found.year, "REUSE-YEAR") for found in archive.reuse() if found.kind == "year"
    }


def test_few_reports_are_marked_in_exported_trends(archive: Archive, tmp_path: Path) -> None:
    archive.export(tmp_path / "a.csv", what="trends")
    rows = list(csv.DictReader((tmp_path / "a.csv").open(encoding="utf-8-sig")))
    assert {row["few"] for row in rows} == {"是"}


@pytest.mark.parametrize(
    ("what", "by", "groups"),
    [
        ("trends", "level", {"县级"}),
        ("trends", "agency_type", {"应急管理"}),
        ("statistics", "form", {"2021年正式格式"}),
        ("statistics", "year", {2021, 2022, 2023}),
        ("structure", "level", {"县级"}),
    ],
)
def test_groups_are_told_in_chinese(archive: Archive, tmp_path: Path, what: str, by: str, groups: set[object]) -> None:
    archive.export(tmp_path / "a.xlsx", what=what, by=by)
    assert {row[0] for row in cells(tmp_path / "a.xlsx")[1:]} == {str(group) for group in groups}


def test_the_matrix_is_empty_where_a_report_has_no_section_five(archive: Archive, tmp_path: Path) -> None:
    silent = next(row.id for row in archive.list() if row.year == 2023)
    with archive.store.writing(), archive.store.transaction() as tx:
        tx.run("UPDATE reports SET has_issues = 0 WHERE id = ?", (silent,))
    archive.export(tmp_path / "a.json", what="matrix")
    rows = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["rows"]
    told = {row["id"]: (row["timeliness_poor"], row["staff_instability"]) for row in rows}
    assert told.pop(silent) == (None, None)
    assert sorted(told.values()) == [(0, 0), (1, 1), (1, 1)]


def test_what_a_query_holds_does_not_break_a_word_file(archive: Archive, tmp_path: Path) -> None:
    from docx import Document

    archive.export(tmp_path / "a.docx", what="search", query="信息\x07报送\x0c不及时\ufffe")
    assert "信息报送不及时" in "".join(p.text for p in Document(str(tmp_path / "a.docx")).paragraphs)
    assert printable("甲\ud800乙\uffff丙\x00丁\n") == "甲乙丙丁\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_of_a_csv_starts_a_formula(start: str, tmp_path: Path) -> None:
    sheet = Sheet("甲", (Column("text", "原文"),), [{"text": f"{start}HYPERLINK(1)"}], {})
    write(tmp_path / "a.csv", sheet)
    (row,) = csv.DictReader((tmp_path / "a.csv").open(encoding="utf-8-sig", newline=""))
    assert row["text"] == f"'{start}HYPERLINK(1)"


def test_everything_is_a_line_a_report_with_its_text(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    assert archive.export(path, what="everything") == len(archive.list())
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == [row.id for row in archive.list()]
    for line in lines:
        stored = archive.show(line["id"])
        assert line == json.loads(json.dumps({**stored.to_dict(), "text": stored.text}))
        assert all(line["text"][s["start"] : s["end"]] == s["text"] for s in line["statements"])
    with pytest.raises(MingjianError, match="jsonl"):
        archive.export(tmp_path / "all.xlsx", what="everything")


def test_an_empty_list_still_says_what_was_asked(archive: Archive, tmp_path: Path) -> None:
    """Header, filters and definitions stand where they stand in a list that has rows."""
    from docx import Document
    from openpyxl import load_workbook

    some, none = {"year": [2021]}, {"year": [2035]}
    for what in ("statements", "reports", "check", "trends", "statistics", "topics", "matrix", "together", "agencies"):
        filled, empty = tmp_path / f"{what}-some.csv", tmp_path / f"{what}-none.csv"
        archive.export(filled, what=what, **some)
        assert archive.export(empty, what=what, **none) == 0
        (head, line) = csv.reader(empty.open(encoding="utf-8-sig", newline=""))
        if what != "matrix":  # whose columns are the labels that are stated
            assert head == next(csv.reader(filled.open(encoding="utf-8-sig", newline="")))
        assert head[-1] == "filters"
        assert line == [*[""] * (len(head) - 1), "年份：2035"]
        archive.export(tmp_path / "e.xlsx", what=what, **none)
        book = load_workbook(tmp_path / "e.xlsx")
        about = {row[0]: row[1] for row in book["筛选与说明"].iter_rows(values_only=True)}
        assert (about["行数"], about["筛选条件"]) == ("0", "年份：2035")
        assert [cell for cell in cells(tmp_path / "e.xlsx")[0] if cell]
        archive.export(tmp_path / "e.json", what=what, **none)
        told = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
        assert told["filters"] == {"year": [2035]}
        archive.export(tmp_path / "e.docx", what=what, **none)
        document = Document(str(tmp_path / "e.docx"))
        assert any("筛选条件：年份：2035。共 0 行。" in p.text for p in document.paragraphs)
        assert document.tables[0].rows[0].cells[0].text
    nothing = archive.export(tmp_path / "s.csv", what="search", query="房价走势", **some)
    assert nothing == 0
    assert "检索词：房价走势；年份：2021" in (tmp_path / "s.csv").read_text(encoding="utf-8-sig")
