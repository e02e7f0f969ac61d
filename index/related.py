"""Statements that say the same elsewhere, and what others did about such a problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.filters import merge
from index.hits import Ranked, fold, make_hit
from index.matching import found_terms, spans_of
from index.outcomes import gone_next_year
from index.query import understand
from index.ranker import Question
from index.reads import Candidate, Missing, Reads, StatementRow
from index.records import Answer, Filter, SolutionGroup, Solutions
from index.search import Searcher
from index.settings import LIKE_PROBLEMS
from nlp.errors import MingjianError

EXAMPLES = 3
OTHER = "other_measure"  # of measures without a label


def similar(searcher: Searcher, statement_id: str | None, text: str | None, where: Filter, k: int) -> Answer:
    """What says the same as a statement, or as a text, elsewhere; the statement itself is left out.

    Without ``kind`` in the filter, only what is of the statement's own kind.

    Raises:
        Missing: there is no such statement.
        MingjianError: neither or both of statement and text are given.
    """
    if (statement_id is None) == (text is None):
        raise MingjianError("请给出语句编号或一段文字，二者取一")
    if statement_id is not None:
        own = searcher.store.statement(statement_id)
        question = searcher.question(own.text, where, searcher.vector_of(own))
        where = where if where.kind else replace(where, kind=(own.kind,))
        query = own.text
    else:
        own = None
        query = (text or "").strip()
        question = searcher.question(query, where)
    mask = searcher.allowed(where)
    if own is not None:
        mask = mask & ~searcher.mask_of([own.row])
    ranked = [r for r in searcher.rank(question, mask, k) if searcher.fits(r)]
    hits = []
    shown = fold(ranked, k)
    rows = searcher.store.statements_at([one.row.row for one in shown])
    for rank, one in enumerate(shown, start=1):
        row = rows.get(one.row.row)
        if row is None:  # removed this moment
            continue
        terms = found_terms(question.words, one.row.text)
        hits.append(make_hit(row, one, rank, terms, _common(question, one.row), spans_of(terms, one.row.text)))
    return Answer(query, query, where, tuple(hits), no_match=not hits)


def _common(question: Question, row: Candidate | StatementRow) -> tuple[str, ...]:
    return tuple(label for label in row.labels if label in question.labels)


def solutions(searcher: Searcher, query_or_id: str, where: Filter, k: int) -> Solutions:
    """By label, the measures that others paired with problems like this one.

    An agency's copies of one problem over the years count once; the asker's own agency is left out. ``share`` of a
    group: of the problems that have a measure; its examples are the measures of the nearest problems.
    """
    try:
        own = searcher.store.statement(query_or_id)
    except Missing:
        own = None
    stated = Filter()
    if own is not None:
        question = searcher.question(own.text, Filter(kind=("problem",)), searcher.vector_of(own))
    else:
        understood = understand(query_or_id, where, searcher.latest_year())
        stated = understood.filter
        question = searcher.question(understood.text or query_or_id, Filter(kind=("problem",)))
    asked = replace(merge(where, stated), kind=("problem",), unanswered=False)
    mask = searcher.allowed(asked)
    ranked = [r for r in searcher.rank(question, mask, LIKE_PROBLEMS) if searcher.fits(r)]
    if own is not None:
        ranked = [r for r in ranked if not _same_agency(r.row, own)]
    problems = fold(ranked, LIKE_PROBLEMS)
    measures = searcher.store.measures_of([row.row for problem in problems for row in (problem.row, *problem.copies)])
    groups = _groups(searcher.store, question, problems, measures, k)
    answered = sum(bool(_measures_for(problem, measures)) for problem in problems)
    return Solutions(
        query=query_or_id,
        filter=replace(asked, kind=()),
        problems=len(problems),
        unanswered=len(problems) - answered,
        groups=groups,
        no_match=not problems,
    )


def _same_agency(one: Candidate | StatementRow, other: StatementRow) -> bool:
    if one.report == other.report:
        return True
    return one.agency is not None and (one.agency, one.region) == (other.agency, other.region)


def _measures_for(problem: Ranked, measures: dict[int, tuple[int, ...]]) -> list[int]:
    """Rows of the measures against a problem or one of its copies."""
    rows = [row for one in (problem.row, *problem.copies) for row in measures.get(one.row, ())]
    return [*dict.fromkeys(rows)]


def _latest_answered(problem: Ranked, measures: dict[int, tuple[int, ...]]) -> Candidate | StatementRow | None:
    """Of a problem and its copies of other years, the last that has a measure."""
    answered = [one for one in (problem.row, *problem.copies) if measures.get(one.row)]
    return max(answered, key=lambda one: (one.year or 0, one.row), default=None)


def _groups(
    store: Reads,
    question: Question,
    problems: Sequence[Ranked],
    measures: dict[int, tuple[int, ...]],
    k: int,
) -> tuple[SolutionGroup, ...]:
    from nlp.taxonomy import Taxonomy

    taxonomy = Taxonomy.load()
    kinds = {entry.id: entry.kind for entry in taxonomy}
    rows = store.statements_at({row for several in measures.values() for row in several})
    counted: dict[str, int] = {}
    followed: dict[str, list[bool]] = {}
    examples: dict[str, list[Ranked]] = {}
    answered = 0
    outcome = gone_next_year(store, filter(None, (_latest_answered(problem, measures) for problem in problems)))
    for problem in problems:
        found = [rows[row] for row in _measures_for(problem, measures) if row in rows]
        answered += bool(found)
        labels: set[str] = set()
        for measure in found:
            of_it = [label for label in measure.labels if kinds.get(label) == "measure"] or [OTHER]
            labels.update(of_it)
            for label in of_it:
                examples.setdefault(label, []).append(replace(problem, row=measure, copies=()))
        last = _latest_answered(problem, measures)
        for label in labels:
            counted[label] = counted.get(label, 0) + 1
            if last is not None and last.row in outcome:
                followed.setdefault(label, []).append(outcome[last.row])
    order = sorted(counted, key=lambda label: (-counted[label], label))
    return tuple(
        SolutionGroup(
            label=label,
            name=taxonomy.name(label),
            count=counted[label],
            share=round(counted[label] / answered, 4),
            examples=tuple(
                make_hit(rows[one.row.row], one, rank, (), _common(question, one.row), ())
                for rank, one in enumerate(fold(examples[label], EXAMPLES), start=1)
            ),
            followed=len(followed.get(label, ())),
            gone=sum(followed.get(label, ())),
        )
        for label in order[:k]
    )
