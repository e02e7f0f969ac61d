"""PostgreSQL: a store that several machines write, one after the other, and read at the same time.

Who writes holds an advisory lock of the session: it is on the connection that the changes go through, so that a
writer that is gone has let go, and one whose connection is lost cannot go on. Each machine keeps derived data of
its own in the archive's folder.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.raw_cursor import RawCursor

from index.locking import ArchiveBusy
from index.migrations import migrate, pending
from index.settings import LOCK_TIMEOUT
from index.stores.address import Address
from index.stores.base import Connection, Engine, Query, StoreError, explain
from index.stores.dialect import postgres

OLDEST = 140_000  # server version
PAUSE = 0.1  # seconds between two tries for the lock
# Of the session: nothing that this house needs may hang on what the server or the role is set to.
SETTINGS = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "extra_float_digits": "1",  # a number comes back as it went in
    "jit": "off",  # costs more than short questions take
    "tcp_keepalives_idle": "30",  # a machine that went away lets go of the lock within a minute
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
CAUSES = {  # by SQLSTATE, longest first
    "53100": "数据库服务器磁盘已满，未写入的报告没有进入存档，请腾出空间后重新运行",
    "25006": "数据库只读，不能写入",
    "42501": "数据库用户没有所需的权限",
    "28": "用户名或密码不对，密码请用环境变量 PGPASSWORD 或密码文件 ~/.pgpass 给出",
    "3D000": "没有这个数据库，请先建立",
    "42P01": "数据库里的存档不完整，请从备份恢复",
    "XX": "数据库数据已损坏，请从备份恢复",
    "53": "数据库服务器资源不足，请稍后再试",
    "57": "数据库服务器停止或正在启动，未写入的报告没有进入存档，请稍后重新运行",
}
CONNECTING = (  # what the client library says where there is no code yet
    ("password", CAUSES["28"]),
    ('role "', CAUSES["28"]),
    ("pg_hba", "数据库服务器不许这台机器或这个用户连接，请检查 pg_hba.conf"),
    ("starting up", CAUSES["57"]),
    ("shutting down", CAUSES["57"]),
    ('database "', CAUSES["3D000"]),
)
UNREACHABLE = "连接不上数据库，请检查地址、端口和网络，以及服务器是否在运行"
LOST = "与数据库的连接断开，未写入的报告没有进入存档，请检查网络和服务器后重新运行"


class Found:
    """The rows of a statement; none where it gives none."""

    def __init__(self, cursor: psycopg.Cursor[tuple[Any, ...]]) -> None:
        self._cursor = cursor

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left."""
        return self._cursor.fetchall() if self._cursor.description else []

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row."""
        return self._cursor.fetchone() if self._cursor.description else None


class PostgresConnection:
    """A connection in autocommit mode that takes the common SQL."""

    brief = False

    def __init__(self, raw: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.raw = raw

    def execute(self, text: str, params: Sequence[Any] = (), /) -> Found:
        """Run one statement."""
        statement = postgres(text)
        return Found(RawCursor(self.raw).execute(statement.text, statement.values(params) or None))

    def executemany(self, text: str, rows: Sequence[Sequence[Any]], /) -> None:
        """Run one statement for each row, all sent at once."""
        statement = postgres(text)
        RawCursor(self.raw).executemany(statement.text, [statement.values(row) for row in rows])

    def begin(self, *, write: bool) -> None:
        """Begin a transaction."""
        self.raw.execute(b"BEGIN" if write else b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def commit(self) -> None:
        """Make it last: the server has it on its disk."""
        if self.raw.execute(b"COMMIT").statusmessage != "COMMIT":  # a transaction that failed is rolled back instead
            raise psycopg.errors.InFailedSqlTransaction("ROLLBACK")

    def rollback(self) -> None:
        """Undo the transaction, where one is open."""
        if self.raw.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            self.raw.execute(b"ROLLBACK")

    def close(self) -> None:
        """Let go; what is held (the lock) with it."""
        self.raw.close()

    def has_table(self, name: str) -> bool:
        """Whether the archive's schema has such a table."""
        found = self.execute(
            "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = ?", (name,)
        )
        return bool((found.fetchone() or (0,))[0])


