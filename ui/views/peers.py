"""统计 · 同类排名: one agency among those of its level and type; the agency's own page shows :func:`section` too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from nlp.errors import MingjianError
from ui import figures, headed, holder, markup, names
from ui.render_figures import who
from ui.views import common, naming
from ui.views.download import offer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.peers import Peers, Standing
    from index.records import Filter, Measure

WITHIN = {"all": "全部同类", "province": "本省同类", "city": "本市同类"}
SHOWN = 8
MOST_PLACES = 12
TOLD = (
    "名次从多到少排，数值相同的名次相同；多不等于好，少不等于差。"
    "百分位是其他同类单位里比它低的占百分之几，持平的算一半。有数据的同类单位不足 5 家时，不给百分位和四分位数。"
)


def draw(selected: Filter) -> None:
    """Draw the view: choose an agency, then see where it stands."""
    unit = st.query_params.get("unit", "")
    if unit:
        st.button("换一个单位", icon=":material/arrow_back:", on_click=common.change, kwargs={"unit": [], "on": []})
        section(unit)
        return
    st.html('<p class="mj-lead">选一个单位，看它的各项数字在同级同类单位里排第几。</p>')
    _, rows = naming.named("p-name", selected)
    for row in rows[:SHOWN]:
        years = names.years(row.years) or "年份不明"
        st.button(
            markup.plain(f"{row.name}　{names.place(row.region)}　{years}"),
            key=f"p-{row.key}",
            on_click=common.change,
            kwargs={"unit": [row.key]},
            width="stretch",
        )
    if len(rows) > SHOWN:
        st.caption(f"共 {len(rows)} 个单位，这里列出 {SHOWN} 个，请多写几个字。")


@st.cache_data(show_spinner="正在比较…", max_entries=64)
def _found(version: holder.Stamp, unit: str, year: int | None, within: str | None) -> Peers:
    del version
    asked: dict[str, Any] = {"year": [year]} if year else {}
    return common.archive().peers(unit, within=within, **asked)


def section(unit: str) -> None:
    """Where an agency stands among its peers; ``unit`` is its key, name, or the id of one of its reports.

    The year lives in the URL as ``on``, the choice of peers as ``within``.
    """
    try:
        first = _found(holder.version(), unit, None, None)
    except MingjianError as error:
        st.warning(markup.plain(str(error)))
        return
    years = [str(year) for year in first.agency.years]
    st.subheader(markup.plain(f"{first.agency.name}在同类单位里的位置"))
    with st.container(horizontal=True, gap="large"):
        year = common.segmented("哪一年", "on", {one: f"{one}年" for one in years}, str(first.groups[-1].year))
        within = common.segmented("和谁比", "within", WITHIN, "all")
    found = _found(holder.version(), unit, int(year), None if within == "all" else within)
    drawn = _show(found)
    alone = all(one.n < 2 for one in found.standings)
    with st.expander("看数据", expanded=not drawn and not alone):
        st.html(table(found))
        with st.container(horizontal=True):
            near = {} if within == "all" else {"within": within}
            offer(f"同类排名 {first.agency.name}", "peers", query=first.agency.key, year=[int(year)], **near)


def _show(found: Peers) -> bool:
    """Who is compared, and a chart where there is something to draw; whether there is one."""
    group = found.groups[-1]
    st.html(f'<p class="mj-lead">{markup.safe(who(group))}。同一年度、同一层级、同一类型，整个政府的汇总报告另算。</p>')
    for note in found.notes:
        st.warning(markup.plain(note))
    known = [one for one in found.standings if one.value is not None]
    if not known:
        st.info("这份报告里没有读到可比较的数字。缺表不等于零。")
        return False
    if all(one.n < 2 for one in known):
        wider = "，也可以选“全部同类”再看" if found.within else ""
        st.info(f"档案里没有这一年的其他同类单位，排不出名次。可以换一年{wider}。")
        return False
    placed = [one for one in known if one.percentile is not None and one.tied is not None and one.tied < one.n - 1]
    if placed:
        far = sorted(placed, key=lambda one: -abs((one.percentile or 0) - 50))[:MOST_PLACES]
        shown = [one for one in placed if one in far]
        common.chart(figures.places(shown, found.measures), f"{found.agency.name}在同类单位里的位置")
        if len(shown) < len(placed):
            st.caption(f"图里是离居中最远的 {len(shown)} 项，其余见“看数据”。")
    _rest(found, known)
    st.caption(TOLD)
    return bool(placed)


def _rest(found: Peers, known: Sequence[Standing]) -> None:
    """What the chart leaves out, in words: the same everywhere, too few to compare."""
    called = {one.id: one.name for one in found.measures}
    same = [called[one.measure] for one in known if one.n > 1 and one.tied == one.n - 1 and not one.few]
    few = [one for one in known if one.few]
    if same:
        st.caption(markup.plain(f"与同类单位全部相同：{'、'.join(same)}。"))
    if len(few) == len(known):
        st.info(
            "有数据的同类单位不足 5 家，只列名次，不给百分位。" + ("可以选“全部同类”再看。" if found.within else "")
        )
    elif few:
        st.caption(markup.plain(f"同类单位有数据的不足 5 家：{'、'.join(called[one.measure] for one in few)}。"))


def table(found: Peers) -> str:
    """Number, rank, percentile, median and quartiles of every measure that the report gives."""
    units = {one.id: one for one in found.measures}
    known = [one for one in found.standings if one.value is not None]
    head = ["指标", "本单位", "名次", "低于／持平／高于", "同类中位数"]
    placed = any(one.percentile is not None for one in known)
    head += ["中间一半", "百分位"] if placed else []
    return headed.table(head, [_row(one, units[one.measure])[: len(head)] for one in known])


def _row(one: Standing, measure: Measure) -> tuple[str, ...]:
    def number(value: float | None) -> str:
        return "—" if value is None else names.number(value, measure.unit)

    compared = one.n > 1 and one.rank is not None
    return (
        measure.name,
        number(one.value),
        "—" if one.rank is None else f"{one.rank}/{one.n}{'（并列）' if one.tied else ''}",
        f"{one.below}／{one.tied}／{one.above}" if compared else "—",
        number(one.median),
        f"{number(one.low)}–{number(one.high)}" if one.low is not None else "—",
        "—" if one.percentile is None else f"{one.percentile:.0f}",
    )
