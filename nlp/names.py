"""Where a report prints the name of its agency outside of the title: preface, section one, file name."""

from __future__ import annotations

import re
from pathlib import PurePath

from nlp.agency import Agency, names, read_agency
from nlp.title import read_title

_WORD = r"[一-鿿（）()]"
# The preface's ways of naming the reporter, the surest first.
_PREFACE = tuple(
    re.compile(pattern)
    for pattern in (
        r"《(?P<title>[^《》\n]{6,60}(?:报告|年报))》",
        rf"(?:现|特)(?:予以?)?(?:向社会)?(?:公布|发布|公开)(?P<name>{_WORD}{{3,40}}?)20\d\d ?年",
        rf"(?:本报告|本年度报告|报告)?由(?P<name>{_WORD}{{3,40}}?)(?:负责)?(?:根据|依据|按照|编制|编写)",
        rf"(?P<name>{_WORD}{{3,40}}?)(?:根据|依据|按照|依照)[^\n。]{{0,80}}(?:编制|编写|制作)",
        rf"(?:请|可)?(?:直接)?(?:与|向|同|致电|联系|咨询)[：: ]?(?P<name>{_WORD}{{3,40}}?)"
        r"(?:联系|咨询|反映|取得联系|[（(，,。])",
        rf"(?:^|[。，\s])(?P<name>{_WORD}{{3,40}}?)(?:认真|严格|深入)(?:贯彻|执行|落实|按照)",
    )
)
_YEARED = re.compile(r"20\d\d ?年(?:度|以来|来|期间|全年)*[，,、 ]{0,2}(?P<run>[一-鿿]{4,40})")
_CLAUSES = re.compile(r"[，,](?P<run>[一-鿿]{4,40})")
_PARTY = re.compile(r"^[省市县区州旗]?委$")
_STARTS = re.compile(r"(?:^|[。\n])[ \t]*(?P<run>[一-鿿]{4,40})")
_AFTER = re.compile(
    "将|坚持|认真|深入|严格|在|按照|以|高度|积极|紧紧|全面|切实|继续|不断|根据|共|贯彻|始终|主动|围绕|持续|进一步|的|"
    "依托|通过|未|收到|政府信息|信息公开|政务公开|印发|依法|把|着力|加强|办公室|和|及|一直|聚焦|立足|大力|各|政务|从|全年|落实|"
    "严|扎实|充分|强化|本着|对|为|没有|公开|门户|网站|无|执行|牢固|学习|遵循|制定|成立|推进|做好|$"
)
_ABOVE = ("government_whole", "government_office", "ministry", "other")
_LIMIT = 1500


def in_preface(text: str, year: int | None) -> Agency | None:
    """The reporter as the preface names it; None where it does not, or only as 我局."""
    for pattern in _PREFACE:
        for match in pattern.finditer(text[:_LIMIT]):
            found = _of_title(match["title"], year) if "title" in match.groupdict() else _good(match["name"], year)
            if found is not None:
                return found
    return None


def _of_title(line: str, year: int | None) -> Agency | None:
    """A report's title quoted in the text; the titles of regulations name no agency."""
    title = read_title(line)
    return read_agency(title.agency, year) if title and title.agency else None


def in_body(text: str, year: int | None) -> Agency | None:
    """The reporter as section one names it: "2021年，〔…局〕将…", or at the front of a sentence or clause.

    In the middle of a sentence a government may be the one above; a department is the reporter.
    """
    for pattern in (_YEARED, _STARTS, _CLAUSES):
        for match in pattern.finditer(text[:_LIMIT]):
            found = front_name(match["run"], year)
            if found is not None and (pattern is not _CLAUSES or found.type not in _ABOVE):
                return found
    return None


def front_name(run: str, year: int | None) -> Agency | None:
    """The agency at the front of running text: the shortest name that a verb or the like may follow.

    >>> front_name("北仑区应急管理局将政府信息公开作为重要内容", None).name
    '北仑区应急管理局'
    """
    for match in names().ending.finditer(run, 2):
        if _AFTER.match(run, match.end()):
            found = _good(run[: match.end()], year)
            if found is not None:
                return found
    return None


def in_file_name(source: str, year: int | None) -> Agency | None:
    """The reporter that a file's name gives ("河北省科学技术厅_2021.txt")."""
    stem = re.sub(r"[\d_\-— .年度()（）]+", " ", PurePath(source).stem)
    stem = re.sub(r"(?:政府|政务)?信息公开.*|报告.*", "", stem)
    for word in sorted(stem.split(), key=len, reverse=True):
        found = _good(word, year)
        if found is not None:
            return found
    return None


def _good(word: str, year: int | None) -> Agency | None:
    """An agency with a place or with a known sort of work; other words only look like one."""
    agency = read_agency(word, year)
    if agency is None or (agency.type == "other" and not agency.chain.divisions) or _PARTY.match(agency.rest):
        return None
    if not names().ending.search(agency.name[-6:]) and agency.chain.length != len(agency.name):
        return None
    return agency if agency.rest or agency.chain.divisions else None
