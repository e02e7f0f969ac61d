"""The layouts of section five: more than a score of ways to write problems and measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from corpora.sample.builder.bank import Statement, phrases, statements, toml
from corpora.sample.builder.blocks import Block, Spoken
from corpora.sample.builder.ordinals import numbered
from corpora.sample.builder.page import Page, bare
from corpora.sample.builder.plan import Plan


@dataclass(frozen=True)
class Style:
    """A list layout: how items are numbered, titled and joined. ``join``: paras, run or mixed."""

    ordinal: str
    join: str = "paras"
    titled: str = ""
    subs: bool = True


# What stands before a problem and before its measure where they follow each other.
PAIR_MARKS = [("问题：", "改进措施："), ("", "改进措施："), ("", "整改措施："), ("存在问题：", "下步打算：")]

# Layouts that differ only in how a list is written.
LISTS: dict[str, Style] = {
    "numbered": Style("1."),
    "numbered_comma": Style("1、"),
    "parenthesised": Style("（1）"),
    "half_parenthesis": Style("1）"),
    "circled": Style("①"),
    "circled_run": Style("①", "run", subs=False),
    "yi_shi_run": Style("一是", "run"),
    "yi_shi_paras": Style("一是"),
    "titles_colon": Style("", titled="："),
    "titles_sentence": Style("1.", titled="。"),
    "titles_chinese": Style("（一）", titled="。", subs=False),
    "two_paragraphs": Style("一是", "run", subs=False),
    "first_then": Style("首先，", "run", subs=False),
    "di_yi": Style("第一，", "run", subs=False),
    "qi_yi": Style("其一，", "run", subs=False),
    "one_hand": Style("一方面，", "run", subs=False),
    "broken_numbers": Style("broken", "run", subs=False),
    "bare_sentences": Style("", "paras", subs=False),
    "mixed_lines": Style("1.", "mixed"),
}


def _slogan(page: Page) -> str:
    return page.fill(page.dice.choice(phrases("closing")).text) if page.dice.chance(0.4) else ""


def _lead(page: Page, role: str) -> str:
    return page.fill(page.dice.choice(phrases(role)).text)


def _mixed(page: Page, items: Sequence[Spoken], ordinals: Sequence[str], tail: str) -> None:
    """The first item has a line of its own, the others share lines two by two."""
    page.item(items[0], ordinals[0])
    for start in range(1, len(items), 2):
        pair = slice(start, start + 2)
        page.run(items[pair], ordinals[pair], tail=tail if start + 2 >= len(items) else "")


def _items(page: Page, style: Style, items: Sequence[Spoken], lead: str, tail: str) -> None:
    two_only = style.ordinal == "一方面，" and len(items) != 2
    ordinals = numbered("一是" if two_only else style.ordinal, len(items))
    if style.join == "run":
        page.run(items, ordinals, lead, tail)
        return
    if lead:
        page.para(lead)
    if style.join == "mixed":
        _mixed(page, items, ordinals, tail)
        return
    for place, (spoken, ordinal) in enumerate(zip(items, ordinals, strict=True)):
        page.item(spoken, ordinal, tail if place == len(items) - 1 and page.dice.chance(0.5) else "")


def listed(page: Page, plan: Plan, style: Style, status: str = "planned", taken: bool = False) -> None:
    """Problems in a list, then measures in a list."""
    subs = toml("headings.toml")["sub"]
    problems = [page.speak(s, style.titled) for s in plan.problems]
    measures = [page.speak(s, style.titled, status) for s in plan.measures]
    lead = "" if style.subs and page.dice.chance(0.55) else _lead(page, "lead_problem")
    if style.subs:
        page.sub("（一）" + page.dice.choice(subs["problems"]))
    _items(page, style, problems, lead, "")
    if not measures:
        return
    if style.subs:
        page.sub("（二）" + page.dice.choice(subs["taken" if taken else "measures"]))
    plain = style.subs and (taken or page.dice.chance(0.55))
    lead = "" if plain else _lead(page, "lead_done" if taken else "lead_measure")
    _items(page, style, measures, lead, _slogan(page))


def _clauses(page: Page, plan: Plan) -> list[Spoken]:
    """The plan's problems as short clauses of the same label."""
    bank: dict[str, list[Statement]] = {}
    for statement in statements():
        if statement.clause and statement.fits(page.voice.agency):
            bank.setdefault(statement.labels[0], []).append(statement)
    return [page.speak(page.dice.choice(bank[s.labels[0]])) for s in plan.problems if s.labels[0] in bank]


