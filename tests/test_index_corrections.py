"""People's corrections: they win everywhere at once, survive whatever happens to the report, and can be taken back."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, fill, read_json_report, sentence, write_report
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import archive as archive_module
from index import corrections, integrity, labelreads, migrations, parsing
from index.archive import Archive
from index.corrections import Event, Given, Spot, resolve, target
from index.evaluate import evaluate_labels
from index.integrity import content_hash
from index.labelnames import find_kind, find_label, signed
from index.parsing import HereParser
from index.reads import Missing
from index.records import Filter
from index.store import Store
from index.stores.sqlite import SqliteEngine
from nlp.errors import MingjianError
from nlp.examples import read_examples
from nlp.records import Report
from nlp.taxonomy import Taxonomy

PROBLEM = "工作人员业务不熟练，更换频繁。"
OTHER = "公开内容不够全面。"
MEASURE = "开展业务培训，充实力量。"
VALUES: dict[str, Any] = {
    "agency": "北仑区应急管理局",
    "problems": [[PROBLEM, ["staff_capacity"]], [OTHER, ["content_incomplete"]]],
    "measures": [[MEASURE, ["training"]]],
    "passages": ["总体情况良好，平稳有序。"],
    "pairs": [[0, 0]],
}


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive") as opened:
        write_report(tmp_path / "in", "a", **VALUES)
        add(opened, tmp_path / "in")
        yield opened


def the(archive: Archive, text: str) -> str:
    """The id of the statement or passage that begins so."""
    found = archive.statements(kind=["problem", "measure", "passage"])
    return next(s.id for s in found if s.text.startswith(text[:6]))


def labels(archive: Archive, text: str = PROBLEM) -> set[str]:
    return {label.id for label in archive.labelled(the(archive, text)).labels}


# -- a correction is in force at once, everywhere -------------------------------------------------------------


def test_added_and_removed_labels_are_in_force_everywhere(archive: Archive):
    archive.search(PROBLEM)  # a view is open already
    now = archive.label(the(archive, PROBLEM), add=["staff_instability"], remove="人员业务能力不足", by="张三")
    assert [(one.id, one.origin, one.score, one.why) for one in now.labels] == [
        ("staff_instability", "person", 1.0, "张三")
    ]
    assert [one.id for one in now.machine_labels] == ["staff_capacity"]
    (hit,) = archive.search("", label=["staff_instability"]).hits
    assert (hit.text, hit.labels) == (PROBLEM, ("staff_instability",))
    assert archive.search("", label=["staff_capacity"]).no_match
    assert {f.value for f in archive.facets().fields["label"]} == {
        "staff_instability",
        "content_incomplete",
        "training",
    }
    rows = {row.label: row.stating for row in archive.trends().rows}
    assert rows == {"staff_instability": 1, "content_incomplete": 1, "training": 1}
    (report,) = archive.list(label=["staff_instability"])
    assert archive.list(label=["staff_capacity"]) == []
    assert archive.show(report.id).report["statements"][0]["labels"] == ["staff_instability"]
    assert archive.stated() == {report.id: ("content_incomplete", "staff_instability", "training")}
    assert "staff_instability" in {label.id for label in archive.topics().labels}
    assert archive.verify() == []


def test_a_problem_made_measure_moves(archive: Archive, tmp_path: Path):
    archive.search(PROBLEM)
    public = the(archive, OTHER)
    now = archive.label(public, kind="措施", add=["content_expand"], by="李四")
    assert (now.kind, now.machine_kind) == ("measure", "problem")
    assert "content_incomplete" not in {one.id for one in now.labels}
    assert {f.value: f.count for f in archive.facets().fields["kind"]} == {"problem": 1, "measure": 2, "passage": 1}
    assert OTHER in [hit.text for hit in archive.search(OTHER, kind="measure").hits]
    assert OTHER not in [hit.text for hit in archive.search(OTHER, kind="problem").hits]
    assert OTHER not in [hit.text for hit in archive.search("", kind="problem").hits]
    assert archive.search("", label=["content_incomplete"]).no_match
    (row,) = archive.list()
    assert (row.problems, row.measures) == (1, 2)
    shown = archive.show(row.id).report
    assert [(s["kind"], s["status"] is not None) for s in shown["statements"]] == [
        ("problem", False),
        ("measure", True),
        ("measure", True),
    ]
    assert not any(f.rule == "S5-UNANSWERED" for f in archive.check())
    path = tmp_path / "list.json"
    archive.export(path, kind="measure")
    assert {r["text"] for r in json.loads(path.read_text(encoding="utf-8"))["rows"]} == {OTHER, MEASURE}
    assert archive.verify() == []


def test_what_is_neither_is_no_longer_counted_but_found_as_a_passage(archive: Archive):
    archive.label(the(archive, MEASURE), kind="none")
    assert archive.search("", kind="measure").no_match
    assert MEASURE in [hit.text for hit in archive.search(MEASURE, kind="passage").hits]
    (row,) = archive.list()
    assert (row.problems, row.measures) == (2, 0)
    assert "s5_no_measures" in row.warnings
    shown = archive.show(row.id).report
    assert [s["text"] for s in shown["statements"]] == [PROBLEM, OTHER]
    assert shown["pairs"] == []
    assert {f.where for f in archive.check() if f.rule == "S5-UNANSWERED"} == {s["id"] for s in shown["statements"]}
    assert archive.labelled(the(archive, MEASURE)).kind == "none"
    assert "training" not in {row.label for row in archive.trends().rows}


def test_a_passage_can_be_called_a_problem(archive: Archive):
    public = the(archive, "总体情况")
    now = archive.label(public, kind="problem", add=["general_quality"])
    assert [one.id for one in now.labels] == ["general_quality"]
    assert "总体情况良好，平稳有序。" in [s.text for s in archive.statements(kind="problem")]
    (row,) = archive.list()
    shown = archive.show(row.id)
    for statement in shown.report["statements"]:
        assert shown.text[statement["start"] : statement["end"]] == statement["text"]
    assert [s["kind"] for s in shown.report["statements"]] == ["problem", "problem", "measure", "problem"]
    archive.undo(*(one.id for one in archive.corrections()))
    assert archive.labelled(public).kind == "none"


def test_corrected_labels_are_paired_anew_and_others_stay_as_they_were(archive: Archive):
    """The measure answers the second problem once a person says that it widens what is published."""
    assert archive.show(archive.list()[0].id).report["pairs"] == [[0, 2]]
    archive.label(the(archive, MEASURE), add=["content_expand"])
    assert archive.show(archive.list()[0].id).report["pairs"] == [[0, 2], [1, 2]]
    archive.undo(1)
    assert archive.show(archive.list()[0].id).report["pairs"] == [[0, 2]]


def test_the_other_label_stands_alone(archive: Archive):
    public = the(archive, PROBLEM)
    assert {one.id for one in archive.label(public, remove=["staff_capacity"]).labels} == {"other_problem"}
    assert {one.id for one in archive.label(public, add=["staff_instability"]).labels} == {"staff_instability"}
    with pytest.raises(MingjianError, match="不与别的标签同用"):
        archive.label(public, add=["other_problem"])
    now = archive.label(public, add=["other_problem"], remove=["staff_instability"])
    assert {one.id for one in now.labels} == {"other_problem"}


def test_all_labels_at_once_are_confirmed(archive: Archive):
    public = the(archive, PROBLEM)
    now = archive.label(public, labels=["staff_capacity", "staff_instability"], by="王五")
    assert {(one.id, one.origin) for one in now.labels} == {
        ("staff_capacity", "person"),
        ("staff_instability", "person"),
    }
    before = archive.info()["sequence"]
    archive.label(public, labels=["staff_instability", "staff_capacity"], by="王五")
    assert archive.info()["sequence"] == before, "nothing new was said"
    assert [one.action for one in archive.corrections()] == ["add", "add"]
    now = archive.label(public, labels=["staff_instability", "other_problem"])
    assert [one.id for one in now.labels] == ["staff_instability"], "the other one goes by itself"
    now = archive.label(public, kind="measure", labels=["training"])
    assert [one.id for one in now.labels] == ["training"]
    assert [one.id for one in archive.label(public, labels=["other_measure"]).labels] == ["other_measure"]


# -- taking back ----------------------------------------------------------------------------------------------


def everything(archive: Archive) -> Any:
    """What the archive says, apart from what changes with every change."""
    rows = archive.store.query(
        "SELECT s.id, s.kind, s.status, s.paired, l.label, l.origin, l.score, l.why FROM statements s"
        " LEFT JOIN labels l ON l.statement = s.row ORDER BY 1, 5"
    )
    shown = [archive.show(row.id).to_dict() for row in archive.list()]
    return rows, shown, archive.list(), archive.stated()


def test_undoing_leaves_no_trace(archive: Archive):
    before = everything(archive)
    archive.label(the(archive, PROBLEM), add=["staff_instability"], remove=["staff_capacity"])
    archive.label(the(archive, OTHER), kind="measure")
    archive.label(the(archive, MEASURE), kind="none")
    assert everything(archive) != before
    assert [one.id for one in archive.undo(3, 1)] == [3, 1]
    assert (labels(archive), archive.labelled(the(archive, OTHER)).kind) == (
        {"staff_capacity", "staff_instability"},
        "problem",
    )
    archive.undo(*(one.id for one in archive.corrections()))
    assert everything(archive) == before
    assert archive.corrections() == []
    assert archive.store.query("SELECT count(*) FROM originals") == [(0,)]
    assert OTHER in [hit.text for hit in archive.search(OTHER, kind="problem").hits]
    assert archive.verify() == []


def test_a_number_is_never_used_again_and_a_strange_one_takes_nothing_back(archive: Archive):
    archive.label(the(archive, PROBLEM), add=["staff_instability"])
    with pytest.raises(MingjianError, match="99"):
        archive.undo(1, 99)
    assert [one.id for one in archive.corrections()] == [1]
    archive.undo(1)
    archive.label(the(archive, PROBLEM), add=["staff_instability"])
    assert [one.id for one in archive.corrections()] == [2]


def test_who_and_when_are_kept(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("index.labelnames.getpass.getuser", lambda: "account")
    archive.label(the(archive, PROBLEM), add=["staff_instability"])
    archive.label(the(archive, PROBLEM), remove=["staff_capacity"], by=" 张\n三 ")
    one, two = archive.corrections(the(archive, PROBLEM))
    assert (one.who, two.who) == ("account", "张 三")
    assert (one.action, one.value, one.text, one.applies) == ("add", "staff_instability", PROBLEM, True)
    assert one.at.endswith("+00:00")
    assert archive.corrections("x-1") == []


# -- survival -------------------------------------------------------------------------------------------------


def corrected(archive: Archive) -> tuple[set[str], str, str]:
    return (
        labels(archive),
        archive.labelled(the(archive, OTHER)).kind,
        archive.labelled(the(archive, MEASURE)).kind,
    )


@pytest.fixture
def told(archive: Archive) -> tuple[set[str], str, str]:
    """What the archive says after three corrections."""
    archive.label(the(archive, PROBLEM), add=["staff_instability"], remove=["staff_capacity"])
    archive.label(the(archive, OTHER), kind="measure")
    archive.label(the(archive, MEASURE), kind="none")
    assert corrected(archive) == ({"staff_instability"}, "measure", "none")
    return corrected(archive)


def test_corrections_survive_removing_and_adding(archive: Archive, tmp_path: Path, told: object):
    archive.remove(archive.list()[0].id)
    assert [one.applies for one in archive.corrections()] == [False] * 4
    assert archive.examples() == []
    add(archive, tmp_path / "in")
    assert corrected(archive) == told
    assert all(one.applies for one in archive.corrections())
    assert archive.verify() == []


def test_corrections_survive_another_parser_and_another_name(
    archive: Archive, tmp_path: Path, told: object, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(parsing, "PARSER_VERSION", "next")
    assert [r.outcome for r in add(archive, tmp_path / "in")] == ["updated"]
    assert archive.store.query("SELECT parser FROM reports") == [("next",)]
    assert corrected(archive) == told
    write_report(tmp_path / "elsewhere", "b", **VALUES)
    archive.remove(archive.list()[0].id)
    add(archive, tmp_path / "elsewhere")
    assert corrected(archive) == told


def test_corrections_survive_a_changed_report(archive: Archive, tmp_path: Path, told: object):
    """Another text, so another id: the same agency's same year, the same words."""
    values = {**VALUES, "region": ["浙江省", "宁波市", "北仑区", "330206"]}
    changed = {**values, "problems": [["前面多了一条新的问题。", []], [PROBLEM[:-1] + "现象。", []], [OTHER, []]]}
    before = archive.list()[0].id
    write_report(tmp_path / "in", "a", **changed)
    add(archive, tmp_path / "in")
    assert archive.list()[0].id != before
    assert archive.labelled(the(archive, OTHER)).kind == "measure"
    assert "staff_instability" in labels(archive)