class PostgresEngine(Engine):
    """One schema of a database.

    Attributes:
        address: where it is.
        id: the store's own name for itself, known once a reader is open.
    """

    errors = (psycopg.Error,)
    shared = True

    def __init__(self, path: Path, address: Address, expected: str | None = None) -> None:
        """``path``: the pointer in the archive's folder; ``expected``: the id that it knows the store by."""
        self.path = path
        self.address = address
        self.name = "PostgreSQL"
        self.id = ""
        self._expected = expected
        self._spare: PostgresConnection | None = None

    def again(self) -> PostgresEngine:
        """The same schema."""
        return PostgresEngine(self.path, self.address, self.id or self._expected)

    def place(self) -> str:
        """The address."""
        return self.address.text()

    # -- connections ------------------------------------------------------------------------------------

    def _connect(self) -> PostgresConnection:
        address = self.address
        known: dict[str, Any] = {
            "host": address.host,
            "port": address.port,
            "dbname": address.database,
            "user": address.user,
            "connect_timeout": 10,
            "application_name": "mingjian",
            "client_encoding": "UTF8",
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 60_000,
            **dict(address.options),
        }
        try:
            raw = psycopg.connect("", autocommit=True, **{name: value for name, value in known.items() if value})
        except psycopg.OperationalError as error:
            raise StoreError(f"{self.place()}：{_unreachable(str(error))}") from error
        try:
            self._settle(raw)
        except BaseException:
            raw.close()
            raise
        return PostgresConnection(raw)

    def _settle(self, raw: psycopg.Connection[tuple[Any, ...]]) -> None:
        if raw.info.server_version < OLDEST:
            raise StoreError(f"{self.place()}：PostgreSQL 版本太旧，需要 {OLDEST // 10_000} 或更新")
        if raw.info.parameter_status("server_encoding") != "UTF8":
            raise StoreError(f"{self.place()}：数据库的编码不是 UTF8，请用 UTF8 另建一个数据库")
        settings = {**SETTINGS, "search_path": sql.Identifier(self.address.schema).as_string(raw)}
        if raw.execute(b"SHOW synchronous_commit").fetchone() == ("off",):
            settings["synchronous_commit"] = "on"  # what is acknowledged is on the disk
        calls = ", ".join(["set_config(%s, %s, false)"] * len(settings))
        raw.execute(f"SELECT {calls}".encode(), [part for pair in settings.items() for part in pair])

    def exists(self) -> bool:
        """Whether the schema holds a store."""
        self._spare = self._connect()
        return self._spare.has_table("migrations")

    def reader(self) -> PostgresConnection:
        """Open, create or upgrade the store."""
        connection, self._spare = self._spare or self._connect(), None
        try:
            if pending(connection, self.place()):
                self._lay(connection)
            self._know(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _lay(self, connection: PostgresConnection) -> None:
        """Create or upgrade, while nobody writes."""
        self._lock(connection, LOCK_TIMEOUT)
        schema = sql.Identifier(self.address.schema)
        if not connection.raw.execute(
            "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s", (self.address.schema,)
        ).fetchone():
            connection.raw.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        migrate(connection, self)
        connection.execute("SELECT pg_advisory_unlock(?::bigint)", (self._key(),))

    def _know(self, connection: PostgresConnection) -> None:
        """Whether this is the store that the folder belongs to, and whether it can be written."""
        row = connection.execute(
            "SELECT (SELECT value FROM meta WHERE key = 'archive'),"
            " pg_is_in_recovery() OR NOT has_table_privilege('reports', 'INSERT')"
        ).fetchone()
        found, read_only = row or (None, True)
        if self._expected and found != self._expected:
            raise StoreError(
                f"{self.path}：数据库里的存档与这个文件夹的不是同一个（{self.place()}），请另用一个空文件夹"
            )
        self.id, self.read_only = str(found or ""), bool(read_only)

    def writer(self, timeout: float) -> PostgresConnection:
        """A connection that holds the right to write."""
        if self.read_only:
            raise StoreError(f"{self.place()}：{CAUSES['25006']}")
        connection = self._connect()
        try:
            self._lock(connection, timeout)
        except BaseException:
            connection.close()
            raise
        return connection

    def _key(self) -> int:
        digest = blake2b(f"mingjian {self.address.schema}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)

    def _lock(self, connection: PostgresConnection, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while connection.execute("SELECT pg_try_advisory_lock(?::bigint)", (self._key(),)).fetchone() != (True,):
            if time.monotonic() >= deadline:
                raise ArchiveBusy(
                    f"{self.place()}：另一台机器正在写入这个存档（已等待 {timeout:g} 秒），请等它结束后再试"
                )
            time.sleep(PAUSE)

    def broken(self, connection: Connection) -> bool:
        """Whether the server closed it or the network did."""
        return isinstance(connection, PostgresConnection) and bool(connection.raw.closed)

    # -- what is the server's -----------------------------------------------------------------------------

    def explain(self, error: BaseException) -> StoreError:
        """One Chinese line; never with more of the server's words than their first line."""
        if not isinstance(error, psycopg.Error):
            return explain(error, self.path)
        code = error.sqlstate or ""
        text = " ".join(str(error).split("\n")[0].split())
        cause = next((CAUSES[key] for key in CAUSES if code.startswith(key)), "")
        if not code and isinstance(error, psycopg.OperationalError):
            cause = LOST
        return StoreError(f"{self.place()}：{cause or f'存档读写出错（{text}）'}")

    def checkpoint(self, writer: Connection) -> bool:
        """There is no one file; after many changes the server's planner is told of them at once, not in a minute."""
        rows = writer.execute(
            "SELECT relname FROM pg_catalog.pg_stat_user_tables WHERE schemaname = current_schema()"
            " AND n_mod_since_analyze > 1000 + n_live_tup / 5 ORDER BY 1"
        ).fetchall()
        for (table,) in rows:
            writer.execute(f'ANALYZE "{table}"')
        return False

    def integrity(self, query: Query) -> list[str]:
        """Indexes that the server itself holds invalid; pages it checks on every reading."""
        try:
            rows = query(
                "SELECT c.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
                " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = current_schema() AND NOT (i.indisvalid AND i.indisready) ORDER BY 1"
            )
        except StoreError as error:
            return [str(error)]
        return [f"{self.name}：结构检查：索引 {name} 无效，请在数据库里运行 REINDEX" for (name,) in rows]

    def keep(self, connection: Connection, version: int) -> None:
        """A copy of every table in a schema beside, ``…_version_1``, within the caller's transaction."""
        if not isinstance(connection, PostgresConnection):
            raise TypeError("a connection of another database")
        raw = connection.raw
        name = f"{self.address.schema}_version_{version}"
        beside = sql.Identifier(name)
        if raw.execute("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s", (name,)).fetchone():
            last = sql.SQL("SELECT value FROM {}.meta WHERE key = 'sequence'").format
            with suppress(psycopg.errors.UndefinedTable), raw.transaction():
                kept = raw.execute(last(beside)).fetchone()
                if kept == raw.execute(last(sql.Identifier(self.address.schema))).fetchone():
                    return  # made by an upgrade that did not get further
            raw.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(beside))
        raw.execute(sql.SQL("CREATE SCHEMA {}").format(beside))
        for (table,) in raw.execute(
            b"SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema() ORDER BY 1"
        ).fetchall():
            copied = sql.Identifier(name, table)
            raw.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(copied, sql.Identifier(table)))

    def upgraded(self, connection: Connection) -> None:
        """Give a new store its id; let numbering go on after rows that a step wrote with their numbers."""
        given = uuid.uuid4().hex
        connection.execute("INSERT INTO meta(key, value) VALUES ('archive', ?) ON CONFLICT DO NOTHING", (given,))
        number_on(connection)


def number_on(connection: Connection) -> None:
    """Set every numbering of rows behind the highest number in use."""
    found = connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND is_identity = 'YES'"
    ).fetchall()
    for table, column in found:
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'),"
            f" greatest((SELECT coalesce(max({column}), 0) FROM {table}) + 1,"
            f" nextval(pg_get_serial_sequence('{table}', '{column}'))), false)"
        )


def _unreachable(text: str) -> str:
    """Why there is no connection."""
    lower = text.lower()
    if "refused" in lower or "timeout" in lower or "timed out" in lower:
        return UNREACHABLE
    return next((cause for word, cause in CONNECTING if word in lower), UNREACHABLE)
