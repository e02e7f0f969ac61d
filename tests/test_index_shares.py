"""Shares against SciPy and against permutation of the labels."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from index.shares import cochran_armitage, discoveries, p_value, wilson


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_scipys(pair: tuple[int, int]) -> None:
    hits, n = pair
    expected = stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
    assert wilson(hits, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_contract_example() -> None:
    low, high = wilson(5, 18)
    assert (round(low, 3), round(high, 3)) == (0.125, 0.509)


def test_nothing_known_without_reports() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_trend_is_the_correlation_of_time_and_outcome() -> None:
    # z² of Cochran–Armitage is n·r² of the single observations
    hits, totals, times = [2, 5, 9], [20, 20, 20], [2019.0, 2020.0, 2021.0]
    xs = [t for t, n in zip(times, totals, strict=True) for _ in range(n)]
    ys = [int(i < h) for h, n in zip(hits, totals, strict=True) for i in range(n)]
    r = stats.pearsonr(xs, ys).statistic
    assert cochran_armitage(hits, totals, times) == pytest.approx(r * len(xs) ** 0.5)


def test_trend_p_value_agrees_with_permutation() -> None:
    hits, totals, times = [3, 5, 8, 12], [30, 30, 30, 30], [0.0, 1.0, 2.0, 3.0]
    z = cochran_armitage(hits, totals, times)
    ys = [1] * sum(hits) + [0] * (sum(totals) - sum(hits))
    rng, extreme = random.Random(7), 0
    for _ in range(4000):
        rng.shuffle(ys)
        shuffled = [sum(ys[i * 30 : (i + 1) * 30]) for i in range(4)]
        extreme += abs(cochran_armitage(shuffled, totals, times)) >= abs(z) - 1e-9
    assert p_value(z) == pytest.approx(extreme / 4000, abs=0.01)


@pytest.mark.parametrize(("hits", "totals"), [([0, 0], [5, 5]), ([5, 5], [5, 5]), ([0, 0], [0, 0]), ([2], [5])])
def test_trend_is_undefined_without_variation(hits: list[int], totals: list[int]) -> None:
    assert cochran_armitage(hits, totals, [float(i) for i in range(len(hits))]) == 0.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_discoveries_are_scipys(p_values: list[float]) -> None:
    adjusted = stats.false_discovery_control(p_values)
    clear = [abs(a - 0.05) > 1e-9 for a in adjusted]
    got = discoveries(p_values)
    assert [g for g, c in zip(got, clear, strict=True) if c] == [
        bool(a <= 0.05) for a, c in zip(adjusted, clear, strict=True) if c
    ]
