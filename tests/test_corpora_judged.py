"""The judged queries: of the form that README.md of their folder states, and about sentences that are there."""

import json
from collections import Counter
from pathlib import Path

import pytest

CORPORA = Path(__file__).parents[1] / "corpora"
BANK = [json.loads(line)["text"] for line in (CORPORA / "sample/data/statements.jsonl").open(encoding="utf-8")]
DEV = [json.loads(line) for line in (CORPORA / "judged/dev.jsonl").open(encoding="utf-8")]


def test_every_style_is_asked_and_no_query_twice():
    styles = Counter(row["style"] for row in DEV)
    assert set(styles) == {"colloquial", "formal", "keyword", "paraphrase", "measures", "no_match"}
    assert min(styles.values()) >= 15
    assert len({row["id"] for row in DEV}) == len({row["query"] for row in DEV}) == len(DEV)


@pytest.mark.parametrize("row", DEV, ids=lambda row: row["id"])
def test_phrases_mean_one_statement_each(row):
    phrases = [item["text"] for item in row["relevant"]]
    assert len(set(phrases)) == len(phrases)
    assert all(sum(phrase in text for text in BANK) == 1 for phrase in phrases)
    assert {item["grade"] for item in row["relevant"]} <= {1, 2}
    assert bool(phrases) == (row["style"] != "no_match")
    assert not phrases or any(item["grade"] == 2 for item in row["relevant"])


def test_no_query_was_trained_on():
    clusters = [json.loads(line) for path in CORPORA.glob("clusters/*.jsonl") for line in path.open(encoding="utf-8")]
    trained = {text for row in clusters for text in row.get("queries", [])}
    trained |= {item["text"] for row in clusters for item in row["statements"]}
    assert not trained & {row["query"] for row in DEV}
    assert not trained & set(BANK)
