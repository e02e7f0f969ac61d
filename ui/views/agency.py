"""单位: one agency over the years: its figures, the problems it states again, the text it takes over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from index.agencies import Unclear
from index.reads import Missing
from ui import charts, holder, markup, names, sides
from ui.views import common, naming, peers
from ui.views.download import offer

if TYPE_CHECKING:
    from index.histories import AgencyRow, History, Reuse

SIZE = 20
FIRST = 12
MOST_LINES = 4
NOT_FOUND = "没有找到这个单位，请点上面的“换一个单位”，按名称查找"


def page() -> None:
    """Draw the agency that the URL names, or the way to one."""
    unit = st.query_params.get("unit", "")
    if unit:
        _one(unit)
    else:
        _choose()


# -- finding one ------------------------------------------------------------------------------------------------


def _choose() -> None:
    st.title("单位")
    common.notice()
    archive = common.archive()
    selected = common.chosen()
    common.choose(archive.facets(**common.wanted(selected)), common.REPORT_FIELDS, selected)
    st.html('<p class="mj-lead">选一个单位，看它历年写了什么：哪些问题年年提，哪些话照抄上年，数字怎么变。</p>')
    name, rows = naming.named("u-name", selected)
    if not rows:
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**共 {len(rows)} 个单位**", width="content")
        offer("单位", "agencies", query=name, **common.wanted(selected))
    first, last = common.pages_of(len(rows), SIZE)
    for row in rows[first:last]:
        with st.container(border=True, gap="xxsmall"):
            common.link("agency", row.name, {"unit": [row.key]}, ":material/apartment:")
            st.html(_about(row))
    common.turn(len(rows), SIZE)


def _about(row: AgencyRow) -> str:
    parts = [
        names.place(row.region) or "地区不明",
        names.name("level", row.level),
        names.name("agency_type", row.agency_type),
        f"{row.reports} 份报告",
        names.years(row.years) or "年份不明",
    ]
    return '<div class="mj-row">' + "".join(f"<span>{markup.safe(part)}</span>" for part in parts) + "</div>"


# -- one agency -------------------------------------------------------------------------------------------------


@st.cache_data(show_spinner="正在整理…", max_entries=32)
def _history(version: holder.Stamp, unit: str) -> History:
    del version
    return common.archive().agency(unit)


def _one(unit: str) -> None:
    common.link("agency", "换一个单位", icon=":material/arrow_back:")
    try:
        found = _history(holder.version(), unit)
    except (Missing, Unclear):
        _unclear(unit)
        return
    if found.agency.key != unit:  # named by a report or by a part of its name: the address says which it is
        common.change(unit=[found.agency.key])
    st.html(f'<h1 class="mj-title">{markup.safe(found.agency.name)}</h1>')
    common.notice()
    st.html(_about(found.agency))
    former = [name for name in dict.fromkeys(found.names.values()) if name != found.agency.name]
    if former:
        st.caption(markup.plain(f"曾用名：{'、'.join(former)}"))
    if not found.years:
        st.info("这个单位的报告年份不明，无法按年比较。")
        return
    if found.missing:
        st.warning(f"缺 {names.years(found.missing)}的报告：可能没有发布，也可能没有收入档案。")
    for note in found.notes:
        st.caption(markup.plain(note))
    _years(found)
    see = st.query_params.get("see", "")
    if see:  # one who comes to see whose text it is does not look for it below
        _reuse(found, see)
    _problems(found)
    _chains(found)
    if not see:
        _reuse(found)
    _numbers(found)
    peers.section(found.agency.key)


def _unclear(unit: str) -> None:
    """No agency, or several: say so, and link to those that may be meant."""
    st.title("单位")
    common.notice()
    likely = naming.agencies(holder.version(), common.chosen(), unit)[:SIZE]
    st.warning(
        f"“{markup.plain(unit)}”可能是下面的单位，请选一个。" if likely else f"{NOT_FOUND}（{markup.plain(unit)}）"
    )
    for row in likely:
        common.link("agency", row.key, {"unit": [row.key]}, ":material/apartment:")


def _years(found: History) -> None:
    """Each year's report in short, and the ways into them."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown("打开报告：", width="content")
        for one in found.years:
            common.link("report", names.name("year", one.year), {"report": [one.report]})
    rows = [
        (
            one.year,
            "称没有问题" if one.none_stated and not one.problems else one.problems,
            one.measures,
            names.NO_DATA if one.reuse is None else f"{one.reuse:.0%}",
            one.failed_checks,
        )
        for one in found.years
    ]
    head = ["年份", "问题（条）", "措施（条）", "第五部分沿用上年", "数字不符（处）"]
    st.html(markup.table(head, rows, numbers=(1, 2, 3, 4)))
    with st.container(horizontal=True, gap="small"):
        offer(f"{found.agency.name}历年", "agency", query=found.agency.key)


