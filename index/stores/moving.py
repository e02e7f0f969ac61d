"""Copying everything that a store holds into another database: an archive moves into PostgreSQL, or is backed up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.locking import WriteLock
from index.settings import LOCK_TIMEOUT
from index.store import NAME, Store
from index.stores.address import read_address, read_pointer
from index.stores.base import StoreError
from index.stores.choose import MOVED, PLAIN, engine_at, mark_of, remember
from index.stores.snapshot import copy_store
from index.stores.sqlite import mark_of as mark_of_copy
from index.writes import rename_file, unlink_file

# Table → the number by which its rows are taken in parts, "" where it has none. What others refer to goes first.
TABLES = {
    **{"models": "id", "reports": "row", "documents": "report", "statements": "row", "corrections": "id"},
    **{"labels": "statement", "stated": "report", "pairs": "problem", "figures": "report", "checks": "report"},
    **{"warnings": "report", "files": "", "vectors": "id", "applied": "correction", "originals": "statement"},
    **{"moved": "row", "removed": "row"},
}
OWN = "archive"  # of ``meta``: a store's name for itself
AT_ONCE = 2_000  # rows, by the number in the first column


def pour(source: Store, target: Store) -> None:
    """Copy all rows, as they are at one moment, into a new store; all of them or none. Checksums go along.

    Raises:
        StoreError: the target holds something already, the disk is full, …
    """
    if target.sequence() or target.counts()["reports"]:
        raise StoreError(f"{target.engine.place()}：里面已有一个存档，请另取一个模式名（?schema=名称）")
    with source.snapshot(), target.writing(), target.transaction() as tx:
        for key, value in source.query("SELECT key, value FROM meta WHERE key <> ? ORDER BY key", (OWN,)):
            tx.set_meta(key, value)
        for table in TABLES:
            for rows in _parts(source, table):
                marks = ", ".join("?" * len(rows[0]))
                tx.many(f"INSERT INTO {table} VALUES ({marks})", rows)
            count = f"SELECT count(*) FROM {table}"
            if source.query(count) != tx.run(count):
                raise StoreError(f"{target.engine.place()}：{table} 没有全部写入，未作改动")
        tx.settle(target.engine)


def _parts(source: Store, table: str) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a table, in parts."""
    first = TABLES[table]
    if not first:
        rows = source.query(f"SELECT * FROM {table} ORDER BY 1")
        yield from (rows[at : at + AT_ONCE] for at in range(0, len(rows), AT_ONCE))
        return
    low, high = source.query(f"SELECT coalesce(min({first}), 0), coalesce(max({first}), -1) FROM {table}")[0]
    for at in range(int(low), int(high) + 1, AT_ONCE):
        rows = source.query(f"SELECT * FROM {table} WHERE {first} >= ? AND {first} < ?", (at, at + AT_ONCE))
        if rows:
            yield rows


def copy_of(store: Store, target: Path) -> None:
    """Copy a store, wherever it lies, into a new SQLite file as it is at this moment.

    Raises:
        StoreError: the disk is full, the connection is lost, …
    """
    if store.engine.file is not None:
        copy_store(store.engine.file, target)
        return
    made = Store(target)
    try:
        pour(store, made)
        with made.writing():
            _name_plainly(made, store)
            made.checkpoint()
    finally:
        made.close()


def _name_plainly(made: Store, source: Store) -> None:
    """In a store of its own a folder's files are named by their paths alone; those of others stay as they are."""
    pointer = read_pointer(source.path.parent)
    if pointer is None or not pointer.front:
        return
    front = pointer.front
    with made.transaction() as tx:
        rows = tx.run(
            "SELECT f.path, o.report = f.report FROM files f LEFT JOIN files o ON o.path = substr(f.path, ?)"
            " WHERE substr(f.path, 1, ?) = ?",
            (len(front) + 1, len(front), front),
        )
        for name, same in rows:
            if same is None:
                rename_file(tx, name, name.removeprefix(front))
            elif same:  # it has that name already
                unlink_file(tx, name)


def move(folder: Path, address: str) -> None:
    """Move an archive's store out of its folder into PostgreSQL; the indexes stay as they are.

    The last step is a rename: until then ``store.sqlite3`` is the truth, from then on the database. The file is kept
    as ``store.sqlite3.moved``. What was broken off may be begun again.

    Raises:
        StoreError: there is no such archive, the address is none or holds another archive.
        ArchiveBusy: another process writes.
    """
    wanted = read_address(address)
    if mark_of(folder) != folder / NAME:
        raise StoreError(f"{folder}：只有数据在 {NAME} 里的存档可以移到数据库")
    with WriteLock(folder).held(LOCK_TIMEOUT):
        source = Store(folder / NAME, create=False)
        try:
            engine = engine_at(folder, wanted)
            target = Store(engine.path, engine=engine)
            try:
                if not _same(source, target):
                    pour(source, target)
                with source.writing():
                    alone = source.checkpoint()
                with target.writing(), target.transaction() as tx:
                    tx.set_meta(PLAIN, "1")
                    if alone:  # else who reads it now folds more into the file when he ends
                        tx.note_kept(MOVED, mark_of_copy(folder / NAME))
            finally:
                target.close()
            remember(folder, engine, "")  # its files keep their names
        finally:
            source.close()
        (folder / NAME).replace(folder / MOVED)


def _same(source: Store, target: Store) -> bool:
    """Whether an earlier run got as far as this."""
    sums = "SELECT id, checksum FROM reports ORDER BY id"
    numbered = source.sequence() > 0 and source.sequence() == target.sequence()
    return numbered and source.counts() == target.counts() and source.query(sums) == target.query(sums)
