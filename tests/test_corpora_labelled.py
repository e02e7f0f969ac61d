"""The labelled corpus is what its README says; the classifiers of the package hold their figures on its test part."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from index.teaching import agreement
from nlp.examples import read_examples
from nlp.labelling import default_labeller, kind_of
from nlp.learned import MODELS
from nlp.quality import judge
from nlp.taxonomy import Taxonomy

FOLDER = Path(__file__).parents[1] / "corpora" / "labelled"
TEST_AUTHORS = ("l7", "l8")


def lines() -> list[dict[str, object]]:
    return [
        json.loads(line) for path in sorted(FOLDER.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
    ]


def test_enough_of_everything() -> None:
    found = lines()
    assert len(found) >= 4000
    assert sum(one["kind"] == "none" for one in found) >= 400
    labels = Counter(label for one in found for label in one["labels"])
    assert all(labels[entry.id] >= 60 for entry in Taxonomy.load() if not entry.id.startswith("other_"))
    stated = [one for one in found if one["kind"] != "none"]
    assert sum(len(one["labels"]) >= 3 for one in stated) / len(stated) > 0.12
    assert len({one["author"] for one in found}) >= 9


def test_every_line_is_sound() -> None:
    taxonomy, seen = Taxonomy.load(), set()
    for one in lines():
        assert one["id"] not in seen
        seen.add(one["id"])
        labels = one["labels"]
        assert isinstance(labels, list)
        assert len(set(labels)) == len(labels) <= 4, one["id"]
        assert (one["kind"] == "none") == (not labels), one["id"]
        assert all(taxonomy.entry(label).kind == one["kind"] for label in labels), one["id"]
        others = [label for label in labels if label.startswith("other_")]
        assert not others or len(labels) == 1, one["id"]


def test_no_sentence_stands_twice() -> None:
    texts = Counter(str(one["text"]) for one in lines() if one["kind"] != "none")
    assert [text for text, count in texts.items() if count > 1] == []


def test_no_test_sentence_was_learnt_from() -> None:
    clusters = FOLDER.parent / "clusters"
    test = {one.text for one in read_examples([FOLDER / f"{author}.jsonl" for author in TEST_AUTHORS])}
    others = [p for p in FOLDER.glob("*.jsonl") if p.stem not in TEST_AUTHORS] + list(clusters.glob("*.jsonl"))
    learnt = {one.text for one in read_examples(others) if one.kind != "none"}
    assert not {text for text in test & learnt if len(text) > 4}
    told = json.loads((MODELS / "quality.json").read_text("utf-8"))
    assert told["examples"] <= len(read_examples(others)), (
        "the package's classifiers are trained without the test authors"
    )


def test_two_annotators_agree() -> None:
    found = agreement()
    assert len(found) >= 40
    assert min(found.values()) > 0.8


@pytest.mark.parametrize("author", TEST_AUTHORS)
def test_labels_hold_on_authors_who_were_not_learnt_from(author: str) -> None:
    labeller = default_labeller()
    stated = [one for one in read_examples([FOLDER / f"{author}.jsonl"]) if one.kind != "none"]
    found = judge([(one.labels, [label.id for label in labeller.label(one.text, one.kind)]) for one in stated])
    assert found.micro_f1 >= 0.85
    assert found.macro_f1 >= 0.80


def test_kinds_hold_on_authors_who_were_not_learnt_from() -> None:
    test = read_examples([FOLDER / f"{author}.jsonl" for author in TEST_AUTHORS])
    assert sum(kind_of(one.text) == one.kind for one in test) / len(test) >= 0.975
