"""The map of provinces: a tile each (provinces.toml says why), shaded by a figure; no data is grey, not nought."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from ui import names
from ui.charts import FEW, styled

if TYPE_CHECKING:
    from index.records import MeasureRow, TrendRow

PICKED = "picked"  # the name of the selection that a click makes
NONE_COLOUR, OUT_COLOUR = "#e3e6ea", "#ffffff"
LEFT_OUT = "未选"
SHADES = ("#e8f0f8", "#a9c6e3", "#5f93c4", "#2d639b", "#123a66")
DARK = 0.55  # of the span from the least to the most; from there on a tile's text is white
ROW_HEIGHT = 54


@dataclass(frozen=True, slots=True)
class Tile:
    """A provincial unit and its place in the grid, counted from 1."""

    name: str
    short: str
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Shade:
    """What a tile shows. ``value``: None where there is no data; ``told``: it in words; ``few``: of few reports."""

    value: float | None
    told: str
    note: str
    few: bool = False


@cache
def tiles() -> tuple[Tile, ...]:
    """All provincial units."""
    data = tomllib.loads(files("ui").joinpath("provinces.toml").read_text(encoding="utf-8"))
    return tuple(Tile(**one) for one in data["tile"])


def compact(value: float, unit: str) -> str:
    """A figure that fits a tile: "12%", "3,400", "1.2万", "5.6亿"."""
    if unit == "%":
        return f"{value:.0%}"
    for size, word in ((1e8, "亿"), (1e4, "万")):
        if abs(value) >= size:
            return f"{value / size:.1f}".removesuffix(".0") + word
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def shades_of_trends(rows: Sequence[TrendRow]) -> dict[str, Shade]:
    """Province → share of its reports, from the rows of one label by province."""
    return {
        row.group: Shade(
            row.share,
            f"{row.share:.0%}",
            f"{row.reports} 份报告中有 {row.stating} 份写到，可能范围 {row.low:.0%} – {row.high:.0%}",
            row.reports < FEW,
        )
        for row in rows
        if row.reports
    }


def shades_of_measure(rows: Sequence[MeasureRow], unit: str) -> dict[str, Shade]:
    """Province → a statistic, from its rows by province."""
    return {
        row.group: Shade(
            row.value, names.number(row.value, unit), f"{row.of} 份报告中 {row.reports} 份有数据", row.reports < FEW
        )
        for row in rows
        if row.value is not None
    }


def marked(shade: Shade, unit: str) -> str:
    """A tile's figure, with a star where it is of few reports; empty without data."""
    return "" if shade.value is None else compact(shade.value, unit) + ("*" if shade.few else "")


def falling(shades: Mapping[str, Shade]) -> list[str]:
    """The provinces with data, the highest first, equal ones in the order of the map."""
    order = {tile.name: place for place, tile in enumerate(tiles())}
    known = [(-one.value, order.get(name, len(order)), name) for name, one in shades.items() if one.value is not None]
    return [name for *_, name in sorted(known)]


def frame(shades: Mapping[str, Shade], unit: str, wanted: Sequence[str] = ()) -> pd.DataFrame:
    """A row a tile; ``wanted``: the provinces that the filter lets in (none: all)."""
    low, high = span(shades)
    edge = low + (high - low) * DARK
    rows: list[dict[str, Any]] = []
    for tile in tiles():
        found = shades.get(tile.name)
        absent = LEFT_OUT if wanted and tile.name not in wanted else names.NO_DATA
        value = found.value if found else None
        rows.append(
            {
                "省份": tile.name,
                "简称": tile.short,
                "行": tile.row,
                "列": tile.column,
                "数值": value,
                "数字": absent if value is None or not found else found.told,
                "注": "" if value is None or not found else marked(found, unit),
                "说明": found.note if found else "",
                "深": value is not None and high > low and value >= edge,
            }
        )
    return pd.DataFrame(rows)


