"""Where running text turns from problems to measures and back, and where a measure itself begins."""

from __future__ import annotations

import re

from nlp import cues
from nlp.drafts import TURN, State
from nlp.frames import Span
from nlp.kinds import Clause, is_blank, is_circumstance, is_empty
from nlp.layout import side_of, trim
from nlp.records import Kind

FULL_STOPS = {"。", "！", "？", "!", "?", "."}
COLONS = {":", "："}
QUESTION_MARKS = {"?", "？"}
SEMICOLONS = {";", "；"}
_SENTENCE = re.compile(r"(?:“[^”\n]{0,200}”|(?<![一-鿿）)”])\.|\.(?=\d)|[^。！？!?\n.])+(?:[。！？!?]+|\.(?!\d))?|\.")
_SKIP = re.compile("(?:会(?![同商议计]))?(?:在(?:今后|下一?步|以后|未来)的?(?:工作)?(?:中|里))?")


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
    side = side_of(bare) if is_blank(bare) and not is_circumstance(bare) else None
    if side and side[0] in {"problem", "measure"} and side[0] != state.kind:
        kind: Kind = "problem" if side[0] == "problem" else "measure"
        return State(kind, TURN, done=side[1])
    frame = cue.frame_open.search(words)
    if frame and frame.group().startswith("存在") and is_empty(words[: frame.start()] or "但"):
        return State("problem", TURN)
    return None


def announced(words: str) -> Kind | None:
    """The side that a lead-in announces, by the last word in it that tells one."""
    cue = cues.load().heading
    last: dict[Kind, int] = {
        "problem": max((m.end() for m in cue.problem.finditer(words)), default=0),
        "measure": max((m.end() for m in cue.plan.finditer(words)), default=0),
    }
    if last["problem"] == last["measure"]:
        return None
    return "problem" if last["problem"] > last["measure"] else "measure"


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
        if verb or cue.preposition.match(after) or (before and not cue.object.match(after)):
            return clause.end - len(after)
        return clause.start + will.start()  # it marks an object: "将公开工作纳入考核"
    return clause.start
