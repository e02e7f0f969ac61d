"""The changes that a store goes through. Each function is part of one open :class:`index.store.Transaction`.

Two reports of one agency and year with different text are two versions: both stay and both are found, the one
signed last (without dates: added last) is ``current`` and alone counts in statistics. Agencies that could not
be placed in a region are never taken for one another.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from index.corrections import given, refresh, write_labels
from index.integrity import content_hash, report_checksum, row_checksum, vector_checksum
from index.store import Transaction
from nlp.records import Label, Metadata, Report, Statement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FileMark:
    """Where a report came from: the path that names it, and what its bytes were."""

    path: str
    sha256: str
    bytes: int


def report_id(agency_key: str, year: int | None, text: str) -> str:
    """16 hex digits from agency, year and content; the same report gets the same id in every archive."""
    plain = json.dumps([agency_key, year, content_hash(text).hex()], ensure_ascii=False)
    return blake2b(plain.encode("utf-8"), digest_size=8).hexdigest()


def version_key(agency_key: str, metadata: Metadata) -> str:
    """What two versions of one report share; "" where the agency is not known beyond doubt."""
    placed = metadata.region.code or metadata.level == "national"
    return agency_key if agency_key and placed and metadata.agency else ""


# -- reports --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a report stands in the store, whether its reading is new there, and the parser that the reading is by."""

    row: int
    id: str
    fresh: bool
    parser: str


def older(parser: str, than: str) -> bool:
    """Whether a reading by this version of the parser is to be replaced by one of another; a newer one never is."""
    return int(parser) < int(than) if parser.isdecimal() and than.isdecimal() else parser != than


def put_report(tx: Transaction, report: Report, agency_key: str, parser: str) -> Placed:
    """Store a report, or find it where its content is known already.

    A report that an older parser has read is replaced by the new reading under the same id.
    """
    meta = report.metadata
    key = version_key(agency_key, meta)
    public = report_id(agency_key or (meta.agency or ""), meta.year, report.text)
    known = tx.run("SELECT row, parser FROM reports WHERE id = ?", (public,))
    if known and not older(known[0][1], parser):
        return Placed(int(known[0][0]), public, False, known[0][1])
    files: list[FileMark] = []
    for row, _ in known:
        files = [FileMark(*f) for f in tx.run("SELECT path, sha256, bytes FROM files WHERE report = ?", (row,))]
        delete_report(tx, int(row))
    fresh = _insert_report(tx, report, public, key, parser)
    for mark in files:
        link_file(tx, mark, fresh, parser)
    return Placed(fresh, public, True, parser)


def _insert_report(tx: Transaction, report: Report, public: str, key: str, parser: str) -> int:
    meta, region = report.metadata, report.metadata.region
    statements = (*report.statements, *report.passages)
    kinds = Counter(statement.kind for statement in statements)
    values = {
        "id": public,
        "agency_key": key,
        "agency": meta.agency,
        "agency_raw": meta.agency_raw,
        "agency_type": meta.agency_type,
        "province": region.province,
        "city": region.city,
        "county": region.county,
        "code": region.code,
        "level": meta.level,
        "scope": meta.scope,
        "year": meta.year,
        "form": report.form,
        "title": meta.title,
        "sign_date": meta.sign_date,
        "source": report.source,
        "fee_charged_yuan": report.statistics.fee_charged_yuan,
        "none_stated": int(report.none_stated),
        "has_issues": int(bool(report.statements) or any(s.number == 5 for s in report.sections)),
        "problems": kinds["problem"],
        "measures": kinds["measure"],
        "failed_checks": sum(check.status == "fail" for check in report.checks),
        "parser": parser,
        "sequence": tx.sequence(),
        "checksum": b"",
    }
    row = tx.insert(
        f"INSERT INTO reports({', '.join(values)}) VALUES ({', '.join('?' * len(values))}) RETURNING row",
        list(values.values()),
    )
    contract = json.dumps(report.to_dict(), ensure_ascii=False, separators=(",", ":"))
    tx.run("INSERT INTO documents VALUES (?, ?, ?)", (row, report.text, contract))
    _insert_statements(tx, row, public, statements, report.pairs)
    _insert_numbers(tx, row, report)
    refresh(tx, row)
    refresh_versions(tx, key, meta.year)
    seal(tx, row)
    return row


