"""Several machines over one store: whose files, whose labels, which history, which version."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, fill, read_json_report, sentence, write_report
from postgres_tools import Server

from index import archive as archive_module
from index import labellers, migrations, parsing, rebuild
from index.archive import Archive
from index.manifest import read_manifest
from index.opening import open_view
from index.parsing import HereParser, Parsed
from index.records import AddResult
from index.store import StoreError
from index.stores.address import POINTER, read_address, read_pointer, write_pointer
from index.stores.choose import remember
from index.stores.moving import MOVED, TABLES, move
from nlp.errors import MingjianError
from nlp.learned import MODELS


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


def write(folder: Path, name: str, number: int) -> Path:
    return write_report(folder, name, agency=f"第{number}区应急管理局", problems=[[sentence(number), []]])


def outcomes(results: list[AddResult]) -> list[str]:
    return [result.outcome for result in results]


def texts(archive: Archive) -> set[str]:
    return {statement.text for statement in archive.statements()}


# -- whose files ----------------------------------------------------------------------------------------------


def test_files_of_one_path_on_two_machines_are_two_files(address: str, tmp_path: Path):
    with Archive.open(tmp_path / "a", store=address) as one, Archive.open(tmp_path / "b", store=address) as two:
        path = write(tmp_path / "in", "1", 1)
        assert outcomes(add(one, path)) == ["added"]
        write(tmp_path / "in", "1", 2)  # the other machine's disk
        assert outcomes(add(two, path)) == ["added"]
        assert texts(one) == {sentence(1), sentence(2)}
        assert outcomes(add(two, path)) == ["skipped"]
        write(tmp_path / "in", "1", 3)  # the first one's again, changed
        assert outcomes(add(one, path)) == ["updated"]
        assert texts(two) == {sentence(2), sentence(3)}
        for row in one.list():
            assert one.store.files_of(row.id) == [str(path)]
        write(tmp_path / "in", "1", 2)
        assert outcomes(add(one, path)) == ["updated"]
        assert texts(one) == {sentence(2)}, "equal files are one report"
        assert one.store.files_of(one.list()[0].id) == [str(path)]
        assert one.info()["counts"]["files"] == 2
        write(tmp_path / "in", "1", 4)
        assert outcomes(add(two, path)) == ["updated"]
        assert texts(one) == {sentence(2), sentence(4)}, "the first machine still has it"
        assert (one.verify(), two.verify()) == ([], [])


class Members:
    """A parser for which every file is a ZIP; its JSON is a list of members, each for :func:`read_json_report`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def parse(self, path: Path, known: frozenset[str]) -> Iterator[Parsed]:
        for number in json.loads(path.read_text(encoding="utf-8")):
            member = f"{number}.txt"
            if member in known:
                yield Parsed(member, known=True)
            else:
                yield Parsed(member, report=read_json_report(write(self._folder, str(number), number)))

    def close(self) -> None:
        pass


def test_the_same_holds_of_members_of_archives(address: str, tmp_path: Path):
    path, parser = tmp_path / "all.zip", Members(tmp_path / "members")
    with Archive.open(tmp_path / "a", store=address) as one, Archive.open(tmp_path / "b", store=address) as two:
        path.write_text("[1, 2]", encoding="utf-8")
        assert outcomes(one.add([path], parser=parser)) == ["added", "added"]
        path.write_text("[3]", encoding="utf-8")
        assert outcomes(two.add([path], parser=parser)) == ["added"]
        assert texts(one) == {sentence(1), sentence(2), sentence(3)}
        path.write_text("[2]", encoding="utf-8")
        assert outcomes(one.add([path], parser=parser)) == ["skipped"]
        assert texts(one) == {sentence(2), sentence(3)}


