"""What another process takes out or changes in the midst of a search leaves no answer short."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, fill, sentence, write_report

from index import archive as archive_module
from index import integrity, ordering
from index.archive import Archive
from index.manifest import read_manifest
from index.reads import Missing
from index.records import Filter, ReportRow
from index.settings import BUSY_TIMEOUT
from index.store import Store
from index.stores import sqlite
from index.writes import delete_report


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return fill(tmp_path / "in", 12)


@pytest.fixture
def archive(tmp_path: Path, files: list[Path]) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive") as opened:
        add(opened, *files)
        yield opened


def once_before(patch: pytest.MonkeyPatch, store: Store, method: str, act: Callable[[], object]) -> list[str]:
    """Let something happen before a method of the store is called, the first time only; gives the calls."""
    real, calls = getattr(store, method), list[str]()

    def called(*args: Any, **kwargs: Any) -> Any:
        calls.append(method)
        if len(calls) == 1:
            act()
        return real(*args, **kwargs)

    patch.setattr(store, method, called)
    return calls


def remover(archive: Archive, report: str) -> Callable[[], None]:
    """Takes a report out as another process does, up to where its change is committed."""

    def act() -> None:
        other = archive.store.again()
        with other.writing(), other.transaction() as tx:
            delete_report(tx, int(tx.run("SELECT row FROM reports WHERE id = ?", (report,))[0][0]))
        other.close()

    return act


ASKED: dict[str, Callable[[Archive], Any]] = {
    "search": lambda archive: archive.search("工作人员业务不熟练", k=6),
    "search_many": lambda archive: next(iter(archive.search_many([{"id": 1, "query": "工作人员业务不熟练", "k": 6}]))),
    "with facets": lambda archive: archive.search("工作人员业务不熟练", k=6, facets=True),
    "listing": lambda archive: archive.search("2021年", k=6),
    "similar": lambda archive: archive.similar(text=sentence(1), k=6),
    "solutions": lambda archive: archive.solutions(sentence(1), k=6),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_removal_in_the_midst_gives_the_answer_of_after_it(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, name: str
):
    ask = ASKED[name]
    before = ask(archive)
    report = archive.search("2021年" if name == "listing" else sentence(1), k=1).hits[0].report
    calls = once_before(monkeypatch, archive.store, "statements_at", remover(archive, report))
    meanwhile = ask(archive)
    monkeypatch.undo()
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    assert calls
    after = ask(archive)
    assert meanwhile == after
    assert before != after


def test_a_report_that_is_replaced_in_the_midst_is_found_as_it_is_now(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, files: list[Path]
):
    problems = [["网站栏目设置不规范，链接失效。", ["site"]]]
    (first,) = {hit.report for hit in archive.search(sentence(0), k=1).hits}

    def replaced() -> None:
        kept = archive.show(first)
        write_report(files[0].parent, files[0].stem, agency=kept.row.agency, year=kept.row.year, problems=problems)
        with Archive.open(archive.path) as other:
            assert [one.outcome for one in add(other, files[0])] == ["updated"]

    calls = once_before(monkeypatch, archive.store, "candidates_at", replaced)
    found = archive.search("网站栏目设置不规范")
    assert len(calls) > 1
    assert found.hits[0].text == problems[0][0]


def test_a_search_during_additions_is_asked_once(archive: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """What only came leaves no answer short: an archive that grows all the time is searched no slower."""

    def added() -> None:
        with Archive.open(archive.path) as other:
            add(other, *fill(tmp_path / "more", 1, start=40))

    known = once_before(monkeypatch, archive.store, "candidates_at", lambda: None)
    assert archive.search("工作人员业务不熟练").hits
    calls = once_before(monkeypatch, archive.store, "candidates_at", added)
    assert archive.search("工作人员业务不熟练").hits
    assert len(known) == 2 * len(calls), "the second goes through both"


def test_a_statement_that_goes_while_its_like_are_looked_for_is_said_to_be_gone(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
):
    hit = archive.search(sentence(1), k=1).hits[0]
    once_before(monkeypatch, archive.store, "vectors", remover(archive, hit.report))
    with pytest.raises(Missing, match="没有编号为"):
        archive.similar(hit.id)


def test_the_newest_statements_are_those_of_one_moment(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    whole = ordering.newest_statements(archive.store, Filter(kind=("problem",)), 20)
    newest = archive.store.query(
        "SELECT r.id FROM statements s JOIN reports r ON r.row = s.report WHERE s.row = ?", whole[:1]
    )
    real, done = ordering.newest_first, list[int]()

    def removed(*args: Any) -> Any:
        if not done:
            done.append(1)
            remover(archive, newest[0][0])()
        return real(*args)

    monkeypatch.setattr(ordering, "newest_first", removed)
    assert ordering.newest_statements(archive.store, Filter(kind=("problem",)), 20) == whole
    assert len(ordering.newest_statements(archive.store, Filter(kind=("problem",)), 20)) == 20


def replacer(archive: Archive, file: Path, row: ReportRow) -> Callable[[], None]:
    """Lets another process take in what has become of a report's file."""

    def act() -> None:
        place = [row.region.province, row.region.city, row.region.county, row.region.code]
        problems = [["信息发布不及时，更新较慢。", ["timeliness_poor"]]]
        write_report(file.parent, file.stem, agency=row.agency, year=row.year, region=place, problems=problems)
        with Archive.open(archive.path) as other:
            assert [one.outcome for one in add(other, file)] == ["updated"]

    return act


