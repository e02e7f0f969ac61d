"""What a clause or sentence is by its own words: problem, measure, or nothing (praise, lead-in, slogan)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from nlp import cues
from nlp.layout import side_of
from nlp.quick import quick
from nlp.records import Status

Found = Literal["problem", "measure", "none"]

LONGEST_EMPTY = 80  # a longer clause always says something
LONGEST_CLOSING = 36
LACK = 1.4  # what a clause that states a lack counts for a problem; one that acts counts 1.5 at the head, then 0.8
AIMED = "对把将按围针通借依"  # a clause that begins so aims at what it names: "围绕常见错误补充说明"
QUANTITY = set("一二三四五六七八九十两几半数百千0123456789")
CACHED = 4096  # clauses are asked about several times over
PREDICATE = 2  # characters that may follow a lack that closes a clause ("力度不足的"), six after "不够"
_CLAUSE = re.compile(
    r"(?:[^，,；;：:。！？!?\n.“《（(]+|“[^”\n]{0,60}”|《[^》\n]{0,60}》|[（(][^）)\n]{0,60}[)）]|(?<![一-鿿）)”])\.|[“《（(])+"
)


_WHEN = re.compile("时(?!限|效|间)|后(?!续|台)|前(?!置|沿|移)|之[前后]|期间")  # "公布时往往…" does nothing


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch between commas and the like; ``sep`` is the character that follows it ("" at the end)."""

    start: int
    end: int
    words: str
    sep: str


_clause = quick(Clause)


def clauses(text: str, start: int, end: int) -> list[Clause]:
    """Clauses of ``text[start:end]``; commas inside quotation marks and brackets do not part."""
    found = []
    for match in _CLAUSE.finditer(text, start, end):
        words = match.group().strip()
        if words:
            at = match.start() + match.group().index(words[0])
            sep = text[match.end()] if match.end() < end else ""
            found.append(_clause(at, at + len(words), words, sep))
    return found


@lru_cache(CACHED)
def is_circumstance(words: str) -> bool:
    """Whether a clause only says under which sign something is done: "按照上级要求", "下一步"."""
    return len(words) <= LONGEST_EMPTY and cues.load().circumstance.fullmatch(words) is not None


@lru_cache(CACHED)
def is_blank(words: str) -> bool:
    """Whether a clause names nothing of its own: "进一步提升政务公开工作水平", "仍存在一些不足"."""
    cue = cues.load()
    if len(words) > LONGEST_EMPTY or "更新" in words or (cue.need.search(words) and side_of(words) is None):
        return False
    return cue.empty.fullmatch(words) is not None


@lru_cache(CACHED)
def is_empty(words: str) -> bool:
    """Whether a clause can be left out before the matter, whoever its subject is."""
    if is_blank(words) or is_circumstance(words):
        return True
    org = cues.load().org.match(words)
    rest = words[org.end() :] if org else words
    return org is not None and (not rest or is_blank(rest) or is_circumstance(rest))


@lru_cache(CACHED)
def is_praise(words: str) -> bool:
    """Whether a clause tells what went well in general: "取得了一定成效"."""
    return cues.load().achievement.search(words) is not None and not lacks(words)


@lru_cache(CACHED)
def lacks(words: str) -> bool:
    """Whether a clause states a lack: "更新不及时", but not "避免更新不及时" or "加强对不熟悉人员的培训"."""
    cue = cues.load()
    words = cue.harmless.sub("□", words)
    if cue.need.search(words) or cue.lack_end.search(words):
        return True
    hits = list(cue.strong.finditer(words))
    if not hits:
        return False
    mended = cue.mends.search(words)
    named = cue.mends_named.search(words)
    verb = _verb_first(words)
    led = verb or words[0] in AIMED
    for hit in hits:
        if mended and mended.start() <= hit.start():
            continue
        if named and named.end() <= hit.start() and cue.named.search(words, hit.end()):
            continue
        if words[hit.start() - 1 : hit.start()] in {"零", "无"}:
            continue
        if (led and cue.nouns.match(words, hit.start())) or ((verb or words[0] in "对把将") and _goes_on(words, hit)):
            continue
        return True
    return False


