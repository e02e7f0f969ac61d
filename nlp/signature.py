"""The signature at the end of a report: agency, date, and where the report's own words end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from nlp.agency import names, read_agency
from nlp.divisions import places
from nlp.title import read_year

_REACH = 700
_NUM = "一二三四五六七八九十"
_DATE = re.compile(
    rf"(?<![至到从自于在截止—\-～~ ])[ ]*(?P<y>20\d\d|二[〇○零][一二三四五六七八九〇○零]{{2}})[ ]?年[ ]?"
    rf"(?P<m>\d{{1,2}}|[{_NUM}]{{1,2}})[ ]?月[ ]?(?P<d>\d{{1,2}}|[{_NUM}]{{1,3}})[ ]?日"
)
_FOOTER = re.compile(
    r"(?:^|\n|(?<=[。；]))[ \t]*(?:附件|附表|附：|报告下载|下载附件|相关附件|相关链接|更多信息|扫一扫|责任编辑|"
    r"编辑：|来源：|信息来源|上一篇|下一篇|"
    r"\[?打印|【打印|关闭窗口|分享到|版权所有|主办单位|网站标识码)",
)


@dataclass(frozen=True, slots=True)
class Signature:
    """Where a report ends.

    Attributes:
        start: offset at which signature, date or footers begin; the text's length where there are none.
        agency: the name that signs, as printed.
        date: the day of signing.
    """

    start: int
    agency: str | None = None
    date: date | None = None


def find_signature(text: str, after: int = 0) -> Signature:
    """Find the signature in the last part of a text, behind ``after`` (the last heading)."""
    low = max(after, len(text) - _REACH)
    footer = _FOOTER.search(text, low)
    end = footer.start() if footer else len(text)
    found = None
    for match in _DATE.finditer(text, low):
        if _closes(text, match, low):
            found = match
    if found is None:
        name, start = _name_before(text, end, low, own_line=True)
        return Signature(start if name else end, name)
    name, start = _name_before(text, found.start(), low)
    return Signature(min(start, end), name, _date(found))


def _closes(text: str, match: re.Match[str], low: int) -> bool:
    """The date ends the report: what follows is a footer, and no sentence runs into it."""
    rest = text[match.end() :].strip()
    if rest and (rest[0] in "，,、止至前起的之）)" or "。" in rest[:-1][:160]) and not _FOOTER.match("\n" + rest):
        return False
    if rest[:1] and rest[0] not in "（(" and len(rest) > 160 and not _FOOTER.search("\n" + rest):
        return False
    line = text[text.rfind("\n", low, match.start()) + 1 : match.start()].strip()
    return not line or line[-1] in "。；：:)）" or bool(names().ending.search(line[-6:])) or len(line) < 3


def _name_before(text: str, end: int, low: int, *, own_line: bool = False) -> tuple[str | None, int]:
    """The agency printed right before ``end`` and where it begins; (None, end) if there is none.

    ``own_line``: only a line that holds nothing else counts.
    """
    stop = max(low, len(text[:end].rstrip()))
    newline = text.rfind("\n", 0, stop) + 1
    begin = max(newline, low, *(text.rfind(mark, low, stop) + 1 for mark in "。；！？\t"))
    line = text[begin:stop]
    begin += len(line) - len(line.lstrip())
    line = line.strip()
    if len(line) <= 3 or not _ends_as_name(line) or "，" in line or (own_line and (newline < low or len(line) > 40)):
        return None, end
    for at, _, _ in places(line[-40:]):
        name = line[-40:][at:]
        agency = read_agency(name)
        if agency is not None and agency.chain.divisions and (not own_line or name == line):
            return name, stop - len(name)
    agency = read_agency(line)
    if len(line) <= 30 and agency is not None and agency.type != "other":
        return line, begin
    return None, end


def _ends_as_name(line: str) -> bool:
    return any(m.end() == len(line) for m in names().ending.finditer(line, max(0, len(line) - 8)))


def _date(match: re.Match[str]) -> date | None:
    try:
        return date(read_year(match["y"]), _small(match["m"]), _small(match["d"]))
    except ValueError:
        return None


def _small(word: str) -> int:
    """A number up to 31 in digits or Chinese."""
    if word.isdecimal():
        return int(word)
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return _NUM.index(word) + 1
    return 10 * (_NUM.index(tens) + 1 if tens else 1) + (_NUM.index(ones) + 1 if ones else 0)
