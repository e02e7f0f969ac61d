"""What a typed query states besides what it is about: years, places, kinds of agency, levels, problem or measure.

It is kept conservative: a word that may belong to what the person looks for stays in the text. Whatever is
understood shows in the answer's ``filter``, where it can be taken back. Patterns are in ``query.toml``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.excluding import NOT_WANTED, exclusions, left_over
from index.filters import FIRST_YEAR, LAST_YEAR, merge, query_words
from index.naming import LEVELS, Reading, agency_of, agency_pattern, either, province, year_patterns, years_of
from index.records import Filter

if TYPE_CHECKING:
    from nlp.divisions import Division

QUOTED = re.compile(r"“([^“”]{2,})”|「([^「」]{2,})」|\"([^\"]{2,})\"|『([^『』]{2,})』")
# What is to be similar need not be the same.
ALIKE = re.compile(rf"(?:和|与|跟|同)?(?:{QUOTED.pattern})(?:类似|相似|相近|接近|差不多)的?")
AFTER_PLACE = r"(?=$|\d|省[直级]|市[直级]|县|各|的|全|近|过去|[，,、\s])"


@dataclass(frozen=True, slots=True)
class Understood:
    """A query taken apart.

    Attributes:
        filter: what the query and the caller's own filter ask for together.
        text: what is left to be searched by meaning and words; "" where only filters were stated.
        phrases: quoted parts, which a hit must hold as they stand.
        rest: the query with only what became filters blanked out; words that ask are still in it.
    """

    filter: Filter
    text: str
    phrases: tuple[str, ...] = ()
    rest: str = ""


def understand(query: str, explicit: Filter, latest_year: int | None = None) -> Understood:
    """Take a query apart. ``latest_year``: of the archive, what 近三年 counts back from."""
    given = query.replace("“", "「").replace("”", "」")
    plain = _unquoted(unicodedata.normalize("NFKC", given))
    phrases = _quoted(given) if QUOTED.search(plain) else ()
    reading = Reading(QUOTED.sub(lambda match: " " * len(match[0]), plain), latest_year)
    for step in (exclusions, _years, _places, _agencies, _levels, _kinds):
        step(reading)
    left_over(reading, explicit)
    reading.show()
    stated = reading.stated()
    left = _strip(reading.text)
    text = " ".join([*phrases, left]).strip()
    if stated == Filter() and not phrases and not left:
        text = plain  # it only asks ("有哪些表述"): better searched as it stands than not at all
    return Understood(merge(explicit, stated), text, phrases, reading.text)


def _unquoted(text: str) -> str:
    """One line, without the quotation marks around what is only to be similar."""
    return ALIKE.sub(lambda match: next(filter(None, match.groups())), " ".join(text.split()))


def _quoted(text: str) -> tuple[str, ...]:
    """The quotations, with characters and punctuation mapped as in the reports' texts."""
    from nlp.normalise import clean

    return tuple(next(filter(None, match.groups())).strip() for match in QUOTED.finditer(_unquoted(clean(text))))


# -- years ----------------------------------------------------------------------------------------------------


def _years(reading: Reading) -> None:
    blocked = re.compile(query_words()["years"]["not_before"])
    for pattern in year_patterns():
        for match in list(pattern.finditer(reading.text)):
            if blocked.match(reading.text[match.end() :]):
                continue
            years = years_of(match.groupdict(), reading.latest)
            if years and FIRST_YEAR <= years[0] <= years[-1] <= LAST_YEAR:
                for year in years:
                    reading.note("year", year)
                reading.take(*match.span())


# -- places ---------------------------------------------------------------------------------------------------


def _places(reading: Reading) -> None:
    """Full names ("宁波市北仑区") anywhere, short ones ("浙江") only where a place must stand."""
    from nlp.divisions import resolve, table

    at = 0
    while at < len(reading.text) - 1:
        rest = reading.text[at:]
        chain = resolve(rest)
        units, length = chain.divisions, chain.length
        if not units:
            # Before 县区 and at the end of a text a short name begins no agency's, but may have been meant.
            units, length = next(((u, n) for n in (3, 2) if (u := province(table(), rest[:n]))), ((), 0))
        if not units or not _place_fits(reading.text, at, at + length):
            at += 1
            continue
        _note_place(reading, units[0], len(units) == 1)
        reading.take(at, at + length)
        at += length


def _place_fits(text: str, start: int, end: int) -> bool:
    word = text[start:end].strip()
    if len(word) > 2 and word.endswith(tuple("省市区县旗州盟")):
        return True
    if len(word) < 2 or word.endswith(tuple("区县")):  # 城区, 郊区 and 矿区 are words before they are counties
        return False
    return bool(re.match(AFTER_PLACE, text[end:]) or agency_pattern().match(text[end:]))


def _note_place(reading: Reading, unit: Division, alone: bool) -> None:
    """Note the unit's own name; with the names above it where others are called the same."""
    from nlp.divisions import region, table

    reading.note(unit.level, unit.name)
    if alone and len(table().full.get(unit.name, ())) > 1:
        above = region(unit)
        for level, name in (("province", above.province), ("city", above.city)):
            if name and level != unit.level:
                reading.note(level, name)


# -- agencies, levels, kinds ------------------------------------------------------------------------------------


def _agencies(reading: Reading) -> None:
    for match in list(agency_pattern().finditer(reading.text)):
        reading.note("agency_type", agency_of(match))
        reading.take(*match.span())


def _levels(reading: Reading) -> None:
    """A level counts before organs, at the end, or beside something that was understood already."""
    words = query_words()["level"]
    for level in LEVELS:
        pattern = re.compile(rf"(?:{either(words[level])})(?:(?:{words['organs']})(?=\s)|{words['after']})")
        for match in list(pattern.finditer(reading.text)):
            end = match.end()
            organs = re.match(words["organs"], reading.text[end:])
            reading.note("level", level)
            reading.take(match.start(), end + (organs.end() if organs else 0))
    only = re.compile(query_words()["only"]["words"])
    if {"level", "agency_type", *NOT_WANTED.values()} & reading.found.keys():
        for match in list(only.finditer(reading.text)):
            reading.take(*match.span())


def _kinds(reading: Reading) -> None:
    words = query_words()["kind"]
    for kind in ("measure", "problem"):
        for pattern in words[kind]:
            match = re.search(pattern, reading.text.rstrip())
            if match is None:
                continue
            reading.note("kind", kind)
            reading.take(*match.span())
            front = re.match(words["measure_front"], reading.text.strip())
            if kind == "measure" and front is not None:
                start = len(reading.text) - len(reading.text.lstrip())
                reading.take(start, start + front.end())
            return


def leaning(text: str) -> str | None:
    """The kind that a text sounds like, "problem" or "measure"; None where that cannot be told."""
    words = query_words()["kind"]
    if re.search(words["remedy"], text) or re.search(words["asks"], text):
        return "measure"
    if re.search(words["fault"], text):
        return "problem"
    return "measure" if re.search(words["request"], text) else None


# -- what is left -----------------------------------------------------------------------------------------------


def _strip(text: str) -> str:
    """The text without words that only ask; "" where nothing is left that tells."""
    words = query_words()
    text = " ".join(text.split())
    for pattern in words["fillers"]:
        text = " ".join(re.sub(pattern, " ", text).split())
    parts = [part for part in text.split(" ") if not re.match(words["leftovers"], part)]
    left = " ".join(parts)
    left = re.sub(r"^[的，,、；;和与及中里在\s]+|[的，,、；;和与及在\s]+$", "", left)
    return "" if re.match(words["leftovers"], left) else left
