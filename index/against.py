"""What agencies did against a kind of problem: all measures paired with statements of a label, counted and quoted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from index.answerreads import ANY
from index.answers import GONE, UNKNOWN, Small, answers_of, outcomes_of
from index.columns import Numbers, stated_of
from index.comparisons import Answered
from index.hits import Ranked, make_hit
from index.insight import comparable, reports_only
from index.ranking import Features
from index.reads import Reads, StatementRow
from index.records import Filter, Hit, SolutionGroup, Solutions
from index.summary.typical import typical
from index.tallying import current_kept
from index.together import CAUTION, answers_to, counts_of
from nlp.errors import MingjianError
from nlp.taxonomy import Taxonomy

EXAMPLES = 3
AMONG = 4 * EXAMPLES  # typical sentences of which those of different places are quoted
LOOKED_AT = (
    200  # sentences of one kind of measure that the typical ones are sought among, evenly spread: reads cost most
)


def measures_against(store: Reads, label: str, where: Filter, k: int) -> Solutions:
    """The measures against all problems of a label under a filter, by measure label; ``k`` groups at most.

    Counted as :func:`index.together.together` counts: problem sentences of current reports, a government's own
    never with its departments'. ``followed`` and ``gone`` are of the problems that such a measure answers, each
    held against its agency's next report as :func:`index.outcomes.gone_next_year` does.

    Raises:
        MingjianError: the label is none of problems.
    """
    if Taxonomy.load().entry(label).kind != "problem":
        raise MingjianError(f"“{Taxonomy.load().name(label)}”是措施的标签，请给出问题的标签")
    with store.snapshot():
        counted, notes = comparable(store, reports_only(where))
        stated, answers = stated_of(store), answers_of(store)
        keep = current_kept(store, stated.columns, counted)
        found = answers_to(counts_of(store, stated, keep), label)
        problems, by = answers.problems(label, keep)
        gone = outcomes_of(store, answers, problems)
        told = answers.measures(problems[by == ANY])
        groups = []
        for one in found.answers[:k]:
            code = answers.names[one.measure]
            groups.append(_group(store, one, gone[by == code], np.unique(told[0][told[1] == code])))
    return Solutions(
        query="",
        filter=reports_only(where),
        problems=found.unanswered.of,
        unanswered=found.unanswered.count,
        groups=tuple(groups),
        no_match=not found.unanswered.of,
        label=label,
        notes=(*notes, CAUTION) if found.unanswered.of else notes,
    )


def _group(store: Reads, answered: Answered, gone: Small, measures: Numbers) -> SolutionGroup:
    """``gone``: of each problem that such a measure answers; ``measures``: their rows, ascending."""
    return SolutionGroup(
        label=answered.measure,
        name=answered.name,
        count=answered.share.count,
        share=answered.share.share or 0.0,
        examples=tuple(_quoted(store, measures)),
        followed=int((gone != UNKNOWN).sum()),
        gone=int((gone == GONE).sum()),
        base=answered.base,
        lift=answered.lift,
    )


def _quoted(store: Reads, rows: Numbers) -> Iterable[Hit]:
    """Measures that stand for these: near the middle of all, of different agencies and places, in other words."""
    few = rows if len(rows) <= LOOKED_AT else rows[np.arange(LOOKED_AT) * len(rows) // LOOKED_AT]
    chosen = spread(typical(store, few.tolist(), AMONG))
    plain = Features(0.0, 0.0, 0.0, 0.0)
    for rank, row in enumerate(chosen, start=1):
        yield make_hit(row, Ranked(row, 1.0, plain, None, None, rank), rank, (), (), ())


def spread(rows: Sequence[StatementRow]) -> list[StatementRow]:
    """The first of each province, then of each city, then the rest: :data:`EXAMPLES` of them, in the order given."""
    chosen: dict[int, StatementRow] = {}
    for place in (_province, _city, _report):
        taken = {place(one) for one in chosen.values()}
        for one in rows:
            if len(chosen) < EXAMPLES and one.row not in chosen and place(one) not in taken:
                chosen[one.row] = one
                taken.add(place(one))
    return [one for one in rows if one.row in chosen]


def _province(row: StatementRow) -> str:
    return str(row.region.province)


def _city(row: StatementRow) -> str:
    return f"{row.region.province} {row.region.city}"


def _report(row: StatementRow) -> str:
    return row.report
