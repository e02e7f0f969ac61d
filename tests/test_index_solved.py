"""Problems that agencies state no more; and comparisons, agencies and measures as files: against what was put in."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, write_report

from index import archive as archive_module
from index.archive import Archive
from nlp.errors import MingjianError

SLOW = "部分科室报送不及时，栏目空档时间较长。"
STAFF = "几名同志轮流值守，前后衔接常常出现疏漏。"
TRAIN = "每季度组织一次案例讲评。"
CHECK = "每周巡查一次栏目。"
# who states STAFF in which of their years; "-" a report without it, " " no report
HISTORIES = {"甲": "x--", "乙": "xx-", "丙": "x x", "丁": "--x", "戊": "x  ", "己": "-x-", "庚": "---"}


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    folder = tmp_path / "in"
    for number, (name, years) in enumerate(HISTORIES.items()):
        for year, mark in enumerate(years, start=2020):
            if mark == " ":
                continue
            problems: list[Any] = [[SLOW, ["timeliness_poor"]]]
            if mark == "x":
                problems.append([STAFF, ["staff_instability"]])
            measures = [[CHECK, ["timeliness_improve"]], [TRAIN, ["training"]]]
            pairs = [[0, 0], [1, 1]] if mark == "x" and name != "己" else [[0, 0]]
            write_report(
                folder,
                f"{number}-{year}",
                agency=f"{name}县应急管理局",
                region=["浙江省", "宁波市", f"{name}县", f"3302{number:02d}"],
                year=year,
                problems=problems,
                measures=measures,
                pairs=pairs,
            )
    opened = Archive.open(tmp_path / "archive")
    add(opened, folder)
    return opened


def test_who_states_a_problem_no_more(archive: Archive) -> None:
    found = archive.solved("staff_instability")
    # 甲 and 乙 and 己 ended; 丙 states it in its last year, 丁 only there, 戊 has no later report, 庚 never did
    assert [(one.agency[0], one.years, one.later) for one in found.ended] == [
        ("甲", (2020,), (2021, 2022)),
        ("乙", (2020, 2021), (2022,)),
        ("己", (2021,), (2022,)),
    ]
    assert found.agencies == 4, "丙 too stated it before its last report"
    first, second, last = found.ended
    assert [line.text for line in first.problems] == [STAFF]
    assert [line.text for line in first.measures] == [TRAIN]
    assert {line.year for line in (*second.problems, *second.measures)} == {2021}, "as last stated"
    assert last.measures == ()
    assert json.loads(json.dumps(found.to_dict(), ensure_ascii=False))["ended"][0]["later"] == [2021, 2022]


def test_filters_choose_the_years_that_are_compared(archive: Archive) -> None:
    found = archive.solved("人员不稳、兼职与力量不足", year=[2020, 2021])
    assert [one.agency[0] for one in found.ended] == ["甲"]
    assert archive.solved("staff_instability", year=[2022]).agencies == 0
    with pytest.raises(MingjianError):
        archive.solved("没有这个标签")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [*csv.DictReader(file)]


def test_what_was_compared_stands_in_the_file(archive: Archive, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    left, right = {"year": [2020]}, {"year": [2022]}
    found = archive.compare(left, right)
    assert archive.export(tmp_path / "c.csv", what="compare", left=left, right=right) == len(found.rows)
    written = rows(tmp_path / "c.csv")
    for row, cells in zip(found.rows, written, strict=True):
        assert (cells["label"], cells["left_count"], cells["right_of"]) == (
            row.label,
            str(row.left.count),
            str(row.right.of),
        )
    staff = next(cells for cells in written if cells["label"] == "staff_instability")
    assert (staff["left_count"], staff["left_of"], staff["right_count"], staff["right_of"]) == ("4", "7", "2", "6")
    archive.export(tmp_path / "c.xlsx", what="compare", left=left, right=right)
    book = openpyxl.load_workbook(tmp_path / "c.xlsx")
    notes = {str(row[0]): str(row[1]) for row in book.worksheets[1].iter_rows(values_only=True)}
    assert "7 份报告" in notes["左组"]
    archive.export(tmp_path / "c.json", what="compare", left=left, right=right)
    assert json.loads((tmp_path / "c.json").read_text(encoding="utf-8")) == json.loads(json.dumps(found.to_dict()))


def test_measures_against_problems_stand_in_the_file(archive: Archive, tmp_path: Path) -> None:
    archive.export(tmp_path / "t.csv", what="together")
    staff = [row for row in rows(tmp_path / "t.csv") if row["label"] == "staff_instability"]
    assert [(row["measure_label"], row["count"], row["answered"]) for row in staff] == [("training", "7", "7")]
    assert (staff[0]["problems"], staff[0]["unanswered"]) == ("8", "1")


def test_agencies_and_one_agencys_years_stand_in_the_file(archive: Archive, tmp_path: Path) -> None:
    assert archive.export(tmp_path / "a.csv", what="agencies", query="县应急") == 7
    assert archive.export(tmp_path / "a.csv", what="agencies", query="乙县") == 1
    (row,) = rows(tmp_path / "a.csv")
    assert (row["county"], row["reports"], row["years"]) == ("乙县", "3", "2020、2021、2022")
    assert archive.export(tmp_path / "y.csv", what="agency", query=row["key"]) == 3
    years = rows(tmp_path / "y.csv")
    assert [(one["year"], one["problems"]) for one in years] == [("2020", "2"), ("2021", "2"), ("2022", "1")]


@pytest.mark.parametrize(
    ("what", "query", "filters", "said"),
    [
        ("compare", None, {}, "左右两组"),
        ("compare", None, {"left": {"year": [2020]}}, "左右两组"),
        ("agency", None, {}, "写明单位"),
        ("agency", "乙县", {"year": [2020]}, "不带其他筛选"),
        ("solutions", None, {}, "写明问题"),
        ("corrections", None, {"year": [2020]}, "不带筛选"),
    ],
)
def test_what_cannot_be_exported_is_said(
    archive: Archive, tmp_path: Path, what: str, query: str | None, filters: dict[str, Any], said: str
) -> None:
    with pytest.raises(MingjianError, match=said):
        archive.export(tmp_path / "x.csv", what=what, query=query, **filters)
    assert not (tmp_path / "x.csv").exists()


def test_the_latest_come_first(archive: Archive) -> None:
    assert [(row.agency or "")[0] for row in archive.latest(4)] == ["庚", "庚", "庚", "己"]
    assert archive.latest(0) == []
    assert len(archive.latest(100)) == 18


def test_corrections_stand_in_the_file(archive: Archive, tmp_path: Path) -> None:
    statement = archive.statements(label=["staff_instability"])[0]
    archive.label(statement.id, add="staff_capacity", by="=张三")
    assert archive.export(tmp_path / "l.csv", what="corrections") == 1
    (row,) = rows(tmp_path / "l.csv")
    assert (row["action"], row["value"], row["who"]) == ("加标签", "人员业务能力不足", "'=张三")
