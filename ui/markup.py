"""Pieces of the page as HTML. Everything that comes from a report is escaped here, and only here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from ui import names

if TYPE_CHECKING:
    from index.records import Hit, ReportRow

_ADDRESS = re.compile(r"://|www\.|@", re.IGNORECASE)
Spans = Iterable[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Said:
    """A statement's place in a report's text, and what is shown of it there."""

    start: int
    end: int
    kind: str
    labels: tuple[str, ...]
    focus: bool = False


def safe(value: object) -> str:
    """Text for HTML, quotes included."""
    return escape(str(value), quote=True)


def plain(text: str) -> str:
    """Text for a place that reads Markdown (a button's or link's label): nothing in it is Markdown."""
    apart = _ADDRESS.sub(lambda found: "\u2060".join(found[0]), text)  # no addresses turned into links
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|~$:<>&" else " " if c in "\n\r" else c for c in apart)


def marked(text: str, spans: Spans) -> str:
    """``text`` escaped, with the given (start, end) places in ``<mark>``; overlapping places are joined."""
    out, at = [], 0
    for first, end in sorted((max(0, s), min(len(text), e)) for s, e in spans):
        start = max(first, at)
        if start >= end:
            continue
        out.append(f"{safe(text[at:start])}<mark>{safe(text[start:end])}</mark>")
        at = end
    return "".join(out).replace("</mark><mark>", "") + safe(text[at:])


def kind_tag(kind: str, status: str | None = None) -> str:
    """“问题”, "改进措施·计划做"."""
    shown = names.name("kind", kind) + (f"·{names.name('status', status)}" if status else "")
    known = kind if kind in ("problem", "measure") else "passage"
    return f'<span class="mj-kind mj-{known}">{safe(shown)}</span>'


def chips(labels: Iterable[str]) -> str:
    """Labels by name."""
    inner = "".join(f'<span class="mj-chip">{safe(names.name("label", label))}</span>' for label in labels)
    return f'<div class="mj-chips">{inner}</div>' if inner else ""


def why(hit: Hit) -> str:
    """Why a hit is there, in words."""
    parts = []
    if hit.why.terms:
        parts.append("含有" + "".join(f"“{term}”" for term in hit.why.terms[:6]))
    if hit.why.dense_rank is not None:
        parts.append("意思相近")
    if hit.why.labels:
        parts.append("同属" + "、".join(names.name("label", label) for label in hit.why.labels[:3]))
    return "；".join(parts)


def card(hit: Hit, *, headed: bool = True) -> str:
    """One hit: who and when, the sentence with what matched, labels, why.

    Without ``headed`` who and when are left out: a hit of the same report stands above.
    """
    again = ""
    if hit.other_years:
        again = f"<span>另有{len(hit.other_years)}年也这样写：{safe(names.years(hit.other_years))}</span>"
    year = names.name("year", hit.year) if hit.year else "年份不明"
    whose = (
        f"<b>{safe(hit.agency or '单位不明')}</b><span>{safe(year)}</span><span>{safe(names.place(hit.region))}</span>"
    )
    section = "" if hit.section == 5 else f"<span>{safe(names.name('section', hit.section))}</span>"
    reason = why(hit)
    return (
        '<div class="mj-card"><div class="mj-meta">'
        f"<span>{hit.rank}</span>{kind_tag(hit.kind, hit.status)}{whose if headed else ''}{section}{again}</div>"
        f'<p class="mj-text">{marked(hit.text, hit.highlights)}</p>{chips(hit.labels)}'
        + (f'<div class="mj-why">{safe(reason)}</div>' if reason else "")
        + "</div>"
    )


def around(text: str, start: int, end: int, kind: str, reach: int = 160) -> str:
    """A sentence between its neighbours: whole lines on both sides, as far as about ``reach`` characters."""
    first = text.rfind("\n", 0, max(0, start - reach)) + 1
    last = text.find("\n", min(len(text), end + reach))
    inner = body(text, first, len(text) if last < 0 else last, [Said(start, end, kind, ())])
    return f'<div class="mj-around" role="group" aria-label="前后文">{inner}</div>'


def quote(text: str, agency: str | None, year: int | None) -> str:
    """A sentence with its source."""
    source = f"{agency or '单位不明'}，{names.name('year', year) if year else '年份不明'}"
    return f'<blockquote class="mj-quote">{safe(text)}<cite>—— {safe(source)}</cite></blockquote>'


def figures(items: Iterable[tuple[str, str, str]]) -> str:
    """Big numbers: (name, value, note)."""
    inner = "".join(
        f'<div class="mj-figure"><span>{safe(name)}</span><b>{safe(value)}</b>'
        + (f"<small>{safe(note)}</small>" if note else "")
        + "</div>"
        for name, value, note in items
    )
    return f'<div class="mj-figures">{inner}</div>'


def table(head: Sequence[str], rows: Iterable[Sequence[object]], numbers: Iterable[int] = ()) -> str:
    """A table; ``numbers``: indices of the columns flush right. "无数据" is told apart from figures."""
    flush = set(numbers)
    top = "".join(f'<th scope="col">{safe(cell)}</th>' for cell in head)
    body = "".join(
        "<tr>" + "".join(_cell(value, index in flush) for index, value in enumerate(row)) + "</tr>" for row in rows
    )
    return (
        '<div class="mj-scroll" tabindex="0"><table class="mj-table">'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(value: object, flush: bool) -> str:
    shown = names.NO_DATA if value is None else str(value)
    style = "mj-none" if shown == names.NO_DATA else "mj-number" if flush else ""
    return f'<td class="{style}">{safe(shown)}</td>' if style else f"<td>{safe(shown)}</td>"


def report_line(row: ReportRow) -> str:
    """What stands under a report's name in the list."""
    bad = f'<span class="mj-bad">数字不符 {row.failed_checks} 处</span>' if row.failed_checks else ""
    place = "" if row.level == "national" else names.place(row.region) or "地区不明"
    return (
        f'<div class="mj-row">{f"<span>{safe(place)}</span>" if place else ""}'
        f"<span>{safe(names.name('level', row.level))}</span>"
        f"<span>{safe(names.name('agency_type', row.agency_type))}</span>"
        f"<span>{safe(names.name('form', row.form))}</span>"
        f"<span>问题 {row.problems} 条</span><span>措施 {row.measures} 条</span>{bad}</div>"
    )


