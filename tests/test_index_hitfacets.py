"""Facets of a query count what the query finds, each value as many as a click on it leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_tools import HashEncoder, add, write_report

from index import archive as archive_module
from index import hitfacets
from index.archive import Archive
from index.records import Facets

STAFF = "公开人员均为兼职，精力难以保证"
OTHER = ("网站栏目长期空白。", "解读材料通篇文字，没有图表。", "依申请答复文书缺少救济途径。")
PLACES = [["浙江省", "宁波市", "北仑区", "330206"], ["山东省", "威海市", "文登区", "371003"]]


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    """Two places, three years and two kinds of agency; every other report lacks staff, two train against it."""
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    number = 0
    for place in PLACES:
        for year in (2020, 2021, 2022):
            for kind in ("emergency", "education"):
                number += 1
                short = number % 2 == year % 2
                problems = [[f"{STAFF}，第{number}份。", ["staff_instability"]]] if short else []
                problems.append([OTHER[number % 3], ["timeliness_poor"]])
                measures = [[f"{STAFF}的问题靠轮训解决。", ["training"]]] if number in (1, 6) else []
                write_report(
                    tmp_path / "in",
                    f"{number:02d}",
                    agency=f"{place[2]}{kind}局",
                    agency_type=kind,
                    region=place,
                    year=year,
                    problems=problems,
                    measures=measures,
                    passages=[f"本年度{STAFF}，收到申请{number}件。"] if number == 4 else [],
                )
    with Archive.open(tmp_path / "archive") as opened:
        add(opened, tmp_path / "in")
        yield opened


def numbers(found: Facets, field: str) -> dict[str, int]:
    return {one.value: one.count for one in found.fields[field]}


def test_only_hits_are_counted(archive: Archive) -> None:
    found = archive.facets(query=STAFF)
    everything = archive.facets()
    assert (everything.reports, everything.query, everything.limited) == (12, "", False)
    said = [one for one in archive.statements() if STAFF in one.text]
    assert (found.query, found.limited) == (STAFF, False)
    assert found.statements == len(said) == 8
    assert found.reports == len({one.report for one in said})
    assert numbers(found, "kind") == {"problem": 6, "measure": 2, "passage": 1}
    assert numbers(found, "label") == {"staff_instability": 6, "training": 2}
    for field in ("year", "province", "agency_type"):
        assert sum(numbers(found, field).values()) == found.reports
    assert [one.value for one in found.fields["year"]] == ["2022", "2021", "2020"]
    assert numbers(everything, "label")["timeliness_poor"] == 12


def test_a_click_on_a_value_leaves_as_many_as_it_said(archive: Archive) -> None:
    for chosen in ({}, {"province": ["浙江省"]}, {"year": [2021], "kind": ["problem"]}, {"label": ["training"]}):
        found = archive.facets(query=STAFF, **chosen)
        for field in ("year", "province", "agency_type", "label"):
            for value, count in numbers(found, field).items():
                after = archive.facets(query=STAFF, **{**chosen, field: [value]})
                assert after.reports == count, (chosen, field, value)
        for value, count in numbers(found, "kind").items():
            assert archive.facets(query=STAFF, **{**chosen, "kind": [value]}).statements == count


def test_a_chosen_value_leaves_the_others_to_choose(archive: Archive) -> None:
    found = archive.facets(query=STAFF, year=[2021])
    assert numbers(found, "year") == numbers(archive.facets(query=STAFF), "year")
    own = archive.facets(query=f"2021年{STAFF}")
    assert own.fields == found.fields, "what the query itself states is a choice too"


def test_they_come_with_the_answer(archive: Archive) -> None:
    answer = archive.search(STAFF, facets=True, province=["浙江省"])
    assert answer.facets == archive.facets(query=STAFF, province=["浙江省"])
    assert archive.search(STAFF).facets is None
    assert json.loads(json.dumps(answer.to_dict()))["facets"]["reports"] == answer.facets.reports  # type: ignore[union-attr]


def test_what_finds_nothing_or_asks_for_all_has_the_counts_of_the_filter(archive: Archive) -> None:
    assert archive.facets(query="房价走势") == archive.facets()
    assert archive.facets(query="2021年") == archive.facets(year=[2021])
    assert archive.facets(query="  ", year=[2021]) == archive.facets(year=[2021])


def test_a_quoted_phrase_counts_what_holds_it(archive: Archive) -> None:
    assert archive.facets(query="“第3份”").statements == len([s for s in archive.statements() if "第3份" in s.text])


def test_that_there_are_more_is_said(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    from index import ranker

    monkeypatch.setattr(hitfacets, "DEPTH", 5)
    monkeypatch.setattr(ranker, "DEPTH", 5)
    found = archive.facets(query=STAFF)
    assert found.limited
    assert 0 < found.statements < 8 + 5
    assert not archive.facets(query=STAFF, label=["training"]).limited or found.limited
