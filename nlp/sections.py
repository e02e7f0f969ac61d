"""Split a report into its six statutory sections (domain rules H1–H15).

A report's own headings part its text; which of them open the sections is decided together: the best chain of
headings in the order of the sections, by wording first, then by ordinal and place, the later of equals. So
neither a table of contents, nor sub-topics of section one that sound like section two, nor rows of section
three that begin with 三、 part anything.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from nlp.headings import COMMON, EXACT, HALF, UNKNOWN, Heading, bare, grammar, lower, plain, strong
from nlp.lost_sections import MIN_OVERVIEW, anchored, inferred_five, misspelt, preface_end, title_end
from nlp.records import Document, Kind, Section
from nlp.signature import find_signature

_SPACE = " \n\r\u3000\xa0"
_LEAD = _SPACE + "：:。．】"
_ENOUGH = 3
_MIN_PREFACE = 12
_KEPT = 12  # predecessors of one kind that are weighed: a text of many headings stays linear
_TRIES = 40
_OTHER = "other_section"
Part = tuple[Kind | None, int, int]


@dataclass(frozen=True, slots=True)
class SectionSplit:
    """Where the sections are.

    Attributes:
        sections: in the order of the text. ``text`` is without the heading and equals
            ``document.text[start:end]``; ``heading`` is as printed. An inferred section has an empty heading.
        preface: (start, end) of what stands before section one, without the title, or the opening words of
            section one that are a preface; None where there is none.
        warnings: ``missing_section:n``, ``section_inferred:n``.
        parts_of_five: where section five was given as two sections, ("problem" | "measure" | None, start, end)
            of the text of each; empty otherwise.
        head_end: where the first heading begins: the title and the preface end here.
        tail_start: where the signature and what follows it begin.
    """

    sections: tuple[Section, ...]
    preface: tuple[int, int] | None = None
    warnings: tuple[str, ...] = ()
    parts_of_five: tuple[Part, ...] = ()
    head_end: int = 0
    tail_start: int = 0

    def get(self, number: int) -> Section | None:
        """Section ``number`` (1–6), None where it is missing."""
        return next((s for s in self.sections if s.number == number), None)


def split_sections(document: Document) -> SectionSplit:
    """Find the sections of a report; never raises.

    A report without any known heading gives its whole text as one section of number 0 (and a section five
    where one can be inferred).
    """
    text = plain(document.text)
    grids = _Grids(document)
    all_strong = [h for h in strong(text) if h.tier > UNKNOWN or grids.start_around(h.start) is None]
    chain = _choose(text, all_strong)
    chain = _with_misspelt(text, all_strong, chain)
    tail = find_signature(text, chain[-1].end if chain else 0).start
    chain = _with_further(all_strong, chain, tail)
    chain = [h for h in chain if h.start < tail]
    chain, inferred = _with_inferred(text, chain, tail, grids)
    return _assemble(document.text, chain, inferred, tail)


class _Grids:
    """Where the grids of a document lie."""

    def __init__(self, document: Document) -> None:
        spans = sorted((g.start, g.end) for g in document.grids)
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def start_around(self, offset: int) -> int | None:
        """Start of the grid that holds an offset; None outside of grids."""
        at = bisect_right(self._starts, offset) - 1
        return self._starts[at] if at >= 0 and offset < self._ends[at] else None


def _choose(text: str, all_strong: list[Heading]) -> list[Heading]:
    """Choose the chain of headings that open the sections."""
    chain = best_chain([h for h in all_strong if h.tier >= HALF])
    kinds = {h.number for h in chain}
    if kinds >= {1, 2, 3, 4, 5}:
        return chain
    wider = [h for h in all_strong if h.tier > UNKNOWN] if len(kinds) < _ENOUGH else chain
    unnumbered = [h for h in bare(text) if h.tier >= COMMON]
    chain = best_chain(sorted([*wider, *unnumbered], key=lambda h: h.start))
    kinds = {h.number for h in chain}
    sub = lower(text)
    if len(kinds) < _ENOUGH:
        chain = best_chain(sorted([*wider, *unnumbered, *sub], key=lambda h: h.start))
    return _with_mistyped(chain, sub)


def _with_mistyped(chain: list[Heading], sub: list[Heading]) -> list[Heading]:
    """Add a section whose heading has the ordinal of a sub-heading, if wording, number and place agree."""
    kinds = {h.number for h in chain}
    for heading in sub:
        if heading.number in kinds or heading.ordinal != heading.number or heading.tier < EXACT:
            continue
        if not heading.at_line:
            continue
        before = [h.number for h in chain if h.start < heading.start and h.number]
        after = [h.number for h in chain if h.start > heading.start and h.number]
        if before and max(before) == heading.number - 1 and all(n > heading.number for n in after):
            chain = sorted([*chain, heading], key=lambda h: h.start)
            kinds.add(heading.number)
    return chain


def best_chain(headings: list[Heading]) -> list[Heading]:
    """The most convincing sequence of sections in statutory order; of equals the last.

    Section five may be two headings, problems and measures.
    """
    scores: list[float] = []
    previous: list[int] = []
    latest: dict[int, list[int]] = {}
    for i, heading in enumerate(headings):
        best, source = 0.0, -1
        for number in range(heading.number + 1):
            for j in latest.get(number, ()):
                if scores[j] >= best and (scores[j] > best or j > source) and _may_follow(headings[j], heading):
                    best, source = scores[j], j
        follows_half = source >= 0 and headings[source].number == heading.number
        scores.append(best + (0.5 if follows_half else _score(heading)))
        previous.append(source)
        kept = [*latest.get(heading.number, []), i]
        latest[heading.number] = sorted(kept, key=lambda j: (scores[j], j))[-_KEPT:]
    if not scores:
        return []
    at = max(range(len(scores)), key=lambda i: (scores[i], i))
    chain = []
    while at >= 0:
        chain.append(headings[at])
        at = previous[at]
    return chain[::-1]


def _score(heading: Heading) -> float:
    return (
        2.0
        + 1.5 * heading.tier
        + (1.5 if heading.at_line else 0.0)
        + (1.5 if heading.ordinal == heading.number else 0.0)
        - (1.0 if heading.ordinal is None else 0.0)
    )


def _may_follow(earlier: Heading, later: Heading) -> bool:
    if later.start < earlier.end:
        return False
    if earlier.number < later.number:
        return True
    halves = earlier.number == later.number == 5 and later.part is not None and earlier.part != later.part
    if not halves or (earlier.part is None and later.part == "problem"):
        return False
    if earlier.ordinal is None or later.ordinal is None:
        return earlier.part is not None
    return later.ordinal == earlier.ordinal + 1


def _with_misspelt(text: str, all_strong: list[Heading], chain: list[Heading]) -> list[Heading]:
    """Add missing sections whose heading has a slip of the pen or of the scanner in it (D14)."""
    if not chain:
        return chain
    for number in range(1, 7):
        if any(h.number == number for h in chain):
            continue
        low = max((h.end for h in chain if 0 < h.number < number), default=0)
        high = min((h.start for h in chain if h.number > number), default=len(text))
        near = [h for h in all_strong if h.ordinal == number and low <= h.start < high]
        for heading in near[:_TRIES]:
            if heading.number == number and heading.at_line:
                chain = sorted([*chain, heading], key=lambda h: h.start)
                break
            found = misspelt(text, heading, number) if not heading.number else None
            if found and found.end <= high:
                chain = sorted([*chain, found], key=lambda h: h.start)
                break
    return chain


def _with_further(all_strong: list[Heading], chain: list[Heading], tail: int) -> list[Heading]:
    """Add the further parts of older reports: headings of other wording whose ordinals fill a gap.

    Numbered sub-topics inside a section restart or repeat ordinals and so never fit.
    """
    if any(h.ordinal is None for h in chain[1:]):
        return chain
    out: list[Heading] = []
    bounds = [*chain, None]
    last = 0
    for bound in bounds:
        limit = bound.start if bound else tail
        ceiling = (bound.ordinal or 0) if bound else 99
        begin = out[-1].end if out else 0
        for heading in all_strong:
            if not begin <= heading.start < limit or heading in chain:
                continue
            if heading.ordinal == 1 and last:
                break  # an inner list begins
            if heading.ordinal == last + 1 < ceiling:
                out.append(_as_further(heading, limit))
                last, begin = heading.ordinal, out[-1].end
        if bound:
            out.append(bound)
            last = bound.ordinal or last
    return out


def _as_further(heading: Heading, limit: int) -> Heading:
    end = min(heading.end, limit)
    return Heading(heading.start, end, 0, _OTHER, None, heading.ordinal, heading.tier, heading.at_line)


def _with_inferred(text: str, chain: list[Heading], tail: int, grids: _Grids) -> tuple[list[Heading], set[int]]:
    """Add sections whose heading was lost: tables by what opens them, section five by its first words."""
    inferred: set[int] = set()
    for number in (2, 3, 4, 5):
        if any(h.number == number for h in chain):
            continue
        low = max((h.end for h in chain if 0 < h.number < number), default=0)
        later = (h.start for h in chain if h.start >= low and (h.number > number or not h.number))
        high = min(later, default=tail)
        has_before = any(0 < h.number < number for h in chain)
        start = (
            inferred_five(text, low, high, chain)
            if number == 5
            else anchored(text, number, low, high, grids.start_around)
        )
        if start is None or (number == 5 and not has_before and chain):
            continue
        kind = grammar().kinds[number]
        chain = sorted([*chain, Heading(start, start, number, kind, None, None, EXACT, True)], key=lambda h: h.start)
        inferred.add(number)
    return chain, inferred


def _assemble(text: str, chain: list[Heading], inferred: set[int], tail: int) -> SectionSplit:
    """Build the sections from the headings, merging the halves of section five."""
    head_end = chain[0].start if chain else 0
    preface, lead = _preface(text, chain, tail)
    sections: list[Section] = []
    parts: list[Part] = []
    if lead:
        sections.append(_section(text, 1, "overview", "", lead))
        inferred.add(1)
    for i, heading in enumerate(chain):
        stop = chain[i + 1].start if i + 1 < len(chain) else tail
        begin = max(heading.end, preface[1]) if heading.number == 1 and preface else heading.end
        span = _trim(text, begin, max(begin, stop))
        merged = sections[-1] if sections and heading.number == 5 and sections[-1].number == 5 else None
        if merged:
            parts.append((heading.part, *span))
            sections[-1] = _section(text, 5, merged.kind, merged.heading, (merged.start, span[1]))
            continue
        if heading.number == 5:
            parts.append((heading.part, *span))
        title = text[heading.start : heading.end].strip(_SPACE)
        sections.append(_section(text, heading.number, heading.kind, title, span))
    if not chain:
        sections.append(_section(text, 0, _OTHER, "", _trim(text, 0, tail)))
    found = {s.number for s in sections}
    warnings = [f"section_inferred:{n}" for n in sorted(inferred)]
    warnings += [f"missing_section:{n}" for n in range(1, 7) if n not in found]
    halves = tuple(parts) if len(parts) > 1 else ()
    return SectionSplit(tuple(sections), preface, tuple(warnings), halves, head_end, tail)


def _preface(text: str, chain: list[Heading], tail: int) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """(preface, what stands between it and the first heading or None where nothing does)."""
    if not chain:
        return None, None
    first = chain[0]
    start, end = _trim(text, title_end(text, first.start), first.start)
    one = next((i for i, h in enumerate(chain) if h.number == 1), None)
    if one is None:
        split = preface_end(text, start, end)
        lead = _trim(text, split, end)
        if lead[1] - lead[0] < MIN_OVERVIEW or first.ordinal == 1:
            return ((start, end) if end > start else None), None
        return ((start, split) if split > start else None), lead
    if end - start >= _MIN_PREFACE:
        return (start, end), None
    stop = chain[one + 1].start if one + 1 < len(chain) else tail
    inside, _ = _trim(text, chain[one].end, stop)
    cut = preface_end(text, inside, stop, inside=True)
    return ((inside, cut) if cut > inside else None), None


def _section(text: str, number: int, kind: str, heading: str, span: tuple[int, int]) -> Section:
    return Section(number, kind, heading, text[span[0] : span[1]], span[0], span[1])


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without blanks at its ends and without the colon that follows a heading."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip(_LEAD))
    right = len(piece.rstrip(_SPACE))
    return (start + left, start + right) if right > left else (start + right, start + right)
