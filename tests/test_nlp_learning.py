"""The trained labeller: learning on a small world, its file, what refuses it, and the one of the package."""

from __future__ import annotations

import io
import json
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nlp.errors import MingjianError
from nlp.examples import Example
from nlp.features import grams, plain
from nlp.labelling import CueLabeller, default_labeller, kind_of
from nlp.learned import MODELS, LearnedLabeller
from nlp.learning import folds, train_kinds, train_labels
from nlp.linear import MOST_UNPACKED, Linear, ModelError, reached
from nlp.quality import judge, kappa
from nlp.signs import label_signs
from nlp.taxonomy import Taxonomy
from nlp.telling import KindClassifier

TAXONOMY = Taxonomy.load()
WORDS = {
    "timeliness_poor": ["晚了半个月才挂出来", "过期很久也没人换", "拖到月底才上传", "隔了两个季度才更新一回"],
    "staff_instability": ["就一个人还兼着三摊事", "人走了没人接着干", "一年换了四茬人", "手头活多顾不上这头"],
}
PLACES = ["农业股", "河东镇", "税源科", "体育中心", "档案室", "园区办", "水库管理所", "幼教科"]


def world() -> list[Example]:
    """Statements by four authors, each label in its own words."""
    out = []
    for number, place in enumerate(PLACES):
        for label, phrases in WORDS.items():
            for phrase in phrases:
                out.append(Example(f"{place}{phrase}。", "problem", (label,), f"p{number % 4}", f"{number}{phrase}"))
    return out


@pytest.fixture(scope="module")
def trained():
    return train_labels(world(), "problem", TAXONOMY)


def test_it_learns_what_no_cue_says(trained):
    text = "老干部活动室人走了没人接着干。"
    assert not CueLabeller(TAXONOMY).evidence(text, "problem")
    model = trained.model
    probabilities = model.probabilities(text, {})
    assert model.outputs[int(probabilities.argmax())] == "staff_instability"
    assert all(piece in text for piece in model.reasons(text, model.outputs.index("staff_instability")))


def test_held_out_labels_are_of_each_example(trained):
    assert len(trained.examples) == len(trained.held_out) == len(world())
    rows = [(one.labels, given) for one, given in zip(trained.examples, trained.held_out, strict=True)]
    assert judge(rows).micro_f1 > 0.9


def test_the_same_lines_give_the_same_model(trained):
    again = train_labels(world(), "problem", TAXONOMY).model
    assert again.grams == trained.model.grams
    assert np.array_equal(again.weights, trained.model.weights)


def test_no_author_is_on_both_sides_of_a_split():
    groups = [f"a{i % 7}" for i in range(50)]
    seen = []
    for train, test in folds(groups):
        assert not {groups[i] for i in train} & {groups[i] for i in test}
        seen += list(test)
    assert sorted(seen) == list(range(50))


def test_saved_and_loaded_it_says_the_same(trained, tmp_path: Path):
    path = tmp_path / "problem.npz"
    trained.model.save(path)
    loaded = Linear.load(path)
    for text in ("河东镇一年换了四茬人。", "", "x", "晚了半个月才挂出来" * 300):
        before, after = trained.model.probabilities(text, {}), loaded.probabilities(text, {})
        assert np.allclose(before, after, atol=0.05)
    assert not list(tmp_path.glob("*.part"))


def test_scores_are_the_dot_product_that_they_claim(trained):
    """The plain way: every run counted, damped, weighted, brought to unit length."""
    model, text = trained.model, "体育中心拖到月底才上传，拖到月底才上传。"
    values = {g: (1 + np.log(n)) * model.idf[model.grams[g]] for g, n in grams(text).items() if g in model.grams}
    norm = np.sqrt(sum(v * v for v in values.values()))
    plainly = sum(v / norm * model.weights[model.grams[g]] for g, v in values.items()) + model.bias
    signs = label_signs(TAXONOMY, "problem").of(text)
    for name, value in signs.items():
        if name in model.signs:
            plainly = plainly + value * model.sign_weights[model.signs[name]]
    assert np.allclose(model.scores(text, signs), plainly, atol=1e-4)


