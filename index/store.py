"""The truth of an archive: one database. What is inside: :mod:`index.migrations`; how to read it:
:mod:`index.reads`, whose methods :class:`Store` has; where it may lie: :mod:`index.stores`.

Reading goes through a few connections (a reader never waits for a writer); writing through one of its own,
inside :meth:`Store.writing`, one transaction a report, on the disk before it is acknowledged.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from index.reads import Reads
from index.settings import LOCK_TIMEOUT
from index.stores.base import Connection, Engine, StoreError, explain
from index.stores.readers import Readers
from index.stores.sqlite import NAME, SqliteEngine, note_kept

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["NAME", "Store", "StoreError", "Transaction", "explain"]

T = TypeVar("T")
SESSION = "session:"  # of ``meta``, before the change after which a process began to write: a name for what it wrote


class _Own(threading.local):
    """The connection of a thread that is within a snapshot."""

    reader: Connection | None = None


class Store(Reads):
    """An open store.

    Attributes:
        engine: the database that it lies in.
        path: the file that it is known by in the archive's folder: the database itself, or the pointer to it.
    """

    def __init__(self, path: Path, *, create: bool = True, engine: Engine | None = None) -> None:
        """Open, create or upgrade it; a file of SQLite, unless an engine is given.

        Raises:
            StoreError: it cannot be opened, is damaged, or is absent and not to be created.
        """
        self.engine = engine or SqliteEngine(path)
        self.path = path
        self._writer: Connection | None = None
        self._session = False  # whether what is being written has its name
        self._own = _Own()
        with self._explained():
            if not create and not self.engine.exists():
                raise StoreError(f"{path.parent}：这里没有存档，请先运行 mingjian add")
            self._readers = Readers(self.engine)

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.engine.name

    @property
    def read_only(self) -> bool:
        """It cannot be changed: a folder without permission, a user without rights, a standby server."""
        return self.engine.read_only

    def again(self) -> Store:
        """The same store through a connection of its own; the caller closes it."""
        return Store(self.path, create=False, engine=self.engine.again())

    def close(self) -> None:
        """Let go of it; twice is once. What other threads are reading they read to its end."""
        self._readers.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        told: tuple[type[Exception], ...] = (*self.engine.errors, OSError)
        try:
            yield
        except told as error:
            raise self.engine.explain(error) from error

    # -- reading ----------------------------------------------------------------------------------------

    def query(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one SELECT; safe from any thread.

        Raises:
            StoreError: the database is damaged or gone.
        """
        with self._explained():
            if self._own.reader is not None:
                return self._own.reader.execute(sql, params).fetchall()
            with self._reading(lambda reader: reader.execute(sql, params).fetchall()) as (_, found):
                return found

    def table(self, columns: str, sql: str, params: Sequence[Any] = ()) -> list[Sequence[Any]]:
        """See :meth:`index.reads.Reads.table`."""
        if not self.engine.packs:
            return super().table(columns, sql, params)
        packed: list[Sequence[Any]] = json.loads(
            self.query(f"SELECT json_group_array(json_array({columns})) FROM ({sql})", params)[0][0]
        )
        return packed

    def numbers(self, column: str, sql: str, params: Sequence[Any] = ()) -> NDArray[np.int64]:
        """See :meth:`index.reads.Reads.numbers`."""
        import numpy as np

        if not self.engine.packs:
            return super().numbers(column, sql, params)
        packed = json.loads(self.query(f"SELECT json_group_array({column}) FROM ({sql})", params)[0][0])
        return np.array(packed, dtype=np.int64)

    @contextmanager
    def _reading(self, first: Callable[[Connection], T]) -> Iterator[tuple[Connection, T]]:
        """A connection for this thread, and what it gave to the first thing asked of it.

        Where the server went and came back it is asked once more: nothing was read of that state yet.
        """
        reader = self._readers.take()
        if reader is None:
            raise StoreError(f"{self.path}：存档已经关闭")
        lost = False
        try:
            try:
                found = first(reader)
            except self.engine.errors:
                if not self.engine.broken(reader):
                    raise
                lost = True
                reader = self._readers.anew(reader)
                lost = False
                found = first(reader)
            yield reader, found
        finally:
            if not lost:
                self._readers.give(reader)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within it, every read of this thread sees the same state. May nest."""
        if self._own.reader is not None:
            yield
            return
        with ExitStack() as held:
            with self._explained():
                reader, _ = held.enter_context(self._reading(lambda one: one.begin(write=False)))
            self._own.reader = reader
            try:
                yield
            finally:
                self._own.reader = None
                with suppress(*self.engine.errors):  # rolled back by an error
                    reader.commit()

    def session(self, sequence: int) -> str:
        """The name under which a change was written; "" where no version that gives names did.

        No two histories of a store have it at the same change, even where one went on from a copy of the other.
        """
        found = self.query(
            "SELECT value FROM meta WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT 1",
            (SESSION, _session_key(sequence)),
        )
        return str(found[0][0]) if found else ""

    # -- writing ----------------------------------------------------------------------------------------

    @contextmanager
    def writing(self, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
        """Hold the connection that writes. The caller holds the archive's lock file.

        Raises:
            StoreError: it cannot be written. ArchiveBusy: another machine writes. MingjianError: a newer version
                brought the store up since it was opened.
        """
        with self._explained():
            self._writer = self.engine.writer(timeout)
        self._session = False
        try:
            with self._explained():
                self._check_version(self._writer)
            yield
        finally:
            writer, self._writer = self._writer, None
            with suppress(*self.engine.errors):
                writer.close()

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """What deriving data needs: the connection that writes where the database is this folder's own file."""
        if self.engine.shared:
            yield
            return
        with self.writing():
            yield

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One change: all of it on the disk when the block ends, none of it where it raises.

        Raises:
            StoreError: the disk is full, the database is damaged, …
        """
        if self._writer is None:
            raise RuntimeError("transaction() outside writing()")
        with self._explained():
            self._writer.begin(write=True)
            try:
                if not self.engine.shared:  # nothing but a transaction keeps who opens a file from bringing it up
                    self._check_version(self._writer)
                transaction = Transaction(self._writer, named=self._session)
                yield transaction
                self._writer.commit()
                self._session = transaction.named
            except BaseException:
                # What broke the transaction is to be told, not that a lost connection cannot be rolled back.
                with suppress(*self.engine.errors):
                    self._writer.rollback()
                raise

    def _check_version(self, writer: Connection) -> None:
        """Raise where the tables are not those of this version."""
        from index.migrations import pending

        if pending(writer, self.engine.place()):
            raise StoreError(f"{self.engine.place()}：存档换成了更旧的版本，请重新打开")

    def checkpoint(self) -> bool:
        """Bring everything into the one file that holds it; False where there is none, or a reader is in the way."""
        if self._writer is None:
            if self.engine.shared:
                return False
            raise RuntimeError("checkpoint() outside writing()")
        with self._explained():
            return self.engine.checkpoint(self._writer)

    def integrity(self) -> list[str]:
        """What the database's own check of its structure finds; empty where it is sound."""
        return self.engine.integrity(self.query)


