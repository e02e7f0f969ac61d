"""Section five piece by piece: numbered items and the lists they form, paragraphs that are items, running text."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from nlp import cues
from nlp.columns import find_table
from nlp.drafts import HEADING, TURN, Draft, Found, State
from nlp.kinds import clauses, is_closing, is_empty, lacks, lean, told_status
from nlp.layout import Piece, body_end, heading_at, pieces, trim
from nlp.ordinals import Mark
from nlp.records import Kind
from nlp.speech import Reader
from nlp.titles import LONGEST, opens_with_label
from nlp.turns import COLONS, FULL_STOPS, QUESTION_MARKS, SEMICOLONS, announced, sentences, turn_of

WHOLE = 350  # an item with items inside is parted from this length on
LONGEST_FIRST = 150  # characters of an unnumbered first item behind a colon
OWN = 40  # characters from which the words before inner items are a statement of their own
Numbered = tuple[int, int, int | None]


@dataclass(slots=True)
class Item:
    """A numbered item under construction; ``inner``: items numbered in another way inside it."""

    piece: Piece
    start: int
    end: int
    inner: list[Piece] = field(default_factory=list)

    @property
    def number(self) -> int | None:
        """Its ordinal; 1 for the unnumbered item before "二是"."""
        return self.piece.mark.number if self.piece.mark else 1


class Cutter:
    """Walks the pieces of one stretch of section five and collects drafts in ``found``."""

    def __init__(self, text: str, hint: Kind | None, found: Found) -> None:
        """``hint``: the kind of the whole stretch, where its heading tells it."""
        self.text = text
        self.found = found
        self.state = State(hint, HEADING if hint else 0.0)
        self.items: list[Item] = []
        self.paired = False  # each item has its own "问题：…" and "措施：…"
        self.broken: tuple[Mark, State] | None = None  # last mark and state of a list that plain text broke off

    def run(self, start: int, end: int) -> bool:
        """Cut ``text[start:end]``; False where nothing stands there."""
        end = body_end(self.text, start, end)
        anything = False
        while table := find_table(self.text, start, end):
            anything = True
            self.found.drafts += table.drafts
            self._stretch(start, table.start)
            start = table.end
        return self._stretch(start, end) or anything

    def _stretch(self, start: int, end: int) -> bool:
        """Cut a stretch without tables; False where nothing stands there."""
        parts = pieces(self.text, start, end)
        self.paired = sum(piece.side == "problem" for piece in parts) > 1
        at = 0
        while at < len(parts):
            at = self._step(parts, at)
        self._close()
        return bool(parts)

    def _step(self, parts: list[Piece], at: int) -> int:
        """Handle the piece at ``at`` and give the place of the next one."""
        piece = parts[at]
        if self.items and piece.mark is None and self.items[-1].piece.mark:
            self.broken = self.items[-1].piece.mark, replace(self.state)
        if piece.side is not None:
            self._close()
            kind: Kind | None = piece.side if piece.side in {"problem", "measure"} else None
            self.state = State(kind, HEADING if kind else 0.0, done=piece.done, mute=piece.side == "praise")
        elif piece.mark is not None:
            self._item(piece)
        elif self.items and self._explains(piece):
            self.items[-1].end = piece.end
        else:
            self._close()
            return self._prose(parts, at)
        return at + 1

    # -- numbered items ---------------------------------------------------------------------------------

    def _item(self, piece: Piece) -> None:
        """A numbered piece: the next item of the open list, an inner item, or the first of a new list."""
        if piece.mark and piece.mark.style == "named":
            self._named(self.text[piece.mark.start : piece.mark.end])
        if not self.items and self.broken and piece.mark:
            self._resume(piece.mark, *self.broken)
        last = self.items[-1] if self.items else None
        outer = self.items[0].piece.mark if self.items else None
        if last and outer and piece.mark and outer.style != piece.mark.style:
            if self._turn_inside(last.start, last.end) is None:
                last.inner.append(piece)
                last.end = piece.end
                return
            self._close()
        elif last and last.piece.mark and piece.mark and piece.mark.number == 1:
            side = self._leads_out(last)
            self._close(restart=True)
            if side:
                self.state.turn(side, TURN)
        self.items.append(Item(piece, piece.start, piece.end))

    def _leads_out(self, item: Item) -> Kind | None:
        """Cut off the sentence behind the last item that announces the next list ("…。但仍存在："); its side."""
        start, end = trim(self.text, item.start, item.end)
        if end <= start or self.text[end - 1] not in COLONS:
            return None
        cut = max(self.text.rfind(stop, start, end) for stop in "。；;！")
        words = clauses(self.text, cut + 1, end) if cut >= 0 else []
        if len(words) != 1 or len(words[0].words) > OWN:
            return None
        turned = turn_of(self.text, words[0], self.state)
        side = turned.kind if turned else announced(words[0].words)
        if side is not None:
            item.end = cut + 1
        return side

    def _resume(self, mark: Mark, last: Mark, state: State) -> None:
        """Go on with a list of problems that a measure broke off ("（一）…整改措施：…（二）…")."""
        self.broken = None
        if mark.style == last.style and mark.number and last.number and mark.number == last.number + 1:
            self.state = replace(state, weight=max(TURN, min(state.weight, HEADING)))

    def _named(self, mark: str) -> None:
        """An ordinal that names its side: "问题一：", "措施1："."""
        kind: Kind = "problem" if any(word in mark for word in ("问题", "不足", "短板")) else "measure"
        if kind != self.state.kind:
            self._close()
            self.state.turn(kind, HEADING)

    def _explains(self, piece: Piece) -> bool:
        """Whether an unnumbered line goes on with the item above: its title stands alone on its line."""
        first = clauses(self.text, piece.start, piece.end)[:1]
        if not first:
            return True
        turned = turn_of(self.text, first[0], self.state)
        if (turned and self.state.kind != "measure") or is_closing(self.text[piece.start : piece.end]):
            return False
        if not piece.fresh:
            return True
        item = self.items[-1]
        title = item.piece.end - item.start <= LONGEST
        return title and (turned is None or item.end == item.piece.end)

    def _close(self, *, restart: bool = False) -> None:
        """End the open list: decide the kinds of its items together and draft them."""
        items, self.items = self.items, []
        self._draft_items([span for item in items for span in self._leaves(item)])
        if restart and self.state.weight < HEADING and self.state.kind == "problem":
            self.state.weight = min(self.state.weight, TURN / 2)

    def _leaves(self, item: Item) -> list[Numbered]:
        """An item as one stretch, or its inner items where they are long or stand on lines of their own."""
        marks = [piece.mark for piece in item.inner if piece.mark]
        lines = sum(piece.fresh for piece in item.inner) > 1
        if len(marks) < 2 or not (lines or item.end - item.start > WHOLE):
            return [(item.start, item.end, item.number)]
        own = trim(self.text, item.start, marks[0].start)
        out: list[Numbered] = [(*own, item.number)] if own[1] - own[0] > OWN else []
        stops = [mark.start for mark in marks[1:]] + [item.end]
        return out + [(mark.end, stop, mark.number) for mark, stop in zip(marks, stops, strict=True)]

    def _draft_items(self, spans: list[Numbered]) -> None:
        """Draft the items of a list, each parted where it turns from its problem to the measure for it."""
        state, text = self.state, self.text
        if not spans or state.mute:
            return
        spans = self._without_closing(spans)
        done = state.done or self._done_together(spans)
        turns = [self._turn_inside(start, end) for start, end, _ in spans]
        leans = [lean(text[start : turn or end]) for (start, end, _), turn in zip(spans, turns, strict=True)]
        total, others = sum(leans), max(1, len(leans) - 1)
        turned = sum(turn is not None for turn in turns)
        kind: Kind = "problem"
        for (start, end, number), turn, score in zip(spans, turns, leans, strict=True):
            kind = "problem" if state.prior + score + 0.5 * (total - score) / others > 0 else "measure"
            stop = turn if turn and kind == "problem" else end
            self._draft(start, stop, kind, number, done=done)
            if stop < end:
                self._measure_inside(stop, end, number if turned > 1 else None)
        if kind == "problem" and turns[-1] and turned == 1:  # the last item runs on into the plan
            state.turn("measure", TURN, future=cues.load().planned.match(text, turns[-1]) is not None)
        elif state.kind is None:
            state.turn(kind, TURN / 2)

    def _without_closing(self, spans: list[Numbered]) -> list[Numbered]:
        """The items without the words that close the report behind the last of them."""
        start, end, number = spans[-1]
        parts = sentences(self.text, start, end)
        while len(parts) > 1 and is_closing(self.text[slice(*parts[-1])]):
            parts.pop()
        return [*spans[:-1], (start, parts[-1][1] if parts else end, number)]

    def _done_together(self, spans: list[Numbered]) -> bool:
        """Whether a list tells of measures already taken: more items say so than speak of what is to come."""
        if self.state.future:
            return False
        told = [told_status(self.text[start:end]) for start, end, _ in spans]
        planned = told.count("planned")
        taken = len(told) - planned - told.count(None)
        return "done" in told and taken > planned and 3 * taken >= len(told)

    def _draft(self, start: int, end: int, kind: Kind, number: int | None, *, done: bool) -> None:
        """One item as a draft."""
        if cues.load().none.fullmatch(self.text[start:end].strip(" \n。.")):
            self.found.none_stated = True
            return
        self.found.drafts.append(Draft(start, end, kind, self.state.future, done, number))

    def _turn_inside(self, start: int, end: int) -> int | None:
        """Where inside an item of problems the measure for it begins ("…不够。下一步，将…")."""
        if self.state.kind == "measure":
            return None
        cue, text = cues.load(), self.text
        head: int | None = None  # where the sentence begins, as long as it states no lack
        for clause in clauses(text, start, end):
            at = clause.start
            head = at if head is None else head
            turns = at > start and (cue.planned.match(text, at, end) or cue.answer.match(text, at, end))
            if at > start and clause.sep in COLONS and _heads_measure(text, at, clause.end):
                return at
            if turns and not lacks(text[at : min(end, at + 40)].split("。")[0]):
                return head if head > start else at
            if lacks(clause.words):
                head = clause.end
            if clause.sep in FULL_STOPS or clause.sep in SEMICOLONS:
                head = None
        return None

    def _measure_inside(self, start: int, end: int, number: int | None) -> None:
        """The measure that follows a problem inside the same item."""
        inner = Found()
        Reader(self.text, State("measure", TURN, future=True), inner).read(start, end)
        if inner.drafts:
            first, last = inner.drafts[0], inner.drafts[-1]
            self.found.drafts.append(replace(first, end=last.end, kind="measure", ordinal=number))

    # -- running text -----------------------------------------------------------------------------------

    def _prose(self, parts: list[Piece], at: int) -> int:
        """Unnumbered pieces from ``at`` on: paragraphs that are items each, or running text."""
        stop = at
        while stop < len(parts) and parts[stop].mark is None and parts[stop].side is None:
            stop += 1
        group, after = parts[at:stop], parts[stop] if stop < len(parts) else None
        plain = [piece for piece in group if self._may_be_item(piece)]
        waiting: list[Numbered] = []
        for piece in group:
            own = self.paired and not piece.fresh
            if own or (len(plain) > 1 and piece in plain and self.state.kind):
                waiting.append((piece.start, piece.end, None))
                continue
            self._draft_items(waiting)
            waiting = []
            if piece is group[-1] and after and self._implied_first(piece, after):
                continue
            colon = not piece.fresh and self.text[: piece.start].rstrip()[-1:] in COLONS
            listing = after is not None and after.mark is not None and after.side is None
            leads = (listing and piece is group[-1]) or self._ends_in_colon(piece)
            Reader(self.text, self.state, self.found).read(piece.start, piece.end, listed=colon, leads=leads)
        self._draft_items(waiting)
        return stop

    def _ends_in_colon(self, piece: Piece) -> bool:
        """Whether a piece only announces or asks for what follows it."""
        return self.text[piece.end - 1] in COLONS | QUESTION_MARKS

    def _may_be_item(self, piece: Piece) -> bool:
        """Whether a paragraph may be an item that lost its number: it says something from its first word on."""
        first = clauses(self.text, piece.start, piece.end)[:1]
        if not first or not piece.fresh or self._ends_in_colon(piece):
            return False
        if is_closing(self.text[piece.start : piece.end]):
            return False
        if opens_with_label(self.text, piece.start, piece.end):
            return True
        if turn_of(self.text, first[0], self.state) is not None:
            return False
        return not is_empty(first[0].words) or self._compares(piece)

    def _compares(self, piece: Piece) -> bool:
        """Whether a paragraph states a lack against a standard ("与公众需求相比，…还有提升空间")."""
        parts = clauses(self.text, piece.start, piece.end)
        if len(parts) < 2 or not parts[0].words.startswith(("与", "和", "同", "距", "离", "对照")):
            return False
        return lacks(parts[1].words) and not is_empty(parts[1].words)

    def _implied_first(self, piece: Piece, after: Piece) -> bool:
        """Take what stands behind the last colon or full stop before "二是" as the first item of that list."""
        if after.mark is None or after.mark.number != 2 or after.fresh or after.side is not None:
            return False
        text = self.text
        ends = [i + 1 for i in range(piece.start, piece.end - 4) if text[i] in COLONS]
        ends += [text.rfind("。", piece.start, piece.end - 1) + 1]
        if not piece.fresh:
            ends.insert(0, piece.start)  # behind a heading
        at = next((end for end in ends if end and piece.end - end <= LONGEST_FIRST), 0)
        if not at:
            return False
        Reader(text, self.state, self.found).read(piece.start, at, leads=True)
        start, end = trim(text, at, piece.end)
        self.items.append(Item(Piece(start, end), start, end))
        return True


def _heads_measure(text: str, start: int, end: int) -> bool:
    """Whether the words before a colon are a sub-heading of measures ("对应措施：")."""
    head = heading_at(text, start, end)
    return head is not None and head[0] == "measure" and head[2] == end
