"""数据质量: what does not add up, and what a reader should know of the reports, in plain words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from ui import holder, markup, names
from ui.views import common
from ui.views.download import offer

if TYPE_CHECKING:
    from index.records import Filter, Finding, ReportRow

FIRST = 10
ORDER = {"fail": 0, "notice": 1, "uncertain": 2}
SHOWN = {"all": "全部", "fail": "数字不符", "reuse": "文字雷同", "notice": "其他提醒", "uncertain": "无法核对"}
REUSE = "REUSE"


def page() -> None:
    """Draw the page."""
    st.title("数据质量")
    common.notice()
    archive = common.archive()
    selected = common.chosen()
    common.choose(archive.facets(**common.wanted(selected)), common.REPORT_FIELDS, selected)
    findings = _findings(holder.version(), selected)
    rows = archive.list(**common.wanted(selected))
    _figures(findings, rows)
    _rules(findings, selected)
    _warnings(rows)


@st.cache_data(show_spinner="正在核对…", max_entries=32)
def _findings(version: holder.Stamp, selected: Filter) -> list[Finding]:
    del version
    return list(common.archive().check(**common.wanted(selected)))


def _figures(findings: Sequence[Finding], rows: Sequence[ReportRow]) -> None:
    counts = Counter(one.status for one in findings)
    wrong = len({one.report for one in findings if one.status == "fail"})
    st.html(
        markup.figures(
            [
                ("报告", names.number(len(rows), " 份"), "所选范围"),
                ("没有发现数字不符", names.number(len(rows) - wrong, " 份"), ""),
                ("数字不相符", names.number(counts["fail"], " 处"), f"涉及 {wrong} 份报告"),
                ("内容提醒", names.number(counts["notice"], " 处"), "雷同、提了问题没写措施"),
                ("无法核对", names.number(counts["uncertain"], " 处"), "表格缺数或读不准"),
            ]
        )
    )


def _rules(findings: Sequence[Finding], selected: Filter) -> None:
    st.subheader("发现的问题")
    if not findings:
        st.info("所选范围里没有发现问题。")
        return
    with st.container(horizontal=True):
        offer("数据质量", "check", **common.wanted(selected))
    show = common.segmented("看哪些", "show", SHOWN, "all")
    groups: dict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        if show in ("all", _kind(one)):
            groups[one.rule].append(one)
    if not groups:
        st.info(f"所选范围里没有“{SHOWN[show]}”这一类。")
    # among what is repeated, last year's text comes first: it is what people ask for
    first = f"{REUSE}-YEAR" if show == "reuse" else ""
    for rule, members in sorted(
        groups.items(), key=lambda pair: (pair[0] != first, _worst(pair[1]), -len(pair[1]), pair[0])
    ):
        _rule(rule, sorted(members, key=lambda one: ORDER.get(one.status, 3)), opened=show != "all")


def _kind(one: Finding) -> str:
    """Under which of the choices a finding stands."""
    return "reuse" if one.rule.startswith(REUSE) and one.status == "notice" else one.status


def _worst(members: Sequence[Finding]) -> int:
    return min(ORDER.get(one.status, 3) for one in members)


def _rule(rule: str, members: Sequence[Finding], *, opened: bool) -> None:
    known = names.rule(rule)
    reports = len({one.report for one in members})
    counts = Counter(one.status for one in members)
    shown = "，".join(f"{names.name('verdict', status)} {counts[status]} 处" for status in ORDER if counts[status])
    with st.expander(f"{markup.plain(known.name)}　{shown}，涉及 {reports} 份报告", expanded=opened):
        if known.why:
            st.html(f'<p class="mj-lead">{markup.safe(known.why)}</p>')
        asked = st.query_params.get_all("all")
        told = [one for one in members if one.status != "uncertain"]
        groups = _by_report(members if rule in asked or not told else told)
        for holders in groups if rule in asked else groups[:FIRST]:
            _findings_of(holders)
        if rule not in asked and (len(groups) > FIRST or len(told) < len(members)):
            st.button(
                f"显示全部 {len(members)} 处",
                key=f"all-{rule}",
                on_click=common.change,
                kwargs={"all": [*asked, rule]},
            )


def _by_report(members: Sequence[Finding]) -> list[list[Finding]]:
    """The findings of each report together, in the order given."""
    groups: dict[str, list[Finding]] = {}
    for one in members:
        groups.setdefault(one.report, []).append(one)
    return list(groups.values())


def _findings_of(holders: Sequence[Finding]) -> None:
    """One report's findings under its name."""
    first = holders[0]
    year = names.name("year", first.year) if first.year else "年份不明"
    common.link("report", f"{first.agency or '单位不明'}　{year}", {"report": [first.report]}, ":material/article:")
    if first.agency and first.rule.startswith(REUSE):
        query = {"unit": [first.report], "see": [first.report]}
        common.link("agency", "并排看相同的文字", query, ":material/compare_arrows:")
    styles = {"fail": "mj-bad", "uncertain": "mj-unsure"}
    lines = []
    for one in holders:
        verdict = markup.safe(names.name("verdict", one.status))
        lines.append(
            f'<div class="mj-row"><span class="{styles.get(one.status, "")}">{verdict}</span>'
            f"<span>{markup.safe(one.message)}</span></div>"
        )
    st.html("".join(lines))


def _warnings(rows: Sequence[ReportRow]) -> None:
    st.subheader("报告本身的情况")
    holders: dict[str, list[ReportRow]] = defaultdict(list)
    for row in rows:
        for key in row.warnings:
            if not names.warning(key).quiet and not key.startswith("check_failed"):
                holders[key].append(row)
    if not holders:
        st.info("所选范围里的报告都完整、规范。")
        return
    for key, members in sorted(holders.items(), key=lambda pair: -len(pair[1])):
        known = names.warning(key)
        with st.expander(f"{markup.plain(known.name)}（{len(members)} 份）"):
            st.html(f'<p class="mj-lead">{markup.safe(known.why)}</p>')
            for row in members[:FIRST]:
                year = names.name("year", row.year) if row.year else "年份不明"
                common.link("report", f"{row.agency or row.source}　{year}", {"report": [row.id]}, ":material/article:")
            if len(members) > FIRST:
                st.caption(f"另有 {len(members) - FIRST} 份，可在“报告”页用筛选查看。")
