"""What a store asks of a database. The SQL that the rest of the house writes is the part that SQLite and PostgreSQL
both understand; what differs is here and in one file an engine.

The common part: ``?`` for parameters, ``ON CONFLICT``, ``RETURNING``, ``count(*) FILTER (WHERE …)``, ``instr``,
``NULLS FIRST`` wherever a column that may be NULL orders rows, conditions that are conditions (``1 = 1``, not
``1``), one row for each group (no bare columns beside an aggregate), and for values that a caller names, all numbers or
all texts and never none, ``IN (SELECT value FROM json_each(?))`` with a JSON list.
"""

from __future__ import annotations

import errno
import os
import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from nlp.errors import MingjianError

Query = Callable[[str], list[tuple[Any, ...]]]


class StoreError(MingjianError):
    """The store cannot be read or written; the message says why."""


class Rows(Protocol):
    """What a statement gave."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""

    def fetchone(self) -> Any:
        """The next row, None where there is none."""


class Connection(Protocol):
    """One connection, in autocommit until :meth:`begin`.

    ``brief``: it takes the file for one that nobody can change, though that passes: it is used once.
    """

    brief: bool

    def execute(self, sql: str, params: Sequence[Any] = (), /) -> Rows:
        """Run one statement."""

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]], /) -> object:
        """Run one statement for each row."""

    def begin(self, *, write: bool) -> None:
        """Begin a transaction; one that only reads sees one state until it ends."""

    def commit(self) -> None:
        """Make the transaction last: on the disk when this comes back."""

    def rollback(self) -> None:
        """Undo the transaction; without one, nothing."""

    def close(self) -> None:
        """Let go."""

    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""


class Engine(ABC):
    """A database, and what it does in its own way.

    Attributes:
        name: what messages call it.
        path: the file that the store is known by in the archive's folder; its parent is that folder.
        file: the file that holds everything, where there is one that a checksum can be taken of.
        shared: several machines may use it, each with derived data of its own.
        packs: rows are fetched one by one, so that many had better come as one JSON value.
        read_only: nothing can be changed.
        passing: so it is only for now (the disk is full): who may write it may do so again.
        errors: the exceptions that it raises.
    """

    name: str
    path: Path
    file: Path | None = None
    shared = False
    packs = False
    read_only = False
    passing = False
    errors: tuple[type[Exception], ...]

    @abstractmethod
    def exists(self) -> bool:
        """Whether there is a store already."""

    @abstractmethod
    def reader(self) -> Connection:
        """A connection that reads; makes or upgrades the store first, where that is to be done."""

    @abstractmethod
    def writer(self, timeout: float) -> Connection:
        """A connection that writes. The caller holds the lock file of the folder.

        Raises:
            ArchiveBusy: another machine is writing still after ``timeout`` seconds.
        """

    @abstractmethod
    def broken(self, connection: Connection) -> bool:
        """Whether a connection is lost, so that another one must be opened."""

    @abstractmethod
    def explain(self, error: BaseException) -> StoreError:
        """The one Chinese line for what the database or the system reports."""

    @abstractmethod
    def checkpoint(self, writer: Connection) -> bool:
        """Whether everything is in :attr:`file` now and nothing beside it."""

    @abstractmethod
    def integrity(self, query: Query) -> list[str]:
        """What the database's own check finds, one Chinese line each; empty where it is sound."""

    @abstractmethod
    def keep(self, connection: Connection, version: int) -> None:
        """Copy the store aside as it is in this version of the schema, before an upgrade; once is enough."""

    @abstractmethod
    def place(self) -> str:
        """Where it is, as a person would write it; never with a password."""

    @abstractmethod
    def upgraded(self, connection: Connection) -> None:
        """Called within the transaction of each step of :mod:`index.migrations`, after it."""

    @abstractmethod
    def again(self) -> Engine:
        """The same database, with no connection in common."""


FULL = "磁盘已满，未写入的报告没有进入存档，请腾出空间后重新运行"
DENIED = "没有读写权限，请检查文件夹权限"
NEEDED = 65_536  # bytes: SQLite's memory of its write-ahead log takes 32 kB, and some pages come on top
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_FULL = re.compile(r"disk is full|\d+ requested and \d+ written")  # SQLite's words, NumPy's


def no_room(folder: Path) -> bool:
    """Whether a folder's disk has not even the room that opening a store takes; SQLite tells it as missing rights."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(NEEDED))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.errno in _NO_ROOM
    return False


def _stands_full(path: Path) -> bool:
    return no_room(path if path.is_dir() else path.parent)


def explain(error: BaseException, path: Path) -> StoreError:
    """The one Chinese line for what SQLite or the operating system reports."""
    text = str(error)
    lower = text.lower()
    number = getattr(error, "errno", None)
    unopened = "readonly" in lower or "unable to open" in lower
    failed = number == errno.EIO or "disk i/o" in lower
    if number in _NO_ROOM or _FULL.search(lower) or ((unopened or failed) and _stands_full(path)):
        cause = FULL
    elif number in (errno.EACCES, errno.EPERM, errno.EROFS) or unopened:
        cause = DENIED
    elif "locked" in lower or "busy" in lower:
        cause = "存档正被另一个进程占用，请稍后再试"
    elif "malformed" in lower or "not a database" in lower or "corrupt" in lower:
        cause = "存档数据文件已损坏，请从备份恢复"
    elif failed:
        cause = "磁盘读写出错，请检查磁盘"
    else:
        cause = f"存档读写出错（{text}）"
    return StoreError(f"{path}：{cause}")
