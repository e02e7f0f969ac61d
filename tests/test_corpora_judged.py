"""The judged queries: of the form that README.md of their folder states, and about sentences that are there."""

import json
from collections import Counter
from pathlib import Path

import pytest

CORPORA = Path(__file__).parents[1] / "corpora"
BANK = [json.loads(line)["text"] for line in (CORPORA / "sample/data/statements.jsonl").open(encoding="utf-8")]
SETS = {
    path.stem: [json.loads(line) for line in path.open(encoding="utf-8")]
    for path in sorted((CORPORA / "judged").glob("*.jsonl"))
}
ASKED = [json.loads(line) for path in CORPORA.glob("asked/*.jsonl") for line in path.open(encoding="utf-8")]
SAID = [json.loads(line) for path in CORPORA.glob("said/*.jsonl") for line in path.open(encoding="utf-8")]
ALL = [row for rows in SETS.values() for row in rows]


def test_every_style_is_asked_and_no_query_twice():
    for name, rows in SETS.items():
        styles = Counter(row["style"] for row in rows)
        assert set(styles) == {"colloquial", "formal", "keyword", "paraphrase", "measures", "no_match"}, name
        assert min(styles.values()) >= 10, name
    assert len({row["id"] for row in ALL}) == len({row["query"] for row in ALL}) == len(ALL)


def test_enough_for_choosing_and_for_testing():
    for kind, answered, unanswered in (("dev", 200, 40), ("test", 100, 20)):
        rows = [row for name, rows in SETS.items() if name.startswith(kind) for row in rows]
        assert sum(row["style"] != "no_match" for row in rows) >= answered
        assert sum(row["style"] == "no_match" for row in rows) >= unanswered


@pytest.mark.parametrize("row", ALL, ids=lambda row: row["id"])
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
    trained |= {text for row in ASKED for text in row["queries"]} | {text for row in SAID for text in row["statements"]}
    assert not trained & {row["query"] for row in ALL}
    assert not trained & set(BANK)


def test_no_further_query_is_like_a_judged_one():
    """Those that share two fifths of their 2-grams with one were left out: 20 of some 25 000."""
    judged = [(row["query"], _pairs(row["query"])) for row in ALL]
    holding: dict[str, list[int]] = {}
    for number, (_, own) in enumerate(judged):
        for pair in own:
            holding.setdefault(pair, []).append(number)
    for row in ASKED:
        for text in row["queries"]:
            own = _pairs(text)
            shared = Counter(number for pair in own for number in holding.get(pair, ()))
            for number, both in shared.most_common(5):
                query, other = judged[number]
                assert 5 * both < 2 * len(own | other), (text, query)


def test_no_further_statement_is_like_one_of_the_bank():
    holding: dict[str, list[int]] = {}
    bank = [_pairs(text) for text in BANK]
    for number, own in enumerate(bank):
        for pair in own:
            holding.setdefault(pair, []).append(number)
    for row in SAID:
        for text in row["statements"]:
            own = _pairs(text)
            shared = Counter(number for pair in own for number in holding.get(pair, ()))
            for number, both in shared.most_common(3):
                assert both < 0.45 * len(own | bank[number]), (text, BANK[number])


def test_what_was_written_for_clusters_names_them_once_an_author():
    clusters = {
        json.loads(line)["id"] for path in CORPORA.glob("clusters/*.jsonl") for line in path.open(encoding="utf-8")
    }
    for folder, what in (("asked", "queries"), ("said", "statements")):
        for path in sorted(CORPORA.glob(f"{folder}/*.jsonl")):
            rows = [json.loads(line) for line in path.open(encoding="utf-8")]
            names = [row["cluster"] for row in rows]
            assert len(set(names)) == len(names), path
            assert set(names) <= clusters, path
            assert all(text and text == text.strip() for row in rows for text in row[what]), path


def test_no_saying_was_taken_from_a_query():
    """Common expressions of five characters and more that stand in a judged query are left out of the glossary."""
    sayings = [json.loads(line) for path in CORPORA.glob("sayings/*.jsonl") for line in path.open(encoding="utf-8")]
    assert len(sayings) > 3000
    spoken = [row["query"] for row in ALL if row["style"] in ("colloquial", "paraphrase", "measures")]
    taken = {text for row in sayings for text in row["sayings"] if len(text) > 4 and any(text in q for q in spoken)}
    assert not taken


def test_sayings_are_of_the_form_that_their_readme_states():
    seen = set()
    for path in CORPORA.glob("sayings/*.jsonl"):
        for line in path.open(encoding="utf-8"):
            row = json.loads(line)
            assert row["author"] == path.stem
            assert row["id"] not in seen
            seen.add(row["id"])
            assert row["sayings"]
            assert row["plain"]
            assert all(text == text.strip() and text for text in (*row["sayings"], *row["plain"])), row["id"]


def test_no_off_topic_question_is_like_a_judged_one():
    lines = [text for path in CORPORA.glob("offtopic/*.txt") for text in path.read_text(encoding="utf-8").splitlines()]
    assert len(set(lines)) == len(lines) > 2000
    judged = [_pairs(row["query"]) for row in ALL]
    for line in lines:
        own = _pairs(line)
        assert all(2 * len(own & other) < len(own | other) for other in judged), line


def _pairs(text):
    text = text.replace(" ", "")
    return {text[at : at + 2] for at in range(len(text) - 1)}
