"""Whether a report covers one agency or a whole government (domain rule 2.7).

The preface decides over the title: a title may name the city where the preface says that only its office is
covered, and an office may report for all departments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from nlp.agency import Agency
from nlp.title import Title

_UNIT = r"[市县区省州盟旗]"
_WHOLE = re.compile(
    rf"汇总[^。]{{0,16}}全?{_UNIT}|全{_UNIT}[^。]{{0,8}}汇总|全{_UNIT}各级(?:各部门|行政机关|政府)|"
    rf"(?:涵盖|包括|包含|反映|含)[^。]{{0,40}}(?:各(?:级|县|区|镇|乡|街道|部门|单位|委办局|工作部门)|所属部门|工作部门|政府部门|{_UNIT}直(?:各)?(?:部门|单位))|"
    rf"(?:人民)?政府(?:及|和|、)(?:其)?(?:所属)?(?:各)?(?:级|工作)?(?:部门|组成部门)[^。]{{0,30}}(?:数据|情况|信息|汇总)|"
    rf"(?:统计|数据)(?:范围|口径)[^。]{{0,16}}全{_UNIT}|全{_UNIT}(?:政府信息公开|政务公开)(?:工作)?(?:情况|年度|数据)[^。]{{0,10}}(?:报告|汇总|编制)"
)
_OFFICE_ONLY = re.compile(
    r"(?:仅|只)(?:包括|涵盖|包含|统计|反映|含|限|为|代表)[^。]{0,24}(?:办公室|办公厅|本级|本机关)|"
    r"(?:涵盖|反映|范围为|范围是|范围：|内容为|口径为|数据为)[^。，和及、各]{0,16}政府办公[室厅](?!及|和|、|各)|"
    r"不(?:含|包括|包含)[^。]{0,24}(?:部门|下级|县|乡镇|街道)"
)
_OFFICE = re.compile(r"[一-鿿]{2,20}?政府办公[室厅]")
_REACH = 900


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report covers, what told it, and the office that the preface names in place of the government."""

    scope: Literal["agency", "government"]
    source: str
    office: str | None = None


def read_scope(preface: str, overview: str, agency: Agency | None, title: Title | None) -> Scope:
    """Tell the scope; without any sign it is that of the agency's own name."""
    kind = agency.type if agency else "unknown"
    if kind not in ("government_whole", "government_office", "zone_committee", "unknown"):
        return Scope("agency", "agency")
    for words, source in ((preface[:_REACH], "preface"), (overview[:_REACH], "section_one")):
        if _OFFICE_ONLY.search(words):
            office = _OFFICE.search(words)
            return Scope("agency", source, _trimmed(office[0]) if office else None)
        if _WHOLE.search(words) and (source == "preface" or kind != "unknown"):
            return Scope("government", source)
    if kind == "government_whole":
        return Scope("government", "title" if title else "agency")
    return Scope("agency", "agency")


def _trimmed(name: str) -> str:
    """The office without the words that led to it."""
    return re.sub(r"^.*(?:仅|只|涵盖|反映|包括|范围为|范围是|内容为|数据为|口径为|由|与|本报告)(?:了|的是)?", "", name)