def _goes_on(words: str, hit: re.Match[str]) -> bool:
    """Whether what lacks is only an attribute: "补充薄弱栏目内容", but not "推进力度不够大", "发出后很少收到建议"."""
    rest = words[hit.end() :]
    if cues.load().transitive.match(words, hit.start()):
        return "的" in rest[1:-1]
    if rest[:1] in QUANTITY:
        return False
    return len(rest) > PREDICATE * (3 if hit.group().endswith("够") else 1)


def speaks_vaguely(words: str) -> bool:
    """Whether words tell of problems without naming any: "仍有不少短板", "对存在的问题进行了分析"."""
    cue = cues.load()
    if cue.vague.search(words) is None or cue.concrete.search(words):
        return False
    return not lacks(cue.vague.sub("、", words))


def is_closing(sentence: str) -> bool:
    """Whether a sentence only closes the report: "总之…", "努力建设人民满意的服务型机关。"."""
    cue = cues.load()
    if cue.closing.match(sentence):
        return True
    if len(sentence) > LONGEST_CLOSING or sentence[-1:] in {":", "："} or not cue.closing_opener.match(sentence):
        return False
    if cue.slogan.search(sentence):
        return True
    if lacks(sentence):
        return False
    return cue.promise.search(sentence) is not None and cue.concrete.search(sentence) is None


@lru_cache(CACHED)
def _verb_first(words: str) -> bool:
    """Whether a clause begins with a verb of action; verbs used as nouns ("公开内容") are none."""
    cue = cues.load()
    verb = cue.action.match(words)
    if verb is None or cue.nominal.match(words):
        return False
    return _WHEN.match(words, verb.end()) is None


@lru_cache(CACHED)
def acts(words: str) -> bool:
    """Whether a clause does something: it begins with a verb of action, or says how it is to be done."""
    cue = cues.load()
    return _verb_first(words) or cue.preposition.match(words) is not None or cue.inside.search(words) is not None


def lean(text: str) -> float:
    """How far the words lean to a problem (above 0) or a measure (below 0); about -6 to 6."""
    cue = cues.load()
    score, weight, acted = 0.0, 1.5, False
    for clause in clauses(text, 0, len(text))[:6]:
        if is_empty(clause.words):
            continue
        if lacks(clause.words):
            if score < 0 and cue.contrast.match(clause.words):
                score = 0.0  # what stands before "但" was only conceded
            score += LACK
        elif acts(clause.words):
            verb = _verb_first(clause.words)
            score -= weight if verb else weight / 2
            acted = acted or verb
        weight = 0.8
    if cue.need.search(text):
        score += 1.0
    elif cue.modal.search(text):
        score -= 1.5
    if not acted and score >= 0:
        score += min(0.8, 0.4 * len(cue.weak.findall(text)))
    return score


def kind_by_words(text: str) -> Found:
    """What a sentence is by its words alone."""
    parts = clauses(text, 0, len(text))
    if not parts or all(is_empty(c.words) or is_praise(c.words) for c in parts):
        return "none"
    if is_closing(text.strip()):
        return "none"
    score = lean(text)
    if score > 0.3:
        return "problem"
    return "measure" if score < -0.3 else "none"


def status_of(text: str, default: Status = "planned", *, future: bool = False) -> Status:
    """How far a measure has come, by the aspect of its verbs; ``future``: it stands behind "下一步" or the like."""
    return told_status(text, future=future) or default


def told_status(text: str, *, future: bool = False) -> Status | None:
    """:func:`status_of`, None where the words do not tell."""
    cue = cues.load()
    if cue.status_begun.match(text):
        return "ongoing"
    if cue.status_planned.search(text):
        return "planned"
    if cue.status_ongoing.search(text):
        return "ongoing"
    if future:
        return "planned"
    if cue.status_done.search(text):
        return "done"
    return "planned" if cue.status_later.search(text) else None
