"""Questions about figures ("新收申请最多的单位", "纠错率"), told by their words, as views of the statistics.

A query is one only where nothing but the words of such questions is left of it (``asking.toml``): "申请答复不规范"
speaks of applications too, and is a search.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from unicodedata import normalize

from index.measures import definitions
from index.naming import LEVELS
from index.query import Understood
from index.records import AskedStatistics, Filter, MeasureRow

UNKNOWN = "unknown"
EACH = "report"  # a grouping of its own: one row a report
USUAL = "year"
FULL_NAME = 6  # characters; shorter names are words of searches too, and stand in asking.toml
LONGEST = 80  # characters; who asks for a figure needs fewer


@dataclass(frozen=True, slots=True)
class Term:
    """Words for measures; ``bare``: they ask by themselves, ``which``: "哪些" asks for them."""

    ids: tuple[str, ...]
    pattern: re.Pattern[str]
    bare: bool
    which: bool


@dataclass(frozen=True, slots=True)
class Words:
    """``asking.toml``."""

    terms: tuple[Term, ...]
    by: dict[str, re.Pattern[str]]
    order: dict[str, re.Pattern[str]]
    which: re.Pattern[str]
    count: re.Pattern[str]
    rest: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> Words:
    data = tomllib.loads(Path(__file__).with_name("asking.toml").read_text(encoding="utf-8"))
    return Words(
        terms=tuple(
            Term(tuple(row["ids"]), re.compile(row["words"]), row.get("bare", False), row.get("which", False))
            for row in data["term"]
        ),
        by={key: re.compile(pattern) for key, pattern in data["by"].items()},
        order={key: re.compile(pattern) for key, pattern in data["order"].items()},
        which=re.compile(data["signal"]["which"]),
        count=re.compile(data["signal"]["count"]),
        rest=re.compile(data["rest"]["words"]),
    )


@lru_cache(maxsize=1)
def _terms() -> tuple[Term, ...]:
    """The terms of ``asking.toml``, and every measure by its full name as it stands once words of counting are out."""
    words = _words()
    count = words.count.pattern
    names = {key: normalize("NFKC", one.measure.name) for key, one in definitions().items()}
    named = (
        Term((key,), re.compile(r"\s*".join(map(re.escape, re.split(count, name)))), bare=False, which=False)
        for key, name in names.items()
        if len(name) >= FULL_NAME
    )
    return (*words.terms, *named)


def asked_statistics(understood: Understood, *, bare: bool = False) -> AskedStatistics | None:
    """The view of the statistics that a query asks for; None where it asks for no figure.

    Args:
        understood: the query taken apart.
        bare: take the plain name of a measure ("新收申请") for a question, too.
    """
    if understood.phrases or understood.filter.kind or understood.filter.unanswered or len(understood.rest) > LONGEST:
        return None
    words = _words()
    text = understood.rest
    which = bool(words.which.search(text))
    # Terms are looked for before and after the other words are taken out: 部分公开数量, and 收到多少件申请.
    order, text = _take_first(words.order, text)
    by, text = _take_first(words.by, text)
    counted = words.count.sub(" ", text)
    asking = bare or which or order or counted != text or by not in (None, EACH)
    if not asking and not any(term.bare and term.pattern.search(counted) for term in words.terms):
        return None  # so with most questions, which need not wait for the dictionary of measures
    terms, left = _take_terms(counted)
    if not terms or words.rest.sub("", left):
        return None
    named = bare or any(term.bare for term in terms)
    listed = which and all(term.which for term in terms)
    if not (order or named or listed or counted != text or by not in (None, EACH)):
        return None
    if by is None and not order:
        by = USUAL
    return AskedStatistics(
        measures=tuple(dict.fromkeys(key for term in terms for key in term.ids)),
        by=None if by in (None, EACH) else by,
        order=order or "",
        positive=listed and not order and by == EACH,
        filter=_without_exclusions(replace(understood.filter, label=())),
    )


def _take_first(patterns: dict[str, re.Pattern[str]], text: str) -> tuple[str | None, str]:
    """The first of the patterns that matches, and the text without what any of them matches."""
    found = next((key for key, pattern in patterns.items() if pattern.search(text)), None)
    for pattern in patterns.values():
        text = pattern.sub(" ", text)
    return found, text


def _take_terms(text: str) -> tuple[list[Term], str]:
    """The terms that a text names, the longest words first, and what is left of it."""
    found: list[Term] = []
    while True:
        matches = [(match, term) for term in _terms() for match in term.pattern.finditer(text) if match[0].strip()]
        if not matches:
            return found, text
        match, term = max(matches, key=lambda row: (len(row[0][0].strip()), -row[0].start()))
        found.append(term)
        text = text[: match.start()] + " " + text[match.end() :]


def _without_exclusions(where: Filter) -> Filter:
    """The filter with what is left instead of what is not wanted, where that can be named: any screen can show it."""
    for name, every in (("level", LEVELS), ("year", ()), ("agency_type", ())):
        unwanted = getattr(where, f"not_{name}")
        left = tuple(value for value in getattr(where, name) or every if value not in unwanted)
        if unwanted and left:
            changes: dict[str, Any] = {name: left, f"not_{name}": ()}
            where = replace(where, **changes)
    return where


def arrange(rows: Sequence[MeasureRow], asked: AskedStatistics) -> list[MeasureRow]:
    """The rows of a table as the question wants them: in its order, without unknown groups, nought where asked so."""
    kept = [row for row in rows if row.group != UNKNOWN and not (asked.positive and not row.value)]
    if not asked.order:
        return kept
    sign = 1 if asked.order == "asc" else -1
    return sorted(kept, key=lambda row: (row.value is None, sign * (row.value or 0)))