@pytest.mark.parametrize("damage", ["cut", "junk", "gone", "format", "shape"])
def test_a_damaged_file_is_named(trained, tmp_path: Path, damage: str):
    path = tmp_path / "problem.npz"
    trained.model.save(path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:400])
    elif damage == "junk":
        path.write_bytes(b"PK junk")
    elif damage == "gone":
        path.unlink()
    else:
        with np.load(path) as data:
            arrays = dict(data)
        head = json.loads(arrays["head"].tobytes())
        if damage == "format":
            head["format"] = 99
        else:
            arrays["bias"] = arrays["bias"][:-1]
        arrays["head"] = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
        np.savez(path, **arrays)
    with pytest.raises(ModelError, match=r"problem\.npz.*mingjian train"):
        Linear.load(path)


def members(path: Path, change: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> None:
    """Put other members into a saved classifier."""
    with zipfile.ZipFile(path) as file:
        held = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w", method, compresslevel=9) as file:
        for name, data in {**held, **change}.items():
            file.writestr(name, data)


def array(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


def head_of(shape: str) -> bytes:
    """A member that says it is larger than it is."""
    text = f"{{'descr': '|i1', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize("case", ["zeros", "lies", "lzma", "broadcast", "huge", "nested", "runs"])
def test_a_bomb_is_refused_before_it_fills_the_memory(trained, tmp_path: Path, case: str):
    """As somebody may put into a backup: hundreds of megabytes out of some hundred kB."""
    path = tmp_path / "problem.npz"
    trained.model.save(path)
    if case == "zeros":
        members(path, {"more.npy": bytes(MOST_UNPACKED + 1)})
    elif case == "lies":
        members(path, {"more.npy": bytes(300 << 20)})
        data = bytearray(path.read_bytes())
        at = data.rindex(b"PK\x01\x02") + 24
        data[at : at + 4] = (1000).to_bytes(4, "little")
        path.write_bytes(data)
    elif case == "lzma":
        members(path, {}, zipfile.ZIP_LZMA)
    elif case == "broadcast":
        members(path, {"scale.npy": array(np.ones((20_000, 1, 1), dtype=np.float32))})
    elif case == "huge":
        members(path, {"weights.npy": head_of("(1000000000000, 1000)")})
    elif case == "nested":
        members(path, {"head.npy": array(np.frombuffer(b"[" * 100_000, dtype=np.uint8))})
    else:
        members(path, {"grams.npy": array(np.full(20 << 20, ord("\n"), dtype=np.uint8))})
    assert path.stat().st_size < 1 << 20
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match=r"problem\.npz.*mingjian train") as caught:
            Linear.load(path)
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value)


def test_another_taxonomy_refuses_it(tmp_path: Path):
    for name in ("problem", "measure", "kind"):
        model = Linear.load(MODELS / f"{name}.npz")
        model.meta["taxonomy"] = "0123456789abcdef"
        model.save(tmp_path / f"{name}.npz")
    with pytest.raises(ModelError, match=r"标签体系.*mingjian train"):
        LearnedLabeller(tmp_path, TAXONOMY)
    with pytest.raises(ModelError, match="标签体系"):
        KindClassifier(tmp_path, TAXONOMY)


def test_kinds_are_learnt():
    lines = [
        Example(text, kind, (), f"p{i % 3}", str(i))
        for i, (text, kind) in enumerate(
            [(f"{place}更新不及时，存在不足。", "problem") for place in PLACES]
            + [(f"{place}将加强培训，完善制度。", "measure") for place in PLACES]
            + [(f"{place}位于城东，下设两个组。", "none") for place in PLACES]
        )
    ]
    model = train_kinds(lines, TAXONOMY).model
    assert model.outputs == ("problem", "measure", "none")
    found = model.probabilities("气象站位于城东，下设两个组。", {})
    assert model.outputs[int(found.argmax())] == "none"


