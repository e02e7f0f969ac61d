"""The store: what goes in comes out, versions, files, removal, checksums, the ledger of migrations."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from archive_tools import make_report

from index import integrity, migrations
from index.changes import record
from index.integrity import content_hash
from index.reads import Missing
from index.records import Filter
from index.store import Store, StoreError, explain
from index.stores.base import Connection
from index.writes import (
    FileMark,
    delete_report,
    find_model,
    link_file,
    put_report,
    put_vectors,
    relabel,
    report_id,
    unlink_file,
    use_model,
)
from nlp.errors import MingjianError
from nlp.records import Label, Region, Report

Place = Callable[[str], Store]
PROBLEM = ("工作人员业务不熟练。", ["staff_capacity", "awareness_weak"])
MEASURE = ("开展业务培训。", ["training"])


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Opens the store of a name, in either database."""
    if request.param == "sqlite":
        return lambda name: Store(tmp_path / name)
    from postgres_everywhere import engine_at

    return lambda name: Store(tmp_path / name, engine=engine_at(tmp_path / name))


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    opened = place("store.sqlite3")
    with opened.writing():
        yield opened
    opened.close()


def put(store: Store, report: Report, path: str = "a.txt", key: str = "北仑区应急管理局", parser: str = "1") -> str:
    with store.transaction() as tx:
        placed = put_report(tx, report, key, parser)
        link_file(tx, FileMark(path, "00", 1), placed.row, parser)
    return placed.id


def report_of(year: int = 2021, sentence: str = PROBLEM[0], **more: object) -> Report:
    values = {"problems": [(sentence, PROBLEM[1])], "measures": [MEASURE], "pairs": [(0, 0)], **more}
    return make_report("a.txt", year=year, **values)  # type: ignore[arg-type]


def test_a_report_comes_back_as_it_went_in(store: Store):
    report = report_of(
        passages=["总体情况良好。"], figures=[("x.total", 3.0), ("y.total", None)], warnings=["form_2021"]
    )
    public = put(store, report)
    stored = store.report(public)
    plain = report.to_dict()
    for statement in stored.report["statements"]:
        start, end = statement["start"], statement["end"]
        assert statement.pop("id") == f"{public}-{start}"
        assert stored.text[start:end] == statement["text"]
    assert dict(stored.report) == plain
    assert stored.row.region == Region("浙江省", "宁波市", "北仑区", "330206")
    assert (stored.row.problems, stored.row.measures, stored.row.warnings) == (1, 1, ("form_2021",))
    rows = store.statements()
    assert [(s.kind, s.paired, s.labels) for s in rows] == [
        ("problem", True, ("staff_capacity", "awareness_weak")),
        ("measure", False, ("training",)),
        ("passage", False, ()),
    ]
    assert store.measures_of([rows[0].row]) == {rows[0].row: (rows[1].row,)}
    assert [(f.path, f.value, f.state) for f in store.figures()] == [
        ("x.total", 3, "number"),
        ("y.total", None, "blank"),
    ]
    assert store.stated() == {public: ("awareness_weak", "staff_capacity", "training")}
    assert store.files_of(public) == ["a.txt"]


def test_ids_are_derived_never_random(place: Place):
    ids = []
    for name in ("one", "two"):
        with (store := place(name)).writing():
            ids.append(put(store, report_of()))
        store.close()
    assert ids[0] == ids[1] == report_id("北仑区应急管理局", 2021, report_of().text)
    assert report_id("甲", 2021, "x") != report_id("甲", 2022, "x") != report_id("乙", 2022, "x")


def test_the_same_content_from_two_paths_is_one_report(store: Store):
    first, second = put(store, report_of(), "a.txt"), put(store, report_of(), "b.docx")
    assert first == second
    assert store.counts()["reports"] == 1
    assert store.files_of(first) == ["a.txt", "b.docx"]


def test_a_changed_file_replaces_its_old_version(store: Store):
    old, new = put(store, report_of()), put(store, report_of(sentence="公开内容不够全面。"))
    assert [row.id for row in store.report_rows()] == [new] != [old]
    assert [s.text for s in store.statements(Filter(kind=("problem",)))] == ["公开内容不够全面。"]
    assert store.query("SELECT count(*) FROM removed") == [(2,)]


