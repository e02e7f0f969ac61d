"""Where items are numbered: 一是, （一）, 一、, 1., (1), 1）, ①, 首先, 第一，, 其一, 一方面, 问题一：, • bullets.

A number is an ordinal only where it can stand as one: decimals, dates, 第三条, 1.5万, 统一是 are none.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

DIGITS = {c: i for i, c in enumerate("一二三四五六七八九", start=1)}
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
CIRCLED_SETS = (CIRCLED, "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇", "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛", "❶❷❸❹❺❻❼❽❾❿", "➀➁➂➃➄➅➆➇➈➉")
ORDER_WORDS = {"首先": 1, "其次": 2, "再次": 3, "再者": 3, "第三": 3, "最后": 99}
SIDES = {"一方面": 1, "另一方面": 2}
CN = "一二三四五六七八九十"
NOT_CONTINUED = (
    "年月日个件项次条人期场篇份万亿余名家处类种岁天周时分元%倍批轮届度级号楼部套本张台项成点线方面旦些定般直系体致样味经带边"
    ""
)
BEFORE_SHI = "统唯之第专单其万百千同不期初进"
HIGHEST = 30

PATTERN = re.compile(
    rf"""
    (?P<cn_paren>[（(]\s?(?P<cn1>[{CN}]{{1,3}})\s?[)）]\s?[、.．,，]?)
  | (?P<ar_paren>[（(]\s?(?P<ar1>\d{{1,2}})\s?[)）]\s?[、.．,，]?)
  | (?P<cn_shi>(?P<cn2>[{CN}]{{1,3}})是(?!否|非|指(?!导|定|派|引)))
  | (?P<cn_yao>(?P<cn3>[{CN}])(?:要(?![求么点闻素])|则是?))
  | (?P<di>第(?P<cn4>[{CN}]|\d{{1,2}})(?:[，,、：:]|是(?=\S)|方面[，,、：:是]))
  | (?P<qi>(?:其(?P<cn5>[{CN}])|(?P<cn6>[{CN}])来)(?:[，,、：:]|是))
  | (?P<order>首先(?!要(?:把|确))|其次|再次|再者|最后)[是，,、：:]?
  | (?P<side>另?一方面)[是，,、：:]?
  | (?P<named>(?<![一-鿿])(?:问题|不足|短板|措施|举措|对策|打算)之?(?P<cn7>[{CN}]|\d{{1,2}})[：:、.．])
  | (?P<cn_dun>(?P<cn8>[{CN}]{{1,3}})[、.．](?![{CN}][级类线、]))
  | (?P<cn_comma>(?P<cn9>[{CN}]{{1,3}})[，,](?=[一-鿿]))
  | (?P<ar_dot>(?P<ar2>\d{{1,2}})[.．、]\s?)
  | (?P<ar_half>(?P<ar3>\d{{1,2}})[)）]\s?[、.．]?)
  | (?P<circled>[{"".join(CIRCLED_SETS)}]\s?[、.．]?)
  | (?P<ar_bare>(?P<ar4>\d{{1,2}})(?:\s+|[，,：:]\s?|(?=[一-鿿]))(?=[一-鿿“])(?![{NOT_CONTINUED}]))
  | (?P<bullet>[•●■◆►▪·※★◇○▲➢✓\-–—*]\s?(?=[一-鿿“]))
    """,
    re.VERBOSE,
)
BOUNDARY = "。；;！？!?：:\n，,"
STRICT_BOUNDARY = "。；;！？!?：:\n"
OPEN = "（(“「【[、/~-—至到第.．"


@dataclass(frozen=True, slots=True)
class Mark:
    """An ordinal: ``text[start:end]`` is the mark itself; ``strict``: after a full stop, colon or line break."""

    style: str
    number: int | None
    start: int
    end: int
    strict: bool


def number_of(word: str) -> int | None:
    """十二 → 12, "7" → 7, ③ → 3; None for what is no number."""
    if word.isascii() and word.isdigit():
        return int(word)
    for row in CIRCLED_SETS:
        if word in row:
            return row.index(word) + 1
    if word in DIGITS:
        return DIGITS[word]
    ten, unit = word.split("十", 1) if word.count("十") == 1 else ("", "x")
    if unit == "x" or (ten and ten not in DIGITS) or (unit and unit not in DIGITS):
        return None
    return DIGITS.get(ten, 1) * 10 + DIGITS.get(unit, 0)


def find_marks(text: str, start: int, end: int) -> list[Mark]:
    """All ordinals of ``text[start:end]`` in reading order, offsets into ``text``."""
    found: list[Mark] = []
    last: dict[str, int] = {}
    for match in PATTERN.finditer(text, start, end):
        mark = _mark(match, text, start, last)
        if mark is not None:
            found.append(mark)
            if mark.number is not None:
                last[mark.style] = mark.number
    return _drop_lonely(found)


def _mark(match: re.Match[str], text: str, start: int, last: dict[str, int]) -> Mark | None:
    """The match as a mark where its number, its left side and the sequence allow it."""
    style = next(name for name in STYLES if match.group(name))
    number = _number(match, style)
    if number is None and style != "bullet":
        return None
    if number is not None and not (0 < number <= HIGHEST or number == ORDER_WORDS["最后"]):
        return None
    at = match.start()
    before = text[:at].rstrip(" \u3000\t")[-1:] if at > start else "\n"
    strict = at == start or before in STRICT_BOUNDARY or text[at - 1] == "\n" or _half_stop(text, at)
    expected = number is not None and (number == 1 or number == last.get(style, 0) + 1)
    if not _allowed(style, number, before, strict, expected, last):
        return None
    return Mark(style, None if number == ORDER_WORDS["最后"] else number, at, match.end(), strict)


def _half_stop(text: str, at: int) -> bool:
    """Whether a half-width full stop stands before ``at`` ("…形式单一.二是…")."""
    return at > 1 and text[at - 1] == "." and "一" <= text[at - 2] <= "鿿"


def _allowed(style: str, number: int | None, before: str, strict: bool, expected: bool, last: dict[str, int]) -> bool:
    """Whether an ordinal of this style may stand behind the character ``before``."""
    if not strict and before in OPEN:
        return False
    loose = strict or before in BOUNDARY
    if style == "cn_shi":
        return loose or (expected and before not in BEFORE_SHI and before not in CN)
    if style in {"cn_paren", "ar_paren", "circled"}:
        return strict or expected
    if style == "ar_dot" and DIGIT_NEXT.match(text, match.end()):
        return line and expected
    if style == "ar_dot":
        return strict or (expected and not (before.isascii() and before.isalnum()) and before not in "年月第")
    if style == "ar_half":
        return strict or (loose and expected)
    if style == "cn_dun":
        return strict
    if style == "order":
        return loose and (number in {1, 2} or "order" in last)
    if style in {"ar_bare", "bullet", "cn_comma"}:
        return strict
    return loose


def _number(match: re.Match[str], style: str) -> int | None:
    """The ordinal's number; None for bullets."""
    if style == "order":
        return ORDER_WORDS[match.group("order")]
    if style == "side":
        return SIDES[match.group("side")]
    if style == "circled":
        return number_of(match.group("circled")[0])
    word = next((match.group(name) for name in NUMBERS if match.group(name)), None)
    return number_of(word) if word else None


def _drop_lonely(marks: list[Mark]) -> list[Mark]:
    """Without the marks of doubtful styles that stand alone: 一要, 一方面, bare digits, a single bullet."""
    count = Counter(mark.style for mark in marks)
    firsts = {mark.style for mark in marks if mark.number == 1}
    kept = []
    for mark in marks:
        if mark.style in {"cn_yao", "ar_bare", "side", "order", "cn_comma"} and (
            count[mark.style] < 2 or mark.style not in firsts
        ):
            continue
        if mark.style == "bullet" and count["bullet"] < 2:
            continue
        kept.append(mark)
    return kept


STYLES = (
    "cn_paren", "ar_paren", "cn_shi", "cn_yao", "di", "qi", "order", "side", "named", "cn_dun", "cn_comma", "ar_dot",
    "ar_half", "circled", "ar_bare", "bullet",
)  # fmt: skip
NUMBERS = ("cn1", "cn2", "cn3", "cn4", "cn5", "cn6", "cn7", "cn8", "cn9", "ar1", "ar2", "ar3", "ar4")
