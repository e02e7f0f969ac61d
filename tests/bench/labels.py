"""Labellers compared: cue rules, n-grams with three learners, embeddings, cues as features, and the one in use.

    python tests/bench/labels.py [--test l7 --test l8] [--boosting]

Each learns from ``corpora/labelled`` and ``corpora/clusters`` without the test authors, and is judged on their lines.
For each, the threshold is the one that is best on training lines whose authors are held out (two folds); the labeller
in use (last line) sets one for each label. Gradient boosting takes minutes and is asked for.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from index.encoder import load_encoder  # noqa: E402
from index.teaching import built_in_examples, train  # noqa: E402
from nlp.examples import Example  # noqa: E402
from nlp.features import grams  # noqa: E402
from nlp.labelling import CueLabeller  # noqa: E402
from nlp.learned import LearnedLabeller  # noqa: E402
from nlp.learning import folds  # noqa: E402
from nlp.quality import Row, judge  # noqa: E402
from nlp.segment import words  # noqa: E402
from nlp.signs import label_signs  # noqa: E402
from nlp.taxonomy import Taxonomy  # noqa: E402
from nlp.telling import KindClassifier  # noqa: E402

HELD = 2  # folds that the threshold is found on
SHARES = np.linspace(0.88, 0.985, 40)


@dataclass
class Split:
    """Training lines, further training statements, and test lines of one kind, with their labels as 0/1."""

    lines: list[Example]
    support: list[Example]
    test: list[Example]
    labels: list[str]

    def wanted(self, examples: list[Example]) -> Any:
        return np.array([[label in one.labels for label in self.labels] for one in examples])


def spaces(split: Split, kind: str, taxonomy: Taxonomy) -> dict[str, tuple[Any, Any]]:
    """Feature sets: rows of training statements and of test lines."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.feature_extraction.text import TfidfVectorizer

    train_texts = [one.text for one in split.lines + split.support]
    test_texts = [one.text for one in split.test]
    signs, encoder = label_signs(taxonomy, kind), load_encoder()
    chars = TfidfVectorizer(analyzer=lambda text: list(grams(text).elements()), min_df=2, sublinear_tf=True)
    terms = TfidfVectorizer(analyzer=lambda text: _terms(words(text)), min_df=2, sublinear_tf=True)
    cues = DictVectorizer()
    found = {
        "字串": (chars.fit_transform(train_texts), chars.transform(test_texts)),
        "词": (terms.fit_transform(train_texts), terms.transform(test_texts)),
        "向量": tuple(sparse.csr_matrix(4 * encoder.encode(texts)) for texts in (train_texts, test_texts)),
        "线索": (
            cues.fit_transform([signs.of(t) for t in train_texts]),
            cues.transform([signs.of(t) for t in test_texts]),
        ),
    }
    return {name: (_narrow(space[0]), _narrow(space[1])) for name, space in found.items()}


def _narrow(rows: Any) -> Any:
    """The same rows with 32-bit indices, which is all that the learners take."""
    rows.indices, rows.indptr = rows.indices.astype(np.int32), rows.indptr.astype(np.int32)
    return rows


def _terms(found: list[str]) -> list[str]:
    return found + [f"{a} {b}" for a, b in pairwise(found)]


def scores(split: Split, space: tuple[Any, Any], learner: Callable[[], Any]) -> tuple[Any, Any]:
    """Decision values of the training lines (their authors held out) and of the test lines, at unit spread."""
    rows, count = space[0], len(split.lines)
    wanted = split.wanted(split.lines + split.support)
    held, test = np.zeros((count, len(split.labels))), np.zeros((len(split.test), len(split.labels)))
    support = np.arange(count, rows.shape[0])
    for label in range(len(split.labels)):
        for others, out in islice(folds([one.author for one in split.lines]), HELD):
            chosen = np.concatenate([others, support])
            held[out, label] = _decide(learner().fit(rows[chosen], wanted[chosen, label]), rows[out])
        test[:, label] = _decide(learner().fit(rows, wanted[:, label]), space[1])
    seen = held.any(axis=1)
    return held / held[seen].std(), test / held[seen].std()


def _decide(model: Any, rows: Any) -> Any:
    if hasattr(model, "decision_function"):
        return model.decision_function(rows)
    return np.log(np.clip(model.predict_proba(rows)[:, 1], 1e-6, 1))


def given(found: Any, threshold: float, labels: list[str]) -> list[list[str]]:
    """The labels above a threshold; the best one where none is."""
    return [[labels[i] for i in np.flatnonzero(row >= threshold)] or [labels[int(row.argmax())]] for row in found]


