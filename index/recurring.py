"""What one agency says again from year to year: problem labels, and single sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from index.copying import line
from index.histories import Chain, Line, Recurrence
from index.matching import overlap
from index.reads import StatementRow
from index.settings import SAME_TEXT, SIMILAR_TEXT
from index.spans import LETTER
from nlp.taxonomy import Taxonomy

Years = Mapping[int, Sequence[StatementRow]]


def labels_over_years(years: Years) -> tuple[tuple[Recurrence, ...], tuple[Recurrence, ...]]:
    """(problem labels of two reports or more, those that the last report has no more).

    Args:
        years: report year → section five, only years whose report has one.
    """
    order = sorted(years)
    found: list[Recurrence] = []
    for entry in Taxonomy.load().of_kind("problem"):
        if entry.id == Taxonomy.other("problem"):
            continue
        lines = [line(s) for year in order for s in years[year] if s.kind == "problem" and entry.id in s.labels]
        stated = sorted({one.year for one in lines if one.year is not None})
        if stated:
            after = [year for year in order if year > stated[-1]]
            gone = after[0] if after else None
            found.append(
                Recurrence(entry.id, entry.zh, tuple(stated), len(order), _run(order, stated), gone, tuple(lines))
            )
    again = sorted((one for one in found if len(one.years) > 1), key=lambda one: (-len(one.years), -one.run))
    gone_ones = sorted((one for one in found if one.gone_since), key=lambda one: (-one.years[-1], -len(one.years)))
    return tuple(again), tuple(gone_ones)


def _run(order: Sequence[int], stated: Sequence[int]) -> int:
    """The most reports in a row that state it."""
    best = now = 0
    for year in order:
        now = now + 1 if year in stated else 0
        best = max(best, now)
    return best


def chains(years: Years) -> tuple[Chain, ...]:
    """Sentences said again in a later report, in the same or nearly the same words.

    From report to report, each sentence goes on with the likest one of its kind, the likest pairs first, each
    sentence once. Likeness is the overlap of 2-grams without figures: at least :data:`index.settings.SAME_TEXT`, or
    :data:`index.settings.SIMILAR_TEXT` with a label in common, for stock frames are alike whatever fills them.
    """
    out: list[tuple[list[Line], float]] = []
    for year in sorted(years):
        lines = [line(s) for s in years[year] if s.kind in ("problem", "measure")]
        pairs = [
            (-_likeness(members[-1], one), at, place)
            for at, (members, _) in enumerate(out)
            for place, one in enumerate(lines)
        ]
        used: set[int] = set()
        grown: set[int] = set()
        for unlikeness, at, place in sorted(pairs):
            if not unlikeness or at in grown or place in used:
                continue
            members, least = out[at]
            out[at] = ([*members, lines[place]], min(least, -unlikeness))
            grown.add(at)
            used.add(place)
        out += [([one], 1.0) for place, one in enumerate(lines) if place not in used]
    said = [_chain(members, least) for members, least in out if len(members) > 1]
    return tuple(sorted(said, key=lambda one: (one.kind != "problem", -len(one.years), one.years, one.lines[0].start)))


def _likeness(one: Line, other: Line) -> float:
    """How alike two sentences are; 0.0 where they do not say the same."""
    if one.kind != other.kind:
        return 0.0
    found = overlap(one.text, other.text)
    common = {*one.labels} & {*other.labels} - {"other_problem", "other_measure"}
    return found if found >= (SIMILAR_TEXT if common else SAME_TEXT) else 0.0


def _chain(members: Sequence[Line], least: float) -> Chain:
    same = len({"".join(LETTER.findall(one.text)) for one in members}) == 1
    years = tuple(one.year for one in members if one.year is not None)
    return Chain(members[0].kind, years, round(least, 4), same, tuple(members))
