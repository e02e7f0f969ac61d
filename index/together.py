"""Which labels come together in reports, which measures answer which problems, and which problems nobody answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from index.answers import Answers, answers_of
from index.columns import Flags, Numbers, Stated, stated_of
from index.compare import share_of
from index.comparisons import Answered, Pair, ProblemAnswers, Together
from index.insight import comparable, label_shares, reports_only
from index.reads import Reads
from index.records import Filter
from index.shares import association, discoveries, p_value
from index.tallying import current_kept
from nlp.taxonomy import Taxonomy

CAUTION = "问题与措施的对应由系统按标签、次序和意思判断，不是报告自己注明的"


def together(store: Reads, where: Filter) -> Together:
    """Co-occurrence of labels in reports; by problem label the share left unanswered, and what answers the rest.

    ``kind`` and ``label`` of the filter choose which pairs and problems are shown (a pair where either is named).
    """
    with store.snapshot():
        counted, notes = comparable(store, reports_only(where))
        reports, shares = label_shares(store, counted)
        stating = {share.id: share.reports for share in shares}
        columns = answers_of(store)
        keep = current_kept(store, columns.columns, counted)
        with_issues = keep & (columns.columns.numbers["has_issues"] == 1)
        pairs = _pairs(_both(stated_of(store), with_issues), stating, reports, where)
        problems = int(columns.columns.numbers["problems"][keep].sum())
        unanswered = problems - len(columns.answered(keep))
        answers = _problem_answers(columns, keep, where)
    return Together(where, reports, problems, unanswered, pairs, answers, (*notes, CAUTION) if problems else notes)


def _both(stated: Stated, keep: Flags) -> list[tuple[str, str, int]]:
    """(label, label, kept reports that state both), each pair once, in alphabetical order."""
    chosen = keep[stated.places]
    row = np.cumsum(keep) - 1
    matrix = np.zeros((int(keep.sum()), max(1, len(stated.names))), np.float32)  # whole numbers, exact
    matrix[row[stated.places[chosen]], stated.labels[chosen]] = 1.0
    counts = matrix.T @ matrix
    names = sorted(stated.names)
    codes = [stated.names[name] for name in names]
    return [
        (one, other, int(counts[codes[i], codes[j]]))
        for i, one in enumerate(names)
        for j, other in enumerate(names[i + 1 :], start=i + 1)
        if counts[codes[i], codes[j]]
    ]


def _pairs(
    both: list[tuple[str, str, int]], stating: Mapping[str, int], reports: int, where: Filter
) -> tuple[Pair, ...]:
    """Pairs of one kind, surest first; all are tested together, whichever are shown.

    Labels for what fits no label are left out.
    """
    taxonomy = Taxonomy.load()
    out = []
    for one, other, n in both:
        kind = taxonomy.entry(one).kind
        if taxonomy.entry(other).kind != kind or taxonomy.other(kind) in (one, other):
            continue
        lift, z = association(n, stating[one], stating[other], reports)
        names = taxonomy.name(one), taxonomy.name(other)
        counts = n, stating[one], stating[other], reports
        out.append(Pair(kind, one, names[0], other, names[1], *counts, round(lift, 4), round(z, 4), sure=False))
    real = discoveries([p_value(pair.z) for pair in out])
    sure = [replace(pair, sure=is_sure) for pair, is_sure in zip(out, real, strict=True)]
    shown = [
        pair
        for pair in sure
        if (not where.kind or pair.kind in where.kind)
        and (not where.label or {pair.first, pair.second} & {*where.label})
    ]
    return tuple(sorted(shown, key=lambda pair: (-pair.z, -pair.both, pair.first, pair.second)))


def _problem_answers(columns: Answers, keep: Flags, where: Filter) -> tuple[ProblemAnswers, ...]:
    """By problem label: what is left unanswered, most often unanswered first."""
    taxonomy = Taxonomy.load()
    usual = usually(columns, columns.answered(keep))
    # what fits no label fits no measure either: that it is left unanswered says nothing
    other = taxonomy.other("problem")
    out = []
    for entry in taxonomy.of_kind("problem"):
        if entry.id == other or (where.label and entry.id not in where.label):
            continue
        one = answers_to(columns, keep, entry.id, usual)
        if one.unanswered.of:
            out.append(one)
    return tuple(sorted(out, key=lambda one: (-(one.unanswered.share or 0.0), -one.unanswered.of, one.label)))


def usually(columns: Answers, answered: Numbers) -> dict[str, float]:
    """Measure label → its share of some answered problems (rows, ascending): how common it is anyway."""
    return {label: n / len(answered) for label, n in columns.measured(answered).items()}


def answers_to(columns: Answers, keep: Flags, label: str, usual: Mapping[str, float]) -> ProblemAnswers:
    """How the problems of one label in the kept reports are answered."""
    problems = columns.problems(label, keep)
    measured = columns.measured(problems)
    open_ones = len(problems) - len(np.intersect1d(problems, columns.pairs_of(problems)[:, 0]))
    return ProblemAnswers(
        label,
        Taxonomy.load().name(label),
        share_of(open_ones, len(problems)),
        _answered([*measured.items()], len(problems) - open_ones, usual),
    )


def _answered(measures: list[tuple[str, int]], answered: int, usual: Mapping[str, float]) -> tuple[Answered, ...]:
    """The measures against one problem label, most common first."""
    taxonomy = Taxonomy.load()
    out = [
        Answered(
            measure,
            taxonomy.name(measure),
            share_of(n, answered),
            round(usual[measure], 4),
            round(n / answered / usual[measure], 4),
        )
        for measure, n in measures
    ]
    return tuple(sorted(out, key=lambda one: (-one.share.count, -one.lift, one.measure)))
