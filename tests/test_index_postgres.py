"""PostgreSQL as the store: the same answers as SQLite, several machines, one writer, lost connections, odd names."""

from __future__ import annotations

import ast
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, fill, read_json_report, sentence, write_report
from postgres_tools import Server, server
from test_index_crash import Book, check, run_and_kill
from typer.testing import CliRunner

from index import archive as archive_module
from index import migrations
from index.archive import Archive
from index.locking import ArchiveBusy
from index.parsing import HereParser
from index.records import Filter
from index.store import Store, StoreError
from index.stores.address import POINTER, Pointer, read_address, read_pointer, write_pointer
from index.stores.choose import engine_of
from index.stores.dialect import postgres
from index.stores.moving import TABLES, move
from index.verify import verify
from nlp.errors import MingjianError, MissingExtra

HERE = Path(__file__).parent
SUITES = ("filters", "agencies", "compare", "archive", "corrections", "insight", "summary", "store")
ONLY_SQLITE = ("first_version", "two_processes_upgrade_once", "no_database_is_said_to_be_damaged")
ROUNDS, SECONDS = 12, 40.0


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


@pytest.fixture
def running() -> Server:
    return server()


@pytest.fixture
def address(running: Server, tmp_path: Path) -> str:
    return running.address(f"s{abs(hash(str(tmp_path))):x}")


def environment() -> dict[str, str]:
    paths = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}


# -- the same as SQLite ---------------------------------------------------------------------------------------


def corpus(folder: Path) -> list[Path]:
    """Reports of every sort: versions, unknown places and years, no section five, governments, twins."""
    files = fill(folder, 30, each=3)
    one: dict[str, Any] = {"problems": [["工作人员业务不熟练。", ["staff_capacity", "awareness_weak"]]]}
    two: dict[str, Any] = {
        "problems": [["信息更新不够及时。", []], ["政策解读形式单一，公众看不懂专业内容。", ["interpretation_weak"]]],
        "measures": [["开展业务培训，提高工作人员能力。", ["training"]]],
        "pairs": [[0, 0]],
    }
    for name, values in {
        "late": {**two, "sign_date": "2022-03-01", "warnings": ["form_2021", "s5_reversed"]},
        "early": {**one, "sign_date": "2022-01-10", "figures": [["x.total", 3.5], ["y.total", None]]},
        "nowhere": {**one, "region": [None, None, None, None], "agency": None, "year": None, "level": "unknown"},
        "ministry": {**two, "region": [None, None, None, None], "agency": "国家某部", "level": "national"},
        "whole": {**two, "agency": "北仑区人民政府", "scope": "government", "agency_type": "government"},
        "copy": {**two, "agency": "镇海区应急管理局", "region": ["浙江省", "宁波市", "镇海区", "330211"], "year": 2022},
        "next": {**two, "year": 2022, "figures": [["x.total", 0.1]]},
        "odd": {**one, "agency": '‘单引号’"%s"局; DROP TABLE reports', "year": 2020, "passages": ["100%是?"]},
        "beyond": {**one, "agency": "𠮷林局", "year": 2018, "region": ["吉林省", "𠮷林市", None, "220200"]},
    }.items():
        files.append(write_report(folder, name, **values))
    return files


def work(archive: Archive, folder: Path) -> list[Any]:
    """What a life of an archive is: add, correct, take back, remove, change, rebuild."""
    files = corpus(folder)
    told: list[Any] = [(r.outcome, r.report, r.warnings) for r in add(archive, *files)]
    told += [r.outcome for r in add(archive, *files[:4])]
    wrong = [s for s in archive.statements() if s.text == "工作人员业务不熟练。"]
    archive.label(wrong[0].id, remove=["awareness_weak"], by="张三")
    archive.label(wrong[1].id, kind="none", by="李四")
    archive.label(archive.statements(kind="passage")[0].id, kind="problem", by="李四")
    archive.undo(archive.corrections()[-1].id)
    archive.remove(archive.list(year=2023)[0].id)
    write_report(
        folder, "r0003", agency="第0区应急管理局", year=2022, problems=[["换过的一句话。", ["staff_capacity"]]]
    )
    told += [(r.outcome, r.report) for r in add(archive, files[3])]
    return told