def test_two_versions_stay_and_the_one_signed_last_counts(store: Store):
    late = put(store, report_of(sentence="公开内容不够全面。", sign_date="2022-03-01"), "late.txt")
    early = put(store, report_of(sign_date="2022-01-20"), "early.txt")
    assert {r.id: r.warnings for r in store.report_rows()} == {late: (), early: ("superseded",)}
    assert [*store.report_numbers().values()] == [late]
    with store.transaction() as tx:
        delete_report(tx, tx.run("SELECT row FROM reports WHERE id = ?", (late,))[0][0])
    assert [*store.report_numbers().values()] == [early]


def test_agencies_without_a_place_are_never_taken_for_one_another(store: Store):
    nowhere = Region()
    put(store, report_of(region=nowhere, agency="县教育局"), "a.txt", "县教育局")
    put(store, report_of(region=nowhere, agency="县教育局", sentence="另一个县的话。"), "b.txt", "县教育局")
    assert len(store.report_numbers()) == 2


def test_a_report_without_agency_or_year_gets_in(store: Store):
    public = put(store, report_of(agency=None, year=None, region=Region(), level="unknown"), key="")  # type: ignore[arg-type]
    assert (store.report(public).row.agency, store.report(public).row.year) == (None, None)


def test_removal_takes_everything_along_but_vectors(store: Store):
    public = put(store, report_of(figures=[("x", 1.0)]))
    with store.transaction() as tx:
        delete_report(tx, tx.run("SELECT row FROM reports WHERE id = ?", (public,))[0][0])
    for table in ("reports", "documents", "statements", "labels", "stated", "pairs", "figures", "checks", "files"):
        assert store.query(f"SELECT count(*) FROM {table}") == [(0,)], table
    assert store.integrity() == []
    with pytest.raises(Missing, match=public):
        store.report(public)


def test_a_member_that_left_its_zip_takes_its_report_along(store: Store):
    put(store, report_of(), "a.zip!/x.txt")
    with store.transaction() as tx:
        unlink_file(tx, "a.zip!/x.txt")
    assert store.counts()["reports"] == 0


def test_an_older_parsers_reading_is_replaced_under_the_same_id(store: Store):
    first = put(store, report_of(), "a.txt", parser="1")
    put(store, report_of(), "b.txt", parser="1")
    again = put(store, report_of(), "a.txt", parser="2")
    assert first == again
    assert store.files_of(again) == ["a.txt", "b.txt"]
    assert store.query("SELECT parser FROM reports") == [("2",)]


def test_rows_never_come_back(store: Store):
    put(store, report_of())
    before = {s.row for s in store.statements()}
    put(store, report_of(sentence="公开内容不够全面。"))
    assert before.isdisjoint({s.row for s in store.statements()})


def test_a_failed_transaction_leaves_nothing(store: Store):
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:  # noqa: PT012 - both belong to it
        put_report(tx, report_of(), "k", "1")
        raise ZeroDivisionError
    assert store.counts()["reports"] == 0
    assert store.sequence() == 0


def test_the_sequence_grows_by_one_with_each_change(store: Store):
    put(store, report_of())
    put(store, report_of(2022), "b.txt")
    assert store.sequence() == 2


def test_corrections_survive_a_new_reading(store: Store):
    public = put(store, report_of())
    (problem,) = store.statements(Filter(kind=("problem",)))
    with store.transaction() as tx:
        changes = [("remove", "awareness_weak"), ("add", "staff_instability")]
        record(tx, problem.id, changes, "张三", "2025-01-01T00:00:00+00:00")
    assert put(store, report_of(passages=["多了一段。"])) != public
    (problem,) = store.statements(Filter(kind=("problem",)))
    assert problem.labels == ("staff_capacity", "staff_instability")
    with store.transaction() as tx:
        relabel(tx, problem.report_row, {problem.row: [Label("awareness_weak", 0.9)]}, "model")
    (problem,) = store.statements(Filter(kind=("problem",)))
    assert problem.labels == ("staff_instability",)
    assert [*integrity.differences(store)] == [f"{store.name}：缺少向量的语句 3 个，例如 " + problem.id]