def test_an_archive_that_moved_knows_its_files_and_no_one_elses(address: str, tmp_path: Path):
    paths = [write(tmp_path / "in", str(number), number) for number in (1, 2)]
    with Archive.open(tmp_path / "a") as archive:
        add(archive, *paths)
    move(tmp_path / "a", address)
    with Archive.open(tmp_path / "a") as one, Archive.open(tmp_path / "b", store=address) as two:
        assert outcomes(add(one, *paths)) == ["skipped", "skipped"]
        assert outcomes(add(two, paths[0])) == ["skipped"]
        write(tmp_path / "in", "2", 5)
        assert outcomes(add(two, paths[1])) == ["added"]
        assert texts(one) == {sentence(1), sentence(2), sentence(5)}
        write(tmp_path / "in", "2", 6)
        assert outcomes(add(one, paths[1])) == ["updated"]
        assert texts(one) == {sentence(1), sentence(5), sentence(6)}
        assert one.verify() == []
        write(tmp_path / "in", "1", 7)  # two's file of that path; one still has what it had
        assert outcomes(add(two, paths[0])) == ["updated"]
        assert texts(one) == {sentence(1), sentence(5), sentence(6), sentence(7)}


def bare(archive: Archive) -> None:
    """Name files and folder as versions before did."""
    from index.integrity import row_checksum

    folder = archive.path
    with archive.store.writing(), archive.store.transaction() as tx:
        rows = tx.run("SELECT path, report, sha256, bytes, parser FROM files")
        tx.run("DELETE FROM files")
        for path, *values in rows:
            row = ("/" + path.partition(":/")[2] if path.startswith("@") else path, *values)
            tx.run("INSERT INTO files VALUES (?,?,?,?,?,?)", (*row, row_checksum(row)))
    pointer = read_pointer(folder)
    assert pointer is not None
    write_pointer(folder, replace(pointer, folder=None))
    assert "folder" not in (folder / POINTER).read_text(encoding="utf-8")


def test_what_moved_with_a_version_from_before_is_known_too(address: str, tmp_path: Path):
    path = write(tmp_path / "in", "1", 1)
    with Archive.open(tmp_path / "a") as archive:
        add(archive, path)
    move(tmp_path / "a", address)
    with Archive.open(tmp_path / "a") as archive:
        bare(archive)
        assert (tmp_path / "a" / MOVED).exists()
        write(tmp_path / "in", "1", 2)
        assert outcomes(add(archive, path)) == ["updated"]
        assert texts(archive) == {sentence(2)}


def test_files_that_a_version_from_before_added_are_taken_over_where_they_are_the_same(address: str, tmp_path: Path):
    paths = [write(tmp_path / "in", str(number), number) for number in (1, 2)]
    with Archive.open(tmp_path / "a", store=address) as archive:
        add(archive, *paths)
        bare(archive)
        write(tmp_path / "in", "2", 3)
        # The second may be another machine's file of that path: it is not taken for ours.
        assert outcomes(add(archive, *paths)) == ["skipped", "added"]
        assert archive.info()["counts"]["files"] == 3
        write(tmp_path / "in", "1", 4)
        assert outcomes(add(archive, *paths)) == ["updated", "skipped"]
        assert texts(archive) == {sentence(2), sentence(3), sentence(4)}
        assert archive.verify() == []
        pointer = read_pointer(archive.path)
        assert pointer is not None
        assert pointer.folder


def test_an_archive_out_of_a_backup_knows_the_folders_files(address: str, tmp_path: Path):
    path, other = write(tmp_path / "in", "1", 1), write(tmp_path / "in", "2", 2)
    with Archive.open(tmp_path / "a", store=address) as one, Archive.open(tmp_path / "b", store=address) as two:
        add(one, path)
        add(two, other)
        one.backup(tmp_path / "copy.zip")
    Archive.restore(tmp_path / "copy.zip", tmp_path / "c")
    with Archive.open(tmp_path / "c") as archive:
        assert archive.verify() == []
        assert {*archive.store.query("SELECT path FROM files")} >= {(str(path),)}
        write(tmp_path / "in", "1", 3)
        assert outcomes(add(archive, path)) == ["updated"]
        assert texts(archive) == {sentence(2), sentence(3)}
        assert archive.store.files_of(add(archive, other)[0].report or "") == [str(other)]


