"""The making of the model: each step against figures worked out by hand or a two-line oracle."""

import gzip
import json
import random
from collections import Counter

import numpy as np
import pytest
import torch
from scipy import sparse
from scipy.stats import spearmanr

from index.training import contrast, corpus, measure, model, pairs, train, vocabulary, wordvectors
from nlp.segment import joined


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def zipped(path, rows):
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def cluster(number, statements, queries=(), label="staff_capacity"):
    return pairs.Cluster(f"a/{number}", "a", "problem", (label,), tuple(statements), tuple(queries))


# -- words --------------------------------------------------------------------------------------------------


def test_normalised_text_has_no_marks_one_kind_of_number_and_one_width():
    assert vocabulary.normalise("２０２１年，ＰＤＦ 共3.5万（件）") == "0年 pdf 共0 0万 件 "


def test_pieces_are_the_longest_from_the_left():
    cut = vocabulary.tokenizer(["[UNK]", "公", "开", "不", "公开", "及时"])
    assert cut.encode("公开不及时公").tokens == ["公开", "不", "及时", "公"]
    assert cut.encode("公开 魑公开 ！公").tokens == ["公开", "[UNK]", "公开", "公"]


def test_a_compound_of_common_words_is_cut_and_any_other_kept():
    counts = {"公开": 80, "渠道": 80, "身兼": 10, "数职": 10, "身兼数职": 5, "公开渠道": 70}
    chosen = vocabulary.choose(counts, ["公开渠道 身兼数职"], size=100)
    assert "公开渠道" not in chosen
    assert "身兼数职" in chosen


# -- vectors ------------------------------------------------------------------------------------------------


def test_cooccurrences_against_counting_pair_by_pair(tmp_path):
    lines = ["甲 乙 丙 甲", "丁 未 乙", "甲"]
    path = written(tmp_path / "tokens.txt", "\n".join(lines) + "\n")
    rows = {"甲": 0, "乙": 1, "丙": 2, "丁": 3}
    expected = np.zeros((4, 4))
    for line in lines:
        tokens = line.split()
        for i, a in enumerate(tokens):
            for j, b in enumerate(tokens):
                if i != j and abs(i - j) <= 2 and a in rows and b in rows:
                    expected[rows[a], rows[b]] += (3 - abs(i - j)) / 2
    assert np.allclose(wordvectors.cooccurrences(path, rows, window=2).toarray(), expected)


def test_chunks_change_nothing(tmp_path, monkeypatch):
    path = written(tmp_path / "tokens.txt", "甲 乙 丙\n乙 丙\n甲 丙 乙 甲\n")
    rows = {"甲": 0, "乙": 1, "丙": 2}
    whole = wordvectors.cooccurrences(path, rows).toarray()
    monkeypatch.setattr(wordvectors, "CHUNK", 2)
    assert np.allclose(wordvectors.cooccurrences(path, rows).toarray(), whole)


def test_ppmi_by_hand():
    counts = sparse.csr_matrix(np.array([[0.0, 8.0], [8.0, 1.0]]))
    share = np.array([8.0, 9.0]) ** 0.75
    share /= share.sum()
    found = wordvectors.ppmi(counts).toarray()
    assert found[0, 1] == pytest.approx(np.log((8 / 17) / (8 / 17 * share[1])))
    assert found[1, 1] == 0  # stands together less often than chance would have it


def test_reduction_keeps_what_a_low_rank_matrix_holds():
    left = np.random.default_rng(0).normal(size=(60, 4))
    matrix = sparse.csr_matrix(left @ left.T)
    found = wordvectors.reduce(matrix, 4)
    assert np.allclose(np.abs(found @ found.T), np.abs(left @ left.T), atol=1e-3)
    assert np.array_equal(found, wordvectors.reduce(matrix, 4))


def test_characters_explain_words_made_of_them():
    words = ["[UNK]", "甲", "乙", "甲乙", "乙丙", "丙甲"]
    characters = model.characters_of(words)
    table = model.spelling(words, characters)
    truth = np.random.default_rng(1).normal(size=(3, 5)).astype(np.float32)
    found = model.fit_characters(table, table @ truth, np.full(6, 100, np.float32), ridge=1e-4)
    assert np.allclose(found, truth, atol=1e-3)


def test_the_common_direction_is_gone():
    shared = np.array([3.0, 4.0, 0.0]) / 5
    sentences = (5 * shared + 0.1 * np.random.default_rng(2).normal(size=(200, 3))).astype(np.float32)
    turned = sentences @ model.without_common_direction(sentences)
    assert np.abs(turned @ shared).max() < 0.05


def test_whole_numbers_stay_near_the_rows():
    rows = np.random.default_rng(4).normal(size=(50, 64)).astype(np.float32)
    rows[0] = 0
    numbers, scale = model.quantise(rows)
    back = numbers * scale[:, None]
    cosine = (model.unit(rows) * model.unit(back)).sum(axis=1)
    assert numbers.dtype == np.int8
    assert cosine[1:].min() > 0.9995
    assert not back[0].any()


