"""Counts out of columns in memory against the same counts asked of the store, through every kind of change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, fill, write_report

from index import archive as archive_module
from index import columns, facets, insight, ordering, tallying
from index.archive import Archive
from index.filters import make_filter, statement_clause
from index.records import Filter

FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"year": 2021},
    {"province": "浙江"},
    {"city": "宁波市", "not_level": "county"},
    {"county": ["第1区", "第2区"], "year": "2020-2022"},
    {"not_province": "浙江"},
    {"not_city": "宁波市", "not_year": 2021},
    {"not_county": ["第1区", "第2"], "year": "2020-2022"},
    {"not_agency_type": "emergency"},
    {"not_year": [2019, 2022], "kind": "problem", "label": "staff_capacity"},
    {"agency": "3区"},
    {"kind": "problem"},
    {"kind": "passage"},
    {"kind": ["measure", "passage"], "level": "county"},
    {"label": "training"},
    {"label": "training", "kind": "problem"},
    {"label": "staff_capacity", "kind": "problem", "year": 2023},
    {"label": ["training", "staff_capacity"]},
    {"unanswered": True},
    {"unanswered": True, "label": "staff_capacity"},
    {"year": 1999},
    {"scope": "government"},
)


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    with Archive.open(tmp_path / "archive") as opened:
        yield opened


def counted(archive: Archive, where: Filter) -> list[object]:
    shares = [insight.trends(archive.store, where, by) for by in ("year", "county", "level")]
    return [facets.facets(archive.store, where), *shares, insight.label_shares(archive.store, where)]


def newest(archive: Archive, where: Filter, limit: int) -> list[int]:
    """The newest statements by one query that orders all of them."""
    clause = statement_clause(where)
    found = archive.store.query(
        f"SELECT s.row FROM statements s JOIN reports r ON r.row = s.report WHERE {clause.sql}"
        " ORDER BY r.year IS NULL, r.year DESC, r.current DESC, r.province NULLS FIRST, r.city NULLS FIRST,"
        " r.county NULLS FIRST, r.agency NULLS FIRST, r.row, s.position LIMIT ?",
        (*clause.params, limit),
    )
    return [row for (row,) in found]


def same_as_asked(archive: Archive) -> None:
    some = tuple(report.id for report in archive.list()[1::3])
    for where in (*(make_filter(**given) for given in FILTERS), Filter(report=some, kind=("measure",))):
        for limit in (1, 7, 10_000):
            assert ordering.newest_statements(archive.store, where, limit) == newest(archive, where, limit), where
    for given in FILTERS:
        where = make_filter(**given)
        quick = counted(archive, where)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(facets, "coverable", lambda where: False)
            patch.setattr(tallying, "countable", lambda where: False)
            assert counted(archive, where) == quick, given


def test_columns_count_as_the_store_does(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ordering, "FIRST_READ", 2)
    same_as_asked(archive)
    add(archive, *fill(tmp_path / "in", 30))
    same_as_asked(archive)
    write_report(tmp_path / "in", "odd", agency=None, year=None, region=[None] * 4, level="unknown", scope="government")
    new = [["换了。", ["staff_capacity"]]]
    write_report(tmp_path / "in", "r0003", agency="第0区应急管理局", year=2022, problems=new)
    write_report(
        tmp_path / "in", "again", agency="第1区应急管理局", year=2019, region=["浙江省", "宁波市", "第1区", "330001"]
    )
    add(archive, tmp_path / "in")
    same_as_asked(archive)
    problem = archive.statements(kind="problem")[0]
    archive.label(problem.id, kind="measure", add=["training"])
    same_as_asked(archive)
    archive.remove(archive.list()[2].id)
    same_as_asked(archive)


def test_only_changed_reports_are_read_again(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    add(archive, *fill(tmp_path / "in", 30))
    before = columns.stated_of(archive.store)
    read: list[int] = []
    some = columns._some
    monkeypatch.setattr(columns, "_some", lambda s, q, k, rows: read.append(len(rows)) or some(s, q, k, rows))  # type: ignore[func-returns-value]
    assert columns.stated_of(archive.store) is before
    add(archive, *fill(tmp_path / "in", 2, start=30))
    after = columns.stated_of(archive.store)
    assert read == [2, 2]
    assert len(after.columns.rows) == len(before.columns.rows) + 2


def test_two_archives_have_columns_of_their_own(archive: Archive, tmp_path: Path):
    add(archive, *fill(tmp_path / "in", 3))
    with Archive.open(tmp_path / "other") as other:
        assert other.facets().reports == 0
        assert archive.facets().reports == 3