def test_two_processes_that_make_one_folder_give_it_one_name(address: str, tmp_path: Path):
    with Archive.open(tmp_path / "a", store=address) as archive:
        known = read_pointer(archive.path)
        remember(archive.path, archive.store.engine)  # the second was past looking whether the folder is new
        assert read_pointer(archive.path) == known


def test_the_folder_keeps_its_name_for_itself(address: str, tmp_path: Path):
    names = set()
    for name in ("a", "b"):
        for _ in range(2):
            with Archive.open(tmp_path / name, store=address) as archive:
                add(archive, write(tmp_path / "in", "1", 1))
            pointer = read_pointer(tmp_path / name)
            assert pointer is not None
            names.add(pointer.folder)
    assert len(names) == 2
    text = (tmp_path / "a" / POINTER).read_text(encoding="utf-8")
    place = tmp_path / "a" / POINTER
    lines = [line for line in text.splitlines() if not line.startswith("checksum")]
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")  # rewritten on purpose, as the message allows
    Archive.open(tmp_path / "a").close()


# -- whose labels ---------------------------------------------------------------------------------------------


def train(archive: Archive, remark: str) -> None:
    """Give an archive a labeller of its own: the package's with other figures beside it."""
    with archive._writing():
        with labellers.replacing(archive.path) as new:
            for name in labellers.FILES:
                shutil.copy(MODELS / name, new / name)
            (new / labellers.QUALITY).write_text(json.dumps({"remark": remark}), encoding="utf-8")
        rebuild.relabel_all(archive.store)
        archive._publish(rebuild=True)


def test_labels_are_given_only_where_the_labeller_is(address: str, tmp_path: Path):
    files = [write(tmp_path / "in", str(number), number) for number in range(4)]
    with Archive.open(tmp_path / "a", store=address) as one, Archive.open(tmp_path / "b", store=address) as two:
        add(one, files[0])
        add(two, files[1])
        train(one, "first")
        add(one, files[2])
        statement = two.statements()[0].id
        before = two.store.query("SELECT * FROM labels ORDER BY 1, 2"), two.store.meta("taxonomy")
        for refused in (
            lambda: add(two, files[3]),
            two.rebuild,
            lambda: two.label(statement, kind="none", by="李四"),
            lambda: two.undo(1),
        ):
            with pytest.raises(MingjianError, match="labeller/") as told:
                refused()
            assert str(tmp_path / "b") in str(told.value)
            assert "\n" not in str(told.value)
        assert (two.store.query("SELECT * FROM labels ORDER BY 1, 2"), two.store.meta("taxonomy")) == before
        assert [line for line in two.verify() if "labeller/" in line]
        assert two.search(sentence(2)).hits[0].text == sentence(2), "reading goes on"
        shutil.copytree(tmp_path / "a" / labellers.FOLDER, tmp_path / "b" / labellers.FOLDER)
        assert two.verify() == []
        assert outcomes(add(two, files[3])) == ["added"]
        two.rebuild()
        train(two, "second")  # training may change it, and the first is now the one that lacks it
        assert [line for line in one.verify() if "labeller/" in line]
        with pytest.raises(MingjianError, match="labeller/"):
            one.rebuild()
        shutil.rmtree(tmp_path / "a" / labellers.FOLDER)
        shutil.copytree(tmp_path / "b" / labellers.FOLDER, tmp_path / "a" / labellers.FOLDER)
        one.rebuild()
        assert (one.verify(), two.verify()) == ([], [])


def test_a_labeller_that_nobody_else_has_is_not_taken_for_the_stores(address: str, tmp_path: Path):
    with Archive.open(tmp_path / "a", store=address) as one, Archive.open(tmp_path / "b", store=address) as two:
        add(one, write(tmp_path / "in", "1", 1))
        (tmp_path / "b" / labellers.FOLDER).mkdir()
        for name in labellers.FILES:
            shutil.copy(MODELS / name, tmp_path / "b" / labellers.FOLDER / name)
        (tmp_path / "b" / labellers.FOLDER / labellers.QUALITY).write_text("{}", encoding="utf-8")
        with pytest.raises(MingjianError, match="labeller/ 移走"):
            add(two, write(tmp_path / "in", "2", 2))
        (tmp_path / "b" / labellers.FOLDER).rename(tmp_path / "kept")
        assert outcomes(add(two, tmp_path / "in" / "2.txt")) == ["added"]
        (tmp_path / "kept").rename(tmp_path / "b" / labellers.FOLDER)
        two.rebuild()  # who says so has all labels given by it
        assert two.verify() == []
        with pytest.raises(MingjianError, match="labeller/ 整个复制"):
            one.rebuild()


