"""A small archive whose every figure was worked out by hand, for tests of statistics, structure and peers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from archive_tools import make_report

from index.archive import Archive
from index.writes import put_report
from nlp.records import Region

RECEIVED = "applications.received_new.total"
PROCESSED = "applications.processed_total.total"
GRANTED = "applications.granted.total"
PARTIAL = "applications.partially_granted.total"
LICENCES = "disclosure.licence.decisions"
ISSUED = "disclosure.normative_document.issued"
DENIED = (
    "state_secret",
    "other_law",
    "security_stability",
    "third_party",
    "internal_affairs",
    "process_info",
    "enforcement_file",
    "admin_query",
)
UNABLE = ("not_held", "needs_creation", "unclear")
PLACES = {
    "甲": Region("浙江省", "宁波市", "甲区", "330299"),
    "乙": Region("浙江省", "杭州市", "乙区", "330199"),
    "丙": Region("浙江省", "杭州市", "丙区", "330198"),
    "丁": Region("江苏省", "南京市", "丁区", "320199"),
    "戊": Region("江苏省", "南京市", "戊区", "320198"),
    "己": Region("江苏省", "苏州市", "己区", "320599"),
}
Cells = Mapping[str, float | None]


def put(archive: Archive, where: str, year: int | None, cells: Cells, **values: object) -> None:
    """Store a report of the emergency bureau of a place, or of what ``values`` say."""
    given: dict[str, object] = {
        "agency": f"{where}区应急管理局",
        "year": year,
        "region": PLACES.get(where, Region("浙江省", None, None, "330000")),
        "figures": tuple(cells.items()),
        **values,
    }
    region = given["region"]
    assert isinstance(region, Region)
    key = given.pop("key", f"{region.province}{region.city or ''}{given['agency']}")
    report = make_report(f"{where}{year}{values.get('sign_date', '')}.txt", **given)  # type: ignore[arg-type]
    with archive.store.transaction() as tx:
        put_report(tx, report, str(key), "1")
        tx.sequence()


def full(**cells: float | None) -> dict[str, float | None]:
    """Every row of section three nought, except for the given ones (by row name, its 总计)."""
    rows = [f"denied_{one}" for one in DENIED] + [f"unable_{one}" for one in UNABLE]
    every: dict[str, float | None] = {f"applications.{row}.total": 0 for row in rows}
    return every | {f"applications.{row}.total": value for row, value in cells.items()}


def fill(folder: Path) -> Path:
    """Make the archive.

    2022, county emergency bureaus, received: 甲 9, 乙 5, 丙 5, 丁 0, 戊 2, 己 blank. 2021: 甲 1, 乙 4, 丙 4.
    """
    with Archive.open(folder) as archive, archive.store.writing():
        put(archive, "甲", 2022, {RECEIVED: 9, GRANTED: 3, PROCESSED: 6, LICENCES: 7, ISSUED: 2})
        put(archive, "乙", 2022, {RECEIVED: 100}, sign_date="2023-01-10", problems=[("旧版", [])])
        put(archive, "乙", 2022, {RECEIVED: 5, GRANTED: 1, PROCESSED: 4, ISSUED: 0}, sign_date="2023-03-01")
        put(archive, "丙", 2022, {RECEIVED: 5, LICENCES: 3}, form="2019")
        put(archive, "丁", 2022, {RECEIVED: 0, GRANTED: 0, PROCESSED: 0, ISSUED: 8})
        put(archive, "戊", 2022, {RECEIVED: 2, ISSUED: 1})
        put(archive, "己", 2022, {RECEIVED: None, ISSUED: 1})
        put(archive, "甲", 2021, {RECEIVED: 1})
        put(archive, "乙", 2021, {RECEIVED: 4})
        put(archive, "丙", 2021, {RECEIVED: 4})
        whole = {"scope": "government", "agency_type": "government_whole"}
        put(archive, "甲", 2022, {RECEIVED: 500}, agency="甲区人民政府", **whole)
        put(archive, "宁波", 2022, {RECEIVED: 3000}, agency="宁波市人民政府", level="city", **whole)
        put(archive, "丙", 2022, {RECEIVED: 700}, agency="丙区人民政府应急口", scope="government")
        put(archive, "宁波", 2022, {RECEIVED: 300}, agency="宁波市应急管理局", level="city")
        put(archive, "甲", 2022, {RECEIVED: 4}, agency="甲区教育局", agency_type="education")
        put(archive, "庚", 2022, {RECEIVED: 1}, agency="庚站", agency_type="unknown", level="unknown", key="")
        put(archive, "辛", 2022, {RECEIVED: 1}, agency="辛区供销社", agency_type="other")
    return folder
