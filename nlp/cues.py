"""The cues of ``cues.toml``, compiled once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nlp.phrases import trie_pattern

FILE = Path(__file__).parent / "cues.toml"
Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heading:
    """How a sub-heading is told: made of ``words`` alone, with one of the keys."""

    words: re.Pattern[str]
    problem: re.Pattern[str]
    measure: re.Pattern[str]
    plan: re.Pattern[str]
    done: re.Pattern[str]
    praise: re.Pattern[str]
    of_problem: re.Pattern[str]
    need: re.Pattern[str]
    glued_problem: re.Pattern[str]
    glued_measure: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Cues:
    """Every compiled cue; what each means stands in ``cues.toml``."""

    heading: Heading
    empty: re.Pattern[str]
    planned: re.Pattern[str]
    answer: re.Pattern[str]
    mended: re.Pattern[str]
    contrast: re.Pattern[str]
    circumstance: re.Pattern[str]
    org: re.Pattern[str]
    achievement: re.Pattern[str]
    closing: re.Pattern[str]
    closing_opener: re.Pattern[str]
    slogan: re.Pattern[str]
    promise: re.Pattern[str]
    concrete: re.Pattern[str]
    vague: re.Pattern[str]
    frame_open: re.Pattern[str]
    frame_end: re.Pattern[str]
    frame_close: re.Pattern[str]
    lead: re.Pattern[str]
    title: re.Pattern[str]
    detail: re.Pattern[str]
    reason: re.Pattern[str]
    continues: re.Pattern[str]
    strong: re.Pattern[str]
    nouns: re.Pattern[str]
    harmless: re.Pattern[str]
    transitive: re.Pattern[str]
    lack_end: re.Pattern[str]
    weak: re.Pattern[str]
    mends: re.Pattern[str]
    mends_named: re.Pattern[str]
    named: re.Pattern[str]
    need: re.Pattern[str]
    action: re.Pattern[str]
    preposition: re.Pattern[str]
    nominal: re.Pattern[str]
    object: re.Pattern[str]
    modal: re.Pattern[str]
    inside: re.Pattern[str]
    status_planned: re.Pattern[str]
    status_later: re.Pattern[str]
    status_begun: re.Pattern[str]
    status_ongoing: re.Pattern[str]
    status_done: re.Pattern[str]
    none: re.Pattern[str]
    tail_line: re.Pattern[str]
    tail_inline: re.Pattern[str]
    next_section: re.Pattern[str]


def _heading_words(raw: Table) -> list[str]:
    """Every word a sub-heading may be made of."""
    lists = ("problem", "measure", "measure_verb", "measure_tail", "neutral", "praise", "done")
    return [word for name in lists for word in raw[name]]


def _heading(raw: Table, union: Callable[[str, str], re.Pattern[str]]) -> Heading:
    """Compile the words and keys of sub-headings."""
    nouns, verbs = trie_pattern(raw["measure"]), trie_pattern(raw["measure_verb"])
    measure = f"{nouns}|{verbs}(?:的)?(?:{trie_pattern(raw['measure_tail'])})*$"
    return Heading(
        words=re.compile(rf"(?:(?>{trie_pattern(_heading_words(raw))})|(?>20\d\d(?:年度?)?))++"),
        problem=re.compile(trie_pattern(raw["problem"])),
        measure=re.compile(measure),
        plan=re.compile(f"{nouns}|{verbs}"),
        done=re.compile(trie_pattern(raw["done"])),
        praise=re.compile(trie_pattern(raw["praise"])),
        of_problem=union("heading", "of_problem_patterns"),
        need=union("heading", "need_patterns"),
        glued_problem=union("heading", "glued_problem_patterns"),
        glued_measure=union("heading", "glued_measure_patterns"),
    )


@cache
def load() -> Cues:
    """Read and compile the cue file; the work of some ten milliseconds, done once."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    named = {f"{{{name}}}": raw[name] for name in ("subject", "org", "topic")}

    def union(table: str, name: str) -> re.Pattern[str]:
        pattern = "|".join(f"(?:{p})" for p in raw[table][name])
        for word, meaning in named.items():
            pattern = pattern.replace(word, meaning)
        return re.compile(pattern)

    def phrases(table: str, name: str) -> re.Pattern[str]:
        return re.compile(trie_pattern(raw[table][name]))

    adverbs = trie_pattern(raw["measure"]["adverbs"])
    blank = raw["empty"]["words"] + raw["measure"]["adverbs"] + _heading_words(raw["heading"])
    return Cues(
        heading=_heading(raw["heading"], union),
        empty=re.compile(f"(?:(?>{trie_pattern(blank)})|[“”\"'《》（）() ])++"),
        planned=union("turn", "planned_patterns"),
        answer=union("turn", "answer_patterns"),
        mended=union("turn", "mended_patterns"),
        contrast=union("turn", "contrast_patterns"),
        circumstance=union("circumstance", "patterns"),
        org=re.compile(f"(?:{raw['subject']}|{raw['org']})(?:的)?"),
        achievement=union("achievement", "patterns"),
        closing=union("closing", "patterns"),
        closing_opener=phrases("closing", "openers"),
        slogan=phrases("closing", "slogans"),
        promise=phrases("closing", "promises"),
        concrete=phrases("closing", "concrete"),
        vague=union("frame", "vague_patterns"),
        frame_open=union("frame", "open_patterns"),
        frame_end=re.compile(f"(?:{raw['frame']['close_patterns'][0]})[。；;，,、]*$"),
        frame_close=re.compile(f"(?:{union('frame', 'close_patterns').pattern})[。；;，,、]*$"),
        lead=union("frame", "lead_patterns"),
        title=union("frame", "title_patterns"),
        detail=phrases("frame", "detail"),
        reason=union("frame", "reason_patterns"),
        continues=phrases("frame", "continues"),
        strong=phrases("problem", "strong"),
        harmless=union("problem", "harmless_patterns"),
        transitive=phrases("problem", "transitive"),
        nouns=phrases("problem", "nouns"),
        lack_end=union("problem", "end_patterns"),
        weak=phrases("problem", "weak"),
        mends=phrases("problem", "mends"),
        mends_named=phrases("problem", "mends_named"),
        named=phrases("problem", "named"),
        need=phrases("problem", "need"),
        action=re.compile(f"(?:(?>{adverbs})){{0,6}}(?:{trie_pattern(raw['measure']['verbs'])})"),
        preposition=re.compile(f"(?:(?>{adverbs})){{0,6}}(?:{trie_pattern(raw['measure']['prepositions'])})"),
        nominal=re.compile(
            f"(?:{trie_pattern(raw['measure']['nominal'])})(?:{trie_pattern(raw['measure']['nominal_after'])})"
        ),
        object=union("measure", "object_patterns"),
        modal=union("measure", "modal_patterns"),
        inside=union("measure", "inside_patterns"),
        status_planned=union("status", "planned_patterns"),
        status_later=union("status", "later_patterns"),
        status_begun=union("status", "begun_patterns"),
        status_ongoing=union("status", "ongoing_patterns"),
        status_done=union("status", "done_patterns"),
        none=union("none", "patterns"),
        tail_line=union("tail", "line_patterns"),
        tail_inline=re.compile(f"(?:{union('tail', 'inline_patterns').pattern})$", re.MULTILINE),
        next_section=union("tail", "next_section_patterns"),
    )