def test_both_versions_of_a_report_are_corrected(archive: Archive, tmp_path: Path):
    values = {**VALUES, "passages": ["同一年的另一个版本。"]}
    write_report(tmp_path / "more", "b", **values)
    add(archive, tmp_path / "more")
    assert len(archive.list()) == 2
    archive.label(the(archive, OTHER), kind="measure")
    assert [s.kind for s in archive.statements() if s.text == OTHER] == ["measure", "measure"]
    assert [one.id for one in archive.corrections()] == [1], "told once"
    archive.remove(archive.corrections()[0].report)
    assert [s.kind for s in archive.statements() if s.text == OTHER] == ["measure"]
    assert archive.corrections()[0].applies
    archive.undo(1)
    assert [s.kind for s in archive.statements() if s.text == OTHER] == ["problem"]


def test_corrections_do_not_spread_to_other_agencies(archive: Archive, tmp_path: Path, told: object):
    write_report(
        tmp_path / "more",
        "b",
        **{**VALUES, "agency": "镇海区应急管理局", "region": ["浙江省", "宁波市", "镇海区", "330211"]},
    )
    add(archive, tmp_path / "more")
    mine = archive.statements(agency="镇海")
    assert [(s.text, s.kind) for s in mine] == [(PROBLEM, "problem"), (OTHER, "problem"), (MEASURE, "measure")]


