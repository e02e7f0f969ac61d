"""What another process takes out or changes in the midst of a search leaves no answer short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, fill, sentence, write_report

from index import archive as archive_module
from index import ordering
from index.archive import Archive
from index.reads import Missing
from index.records import Filter
from index.store import Store
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
