"""Which layout of section five a report takes."""

from __future__ import annotations

from corpora.sample.builder.bank import Agency, planted
from corpora.sample.builder.dice import Dice

ORDER = (
    "numbered",
    "yi_shi_run",
    "titles_colon",
    "two_paragraphs",
    "paired",
    "titles_sentence",
    "reversed_done",
    "clause_list",
    "numbered_comma",
    "split_sections",
    "first_then",
    "parenthesised",
    "past_measures",
    "yi_shi_paras",
    "mixed_lines",
    "titles_chinese",
    "di_yi",
    "circled",
    "reversed_done",
    "one_line",
    "half_parenthesis",
    "broken_numbers",
    "qi_yi",
    "circled_run",
    "past_measures",
    "one_hand",
    "bare_sentences",
)
SHORT = ("bare_sentences", "clause_list", "one_line", "two_paragraphs", "numbered", "paired", "yi_shi_run")
NEEDS_MEASURES = frozenset({"one_line", "past_measures", "paired", "split_sections", "reversed_done"})


def layout_of(agency: Agency, place: int, year: int) -> str:
    """The layout of one report: an agency keeps to its own one or two; ``place`` is its row in the list."""
    if (agency.key, year) in planted().none_stated:
        return "none_stated"
    names = SHORT if agency.level == "township" else ORDER
    first, second = names[place % len(names)], names[(place * 7 + 3) % len(names)]
    choice = first if Dice("layout", agency.key, year).chance(0.6) else second
    if (agency.key, year) in planted().unanswered and choice in NEEDS_MEASURES:
        return "numbered"
    if choice == "reversed_done" and year - 1 not in agency.years:
        return "titles_sentence"
    return choice