def test_corrections_survive_rebuilding_and_reopening(archive: Archive, told: object, monkeypatch: pytest.MonkeyPatch):
    archive.rebuild()
    assert corrected(archive) == told
    monkeypatch.setattr("index.rebuild.taxonomy_fingerprint", lambda: "another")
    archive.rebuild(model="bigger")
    assert corrected(archive) == told
    assert archive.verify() == []
    with Archive.open(archive.path) as again:
        assert corrected(again) == told
        assert OTHER in [hit.text for hit in again.search(OTHER, kind="measure").hits]
        again.undo(*(one.id for one in again.corrections()))
        assert again.labelled(the(again, OTHER)).kind == "problem"
        for one in again.statements():
            assert one.labels, "labelled anew by the other taxonomy, as what the machine takes it for"
            assert {Taxonomy.load().entry(label).kind for label in one.labels} == {one.kind}
    assert archive.labelled(the(archive, MEASURE)).kind == "measure"
    assert OTHER in [hit.text for hit in archive.search(OTHER, kind="problem").hits]


def test_a_generation_built_before_or_after_says_the_same(tmp_path: Path):
    fill(tmp_path / "in", 30)
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, tmp_path / "in")
        assert archive.info()["pending"] == 0, "all of it is in the generation"
        hit = archive.search(sentence(40), kind="problem").hits[0]
        assert hit.text == sentence(40)
        archive.label(hit.id, kind="measure", labels=["training"])
        asked = lambda kind: [h.text for h in archive.search(sentence(40), kind=kind, k=5).hits]  # noqa: E731
        for _ in range(2):
            assert asked("measure")[0] == sentence(40)
            assert sentence(40) not in asked("problem")
            assert archive.verify() == []
            archive.rebuild()
        archive.undo(1)
        archive.undo(*(one.id for one in archive.corrections()))
        assert asked("problem")[0] == sentence(40)
        assert sentence(40) not in asked("measure")


