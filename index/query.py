"""What a typed query states besides what it is about: years, places, kinds of agency, levels, problem or measure.

It is kept conservative: a word that may belong to what the person looks for stays in the text. Whatever is
understood shows in the answer's ``filter``, where it can be taken back. Patterns are in ``query.toml``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from index.filters import FIRST_YEAR, LAST_YEAR, merge, query_words
from index.records import Filter

QUOTED = re.compile(r"“([^“”]{2,})”|「([^「」]{2,})」|\"([^\"]{2,})\"|『([^『』]{2,})』")
NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
YEAR = r"(?<!\d)(?P<{0}>(?:19|20)\d\d)(?!\d)"
DASH = r"\s*(?:年度?)?\s*(?:-|–|—|~|至|到)\s*"
AFTER_PLACE = r"(?=$|\d|省|市|县|区|各|的|全|有关|近|过去|[，,、\s])"
LEVELS = ("national", "province", "city", "county", "township")


@dataclass(frozen=True, slots=True)
class Understood:
    """A query taken apart.

    Attributes:
        filter: what the query and the caller's own filter ask for together.
        text: what is left to be searched by meaning and words; "" where only filters were stated.
        phrases: quoted parts, which a hit must hold as they stand.
    """

    filter: Filter
    text: str
    phrases: tuple[str, ...] = ()


@dataclass
class _Reading:
    """A query while it is being read: the text with what was understood blanked out, and the findings."""

    text: str
    latest: int | None
    found: dict[str, list[str]] = field(default_factory=dict)
    years: list[int] = field(default_factory=list)

    def take(self, start: int, end: int) -> None:
        """Blank out a stretch; its length stays."""
        self.text = self.text[:start] + " " * (end - start) + self.text[end:]

    def note(self, name: str, value: str) -> None:
        values = self.found.setdefault(name, [])
        if value not in values:
            values.append(value)


def understand(query: str, explicit: Filter, latest_year: int | None = None) -> Understood:
    """Take a query apart. ``latest_year``: of the archive, what 近三年 counts back from."""
    plain = " ".join(unicodedata.normalize("NFKC", query.replace("“", "「").replace("”", "」")).split())
    phrases = tuple(next(filter(None, match.groups())).strip() for match in QUOTED.finditer(plain))
    reading = _Reading(QUOTED.sub(lambda match: " " * len(match[0]), plain), latest_year)
    for step in (_years, _exclusions, _places, _agencies, _levels, _kinds):
        step(reading)
    fields: dict[str, tuple[str, ...]] = {name: tuple(values) for name, values in reading.found.items()}
    stated = Filter(year=tuple(sorted(set(reading.years))), **fields)  # type: ignore[arg-type]
    left = _strip(reading.text)
    text = " ".join([*phrases, left]).strip()
    if stated == Filter() and not phrases and not left:
        text = plain  # it only asks ("有哪些表述"): better searched as it stands than not at all
    return Understood(merge(explicit, stated), text, phrases)


# -- years ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _year_patterns() -> tuple[re.Pattern[str], ...]:
    words = query_words()["years"]
    one, two = YEAR.format("first"), YEAR.format("last")
    return (
        re.compile(rf"{one}{DASH}{two}\s*(?:年度?)?"),
        re.compile(rf"(?:自|从)?{one}年?度?(?P<since>{words['since']})"),
        re.compile(rf"{one}年?度?(?P<until>{words['until']})"),
        re.compile(words["recent"]),
        re.compile(rf"{one}\s*(?:年度?)?"),
    )


def _years(reading: _Reading) -> None:
    blocked = re.compile(query_words()["years"]["not_before"])
    for pattern in _year_patterns():
        for match in list(pattern.finditer(reading.text)):
            if blocked.match(reading.text[match.end() :]):
                continue
            years = _years_of(match.groupdict(), reading.latest)
            if years and FIRST_YEAR <= years[0] <= years[-1] <= LAST_YEAR:
                reading.years += years
                reading.take(*match.span())


def _years_of(groups: dict[str, str | None], latest: int | None) -> list[int]:
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
        return list(range(FIRST_YEAR, first + 1))
    return list(range(first, int(groups.get("last") or first) + 1))


# -- places ---------------------------------------------------------------------------------------------------


def _places(reading: _Reading) -> None:
    """Full names anywhere, short names ("浙江", "宁波") where a place must stand; of several the chain."""
    from nlp.divisions import places, resolve

    at = 0
    while at < len(reading.text) - 1:
        chain = resolve(reading.text[at:])
        if chain.length and _is_place(reading.text, at, at + chain.length):
            units = chain.divisions
            end = at + chain.length
        else:
            start, end, units = next(iter(places(reading.text[at:])), (0, 0, ()))
            if start or not units:
                short = _short_province(reading.text, at)
                if short is None:
                    at += 1
                    continue
                end, units = short
            else:
                end += at
        for unit in units[:1]:
            _note_place(reading, reading.text[at:end], unit.level, unit.name)
        reading.take(at, end)
        at = end
