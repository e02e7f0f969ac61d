"""What words of a typed query name: years, places, agencies; and the query while it is being read.

Both that which is wanted (:mod:`index.query`) and that which is not (:mod:`index.excluding`) is told by these. Patterns
are in ``query.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from index.filters import query_words
from index.records import Filter

if TYPE_CHECKING:
    from nlp.divisions import Division, Table

NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
YEAR = r"(?<!\d)(?P<{0}>(?:19|20)\d\d)(?!\d)"
DASH = r"\s*(?:年度?)?\s*(?:-|–|—|~|至|到)\s*"
FIRST_REPORTS = 2008  # the first year that reports were due for
LEVELS = ("national", "province", "city", "county", "township")
HIDDEN = "\ue000"  # stands for what must not be read as a filter


@dataclass
class Reading:
    """A query while it is being read.

    Attributes:
        text: the query with what was understood blanked out; every stretch keeps its length.
        latest: the archive's last year, what 近三年 counts back from.
        found: field of the filter → values.
        together: what is not wanted where several conditions hold together ("宁波市教育局"), as (field, values).
        hidden: (start, the words) of stretches that stay in the text and state nothing.
    """

    text: str
    latest: int | None
    found: dict[str, list[Any]] = field(default_factory=dict)
    together: list[list[tuple[str, tuple[Any, ...]]]] = field(default_factory=list)
    hidden: list[tuple[int, str]] = field(default_factory=list)

    def take(self, start: int, end: int) -> None:
        """Blank out a stretch."""
        self.text = self.text[:start] + " " * (end - start) + self.text[end:]

    def hide(self, start: int, end: int) -> None:
        """Keep a stretch from being read as a filter."""
        self.hidden.append((start, self.text[start:end]))
        self.text = self.text[:start] + HIDDEN * (end - start) + self.text[end:]

    def show(self) -> None:
        """Put back what was hidden."""
        for start, words in self.hidden:
            self.text = self.text[:start] + words + self.text[start + len(words) :]
        self.hidden.clear()

    def stated(self) -> Filter:
        """What was found so far; years rising."""
        fields: dict[str, Any] = {
            name: tuple(sorted(values) if name.endswith("year") else values) for name, values in self.found.items()
        }
        return Filter(**fields)

    def note(self, name: str, value: Any) -> None:
        """Add a value of a field."""
        values = self.found.setdefault(name, [])
        if value not in values:
            values.append(value)


def either(words: Iterable[str]) -> str:
    """An expression for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word)))


@lru_cache(maxsize=1)
def year_patterns() -> tuple[re.Pattern[str], ...]:
    """Years as people write them, to be tried in this order."""
    words = query_words()["years"]
    one, two = YEAR.format("first"), YEAR.format("last")
    return (
        re.compile(rf"{one}{DASH}{two}\s*(?:年度?)?"),
        re.compile(rf"(?:自|从)?{one}年?度?(?P<since>{words['since']})"),
        re.compile(rf"{one}年?度?(?P<until>{words['until']})"),
        re.compile(words["recent"]),
        re.compile(rf"{one}\s*(?:年度?)?"),
    )


def years_of(groups: dict[str, str | None], latest: int | None) -> list[int]:
    """The years that a match of one of the patterns stands for; none where it counts from a year not known."""
    count = groups.get("count")
    if count:
        if latest is None:
            return []
        number = NUMERALS.get(count) or int(count)
        return list(range(latest - number + 1, latest + 1))
    first = int(groups["first"] or 0)
    if groups.get("since"):
        return list(range(first, max(first, latest or first) + 1))
    if groups.get("until"):
        return list(range(min(FIRST_REPORTS, first), first + 1))
    return list(range(first, int(groups.get("last") or first) + 1))


def province(known: Table, word: str) -> tuple[Division, ...]:
    """The province of a short name."""
    return tuple(unit for unit in known.short.get(word, ()) if unit.level == "province")


@lru_cache(maxsize=1)
def agency_pattern() -> re.Pattern[str]:
    """A department as people name it: a whole name, or a field of work with 局, 部门 or 系统."""
    from nlp.agency import names

    words = query_words()["agency"]
    whole = either(name for several in words["whole"].values() for name in several)
    fields_of_work = either(word for word, kind in names().type_of.items() if kind != "other")
    joints = either([*names().type_of, *words["joints"]])
    software = either(words["not_systems"])
    return re.compile(
        rf"(?P<whole>{whole})|(?!(?:{software})系统)(?P<field>{fields_of_work})(?:{joints}){{0,4}}{words['ends']}"
    )


@lru_cache(maxsize=1)
def whole_names() -> dict[str, str]:
    """Departments named without a word for a field of work ("政府办") → their type."""
    words = query_words()["agency"]["whole"]
    return {name: kind for kind, several in words.items() for name in several}


def agency_of(match: re.Match[str]) -> str:
    """The agency type that a match of :func:`agency_pattern` names."""
    from nlp.agency import names

    return whole_names()[match["whole"]] if match["whole"] else names().type_of[match["field"]]
