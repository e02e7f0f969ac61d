"""Figures that sentences state: counts of requests, documents, items and followers, and the 信息处理费.

Each figure is bound to one clause, so that none is taken from the next sentence; titles in 《》 do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from nlp.clauses import mask_titles, stretches
from nlp.fees import fee_charged, fee_figure
from nlp.forms import load
from nlp.phrases import trie_pattern
from nlp.quick import quick
from nlp.records import Figure, Number, Section

__all__ = ["fee_charged", "prose_figures"]

_CLAUSE = r"[^，。；！？：\n\t,;:!?]"
_WORDS = r"[^，。；！？：\n\t,;:!?\d]"
_DIGITS = r"\d[\d,]*(?:\.\d+)?"
_HAN_DIGITS = r"|(?<![第一二三四五六七八九十])[一二两三四五六七八九十]{1,3}"
_BEFORE = r"(?:近|约|大约|约为|将近|接近|超过?|逾|突破|超出)"
_NUMBER = (
    rf"(?P<pre>{_BEFORE}?)\s?(?<![\d.第])(?<!\d\s)(?P<num>{_DIGITS}HAN)\s?(?P<more1>[余多来]?)(?P<scale>[万亿千]?)"
    r"(?P<more2>[余多]?)\s?(?P<unit>UNITS)(?!工作日|月|小时|方面|部门|环节)(?P<after>(?:以上|左右|上下)?)"
)
_SENTENCE = re.compile(r"[^。！？\n]{5,}[。！？\n]?")
_STATES = re.compile(  # begins with one class, so that a search leaps to its characters
    r"[\d未没无零一二两三四五六七八九十](?:(?<=[\d未没无零])|(?<=[一二两三四五六七八九十])[件份条个宗起])"
)
_made = quick(Figure)
_NEAR = 80
_SHORT = 18  # digits of a whole number that needs no decimal arithmetic
_SCALE = {"": 1, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_HAN = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}


@dataclass(frozen=True, slots=True)
class _Rule:
    """One kind of figure: see ``forms/prose.toml``."""

    path: str
    words: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    zero: tuple[re.Pattern[str], ...]
    exclude: re.Pattern[str] | None
    context: re.Pattern[str] | None
    platforms: bool
    bare: bool  # its numbers may stand without a unit


def _compile(pattern: str, item: dict[str, Any]) -> re.Pattern[str]:
    optional = "?" if item.get("unit_optional") else ""
    number = _NUMBER.replace("UNITS", f"(?:{item['units']}){optional}")
    number = number.replace("HAN", _HAN_DIGITS if item.get("han") else "")
    pattern = re.sub(r"<c:(\d+)>", lambda m: _CLAUSE + "{0," + m[1] + "}?", pattern)
    pattern = re.sub(r"<w:(\d+)>", lambda m: _WORDS + "{0," + m[1] + "}?", pattern)
    return re.compile(pattern.replace("<n>", number))


@cache
def _rules() -> tuple[tuple[_Rule, ...], tuple[tuple[str, re.Pattern[str]], ...]]:
    """The rules of ``forms/prose.toml`` and the words that name platforms."""
    data = load("prose.toml")
    rules = []
    for item in data["figure"]:
        rules.append(
            _Rule(
                item["path"],
                tuple(item["words"]),
                tuple(_compile(pattern, item) for pattern in item["patterns"]),
                tuple(_compile(pattern, item) for pattern in item.get("zero", ())),
                re.compile(item["not"]) if "not" in item else None,
                re.compile(item["context"]) if "context" in item else None,
                item.get("platforms", False),
                item.get("unit_optional", False),
            )
        )
    return tuple(rules), tuple((name, re.compile(words)) for name, words in data["platforms"].items())


@cache
def _words() -> re.Pattern[str]:
    """Any word without which no rule applies."""
    return re.compile(trie_pattern(word for rule in _rules()[0] for word in rule.words))


@cache
def _counted() -> re.Pattern[str]:
    """A number with the unit of any rule: where none stands, only rules for bare numbers and for none can apply."""
    units = trie_pattern(unit for item in load("prose.toml")["figure"] for unit in item["units"].split("|"))
    return re.compile(rf"[\d,一二两三四五六七八九十]\s?[余多来]?[万亿千]?[余多]?\s?{units}")


@cache
def _uncounted() -> tuple[_Rule, ...]:
    """The rules that can apply where no number has a unit."""
    return tuple(rule for rule in _rules()[0] if rule.bare or rule.zero)


@lru_cache(maxsize=2)  # a sentence often has several figures
def _platforms(sentence: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The platforms that a sentence names anywhere."""
    return tuple((name, words) for name, words in _rules()[1] if words.search(sentence))


