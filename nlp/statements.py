"""Section five cut into statements: problems and measures with kind, title, status and exact offsets.

Structure comes first (sub-headings, ordinals, titles, turns of speech), the words of each sentence second;
where they disagree, the stronger evidence wins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from nlp import cues
from nlp.frames import HEADING, TURN, Draft, Found, State, read, sentences, turn_of
from nlp.kinds import acts, clauses, is_empty, lacks, lean, status_of
from nlp.layout import Piece, behind_heading, body_end, heading_at, pieces, side_of, trim
from nlp.records import Kind, Section, Statement

TITLE = 15  # characters before a colon that make a title
SENTENCE_TITLE = 10  # characters of a sentence in running text that is the title of the next one
LONG_TITLE = 30  # characters of a title that is a sentence or line of its own
WHOLE = 350  # an item with items inside is parted from this length on
_LABEL = re.compile(r"[^，,。；;：:\n“”]{2,20}[：:](?=\s*\S)")
_TITLE_END = re.compile(r"[：:。！!\n]")


class Split(Protocol):
    """What cutting needs of the split report (:class:`nlp.sections.SectionSplit`)."""

    @property
    def sections(self) -> tuple[Section, ...]:
        """The report's sections."""

    @property
    def parts_of_five(self) -> tuple[tuple[Kind | None, int, int], ...]:
        """(kind as far as the heading tells, start, end) where section five stands in several places."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Statements in reading order; ``none_stated``: the section says there is no problem (or nothing at all)."""

    statements: tuple[Statement, ...]
    none_stated: bool
    warnings: tuple[str, ...] = ()


def cut(split: Split, text: str) -> Cut:
    """Cut section five of a report into statements.

    Args:
        split: the report's sections; without a section five nothing is found and nothing is warned of.
        text: the report's normalised text, which all offsets point into.

    Warnings: ``s5_no_problems``, ``s5_no_measures``, ``s5_reversed`` (measures first), ``s5_none_stated``.
    """
    parts: Sequence[tuple[Kind | None, int, int]] = split.parts_of_five or tuple(
        (None, s.start, s.end) for s in split.sections if s.kind == "issues"
    )
    if not parts:
        return Cut((), False)
    found = Found()
    blank = True
    headings = {s.start: s.heading for s in split.sections}
    for hint, whole, end in parts:
        start = behind_heading(text, whole, end, headings.get(whole, ""))
        cutter = Cutter(text, hint, found)
        blank = cutter.run(start, end) and blank
    statements = finish(text, found)
    problems = any(s.kind == "problem" for s in statements)
    none_stated = (found.none_stated or blank) and not problems
    return Cut(statements, none_stated, _warnings(statements, none_stated, blank))


def _warnings(statements: tuple[Statement, ...], none_stated: bool, blank: bool) -> tuple[str, ...]:
    """Ids of what is missing or unusual."""
    kinds = [s.kind for s in statements]
    out = []
    if none_stated:
        out.append("s5_none_stated")
    if "problem" not in kinds and (blank or not none_stated):
        out.append("s5_no_problems")
    if "measure" not in kinds and (blank or not none_stated):
        out.append("s5_no_measures")
    if "problem" in kinds and kinds[0] == "measure":
        out.append("s5_reversed")
    return tuple(out)


@dataclass(slots=True)
class Item:
    """A numbered item under construction; ``inner``: items numbered in another way inside it."""

    piece: Piece
    start: int
    end: int
    inner: list[Piece] = field(default_factory=list)


