"""Copying a store's file at one moment, and looking into a file from elsewhere before it is trusted."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from index.stores.base import explain
from index.stores.sqlite import SqliteEngine


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
    """What a store never holds and what could run by itself in one: triggers, views, virtual tables.

    Raises:
        StoreError: the file is no SQLite file.
    """
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            rows = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    except sqlite3.Error as error:
        raise explain(error, path) from error
    plain = ("table", "index")
    return [f"{kind} {name}" for kind, name, sql in rows if kind not in plain or "VIRTUAL" in sql.upper().split()]