def test_reached_takes_four_at_most_and_the_best_where_it_comes_near():
    assert reached([0.9, 0.8, 0.7, 0.95, 0.85], [0.5] * 5) == [3, 0, 4, 1]
    assert reached([0.4, 0.2], [0.5, 0.5]) == [0]
    assert reached([0.2, 0.1], [0.5, 0.5]) == []


def test_figures_and_ends_are_signs_of_their_own():
    assert plain(" 共１２件 ，第3页") == "^共#件#,第#页$" or plain("共12件 ，第3页") == "^共#件#,第#页$"
    assert grams("共12件")["^共#件"] == 1


# ---- the package's own ------------------------------------------------------------------------------------


def test_the_package_labels_what_it_was_told():
    labeller = default_labeller()
    assert isinstance(labeller, LearnedLabeller)
    found = labeller.label("经办人一年换了三茬，新来的对条例不熟，答复书常被退回重写。", "problem")
    assert {label.id for label in found} >= {"staff_instability"}
    assert all(0 < label.score <= 1 and label.why for label in found)
    assert labeller.label("食堂的菜偏咸。", "problem")[0].id == "other_problem"
    assert labeller.label("无论什么", "passage") == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("栏目更新不够及时，个别信息滞后。", "problem"),
        ("下一步将加强业务培训，提升队伍能力。", "measure"),
        ("回顾一年来的工作，主要存在以下问题：", "none"),
        ("全年共召开例会十二次。", "none"),
    ],
)
def test_kinds_of_sentences(text: str, kind: str):
    assert kind_of(text) == kind


def test_models_load_in_a_tenth_of_a_second():
    import nlp.cues

    nlp.cues.load()
    best = min(_loading() for _ in range(5))
    assert best < 0.15  # noise of a shared machine included; tests/bench/labels.py measures


def _loading() -> float:
    begun = time.process_time()
    LearnedLabeller(MODELS, TAXONOMY)
    return time.process_time() - begun


# ---- figures ----------------------------------------------------------------------------------------------


def test_quality_by_hand():
    found = judge([(["a"], ["a"]), (["a", "b"], ["a", "c"]), (["b"], ["c"]), ([], ["a"])])
    labels = {one.label: one for one in found.labels}
    assert (labels["a"].support, labels["a"].found, labels["a"].both) == (2, 3, 2)
    assert (labels["a"].precision, labels["a"].recall, labels["a"].f1) == (2 / 3, 1, 0.8)
    assert (labels["b"].precision, labels["b"].recall, labels["b"].f1) == (None, 0, 0)
    assert found.confusions == (("b", "c", 2),)
    assert found.micro_f1 == pytest.approx(2 * 2 / 9)
    assert found.macro_f1 == pytest.approx((0.8 + 0) / 2)
    assert found.to_dict()["labels"][0]["f1"] == 0.8


def test_kappa_by_hand():
    pairs = [(["a"], ["a"]), (["a"], []), ([], []), ([], ["a"])]
    assert kappa(pairs, "a") == pytest.approx(0)
    assert kappa([(["a"], ["a"]), ([], [])], "a") == 1
    assert kappa(pairs, "b") is None


def test_a_users_own_label_is_given_by_its_cues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    own = tmp_path / "own.toml"
    own.write_text('[label.archive_gap]\nkind = "problem"\nzh = "档案缺失"\nstrong = ["卷宗不全"]\n', encoding="utf-8")
    text = "历年卷宗不全，信息员一年换了三茬，没有专职人员。"
    assert "archive_gap" not in {label.id for label in default_labeller().label(text, "problem")}
    monkeypatch.setenv("MINGJIAN_TAXONOMY", str(own))
    found = {label.id: label for label in default_labeller().label(text, "problem")}
    assert found["archive_gap"].why == "卷宗不全"
    assert "staff_instability" in found
    monkeypatch.setenv("MINGJIAN_TAXONOMY", str(tmp_path / "gone.toml"))
    with pytest.raises(MingjianError, match=r"gone\.toml"):
        default_labeller()
    monkeypatch.delenv("MINGJIAN_TAXONOMY")
    assert "archive_gap" not in {label.id for label in default_labeller().label(text, "problem")}