def exported(archive: Archive, what: str) -> str:
    """What an export writes."""
    path = archive.path.with_name(f"{archive.path.name}-list.{'jsonl' if what == 'everything' else 'json'}")
    archive.export(path, what=what)
    return path.read_text(encoding="utf-8")


READ: dict[str, Callable[[Archive, ReportRow], Any]] = {
    "agencies": lambda archive, row: archive.agencies(row.agency),
    "agencies of a year": lambda archive, row: archive.agencies(year=row.year),
    "check": lambda archive, _: archive.check(),
    "check_counts": lambda archive, _: archive.check_counts(),
    "compare": lambda archive, row: archive.compare({"year": row.year}, {"not_year": row.year}),
    "everything": lambda archive, _: exported(archive, "everything"),
    "facets": lambda archive, _: archive.facets(),
    "latest": lambda archive, _: archive.latest(20),
    "list": lambda archive, _: archive.list(),
    "a page of the list": lambda archive, _: archive.list(limit=20),
    "list of the unanswered": lambda archive, _: archive.list(unanswered=True, limit=20),
    "matrix": lambda archive, _: exported(archive, "matrix"),
    "measures_against": lambda archive, _: archive.measures_against("staff_capacity"),
    "statements": lambda archive, _: archive.statements(),
    "structure": lambda archive, _: archive.structure(),
    "summary": lambda archive, _: archive.summary(),
    "together": lambda archive, _: archive.together(),
    "topics": lambda archive, _: archive.topics(),
    "trends": lambda archive, _: archive.trends(),
    "trends of some reports": lambda archive, row: archive.trends(report=[row.id]),
}


def after_a_read(patch: pytest.MonkeyPatch, number: int, act: Callable[[], object]) -> list[int]:
    """Let something happen as soon as the nth state that was read has been let go; gives the states read.

    Through whatever connections they are read: a long reading has one of its own.
    """
    real_query, real_snapshot = Store.query, Store.snapshot
    within, states = list[int](), list[int]()

    def read_one() -> None:
        states.append(1)
        if len(states) == number:
            act()

    def query(store: Store, sql: str, params: Any = ()) -> Any:
        found = real_query(store, sql, params)
        if not within:
            read_one()
        return found

    @contextmanager
    def snapshot(store: Store) -> Iterator[None]:
        within.append(1)
        with real_snapshot(store):
            yield
        within.pop()
        if not within:
            read_one()

    patch.setattr(Store, "query", query)
    patch.setattr(Store, "snapshot", snapshot)
    return states


