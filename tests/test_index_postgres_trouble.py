"""PostgreSQL as the store when things go wrong: kills, lost connections, upgrades, odd names, wrong addresses."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, fill, read_json_report, sentence
from postgres_tools import Server, environment, server
from test_index_crash import Book, check, run_and_kill

from index import archive as archive_module
from index import migrations
from index.archive import Archive
from index.parsing import HereParser
from index.store import StoreError
from index.stores.address import POINTER, Pointer, read_address, read_pointer, write_pointer
from index.stores.choose import engine_of
from index.verify import verify
from nlp.errors import MissingExtra

ROUNDS, SECONDS = 12, 40.0


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


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