def _insert_statements(
    tx: Transaction,
    report: int,
    public: str,
    statements: Sequence[Statement],
    pairs: Iterable[tuple[int, int]],
) -> None:
    pairs = list(pairs)
    answered = {problem for problem, _ in pairs}
    used: Counter[str] = Counter()
    values: list[tuple[object, ...]] = []
    for position, statement in enumerate(statements):
        name = f"{public}-{statement.start}"
        used[name] += 1
        values.append(
            (
                name if used[name] == 1 else f"{name}-{used[name]}",
                report,
                position,
                statement.kind,
                statement.text,
                statement.title,
                statement.section,
                statement.start,
                statement.end,
                statement.status,
                statement.ordinal,
                int(position in answered),
                content_hash(statement.text),
                tx.sequence(),
            )
        )
    tx.many(
        "INSERT INTO statements(id, report, position, kind, text, title, section, start, stop, status, ordinal,"
        " paired, content, sequence) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        values,
    )
    rows = [int(row) for (row,) in tx.run("SELECT row FROM statements WHERE report = ? ORDER BY position", (report,))]
    write_labels(tx, {row: given(statement.labels) for row, statement in zip(rows, statements, strict=True)})
    tx.many("INSERT INTO pairs VALUES (?, ?) ON CONFLICT DO NOTHING", [(rows[p], rows[m]) for p, m in pairs])


def _insert_numbers(tx: Transaction, row: int, report: Report) -> None:
    figures = [(figure, 0) for figure in report.statistics.figures]
    figures += [(figure, 1) for figure in report.statistics.prose]
    tx.many(
        "INSERT INTO figures VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        [
            (row, f.path, place, prose, f.value, f.state, f.raw, f.start, f.end, f.unit, int(f.approximate))
            for place, (f, prose) in enumerate(figures)
        ],
    )
    tx.many(
        "INSERT INTO checks VALUES (?,?,?,?,?,?)",
        [(row, place, c.rule, c.where, c.status, c.message) for place, c in enumerate(report.checks)],
    )
    tx.many(
        "INSERT INTO warnings VALUES (?,?,?)",
        [(row, place, warning) for place, warning in enumerate(dict.fromkeys(report.warnings))],
    )


def delete_report(tx: Transaction, row: int) -> None:
    """Take a report out with everything that hangs on it; its rows are remembered as removed."""
    sequence = tx.sequence()
    versions = tx.run("SELECT agency_key, year FROM reports WHERE row = ?", (row,))
    tx.run("INSERT INTO removed SELECT row, ? FROM statements WHERE report = ?", (sequence, row))
    tx.run("DELETE FROM reports WHERE row = ?", (row,))
    for key, year in versions:
        refresh_versions(tx, key, year)


def refresh_versions(tx: Transaction, key: str, year: int | None) -> None:
    """Decide which of the versions of one agency's report of one year is current."""
    if not key or year is None:
        return
    versions = tx.run(
        "SELECT row, current FROM reports WHERE agency_key = ? AND year = ?"
        " ORDER BY coalesce(sign_date, ''), sequence, row",
        (key, year),
    )
    for place, (row, current) in enumerate(versions):
        wanted = int(place == len(versions) - 1)
        if wanted != current:
            tx.run("UPDATE reports SET current = ? WHERE row = ?", (wanted, row))
            seal(tx, int(row))


def seal(tx: Transaction, row: int) -> None:
    """Take the checksum of a report anew; the last step of every change to it."""
    tx.run("UPDATE reports SET checksum = ? WHERE row = ?", (report_checksum(tx.run, row), row))


# -- files ----------------------------------------------------------------------------------------------------


