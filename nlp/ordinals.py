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
# what makes a bare number a quantity ("3个", "12条"), no ordinal ("1条例…" is one)
QUANTITY = (
    r"[年月日个件名家位篇份万亿余岁天%倍批轮元次号]|人(?![员才手民])|项(?!目)|条(?![例件款])|部(?![门分])"
    r"|分(?![类工级析])|期(?!间)|场(?![景所])|时(?![效限间])|周(?![期边])|小时|处(?!理)|级(?!别)|方面"
)
BEFORE_SHI = "统唯之第专单其万百千同不期初进"
HIGHEST = 30  # beyond it a number must follow its like
YEAR = re.compile(r"20\d\d年")

PATTERN = re.compile(
    rf"""
    (?=[（({CN}\d第其首再最另一问不短措举对打存整改解{"".join(CIRCLED_SETS)}•●■◆►▪·※★◇○▲➢✓\-–—*])  # begins one
    (?:(?P<cn_paren>[（(]\s?(?P<cn1>[{CN}]{{1,3}})\s?[)）]\s?[、.．,，]?)
  | (?P<ar_paren>[（(]\s?(?P<ar1>\d{{1,2}})\s?[)）]\s?[、.．,，]?)
  | (?P<cn_shi>(?P<cn2>[{CN}]{{1,3}})是(?!否|非|指(?!导|定|派|引)))
  | (?P<cn_yao>(?P<cn3>[{CN}])(?:要(?![求么点闻素])|则是?))
  | (?P<di>第(?P<cn4>[{CN}]|\d{{1,2}})(?:[，,、：:]|是(?=\S)|方面[，,、：:是]))
  | (?P<qi>(?:其(?P<cn5>[{CN}])|(?P<cn6>[{CN}])来)(?:[，,、：:]|是))
  | (?P<order>首先(?!要(?:把|确))|其次|再次|再者|最后)[是，,、：:]?
  | (?P<side>另?一方面)[是，,、：:]?
  | (?P<named>(?<![一-鿿])(?P<led>存在的?|整改|改进|对应|解决)?(?:问题|不足|短板|措施|举措|对策|打算)
        之?(?P<cn7>[{CN}]|\d{{1,2}})(?(led)[：:]|[：:、.．]))
  | (?P<cn_dun>(?P<cn8>[{CN}]{{1,3}})[、.．](?![{CN}][级类线、]))
  | (?P<cn_comma>(?P<cn9>[{CN}]{{1,3}})[，,](?=[一-鿿]))
  | (?P<ar_dot>(?P<ar2>\d{{1,2}})[.．、]\s?)
  | (?P<ar_half>(?P<ar3>\d{{1,2}})[)）]\s?[、.．]?)
  | (?P<circled>[{"".join(CIRCLED_SETS)}]\s?[、.．]?)
  | (?P<ar_bare>(?P<ar4>\d{{1,2}})(?:\s+|[，,：:]\s?|(?=[一-鿿]))(?=[一-鿿“])(?!{QUANTITY}))
  | (?P<bullet>(?:[–—]{{2}}|[•●■◆►▪·※★◇○▲➢✓\-–—*])\s?(?=[一-鿿“])))
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
    style = match.lastgroup or ""  # the group that closed last: that of the whole mark
    number = _number(match, style)
    if number is None and style != "bullet":
        return None
    following = number is not None and number == last.get(style, 0) + 1 and number < ORDER_WORDS["最后"]
    if number is not None and not (0 < number <= HIGHEST or following or number == ORDER_WORDS["最后"]):
        return None
    place = _place(text, match, start, number is not None and (number == 1 or number == last.get(style, 0) + 1))
    if not _allowed(style, place, follows=style in last or number in {1, 2}):
        return None
    return Mark(style, None if number == ORDER_WORDS["最后"] else number, match.start(), match.end(), place.strict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a seeming ordinal stands: what is before it, and whether its number is the next of its kind."""

    before: str
    strict: bool
    line: bool
    expected: bool
    digit_next: bool
    year_next: bool


def _place(text: str, match: re.Match[str], start: int, expected: bool) -> Place:
    """The surroundings of a match."""
    at = match.start()
    back = at - 1
    while back >= start and text[back] in " \u3000\t":
        back -= 1
    before = text[back] if back >= start else "\n"
    line = before == "\n" or at == start
    half_stop = before == "." and back > start and "一" <= text[back - 1] <= "鿿"
    return Place(
        before,
        strict=line or before in STRICT_BOUNDARY or half_stop,
        line=line,
        expected=expected,
        digit_next=text[match.end() : match.end() + 1].isdigit(),
        year_next=YEAR.match(text, match.end()) is not None,
    )


def _allowed(style: str, place: Place, *, follows: bool) -> bool:
    """Whether an ordinal of this style may stand there; ``follows``: one of its kind has been, or it may begin."""
    before, strict, expected = place.before, place.strict, place.expected
    if not strict and before in OPEN:
        return False
    loose = strict or before in BOUNDARY
    glued = "一" <= before <= "鿿"
    rules = {
        "cn_shi": loose or (expected and before not in BEFORE_SHI and before not in CN),
        "cn_paren": strict or expected,
        "ar_paren": strict or expected,
        "circled": strict or expected,
        "ar_half": strict or (loose and expected),
        "cn_dun": strict,
        "cn_comma": strict,
        "ar_bare": strict,
        "bullet": strict,
        "order": loose and follows,
        "ar_dot": strict or (expected and (loose or (glued and before not in "年月第") or before in "）)”")),
    }
    if style == "ar_dot" and place.digit_next:  # a decimal, but for "1.2021年…" and "1.12345热线…"
        return expected and (place.line or (strict and place.year_next))
    return rules.get(style, loose)


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


NUMBERS = ("cn1", "cn2", "cn3", "cn4", "cn5", "cn6", "cn7", "cn8", "cn9", "ar1", "ar2", "ar3", "ar4")
