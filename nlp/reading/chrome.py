"""Weak facts that stand around a report: who published the page, when, on which site."""

from __future__ import annotations

import re

_BLANKS = "[ \\t]{0,4}"
_DATE = rf"(\d{{4}}){_BLANKS}[-年./]{_BLANKS}(\d{{1,2}}){_BLANKS}[-月./]{_BLANKS}(\d{{1,2}})"
_VALUE = rf"{_BLANKS}[:：]{_BLANKS}([^\s:：|]{{2,40}})"
_PUBLISHER = (
    re.compile(rf"(?:发布机构|发文机关|发文单位|发布单位|公开责任部门|制发机关){_VALUE}"),
    re.compile(rf"(?:信息来源|稿件来源|来{_BLANKS}源){_VALUE}"),
)
_DATES = re.compile(
    rf"(?:发布日期|发布时间|发文日期|公开日期|生成日期|成文日期|更新时间|日{_BLANKS}期|时{_BLANKS}间)"
    rf"{_BLANKS}[:：]{_BLANKS}{_DATE}"
)
_NAMED = re.compile(r"[构关位门源期间][ \t]{0,4}[:：]")  # the last sign of any of the names above, and the colon


def iso_date(text: str) -> str | None:
    """First date in a text as ISO, or None: "2022年1月7日", "2022-01-07 09:30", "20220107"."""
    match = re.search(_DATE, text) or re.search(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)", text)
    if not match:
        return None
    year, month, day = (int(part) for part in match.groups())
    if not (1990 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{year:04d}-{month:02d}-{day:02d}"


def page_facts(text: str) -> dict[str, str]:
    """Find publisher and publishing date in the lines around a report (cleaned characters)."""
    facts: dict[str, str] = {}
    if not _NAMED.search(text):
        return facts
    publisher = next(filter(None, (pattern.search(text) for pattern in _PUBLISHER)), None)
    if publisher:
        facts["publisher"] = publisher[1]
    match = _DATES.search(text)
    date = iso_date("-".join(match.groups())) if match else None
    if date:
        facts["publish_date"] = date
    return facts
