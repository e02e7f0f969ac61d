"""The benchmarks' own commands in small, as a person would give them: each runs to its end and prints its table.

``scale.py --small`` is run in test_bench_small.py, ``load.py --small`` in test_security_deploy.py, ``fuzz.py`` in
test_nlp_fuzz.py. ``page.py`` wants a browser and minutes: its pages and steps are those of tests/browser.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from milvus_server import MISSING, REASON
from postgres_tools import server

BENCH = Path(__file__).parent / "bench"


def printed(name: str, *given: str) -> str:
    """What a bench prints; it must end well within five minutes."""
    done = subprocess.run(
        [sys.executable, BENCH / f"{name}.py", *given],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:] or done.stdout[-2000:]
    return done.stdout


def test_search_in_small():
    told = printed("search", "--statements", "1000", "--before", "5", "--every", "20")
    assert "recall@10" in told
    assert "no filter" in told


def test_topics_in_small():
    told = printed("topics", "--sizes", "400", "--seeds", "2", "--methods", "mingjian")
    assert "| 400 | mingjian |" in told


def test_crash_in_small():
    told = printed("crash", "--kills", "10", "--longest", "1")
    assert "10 kills in" in told
    assert "nothing acknowledged was lost, nothing half" in told


@pytest.mark.skipif(bool(MISSING), reason=REASON)
@pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="needs mingjian[cluster]")
def test_beyond_in_small(tmp_path: Path):
    told = printed("beyond", "--statements", "200", "--reports", "6", "--out", str(tmp_path / "measured.json"))
    assert json.loads(told)["index"]["verify"] == []
    assert printed("sizing", "--measured", str(tmp_path / "measured.json")).count("\n") == 8  # a head and six sizes


def test_postgres_in_small():
    server()  # skips where there can be none; the bench starts one of its own
    told = printed("postgres", "--statements", "200")
    assert "statements" in told.splitlines()[0]
    measured = told.splitlines()[1:]
    assert len(measured) > 5
    assert all("×" in line for line in measured)
