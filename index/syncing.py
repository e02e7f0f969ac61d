"""Keeping an engine on another machine the same as the store, and saying so in a generation.

A generation of such an archive is a small folder: which collection holds the rows (``remote.json``), which reports it
holds in which state (``reports.npy``: report row, seal), the counts of words (:mod:`index.tallies`). A report's seal
is the beginning of its checksum, so whatever changes in it (a label, a kind) shows. Every step may be done twice:
entities go in by their row, in place of what was there. What a killed run has begun, the next one does again; rows that
went are remembered by the store (``removed``) and go again; where the numbers disagree in the end, the collection is
gone through row by row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from index.backends.remote import PAGE, RemoteIndex
from index.elsewhere import (
    RECORD,
    REPORTS,
    Record,
    Seals,
    connect,
    key_of,
    read_record,
    read_reports,
    wanted,
)
from index.embedding import model_of
from index.lexical import K1, B
from index.manifest import mark_file, read_manifest
from index.reads import Reads, decode_vectors
from index.settings import FLAT_LIMIT, GAPS_SHARE
from index.tallies import CountingApart, Tallies, cut, load_parts, save_parts, token_key
from nlp.errors import MingjianError

AT_ONCE = 40  # reports whose statements are read from the store at a time
SPARSE_KEYS = 2**32 - 2
FEWEST = 2  # dimensions that a cluster takes; an archive without rows has none


def build(store: Reads, folder: Path, number: int, before: Path | None) -> int:
    """Bring the collection up to the store, or make it anew, and write the generation's folder; gives its rows.

    Args:
        store: within a snapshot.
        folder: of the new generation.
        number: of the new generation.
        before: the folder of the generation in force, where its collection is to go on being used.

    Raises:
        MingjianError: the server is not there or refuses, a statement has no vector. OSError: the disk is full.
    """
    address, key = wanted(store), key_of(store, folder.parents[1])
    count, last_row = store.query("SELECT count(*), coalesce(max(row), 0) FROM statements")[0]
    model = _model(store)
    known = _usable(before, address, key, model, int(count))
    index = connect(address, key, known.number if known else number)
    try:
        if known is None or before is None or not index.exists():
            known, before = None, None
            index.create(max(store.dimension(), FEWEST), exact=count <= FLAT_LIMIT)
        held = read_reports(before) if before else np.zeros((0, 2), np.int64)
        reports = seals_of(store)
        if known is not None:
            gone = store.query("SELECT row FROM removed WHERE sequence > ? ORDER BY row", (known.sequence,))
            index.delete([row for (row,) in gone])
        counting = CountingApart(load_parts(before) if before else None)
        counted_to = known.last_row if known else 0
        _put(store, index, changed(held, reports), counting, counted_to)
        if index.count() != count:
            reconcile(store, index, counting)
        if known is None:
            index.settle()
    finally:
        index.close()
    folder.mkdir(parents=True, exist_ok=True)
    counted = counting.done()
    if sum(part.size for part in counted.values()) - count > GAPS_SHARE * count:
        counted = recounted(store)
    save_parts(counted, folder)
    np.save(folder / REPORTS, reports)
    record = Record(
        address,
        key,
        known.number if known else number,
        known.exact if known else count <= FLAT_LIMIT,
        model,
        store.sequence(),
        int(last_row),
        int(count),
    )
    (folder / RECORD).write_text(json.dumps(asdict(record), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(count)


def recounted(store: Reads) -> dict[str, Tallies]:
    """The counts of the texts that are there: those that went cannot be taken out of counts made before."""
    counting, last = CountingApart(), 0
    some = "SELECT row, kind, text FROM statements WHERE row > ? ORDER BY row LIMIT ?"
    while found := store.query(some, (last, PAGE)):
        for _, kind, text in found:
            counting.add(kind, cut(text))
        last = int(found[-1][0])
    return counting.done()


def _model(store: Reads) -> str:
    found = model_of(store)
    return f"{found.fingerprint}-{found.dimension}" if found else ""


def _usable(before: Path | None, address: str, key: str, model: str, count: int) -> Record | None:
    """The record of the generation in force, where its collection can be brought up to date."""
    record = read_record(before) if before and _sound(before) else None
    if before is None or record is None or (record.index, record.key, record.model) != (address, key, model):
        return None
    if record.exact and count > 2 * FLAT_LIMIT:  # it has outgrown comparing one by one
        return None
    try:
        load_parts(before)
    except MingjianError:  # of a version that counted otherwise
        return None
    return record


def _sound(before: Path) -> bool:
    """Whether what is gone on from is what the manifest says; else it would be in the next generation as well, with a
    checksum that agrees.
    """
    root = before.parents[1]
    manifest = read_manifest(root)
    files = manifest.files if manifest else {}
    own = [root / name for name in files if name.startswith(f"{before.relative_to(root).as_posix()}/")]
    read = [path for path in own if path.suffix in (".json", ".npy")]
    try:
        return {RECORD, REPORTS} <= {path.name for path in read} and all(
            files[path.relative_to(root).as_posix()] == mark_file(path) for path in read
        )
    except OSError:
        return False


def seals_of(store: Reads) -> Seals:
    """(n, 2) int64: every report's row and seal, rows ascending."""
    found = store.query("SELECT row, checksum FROM reports ORDER BY row")
    return np.array([(row, seal_of(checksum)) for row, checksum in found], dtype=np.int64).reshape(-1, 2)