# -- pairs --------------------------------------------------------------------------------------------------


def test_text_is_read_once_however_often_a_law_repeats_it(tmp_path):
    zipped(tmp_path / corpus.LAWS, [{"article": "第一条 甲"}, {"article": "第一条 甲"}, {"article": "第二条 乙"}])
    assert list(corpus.paragraphs(tmp_path)) == ["第一条 甲", "第二条 乙"]


def test_pairs_come_from_every_source(tmp_path):
    a, b = "这一句话足够长可以拿来配成一对。", "紧跟着的下一句也足够长可以配对。"
    zipped(tmp_path / corpus.GWR, [{"text": a + b + "短句。"}])
    zipped(tmp_path / corpus.POLICIES, [{"title": "关于某事的通知", "body": a}])
    zipped(tmp_path / corpus.QUESTIONS, [{"query": "怎么办", "text": "答案"}])
    law = {"law": "某条例", "chapter": "第一章", "article": "第一条 " + a}
    zipped(tmp_path / corpus.LAWS, [law, law | {"article": "第二条 " + b}])
    found = Counter(pairs.text_pairs(tmp_path, 100, seed=1))
    assert found[(a, b)] >= 1
    assert found[("关于某事的通知", a)] == 1
    assert found[("怎么办", "答案")] == 3
    assert any(left.startswith("某条例") or (left, right) == (a, b) for left, right in found)
    assert pairs.text_pairs(tmp_path, 100, seed=1) == pairs.text_pairs(tmp_path, 100, seed=1)


def test_clusters_are_read_by_file_and_line(tmp_path):
    row = {"id": "1", "kind": "problem", "labels": ["x"], "statements": [{"text": "一"}, {"text": "二"}]}
    lone = row | {"id": "2", "statements": [{"text": "一"}]}
    written(tmp_path / "b.jsonl", json.dumps(row | {"queries": ["问"]}) + "\n\n" + json.dumps(lone))
    written(tmp_path / "a.jsonl", json.dumps(row))
    found = pairs.read_clusters(tmp_path)
    assert [(c.id, c.author, c.queries) for c in found] == [("a/1", "a", ()), ("b/1", "b", ("问",))]


def test_further_queries_and_statements_join_the_cluster_that_they_name(tmp_path):
    one = pairs.Cluster("a/a-1", "a", "problem", ("x",), ("一", "二"), ("问",))
    two = pairs.Cluster("a/a-2", "a", "problem", ("x",), ("三", "四"), ())
    asked, said = tmp_path / "asked", tmp_path / "said"
    asked.mkdir()
    said.mkdir()
    lines = [
        {"cluster": "a-1", "queries": ["再问", "问"]},
        {"cluster": "a-2", "queries": ["别的"]},
        {"cluster": "z-9", "queries": ["无主"]},
    ]
    written(asked / "q1.jsonl", "\n".join(json.dumps(line) for line in lines))
    written(asked / "q2.jsonl", json.dumps({"cluster": "a-1", "queries": ["又问"]}))
    written(said / "s1.jsonl", json.dumps({"cluster": "a-2", "statements": ["五"]}))
    found = pairs.with_more([one, two], asked, said)
    assert [c.queries for c in found] == [("问", "再问", "又问"), ("别的",)]
    assert [c.statements for c in found] == [("一", "二"), ("三", "四", "五")]
    assert pairs.with_more([one], tmp_path / "none", tmp_path / "none") == [one]


# -- contrast -----------------------------------------------------------------------------------------------


def test_group_loss_by_hand():
    vectors = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], [-1.0, 0.0]]))
    groups = torch.tensor([0, 0, 1, 2])  # only the first two have a partner
    scores = (vectors @ vectors.T / 0.5).numpy()
    one = -np.log(np.exp(scores[0, 1]) / np.exp(scores[0, [1, 2, 3]]).sum())
    two = -np.log(np.exp(scores[1, 0]) / np.exp(scores[1, [0, 2, 3]]).sum())
    assert float(contrast.group_loss(vectors, groups, 0.5)) == pytest.approx((one + two) / 2, rel=1e-5)


def test_pair_loss_is_least_for_true_partners():
    vectors = torch.eye(4)
    right = float(contrast.pair_loss(vectors, vectors, 0.1))
    wrong = float(contrast.pair_loss(vectors, vectors.roll(1, 0), 0.1))
    assert right == pytest.approx(np.log(1 + 3 * np.exp(-10)), rel=1e-3)
    assert wrong > right + 9


