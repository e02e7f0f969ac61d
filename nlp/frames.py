"""Running text without ordinals: which stretches of a sentence state something, and where lists part.

"虽有成效，但还存在A、B等问题。下一步，我局将按照上级要求，做C，做D" → A · B · "做C，做D".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nlp import cues
from nlp.kinds import Clause, clauses, is_blank, is_circumstance, is_empty, is_praise, lacks, lean
from nlp.layout import side_of, trim
from nlp.records import Kind

SHORTEST = 5  # characters of a problem that can stand alone in a list "A、B等"
SHORTEST_CLAUSE = 8  # the same between commas, where no "等" closes the list
HEADING, TURN, WORDS = 2.2, 1.4, 0.6  # how much the structure weighs against the words
STOPS = "。；;，,、：:"
_SENTENCE = re.compile(r"(?:“[^”\n]{0,200}”|(?<![一-鿿）)”])\.|\.(?=\d)|[^。！？!?\n.])+(?:[。！？!?]+|\.(?!\d))?|\.")
_ITEM = re.compile(r"(?:“[^”\n]{0,60}”|[（(][^）)\n]{0,60}[)）]|[^；;])+")
_PART = re.compile(r"(?:“[^”\n]{0,60}”|《[^》\n]{0,60}》|[（(][^）)\n]{0,60}[)）]|[^，,；;、])+")


@dataclass(slots=True)
class State:
    """Which side the text is on, how surely (0: unknown), and whether it speaks of what is to come or is done.

    ``mute``: under a heading of praise nothing is taken.
    """

    kind: Kind | None = None
    weight: float = 0.0
    future: bool = False
    done: bool = False
    mute: bool = False

    def turn(self, kind: Kind | None, weight: float, *, future: bool = False, done: bool = False) -> None:
        """Change sides; on the same side a surer sign stays."""
        if kind == self.kind and self.weight > weight:
            weight = self.weight
        self.kind, self.weight, self.future, self.done = kind, weight, future, done


@dataclass(frozen=True, slots=True)
class Draft:
    """A stretch that states something; ``kind`` as far as known, ``doubt``: perhaps only praise before the matter."""

    start: int
    end: int
    kind: Kind | None
    future: bool = False
    done: bool = False
    ordinal: int | None = None
    doubt: bool = False


@dataclass(slots=True)
class Found:
    """What running text gave: drafts in reading order, spare ones (empty phrases, used where nothing else is)."""

    drafts: list[Draft] = field(default_factory=list)
    spare: list[Draft] = field(default_factory=list)
    none_stated: bool = False


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Sentences of ``text[start:end]``, trimmed, with their full stops."""
    found = (trim(text, m.start(), m.end()) for m in _SENTENCE.finditer(text, start, end))
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


def read(
    text: str, start: int, end: int, state: State, found: Found, *, whole: bool = False, listed: bool = False
) -> None:
    """Take what a sentence states into ``found`` and leave ``state`` as the sentence leaves it.

    ``whole``: title and explanation of one item, not to be parted further; ``listed``: behind "主要问题是：".
    """
    run: list[Clause] = []
    cue = cues.load()
    for clause in clauses(text, start, end):
        if cue.none.fullmatch(clause.words):
            found.none_stated = True
            run = []
            continue
        turned = turn_of(text, clause, state)
        contrast = cue.contrast.match(clause.words) is not None
        if contrast and not any(lacks(c.words) for c in run):
            run = []  # what stands before "但" is praise or concession
            if state.kind != "measure" or lacks(clause.words):
                turned = turned or State("problem", TURN)
        if turned and turned.kind != state.kind:
            led = _leading(run) if turned.kind == "measure" else []
            _flush(text, run[: len(run) - len(led)], state, found, whole=whole, listed=listed)
            run = led
        if turned:
            state.turn(turned.kind, turned.weight, future=turned.future, done=turned.done)
        run.append(clause)
    _flush(text, run, state, found, whole=whole, listed=listed)


