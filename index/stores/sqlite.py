"""SQLite: the store of one machine, one file in the archive's folder (WAL: a reader never waits for a writer)."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from index.manifest import mark_file, sync_folder
from index.migrations import migrate, pending
from index.settings import BUSY_TIMEOUT, EMPTY_TIMEOUT, LOGGED, PAGES_CACHED, PAGES_WRITING
from index.stores.base import DENIED, FULL, Connection, Engine, Query, StoreError, explain, no_room

NAME = "store.sqlite3"
KEPT = "kept:"  # of ``meta``, before a file's name: size and checksum of a copy that was kept, one or several


class SqliteConnection(sqlite3.Connection):
    """A connection in autocommit mode (``isolation_level=None``)."""

    brief = False

    def begin(self, *, write: bool) -> None:
        """Begin a transaction; one that writes waits for the other writer here."""
        self.execute("BEGIN IMMEDIATE" if write else "BEGIN")

    def commit(self) -> None:
        """Make it last; flushed to the disk, where anything was changed."""
        self.execute("COMMIT")

    def rollback(self) -> None:
        """Undo the transaction, where one is open still (a full disk ends it by itself)."""
        if self.in_transaction:
            self.execute("ROLLBACK")

    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""
        sql = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
        return bool(self.execute(sql, (name,)).fetchone()[0])


class SqliteEngine(Engine):
    """One file."""

    errors = (sqlite3.Error,)
    packs = True

    def __init__(self, path: Path) -> None:
        self.path = self.file = path
        self.name = path.name
        self._kept: dict[str, str] = {}  # what is to be remembered of copies, with the step that they come before

    def again(self) -> SqliteEngine:
        """The same file."""
        return SqliteEngine(self.path)

    def place(self) -> str:
        """The file's name."""
        return self.name

    def exists(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def explain(self, error: BaseException) -> StoreError:
        """One Chinese line."""
        return explain(error, self.path)

    def broken(self, connection: Connection) -> bool:
        """A file does not go away by itself."""
        del connection
        return False

    # -- connections ------------------------------------------------------------------------------------

    def reader(self) -> SqliteConnection:
        """Open, create or upgrade the file."""
        try:
            connection = self._connect("rwc")
            if pending(connection, self.name):
                connection.execute("PRAGMA journal_mode = WAL")
                migrate(connection, self)
            # A statement that touches the WAL, so that a folder without write permission shows itself here.
            connection.execute("SELECT value FROM meta WHERE key = 'sequence'").fetchone()
            self.read_only = self.passing = False
        except sqlite3.OperationalError:
            if not self.path.exists():
                raise
            connection = self._read_only()
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _read_only(self) -> SqliteConnection:
        """Of a folder that nobody can write: no WAL can be there, so the file is taken as it stands.

        Where it could be written the reason passes (a full disk, two that open it at one moment), and others may write.
        """
        full = no_room(self.path.parent)
        self.read_only, self.passing = True, full or _writable(self.path)
        wal = self.path.with_name(self.path.name + "-wal")
        mode = "ro" if wal.exists() and wal.stat().st_size else "ro&immutable=1"
        connection = self._connect(mode)
        connection.brief = self.passing
        if pending(connection, self.name):
            connection.close()
            raise StoreError(f"{self.path}：{FULL if full else '存档需要升级，但文件夹不可写'}")
        return connection

    def _connect(self, mode: str) -> SqliteConnection:
        uri = f"file:{quote(str(self.path.absolute()))}?mode={mode}"
        connection = sqlite3.connect(
            uri,
            uri=True,
            timeout=BUSY_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
            factory=SqliteConnection,
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA cache_size = -{PAGES_CACHED}")
        return connection

    def writer(self, timeout: float) -> SqliteConnection:
        """The connection that writes; the lock file has made sure that it is the only one."""
        del timeout
        if self.read_only and (not self.passing or no_room(self.path.parent)):
            raise StoreError(f"{self.path}：{FULL if self.passing else DENIED}")
        connection = self._connect("rw")
        connection.execute(f"PRAGMA cache_size = -{PAGES_WRITING}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOGGED}")
        return connection

    def upgraded(self, connection: Connection) -> None:
        """Remember the copy from before: nothing else tells whether it is still what it was.

        Rows number themselves by what is in the table.
        """
        for name, mark in self._kept.items():
            note_kept(connection, name, mark)

    # -- the file ---------------------------------------------------------------------------------------

    def checkpoint(self, writer: Connection) -> bool:
        """Fold the write-ahead log into the file; False where a reader keeps it from being emptied.

        Some readers take a minute (a brief of a large archive): nobody who writes waits for them.
        """
        writer.execute(f"PRAGMA busy_timeout = {1000 * EMPTY_TIMEOUT:.0f}")
        try:
            return not writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            writer.execute(f"PRAGMA busy_timeout = {1000 * BUSY_TIMEOUT:.0f}")

    def integrity(self, query: Query) -> list[str]:
        """What SQLite's own check of the file's structure finds."""
        try:
            rows = query("PRAGMA integrity_check(20)")
            rows += [(f"外键失效：{row}",) for row in query("PRAGMA foreign_key_check")]
        except StoreError as error:
            return [str(error)]
        lines = [line for row in rows for line in str(row[0]).splitlines() if line != "ok"]
        return [f"{self.name}：结构检查：{line}" for line in lines]

    def keep(self, connection: Connection, version: int) -> None:
        """A copy beside the file, ``store.sqlite3.version-1``: whole under that name or not there at all.

        ``connection`` is in a transaction that keeps others from writing.
        """
        del connection
        self._kept.clear()
        kept = self.path.with_name(f"{self.name}.version-{version}")
        beside = kept.with_name(kept.name + ".new")
        try:
            with closing(self._connect("ro")) as source:
                if kept.exists() and _last_change(kept) == _sequence(source):
                    self._kept[kept.name] = mark_of(kept)
                    return  # made by an upgrade that did not get further
                beside.unlink(missing_ok=True)  # what a crash left half
                with closing(sqlite3.connect(beside)) as copy:
                    source.backup(copy)
                    copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
            _flush(beside)
            beside.replace(kept)
            sync_folder(kept.parent)
            self._kept[kept.name] = mark_of(kept)
        except (sqlite3.Error, OSError) as error:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            cause = str(explain(error, kept))
            raise StoreError(f"{self.path}：升级前的备份没有做成，存档未改动（{cause}）") from error


def _writable(path: Path) -> bool:
    """Whether this process has the right to write a file and beside it."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def mark_of(path: Path) -> str:
    """Size and checksum of a copy, as ``meta`` keeps it."""
    mark = mark_file(path)
    return f"{mark.bytes} {mark.blake2b}"


def note_kept(connection: Connection, name: str, mark: str) -> None:
    """Remember a copy; of one name several archives of the same database may have one each."""
    found = connection.execute("SELECT value FROM meta WHERE key = ?", (KEPT + name,)).fetchone()
    known = found[0].split(";") if found else []
    told = ";".join([*(one for one in known if one != mark), mark])
    sql = "INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value"
    connection.execute(sql, (KEPT + name, told))


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sequence(connection: sqlite3.Connection) -> str:
    return str(connection.execute("SELECT value FROM meta WHERE key = 'sequence'").fetchone()[0])


def _last_change(path: Path) -> str | None:
    """The number of the last change in a copy; None where it cannot be read."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as copy:
            return _sequence(copy)
    except (sqlite3.Error, TypeError):
        return None
