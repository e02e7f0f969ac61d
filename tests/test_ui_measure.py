"""``mingjian evaluate`` and the two places of ``--archive``, as a person types them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from index import Archive

ROOT = Path(__file__).parents[1]
REPORT = next((ROOT / "corpora" / "sample" / "reports" / "浙江省").glob("*.txt"))


def mingjian(*words: object) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    env.pop("MINGJIAN_ARCHIVE", None)
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *map(str, words)], capture_output=True, text=True, env=env, check=False
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("measure") / "archive"
    run = mingjian("--archive", folder, "add", REPORT)
    assert run.returncode == 0, run.stderr
    return folder


def test_archive_is_named_before_or_after_the_command(archive: Path) -> None:
    before, after = mingjian("--archive", archive, "info", "--json"), mingjian("info", "--archive", archive, "--json")
    assert json.loads(before.stdout)["counts"]["reports"] == json.loads(after.stdout)["counts"]["reports"] == 1


def test_parse_against_gold(tmp_path: Path) -> None:
    gold = ROOT / "tests" / "gold" / "real"
    assert gold.exists()
    copy = tmp_path / "a.txt"
    copy.write_bytes(REPORT.read_bytes())
    copy.with_suffix(".json").write_text('{"year": 1999}', encoding="utf-8")
    run = mingjian("evaluate", "parse", tmp_path, "--json")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["total"]["metadata"] == {"accuracy": 0.0, "right": 0, "total": 1}
    assert "year：应为 1999" in mingjian("evaluate", "parse", tmp_path).stdout


def test_labels_and_search_print_figures(tmp_path: Path, archive: Path) -> None:
    lines = tmp_path / "labels.jsonl"
    lines.write_text(
        json.dumps({"id": 1, "text": "业务培训不足，人员业务不熟", "kind": "problem", "labels": ["staff_capacity"]}),
        encoding="utf-8",
    )
    assert json.loads(mingjian("evaluate", "labels", lines, "--json").stdout)["sentences"] == 1
    judged = tmp_path / "judged.jsonl"
    judged.write_text(
        json.dumps({"id": "n", "query": "房价走势", "style": "no_match", "relevant": []}), encoding="utf-8"
    )
    found = json.loads(mingjian("evaluate", "search", judged, "--archive", archive, "--json").stdout)
    assert found["queries"] == 1
    assert found["let_through"] == 0.0


def test_another_model_is_held_against_the_archives_own(tmp_path: Path, archive: Path) -> None:
    with Archive.open(archive, create=False) as opened:
        sentence = opened.statements(kind="problem")[0].text
    lines = [
        {"id": "a", "query": sentence[:14], "style": "formal", "relevant": [{"text": sentence[:20], "grade": 2}]},
        {"id": "n", "query": "房价走势", "style": "no_match", "relevant": []},
    ]
    judged = tmp_path / "judged.jsonl"
    judged.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    model = tmp_path / "model"
    shutil.copytree(ROOT / "index" / "models" / "static", model)
    before = json.loads(mingjian("info", "--archive", archive, "--json").stdout)
    words = ("evaluate", "search", judged, "--model", model, "--archive", archive)
    found = json.loads(mingjian(*words, "--json").stdout)
    assert found["model"] == str(model)
    for figure in ("ndcg", "recall", "mrr", "auc", "aucs"):
        assert found["other"][figure] == found[figure], "it is the same model"
    assert found["ndcg"]["reranked"] == {"all": 1.0, "formal": 1.0}
    told = mingjian(*words).stdout
    assert f"模型 {model}：" in told
    assert told.count("MRR       all 1.000，formal 1.000") >= 2
    assert json.loads(mingjian("info", "--archive", archive, "--json").stdout) == before
    assert mingjian("evaluate", "labels", judged, "--model", model).returncode == 2


@pytest.mark.parametrize("words", [("evaluate", "colour", "x"), ("evaluate",)])
def test_wrong_usage_is_two(words: tuple[str, ...]) -> None:
    run = mingjian(*words)
    assert run.returncode == 2
    assert run.stderr.strip()


def test_missing_gold_is_one_line(tmp_path: Path) -> None:
    run = mingjian("evaluate", "parse", tmp_path)
    assert run.returncode == 1
    assert len(run.stderr.strip().splitlines()) == 1
