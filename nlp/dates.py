"""The year a report is about, from the places that tell it, the surest first (domain rule 6.3.6)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from nlp.title import read_year

_PERIOD = re.compile(r"(?P<y>20\d\d) ?年? ?1 ?月 ?1 ?日[^。\n]{0,12}?(?:(?P<until>20\d\d) ?年? ?)?12 ?月 ?31 ?日")
_IN_TEXT = re.compile(r"(20(?<!\d20)\d\d) ?年")  # begins with what it looks for, so that it is found at once
_CALLED = re.compile(
    r"(?<!\d)(20\d\d) ?年度?[^\n。，；]{0,20}?(?:信息|政务)公开(?:工作)?"
    r"(?:年度报告|年报|工作报告|年度工作报告|情况|总结)"
)
_IN_NAME = re.compile(r"(?<!\d)(20[0-3]\d)(?!\d)")
_CHINESE = re.compile(r"二[〇○零][一二三四五六七八九〇○零]{2}(?=年)")
_FIRST, _LAST = 2008, 2035
_PREFACE_REACH = 1200
_SIGNED_BY = 9  # months: later signatures may belong to the same year


@dataclass(frozen=True, slots=True)
class Year:
    """The year reported on, where it was found, and whether the sources disagree."""

    year: int | None
    source: str | None = None
    conflict: bool = False


def reported_year(
    text: str,
    *,
    title: int | None,
    preface: str,
    overview: str,
    signed: date | None,
    source: str,
    hint: int | None = None,
) -> Year:
    """Weigh what the parts of a report say of its year.

    The period (1 January to 31 December) goes first, then the title, what the preface announces, the year that
    section one names most, the year before the signature, a title from outside the text, the file's name.
    Where the first two, or the title and section one, name different years, that is a conflict. The year of
    signing is never the reported one.
    """
    period = _period(text)
    counted = _majority(overview, signed)
    before = signed.year - 1 if signed else None
    found = [
        (period, "period"),
        (title, "title"),
        (_announced(preface), "preface"),
        (counted, "section_one"),
        (before, "signature"),
        (hint, "title_hint"),
        (_from_name(source), "file_name"),
    ]
    usable = [(year, where) for year, where in found if year is not None and _FIRST <= year <= _LAST]
    if not usable:
        return Year(None)
    year, where = usable[0]
    stated = {y for y, w in usable if w in ("period", "title")}
    conflict = len(stated) > 1 or (where == "title" and counted is not None and counted != year)
    return Year(year, where, conflict)


def _period(text: str) -> int | None:
    match = _PERIOD.search(text, 0, _PREFACE_REACH) or _PERIOD.search(text)
    if match is None or (match["until"] and match["until"] != match["y"]):
        return None
    return int(match["y"])


def _announced(preface: str) -> int | None:
    """The year of the report as the preface calls it ("现公布…2021年度政府信息公开工作报告")."""
    years = {int(y) for y in _CALLED.findall(preface)}
    return years.pop() if len(years) == 1 else None


def _majority(overview: str, signed: date | None) -> int | None:
    """The year named most in section one; of equals the one named first.

    A report is signed after the year it is about, so years not yet over then are plans.
    """
    latest = _LAST if signed is None else signed.year - (signed.month <= _SIGNED_BY)
    counts = Counter(int(y) for y in _IN_TEXT.findall(overview))
    counts.update(read_year(word) for word in _CHINESE.findall(overview))
    counts = Counter({y: n for y, n in counts.items() if _FIRST <= y <= latest})
    return counts.most_common(1)[0][0] if counts else None


def _from_name(source: str) -> int | None:
    years = set(_IN_NAME.findall(PurePath(source).stem))
    return int(years.pop()) if len(years) == 1 else None