def body(text: str, start: int, end: int, said: Sequence[Said]) -> str:
    """``text[start:end]`` as paragraphs, the statements in it marked with their kind and labels.

    A statement that crosses the bounds is shown as far as it lies inside them. Of overlapping ones the first
    is marked.
    """
    pieces, at = [], start
    for one in sorted(said, key=lambda s: (s.start, -s.end)):
        first, last = max(one.start, at), min(one.end, end)
        if first >= last:
            continue
        pieces.append(safe(text[at:first]))
        pieces.append(_said(text[first:last], one))
        at = last
    pieces.append(safe(text[at:end]))
    lines = "".join(pieces).split("\n")
    return '<div class="mj-body">' + "".join(f"<p>{line}</p>" for line in lines if line.strip()) + "</div>"


def _said(text: str, one: Said) -> str:
    """One statement in place; each of its lines is marked, for a paragraph must close what it opens."""
    known = one.kind if one.kind in ("problem", "measure") else "passage"
    focus = " mj-focus" if one.focus else ""
    shown = "、".join(names.name("label", label) for label in one.labels)
    title = f"{names.name('kind', one.kind)}：{shown}" if shown else names.name("kind", one.kind)
    lines = text.split("\n")
    marks = [
        f'<span class="mj-said mj-said-{known}{focus if index == 0 else ""}" id="at-{one.start + index}"'
        f' title="{safe(title)}">{safe(line)}</span>'
        for index, line in enumerate(lines)
    ]
    note = f"<sup>〔{safe(title)}〕</sup>" if one.kind != "passage" else ""
    return "\n".join(marks) + note


def contents(sections: Iterable[Mapping[str, Any]]) -> str:
    """Links to the sections of a report on the same page."""
    named = [(s["start"], s["heading"] or names.name("section", s["number"])) for s in sections]
    links = "".join(f'<a class="mj-link" href="#section-{start}">{safe(title)}</a>' for start, title in named)
    return f'<nav class="mj-row" aria-label="目录">{links}</nav>'


def pairs(statements: Sequence[Mapping[str, Any]], found: Iterable[Sequence[int]]) -> str:
    """Each problem beside the measures that answer it; a problem without any says so."""
    answers: dict[int, list[str]] = {}
    for problem, measure in found:
        answers.setdefault(problem, []).append(str(statements[measure]["text"]))
    rows = []
    for index, statement in enumerate(statements):
        if statement["kind"] != "problem":
            continue
        measures = "<br>".join(safe(text) for text in answers.get(index, ()))
        cell = f"<td>{measures}</td>" if measures else '<td class="mj-none">没有写对应的措施</td>'
        rows.append(f"<tr><td>{safe(statement['text'])}</td>{cell}</tr>")
    return (
        '<div class="mj-scroll" tabindex="0"><table class="mj-table"><thead><tr><th scope="col">提出的问题</th>'
        f'<th scope="col">对应的措施</th></tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def verdicts(checks: Iterable[Mapping[str, Any]]) -> str:
    """The checks of one report: failed ones first, then what cannot be told; what holds is only counted."""
    styles = {"fail": "mj-bad", "uncertain": "mj-unsure"}
    held: dict[str, int] = {}
    rows = []
    for check in sorted(checks, key=lambda c: c["status"] != "fail"):
        known = names.rule(check["rule"]).name
        if check["status"] == "pass":
            subject = names.rule(check["rule"]).subject
            held[subject] = held.get(subject, 0) + 1
            continue
        verdict = safe(names.name("verdict", check["status"]))
        rows.append(
            f'<tr><td class="{styles.get(check["status"], "")}" style="white-space:nowrap">{verdict}</td>'
            f"<td>{safe(known)}</td><td>{safe(check['message'])}</td></tr>"
        )
    told = "、".join(f"{subject}（{count} 处）" for subject, count in held.items())
    head = "".join(f'<th scope="col">{name}</th>' for name in ("结论", "不符之处", "说明"))
    shown = (
        '<div class="mj-scroll" tabindex="0"><table class="mj-table">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
    return (shown if rows else "") + (f'<p class="mj-lead">相符的：{safe(told)}。</p>' if told else "")