def cut_otherwise(report: Report, new: dict[str, tuple[str, str]]) -> Report:
    """The same text, some statements beginning and ending elsewhere: old text → (new text, kind)."""
    statements = []
    for one in report.statements:
        text, kind = new.get(one.text, (one.text, one.kind))
        start = report.text.index(text)
        statements.append(replace(one, text=text, start=start, end=start + len(text), kind=kind))  # type: ignore[arg-type]
    return replace(report, statements=tuple(statements))


def test_a_statement_cut_otherwise_keeps_its_corrections(
    archive: Archive, tmp_path: Path, told: object, monkeypatch: pytest.MonkeyPatch
):
    new = {PROBLEM: (PROBLEM[2:-1], "problem"), OTHER: (OTHER[:-1], "problem"), MEASURE: ("充实力量。", "measure")}
    monkeypatch.setattr(parsing, "PARSER_VERSION", "next")
    archive.add([tmp_path / "in"], parser=HereParser(lambda path: cut_otherwise(read_json_report(path), new)))
    found = {s.text: s.kind for s in archive.statements()}
    assert found == {PROBLEM[2:-1]: "problem", OTHER[:-1]: "measure", "充实力量。": "measure"}
    statement = next(s for s in archive.statements() if s.text == PROBLEM[2:-1])
    assert statement.labels == ("staff_instability",)
    assert [one.applies for one in archive.corrections()] == [True, True, True, False], "less than half is left of one"
    monkeypatch.setattr(parsing, "PARSER_VERSION", "last")
    add(archive, tmp_path / "in")
    assert corrected(archive) == told


