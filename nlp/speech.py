"""Running text of section five: where it turns, what of it states something, what is only lead-in or praise.

"虽有成效，但还存在A、B等问题。下一步，我局将按照上级要求，做C，做D" → A · B · "做C，做D".
"""

from __future__ import annotations

import re

from nlp import cues
from nlp.drafts import HEADING, TURN, WORDS, Draft, Found, State
from nlp.frames import Span, problems
from nlp.kinds import (
    Clause,
    clauses,
    is_blank,
    is_circumstance,
    is_closing,
    is_empty,
    is_praise,
    lacks,
    lacks_vaguely,
    lean,
)
from nlp.layout import heading_at, side_of, trim
from nlp.records import Kind
from nlp.titles import is_title, opens_with_label

FULL_STOPS = {"。", "！", "？", "!", "?", "."}
COLONS = {":", "："}
SEMICOLONS = {";", "；"}
_SENTENCE = re.compile(r"(?:“[^”\n]{0,200}”|(?<![一-鿿）)”])\.|\.(?=\d)|[^。！？!?\n.])+(?:[。！？!?]+|\.(?!\d))?|\.")
# "将" that marks an object, no future: "将公开工作纳入考核"
_OBJECT = re.compile(
    ".{1,24}?(?:纳入|作为|列入|列为|融入|嵌入|贯穿|放在|摆在|置于|落实到|延伸|分解|细化到|当作|当成|移交|报送)"
)
_SKIP = re.compile("(?:会)?(?:在(?:今后|下一?步|以后|未来)的?(?:工作)?(?:中|里))?")


def sentences(text: str, start: int, end: int) -> list[Span]:
    """Sentences of ``text[start:end]``, trimmed, with their full stops."""
    found = (trim(text, *match.span()) for match in _SENTENCE.finditer(text, start, end))
    return [(s, e) for s, e in found if s < e]


def turn_of(text: str, clause: Clause, state: State) -> State | None:
    """The state that a clause turns to by its first words; None where it turns nowhere."""
    cue = cues.load()
    at, words = clause.start, clause.words
    org = cue.org.match(words)
    if cue.mended.match(text, at, clause.end) or (org and cue.mended.match(words, org.end())):
        return State("measure", TURN, done=True)
    if cue.planned.match(text, at, clause.end + 40):
        return State("measure", TURN, future=True)
    if cue.answer.match(text, at, clause.end + 1):
        return State("measure", TURN, state.future and state.kind == "measure", state.done)
    bare = words[org.end() :] if org else words
    side = side_of(bare) if is_blank(bare) else None
    if side and side[0] in {"problem", "measure"} and side[0] != state.kind:
        kind: Kind = "problem" if side[0] == "problem" else "measure"
        return State(kind, TURN, done=side[1])
    frame = cue.frame_open.search(words)
    if frame and frame.group().startswith("存在") and is_empty(words[: frame.start()] or "但"):
        return State("problem", TURN)
    return None


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
        spans = [s for s in sentences(text, start, end) if not is_closing(text[slice(*s)])]
        titled: bool | None = None
        at = 0
        while at < len(spans):
            if titled is None and not all(is_empty(c.words) for c in clauses(text, *spans[at])):
                titled = is_title(text, *spans[at])
            stop = self._unit(spans, at, titled=bool(titled))
            begin, close = spans[at][0], spans[stop - 1][1]
            whole = stop > at + 1 or opens_with_label(text, begin, close)
            label = heading_at(text, begin, close)
            if label and label[0] in {"problem", "measure"}:
                self.state.turn("problem" if label[0] == "problem" else "measure", HEADING, done=label[1])
                begin = label[2]
            before = len(self.found.drafts)
            self._sentence(begin, close, whole=whole, listed=label is not None or (listed and at == 0))
            if leads and stop == len(spans):
                self._drop_lead(before, close)
            at = stop

    def _drop_lead(self, before: int, end: int) -> None:
        """Drop what the last sentence before a list gave, if it only announces the list."""
        drafts, text = self.found.drafts, self.text
        colon = text[:end].rstrip()[-1:] in COLONS
        drafts[before:] = [
            d
            for d in drafts[before:]
            if not colon and not (d.kind == "problem" and lacks_vaguely(text[d.start : d.end]))
        ]

    def _unit(self, spans: list[Span], at: int, *, titled: bool) -> int:
        """Where the item ends that begins with the sentence ``at``: a title and what explains it, or one sentence.

        ``titled``: the text began with a title, so that further short sentences may be titles too.
        """
        text, (start, end) = self.text, spans[at]
        label = opens_with_label(text, start, end)
        explained = at + 1 < len(spans) and spans[at + 1][1] - spans[at + 1][0] > 2 * (end - start)
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
            if cue.contrast.match(clause.words) and not any(lacks(c.words) for c in run):
                run = []  # what stands before "但" is praise or concession
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
            self.found.drafts += [Draft(*span, "problem") for span in spans]
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
        """The run from its first clause that states something of its own."""
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
            if clause.sep in COLONS and state.kind and len(run) == i + 1:
                continue  # "…主要表现在：" before a list
            return run[i:]
        return []


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


def behind_subject(clause: Clause) -> int:
    """Where the measure begins behind "我局将", "下一步将"; its own beginning where there is no such thing."""
    cue = cues.load()
    for will in re.finditer("将|拟|计划", clause.words[:30]):
        before, after = clause.words[: will.start()], clause.words[will.end() :]
        if not after or (before and not is_empty(before)):
            continue
        skip = _SKIP.match(after)
        after = after[skip.end() :] if skip else after
        verb = cue.action.match(after) and not cue.nominal.match(after)
        if verb or cue.preposition.match(after) or (before and not _OBJECT.match(after)):
            return clause.end - len(after)
        return clause.start + will.start()
    return clause.start
