"""报告: the list, and one report with its tables, its statements in place and what does not add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from nlp.errors import MingjianError
from ui import markup, names, statutory
from ui.markup import Said
from ui.views import common
from ui.views.download import offer

if TYPE_CHECKING:
    from index.records import ReportRow, StoredReport

SIZE = 20
TABLES = {2: "disclosure", 3: "applications", 4: "review"}


def page() -> None:
    """Draw the list, or the report that the URL names."""
    report = st.query_params.get("report", "")
    if report:
        _one(report)
    else:
        _list()


def _list() -> None:
    st.title("报告")
    common.notice()
    archive = common.archive()
    selected = common.chosen()
    common.choose(archive.facets(**common.wanted(selected)), common.REPORT_FIELDS, selected)
    name = st.text_input(
        "单位名称",
        key=common.hold("r-agency", next(iter(selected.agency), "")),
        placeholder="输入单位名称的一部分，如：应急管理局",
        on_change=_named,
        max_chars=60,
    )
    total = archive.count(**common.wanted(selected))
    left, right = st.columns([2, 3], vertical_alignment="center")
    left.markdown(f"**共 {total} 份报告**")
    with right.container(horizontal=True, horizontal_alignment="right"):
        offer("报告清单", "reports", **common.wanted(selected))
    if not total:
        st.info(
            "没有符合条件的报告。" + (f"没有单位名称含“{markup.plain(name)}”，或被左侧的筛选排除了。" if name else "")
        )
        return
    first, _ = common.pages_of(total, SIZE)
    for row in archive.list(limit=SIZE, offset=first, **common.wanted(selected)):
        _line(row)
    common.turn(total, SIZE)


def _named() -> None:
    name = st.session_state["r-agency"].strip()
    common.change(agency=[name] if name else [], page=[])


def _line(row: ReportRow) -> None:
    with st.container(border=True, gap="xxsmall"):
        year = names.name("year", row.year) if row.year else "年份不明"
        common.link("report", f"{row.agency or row.source}　{year}", {"report": [row.id]}, ":material/article:")
        st.html(markup.report_line(row))


def _one(report: str) -> None:
    """One report."""
    common.link("report", "返回报告列表", icon=":material/arrow_back:")
    try:
        stored = common.archive().show(report)
    except MingjianError as error:
        st.warning(markup.plain(str(error)))
        return
    row = stored.row
    named = f"{row.agency or '单位不明'}　{names.name('year', row.year) if row.year else '年份不明'}"
    st.html(f'<h1 class="mj-title">{markup.safe(named)}</h1>')
    common.notice()
    st.html(markup.report_line(row))
    _years(row)
    _about(stored)
    _warnings(stored.report["warnings"])
    _checks(stored.report["checks"])
    _pairs(stored.report)
    st.html(markup.contents(sorted(stored.report["sections"], key=lambda s: s["start"])))
    at = st.query_params.get("at", "")
    focus = int(at) if at.isascii() and at.isdigit() and len(at) < 9 else None
    _sections(stored, focus)


def _years(row: ReportRow) -> None:
    """The same agency's other reports."""
    if not row.agency:
        return
    others = [
        one for one in common.archive().list(agency=[row.agency]) if one.agency == row.agency and one.id != row.id
    ]
    if not others:
        return
    common.link("agency", "看本单位历年对照", {"unit": [row.id]}, ":material/apartment:")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown("本单位其他年份：", width="content")
        for one in others:
            common.link("report", names.name("year", one.year) if one.year else "年份不明", {"report": [one.id]})


def _pairs(report: Mapping[str, Any]) -> None:
    problems = [index for index, one in enumerate(report["statements"]) if one["kind"] == "problem"]
    if not problems:
        return
    answered = len({problem for problem, _ in report["pairs"]})
    with st.expander(f"问题与对应的措施：{len(problems)} 条问题中 {answered} 条写了对应的措施"):
        st.html(markup.pairs(report["statements"], report["pairs"]))