def spot(row: int, start: int, text: str, kind: str = "problem") -> Spot:
    return Spot(row, f"r-{start}", kind, text, content_hash(text), start, start + len(text))


def test_which_statement_is_meant():
    there = [
        spot(1, 0, "甲乙丙丁。"),
        spot(2, 10, "同样的话。"),
        spot(3, 20, "同样的话。"),
        spot(4, 30, "段落文字。", "passage"),
    ]
    assert target(spot(0, 20, "同样的话。"), there, same_text=True) == 3
    assert target(spot(0, 12, "同样的话。"), there, same_text=False) == 2
    assert target(spot(0, 1, "乙丙丁"), there, same_text=True) == 1
    assert target(spot(0, 3, "丁。后面还有"), there, same_text=True) is None
    assert target(spot(0, 31, "落文字。"), there, same_text=True) is None, "a passage only by its very words"
    assert target(spot(0, 500, "段落文字。"), there, same_text=False) == 4
    assert target(spot(0, 0, "毫不相干的一句。"), there, same_text=False) is None
    assert target(spot(0, 0, "x"), [], same_text=True) is None


# -- refusals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "told_of"),
    [
        ({"add": ["staff_capacitty"]}, "staff_capacity"),
        ({"add": ["业务能力不足"]}, "人员业务能力不足（staff_capacity）"),
        ({"kind": "praise"}, "problem"),
        ({"add": ["training"]}, "--kind measure"),
        ({"remove": ["awareness_weak"]}, "现有：人员业务能力不足"),
        ({"add": ["staff_instability"], "remove": ["staff_instability"]}, "既加又去"),
        ({"kind": "none", "add": ["staff_instability"]}, "都不是"),
        ({"labels": ["staff_capacity"], "add": ["staff_instability"]}, "一种"),
        ({"add": ["staff_instability"], "by": "很" * 99}, "署名"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(archive: Archive, wanted: dict[str, Any], told_of: str):
    before = everything(archive)
    with pytest.raises(MingjianError) as refused:
        archive.label(the(archive, PROBLEM), **wanted)
    assert told_of in str(refused.value)
    assert "\n" not in str(refused.value)
    assert everything(archive) == before
    assert archive.corrections() == []


def test_an_unknown_statement_is_refused(archive: Archive):
    for call in (lambda: archive.label("nothing-1", add=["training"]), lambda: archive.labelled("nothing-1")):
        with pytest.raises(Missing, match="nothing-1"):
            call()


def test_names_of_labels_and_kinds():
    assert find_label(" 人员业务能力不足 ") == find_label("staff_capacity") == "staff_capacity"
    assert [find_kind(name) for name in ("问题", "改进措施", "都不是", "none")] == [
        "problem",
        "measure",
        "none",
        "none",
    ]
    with pytest.raises(MingjianError, match="可用：人员业务能力不足"):
        find_label("qqqqqq")
    with pytest.raises(MingjianError, match="都不是"):
        find_kind("成绩")
    assert signed("") == signed(None) != ""


# -- what is least certain, and what training reads -----------------------------------------------------------


def test_the_least_certain_come_first_each_text_once(archive: Archive, tmp_path: Path):
    fresh = {"agency": "镇海区应急管理局", "region": ["浙江省", "宁波市", "镇海区", "330211"], "year": 2022}
    write_report(
        tmp_path / "more", "b", **{**VALUES, **fresh, "measures": [["两个标签的话。", ["staffing", "training"]]]}
    )
    add(archive, tmp_path / "more")
    found = archive.uncertain(10)
    assert (found[0].text, round(found[0].certainty, 2)) == ("两个标签的话。", 0.9)
    assert len({one.text for one in found}) == len(found) == 4
    assert [one.text for one in archive.uncertain(10, kind="problem")] == [PROBLEM, OTHER]
    assert len(archive.uncertain(1)) == 1
    archive.label(the(archive, "两个标签"), labels=["training"])
    assert "两个标签的话。" not in [one.text for one in archive.uncertain(10)]
    archive.label(next(s.id for s in archive.statements() if s.text == PROBLEM), labels=["staff_capacity"])
    assert [one.text for one in archive.uncertain(10)] == [OTHER, MEASURE], "nor the same words of another agency"


@pytest.mark.parametrize("looked_at", [(), (1,), (3,), (2, 7), (10_000,)])
def test_the_weakest_labels_tell_the_least_certain(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looked_at: tuple[int, ...]
):
    add(archive, *fill(tmp_path / "many", 12))
    archive.label(archive.uncertain(3, kind="measure")[1].id, labels=["training"])
    for where in (Filter(), Filter(year=(2021,)), Filter(kind=("measure",)), Filter(label=("staff_capacity",))):
        for k in (1, 3, 200):
            monkeypatch.setattr(labelreads, "LOOKED_AT", ())
            every = labelreads.uncertain(archive.store, where, k)
            monkeypatch.setattr(labelreads, "LOOKED_AT", looked_at)
            assert labelreads.uncertain(archive.store, where, k) == every, (where, k)


def test_examples_are_in_the_form_of_the_labelled_corpus(archive: Archive, tmp_path: Path, told: object):
    archive.label(the(archive, PROBLEM), add=["staff_capacity"], by="张:三")
    path = tmp_path / "labels.jsonl"
    assert archive.export_labels(path) == 3
    assert [*path.parent.glob(".*.part")] == []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert {row["text"]: (row["kind"], set(row["labels"])) for row in rows} == {
        PROBLEM: ("problem", {"staff_instability", "staff_capacity"}),
        OTHER: ("measure", {one.id for one in archive.labelled(the(archive, OTHER)).labels}),
        MEASURE: ("none", set()),
    }
    assert read_examples([path]) == list(archive.examples())
    assert evaluate_labels([path]).sentences == 3
    with pytest.raises(MingjianError, match="写不进去"):
        archive.export_labels(tmp_path / "no" / "labels.jsonl")


# -- the store ------------------------------------------------------------------------------------------------


def test_an_archive_of_the_first_version_is_brought_up(tmp_path: Path):
    path = tmp_path / "store.sqlite3"
    with sqlite3.connect(path) as old:
        old.executescript((Path(__file__).parent / "stores" / "version-1.sql").read_text(encoding="utf-8"))
    old.close()
    store = Store(path)
    assert store.sequence() == 3, "the manifest's checksum of the file counts as an older one"
    assert [line for line in integrity.differences(store) if "向量" not in line] == []
    rows = store.query("SELECT id, text, action, value, who FROM corrections ORDER BY id")
    assert rows == [
        (1, "工作人员业务不熟练。", "add", "staff_instability", "张三"),
        (2, "", "remove", "training", "张三"),
    ]
    (statement,) = [s for s in store.statements(Filter(kind=("problem",))) if s.text == rows[0][1]]
    assert "staff_instability" in statement.labels
    with store.writing(), store.transaction() as tx:
        corrections.refresh(tx, statement.report_row)
        assert tx.run("SELECT correction, statement FROM applied") == [(1, statement.row)]
    store.close()
    assert Store(path).sequence() == 3


def test_two_processes_upgrade_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "store.sqlite3"
    Store(path).close()
    engine = SqliteEngine(path)
    connection = engine.writer(1.0)
    monkeypatch.setattr(migrations, "pending", lambda *_: len(migrations.STEPS))
    assert migrations.migrate(connection, engine)
    connection.close()
    assert Store(path).query("SELECT count(*) FROM migrations") == [(len(migrations.STEPS),)]


@pytest.mark.parametrize(
    "change",
    [
        "corrections SET who = 'x'",
        "corrections SET value = 'training'",
        "corrections SET text = text || 'x'",
        "originals SET kind = 'measure'",
        "originals SET labels = '[]'",
        "applied SET correction = 2 WHERE correction = 1",
    ],
)
def test_a_changed_value_is_noticed(archive: Archive, told: object, change: str):
    assert [*integrity.differences(archive.store)] == []
    with archive.store.writing(), archive.store.transaction() as tx:
        tx.run("DELETE FROM applied WHERE correction = 2")
        tx.run(f"UPDATE {change}")
    assert [*integrity.differences(archive.store)] != []


def test_two_processes_correct_at_once(archive: Archive):
    script = (
        "import sys; sys.path.insert(0, sys.argv[4])\n"
        "from index.archive import Archive\n"
        "_, path, statement, label, _ = sys.argv\n"
        "with Archive.open(path, create=False) as archive:\n"
        "    for n in range(5):\n"
        "        archive.label(statement, add=[label], by=label)\n"
        "        archive.undo(*[one.id for one in archive.corrections() if one.who == label])\n"
        "    archive.label(statement, add=[label], by=label)\n"
    )
    wanted = ("staff_instability", "awareness_weak")
    root, public = Path(__file__).parents[1], the(archive, PROBLEM)
    commands = [[sys.executable, "-c", script, str(archive.path), public, label, str(root)] for label in wanted]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE) for command in commands]
    for process in running:
        assert process.communicate(timeout=120)[1] == b""
    assert labels(archive) == {"staff_capacity", *wanted}
    assert {one.who for one in archive.corrections()} == set(wanted)
    assert archive.verify() == []


