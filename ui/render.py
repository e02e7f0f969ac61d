"""Results as aligned plain text for a terminal, East Asian widths counted."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ui import names

if TYPE_CHECKING:
    from index.labelled import Correction, Labelled
    from index.records import (
        AddResult,
        Answer,
        Filter,
        Finding,
        Hit,
        ReportRow,
        Solutions,
        StatisticsTable,
        Topic,
        Topics,
        Trends,
    )
    from index.teaching import Training
    from nlp.quality import Quality

WIDE = 100
RULE = 40
FEW_REPORTS = "* 不足 5 份报告，占比仅供参考。"
NO_MOVES = "没有哪一类能判定上升或下降：高低可能是偶然，或年份、报告太少。"


def clean(text: str) -> str:
    """One line without control characters: a report must not steer the reader's terminal."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text)


def width(text: str) -> int:
    """Columns that ``text`` takes in a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fit(text: str, columns: int) -> str:
    """``text`` cut to at most ``columns``, with "…" where something was cut."""
    if width(text) <= columns:
        return text
    kept = ""
    for character in text:
        if width(kept + character) > columns - 1:
            break
        kept += character
    return kept + "…"


def wrap(text: str, indent: str = "    ", columns: int = WIDE) -> str:
    """``text`` over as many lines as it needs, each indented."""
    lines, line = [], ""
    for character in clean(text):
        if width(indent + line + character) > columns:
            lines.append(indent + line)
            line = ""
        line += character
    return "\n".join([*lines, indent + line])


def table(head: Sequence[str], rows: Iterable[Sequence[object]], right: Iterable[int] = ()) -> str:
    """Columns aligned under their heads; ``right``: indices of the columns of numbers."""
    cells = [[clean(str(cell)) for cell in row] for row in rows]
    widths = [max(width(row[i]) for row in [list(head), *cells]) for i in range(len(head))]
    flush = set(right)

    def line(row: Sequence[str]) -> str:
        parts = []
        for i, cell in enumerate(row):
            pad = " " * (widths[i] - width(cell))
            parts.append(pad + cell if i in flush else cell + pad)
        return "  ".join(parts).rstrip()

    rules = "  ".join("-" * min(w, RULE) for w in widths)
    return "\n".join([line(head), rules, *map(line, cells)])


def filters(chosen: Filter) -> str:
    """“年份 2021年；省份 浙江省”, or empty where nothing restricts."""
    parts = []
    for field, value in chosen.to_dict().items():
        shown = "" if isinstance(value, bool) else "、".join(names.name(_base(field), v) for v in value)
        parts.append(f"{names.name('field', field)} {shown}".strip())
    return "；".join(parts)


def _base(field: str) -> str:
    return field.removeprefix("not_")


def where(hit: Hit) -> str:
    """“2021年 北仑区应急管理局”."""
    return f"{names.name('year', hit.year) if hit.year else '年份不明'} {hit.agency or '单位不明'}"


def hit(one: Hit) -> str:
    """A hit over a few lines: rank, who and when, the sentence, its labels, its id."""
    kind = names.name("kind", one.kind)
    status = f"·{names.name('status', one.status)}" if one.status else ""
    again = f"（另有{len(one.other_years)}年：{names.years(one.other_years)}）" if one.other_years else ""
    labels = "、".join(names.name("label", label) for label in one.labels) or "无标签"
    return "\n".join(
        [
            f"{one.rank:>2}. {clean(where(one))}  [{kind}{status}]{again}",
            wrap(one.text),
            f"    {labels}  编号 {one.id}",
        ]
    )


def answer(found: Answer) -> str:
    """A search answer."""
    lines = []
    if used := filters(found.filter):
        lines.append(f"筛选：{used}")
    if found.no_match or not found.hits:
        lines.append("没有找到相关内容。")
        lines += [f"· {one}" for one in found.suggestions or ("换个说法，或放宽筛选条件再试",)]
    lines += [hit(one) for one in found.hits]
    return "\n".join(lines)


def solutions(found: Solutions) -> str:
    """Measures against a problem, by label."""
    if found.no_match or not found.groups:
        return "没有找到类似问题的改进措施。可以换个说法，或放宽筛选条件。"
    which = f"“{names.name('label', found.label)}”这类问题" if found.label else "找到类似问题"
    lines = [f"{which} {found.problems} 条，其中 {found.unanswered} 条没有写改进措施。"]
    for group in found.groups:
        usual = f"，平常 {group.base:.0%}，{group.lift:.1f} 倍" if group.base and group.lift else ""
        gone = f"；有下一年报告的 {group.followed} 条里，{group.gone} 条次年不再提" if group.followed else ""
        lines.append(f"\n{group.name}  {group.count} 条（{group.share:.0%}{usual}）{gone}")
        lines += [hit(one) for one in group.examples]
    lines += [f"\n注：{note}" for note in found.notes]
    return "\n".join(lines)


def topics(found: Topics) -> str:
    """Labels by share of reports, then discovered topics."""
    if not found.reports:
        return "没有可统计的报告。"
    lines = [f"报告 {found.reports} 份"]
    for kind in ("problem", "measure"):
        rows = [(lab.name, lab.reports, f"{lab.share:.1%}", lab.id) for lab in found.labels if lab.kind == kind]
        if rows:
            lines.append("\n" + table([names.name("kind", kind), "报告数", "占比", "编号"], rows, right=(1, 2)))
    if found.topics:
        lines.append("\n归纳出的话题")
        lines += [found.note + "。"] if found.note else []
    for topic in found.topics:
        lines += _topic(topic)
    lines.append(f"\n未归入任何话题的句子占 {found.unassigned:.0%}")
    if found.emerging:
        lines.append(f"\n{found.since} 年起新出现或明显增多的话题")
    elif found.since:
        lines.append(f"{found.since} 年起没有能判定为新出现或明显增多的话题。")
    for topic in found.emerging:
        lines += _topic(topic, topic.growth.words if topic.growth else "")
    return "\n".join(lines)


def _topic(topic: Topic, growth: str = "") -> list[str]:
    """A topic's name, how it grew, and the sentence that stands for it."""
    new = "（新出现）" if growth and topic.growth and topic.growth.new else ""
    told = [wrap(growth, "    ")] if growth else []
    return [
        f"  {topic.name}{new}  {topic.size} 句",
        *told,
        *(wrap(o.text, "      ") for o in topic.representatives[:1]),
    ]


