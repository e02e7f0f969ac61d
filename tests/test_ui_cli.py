"""The command as a person and a script meet it: exit codes, JSON alone on stdout, Chinese throughout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ui import cli

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "corpora" / "sample" / "reports"
READING = ("search", "similar", "solutions", "topics", "trends", "stats", "check", "show", "list", "remove", "export")
PLAIN = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", ""), "PYTHONPATH": str(ROOT)}
pytestmark = pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample reports are not built")


def mingjian(*arguments: str | Path, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        cwd=cwd or ROOT,
        env={**PLAIN, **env},
        timeout=120,
        check=False,
    )


def one_line(run: subprocess.CompletedProcess[str], code: int) -> str:
    """The single Chinese line that a refused command gives."""
    assert run.returncode == code, run.stderr
    assert run.stdout == ""
    lines = run.stderr.splitlines()
    assert len(lines) == 1, run.stderr
    assert "Traceback" not in lines[0]
    assert re.search(r"[一-鿿]", lines[0])
    return lines[0]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the reports of two provinces."""
    folder = tmp_path_factory.mktemp("cli") / "archive"
    provinces = [SAMPLE / name for name in ("云南省", "浙江省")]
    run = mingjian("add", *provinces, "--archive", folder)
    assert run.returncode == 0, run.stderr
    assert re.fullmatch(r"新增 \d+ 份，更新 0 份，未变 0 份，失败 0 份\n", run.stdout)
    return folder


def answer(archive: Path, *arguments: str | Path) -> Any:
    """The JSON document that a command prints, alone on stdout."""
    run = mingjian(*arguments, "--json", "--archive", archive)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


# -- help and usage -----------------------------------------------------------------------------------------


def test_help_is_chinese_and_quick() -> None:
    run = mingjian("--help")
    assert run.returncode == 0
    assert "用法：mingjian 命令" in run.stdout
    for name in (*READING, "demo", "add", "parse", "tag", "serve", "info", "verify", "rebuild"):
        assert re.search(rf"^  {name} +[一-鿿]", run.stdout, re.MULTILINE), name
    assert not re.search(r"Usage|Options|Commands|Show this", run.stdout)


@pytest.mark.parametrize("command", [*READING, "demo", "add", "parse", "tag", "serve", "info", "verify", "rebuild"])
def test_every_command_explains_itself_in_chinese(command: str) -> None:
    run = mingjian(command, "--help")
    assert run.returncode == 0
    assert not re.search(r"Usage|Options|Arguments|\[default|\[required|TEXT|INTEGER|PATH\b", run.stdout)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["search", "x"], "search"),
        (["--archive", "add", "search", "add"], "search"),
        (["--archive=add", "list"], "list"),
        (["--help"], None),
        (["--help", "search"], None),
        (["serch", "search"], None),
        (["--archive", "search"], None),
        ([], None),
    ],
)
def test_only_the_command_that_is_named_is_made(arguments: list[str], name: str | None) -> None:
    assert cli.named(arguments) == name
    made = [one.name for one in cli.application(arguments).registered_commands]
    assert made == ([name] if name else list(cli.COMMANDS))


def test_the_right_command_runs_behind_an_archive_named_like_another(tmp_path: Path) -> None:
    run = mingjian("--archive", "add", "list", cwd=tmp_path)
    assert run.returncode == 1
    assert "mingjian add 报告所在文件夹 --archive add" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["serch", "x"], "search"),
        (["search", "x", "--yaer", "2021"], "--year"),
        (["search", "x", "--year", "abc"], "abc"),
        (["search", "x", "--level", "galaxy"], "galaxy"),
        (["search", "x", "--label", "nothing"], "nothing"),
        (["search", "x", "-k", "0"], "-k"),
        (["search", "x", "-k", "ten"], "-k"),
        (["search"], "检索词"),
        (["search", "x", "y"], "y"),
        (["show"], "报告编号"),
        (["trends", "--by", "colour"], "colour"),
        (["similar", "a", "--text", "b"], "取一"),
        (["export", "list.pptx"], ".pptx"),
        (["export", "x.csv", "--what", "foo"], "foo"),
        (["export", "x.csv", "--what", "reports", "--by", "year"], "by"),
        (["export", "x.csv", "--what", "compare"], "left"),
        (["export", "x.csv", "--left", "year=2021"], "compare"),
        (["export", "x.csv", "--what", "structure", "--query", "foo"], "foo"),
        (["stats", "--measure", "foo"], "foo"),
        (["stats", "--structure", "foo"], "foo"),
    ],
)
def test_wrong_usage_is_one_chinese_line_and_two(arguments: list[str], told: str, archive: Path) -> None:
    line = one_line(mingjian(*arguments, MINGJIAN_ARCHIVE=str(archive)), 2)
    assert told in line
    assert not re.search(r"Invalid|Missing|No such|Usage|Error", line)


