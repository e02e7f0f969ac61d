"""Nearest neighbours: every engine against two lines of NumPy, ordered ids and scores."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milvus_server import server
from milvus_vectors import MilvusRows

from index import syncing
from index.backends import faiss
from index.backends.base import VectorIndex
from index.backends.exact import ExactIndex
from index.backends.halves import part, parts
from nlp.errors import MingjianError


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
    """Inverted lists over the same vectors, in three parts."""
    matrix, _ = flat
    folder = tmp_path_factory.mktemp("lists")
    faiss.build(folder / "first.faiss", 500, 24, iter([matrix[:500]]), flat_limit=100)()
    faiss.extend(folder / "first.faiss", folder / "second.faiss", 24, iter([matrix[500:630]]), 130)()
    faiss.extend(folder / "second.faiss", folder / "vectors.faiss", 24, iter([matrix[630:]]), 70)()
    assert len(parts(folder / "vectors.faiss")) == 1 + len(faiss.lists_behind(folder / "vectors.faiss")) == 3
    return faiss.FaissIndex(folder / "vectors.faiss")


@pytest.fixture(scope="module", params=["exact", "faiss", "lists", "milvus"])
def engine(request: pytest.FixtureRequest, flat, tmp_path_factory: pytest.TempPathFactory) -> VectorIndex:
    """The same vectors in every engine; whoever adds one adds it here."""
    matrix, index = flat
    if request.param == "milvus":
        return MilvusRows(tmp_path_factory.mktemp("milvus"), server().address("rows"), matrix)
    return {"exact": lambda: ExactIndex(matrix), "faiss": lambda: index}.get(
        request.param, lambda: request.getfixturevalue("lists")
    )()


@settings(max_examples=60, deadline=None)
@given(
    near=st.integers(0, 699),
    noise=st.floats(0, 0.5),
    k=st.integers(1, 40),
    share=st.sampled_from([0.0, 0.01, 0.2, 0.7, 1.0]),
    seed=st.integers(0, 9),
)
def test_what_compares_one_by_one_agrees_with_the_oracle(flat, engine, near, noise, k, share, seed):
    matrix, _ = flat
    rng = np.random.default_rng(seed)
    query = (matrix[near] + noise * rng.normal(size=24)).astype(np.float32)
    query /= np.linalg.norm(query)
    allowed = rng.random(len(matrix)) < share
    expected = oracle(matrix, query, k, allowed)
    positions, scores = engine.search(query, k, allowed)  # lists are not used where a filter keeps few
    assert positions.tolist() == [position for position, _ in expected]
    assert scores.tolist() == pytest.approx([value for _, value in expected], abs=1e-7)


def test_equal_vectors_at_the_cut_come_in_order_of_position(flat, engine):
    matrix, _ = flat
    positions, _ = engine.search(matrix[0], 10)
    assert positions.tolist() == list(range(10))
    allowed = np.ones(len(matrix), dtype=bool)
    allowed[:100] = False
    positions, _ = engine.search(matrix[0], 10, allowed)
    assert positions.tolist() == list(range(100, 110))


def test_an_engine_gives_back_its_vectors(flat, engine):
    matrix, _ = flat
    some = np.array([699, 0, 130, 130, 5])
    assert engine.size == len(matrix)
    assert np.array_equal(engine.vectors(some), matrix[some])


@pytest.mark.parametrize("engine", ["lists", "milvus"])
def test_approximate_engines_give_the_same_order_and_nearly_all_neighbours(tmp_path: Path, monkeypatch, engine: str):
    matrix = unit_vectors(6000, 32, seed=5)
    exact = ExactIndex(matrix)
    index: VectorIndex
    if engine == "milvus":
        monkeypatch.setattr(syncing, "FLAT_LIMIT", 1000)
        index = MilvusRows(tmp_path, server().address("graph"), matrix)
        assert not index.view.record.exact
    else:
        path = tmp_path / "vectors.faiss"
        faiss.build(path, len(matrix), 32, (matrix[i : i + 512] for i in range(0, 6000, 512)), flat_limit=1000)()
        index = faiss.FaissIndex(path)
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


def test_lists_that_grow_find_what_lists_of_all_find_and_stay_few(tmp_path: Path):
    """Twenty additions: nearly all neighbours as with one file, every score exact, no more parts than doublings."""
    matrix = unit_vectors(6000, 32, seed=8)
    sizes = [2000, *[200] * 20]
    ends = np.cumsum(sizes).tolist()
    path = tmp_path / "0" / "vectors.faiss"
    path.parent.mkdir()
    faiss.build(path, 2000, 32, iter([matrix[:2000]]), flat_limit=1000)()
    for number, (start, end) in enumerate(pairwise(ends), start=1):
        before, path = path, tmp_path / str(number) / "vectors.faiss"
        path.parent.mkdir()
        faiss.extend(before, path, 32, iter([matrix[start:end]]), end - start)()
        assert len(faiss.lists_behind(path)) == number.bit_count()  # as a binary counter has ones
        index = faiss.FaissIndex(path)
        assert index.size == end
        assert np.array_equal(index.vectors(np.arange(end)), matrix[:end])
        allowed = np.random.default_rng(number).random(end) < 0.5
        for mask in (None, allowed):
            rights, found = 0, 0
            for query in matrix[start:end:20]:
                right = dict(oracle(matrix, query, 10, np.ones(end, dtype=bool) if mask is None else mask))
                positions, scores = index.search(query, 10, mask)
                assert [right.get(p, s) for p, s in zip(positions.tolist(), scores.tolist(), strict=True)] == (
                    pytest.approx(scores.tolist(), abs=1e-6)
                )
                assert len(set(positions.tolist())) == len(positions) == 10
                rights, found = rights + len(right), found + len(right.keys() & set(positions.tolist()))
            assert found / rights >= 0.95


def test_lists_of_before_that_hold_several_parts_are_gone_on_from(tmp_path: Path):
    """An older program put what came later into the one file of lists; its numbers were in parts already."""
    matrix = unit_vectors(900, 16, seed=9)
    old, new = tmp_path / "old.faiss", tmp_path / "new.faiss"
    faiss.build(old, 600, 16, iter([matrix[:600]]), flat_limit=100)()
    index = faiss._faiss.read_index(str(old))
    index.add(matrix[600:700])
    faiss._write(index, old)
    part(old, 1).write_bytes(matrix[600:700].astype("<f2").tobytes())
    assert faiss.FaissIndex(old).size == 700
    faiss.extend(old, new, 16, iter([matrix[700:]]), 200)()
    assert [path.name for path in faiss.lists_behind(new)] == ["new-0002.faiss"]
    found, _ = faiss.FaissIndex(new).search(matrix[850], 20, gathered=True)
    assert found.tolist() == [p for p, _ in oracle(matrix, matrix[850], 20, np.ones(900, dtype=bool))]


def test_a_missing_file_of_lists_is_told(tmp_path: Path):
    matrix = unit_vectors(700, 16, seed=9)
    faiss.build(tmp_path / "a.faiss", 600, 16, iter([matrix[:600]]), flat_limit=100)()
    faiss.extend(tmp_path / "a.faiss", tmp_path / "b.faiss", 16, iter([matrix[600:]]), 100)()
    faiss.lists_behind(tmp_path / "b.faiss")[0].unlink()
    with pytest.raises(MingjianError, match="rebuild"):
        faiss.FaissIndex(tmp_path / "b.faiss")


def test_an_empty_filter_finds_nothing(engine):
    query = np.ones(24, np.float32) / np.sqrt(np.float32(24))
    assert engine.search(query, 5, np.zeros(700, dtype=bool))[0].tolist() == []


@pytest.mark.parametrize("engine", ["faiss", "milvus"])
def test_an_empty_index_finds_nothing(tmp_path: Path, engine: str):
    path = tmp_path / "vectors.faiss"
    if engine == "faiss":
        faiss.build(path, 0, 8, iter(()))()
    none = np.zeros((0, 8), np.float32)
    index = faiss.FaissIndex(path) if engine == "faiss" else MilvusRows(tmp_path, server().address("none"), none)
    query = np.ones(8, np.float32) / np.sqrt(np.float32(8))
    assert index.search(query, 5)[0].tolist() == []
