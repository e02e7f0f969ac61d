"""Labelled statements are read from both forms, and a bad line is named."""

import json
from pathlib import Path

import pytest

from nlp.errors import MingjianError
from nlp.examples import read_examples


def test_clusters_and_lines_are_read_alike(tmp_path: Path) -> None:
    cluster = {
        "id": "x-001",
        "author": "x",
        "kind": "problem",
        "labels": ["staff_instability"],
        "statements": [{"text": "一"}, {"text": "二", "labels": ["staff_capacity"]}],
        "queries": ["三"],
        "measures": [{"text": "四", "labels": ["staffing"]}],
    }
    line = {"id": "1", "author": "y", "kind": "none", "labels": [], "text": "五"}
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(json.dumps(d, ensure_ascii=False) for d in (cluster, line)), encoding="utf-8")
    found = [(e.text, e.kind, e.labels, e.group) for e in read_examples([path])]
    assert found == [
        ("一", "problem", ("staff_instability",), "x:x-001"),
        ("二", "problem", ("staff_capacity",), "x:x-001"),
        ("四", "measure", ("staffing",), "x:x-001"),
        ("五", "none", (), "y:1"),
    ]


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": "1", "text": "一"}\n', encoding="utf-8")
    with pytest.raises(MingjianError, match=r"bad\.jsonl 第1行"):
        read_examples([path])
