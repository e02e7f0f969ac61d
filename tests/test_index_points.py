"""Fine points: shares against a softmax of two lines, agreement by hand, files that are missing or damaged."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from index import ranker
from index.archive import Archive
from index.encoder import MODELS, load_encoder
from index.points import FILE, SHARPNESS, Points, read_points
from index.records import Filter
from index.training.pairs import Cluster
from index.training.points import write_points
from nlp.errors import MingjianError

CORPORA = Path(__file__).parents[1] / "corpora"


def unit(rows: object) -> np.ndarray:
    vectors = np.array(rows, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def test_shares_are_the_root_of_a_softmax():
    rng = np.random.default_rng(3)
    marks, texts = unit(rng.normal(size=(40, 8))), unit(rng.normal(size=(6, 8)))
    plain = np.exp(SHARPNESS * (texts @ marks.T).astype(np.float64))
    expected = np.sqrt(plain / plain.sum(axis=1, keepdims=True))
    assert np.allclose(Points(marks).shares(texts), expected, atol=1e-4)


def test_texts_near_the_same_point_agree_and_others_do_not():
    marks = unit([[1, 0.2, 0], [0, 1, 0.2], [0.2, 0, 1]])
    query, alike, other = unit([1, 0.3, 0.1]), unit([1, 0, 0.3]), unit([0.1, 0.2, 1])
    agreement = Points(marks).agreement(query, np.stack([alike, other, query]))
    assert agreement[0] > 0.95
    assert agreement[1] < 0.05
    assert agreement[2] == pytest.approx(1.0, abs=1e-5)


@given(st.integers(1, 30), st.integers(0, 5), st.integers(0, 2**31))
def test_agreement_lies_between_zero_and_one(points: int, texts: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    marks = Points(unit(rng.normal(size=(points, 4))))
    found = marks.agreement(unit(rng.normal(size=4)), unit(rng.normal(size=(texts, 4))))
    assert found.shape == (texts,)
    assert ((found >= 0) & (found <= 1 + 1e-5)).all()


def test_a_model_without_points_has_none_and_says_nothing(tmp_path: Path) -> None:
    none = read_points(tmp_path, 4)
    assert len(none) == 0
    assert none.agreement(unit([1, 0, 0, 0]), unit([[1, 0, 0, 0]])).tolist() == [0.0]


@pytest.mark.parametrize("damage", ["cut", "other model"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / FILE
    save_file({"points": np.ones((3, 4), dtype=np.int8), "scales": np.ones(3, dtype=np.float32)}, path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(MingjianError, match=FILE):
        read_points(tmp_path, 4 if damage == "cut" else 5)


def test_the_built_in_model_has_a_point_for_each_group_that_it_was_made_with():
    groups = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in CORPORA.glob("clusters/*.jsonl"))
    encoder = load_encoder()
    assert len(encoder.points) == groups > 2000
    question = encoder.encode_query("一个人干几个人的活，公开的事只能往后放")
    texts = encoder.encode(["工作人员身兼数职，难以投入足够精力", "网站检索功能不完善，查找信息不便"])
    near, far = encoder.points.agreement(question, texts)
    assert near > 2 * far


def test_the_domain_is_a_logistic_function_of_the_question():
    told = Points(unit([[1, 0]]), np.array([2.0, -1.0, 0.5], dtype=np.float32))
    assert told.domain(np.array([0.6, 0.8], dtype=np.float32)) == pytest.approx(1 / (1 + np.exp(-0.9)))
    assert Points(unit([[1, 0]])).domain(unit([0, 1])) == 0.5


def test_the_built_in_model_tells_its_field_from_others():
    encoder = load_encoder()
    own = ["答复超期被行政复议纠错", "信息员都是兼职，顾不上更新栏目", "怎样让群众参与决策"]
    others = ["周末去哪里露营", "公积金贷款额度怎么算", "红烧牛肉面做法"]
    told = [encoder.points.domain(encoder.encode_query(text)) for text in (*own, *others)]
    assert min(told[:3]) > 0.7
    assert max(told[3:]) < 0.6


def test_points_and_domain_are_learnt_from_groups(tmp_path: Path) -> None:
    encoder = load_encoder()
    groups = [
        Cluster("1", "a", "problem", ("x",), ("公开不及时", "更新滞后"), ("发得太晚",), gist="不及时"),
        Cluster("2", "a", "problem", ("x",), ("解读形式单一", "解读方式少"), ("只有文字解读",), gist="单一"),
    ]
    model = tmp_path / "model"
    shutil.copytree(MODELS / "static", model)
    write_points(model, groups, ["天气预报", "红烧肉做法", "电影票房"])
    points = load_encoder(str(model)).points
    assert len(points) == 2
    late, other = points.agreement(encoder.encode_query("更新不及时"), encoder.encode(["发布滞后", "解读形式少"]))
    assert late > other
    assert points.domain(encoder.encode_query("更新滞后")) > 0.5 > points.domain(encoder.encode_query("电影"))
    write_points(model, groups, [])
    assert load_encoder(str(model)).points.domain(encoder.encode_query("电影")) == 0.5


def test_the_best_texts_are_compared_and_their_copies_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Archive.open(tmp_path / "a") as archive:
        archive.add([CORPORA / "sample/reports/江西省", CORPORA / "sample/reports/浙江省"], workers=1)
        searcher, encoder = archive.searcher(), load_encoder()
        question = searcher.question("一个人干几个人的活", Filter())

        def compared() -> dict[str, set[float]]:
            out: dict[str, set[float]] = {}
            for one in searcher.rank(question, searcher.allowed(Filter()), 10):
                out.setdefault(one.row.text, set()).add(
                    round(one.features.points, 4)
                )  # sums of other shapes differ after
            return out

        monkeypatch.setattr(ranker, "POINTED", 10_000)
        every = compared()
        for text, values in every.items():
            alone = encoder.points.agreement(question.vector, encoder.encode([text]))[0]
            assert [*values] == [pytest.approx(float(alone), abs=0.02)]  # stored vectors have half the digits
        monkeypatch.setattr(ranker, "POINTED", 5)
        few = compared()
        assert sum(value != {0.0} for value in few.values()) == 5
        assert all(value in ({0.0}, every[text]) for text, value in few.items())
