"""Whole governments beside their parts: who counts as a part, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from archive_tools import HashEncoder, add, write_report

from index.archive import Archive
from index.hierarchy import check_summaries
from index.records import Filter, ReportRow
from nlp.records import Region


def row(report_id: str, code: str | None, level: str, scope: str = "agency", kind: str = "finance", year: int = 2023):
    region = Region("浙江省", None, None, code)
    return ReportRow(report_id, report_id, kind, region, level, scope, year, "2021", None, f"{report_id}.txt", 0, 0, 0)


def tables(new: int | None) -> dict[str, object]:
    rows = ("received_new", "carried_in", "processed_total", "carried_out")
    return {"applications": {key: {"total": new if key == "received_new" else 0} for key in rows}}


def _above(code: str) -> str:
    return code[:2] + "0000" if code.endswith("00") else code[:4] + "00"


class Shelf:
    """The one reading that the rule asks of a store."""

    def __init__(self, rows: list[ReportRow]) -> None:
        self.rows = rows

    def report_rows(
        self, where: object = None, *, current_only: bool = False, under: tuple[str, ...] = ()
    ) -> list[ReportRow]:
        return [one for one in self.rows if {one.region.code, _above(one.region.code or "")} & {*under}]


CITY = row("市政府", "330200", "city", "government", "government_whole")
COUNTY = row("区政府", "330206", "county", "government", "government_whole")
PARTS = [row("市财政局", "330200", "city"), row("市教育局", "330200", "city"), COUNTY]
NOT_PARTS = [
    row("市税务局", "330200", "city", kind="tax"),
    row("区财政局", "330206", "county"),  # the county's own summary counts it
    row("去年的市财政局", "330200", "city", year=2022),
    row("外市局", "330100", "city"),
    row("不明", None, "city"),
]


def found(numbers: dict[str, int | None], whole: ReportRow = CITY, rest: list[ReportRow] | None = None):
    rows = [whole, *(PARTS + NOT_PARTS if rest is None else rest)]
    asked: list[str] = []

    def table(report: ReportRow) -> dict[str, object]:
        asked.append(report.id)
        return tables(numbers.get(report.id, 1000))

    checks = [(i, c.where, c.status) for i, c in check_summaries(Shelf(rows), rows, table)]
    return [check for check in checks if check[0] == whole.id], asked


@pytest.mark.parametrize(
    ("whole", "expected"),
    [(9, "fail"), (11, "uncertain"), (None, "uncertain")],
    ids=["parts exceed the summary", "parts fall short", "summary not known"],
)
def test_departments_and_lower_governments_are_the_parts(whole, expected):
    numbers = {"市政府": whole, "市财政局": 3, "市教育局": 4, "区政府": 3}
    checks, asked = found(numbers)
    assert checks == [("市政府", "received_new", expected)]
    assert set(asked) == {"市政府", "市财政局", "市教育局", "区政府"}


def test_what_agrees_is_left_out():
    assert found({"市政府": 10, "市财政局": 3, "市教育局": 4, "区政府": 3})[0] == []


def test_one_part_is_too_few():
    assert found({"市政府": 1, "市财政局": 3}, rest=PARTS[:1])[0] == []


def test_a_township_has_no_parts_though_it_shares_the_county_code():
    town = row("某镇", "330206", "township", "government", "township")
    assert found({"某镇": 1}, town, [row("区财政局", "330206", "county"), row("区教育局", "330206", "county")])[0] == []


def test_a_province_counts_its_cities_and_not_their_counties():
    province = row("省政府", "330000", "province", "government", "government_whole")
    checks, asked = found(
        {"省政府": 1, "市政府": 5, "省厅": 6, "区政府": 7}, province, [CITY, COUNTY, row("省厅", "330000", "province")]
    )
    assert checks == [("省政府", "received_new", "fail")]
    assert "区政府" not in asked


CODES = ("330000", "330100", "330200", "330206", "330212", "331000", "340000", "340100", None)


@pytest.mark.parametrize("under", [("330000",), ("330200",), ("330206", "340000"), (), ("999999",)])
def test_only_reports_of_a_division_and_right_below_it_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, under: tuple[str, ...]
):
    monkeypatch.setattr("index.archive._load_encoder", lambda name: HashEncoder(name or "hash"))
    for number, code in enumerate(CODES):
        region = ["某省", None, None, code]
        write_report(
            tmp_path / "in", f"r{number}", agency=f"第{number}局", year=2023, region=region, problems=[["慢。", []]]
        )
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, tmp_path / "in")
        read = {one.region.code for one in archive.store.report_rows(Filter(year=(2023,)), under=under)}
        assert len(archive.store.report_rows(Filter(year=(2023,)))) == len(CODES)
        assert archive.store.report_rows(Filter(year=(2022,)), under=("330000",)) == []
    assert read == {code for code in CODES if code and (code in under or _above(code) in under)}
