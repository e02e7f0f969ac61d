"""Pieces of HTML that lay years and texts beside one another. What comes from a report is escaped by markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ui import names
from ui.markup import marked, safe

if TYPE_CHECKING:
    from index.comparisons import Answered, Pair, ProfileRow, Share
    from index.histories import Chain, History, Line, Passage, Recurrence

STATED, NOT_STATED, NO_REPORT = "●", "·", "缺"


def timeline(found: History, rows: Sequence[Recurrence]) -> str:
    """Problem labels by year: stated, not stated, or no report (or no section five) to tell."""
    known = {one.year: one for one in found.years}
    years = sorted({*known, *found.missing})
    head = "".join(f'<th scope="col">{year}</th>' for year in years)
    body = ""
    for row in rows:
        cells = ""
        for year in years:
            report = known.get(year)
            if report is None or report.labels is None:
                why = "这一年没有报告" if report is None else "这一年的报告没有第五部分"
                cells += f'<td class="mj-none" title="{why}">{NO_REPORT}</td>'
            elif year in row.years:
                cells += f'<td class="mj-stated" title="{year}年写到">{STATED}</td>'
            else:
                cells += f'<td class="mj-none" title="{year}年没有写到">{NOT_STATED}</td>'
        body += f'<tr><th scope="row">{safe(row.name)}</th>{cells}</tr>'
    return (
        '<div class="mj-scroll" tabindex="0"><table class="mj-table mj-years">'
        f'<thead><tr><th scope="col">问题</th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def beside(passages: Iterable[Passage], here: str, there: str) -> str:
    """Each statement beside the one that it takes from, the same words marked in both."""
    rows = ""
    for one in passages:
        mine = marked(one.line.text, ((s.start - one.line.start, s.end - one.line.start) for s in one.spans))
        first = one.source.start
        theirs = marked(one.source.text, ((s.source_start - first, s.source_end - first) for s in one.spans))
        rows += f"<div><small>{safe(here)}</small>{mine}</div><div><small>{safe(there)}</small>{theirs}</div>"
    return f'<div class="mj-beside">{rows}</div>'


def chain(one: Chain) -> str:
    """A sentence said again: in which years, how alike, the words of the first and where they differ of the last."""
    kind = one.kind if one.kind in ("problem", "measure") else "passage"
    alike = "逐字相同" if one.word_for_word else "文字相近"
    lines = (one.lines[-1],) if one.word_for_word else _different(one.lines)
    quotes = "".join(f'<p class="mj-text">{safe(line.text)}{_said_in(line, one)}</p>' for line in lines)
    return (
        f'<div class="mj-meta"><span class="mj-kind mj-{kind}">{safe(names.name("kind", one.kind))}</span>'
        f"<b>{safe(names.years(one.years))}</b><span>{len(one.years)} 次</span><span>{alike}</span></div>{quotes}"
    )


def _different(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines whose words are not those of the year before."""
    return tuple(line for at, line in enumerate(lines) if at == 0 or line.text != lines[at - 1].text)


def _said_in(line: Line, one: Chain) -> str:
    return "" if one.word_for_word or line.year is None else f" <small>（{line.year}年）</small>"


def share(one: Share) -> str:
    """“12 / 20（60%）”, or "无数据"."""
    return names.NO_DATA if one.share is None else f"{one.count} / {one.of}（{one.share:.0%}）"


def profile_cells(rows: Iterable[ProfileRow]) -> list[tuple[str, ...]]:
    """The figures of a comparison, for a table."""
    return [
        (
            row.name,
            share(row.left),
            f"{row.left.low:.0%} – {row.left.high:.0%}",
            share(row.right),
            f"{row.right.low:.0%} – {row.right.high:.0%}",
            "可靠" if row.apart else "可能是偶然",
        )
        for row in rows
    ]


def pair_cells(rows: Iterable[Pair]) -> list[tuple[str, ...]]:
    """Labels that go together, for a table."""
    return [
        (
            one.first_name,
            one.second_name,
            f"{one.both} 份",
            f"{one.first_count} / {one.second_count}",
            f"{one.lift:.1f} 倍",
        )
        for one in rows
    ]


def answer_cells(rows: Iterable[Answered]) -> list[tuple[str, ...]]:
    """Measures against one problem, for a table."""
    return [(one.name, share(one.share), f"{one.base:.0%}", f"{one.lift:.1f} 倍") for one in rows]
