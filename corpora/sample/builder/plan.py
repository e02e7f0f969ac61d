"""What each agency says in section five over its years: problems that stay, go and come, and their answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from corpora.sample.builder.bank import Agency, Statement, planted, statements, toml
from corpora.sample.builder.dice import Dice
from corpora.sample.builder.rota import layout_of

# How many problems a report states, by level or type.
COUNTS = {
    "national": (2, 3),
    "province": (2, 3),
    "city": (2, 4),
    "county": (2, 4),
    "township": (1, 3),
    "government_whole": (3, 5),
}
# A whole government does not say of itself that its only clerk is on leave.
NOT_OF_A_GOVERNMENT = frozenset(
    {"staff_capacity", "staff_instability", "awareness_weak", "mechanism_gap", "review_security_risk", "training"}
)


@dataclass
class Plan:
    """One report's section five: statements and which measure was written for which problem.

    ``layout`` names how it is laid out. ``done`` are measures already taken against last year's problems.
    """

    layout: str
    problems: list[Statement] = field(default_factory=list)
    measures: list[Statement] = field(default_factory=list)
    answers: list[tuple[int, int]] = field(default_factory=list)
    done: list[Statement] = field(default_factory=list)


def _pairs(text: str) -> set[str]:
    """The pairs of neighbouring characters of a text."""
    return {text[i : i + 2] for i in range(len(text) - 1)}


class Planner:
    """Draws statements so that the whole bank is used evenly and each agency develops."""

    def __init__(self) -> None:
        self.used: Counter[str] = Counter()
        self.pools: dict[tuple[str, str], list[Statement]] = {}
        for statement in statements():
            if not statement.clause:
                self.pools.setdefault((statement.kind, statement.labels[0]), []).append(statement)

    def _suits(self, statement: Statement, agency: Agency) -> bool:
        if agency.level == "national":
            return "national" in statement.levels and statement.fits(agency)
        general = not statement.types and not statement.levels
        if agency.scope == "government" and general and statement.labels[0] in NOT_OF_A_GOVERNMENT:
            return False
        return statement.fits(agency)

    def draw(
        self,
        kind: str,
        label: str,
        agency: Agency,
        taken: Sequence[Statement],
        status: Sequence[str],
        dice: Dice,
        near: str = "",
    ) -> Statement | None:
        """A little used fitting statement of a label, those written for such agencies first.

        ``near`` is the problem that a measure answers: the measure that shares most words with it is taken.
        None: there is no such statement.
        """
        pool = [
            s
            for s in self.pools.get((kind, label), ())
            if self._suits(s, agency) and s not in taken and (kind == "problem" or s.status in status)
        ]
        if not pool:
            return None
        tailored = [s for s in pool if s.tailored(agency)]
        if tailored and dice.chance(0.6):
            pool = tailored
        least = min(self.used[s.id] for s in pool)
        pool = [s for s in pool if self.used[s.id] <= least + bool(near)]
        shared = [len(_pairs(s.text) & _pairs(near)) for s in pool]
        chosen = dice.choice([s for s, count in zip(pool, shared, strict=True) if count == max(shared)])
        self.used[chosen.id] += 1
        return chosen

    def _label_weights(self, agency: Agency, year: int) -> dict[str, float]:
        weights: dict[str, float] = {}
        marks = {agency.level, agency.type}
        for label, row in toml("trends.toml").items():
            if year < row.get("since", 2000):
                continue
            weight = row["base"] * (1 + row["growth"] / 100) ** (year - 2019)
            weight *= 3 if marks & set(row.get("more", ())) else 1
            weights[label] = weight / (3 if marks & set(row.get("less", ())) else 1)
        return weights

    def _problems(self, agency: Agency, year: int, before: Plan | None, dice: Dice) -> list[Statement]:
        low, high = COUNTS.get(agency.type) or COUNTS[agency.level]
        wanted = dice.between(low, high)
        out: list[Statement] = []
        for old in before.problems if before else ():
            fate = dice.weighted(["stays", "reworded", "gone"], [44, 16, 40])
            if fate == "stays":
                out.append(old)
            elif fate == "reworded":
                fresh = self.draw("problem", old.labels[0], agency, [*out, old], (), dice)
                out.append(fresh or old)
        del out[wanted:]
        weights = self._label_weights(agency, year)
        for _ in range(60):
            if len(out) >= wanted:
                break
            label = dice.weighted(list(weights), list(weights.values()))
            if label in {s.labels[0] for s in out}:
                continue
            fresh = self.draw("problem", label, agency, out, (), dice)
            if fresh:
                out.append(fresh)
        dice.shuffle(out)
        return out

    def _answer(self, problem: Statement, agency: Agency, plan: Plan, before: Plan | None, dice: Dice) -> None:
        """Add a measure against one problem; sometimes last year's again."""
        past = "past_measures"
        alike = before is not None and (before.layout == past) == (plan.layout == past)
        if before and alike and problem in before.problems and dice.chance(0.5):
            place = before.problems.index(problem)
            for p, m in before.answers:
                if p == place and before.measures[m] not in plan.measures:
                    plan.answers.append((plan.problems.index(problem), len(plan.measures)))
                    plan.measures.append(before.measures[m])
                    return
        usual = toml("pairing.toml")[problem.labels[0]]
        label = usual[0] if dice.chance(0.9) else dice.choice(usual)
        taken = [*plan.measures, *(before.measures if before else ())]
        status = ("planned", "ongoing") if dice.chance(0.2) else ("planned",)
        if plan.layout == "past_measures":
            status = ("done", "ongoing")
        for choice in (label, *usual):
            fresh = self.draw("measure", choice, agency, taken, status, dice, problem.text)
            if fresh:
                plan.answers.append((plan.problems.index(problem), len(plan.measures)))
                plan.measures.append(fresh)
                return

    def _done(self, labels: Sequence[str], agency: Agency, dice: Dice) -> list[Statement]:
        """Measures already taken against problems of these labels."""
        out: list[Statement] = []
        for label in labels:
            for answer in toml("pairing.toml")[label]:
                fresh = self.draw("measure", answer, agency, out, ("done", "ongoing"), dice)
                if fresh:
                    out.append(fresh)
                    break
        return out

    def _respond(self, agency: Agency, year: int, plan: Plan, before: Plan | None, dice: Dice) -> None:
        """Add the measures of a report."""
        if (agency.key, year) in planted().unanswered:
            return
        for problem in plan.problems:
            if dice.chance(0.9):
                self._answer(problem, agency, plan, before, dice)
        if not plan.measures:
            self._answer(plan.problems[0], agency, plan, before, dice)
        if plan.layout not in {"past_measures", "paired"} and dice.chance(0.35):
            label = dice.choice(["training", "awareness_leadership", "supervision_assessment", "peer_learning"])
            extra = self.draw("measure", label, agency, plan.measures, ("planned",), dice)
            plan.measures.extend([extra] if extra else [])

    def year(self, agency: Agency, year: int, before: Plan | None, layout: str) -> Plan:
        """Plan one report. ``before`` is last year's plan or None."""
        dice = Dice("plan", agency.key, year)
        if layout == "none_stated":
            return Plan(layout)
        plan = Plan(layout, problems=self._problems(agency, year, before, dice))
        if layout != "reversed_done":
            self._respond(agency, year, plan, before, dice)
            return plan
        stated = {s.labels[0] for s in plan.problems}
        solved = [s.labels[0] for s in (before.problems if before else ()) if s.labels[0] not in stated]
        plan.done = self._done((solved or ["content_incomplete", "timeliness_poor"])[:3], agency, dice)
        return plan

    def agency(self, agency: Agency, place: int) -> dict[int, Plan]:
        """Plans of all the agency's years; the years of ``planted.repeats`` take over an earlier plan whole.

        ``place`` is the agency's row in the list; layouts go round by it.
        """
        plans: dict[int, Plan] = {}
        for year in agency.years:
            source = planted().repeats.get((agency.key, year))
            if source:
                plans[year] = plans[source]
            else:
                layout = layout_of(agency, place, year)
                plans[year] = self.year(agency, year, plans.get(year - 1), layout)
        return plans
