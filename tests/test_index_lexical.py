"""BM25: tantivy and the few rows in memory against the formula itself."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from milvus_server import server
from milvus_vectors import MilvusRows

from index import lexical
from index.lexical import FIELDS, TOKENIZERS, Lexicon, SmallLexicon
from index.tokens import gram_tokens, inner_tokens

WORDS = [f"w{i}" for i in range(60)]


def bm25(texts: list[list[str]], terms: dict[str, float]) -> dict[int, float]:
    """The formula, written out; lengths as they are (below 40 tantivy keeps them exactly)."""
    mean = sum(map(len, texts)) / len(texts)
    out = {}
    for place, tokens in enumerate(texts):
        total = 0.0
        for term, weight in terms.items():
            holding, count = sum(term in t for t in texts), tokens.count(term)
            idf = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
            total += weight * idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * len(tokens) / mean))
        if total:
            out[place] = total
    return out


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Lexicon]:
    rng = random.Random(4)
    texts = [" ".join(rng.choices(WORDS, k=rng.randint(3, 35))) for _ in range(900)]
    folder = tmp_path_factory.mktemp("lexical") / "words"
    lexical.build(folder, texts)
    return texts, Lexicon(folder)


def tokens_of(texts: list[str]) -> list[dict[str, list[str]]]:
    return [{field: TOKENIZERS[field](text) for field in FIELDS} for text in texts]


@pytest.fixture(scope="module", params=["tantivy", "memory", "milvus"])
def engine(request: pytest.FixtureRequest, corpus, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """``search`` of every engine over the same texts."""
    texts, lexicon = corpus
    if request.param == "milvus":
        return in_milvus(tmp_path_factory.mktemp("milvus"), texts).matching
    return lexicon.search if request.param == "tantivy" else SmallLexicon(tokens_of(texts), None).search


def in_milvus(folder: Path, texts: list[str]) -> MilvusRows:
    vectors = np.random.default_rng(2).normal(size=(len(texts), 16))
    matrix = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f2").astype(np.float32)
    return MilvusRows(folder, server().address("words"), matrix, texts)


@pytest.mark.parametrize("terms", [{"w1": 1.0}, {"w3": 1.0, "w7": 0.4}, {"w5": 1.0, "w6": 1.0, "w59": 0.4}])
@pytest.mark.parametrize("share", [1.0, 0.7, 0.02])
def test_every_engine_scores_by_the_formula(corpus, engine, terms, share):
    texts, _ = corpus
    allowed = np.random.default_rng(0).random(len(texts)) < share
    expected = {p: s for p, s in bm25([TOKENIZERS["grams"](t) for t in texts], terms).items() if allowed[p]}
    order = sorted(expected, key=lambda p: (-round(expected[p], 5), p))[:10]
    positions, scores = engine("grams", [*terms.items()], 10, allowed)
    assert scores.tolist() == pytest.approx([expected[p] for p in positions.tolist()], rel=1e-5)
    assert sorted(positions.tolist()) == sorted(order) or scores[-1] == pytest.approx(expected[order[-1]], rel=1e-5)


@pytest.mark.parametrize("engine", ["tantivy", "milvus"])
def test_a_tail_is_scored_as_part_of_the_whole(corpus, tmp_path: Path, engine: str):
    texts, _ = corpus
    terms = [("w3", 1.0), ("w9", 1.0)]
    if engine == "milvus":
        rows = in_milvus(tmp_path, texts[:800])
        rows.add_unpublished(texts[800:])
        assert rows.view.tail == 100
        late = np.arange(900) >= 800
        found, scores = rows.matching("grams", terms, 100, late)
        positions = found - 800
    else:
        lexical.build(tmp_path / "part", texts[:800])
        tail = SmallLexicon(tokens_of(texts[800:]), Lexicon(tmp_path / "part"))
        positions, scores = tail.search("grams", terms, 100, None)
    expected = bm25([TOKENIZERS["grams"](t) for t in texts], dict(terms))
    assert len(positions)
    assert scores.tolist() == pytest.approx([expected[800 + p] for p in positions.tolist()], rel=1e-9)


def test_holding_all_finds_the_texts_with_every_token(corpus):
    texts, lexicon = corpus
    found = lexicon.holding_all("grams", ["w1", "w2"], 1000).tolist()
    assert found == [i for i, t in enumerate(texts) if {"w1", "w2"} <= set(t.split())]


def test_two_grams_stay_within_runs():
    assert gram_tokens("公开不及时，2021年A栏") == ["公开", "开不", "不及", "及时", "2021", "年", "a", "栏"]
    assert inner_tokens("第3项") == ["3"]
    assert inner_tokens("3项工作") == ["项工", "工作"]
    assert inner_tokens("项") == []
