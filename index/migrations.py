"""The schema of the store, as an append-only list of numbered steps with a ledger.

A step is never edited once it has been released: a change of schema is a new step at the end. Steps are written as
SQLite takes them; :mod:`index.stores.dialect` tells PostgreSQL the same. Before a store of an older version is
changed, a copy of it is kept (``store.sqlite3.version-1``; in PostgreSQL a schema ``…_version_1``).

What the tables hold (every text column is plain, every offset points into ``documents.text``):

* ``reports``: one row a report. ``row`` is the integer that the other tables refer to, ``id`` the public
  one. ``has_issues``: it has a section five (the denominator of all shares). ``current`` is 0 where a newer
  version of the same agency and year is there too: such a report is found by search but counted nowhere.
* ``documents``: the normalised text and the contract form (JSON) of a report.
* ``statements``: problems, measures and passages. ``row`` only ever grows, and is the id that the vector and
  word indexes know. ``stop`` is the end offset. ``paired``: 1 on a problem that a measure answers.
  ``content`` is the hash of the text, the key of ``vectors``.
* ``labels``: a label of a statement; ``origin`` is ``cue``, ``model`` or ``person``.
* ``stated``: report × label with the number of statements (what trends count), kept with ``labels``.
* ``pairs``: problem row, measure row (both of ``statements``).
* ``figures``: every cell of the statutory tables (``prose`` 0) and every count of the prose (``prose`` 1);
  ``value`` NULL means not known, never zero.
* ``checks``, ``warnings``: as the parser gave them.
* ``files``: where a report came from; several files may hold the same report. ``path``: before it, where several
  machines use the store, the name of the folder that added it (:func:`index.stores.choose.front_of`).
* ``vectors``: float16, unit length, by content and model; kept when a statement goes.
* ``corrections``: what a person changed, one row a change: ``action`` add or remove (``value`` a label) or kind
  (``value`` problem, measure or none; a statement of kind none is stored as a passage). They hang on no report:
  ``document`` (hash of the report's text), agency, year, place and text say which statement was meant
  (:mod:`index.corrections`).
* ``applied``: correction → statement that it holds for in today's reading. ``originals``: what the machine said
  of a corrected statement (``labels``: JSON rows label, origin, score, why). ``moved``: statements whose kind
  changed, for indexes built before they did.
* ``removed``: rows of ``statements`` that are gone, for indexes built before they went.
* ``meta``: ``sequence`` (grows by one with each change), ``model``, ``taxonomy``, ``labeller``, ``created``;
  ``session:…`` tells one history of changes from another (:meth:`index.store.Store.session`).

``checksum`` columns are taken over the row and what hangs on it (:mod:`index.integrity`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nlp.errors import MingjianError

if TYPE_CHECKING:
    from index.stores.base import Connection, Engine

FIRST = (
    """CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID""",
    """CREATE TABLE reports(
        row INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        agency_key TEXT NOT NULL,
        agency TEXT, agency_raw TEXT, agency_type TEXT NOT NULL,
        province TEXT, city TEXT, county TEXT, code TEXT,
        level TEXT NOT NULL, scope TEXT NOT NULL,
        year INTEGER, form TEXT NOT NULL, title TEXT, sign_date TEXT,
        source TEXT NOT NULL,
        fee_charged_yuan REAL,
        none_stated INTEGER NOT NULL, has_issues INTEGER NOT NULL,
        problems INTEGER NOT NULL, measures INTEGER NOT NULL, failed_checks INTEGER NOT NULL,
        current INTEGER NOT NULL DEFAULT 1,
        parser TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        checksum BLOB NOT NULL) STRICT""",
    """CREATE INDEX reports_by_agency ON reports(agency_key, year)""",
    """CREATE INDEX reports_by_year ON reports(year)""",
    """CREATE TABLE documents(
        report INTEGER PRIMARY KEY REFERENCES reports(row) ON DELETE CASCADE,
        text TEXT NOT NULL, contract TEXT NOT NULL) STRICT""",
    """CREATE TABLE statements(
        row INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        kind TEXT NOT NULL, text TEXT NOT NULL, title TEXT, section INTEGER NOT NULL,
        start INTEGER NOT NULL, stop INTEGER NOT NULL,
        status TEXT, ordinal INTEGER,
        paired INTEGER NOT NULL DEFAULT 0,
        content BLOB NOT NULL,
        sequence INTEGER NOT NULL) STRICT""",
    """CREATE INDEX statements_by_report ON statements(report, position)""",
    """CREATE INDEX statements_by_content ON statements(content)""",
    """CREATE TABLE labels(
        statement INTEGER NOT NULL REFERENCES statements(row) ON DELETE CASCADE,
        label TEXT NOT NULL, origin TEXT NOT NULL, score REAL NOT NULL, why TEXT NOT NULL,
        PRIMARY KEY(statement, label)) STRICT, WITHOUT ROWID""",
    """CREATE INDEX labels_by_label ON labels(label, statement)""",
    """CREATE TABLE stated(
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        label TEXT NOT NULL, statements INTEGER NOT NULL,
        PRIMARY KEY(report, label)) STRICT, WITHOUT ROWID""",
    """CREATE INDEX stated_by_label ON stated(label, report)""",
    """CREATE TABLE pairs(
        problem INTEGER NOT NULL REFERENCES statements(row) ON DELETE CASCADE,
        measure INTEGER NOT NULL REFERENCES statements(row) ON DELETE CASCADE,
        PRIMARY KEY(problem, measure)) STRICT, WITHOUT ROWID""",
    """CREATE INDEX pairs_by_measure ON pairs(measure)""",
    """CREATE TABLE figures(
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        path TEXT NOT NULL, position INTEGER NOT NULL, prose INTEGER NOT NULL,
        value REAL, state TEXT NOT NULL, raw TEXT NOT NULL,
        start INTEGER NOT NULL, stop INTEGER NOT NULL,
        unit TEXT, approximate INTEGER NOT NULL,
        PRIMARY KEY(report, path, position)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE checks(
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        position INTEGER NOT NULL, rule TEXT NOT NULL, place TEXT NOT NULL,
        status TEXT NOT NULL, message TEXT NOT NULL,
        PRIMARY KEY(report, position)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE warnings(
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        position INTEGER NOT NULL, warning TEXT NOT NULL,
        PRIMARY KEY(report, position)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE files(
        path TEXT PRIMARY KEY,
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, parser TEXT NOT NULL,
        checksum BLOB NOT NULL) STRICT, WITHOUT ROWID""",
    """CREATE INDEX files_by_report ON files(report)""",
    """CREATE TABLE models(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL, dimension INTEGER NOT NULL, segmenter TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        UNIQUE(name, dimension, segmenter, fingerprint)) STRICT""",
    """CREATE TABLE vectors(
        id INTEGER PRIMARY KEY,
        content BLOB NOT NULL, model INTEGER NOT NULL REFERENCES models(id),
        vector BLOB NOT NULL, checksum INTEGER NOT NULL,
        UNIQUE(content, model)) STRICT""",
    """CREATE TABLE corrections(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        statement TEXT NOT NULL, content BLOB NOT NULL,
        label TEXT NOT NULL, action TEXT NOT NULL CHECK(action IN ('add', 'remove')),
        who TEXT NOT NULL, at TEXT NOT NULL,
        checksum BLOB NOT NULL) STRICT""",
    """CREATE INDEX corrections_by_content ON corrections(content)""",
    """CREATE TABLE removed(row INTEGER PRIMARY KEY, sequence INTEGER NOT NULL) STRICT""",
    """CREATE INDEX removed_by_sequence ON removed(sequence)""",
    """INSERT INTO meta(key, value) VALUES ('sequence', '0')""",
)


def _first(connection: Connection) -> None:
    for statement in FIRST:
        connection.execute(statement)


KINDS_TOO = (
    """ALTER TABLE corrections RENAME TO corrections_before""",
    """DROP INDEX corrections_by_content""",
    """CREATE TABLE corrections(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        report TEXT NOT NULL, document BLOB NOT NULL, agency_key TEXT NOT NULL, year INTEGER,
        statement TEXT NOT NULL, content BLOB NOT NULL, text TEXT NOT NULL,
        start INTEGER NOT NULL, stop INTEGER NOT NULL,
        action TEXT NOT NULL CHECK(action IN ('add', 'remove', 'kind')), value TEXT NOT NULL,
        who TEXT NOT NULL, at TEXT NOT NULL,
        checksum BLOB NOT NULL) STRICT""",
    """CREATE INDEX corrections_by_document ON corrections(document)""",
    """CREATE INDEX corrections_by_agency ON corrections(agency_key, year)""",
    """CREATE INDEX corrections_by_content ON corrections(content)""",
    """CREATE TABLE applied(
        correction INTEGER NOT NULL REFERENCES corrections(id) ON DELETE CASCADE,
        statement INTEGER NOT NULL REFERENCES statements(row) ON DELETE CASCADE,
        PRIMARY KEY(correction, statement)) STRICT, WITHOUT ROWID""",
    """CREATE INDEX applied_by_statement ON applied(statement)""",
    """CREATE TABLE originals(
        statement INTEGER PRIMARY KEY REFERENCES statements(row) ON DELETE CASCADE,
        kind TEXT NOT NULL, status TEXT, labels TEXT NOT NULL) STRICT""",
    """CREATE TABLE moved(
        row INTEGER PRIMARY KEY REFERENCES statements(row) ON DELETE CASCADE,
        sequence INTEGER NOT NULL) STRICT""",
    """CREATE INDEX moved_by_sequence ON moved(sequence)""",
)


def _kinds_too(connection: Connection) -> None:
    """Corrections of kinds, kept by report and place; what stood in the old table (a text's hash) moves over."""
    from index.integrity import content_hash, row_checksum

    for statement in KINDS_TOO:
        connection.execute(statement)
    before = connection.execute("SELECT * FROM corrections_before ORDER BY id").fetchall()
    for number, statement, content, label, action, who, at, _ in before:
        found = connection.execute(
            "SELECT r.id, d.text, r.agency_key, r.year, s.id, s.content, s.text, s.start, s.stop FROM statements s"
            " JOIN reports r ON r.row = s.report JOIN documents d ON d.report = r.row WHERE s.content = ?"
            " ORDER BY s.id <> ?, s.row LIMIT 1",
            (content, statement),
        ).fetchone()
        place = ("", b"", "", None, statement, content, "", 0, 0)
        if found is not None:
            place = (found[0], content_hash(found[1]), *found[2:])
        values = (number, *place, action, label, who, at)
        marks = ", ".join("?" * (len(values) + 1))
        connection.execute(f"INSERT INTO corrections VALUES ({marks})", (*values, row_checksum(values)))
    connection.execute("DROP TABLE corrections_before")


STEPS: tuple[tuple[str, Callable[[Connection], None]], ...] = (
    ("first schema", _first),
    ("corrections of kinds", _kinds_too),
)


def applied(connection: Connection) -> int:
    """How many steps the store has been through; 0 for an empty one."""
    if not connection.has_table("migrations"):
        return 0
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()[0])


def pending(connection: Connection, name: str) -> int:
    """How many steps are still to be applied.

    Raises:
        MingjianError: where the store was written by a newer version than this one.
    """
    done = applied(connection)
    if done > len(STEPS):
        raise MingjianError(
            f"{name}：存档由更新版本的 mingjian 写成（结构版本 {done}，本版本只认到 {len(STEPS)}），请先升级 mingjian"
        )
    return len(STEPS) - done


def migrate(connection: Connection, engine: Engine) -> int:
    """Apply what is pending, each step in a transaction of its own; gives the number of steps applied.

    ``connection`` is in autocommit mode. A store that holds something already is copied aside first.
    """
    todo = pending(connection, engine.name)
    done = len(STEPS) - todo
    if todo and done:
        _keep(connection, engine, done)
    for number in range(done + 1, len(STEPS) + 1):
        title, step = STEPS[number - 1]
        connection.begin(write=True)
        try:
            if applied(connection) < number:  # else another process was quicker
                _apply(connection, number, title, step, fresh=not done)
                engine.upgraded(connection)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
    return todo


def build(connection: Connection, version: int) -> None:
    """Make an empty store of a version out of nothing."""
    for number, (title, step) in enumerate(STEPS[:version], start=1):
        _apply(connection, number, title, step, fresh=True)


def _keep(connection: Connection, engine: Engine, version: int) -> None:
    """Copy the store aside, while nobody else can upgrade it."""
    connection.begin(write=True)
    try:
        if applied(connection) == version:
            engine.keep(connection, version)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def _apply(connection: Connection, number: int, title: str, step: Callable[[Connection], None], *, fresh: bool) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations("
        "number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied TEXT NOT NULL) STRICT"
    )
    step(connection)
    if not fresh:  # the manifest's checksum is of the file before: it must count as an older one
        connection.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'sequence'")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", (number, title, now))