def clause_list(page: Page, plan: Plan) -> None:
    """存在A、B、C等问题。 Then the measures."""
    clauses = _clauses(page, plan)
    frame = bare(page.dice.choice(phrases("frame")).text.format(list="、".join(s.text for s in clauses)))
    opening = page.fill("{year}年，{we}政府信息公开工作平稳推进，") if frame.startswith("但") else ""
    page.statements.extend(clauses)
    page.para(f"{opening}{frame}。")
    _answers_after(page, plan)


def one_line(page: Page, plan: Plan) -> None:
    """在A、B等方面仍有待改进。 and what follows from it, all in one paragraph."""
    aspects = toml("aspects.toml")
    stated = plan.problems[:2]
    frame = page.dice.choice(phrases("frame_aspect")).text
    text = frame.format(list="、".join(page.dice.choice(aspects[s.labels[0]]) for s in stated))
    labels = tuple(dict.fromkeys(s.labels[0] for s in stated))
    opening = page.dice.choice(["目前，", "{year}年，", "总体上看，", ""])
    problem = page.fill("{we}政府信息公开工作") + bare(text)
    page.statements.append(Spoken("problem", problem, labels, "+".join(s.id for s in stated)))
    turn = page.dice.choice(["下一步，{we}将做好以下改进：", "下一步拟做到：", "今后将努力改进："])
    answers = [m for p, m in plan.answers if p < len(stated)]
    items = [page.speak(plan.measures[m]) for m in answers]
    ordinals = numbered("一是" if len(items) > 1 else "", len(items))
    page.run(items, ordinals, f"{page.fill(opening)}{problem}。{page.fill(turn)}")
    page.pairs = [(0, place + 1) for place in range(len(items))]


def _answers_after(page: Page, plan: Plan) -> None:
    measures = [page.speak(s) for s in plan.measures]
    if measures:
        style = page.dice.choice(["一是", "1.", "（一）"])
        join = "run" if style == "一是" else "paras"
        _items(page, Style(style, join), measures, _lead(page, "lead_measure"), _slogan(page))


def reversed_done(page: Page, plan: Plan) -> None:
    """Last year's problems and how they were mended come first, then this year's problems, without a plan."""
    subs = toml("headings.toml")["sub"]
    page.sub("（一）" + page.dice.choice(subs["last_year"]))
    style = Style(page.dice.choice(["1.", "一是"]))
    done = [page.speak(s, "", "done") for s in plan.done]
    _items(page, style, done, _lead(page, "lead_done") if page.dice.chance(0.5) else "", "")
    page.sub("（二）" + page.dice.choice(subs["this_year"]))
    _items(page, style, [page.speak(s) for s in plan.problems], "", "")
    page.pairs = []


def past_measures(page: Page, plan: Plan) -> None:
    """Problems, then what has been done about them."""
    listed(page, plan, Style(page.dice.choice(["1.", "一是", "（1）"])), "done", taken=True)


def paired(page: Page, plan: Plan) -> None:
    """Each problem is followed at once by its measure."""
    marks = page.dice.choice(
        [("问题：", "改进措施："), ("", "改进措施："), ("", "整改措施："), ("存在问题：", "下步打算：")]
    )
    answers = dict(plan.answers)
    if page.dice.chance(0.5):
        page.para(_lead(page, "lead_problem"))
    for place, problem in enumerate(plan.problems):
        page.item(page.speak(problem), numbered("（一）", place + 1)[place] + marks[0])
        if place in answers:
            page.item(page.speak(plan.measures[answers[place]]), marks[1])


def split_sections(page: Page, plan: Plan) -> None:
    """Problems and measures as two sections of the report; the second heading is a block of its own."""
    headings = toml("headings.toml")["split"]
    style = Style(page.dice.choice(["1.", "（一）", "一是"]))
    _items(page, style, [page.speak(s) for s in plan.problems], "", "")
    page.blocks.append(Block("head", "六、" + page.dice.choice(headings["measures"])))
    _items(page, style, [page.speak(s) for s in plan.measures], "", _slogan(page))


def none_stated(page: Page, plan: Plan) -> None:
    """Section five says that there is nothing."""
    del plan
    page.para(_lead(page, "none"))


SPECIAL: dict[str, Callable[[Page, Plan], None]] = {
    "clause_list": clause_list,
    "one_line": one_line,
    "reversed_done": reversed_done,
    "past_measures": past_measures,
    "paired": paired,
    "split_sections": split_sections,
    "none_stated": none_stated,
}


def write(page: Page, plan: Plan) -> None:
    """Write section five."""
    if plan.layout in SPECIAL:
        SPECIAL[plan.layout](page, plan)
    else:
        listed(page, plan, LISTS[plan.layout])