@pytest.mark.parametrize("known", [True, False])
def test_new_labels_of_the_package_are_taken_up_by_a_rebuild(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: bool
):
    with Archive.open(tmp_path / "a", store=address) as one:
        add(one, write(tmp_path / "in", "1", 1))
        if not known:  # as versions before left it
            with one.store.writing(), one.store.transaction() as tx:
                tx.run("DELETE FROM meta WHERE key = 'labeller'")
        monkeypatch.setattr("index.rebuild.taxonomy_fingerprint", lambda: "ffffffffffffffff")
        assert not one.info()["labels_current"]
        with pytest.raises(MingjianError, match="mingjian rebuild"):
            add(one, write(tmp_path / "in", "2", 2))
        assert one.verify() == []
        one.rebuild()
        assert one.info()["labels_current"]
        assert outcomes(add(one, tmp_path / "in" / "2.txt")) == ["added"]


def test_relabelling_that_was_broken_off_is_ended_by_a_rebuild(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with Archive.open(tmp_path / "a", store=address) as one, Archive.open(tmp_path / "b", store=address) as two:
        add(one, *(write(tmp_path / "in", str(number), number) for number in (1, 2)))
        done: list[int] = []
        relabel = rebuild.relabel

        def once(*arguments: Any) -> None:
            if done:
                raise KeyboardInterrupt
            done.append(1)
            relabel(*arguments)

        with monkeypatch.context() as patched:
            patched.setattr("index.rebuild.relabel", once)
            with pytest.raises(KeyboardInterrupt):
                train(one, "first")
        with pytest.raises(MingjianError, match="labeller/"):
            two.rebuild()
        one.rebuild()
        assert one.verify() == []
        assert one.info()["labels_current"]


def test_labels_of_a_first_run_that_was_killed_are_known_for_whose_they_are(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Else who goes on would have his own and the first one's side by side, called current."""
    paths = [write(tmp_path / "in", str(number), number) for number in (1, 2)]

    def killed(result: AddResult, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with Archive.open(tmp_path / "a", store=address) as one, Archive.open(tmp_path / "b", store=address) as two:
        with pytest.raises(KeyboardInterrupt):
            one.add(paths, parser=HereParser(read_json_report), progress=killed)
        assert one.list()
        monkeypatch.setattr("index.rebuild.taxonomy_fingerprint", lambda: "ffffffffffffffff")
        with pytest.raises(MingjianError, match="mingjian rebuild"):
            add(two, paths[1])
        assert not two.info()["labels_current"]


def test_a_run_that_stored_nothing_binds_nobody(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with Archive.open(tmp_path / "a", store=address) as one:
        assert outcomes(one.add([tmp_path / "nothing.txt"], parser=HereParser(read_json_report))) == ["failed"]
        monkeypatch.setattr("index.rebuild.taxonomy_fingerprint", lambda: "ffffffffffffffff")
        assert outcomes(add(one, write(tmp_path / "in", "1", 1))) == ["added"]
        assert one.info()["labels_current"]


# -- which history --------------------------------------------------------------------------------------------


class Saved:
    """A store as it is now, to be put back later, as a dump of the database is."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        tables = ["meta", *TABLES]
        self._rows = {table: archive.store.query(f"SELECT * FROM {table}") for table in tables}

    def put_back(self) -> None:
        engine = self._archive.store.engine
        with closing(engine.writer(5.0)) as connection:
            connection.begin(write=True)
            for table in reversed(self._rows):
                connection.execute(f"DELETE FROM {table}")
            for table, rows in self._rows.items():
                if rows:
                    marks = ", ".join("?" * len(rows[0]))
                    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
            if engine.shared:
                for table, column in connection.execute(
                    "SELECT table_name, column_name FROM information_schema.columns"
                    " WHERE table_schema = current_schema() AND is_identity = 'YES'"
                ).fetchall():
                    connection.execute(
                        f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'),"
                        f" (SELECT coalesce(max({column}), 0) FROM {table}) + 1, false)"
                    )
            else:
                connection.execute("DELETE FROM sqlite_sequence")
                for table, column in (("reports", "row"), ("statements", "row")):
                    connection.execute(f"INSERT INTO sqlite_sequence SELECT '{table}', max({column}) FROM {table}")
            connection.commit()


def test_a_database_put_back_is_noticed_by_indexes_of_the_other_history(address: str, tmp_path: Path):
    files = fill(tmp_path / "in", 70)
    with Archive.open(tmp_path / "a", store=address) as one:
        add(one, *files[:6])
        saved = Saved(one)
        with Archive.open(tmp_path / "b", store=address) as two:
            add(two, *files[6:36])
            assert two.info()["generation"]
            told = two.search(sentence(100)).hits[0].text
            assert told == sentence(100)
        saved.put_back()
        add(one, *files[36:70])  # the same numbers of rows and changes, and more
        assert one.verify() == []
        with Archive.open(tmp_path / "b") as two:
            assert [line for line in two.verify() if "mingjian rebuild" in line]
            assert two.search(sentence(200)).hits[0].text == sentence(200)
            assert {hit.id for hit in two.search(sentence(100), k=5).hits} == {
                hit.id for hit in one.search(sentence(100), k=5).hits
            }
            assert two.info()["pending"] == 0
            assert two.verify() == []


def test_one_put_back_in_the_midst_of_a_command_is_noticed_too(address: str, tmp_path: Path):
    files = fill(tmp_path / "in", 70)
    with Archive.open(tmp_path / "a", store=address) as one:
        kept: list[Saved] = []

        def midway(_result: AddResult, number: int, _total: int) -> None:
            if number == 10:
                kept.append(Saved(one))

        one.add(files[:30], parser=HereParser(read_json_report), progress=midway)
        with Archive.open(tmp_path / "b", store=address) as two:
            assert two.info()["generation"]
        kept[0].put_back()
        with Archive.open(tmp_path / "c", store=address) as three:
            add(three, *files[30:60])
        with Archive.open(tmp_path / "b") as two:
            assert two.verify() != []
            assert two.search(sentence(200)).hits[0].text == sentence(200)
            assert two.verify() == []


def test_a_file_put_back_from_elsewhere_is_noticed_too(tmp_path: Path):
    files = fill(tmp_path / "in", 70)
    with Archive.open(tmp_path / "a") as archive:
        add(archive, *files[:6])
        saved = Saved(archive)
        add(archive, *files[6:36])
        manifest = (tmp_path / "a" / "manifest.json").read_bytes()
        shutil.copytree(tmp_path / "a" / "derived", tmp_path / "kept")
        saved.put_back()
        add(archive, *files[36:70])
        assert archive.verify() == []
        assert archive.search(sentence(200)).hits[0].text == sentence(200)
    shutil.rmtree(tmp_path / "a" / "derived")
    shutil.copytree(tmp_path / "kept", tmp_path / "a" / "derived")
    (tmp_path / "a" / "manifest.json").write_bytes(manifest)
    with Archive.open(tmp_path / "a") as archive:
        assert [line for line in archive.verify() if "mingjian rebuild" in line]
        with pytest.raises(StoreError, match=r"同一段历史.*mingjian rebuild"):  # where nobody may make it anew
            open_view(archive.path, archive.store, None)
        assert archive.search(sentence(200)).hits[0].text == sentence(200)
        assert archive.verify() == []


def test_what_is_only_newer_is_no_other_history(address: str, tmp_path: Path):
    files = fill(tmp_path / "in", 60)
    with Archive.open(tmp_path / "a", store=address) as one, Archive.open(tmp_path / "b", store=address) as two:
        add(one, *files[:30])
        two.rebuild()
        generation = two.info()["generation"]
        for path in files[30:33]:
            add(one, path)
        one.remove(one.list()[0].id)
        assert two.search(sentence(130)).hits[0].text == sentence(130)
        assert two.info()["generation"] == generation, "nothing is built again"
        assert two.verify() == []
        before = read_manifest(tmp_path / "b")
        assert before is not None
        assert before.store.session
    move_from = tmp_path / "c"
    with Archive.open(move_from) as archive:
        add(archive, *files[:30])
        generation = archive.info()["generation"]
    move(move_from, address + "moved")
    with Archive.open(move_from) as archive:
        assert archive.search(sentence(5)).hits[0].text == sentence(5)
        assert archive.info()["generation"] == generation
        assert archive.verify() == []


def test_a_manifest_of_a_version_from_before_stays_valid(tmp_path: Path):
    from index.manifest import write_manifest

    with Archive.open(tmp_path / "a") as archive:
        add(archive, *fill(tmp_path / "in", 30))
        manifest = read_manifest(archive.path)
        assert manifest is not None
        assert manifest.store.session in manifest.to_text()
        write_manifest(archive.path, replace(manifest, store=replace(manifest.store, session="")))
        assert "session" not in (archive.path / "manifest.json").read_text(encoding="utf-8")
        generation = manifest.generation
        assert archive.verify() == []
        assert archive.search(sentence(5)).hits[0].text == sentence(5)
        assert archive.info()["generation"] == generation


# -- which version --------------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest) -> str | None:
    """Where a store is to lie: None for a file."""
    return request.getfixturevalue("address") if request.param == "postgresql" else None


def test_a_process_of_an_older_version_does_not_write_into_a_newer_schema(
    place: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    files = fill(tmp_path / "in", 3)
    with Archive.open(tmp_path / "a", store=place) as old:
        add(old, files[0])
        statement = old.statements()[0].id
        with monkeypatch.context() as newer:
            step = ("more", lambda one: one.execute("ALTER TABLE reports ADD COLUMN more TEXT"))
            newer.setattr(migrations, "STEPS", (*migrations.STEPS, step))
            with Archive.open(tmp_path / ("b" if place else "a"), store=place) as new:
                add(new, files[1])
        counts = old.store.counts()
        for refused in (lambda: add(old, files[2]), lambda: old.label(statement, kind="none", by="李四"), old.rebuild):
            with pytest.raises(MingjianError, match="更新版本的 mingjian"):
                refused()
        assert old.store.counts() == counts


def test_an_upgrade_in_the_midst_of_a_command_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with Archive.open(tmp_path / "a") as old, old.store.writing():
        with old.store.transaction() as tx:
            tx.sequence()
        step = ("more", lambda one: one.execute("ALTER TABLE reports ADD COLUMN more TEXT"))
        with monkeypatch.context() as newer:
            newer.setattr(migrations, "STEPS", (*migrations.STEPS, step))
            Archive.open(tmp_path / "a").close()
        with pytest.raises(MingjianError, match="更新版本的 mingjian"), old.store.transaction():
            pytest.fail("it is too late")


def test_an_older_version_does_not_take_newer_readings_away(
    running: Server, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert read_address(address).schema
    path = write(tmp_path / "in", "1", 1)
    parsers = "SELECT r.parser, f.parser FROM reports r JOIN files f ON f.report = r.row"
    with Archive.open(tmp_path / "a", store=address) as new, Archive.open(tmp_path / "b", store=address) as old:
        monkeypatch.setattr(parsing, "PARSER_VERSION", "10")
        assert outcomes(add(new, path)) == ["added"]
        monkeypatch.setattr(parsing, "PARSER_VERSION", "9")
        assert outcomes(add(new, path)) == ["skipped"]
        assert old.store.query(parsers) == [("10", "10")]
        assert outcomes(add(old, path)) == ["skipped"]
        assert old.store.query(parsers) == [("10", "10")] * 2, "the reading that is there is the newer one"
        monkeypatch.setattr(parsing, "PARSER_VERSION", "11")
        assert outcomes(add(old, path)) == ["updated"]
        assert new.store.query(parsers) == [("11", "11")] * 2
