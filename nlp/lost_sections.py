"""Sections whose heading was lost or damaged, and prefaces that stand inside of section one."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import SequenceMatcher

from nlp.headings import EXACT, Heading, grammar
from nlp.title import find_titles

# Characters without a heading that are enough to be taken for a section one.
MIN_OVERVIEW = 80
_LIKE = 0.7
_SENTENCE = re.compile(r"[^。！？\n]*[。！？\n]?")
_PERIOD_CUES = 2  # index of the cue that alone makes a preface: the statistical period, and those behind it
_HEAD = 1500


def misspelt(text: str, heading: Heading, number: int) -> Heading | None:
    """The heading of section ``number`` if the unknown wording is nearly the statutory one."""
    marker = re.match(r"\S{1,4}?[、.,，:： ]\s*", text[heading.start : heading.start + 8])
    body = heading.start + (marker.end() if marker else 0)
    title = grammar().titles[number]
    line = text[body : body + 2 * len(title) + 4].partition("\n")[0]
    places = [i for i, char in enumerate(line) if char != " "]  # "总 体 情 况"
    letters = "".join(line[i] for i in places)
    for length in sorted({min(len(letters), len(title) + d) for d in (-2, -1, 0, 1, 2)}):
        piece = letters[:length]
        matcher = SequenceMatcher(None, piece, title, autojunk=False)
        if piece and matcher.ratio() >= _LIKE and piece[-2:] == title[-2:]:
            return Heading(
                heading.start, body + places[length - 1] + 1, number, grammar().kinds[number],
                None, heading.ordinal, EXACT, heading.at_line,
            )  # fmt: skip
    return None


def anchored(text: str, number: int, low: int, high: int, grid_start: Callable[[int], int | None]) -> int | None:
    """Where the table of section ``number`` begins between two offsets, if its heading was lost.

    ``grid_start`` tells where the grid around an offset begins, None outside of grids.
    """
    pattern = grammar().anchors.get(number)
    match = pattern.search(text, low, high) if pattern else None
    if match is None:
        return None
    grid = grid_start(match.start())
    if grid is not None and (grid > low or not low):  # one grid may hold the table of the section before, too
        return grid
    line = text.rfind("\n", low, match.start()) + 1
    return line if line and not text[line : match.start()].strip() else match.start()


def inferred_five(text: str, low: int, high: int, chain: list[Heading]) -> int | None:
    """Where a section five without a heading begins between two offsets; None if nothing tells (H8).

    A sub-heading that names problems tells; so does, behind section three or four, a sentence that owns up to
    problems. Sentences on reviews and lawsuits before it belong to section four.
    """
    known = grammar()
    low = _behind_tables(text, low, high)
    sub = known.lost_five.search(text, low, high)
    if sub:
        return sub.start() + len(sub[0]) - len(sub[0].lstrip())
    if not any(h.number in (3, 4) for h in chain):
        return None
    cue = known.issue_sentence.search(text, low, high)
    if cue is None:
        return None
    start = max(text.rfind("。", low, cue.start()), text.rfind("\n", low, cue.start()), low - 1) + 1
    sentence = text[start : cue.end()]
    if known.not_issue.search(sentence) and "公开工作" not in sentence:
        return None
    return _leading_sentence(text, low, start + len(sentence) - len(sentence.lstrip()))


def _leading_sentence(text: str, low: int, start: int) -> int:
    """Take in the sentence before if it is the usual praise ("…取得一定成效。")."""
    before = text[low:start].rstrip()
    if not before:
        return start
    cut = max(before.rfind("。", 0, len(before) - 1), before.rfind("\n", 0, len(before) - 1)) + 1
    sentence = before[cut:]
    praise = re.search("成效|成绩|进展|提升|有序", sentence)
    if praise and not grammar().not_issue.search(sentence) and len(sentence) < 120:
        return low + cut + len(sentence) - len(sentence.lstrip())
    return start


def _behind_tables(text: str, low: int, high: int) -> int:
    """Skip the rows of tables three and four."""
    last = low
    for match in re.finditer(r"结转下年度继续办理[\s\d]*|尚未\s?审结\s*总计[\s\d/—-]*", text[low:high]):
        last = low + match.end()
    return last


def title_end(text: str, limit: int) -> int:
    """Where the title ends (0 if there is none) in what stands before the first heading."""
    titles = find_titles(text, min(limit, _HEAD))
    return titles[-1].end if titles else 0


def preface_end(text: str, start: int, end: int, *, inside: bool = False) -> int:
    """Where the preface that begins at ``start`` ends; ``start`` where there is none.

    Taken sentence by sentence: a preface says what the report rests on, its period, where to get it, whom to
    ask. ``inside`` a section the first sentence alone ("根据《条例》…") is not enough.
    """
    at = cut = start
    strong = weak = 0
    while at < end:
        match = _SENTENCE.match(text, at, end)
        if match is None or match.end() == at:
            break
        hits = [i for i, cue in enumerate(grammar().preface) if cue.search(match[0])]
        if not hits and match[0].strip():
            break
        strong += any(i >= _PERIOD_CUES for i in hits)
        weak += bool(hits) and max(hits, default=0) < _PERIOD_CUES
        at = match.end()
        cut = at if hits else cut
    enough = strong > 0 if inside else strong + weak > 0
    return cut if enough else start