def plain(value: Any) -> Any:
    """Values without what a run decides (times)."""
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if key not in ("at", "written", "made")}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def answers(archive: Archive, out: Path) -> dict[str, Any]:
    """Everything that an archive can be asked."""
    filters: list[dict[str, Any]] = [
        {}, {"year": 2021}, {"province": "浙江"}, {"county": "北仑区"}, {"agency": "应急"}, {"label": "staff_capacity"},
        {"kind": "measure"}, {"unanswered": True}, {"scope": "government"}, {"level": "county"}, {"city": "𠮷林市"},
        {"not_level": "county"}, {"agency": "%"}, {"agency": "'"}, {"year": [2019, 2020], "kind": "problem"},
    ]  # fmt: skip
    queries = [
        "业务不熟练",
        "2022年 培训",
        "“形式单一”",
        "“一”",
        "浙江省2021年",
        "怎么做红烧肉",
        "%s ' \" ? $1",
        "答复较慢",
    ]
    found: dict[str, Any] = {}
    for where in filters:
        name = json.dumps(where, ensure_ascii=False)
        for ask in ("list", "statements", "stated", "facets", "topics", "trends", "check", "uncertain", "together"):
            found[f"{ask} {name}"] = getattr(archive, ask)(**where)
        with suppress(MingjianError):  # one of unanswered problems only
            found[f"summary {name}"] = archive.summary(**where)
        found[f"reuse {name}"] = archive.reuse(**where)
        for query in queries:
            found[f"search {query} {name}"] = archive.search(query, k=20, **where)
    for by in ("province", "city", "level", "agency_type", "form", "year"):
        found[f"trends {by}"] = archive.trends(by)
    for row in archive.list():
        found[f"show {row.id}"] = (archive.show(row.id), archive.store.files_of(row.id))
    for statement in archive.statements()[:40]:
        found[f"similar {statement.id}"] = archive.similar(statement.id)
        found[f"solutions {statement.id}"] = archive.solutions(statement.id)
        found[f"labelled {statement.id}"] = archive.labelled(statement.id)
    found["agencies"] = [asdict(one) for one in archive.agencies()]
    found["histories"] = [archive.agency(one.key) for one in archive.agencies()]
    found["corrections"] = [asdict(one) for one in archive.corrections()]
    found["examples"] = [asdict(one) for one in archive.examples()]
    found["compare"] = archive.compare({"year": 2021}, {"year": 2022})
    found["statistics"] = archive.statistics()
    for what in ("statements", "reports"):
        archive.export(out / f"{what}.json", what=what)
        found[f"export {what}"] = (out / f"{what}.json").read_text(encoding="utf-8")
    archive.export_labels(out / "labels.jsonl")
    found["labels"] = [
        {key: one for key, one in json.loads(line).items() if key != "at"}
        for line in (out / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    found["counts"] = (archive.info()["counts"], archive.info()["years"], archive.store.sequence())
    return {name: plain(value) for name, value in found.items()}


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    assert [name for name, value in one.items() if other[name] != value] == []
    assert one == other


def test_the_same_work_gives_the_same_answers_ids_and_exports(address: str, tmp_path: Path):
    with Archive.open(tmp_path / "one") as lite, Archive.open(tmp_path / "two", store=address) as post:
        assert work(lite, tmp_path / "in") == work(post, _again(tmp_path / "in"))
        assert lite.verify() == post.verify() == []
        (tmp_path / "out1").mkdir()
        (tmp_path / "out2").mkdir()
        same(answers(lite, tmp_path / "out1"), answers(post, tmp_path / "out2"))
        sums = "SELECT id, checksum FROM reports ORDER BY id"
        rows = "SELECT s.id, s.row FROM statements s ORDER BY s.id"
        assert lite.store.query(sums) == post.store.query(sums), "the same checksums, to the bit"
        assert lite.store.query(rows) == post.store.query(rows)
        lite.rebuild(model="another")
        post.rebuild(model="another")
        same(answers(lite, tmp_path / "out1"), answers(post, tmp_path / "out2"))
        assert lite.verify() == post.verify() == []


def _again(folder: Path) -> Path:
    """The files as they were before the first archive's life changed one."""
    corpus(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("suite", SUITES)
def test_the_suites_of_the_archive_pass_over_postgresql_too(running: Server, suite: str):
    del running
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "postgres_everywhere", "-p", "no:cacheprovider", "-q", "-x",
         "-k", " and ".join(f"not {name}" for name in ONLY_SQLITE), HERE / f"test_index_{suite}.py"],
        capture_output=True, text=True, env=environment(), cwd=HERE.parent, check=False, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


def test_the_common_sql_in_postgresqls_words():
    for common, own in {
        "SELECT '?' FROM x WHERE a = ? AND b <> ?": "SELECT '?' FROM x WHERE a = $1 AND b <> $2",
        "SELECT instr(a, ?), 'instr(', \"AS INTEGER)\"": "SELECT strpos(a, $1), 'instr(', \"AS INTEGER)\"",
        "CREATE TABLE t(row INTEGER PRIMARY KEY AUTOINCREMENT, b BLOB) STRICT, WITHOUT ROWID": (
            "CREATE TABLE t(row BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, b BYTEA)"
        ),
    }.items():
        assert postgres(common).text.decode() == own
    listed = postgres(
        "a = ? AND x IN (SELECT value FROM json_each(?)) AND y IN (SELECT value FROM json_each(?)) LIMIT ?"
    )
    assert listed.text.decode() == "a = $1 AND x = ANY($2) AND y = ANY($3) LIMIT $4"
    assert listed.values(("[1]", "[1, 2]", '["x"]', 3)) == ["[1]", [1, 2], ["x"], 3]


def test_every_text_is_ordered_by_code_point_whatever_the_server_is_set_to(address: str, tmp_path: Path):
    with Archive.open(tmp_path / "a", store=address) as archive:
        others = archive.store.query(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
            " AND data_type = 'text' AND coalesce(collation_name, '') <> 'C'"
        )
        assert others == []


# -- several machines -----------------------------------------------------------------------------------------


def test_what_one_machine_adds_the_other_finds(address: str, tmp_path: Path):
    files = fill(tmp_path / "in", 30)
    with Archive.open(tmp_path / "a", store=address) as one, Archive.open(tmp_path / "b", store=address) as two:
        assert two.list() == []
        add(one, *files[:10])
        assert two.search(sentence(5)).hits[0].text == sentence(5)
        add(two, *files[10:])
        assert one.search(sentence(70)).hits[0].text == sentence(70)
        gone = one.search(sentence(5)).hits[0].report
        one.remove(gone)
        assert gone not in {hit.report for hit in two.search(sentence(5)).hits}
        kept = two.search(sentence(80)).hits[0]
        two.label(kept.id, kind="none", by="李四")
        assert kept.id not in {hit.id for hit in one.search(sentence(80)).hits}
        assert (one.verify(), two.verify()) == ([], [])
        with Archive.open(tmp_path / "c", store=address) as three:  # comes late and makes its own index at once
            assert three.info()["generation"] == 1
            assert three.search(sentence(70)).hits[0].text == sentence(70)
            assert plain(three.search("业务不熟练").hits) == plain(one.search("业务不熟练").hits)
    with Archive.open(tmp_path / "a") as later:  # the folder decides
        assert len(later.list()) == 29
        assert later.info()["store"] == address


def test_a_model_changed_on_one_machine_is_taken_up_by_the_other(address: str, tmp_path: Path):
    with Archive.open(tmp_path / "a", store=address) as one, Archive.open(tmp_path / "b", store=address) as two:
        add(one, *fill(tmp_path / "in", 30))
        two.rebuild()
        assert two.info()["generation"] == 1
        one.rebuild(model="another")
        assert two.search(sentence(5)).hits[0].text == sentence(5)
        assert (two.info()["model"], two.info()["pending"]) == ("another", 0)
        assert two.verify() == []


def test_one_writer_at_a_time_over_all_machines(address: str, tmp_path: Path):
    inside, leave = threading.Event(), threading.Event()

    def slow(path: Path):
        inside.set()
        leave.wait(20)
        return read_json_report(path)

    files = fill(tmp_path / "in", 2)
    with (
        Archive.open(tmp_path / "a", store=address) as one,
        Archive.open(tmp_path / "b", store=address, lock_timeout=0.3) as two,
    ):
        thread = threading.Thread(target=lambda: one.add([files[0]], parser=HereParser(slow)))
        thread.start()
        assert inside.wait(20)
        with pytest.raises(ArchiveBusy, match="另一台机器正在写入"):
            add(two, files[1])
        assert two.list() == []  # readers are never kept waiting
        leave.set()
        thread.join()
        assert [result.outcome for result in add(two, files[1])] == ["added"]
        assert len(one.list()) == 2


def test_machines_that_open_a_new_store_at_once_lay_it_once(address: str, tmp_path: Path):
    opened: list[Archive] = []
    errors: list[BaseException] = []

    def go(name: str) -> None:
        try:
            opened.append(Archive.open(tmp_path / name, store=address))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=go, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len({archive.store.meta("archive") for archive in opened}) == 1
    for archive in opened:
        archive.close()


def test_a_reader_sees_one_state_within_a_snapshot(address: str, tmp_path: Path):
    files = fill(tmp_path / "in", 2)
    with Archive.open(tmp_path / "a", store=address) as one, Archive.open(tmp_path / "b", store=address) as two:
        add(one, files[0])
        with two.store.snapshot():
            before = two.store.counts()
            add(one, files[1])
            assert two.store.counts() == before
        assert two.store.counts()["reports"] == 2


def test_two_archives_in_one_database_do_not_meet(running: Server, tmp_path: Path):
    name = f"x{abs(hash(str(tmp_path))):x}"
    with (
        Archive.open(tmp_path / "a", store=running.address(name + "a")) as one,
        Archive.open(tmp_path / "b", store=running.address(name + "b")) as two,
        two._writing(),
    ):
        add(one, *fill(tmp_path / "in", 2))
        assert (len(one.list()), len(two.list())) == (2, 0)


# -- what may happen ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_writer_that_is_killed_loses_nothing_and_lets_go(address: str, tmp_path: Path):
    rng = random.Random(20_26)
    book, began, acts = Book(), time.monotonic(), 0
    Archive.open(tmp_path / "archive", store=address).close()
    Archive.open(tmp_path / "second", store=address).close()
    for seed in range(ROUNDS):
        acts += run_and_kill(
            book, tmp_path / ("archive", "second")[seed % 2], tmp_path / "in", seed, rng.uniform(0.1, 1.5)
        )
        check(book, tmp_path / ("second", "archive")[seed % 2])
        assert verify(tmp_path / ("archive", "second")[seed % 2]) == []
        if time.monotonic() - began > SECONDS:
            break
    assert acts > 5


def test_killed_within_a_transaction_nothing_of_it_is_there(address: str, tmp_path: Path):
    code = (
        "import os, signal, sys; from pathlib import Path; from archive_tools import make_report\n"
        "from index.archive import Archive; from index.writes import put_report\n"
        "a = Archive.open(sys.argv[1])\n"
        "with a.store.writing(5.0), a.store.transaction() as tx:\n"
        "    put_report(tx, make_report('x', problems=[('甲。', [])]), 'k', '1')\n"
        "    assert tx.run('SELECT count(*) FROM reports') == [(1,)]\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with Archive.open(tmp_path / "a", store=address) as archive:
        done = subprocess.run([sys.executable, "-c", code, tmp_path / "a"], env=environment(), check=False, timeout=60)
        assert done.returncode == -signal.SIGKILL
        assert (archive.list(), archive.store.sequence(), archive.verify()) == ([], 0, [])
        assert [result.outcome for result in add(archive, *fill(tmp_path / "in", 1))] == ["added"]


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that a test may stop."""
    made = Server(server().programs)
    yield made
    made.end()


def test_a_server_that_goes_is_told_in_one_line_and_what_was_committed_stays(own_server: Server, tmp_path: Path):
    files = fill(tmp_path / "in", 8)
    done: list[str] = []

    def stop(result: Any, number: int, _total: int) -> None:
        done.append(result.report)
        if number == 4:
            own_server.stop("immediate")

    address = own_server.address("s")
    with Archive.open(tmp_path / "a", store=address) as archive:
        with pytest.raises(StoreError, match="数据库") as told:
            archive.add(files, parser=HereParser(read_json_report), progress=stop)
        assert str(told.value).startswith(address)
        assert "\n" not in str(told.value)
        with pytest.raises(StoreError, match=r"连接不上数据库|停止或正在启动"):
            archive.list()
        with pytest.raises(StoreError, match="连接不上数据库"):
            Archive.open(tmp_path / "a")
        own_server.start()
        assert [row.id for row in archive.list()] == sorted(done, key=[r.id for r in archive.list()].index)
        assert len(archive.list()) == len(done) == 4
        assert {r.outcome for r in add(archive, *files)} == {"skipped", "added"}
        assert len(archive.list()) == 8
        assert archive.verify() == []


def test_a_writer_whose_connection_is_cut_cannot_go_on(address: str, tmp_path: Path):
    with Archive.open(tmp_path / "a", store=address) as one, Archive.open(tmp_path / "b", store=address) as two:
        files = fill(tmp_path / "in", 3)
        cut = "SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted"

        def ended(_result: Any, number: int, _total: int) -> None:
            if number == 1:
                assert two.store.query(cut) == [(True,)]
                add(two, files[2])  # another writer has the right at once

        with pytest.raises(StoreError, match=r"连接断开|停止"):
            one.add(files[:2], parser=HereParser(read_json_report), progress=ended)
        assert len(one.list()) == 2
        assert (one.verify(), two.verify()) == ([], [])


def test_a_store_of_an_older_version_is_brought_up_with_a_copy_beside(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    Archive.open(tmp_path / "a", store=address).close()

    def step(connection: Any) -> None:
        connection.execute("ALTER TABLE reports ADD COLUMN remark TEXT")
        connection.execute("INSERT INTO models(id, name, dimension, segmenter, fingerprint) VALUES (7, 'x', 1, '', '')")

    last = len(migrations.STEPS)
    with Archive.open(tmp_path / "a") as archive:
        add(archive, *fill(tmp_path / "in", 3))
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, ("remark", step)))
    with Archive.open(tmp_path / "a") as archive:
        schema = read_address(address).schema
        assert len(archive.list()) == 3
        assert archive.verify() == []
        kept = archive.store.query(f'SELECT count(*) FROM "{schema}_version_{last}".reports')
        assert kept == [(3,)]
        assert archive.store.query(f'SELECT max(number) FROM "{schema}_version_{last}".migrations') == [(last,)]
        with archive.store.writing(), archive.store.transaction() as tx:
            again = "INSERT INTO models(name, dimension, segmenter, fingerprint) VALUES ('y', 1, '', '') RETURNING id"
            assert tx.insert(again, ()) > 7, "numbering goes on after what a step wrote"


def test_a_user_who_may_only_read_reads(running: Server, address: str, tmp_path: Path):
    import psycopg

    schema = read_address(address).schema
    with Archive.open(tmp_path / "a", store=address) as archive:
        add(archive, *fill(tmp_path / "in", 20))
    with psycopg.connect(address.partition("?")[0], autocommit=True) as admin:
        name = f"guest_{schema}"
        admin.execute(f"CREATE ROLE {name} LOGIN")
        admin.execute(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
        admin.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {name}")
    with Archive.open(tmp_path / "b", store=address.replace("mingjian@", f"{name}@")) as guest:
        assert guest.info()["read_only"]
        assert guest.info()["generation"] == 1
        assert guest.search(sentence(5)).hits[0].text == sentence(5)
        with pytest.raises(StoreError, match="只读"):
            guest.remove(guest.list()[0].id)
        assert guest.verify() == []
    with pytest.raises(StoreError, match="没有所需的权限"):
        Archive.open(tmp_path / "c", store=running.address("forbidden").replace("mingjian@", f"{name}@"))


# -- addresses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ['a"b', "a'; DROP SCHEMA public CASCADE; --", "浙江 2021", "%s", "$1", "A.b", "a\\b", "x=y", "Ünïcode", "a?b#c"],
)
def test_odd_names_of_schemas_stay_names(running: Server, tmp_path: Path, name: str):
    from urllib.parse import quote

    address = running.address(quote(name, safe=""))
    with Archive.open(tmp_path / "a", store=address) as archive:
        add(archive, *fill(tmp_path / "in", 1))
        assert archive.store.query("SELECT current_schema()") == [(name,)]
        assert archive.verify() == []
    with Archive.open(tmp_path / "a") as archive:
        assert len(archive.list()) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("postgresql://u:geheim@h/db", "不能写密码"),
        ("postgresql://u:@h/db", "不能写密码"),
        ("mysql://u@h/db", "看不懂"),
        ("postgresql://u@h", "看不懂"),
        ("postgresql://u@h:port/db", "看不懂"),
        ("postgresql://u@h/db?password=geheim", "不认识"),
        ("postgresql://u@h/db?options=-csearch_path=x", "不认识"),
        ("postgresql://u@h/db?service=x", "不认识"),
        ("postgresql://u@h/db?schema=pg_catalog", "不能用"),
        ("postgresql://u@h/db?schema=", "不能用"),
        ("postgresql://u@h/db?schema=" + "a" * 49, "太长"),
        ("postgresql://u@h/d%00b", "不能用的字符"),
        ("postgresql://u@h/d%0Ab", "不能用的字符"),
        ("archive", "看不懂"),
        ("", "看不懂"),
    ],
)
def test_an_address_that_is_none_is_told_in_one_line_without_its_password(given: str, words: str):
    with pytest.raises(StoreError, match=words) as told:
        read_address(given)
    assert "\n" not in str(told.value)
    assert "geheim" not in str(told.value)


@pytest.mark.parametrize(
    "given",
    [
        "postgresql://u@h:6432/db",
        "postgresql:///db",
        "postgresql://u@[::1]/db?schema=x",
        "postgresql://u%40v@%2FTmp%2FSockets/d%2Fb?schema=%E6%B5%99&sslmode=require",
    ],
)
def test_an_address_is_written_as_it_was_read(given: str):
    address = read_address(given)
    assert address.text() == given
    assert read_address(address.text()) == address


def test_what_cannot_be_reached_is_told_in_one_line(running: Server, tmp_path: Path):
    for given, words in {
        "postgresql://u@127.0.0.1:1/db": "连接不上数据库",
        "postgresql://u@no.such.host.invalid/db?connect_timeout=3": "连接不上数据库",
        running.address("s").replace("/postgres?", "/nothing?"): "没有这个数据库",
        running.address("s").replace("mingjian@", "nobody@"): "用户名或密码",
    }.items():
        with pytest.raises(StoreError, match=words) as told:
            Archive.open(tmp_path / "a", store=given)
        assert "\n" not in str(told.value)
        assert not (tmp_path / "a" / POINTER).exists()


def test_the_folder_decides_where_its_store_is(address: str, running: Server, tmp_path: Path):
    Archive.open(tmp_path / "lite").close()
    with pytest.raises(StoreError, match="另用一个空文件夹"):
        Archive.open(tmp_path / "lite", store=address)
    Archive.open(tmp_path / "post", store=address).close()
    Archive.open(tmp_path / "post", store=address).close()
    with pytest.raises(StoreError, match="不能换成"):
        Archive.open(tmp_path / "post", store=running.address("elsewhere"))
    assert not (tmp_path / "post" / "store.sqlite3").exists()
    pointer = read_pointer(tmp_path / "post")
    assert pointer is not None
    write_pointer(tmp_path / "post", Pointer(read_address(running.address("empty")), pointer.id))
    with pytest.raises(StoreError, match="没有存档"):
        Archive.open(tmp_path / "post")
    assert verify(tmp_path / "post") != []
    Archive.open(tmp_path / "other", store=running.address("other_" + pointer.id)).close()
    write_pointer(tmp_path / "post", Pointer(read_address(running.address("other_" + pointer.id)), pointer.id))
    with pytest.raises(StoreError, match="不是同一个"):
        Archive.open(tmp_path / "post")
    (tmp_path / "post" / POINTER).write_text("store = 3", encoding="utf-8")
    with pytest.raises(StoreError, match="无法读取"):
        Archive.open(tmp_path / "post")


def test_without_the_extra_the_command_that_installs_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "index.stores.postgres", raising=False)
    with pytest.raises(MissingExtra, match=r"pip install 'mingjian\[postgres\]'"):
        engine_of(tmp_path, "postgresql://u@h/db")


def test_psycopg_is_loaded_only_where_it_is_asked_for(tmp_path: Path):
    code = "import sys; from index import Archive; Archive.open(sys.argv[1]).close(); print('psycopg' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "a"], capture_output=True, text=True, env=environment(), check=True
    )
    assert done.stdout.strip() == "False"


# -- moving ---------------------------------------------------------------------------------------------------


def test_an_archive_moves_into_postgresql_with_everything(address: str, tmp_path: Path):
    with Archive.open(tmp_path / "a") as archive:
        work(archive, tmp_path / "in")
        (tmp_path / "out").mkdir()
        before = answers(archive, tmp_path / "out")
        generation = archive.info()["generation"]
    move(tmp_path / "a", address)
    with Archive.open(tmp_path / "a") as archive:
        assert archive.info()["store"] == address
        assert archive.info()["generation"] == generation, "the indexes stay as they are"
        assert archive.verify() == []
        same(before, answers(archive, tmp_path / "out"))
        assert [r.outcome for r in add(archive, *fill(tmp_path / "more", 2, start=300))] == ["added"] * 2
        assert archive.verify() == []
    with pytest.raises(StoreError, match="可以移到数据库"):
        move(tmp_path / "a", address)
    Archive.open(tmp_path / "b").close()
    with pytest.raises(StoreError, match="已有一个存档"):
        move(tmp_path / "b", address)


def test_a_move_that_was_broken_off_is_begun_again(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with Archive.open(tmp_path / "a") as archive:
        add(archive, *fill(tmp_path / "in", 4))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("pour", "remember"):
        with monkeypatch.context() as patch:
            patch.setattr(f"index.stores.moving.{name}", stop)
            with pytest.raises(KeyboardInterrupt):
                move(tmp_path / "a", address)
        with Archive.open(tmp_path / "a") as archive:
            assert archive.info()["store"] == "store.sqlite3"
            assert (len(archive.list()), archive.verify()) == (4, [])
    move(tmp_path / "a", address)
    with Archive.open(tmp_path / "a") as archive:
        assert (len(archive.list()), archive.info()["store"]) == (4, address)
        assert archive.verify() == []


def test_every_table_is_moved(address: str, tmp_path: Path):
    with Archive.open(tmp_path / "a", store=address) as archive:
        sql = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"
        assert {name for (name,) in archive.store.query(sql)} == {*TABLES, "meta", "migrations"}


def test_a_backup_of_an_archive_in_postgresql_is_restored_anywhere(address: str, tmp_path: Path):
    with Archive.open(tmp_path / "a", store=address) as archive:
        work(archive, tmp_path / "in")
        (tmp_path / "out").mkdir()
        archive.rebuild()  # as a restored one is
        before = answers(archive, tmp_path / "out")
        made = archive.backup(tmp_path / "copy.zip")
        assert made.problems == ()
    found, problems = Archive.restore(tmp_path / "copy.zip", tmp_path / "b")
    assert (found.counts["reports"], problems) == (before["counts"][0]["reports"], [])
    with Archive.open(tmp_path / "b") as archive:
        assert archive.info()["store"] == "store.sqlite3"
        assert archive.verify() == []
        same(before, answers(archive, tmp_path / "out"))


# -- the command ----------------------------------------------------------------------------------------------


def test_the_commands_work_on_an_archive_in_postgresql(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from ui.cli import app

    monkeypatch.undo()  # the real model
    sample = sorted((HERE.parent / "corpora" / "sample" / "reports").rglob("*.txt"))[:4]

    def run(*arguments: object) -> str:
        done = CliRunner().invoke(app, [*map(str, arguments), "--archive", str(tmp_path / "a")])
        assert done.exit_code == 0, done.output + str(done.exception)
        return done.stdout

    assert "新增 4 份" in run("add", *sample, "--store", address)
    assert "未变 4 份" in run("add", *sample)
    found = json.loads(run("info", "--json"))
    assert (found["counts"]["reports"], found["store"]) == (4, address)
    assert json.loads(run("search", "工作人员", "--json"))["query"] == "工作人员"
    run("rebuild")
    assert "档案完好" in run("verify")
    report = json.loads(run("list", "--json"))[0]["id"]
    run("remove", report)
    assert json.loads(run("info", "--json"))["counts"]["reports"] == 3


def test_a_read_of_a_changed_value_is_noticed(address: str, tmp_path: Path):
    with Archive.open(tmp_path / "a", store=address) as archive:
        add(archive, *fill(tmp_path / "in", 3))
        assert archive.verify() == []
        with archive.store.writing(), archive.store.transaction() as tx:
            tx.run("UPDATE statements SET text = ? WHERE row = 2", ("改过的话",))
        assert any("校验和不符" in line for line in archive.verify())


def test_stores_open_through_connections_of_their_own(address: str, tmp_path: Path):
    with Archive.open(tmp_path / "a", store=address) as archive, closing(archive.store.again()) as other:
        assert isinstance(other, Store)
        add(archive, *fill(tmp_path / "in", 1))
        assert other.counts() == archive.store.counts()
        assert (
            other.statements(Filter(kind=("problem",)), limit=2)
            == archive.store.statements(Filter(kind=("problem",)))[:2]
        )


# -- the common SQL -------------------------------------------------------------------------------------------

FOREIGN = (  # what one of the two does not know, and what both know instead
    (r"INSERT OR", "ON CONFLICT"),
    (r"\bsum\([^)]*[=<>]", "count(*) FILTER (WHERE …)"),
    (
        r"\b(?:ifnull|group_concat|iif|total|strftime|julianday|printf|zeroblob|hex|unicode|glob)\(",
        "a function of both",
    ),
    (r"\b(?:rowid|sqlite_master|GLOB|REGEXP|PRAGMA)\b", "nothing of one engine"),
    (r"json_extract|->>|::\w", "Python"),
    (r"ORDER BY r\.(?:province|city|county|agency)(?:,|$| )(?!NULLS)", "NULLS FIRST"),
)


def test_the_house_writes_sql_that_both_databases_know():
    found = []
    for path in sorted((HERE.parent / "index").rglob("*.py")):
        if "stores" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = ""
            if isinstance(node, ast.JoinedStr):
                parts = [one.value if isinstance(one, ast.Constant) else "{}" for one in node.values]
                text = "".join(map(str, parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            if re.match(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|FROM|WHERE|AND|ORDER BY)\b", text):
                found += [
                    f"{path.name}:{node.lineno}: {bad} (write {good})" for bad, good in FOREIGN if re.search(bad, text)
                ]
    assert found == []