def _leading(run: list[Clause]) -> list[Clause]:
    """The last clause of a run, where it belongs to the measure that follows ("针对更新慢的问题，我局将…")."""
    last = run[-1:]
    if (
        last
        and last[0].sep in {",", "，"}
        and cues.load().preposition.match(last[0].words)
        and not lacks(last[0].words)
    ):
        return last
    return []


def _flush(text: str, run: list[Clause], state: State, found: Found, *, whole: bool, listed: bool) -> None:
    """Turn a run of clauses on one side into drafts."""
    if not run or state.mute:
        return
    start, end = run[0].start, run[-1].end
    if run[-1].sep in {"。", "！", "？", "!", "?"}:
        end += 1
    kept = _without_lead(run, state)
    if not kept:
        if state.kind and not cues.load().closing.match(run[0].words):
            said = next((c for c in run if not is_circumstance(c.words)), run[0])
            found.spare.append(Draft(_behind_subject(text, said), end, state.kind, state.future, state.done))
        return
    words = text[kept[0].start : kept[-1].end]
    score = lean(words) + {"problem": 1, "measure": -1, None: 0}[state.kind] * state.weight
    kind: Kind = "problem" if score > 0 else "measure"
    if state.kind is None and (abs(score) <= 0.3 or all(is_praise(c.words) or is_empty(c.words) for c in kept)):
        return
    if kind == "problem":
        led = run[: len(run) - len(kept)]
        listed = listed or any(c.sep in {":", "："} or side_of(c.words) for c in led)
        _problems(text, kept, end, found, whole=whole, listed=listed)
        if state.kind is None:
            state.turn("problem", WORDS)
        return
    doubt = state.kind is None and not cues.load().modal.search(words)
    for first, stop in [(kept, end)] if whole else _at_semicolons(kept, end):
        begin = _behind_subject(text, first[0])
        found.drafts.append(Draft(begin, stop, "measure", state.future, state.done, doubt=doubt))


def _without_lead(run: list[Clause], state: State) -> list[Clause]:
    """The run from its first clause that states something of its own."""
    cue = cues.load()
    for i, clause in enumerate(run):
        words = clause.words
        if is_empty(words) or cue.contrast.fullmatch(words):
            continue
        if cue.mended.search(words) and not cue.strong.search(words) and i + 1 < len(run):
            continue
        surely_done = state.done and state.weight >= HEADING
        if is_praise(words) and not surely_done and (state.kind != "measure" or state.future or state.done):
            continue
        if clause.sep in {":", "："} and state.kind and len(run) == i + 1:
            continue  # "…主要表现在：" before a list
        return run[i:]
    return []


def _at_semicolons(run: list[Clause], end: int) -> list[tuple[list[Clause], int]]:
    """A run of measures parted at semicolons, where each part does something."""
    parts: list[list[Clause]] = [[]]
    for clause in run:
        parts[-1].append(clause)
        if clause.sep in {";", "；"}:
            parts.append([])
    parts = [p for p in parts if p]
    if len(parts) < 2 or any(all(is_empty(c.words) for c in p) for p in parts):
        return [(run, end)]
    return [(p, p[-1].end if p is not parts[-1] else end) for p in parts]


# "将" that marks an object, no future: "将公开工作纳入考核"
_OBJECT = re.compile(
    ".{1,24}?(?:纳入|作为|列入|列为|融入|嵌入|贯穿|放在|摆在|置于|落实到|延伸|分解|细化到|当作|当成|移交|报送)"
)
_SKIP = re.compile("(?:会)?(?:在(?:今后|下一?步|以后|未来)的?(?:工作)?(?:中|里))?")


def _behind_subject(text: str, clause: Clause) -> int:
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