class Transaction:
    """A transaction that is open: SQL in, rows out. The SQL of each change is in :mod:`index.writes`."""

    def __init__(self, connection: Connection, *, named: bool = True) -> None:
        """``named``: what is being written has its name already, see :meth:`Store.session`."""
        self._connection = connection
        self._sequence: int | None = None
        self.named = named

    def run(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement; the rows it gives."""
        return self._connection.execute(sql, params).fetchall()

    def insert(self, sql: str, params: Sequence[Any]) -> int:
        """Run one INSERT that says what it gives back (``RETURNING row``); the new row's number."""
        return int(self._connection.execute(sql, params).fetchone()[0])

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        if rows:
            self._connection.executemany(sql, rows)

    def sequence(self) -> int:
        """The number of this change: one more than the last; the same within one transaction."""
        if self._sequence is None:
            grow = "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'sequence' RETURNING value"
            self._sequence = int(self.run(grow)[0][0])
            if not self.named:
                self.set_meta(_session_key(self._sequence - 1), uuid.uuid4().hex)
                self.named = True
        return self._sequence

    def note_kept(self, name: str, mark: str) -> None:
        """Remember size and checksum of a copy that is kept in the folder."""
        note_kept(self._connection, name, mark)

    def settle(self, engine: Engine) -> None:
        """Let the numbering of new rows go on behind rows that came with their numbers."""
        engine.upgraded(self._connection)

    def set_meta(self, key: str, value: str) -> None:
        """Set a value of the ``meta`` table."""
        self.run(
            "INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
            (key, value),
        )


def _session_key(sequence: int) -> str:
    """Sorts as the changes do."""
    return f"{SESSION}{sequence:016d}"