def learners() -> dict[str, Callable[[], Any]]:
    """What is tried on the features, by its name."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    return {
        "逻辑回归": lambda: LogisticRegression(C=10, class_weight="balanced", solver="liblinear"),
        "线性SVM": lambda: LinearSVC(C=0.5, class_weight="balanced"),
        "降维后梯度提升": lambda: make_pipeline(
            TruncatedSVD(100, random_state=0), HistGradientBoostingClassifier(max_iter=60, random_state=0)
        ),
    }


def compare(split: Split, kind: str, taxonomy: Taxonomy, *, boosting: bool) -> dict[str, list[Row]]:
    """What each way of learning gives to the test lines of one kind."""
    found, known = spaces(split, kind, taxonomy), learners()
    runs = {f"{name}，逻辑回归": scores(split, space, known["逻辑回归"]) for name, space in found.items()}
    for name in ("线性SVM", "降维后梯度提升") if boosting else ("线性SVM",):
        runs[f"字串，{name}"] = scores(split, found["字串"], known[name])
    chars, cues, vectors = (runs[f"{name}，逻辑回归"] for name in ("字串", "线索", "向量"))
    runs["字串与线索分学相加"] = (chars[0] + 0.3 * cues[0], chars[1] + 0.3 * cues[1])
    runs["字串、线索、向量分学相加"] = (
        chars[0] + 0.3 * cues[0] + 0.4 * vectors[0],
        chars[1] + 0.3 * cues[1] + 0.4 * vectors[1],
    )
    out = {}
    for name, (held, test) in runs.items():
        seen = np.flatnonzero(held.any(axis=1))
        lines, steps = [split.lines[i] for i in seen], np.quantile(held[seen], SHARES)
        f1 = [judge(_rows(lines, given(held[seen], step, split.labels))).micro_f1 for step in steps]
        out[name] = _rows(split.test, given(test, steps[int(np.argmax(f1))], split.labels))
    return out


def _rows(examples: list[Example], found: list[list[str]]) -> list[Row]:
    return [(one.labels, row) for one, row in zip(examples, found, strict=True)]


def in_use(authors: list[str], stated: list[Example], test: list[Example]) -> tuple[list[Row], float, float]:
    """What the labeller in use gives when it has not seen these authors; its speed; the share of kinds told right."""
    taxonomy = Taxonomy.load()
    with tempfile.TemporaryDirectory() as folder:
        train(Path(folder), without=authors)
        labeller, kinds = LearnedLabeller(Path(folder), taxonomy), KindClassifier(Path(folder), taxonomy)
    begun = time.perf_counter()
    rows = [(one.labels, [label.id for label in labeller.label(one.text, one.kind)]) for one in stated]
    labelled = len(stated) / (time.perf_counter() - begun)
    return rows, labelled, sum(kinds.kind(one.text)[0] == one.kind for one in test) / len(test)


def speed() -> float:
    """Statements a second on one core, from section five's text to statements with labels and vectors."""
    from nlp.parse import label_statements
    from nlp.reading import read_bytes
    from nlp.sections import split_sections
    from nlp.statements import cut

    encoder = load_encoder()
    paths = sorted((ROOT / "corpora" / "sample" / "reports").rglob("*.html"))
    documents = [read_bytes(path.read_bytes(), path.name) for path in paths]
    splits = [(split_sections(document), document.text) for document in documents]
    best = 0.0
    for _ in range(3):
        begun, count = time.process_time(), 0
        for split, text in splits:
            found = label_statements(cut(split, text).statements)
            encoder.encode([one.text for one in found])
            count += len(found)
        best = max(best, count / (time.process_time() - begun))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", action="append")
    parser.add_argument("--boosting", action="store_true")
    args = parser.parse_args()
    authors = args.test or ["l7", "l8"]
    taxonomy = Taxonomy.load()
    lines, support = built_in_examples(without=authors)
    test = [one for one in built_in_examples()[0] if one.author in authors]
    stated = [one for one in test if one.kind != "none"]
    rules = CueLabeller(taxonomy)
    tried: dict[str, list[Row]] = {
        "线索规则": [(one.labels, [x.id for x in rules.label(one.text, one.kind)]) for one in stated]
    }
    for kind in ("problem", "measure"):
        labels = [entry.id for entry in taxonomy.of_kind(kind) if not entry.id.startswith("other_")]
        split = Split(*([one for one in some if one.kind == kind] for some in (lines, support, test)), labels)
        for name, rows in compare(split, kind, taxonomy, boosting=args.boosting).items():
            tried.setdefault(name, []).extend(rows)
    tried["在用的（字串与线索，逐标签门槛）"], labelled, right = in_use(authors, stated, test)
    print(f"检验作者 {'、'.join(authors)}：{len(stated)} 句；训练 {len(lines) + len(support)} 句")
    for name, rows in tried.items():
        quality = judge(rows)
        print(f"{name}\t按次 F1 {quality.micro_f1:.3f}\t按标签平均 {quality.macro_f1:.3f}")
    print(f"种类准确率 {right:.3f}；贴标签每秒 {labelled:.0f} 句；切分、贴标签、算向量每秒 {speed():.0f} 句（一个核）")


if __name__ == "__main__":
    main()
