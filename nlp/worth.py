"""Whether a text is a report at all (D16), and whether its source has been tampered with (D15)."""

from __future__ import annotations

import re

from nlp.headings import grammar
from nlp.sections import SectionSplit
from nlp.title import Title

_ABOUT = re.compile(r"(?:政府|政务)?(?:信息|政务)公开")
_CALLS_ITSELF = re.compile(r"(?:信息|政务)公开[^\n。]{0,12}(?:年度报告|年报|工作报告|报告)")
_FORM = re.compile(r"格式模板|报告模板|格式（|（文字描述[，）]")
_MASKED = re.compile(r"[一-鿿]\*{2,}[一-鿿]|�")
_TONES = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ"
_PINYIN = re.compile(rf"[（(][a-zü {_TONES}]*[{_TONES}][a-zü {_TONES}]*[)）]")
_WHOLE, _SOME = 4, 2
_TRADITIONAL = 8


def is_report(title: Title | None, text: str, split: SectionSplit) -> bool:
    """Tell a report from texts about reports, notices, forms and other things.

    A text with most of the sections is a report whatever its title says, except for the blank form.
    """
    inferred = {int(w.rpartition(":")[2]) for w in split.warnings if w.startswith("section_inferred")}
    kinds = {s.number for s in split.sections if s.number and s.number not in inferred}
    if _FORM.search(text[:600]) and len(text) < 4000:
        return False
    if len(kinds) >= _WHOLE:
        return True
    if title is not None:
        return not title.other_sort
    if len(_ABOUT.findall(text)) < _SOME:
        return False
    return len(kinds) >= _SOME or bool(_CALLS_ITSELF.search(text[:400]))


def is_dirty(text: str) -> bool:
    """Masked words, unreadable or traditional characters, pinyin in brackets: a mirror's copy."""
    if ("**" in text or "�" in text) and _MASKED.search(text):
        return True
    if any(tone in text for tone in _TONES) and len(_PINYIN.findall(text)) >= _SOME:
        return True
    traditional = grammar().traditional
    return ("開" in text or "訊" in text) and sum(ord(char) in traditional for char in text) >= _TRADITIONAL