def test_no_command_shows_the_help_and_two() -> None:
    run = mingjian()
    assert run.returncode == 2
    assert run.stdout == ""
    assert "用法：" in run.stderr


@pytest.mark.parametrize("command", [*READING, "info", "verify", "rebuild", "serve"])
def test_without_an_archive_the_way_to_one_is_told(command: str, tmp_path: Path) -> None:
    needed = {
        "search": ["x"],
        "similar": ["x"],
        "solutions": ["x"],
        "show": ["x"],
        "remove": ["x"],
        "export": ["x.csv"],
    }
    run = mingjian(command, *needed.get(command, []), "--archive", tmp_path / "none")
    assert "mingjian add" in one_line(run, 1)
    assert not (tmp_path / "none").exists()


# -- results ------------------------------------------------------------------------------------------------


def test_a_search_gives_the_contracts_form(archive: Path) -> None:
    found = answer(archive, "search", "工作人员业务不熟练", "-k", "5", "--kind", "problem")
    assert set(found) >= {"query", "filters", "no_match", "hits"}
    assert found["filters"] == {"kind": ["problem"]}
    assert 0 < len(found["hits"]) <= 5
    hit = found["hits"][0]
    wanted = {
        "rank",
        "score",
        "id",
        "report",
        "kind",
        "text",
        "labels",
        "agency",
        "year",
        "region",
        "section",
        "source",
    }
    assert wanted | {"start", "end", "why"} <= set(hit)
    assert [h["rank"] for h in found["hits"]] == list(range(1, len(found["hits"]) + 1))
    scores = [h["score"] for h in found["hits"]]
    assert scores == sorted(scores, reverse=True)


def test_the_evidence_stands_where_the_hit_says(archive: Path) -> None:
    from index import Archive

    hits = answer(archive, "search", "政策解读")["hits"]
    with Archive.open(archive, create=False) as opened:
        for hit in hits:
            assert opened.show(hit["report"]).text[hit["start"] : hit["end"]] == hit["text"]


def test_filters_take_names_spans_and_repetition(archive: Path) -> None:
    found = answer(archive, "list", "--year", "2021-2022", "--year", "2024", "--province", "浙江", "--level", "县级")
    assert found
    assert {row["year"] for row in found} <= {2021, 2022, 2024}
    assert {row["region"]["province"] for row in found} == {"浙江省"}
    assert {row["level"] for row in found} == {"county"}


def test_what_is_not_wanted_is_left_out(archive: Path) -> None:
    every = answer(archive, "list")
    found = answer(archive, "list", "--not-province", "浙江", "--not-year", "2021", "--not-year", "2023")
    assert found == [row for row in every if row["region"]["province"] != "浙江省" and row["year"] not in (2021, 2023)]
    assert 0 < len(found) < len(every)
    typed = answer(archive, "search", "除浙江省外，不要2021年，政策解读不够")
    assert typed["filters"] == {"not_province": ["浙江省"], "not_year": [2021]}
    assert typed["hits"]
    assert all(hit["region"]["province"] != "浙江省" and hit["year"] != 2021 for hit in typed["hits"])


