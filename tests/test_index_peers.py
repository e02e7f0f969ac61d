"""An agency among its peers, worked out by hand and against other ways of counting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from figures_tools import fill
from hypothesis import given
from hypothesis import strategies as st

from index.agencies import Unclear
from index.archive import Archive
from index.peers import FEWEST, Standing, _placed, _quartiles
from index.reads import Missing
from nlp.errors import MingjianError


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.open(fill(tmp_path_factory.mktemp("peers") / "archive")) as opened:
        yield opened


def one(archive: Archive, name: str, measure: str = "received_new", **asked: Any) -> Standing:
    found = archive.peers(name, measure=measure, **asked).standings
    assert len(found) == 1
    return found[0]


def test_rank_percentile_and_quartiles_by_hand(archive: Archive) -> None:
    # the numbers are 0 2 5 5 9; 己 is blank, so that five of six agencies have one
    assert one(archive, "乙区应急管理局") == Standing(
        year=2022,
        measure="received_new",
        value=5,
        n=5,
        of=6,
        rank=2,
        below=2,
        tied=1,
        above=1,
        percentile=62.5,  # two lower and half of the one equal, of four others
        low=2,
        median=5,
        high=5,
        few=False,
    )
    best, last = one(archive, "甲区应急管理局"), one(archive, "丁区应急管理局")
    assert (best.rank, best.percentile, last.rank, last.percentile, last.value) == (1, 100.0, 5, 0.0, 0)


def test_blank_is_not_nought_and_has_no_rank(archive: Archive) -> None:
    found = one(archive, "己区应急管理局")
    assert (found.value, found.rank, found.percentile) == (None, None, None)
    assert (found.n, found.of, found.median) == (5, 6, 5)


def test_few_peers_are_marked_and_get_no_percentile(archive: Archive) -> None:
    found = one(archive, "乙区应急管理局", year=2021)
    assert (found.n, found.few, found.rank, found.tied) == (3, True, 1, 1)
    assert (found.percentile, found.low, found.high, found.median) == (None, None, None, 4)


def test_peers_of_the_province_or_city_alone(archive: Archive) -> None:
    near = one(archive, "乙区应急管理局", within="province")
    assert (near.n, near.of, near.few) == (3, 3, True)
    assert (near.rank, near.below, near.tied, near.above) == (2, 0, 1, 1)
    city = archive.peers("乙区应急管理局", measure="received_new", within="city")
    assert (city.groups[0].city, city.groups[0].agencies, city.standings[0].n) == ("杭州市", 2, 2)
    assert one(archive, "乙区应急管理局", province="浙江").n == 3


def test_governments_departments_and_other_levels_are_no_peers(archive: Archive) -> None:
    # 500 of the district, 700 of a government, 300 of the city's bureau, 4 of education: none counts
    assert one(archive, "甲区应急管理局").n == 5
    government = archive.peers("甲区人民政府", measure="received_new")
    assert (government.groups[0].scope, government.groups[0].agencies) == ("government", 1)
    assert government.standings[0].value == 500


def test_of_several_versions_the_current_one_counts(archive: Archive) -> None:
    assert one(archive, "甲区应急管理局").high == 5  # the 100 of 乙's older version is nowhere


def test_ratio_over_nought_is_unknown(archive: Archive) -> None:
    best = one(archive, "甲区应急管理局", "granted_share")
    assert (best.value, best.n, best.median) == (0.5, 2, 0.375)  # (3/6 + 1/4) / 2
    assert one(archive, "丁区应急管理局", "granted_share").value is None


def test_measures_of_one_form_are_compared_within_it(archive: Archive) -> None:
    found = one(archive, "丁区应急管理局", "normative_issued")
    assert (found.value, found.n, found.of, found.rank) == (8, 5, 5, 1)  # 丙 uses the other form
    assert archive.peers("丙区应急管理局", measure="normative_issued").standings == ()


def test_every_measure_that_is_no_detail_is_given(archive: Archive) -> None:
    found = archive.peers("甲区应急管理局")
    assert [m.id for m in found.measures] == [
        m.id for m in archive.measures() if not m.detail and (not m.forms or "2021" in m.forms)
    ]
    assert [s.measure for s in found.standings] == [m.id for m in found.measures]


def test_years_are_those_asked_for_else_the_last(archive: Archive) -> None:
    assert [g.year for g in archive.peers("乙区应急管理局").groups] == [2022]
    both = archive.peers("乙区应急管理局", measure="received_new", year="2021-2022")
    assert [(s.year, s.value) for s in both.standings] == [(2021, 4), (2022, 5)]


def test_unknown_level_or_type_has_no_peers_and_other_is_cautioned(archive: Archive) -> None:
    found = archive.peers("庚站", measure="received_new")
    assert "层级、类型不明" in found.notes[0]
    assert (found.standings[0].value, found.standings[0].rank, found.standings[0].n) == (1, None, 0)
    assert "只供参考" in archive.peers("辛区供销社").notes[0]


@pytest.mark.parametrize(
    ("name", "asked", "error", "told"),
    [
        ("甲区应急管理局", {"level": "county"}, MingjianError, "层级"),
        ("甲区应急管理局", {"scope": "government"}, MingjianError, "口径"),
        ("甲区应急管理局", {"within": "county"}, MingjianError, "本省"),
        ("甲区应急管理局", {"year": 2019}, MingjianError, "甲区应急管理局"),
        ("甲区应急管理局", {"province": "江苏"}, MingjianError, "所选范围"),
        ("甲区应急管理局", {"measure": "weather"}, MingjianError, "weather"),
        ("应急管理局", {}, Unclear, "请写全"),
        ("没有的局", {}, Missing, "没有的局"),
        ("  ", {}, MingjianError, "单位名称"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    archive: Archive, name: str, asked: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        archive.peers(name, **asked)


def test_it_is_json(archive: Archive) -> None:
    found = archive.peers("乙区应急管理局", measure="received_new").to_dict()
    assert json.loads(json.dumps(found))["standings"][0]["percentile"] == 62.5
    assert found["filters"] == {}


NUMBERS = st.lists(st.integers(0, 6) | st.floats(0, 1).map(lambda x: round(x, 4)), min_size=FEWEST, max_size=40)


@given(NUMBERS, st.data())
def test_places_hold_against_another_way_of_counting(known: list[float], data: st.DataObject) -> None:
    value = data.draw(st.sampled_from(known))
    blank = Standing(2022, "x", value, len(known), len(known))
    found = _placed(blank, value, sorted(known))
    assert found.rank == sorted(known, reverse=True).index(value) + 1
    assert found.below is not None
    assert found.tied is not None
    assert found.above is not None
    assert found.percentile is not None
    assert found.below + found.tied + found.above == len(known) - 1
    turned = _placed(blank, -value, sorted(-one for one in known))
    assert turned.percentile == pytest.approx(100 - found.percentile, abs=0.11)
    assert _quartiles(sorted(known)) == pytest.approx(tuple(np.quantile(known, [0.25, 0.75])), abs=1e-4)
