"""Groups compared, an agency over the years, copied text: as aligned plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ui import names
from ui.render import clean, fit, table, wrap

if TYPE_CHECKING:
    from index.comparisons import Comparison, ProfileRow, Share, Together
    from index.histories import History, Passage, Recurrence, Reuse

PAIRS = 12  # shown of each kind
ANSWERS = 3  # measures a problem
QUOTED = 60  # columns of a sentence in a table
MARKS = ("【", "】")  # around what is the same
KINDS = ("problem", "measure")
TIMES = "倍数：一起出现的，与碰巧凑到一起的份数相比；措施的，与它在全部问题里的份额相比"
SOURCES = {"year": "上年报告", "agency": "别的单位"}


def share(one: Share) -> str:
    """“12/20 60%”, or "无数据"."""
    return names.NO_DATA if one.share is None else f"{one.count}/{one.of} {one.share:.0%}"


def comparison(found: Comparison) -> str:
    """Two groups side by side, then what sets them apart, in words."""
    lines = [
        f"左组：{found.left_name}，{found.left_reports} 份报告",
        f"右组：{found.right_name}，{found.right_reports} 份报告",
    ]
    for kind in KINDS:
        rows = [(row.name, share(row.left), share(row.right), _lean(row)) for row in found.rows if row.kind == kind]
        if rows:
            lines.append("\n" + table([names.name("kind", kind), "左组", "右组", "差别"], rows, right=(1, 2)))
    if not found.rows:
        lines.append("没有可比较的报告，请放宽条件。")
    elif not found.moves:
        lines.append("\n两组之间没有统计上可靠的差别。")
    return "\n".join([*lines, *([""] if found.moves else []), *found.moves, *found.notes])


def _lean(row: ProfileRow) -> str:
    """Which group states it more often, where that is sure."""
    if not row.apart:
        return ""
    return "左组明显多" if (row.left.share or 0.0) > (row.right.share or 0.0) else "右组明显多"


def together(found: Together) -> str:
    """What goes together, what answers what, what is left unanswered."""
    if not found.reports:
        return "没有可统计的报告。"
    lines = [f"报告 {found.reports} 份，问题 {found.problems} 条，其中 {found.unanswered} 条没有写对应的措施"]
    for kind in KINDS:
        rows = [
            (one.first_name, one.second_name, f"{one.both} 份", f"{one.lift:.1f} 倍")
            for one in found.pairs
            if one.kind == kind and one.sure and one.lift > 1
        ][:PAIRS]
        if rows:
            head = [f"常一起出现的{names.name('kind', kind)}", "", "同时写到", "倍数"]
            lines.append("\n" + table(head, rows, right=(2, 3)))
    answers = [
        (
            one.name,
            share(one.unanswered),
            "；".join(f"{a.name} {a.share.share or 0:.0%}（平常的 {a.lift:.1f} 倍）" for a in one.answers[:ANSWERS]),
        )
        for one in found.answers
    ]
    if answers:
        lines.append("\n" + table(["问题", "没写措施", "多用什么措施"], answers, right=(1,)))
    return "\n".join([*lines, TIMES, *found.notes])


def history(found: History) -> str:
    """One agency over the years."""
    place = names.place(found.agency.region)
    lines = [f"{clean(found.agency.name)}  {place}  {names.name('level', found.agency.level)}"]
    former = [name for name in dict.fromkeys(found.names.values()) if name != found.agency.name]
    lines += [f"曾用名：{'、'.join(former)}"] if former else []
    rows = [
        (
            one.year,
            one.problems,
            one.measures,
            one.failed_checks,
            names.NO_DATA if one.reuse is None else f"{one.reuse:.0%}",
            one.report,
        )
        for one in found.years
    ]
    lines.append("\n" + table(["年份", "问题", "措施", "数字不符", "沿用上年", "报告编号"], rows, right=(1, 2, 3, 4)))
    lines += [f"缺 {names.years(found.missing)}的报告"] if found.missing else []
    lines += _labels("年年提的问题", found.recurring)
    lines += _labels("后来不再提的问题", [one for one in found.vanished if len(one.years) > 1])
    lines += _chains(found)
    lines += _figures(found)
    if found.copied:
        lines += ["", *(source(one) for one in found.copied)]
    return "\n".join([*lines, *found.notes])


def _labels(title: str, rows: Iterable[Recurrence]) -> list[str]:
    shown = [(one.name, names.years(one.years), f"{len(one.years)}/{one.of}") for one in rows]
    return ["\n" + table([title, "哪些年", "份数"], shown, right=(2,))] if shown else []


def _chains(found: History) -> list[str]:
    rows = [
        (
            names.name("kind", one.kind),
            names.years(one.years),
            "逐字相同" if one.word_for_word else "文字相近",
            fit(clean(one.lines[-1].text), QUOTED),
        )
        for one in found.chains
    ]
    return ["\n" + table(["重复的话", "哪些年", "", "原文"], rows)] if rows else []


def _figures(found: History) -> list[str]:
    """Numbers by year; a row without any number is left out."""
    years = [one.year for one in found.years]
    values = {(row.measure, row.group): row.value for row in found.figures}
    rows = []
    for measure in found.measures:
        cells = [values.get((measure.id, str(year))) for year in years]
        if any(cell is not None for cell in cells):
            rows.append((f"{measure.name}（{measure.unit}）", *(names.number(cell) for cell in cells)))
    head = ["数字", *(str(year) for year in years)]
    return ["\n" + table(head, rows, right=range(1, len(head)))] if rows else []


def source(one: Reuse) -> str:
    """“2021年 甲局：31% 的文字与 2020年 乙局 相同”."""
    mine = f"{names.name('year', one.year) if one.year else '年份不明'} {one.agency or '单位不明'}"
    theirs = (
        f"{names.name('year', one.source_year) if one.source_year else '年份不明'} {one.source_agency or '单位不明'}"
    )
    return clean(f"{mine}：第五部分 {one.share:.0%} 的文字与 {theirs} 相同（{SOURCES[one.kind]}）")


def reuse(found: Sequence[Reuse]) -> str:
    """Copied text, each passage above the one that it comes from; what is the same stands in 【】."""
    if not found:
        return "没有发现雷同。"
    lines: list[str] = []
    for one in found:
        lines.append(f"{source(one)}  编号 {one.report} ← {one.source_report}")
        for passage in one.passages:
            lines += _passage(passage)
        lines.append("")
    return "\n".join([*lines, f"共 {len(found)} 处，【】里是相同的文字"])


def _passage(one: Passage) -> list[str]:
    mine = marked(one.line.text, one.line.start, [(s.start, s.end) for s in one.spans])
    theirs = marked(one.source.text, one.source.start, [(s.source_start, s.source_end) for s in one.spans])
    return [wrap(f"本文 {mine}", "    "), wrap(f"来源 {theirs}", "    ")]


def marked(text: str, start: int, spans: Iterable[tuple[int, int]]) -> str:
    """A statement with marks around places that are given as offsets into its report."""
    out, at = [], 0
    for first, end in sorted((first - start, end - start) for first, end in spans):
        if first < at:  # the same words taken twice
            continue
        out += [text[at:first], MARKS[0], text[first:end], MARKS[1]]
        at = end
    return "".join([*out, text[at:]])
