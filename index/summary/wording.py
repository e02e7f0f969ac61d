"""The words of a summary (wording.toml), and the ledger that numbers what its sentences cite."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from index.reads import StatementRow
from index.shares import wilson
from index.summary.records import FigureSource, Part, Sentence, Source, StatementSource

FEWEST = 5  # no percentages of fewer reports
LONGEST_QUOTE = 70  # characters of a quotation in the text; the source holds all of it
SHORTEST_QUOTE = 20
OPEN, CLOSE = "\ue000", "\ue001"  # around a citation while the text is put together
_MARK = re.compile(f"{OPEN}(\\d+){CLOSE}")
_ENDS = re.compile(r"[。；;，,！!？?：:]+$")
_CLAUSE = re.compile(r"[。；;，,！!？?]")
_INNER = str.maketrans({"“": "‘", "”": "’"})


@cache
def tables() -> Mapping[str, Any]:
    """``wording.toml``."""
    loaded: Mapping[str, Any] = tomllib.loads(
        files("index.summary").joinpath("wording.toml").read_text(encoding="utf-8")
    )
    return loaded


def say(key: str, turn: int = 0, /, **values: object) -> str:
    """A sentence or piece, filled in; of several variants the ``turn``-th."""
    found = tables()["say"][key]
    template: str = found if isinstance(found, str) else found[turn % len(found)]
    return template.format(**values)


def define(key: str, /, **values: object) -> str:
    """The definition of a figure."""
    template: str = tables()["define"][key]
    return template.format(**values)


def word(key: str) -> str:
    """A mark or a connecting word."""
    return str(tables()["words"][key])


def listed(items: Iterable[str]) -> str:
    """“甲、乙、丙”."""
    return word("pause").join(items)


def of_reports(n: int, d: int) -> dict[str, str]:
    """What a sentence on a share is filled with: d “41”, n “12份（29%）”, without the percentage of few reports."""
    return {"d": f"{d:,}", "n": _with_share(word("reports").format(n=f"{n:,}"), n, d)}


def count_share(n: int, d: int) -> str:
    """“12份，29%”; without the percentage where there are few reports."""
    return f"{n:,}份" + (f"{word('comma')}{n / d:.0%}" if d >= FEWEST else "")


def _with_share(text: str, n: int, d: int) -> str:
    return word("with_share").format(n=text, p=f"{n / d:.0%}") if d >= FEWEST else text


def spell_years(years: Iterable[int]) -> str:
    """“2019–2021年、2023年”; empty where there are none."""
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return listed(f"{run[0]}年" if len(run) == 1 else f"{run[0]}–{run[-1]}年" for run in runs)


def clean(text: str) -> str:
    """Text of a report on one line, without control, format and private characters."""
    kept = (" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in _DROPPED)
    return " ".join("".join(kept).split())


_DROPPED = {"Cc", "Cf", "Co", "Cs", "Cn"}


def shortened(text: str) -> str:
    """A quotation for running text: whole clauses from the beginning, “…” where more follows."""
    whole = _ENDS.sub("", clean(text)).translate(_INNER)
    if len(whole) <= LONGEST_QUOTE:
        return whole
    ends = [found.start() for found in _CLAUSE.finditer(whole, SHORTEST_QUOTE, LONGEST_QUOTE)]
    cut = whole[: ends[-1]] if ends else re.sub(r"[\d,.%]+$", "", whole[: LONGEST_QUOTE - 1])
    return cut + "…"


def who(row: StatementRow) -> str:
    """“甲局（2021年）”."""
    unknown = tables()["unknown"]
    year = f"{row.year}年" if row.year is not None else unknown["year"]
    return f"{clean(row.agency) if row.agency else unknown['agency']}（{year}）"


class Ledger:
    """Takes what sentences cite and gives the marks to put into them; the same source is cited by one number."""

    def __init__(self) -> None:
        self._sources: dict[Any, Source] = {}

    def figure(
        self,
        definition: str,
        numerator: int,
        denominator: int | None = None,
        *,
        unit: str = "份",
        group: str = "",
        interval: bool = False,
        parts: Mapping[str, int] | None = None,
    ) -> str:
        """The mark of a figure; ``interval``: a share of reports, of which the Wilson interval says something."""
        low, high = wilson(numerator, denominator) if interval and denominator else (None, None)
        key = (definition, group, numerator, denominator)
        return self._mark(
            key,
            FigureSource(
                0,
                definition,
                numerator,
                denominator,
                unit,
                group,
                None if low is None else round(low, 4),
                None if high is None else round(high, 4),
                dict(parts or {}),
            ),
        )

    def quotation(self, row: StatementRow) -> str:
        """The mark of a sentence that is quoted."""
        return self._mark(
            row.id,
            StatementSource(
                0, row.id, row.report, row.agency, row.year, row.kind, row.text, row.start, row.stop,
                row.labels, row.source,
            ),
        )  # fmt: skip

    def _mark(self, key: Any, source: Source) -> str:
        number = self._sources.setdefault(key, replace(source, number=len(self._sources) + 1)).number
        return f"{OPEN}{number}{CLOSE}"

    def finish(self, parts: Sequence[tuple[str, str, Sequence[str]]]) -> tuple[tuple[Part, ...], tuple[Source, ...]]:
        """Parts (id, title, texts with marks) as records; sources numbered in the order in which they are cited."""
        by_number = {source.number: source for source in self._sources.values()}
        order: dict[int, int] = {}
        done = []
        for name, title, texts in parts:
            for text in texts:
                for found in _MARK.finditer(text):
                    order.setdefault(int(found[1]), len(order) + 1)
            if texts:
                done.append(Part(name, title, tuple(_sentence(text, order) for text in texts)))
        return tuple(done), tuple(replace(by_number[old], number=new) for old, new in order.items())


def _sentence(text: str, order: Mapping[int, int]) -> Sentence:
    plain, marks, at = "", [], 0
    for found in _MARK.finditer(text):
        plain += text[at : found.start()]
        marks.append((len(plain), order[int(found[1])]))
        at = found.end()
    return Sentence(plain + text[at:], tuple(marks))
