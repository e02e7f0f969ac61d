"""Section five of one report: the plan laid out, and the pairs that a reader finds in it."""

from __future__ import annotations

from corpora.sample.builder.bank import toml
from corpora.sample.builder.dice import Dice
from corpora.sample.builder.layouts import write
from corpora.sample.builder.page import Page
from corpora.sample.builder.plan import Plan
from corpora.sample.builder.voice import Voice


def pairs_of(page: Page, plan: Plan) -> list[tuple[int, int]]:
    """(problem, measure) as indices into ``page.statements``.

    A pair is a measure written for the problem, or one whose leading labels hold the usual answer to it.
    """
    if page.pairs is not None:
        return page.pairs
    problems = [i for i, s in enumerate(page.statements) if s.kind == "problem"]
    measures = [i for i, s in enumerate(page.statements) if s.kind == "measure"]
    usual = toml("pairing.toml")
    found = {(p, m) for p, m in plan.answers if p < len(problems) and m < len(measures)}
    for p, problem in enumerate(plan.problems[: len(problems)]):
        if problem.labels[0] == "general_quality":
            found -= {(p, m) for m in range(len(measures))}
            continue
        for m, place in enumerate(measures):
            if usual[problem.labels[0]][0] in page.statements[place].labels[:2]:
                found.add((p, m))
    return sorted((problems[p], measures[m]) for p, m in found)


def section_five(plan: Plan, voice: Voice, year: int, dice: Dice) -> tuple[Page, list[tuple[int, int]]]:
    """Lay out a plan; ``dice`` decides on wordings of headings and lead-ins."""
    page = Page(voice, dice, year)
    write(page, plan)
    return page, pairs_of(page, plan)
