"""Charts of the statistics beyond sums: parts of a whole, an agency among its peers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from ui import names
from ui.charts import COLOURS, NAMED_ROW, NEUTRAL, ROW, styled

if TYPE_CHECKING:
    from index.peers import Standing
    from index.records import Measure
    from index.structure import PartRow, Structure

INK = "#1d2733"
BAND = alt.Scale(paddingInner=0.6, paddingOuter=0.6)


def parts(found: Structure, rows: Sequence[PartRow]) -> Any:
    """The parts of one whole: a bar each by its share, its name and number above."""
    called = {one.id: one for one in found.measures}
    frame = pd.DataFrame(
        [
            {
                "项": called[row.measure].name,
                "占比": row.share,
                "注": _note(called[row.measure], row),
                "来源": f"{row.of} 份报告中 {row.reports} 份有数据",
            }
            for row in rows
        ]
    )
    base = alt.Chart(frame).encode(y=alt.Y("项:N", sort=None, axis=None, scale=BAND), tooltip=["注", "来源"])
    axis = alt.Axis(format=".0%", tickCount=5)
    bars = base.mark_bar(color=NEUTRAL).encode(x=alt.X("占比:Q", title=f"占{found.whole.name}的比例", axis=axis))
    above = base.mark_text(dy=-16, align="left", fontSize=13, color=INK).encode(x=alt.value(0), text="注:N")
    return styled((bars + above).properties(height=alt.Step(NAMED_ROW), description=f"{found.name}的构成"))


def _note(measure: Measure, row: PartRow) -> str:
    number = names.number(row.value, measure.unit)
    return f"{measure.name}　{number}" if row.share is None else f"{measure.name}　{number}（{row.share:.1%}）"


def parts_by_group(found: Structure) -> Any:
    """The parts' shares in each group, one bar a group, its parts side by side in it."""
    order = [one.name for one in found.measures]
    called = {one.id: one.name for one in found.measures}
    place = {one.id: n for n, one in enumerate(found.measures)}
    totals = {row.group: row for row in found.totals}
    by = found.by or ""
    frame = pd.DataFrame(
        [
            {
                "组": f"{names.group(by, row.group)}（{names.number(totals[row.group].value, found.whole.unit)}）",
                "项": called[row.measure],
                "序": place[row.measure],
                "占比": row.share,
                "数量": names.number(row.value),
            }
            for row in found.rows
            if row.share is not None
        ]
    )
    colour = alt.Color(
        "项:N",
        sort=order,
        scale=alt.Scale(domain=order, range=COLOURS),
        legend=alt.Legend(title=None, orient="bottom", columns=2),
    )
    axis = alt.Axis(format=".0%", tickCount=5)
    chart = alt.Chart(frame).mark_bar(stroke="white", strokeWidth=1)
    chart = chart.encode(
        y=alt.Y("组:N", sort=None, title=None),
        x=alt.X("占比:Q", title=f"占{found.whole.name}的比例", axis=axis, stack="zero"),
        color=colour,
        order=alt.Order("序:Q"),
        tooltip=["组", "项", alt.Tooltip("占比:Q", format=".1%"), "数量"],
    )
    return styled(chart.properties(height=alt.Step(ROW + 8), description=f"{found.name}的构成，各组对照"))


def places(standings: Sequence[Standing], measures: Sequence[Measure]) -> Any:
    """Where an agency stands among its peers, a line a measure from the lowest to the highest."""
    called = {one.id: one for one in measures}
    frame = pd.DataFrame(
        [
            {
                "指标": called[one.measure].name,
                "百分位": one.percentile,
                "始": 0,
                "末": 100,
                "注": f"{called[one.measure].name}　{names.number(one.value, called[one.measure].unit)}"
                f"（同类中位数 {names.number(one.median, called[one.measure].unit)}）",
                "位置": f"{one.below} 家比它低，{one.tied} 家相同，{one.above} 家比它高",
            }
            for one in standings
        ]
    )
    base = alt.Chart(frame).encode(y=alt.Y("指标:N", sort=None, axis=None, scale=BAND), tooltip=["注", "位置"])
    axis = alt.Axis(
        values=[0, 25, 50, 75, 100],
        labelExpr="{'0': '最低', '50': '居中', '100': '最高'}[toString(datum.value)] || ''",
        labelFlush=True,
    )
    across = alt.X("始:Q", scale=alt.Scale(domain=[0, 100]), axis=axis, title="在同类单位里的位置")
    track = base.mark_rule(strokeWidth=6, color="#e1e7ee", strokeCap="round").encode(x=across, x2="末:Q")
    dots = base.mark_point(size=130, filled=True, opacity=1, color=NEUTRAL).encode(x="百分位:Q")
    above = base.mark_text(dy=-16, align="left", fontSize=13, color=INK).encode(x=alt.value(0), text="注:N")
    chart = (track + dots + above).properties(height=alt.Step(NAMED_ROW), description="在同类单位里的位置")
    return styled(chart)
