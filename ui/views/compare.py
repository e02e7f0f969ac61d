"""对比: two groups of reports side by side; what goes together, what answers what, what nobody answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import charts, holder, markup, names, sides
from ui.state import filter_params
from ui.views import common
from ui.views.download import offer

if TYPE_CHECKING:
    from index.comparisons import Comparison, ProblemAnswers, ProfileRow, Together
    from index.records import Facet, Filter

VIEWS = {"groups": "两组对比", "together": "问题与措施的搭配"}
BY = {
    "agency_type": "按单位类型",
    "level": "按层级",
    "province": "按省份",
    "city": "按城市",
    "year": "按年份",
    "form": "按表式",
}
KINDS = {"problem": "问题", "measure": "改进措施"}
WHOLE = ("government_whole", "unknown")  # offered, but not what a person sees first
FIRST = 10
FEWEST = 5
COUNTED = "比例按报告计算：一份报告写到几次都只算一次。横线是可能的范围，报告越少范围越宽。"
LIFT = "倍数大于 1，说明同时写到的报告比各写各的凑巧碰到一起的多；只列统计上可靠的。"
USUAL = "“平常”是这类措施在所有写了措施的问题里占的份额；倍数是两者之比，大于 1 说明它特别针对这类问题。"


def page() -> None:
    """Draw the page."""
    st.title("对比")
    common.notice()
    view = common.segmented("看什么", "view", VIEWS, "groups")
    by = common.one("by", BY, "agency_type")
    selected = replace(common.chosen(), label=(), kind=())
    if view == "groups":
        selected = replace(selected, **_field(by, ()))
    facets = common.archive().facets(**common.wanted(selected))
    fields = [field for field in common.REPORT_FIELDS if view != "groups" or field != by]
    common.choose(facets, fields, selected)
    if view == "groups":
        _groups(facets.fields, selected)
    else:
        _together_view(selected)


def _field(name: str, value: Sequence[Any]) -> dict[str, Any]:
    """One field's change, for a filter."""
    return {name: tuple(value)}


# -- two groups -----------------------------------------------------------------------------------------------


def _groups(fields: Mapping[str, Sequence[Facet]], selected: Filter) -> None:
    with st.container(horizontal=True, gap="large"):
        by = common.segmented("怎么分组", "by", BY, "agency_type")
        kind = common.segmented("比什么", "kind", KINDS, "problem")
    counts = {facet.value: facet.count for facet in fields.get(by, ())}
    if len(counts) < 2:
        st.info("所选范围里只有一组报告，没有可比的。请换一种分组，或放宽左侧的筛选条件。")
        return
    left, right = _sides(counts)
    columns = st.columns(2)
    for column, side, title, held in zip(columns, ("left", "right"), ("左组", "右组"), (left, right), strict=True):
        column.multiselect(
            title,
            list(counts),
            key=common.hold(f"c-{side}", held),
            format_func=lambda value: f"{names.name(by, value)}（{counts[value]}）",
            placeholder="请选择",
            on_change=_picked,
            args=(side,),
        )
    if not left or not right:
        st.info("请给左右两组各选至少一项。")
        return
    values = [[int(one) for one in side] if by == "year" else side for side in (left, right)]
    found = _compared(holder.version(), *(replace(selected, **_field(by, side)) for side in values))
    _profile(found, kind, [_short(by, side) for side in (left, right)])


