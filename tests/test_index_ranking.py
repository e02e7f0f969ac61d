"""Fusion and scores against oracles of two lines."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.matching import spans_of
from index.ranking import Features, coverage, fuse, label_agreement, ranks, score

ranking = st.lists(st.integers(0, 30), unique=True, max_size=15)


@given(lists=st.lists(ranking, min_size=1, max_size=4), depth=st.integers(1, 100))
def test_fusion_is_the_sum_of_reciprocal_ranks(lists, depth):
    weights = [1.0 + i / 2 for i in range(len(lists))]
    fused = fuse([{item: rank for rank, item in enumerate(r, start=1)} for r in lists], weights, depth)
    for item in {item for ranked in lists for item in ranked}:
        plain = sum(w / (depth + r.index(item) + 1) for r, w in zip(lists, weights, strict=True) if item in r)
        assert math.isclose(fused[item], plain * (depth + 1) / sum(weights))
    assert all(0 < value <= 1.0 + 1e-9 for value in fused.values())


def test_fusion_by_hand():
    fused = fuse([{10: 1, 20: 2}, {20: 1, 30: 2}], [1.0, 1.0], depth=60)
    assert fused[10] == pytest.approx((1 / 61) / (2 / 61))
    assert fused[20] == pytest.approx((1 / 62 + 1 / 61) / (2 / 61))
    assert sorted(fused, key=fused.__getitem__, reverse=True) == [20, 10, 30]


def test_equal_scores_share_a_rank():
    assert ranks([7, 3, 5, 9], [0.9, 0.9, 0.90001, 0.5]) == {7: 1, 3: 1, 5: 1, 9: 2}
    assert ranks([], []) == {}


@given(st.tuples(*[st.floats(-1, 2) for _ in range(6)]))
def test_a_score_lies_between_zero_and_one_and_grows_with_each_feature(values):
    low = score(Features(*values))
    assert 0.0 <= low <= 1.0
    for place in range(6):
        better = [*values]
        better[place] += 0.3
        assert score(Features(*better)) >= low - 1e-12


def test_coverage_weighs_words_by_rarity():
    words = {"兼职": 3.0, "公开": 1.0}
    assert coverage(words, "公开人员多为兼职") == 1.0
    assert coverage(words, "信息公开不及时") == 0.25
    assert coverage({}, "什么都行") == 0.0


def test_label_agreement_takes_the_strongest():
    assert label_agreement({"training": 0.6, "staff_capacity": 1.0}, ["training", "staff_capacity"]) == 1.0
    assert label_agreement({"training": 0.6}, ["training"]) == 0.6
    assert label_agreement({"training": 0.6}, ["staffing"]) == 0.0


def test_marked_places_are_joined():
    assert spans_of(["业务", "业务能力", "能力"], "业务能力不强，业务不熟") == ((0, 4), (7, 9))
    assert spans_of([], "业务") == ()
