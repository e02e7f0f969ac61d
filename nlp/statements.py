"""Section five cut into statements: problems and measures with kind, title, status and exact offsets.

Structure comes first (sub-headings, ordinals, titles, turns of speech), the words of each sentence second;
where they disagree, the stronger evidence wins. The steps: ``layout`` (pieces), ``items`` (lists of items),
``speech`` (running text), ``frames`` (lists in a sentence), ``kinds`` (what the words say).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nlp.drafts import Draft, Found
from nlp.items import Cutter
from nlp.kinds import status_of
from nlp.layout import behind_heading, trim
from nlp.records import Kind, Section, Statement
from nlp.titles import title_of

SHORTEST = 4
_LEFT, _RIGHT = "，,；;：:、。", "；;，,、：:"
_COMPARED = re.compile("差距|水平|质量|相比|要求")


class Split(Protocol):
    """What cutting needs of the split report (:class:`nlp.sections.SectionSplit`)."""

    @property
    def sections(self) -> tuple[Section, ...]:
        """The report's sections."""

    @property
    def parts_of_five(self) -> Sequence[tuple[str | None, int, int]]:
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
    parts: Sequence[tuple[str | None, int, int]] = split.parts_of_five or [
        (None, s.start, s.end) for s in split.sections if s.kind == "issues"
    ]
    if not parts:
        return Cut((), False)
    headings = {s.start: s.heading for s in split.sections}
    found, blank = Found(), True
    for hint, whole, end in parts:
        start = behind_heading(text, whole, end, headings.get(whole, ""))
        kind: Kind | None = "problem" if hint == "problem" else "measure" if hint == "measure" else None
        if Cutter(text, kind, found).run(start, end):
            blank = False
    statements = _finish(text, found)
    none_stated = (found.none_stated or blank) and all(s.kind != "problem" for s in statements)
    return Cut(statements, none_stated, _warnings([s.kind for s in statements], none_stated, blank))


def _warnings(kinds: list[Kind], none_stated: bool, blank: bool) -> tuple[str, ...]:
    """Ids of what is missing or unusual; a section that says "无" does not miss anything, a blank one does."""
    missed = blank or not none_stated
    found = {
        "s5_none_stated": none_stated,
        "s5_no_problems": missed and "problem" not in kinds,
        "s5_no_measures": missed and "measure" not in kinds,
        "s5_reversed": "problem" in kinds and kinds[0] == "measure",
    }
    return tuple(name for name, true in found.items() if true)


def _finish(text: str, found: Found) -> tuple[Statement, ...]:
    """Drafts as statements: the weak ones dropped where better stand beside them, ends trimmed, titles found."""
    drafts = _without_doubtful(found.drafts)
    for kind in ("problem", "measure"):
        if not found.none_stated and all(d.kind != kind for d in drafts):  # behind "无" a plan is mere courtesy
            spare = [d for d in found.spare if d.kind == kind and _worth(text, d)]
            drafts = drafts + sorted(spare, key=lambda d: d.start - d.end)[:1]
    out: list[Statement] = []
    for draft in sorted(drafts, key=lambda d: d.start):
        start, end = trim(text, draft.start, draft.end, _LEFT, _RIGHT)
        if end - start >= SHORTEST - (draft.ordinal is not None) and not (out and start < out[-1].end):
            out.append(_statement(text, start, end, draft))
    return tuple(out)


def _without_doubtful(drafts: list[Draft]) -> list[Draft]:
    """Without vague problems where one is named, and without early praise where anything else is stated."""
    sure = {d.kind for d in drafts if not d.doubt}
    return [d for d in drafts if not d.doubt or not (d.kind in sure or (d.kind == "measure" and sure))]


def _worth(text: str, draft: Draft) -> bool:
    """Whether an empty phrase is worth keeping: any plan, and a gap that is measured against something."""
    return draft.kind == "measure" or _COMPARED.search(text, draft.start, draft.end) is not None


def _statement(text: str, start: int, end: int, draft: Draft) -> Statement:
    """The finished statement."""
    words = text[start:end]
    status = None
    if draft.kind == "measure":
        status = status_of(words, "done" if draft.done else "planned", future=draft.future)
    return Statement(
        kind=draft.kind,
        text=words,
        start=start,
        end=end,
        title=title_of(words),
        status=status,
        ordinal=draft.ordinal,
    )
