"""The truth of an archive: one SQLite file. What is inside: :mod:`index.migrations`; how to read it:
:mod:`index.reads`, whose methods :class:`Store` has.

Reading goes through one connection behind a lock (WAL: a reader never waits for a writer); writing through a
second one, inside :meth:`Store.writing`, one transaction a report, flushed to the disk before it is
acknowledged.
"""

from __future__ import annotations

import errno
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from index.migrations import migrate, pending
from index.reads import Reads
from index.settings import BUSY_TIMEOUT
from nlp.errors import MingjianError

NAME = "store.sqlite3"


class StoreError(MingjianError):
    """The store cannot be read or written; the message says why."""


def explain(error: BaseException, path: Path) -> StoreError:
    """The one Chinese line for what SQLite or the operating system reports."""
    text = str(error)
    lower = text.lower()
    number = getattr(error, "errno", None)
    if number == errno.ENOSPC or "disk is full" in lower:
        cause = "磁盘已满，未写入的报告没有进入存档，请腾出空间后重新运行"
    elif number in (errno.EACCES, errno.EPERM, errno.EROFS) or "readonly" in lower or "unable to open" in lower:
        cause = "没有读写权限，请检查文件夹权限"
    elif "locked" in lower or "busy" in lower:
        cause = "存档正被另一个进程占用，请稍后再试"
    elif "malformed" in lower or "not a database" in lower or "corrupt" in lower:
        cause = "存档数据文件已损坏，请从备份恢复"
    elif "disk i/o" in lower:
        cause = "磁盘读写出错，请检查磁盘"
    else:
        cause = f"存档读写出错（{text}）"
    return StoreError(f"{path}：{cause}")


class Store(Reads):
    """An open store.

    Attributes:
        path: the SQLite file.
        read_only: it was opened from a folder that cannot be written.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open, create or upgrade the file.

        Raises:
            StoreError: it cannot be opened, is damaged, or is absent and not to be created.
        """
        self.path = path
        self.read_only = False
        self._lock = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        self._closed = False
        self._in_snapshot = False
        if not create and not path.exists():
            raise StoreError(f"{path.parent}：这里没有存档，请先运行 mingjian add")
        with self._explained():
            self._reader = self._open()

    # -- connections ------------------------------------------------------------------------------------

    def _open(self) -> sqlite3.Connection:
        try:
            connection = self._connect("rwc")
            if pending(connection, self.path.name):
                self._upgrade(connection)
            # A statement that touches the WAL, so that a folder without write permission shows itself here.
            connection.execute("SELECT value FROM meta WHERE key = 'sequence'").fetchone()
        except sqlite3.OperationalError:
            if not self.path.exists():
                raise
            connection = self._open_read_only()
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection, self.path.name)

    def _open_read_only(self) -> sqlite3.Connection:
        """Of a folder that nobody can write: no WAL can be there, so the file is taken as it stands."""
        self.read_only = True
        wal = self.path.with_name(self.path.name + "-wal")
        mode = "ro" if wal.exists() and wal.stat().st_size else "ro&immutable=1"
        connection = self._connect(mode)
        if pending(connection, self.path.name):
            connection.close()
            raise StoreError(f"{self.path}：存档需要升级，但文件夹不可写")
        return connection

    def _connect(self, mode: str) -> sqlite3.Connection:
        uri = f"file:{quote(str(self.path.absolute()))}?mode={mode}"
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def close(self) -> None:
        """Let go of the file; twice is once."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._reader.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise explain(error, self.path) from error

    # -- reading ----------------------------------------------------------------------------------------

    def query(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one SELECT; safe from any thread.

        Raises:
            StoreError: the file is damaged or gone.
        """
        with self._explained(), self._lock:
            if self._closed:
                raise StoreError(f"{self.path}：存档已经关闭")
            return self._reader.execute(sql, params).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within it, every read of this thread sees the same state; other threads wait. May nest."""
        with self._lock:
            if self._in_snapshot:
                yield
                return
            with self._explained():
                self._reader.execute("BEGIN")
            self._in_snapshot = True
            try:
                yield
            finally:
                self._in_snapshot = False
                with suppress(sqlite3.Error):  # closed meanwhile, or rolled back by an error
                    self._reader.execute("COMMIT")

    # -- writing ----------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the connection that writes. The caller holds the archive's lock file.

        Raises:
            StoreError: the folder cannot be written.
        """
        if self.read_only:
            raise StoreError(f"{self.path}：没有读写权限，请检查文件夹权限")
        with self._explained():
            self._writer = self._connect("rw")
        try:
            yield
        finally:
            writer, self._writer = self._writer, None
            writer.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One change: all of it on the disk when the block ends, none of it where it raises.

        Raises:
            StoreError: the disk is full, the file is damaged, …
        """
        if self._writer is None:
            raise RuntimeError("transaction() outside writing()")
        with self._explained():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._writer)
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def checkpoint(self) -> bool:
        """Fold the write-ahead log into the file; False where a reader keeps it from being emptied."""
        if self._writer is None:
            raise RuntimeError("checkpoint() outside writing()")
        with self._explained():
            busy = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy

    def integrity(self) -> list[str]:
        """What SQLite's own check of the file's structure finds; empty where it is sound."""
        try:
            rows = self.query("PRAGMA integrity_check(20)")
            rows += [(f"外键失效：{row}",) for row in self.query("PRAGMA foreign_key_check")]
        except StoreError as error:
            return [str(error)]
        lines = [line for row in rows for line in str(row[0]).splitlines() if line != "ok"]
        return [f"{self.path.name}：结构检查：{line}" for line in lines]


class Transaction:
    """A transaction that is open: SQL in, rows out. The SQL of each change is in :mod:`index.writes`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._sequence: int | None = None

    def run(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement; the rows it gives."""
        return self._connection.execute(sql, params).fetchall()

    def insert(self, sql: str, params: Sequence[Any]) -> int:
        """Run one INSERT; the new row's number."""
        return int(self._connection.execute(sql, params).lastrowid or 0)

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        self._connection.executemany(sql, rows)

    def sequence(self) -> int:
        """The number of this change: one more than the last; the same within one transaction."""
        if self._sequence is None:
            self.run("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'sequence'")
            self._sequence = int(self.run("SELECT value FROM meta WHERE key = 'sequence'")[0][0])
        return self._sequence

    def set_meta(self, key: str, value: str) -> None:
        """Set a value of the ``meta`` table."""
        self.run(
            "INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
            (key, value),
        )