def _han_number(text: str) -> int:
    """一 … 九十九."""
    if "十" not in text:
        return _HAN[text] if len(text) == 1 else -1
    tens, _, ones = text.partition("十")
    return (_HAN.get(tens, -9) if tens else 1) * 10 + (_HAN.get(ones, -99) if ones else 0)


def _value(match: re.Match[str]) -> Number | None:
    """The number that a match states; None where its digits make no number."""
    digits = match["num"].replace(",", "")
    if digits.isdigit() and len(digits) <= _SHORT:
        return int(digits) * _SCALE[match["scale"]]
    if not digits[0].isdigit():
        value = Decimal(_han_number(digits))
        if value < 0:
            return None
    else:
        value = Decimal(digits)
    value *= _SCALE[match["scale"]]
    return int(value) if value == value.to_integral_value() else float(value)


def _figure(rule: _Rule, match: re.Match[str], offset: int, clause: str) -> Figure | None:
    value = _value(match)
    unit = match["unit"] or None
    if value is None or (unit is None and not match["scale"] and value < 100):
        return None
    approximate = any(match.group("pre", "more1", "more2", "after"))
    path = rule.path
    if rule.platforms:
        near = max(0, match.start() - _NEAR)
        places = [
            (m.end(), name) for name, words in _platforms(clause) for m in words.finditer(clause, near, match.end())
        ]
        path = f"{path}.{max(places)[1]}" if places else path
    start = offset + match.start()
    state = "zero" if value == 0 else "number"
    return _made(path, value, state, match[0], start, offset + match.end(), unit, approximate)


def _may_apply(rule: _Rule, sentence: str) -> bool:
    """Whether a sentence has one of the rule's words, and its context where it asks for one."""
    for word in rule.words:
        if word in sentence:
            return rule.context is None or rule.context.search(sentence) is not None
    return False


def _in_sentence(sentence: str, offset: int) -> Iterable[Figure]:
    """The figures of one sentence."""
    counted = _counted().search(sentence) is not None
    for rule in _rules()[0] if counted else _uncounted():
        stated = counted or rule.bare
        if not _may_apply(rule, sentence):
            continue
        taken: set[tuple[int, int]] = set()
        for pattern in rule.patterns if stated else ():
            for match in pattern.finditer(sentence):
                span = match.span("num")
                if span in taken or (rule.exclude and rule.exclude.search(match[0])):
                    continue
                if sentence[max(0, match.start() - 2) : match.start()].endswith(("未", "没有", "不")):
                    continue
                figure = _figure(rule, match, offset, sentence)
                if figure is not None:
                    taken.add(span)
                    yield figure
        if taken:
            continue
        for pattern in rule.zero:
            zero = pattern.search(sentence)
            if zero and not (rule.exclude and rule.exclude.search(zero[0])):
                yield _made(rule.path, 0, "zero", zero[0], offset + zero.start(), offset + zero.end())
                break


def prose_figures(text: str, sections: Sequence[Section]) -> tuple[Figure, ...]:
    """The figures that the report's sentences state, in reading order within each kind of section.

    Paths: ``prose.received``, ``.answered``, ``.carried_in``, ``.carried_out`` (requests),
    ``.normative_documents``, ``.published_items`` (with the platform, as in ``.published_items.wechat``),
    ``.followers``, ``.visits``, ``.fee_yuan``. A path may occur more than once. "未收到申请" is 0; 万 is
    multiplied in; 余, 近, 约, 多, 超 and the like set ``approximate``. Offsets point into ``text``.

    Args:
        text: the report's normalised text.
        sections: its sections, or nothing.
    """
    masked = mask_titles(text)
    figures: list[Figure] = []
    states, words = _STATES.search, _words().search
    for low, high in stretches(text, sections):
        for match in _SENTENCE.finditer(masked, low, high):
            sentence = match[0]
            if len(sentence) >= 6 and states(sentence) and words(sentence):
                figures.extend(_in_sentence(sentence, match.start()))
    fee = fee_figure(text, sections)
    return (*figures, fee) if fee is not None else tuple(figures)
