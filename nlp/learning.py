"""Making the classifiers: from labelled statements to :class:`nlp.linear.Linear`, with figures from cross-validation.

Folds keep groups together (statements of one cluster, of one author where asked), so that no figure rests on a
sentence's sibling. scikit-learn is imported inside functions: labelling itself does not need it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.errors import MingjianError
from nlp.features import Features
from nlp.linear import Linear
from nlp.taxonomy import Taxonomy

FOLDS = 5
FEWEST = 2  # a feature counts from so many sentences
PENALTIES = (3.0, 10.0)
STEPS = np.linspace(0.1, 0.9, 33)
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled statement; ``group``: sentences that must stay on one side of a split."""

    text: str
    kind: str
    labels: tuple[str, ...]
    author: str
    group: str


def read_examples(paths: Iterable[Path]) -> list[Example]:
    """Labelled statements from ``*.jsonl``: lines with ``text`` or clusters with ``statements`` and ``measures``.

    Raises:
        MingjianError: a line is no JSON or lacks a field; the message names file and line.
    """
    out: list[Example] = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if line.strip():
                try:
                    out += _examples_of(json.loads(line), path.stem)
                except (ValueError, KeyError, TypeError) as error:
                    raise MingjianError(f"{path} 第{number}行：不是标注语料的格式（{error}）") from error
    return out


def _examples_of(line: dict[str, Any], stem: str) -> Iterator[Example]:
    author = str(line.get("author", stem))
    group = f"{author}:{line['id']}"
    if "statements" not in line:
        yield Example(line["text"], line["kind"], tuple(line["labels"]), author, group)
        return
    for statement in line["statements"]:
        yield Example(statement["text"], line["kind"], tuple(statement.get("labels", line["labels"])), author, group)
    for measure in line.get("measures", ()):
        yield Example(measure["text"], "measure", tuple(measure["labels"]), author, group)


@dataclass(slots=True)
class _Space:
    """Sentences as rows over a vocabulary learnt from some of them."""

    rows: dict[str, int]
    idf: Matrix

    def matrix(self, counts: Sequence[dict[str, float]]) -> Any:
        """(n, features) sparse, rows of unit length."""
        from scipy.sparse import csr_matrix
        from sklearn.preprocessing import normalize

        data, columns, ends = [], [], [0]
        for count in counts:
            known = [(self.rows[name], value) for name, value in count.items() if name in self.rows]
            columns += [column for column, _ in known]
            data += [value * self.idf[column] for column, value in known]
            ends.append(len(columns))
        found = csr_matrix((data, columns, ends), shape=(len(counts), len(self.rows)), dtype=np.float32)
        return normalize(found)


def _space(counts: Sequence[dict[str, float]]) -> _Space:
    seen = Counter(name for count in counts for name in count)
    names = sorted(name for name, n in seen.items() if n >= FEWEST)
    idf = np.array([np.log((1 + len(counts)) / (1 + seen[name])) + 1 for name in names], dtype=np.float32)
    return _Space({name: row for row, name in enumerate(names)}, idf)


def _fit(matrix: Any, wanted: Matrix, penalty: float) -> tuple[Matrix, Matrix]:
    """One logistic regression an output: weights (features, m), bias (m,)."""
    from sklearn.linear_model import LogisticRegression

    columns, bias = [], []
    for output in range(wanted.shape[1]):
        model = LogisticRegression(C=penalty, class_weight="balanced", solver="liblinear", random_state=0)
        model.fit(matrix, wanted[:, output] > 0)
        columns.append(model.coef_[0])
        bias.append(model.intercept_[0])
    return np.array(columns, dtype=np.float32).T, np.array(bias, dtype=np.float32)


