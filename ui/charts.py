"""Charts from records: pure functions, Chinese titles and tooltips, one look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from ui import names

if TYPE_CHECKING:
    from index.comparisons import ProfileRow, Share
    from index.records import Facet, LabelShare, MeasureRow, TrendRow

FONT = "Source Han Sans SC, Noto Sans CJK SC, Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
PROBLEM, MEASURE, NEUTRAL = "#9c3d2e", "#2c6a4f", "#1f4e79"
# told apart by people who see colours differently, and on a grey print by the marks' shapes
COLOURS = ["#1f4e79", "#c0612b", "#2c6a4f", "#8a5a9e", "#a98600", "#4f8fb8", "#9c3d2e", "#5b6878"]
ROW = 26  # pixels a bar
NAMED_ROW = 42  # … with its name above it
PAIRED_ROW = 76  # … two bars with their name above them
BAND = alt.Scale(paddingInner=0.45, paddingOuter=0.25)
FEW = 5  # groups with fewer reports are marked
KIND_COLOUR = {"problem": PROBLEM, "measure": MEASURE}


def styled(chart: Any) -> Any:
    """The house's look on any chart."""
    return (
        chart.configure(font=FONT)
        .configure_axis(
            labelFontSize=13,
            titleFontSize=13,
            labelColor="#33475b",
            titleColor="#4b5868",
            titleFontWeight="normal",
            gridColor="#e8edf2",
            domainColor="#b9c5d2",
            labelLimit=260,
            aria=False,  # Vega describes axes in English; the chart has a description of its own
        )
        .configure_legend(
            aria=False, labelFontSize=13, titleFontSize=13, labelLimit=260, symbolLimit=0, symbolOpacity=1
        )
        .configure_view(strokeWidth=0)
    )


def titled(chart: Any, told: str) -> Any:
    """A chart with a line that says what it shows: it is told from others when its picture is elsewhere."""
    return chart.properties(
        title=alt.Title(
            told, anchor="start", fontSize=13, fontWeight="normal", color="#4b5868", offset=10, limit=330, aria=False
        )
    )


def counts(facets: Sequence[Facet], field: str, *, ordered: bool = False) -> Any:
    """Number of reports by value of a field: columns in order, or bars by falling number."""
    frame = pd.DataFrame(
        [{"名称": names.name(field, facet.value), "报告数": facet.count, "值": facet.value} for facet in facets]
    )
    if ordered:
        frame = frame.sort_values("值")
        base = alt.Chart(frame).encode(
            x=alt.X("名称:N", sort=None, title=None, axis=alt.Axis(labelAngle=0), scale=BAND),
            y=alt.Y("报告数:Q", title="报告数", axis=alt.Axis(tickMinStep=1, tickCount=6)),
            tooltip=["名称", "报告数"],
        )
        above = base.mark_text(dy=-8, fontSize=13, color="#33475b").encode(text="报告数:Q")
        return styled((base.mark_bar(color=NEUTRAL) + above).properties(height=240))
    base = alt.Chart(frame).encode(
        y=alt.Y("名称:N", sort=None, title=None),
        x=alt.X("报告数:Q", title="报告数", axis=alt.Axis(tickMinStep=1, tickCount=6)),
        tooltip=["名称", "报告数"],
    )
    beside = base.mark_text(dx=6, align="left", fontSize=13, color="#33475b").encode(text="报告数:Q")
    return styled((base.mark_bar(color=NEUTRAL) + beside).properties(height=alt.Step(ROW)))


def label_shares(labels: Sequence[LabelShare], total: int, kind: str) -> Any:
    """Share of reports that state each label, with the number of reports beside."""
    frame = pd.DataFrame(
        [
            {"标签": one.name, "占比": one.share, "报告数": one.reports, "注": f"{one.share:.0%}（{one.reports}份）"}
            for one in labels
        ]
    )
    base = alt.Chart(frame).encode(
        y=alt.Y("标签:N", sort=None, title=None, axis=None, scale=alt.Scale(paddingInner=0.6, paddingOuter=0.6)),
        tooltip=["标签", alt.Tooltip("占比:Q", format=".1%"), "报告数"],
    )
    share = alt.X(
        "占比:Q",
        title=f"写到它的报告占 {total} 份报告的比例",
        axis=alt.Axis(format=".0%", tickCount=5),
        scale=alt.Scale(domain=[0, max(0.1, min(1.0, frame["占比"].max() * 1.25))]),
    )
    bars = base.mark_bar(color=KIND_COLOUR[kind]).encode(x=share)
    beside = base.mark_text(dx=6, align="left", fontSize=13, color="#33475b").encode(x=share, text="注:N")
    # above its bar a long name fits a narrow screen too
    above = base.mark_text(dy=-16, align="left", fontSize=13, color="#1d2733").encode(x=alt.value(0), text="标签:N")
    return styled((bars + beside + above).properties(height=alt.Step(NAMED_ROW)))


