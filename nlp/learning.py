"""Making the classifiers: from labelled statements to :class:`nlp.linear.Linear`, with figures from cross-validation.

Folds keep an author's sentences together, so that no figure rests on a sibling of the sentence it is taken on. Runs of
characters and signs are learnt apart, and how far to trust each is learnt on held-out sentences: learnt together, the
signs, which were made on like sentences, are trusted too much. scikit-learn is needed here only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.examples import Example
from nlp.features import grams
from nlp.linear import Linear, reached
from nlp.signs import Signs, kind_signs, label_signs
from nlp.taxonomy import Taxonomy

FOLDS = 5
FEWEST = 2  # a run of characters counts from so many sentences
PENALTY, SIGN_PENALTY = 10.0, 5.0
MOST_GRAMS = 60_000  # kept of those learnt, by their heaviest weight
STEPS = np.linspace(0.1, 0.9, 33)
EVEN = 30  # a label with so many examples has a threshold halfway between its own best and the common one
SEED = 0
Matrix = NDArray[np.float32]


@dataclass(slots=True)
class _Data:
    """Sentences as what is learnt from: counts of runs, signs, (n, m) wanted, (n,) how often each is to count; who
    wrote those that are held out.
    """

    grams: list[Counter[str]]
    signs: list[dict[str, float]]
    wanted: Matrix
    weights: Matrix
    groups: list[str]


@dataclass(slots=True)
class _Half:
    """One linear model for all outputs over one sort of features; ``scale`` brings its scores to unit spread."""

    rows: dict[str, int]
    idf: Matrix
    weights: Matrix
    bias: Matrix
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Trained:
    """A classifier, and the outputs that its examples got from classifiers which had not seen their authors."""

    model: Linear
    examples: tuple[Example, ...]
    held_out: tuple[tuple[str, ...], ...]


def train_labels(
    examples: Sequence[Example],
    kind: str,
    taxonomy: Taxonomy,
    support: Sequence[Example] = (),
    weights: Mapping[str, float] | None = None,
) -> Trained:
    """Fit the labeller of one kind; ``other_…`` is no output.

    Args:
        examples: labelled statements, the figures and thresholds rest on them; those of other kinds are left out.
        kind: problem or measure.
        taxonomy: whose cues are signs; the classifier is bound to it.
        support: further statements to learn from, of authors who wrote on some labels only; they are never held out.
        weights: text → how many times it counts where it is learnt from; others count once.

    Returns:
        The classifier and what it gives to each of the kind's examples when their authors are held out.
    """
    chosen, further = ([example for example in some if example.kind == kind] for some in (examples, support))
    stated = {label for example in chosen for label in example.labels}
    outputs = [e.id for e in taxonomy.of_kind(kind) if e.id in stated and not e.id.startswith("other_")]
    signs = label_signs(taxonomy, kind)
    return _train(chosen, further, outputs, lambda example: example.labels, signs, taxonomy, weights or {})


def train_kinds(
    examples: Sequence[Example],
    taxonomy: Taxonomy,
    support: Sequence[Example] = (),
    weights: Mapping[str, float] | None = None,
) -> Trained:
    """Fit the classifier that tells problem, measure and none; arguments as of :func:`train_labels`."""
    outputs = ["problem", "measure", "none"]
    signs = kind_signs(taxonomy)
    return _train(examples, support, outputs, lambda example: (example.kind,), signs, taxonomy, weights or {})


def _train(
    examples: Sequence[Example],
    support: Sequence[Example],
    outputs: Sequence[str],
    of: Callable[[Example], Sequence[str]],
    signs: Signs,
    taxonomy: Taxonomy,
    weights: Mapping[str, float],
) -> Trained:
    both = [*examples, *support]
    data = _Data(
        [grams(example.text) for example in both],
        [signs.of(example.text) for example in both],
        np.array([[float(output in of(example)) for output in outputs] for example in both], dtype=np.float32),
        np.array([weights.get(example.text, 1.0) for example in both], dtype=np.float32),
        [example.author for example in examples],
    )
    by_grams, by_signs = _held_out(data)
    trust = _stack(by_grams, by_signs, data, outputs)
    logits = [
        _columns(by_grams, by_signs, data, i, name) @ trust[i, :4] + trust[i, 4] for i, name in enumerate(outputs)
    ]
    found = np.asarray(1 / (1 + np.exp(-np.array(logits).T)), dtype=np.float32)
    thresholds = _thresholds(found, data.wanted[: len(examples)])
    runs = _fit(data.grams, data.wanted, data.weights, PENALTY, tfidf=True)
    marks = _fit(data.signs, data.wanted, data.weights, SIGN_PENALTY)
    meta = {
        "taxonomy": taxonomy.fingerprint,
        "examples": str(len(both)),
        "authors": str(len(set(data.groups))),
    }
    model = _joined(outputs, _pruned(runs), marks, trust, thresholds, meta)
    held_out = tuple(tuple(outputs[i] for i in reached(row, thresholds.tolist())) for row in found.tolist())
    return Trained(model, tuple(examples), held_out)


def _joined(
    outputs: Sequence[str], runs: _Half, marks: _Half, trust: Matrix, thresholds: Matrix, meta: dict[str, str]
) -> Linear:
    """Both halves and the trust in each as one linear model."""
    signs = dict(marks.rows)
    for name in outputs:
        for sign in (f"h:{name}", f"g:{name}"):
            signs.setdefault(sign, len(signs))
    by_signs = np.zeros((len(signs), len(outputs)), dtype=np.float32)
    by_signs[: len(marks.rows)] = marks.weights * trust[:, 1] / np.float32(marks.scale)
    for i, name in enumerate(outputs):
        by_signs[signs[f"h:{name}"], i] += trust[i, 2]
        by_signs[signs[f"g:{name}"], i] += trust[i, 3]
    own = runs.bias * trust[:, 0] / np.float32(runs.scale)
    return Linear(
        outputs=tuple(outputs),
        grams=runs.rows,
        signs=signs,
        idf=runs.idf,
        weights=runs.weights * trust[:, 0] / np.float32(runs.scale),
        sign_weights=by_signs,
        bias=own + marks.bias * trust[:, 1] / np.float32(marks.scale) + trust[:, 4],
        thresholds=thresholds,
        meta=meta,
    )


def folds(groups: Sequence[str]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(training rows, held-out rows); groups are never torn, where there are at least two."""
    from sklearn.model_selection import GroupKFold, KFold

    parts = min(FOLDS, len(set(groups)))
    if parts > 1:
        yield from GroupKFold(parts).split(groups, groups=groups)
    else:
        yield from KFold(FOLDS, shuffle=True, random_state=SEED).split(groups)


