"""Running text of section five: where it turns, what of it states something, what is only lead-in or praise.

"虽有成效，但还存在A、B等问题。下一步，我局将按照上级要求，做C，做D" → A · B · "做C，做D".
"""

from __future__ import annotations

from nlp import cues
from nlp.drafts import HEADING, TURN, WORDS, Draft, Found, State
from nlp.frames import Span, problems
from nlp.kinds import (
    Clause,
    clauses,
    is_circumstance,
    is_closing,
    is_empty,
    is_praise,
    lacks,
    lean,
    speaks_vaguely,
)
from nlp.layout import heading_at, side_of
from nlp.titles import is_title, opens_with_label
from nlp.turns import COLONS, FULL_STOPS, QUESTION_MARKS, SEMICOLONS, announced, behind_subject, sentences, turn_of

SHORT_LEAD = 6  # characters of a connective that never belongs to the matter: "同时，", "2021年，"


class Reader:
    """Reads running text of one report into ``found``; ``state`` is left as the text leaves it."""

    def __init__(self, text: str, state: State, found: Found) -> None:
        """``state`` is shared with whoever reads what stands between."""
        self.text = text
        self.state = state
        self.found = found

    def read(self, start: int, end: int, *, listed: bool = False, leads: bool = False) -> None:
        """Read ``text[start:end]`` sentence by sentence; a short title stays with what explains it.

        ``listed``: it stands behind "主要问题是：" or the like. ``leads``: a list of items follows.
        """
        text = self.text
        spans = sentences(text, start, end)
        closing = [s for s in spans if is_closing(text[slice(*s)])]
        self.found.spare += [Draft(*s, "measure", True) for s in closing if not self.state.mute]
        spans = [s for s in spans if s not in closing]
        labels = sum(opens_with_label(text, *span) for span in spans)
        titled: bool | None = None
        at = 0
        while at < len(spans):
            if titled is None and not all(is_empty(c.words) for c in clauses(text, *spans[at])):
                titled = is_title(text, *spans[at])
            stop = self._unit(spans, at, titled=bool(titled), labelled=labels > 1)
            begin, close = spans[at][0], spans[stop - 1][1]
            if text[close - 1] in QUESTION_MARKS:  # "下一步怎么改进？" only asks for what follows
                self.state.turn(announced(text[begin:close]) or self.state.kind, HEADING)
                at = stop
                continue
            whole = stop > at + 1 or (opens_with_label(text, begin, close) and not _has_parts(text[begin:close]))
            label = heading_at(text, begin, close)
            if label and label[0] in {"problem", "measure"}:
                self.state.turn("problem" if label[0] == "problem" else "measure", HEADING, done=label[1])
                begin = label[2]
            before = len(self.found.drafts)
            self._sentence(begin, close, whole=whole, listed=label is not None or (listed and at == 0))
            if leads and stop == len(spans):
                self._announce(before, begin, close)
            at = stop

    def _announce(self, before: int, start: int, end: int) -> None:
        """Drop what a sentence before a list gave, if it only announces the list; its last key tells the side."""
        drafts, text, state = self.found.drafts, self.text, self.state
        if text[end - 1] in COLONS:
            # "还存在A的情况，今后将：" states A and announces the list
            drafts[before:] = [d for d in drafts[before:] if d.kind == "problem" and state.kind == "measure"]
            side = announced(text[start:end])
            if side and side != state.kind and not state.future:
                state.turn(side, TURN)
        vague = cues.load().vague
        drafts[before:] = [
            d for d in drafts[before:] if d.kind != "problem" or lacks(vague.sub("、", text[d.start : d.end]))
        ]

    def _unit(self, spans: list[Span], at: int, *, titled: bool, labelled: bool) -> int:
        """Where the item ends that begins with the sentence ``at``: a title and what explains it, or one sentence.

        ``titled``: the text began with a title, so that further short sentences may be titles too; ``labelled``:
        it has several titles with colons, so that all up to the next one belongs to each.
        """
        text, (start, end) = self.text, spans[at]
        label = labelled and opens_with_label(text, start, end)
        explained = at + 1 < len(spans) and spans[at + 1][1] - spans[at + 1][0] > 2 * (end - start)
        if explained and not titled:
            titled = self._details(*spans[at + 1])
        if not label and not (titled and explained and is_title(text, start, end)):
            return at + 1
        stop = at + 1
        while stop < len(spans):
            begin, close = spans[stop]
            parts = clauses(text, begin, close)
            if not parts or opens_with_label(text, begin, close) or (not label and is_title(text, begin, close)):
                break
            if turn_of(text, parts[0], self.state) or all(is_empty(c.words) for c in parts):
                break
            if not label and stop > at + 1 and not cues.load().detail.match(text, begin, close):
                break
            stop += 1
        return stop

    def _details(self, start: int, end: int) -> bool:
        """Whether a sentence goes on with the one before it, which is short: no lack, or no verb of its own first."""
        first = clauses(self.text, start, end)[0].words
        if self.state.kind == "problem":
            return (
                not lacks(self.text[start:end])
                and turn_of(self.text, clauses(self.text, start, end)[0], self.state) is None
            )
        return cues.load().preposition.match(first) is not None

    def _sentence(self, start: int, end: int, *, whole: bool, listed: bool) -> None:
        """Take what a sentence states. ``whole``: one item, not to be parted further."""
        run: list[Clause] = []
        cue = cues.load()
        for clause in clauses(self.text, start, end):
            if cue.none.fullmatch(clause.words):
                self.found.none_stated = True
                run = []
                continue
            turned = turn_of(self.text, clause, self.state)
            if cue.contrast.match(clause.words) and self._concedes(run):
                run = []
                if self.state.kind != "measure" or lacks(clause.words):
                    turned = turned or State("problem", TURN)
            if turned and turned.kind != self.state.kind:
                led = _leading(run) if turned.kind == "measure" else []
                self._take(run[: len(run) - len(led)], whole=whole, listed=listed)
                run = led
            if turned:
                self.state.turn(turned.kind, turned.weight, future=turned.future, done=turned.done)
            run.append(clause)
        self._take(run, whole=whole, listed=listed)

    def _concedes(self, run: list[Clause]) -> bool:
        """Whether what stands before "但" is praise before the matter, no part of it."""
        if any(lacks(c.words) for c in run):
            return False
        return self.state.kind != "problem" or all(is_empty(c.words) or is_praise(c.words) for c in run)

    def _take(self, run: list[Clause], *, whole: bool, listed: bool) -> None:
        """Turn a run of clauses on one side into drafts."""
        if not run or self.state.mute:
            return
        state = self.state
        end = run[-1].end + (run[-1].sep in FULL_STOPS)
        kept = self._without_lead(run)
        if not kept:
            self._spare(run, end)
            return
        words = self.text[kept[0].start : kept[-1].end]
        score = lean(words) + state.prior
        if state.kind is None and (abs(score) <= 0.3 or all(is_praise(c.words) or is_empty(c.words) for c in kept)):
            return
        if score > 0:
            led = run[: len(run) - len(kept)]
            listed = listed or any(c.sep in COLONS or side_of(c.words) for c in led)
            spans = problems(self.text, kept[0], end, whole=whole, listed=listed)
            self.found.drafts += [
                Draft(*span, "problem", doubt=len(spans) == 1 and speaks_vaguely(self.text[slice(*span)]))
                for span in spans
            ]
            if state.kind is None:
                state.turn("problem", WORDS)
            return
        doubt = state.kind is None and not cues.load().modal.search(words)
        for first, stop in [(kept[0], end)] if whole else _at_semicolons(kept, end):
            begin = behind_subject(first)
            self.found.drafts.append(Draft(begin, stop, "measure", state.future, state.done, doubt=doubt))

    def _spare(self, run: list[Clause], end: int) -> None:
        """Keep an empty phrase in case its side has nothing better."""
        state = self.state
        if state.kind and not cues.load().closing.match(run[0].words):
            said = next((c for c in run if not is_circumstance(c.words)), run[0])
            self.found.spare.append(Draft(behind_subject(said), end, state.kind, state.future, state.done))

    def _without_lead(self, run: list[Clause]) -> list[Clause]:
        """The run from its first clause that states something of its own.

        Circumstances go only with what leads in ("下一步，我局将按照上级要求，…"); in the middle of the speech they
        belong to the matter ("在巩固网站的同时，…").
        """
        first = self._first_matter(run)
        lead = run[:first]
        if first == len(run) or any(self._leads_in(clause) for clause in lead):
            return run[first:]
        return run[next((i for i, c in enumerate(run) if len(c.words) > SHORT_LEAD or not is_empty(c.words)), 0) :]

    def _leads_in(self, clause: Clause) -> bool:
        """Whether a clause announces, turns or contrasts."""
        cue = cues.load()
        if clause.sep in COLONS or cue.contrast.match(clause.words) or side_of(clause.words):
            return True
        return self.state.kind is None or turn_of(self.text, clause, State()) is not None

    def _first_matter(self, run: list[Clause]) -> int:
        """The place of the first clause that states something of its own; past the end where none does."""
        cue, state = cues.load(), self.state
        praise_counts = (state.done and state.weight >= HEADING) or (
            state.kind == "measure" and not state.future and not state.done
        )
        for i, clause in enumerate(run):
            words = clause.words
            if is_empty(words) or cue.contrast.fullmatch(words):
                continue
            if cue.mended.search(words) and not cue.strong.search(words) and i + 1 < len(run):
                continue
            if is_praise(words) and not praise_counts:
                continue
            if clause.sep in COLONS and state.kind and (len(run) == i + 1 or cue.lead.search(words)):
                continue  # "…主要表现在："
            return i
        return len(run)


def _has_parts(words: str) -> bool:
    """Whether a sentence is a list parted by semicolons."""
    return any(mark in words[:-1] for mark in SEMICOLONS)


def _leading(run: list[Clause]) -> list[Clause]:
    """The last clause of a run, where it belongs to the measure that follows ("针对更新慢的问题，我局将…")."""
    if not run or run[-1].sep not in {",", "，"} or lacks(run[-1].words):
        return []
    return run[-1:] if cues.load().preposition.match(run[-1].words) else []


def _at_semicolons(run: list[Clause], end: int) -> list[tuple[Clause, int]]:
    """(first clause, end) of the parts between semicolons, where each says something; else of the whole run."""
    parts: list[list[Clause]] = [[]]
    for clause in run:
        parts[-1].append(clause)
        if clause.sep in SEMICOLONS:
            parts.append([])
    parts = [part for part in parts if part]
    if any(all(is_empty(c.words) for c in part) for part in parts):
        return [(run[0], end)]
    return [(part[0], end if part is parts[-1] else part[-1].end) for part in parts]
