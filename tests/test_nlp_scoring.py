"""Scores worked out by hand."""

from nlp.scoring import Matches, bare, flatten, score

PARSED = {
    "agency": "甲县教育局",
    "year": 2021,
    "region": {"province": "某省", "county": None},
    "statistics": {"review": None, "applications": {"granted": {"total": 3}}},
    "sections": [{"number": 1, "kind": "overview"}, {"number": 5, "kind": "issues"}],
    "checks": [{"rule": "T3-A", "where": "total", "status": "pass"}],
    "statements": [
        {"kind": "problem", "text": "人手不足。", "labels": ["staff_instability"]},
        {"kind": "measure", "text": "加强培训", "labels": ["training", "staffing"]},
    ],
    "pairs": [[0, 1]],
}


def test_a_report_against_itself_is_perfect() -> None:
    scores = score(PARSED, PARSED)
    assert scores.errors == []
    assert scores.metadata.share == scores.cells.share == scores.sections.share == scores.checks.share == 1
    assert scores.statements.f1 == scores.labels.f1 == scores.pairs.f1 == 1
    assert (scores.metadata.total, scores.cells.total, scores.statements.wanted) == (4, 2, 2)


def test_each_difference_counts_once() -> None:
    gold = {
        **PARSED,
        "year": 2022,
        "statistics": {"review": None, "applications": {"granted": {"total": 4}}},
        "sections": ["overview", "issues", "other"],
        "checks": [{"rule": "T3-A", "where": "total", "status": "fail"}],
        "statements": [
            {"kind": "measure", "text": "人手 不足", "labels": ["staff_instability"]},
            {"kind": "measure", "text": "加强培训，配齐人员。", "labels": ["training"]},
        ],
        "pairs": [],
    }
    scores = score(PARSED, gold)
    assert (scores.metadata.right, scores.metadata.total) == (3, 4)
    assert (scores.cells.right, scores.cells.total) == (1, 2)
    assert (scores.sections.right, scores.sections.total) == (2, 3)
    assert scores.checks.share == 0
    assert (scores.statements.found, scores.statements.wanted, scores.statements.common) == (2, 2, 1)
    assert scores.kinds.share == 0
    assert (scores.labels.found, scores.labels.wanted, scores.labels.common) == (1, 1, 1)
    assert scores.pairs.f1 == 0
    assert len(scores.errors) == 6


def test_a_whole_table_against_nulls_in_it() -> None:
    gold = {"statistics": {"applications": {"granted": {"total": None}}}}
    assert score({"statistics": {"applications": None}}, gold).cells.share == 1


def test_merge_adds_counts() -> None:
    scores = score(PARSED, PARSED)
    scores.merge(score(PARSED, PARSED))
    assert (scores.cells.total, scores.labels.common) == (4, 6)
    assert scores.to_dict()["cells"] == {"accuracy": 1.0, "right": 4, "total": 4}


def test_small_things() -> None:
    assert flatten({"a": {"b": 1, "c": None}}) == {"a.b": 1, "a.c": None}
    assert bare("一 人。；") == "一人"
    assert Matches().f1 == 1.0
