"""Several threads read one store of SQLite beside each other."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from index.archive import Archive
from index.settings import READERS
from index.store import Store, StoreError
from index.stores.base import Connection
from index.stores.sqlite import SqliteEngine


def test_readers_go_on_beside_a_long_snapshot(tmp_path: Path):
    """One thread within a snapshot keeps nobody waiting, and sees nothing of what others write meanwhile."""
    with Archive.open(tmp_path / "a") as archive:
        store = archive.store
        inside, over = threading.Event(), threading.Event()
        seen: list[str] = []

        def hold() -> None:
            with store.snapshot():
                seen.append(store.meta("note"))
                inside.set()
                assert over.wait(20)
                seen.append(store.meta("note"))

        holder = threading.Thread(target=hold)
        holder.start()
        assert inside.wait(20)
        with store.writing(), store.transaction() as tx:
            tx.set_meta("note", "later")
        assert store.meta("note") == "later"
        over.set()
        holder.join(20)
        assert seen == ["", ""]


def test_more_threads_than_readers(tmp_path: Path):
    with Archive.open(tmp_path / "a") as archive:
        with ThreadPoolExecutor(12) as threads:
            found = list(threads.map(lambda _: archive.store.sequence(), range(300)))
        assert set(found) == {archive.store.sequence()}
        assert archive.store._readers._open <= READERS
    with pytest.raises(StoreError, match="已经关闭"):
        archive.store.sequence()


def test_readers_stay_with_their_file(tmp_path: Path):
    """Where another store took its place, no reader of this one is opened on that."""
    with Archive.open(tmp_path / "a") as archive, Archive.open(tmp_path / "b"):
        store = archive.store
        store.path.rename(tmp_path / "a" / "elsewhere")
        shutil.copy(tmp_path / "b" / "store.sqlite3", store.path)
        with ThreadPoolExecutor(1) as threads:
            with store.snapshot():
                waiting = threads.submit(store.sequence)
                assert not wait([waiting], timeout=0.3).done, "it waits for the one reader that there is"
            assert waiting.result(20) == 0
        assert store._readers._open == 1


def test_a_table_comes_as_a_query_does(tmp_path: Path):
    with Archive.open(tmp_path / "a") as archive:
        odd = "SELECT '引“号”\n\\', NULL UNION ALL SELECT '', 'x'"
        sql = f"SELECT value AS v, key AS k FROM meta UNION ALL {odd} ORDER BY 1"
        assert [tuple(row) for row in archive.store.table("v, k", sql)] == archive.store.query(sql)
        assert archive.store.table("k", "SELECT key AS k FROM meta WHERE key = 'nothing'") == []


class _Failing(SqliteEngine):
    """A database that was away: its connection is lost, and another cannot be had while ``down``."""

    shared = True
    down = False
    lost: Connection | None = None

    def reader(self):  # type: ignore[no-untyped-def]
        if self.down:
            raise self.errors[0]("away")
        return super().reader()

    def broken(self, connection: Connection) -> bool:
        return connection is self.lost


def test_a_lost_connection_is_had_again_once_the_server_is_back(tmp_path: Path):
    engine = _Failing(tmp_path / "store.sqlite3")
    store = Store(engine.path, engine=engine)
    for _ in range(2):
        engine.lost, engine.down = store._readers._idle[0], True
        engine.lost.close()
        for _ in range(3):
            with pytest.raises(StoreError):
                store.sequence()
        engine.down = False
        assert store.sequence() == 0
    store.close()