def test_many_queries_in_one_go(archive: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    lines = [
        {"id": "a", "query": "政策解读", "year": [2021, "2022-2023"], "k": 2},
        {"id": 7, "query": "人员培训", "kind": "measure"},
    ]
    text = "\n".join([json.dumps(lines[0], ensure_ascii=False), "", "{broken", json.dumps({"id": 1})])
    queries.write_text(text + "\n" + json.dumps(lines[1], ensure_ascii=False), encoding="utf-8-sig")
    run = mingjian("search", "--queries", queries, "-k", "3", "--archive", archive)
    assert run.returncode == 1
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert [a["id"] for a in answers] == ["a", 7]
    assert answers[0]["filters"]["year"] == [2021, 2022, 2023]
    assert len(answers[0]["hits"]) <= 2
    assert {h["kind"] for h in answers[1]["hits"]} == {"measure"}
    assert [re.search(r"第 (\d) 行", line)[1] for line in run.stderr.splitlines()] == ["3", "4"]  # type: ignore[index]


def test_similar_and_solutions_take_what_a_search_gives(archive: Path) -> None:
    hit = answer(archive, "search", "人员业务能力不足", "--kind", "problem")["hits"][0]
    likes = answer(archive, "similar", hit["id"])
    assert hit["id"] not in [one["id"] for one in likes["hits"]]
    assert answer(archive, "similar", "--text", "人员业务能力不足")["hits"]
    found = answer(archive, "solutions", hit["id"])
    assert set(found) >= {"query", "problems", "unanswered", "groups"}


def test_sentences_are_labelled_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "sentences.jsonl"
    rows: list[dict[str, Any]] = [
        {"text": "工作人员业务能力不足，对条例不熟悉。"},
        {"text": "下一步将举办业务培训班，提高工作人员能力。", "kind": "measure"},
        {"text": "统计期限自2021年1月1日起至12月31日止。"},
    ]
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    run = mingjian("tag", file)
    assert run.returncode == 0, run.stderr
    out = [json.loads(line) for line in run.stdout.splitlines()]
    assert [row["text"] for row in out] == [row["text"] for row in rows]
    assert [row["kind"] for row in out] == ["problem", "measure", "none"]
    assert "staff_capacity" in [label["id"] for label in out[0]["labels"]]
    assert "training" in [label["id"] for label in out[1]["labels"]]
    assert out[2]["labels"] == []
    assert all(set(label) == {"id", "score"} for row in out for label in row["labels"])


def test_trends_topics_and_statistics_give_their_forms(archive: Path) -> None:
    trends = answer(archive, "trends", "--by", "level", "--label", "training")
    assert trends["by"] == "level"
    assert all(
        set(row) == {"group", "label", "reports", "stating", "share", "low", "high", "few"} for row in trends["rows"]
    )
    assert {row["label"] for row in trends["rows"]} <= {"training"}
    topics = answer(archive, "topics", "--province", "浙江省")
    assert set(topics) >= {"labels", "topics", "unassigned"}
    table = answer(archive, "stats", "--measure", "received_new", "--by", "年份")
    assert table["by"] == "year"
    assert {row["measure"] for row in table["rows"]} == {"received_new"}
    assert isinstance(answer(archive, "check"), list)


def test_shares_of_few_reports_are_marked_and_that_nothing_moves_is_said(archive: Path) -> None:
    told = mingjian("trends", "--year", "2021-2022", "--label", "training", "--archive", archive).stdout
    few = [row for row in answer(archive, "trends", "--year", "2021-2022", "--label", "training")["rows"] if row["few"]]
    assert (len(re.findall(r"\d\*", told)), "* 不足 5 份报告" in told) == (len(few), bool(few))
    assert "没有哪一类能判定上升或下降" in told


def test_two_groups_and_a_measure_by_province_are_exported(archive: Path, tmp_path: Path) -> None:
    sides = ["--left", "province=浙江省", "--right", "province=云南省"]
    assert mingjian("export", tmp_path / "a.json", "--what", "compare", *sides, "--archive", archive).returncode == 0
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == answer(archive, "compare", *sides)
    asked = ["--by", "province", "--measure", "received_new"]
    mingjian("export", tmp_path / "b.json", "--what", "statistics", *asked, "--archive", archive)
    assert json.loads((tmp_path / "b.json").read_text(encoding="utf-8")) == answer(archive, "stats", *asked)


def test_no_reports_is_not_no_fault(archive: Path) -> None:
    assert "没有符合条件的报告" in mingjian("check", "--reuse", "--year", "1999", "--archive", archive).stdout
    assert answer(archive, "check", "--reuse", "--year", "1999") == []
    assert "没有可统计的报告" in mingjian("topics", "--year", "1999", "--archive", archive).stdout
    assert "没有符合条件的报告" in mingjian("check", "--year", "1999", "--archive", archive).stdout


def test_a_report_is_shown_and_listed(archive: Path) -> None:
    row = answer(archive, "list")[0]
    report = answer(archive, "show", row["id"])
    assert report["id"] == row["id"]
    assert report["agency"] == row["agency"]
    assert "没有" in one_line(mingjian("show", "nothing", "--archive", archive), 1)


@pytest.mark.parametrize("suffix", ["xlsx", "csv", "json", "docx"])
def test_lists_are_exported(suffix: str, archive: Path, tmp_path: Path) -> None:
    target = tmp_path / f"list.{suffix}"
    told = answer(archive, "export", target, "--year", "2021", "--kind", "problem")
    assert told == {"path": str(target), "rows": told["rows"]}
    assert told["rows"] > 0
    assert target.stat().st_size > 0


def test_an_archive_tells_what_it_is_and_that_it_is_sound(archive: Path) -> None:
    assert answer(archive, "info")["counts"]["reports"] > 20
    assert answer(archive, "verify") == {"ok": True, "problems": []}


def test_the_readable_forms_are_chinese(archive: Path) -> None:
    report = answer(archive, "list")[0]["id"]
    for arguments in (
        ["search", "人员"],
        ["topics"],
        ["trends"],
        ["stats"],
        ["check"],
        ["list"],
        ["show", report],
        ["info"],
    ):
        run = mingjian(*arguments, "--archive", archive)
        assert run.returncode == 0, run.stderr
        assert re.search(r"[一-鿿]{4}", run.stdout), arguments
        assert "None" not in run.stdout
        assert run.stderr == ""


def test_nothing_relevant_says_so(archive: Path) -> None:
    run = mingjian("search", "房价走势", "--archive", archive)
    assert run.returncode == 0
    assert "没有找到" in run.stdout


def test_a_reader_who_leaves_early_hears_nothing(archive: Path) -> None:
    command = [sys.executable, "-m", "ui.cli", "list", "--json", "--archive", str(archive)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=PLAIN) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""


# -- bad input ----------------------------------------------------------------------------------------------


def test_one_bad_file_is_named_and_the_others_get_in(tmp_path: Path) -> None:
    good = next(path for path in sorted((SAMPLE / "浙江省").iterdir()) if path.suffix == ".txt")
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "good.txt").write_bytes(good.read_bytes())
    (folder / "empty.txt").write_bytes(b"")
    (folder / "picture.txt").write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40)
    run = mingjian("add", folder, "--archive", tmp_path / "archive", "--json")
    assert run.returncode == 1
    outcomes = {Path(row["source"]).name: row["outcome"] for row in json.loads(run.stdout)}
    assert outcomes == {"good.txt": "added", "empty.txt": "failed", "picture.txt": "failed"}
    for name in ("empty.txt", "picture.txt"):
        assert sum(name in line for line in run.stderr.splitlines()) == 1
    assert "Traceback" not in run.stderr
    again = mingjian("add", folder / "good.txt", "--archive", tmp_path / "archive")
    assert again.returncode == 0
    assert "未变 1 份" in again.stdout


