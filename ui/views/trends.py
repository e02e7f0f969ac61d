"""趋势: which problems and measures rise and fall, how often each is stated, where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from ui import charts, headed, holder, maps, markup, moves, names
from ui.state import EXCLUDED, filter_params, values_of
from ui.views import common, provinces
from ui.views.download import offer

if TYPE_CHECKING:
    from index.records import Filter, LabelShare, Trends
    from ui.moves import Moves

BY = {"year": "按年份", "province": "按省份", "level": "按层级", "agency_type": "按单位类型", "form": "按表式"}
KINDS = {"problem": "问题", "measure": "改进措施"}
MOST_LINES = 6
DEFAULT_LINES = 4
COUNTED = "比例按报告计算：一份报告写到几次都只算一次。"
BANDS = "浅色带是可能的范围，报告越少范围越宽；空心点表示该年报告不足 5 份。"
RANGES = "横线是可能的范围，报告越少范围越宽；不足 5 份报告的组颜色较浅，排在后面。"


def page() -> None:
    """Draw the page."""
    st.title("趋势")
    common.notice()
    selected = replace(common.chosen(), label=(), kind=())
    common.choose(common.archive().facets(**common.wanted(selected)), common.REPORT_FIELDS, selected)
    with st.container(horizontal=True, gap="large"):
        kind = common.segmented("看什么", "kind", KINDS, "problem")
        by = common.segmented("怎么比", "by", BY, "year")
    labels, reports = _labels(holder.version(), selected, kind)
    if not labels:
        common.nothing(f"所选范围里没有写到{KINDS[kind]}的报告", selected)
        return
    if by == "year":
        _years(selected, labels, kind)
    else:
        _groups(selected, labels, by)
    st.subheader(f"各类{KINDS[kind]}有多常见")
    common.chart(charts.label_shares(labels, reports, kind), f"写到各类{KINDS[kind]}的报告占几成")


@st.cache_data(show_spinner=False, max_entries=64)
def _labels(version: holder.Stamp, selected: Filter, kind: str) -> tuple[list[LabelShare], int]:
    """Labels by falling share, and the number of reports that count."""
    del version
    labels = common.shares(common.archive(), selected, kind)
    return labels, round(labels[0].reports / labels[0].share) if labels else 0


@st.cache_data(show_spinner="正在统计…", max_entries=64)
def _trends(version: holder.Stamp, selected: Filter, by: str, kind: str, label: str = "") -> Trends:
    """Every label of a kind, so that what is said of one does not hang on which others are shown; or one alone."""
    del version
    chosen = {"label": [label]} if label else {"kind": [kind]}
    return common.archive().trends(by, **{**common.wanted(selected), **chosen})


# -- over the years -----------------------------------------------------------------------------------------------


def _years(selected: Filter, labels: Sequence[LabelShare], kind: str) -> None:
    """What rises and falls among all labels, in words; then the lines of some."""
    found = _trends(holder.version(), selected, "year", kind)
    told = moves.of(found)
    st.subheader(f"哪些{KINDS[kind]}多了，哪些少了")
    _said(found, told, KINDS[kind])
    if not told.sure:
        _widen(selected, told)
    with st.expander("逐类看：首末两年的占比" + ("和判定" if told.testable else ""), expanded=not told.sure):
        st.html(headed.table(*moves.table(told)))
        with st.container(horizontal=True):
            offer("趋势", "trends", by="year", **{**common.wanted(selected), "kind": [kind]})
    st.subheader("逐年的占比")
    held = _picked(labels, [change.label for change in told.sure])
    rows = [row for row in found.rows if row.label in held]
    if not rows:
        st.info("请在上面至少选一类。")
        return
    common.chart(charts.trend_lines(rows), f"写到各类{KINDS[kind]}的报告占同年报告的几成")
    st.caption(COUNTED + BANDS)
    with st.expander("看数据"):
        st.html(_numbers(found, held, "year"))


def _said(found: Trends, told: Moves, what: str) -> None:
    """The tested movements with their numbers, or that there is none and why."""
    lines = [moves.lead(told, what), *found.moves, *moves.apparent(told)]
    st.html("".join(f'<p class="mj-lead">{markup.safe(line)}</p>' for line in lines if line))
    for note in found.notes:
        st.caption(markup.plain(note))
    if told.undated:
        st.caption(f"另有 {told.undated} 份报告年份不明，没有计入。")
    if told.testable:
        st.caption(moves.TEST)


def _widen(selected: Filter, told: Moves) -> None:
    """Where there are too few reports: ways to more, a click each."""
    fields = list(dict.fromkeys(name for name, _ in values_of(selected) if name not in ("form", "scope", "unanswered")))
    if told.testable or not fields:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown("放宽范围再看：", width="content")
        for name in fields:
            title = names.name("field", name)
            label = f"取消“{title}”" if name in EXCLUDED else f"不限{title}"
            st.button(label, key=f"widen-{name}", on_click=common.change, kwargs={name: []})


def _picked(labels: Sequence[LabelShare], moved: Sequence[str]) -> list[str]:
    """The labels whose lines are drawn: those of the URL, else what moves, else the most frequent."""
    known = {one.id: f"{one.name}（{one.share:.0%}）" for one in labels}
    asked = [label for label in st.query_params.get_all("label") if label in known]
    usual = [label for label in known if not label.startswith("other_")]
    default = list(dict.fromkeys([*(label for label in moved if label in known), *usual]))[:DEFAULT_LINES]
    held = asked[:MOST_LINES] or default or list(known)[:1]
    st.multiselect(
        f"画哪几类（最多 {MOST_LINES} 类）",
        list(known),
        key=common.hold("t-labels", held),
        format_func=lambda label: known[label],
        max_selections=MOST_LINES,
        placeholder="请选择",
        on_change=_lines,
    )
    return held


def _lines() -> None:
    common.change(label=st.session_state["t-labels"])


# -- between groups -----------------------------------------------------------------------------------------------


def _groups(selected: Filter, labels: Sequence[LabelShare], by: str) -> None:
    """One label's share in each group."""
    st.subheader("各组之间的差别")
    known = {one.id: f"{one.name}（{one.share:.0%}）" for one in labels}
    held = common.one("label", known, next(iter(known)))
    st.selectbox(
        "看哪一类",
        list(known),
        key=common.hold("t-label", held),
        format_func=lambda label: known[label],
        placeholder="请选择",
        on_change=_line,
    )
    found = _trends(holder.version(), selected, by, "", held)
    if not found.rows:
        st.info("所选范围里没有可比较的报告。")
        return
    title = f"写到“{names.name('label', held)}”的报告占比"
    if by == "province":
        told = "点一个省份，看它逐年的变化"
        provinces.draw(maps.shades_of_trends(found.rows), title, "%", selected, provinces.drill(by=[]), told)
    common.chart(charts.trend_groups(found.rows, by), f"{title}，{BY[by]}")
    st.caption(COUNTED + RANGES)
    for note in found.notes:
        st.caption(markup.plain(note))
    common.link(
        "compare", "挑两组，看差别靠不靠得住", {"by": [by], **filter_params(selected)}, ":material/compare_arrows:"
    )
    with st.expander("看数据"):
        st.html(_numbers(found, [held], by))
        with st.container(horizontal=True):
            offer("趋势", "trends", by=by, **{**common.wanted(selected), "label": [held]})


def _line() -> None:
    common.change(label=[st.session_state["t-label"]])


def _numbers(found: Trends, held: Sequence[str], by: str) -> str:
    """Every share that is drawn; what has the longer names stands first."""
    rows = [
        (
            names.name("label", row.label),
            names.group(by, row.group),
            f"{row.stating}/{row.reports}",
            f"{row.share:.1%}",
            f"{row.low:.1%} – {row.high:.1%}",
        )
        for row in found.rows
        if row.label in held
    ]
    head = ["类别", names.name("field", by), "写到/全部报告", "占比", "可能范围"]
    return headed.table(head, rows) if by == "year" else headed.table(head[1:], [row[1:] for row in rows])