def tile_map(shades: Mapping[str, Shade], title: str, unit: str, wanted: Sequence[str] = ()) -> Any:
    """The map; a click on a tile with data is the selection :data:`PICKED` on the field 省份.

    Args:
        shades: province → what its tile shows.
        title: what is shown, for the legend and for those who hear the page.
        unit: "%" for fractions.
        wanted: the provinces that the filter lets in; the others are told apart from those without data.
    """
    data = frame(shades, unit, wanted)
    known = data[data["数值"].notna()]
    percent = unit == "%"
    picked = alt.selection_point(name=PICKED, fields=["省份"], on="click", empty=False)
    across = alt.X("列:O", axis=None, scale=alt.Scale(paddingInner=0.06, paddingOuter=0.02))
    down = alt.Y("行:O", axis=None, scale=alt.Scale(paddingInner=0.08, paddingOuter=0.02))
    tooltip = [
        alt.Tooltip("省份:N", title="省份"),
        alt.Tooltip("数字:N", title=title),
        alt.Tooltip("说明:N", title="来源"),
    ]
    base = alt.Chart(data).encode(x=across, y=down, tooltip=tooltip)
    grey = base.transform_filter("!isValid(datum['数值'])").mark_rect(stroke="#d5dce5", cornerRadius=3)
    grey = grey.encode(
        color=alt.condition(f"datum['数字'] === '{LEFT_OUT}'", alt.value(OUT_COLOUR), alt.value(NONE_COLOUR))
    )
    shade = alt.Color(
        "数值:Q",
        scale=_scale(*span(shades)),
        legend=None
        if known.empty
        else alt.Legend(
            title=title,
            orient="top-left",  # where the grid has no tiles
            direction="horizontal",
            format=".0%" if percent else "~s" if known["数值"].max() >= 1e6 else ",.0f",
            gradientLength=170,
            titleLimit=250,
            tickCount=4,
        ),
    )
    shaded = base.transform_filter("isValid(datum['数值'])").mark_rect(cornerRadius=3, cursor="pointer")
    shaded = shaded.encode(
        color=shade,
        stroke=alt.condition(picked, alt.value("#c0612b"), alt.value(None)),
        strokeWidth=alt.condition(picked, alt.value(3), alt.value(0)),
    ).add_params(picked)
    ink = alt.condition("datum['深']", alt.value("#ffffff"), alt.value("#1d2733"))
    called = base.mark_text(fontSize=13, dy=-8).encode(text="简称:N", color=ink)
    told = base.mark_text(fontSize=12, dy=10).encode(text="注:N", color=ink)
    height = ROW_HEIGHT * max(tile.row for tile in tiles())
    chart = grey + shaded + called + told if not known.empty else grey + called
    return styled(chart.properties(height=height, description=spoken(shades, title)))


def span(shades: Mapping[str, Shade]) -> tuple[float, float]:
    """The least and the most that the shades tell apart: those of few reports do not stretch it for the others."""
    every = [one.value for one in shades.values() if one.value is not None]
    sure = [one.value for one in shades.values() if one.value is not None and not one.few]
    values = sure if len(set(sure)) > 1 else every
    return (min(values), max(values)) if values else (0.0, 0.0)


def _scale(low: float, high: float) -> Any:
    """Shades from the least to the most; where all are equal, one shade in the middle."""
    if low == high:
        return alt.Scale(range=[SHADES[1], SHADES[1]])
    return alt.Scale(domain=[low, high], range=list(SHADES), interpolate="lab", clamp=True)


def spoken(shades: Mapping[str, Shade], title: str) -> str:
    """The map for those who hear it: the highest, the lowest, how many have no data."""
    known = sorted(((one.value, name, one.told) for name, one in shades.items() if one.value is not None), reverse=True)
    placed = {tile.name for tile in tiles()}
    absent = len(placed - {name for _, name, _ in known})
    if not known:
        return f"{title}：各省份均无数据"
    (_, most, much), (_, least, little) = known[0], known[-1]
    return f"{title}，分省地图：最高{most}{much}，最低{least}{little}，{absent}个省份无数据"


def picked_province(event: Any) -> str | None:
    """The province that a click chose, from what ``st.altair_chart`` gives back; None where there is none."""
    chosen = (event or {}).get("selection", {}).get(PICKED, [])
    return str(chosen[0]["省份"]) if chosen and chosen[0].get("省份") else None
