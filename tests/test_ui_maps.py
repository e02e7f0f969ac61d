"""The map of provinces: every unit once, no data is no nought, nothing but tiles."""

from __future__ import annotations

import json
from collections import Counter
from importlib.resources import files

import pytest

pytest.importorskip("altair")

from index.records import MeasureRow, TrendRow
from ui import maps
from ui.maps import Shade


def provinces() -> set[str]:
    """The provincial units of the table of divisions."""
    lines = files("nlp").joinpath("divisions.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {row[1] for row in rows if row[2] == "province" and not row[5]}


def test_every_provincial_unit_has_one_tile_of_its_own() -> None:
    tiles = maps.tiles()
    assert {tile.name for tile in tiles} == provinces()
    assert len(tiles) == 34
    assert max(Counter((tile.row, tile.column) for tile in tiles).values()) == 1
    assert all(tile.name.startswith(tile.short) and len(tile.short) <= 3 for tile in tiles)
    assert {tile.column for tile in tiles} == set(range(1, 9))  # eight tiles fit a narrow screen


def test_tiles_lie_as_the_units_do() -> None:
    at = {tile.short: tile for tile in maps.tiles()}
    for north, south in (("黑龙江", "吉林"), ("吉林", "辽宁"), ("河北", "河南"), ("江苏", "浙江"), ("广东", "香港")):
        assert at[north].row < at[south].row
    for west, east in (("新疆", "甘肃"), ("西藏", "四川"), ("福建", "台湾"), ("四川", "上海"), ("北京", "辽宁")):
        assert at[west].column < at[east].column


SHADES = {
    "浙江省": Shade(0.5, "50%", "10 份报告中有 5 份写到"),
    "江苏省": Shade(0.0, "0%", "8 份报告中有 0 份写到"),
    "海南省": Shade(1.0, "100%", "2 份报告中有 2 份写到", few=True),
}


def test_no_data_is_told_apart_from_nought() -> None:
    rows = maps.frame(SHADES, "%").set_index("省份").to_dict("index")
    assert (rows["江苏省"]["数值"], rows["江苏省"]["注"]) == (0.0, "0%")
    assert rows["西藏自治区"]["数字"] == "无数据"
    assert rows["西藏自治区"]["注"] == ""
    assert maps.frame(SHADES, "%")["数值"].notna().sum() == 3
    assert rows["海南省"]["注"] == "100%*"  # of few reports
    assert {name for name, row in rows.items() if row["数字"] == "无数据"} == {t.name for t in maps.tiles()} - set(
        SHADES
    )


def test_what_the_filter_leaves_out_is_not_called_without_data() -> None:
    rows = maps.frame(SHADES, "%", ["浙江省", "西藏自治区"]).set_index("省份")["数字"]
    assert (rows["西藏自治区"], rows["广东省"]) == ("无数据", "未选")


def test_few_reports_do_not_stretch_the_shades() -> None:
    assert maps.span(SHADES) == (0.0, 0.5)
    assert maps.span({"海南省": SHADES["海南省"]}) == (1.0, 1.0)
    assert maps.span({}) == (0.0, 0.0)


def test_the_chart_draws_tiles_and_fetches_nothing() -> None:
    drawn = json.dumps(maps.tile_map(SHADES, "写到的报告占比", "%").to_dict(), ensure_ascii=False)
    assert "geoshape" not in drawn
    assert "topojson" not in drawn
    assert '"url"' not in drawn
    assert maps.PICKED in drawn
    assert "NaN" not in drawn
    assert maps.tile_map({}, "新收申请", "件").to_dict()["description"] == "新收申请：各省份均无数据"
    same = {"浙江省": SHADES["浙江省"]}
    assert "domain" not in json.dumps(maps.tile_map(same, "x", "%").to_dict()["layer"][1]["encoding"]["color"])


def test_the_map_is_told_to_those_who_hear_it() -> None:
    assert maps.spoken(SHADES, "占比") == "占比，分省地图：最高海南省100%，最低江苏省0%，31个省份无数据"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.123, "%", "12%"),
        (1, "%", "100%"),
        (0, "件", "0"),
        (9999, "件", "9,999"),
        (12345, "件", "1.2万"),
        (20000, "件", "2万"),
        (3.26e8, "元", "3.3亿"),
        (2.5, "万元", "2.5"),
    ],
)
def test_figures_fit_their_tile(value: float, unit: str, shown: str) -> None:
    assert maps.compact(value, unit) == shown
    assert len(shown) <= 6


def test_shades_from_rows() -> None:
    trends = maps.shades_of_trends(
        [TrendRow("浙江省", "x", 10, 5, 0.5, 0.2, 0.8), TrendRow("海南省", "x", 2, 2, 1, 0.3, 1)]
    )
    assert (trends["浙江省"].value, trends["浙江省"].few, trends["海南省"].few) == (0.5, False, True)
    rows = [MeasureRow("浙江省", "m", "", 12, 6, 9), MeasureRow("江苏省", "m", "", None, 0, 3)]
    measures = maps.shades_of_measure(rows, "件")
    assert set(measures) == {"浙江省"}
    assert measures["浙江省"].note == "9 份报告中 6 份有数据"


@pytest.mark.parametrize(
    ("event", "province"),
    [
        (None, None),
        ({}, None),
        ({"selection": {}}, None),
        ({"selection": {maps.PICKED: []}}, None),
        ({"selection": {maps.PICKED: [{"省份": "浙江省"}]}}, "浙江省"),
        ({"selection": {maps.PICKED: [{}]}}, None),
    ],
)
def test_a_click_names_a_province(event: object, province: str | None) -> None:
    assert maps.picked_province(event) == province


def test_the_provinces_stand_in_a_list_too_the_highest_first() -> None:
    shades = {**SHADES, "上海市": Shade(0.5, "50%", ""), "西藏自治区": Shade(None, "无数据", "")}
    order = [tile.name for tile in maps.tiles()]
    equal = sorted(("上海市", "浙江省"), key=order.index)
    assert maps.falling(shades) == ["海南省", *equal, "江苏省"], "without data is not in it, nought is"
    assert maps.falling({}) == []
    assert [maps.marked(shades[name], "%") for name in ("海南省", "江苏省", "西藏自治区")] == ["100%*", "0%", ""]
    assert maps.falling(shades) == maps.falling(dict(reversed(shades.items())))
