"""简报: a written summary of what was chosen, each sentence with its sources, and the same as a Word file."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from index.records import LabelShare
from nlp.errors import MissingExtra
from ui import charts, holder, markup, names
from ui.views import common
from ui.views.download import offer_brief
from ui.views.later import Step, forget, later

if TYPE_CHECKING:
    from index.records import Facets, Filter
    from index.summary.records import FigureSource, Part, Sentence, Source, StatementSource, Summary

LEAD = (
    "在左侧选好范围（比如一个省、一年、一类单位），这里随即写成简报。每句后面的小号数字是出处，点“看依据”可查每个数字怎么算的、"
    "每句引文在哪份报告里。"
)
BARS = 8
REWRITTEN = "数字、引文和出处逐句核对，不符的段落仍用原来的文字。"


def page() -> None:
    """Draw the page."""
    st.title("简报")
    common.notice()
    selected = replace(common.chosen(), label=(), kind=())
    facets = common.archive().facets(**common.wanted(selected))
    common.choose(facets, common.REPORT_FIELDS, selected)
    st.html(f'<p class="mj-lead">{markup.safe(LEAD)}</p>')
    if not facets.reports:
        _nothing(bool(selected.to_dict()))
        return
    found = _told(selected, rewritten=_asked_to_rewrite())
    if found is None:
        _meanwhile(selected, facets)
        return
    if not found.reports:
        _nothing(bool(selected.to_dict()))
        return
    _whole(found)


def _whole(found: Summary) -> None:
    st.subheader(markup.plain(found.title))
    years = names.years(found.years) or "年度不明"
    st.html(
        markup.figures(
            [("报告", f"{found.reports:,} 份", years), ("单位", f"{found.agencies:,} 个", "同一单位各年算一个")]
        )
    )
    offer_brief(found)
    for note in found.notes:
        st.info(markup.plain(note))
    for part in found.parts:
        _part(part, found)
    with st.expander("各个说法是什么意思"):
        st.html(markup.table(["说法", "解释"], found.definitions))


def _meanwhile(selected: Filter, facets: Facets) -> None:
    """What is counted at once, while the text is being written."""
    st.subheader("先看数字")
    present = [int(facet.value) for facet in facets.fields.get("year", ()) if facet.value.isdigit()]
    years = selected.year or present
    st.html(markup.figures([("报告", f"{facets.reports:,} 份", names.years(years) or "年度不明")]))
    common.most_stated(selected, "problem", BARS)


def _asked_to_rewrite() -> bool:
    """Whether a language model is to tell it again; asked only where whoever runs the page has set one up."""
    from index.rewriting.endpoint import EndpointError, configured

    try:
        endpoint = configured()
    except EndpointError as error:  # the summary itself needs no model
        st.warning(f"不能用大模型改写。{markup.plain(str(error))}")
        return False
    if endpoint is None:
        return False
    told = f"简报的文字（含所引的报告原句）会发给 {markup.plain(endpoint.host)} 上的大模型。" + REWRITTEN
    return st.toggle("用大模型改写得更通顺", key="rewrite", help=told)


def _told(selected: Filter, *, rewritten: bool) -> Summary | None:
    """The summary, told again if so wished; as it was where that cannot be done; None: it is still being written."""
    plain = later(*asked(selected), "正在写简报")
    if plain is None or not rewritten:
        return plain
    key, work = asked(selected, rewritten=True)
    try:
        again = later(key, work, "正在用大模型改写")
    except MissingExtra as error:
        st.warning(markup.plain(str(error)))
        return plain
    if again is None:
        return plain
    if again.parts == plain.parts:  # the model did not answer, or nothing passed: it is asked anew the next time
        forget(key)
    return again


def asked(selected: Filter, *, rewritten: bool = False) -> tuple[Hashable, Callable[[Step], Summary]]:
    """The summary of a selection of the archive as it is now, named and written."""

    def work(step: Step) -> Summary:
        del step
        return common.archive().summary(rewrite=rewritten, **common.wanted(selected))

    return ("summary", holder.version(), selected, rewritten), work


def _nothing(filtered: bool) -> None:
    if filtered:
        st.info("所选范围里没有报告，请减少或更换左侧的筛选条件。")
        st.button("看全部报告的简报", on_click=common.go, args=({},), icon=":material/filter_alt_off:")
        return
    st.info("档案里还没有报告。先把报告放进来，简报就能写了。")
    common.link("intake", "去入库", icon=":material/upload_file:")


def _part(part: Part, found: Summary) -> None:
    """A part's text, its chart, and below what it rests on."""
    st.subheader(markup.plain(part.title))
    st.html("".join(_paragraph(sentence) for sentence in part.sentences))
    _chart(part.id, found)
    cited = dict.fromkeys(number for sentence in part.sentences for number in sentence.sources)
    with st.expander(f"看依据（{len(cited)} 处）"):
        _sources([found.source(number) for number in cited])


def _paragraph(sentence: Sentence) -> str:
    """A sentence with its citations raised."""
    inner = "".join(
        markup.safe(text) + "".join(f"<sup>[{number}]</sup>" for number in numbers)
        for text, numbers in sentence.pieces()
    )
    return f'<p class="mj-text" style="line-height:1.9;margin:.35rem 0">{inner}</p>'


def _chart(part: str, found: Summary) -> None:
    if part == "problems" and found.with_issues >= charts.FEW:
        rows = [row for row in found.labels if row.kind == "problem" and not row.id.startswith("other_")][:BARS]
        shares = [LabelShare(row.id, row.name, row.kind, row.stating, row.share) for row in rows]
        common.chart(charts.label_shares(shares, found.with_issues, "problem"), "写到各类问题的报告所占比例")
    elif part == "change" and len({row.group for row in found.trends} - {"unknown"}) > 1:
        common.chart(charts.trend_lines(found.trends), "各类问题逐年的报告占比")
        st.caption("浅色带是可能的范围，报告越少范围越宽；空心点表示该年报告不足 5 份。")


def _sources(sources: Sequence[Source]) -> None:
    """How figures come out, as a table; then the sentences, each with the way to its place in the report."""
    from index.summary.records import FigureSource, StatementSource
    from index.summary.telling import definition, worked

    figures: list[FigureSource] = [one for one in sources if isinstance(one, FigureSource)]
    if figures:
        rows = [(f"[{one.number}]", definition(one), worked(one)) for one in figures]
        st.html(markup.table(["出处", "数的是什么", "怎么得来"], rows))
    for one in sources:
        if isinstance(one, StatementSource):
            _quotation(one)


def _quotation(source: StatementSource) -> None:
    quoted = markup.quote(f"[{source.number}] {source.text}", source.agency, source.year)
    st.html(quoted)
    place = {"report": [source.report], "at": [str(source.start)]}
    common.link("report", f"查看原文 [{source.number}]", place, ":material/article:")
