"""Which labels come together in reports, which measures answer which problems, and which problems nobody answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from index.answerreads import ANY
from index.answers import answers_of, statements_stating
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
        stated = stated_of(store)
        keep = current_kept(store, stated.columns, counted)
        with_issues = keep & (stated.columns.numbers["has_issues"] == 1)
        pairs = _pairs(_both(stated, with_issues), stating, reports, where)
        problems = int(stated.columns.numbers["problems"][keep].sum())
        counts = counts_of(store, stated, keep)
        answers = _problem_answers(counts, where)
        unanswered = problems - counts.answered
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


def _problem_answers(counts: Counts, where: Filter) -> tuple[ProblemAnswers, ...]:
    """By problem label: what is left unanswered, most often unanswered first."""
    taxonomy = Taxonomy.load()
    # what fits no label fits no measure either: that it is left unanswered says nothing
    other = taxonomy.other("problem")
    out = []
    for entry in taxonomy.of_kind("problem"):
        if entry.id == other or (where.label and entry.id not in where.label):
            continue
        one = answers_to(counts, entry.id)
        if one.unanswered.of:
            out.append(one)
    return tuple(sorted(out, key=lambda one: (-(one.unanswered.share or 0.0), -one.unanswered.of, one.label)))


@dataclass(frozen=True)
class Counts:
    """Problems of some reports and what answers them.

    Attributes:
        answered: problems that have a measure; usual: measure label → share of them that have one of it.
        stating: label → statements that have it.
        found: (labels + 1, labels + 1) problems with a label and a measure of a label;
            ``names``: their numbers, :data:`ANY` beside.
    """

    answered: int
    usual: dict[str, float]
    stating: dict[str, int]
    names: dict[str, int]
    found: Numbers


def counts_of(store: Reads, stated: Stated, keep: Flags) -> Counts:
    """What the kept reports have of problems and answers; the caller holds a snapshot."""
    answers = answers_of(store)
    found = answers.counted(keep)
    measures = {entry.id for entry in Taxonomy.load().of_kind("measure")}
    names = {label: code for label, code in answers.names.items() if label in measures}
    every = int(found[ANY, ANY])
    usual = {label: int(found[ANY, code]) / every for label, code in names.items() if found[ANY, code]}
    return Counts(every, usual, statements_stating(stated, keep), answers.names, found)


def answers_to(counts: Counts, label: str) -> ProblemAnswers:
    """How the problems of one label are answered."""
    every = counts.stating.get(label, 0)
    own = counts.found[counts.names[label]] if label in counts.names else np.zeros(len(counts.found), np.int64)
    answered = int(own[ANY])
    measured = [(measure, int(own[counts.names[measure]])) for measure in counts.usual]
    return ProblemAnswers(
        label,
        Taxonomy.load().name(label),
        share_of(every - answered, every),
        _answered([(measure, n) for measure, n in measured if n], answered, counts.usual),
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
