"""数据质量: what does not add up, and what a reader should know of the reports, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from ui import holder, markup, names
from ui.views import common
from ui.views.download import offer
from ui.views.later import later

if TYPE_CHECKING:
    from index.countings import Checked, RuleCount, WarningCount
    from index.records import Filter, Finding

FIRST = 10  # reports of a rule that are shown at first
PAGE = 20  # reports on a page where all are leafed through
ORDER = {"fail": 0, "notice": 1, "uncertain": 2}
SHOWN = {"all": "全部", "fail": "数字不符", "reuse": "文字雷同", "notice": "其他提醒", "uncertain": "无法核对"}
REUSE, REUSED = "REUSE", "reuse"  # what such rules begin with; under which choice their notices stand


def page() -> None:
    """Draw the page."""
    st.title("数据质量")
    common.notice()
    archive = common.archive()
    selected = common.chosen()
    common.choose(archive.facets(**common.wanted(selected)), common.REPORT_FIELDS, selected)
    found = archive.check_counts(wait=False, **common.wanted(selected))
    if found.pending:
        _prepare(found)
        found = archive.check_counts(wait=False, **common.wanted(selected))
    if found.pending != "all":
        _figures(found)
        _rules(found, selected)
    _warnings(_warned(holder.version(), selected))


def _prepare(found: Checked) -> None:
    told = "正在核对报告" if found.pending == "all" else "正在比对各单位的文字，“文字雷同”稍后更新"
    later(*common.checking(), told)


def _figures(found: Checked) -> None:
    counts: Counter[str] = Counter()
    for rule in found.rules:
        counts.update(rule.statuses)
    st.html(
        markup.figures(
            [
                ("报告", names.number(found.reports, " 份"), "所选范围"),
                ("没有发现数字不符", names.number(found.reports - found.wrong, " 份"), ""),
                ("数字不相符", names.number(counts["fail"], " 处"), f"涉及 {found.wrong} 份报告"),
                ("内容提醒", names.number(counts["notice"], " 处"), "雷同、提了问题没写措施"),
                ("无法核对", names.number(counts["uncertain"], " 处"), "表格缺数或读不准"),
            ]
        )
    )


def _rules(found: Checked, selected: Filter) -> None:
    st.subheader("发现的问题")
    if not found.rules:
        st.info("所选范围里没有发现问题。")
        return
    with st.container(horizontal=True):
        offer("数据质量", "check", **common.wanted(selected))
    show = common.segmented("看哪些", "show", SHOWN, "all")
    kept = [(one, _of_kind(one, show)) for one in found.rules]
    groups = [(one, statuses) for one, statuses in kept if statuses]
    if not groups:
        st.info(f"所选范围里没有“{SHOWN[show]}”这一类。")
    # among what is repeated, last year's text comes first: it is what people ask for
    first = f"{REUSE}-YEAR" if show == "reuse" else ""
    groups.sort(key=lambda pair: (pair[0].rule != first, *_weight(*pair)))
    for one, statuses in groups:
        _rule(one, statuses, selected, opened=show != "all")


def _of_kind(one: RuleCount, show: str) -> tuple[str, ...]:
    """The verdicts of a rule that stand under one of the choices."""
    reuse = one.rule.startswith(REUSE)
    return tuple(
        status for status in one.statuses if show in ("all", REUSED if reuse and status == "notice" else status)
    )


def _weight(one: RuleCount, statuses: Sequence[str]) -> tuple[int, int, str]:
    """The worst first, then the most frequent."""
    worst = min(ORDER.get(status, 3) for status in statuses)
    return worst, -sum(one.statuses[status] for status in statuses), one.rule


def _rule(one: RuleCount, statuses: Sequence[str], selected: Filter, *, opened: bool) -> None:
    known = names.rule(one.rule)
    shown = "，".join(
        f"{names.name('verdict', status)} {one.statuses[status]} 处" for status in ORDER if status in statuses
    )
    reports = _reports(one, statuses)
    leafed = st.query_params.get("all") == one.rule
    with st.expander(f"{markup.plain(known.name)}　{shown}，涉及 {reports} 份报告", expanded=opened or leafed):
        if known.why:
            st.html(f'<p class="mj-lead">{markup.safe(known.why)}</p>')
        if leafed:
            begin, end = common.pages_of(reports, PAGE)
            _members(one.rule, statuses, selected, begin, end - begin)
            common.turn(reports, PAGE)
            return
        told = [status for status in statuses if status != "uncertain"] or statuses
        _members(one.rule, told, selected, 0, FIRST)
        if reports > FIRST or len(told) < len(statuses):
            st.button(
                f"逐页看全部 {sum(one.statuses[status] for status in statuses)} 处",
                key=f"all-{one.rule}",
                on_click=common.change,
                kwargs={"all": [one.rule], "page": []},
            )


def _reports(one: RuleCount, statuses: Sequence[str]) -> int:
    """Reports with one of the verdicts: all that there are, or a single one."""
    return one.reports if len(statuses) == len(one.statuses) else one.holders[statuses[0]]


def _members(rule: str, statuses: Sequence[str], selected: Filter, skip: int, first: int) -> None:
    found = common.archive().check_examples(rule, statuses=statuses, skip=skip, first=first, **common.wanted(selected))
    for holders in _by_report(found):
        _findings_of(holders)


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


def _warnings(found: Sequence[WarningCount]) -> None:
    st.subheader("报告本身的情况")
    told = [one for one in found if not names.warning(one.warning).quiet and not one.warning.startswith("check_failed")]
    if not told:
        st.info("所选范围里的报告都完整、规范。")
        return
    for one in told:
        known = names.warning(one.warning)
        with st.expander(f"{markup.plain(known.name)}（{one.reports} 份）"):
            st.html(f'<p class="mj-lead">{markup.safe(known.why)}</p>')
            for row in one.first:
                year = names.name("year", row.year) if row.year else "年份不明"
                common.link("report", f"{row.agency or row.source}　{year}", {"report": [row.id]}, ":material/article:")
            if one.reports > len(one.first):
                st.caption(f"另有 {one.reports - len(one.first)} 份，可在“报告”页用筛选查看。")


@st.cache_data(show_spinner=False, max_entries=32)
def _warned(version: holder.Stamp, selected: Filter) -> list[WarningCount]:
    del version
    return common.archive().warning_counts(first=FIRST, **common.wanted(selected))
