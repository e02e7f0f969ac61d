"""Headings of a report: where one may stand, which section it opens, where it ends.

A heading is an ordinal followed by key words, wherever it stands: crawlers lose newlines, so the line is a
hint and the wording decides. The wording is data (``headings.toml``).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Part = Literal["problem", "measure"]
EXACT, COMMON, HALF, WEAK, UNKNOWN = 4, 3, 2, 1, 0

_DIGITS = "一二三四五六七八九十"
_STRONG = re.compile(
    rf"第(?P<part>[{_DIGITS}]{{1,2}})(?:[ ]?(?:部分|章)|(?=[、，,.]))[、，,.:：\s]{{0,3}}"
    rf"|(?<![第（({_DIGITS}百零〇])(?P<cn>[{_DIGITS}]{{1,3}})[ \t]{{0,2}}[、.,，:：;；][ \t]{{0,4}}"
    rf"|^[ \t]*(?P<blank>[{_DIGITS}]{{1,2}})[ \t]+(?=\S)"
    r"|^[ \t]*(?P<dash>[—–―─\-]{1,2})[ \t]?[、.,，][ \t]*",
    re.MULTILINE,
)
_MARK = re.compile(rf"[第{_DIGITS}—–―─\-]")  # what _STRONG begins with, but for blanks
_PAREN = re.compile(rf"(?<!第)(?<!第 )[（(](?P<cn>[{_DIGITS}]{{1,2}}|[1-9])[)）][、.]?[ \t]*")
_ARABIC = re.compile(r"^[ \t]*(?P<cn>\d{1,2})[、.](?!\d)[ \t]*", re.MULTILINE)
_KEYS = re.compile(
    "公开|问题|不足|措施|打算|安排|计划|思路|方向|重点|其他|其它|需要|情况|概述|概况|总述|复议|诉讼|改进|整改|困难|差距|短板|薄弱"
)
_QUOTED = frozenset("“《〈‘\"'「")
_SENTENCE_END = frozenset("。；;：:！!？?）)”》…\n\t ")
# What may follow the key words on the heading's own line and still belong to it.
_TAIL = re.compile(
    r"(?:[（(][^（()）\n]{0,24}[)）]|[^\n。；;，,：:!?！？\d（(]{0,16}?"
    r"(?:情况|措施|办法|打算|安排|计划|建议|对策|方向|思路|事项|统计表|一览表|工作|方面|内容|之处|分析|意见))[ \t]*$"
)
# A heading of unknown wording in text without newlines ends after the first of these words, if not earlier.
_LOOSE_END = re.compile(r"公开|情况|措施|建设|保障|回应|解读|工作|管理|服务|机制|落实")
_LOOSE_STOP = re.compile(r"[\n\t。；;：:，,（(]|20\d\d ?年|  ")
_LINE = re.compile(
    rf"^[ \t]*((?!\d{{1,2}}[、. ]|[（(]|[{_DIGITS}]{{1,2}}[、.])\S[^\n\t]{{2,34}}?)[ \t]*$", re.MULTILINE
)
# What a heading without a usual ordinal may stand in or behind: 【…】, Ⅵ、, 陆、.
_DRESSED = re.compile(r"(?:[IVX]{1,4}|[壹贰叁肆伍陆柒])[、.,，:：][ \t]*|[【\[〔]")
_MAX_LINE = 44
_CUT_LINE = 12


@dataclass(frozen=True, slots=True)
class Heading:
    """A place that reads like a heading.

    Attributes:
        start, end: offsets of the heading with its ordinal; the section's text begins after ``end``.
        number: 1–6, or 0 where the wording names none of the six.
        part: the half of section five that a heading of its own announces.
        ordinal: the number the report gives it, None where it gives none.
        tier: how surely the wording names the section (EXACT … UNKNOWN).
        at_line: it opens a line.
    """

    start: int
    end: int
    number: int
    kind: str
    part: Part | None
    ordinal: int | None
    tier: int
    at_line: bool


@dataclass(frozen=True, slots=True)
class Grammar:
    """The compiled ``headings.toml``."""

    phrase: re.Pattern[str]
    meaning: dict[str, tuple[int, str, Part | None, int]]
    never: re.Pattern[str]
    titles: dict[int, str]
    kinds: dict[int, str]
    lost_five: re.Pattern[str]
    issue_sentence: re.Pattern[str]
    not_issue: re.Pattern[str]
    anchors: dict[int, re.Pattern[str]]
    preface: tuple[re.Pattern[str], ...]
    traditional: dict[int, str]


@cache
def grammar() -> Grammar:
    """Load and compile ``headings.toml``, once."""
    data = tomllib.loads(files("nlp").joinpath("headings.toml").read_text(encoding="utf-8"))
    alternatives, meaning = _alternatives(data)
    lost = data["lost_five"]
    pairs = data["traditional"]["pairs"]
    return Grammar(
        phrase=re.compile("|".join(alternatives)),
        meaning=meaning,
        never=re.compile("|".join(data["never"]["patterns"])),
        titles={k["number"]: k["title"] for k in data["kind"] if k["title"]},
        kinds={k["number"]: k["kind"] for k in data["kind"]},
        lost_five=re.compile("|".join(lost["subheading"]), re.MULTILINE),
        issue_sentence=re.compile("|".join(lost["sentence"])),
        not_issue=re.compile(lost["not_in"]),
        anchors={int(n): re.compile(p) for n, p in data["anchors"].items()},
        preface=tuple(re.compile(p) for p in data["preface"]["cues"]),
        traditional={ord(a): b for a, b in zip(pairs[::2], pairs[1::2], strict=True)},
    )


def _alternatives(data: dict[str, Any]) -> tuple[list[str], dict[str, tuple[int, str, Part | None, int]]]:
    """All wordings as named groups, the surest first."""
    out: list[str] = []
    meaning: dict[str, tuple[int, str, Part | None, int]] = {}
    tiers: tuple[tuple[str, int, Part | None], ...] = (
        ("exact", EXACT, None),
        ("common", COMMON, None),
        ("problem", HALF, "problem"),
        ("measure", HALF, "measure"),
        ("weak", WEAK, None),
    )
    for field, tier, part in tiers:
        for kind in data["kind"]:
            patterns = kind.get(field, [])
            if not patterns:
                continue
            name = f"g{len(meaning)}"
            body = "|".join(patterns)
            for piece, expression in data["pieces"].items():
                body = body.replace("{" + piece + "}", expression)
            out.append(f"(?P<{name}>{body})")
            meaning[name] = (kind["number"], kind["kind"], part, tier)
    return out, meaning


def plain(text: str) -> str:
    """Give the text with the traditional characters of headings made simplified; same length."""
    return text.translate(grammar().traditional) if "開" in text or "況" in text else text


def ordinal(word: str) -> int | None:
    """Value of a Chinese ordinal up to 99, or of digits.

    >>> ordinal("十二"), ordinal("六"), ordinal("二十")
    (12, 6, 20)
    """
    if word.isdecimal():
        return int(word)
    if not word or any(char not in _DIGITS for char in word):
        return None
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return _DIGITS.index(word) + 1 if len(word) == 1 else None
    if len(tens) > 1 or len(ones) > 1 or "十" in tens + ones:
        return None
    return 10 * (_DIGITS.index(tens) + 1 if tens else 1) + (_DIGITS.index(ones) + 1 if ones else 0)


def strong(text: str) -> list[Heading]:
    """Headings with a top-level ordinal (一、 五. 第五部分 —、), in order; unknown wordings included."""
    return list(_headings(text, _strong_marks(text)))


def lower(text: str) -> list[Heading]:
    """Headings whose ordinal is usually that of a sub-heading ((一) or 1.), with known wording."""
    found = [h for marks in (_PAREN, _ARABIC) for h in _headings(text, marks.finditer(text)) if h.tier > UNKNOWN]
    return sorted(found, key=lambda h: h.start)


def bare(text: str) -> list[Heading]:
    """Lines that hold nothing but a known heading without an ordinal."""
    found = []
    known = grammar()
    for line in _LINE.finditer(text):
        if not _KEYS.search(line[1]) or known.never.match(line[1]):
            continue
        dress = _DRESSED.match(line[1])
        match = known.phrase.fullmatch(line[1][dress.end() :].rstrip("】]〕") if dress else line[1])
        if match is None or match.lastgroup is None:
            continue
        number, kind, part, tier = known.meaning[match.lastgroup]
        if tier >= COMMON and number:
            found.append(Heading(line.start(1), line.end(1), number, kind, part, None, tier, True))
    return found


def _strong_marks(text: str) -> Iterator[re.Match[str]]:
    """The matches of ``_STRONG`` in a text. It is tried only where one may begin: tried everywhere it is slow."""
    done = 0
    for mark in _MARK.finditer(text):
        start = begin = mark.start()
        if start < done:
            continue
        while begin > done and text[begin - 1] in " \t":
            begin -= 1
        match = _STRONG.match(text, begin) or _STRONG.match(text, start)  # blanks count at the front of a line only
        if match:
            done = match.end()
            yield match


def _headings(text: str, marks: Iterable[re.Match[str]]) -> Iterator[Heading]:
    known = grammar()
    for match in marks:
        body = match.end()
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        at_line = _opens_line(text, start)
        before = text[start - 1] if start else "\n"
        if before in _QUOTED or known.never.match(text, body):
            continue
        number = 1 if match.lastgroup == "dash" else ordinal(match[match.lastgroup or 0])
        heading = _read(text, start, body, number, at_line)
        if heading is None:
            continue
        if heading.tier <= WEAK and not at_line and before not in _SENTENCE_END and not before.isdecimal():
            continue
        yield heading


def _opens_line(text: str, at: int) -> bool:
    while at and text[at - 1] in " \t":
        at -= 1
    return at == 0 or text[at - 1] == "\n"


def _line_end(text: str, at: int) -> int:
    """End of the line, looked for no farther than a heading could reach."""
    end = text.find("\n", at, at + 3 * _MAX_LINE)
    return end if end >= 0 else min(len(text), at + 3 * _MAX_LINE)


def _read(text: str, start: int, body: int, number: int | None, at_line: bool) -> Heading | None:
    """The heading whose wording begins at ``body``; None where there is only a table cell or nothing."""
    known = grammar()
    window = text[body : body + _MAX_LINE]
    if not window.strip() or window[0] in "\n\t":
        return None
    phrase = known.phrase.match(text, body) if _KEYS.search(window.partition("\n")[0]) else None
    broken = _over_two_lines(window) if at_line and not _sure(phrase) else None
    if broken is not None:
        section, kind, part, tier = known.meaning[broken.lastgroup or ""]
        return Heading(start, body + broken.end() + 1, section, kind, part, number, tier, at_line)
    if phrase is None or phrase.lastgroup is None:
        end = _loose_end(text, body, at_line)
        return Heading(start, end, 0, "other_section", None, number, UNKNOWN, at_line)
    section, kind, part, tier = known.meaning[phrase.lastgroup]
    end = _close(text, start, phrase.end(), at_line)
    if section == 0:
        tier = UNKNOWN
    return Heading(start, end, section, kind, part, number, tier, at_line)


def _sure(phrase: re.Match[str] | None) -> bool:
    return phrase is not None and grammar().meaning[phrase.lastgroup or ""][3] > WEAK


def _over_two_lines(window: str) -> re.Match[str] | None:
    """A known wording that a line break cuts (in print the long headings of section four are)."""
    cut = window.find("\n")
    if cut < _CUT_LINE:
        return None
    match = grammar().phrase.match(window[:cut] + window[cut + 1 :])
    return match if match is not None and match.end() > cut and _sure(match) else None


def _close(text: str, start: int, end: int, at_line: bool) -> int:
    """Where a heading of known wording ends: with its line where the rest of the line is part of it."""
    line_end = _line_end(text, end)
    if text[end:line_end].strip() and at_line and line_end - start <= _MAX_LINE:
        tail = _TAIL.match(text, end, line_end)
        return line_end if tail else end
    return end


def _loose_end(text: str, body: int, at_line: bool) -> int:
    """Where a heading of unknown wording ends: its line, or the first likely end in text without lines."""
    line_end = _line_end(text, body)
    if at_line and line_end - body <= _MAX_LINE:
        inner = text.find("。", body, line_end - 1)
        return inner if inner > 0 else line_end
    stop = _LOOSE_STOP.search(text, body + 1, min(line_end, body + _MAX_LINE))
    limit = stop.start() if stop else min(line_end, body + 30)
    if stop and limit - body <= 20:
        return limit
    word = _LOOSE_END.search(text, body + 4, limit)
    return word.end() if word else limit
