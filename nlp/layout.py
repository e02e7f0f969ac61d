"""The outer shape of section five: where it ends, its sub-headings, its numbered and unnumbered pieces."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from nlp import cues
from nlp.ordinals import Mark, find_marks

Side = Literal["problem", "measure", "mixed", "praise"]
BLANK = " \t\r\n\u3000\xa0\ufeff\u200b"
LONGEST_HEADING = 40
GLUED_AFTER = {"cn_paren", "ar_paren", "cn_dun", "ar_dot"}
END_OF_HEADING = ":：。．\n；;"
BRACKETS = "【】[]〔〕《》“”\"'*#"
_NEWLINE = re.compile("\n")
_GLUED_HEAD = re.compile(
    "(?:主要)?(?:改进|整改)的?(?:措施|情况|举措|办法)[:：]|下一?步的?(?:工作|改进|整改)?(?:打算|措施|计划|安排)[:：]"
)
_JOINS = frozenset("的和与及、以下列项为是将取行出定好要了主")
_JOINED = re.compile("[及和与、]")
_SENTENCE_END = re.compile(r"[。！？!?；;：:，,、]$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of section five: a sub-heading (``side`` set), an item (``mark`` set) or plain text.

    ``start`` is behind the mark. ``fresh``: it begins a line. ``done``: a heading of measures already taken.
    """

    start: int
    end: int
    mark: Mark | None = None
    side: Side | None = None
    done: bool = False
    fresh: bool = False


def trim(text: str, start: int, end: int, left: str = "", right: str = "") -> tuple[int, int]:
    """The same stretch without blanks (and the given characters) at its ends."""
    left, right = left + BLANK, right + BLANK
    while start < end and text[start] in left:
        start += 1
    while end > start and text[end - 1] in right:
        end -= 1
    return start, end


def side_of(words: str) -> tuple[Side, bool] | None:
    """What a heading announces, and whether the measures are already taken; None where it announces nothing."""
    cue = cues.load().heading
    measure = cue.measure.search(words) is not None and not cues.load().need.search(words)
    problem = cue.problem.search(words) is not None
    if cue.need.search(words):
        return "problem", False
    if cue.of_problem.search(words):
        return "measure", cue.done.search(words) is not None
    if problem and measure:
        return ("mixed", False) if _JOINED.search(words) else None
    if problem:
        return "problem", False
    if measure:
        return "measure", cue.done.search(words) is not None
    return ("praise", False) if cue.praise.search(words) else None


def heading_at(text: str, start: int, end: int, glued: bool = False) -> tuple[Side, bool, int] | None:
    """The sub-heading that begins at ``start``: side, done, and where it ends. None where none does.

    ``glued``: text may follow at once ("（二）改进措施加强学习"), as after a lost line break.
    """
    cue = cues.load().heading
    at = start
    while at < end and text[at] in BRACKETS:
        at += 1
    match = cue.words.match(text, at, min(end, at + LONGEST_HEADING))
    if match is None:
        return None
    stop = match.end()
    rest = stop
    while rest < end and text[rest] in BRACKETS + " \u3000\t":
        rest += 1
    if rest == end or text[rest] in END_OF_HEADING:
        found = side_of(match.group())
        return None if found is None else (*found, min(end, rest + 1))
    if not glued:
        return None
    for pattern, side in ((cue.glued_measure, "measure"), (cue.glued_problem, "problem")):
        near = pattern.match(text, at, end)
        if near and not _goes_on(text, near.end(), end):
            return ("measure" if side == "measure" else "problem"), False, near.end()
    return None


_SECTION = re.compile(
    r"\s*(?:[（(]?[一二三四五六七八九十]{1,2}[)）]?\s?[、.．,，]?|第[一二三四五六七八九十]部分[、:： ]?)?\s*"
    r"(?:政府信息公开|政务公开|信息公开)?(?:工作)?(?:中)?(?:存在)?(?:的)?(?:主要|突出)?(?:问题|不足|困难)"
    r"(?:(?:和|与|及|以及|、)(?:不足|困难|问题))*(?:(?:和|与|及|以及|、)(?:下一?步)?(?:工作)?"
    r"(?:整改|改进|今后)?(?:的)?(?:工作)?(?:情况|措施|打算|安排|意见|办法|计划|方向))?[:：。]?"
)


