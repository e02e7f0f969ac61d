"""检索: find what agencies say, see it in place, see how others put it and how they solved it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import asked, holder, markup, names
from ui.state import (
    STEP,
    YEARS,
    SearchState,
    dismiss,
    filter_params,
    from_params,
    loosened,
    merged,
    phrases,
    to_params,
    values_of,
    without,
)
from ui.views import common, hits, keeping
from ui.views.download import offer

if TYPE_CHECKING:
    from index import Archive
    from index.records import Answer, AskedStatistics, Facets, Filter, MeasureRow, Solutions

MOST = 200
LAYOUTS = {"reports": "按报告归在一起", "flat": "逐句排列"}


def page() -> None:
    """Draw the page."""
    st.title("检索")
    common.notice()
    keeping.told()
    archive = common.archive()
    state = from_params(common.params())
    _box(state)
    if state.solve:
        _solutions(archive, state)
    elif state.like:
        _likes(archive, state)
    elif state.q or state.filter.to_dict():
        _hits(archive, state)
    else:
        _start()
    # the hits come first: what there is to narrow them by may take longer to count
    query = "" if state.solve or state.like else state.q
    common.choose(_facets(holder.version(), state.filter, query), common.SEARCH_FIELDS, state.filter, excluded=False)


@st.cache_data(show_spinner=False, max_entries=64)
def _facets(version: holder.Stamp, selected: Filter, query: str) -> Facets:
    del version
    return common.archive().facets(query=query, **common.wanted(selected))


def _box(state: SearchState) -> None:
    """The query box; Enter or the button searches."""
    with st.form("search", border=False):
        left, right = st.columns([6, 1], vertical_alignment="bottom")
        left.text_input(
            "检索内容",
            key=common.hold("q", state.q),
            placeholder="想找什么？可以写一句话，如：2023年浙江县级应急局人员不足",
            label_visibility="collapsed",
            max_chars=500,
        )
        right.form_submit_button("检索", type="primary", on_click=_submit, width="stretch")


def _submit() -> None:
    state = from_params(common.params())
    common.go(to_params(SearchState(q=st.session_state["q"].strip(), filter=state.filter, layout=state.layout)))


def _start() -> None:
    """Nothing asked yet: say what can be asked, with examples to click."""
    st.html(
        '<p class="mj-lead">按意思查找各单位年度报告里写的问题、改进措施和正文。'
        "不必用原文的字词；年份、地区、单位类型可以直接写在句子里，也可以用左侧的筛选。"
        "加引号的字词必须原样出现；写“不要乡镇”“除浙江省外”“不含教育局”“不要2021年”可以排除。</p>"
    )
    _examples("试试这些：", common.EXAMPLES)
    keeping.listed()


def _examples(title: str, queries: tuple[str, ...]) -> None:
    st.markdown(f"**{title}**")
    with st.container(horizontal=True, gap="small"):
        for index, query in enumerate(queries):
            st.button(markup.plain(query), key=f"example-{index}", on_click=_ask, args=(query,))


def _ask(query: str) -> None:
    common.go(to_params(SearchState(q=query)))


def _hits(archive: Archive, state: SearchState) -> None:
    answer = archive.search(state.q, k=state.k, **common.wanted(state.filter))
    _conditions(state, answer)
    if answer.statistics:
        _figures(archive, answer.statistics)
    if answer.no_match or not answer.hits:
        if not answer.statistics:
            _nothing(state, answer)
        return
    if answer.note:
        st.caption(markup.plain(answer.note))
    more = len(answer.hits) >= state.k
    _head(state, answer, more)
    hits.show(answer.hits, state)
    _more(state, more)


def _head(state: SearchState, answer: Answer, more: bool) -> None:
    """How many hits, how they are laid out, and the ways to take them away."""
    reports = len({hit.report for hit in answer.hits})
    first = "最相关的" if state.q else "前"
    count = f"{first} {len(answer.hits)} 条" if more else f"共 {len(answer.hits)} 条"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f"**{count}**，来自 {reports} 份报告", width="content")
        common.segmented("排列方式", "layout", LAYOUTS, "reports", hidden=True)
        offer("检索结果", "search", query=state.q, **common.wanted(merged(state.filter, answer.filter)))
        keeping.keep(state)


def _figures(archive: Archive, wanted: AskedStatistics) -> None:
    """The first rows of the figures that were asked for, and the way to their page."""
    for table, count in asked.tables(archive, wanted):
        measure = table.measures[0]
        with st.container(border=True):
            st.markdown(f"**统计：{markup.plain(asked.title(table, wanted))}**")
            if table.rows:
                by = table.by
                head = [names.name("field", by) if by else "单位", measure.name, "有数据的报告", "应有的报告"]
                cells = [
                    (_whose(row, by), names.number(row.value, measure.unit), row.reports, row.of) for row in table.rows
                ]
                st.html(markup.table(head, cells, numbers=(1, 2, 3)))
            else:
                st.info("所选范围里没有报告有这个数字。缺表不等于零。")
            for note in table.notes:
                st.caption(markup.plain(note))
            query = {
                "measure": [measure.id],
                **({"by": [table.by]} if table.by else {}),
                **filter_params(wanted.filter),
            }
            label = f"共 {count} 行，在统计页看全部" if count > len(table.rows) else "在统计页查看"
            common.link("statistics", label, query, ":material/bar_chart:")


def _whose(row: MeasureRow, by: str | None) -> str:
    if by:
        return names.group(by, row.group)
    return f"{row.agency or '单位不明'}　{names.name('year', row.year) if row.year else '年份不明'}"


def _more(state: SearchState, more: bool) -> None:
    if more and state.k < MOST:
        st.button("显示更多", on_click=_show, args=(replace(state, k=state.k + STEP),), width="stretch")
    elif more:
        st.caption(f"最多显示 {MOST} 条；可以用筛选缩小范围，或下载后查看。")


def _show(state: SearchState) -> None:
    common.go(to_params(state))


def _conditions(state: SearchState, answer: Answer | None) -> None:
    """What narrows the hits: chosen, or understood from the query's own words; each taken back by a click."""
    own = set(values_of(state.filter))
    understood: dict[str, list[Any]] = {}
    for field, value in values_of(answer.filter) if answer else ():
        if (field, value) not in own:
            understood.setdefault(field, []).append(value)
    exact = phrases(state.q)
    if not (own or understood or exact):
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown("条件（点一下就去掉）：", width="content")
        for number, phrase in enumerate(exact):
            _chip(f"原样含有：“{phrase}”", f"exact-{number}", replace(state, q=loosened(state.q, phrase)))
        for field, values in understood.items():
            text, applied = (answer.text, answer.filter) if answer else ("", state.filter)
            view = dismiss(state, text, applied, field, values)
            _chip(_said(field, values), f"understood-{field}", view, "从检索内容里识别到的，点一下去掉")
        chosen: dict[str, list[Any]] = {}
        for field, value in values_of(state.filter):
            chosen.setdefault(field, []).append(value)
        for field, values in chosen.items():
            rest = replace(state, filter=without(state.filter, field, values), k=STEP)
            _chip(_said(field, values), f"chosen-{field}", rest)


