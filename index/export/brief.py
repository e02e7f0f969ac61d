"""The Word brief: a summary with its tables, charts, numbered sources and definitions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.export.charts import Chart, add_chart
from index.export.paper import Paper
from index.filters import KINDS
from index.insight import UNKNOWN
from index.records import Measure
from index.summary.records import LabelRow, Sentence, Summary
from index.summary.telling import source_text
from index.summary.wording import FEWEST, spell_years
from index.summary.write import filter_lines
from nlp.records import Number
from nlp.taxonomy import Taxonomy

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMERALS = "一二三四五六七八九十"
BARS = 8
COLUMNS = 8  # years that fit a page
WIDTH, BAR_HEIGHT, LINE_HEIGHT = 5_400_000, 320_000, 2_900_000  # EMU; a bar, a chart of lines
NO_DATA = "无数据"


def write_brief(path: Path, summary: Summary) -> None:
    """Write a summary as .docx.

    Raises:
        OSError: the file cannot be written.
    """
    paper = Paper(summary.title)
    _head(paper, summary)
    number = 0
    for number, part in enumerate(summary.parts, start=1):
        paper.heading(f"{_numeral(number)}、{part.title}")
        for sentence in part.sentences:
            _sentence(paper, sentence)
        _beside(paper, part.id, summary)
    paper.heading(f"{_numeral(number + 1)}、来源")
    _sources(paper, summary)
    paper.heading("附：筛选条件与口径")
    _definitions(paper, summary)
    paper.save(path)


def _numeral(number: int) -> str:
    return NUMERALS[number - 1] if number <= len(NUMERALS) else f"十{NUMERALS[number - 11]}"


def _head(paper: Paper, summary: Summary) -> None:
    span = spell_years(summary.years) or "年度不明"
    paper.title(summary.title)
    paper.centred(f"报告年度：{span}　计入报告：{summary.reports:,}份　单位：{summary.agencies:,}个")
    lines = filter_lines(summary.filter)
    shown = "；".join(f"{name}：{values}" for name, values in lines) if lines else "全部报告"
    paper.centred(f"范围：{shown}")
    for note in summary.notes:
        paper.centred(f"注：{note}")


def _sentence(paper: Paper, sentence: Sentence) -> None:
    """A paragraph; each citation is a raised number that leads to its source."""
    paragraph = paper.paragraph(indent=True)
    for text, numbers in sentence.pieces():
        paper.text(paragraph, text)
        for number in numbers:
            paper.citation(paragraph, number)


def _beside(paper: Paper, part: str, summary: Summary) -> None:
    """The table or chart that belongs to a part."""
    if part == "problems":
        _labels(paper, [row for row in summary.labels if row.kind == "problem"], "problem")
        _bars(paper, summary)
    elif part == "change":
        _lines(paper, summary)
    elif part == "measures":
        _labels(paper, [row for row in summary.labels if row.kind == "measure"], "measure")
    elif part == "figures":
        _statistics(paper, summary)


def _labels(paper: Paper, rows: Sequence[LabelRow], kind: str) -> None:
    if not rows:
        return
    paper.caption(f"各类{KINDS[kind]}：写到的报告数与占比（{rows[0].reports:,}份报告）")
    cells = [
        (
            row.name,
            f"{row.stating:,}",
            *((f"{row.share:.0%}", f"{row.low:.0%}–{row.high:.0%}") if _enough(row) else ("—", "—")),
        )
        for row in rows
    ]
    paper.table((KINDS[kind], "报告数", "占比", "可能范围"), cells, widths=(6.4, 2.2, 2.2, 3.2), numbers=(1, 2, 3))


def _enough(row: LabelRow) -> bool:
    return row.reports >= FEWEST


def _bars(paper: Paper, summary: Summary) -> None:
    other = Taxonomy.other("problem")
    rows = [row for row in summary.labels if row.kind == "problem" and row.id != other][:BARS]
    if not rows or not _enough(rows[0]):
        return
    title = f"写到各类问题的报告占比（{rows[0].reports:,}份报告）"
    names = tuple(f"{row.name}（{row.stating:,}份）" for row in rows)
    chart = Chart("bar", title, names, (("占比", tuple(row.share for row in rows)),))
    add_chart(paper.document, chart, WIDTH, BAR_HEIGHT * (len(rows) + 2))


def _lines(paper: Paper, summary: Summary) -> None:
    """The main problems over the years; years with few reports are left open, not drawn as if they were sure."""
    rows = [row for row in summary.trends if row.group != UNKNOWN]
    years = sorted({row.group for row in rows if row.reports >= FEWEST})
    if len(years) < 2:
        return
    taxonomy = Taxonomy.load()
    series = []
    for label in dict.fromkeys(row.label for row in rows):
        by_year = {row.group: row.share for row in rows if row.label == label and row.reports >= FEWEST}
        series.append((taxonomy.name(label), tuple(by_year.get(year) for year in years)))
    counts = {row.group: row.reports for row in rows}
    names = tuple(f"{year}（{counts[year]:,}份）" for year in years)
    title = "主要问题逐年占比（占同年报告）"
    add_chart(paper.document, Chart("line", title, names, tuple(series)), WIDTH, LINE_HEIGHT)
    left_out = sorted({row.group for row in rows} - set(years))
    if left_out:
        paper.note(f"{spell_years(int(year) for year in left_out)}各不足{FEWEST}份报告，图中不画。")


def _statistics(paper: Paper, summary: Summary) -> None:
    """The usual statutory numbers, a column a year."""
    found = summary.statistics
    every = sorted({row.group for row in found.rows if row.group != UNKNOWN})
    years = every[-COLUMNS:]
    if not years:
        return
    values = {(row.measure, row.group): row for row in found.rows}
    cells = []
    for measure in found.measures:
        row = [f"{measure.name}（{measure.unit}）"]
        for year in years:
            one = values.get((measure.id, year))
            row.append(_value(one.value, measure) if one else NO_DATA)
        cells.append(row)
    paper.caption("依申请公开与复议诉讼主要数字（各年度有数据的报告合计）")
    widths = (4.6, *[9.6 / len(years)] * len(years))
    if len(every) > len(years):
        paper.note(f"只列最近{len(years)}个年度，更早的见“统计”导出。")
    paper.table(("指标", *(f"{year}年" for year in years)), cells, widths=widths, numbers=range(1, len(years) + 1))


def _value(value: Number | None, measure: Measure) -> str:
    if value is None:
        return NO_DATA
    if measure.unit == "%":
        return f"{value:.1%}"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"


def _sources(paper: Paper, summary: Summary) -> None:
    for source in summary.sources:
        paper.source(source.number, source_text(source))


def _definitions(paper: Paper, summary: Summary) -> None:
    lines: list[tuple[str, str]] = [(f"筛选：{name}", values) for name, values in filter_lines(summary.filter)]
    lines = lines or [("筛选", "无，全部报告")]
    counted = _counted(summary)
    paper.table(("项目", "说明"), [*lines, *counted, *summary.definitions], widths=(3.6, 10.6))


def _counted(summary: Summary) -> Iterable[tuple[str, str]]:
    known: Mapping[str, Any] = dict(filter_lines(summary.counted))
    return [] if summary.filter.scope == summary.counted.scope else [("计入口径", known["口径"])]
