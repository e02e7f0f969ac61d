"""The parts of a summary that tell what the reports say: problems, their change, measures, exceptions, gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from index.insight import FEWEST_REPORTS, FEWEST_YEARS, UNKNOWN, moving
from index.mentions import Mention
from index.reads import StatementRow
from index.records import TrendRow
from index.summary.emerging import Emerging
from index.summary.gather import Material, answered_by, reports_of
from index.summary.records import LabelRow
from index.summary.typical import typical, unusual
from index.summary.wording import (
    FEWEST,
    Ledger,
    count_share,
    define,
    listed,
    of_reports,
    say,
    shortened,
    tables,
    who,
    word,
)
from nlp.taxonomy import Taxonomy

MAIN = 5  # problems that are named …
MAIN_SHARE = 0.1  # … where that share of reports states them …
AT_LEAST = 3  # … and so many in any case
QUOTED = 3  # of them are quoted and get their measures
MOVES = 4
RARE_SHARE = 0.05  # a label is rare up to this share of the reports …
RARE_FROM = 20  # … where there are so many
RARE = 3
ODD_FROM = 20  # problems, from which one may be unlike the others
ODD = 3
GAPS = 2


class Opinions:
    """Writes the parts; what was quoted once is not quoted again."""

    def __init__(self, material: Material, ledger: Ledger) -> None:
        self.material, self.ledger = material, ledger
        self.base = len(material.with_issues)
        self.by_label = material.by_label(material.problems)
        self.main = main_problems(material)
        self.drawn = word("drawn") if material.every > 1 else ""  # before what is told of some reports only
        self._quoted: set[str] = set()

    # -- problems ------------------------------------------------------------------------------------------

    def problems(self) -> list[str]:
        """The main problems with shares, then sentences that stand for them."""
        if not self.main:
            return []
        named = [self._stated(row) for row in self.main]
        tied = sum(row.stating == self.main[0].stating for row in self.main)
        if self.base < FEWEST:
            texts = [say("top_few", named=listed(named))]
        elif tied > 1:
            key = "top_tied" if tied < len(named) else "top_tied_alone"
            texts = [say(key, first=listed(named[:tied]), rest=listed(named[tied:]))]
        else:
            texts = [say("top", int(len(named) > 1), first=named[0], rest=listed(named[1:]))]
        for turn, row in enumerate(self.main[:QUOTED]):
            texts += self._typical(row, turn)
        return texts

    def _stated(self, row: LabelRow) -> str:
        return say("stated", name=row.name, share=count_share(row.stating, row.reports), mark=self._label_mark(row))

    def _label_mark(self, row: LabelRow, group: str = "") -> str:
        return self.ledger.figure(define("label", name=row.name), row.stating, row.reports, group=group, interval=True)

    def _typical(self, row: LabelRow, turn: int) -> list[str]:
        found = self._pick(self.by_label.get(row.id, []), 2)
        if not found:
            return []
        more = [say("quoted_more", turn, **self._quote(one)) for one in found[1:]]
        key = "quoted_few" if self.base < FEWEST else "quoted"
        return [say(key, turn, name=row.name, more="".join(more), **self._quote(found[0]))]

    def _pick(self, statements: Sequence[Mention], k: int) -> list[StatementRow]:
        found = typical(self.material.store, [one.row for one in statements], k, self._quoted)
        self._quoted.update(one.text for one in found)
        return found

    def _quote(self, row: StatementRow) -> dict[str, str]:
        return {"who": who(row), "quote": shortened(row.text), "mark": self.ledger.quotation(row)}

    # -- change --------------------------------------------------------------------------------------------

    def change(self) -> list[str]:
        """What rises and falls, where there is enough to tell."""
        years = self.material.issue_years
        if len(self.material.years) < 2 or self.base < FEWEST:
            return []
        tested = define("tested", least_years=FEWEST_YEARS, least_reports=FEWEST_REPORTS)
        mark = self.ledger.figure(tested, len(years), unit="个年度", parts={"报告": sum(years.values())})
        counts = {"years": len(years), "reports": f"{sum(years.values()):,}"}
        if len(years) < FEWEST_YEARS or sum(years.values()) < FEWEST_REPORTS:
            least = {"least_years": FEWEST_YEARS, "least_reports": FEWEST_REPORTS}
            return [say("too_few", mark=mark, **counts, **least)]
        texts = []
        for kind in self.material.where.kind or ("problem", "measure"):
            if kind in ("problem", "measure"):
                moved = self._moves(kind)
                texts += moved or [say(f"no_moves_{kind}", mark=mark, **counts)]
        texts += Emerging(self.material, self.ledger, self._quoted).write()
        agencies = self.material.agencies
        steady = sum(len(known) == len(self.material.years) for known in agencies.values())
        if steady == len(agencies):
            return texts
        mark = self.ledger.figure(define("same_agencies"), steady, len(agencies), unit="个")
        return [*texts, say("same_agencies", n=f"{steady:,}个{mark}")]

    def _moves(self, kind: str) -> list[str]:
        rows = self.material.trends(kind).rows
        texts = []
        for label, z in moving(rows)[:MOVES]:
            series = sorted((r for r in rows if r.label == label and r.group != UNKNOWN), key=lambda r: r.group)
            sure = [row for row in series if row.reports >= FEWEST]
            first, last = (sure or series)[0], (sure or series)[-1]
            if (last.share > first.share) == (z > 0) and last.share != first.share:
                ends = {"first": self._year(first), "last": self._year(last)}
                texts.append(say("rise" if z > 0 else "fall", name=Taxonomy.load().name(label), **ends))
        return texts

    def _year(self, row: TrendRow) -> str:
        name = Taxonomy.load().name(row.label)
        group = f"{row.group}年"
        mark = self.ledger.figure(define("label", name=name), row.stating, row.reports, group=group, interval=True)
        return say("year_share", year=row.group, mark=mark, **of_reports(row.stating, row.reports))

    # -- measures ------------------------------------------------------------------------------------------

    def measures(self) -> list[str]:
        """For each of the main problems what was done about it most, with a sentence that stands for it."""
        texts = []
        for turn, row in enumerate(self.main[:QUOTED]):
            answers = answered_by(self.material, self.by_label.get(row.id, ()))
            if answers:
                texts += self._answers(row, answers, turn)
        return texts

    def _answers(self, row: LabelRow, answers: Mapping[int, list[Mention]], turn: int) -> list[str]:
        other = Taxonomy.other("measure")
        uses: dict[str, set[int]] = {}
        for report, found in answers.items():
            for label in {label for one in found for label in one.labels} - {other}:
                uses.setdefault(label, set()).add(report)
        order = [entry.id for entry in Taxonomy.load()]
        ranked = sorted(uses, key=lambda label: (-len(uses[label]), order.index(label)))[:2]
        if not ranked:
            return []
        named = [self._answer(row, label, len(uses[label]), len(answers)) for label in ranked]
        stating = len(reports_of(self.by_label[row.id]))
        mark = self.ledger.figure(define("answered", name=row.name), len(answers), stating, interval=True)
        filled = {"name": row.name, "mark": mark, "drawn": self.drawn, **of_reports(len(answers), stating)}
        key = "answered_two" if len(named) > 1 else "answered"
        key = "answered_few" if len(answers) < FEWEST else key
        texts = [say(key, turn, first=named[0], second=named[-1], listed=listed(named), **filled)]
        used = {one.row: one for found in answers.values() for one in found if ranked[0] in one.labels}
        for one in self._pick(sorted(used.values(), key=lambda s: s.row), 1):
            status = tables()["status"][one.status or "unknown"]
            texts.append(say("measure_quoted", turn, status=status, **self._quote(one)))
        return texts

    def _answer(self, row: LabelRow, label: str, n: int, among: int) -> str:
        measure = Taxonomy.load().name(label)
        mark = self.ledger.figure(define("answer", name=row.name, measure=measure), n, among, interval=True)
        return say("answer", name=measure, share=count_share(n, among), mark=mark)

    # -- exceptions ----------------------------------------------------------------------------------------

    def exceptions(self) -> list[str]:
        """Labels that few reports state, and concrete sentences unlike any other agency's."""
        texts = []
        few = (
            [row for row in self.material.rows("problem") if row.share <= RARE_SHARE] if self.base >= RARE_FROM else []
        )
        if few:
            rarest = sorted(few, key=lambda row: row.stating)[:RARE]
            texts.append(say("rare_labels", labels=listed(self._stated(row) for row in rarest)))
        problems = self.material.problems
        if len(problems) >= ODD_FROM:
            concrete, odd = unusual(self.material.store, problems, ODD)
            odd = [one for one in odd if one.text not in self._quoted]
            if odd:
                self._quoted.update(one.text for one in odd)
                mark = self.ledger.figure(define("rare"), concrete, len(problems), unit="条")
                cases = word("semicolon").join(say("rare_case", **self._quote(one)) for one in odd)
                among = self.drawn or word("among")
                texts.append(say("rare", among=among, n=f"{concrete:,}", mark=mark, cases=cases))
        return texts

    # -- gaps ----------------------------------------------------------------------------------------------

    def unanswered(self) -> list[str]:
        """Problems without a measure: in how many reports, which most, and sentences."""
        stating = reports_of(self.material.problems)
        if not stating:
            return []
        loose = [one for one in self.material.problems if one.row not in self.material.answers]
        mark = self.ledger.figure(define("unanswered"), len(reports_of(loose)), len(stating), interval=True)
        if not loose:
            return [say("all_answered", drawn=self.drawn, n=f"{len(stating):,}", mark=mark)]
        counts = of_reports(len(reports_of(loose)), len(stating))
        texts = [say("unanswered", drawn=self.drawn, mark=mark, **counts)]
        most = self._most_left(loose)
        if most:
            joined = listed(self._left(row, n) for row, n in most)
            texts.append(say("unanswered_label", labels=joined))
        labels = {row.id for row, _ in most}
        among = [one for one in loose if labels & set(one.labels)] or loose
        return texts + [
            say("unanswered_quote", turn, **self._quote(one)) for turn, one in enumerate(self._pick(among, 2))
        ]

    def _most_left(self, loose: Sequence[Mention]) -> list[tuple[LabelRow, int]]:
        """The labels with the largest share of reports that leave them without a measure."""
        counts = {label: len(reports_of(rows)) for label, rows in self.material.by_label(loose).items()}
        of = {label: len(reports_of(rows)) for label, rows in self.by_label.items()}
        rows = [row for row in self.material.rows("problem") if counts.get(row.id, 0) > 1 and of[row.id] >= FEWEST]
        rows.sort(key=lambda row: (-counts[row.id] / of[row.id], -of[row.id]))
        return [(row, counts[row.id]) for row in rows[:GAPS]]

    def _left(self, row: LabelRow, n: int) -> str:
        of = len(reports_of(self.by_label[row.id]))
        mark = self.ledger.figure(define("unanswered_label", name=row.name), n, of, interval=True)
        return say("unanswered_one", name=row.name, d=f"{of:,}", n=count_share(n, of), mark=mark)


def main_problems(material: Material) -> list[LabelRow]:
    """The problems that the summary is about."""
    rows = material.rows("problem")
    often = [row for row in rows if row.share >= MAIN_SHARE and row.stating > 1]
    return often[:MAIN] if len(often) >= AT_LEAST else rows[:AT_LEAST]