def _held_out(data: _Data) -> tuple[Matrix, Matrix]:
    """(n, m) scores of runs and of signs for each sentence, by models that have not seen its author."""
    held = data.wanted[: len(data.groups)]
    always = np.arange(len(held), len(data.wanted))
    scores = np.zeros_like(held), np.zeros_like(held)
    for others, test in folds(data.groups):
        train = np.concatenate([others, always])
        for place, features, penalty in ((0, data.grams, PENALTY), (1, data.signs, SIGN_PENALTY)):
            known = [features[i] for i in train]
            half = _fit(known, data.wanted[train], data.weights[train], penalty, tfidf=place == 0)
            scores[place][test] = _score(half, [features[i] for i in test], tfidf=place == 0) / half.scale
    return scores


def _matrix(features: Sequence[Mapping[str, float]], rows: Mapping[str, int], idf: Matrix, *, tfidf: bool) -> Any:
    """(n, features) sparse; with ``tfidf`` counts damped, weighted and brought to unit length."""
    from scipy.sparse import csr_matrix
    from sklearn.preprocessing import normalize

    data, columns, ends = [], [], [0]
    for one in features:
        for name, value in one.items():
            row = rows.get(name)
            if row is not None:
                columns.append(row)
                data.append((1 + np.log(value)) * idf[row] if tfidf else value)
        ends.append(len(columns))
    found = csr_matrix((data, columns, ends), shape=(len(features), len(rows)), dtype=np.float32)
    return normalize(found) if tfidf else found