# -- properties -----------------------------------------------------------------------------------------------

LABELS = st.sampled_from(["staff_capacity", "staff_instability", "other_problem", "training", "other_measure"])
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("kind"), st.sampled_from(["problem", "measure", "none"])),
        st.tuples(st.sampled_from(["add", "remove"]), LABELS),
    ),
    max_size=8,
)


@given(EVENTS)
def test_what_corrections_come_to(changes: list[tuple[str, str]]):
    events = [Event(n, action, value, "a") for n, (action, value) in enumerate(changes)]
    read = [Given("staff_capacity", "cue", 0.7, "词")]
    kind, held = resolve(PROBLEM, "problem", read, events)
    kinds = [value for action, value in changes if action == "kind"]
    assert kind == (kinds[-1] if kinds else "problem")
    sides = {"staff_capacity": "problem", "staff_instability": "problem", "training": "measure"}
    for label in held:
        assert sides.get(label, kind) == kind, "no label of the other side"
    other = f"other_{kind}"
    assert other not in held or len(held) == 1
    for label, side in sides.items():
        said = [action for action, value in changes if value == label]
        if said and side == kind:
            assert (label in held) == (said[-1] == "add")
    assert resolve(PROBLEM, "problem", read, events) == (kind, held)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2), EVENTS.filter(bool)), max_size=4), st.randoms(use_true_random=False))
def test_any_history_survives_and_is_undone(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, list[tuple[str, str]]]], rng: Any
):
    """Whatever people did: reading again gives the same, taking all back gives the beginning."""
    folder = tmp_path_factory.mktemp("h")
    write_report(folder / "in", "a", **VALUES)
    with Archive.open(folder / "archive") as archive:
        add(archive, folder / "in")
        start = everything(archive)
        ids = [the(archive, text) for text in (PROBLEM, OTHER, MEASURE)]
        for which, changes in steps:
            for action, value in changes:
                asked: dict[str, Any] = {"kind": value} if action == "kind" else {action: [value]}
                try:
                    archive.label(ids[which], **asked)
                except MingjianError:
                    continue
        now = everything(archive)
        archive.remove(archive.list()[0].id)
        add(archive, folder / "in")
        assert everything(archive) == now
        assert archive.verify() == []
        numbers = [one.id for one in archive.corrections()]
        rng.shuffle(numbers)
        for number in numbers:
            archive.undo(number)
        assert everything(archive) == start