def _sides(counts: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """The groups that the URL names; by default the two with most reports."""
    largest = sorted(counts, key=lambda value: (value in WHOLE, -counts[value]))[:2]
    asked = [[one for one in st.query_params.get_all(side) if one in counts] for side in ("left", "right")]
    if not any(asked):
        return largest[:1], largest[1:]
    return asked[0], asked[1]


def _picked(side: str) -> None:
    """Both groups go into the URL, so that the other one stays what it was."""
    both = {one: list(st.session_state[f"c-{one}"]) for one in ("left", "right")}
    common.change(**both, all=[])


def _short(by: str, side: Sequence[str]) -> str:
    return "、".join(names.name(by, value) for value in side)


@st.cache_data(show_spinner="正在比较…", max_entries=64)
def _compared(version: holder.Stamp, left: Filter, right: Filter) -> Comparison:
    del version
    return common.archive().compare(common.wanted(left), common.wanted(right))


def _profile(found: Comparison, kind: str, titles: Sequence[str]) -> None:
    rows = [row for row in found.rows if row.kind == kind]
    if not rows or not found.left_reports or not found.right_reports:
        st.info("有一组没有可比较的报告（没有数据不等于零）。请换一组，或放宽左侧的筛选条件。")
        return
    st.subheader(f"写到各类{KINDS[kind]}的报告占几成")
    for note in found.notes:
        st.caption(markup.plain(note))
    _apart(found, rows, kind)
    ordered = sorted(rows, key=lambda row: (-abs(row.z or 0.0), row.label))
    # what fits no label says little: it is shown last
    ordered.sort(key=lambda row: row.label.startswith("other_"))
    shown = ordered if st.query_params.get("all") else ordered[:FIRST]
    legend = [
        f"{title}（{reports} 份{'，偏少' if reports < FEWEST else ''}）"
        for title, reports in zip(titles, (found.left_reports, found.right_reports), strict=True)
    ]
    common.chart(charts.profile(shown, legend), f"写到各类{KINDS[kind]}的报告占几成")
    st.caption(COUNTED + "差别大的排在前面。")
    if len(shown) < len(ordered):
        st.button(f"显示全部 {len(ordered)} 类", on_click=common.change, kwargs={"all": ["1"]}, width="stretch")
    with st.expander("看数据"):
        head = [KINDS[kind], *(cell for title in titles for cell in (title, "可能范围")), "差别"]
        st.html(markup.table(head, sides.profile_cells(ordered), numbers=(1, 2, 3, 4)))
        offer("对比", "compare", left=common.wanted(found.left), right=common.wanted(found.right))


def _apart(found: Comparison, rows: Sequence[ProfileRow], kind: str) -> None:
    """What sets the groups apart, in words; where nothing does, say so."""
    if min(found.left_reports, found.right_reports) < FEWEST:
        st.html('<p class="mj-lead">有一组的报告太少，看不出可靠的差别。</p>')
        return
    names_here = {row.name for row in rows if row.apart}
    told = [move for move in found.moves if any(f"“{name}”" in move for name in names_here)]
    if not told:
        st.html(f'<p class="mj-lead">两组写到的{KINDS[kind]}没有统计上可靠的差别，下面的高低可能是偶然的。</p>')
    for move in told:
        st.html(f'<p class="mj-lead">{markup.safe(move)}</p>')


# -- what goes together ---------------------------------------------------------------------------------------


@st.cache_data(show_spinner="正在统计…", max_entries=64)
def _counted(version: holder.Stamp, selected: Filter) -> Together:
    del version
    return common.archive().together(**common.wanted(selected))


def _together_view(selected: Filter) -> None:
    found = _counted(holder.version(), selected)
    if not found.problems:
        st.info("所选范围里没有写到问题的报告，请放宽左侧的筛选条件。")
        return
    for note in found.notes:
        st.caption(markup.plain(note))
    st.subheader("哪些问题只提不改")
    st.html(
        f'<p class="mj-lead">{found.problems} 条问题里有 {found.unanswered} 条没有找到对应的改进措施。'
        "下面按类别看没有措施的问题占几成。</p>"
    )
    drawn = charts.shares([(one.name, one.unanswered) for one in found.answers], "条")
    common.chart(drawn, "各类问题里没有写措施的比例")
    common.link("quality", "逐条看没有措施的问题", filter_params(selected), ":material/fact_check:")
    _answers(found.answers, selected)
    _pairs(found)


def _answers(rows: Sequence[ProblemAnswers], selected: Filter) -> None:
    """One problem's measures."""
    st.subheader("什么问题用什么措施")
    known = {one.label: one for one in sorted(rows, key=lambda one: -one.unanswered.of) if one.answers}
    if not known:
        st.info("所选范围里没有写了措施的问题。")
        return
    held = common.one("problem", known, next(iter(known)))
    st.selectbox(
        "看哪类问题",
        list(known),
        key=common.hold("c-problem", held),
        format_func=lambda label: f"{known[label].name}（{known[label].unanswered.of} 条）",
        placeholder="请选择",
        on_change=_problem,
    )
    head = ["措施", "写了措施的问题里", "平常", "倍数"]
    st.html(markup.table(head, sides.answer_cells(known[held].answers), numbers=(1, 2, 3)))
    st.caption(USUAL)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        common.link("measures", "看各单位写的对策", {"label": [held]}, ":material/build:")
        offer("问题与措施的搭配", "together", **common.wanted(selected))


def _problem() -> None:
    common.change(problem=[st.session_state["c-problem"]])


def _pairs(found: Together) -> None:
    st.subheader("哪些总是一起出现")
    for kind, title in KINDS.items():
        rows = [one for one in found.pairs if one.kind == kind and one.sure and one.lift > 1]
        st.markdown(f"**{title}**")
        if not rows:
            st.caption("没有发现统计上可靠的搭配。")
            continue
        head = [f"这类{title}", f"和这类{title}", "同时写到", "各写到（份）", "倍数"]
        st.html(markup.table(head, sides.pair_cells(rows[:FIRST]), numbers=(2, 3, 4)))
    st.caption(LIFT)