def trends(found: Trends) -> str:
    """Shares by group, then what rises and falls in words."""
    rows = [
        (
            names.group(found.by, row.group),
            names.name("label", row.label),
            f"{row.stating}/{row.reports}{'*' if row.few else ''}",
            f"{row.share:.1%}",
            f"{row.low:.1%}–{row.high:.1%}",
        )
        for row in found.rows
    ]
    if not rows:
        return "没有可比较的报告。"
    head = [names.name("field", found.by), "标签", "报告数", "占比", "可能范围"]
    few = [FEW_REPORTS] if any(row.few for row in found.rows) else []
    still = [NO_MOVES] if found.by == "year" and not found.moves else []
    return "\n".join([table(head, rows, right=(2, 3, 4)), *few, *found.moves, *still, *found.notes])


def statistics(found: StatisticsTable) -> str:
    """Statistics with their unit; unknown is "无数据"."""
    measures = {measure.id: measure for measure in found.measures}
    rows = []
    for row in found.rows:
        measure = measures.get(row.measure)
        value = names.number(row.value, measure.unit if measure else "")
        group = names.group(found.by, row.group) if found.by else f"{row.year or ''} {row.agency or row.group}"
        rows.append((group, measure.name if measure else row.measure, value, f"{row.reports}/{row.of}"))
    shown = table(["范围", "指标", "数值", "有数据/应有"], rows, right=(2, 3)) if rows else "没有可统计的报告。"
    return "\n".join([shown, *found.notes])


def findings(found: Sequence[Finding]) -> str:
    """Findings, one a line, what is wrong first; what cannot be told for want of figures is only counted."""
    if not found:
        return "没有发现问题。"
    told = sorted((f for f in found if f.status != "uncertain"), key=lambda f: f.status != "fail")
    rows = [
        (f.year or "", f.agency or "单位不明", names.name("verdict", f.status), names.rule(f.rule).name, f.message)
        for f in told
    ]
    lines = [table(["年份", "单位", "结论", "核对什么", "说明"], rows)] if rows else []
    if len(told) < len(found):
        lines.append(f"另有 {len(found) - len(told)} 处因缺数据无法判断，用 --json 可全部看到")
    return "\n".join(lines)


def reports(rows: Sequence[ReportRow]) -> str:
    """The list of reports."""
    if not rows:
        return "没有符合条件的报告。"
    shown = [
        (
            row.id,
            row.year or "",
            row.agency or "单位不明",
            names.place(row.region),
            names.name("level", row.level),
            row.problems,
            row.measures,
            row.failed_checks,
        )
        for row in rows
    ]
    head = ["编号", "年份", "单位", "地区", "层级", "问题", "措施", "数字不符"]
    return table(head, shown, right=(5, 6, 7)) + f"\n共 {len(shown)} 份"


def added(results: Sequence[AddResult]) -> str:
    """“新增 3 份，更新 0 份，未变 1 份，失败 1 份”."""
    counts = {key: sum(result.outcome == key for result in results) for key in names.choices("outcome")}
    return "，".join(f"{names.name('outcome', key)} {count} 份" for key, count in counts.items())