def _trend_frame(rows: Sequence[TrendRow], by: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "组": names.group(by, row.group),
                "标签": names.name("label", row.label),
                "占比": row.share,
                "下限": row.low,
                "上限": row.high,
                "报告": f"{row.reports} 份中有 {row.stating} 份",
                "可能范围": f"{row.low:.0%} – {row.high:.0%}",
                "份数少": row.reports < FEW,
            }
            for row in rows
        ]
    )


def trend_lines(rows: Sequence[TrendRow]) -> Any:
    """Shares over the years, a line a label, each with the band in which the share may truly lie."""
    frame = _trend_frame([row for row in rows if row.group != "unknown"], "year")
    order = list(dict.fromkeys(frame["标签"]))
    colour = alt.Color(
        "标签:N",
        sort=order,
        scale=alt.Scale(domain=order, range=COLOURS),
        legend=alt.Legend(title=None, orient="bottom", columns=1),
    )
    base = alt.Chart(frame).encode(
        x=alt.X("组:O", title=None, axis=alt.Axis(labelAngle=0)),
        color=colour,
    )
    share = alt.Y("占比:Q", title="占同年报告的比例", axis=alt.Axis(format=".0%", tickCount=5))
    tooltip = ["标签", "组", alt.Tooltip("占比:Q", format=".1%"), "报告", "可能范围"]
    band = base.mark_area(opacity=0.12).encode(y="下限:Q", y2="上限:Q")
    line = base.mark_line(strokeWidth=2.5).encode(y=share)
    points = base.mark_point(size=70, strokeWidth=2).encode(
        y=share,
        shape=alt.Shape("标签:N", sort=order, legend=None),
        fill=alt.condition("datum['份数少']", alt.value("white"), colour),
        tooltip=tooltip,
    )
    return styled((band + line + points).properties(height=360))


def trend_groups(rows: Sequence[TrendRow], by: str) -> Any:
    """One label's share in each group, with the range in which it may truly lie; groups with few reports last."""
    ordered = sorted(rows, key=lambda row: (row.reports < FEW, -row.share))
    frame = _trend_frame(ordered, by)
    frame["组"] = [f"{group}（{row.reports}份）" for group, row in zip(frame["组"], ordered, strict=True)]
    base = alt.Chart(frame).encode(y=alt.Y("组:N", sort=None, title=None))
    share = alt.X("占比:Q", title="占本组报告的比例", axis=alt.Axis(format=".0%", tickCount=5))
    tooltip = ["组", alt.Tooltip("占比:Q", format=".1%"), "报告", "可能范围"]
    shade = alt.condition("datum['份数少']", alt.value("#dfe5ec"), alt.value("#a9c0d8"))
    bars = base.mark_bar().encode(x=share, color=shade, tooltip=tooltip)
    ranges = base.mark_rule(strokeWidth=2, color=NEUTRAL).encode(x="下限:Q", x2="上限:Q", tooltip=tooltip)
    dots = base.mark_point(size=55, filled=True, color=NEUTRAL).encode(x=share, tooltip=tooltip)
    return styled((bars + ranges + dots).properties(height=alt.Step(ROW)))