class Cutter:
    """Walks the pieces of one stretch of section five and collects drafts in ``found``."""

    def __init__(self, text: str, hint: Kind | None, found: Found) -> None:
        """``hint``: the kind of the whole stretch, where its heading tells it."""
        self.text = text
        self.found = found
        self.state = State(hint, HEADING if hint else 0.0)
        self.items: list[Item] = []

    def run(self, start: int, end: int) -> bool:
        """Cut ``text[start:end]``; True where nothing stands there."""
        end = body_end(self.text, start, end)
        parts = pieces(self.text, start, end)
        at = 0
        while at < len(parts):
            at = self._step(parts, at)
        self._close()
        return not parts

    def _step(self, parts: list[Piece], at: int) -> int:
        """Handle the piece at ``at`` and give the place of the next one."""
        piece = parts[at]
        if piece.side is not None:
            self._close()
            kind: Kind | None = piece.side if piece.side in {"problem", "measure"} else None  # type: ignore[assignment]
            self.state = State(kind, HEADING if kind else 0.0, done=piece.done, mute=piece.side == "praise")
            return at + 1
        if piece.mark is not None:
            self._item(piece)
            return at + 1
        if self.items and self._explains(piece):
            self.items[-1].end = piece.end
            return at + 1
        self._close()
        return self._prose(parts, at)

    # -- numbered items ---------------------------------------------------------------------------------

    def _item(self, piece: Piece) -> None:
        """A numbered piece: the next item of the open list, an inner item, or the first of a new list."""
        assert piece.mark is not None
        if self.items:
            style = self.items[0].piece.mark
            last = self.items[-1]
            if style and style.style != piece.mark.style and self._turn_inside(last.start, last.end):
                self._close()
            elif style and style.style != piece.mark.style:
                self.items[-1].inner.append(piece)
                self.items[-1].end = piece.end
                return
            elif piece.mark.number == 1 and last.piece.mark is not None:
                self._close(restart=True)
        self.items.append(Item(piece, piece.start, piece.end))

    def _explains(self, piece: Piece) -> bool:
        """Whether an unnumbered line goes on with the item above: its title stands alone on its line."""
        first = clauses(self.text, piece.start, piece.end)[:1]
        if not first:
            return True
        if self.state.kind != "measure" and turn_of(self.text, first[0], self.state):
            return False
        if cues.load().closing.match(self.text, piece.start, piece.end):
            return False
        if not piece.fresh:
            return True
        item = self.items[-1]
        line = self.text[item.start : item.piece.end]
        return len(line) <= LONG_TITLE and (
            turn_of(self.text, first[0], self.state) is None or item.end == item.piece.end
        )

    def _close(self, *, restart: bool = False) -> None:
        """End the open list: decide the kinds of its items together and draft them."""
        items, self.items = self.items, []
        if not items:
            return
        spans: list[tuple[int, int, int | None]] = []
        for item in items:
            spans += self._leaves(item)
        if not self.state.mute:
            self._draft_items(spans)
        if restart and self.state.weight < HEADING and self.state.kind == "problem":
            self.state.weight = min(self.state.weight, TURN / 2)

    def _leaves(self, item: Item) -> list[tuple[int, int, int | None]]:
        """An item as one stretch, or its inner items where they are long or stand on lines of their own."""
        mark = item.piece.mark
        number = mark.number if mark else 1
        lines = sum(p.fresh for p in item.inner) > 1
        if len(item.inner) < 2 or not (lines or item.end - item.start > WHOLE):
            return [(item.start, item.end, number)]
        own_start, own_end = trim(self.text, item.start, item.inner[0].mark.start)  # type: ignore[union-attr]
        out: list[tuple[int, int, int | None]] = []
        if own_end - own_start > LONG_TITLE + 10:
            out.append((own_start, own_end, number))
        stops = [p.mark.start for p in item.inner[1:] if p.mark] + [item.end]
        return out + [
            (p.start, stop, p.mark.number if p.mark else None) for p, stop in zip(item.inner, stops, strict=True)
        ]

    def _draft_items(self, spans: list[tuple[int, int, int | None]]) -> None:
        """Draft the items of a list, each parted where it turns from its problem to the measure for it."""
        mended = self.state.done or self._done_together(spans)
        first = [(self._turn_inside(start, end), start, end, n) for start, end, n in spans]
        leans = [lean(self.text[start : turn or end]) for turn, start, end, n in first]
        mean = sum(leans) / len(leans)
        turned = sum(turn is not None for turn, *_ in first)
        prior = {"problem": 1, "measure": -1, None: 0}[self.state.kind] * self.state.weight
        for (turn, start, end, number), score in zip(first, leans, strict=True):
            kind: Kind = "problem" if prior + score + 0.5 * mean > 0 else "measure"
            stop = turn if turn and kind == "problem" else end
            self._draft(start, stop, kind, number, done=mended)
            if stop < end:
                self._measure_inside(stop, end, number if turned > 1 else None)
        if kind == "problem" and turn and turned == 1:
            self.state.turn("measure", TURN, future=cues.load().planned.match(self.text, turn) is not None)
        elif self.state.kind is None:
            self.state.turn(kind, TURN / 2)

    def _done_together(self, spans: list[tuple[int, int, int | None]]) -> bool:
        """Whether a list tells of measures already taken: some items say so and none speaks of what is to come."""
        if self.state.future:
            return False
        cue = cues.load()
        words = [self.text[start:end] for start, end, _ in spans]
        if any(cue.status_planned.search(w) for w in words):
            return False
        done = sum(status_of(w, "planned") == "done" for w in words)
        return done > 0 and all(status_of(w, "done") != "planned" for w in words)

    def _draft(self, start: int, end: int, kind: Kind, number: int | None, *, done: bool) -> None:
        """One item as a draft, without closing words behind it."""
        cue = cues.load()
        if cue.none.fullmatch(self.text[start:end].strip(" \n。.")):
            self.found.none_stated = True
            return
        for at, _ in sentences(self.text, start, end)[1:]:
            if cue.closing.match(self.text, at, end):
                end = at
                break
        self.found.drafts.append(Draft(start, end, kind, self.state.future, done, number))

    def _turn_inside(self, start: int, end: int) -> int | None:
        """Where inside an item of problems the measure for it begins ("…不够。下一步，将…")."""
        if self.state.kind == "measure":
            return None
        for i, clause in enumerate(clauses(self.text, start, end)):
            if i and self._turns(clause.start, end):
                return clause.start
        return None

    def _turns(self, at: int, end: int) -> bool:
        """Whether a measure is announced at ``at``."""
        cue = cues.load()
        found = cue.planned.match(self.text, at, end) or cue.answer.match(self.text, at, end)
        return found is not None and not lacks(self.text[at : min(end, at + 40)].split("。")[0])

    def _measure_inside(self, start: int, end: int, number: int | None) -> None:
        """The measure that follows a problem inside the same item."""
        inner = Found()
        read_all(self.text, start, end, State("measure", TURN, future=True), inner)
        if inner.drafts:
            first, last = inner.drafts[0], inner.drafts[-1]
            self.found.drafts.append(replace(first, end=last.end, kind="measure", ordinal=number))

    # -- running text -----------------------------------------------------------------------------------

    def _prose(self, parts: list[Piece], at: int) -> int:
        """Unnumbered pieces from ``at`` on: paragraphs that are items each, or running text."""
        stop = at
        while stop < len(parts) and parts[stop].mark is None and parts[stop].side is None:
            stop += 1
        group = parts[at:stop]
        after = parts[stop].mark if stop < len(parts) else None
        plain = [p for p in group if self._is_item_paragraph(p)]
        for piece in group:
            implied = after is not None and after.number == 2 and piece is group[-1] and not parts[stop].fresh
            if implied and self._implied_first(piece):
                continue
            if len(plain) > 1 and piece in plain and self.state.kind:
                self._paragraph(piece)
            else:
                colon = not piece.fresh and self.text[piece.start - 2 : piece.start].strip()[-1:] in {":", "："}
                read_all(self.text, piece.start, piece.end, self.state, self.found, listed=colon)
        return stop

    def _is_item_paragraph(self, piece: Piece) -> bool:
        """Whether a paragraph may be an item that lost its number: it says something from its first word on."""
        first = clauses(self.text, piece.start, piece.end)[:1]
        if not first or not piece.fresh or cues.load().closing.match(self.text, piece.start, piece.end):
            return False
        label = _LABEL.match(self.text, piece.start, piece.end)
        if label and not _leads(label.group()[:-1]):
            return True
        return not is_empty(first[0].words) and turn_of(self.text, first[0], self.state) is None

    def _paragraph(self, piece: Piece) -> None:
        """A paragraph as one item."""
        self._draft_items([(piece.start, piece.end, None)])

    def _implied_first(self, piece: Piece) -> bool:
        """The first item of a list that begins with "二是": what stands behind the last colon or full stop."""
        text = self.text
        at = max(text.rfind(c, piece.start, piece.end - 1) for c in "：:。") + 1
        if at <= piece.start or piece.end - at < 4:
            return False
        read_all(text, piece.start, at, self.state, self.found)
        start, end = trim(text, at, piece.end)
        mark = None
        self.items.append(Item(Piece(start, end, mark, fresh=False), start, end))
        return True