def test_vectors_are_kept_by_content_and_model(store: Store):
    put(store, report_of())
    vectors = np.eye(3, dtype=np.float32)
    with store.transaction() as tx:
        model = find_model(tx, "m", 3, "", "f")
        use_model(tx, model)
        put_vectors(tx, model, [content_hash(s.text) for s in store.statements()], vectors[:2])
    rows = [s.row for s in store.statements()]
    assert np.array_equal(store.vectors(rows[::-1]), vectors[[1, 0]])
    put(store, report_of(2022), "b.txt")
    assert np.array_equal(store.vectors([s.row for s in store.statements()]), vectors[[0, 1, 0, 1]])
    put(store, report_of(sentence="没有向量。"), "c.txt")
    with pytest.raises(Missing, match="mingjian rebuild"):
        store.vectors([s.row for s in store.statements()])


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("reports", "title = 'x'"),
        ("reports", "year = 1999"),
        ("reports", "current = 0"),
        ("documents", "text = text || ' '"),
        ("documents", "contract = replace(contract, '2021', '2022')"),
        ("statements", "text = '改过的话'"),
        ("statements", "paired = 1 - paired"),
        ("labels", "score = score / 2"),
        ("labels", "label = 'x' || label"),
        ("stated", "statements = 7"),
        ("figures", "value = 8"),
        ("checks", "status = 'fail'"),
        ("files", "sha256 = 'ff'"),
        ("vectors", "vector = content"),
    ],
)
def test_a_changed_value_anywhere_is_noticed(store: Store, table: str, change: str):
    put(store, report_of(figures=[("x", 1.0)]))
    with store.transaction() as tx:
        use_model(tx, find_model(tx, "m", 2, "", "f"))
        put_vectors(tx, 1, [content_hash(s.text) for s in store.statements()], np.eye(2, dtype=np.float32))
    assert [*integrity.differences(store)] == []
    with store.transaction() as tx:
        tx.run(f"UPDATE {table} SET {change}")
    assert [*integrity.differences(store)] != []


def test_the_ledger_names_each_step_and_a_newer_store_is_refused(place: Place):
    opened = place("s")
    rows = opened.query("SELECT number, name FROM migrations ORDER BY 1")
    assert rows == [(i, name) for i, (name, _) in enumerate(migrations.STEPS, start=1)]
    with opened.writing(), opened.transaction() as tx:
        tx.run("INSERT INTO migrations VALUES (99, 'x', 'x')")
    opened.close()
    with pytest.raises(MingjianError, match="更新版本"):
        place("s")


def test_a_step_that_fails_is_undone(place: Place, monkeypatch: pytest.MonkeyPatch):
    def broken(connection: Connection) -> None:
        connection.execute("CREATE TABLE half(x TEXT) STRICT")
        connection.execute("CREATE TABLE half(x TEXT) STRICT")

    place("s").close()
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, ("broken", broken)))
    with pytest.raises(StoreError):
        place("s")
    monkeypatch.undo()
    store = place("s")
    with store.writing(), store.transaction() as tx:
        assert tx.run("SELECT count(*) FROM migrations") == [(len(migrations.STEPS),)]
        tx.run("CREATE TABLE half(x TEXT) STRICT")  # it is not there
    store.close()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "磁盘已满"),
        (sqlite3.OperationalError("database or disk is full"), "磁盘已满"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "没有读写权限"),
        (sqlite3.OperationalError("database is locked"), "占用"),
        (sqlite3.DatabaseError("file is not a database"), "损坏"),
    ],
)
def test_errors_are_explained_in_one_chinese_line(error: Exception, words: str):
    message = str(explain(error, Path("档案")))
    assert words in message
    assert message.startswith("档案：")
    assert "\n" not in message


def test_what_is_no_database_is_said_to_be_damaged(tmp_path: Path):
    path = tmp_path / "store.sqlite3"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="损坏"):
        Store(path)


def test_a_reader_sees_one_state_within_a_snapshot(store: Store):
    put(store, report_of())
    with store.snapshot():
        before = store.counts()
        put(store, report_of(2022), "b.txt")
        assert store.counts() == before
    assert store.counts()["reports"] == 2


def test_superseding_follows_the_year(store: Store):
    put(store, report_of(2021), "a.txt")
    put(store, replace(report_of(2022)), "b.txt")
    assert len(store.report_numbers()) == 2
