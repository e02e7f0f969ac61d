"""Processes beside the running one take their modules from where the package is, not from where the user stands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from index.cutting import COMMAND
from index.processes import end, start
from index.workers import WORKER, WorkerParser

SAMPLE = Path(__file__).parents[1] / "corpora" / "sample" / "reports"
NAMES = (
    "msgspec.py",
    "jieba.py",
    "json.py",
    "nlp/__init__.py",
    "index/__init__.py",
    "index/worker.py",
    "sitecustomize.py",
)


@pytest.fixture
def downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files somebody sent, the current one; running any of them leaves a mark."""
    for name in NAMES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_report_is_parsed_without_running_what_lies_beside_it(downloads: Path) -> None:
    report = next(SAMPLE.rglob("*.txt"))
    parser = WorkerParser()
    try:
        parsed = [*parser.parse(report, frozenset())]
    finally:
        parser.close()
    assert [one.cause for one in parsed] == [None]
    assert not (downloads / "ran").exists()


@pytest.mark.parametrize("command", [COMMAND, WORKER, (sys.executable, "-c", "import msgspec, json; print()")])
def test_no_process_looks_for_modules_in_the_current_folder(downloads: Path, command: tuple[str, ...]) -> None:
    process = start(command)
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"[]\n" if command == COMMAND else b"")
        process.stdin.close()
        assert process.stdout.readline()
    finally:
        process.stdin = None
        end(process)
    assert not (downloads / "ran").exists()