def read_all(text: str, start: int, end: int, state: State, found: Found, *, listed: bool = False) -> None:
    """Read running text sentence by sentence; a short title stays with the sentences that explain it.

    ``listed``: the text stands behind "主要问题是：" or the like.
    """
    spans = [s for s in sentences(text, start, end) if not cues.load().closing.match(text, *s)]
    titled = None
    at = 0
    while at < len(spans):
        first = clauses(text, *spans[at])
        if titled is None and not all(is_empty(c.words) for c in first):
            titled = _is_title(text, *spans[at])
        stop, whole = _unit(text, spans, at, state, titled=bool(titled))
        begin, close = spans[at][0], spans[stop - 1][1]
        label = heading_at(text, begin, close)
        if label and label[0] in {"problem", "measure"}:
            state.turn("problem" if label[0] == "problem" else "measure", HEADING, done=label[1])
            begin = label[2]
        read(text, begin, close, state, found, whole=whole, listed=label is not None or (listed and at == 0))
        at = stop


def _unit(text: str, spans: list[tuple[int, int]], at: int, state: State, *, titled: bool) -> tuple[int, bool]:
    """How many sentences from ``at`` on make one item, and whether they are an item at all.

    ``titled``: the text began with a title, so that further short sentences may be titles too.
    """
    start, end = spans[at]
    label = _label(text, start, end)
    explained = at + 1 < len(spans) and spans[at + 1][1] - spans[at + 1][0] > 2 * (end - start)
    if not label and not (titled and explained and _is_title(text, start, end)):
        return at + 1, False
    stop = at + 1
    while stop < len(spans):
        begin, close = spans[stop]
        first = clauses(text, begin, close)[:1]
        if not first or _label(text, begin, close) or (not label and _is_title(text, begin, close)):
            break
        if turn_of(text, first[0], state) or all(is_empty(c.words) for c in clauses(text, begin, close)):
            break
        if not label and stop > at + 1 and not cues.load().detail.match(text, begin, close):
            break
        stop += 1
    return stop, bool(label) or stop > at + 1


