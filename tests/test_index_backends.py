"""Nearest neighbours: every engine against two lines of NumPy, ordered ids and scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.backends import faiss
from index.backends.exact import ExactIndex


def unit_vectors(count: int, dimension: int, seed: int, copies: int = 0) -> np.ndarray:
    """Clustered float16 vectors as the store keeps them; the first ``copies`` are one and the same."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(max(2, count // 50), dimension))
    out = centres[rng.integers(0, len(centres), count)] + 0.6 * rng.normal(size=(count, dimension))
    out[:copies] = out[0]
    return (out / np.linalg.norm(out, axis=1, keepdims=True)).astype("<f2").astype(np.float32)


def oracle(matrix: np.ndarray, query: np.ndarray, k: int, allowed: np.ndarray) -> list[tuple[int, float]]:
    scores = {
        i: round(float(matrix[i].astype(np.float64) @ query.astype(np.float64)), 6) for i in np.flatnonzero(allowed)
    }
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:k]


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, faiss.FaissIndex]:
    matrix = unit_vectors(700, 24, seed=3, copies=120)
    path = tmp_path_factory.mktemp("flat") / "vectors.faiss"
    faiss.build(path, len(matrix), 24, (matrix[i : i + 97] for i in range(0, len(matrix), 97)))()
    return matrix, faiss.FaissIndex(path)


@pytest.fixture(scope="module")
def lists(flat, tmp_path_factory: pytest.TempPathFactory) -> faiss.FaissIndex:
    """Inverted lists over the same vectors, their numbers in two files."""
    matrix, _ = flat
    folder = tmp_path_factory.mktemp("lists")
    faiss.build(folder / "first.faiss", 500, 24, iter([matrix[:500]]), flat_limit=100)()
    faiss.extend(folder / "first.faiss", folder / "vectors.faiss", 24, iter([matrix[500:]]))()
    return faiss.FaissIndex(folder / "vectors.faiss")


@settings(max_examples=60, deadline=None)
@given(
    near=st.integers(0, 699),
    noise=st.floats(0, 0.5),
    k=st.integers(1, 40),
    share=st.sampled_from([0.0, 0.01, 0.2, 0.7, 1.0]),
    seed=st.integers(0, 9),
)
def test_what_compares_one_by_one_agrees_with_the_oracle(flat, lists, near, noise, k, share, seed):
    matrix, index = flat
    rng = np.random.default_rng(seed)
    query = (matrix[near] + noise * rng.normal(size=24)).astype(np.float32)
    query /= np.linalg.norm(query)
    allowed = rng.random(len(matrix)) < share
    expected = oracle(matrix, query, k, allowed)
    for engine in (ExactIndex(matrix), index, lists):  # a filter that keeps few is looked through without the lists
        positions, scores = engine.search(query, k, allowed)
        assert positions.tolist() == [position for position, _ in expected]
        assert scores.tolist() == pytest.approx([value for _, value in expected], abs=1e-7)


def test_equal_vectors_at_the_cut_come_in_order_of_position(flat):
    matrix, index = flat
    positions, _ = index.search(matrix[0], 10)
    assert positions.tolist() == list(range(10))
    allowed = np.ones(len(matrix), dtype=bool)
    allowed[:100] = False
    positions, _ = index.search(matrix[0], 10, allowed)
    assert positions.tolist() == list(range(100, 110))


def test_inverted_lists_give_the_same_order_and_nearly_all_neighbours(tmp_path: Path):
    matrix = unit_vectors(6000, 32, seed=5)
    path = tmp_path / "vectors.faiss"
    faiss.build(path, len(matrix), 32, (matrix[i : i + 512] for i in range(0, 6000, 512)), flat_limit=1000)()
    index, exact = faiss.FaissIndex(path), ExactIndex(matrix)
    assert np.array_equal(index.vectors(np.arange(100)), matrix[:100])
    rng = np.random.default_rng(1)
    found = wanted = 0
    for number in range(60):
        query = matrix[number * 90] + 0.05 * rng.normal(size=32).astype(np.float32)
        query = (query / np.linalg.norm(query)).astype(np.float32)
        allowed = None if number % 3 else rng.random(len(matrix)) < 0.3
        right = dict(zip(*(part.tolist() for part in exact.search(query, 10, allowed)), strict=True))
        positions, scores = index.search(query, 10, allowed)
        assert all(right.get(p, s) == s for p, s in zip(positions.tolist(), scores.tolist(), strict=True))
        assert scores.tolist() == sorted(scores.tolist(), reverse=True)
        assert allowed is None or allowed[positions].all()
        found += len(right.keys() & set(positions.tolist()))
        wanted += len(right)
    assert found / wanted >= 0.97


def test_an_empty_index_and_an_empty_filter_find_nothing(tmp_path: Path):
    path = tmp_path / "vectors.faiss"
    faiss.build(path, 0, 8, iter(()))()
    query = np.ones(8, np.float32) / np.sqrt(np.float32(8))
    assert faiss.FaissIndex(path).search(query, 5)[0].tolist() == []
    matrix = unit_vectors(20, 8, seed=1)
    assert ExactIndex(matrix).search(query, 5, np.zeros(20, dtype=bool))[0].tolist() == []
