"""The trained labeller: its runner decides as scikit-learn does, its files hold no code, mismatches are refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from nlp.errors import MingjianError
from nlp.features import Features
from nlp.learned import LearnedLabeller
from nlp.learning import Example, _fit, _space, folds, read_examples, train
from nlp.linear import Linear, ModelError
from nlp.taxonomy import Taxonomy

TRAINING = [
    ("请老师来讲答复文书怎么写", ("training",)),
    ("分三批轮训信息员", ("training",)),
    ("每月学一个条例专题", ("training",)),
    ("组织业务骨干集中授课", ("training",)),
    ("配一名专职信息员", ("staffing",)),
    ("给每个站所配齐联络员", ("staffing",)),
    ("增加两名专职人员充实力量", ("staffing",)),
    ("设AB岗并配专职人员", ("staffing",)),
    ("配齐专职人员并集中培训授课", ("staffing", "training")),
    ("招两名专职信息员先培训再上岗", ("staffing", "training")),
]
OUTPUTS = ("training", "staffing")


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return [Example(text, "measure", labels, "t", str(i // 2)) for i, (text, labels) in enumerate(TRAINING)]


@pytest.fixture(scope="module")
def model(examples: list[Example]) -> Linear:
    return train(examples, OUTPUTS, Taxonomy.load())


def test_runner_gives_scikit_learns_decision(examples: list[Example]) -> None:
    from sklearn.linear_model import LogisticRegression

    features = Features(Taxonomy.load())
    counts = [features.of(e.text) for e in examples]
    space = _space(counts)
    matrix = space.matrix(counts)
    wanted = np.array([[float(o in e.labels) for o in OUTPUTS] for e in examples], dtype=np.float32)
    weights, bias = _fit(matrix, wanted, 3.0)
    ones = np.ones(2, np.float32)
    runner = Linear(OUTPUTS, space.rows, space.idf, weights, bias, ones, ones * 0, ones / 2, {})
    for output in range(2):
        oracle = LogisticRegression(C=3.0, class_weight="balanced", solver="liblinear", random_state=0)
        oracle.fit(matrix, wanted[:, output] > 0)
        expected = oracle.decision_function(matrix)
        got = [runner.scores(count)[output] for count in counts]
        assert got == pytest.approx(expected, abs=1e-4)


def test_file_gives_back_the_same_decisions_and_holds_no_pickle(model: Linear, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    model.save(path)
    again = Linear.load(path)
    features = Features(Taxonomy.load())
    assert again.outputs == model.outputs
    assert again.meta == model.meta
    for text, _ in TRAINING:
        counts = features.of(text)
        assert again.probabilities(counts) == pytest.approx(model.probabilities(counts), abs=0.02)
    with np.load(path, allow_pickle=False) as data:
        assert all(data[name].dtype != object for name in data.files)


@pytest.mark.parametrize("damage", [b"", b"no archive at all", None])
def test_damaged_file_is_refused_with_the_mending_command(model: Linear, tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "model.npz"
    model.save(path)
    path.write_bytes(path.read_bytes()[:200] if damage is None else damage)
    with pytest.raises(ModelError, match="mingjian train"):
        Linear.load(path)


def test_another_taxonomy_is_refused(model: Linear, tmp_path: Path) -> None:
    model.meta["taxonomy"] = "another"
    for kind in ("problem", "measure"):
        model.save(tmp_path / f"{kind}.npz")
    with pytest.raises(ModelError, match="another"):
        LearnedLabeller(tmp_path, Taxonomy.load())


def test_reasons_are_words_of_the_sentence(model: Linear) -> None:
    counts = Features(Taxonomy.load()).of("集中培训信息员")
    reasons = model.reasons(counts, 0)
    assert reasons
    assert all(reason in "集中培训信息员" and len(reason) > 1 for reason in reasons)


def test_folds_never_tear_a_group() -> None:
    groups = [str(i // 3) for i in range(30)]
    held_out = []
    for seen, held in folds(groups):
        assert not {groups[i] for i in seen} & {groups[i] for i in held}
        held_out += list(held)
    assert sorted(held_out) == list(range(30))


def test_clusters_and_lines_are_read_alike(tmp_path: Path) -> None:
    cluster = {
        "id": "x-001",
        "author": "x",
        "kind": "problem",
        "labels": ["staff_instability"],
        "statements": [{"text": "一"}, {"text": "二", "labels": ["staff_capacity"]}],
        "queries": ["三"],
        "measures": [{"text": "四", "labels": ["staffing"]}],
    }
    line = {"id": "1", "author": "y", "kind": "none", "labels": [], "text": "五"}
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(json.dumps(d, ensure_ascii=False) for d in (cluster, line)), encoding="utf-8")
    found = [(e.text, e.kind, e.labels, e.group) for e in read_examples([path])]
    assert found == [
        ("一", "problem", ("staff_instability",), "x:x-001"),
        ("二", "problem", ("staff_capacity",), "x:x-001"),
        ("四", "measure", ("staffing",), "x:x-001"),
        ("五", "none", (), "y:1"),
    ]


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": "1", "text": "一"}\n', encoding="utf-8")
    with pytest.raises(MingjianError, match=r"bad\.jsonl 第1行"):
        read_examples([path])
