"""Sources in words, the same on the page, in the terminal and in Word."""

from __future__ import annotations

from index.summary.records import FigureSource, Source, StatementSource
from index.summary.wording import FEWEST, tables


def source_text(source: Source) -> str:
    """A source in one line: what is counted and how it comes out, or the whole sentence and where it stands."""
    return _quoted(source) if isinstance(source, StatementSource) else f"{definition(source)}：{worked(source)}"


def _quoted(source: StatementSource) -> str:
    unknown = tables()["unknown"]
    year = f"{source.year}年" if source.year is not None else unknown["year"]
    place = f"报告编号 {source.report}，原文第 {source.start}–{source.end} 字"
    return f"{source.agency or unknown['agency']}，{year}：“{source.text}”（{place}）"


def definition(source: FigureSource) -> str:
    """What is counted, and of which part."""
    return source.definition + (f"（{source.group}）" if source.group else "")


def worked(source: FigureSource) -> str:
    """A figure as it is worked out: “12 ÷ 17 = 70.6%（可能范围 47%–87%）”; no percentage of few reports."""
    if source.denominator is None:
        parts = "，".join(f"{name} {count:,}" for name, count in source.parts.items())
        return f"{source.numerator:,}{source.unit}" + (f"（{parts}）" if parts else "")
    shown = f"{source.numerator:,} ÷ {source.denominator:,}"
    share = source.share
    if share is None or source.denominator < FEWEST:
        return shown
    sure = "" if source.low is None or source.high is None else f"（可能范围 {source.low:.0%}–{source.high:.0%}）"
    return f"{shown} = {share:.1%}{sure}"