def test_a_folder_without_reports_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    run = mingjian("add", tmp_path / "none", "--archive", tmp_path / "archive")
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert "none" in run.stderr


def test_parse_prints_the_others_where_one_fails(tmp_path: Path) -> None:
    good = next(path for path in sorted((SAMPLE / "浙江省").iterdir()) if path.suffix == ".txt")
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"")
    run = mingjian("parse", bad, good, "--json")
    assert run.returncode == 1
    assert [Path(report["source"]).name for report in json.loads(run.stdout)] == [good.name]
    assert "bad.txt" in run.stderr
    alone = mingjian("parse", good, "--json")
    assert alone.returncode == 0
    assert set(json.loads(alone.stdout)) >= {"agency", "year", "sections", "statistics", "statements", "checks"}
    assert one_line(mingjian("parse", bad, "--json"), 1)
    assert one_line(mingjian("parse", tmp_path / "missing.txt"), 1)


def test_wildcards_left_by_the_shell_are_expanded(tmp_path: Path) -> None:
    from ui.commands.intake import expand

    for name in ("b.txt", "a.txt", "c.pdf"):
        (tmp_path / name).touch()
    assert expand([str(tmp_path / "*.txt")]) == [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]
    assert expand([str(tmp_path / "*.md")]) == [str(tmp_path / "*.md")]


def test_an_unexpected_failure_is_one_chinese_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("first\nsecond")

    monkeypatch.setattr("ui.commands.intake.existing", broken)
    assert cli.run(["info"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "程序内部出错" in told
    monkeypatch.setattr("ui.commands.intake.existing", _raise(OSError(28, "No space left on device", "/x/store")))
    assert cli.run(["info"]) == 1
    assert capsys.readouterr().err == "/x/store：磁盘已满，请腾出空间后再试\n"
    monkeypatch.setattr("ui.commands.intake.existing", _raise(KeyboardInterrupt()))
    assert cli.run(["info"]) == 130
    assert "已中断" in capsys.readouterr().err


def _raise(error: BaseException) -> Any:
    def broken(*_: object, **__: object) -> None:
        raise error

    return broken
