"""概览: what is inside, and what is worth a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from index.records import Filter
from ui import charts, holder, markup, names
from ui.state import SearchState, to_params
from ui.views import common, guide
from ui.views.later import later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.records import Facets, LabelShare, ReportRow

SHOWN = 12
LATEST = 5


def page() -> None:
    """Draw the page."""
    st.title("政府信息公开年度报告")
    common.notice()
    archive = common.archive()
    facets = archive.facets()
    if not facets.reports:
        _empty()
        return
    _ask()
    _figures(facets)
    _questions()
    _worth_a_look()
    _latest(archive.latest(LATEST))
    _charts(facets)


def prepare() -> None:
    """Load what the page shows, before anyone asks for it."""
    archive = common.archive()
    facets = archive.facets()
    _insight(holder.version())
    common.samples(holder.version())
    archive.check_counts(wait=False)
    archive.check_examples("", statuses=("fail",), first=2)
    archive.latest(LATEST)
    charts.counts(facets.fields.get("level", ()), "level").to_dict()


def _empty() -> None:
    st.info("档案里还没有报告。可以在“入库”页上传，或运行：mingjian add 报告所在文件夹")
    common.link("intake", "去入库", icon=":material/upload_file:")


def _ask() -> None:
    """A question straight from the first page."""
    st.html(
        '<p class="mj-lead">把一批年度报告读成可以检索、比较、统计的资料：各单位提出了哪些问题、采取了哪些措施、'
        "申请办理和复议诉讼的数字，以及表格对不对得上。</p>"
    )
    with st.form("ask", border=False):
        left, right = st.columns([6, 1], vertical_alignment="bottom")
        query = left.text_input(
            "检索内容",
            placeholder="想找什么？如：工作人员业务不熟练",
            label_visibility="collapsed",
            max_chars=500,
        )
        if right.form_submit_button("检索", type="primary", width="stretch") and query.strip():
            st.switch_page(common.page("search"), query_params=to_params(SearchState(q=query.strip())))
    with st.container(horizontal=True, gap="small"):
        for example in common.EXAMPLES[:4]:
            common.link("search", example, {"q": [example]}, ":material/search:")


def _questions() -> None:
    """What people come with, each a click from its answer."""
    st.subheader("常见的问题，点开就是答案")
    with st.container(horizontal=True, gap="small"):
        for link in guide.questions():
            common.link(link["page"], link["words"], link["query"], ":material/arrow_forward:")


def _figures(facets: Facets) -> None:
    years = [int(facet.value) for facet in facets.fields.get("year", ()) if facet.value.isdigit()]
    kinds = {facet.value: facet.count for facet in facets.fields.get("kind", ())}
    provinces = len(facets.fields.get("province", ()))
    st.html(
        markup.figures(
            [
                ("报告", names.number(facets.reports, " 份"), names.years(years)),
                ("提出的问题", names.number(kinds.get("problem", 0), " 条"), "第五部分逐条拆出"),
                ("改进措施", names.number(kinds.get("measure", 0), " 条"), "第五部分逐条拆出"),
                (
                    "覆盖省份",
                    names.number(provinces, " 个"),
                    f"单位类型 {len(facets.fields.get('agency_type', ()))} 种",
                ),
            ]
        )
    )


def _worth_a_look() -> None:
    st.subheader("值得看一看")
    labels, moves = _insight(holder.version())
    left, middle, right = st.columns(3)
    with left.container(border=True, height="stretch"):
        st.markdown("**最常见的问题**")
        for label in labels[:3]:
            st.html(f'<div class="mj-row">{markup.safe(label.name)}：{label.share:.0%} 的报告写到</div>')
        common.link("trends", "看全部问题和变化", icon=":material/arrow_forward:")
        if labels:
            common.link("measures", "看别人怎么解决", {"label": [labels[0].id]}, ":material/arrow_forward:")
    with middle.container(border=True, height="stretch"):
        st.markdown("**这些年的变化**")
        for move in moves[:3]:
            st.html(f'<div class="mj-row">{markup.safe(move)}</div>')
        if not moves:
            st.html('<div class="mj-row">没有哪类问题有明显的升降。</div>')
        common.link("trends", "看趋势", icon=":material/arrow_forward:")
        common.link("topics", "看新近增多的话题", icon=":material/arrow_forward:")
    with right.container(border=True, height="stretch"):
        st.markdown("**数字对不上、文字雷同**")
        _doubtful()


def _doubtful() -> None:
    """Which reports do not add up, and which repeat what was said elsewhere."""
    archive = common.archive()
    found = archive.check_counts(wait=False)
    if found.pending:
        told = "正在核对各份报告" if found.pending == "all" else "正在比对各单位的文字"
        later(*common.checking(), told, small=True)
        found = archive.check_counts(wait=False)
    if found.pending == "all":
        common.link("quality", "数据质量", icon=":material/arrow_forward:")
        return
    failed = sum(rule.statuses.get("fail", 0) for rule in found.rules)
    st.html(f'<div class="mj-row">{found.wrong:,} 份报告有数字不相符，共 {failed:,} 处</div>')
    for finding in archive.check_examples("", statuses=("fail",), first=2)[:2]:
        source = f"{finding.agency or '单位不明'}{finding.year or ''}年：{names.rule(finding.rule).name}"
        st.html(f'<div class="mj-row">{markup.safe(source)}</div>')
    common.link("quality", "逐条查看", {"show": ["fail"]}, ":material/arrow_forward:")
    if found.repeated:
        st.html(f'<div class="mj-row">{found.repeated:,} 份报告的文字与上年或别的单位雷同</div>')
        common.link("quality", "看是哪些单位", {"show": ["reuse"]}, ":material/arrow_forward:")


def _latest(rows: Sequence[ReportRow]) -> None:
    """What came in last."""
    st.subheader("最近收入")
    with st.container(border=True, gap="xxsmall"):
        for row in rows:
            year = names.name("year", row.year) if row.year else "年份不明"
            told = f"问题 {row.problems} 条，措施 {row.measures} 条"
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                common.link("report", f"{row.agency or row.source}　{year}", {"report": [row.id]}, ":material/article:")
                st.html(f'<span class="mj-why">{told}</span>', width="content")
    common.link("intake", "收入更多报告", icon=":material/upload_file:")


@st.cache_data(show_spinner=False, max_entries=2)
def _insight(version: holder.Stamp) -> tuple[list[LabelShare], tuple[str, ...]]:
    """Problems by falling share, and moves, of the whole archive as it was at ``version``."""
    del version
    archive = common.archive()
    moves = archive.trends("year", kind="problem").moves
    named = [one for one in common.shares(archive, Filter(), "problem") if not one.id.startswith("other_")]
    return named, moves


def _charts(facets: Facets) -> None:
    st.subheader("收录情况")
    left, right = st.columns(2)
    fields = facets.fields
    with left:
        if fields.get("year"):  # a report may name none
            common.chart(charts.counts(fields["year"], "year", ordered=True), "各年份的报告数")
        if fields.get("level"):
            common.chart(charts.counts(fields["level"], "level"), "各层级的报告数")
    with right:
        first = f"（前 {SHOWN} 个）" if len(fields.get("province", ())) > SHOWN else ""
        if fields.get("province"):
            common.chart(charts.counts(fields["province"][:SHOWN], "province"), f"各省份的报告数{first}")
