"""The title of a report: where it stands and what it says (domain rules D1–D5).

Titles run over one to three lines, are printed twice, name the year before or after the agency, or neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from nlp.agency import names, read_agency

_YEAR = r"(?:20\d\d|2[oO〇○]\d\d|二[〇○零O0][一二三四五六七八九〇○零]{2})"
_SUBJECT = r"(?:政府|政务)?(?:信息|政务)[ ]?(?:和政务|与政务)?公开(?:政务公开)?"
_REPORT = r"(?:年度[ ]?报告|年度工作报告|工作年度报告|年度工作总结|年报|工作报告|工作总结|总结报告|报告|总结)"
_CORE = re.compile(rf"(?P<agency>[^\n。，；：:;]{{0,60}}?)(?P<subject>{_SUBJECT}[^\n。，；：:;]{{0,12}}?{_REPORT})")
_YEAR_TOKEN = re.compile(
    rf"[（(]?[ ]*(?P<y>{_YEAR})[ ]*(?P<unit>年)?[ ]*(?:度)?(?:[ ]*[至—-][ ]*{_YEAR}年度?)?[ ]*[）)]?"
)
_AFTER = re.compile(
    rf"[ ]*(?:[（(][ ]*(?:{_YEAR}[ ]*年?度?|全文|公开版|含.{{0,6}}|定稿)[ ]*[）)]|的?(?:公示|公告|通告)|"
    r"[-_—|｜][^\n]{0,40})?[ ]*$"
)
_OPENS_PREFACE = re.compile(
    "根据|按照|本报告|本年度|依据|为(?:了|进一步|贯彻)|现(?:将|公布|予|向|就|发布)|一、|第一|目录|[0-9]{4} ?年[，,]|"
    "如(?:对|有|需|您|果)|统计(?:期限|数据|时间)"
)
_NO_TITLE = re.compile(r"[。，；！？]|《|条例")
# A text about reports, or of another sort, by its title (D16).
_OTHER_SORT = re.compile(
    r"解读|图解|一图|部署|推进会|培训|座谈|会议|季度|自查|的通知|工作要点|实施方案|工作方案|工作计划|公开指南|公开目录|"
    r"问答|考核|通报|第三方评估|新闻发布|动态|政务公开工作总结|政务公开总结|月报|半年"
)
_DIGIT = {char: str(i) for i, char in enumerate("〇一二三四五六七八九")} | {"○": "0", "零": "0", "O": "0", "o": "0"}
_GOES_ON = re.compile(rf"(?:{_YEAR}年?度?|年度?|关于|政府|政务|信息|公开|工作|年度|[省市县区州盟旗])[ ]*$")
_YEAR_LINE = re.compile(rf"[（(][ ]*{_YEAR}[ ]*年?度?[ ]*[）)]")
_LINES = 14
_LONGEST = 80
_SCRAP = 12


@dataclass(frozen=True, slots=True)
class Title:
    """A title.

    Attributes:
        text: the title on one line.
        start, end: offsets of the first and behind the last of its lines.
        agency: the agency as printed in it; None where it names none.
        year: the year it names.
        other_sort: it announces another sort of text than a report.
    """

    text: str
    start: int
    end: int
    agency: str | None
    year: int | None
    other_sort: bool


def read_year(word: str) -> int:
    """A year in digits or Chinese numerals ("二〇二一").

    >>> read_year("二〇二一")
    2021
    """
    return int("".join(_DIGIT.get(char, char) for char in word))


@lru_cache(maxsize=2)  # asked for the sections and again for the metadata
def find_titles(text: str, limit: int) -> tuple[Title, ...]:
    """All titles in ``text[:limit]``, in order: a site's title and the report's own may both be there."""
    lines: list[tuple[int, int]] = []
    at = 0
    while at < limit and len(lines) < _LINES:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        if text[at:end].strip():
            lines.append((at, min(end, limit)))
        at = end + 1
    found: list[Title] = []
    i = 0
    while i < len(lines):
        taken, title = _title_at(text, lines, i)
        if title is None:
            i += 1
            continue
        found.append(title)
        i += taken
    return tuple(found)


def _title_at(text: str, lines: list[tuple[int, int]], i: int) -> tuple[int, Title | None]:
    """The title that begins on line ``i`` and how many lines it takes."""
    pieces: list[str] = []
    for count, (start, end) in enumerate(lines[i : i + 3], 1):
        pieces.append(text[start:end].strip())
        if count > 1 and not _may_go_on(pieces[-2], pieces[-1]):
            break
        joined = "".join(pieces)
        stop = end
        title = read_title(joined) if len(joined) <= _LONGEST else None
        if title is None and count == 1:
            title, length = _glued(joined)
            stop = start + text[start:end].find(joined) + length
        if title is not None and title.year is None and stop == end and i + count < len(lines):
            below = text[slice(*lines[i + count])].strip()
            if _YEAR_LINE.fullmatch(below) and (longer := read_title(joined + below)):
                stop = lines[i + count][1]
                return count + 1, Title(longer.text, lines[i][0], stop, longer.agency, longer.year, longer.other_sort)
        if title is not None:
            return count, Title(title.text, lines[i][0], stop, title.agency, title.year, title.other_sort)
    return 1, None


def _may_go_on(line: str, following: str) -> bool:
    """A title may continue on the next line after an agency, a year, or a part of its fixed words."""
    if len(following) <= _SCRAP and "信息公" in line and len(line) <= 60 and not _NO_TITLE.search(line):
        return True
    if not 2 <= len(line) <= 45 or _NO_TITLE.search(line) or "：" in line or ":" in line:
        return False
    return bool(_GOES_ON.search(line)) or any(m.end() == len(line) for m in names().ending.finditer(line))


def _glued(line: str) -> tuple[Title | None, int]:
    """A title to which the text was glued, and its length: it opens the line and names a year or an agency."""
    match = _CORE.match(line)
    if match is None or len(match[0]) > _LONGEST or _OPENS_PREFACE.match(line) or _NO_TITLE.search(match[0]):
        return None, 0
    year = _YEAR_LINE.match(line, match.end())
    end = year.end() if year else match.end()
    if line[end : end + 1] not in ("", " ", "\t") and not _OPENS_PREFACE.match(line, end):
        return None, 0
    title = read_title(line[:end])
    return (title, end) if title and (title.agency or title.year) else (None, 0)


def read_title(line: str) -> Title | None:
    """Understand one line as a title; None where it is none.

    >>> read_title("满洲里市应急管理局2020年政府信息公开工作年度报告").agency
    '满洲里市应急管理局'
    """
    line = "".join(line.split())
    if _OPENS_PREFACE.match(line) and not re.match(rf"(?:现公布|{_YEAR}[ ]?年)", line):
        return None
    match = _CORE.search(line)
    if match is None or _NO_TITLE.search(match[0]):
        return None
    other_sort = bool(_OTHER_SORT.search(line))
    if not _AFTER.match(line, match.end()) and not other_sort:
        return None
    year = next((read_year(m["y"]) for m in _YEAR_TOKEN.finditer(line) if _is_year(m)), None)
    before = _YEAR_TOKEN.sub(lambda m: "" if _is_year(m) else m[0], match["agency"])
    agency = re.sub(r"^.*[\]】》>＞|｜]", "", "".join(before.split()))
    agency = re.sub(r"^(?:度|年度|关于)+|(?:关于|印发|公布|发布|度|年度|法治|推进|做好|的|[（(])+$", "", agency).strip(
        "“”《》-—_·、 "
    )
    known = read_agency(agency) if agency else None
    return Title(line, 0, len(line), agency if known else None, year, other_sort)


def _is_year(match: re.Match[str]) -> bool:
    """A number of four digits is a year if 年 follows, or it stands in brackets or at an end."""
    return bool(match["unit"]) or match[0][:1] in "（(" or len(match["y"]) == 4
