"""Copying a store's file at one moment, and looking into a file from elsewhere before it is trusted."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from index.migrations import applied, build, pending
from index.stores.base import explain
from index.stores.sqlite import SqliteConnection, SqliteEngine

Entry = tuple[str, str, str, str]  # type, name, table, SQL


def copy_store(path: Path, target: Path) -> None:
    """Copy a store into a new file as it is at this moment (SQLite's online backup), while others read and write.

    The caller flushes the new file to the disk.

    Raises:
        StoreError: the disk is full, the file is damaged, …
    """
    try:
        with closing(SqliteEngine(path).reader()) as source, closing(sqlite3.connect(target)) as copy:
            copy.execute("PRAGMA synchronous = OFF")
            source.backup(copy)
    except (sqlite3.Error, OSError) as error:
        raise explain(error, target) from error


def odd_schema(path: Path) -> list[str]:
    """What sets a store's tables and indexes apart from those that its version has: nothing, in a store of ours.

    A trigger, a view or a virtual table could run by itself; a constraint of its own could let a later row take an
    earlier one's place.

    Raises:
        StoreError: the file is no SQLite file.
        MingjianError: a newer version wrote it.
    """
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True, factory=SqliteConnection)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            found = _schema(connection)
            ledger = [entry for entry in found if "migrations" in entry]
            if ledger != [entry for entry in _schema_of(1) if "migrations" in entry]:
                return ["table migrations"]  # which is not looked into, then
            pending(connection, path.name)
            expected = _schema_of(applied(connection))
    except sqlite3.Error as error:
        raise explain(error, path) from error
    odd = (Counter(found) - Counter(expected)) + (Counter(expected) - Counter(found))
    return sorted({f"{kind} {name}" for kind, name, _, _ in odd})


def _schema_of(version: int) -> list[Entry]:
    """What the steps up to a version make."""
    with closing(sqlite3.connect(":memory:", isolation_level=None, factory=SqliteConnection)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        build(connection, version)
        return _schema(connection)


def _schema(connection: sqlite3.Connection) -> list[Entry]:
    """What stands in a store, in the words it was made with, whatever the spaces between them."""
    rows = connection.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master").fetchall()
    return [(str(kind), str(name), str(table), " ".join(str(sql).split())) for kind, name, table, sql in rows]