@pytest.mark.parametrize("how", ["removed", "replaced"])
@pytest.mark.parametrize("name", READ)
def test_what_is_counted_and_listed_is_of_one_moment(
    archive: Archive, files: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, how: str
):
    """Else more reports may state a label than there are. Whatever the moment: it is that of before or after."""
    row = archive.latest(1)[0]
    before = READ[name](archive, row)
    for number in itertools.count(1):
        shutil.copytree(archive.path, tmp_path / str(number))
        with Archive.open(tmp_path / str(number)) as reader:  # which has nothing in its memory yet
            act = remover(reader, row.id) if how == "removed" else replacer(reader, files[-1], row)
            with monkeypatch.context() as patch:
                states = after_a_read(patch, number, act)
                meanwhile = READ[name](reader, row)
            if len(states) < number:
                assert states, "nothing was read"
                break
            after = READ[name](reader, row)
        assert before != after or how == "replaced", "names and numbers stay"
        assert meanwhile in (before, after), number


def test_a_removal_in_the_midst_is_no_damage(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    """Verify told a sound archive to be restored from a backup."""
    other = Archive.open(archive.path)
    last = archive.list()[-1].id
    real, calls = integrity.report_checksum, list[int]()

    def checked(*given: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            other.remove(last)
        return real(*given)

    monkeypatch.setattr(integrity, "report_checksum", checked)
    assert archive.verify() == []
    assert len(calls) > 1
    assert last not in {row.id for row in archive.list()}
    other.close()


def test_two_readers_of_a_full_disk_both_see_what_came_when_there_was_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    full, path = [False], tmp_path / "store.sqlite3"
    Store(path).close()
    connect = sqlite.SqliteEngine._connect

    def connected(self: sqlite.SqliteEngine, mode: str) -> sqlite.SqliteConnection:
        if full[0] and mode == "rwc":
            raise sqlite3.OperationalError("unable to open database file")
        return connect(self, mode)

    monkeypatch.setattr(sqlite.SqliteEngine, "_connect", connected)
    monkeypatch.setattr(sqlite, "no_room", lambda folder: full[0])
    full[0] = True
    store = Store(path)
    both = [store._readers.take(), store._readers.take()]
    full[0] = False
    assert store.meta("who") == ""
    for one in both:
        assert one is not None
        store._readers.give(one)
    with store.writing():
        with store.transaction() as tx:
            tx.set_meta("who", "new")
        store.checkpoint()
    for one in [store._readers.take(), store._readers.take(), store._readers.take()]:
        assert one is not None
        assert one.execute("SELECT value FROM meta WHERE key = 'who'").fetchall() == [("new",)]
    store.close()


def test_a_reader_that_could_not_be_opened_as_usual_for_a_moment_is_used_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The file was taken for one that nobody changes from then on, and answers stayed old."""
    path = tmp_path / "store.sqlite3"
    store = Store(path)
    with store.writing():
        store.checkpoint()
    connect, refused = sqlite.SqliteEngine._connect, list[str]()

    def connected(self: sqlite.SqliteEngine, mode: str) -> sqlite.SqliteConnection:
        if mode == "rwc" and not refused:
            refused.append(mode)
            raise sqlite3.OperationalError("locking protocol")
        return connect(self, mode)

    first = store._readers.take()  # so that another one is opened
    monkeypatch.setattr(sqlite.SqliteEngine, "_connect", connected)
    assert store.meta("who") == ""
    assert refused
    with store.writing(), store.transaction() as tx:
        tx.set_meta("who", "new")
    assert store.meta("who") == "new"
    assert first is not None
    store._readers.give(first)
    store.close()


def test_who_writes_does_not_wait_for_a_long_reading(archive: Archive, tmp_path: Path):
    """A brief of a large archive reads one state for a minute; a report that comes meanwhile is stored and done."""
    with archive.store.snapshot():
        archive.store.sequence()
        began = time.monotonic()
        with Archive.open(archive.path) as other:
            assert [one.outcome for one in add(other, *fill(tmp_path / "more", 1, start=40))] == ["added"]
        assert time.monotonic() - began < BUSY_TIMEOUT / 3
    assert not archive.verify()
    with Archive.open(archive.path) as other:
        add(other, *fill(tmp_path / "more", 1, start=41))
    manifest = read_manifest(archive.path)
    assert manifest is not None
    assert manifest.store.file is not None, "the next one folds everything into the file that has a checksum"
