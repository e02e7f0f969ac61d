"""Checksums of what the store holds, so that a byte that changed by itself does not pass for the truth.

SQLite has no checksums of its own. A report's is taken over its row, its text and everything that hangs on
it, by one function, when it is written and again when it is verified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from index.store import Store

Query = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

# Everything of a report, each part in a fixed order. Checksums and what other reports decide stay out.
PARTS = (
    "SELECT row, id, agency_key, agency, agency_raw, agency_type, province, city, county, code, level, scope,"
    " year, form, title, sign_date, source, fee_charged_yuan, none_stated, has_issues, problems, measures,"
    " failed_checks, current, parser, sequence FROM reports WHERE row = ?",
    "SELECT text, contract FROM documents WHERE report = ?",
    "SELECT row, id, position, kind, text, title, section, start, stop, status, ordinal, paired, content,"
    " sequence FROM statements WHERE report = ? ORDER BY position",
    "SELECT l.statement, l.label, l.origin, l.score, l.why FROM labels l JOIN statements s ON s.row = l.statement"
    " WHERE s.report = ? ORDER BY l.statement, l.label",
    "SELECT label, statements FROM stated WHERE report = ? ORDER BY label",
    "SELECT p.problem, p.measure FROM pairs p JOIN statements s ON s.row = p.problem WHERE s.report = ? ORDER BY 1, 2",
    "SELECT path, position, prose, value, state, raw, start, stop, unit, approximate FROM figures"
    " WHERE report = ? ORDER BY path, position",
    "SELECT position, rule, place, status, message FROM checks WHERE report = ? ORDER BY position",
    "SELECT position, warning FROM warnings WHERE report = ? ORDER BY position",
)
# What only corrected reports have; it counts where it is there, so that older checksums stay true.
MORE_PARTS = (
    "SELECT o.statement, o.kind, o.status, o.labels FROM originals o JOIN statements s ON s.row = o.statement"
    " WHERE s.report = ? ORDER BY 1",
    "SELECT a.correction, a.statement FROM applied a JOIN statements s ON s.row = a.statement"
    " WHERE s.report = ? ORDER BY 1, 2",
)


def row_checksum(row: Sequence[Any]) -> bytes:
    """BLAKE2b-128 of a row's values; the same values give the same bytes on every machine."""
    return blake2b(repr(tuple(row)).encode("utf-8", "surrogatepass"), digest_size=16).digest()


SEAL = 'checksum = "', '"\n'  # what stands before and behind the checksum that ends a text file


def sealed(text: str, around: tuple[str, str] = SEAL) -> str:
    """A text with its checksum at the end."""
    return f"{text}{around[0]}{blake2b(text.encode('utf-8'), digest_size=16).hexdigest()}{around[1]}"


def intact(text: str, around: tuple[str, str] = SEAL) -> bool | None:
    """Whether a text is what :func:`sealed` made; None where it has no checksum."""
    body, found, _ = text.rpartition(around[0])
    return sealed(body, around) == text if found else None


def vector_checksum(blob: bytes) -> int:
    """CRC-32 of a stored vector."""
    return crc32(blob)


def content_hash(text: str) -> bytes:
    """The key of a text in ``vectors`` and ``corrections``: BLAKE2b-128 of its UTF-8."""
    return blake2b(text.encode("utf-8"), digest_size=16).digest()


def report_checksum(query: Query, row: int) -> bytes:
    """The checksum of a report as it stands in the store."""
    digest = blake2b(digest_size=16)
    for sql in PARTS:
        digest.update(repr(query(sql, (row,))).encode("utf-8", "surrogatepass"))
    for sql in MORE_PARTS:
        if found := query(sql, (row,)):
            digest.update(repr(found).encode("utf-8", "surrogatepass"))
    return digest.digest()


def differences(store: Store) -> Iterator[str]:
    """What in the store does not agree with its checksums or with itself, one Chinese line each."""
    from index.stores.address import plain_path  # which rests on this module

    for row, report_id, source, checksum in store.query("SELECT row, id, source, checksum FROM reports ORDER BY row"):
        if report_checksum(store.query, row) != checksum:
            yield f"{store.name}：报告 {report_id}（{source}）的内容与校验和不符"
    for *values, checksum in store.query(
        "SELECT path, report, sha256, bytes, parser, checksum FROM files ORDER BY path"
    ):
        if row_checksum(values) != checksum:
            yield f"{store.name}：文件记录 {plain_path(values[0])} 与校验和不符"
    for *values, checksum in store.query(
        "SELECT id, report, document, agency_key, year, statement, content, text, start, stop, action, value, who, at,"
        " checksum FROM corrections ORDER BY id"
    ):
        if row_checksum(values) != checksum:
            yield f"{store.name}：人工标注 {values[0]} 与校验和不符"
    yield from _vectors(store)
    yield from _orphans(store)


def _vectors(store: Store) -> Iterator[str]:
    last = 0
    while True:
        rows = store.query("SELECT id, vector, checksum FROM vectors WHERE id > ? ORDER BY id LIMIT 20000", (last,))
        for number, blob, checksum in rows:
            if vector_checksum(blob) != checksum:
                yield f"{store.name}：向量 {number} 与校验和不符"
        if not rows:
            return
        last = rows[-1][0]


def _orphans(store: Store) -> Iterator[str]:
    """Rows that hang on nothing, and counts kept twice that differ."""
    questions = (
        ("没有来源文件的报告", "SELECT id FROM reports WHERE row NOT IN (SELECT report FROM files) ORDER BY row"),
        ("没有正文的报告", "SELECT id FROM reports WHERE row NOT IN (SELECT report FROM documents) ORDER BY row"),
        (
            "问题数与语句不符的报告",
            "SELECT id FROM reports r WHERE problems <>"
            " (SELECT count(*) FROM statements s WHERE s.report = r.row AND s.kind = 'problem') ORDER BY row",
        ),
        (
            "缺少向量的语句",
            "SELECT s.id FROM statements s WHERE NOT EXISTS (SELECT 1 FROM vectors v"
            " WHERE v.content = s.content AND v.model = (SELECT CAST(value AS INTEGER) FROM meta"
            " WHERE key = 'model')) ORDER BY s.row",
        ),
        (
            "已删除却仍在的语句",
            "SELECT s.id FROM statements s JOIN removed d ON d.row = s.row ORDER BY s.row",
        ),
    )
    for what, sql in questions:
        rows = store.query(sql)
        if rows:
            yield f"{store.name}：{what} {len(rows)} 个，例如 {rows[0][0]}"