def _problems(found: History) -> None:
    st.subheader("年年提的问题")
    rows = [*found.recurring]
    shown = {one.label for one in rows}
    rows += [one for one in found.vanished if one.label not in shown]
    if not rows:
        st.info("只有一年的报告，无法比较。" if len(found.years) < 2 else "没有哪一类问题在两年以上的报告里出现。")
        return
    every = [one for one in found.recurring if len(one.years) == one.of]
    if every:
        st.html(f'<p class="mj-lead">每年都提：{markup.safe("、".join(one.name for one in every))}。</p>')
    gone = [one for one in found.vanished if len(one.years) > 1]
    if gone:
        told = "、".join(f"{one.name}（最后见于{one.years[-1]}年）" for one in gone)
        st.html(f'<p class="mj-lead">提过几年、后来不再提：{markup.safe(told)}。</p>')
    st.html(sides.timeline(found, rows))
    st.caption("● 写到，· 没有写到，缺：没有报告或没有第五部分。")
    with st.expander("看原话"):
        for one in rows:
            st.markdown(f"**{markup.plain(one.name)}**")
            for line in one.lines[-MOST_LINES:]:
                st.html(markup.quote(line.text, found.agency.name, line.year))


def _chains(found: History) -> None:
    st.subheader("年年重复的话")
    if not found.chains:
        st.info("没有发现在几年的报告里重复出现的话。")
        return
    same = sum(one.word_for_word for one in found.chains)
    st.html(f'<p class="mj-lead">{len(found.chains)} 句话在不同年份重复出现，其中 {same} 句逐字相同。</p>')
    shown = found.chains if st.query_params.get("all") else found.chains[:FIRST]
    for one in shown:
        with st.container(border=True, gap="xxsmall"):
            st.html(sides.chain(one))
            last = one.lines[-1]
            common.link("report", "查看原文", {"report": [last.report], "at": [str(last.start)]}, ":material/article:")
    if len(shown) < len(found.chains):
        st.button(f"显示全部 {len(found.chains)} 句", on_click=common.change, kwargs={"all": ["1"]}, width="stretch")


def _reuse(found: History, see: str = "") -> None:
    """Where the text comes from; ``see``: the report whose pairs stand open, else the first."""
    st.subheader("文字从哪里来")
    taken = [one for one in (*found.reuse, *found.copied) if one.passages]
    if not taken:
        st.info("第五部分没有发现与上年或别的单位相同的文字。")
        return
    st.html('<p class="mj-lead">每对里先是这一年的话，后是它的来源，相同的文字有底色。年份、数字和标点不计。</p>')
    taken.sort(key=lambda one: (one.report != see, -(one.year or 0), one.kind))
    opened = see if any(one.report == see for one in taken) else taken[0].report
    for one in taken:
        with st.expander(_reuse_title(one), expanded=one.report == opened):
            here = names.name("year", one.year) if one.year else "年份不明"
            there = names.name("year", one.source_year) if one.source_year else "年份不明"
            if one.kind == "agency":
                there = f"{one.source_agency or '单位不明'}　{there}"
            st.html(sides.beside(one.passages, here, there))
            with st.container(horizontal=True, gap="small"):
                common.link("report", f"打开{here}", {"report": [one.report]}, ":material/article:")
                common.link("report", f"打开{there}", {"report": [one.source_report]}, ":material/article:")


def _reuse_title(one: Reuse) -> str:
    year = names.name("year", one.year) if one.year else "年份不明"
    whom = "上年" if one.kind == "year" else f"{one.source_agency or '单位不明'}{one.source_year or ''}年"
    return markup.plain(f"{year}：第五部分 {one.share:.0%} 的文字与{whom}报告相同")


def _numbers(found: History) -> None:
    st.subheader("历年数字")
    known = {row.measure for row in found.figures if row.value is not None}
    measures = {one.id: one for one in found.measures if one.id in known}
    if not measures:
        st.info("这个单位的报告里没有读到法定表格的数字。缺表不等于零。")
        return
    held = common.one("measure", measures, next(iter(measures)))
    st.selectbox(
        "看哪个数字",
        list(measures),
        key=common.hold("u-measure", held),
        format_func=lambda key: measures[key].name,
        placeholder="请选择",
        on_change=_measured,
    )
    measure = measures[held]
    rows = [row for row in found.figures if row.measure == held]
    drawn = charts.measure_groups(rows, "year", measure.name, measure.unit)
    common.chart(drawn, f"{found.agency.name}历年的{measure.name}")
    st.caption(markup.plain(f"{measure.definition}。{measure.caveat}"))
    with st.expander("看全部数字"):
        st.html(_table(found, [*measures]))


def _measured() -> None:
    common.change(measure=[st.session_state["u-measure"]])


def _table(found: History, measures: Sequence[str]) -> str:
    years = [one.year for one in found.years]
    values = {(row.measure, row.group): row.value for row in found.figures}
    units = {one.id: one for one in found.measures}
    rows = [
        (
            f"{units[key].name}（{units[key].unit}）",
            *(names.number(values.get((key, str(year)))) for year in years),
        )
        for key in measures
    ]
    return markup.table(["项目", *map(str, years)], rows, numbers=range(1, len(years) + 1))