def _problems(text: str, run: list[Clause], end: int, found: Found, *, whole: bool, listed: bool) -> None:
    """The problems of a run: one, or the parts of a list."""
    start, opened = _open_frame(run[0])
    if whole:
        found.drafts.append(Draft(start, end, "problem"))
        return
    groups = _groups(text, start, end, listed=opened or listed)
    for i, (at, stop) in enumerate(groups):
        close = _close_frame(text, at, stop, opened=opened) if opened or len(groups) > 1 else stop
        begin, close = trim(text, at, close, right="；;，,、")
        if close - begin < SHORTEST or not lacks(text[begin:close]):
            begin, close = (run[0].start if i == 0 else at), stop
        found.drafts.append(Draft(*trim(text, begin, close, right="；;，,、"), "problem"))


def _open_frame(clause: Clause) -> tuple[int, bool]:
    """Where the list behind "存在", "主要是", "如" begins, and whether there is one."""
    cue = cues.load()
    at, opened = 0, False
    contrast = cue.contrast.match(clause.words)
    if contrast:
        at = contrast.end()
    for frame in cue.frame_open.finditer(clause.words):
        before = clause.words[at : frame.start()]
        if before and not is_empty(before):
            break
        at, opened = frame.end(), True
    return (clause.start + at if at < len(clause.words) else clause.start), opened


def _close_frame(text: str, start: int, end: int, *, opened: bool = False) -> int:
    """The end of a list's last part, before "等问题" (and, where "存在" opened it, before "的问题")."""
    cue = cues.load()
    close = (cue.frame_close if opened else cue.frame_end).search(text, start, end)
    return close.start() if close else end


def _groups(text: str, start: int, end: int, *, listed: bool) -> list[tuple[int, int]]:
    """Parts of a sentence that each state a problem of their own; one part where it is no list.

    Parts join the one before where they go on with it (causes, consequences, a lack without a subject).
    """
    cue = cues.load()
    if cue.reason.match(text, start, end):
        return [(start, end)]
    close = _close_frame(text, start, end)
    ended = close < end
    parts = [p for p in re.split("[，,]", text[start:close]) if p]
    parallel = sum(map(lacks, parts)) > 2 or all(cue.need.search(p) for p in parts)
    shortest = SHORTEST if ended else SHORTEST_CLAUSE if listed and parallel else 0
    listed = listed or ended
    if re.search("[；;].", text[start:close]):
        return [(s, e) for s, e in (trim(text, m.start(), m.end()) for m in _ITEM.finditer(text, start, end)) if s < e]
    atoms = re.split("[，,、]", text[start:close])
    lacking = sum(map(lacks, atoms)) if listed else 0
    listing = lacking > 1 and 2 * lacking >= len(atoms)
    groups: list[list[int]] = []
    for part in _PART.finditer(text, start, end):
        begin, stop = trim(text, part.start(), part.end())
        if begin >= stop:
            continue
        before = text[part.start() - 1] if part.start() > start else ""
        if groups and not _stands_alone(text, groups[-1], begin, stop, before, listing, shortest):
            groups[-1][1] = stop
        else:
            groups.append([begin, stop])
    if len(groups) > 1 and not lacks(text[groups[-1][0] : _close_frame(text, *groups[-1])].rstrip(STOPS)):
        tail = groups.pop()
        groups[-1][1] = tail[1]
    return [(a, b) for a, b in groups]


def _stands_alone(
    text: str, group: list[int], begin: int, stop: int, before: str, listing: bool, shortest: int
) -> bool:
    """Whether the part ``text[begin:stop]`` begins a new problem behind ``group``.

    ``shortest``: characters of a part between commas, 0 where the sentence is no list; ``listing``: most parts
    state a lack, so that 、 parts them too.
    """
    cue = cues.load()
    above, words = text[group[0] : group[1]], text[begin:stop].rstrip(STOPS)
    if cue.continues.match(words) or cue.reason.match(words):
        return False
    if before == "、":
        return listing and len(words) >= SHORTEST and len(above) >= SHORTEST
    if _close_frame(text, *group) < group[1]:
        return len(words) >= SHORTEST  # "存在…等问题，" is complete
    if not shortest or len(words) < shortest or len(above) < shortest:
        return False
    return any(map(lacks, re.split("[，,、]", above)))