def _label(text: str, start: int, end: int) -> bool:
    """Whether a sentence begins with an item's title and a colon ("公开队伍不健全：…")."""
    match = _LABEL.match(text, start, end)
    if match is None or end - match.end() < 6:
        return False
    words = match.group()[:-1]
    return len(words) <= TITLE + 3 and not _leads(words) and (lacks(words) or acts(words))


def _leads(words: str) -> bool:
    """Whether words before a colon only announce what follows ("主要表现在")."""
    return side_of(words) is not None or (is_empty(words) and not lacks(words))


def _is_title(text: str, start: int, end: int) -> bool:
    """Whether a sentence is a short title of the next one: one clause that lacks or does something."""
    parts = clauses(text, start, end)
    if len(parts) != 1 or end - start > SENTENCE_TITLE or is_empty(parts[0].words):
        return False
    words = parts[0].words
    return cues.load().title.search(words) is not None if lacks(words) else acts(words)


def finish(text: str, found: Found) -> tuple[Statement, ...]:
    """Drafts as statements: doubtful ones dropped where better stand beside them, ends trimmed, titles found."""
    drafts = found.drafts
    if any(not d.doubt for d in drafts):
        drafts = [d for d in drafts if not d.doubt]
    gap = cues.load().gap
    named = [d for d in drafts if d.kind != "problem" or not gap.match(text[d.start : d.end])]
    if any(d.kind == "problem" for d in named):
        drafts = named
    for kind in ("problem", "measure"):
        if not any(d.kind == kind for d in drafts):
            drafts = drafts + [d for d in found.spare if d.kind == kind and _worth(text, d)][:1]
    out = []
    for draft in sorted(drafts, key=lambda d: d.start):
        start, end = trim(text, draft.start, draft.end, left="，,；;：:、。", right="；;，,、：:")
        if end - start < 4 or (out and start < out[-1].end):
            continue
        out.append(_statement(text, start, end, draft))
    return tuple(out)


def _worth(text: str, draft: Draft) -> bool:
    """Whether an empty phrase is worth keeping where its side has nothing better."""
    words = text[draft.start : draft.end]
    return draft.kind == "measure" or re.search("差距|水平|质量|相比|要求", words) is not None


def _statement(text: str, start: int, end: int, draft: Draft) -> Statement:
    """The finished statement."""
    words = text[start:end]
    kind: Kind = draft.kind or "problem"
    default = "done" if draft.done else "planned"
    return Statement(
        kind=kind,
        text=words,
        start=start,
        end=end,
        title=title_of(words),
        status=status_of(words, default, future=draft.future) if kind == "measure" else None,
        ordinal=draft.ordinal,
    )


def title_of(words: str) -> str | None:
    """An item's own short heading: before a colon, or a first sentence or line that others explain."""
    match = _TITLE_END.search(words)
    if match is None:
        return None
    title, rest = words[: match.start()].strip(), words[match.end() :].strip()
    limit = LONG_TITLE if match.group() in "。！!" else LONG_TITLE - 10
    return title if 2 <= len(title) <= limit and len(rest) >= 6 else None
