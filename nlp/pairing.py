"""Which measure of a report answers which of its problems.

The taxonomy says which measure labels answer a problem label; the same ordinal, and where it is given the
similarity of meaning, add to it. A problem may have several measures, a measure several problems, either none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nlp.records import Statement
from nlp.taxonomy import Taxonomy

FIRST, SECOND = 1.0, 0.45  # a measure label of first, second choice for a problem label
ORDINAL = 0.35  # the same number in two lists of the same length (half where the lengths differ)
LIKENESS = 1.5  # of the similarity beyond what any two statements of a report have
UNRELATED = 0.3  # that much similarity
ENOUGH = 0.25  # below this a measure answers nothing
CLOSE = 0.6  # of the best measure's score: what else answers the problem as well

Similarity = Callable[[str, str], float]
Pairs = tuple[tuple[int, int], ...]


def pair(statements: Sequence[Statement], taxonomy: Taxonomy, similarity: Similarity | None = None) -> Pairs:
    """Pairs (problem, measure) as indices into ``statements``, in reading order.

    Args:
        statements: with their labels.
        taxonomy: which measure labels answer which problem labels.
        similarity: cosine of two texts' meaning, where an encoder is at hand.
    """
    problems = [i for i, s in enumerate(statements) if s.kind == "problem"]
    measures = [i for i, s in enumerate(statements) if s.kind == "measure"]
    numbered = [_highest(statements, problems), _highest(statements, measures)]
    out: list[tuple[int, int]] = []
    for i in problems:
        scores: dict[int, tuple[float, bool]] = {}
        for j in measures:
            topic, first = _topic(statements[i], statements[j], taxonomy)
            score = topic
            if similarity is not None:
                score += LIKENESS * max(0.0, similarity(statements[i].text, statements[j].text) - UNRELATED)
            if score > 0 and statements[i].ordinal is not None and statements[i].ordinal == statements[j].ordinal:
                score += ORDINAL if numbered[0] == numbered[1] else ORDINAL / 2
            scores[j] = (score, first)
        out += [(i, j) for j in _answers(scores)]
    return tuple(out)


def _answers(scores: dict[int, tuple[float, bool]]) -> list[int]:
    """The measures that answer one problem: the best, and those of first choice that are nearly as good."""
    good = {j: row for j, row in scores.items() if row[0] >= ENOUGH}
    if not good:
        return []
    best = max(good, key=lambda j: (good[j][0], -j))
    top = good[best][0]
    return sorted(j for j, (score, first) in good.items() if j == best or (first and score >= CLOSE * top))


def _topic(problem: Statement, measure: Statement, taxonomy: Taxonomy) -> tuple[float, bool]:
    """How well the labels fit, and whether one is of first choice. Surer labels count more."""
    total, first = 0.0, False
    for label in problem.labels:
        best = 0.0
        for answer in measure.labels:
            affinity = taxonomy.affinity(label.id, answer.id)
            if affinity:
                first = first or affinity == 2
                best = max(best, (FIRST if affinity == 2 else SECOND) * (0.5 + 0.5 * answer.score))
        total += best * (0.5 + 0.5 * label.score)
    return total, first


def _highest(statements: Sequence[Statement], indices: Sequence[int]) -> int:
    """The highest ordinal of a list, 0 where it is not numbered."""
    return max((statements[i].ordinal or 0 for i in indices), default=0)