def _about(stored: StoredReport) -> None:
    report = stored.report
    with st.expander("报告信息和出处"):
        sources = {
            names.name("about", key): names.source(value) for key, value in (report.get("field_sources") or {}).items()
        }
        rows = [
            ("标题", report.get("title") or "没有标题"),
            ("原文写的单位", report.get("agency_raw") or "不明"),
            ("统计口径", names.name("scope", report["scope"])),
            ("落款日期", report.get("sign_date") or "不明"),
            ("来源文件", report["source"]),
            ("信息处理费", names.number(report["statistics"].get("fee_charged_yuan"), " 元")),
            *((f"{field}取自", place) for field, place in sources.items()),
        ]
        st.html(markup.table(["项目", "内容"], rows))
        common.link("search", "在检索里看这个单位", {"agency": [stored.row.agency or ""]}, ":material/search:")


def _warnings(warnings: Sequence[str]) -> None:
    """What a reader should know of this report, without what is mere information."""
    told = [known for known in map(names.warning, warnings) if not known.quiet]
    if not told:
        return
    lines = "".join(f"<li>{markup.safe(one.name)}。{markup.safe(one.why)}</li>" for one in told)
    with st.expander(f"阅读提示 {len(told)} 条"):
        st.html(f'<ul class="mj-lead">{lines}</ul>')


def _checks(checks: Sequence[Mapping[str, Any]]) -> None:
    failed = sum(check["status"] == "fail" for check in checks)
    unsure = sum(check["status"] == "uncertain" for check in checks)
    if not checks:
        st.html('<p class="mj-lead">没有可核对的表格。</p>')
        return
    shown = f"数字核对：{len(checks)} 项中 {failed} 项不相符" if failed else f"数字核对：{len(checks)} 项中没有不相符的"
    shown += f"，{unsure} 项因缺数据无法判断" if unsure else ""
    with st.expander(shown, expanded=bool(failed)):
        st.html(markup.verdicts(checks))


def _sections(stored: StoredReport, focus: int | None) -> None:
    said = _said(stored, focus)
    sections = sorted(stored.report["sections"], key=lambda s: s["start"])
    if stored.report["none_stated"]:
        st.info("这份报告写明没有存在的问题。")
    if focus is not None and not any(s["start"] <= focus < s["end"] for s in sections):
        st.subheader("报告开头")
        st.html(markup.body(stored.text, 0, sections[0]["start"] if sections else len(stored.text), said))
    if not sections:
        st.html(markup.body(stored.text, 0, len(stored.text), said))
    for section in sections:
        _section(stored, section, said, focus)


def _section(stored: StoredReport, section: Mapping[str, Any], said: Sequence[Said], focus: int | None) -> None:
    start, end = section["start"], section["end"]
    title = markup.plain(section["heading"] or names.name("section", section["number"]))
    st.subheader(title, anchor=f"section-{section['start']}")
    table = stored.report["statistics"].get(TABLES.get(section["number"], ""))
    heading = section["heading"] or ""
    if heading and stored.text.startswith(heading, start):
        start += len(heading)
    text = markup.body(stored.text, start, end, said)
    if section["number"] not in TABLES:
        st.html(text)
        return
    if table:
        st.html(_table(section["number"], table, stored.report["form"]))
    else:
        st.caption("这一部分没有读到法定表格，数字按“无数据”处理。")
    inside = focus is not None and section["start"] <= focus < end
    with st.expander("看这一部分的原文文字", expanded=inside or not table):
        st.html(text)


def _table(number: int, table: Mapping[str, Any], form: str) -> str:
    if number == 2:
        return statutory.disclosure(table, form)
    return statutory.applications(table) if number == 3 else statutory.review(table)


def _said(stored: StoredReport, focus: int | None) -> list[Said]:
    """The statements in place; the one at ``focus`` stands out, and so does a passage that is no statement."""
    said = [
        Said(s["start"], s["end"], s["kind"], tuple(s["labels"]), s["start"] == focus)
        for s in stored.report["statements"]
    ]
    if focus is not None and not any(one.focus for one in said):
        inside = next((i for i, one in enumerate(said) if one.start <= focus < one.end), None)
        if inside is not None:
            one = said[inside]
            said[inside] = Said(one.start, one.end, one.kind, one.labels, focus=True)
        elif focus < len(stored.text):
            end = stored.text.find("\n", focus)
            said.append(Said(focus, end if end > focus else len(stored.text), "passage", (), focus=True))
    return said