def info(found: Mapping[str, Any]) -> str:
    """What is inside an archive, for a person: what only programs need is left to ``--json``."""
    counts: Mapping[str, int] = found.get("counts", {})
    years: Mapping[str, int] = found.get("years", {})
    lines = [
        (names.name("info", key), f"{counts[key]:,}") for key in ("reports", "statements", "passages") if key in counts
    ]
    lines.append(
        (names.name("info", "years"), "，".join(f"{year}年 {count} 份" for year, count in years.items()) or "无")
    )
    lines += [(names.name("info", key), str(found[key])) for key in ("model", "segmenter", "path") if found.get(key)]
    if "://" in str(found.get("store", "")):
        lines.append((names.name("info", "store"), str(found["store"])))
    if found.get("index", "local") != "local":
        lines.append((names.name("info", "index"), str(found["index"])))
    lines.append((names.name("info", "bytes"), f"{found.get('bytes', 0) / 1e6:.1f} MB"))
    if found.get("pending"):
        lines.append((names.name("info", "pending"), str(found["pending"])))
    if found.get("labels_current") is False:
        lines.append(("提示", "标签体系已更新，运行 mingjian rebuild 可重新贴标签"))
    return "\n".join(f"{name}：{value}" for name, value in lines)


def parsed(report: Mapping[str, Any]) -> str:
    """A report in short: who, when, the statements with their labels, what does not add up."""
    lines = [
        f"{report['agency'] or '单位不明'}  {names.name('year', report['year']) if report['year'] else '年份不明'}",
        f"地区 {names.place(report['region']) or '不明'}  层级 {names.name('level', report['level'])}"
        f"  类型 {names.name('agency_type', report['agency_type'])}  {names.name('form', report['form'])}",
    ]
    found = {section["number"] for section in report["sections"]}
    missing = [name for key, name in names.choices("section").items() if key != "0" and int(key) not in found]
    lines.append(f"缺少：{'；'.join(missing)}" if missing else "六个部分齐全")
    for kind in ("problem", "measure"):
        chosen = [s for s in report["statements"] if s["kind"] == kind]
        lines.append(f"{names.name('kind', kind)} {len(chosen)} 条")
        for statement in chosen:
            labels = "、".join(names.name("label", label) for label in statement["labels"]) or "无标签"
            lines += [wrap(f"· {statement['text']}", "  "), f"      {labels}"]
    lines += [f"数字不符：{c['message']}" for c in report["checks"] if c["status"] == "fail"]
    told = [names.warning(key) for key in report["warnings"]]
    lines += [f"注意：{w.name}" for w in told if not w.quiet]
    return "\n".join(lines)


def labelled(found: Labelled) -> str:
    """A statement with its labels and why it has them; what a person changed in it."""
    source = f"{names.name('year', found.year) if found.year else '年份不明'} {found.agency or '单位不明'}"
    lines = [f"{clean(source)}  [{names.name('label_kind', found.kind)}]  编号 {found.id}", wrap(found.text)]
    for one in found.labels:
        lines.append(f"    {one.name}（{one.id}）  {clean(names.evidence(one))}")
    if not found.labels:
        lines.append("    无标签")
    lines += [f"    人工标注 {one.id}：{clean(names.change(one))}，{one.who}" for one in found.corrections]
    return "\n".join(lines)


def corrections(rows: Sequence[Correction]) -> str:
    """What people changed, one a line; what rests because its statement is not there is said to."""
    if not rows:
        return "没有人工标注。"
    shown = [
        (
            one.id,
            one.at[:10],
            one.who,
            names.change(one),
            one.statement if one.applies else "（句子不在档案里）",
            fit(clean(one.text), RULE),
        )
        for one in rows
    ]
    return table(["编号", "日期", "谁", "改动", "句子编号", "句子"], shown) + f"\n共 {len(shown)} 处"


def training(found: Training) -> str:
    """What a training came to: F1 of each label, and on what people corrected before and after."""
    quality = found.quality
    lines = [
        f"用了 {found.examples} 句标注（其中人工标注 {found.corrected} 句）训练。",
        f"留出作者检验：标签 F1 按次 {quality.micro_f1:.1%}，按标签平均 {quality.macro_f1:.1%}；"
        f"种类准确率 {found.kinds.micro_f1:.1%}",
    ]
    if found.before and found.after:
        lines.append(f"人工标注的句子：训练前 F1 {found.before.micro_f1:.1%}，训练后 {found.after.micro_f1:.1%}")
    before, after = _f1_of(found.before), _f1_of(found.after)
    rows = [
        (
            names.name("label", one.label),
            one.support,
            f"{one.f1:.1%}",
            before.get(one.label, ""),
            after.get(one.label, ""),
        )
        for one in quality.labels
    ]
    head = ("标签", "应有", "F1", "人工标注：前", "后")
    shown = rows if before else [row[:3] for row in rows]
    return "\n".join([*lines, "", table(head[: len(shown[0])], shown, range(1, len(shown[0])))])


def _f1_of(found: Quality | None) -> dict[str, str]:
    return {one.label: f"{one.f1:.0%}" for one in found.labels} if found else {}
