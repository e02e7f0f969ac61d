"""What a typed query does not want: "不要教育局的", "除浙江、江苏外", "2021年除外", "不要措施".

A word of exclusion counts only right before (or behind) what a filter can leave out, and only where the two end there:
"不要重复提交材料" is a sentence. Patterns are in ``query.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from index.filters import FIRST_YEAR, LAST_YEAR, PLACE_ENDS, merge, query_words
from index.naming import LEVELS, Reading, agency_of, agency_pattern, either, province, year_patterns, years_of
from index.records import Filter

NOT_WANTED = {name: f"not_{name}" for name in ("province", "city", "county", "level", "agency_type", "year")}
KINDS = ("problem", "measure")
ORGANS = ("部门", "单位", "机关", "政府")
LONGEST_LIST = 60  # characters before 除外 that are looked at
Condition = tuple[str, tuple[Any, ...]]  # field, values


@dataclass(frozen=True, slots=True)
class _Named:
    """One thing that a stretch of the query names. ``whole``: it can be nothing else, whatever follows."""

    name: str
    values: tuple[Any, ...]
    end: int
    whole: bool

    @property
    def condition(self) -> Condition:
        return self.name, self.values


@dataclass(frozen=True, slots=True)
class _List:
    """Things joined by 、 and 和; each is a group of conditions that hold together ("宁波市" "教育局")."""

    groups: list[list[_Named]]
    end: int

    @property
    def whole(self) -> bool:
        return all(one.whole for group in self.groups for one in group)


@dataclass(frozen=True, slots=True)
class _Words:
    """The table ``exclude``: see there."""

    head: re.Pattern[str]
    level_head: re.Pattern[str]
    joiner: re.Pattern[str]
    behind: re.Pattern[str]
    closed: re.Pattern[str]
    outside: re.Pattern[str]
    level: dict[str, re.Pattern[str]]
    kind: dict[str, re.Pattern[str]]
    field: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    from nlp.agency import names

    told = query_words()["exclude"]
    fields = either(word for word, kind in names().type_of.items() if kind != "other")
    outside = f"{told['outside']}{told['others']}"
    closed = f"(?:{told['outside']}|{told['what']}|{told['ends']}){told['others']}"
    return _Words(
        head=re.compile(told["head"]),
        level_head=re.compile(told["level_head"]),
        joiner=re.compile(told["joiner"]),
        behind=re.compile(told["behind"]),
        closed=re.compile(told["etc"] + closed),
        outside=re.compile(told["etc"] + outside),
        level={one: re.compile(f"(?:{either(told[one])}){told['organs']}") for one in LEVELS},
        kind={one: re.compile(told[one] + told["kind_ends"]) for one in KINDS},
        field=re.compile(f"(?P<field>{fields})(?=、)"),
    )


def exclusions(reading: Reading) -> None:
    """Note what is not wanted, and blank it out with the words that say so."""
    for head in (_words().head, _words().level_head):
        at = 0
        while (match := head.search(reading.text, at)) is not None:
            at = _after_head(reading, match, levels_only=head is _words().level_head)
    for match in list(_words().behind.finditer(reading.text)):
        found = _before(reading, match.start())
        if found is not None:
            start, some = found
            _note(reading, some)
            bracket = reading.text[:start].endswith(("(", "（"))
            reading.take(start - bracket, match.end())


def left_over(reading: Reading, explicit: Filter) -> None:
    """Of conditions that hold together ("宁波市教育局") leave one out where all others are asked for anyway.

    Else none: leaving out each would leave out all of 宁波市, and every education bureau.
    """
    stated = merge(explicit, reading.stated())
    for group in reading.together:
        left = [(name, values) for name, values in group if not _given(getattr(stated, name), values)]
        if len(left) == 1:
            _not_wanted(reading, *left[0])


def _given(asked: tuple[Any, ...], values: tuple[Any, ...]) -> bool:
    return bool(asked) and set(asked) <= set(values)


def _after_head(reading: Reading, head: re.Match[str], *, levels_only: bool) -> int:
    """Read what follows a word of exclusion; returns where to go on."""
    words, text = _words(), reading.text
    sure, bare = (bool(head.groupdict().get(name)) for name in ("sure", "bare"))
    some = _list(text, head.end(), reading.latest)
    if some is None:
        if not bare and not levels_only:
            _hide_place(reading, head.end())
        return head.end()
    names = {one.name for group in some.groups for one in group}
    if levels_only and names != {"level"}:
        return head.end()
    if "kind" in names and not bare and not head["any"]:  # "排除问题" is what one does with problems
        return head.end()
    outside = bare and names != {"level"}
    closed = (words.outside if outside else words.closed).match(text, some.end)
    if closed is None and not (sure and some.whole):
        if not outside:
            reading.hide(head.end(), some.end)  # a sentence: no filter, and surely not what is wanted
        return some.end
    end = closed.end() if closed is not None else some.end
    _note(reading, some)
    reading.take(head.start(), end)
    return end


def _hide_place(reading: Reading, at: int) -> None:
    """Have a short name of a county, which may be a word ("不要公安的"), not be read as what is wanted."""
    from nlp.divisions import resolve

    reading.hide(at, at + resolve(reading.text[at:]).length)


def _before(reading: Reading, end: int) -> tuple[int, _List] | None:
    """The longest list that ends there, and where it begins."""
    for start in range(max(0, end - LONGEST_LIST), end):
        some = _list(reading.text, start, reading.latest)
        if some is not None and some.end == end:
            return start, some
    return None


def _note(reading: Reading, some: _List) -> None:
    unwanted = [one.values[0] for group in some.groups for one in group if one.name == "kind"]
    if unwanted:
        for kind in [kind for kind in KINDS if kind not in unwanted] or ["passage"]:
            reading.note("kind", kind)
    several = any(len(group) > 1 for group in some.groups)
    for group in some.groups:
        if len(group) > 1:
            reading.together.append([one.condition for one in group])
        elif not several and group[0].name != "kind":
            _not_wanted(reading, *group[0].condition)


def _not_wanted(reading: Reading, name: str, values: tuple[Any, ...]) -> None:
    for value in values:
        reading.note(NOT_WANTED[name], value)


# -- reading lists ----------------------------------------------------------------------------------------------


def _list(text: str, at: int, latest: int | None) -> _List | None:
    """The list that begins there."""
    groups: list[list[_Named]] = []
    one = _named(text, at, latest)
    if one is None:
        return None
    while one is not None:
        groups.append([one])
        end = one.end
        while (more := _together(text, end, latest)) is not None:
            if any(more.name == other.name for other in groups[-1]):  # two years, two provinces: one after the other
                groups.append([])
            groups[-1].append(more)
            end = more.end
        joiner = _words().joiner.match(text, end)
        one = _named(text, joiner.end(), latest) if joiner is not None else None
    return _List(groups, end)


def _together(text: str, at: int, latest: int | None) -> _Named | None:
    """A further condition on the same ("浙江省" + "的教育局")."""
    found = _named(text, at + (text[at : at + 1] == "的"), latest)
    return None if found is None or found.name == "kind" else found


def _named(text: str, at: int, latest: int | None) -> _Named | None:
    """What is named there; of several readings the longest."""
    return max(_readings(text, at, latest), key=lambda one: one.end, default=None)


def _readings(text: str, at: int, latest: int | None) -> Iterator[_Named]:
    words = _words()
    if (year := _year(text, at, latest)) is not None:
        yield year
    if (place := _place(text, at)) is not None:
        yield place
    if (agency := agency_pattern().match(text, at)) is not None:
        yield _Named("agency_type", (agency_of(agency),), agency.end(), whole=True)
    if (agency := words.field.match(text, at)) is not None:  # "教育、公安局"
        from nlp.agency import names

        yield _Named("agency_type", (names().type_of[agency["field"]],), agency.end(), whole=False)
    for name, patterns in (("level", words.level), ("kind", words.kind)):
        for value, pattern in patterns.items():
            if (match := pattern.match(text, at)) is not None:
                yield _Named(name, (value,), match.end(), whole=match[0].endswith(ORGANS))


def _year(text: str, at: int, latest: int | None) -> _Named | None:
    blocked = re.compile(query_words()["years"]["not_before"])
    for pattern in year_patterns():
        match = pattern.match(text, at)
        if match is None or blocked.match(text[match.end() :]):
            continue
        years = years_of(match.groupdict(), latest)
        if years and FIRST_YEAR <= years[0] <= years[-1] <= LAST_YEAR:
            return _Named("year", tuple(years), match.end(), whole="年" in match[0])
    return None


def _place(text: str, at: int) -> _Named | None:
    """A full name of any place, or a short one of a province or city: short ones of counties are words, too."""
    from nlp.divisions import resolve, table

    rest = text[at:]
    chain = resolve(rest)
    word = rest[: chain.length].strip()
    if chain.divisions and len(word) > 2 and word.endswith(PLACE_ENDS):
        return _Named(chain.divisions[0].level, (chain.divisions[0].name,), at + chain.length, whole=True)
    known = table()
    for length in (4, 3, 2):
        if len(rest) < length:
            continue
        units = province(known, rest[:length]) or tuple(
            unit for unit in known.short.get(rest[:length], ()) if unit.level == "city"
        )
        if units:
            return _Named(units[0].level, (units[0].name,), at + length, whole=False)
    return None
