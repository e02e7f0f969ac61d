"""Parsed reports against gold that people read: authored ones of every variant, and the real files where they are."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from nlp.parse import parse_file
from nlp.records import Label, Report, Statement
from nlp.scoring import Scores, bare, score

GOLD = Path(__file__).parent / "gold"
SHARED = Path(__file__).parents[2] / "shared"
AUTHORED = sorted(path.stem for path in GOLD.glob("*.json"))
REAL = sorted(path.stem for path in (GOLD / "real").glob("*.json"))
# Variants of the rules that the files are named after, D1–D19, H1–H15, F1–F18, T1–T14.
VARIANTS = {
    f"{letter}{n:02}" for letter, last in (("D", 19), ("H", 15), ("F", 18), ("T", 14)) for n in range(1, last + 1)
}
ENDS = ("received_new", "carried_in", "processed_total", "carried_out")
BINARY = {".html", ".docx", ".pdf"}


class NoLabels:
    """Cutting and reading are judged here, not labelling."""

    def label_many(self, items: list[tuple[str, str]]) -> list[tuple[Label, ...]]:
        return [() for _ in items]


def load(path: Path) -> dict[str, Any]:
    gold: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return gold


@cache
def read_report(path: Path) -> Report:
    return parse_file(path, NoLabels())


def parsed(path: Path) -> dict[str, Any]:
    return read_report(path).to_dict()


def failed_checks(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {(c["rule"], c["where"]) for c in report["checks"] if c["status"] == "fail"}


def authored(name: str) -> tuple[dict[str, Any], dict[str, Any], Scores]:
    gold = load(GOLD / f"{name}.json")
    report = parsed(GOLD / gold["file"])
    return gold, report, score(report, gold)


@pytest.mark.parametrize("name", AUTHORED)
def test_authored(name: str) -> None:
    gold, report, scores = authored(name)
    assert scores.errors == []
    assert report["none_stated"] == gold["none_stated"]
    assert set(gold["warnings_include"]) <= set(report["warnings"])
    assert failed_checks(report) == failed_checks(gold), "a verdict of fail that the report does not deserve"
    if "sign_date" in gold:
        assert report["sign_date"] == gold["sign_date"]


def test_evidence_stands_where_the_offsets_point() -> None:
    for name in AUTHORED:
        report = read_report(GOLD / load(GOLD / f"{name}.json")["file"])
        spans: list[Statement] = [*report.statements, *report.passages]
        assert all(report.text[s.start : s.end] == s.text for s in spans), name
        for figure in (*report.statistics.figures, *report.statistics.prose):
            if figure.state in {"number", "zero"} and figure.raw:
                assert bare(figure.raw) in bare(report.text[figure.start : figure.end]), figure


def test_floors_over_all_authored_reports() -> None:
    total = Scores()
    for name in AUTHORED:
        total.merge(authored(name)[2])
    assert total.cells.share == 1, total.errors
    assert total.sections.share == 1, total.errors
    assert total.checks.share == 1, total.errors
    assert total.metadata.share == 1, total.errors
    assert total.statements.f1 >= 0.97, total.errors
    assert total.kinds.share >= 0.98, total.errors
    assert total.cells.total > 10_000
    assert total.statements.wanted > 300


def test_the_set_covers_every_variant() -> None:
    named = {word for name in AUTHORED for word in re.findall(r"[DHFT]\d\d", name)}
    assert named >= VARIANTS
    files = [load(GOLD / f"{name}.json")["file"] for name in AUTHORED]
    assert len(files) >= 42
    assert sum(Path(file).suffix in BINARY for file in files) >= 14
    made = {path.name for path in GOLD.iterdir() if path.suffix in {".txt", *BINARY}}
    assert made == set(files)


@pytest.mark.parametrize("name", AUTHORED)
def test_gold_keeps_to_the_arithmetic(name: str) -> None:
    """The gold itself: columns and rows add up, except where a slip is planted and listed as a failed check."""
    gold = load(GOLD / f"{name}.json")
    table = gold["statistics"]["applications"]
    if table is None:
        return
    planted = {check["rule"] for check in gold["checks"] if check["status"] == "fail"}
    known = {key: row for key, row in table.items() if None not in row.values()}
    for key, row in known.items():
        assert sum(list(row.values())[:-1]) == row["total"] or "T3-C" in planted, key
    if len(known) < len(table):
        return
    for column in table["granted"]:
        done = sum(row[column] for key, row in table.items() if key not in ENDS)
        new, old, total, left = (
            table[key][column] for key in ("received_new", "carried_in", "processed_total", "carried_out")
        )
        assert done == total or "T3-B" in planted, column
        assert new + old == total + left or "T3-A" in planted, column


def test_only_copies_in_traditional_characters_are_turned() -> None:
    turned = {name for name in AUTHORED if "dirty_source" in authored(name)[1]["warnings"]}
    assert turned == {name for name in AUTHORED if name.startswith("D15")}
    for name in turned - {"D15_masked_words"}:
        report = authored(name)[1]
        assert not set("開關務報請應縣鎮規範類條") & set("".join(section["text"] for section in report["sections"]))


def between(count: int, wanted: int | list[int]) -> bool:
    low, high = (wanted, wanted) if isinstance(wanted, int) else wanted
    return low <= count <= high


@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not here")
@pytest.mark.parametrize("name", REAL)
def test_real(name: str) -> None:
    gold = load(GOLD / "real" / f"{name}.json")
    path = SHARED / gold["file"]
    if not path.exists():
        pytest.skip("this real report is not here")
    report = parsed(path)
    assert score(report, gold).errors == []
    kinds = [statement["kind"] for statement in report["statements"]]
    assert between(kinds.count("problem"), gold["problems"]), report["statements"]
    assert between(kinds.count("measure"), gold["measures"]), report["statements"]
    assert report.get("none_stated") == gold.get("none_stated", report["none_stated"])