def toy_parts():
    sentences = [
        "人员兼职没有精力",
        "一人多岗忙不过来",
        "网站更新缓慢",
        "栏目长期不更新",
        "解读不通俗",
        "群众看不懂解读",
    ]
    found = Counter(word for text in sentences for word in vocabulary.normalise(joined(text)).split())
    vectors = model.unit(np.random.default_rng(5).normal(size=(len(found), 32)).astype(np.float32))
    known = train.WordVectors(list(found), np.array(list(found.values()), dtype=np.float32), vectors)
    clusters = [cluster(i // 2, sentences[i : i + 2], label=str(i)) for i in (0, 2, 4)]
    return train.first_parts(known, sentences, sentences), clusters


def test_the_student_starts_as_the_parts_are():
    parts, clusters = toy_parts()
    student = contrast.Student(parts, contrast.Settings()).eval()
    texts = contrast.Texts(parts.vocabulary)
    said = clusters[0].statements[0]
    texts.learn([said])
    vector = student([texts.rows(said)])[0].detach().numpy()
    assert np.allclose(vector, model.unit(model.sentence_vectors(parts, [said]))[0], atol=1e-5)
    assert np.allclose(student.parts(parts).rows(), parts.rows(), atol=1e-5)


def test_training_brings_a_cluster_together_and_the_same_way_every_time():
    parts, clusters = toy_parts()

    def trained():
        run = contrast.Training(parts, contrast.Settings(cluster_rounds=30))
        run.on_clusters(clusters, [])
        return run.result()

    def together(found):
        a, b = (model.unit(model.sentence_vectors(found, [c.statements[i] for c in clusters])) for i in (0, 1))
        return np.diag(a @ b.T).mean() - (a @ b.T)[~np.eye(3, dtype=bool)].mean()

    first = trained()
    assert together(first) > together(parts) + 0.3
    assert np.array_equal(first.rows(), trained().rows())


def test_batches_hold_every_cluster_once_with_its_label_beside_it():
    many = [cluster(i, ["a", "b"], label=f"l{i % 3}") for i in range(30)]
    batches = contrast.cluster_batches(many, contrast.Settings(clusters_a_batch=8), random.Random(1))
    assert sorted(c.id for batch in batches for c in batch) == sorted(c.id for c in many)
    beside = [sum(c.labels == other.labels for other in batch) > 1 for batch in batches for c in batch]
    assert np.mean(beside) > 0.8


# -- figures ------------------------------------------------------------------------------------------------


def test_rank_correlation_with_ties():
    dice = np.random.default_rng(6)
    a, b = dice.integers(0, 6, 200).astype(float), dice.normal(size=200)
    assert measure.spearman(a, b) == pytest.approx(spearmanr(a, b)[0])


class OneHot:
    """Every text whose first character is the same gets the same vector."""

    def encode(self, texts):
        return np.array([[float(text[0] == char) for char in "甲乙"] for text in texts], dtype=np.float32)

    def encode_query(self, text):
        return self.encode([text])[0]


def test_cluster_search_by_hand(tmp_path):
    found = [cluster(0, ["甲一", "乙二"], ["甲问"]), cluster(1, ["乙三", "乙四"], ["乙问"])]
    first, share = measure.cluster_search(found, OneHot())
    # 甲问: 甲一 first, then 乙二 (ties keep their order) → 1, 2/2; 乙问: 乙二 (wrong), 乙三, 乙四 → 1/2, 1/2
    assert (first, share) == (0.75, 0.75)


def test_training_from_text_to_folder(tmp_path, monkeypatch):
    zipped(
        tmp_path / corpus.GWR,
        [{"text": "信息公开工作人员业务不熟。" * 3}, {"text": "网站更新不及时，群众有意见。" * 3}],
    )
    monkeypatch.setattr(train, "DIMENSION", 4)
    monkeypatch.setattr(wordvectors, "OVERSAMPLING", 2)
    monkeypatch.setattr(train, "SEEDS", (7, 8))
    settings = contrast.Settings(cluster_rounds=2)
    clusters = [
        cluster(0, ["信息公开工作人员业务不熟", "公开信息的工作人员不熟业务"]),  # long enough to leave words out
        cluster(1, ["网站更新不及时群众有意见", "群众有意见网站不更新信息"]),
    ]
    vocabulary, rows = train.train(tmp_path, clusters, tmp_path / "cache", settings)
    model.save(tmp_path / "model", vocabulary, rows, "toy")
    from index.encoder import load_encoder

    assert load_encoder(str(tmp_path / "model")).encode(["工作人员业务"]).shape == (1, 4)
    monkeypatch.setattr(train, "SEEDS", (7,))
    again, first = train.train(tmp_path / "gone", clusters, tmp_path / "cache", settings)
    assert again == vocabulary  # the cache stands in for the text
    monkeypatch.setattr(train, "SEEDS", (8,))
    _, second = train.train(tmp_path / "gone", clusters, tmp_path / "cache", settings)
    assert not np.allclose(first, second), "another draw"
    monkeypatch.setattr(train, "SEEDS", (7, 8))
    _, both = train.train(tmp_path / "gone", clusters, tmp_path / "cache", settings)
    assert np.allclose(both, (first + second) / 2, atol=1e-6)
