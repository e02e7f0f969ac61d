"""Lists a page at a time against the whole lists; counts against their lengths."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, fill, write_report

from index import archive as archive_module
from index.archive import Archive

FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"year": "2020-2021"},
    {"agency": "3区"},
    {"level": "unknown"},
    {"kind": "problem"},
    {"kind": ["measure", "passage"]},
    {"label": "training"},
    {"label": "training", "kind": "problem", "year": 2021},
    {"unanswered": True},
    {"year": 1999},
)


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    with Archive.open(tmp_path / "archive") as opened:
        yield opened


def same_in_pages(archive: Archive) -> None:
    for given in FILTERS:
        for whole, page, count in (
            (archive.list(**given), archive.list, archive.count),
            (archive.statements(**given), archive.statements, archive.count_statements),
        ):
            assert count(**given) == len(whole), given
            for size in (1, 7, 1000):
                parts = [page(limit=size, offset=start, **given) for start in range(0, len(whole) + 1, size)]
                assert [row for part in parts for row in part] == list(whole), (given, size)
            assert list(page(offset=3, **given)) == list(whole)[3:]
            assert not page(limit=0, **given)
            assert not page(limit=5, offset=len(whole), **given)


def test_pages_of_lists_and_their_counts(archive: Archive, tmp_path: Path):
    same_in_pages(archive)
    add(archive, *fill(tmp_path / "in", 15))
    odd = {"agency": None, "year": None, "region": [None] * 4, "level": "unknown", "scope": "government"}
    write_report(tmp_path / "in", "odd", **odd, passages=["一段。"], warnings=["no_year", "no_agency"])
    write_report(tmp_path / "in", "r0003", agency="第0区应急管理局", year=2022, problems=[["换了。", ["training"]]])
    add(archive, tmp_path / "in")
    same_in_pages(archive)
    assert any(row.warnings for row in archive.list(limit=1))
    assert sorted(archive.sources()) == sorted(row.source for row in archive.list())


def test_the_latest_come_first(archive: Archive, tmp_path: Path):
    assert not archive.latest(3)
    for place in range(5):
        write_report(tmp_path / "in", f"r{place}", agency=f"第{place}区应急管理局", year=2021)
        add(archive, tmp_path / "in" / f"r{place}.txt")
    assert [row.agency for row in archive.latest(3)] == [f"第{place}区应急管理局" for place in (4, 3, 2)]
    assert not archive.latest(0)
    assert len(archive.latest(99)) == 5
