"""Figures of judged searches, worked out by hand."""

import json
import math
from pathlib import Path

import pytest

from index.judging import _auc, _by_style, _measures, read_judgments
from nlp.errors import MingjianError


def test_ndcg_recall_and_reciprocal_rank() -> None:
    # grades 2, 0, 1 in the first places; one grade-2 text is not found
    ndcg, recall, rank = _measures(["a", "x", "c"], {"a": 2, "b": 2, "c": 1})
    ideal = 3 + 3 / math.log2(3) + 1 / 2
    assert ndcg == pytest.approx((3 + 1 / 2) / ideal)
    assert recall == 0.5
    assert rank == 1.0
    assert _measures(["x", "b"], {"b": 2})[2] == 0.5
    assert _measures([], {"b": 1}) == (0.0, 0.0, 0.0)


def test_auc_counts_pairs_and_halves_ties() -> None:
    assert _auc([0.9, 0.5], [0.5, 0.1]) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert _auc([], [0.1]) == 1.0


def test_styles_are_averaged_apart_and_together() -> None:
    rows = [("formal", 1.0, 0.0, 0.0), ("formal", 0.0, 0.0, 0.0), ("keyword", 1.0, 0.0, 0.0)]
    assert _by_style(rows, 1) == {"all": 0.6667, "formal": 0.5, "keyword": 1.0}


def test_judgments_are_read_and_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "dev.jsonl"
    line = {"id": "1", "query": "兼职", "style": "keyword", "relevant": [{"text": "身兼数职", "grade": 2}]}
    path.write_text(json.dumps(line, ensure_ascii=False) + "\n\n{}\n", encoding="utf-8")
    with pytest.raises(MingjianError, match="第3行"):
        read_judgments(path)
    path.write_text(json.dumps(line, ensure_ascii=False), encoding="utf-8")
    assert read_judgments(path)[0].quotes == {"身兼数职": 2}