def _chip(text: str, key: str, view: SearchState, told: str = "点一下去掉这个条件") -> None:
    st.button(markup.plain(f"{text} ✕"), key=f"chip-{key}", help=told, on_click=_show, args=(replace(view, near=""),))


def _said(field: str, values: list[Any]) -> str:
    """“年份：2021–2023年”."""
    title = names.name("field", field)
    if values == [True]:
        return title
    if field in YEARS:
        return f"{title}：{names.years(values)}"
    return f"{title}：{'、'.join(names.name(field.removeprefix('not_'), value) for value in values)}"


def _nothing(state: SearchState, answer: Answer) -> None:
    advice = answer.suggestions or ("换个说法，或放宽筛选条件再试",)
    st.info("没有找到相关内容。\n\n" + "\n".join(f"- {markup.plain(one)}" for one in advice))
    if state.filter.to_dict():
        st.button("清除筛选再找一次", on_click=_ask, args=(state.q,))
    _examples("或者看看这些：", common.EXAMPLES[:4])


def _likes(archive: Archive, state: SearchState) -> None:
    st.subheader("别处的相似说法")
    answer = archive.similar(state.like, k=state.k, **common.wanted(state.filter))
    _quoted(answer.query)
    _conditions(state, None)
    if answer.no_match or not answer.hits:
        st.info("没有找到相似的说法，可以放宽左侧的筛选条件。")
        return
    hits.show(answer.hits, state)
    _more(state, len(answer.hits) >= state.k)


def _quoted(text: str) -> None:
    st.html(f'<blockquote class="mj-quote">{markup.safe(text)}</blockquote>')


def _solutions(archive: Archive, state: SearchState) -> None:
    st.subheader("别的单位怎么解决这类问题")
    found: Solutions = archive.solutions(state.solve, **common.wanted(state.filter, "kind", "label"))
    _quoted(archive.similar(state.solve, k=1).query)
    _conditions(state, None)
    if found.no_match or not found.groups:
        st.info("没有找到针对这类问题的改进措施，可以放宽左侧的筛选条件。")
        return
    st.html(
        f'<p class="mj-lead">找到 {found.problems} 条类似问题，其中 {found.unanswered} 条没有写对应的改进措施。'
        "下面按措施的类别排列，比例是采取这类措施的问题所占的份额；一个问题可能有几类措施。</p>"
    )
    for group in found.groups:
        st.markdown(f"#### {markup.plain(group.name)}　{group.count} 条，占 {group.share:.0%}")
        hits.aftermath(group)
        hits.examples(group.examples)
