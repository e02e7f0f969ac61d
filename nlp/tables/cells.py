"""What one cell of a statutory table says: a number, zero, nothing, not applicable, or something else.

Never a guess: whatever does not read as exactly one number gives None and a state that says why.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from nlp.records import Number

NOT_APPLICABLE = frozenset(
    [
        "/",
        "//",
        "\\",
        "-",
        "--",
        "---",
        "—",
        "——",
        "―",
        "–",
        "⁄",
        "*",
        "**",
        "***",
        "无",
        "N/A",
        "n/a",
        "NA",
        "na",
        "不涉及",
        "不适用",
        "无此项",
        "无变化",
        "无增减",
        "持平",
        "不变",
        "未变",
        "未变化",
    ]
)
_FOLD = str.maketrans(
    "０１２３４５６７８９，．：；（）［］【】－﹣−‑‐／＋％＊",
    "0123456789,.:;()[][]-----/+%*",
)
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_UNIT = r"(?:件次|件|个|项|条|人次|次|份|宗|起|部|类|例|户)?"
_NOTE = r"(?:[(\[].*|[,;:]?(?:其中|含|包括|注[:：]?).*)?"
_COUNT = re.compile(rf"(?:共计?)?(-?)({_NUMBER}){_UNIT}{_NOTE}", re.S)
_SIGN = r"(?:增加|新增|增长|上升|增|\+|↑)|(?:减少|取消|下降|减|-|—|–|↓)"
_CHANGE = re.compile(rf"[(]?({_SIGN})?[)]?:?[(]?({_NUMBER})[)]?{_UNIT}({_NOTE})", re.S)
_NO_CHANGE = re.compile(r"增加?:?0项?[/,、;]?减少?:?0项?|增/?减:?0项?|±0")
_MONEY = re.compile(rf"(?:人民币)?[￥¥]?({_NUMBER})(亿元|万元|千元|元|亿|万)?(?:人民币)?{_NOTE}", re.S)
_TWO_NUMBERS = re.compile(r"\d\s+\d")
_YUAN = {"亿元": 100_000_000, "亿": 100_000_000, "万元": 10_000, "万": 10_000, "千元": 1_000, "元": 1}


class Reading(NamedTuple):
    """What a cell says. ``state``: number, zero, blank, na, text or ambiguous; ``unit``: of money."""

    value: Number | None
    state: str
    unit: str | None = None


BLANK = Reading(None, "blank")
NA = Reading(None, "na")
TEXT = Reading(None, "text")
AMBIGUOUS = Reading(None, "ambiguous")


def fold(text: str) -> str:
    """Give full-width digits and signs their ASCII twins, one character for one."""
    return text.translate(_FOLD)


def _compact(text: str) -> str:
    return "".join(fold(text).split()).strip("|")


def _number(digits: str) -> Number | None:
    """The number that digits print; None where leading zeros say that cells ran together."""
    whole = digits.replace(",", "")
    if len(whole) > 1 and whole[0] == "0" and whole[1] != ".":
        return None
    value = Decimal(whole)
    return int(value) if value == value.to_integral_value() else float(value)


def _counted(value: Number | None) -> Reading:
    if value is None:
        return AMBIGUOUS
    return Reading(value, "zero" if value == 0 else "number")


def _read_count(compact: str) -> Reading:
    if compact == "零":
        return Reading(0, "zero")
    match = _COUNT.fullmatch(compact)
    if match is None:
        return TEXT
    value = _number(match[2])
    return _counted(-value if value and match[1] else value)


def _read_change(compact: str) -> Reading:
    if compact == "零" or _NO_CHANGE.fullmatch(compact):
        return Reading(0, "zero")
    match = _CHANGE.fullmatch(compact)
    if match is None:
        return TEXT
    value = _number(match[2])
    sign, note = match[1] or "", match[3]
    if not sign and note[1:2] in {"增", "减", "+", "-"} and not any(c.isdigit() for c in note):
        sign = note[1]  # "10（减）"
    falls = bool(sign) and sign[0] in "减取下-—–↓"
    return _counted(-value if value and falls else value)


def _read_money(compact: str, in_wan: bool, header_unit: str | None) -> Reading:
    if compact == "零":
        return Reading(0.0, "zero")
    match = _MONEY.fullmatch(compact)
    if match is None:
        return TEXT
    if _number(match[1]) is None:
        return AMBIGUOUS
    unit = match[2] or header_unit
    amount = Decimal(match[1].replace(",", "")) * _YUAN[unit or ("万元" if in_wan else "元")]
    value = float(amount / 10_000 if in_wan else amount)
    return Reading(value, "zero" if value == 0 else "number", unit)


@lru_cache(maxsize=4096)
def read_cell(text: str, kind: str = "count", header_unit: str | None = None) -> Reading:
    """Read a cell's text. A note after the number ("22（其中修订16件）") does not count.

    Args:
        text: the cell as printed.
        kind: "count"; "change" (signed: 增10, 减3, +4, -2); "wan" and "yuan" (money, given in 万元 and in 元).
        header_unit: the money unit that the column's header names; a unit in the cell wins over it.

    >>> read_cell("增10", "change").value, read_cell("433.9万元", "yuan").value, read_cell("—").state
    (10, 4339000.0, 'na')
    """
    if not text or text.isspace():
        return BLANK
    if text.isdigit() and text.isascii() and kind == "count":
        return _counted(_number(text))
    if _TWO_NUMBERS.search(fold(text)):
        return AMBIGUOUS
    compact = _compact(text)
    if compact in NOT_APPLICABLE:
        return NA
    if kind == "count":
        return _read_count(compact)
    if kind == "change":
        return _read_change(compact)
    return _read_money(compact, kind == "wan", header_unit)


_VALUE_LIKE = re.compile(
    rf"(?:{_SIGN}|共计?)?:?{_NUMBER}(?:件次|件|个|项|条|次|份|宗|起)?(?:亿元|万元|千元|元|万|亿)?(?:[(\[].*)?", re.S
)


@lru_cache(maxsize=4096)
def is_value(text: str) -> bool:
    """Whether a piece of text stands for a cell's content (a number of any kind, or a not-applicable mark)."""
    compact = _compact(text)
    return compact == "零" or compact in NOT_APPLICABLE or _VALUE_LIKE.fullmatch(compact) is not None