def seal_of(checksum: bytes) -> int:
    """The first 8 bytes of a report's checksum as a number."""
    return int.from_bytes(bytes(checksum[:8]).ljust(8, b"\0"), "little", signed=True)


def changed(held: Seals, reports: Seals) -> list[int]:
    """Rows of the reports that a collection lacks or holds in another state."""
    if not len(held):
        return [int(row) for row in reports[:, 0]]
    places = np.minimum(np.searchsorted(held[:, 0], reports[:, 0]), len(held) - 1)
    same = (held[places, 0] == reports[:, 0]) & (held[places, 1] == reports[:, 1])
    return [int(row) for row in reports[~same, 0]]


def _put(store: Reads, index: RemoteIndex, reports: Sequence[int], counting: CountingApart, counted_to: int) -> None:
    for start in range(0, len(reports), AT_ONCE):
        rows = _statements(store, "s.report", reports[start : start + AT_ONCE])
        _upsert(store, index, rows, counting, counted_to)


def _upsert(
    store: Reads, index: RemoteIndex, rows: Sequence[tuple[Any, ...]], counting: CountingApart, counted_to: int
) -> None:
    """Statements as entities into the collection; those above ``counted_to`` are counted."""
    tokens = [cut(row[2]) for row in rows]
    for row, found in zip(rows, tokens, strict=True):
        if row[0] > counted_to:
            counting.add(row[1], found)
    labels = _labels(store, [row[0] for row in rows])
    vectors = decode_vectors([row[-1] for row in rows]) if rows else ()
    index.upsert(
        [
            {
                **dict(zip(FIELDS, row[:-2], strict=True)),
                "seal": seal_of(row[-2]),
                "labels": labels.get(row[0], []),
                "dense": vector,
                "grams": gram_weights(found["grams"], counting.average("grams", row[1])),
            }
            for row, found, vector in zip(rows, tokens, vectors, strict=True)
        ]
    )


FIELDS = (
    *("row", "kind", "text", "paired", "report", "year", "province", "city", "county"),
    *("level", "agency_type", "agency", "form", "scope"),
)


