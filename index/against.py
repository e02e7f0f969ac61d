"""What agencies did against a kind of problem: all measures paired with statements of a label, counted and quoted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from index.answers import Answers, answers_of
from index.columns import Numbers
from index.comparisons import Answered
from index.hits import Ranked, make_hit
from index.insight import comparable, reports_only
from index.outcomes import gone_next_year
from index.ranking import Features
from index.reads import Reads, StatementRow
from index.records import Filter, Hit, SolutionGroup, Solutions
from index.summary.typical import typical
from index.tallying import current_kept
from index.together import CAUTION, answers_to, usually
from nlp.errors import MingjianError
from nlp.taxonomy import Taxonomy

EXAMPLES = 3
AMONG = 4 * EXAMPLES  # typical sentences of which those of different places are quoted
LOOKED_AT = 400  # sentences of one kind of measure that the typical ones are sought among, evenly spread


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
        columns = answers_of(store)
        keep = current_kept(store, columns.columns, counted)
        found = answers_to(columns, keep, label, usually(columns, columns.answered(keep)))
        pairs = columns.pairs_of(columns.problems(label, keep))
        outcome = gone_next_year(store, store.candidates_at(np.unique(pairs[:, 0]).tolist()).values())
        groups = tuple(_group(store, columns, pairs, one, outcome) for one in found.answers[:k])
    return Solutions(
        query="",
        filter=reports_only(where),
        problems=found.unanswered.of,
        unanswered=found.unanswered.count,
        groups=groups,
        no_match=not found.unanswered.of,
        label=label,
        notes=(*notes, CAUTION) if found.unanswered.of else notes,
    )


def _group(
    store: Reads, columns: Answers, pairs: Numbers, answered: Answered, outcome: Mapping[int, bool]
) -> SolutionGroup:
    measures = columns.stating[answered.measure]
    own = pairs[np.isin(pairs[:, 1], measures)]
    known = [outcome[row] for row in np.unique(own[:, 0]).tolist() if row in outcome]
    return SolutionGroup(
        label=answered.measure,
        name=answered.name,
        count=answered.share.count,
        share=answered.share.share or 0.0,
        examples=tuple(_quoted(store, np.unique(own[:, 1]))),
        followed=len(known),
        gone=sum(known),
        base=answered.base,
        lift=answered.lift,
    )


def _quoted(store: Reads, rows: Numbers) -> Iterable[Hit]:
    """Measures that stand for these: near the middle of all, of different agencies and places, in other words."""
    few = rows if len(rows) <= LOOKED_AT else rows[np.arange(LOOKED_AT) * len(rows) // LOOKED_AT]
    found = store.statements_at(few.tolist())
    chosen = spread([*typical(store, [found[row] for row in few.tolist() if row in found], AMONG)])
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
