"""The benchmarks in small: the recombined corpus is what parsing its files gives, and nothing is slower by an order.

Floors are ratios to work of the same kind on the same machine at the same moment, never seconds.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent / "bench"))

import recombine
import search

from index import Archive
from index.tokens import gram_tokens
from nlp.parse import parse_document
from nlp.reading import read_bytes

pytestmark = pytest.mark.slow


def test_a_recombined_report_is_what_its_file_parses_to():
    same = dict.fromkeys(("text", "metadata", "form", "figures", "statements", "passages"), 0)
    reports = [recombine.compose(number) for number in range(0, 110, 4)]
    for composed in reports:
        read, made = parse_document(read_bytes(composed.file.encode(), composed.name)), composed.report
        same["text"] += read.text == made.text
        same["form"] += read.form == made.form
        same["figures"] += read.statistics.figures == made.statistics.figures
        pairs = [(r.metadata.agency, r.metadata.region, r.metadata.year, r.metadata.sign_date) for r in (read, made)]
        same["metadata"] += pairs[0] == pairs[1]
        places = [[(s.kind, s.text, s.start, s.end) for s in r.statements] for r in (read, made)]
        same["statements"] += places[0] == places[1]
        places = [[(s.kind, s.text, s.start, s.end) for s in r.passages] for r in (read, made)]
        same["passages"] += places[0] == places[1]
    assert {name: count / len(reports) for name, count in same.items()} == pytest.approx(
        {"text": 1, "metadata": 1, "form": 1, "figures": 1, "statements": 1, "passages": 1}, abs=0.12
    )
    assert recombine.compose(7) == recombine.compose(7), "the same number, the same report"
    assert len({composed.report.text for composed in reports}) == len(reports)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    folder = tmp_path_factory.mktemp("recombined") / "archive"
    recombine.fill(folder, recombine.corpus(1500))
    return Archive.open(folder)


def seconds(work: Callable[[], object]) -> float:
    """Processor time of the least of three runs."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


def test_the_archive_is_a_true_one(archive: Archive):
    assert archive.verify() == []
    counts = archive.info()["counts"]
    assert counts["statements"] >= 1500
    assert counts["files"] == counts["reports"]


def test_search_costs_little_beside_reading_the_texts(archive: Archive):
    """Forty searches cost less than cutting all texts of this small archive into words forty times would by far."""
    texts = [row.text for row in archive.statements(kind=["problem", "measure", "passage"])]
    cutting = seconds(lambda: [gram_tokens(text) for text in texts])
    asked = list(islice(search.asked(), 0, 240, 2))
    archive.search("人手不够")
    searching = seconds(lambda: [archive.search(query, **filters) for _, query, filters in asked]) / len(asked)
    assert searching < 2.5 * cutting, f"{1000 * searching:.1f} ms a search, {1000 * cutting:.1f} ms to cut all texts"


def test_counting_costs_less_than_one_search(archive: Archive):
    archive.facets()
    archive.trends()
    queries = search.queries()[:20]
    searching = seconds(lambda: [archive.search(query) for query in queries]) / len(queries)
    assert seconds(archive.facets) < 2 * searching
    assert seconds(lambda: archive.trends("province")) < 3 * searching


def test_encoding_keeps_pace_with_cutting(archive: Archive):
    texts = [row.text for row in archive.statements()]
    encoder = archive._encoder_in_use()
    encoder.encode(texts)
    cutting = seconds(lambda: [gram_tokens(text) for text in texts])
    assert seconds(lambda: encoder.encode(texts)) < 12 * cutting


def test_the_nearest_are_nearly_all_found(archive: Archive):
    assert min(search.recall(archive, count=40).values()) >= 0.97
    assert np.isfinite(list(search.memory().values())).all()


def test_the_scaling_benchmark_runs_in_small():
    """As documented: every measurement of it, each with a value, and nothing but these on standard output."""
    done = subprocess.run(
        [sys.executable, Path(__file__).parent / "bench" / "scale.py", "--small"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,  # it takes 15 seconds alone
        check=False,
    )
    assert done.returncode == 0, done.stderr
    title, *rows = done.stdout.strip().splitlines()
    assert title == "1500 statements"
    assert all(row.startswith("| ") and row.count(" | ") == 1 and row.endswith(" |") for row in rows), done.stdout
    measured = dict(row[2:-2].split(" | ") for row in rows)
    assert len(measured) == len(rows) > 30
    for name in ("ingest, wall", "disk", "first search of a process", "page: facets", "one report added, until found"):
        assert any(character.isdigit() for character in measured[name])
    for name in ("vectors: FAISS flat", "words: SQLite FTS5", "topics: mingjian"):
        assert measured[name].split(", recall")[0].endswith("times ours"), name