def folds(groups: Sequence[str]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(training rows, held-out rows), groups never torn."""
    from sklearn.model_selection import GroupKFold

    yield from GroupKFold(min(FOLDS, len(set(groups)))).split(groups, groups=groups)


def _held_out_scores(
    counts: Sequence[dict[str, float]], wanted: Matrix, groups: Sequence[str], penalty: float
) -> Matrix:
    """(n, m) decision values of each sentence by a model that has not seen its group."""
    scores = np.zeros_like(wanted)
    for train, test in folds(groups):
        seen = [counts[i] for i in train]
        space = _space(seen)
        weights, bias = _fit(space.matrix(seen), wanted[train], penalty)
        scores[test] = space.matrix([counts[i] for i in test]) @ weights + bias
    return scores


def _calibrate(scores: Matrix, wanted: Matrix) -> tuple[Matrix, Matrix]:
    """Platt's sigmoid an output: slope and shift."""
    from sklearn.linear_model import LogisticRegression

    slope, shift = np.ones(scores.shape[1], np.float32), np.zeros(scores.shape[1], np.float32)
    for output in range(scores.shape[1]):
        model = LogisticRegression(C=1e3).fit(scores[:, [output]], wanted[:, output] > 0)
        slope[output], shift[output] = model.coef_[0][0], model.intercept_[0]
    return slope, shift


def _thresholds(probabilities: Matrix, wanted: Matrix) -> Matrix:
    """The probability an output that gives the best F1, drawn towards the common best for rare outputs."""

    def f1(threshold: float, output: int | slice) -> float:
        given, right = probabilities[:, output] >= threshold, wanted[:, output] > 0
        return float(2 * (given & right).sum() / max(1, given.sum() + right.sum()))

    common = float(max(STEPS, key=lambda step: f1(step, slice(None))))
    best = []
    for output in range(wanted.shape[1]):
        own = float(max(STEPS, key=lambda step: (f1(step, output), -abs(step - common))))
        support = float((wanted[:, output] > 0).sum())
        best.append((support * own + 50 * common) / (support + 50))
    return np.array(best, dtype=np.float32)


def train(examples: Sequence[Example], outputs: Sequence[str], taxonomy: Taxonomy, *, kinds: bool = False) -> Linear:
    """Fit one classifier.

    Args:
        examples: the statements; those of other kinds are the caller's to leave out.
        outputs: label ids, or kinds where ``kinds``.
        taxonomy: whose cues are features; the classifier is bound to it.
        kinds: tell kinds instead of labels.

    Returns:
        The classifier; ``meta`` holds micro-F1, macro-F1 and per-output F1 of cross-validation by group.
    """
    features = Features(taxonomy)
    counts = [features.of(example.text) for example in examples]
    wanted = np.array(
        [[float(o in ((e.kind,) if kinds else e.labels)) for o in outputs] for e in examples], dtype=np.float32
    )
    groups = [example.group for example in examples]
    tried = {penalty: _held_out_scores(counts, wanted, groups, penalty) for penalty in PENALTIES}
    figures = {}
    for penalty, scores in tried.items():
        slope, shift = _calibrate(scores, wanted)
        probabilities = 1 / (1 + np.exp(-(slope * scores + shift)))
        thresholds = _thresholds(probabilities, wanted)
        figures[penalty] = (_f1(probabilities >= thresholds, wanted), slope, shift, thresholds)
    penalty = max(figures, key=lambda p: figures[p][0]["micro"])
    f1, slope, shift, thresholds = figures[penalty]
    space = _space(counts)
    weights, bias = _fit(space.matrix(counts), wanted, penalty)
    meta = {
        "taxonomy": taxonomy.fingerprint,
        "examples": str(len(examples)),
        "penalty": str(penalty),
        "cross_validation": json.dumps(f1 | {"outputs": dict(zip(outputs, f1["outputs"], strict=True))}),
    }
    return Linear(tuple(outputs), space.rows, space.idf, weights, bias, slope, shift, thresholds, meta)


def _f1(given: NDArray[np.bool_], wanted: Matrix) -> dict[str, Any]:
    right = wanted > 0
    both, sums = (given & right).sum(axis=0), given.sum(axis=0) + right.sum(axis=0)
    each = [round(float(2 * b / s), 4) if s else 1.0 for b, s in zip(both, sums, strict=True)]
    return {
        "micro": round(float(2 * both.sum() / max(1, sums.sum())), 4),
        "macro": round(sum(each) / len(each), 4),
        "outputs": each,
    }
