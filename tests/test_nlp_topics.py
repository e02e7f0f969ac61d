"""Planted themes are found again, named from their own words, the same way each time."""

import numpy as np
import pytest

from nlp.topics import discover, name_groups, phrases

THEMES = [
    ("人员 兼职 较多 精力 有限", 40),
    ("栏目 更新 滞后 内容 陈旧", 30),
    ("政策 解读 照搬 原文 难懂", 20),
]


def planted(seed: int = 0) -> tuple[list[str], np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    centres = np.linalg.qr(rng.normal(size=(16, 3)))[0].T
    texts, rows = [], []
    for (text, size), centre in zip(THEMES, centres, strict=True):
        for _ in range(size):
            texts.append(text)
            rows.append(centre + rng.normal(scale=0.05, size=16))
    vectors = np.array(rows, dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return texts, vectors, [f"单位{i % 7}" for i in range(len(texts))]


def test_planted_themes_come_back() -> None:
    texts, vectors, sources = planted()
    found = discover(texts, vectors, sources, str.split, topics=3)
    assert [len(c.members) for c in found.clusters] == [40, 30, 20]
    assert found.unassigned == 0
    for cluster, (theme, _) in zip(found.clusters, THEMES, strict=True):
        assert {texts[i] for i in cluster.members} == {theme}
        assert all(part in theme.replace(" ", "") for part in cluster.name.split("、"))


def test_the_same_input_gives_the_same_topics() -> None:
    texts, vectors, sources = planted()
    assert discover(texts, vectors, sources, str.split) == discover(texts, vectors, sources, str.split)


def test_strays_stay_unassigned_and_are_counted() -> None:
    texts, vectors, sources = planted()
    stray = -vectors[:1]
    found = discover([*texts, "毫不相干 的话"], np.vstack([vectors, stray]), [*sources, "别处"], str.split, topics=3)
    assert sum(len(c.members) for c in found.clusters) == 90
    assert found.unassigned == pytest.approx(1 / 91)


def test_one_agency_repeating_itself_is_no_topic() -> None:
    texts, vectors, sources = planted()
    sources[:40] = ["同一单位"] * 40
    found = discover(texts, vectors, sources, str.split, topics=3)
    assert [len(c.members) for c in found.clusters] == [30, 20]
    assert found.unassigned == pytest.approx(40 / 90)


def test_too_few_statements_give_no_topics() -> None:
    assert discover([], np.zeros((0, 4), np.float32), [], str.split).unassigned == 0
    assert discover(["一"], np.ones((1, 4), np.float32), ["甲"], str.split).unassigned == 1


def test_names_leave_stock_words_out() -> None:
    names = name_groups(
        [["进一步 加强 业务培训"] * 3, ["进一步 加强 栏目更新"] * 3], str.split, frozenset({"进一步", "加强"})
    )
    assert names == ["业务培训", "栏目更新"]


def test_phrases_are_runs_of_whole_words() -> None:
    assert phrases("政策 解读 的 形式", str.split) == ["政策解读"]


def test_copies_of_one_sentence_are_one_topic() -> None:
    rng = np.random.default_rng(1)
    centres = np.linalg.qr(rng.normal(size=(16, 3)))[0].T
    rows = np.repeat(centres, 200, axis=0) + rng.normal(scale=0.02, size=(600, 16))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    texts = [f"{THEMES[i // 200][0]} 之 {i}" for i in range(600)]  # 24 clusters are looked for, 3 are there
    found = discover(texts, vectors, [f"单位{i}" for i in range(600)], str.split)
    assert sorted(len(c.members) for c in found.clusters) == [200, 200, 200]
    assert found.unassigned == 0


def test_equal_sentences_are_one_topic_with_a_name() -> None:
    vectors = np.tile(np.eye(1, 8, dtype=np.float32), (40, 1))
    found = discover(["加强 培训"] * 40, vectors, [f"单位{i}" for i in range(40)], str.split)
    assert [(c.name, len(c.members)) for c in found.clusters] == [("加强培训", 40)]
    found = discover(["嗯。"] * 40, vectors, [f"单位{i}" for i in range(40)], str.split)
    assert [(c.name, found.unassigned) for c in found.clusters] == [("嗯", 0.0)]


def test_a_long_sentence_without_phrases_is_quoted_short() -> None:
    assert name_groups([["一二三四五六七八九十一二三四，五六。"]], lambda text: [*text]) == ["一二三四五六七八九十一…"]


def test_topics_do_not_hang_on_the_number_of_threads() -> None:
    from threadpoolctl import threadpool_limits

    texts, vectors, sources = planted()
    with threadpool_limits(1):
        one = discover(texts, vectors, sources, str.split)
    with threadpool_limits(4):
        assert discover(texts, vectors, sources, str.split) == one
