"""K-means of our own: planted groups come back, as well as a known library finds them, the same every time."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from nlp import centres
from nlp.centres import Vectors, k_means


def unit(values: np.ndarray) -> Vectors:
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True), np.float32)


def planted(groups: int, each: int, seed: int = 0, noise: float = 0.1) -> tuple[Vectors, np.ndarray]:
    rng = np.random.default_rng(seed)
    middles = unit(rng.normal(size=(groups, 32)))
    owner = np.arange(groups * each) % groups
    return unit(middles[owner] + noise * rng.normal(size=(len(owner), 32)) / 4), owner


def rest(vectors: Vectors, owner: np.ndarray, middles: Vectors) -> float:
    return float(((vectors - middles[owner]) ** 2).sum())


def test_planted_groups_come_back() -> None:
    vectors, owner = planted(12, 40)
    found, middles = k_means(vectors, 12)
    assert (found.shape, middles.shape) == ((480,), (12, 32))
    assert len({(a, b) for a, b in zip(owner.tolist(), found.tolist(), strict=True)}) == 12
    for one in range(12):
        assert np.allclose(middles[one], vectors[found == one].mean(axis=0), atol=1e-5)


def test_it_is_as_near_as_a_known_library() -> None:
    cluster = pytest.importorskip("sklearn.cluster")
    vectors, _ = planted(40, 30, seed=3, noise=4.0)  # no clear groups
    found, middles = k_means(vectors, 20)
    with threadpool_limits(1):
        known = cluster.KMeans(20, random_state=0, n_init=3).fit(vectors)
    assert rest(vectors, found, middles) <= 1.03 * known.inertia_


def test_the_same_input_gives_the_same_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _ = planted(7, 50, noise=2.0)
    first = k_means(vectors, 9, 4)
    for limit in (1, 2):
        with threadpool_limits(limit):
            again = k_means(vectors, 9, 4)
        assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))
    monkeypatch.setattr(centres, "AT_ONCE", 64)
    assert np.array_equal(k_means(vectors, 9, 4)[0], first[0])


def test_of_very_many_some_find_the_centres_and_all_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, owner = planted(5, 200)
    monkeypatch.setattr(centres, "FITTED", 100)
    found, _ = k_means(vectors, 5)
    assert len(found) == 1000
    assert len({(a, b) for a, b in zip(owner.tolist(), found.tolist(), strict=True)}) == 5


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 30), st.integers(1, 8), st.integers(0, 3), st.integers(0, 5))
def test_every_vector_is_with_its_nearest_centre(rows: int, wanted: int, different: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    some = unit(rng.normal(size=(different + 1, 6)))
    vectors = some[rng.integers(len(some), size=max(rows, wanted))]  # often fewer different ones than centres
    found, middles = k_means(vectors, wanted, seed)
    assert np.isfinite(middles).all()
    apart = ((vectors[:, None] - middles[None]) ** 2).sum(axis=2)
    assert np.allclose(apart[np.arange(len(vectors)), found], apart.min(axis=1), atol=1e-5)


def test_topics_need_no_heavy_library() -> None:
    code = "import sys, index.topics, nlp.centres; sys.exit(any(one in sys.modules for one in ('sklearn', 'scipy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