def _fit(
    features: Sequence[Mapping[str, float]], wanted: Matrix, weights: Matrix, penalty: float, *, tfidf: bool = False
) -> _Half:
    """One logistic regression an output; a sentence of weight w counts as w equal ones would."""
    from sklearn.linear_model import LogisticRegression

    seen: Counter[str] = Counter()
    for one, weight in zip(features, weights.tolist(), strict=True):
        for name in one:
            seen[name] += weight
    total = float(weights.sum())
    names = sorted(name for name, count in seen.items() if count >= FEWEST)
    rows = {name: row for row, name in enumerate(names)}
    idf = np.array([np.log((1 + total) / (1 + seen[name])) + 1 for name in names], dtype=np.float32)
    matrix = _matrix(features, rows, idf, tfidf=tfidf)
    learnt = np.zeros((len(names), wanted.shape[1]), dtype=np.float32)
    bias = np.full(wanted.shape[1], -4.0, dtype=np.float32)
    for output in range(wanted.shape[1]):
        given = wanted[:, output] > 0
        if given.any() and not given.all():
            model = LogisticRegression(C=penalty, class_weight="balanced", solver="liblinear", random_state=SEED)
            model.fit(matrix, given, sample_weight=weights)
            learnt[:, output], bias[output] = model.coef_[0], model.intercept_[0]
    half = _Half(rows, idf, learnt, bias)
    half.scale = float((matrix @ learnt + bias).std()) or 1.0
    return half


def _score(half: _Half, features: Sequence[Mapping[str, float]], *, tfidf: bool) -> Matrix:
    scores: Matrix = _matrix(features, half.rows, half.idf, tfidf=tfidf) @ half.weights + half.bias
    return scores


def _pruned(half: _Half) -> _Half:
    """Without the runs whose heaviest weight is least."""
    kept = np.sort(np.argsort(-np.abs(half.weights).max(axis=1), kind="stable")[:MOST_GRAMS])
    names = sorted(half.rows, key=half.rows.__getitem__)
    return _Half(
        {names[old]: new for new, old in enumerate(kept)}, half.idf[kept], half.weights[kept], half.bias, half.scale
    )


def _stack(by_grams: Matrix, by_signs: Matrix, data: _Data, outputs: Sequence[str]) -> Matrix:
    """How far each output trusts its runs, its signs, any cue, the cue rules: (m, 5) with the intercept last.

    Learnt on held-out scores, so that what is only known by heart is not trusted; it calibrates as well.
    """
    from sklearn.linear_model import LogisticRegression

    trust = np.zeros((len(outputs), 5), dtype=np.float32)
    for output, name in enumerate(outputs):
        given = data.wanted[: len(by_grams), output] > 0
        if given.any() and not given.all():
            columns = _columns(by_grams, by_signs, data, output, name)
            model = LogisticRegression(C=1.0, max_iter=1000).fit(columns, given)
            trust[output] = [*model.coef_[0], model.intercept_[0]]
        else:
            trust[output] = [0, 0, 0, 0, -4]
    return trust


def _columns(by_grams: Matrix, by_signs: Matrix, data: _Data, output: int, name: str) -> Matrix:
    """(n, 4): what one output is judged by."""
    own = [(signs.get(f"h:{name}", 0.0), signs.get(f"g:{name}", 0.0)) for signs in data.signs[: len(by_grams)]]
    return np.column_stack([by_grams[:, output], by_signs[:, output], np.array(own, dtype=np.float32)])


def _thresholds(probabilities: Matrix, wanted: Matrix) -> Matrix:
    """The probability an output that gives the best F1, drawn towards the common best for rare outputs."""

    def f1(threshold: float, output: int | slice) -> float:
        return _f1(probabilities[:, output] >= threshold, wanted[:, output])

    common = float(max(STEPS, key=lambda step: f1(step, slice(None))))
    best = []
    for output in range(wanted.shape[1]):
        own = float(max(STEPS, key=lambda step: (f1(step, output), -abs(step - common))))
        support = float((wanted[:, output] > 0).sum())
        best.append((support * own + EVEN * common) / (support + EVEN))
    return np.array(best, dtype=np.float32)


def _f1(given: NDArray[np.bool_], wanted: Matrix) -> float:
    """Micro-F1."""
    right = wanted > 0
    return float(2 * (given & right).sum() / max(1, given.sum() + right.sum()))