def behind_heading(text: str, start: int, end: int, heading: str) -> int:
    """Where the body begins behind the section's own heading, which may stand at ``start`` or not at all."""
    begin, _ = trim(text, start, end)
    if heading and text.startswith(heading, begin):
        return begin + len(heading)
    match = _SECTION.match(text, begin, end)
    if match and match.end() > begin and side_of(match.group().strip(BLANK)) == ("mixed", False):
        return match.end()
    return start


def _goes_on(text: str, at: int, end: int) -> bool:
    """Whether what stands at ``at`` makes a sentence of the seeming heading ("改进措施不到位")."""
    if text[at] in "的是不有较还仍未，,及和与":
        return True
    cue = cues.load()
    return cue.strong.match(text, at, end) is not None or cue.continues.match(text, at, end) is not None


def body_end(text: str, start: int, end: int) -> int:
    """Where section five ends: before the next section, the signature, the date, attachments, page furniture."""
    cue = cues.load()
    following = cue.next_section.search(text, start, end)
    if following:
        end = following.start()
    while True:
        _, end = trim(text, start, end)
        line = max(text.rfind("\n", start, end) + 1, start)
        match = cue.tail_line.fullmatch(text[line:end].strip(BLANK))
        if match and line < end:
            end = line
            continue
        inline = cue.tail_inline.search(text, max(line, end - 420), end)
        if inline and inline.start() < end:
            end = inline.start()
            continue
        return end


def _ends_problem(text: str, start: int, at: int) -> bool:
    """Whether a problem without a full stop ends at ``at``, so that the words behind it are a heading of their own."""
    low = max(text.rfind(stop, start, at) for stop in "。；;，,：:\n") + 1
    before = text[max(low, start) : at].strip(BLANK)
    return (
        before[:1] not in {"", "针", "对", "为", "就"}
        and before[-1] not in _JOINS
        and bool(cues.load().strong.search(before))
    )


def pieces(text: str, start: int, end: int) -> list[Piece]:
    """Cut ``text[start:end]`` at line breaks, ordinals and sub-headings."""
    marks = {mark.start: mark for mark in find_marks(text, start, end)}
    cuts = {start, end, *marks}
    cuts.update(match.end() for match in _NEWLINE.finditer(text, start, end))
    heads = {
        match.start() for match in _GLUED_HEAD.finditer(text, start, end) if _ends_problem(text, start, match.start())
    }
    cuts |= heads
    ordered = sorted(cuts)
    out: list[Piece] = []
    for at, stop in pairwise(ordered):
        mark = marks.get(at)
        fresh = at == start or text[at - 1] == "\n" or at in heads
        out += _piece(text, mark.end if mark else at, stop, mark, fresh, stop in marks)
    return _rejoin(text, out)


def _piece(text: str, at: int, stop: int, mark: Mark | None, fresh: bool, before_mark: bool) -> list[Piece]:
    """One cut as its pieces: the sub-heading it begins with, and what follows."""
    begin, close = trim(text, at, stop)
    if begin >= close:
        return [Piece(begin, close, mark, fresh=fresh)] if mark else []
    glued = mark is not None and mark.style in GLUED_AFTER
    head = heading_at(text, begin, close, glued) if fresh or mark else None
    if head is None or (mark and mark.style == "cn_shi" and head[0] == "mixed"):
        return [Piece(begin, close, mark, fresh=fresh)]
    side, done, after = head
    found = [Piece(begin, after, mark, side, done, fresh)]
    begin, close = trim(text, after, close)
    if begin < close:
        found.append(Piece(begin, close, None, fresh=False))
    return found


def _rejoin(text: str, parts: list[Piece]) -> list[Piece]:
    """Put lines together that a hard wrap parted: the upper one is long and ends in no punctuation."""
    out: list[Piece] = []
    for piece in parts:
        above = out[-1] if out else None
        if (
            above
            and piece.fresh
            and piece.mark is None
            and piece.side is None
            and above.side is None
            and above.end - max(above.start, text.rfind("\n", 0, above.end) + 1) >= 24
            and not _SENTENCE_END.search(text[above.start : above.end])
        ):
            out[-1] = Piece(above.start, piece.end, above.mark, None, above.done, above.fresh)
        else:
            out.append(piece)
    return out