def _statements(store: Reads, column: str, numbers: Sequence[int]) -> list[tuple[Any, ...]]:
    """(:data:`FIELDS`, checksum, vector) of the statements whose column is among some numbers."""
    marks = ", ".join("?" * len(numbers))
    sql = (
        "SELECT s.row, s.kind, s.text, s.paired, r.id, r.year, r.province, r.city, r.county, r.level, r.agency_type,"
        " r.agency, r.form, r.scope, r.checksum, v.vector FROM statements s JOIN reports r ON r.row = s.report"
        " LEFT JOIN vectors v ON v.content = s.content AND v.model = ?"
        f" WHERE {column} IN ({marks}) ORDER BY s.row"
    )
    found = store.query(sql, (store.model_id(), *numbers))
    absent = sum(row[-1] is None for row in found)
    if absent:
        raise MingjianError(f"有 {absent} 条语句缺少向量，请运行：mingjian rebuild")
    return found


def _labels(store: Reads, rows: Sequence[int]) -> dict[int, list[str]]:
    out: dict[int, list[str]] = {}
    for start in range(0, len(rows), 500):
        part = rows[start : start + 500]
        marks = ", ".join("?" * len(part))
        for row, label in store.query(f"SELECT statement, label FROM labels WHERE statement IN ({marks})", part):
            out.setdefault(row, []).append(label)
    return out


def gram_weights(tokens: Sequence[str], average: float) -> dict[int, float]:
    """A text's 2-grams with their part of BM25 that the text decides; the query brings the rest (idf)."""
    norm = K1 * (1 - B + B * len(tokens) / max(average, 1.0))
    counts: dict[int, int] = {}
    for token in tokens:
        key = sparse_key(token)
        counts[key] = counts.get(key, 0) + 1
    return {key: count * (K1 + 1) / (count + norm) for key, count in counts.items()}


def sparse_key(token: str) -> int:
    """The dimension of a token in a sparse vector."""
    return token_key(token) % SPARSE_KEYS


# -- holding against the store --------------------------------------------------------------------------------


def reconcile(store: Reads, index: RemoteIndex, counting: CountingApart) -> None:
    """Go through the whole collection and mend every row; raises MingjianError where it still differs then."""
    for lost, strange in differing(store, index):
        index.delete(strange)
        for start in range(0, len(lost), 500):
            _upsert(store, index, _statements(store, "s.row", lost[start : start + 500]), counting, 2**62)
    count = store.query("SELECT count(*) FROM statements")[0][0]
    if index.count() != count:
        raise MingjianError(f"集合 {index.name} 的条数与数据文件不一致，可能有别的程序在改动它，请换一个集合名再重建")


def differing(store: Reads, index: RemoteIndex) -> Iterator[tuple[list[int], list[int]]]:
    """Page by page: rows that the collection lacks or holds in another state, and rows that the store has not."""
    last = int(store.query("SELECT coalesce(max(row), 0) FROM statements")[0][0])
    for low in range(0, max(last, index.highest()) + 1, PAGE):
        there = index.seals(low, low + PAGE)
        right = {
            row: seal_of(checksum)
            for row, checksum in store.query(
                "SELECT s.row, r.checksum FROM statements s JOIN reports r ON r.row = s.report"
                " WHERE s.row >= ? AND s.row < ?",
                (low, low + PAGE),
            )
        }
        lost = sorted(row for row, seal in right.items() if there.get(row) != seal)
        strange = sorted(there.keys() - right.keys())
        if lost or strange:
            yield lost, strange


def differences(store: Reads, folder: Path) -> Iterator[str]:
    """For ``verify``: how the collection of a generation differs from the store, one Chinese line each."""
    record = read_record(folder)
    if record is None:
        return
    if record.sequence != store.sequence():  # rows that came after the generation are no difference
        return
    index = connect(record.index, record.key, record.number)
    try:
        if not index.exists():
            yield f"集合 {index.name}：不在 Milvus 上，请运行：mingjian rebuild"
            return
        lost = strange = 0
        for part in differing(store, index):
            lost, strange = lost + len(part[0]), strange + len(part[1])
    finally:
        index.close()
    if lost:
        yield f"集合 {index.name}：缺少或不同的语句 {lost} 条，请运行：mingjian rebuild"
    if strange:
        yield f"集合 {index.name}：数据文件里没有的语句 {strange} 条，请运行：mingjian rebuild"