def link_file(tx: Transaction, mark: FileMark, report: int, parser: str) -> bool:
    """Say that a path holds a report. True where it held another one before, which goes if no path has it."""
    before = tx.run("SELECT report FROM files WHERE path = ?", (mark.path,))
    values = (mark.path, report, mark.sha256, mark.bytes, parser)
    tx.sequence()
    tx.run(
        "INSERT INTO files VALUES (?,?,?,?,?,?) ON CONFLICT(path) DO UPDATE SET report = excluded.report,"
        " sha256 = excluded.sha256, bytes = excluded.bytes, parser = excluded.parser, checksum = excluded.checksum",
        (*values, row_checksum(values)),
    )
    if before and before[0][0] != report:
        delete_unfiled(tx, int(before[0][0]))
    return bool(before)


def rename_file(tx: Transaction, path: str, name: str) -> None:
    """Let a file go by another name, which no file has; its report stays."""
    for row in tx.run("SELECT report, sha256, bytes, parser FROM files WHERE path = ?", (path,)):
        values = (name, *row)
        tx.run("UPDATE files SET path = ?, checksum = ? WHERE path = ?", (name, row_checksum(values), path))


def link_again(tx: Transaction, path: str, name: str) -> None:
    """Let a file go by another name as well."""
    found = tx.run("SELECT report, sha256, bytes, parser FROM files WHERE path = ?", (path,))
    for report, sha256, size, parser in found:
        link_file(tx, FileMark(name, str(sha256), int(size)), int(report), str(parser))


def unlink_file(tx: Transaction, path: str) -> None:
    """Forget a path (a member that its archive no longer has); its report goes if no other path has it."""
    before = tx.run("SELECT report FROM files WHERE path = ?", (path,))
    tx.sequence()
    tx.run("DELETE FROM files WHERE path = ?", (path,))
    for (report,) in before:
        delete_unfiled(tx, int(report))


def delete_unfiled(tx: Transaction, report: int) -> None:
    """Take a report out where no path holds it any longer."""
    if not tx.run("SELECT 1 FROM files WHERE report = ? LIMIT 1", (report,)):
        delete_report(tx, report)


# -- labels ---------------------------------------------------------------------------------------------------


def relabel(tx: Transaction, report: int, labels: Mapping[int, Sequence[Label]], origin: str) -> None:
    """Give statements of one report new labels (by statement row); a person's corrections stay in force."""
    tx.sequence()
    refresh(tx, report, {row: given(found, origin) for row, found in labels.items()})
    seal(tx, report)


# -- vectors --------------------------------------------------------------------------------------------------


def find_model(tx: Transaction, name: str, dimension: int, segmenter: str, fingerprint: str) -> int:
    """The row of a model, made where it is new."""
    values = (name, dimension, segmenter, fingerprint)
    tx.run(
        "INSERT INTO models(name, dimension, segmenter, fingerprint) VALUES (?,?,?,?) ON CONFLICT DO NOTHING", values
    )
    row = tx.run(
        "SELECT id FROM models WHERE name = ? AND dimension = ? AND segmenter = ? AND fingerprint = ?", values
    )[0][0]
    return int(row)


def use_model(tx: Transaction, model: int) -> None:
    """Make a model the one in use."""
    tx.set_meta("model", str(model))


def put_vectors(tx: Transaction, model: int, hashes: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
    """Cache vectors (n, d) by the hashes of their texts, as little-endian float16."""
    rows = []
    for content, vector in zip(hashes, vectors.astype("<f2"), strict=True):
        blob = vector.tobytes()
        rows.append((content, model, blob, vector_checksum(blob)))
    tx.many(
        "INSERT INTO vectors(content, model, vector, checksum) VALUES (?,?,?,?) ON CONFLICT(content, model)"
        " DO UPDATE SET vector = excluded.vector, checksum = excluded.checksum",
        rows,
    )


def drop_unused_vectors(tx: Transaction, model: int) -> None:
    """Forget vectors of other models and of texts that no statement has."""
    tx.run("DELETE FROM vectors WHERE model <> ? OR content NOT IN (SELECT content FROM statements)", (model,))
    tx.run("DELETE FROM models WHERE id <> ?", (model,))
