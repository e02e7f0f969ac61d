"""The report within a web page: found by where its headings and tables stand, not by the names of classes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from nlp.normalise import clean
from nlp.reading.blocks import HAN, Block, Paragraph, Table
from nlp.reading.html_walk import Item, Walker
from nlp.reflow import is_chrome

_SUSPECT = frozenset(["nav", "header", "footer", "aside", "form"])  # chrome, unless the report is inside
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_TITLE = re.compile(r"(?:年度报告|年报|工作报告|公开报告|情况报告|总结)(?:[（(][^）)]{1,20}[）)])?$")
# What only the report itself says in short lines or cells; each is counted once.
_CUES = tuple(
    re.compile(pattern)
    for pattern in (
        r"^.{0,6}(?:总体情况|概述|基本情况|总体工作情况)",
        r"^.{0,6}(?:主动公开|公开政府信息).{0,12}情况",
        r"^.{0,6}(?:收到和?处理|依申请公开|受理|申请).{0,18}情况",
        r"^.{0,20}(?:行政复议|行政诉讼|复议).{0,16}情况",
        r"^.{0,12}(?:问题|不足|困难).{0,10}(?:改进|措施|打算|安排|整改)",
        r"^.{0,4}其他需要(?:报告|说明)的?.{0,6}$",
        r"本年(?:新收|制发|新制作)|现行有效件数|处理决定数量|结转下年度",
        r"结果维持[\s\S]{0,40}结果纠正",
    )
)


def furniture(body: Any) -> frozenset[Any]:
    """Navigation, headers, footers, forms and hidden parts, unless they hold much of the text."""
    suspects = [e for e in body.iter() if isinstance(e.tag, str) and e is not body and _is_suspect(e)]
    if not suspects:
        return frozenset()
    total = _mass(body)
    return frozenset(element for element in suspects if _mass(element) * 3 < total)


def _is_suspect(element: Any) -> bool:
    hidden = element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "")
    return bool(hidden) or element.tag in _SUSPECT


def _mass(element: Any) -> int:
    return len(HAN.findall("".join(element.itertext())))


def _cues_of(item: Item) -> list[int]:
    if isinstance(item.block, Paragraph):
        if item.link_chars * 2 > item.chars:
            return []
        text = "".join(item.block.text.split())[:60]
    elif isinstance(item.block, Table):
        text = "".join("\n".join(item.block.cells)[:3000].split(" "))
    else:
        return []
    return [i for i, cue in enumerate(_CUES) if cue.search(text)]


def _root(walker: Walker) -> Any:
    """The smallest element that holds most of the report's cues, else most of the text that is no link."""
    found: list[list[int]] = [[] for _ in _CUES]
    for index, item in enumerate(walker.items):
        for cue in _cues_of(item):
            found[cue].append(index)
    weights = [max(item.chars - item.link_chars, 0) for item in walker.items]
    mass = [0, *accumulate(weights)]

    def cues(start: int, end: int) -> int:
        return sum(bisect_left(places, start) < bisect_left(places, end) for places in found)

    counted = {element: cues(*place) for element, place in walker.ranges.items()}
    most = max(counted.values(), default=0)
    if most >= 2:
        fitting = [element for element, count in counted.items() if count == most]
    else:
        fitting = [e for e, (a, b) in walker.ranges.items() if (mass[b] - mass[a]) * 4 >= mass[-1] * 3]
    return min(fitting, key=lambda e: walker.ranges[e][1] - walker.ranges[e][0], default=None)


def _climb(root: Any, walker: Walker) -> tuple[int, int]:
    """Widen the root while its parent adds only little plain text: a title, a preface, a signature."""
    start, end = walker.ranges[root]
    inside = sum(item.chars for item in walker.items[start:end])
    while (root := root.getparent()) is not None and root.tag != "html":
        first, last = walker.ranges.get(root, (start, end))
        added = walker.items[first:start] + walker.items[end:last]
        if sum(item.chars for item in added) > inside // 2 or any(map(_is_furniture, added)):
            break
        start, end = first, last
    return start, end


def _is_furniture(item: Item) -> bool:
    if not isinstance(item.block, Paragraph):
        return False
    return item.link_chars * 2 > item.chars or is_chrome(_plain(item.block.text))


def _plain(text: str) -> str:
    return " ".join(clean(text).split())


def _is_link_list(item: Item) -> bool:
    """A line that is all link: related pages, breadcrumbs; an annex named as such stays."""
    if not isinstance(item.block, Paragraph) or "附件" in item.block.text:
        return False
    return item.link_chars * 10 > item.chars * 9


def choose(walker: Walker) -> list[Block]:
    """Keep the report: what its element holds, and the title that stands before it."""
    root = _root(walker)
    if root is None:
        return [item.block for item in walker.items]
    start, end = _climb(root, walker)
    blocks = [item.block for item in walker.items[start:end] if not _is_link_list(item)]
    title = _title_before(walker.items[:start])
    if title is not None and not _opens_with(blocks, title):
        blocks.insert(0, Paragraph(title))
    return _once_titled(blocks)


def _once_titled(blocks: list[Block]) -> list[Block]:
    """Drop a title that stands again within the next lines (D3)."""
    opening = [_plain(block.text) if isinstance(block, Paragraph) else "" for block in blocks[:5]]
    if opening and _TITLE.search(opening[0]) and opening[0] in opening[1:]:
        return blocks[1:]
    return blocks


def _title_before(items: Sequence[Item]) -> str | None:
    """The last line before the report that reads like its title."""
    for item in reversed(items):
        if isinstance(item.block, Paragraph) and item.link_chars == 0:
            text = _plain(item.block.text)
            if len(text) <= 60 and _TITLE.search(text):
                return text
    return None


def _opens_with(blocks: Sequence[Block], title: str) -> bool:
    opening = "".join(block.text for block in blocks[:6] if isinstance(block, Paragraph))
    return "".join(title.split()) in "".join(clean(opening).split())
