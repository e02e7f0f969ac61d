"""Where a report's sentences are read for figures, and what in them states nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from nlp.records import Section

_TITLE = re.compile(r"《[^》\n]{1,120}》")
_FIVE = re.compile(r"五、\s*(?:政府信息公开(?:工作)?)?存在[^。\n]{0,12}(?:问题|不足|困难)")
_SIX = re.compile(r"六、\s*其他需要报告")


@lru_cache(maxsize=2)  # several modules in turn read the same text
def mask_titles(text: str) -> str:
    """Blank out titles in 《》, length kept: what a cited document is called states nothing."""
    return _TITLE.sub(lambda match: "□" * len(match[0]), text) if "《" in text else text


def stretches(text: str, sections: Sequence[Section]) -> list[tuple[int, int]]:
    """Where prose is read: all but section five (plans and slips of the pen); the whole text without sections."""
    if not sections:
        five, six = _FIVE.search(text), _SIX.search(text)
        if five and six and five.start() < six.start():
            return [(0, five.start()), (six.start(), len(text))]
        return [(0, len(text))]
    ordered = sorted(sections, key=lambda section: section.start)
    spans = [(section.start, section.end) for section in ordered if section.number != 5]
    return [(0, ordered[0].start), *spans] if ordered[0].start else spans
