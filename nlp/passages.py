"""Passages: the prose of sections one, two, six and further parts, in pieces short enough to find and quote."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlp.quick import quick
from nlp.records import Section, Statement
from nlp.sections import SectionSplit

SHORTEST, LONGEST = 30, 250
_FROM = frozenset((0, 1, 2, 6))
_statement = quick(Statement)
Span = tuple[int, int]

_PARAGRAPH = re.compile(r"[^\n]+")
_SENTENCE = re.compile(r"[^。！？!?]*[。！？!?]+[”’」』）)]*|[^。！？!?]+$")
_CLAUSE = re.compile(r"[^；;]*[；;]|[^；;]+$")
_PHRASE = re.compile(r"[^，,、：:]*[，,、：:]|[^，,、：:]+$")
_LEAD = re.compile(
    r"[\s　]*(?:[（(][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}[、.]|\d{1,2}[、.)）](?!\d)|"
    r"[①-⑳●■◆·•*-])?[\s　]*"
)
_TOPIC = re.compile(r"\s*[（(][一二三四五六七八九十]{1,2}[)）]")
# What only the statutory tables say, and a row of numbers.
_TABLE = re.compile(  # begins with one class, so that a search leaps to its characters
    r"[第信本现处上勾申法结未采](?:(?<=第)二十条\s?第?[（(]|(?<=信)息内容|(?<=本)年(?:度?(?:制发|废止)|新?\s?(?:制作|公开)数量)|"
    r"(?<=现)行有效件数|(?<=处)理决定数量|(?<=上)一年项目数量|(?<=勾)稽关系|(?<=申)请人情况|(?<=法)人或其他组织|"
    r"(?<=本)年(?:新收政府信息公开申请数量|收费金额)|(?<=结)转下年度继续办理|(?<=未)经复议直接起诉|(?<=采)购总金额)"
)
_ROW = re.compile(r"(?:\S{0,14}\s+)?(?:[\d.,/—-]+\s+){2,}[\d.,/—-]*$|\S{2,14}\s+[\d.,]+(?:万元|元)?$")


def cut_passages(split: SectionSplit, text: str) -> tuple[Statement, ...]:
    """Cut the prose outside of section five into passages.

    Each has SHORTEST to LONGEST characters, ends with a sentence wherever one ends in time, and equals
    ``text[start:end]``; rows of tables, headings and other scraps are left out.
    """
    out: list[Statement] = []
    for section in split.sections:
        if section.number in _FROM:
            for start, end in _of_section(section, text):
                out.append(_statement("passage", text[start:end], start, end, section.number))
    return tuple(out)


def _of_section(section: Section, text: str) -> Iterator[Span]:
    for paragraph in _PARAGRAPH.finditer(text, section.start, section.end):
        line = paragraph[0]
        if len(line) < SHORTEST or "\t" in line:
            continue
        if len(line.split(None, 1)) > 1 and _ROW.match(line.strip()):  # no row without a blank
            continue
        for piece in _prose(text, paragraph.start(), paragraph.end()):
            lead = _LEAD.match(text, *piece)
            start = lead.end() if lead else piece[0]
            yield from _pieces(text, start, piece[1])


def _prose(text: str, start: int, end: int) -> Iterator[Span]:
    """The stretches of a paragraph between sentences that are table or open a new topic ("（二）…").

    Newlines may be lost, so that all of them are one paragraph.
    """
    begin: int | None = None
    for sentence in _SENTENCE.finditer(text, start, end):
        if _TABLE.search(sentence[0]):
            if begin is not None:
                yield begin, sentence.start()
            begin = None
        elif begin is None:
            begin = sentence.start()
        elif _TOPIC.match(sentence[0]):
            yield begin, sentence.start()
            begin = sentence.start()
    if begin is not None:
        yield begin, end


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    """Cut one stretch of prose into passages of about equal length."""
    start, end = _tight(text, start, end)
    if end - start < SHORTEST:
        return
    if end - start <= LONGEST:
        yield start, end
        return
    units = list(_units(text, start, end, (_SENTENCE, _CLAUSE, _PHRASE)))
    wanted = (end - start) / -(-(end - start) // LONGEST)
    at = 0
    while at < len(units):
        first = units[at][0]
        last = at
        while last + 1 < len(units) and units[last + 1][1] - first <= LONGEST:
            rest = end - units[last][1]
            if units[last][1] - first >= wanted and rest >= SHORTEST:
                break
            last += 1
        span = _tight(text, first, units[last][1])
        if span[1] - span[0] >= SHORTEST:
            yield span
        at = last + 1


def _units(text: str, start: int, end: int, patterns: tuple[re.Pattern[str], ...]) -> Iterator[Span]:
    """Sentences; of those too long the clauses, of those too long the phrases, at last bare pieces."""
    if not patterns:
        for at in range(start, end, LONGEST):
            yield at, min(at + LONGEST, end)
        return
    for match in patterns[0].finditer(text, start, end):
        if match.end() - match.start() > LONGEST:
            yield from _units(text, match.start(), match.end(), patterns[1:])
        elif match.end() > match.start():
            yield match.start(), match.end()


def _tight(text: str, start: int, end: int) -> Span:
    """The span without blanks at its ends."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