def topic_years(by_year: Mapping[str, int]) -> Any:
    """A topic's sentences by year, small."""
    frame = pd.DataFrame([{"年份": year, "句数": count} for year, count in sorted(by_year.items())])
    chart = alt.Chart(frame).mark_bar(color=NEUTRAL, size=16)
    chart = chart.encode(
        x=alt.X("年份:O", title=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("句数:Q", title=None, axis=alt.Axis(tickCount=3, tickMinStep=1)),
        tooltip=["年份", "句数"],
    )
    return styled(chart.properties(height=120))


def measure_groups(rows: Sequence[MeasureRow], by: str, name: str, unit: str) -> Any:
    """One statistic by group; a group without data gets "无数据" in place of a bar."""
    percent = unit == "%"
    frame = pd.DataFrame(
        [
            {
                "组": names.group(by, row.group) + ("" if by == "year" else f"（{row.reports}份）"),
                "数值": row.value,
                "注": names.number(row.value, unit if percent else ""),
                "来源": f"{row.of} 份报告中 {row.reports} 份有数据",
            }
            for row in rows
        ]
    )
    whole = all(row.value is None or float(row.value).is_integer() for row in rows)
    style = ".0%" if percent else ",d" if whole else ",.2~f"
    axis = alt.Axis(format=style, tickCount=5, tickMinStep=1 if whole and not percent else 0)
    title = name if percent or not unit else f"{name}（{unit}）"
    tooltip: list[Any] = ["组", alt.Tooltip("注:N", title=title), "来源"]
    if by == "year":
        base = alt.Chart(frame).encode(
            x=alt.X("组:O", title=None, axis=alt.Axis(labelAngle=0), scale=BAND), tooltip=tooltip
        )
        bars = base.mark_bar(color=NEUTRAL).encode(y=alt.Y("数值:Q", title=title, axis=axis))
        notes = base.mark_text(dy=-8, fontSize=13, color="#33475b").encode(y=alt.Y("底:Q", title=title), text="注:N")
        return styled(
            (bars + notes.transform_calculate(底="datum['数值'] == null ? 0 : datum['数值']")).properties(height=320)
        )
    base = alt.Chart(frame).encode(y=alt.Y("组:N", sort=None, title=None), tooltip=tooltip)
    bars = base.mark_bar(color=NEUTRAL).encode(x=alt.X("数值:Q", title=title, axis=axis))
    notes = base.mark_text(dx=6, align="left", fontSize=13, color="#33475b").encode(
        x=alt.X("底:Q", title=title), text="注:N"
    )
    filled = notes.transform_calculate(底="datum['数值'] == null ? 0 : datum['数值']")
    return styled((bars + filled).properties(height=alt.Step(ROW)))


def profile(rows: Sequence[ProfileRow], groups: Sequence[str]) -> Any:
    """Each label's share in two groups: a bar a group with the range in which the share may truly lie."""
    frame = pd.DataFrame(
        [
            {
                "标签": row.name,
                "组": group,
                "占比": one.share,
                "下限": one.low,
                "上限": one.high,
                "报告": f"{one.of} 份中有 {one.count} 份",
                "可能范围": f"{one.low:.0%} – {one.high:.0%}",
            }
            for row in rows
            for group, one in zip(groups, (row.left, row.right), strict=True)
        ]
    )
    tooltip: list[Any] = ["标签", "组", alt.Tooltip("占比:Q", format=".0%"), "报告", "可能范围"]
    base = alt.Chart(frame).encode(
        y=alt.Y("标签:N", sort=None, axis=None, scale=alt.Scale(paddingInner=0.5, paddingOuter=0.5)),
        yOffset=alt.YOffset("组:N", sort=list(groups)),
        tooltip=tooltip,
    )
    share = alt.X("占比:Q", title="占本组报告的比例", axis=alt.Axis(format=".0%", tickCount=5))
    colour = alt.Color(
        "组:N",
        sort=list(groups),
        scale=alt.Scale(domain=list(groups), range=COLOURS[:2]),
        legend=alt.Legend(title=None, orient="top", columns=1),
    )
    bars = base.mark_bar().encode(x=share, color=colour)
    ranges = base.mark_rule(strokeWidth=1.5, color="#1d2733", opacity=0.55).encode(x="下限:Q", x2="上限:Q")
    # above its bars a long name fits a narrow screen too
    named = pd.DataFrame(
        [
            {"标签": row.name, "注": f"{row.name}　{row.left.share or 0:.0%} 对 {row.right.share or 0:.0%}"}
            for row in rows
        ]
    )
    above = (
        alt.Chart(named)
        .mark_text(dy=-27, align="left", fontSize=13, color="#1d2733")
        .encode(
            y=alt.Y("标签:N", sort=None, axis=None),
            x=alt.value(0),
            text="注:N",
        )
    )
    return styled((bars + ranges + above).properties(height=PAIRED_ROW * len(rows)))


def shares(rows: Sequence[tuple[str, Share]], counted: str) -> Any:
    """Shares of different wholes, each with its range; ``counted``: the unit of what is counted ("条")."""
    frame = pd.DataFrame(
        [
            {
                "名称": name,
                "占比": one.share,
                "下限": one.low,
                "上限": one.high,
                "注": f"{name}　{one.share or 0:.0%}（{one.count}/{one.of} {counted}）",
            }
            for name, one in rows
        ]
    )
    base = alt.Chart(frame).encode(
        y=alt.Y("名称:N", sort=None, axis=None, scale=alt.Scale(paddingInner=0.6, paddingOuter=0.6)), tooltip=["注"]
    )
    share = alt.X("占比:Q", title="没有写措施的比例", axis=alt.Axis(format=".0%", tickCount=5))
    bars = base.mark_bar(color=PROBLEM).encode(x=share)
    ranges = base.mark_rule(strokeWidth=1.5, color="#1d2733", opacity=0.55).encode(x="下限:Q", x2="上限:Q")
    above = base.mark_text(dy=-16, align="left", fontSize=13, color="#1d2733").encode(x=alt.value(0), text="注:N")
    return styled((bars + ranges + above).properties(height=alt.Step(NAMED_ROW)))
