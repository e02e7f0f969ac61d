"""``mingjian label`` and the page 标注: what a person says holds, the same as in Python, and can be taken back."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, write_report

from index import archive as archive_module
from index.archive import Archive
from ui import holder, names

pytest.importorskip("streamlit")
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[1]
APP = ROOT / "ui" / "app.py"
REPORT = """2021年北仑区应急管理局政府信息公开工作年度报告
一、总体情况
2021年，本局认真做好公开工作。
五、存在的主要问题及改进情况
（一）存在的主要问题
1.工作人员业务不熟练，对条例把握不准。
2.信息更新不及时，栏目长期不更新。
（二）改进措施
1.下一步将组织业务培训，提高工作人员能力。
六、其他需要报告的事项
无。
"""
PLAIN = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", ""), "PYTHONPATH": str(ROOT)}


def mingjian(*words: object, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ui.cli", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", cwd=ROOT, env={**PLAIN, **env}, timeout=120, check=False
    )


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(REPORT, encoding="utf-8")
    run = mingjian("add", tmp_path / "in", "--archive", tmp_path / "archive")
    assert run.returncode == 0, run.stderr
    return tmp_path / "archive"


def answer(archive: Path, *words: object) -> Any:
    run = mingjian("label", *words, "--json", "--archive", archive)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def statement(archive: Path, beginning: str) -> str:
    with Archive.open(archive, create=False) as opened:
        return next(s.id for s in opened.statements() if s.text.startswith(beginning))


def test_help_is_chinese() -> None:
    run = mingjian("label", "--help")
    assert run.returncode == 0
    assert not re.search(r"Usage|Options|Arguments|\[default|TEXT|INTEGER|PATH\b", run.stdout)
    for option in ("--add", "--remove", "--kind", "--by", "--list", "--undo", "--export", "--uncertain"):
        assert option in run.stdout


def test_the_command_says_what_python_says(archive: Path, tmp_path: Path) -> None:
    public = statement(archive, "工作人员")
    shown = answer(archive, public)
    assert shown["kind"] == "problem"
    assert "staff_capacity" in [label["id"] for label in shown["labels"]]
    assert all(label["why"] and label["origin"] != "person" for label in shown["labels"])
    changed = answer(archive, public, "--add", "staff_instability", "--remove", "人员业务能力不足", "--by", "张三")
    with Archive.open(archive, create=False) as opened:
        assert json.loads(json.dumps(opened.labelled(public).to_dict())) == changed
        assert [one.to_dict() for one in opened.corrections()] == answer(archive, "--list")
        assert [one.to_dict() for one in opened.uncertain(5)] == answer(archive, "--uncertain", "-k", 5)
    ids = [label["id"] for label in changed["labels"]]
    assert "staff_instability" in ids
    assert "staff_capacity" not in ids
    found = json.loads(
        mingjian("search", "业务不熟练", "--label", "staff_instability", "--json", "--archive", archive).stdout
    )
    assert [hit["id"] for hit in found["hits"]] == [public]
    out = tmp_path / "out.jsonl"
    assert answer(archive, "--export", out) == {"path": str(out), "rows": 1}
    (line,) = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert (line["author"], line["kind"], line["labels"]) == ("张三", "problem", ids)
    scored = mingjian("evaluate", "labels", out, "--json")
    assert json.loads(scored.stdout)["sentences"] == 1


def test_a_kind_is_changed_listed_and_undone(archive: Path, tmp_path: Path) -> None:
    public = statement(archive, "信息更新")
    assert answer(archive, public, "--kind", "措施", "--by", "李四")["kind"] == "measure"
    listed = json.loads(mingjian("search", "信息更新", "--kind", "measure", "--json", "--archive", archive).stdout)
    assert public in [hit["id"] for hit in listed["hits"]]
    shown = mingjian("label", "--list", "--archive", archive).stdout
    assert re.search(r"1 .*李四.*改种类 措施", shown)
    assert answer(archive, public, "--list") == answer(archive, "--list")
    mingjian("add", tmp_path / "in", "--archive", archive)
    mingjian("rebuild", "--archive", archive)
    assert answer(archive, public)["kind"] == "measure"
    assert [one["id"] for one in answer(archive, "--undo", 1)["undone"]] == [1]
    assert answer(archive, public)["kind"] == "problem"
    assert mingjian("label", "--list", "--archive", archive).stdout == "没有人工标注。\n"
    assert mingjian("verify", "--archive", archive).returncode == 0


def test_the_account_signs_where_nobody_does(archive: Path) -> None:
    run = mingjian(
        "label", statement(archive, "工作"), "--add", "staff_instability", "--archive", archive, LOGNAME="zhaoliu"
    )
    assert run.returncode == 0, run.stderr
    assert "人工标注（zhaoliu）" in run.stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["ID", "--add", "staff_capacit"], 2, "人员业务能力不足（staff_capacity）"),
        (["ID", "--add", "业务能力"], 2, "相近的有：人员业务能力不足"),
        (["ID", "--kind", "praise"], 2, "problem（问题）"),
        (["ID", "--add", "training"], 1, "--kind measure"),
        (["ID", "--remove", "channel_narrow"], 1, "现有："),
        (["nothing-1", "--add", "training"], 1, "nothing-1"),
        (["nothing-1"], 1, "nothing-1"),
        (["--undo", "5"], 1, "5"),
        (["--undo", "x"], 2, "--undo"),
        ([], 2, "句子编号"),
        (["--add", "training"], 2, "句子编号"),
        (["ID", "--add", "training", "--list"], 2, "一样"),
        (["ID", "--undo", "1"], 2, "不用写句子编号"),
        (["ID", "--by", "张三"], 2, "--by"),
        (["--export", "x.csv"], 2, ".csv"),
        (["--export", "no/such/folder/x.jsonl"], 1, "写不进去"),
    ],
)
def test_what_cannot_be_is_one_chinese_line(words: list[str], code: int, told: str, archive: Path) -> None:
    public = statement(archive, "工作人员")
    run = mingjian("label", *[public if word == "ID" else word for word in words], "--archive", archive)
    assert run.returncode == code, run.stderr
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1
    assert told in run.stderr
    assert "Traceback" not in run.stderr
    assert answer(archive, "--list") == []


def test_every_answer_can_be_read_by_a_person(archive: Path) -> None:
    public = statement(archive, "工作人员")
    mingjian("label", public, "--kind", "none", "--archive", archive)
    for words in ([public], ["--list"], ["--uncertain"], [public, "--kind", "problem"], ["--undo", "2"]):
        run = mingjian("label", *words, "--archive", archive)
        assert run.returncode == 0, run.stderr
        assert re.search(r"[一-鿿]{3}", run.stdout)
        assert "None" not in run.stdout
        assert run.stderr == ""


def test_without_an_archive_the_way_to_one_is_told(tmp_path: Path) -> None:
    run = mingjian("label", "--list", "--archive", tmp_path / "none")
    assert run.returncode == 1
    assert "mingjian add" in run.stderr


def test_what_a_correction_does_is_named() -> None:
    for action in ("add", "remove", "kind"):
        assert names.name("label_action", action) != action
    for origin in ("cue", "model", "person"):
        assert names.name("label_origin", origin) != origin


# -- the page -------------------------------------------------------------------------------------------------

PROBLEM, OTHER, MEASURE = "工作人员业务不熟练。", "公开内容不够全面。", "开展业务培训。"


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    with Archive.open(tmp_path / "archive") as archive:
        values = {"problems": [[PROBLEM, ["staff_capacity"]], [OTHER, ["content_incomplete", "channel_narrow"]]]}
        write_report(tmp_path / "in", "a", **values, measures=[[MEASURE, ["training"]]], pairs=[[0, 0]])
        add(archive, tmp_path / "in")
        monkeypatch.setattr(holder, "current", lambda: archive)
        monkeypatch.setattr(holder, "version", lambda: (str(tmp_path), 0, archive.store.sequence()))
        yield archive


def page(**params: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.run()
    app.query_params.update(params)
    app._page_hash = {entry["url_pathname"]: key for key, entry in app._registered_pages.items()}["label"]
    app.run()
    assert not app.exception, app.exception
    assert not app.error, app.error
    return app


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.button if b.label == label).click().run()


def public(archive: Archive, text: str) -> str:
    return next(s.id for s in archive.statements(kind=["problem", "measure", "passage"]) if s.text == text)


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def test_ticked_labels_are_saved_and_shown(opened: Archive) -> None:
    app = page(statement=public(opened, PROBLEM))
    assert "模型依据“词”，把握 100%" in html_of(app)
    (pills,) = app.get("button_group")[1:]
    assert pills.value == ["staff_capacity"]
    pills.set_value(["staff_instability"]).run()
    app.text_input[0].set_value("赵六").run()
    press(app, "保存")
    assert not app.error
    assert app.success[0].value.startswith("已保存")
    now = opened.labelled(public(opened, PROBLEM))
    assert [(one.id, one.why) for one in now.labels] == [("staff_instability", "赵六")]
    assert "人工标注（赵六）" in html_of(app)
    assert [hit.text for hit in opened.search("", label=["staff_instability"]).hits] == [PROBLEM]
    assert app.get("button_group")[1].value == ["staff_instability"]


def test_a_kind_is_changed_with_the_labels_of_its_side(opened: Archive) -> None:
    app = page(statement=public(opened, OTHER))
    app.get("button_group")[0].set_value("measure").run()
    pills = app.get("button_group")[1]
    assert names.name("label", "content_incomplete") not in pills.options
    assert names.name("label", "content_expand") in pills.options
    pills.set_value(["content_expand"]).run()
    press(app, "保存")
    now = opened.labelled(public(opened, OTHER))
    assert (now.kind, [one.id for one in now.labels]) == ("measure", ["content_expand"])
    app.get("button_group")[0].set_value("none").run()
    assert len(app.get("button_group")) == 1, "nothing to tick"
    press(app, "保存")
    assert opened.labelled(public(opened, OTHER)).kind == "none"


def test_no_label_at_all_is_not_saved(opened: Archive) -> None:
    app = page(statement=public(opened, PROBLEM))
    app.get("button_group")[1].set_value([]).run()
    press(app, "保存")
    assert "至少选一个" in app.error[0].value
    assert opened.corrections() == []


def test_the_queue_gets_shorter_by_confirming(opened: Archive) -> None:
    app = page()
    assert OTHER in html_of(app).split("mj-quote")[1], "the weakest label comes first"
    app = page(statement=public(opened, OTHER))
    press(app, "保存")
    assert {one.action for one in opened.corrections()} == {"add"}
    assert OTHER not in html_of(page())
    assert any(link.proto.label == "下一句没把握的" for link in app.get("page_link"))


def test_corrections_are_listed_and_undone(opened: Archive) -> None:
    opened.label(public(opened, PROBLEM), add=["staff_instability"], by="赵六")
    opened.label(public(opened, OTHER), kind="measure", by="钱七")
    app = page(view="done")
    assert "共 2 处改动" in "\n".join(m.value for m in app.markdown)
    assert html_of(app).index("钱七") < html_of(app).index("赵六"), "the latest first"
    press(app, "撤销")
    assert app.success[0].value == "已撤销。"
    assert [one.who for one in opened.corrections()] == ["赵六"]
    assert opened.labelled(public(opened, OTHER)).kind == "problem"


def test_corrections_are_downloaded(opened: Archive) -> None:
    from ui.views.label import _content

    opened.label(public(opened, PROBLEM), add=["staff_instability"], by="赵六")
    (line,) = _content().decode("utf-8").splitlines()
    assert json.loads(line)["text"] == PROBLEM


def test_a_statement_is_found_by_words_or_number(opened: Archive) -> None:
    app = page(view="find")
    app.text_input[0].set_value("业务不熟练")
    press(app, "查找")
    assert app.query_params == {"view": "find", "q": "业务不熟练"}
    links = [link.proto for link in app.get("page_link") if link.proto.label == "改标签"]
    assert any(public(opened, PROBLEM) in link.query_string for link in links)
    app.text_input[0].set_value(public(opened, PROBLEM))
    press(app, "查找")
    assert app.query_params == {"statement": public(opened, PROBLEM)}
    assert [s.value for s in app.subheader] == ["应当是"]


def test_a_statement_that_is_gone_says_so(opened: Archive) -> None:
    assert "nothing" in page(statement="nothing-1").warning[0].value


def test_a_busy_archive_says_so_and_nothing_is_lost(opened: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    from nlp.errors import MingjianError

    def busy(*_: object, **__: object) -> None:
        raise MingjianError("另一个进程正在写入这个存档")

    app = page(statement=public(opened, PROBLEM))
    app.get("button_group")[1].set_value(["staff_instability"]).run()
    monkeypatch.setattr(opened, "label", busy)
    press(app, "保存")
    assert "另一个进程" in app.error[0].value
    assert app.get("button_group")[1].value == ["staff_instability"]
