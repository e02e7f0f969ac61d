"""One sentence that states several problems: "还存在A、B等问题", "主要是：A，B，C", "A；B".

Parts are only parted where they stand alone: causes, consequences and lacks without a subject stay with what
they belong to, and so do nouns that share one lack ("在A、B等方面仍有不足").
"""

from __future__ import annotations

import re

from nlp import cues
from nlp.kinds import Clause, is_empty, lacks
from nlp.layout import trim

SHORTEST = 5  # characters of a problem that can stand alone in a list "A、B等"
SHORTEST_CLAUSE = 8  # the same between commas, where no "等" closes the list
STOPS = "。；;，,、：:"
_ITEM = re.compile(r"(?:“[^”\n]{0,60}”|[（(][^）)\n]{0,60}[)）]|[^；;])+")
_PART = re.compile(r"(?:“[^”\n]{0,60}”|《[^》\n]{0,60}》|[（(][^）)\n]{0,60}[)）]|[^，,；;、])+")
_EXAMPLE = re.compile("(?:[比例诸譬])?如[:：]?(?![何期实下今果此意同])")
_YEAR = re.compile(r"^20\d\d年度?")
Span = tuple[int, int]


def problems(text: str, first: Clause, end: int, *, whole: bool, listed: bool) -> list[Span]:
    """The stretches of ``text[first.start:end]`` that state a problem each.

    ``whole``: one item, not to be parted; ``listed``: it stands behind "主要表现在：" or the like.
    """
    start, opened = _open_frame(first)
    if whole:
        return [(start, end)]
    groups = _groups(text, start, end, listed=opened or listed, framed=opened)
    spans = []
    for i, (at, stop) in enumerate(groups):
        last = i == len(groups) - 1
        ends = opened or (len(groups) > 1 and not _at_semicolon(text, groups))
        close = _close_frame(text, at, stop, opened=opened) if ends else stop
        begin, close = trim(text, at, close, right=STOPS[1:])
        named = len(groups) > 1 and close < stop and last  # "…、C等问题": C is one, whatever it says
        if close - begin < SHORTEST or not (named or lacks(text[begin:close])):
            begin, close = (first.start if i == 0 else at), stop
        example = _EXAMPLE.match(text, begin, close) if i else None
        spans.append(trim(text, example.end() if example else begin, close, right=STOPS[1:]))
    return spans


def _at_semicolon(text: str, groups: list[Span]) -> bool:
    """Whether the parts stand between semicolons: then each is whole."""
    return text[groups[0][1] : groups[0][1] + 1] in {";", "；"}


def _open_frame(clause: Clause) -> tuple[int, bool]:
    """Where the list behind "存在", "主要是", "如" begins, and whether there is one."""
    cue = cues.load()
    contrast = cue.contrast.match(clause.words)
    at, opened = contrast.end() if contrast else 0, False
    for frame in cue.frame_open.finditer(clause.words):
        before = _YEAR.sub("", clause.words[at : frame.start()])
        if before and not is_empty(before):
            break
        at, opened = frame.end(), True
    return (clause.start + at if at < len(clause.words) else clause.start), opened


def _close_frame(text: str, start: int, end: int, *, opened: bool = False) -> int:
    """The end of a list's last part, before "等问题" (and, where "存在" opened it, before "的问题")."""
    cue = cues.load()
    close = (cue.frame_close if opened else cue.frame_end).search(text, start, end)
    return close.start() if close else end


def _groups(text: str, start: int, end: int, *, listed: bool, framed: bool) -> list[Span]:
    """Parts of a sentence that each state a problem of their own; one part where it is no list.

    ``listed``: commas may part; ``framed``: behind "存在" or the like, where 、 may part too.
    """
    cue = cues.load()
    if cue.reason.match(text, start, end):
        return [(start, end)]
    close = _close_frame(text, start, end)
    words = text[start:close]
    if re.search("[；;].", words):
        return [span for m in _ITEM.finditer(text, start, end) if (span := trim(text, *m.span()))[0] < span[1]]
    parts = [p for p in re.split("[，,]", words) if p]
    parallel = sum(map(lacks, parts)) > 2 or all(cue.need.search(p) for p in parts)
    ended = close < end
    shortest = SHORTEST if ended else SHORTEST_CLAUSE if listed and parallel else 0
    atoms = re.split("[，,、]", words)
    framed = framed or ended or (listed and all(map(lacks, atoms)))
    lacking = sum(map(lacks, atoms)) if framed else 0
    return _gather(text, start, end, shortest, listing=lacking > 1 and 2 * lacking >= len(atoms))


def _gather(text: str, start: int, end: int, shortest: int, *, listing: bool) -> list[Span]:
    """Gather the parts between commas: a part that cannot stand alone joins the one before.

    ``shortest``: characters of a part between commas, 0 where commas do not part; ``listing``: 、 parts too.
    """
    groups: list[Span] = []
    for part in _PART.finditer(text, start, end):
        begin, stop = trim(text, *part.span())
        if begin >= stop:
            continue
        least = shortest
        if part.start() > start and text[part.start() - 1] == "、":
            least = SHORTEST if listing else 0
        if groups and not _stands_alone(text, groups[-1], (begin, stop), least):
            groups[-1] = (groups[-1][0], stop)
        else:
            groups.append((begin, stop))
    counted = listing and _close_frame(text, start, end) < end  # "A、B、C等问题": each is one, whatever it says
    if (
        len(groups) > 1
        and not counted
        and not lacks(text[groups[-1][0] : _close_frame(text, *groups[-1])].rstrip(STOPS))
    ):
        _, stop = groups.pop()
        groups[-1] = (groups[-1][0], stop)
    return groups


def _stands_alone(text: str, above: Span, part: Span, least: int) -> bool:
    """Whether a part of at least ``least`` characters (0: none) begins a new problem behind ``above``."""
    cue = cues.load()
    before, words = text[slice(*above)], text[part[0] : _close_frame(text, *part)].rstrip(STOPS)
    if cue.continues.match(words) or cue.reason.match(words):
        return False
    if _close_frame(text, *above) < above[1]:
        return len(words) >= SHORTEST  # "存在…等问题，" is complete
    if not least or len(words) < least or len(before) < least:
        return False
    return any(map(lacks, re.split("[，,、]", before)))
