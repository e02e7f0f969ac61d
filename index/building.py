"""Building a generation: all rows anew, or the one before with what came since behind it.

A generation that continues another takes over its files by links wherever they need no change: the numbers of the
vectors and the word index's segments. Rows that went since stay in it, masked, until the next one that is built anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.filters import KINDS
from index.narrowing import FACET_COLUMNS, facet_text
from index.reads import Reads, decode_vectors
from index.settings import CAME_SHARE, FLAT_LIMIT
from nlp.errors import MingjianError

KIND_CODES = {kind: code for code, kind in enumerate(KINDS)}
KIND_CODE = "CASE s.kind " + " ".join(f"WHEN '{k}' THEN {c}" for k, c in KIND_CODES.items()) + " END"
WORD_PARTS = {"words": ("problem", "measure"), "passages": ("passage",)}  # folder of a word index → kinds in it
CHUNK = 20_000  # rows taken from the store at a time
READ_FIRST = 100_000  # rows whose texts are read before any is written: 50 MB
Rows = NDArray[np.int64]  # (n, 3): row, report row, kind code


def build(
    store: Reads,
    folder: Path,
    last_row: int,
    flat_limit: int = FLAT_LIMIT,
    meanwhile: Callable[[], None] = lambda: None,
) -> int:
    """Build a generation of all rows up to ``last_row`` in a new folder; gives the number of rows.

    The caller holds a snapshot of the store, flushes the folder and names it in the manifest. ``meanwhile``: what else
    there is to do here, for which writing the vectors need not be waited for.

    Raises:
        MingjianError: a statement has no vector (``mingjian rebuild`` makes it).
        OSError: the disk is full.
    """
    from index import lexical
    from index.backends import faiss

    _fresh(folder)
    rows = rows_between(store, 0, last_row)
    _save(folder, rows)
    vectors = _vectors(store, rows)
    with _beside(faiss.build(folder / "vectors.faiss", len(rows), max(store.dimension(), 1), vectors, flat_limit)):
        for name, kinds in WORD_PARTS.items():
            lexical.build(folder / name, *_texts(store, rows, kinds))
        meanwhile()
    return len(rows)


def extend(
    store: Reads,
    before: Path,
    folder: Path,
    after: int,
    last_row: int,
    meanwhile: Callable[[], None] = lambda: None,
) -> int:
    """Build a generation of what is in another one's folder and of the rows that came after; gives the rows that came.

    ``meanwhile``: as for :func:`build`.

    Raises:
        MingjianError: a statement has no vector.
        OSError: the disk is full, a file of the other one is missing.
    """
    from index import lexical
    from index.backends import faiss

    _fresh(folder)
    rows = rows_between(store, after, last_row)
    known = np.load(before / "rows.npy", mmap_mode="r", allow_pickle=False)
    _save(folder, np.concatenate([known, rows]))
    vectors = _vectors(store, rows)
    whole = len(word_folders(before)) == 1  # of before statements had an index of their own
    known_vectors, own_vectors = before / "vectors.faiss", folder / "vectors.faiss"
    lists = faiss.extend(known_vectors, own_vectors, store.dimension(), vectors, len(rows))
    words = [
        (name, *_texts(store, rows, tuple(KINDS) if whole else WORD_PARTS[name], len(known)))
        for name in word_folders(before)
    ]

    def write_words() -> None:
        for name, texts, positions in words:
            lexical.extend(before / name, folder / name, texts, positions)

    if len(rows) > READ_FIRST:
        with _beside(lists):
            write_words()
            meanwhile()
        return len(rows)
    # The store is read by this thread alone (PostgreSQL would wait for itself); who only waits for others goes beside.
    words = [(name, iter([*texts]), positions) for name, texts, positions in words]
    with _beside(lists, write_words):
        meanwhile()
    return len(rows)


@contextmanager
def _beside(*works: Callable[[], None]) -> Iterator[None]:
    """Do some work in threads while the block runs; ends with all of it, and raises what any did."""
    with ThreadPoolExecutor(len(works), thread_name_prefix="mingjian-build") as pool:
        done = [pool.submit(work) for work in works]
        yield
        for one in done:
            one.result()


def word_folders(folder: Path) -> list[str]:
    """The word indexes of a generation."""
    return [name for name in WORD_PARTS if (folder / name).is_dir()]


def can_extend(before: Path, count: int) -> bool:
    """Whether a generation may be continued until it has ``count`` rows: its lists must stay good enough.

    Vectors that are compared one by one have none, until they are too many.
    """
    from index.backends.halves import parts

    sizes = [path.stat().st_size for path in parts(before / "vectors.faiss")]
    if not sizes:
        return count <= FLAT_LIMIT
    came = count - sizes[0] / sum(sizes) * (count_rows(before))
    return came <= CAME_SHARE * count


def read_again(before: Path) -> list[Path]:
    """The files of a generation that the next one is written from, rather than linked to.

    What is wrong in them would be in the next one as well, with a checksum that agrees.
    """
    from index.backends.faiss import lists_behind
    from index.backends.halves import parts

    known = before / "vectors.faiss"
    words = [folder / "counts.json" for folder in map(before.__truediv__, word_folders(before))]
    return [before / "rows.npy", before / "findings.txt", *words, *parts(known)[1:], *lists_behind(known)]


def count_rows(folder: Path) -> int:
    """Rows of a generation."""
    return len(np.load(folder / "rows.npy", mmap_mode="r", allow_pickle=False))


def _fresh(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


def _save(folder: Path, rows: Rows) -> None:
    """Column by column, so that each can be used as it lies in the file."""
    np.save(folder / "rows.npy", np.asfortranarray(rows))


def rows_between(store: Reads, after: int, last_row: int) -> Rows:
    """(n, 3) row, report row and kind code of the rows in (after, last_row], ascending."""
    out = [np.zeros((0, 3), np.int64)]
    while True:
        found = store.query(
            f"SELECT s.row, s.report, {KIND_CODE} FROM statements s WHERE s.row > ? AND s.row <= ?"
            " ORDER BY s.row LIMIT ?",
            (after, last_row, CHUNK),
        )
        if not found:
            return np.concatenate(out)
        out.append(np.array(found, dtype=np.int64))
        after = int(found[-1][0])


def _vectors(store: Reads, rows: Rows) -> Iterator[NDArray[np.float32]]:
    """Stored vectors of the rows, in order, in chunks."""
    model = store.model_id()
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK, 0]
        found = store.query(
            "SELECT v.vector FROM statements s JOIN vectors v ON v.content = s.content AND v.model = ?"
            " WHERE s.row BETWEEN ? AND ? ORDER BY s.row",
            (model, int(part[0]), int(part[-1])),
        )
        if len(found) != len(part):
            raise MingjianError(f"有 {len(part) - len(found)} 条语句缺少向量，请运行：mingjian rebuild")
        yield decode_vectors([row[0] for row in found])


def _texts(
    store: Reads, rows: Rows, kinds: Sequence[str], start: int = 0
) -> tuple[Iterator[tuple[str, str]], Iterator[int]]:
    """Text and facets of the rows of some kinds, in order, and their positions, the first row's being ``start``."""
    chosen = np.flatnonzero(np.isin(rows[:, 2], [KIND_CODES[kind] for kind in kinds]))
    return _read_texts(store, rows, kinds), (int(place) + start for place in chosen)


def _read_texts(store: Reads, rows: Rows, kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK, 0]
        for text, kind, *facets in store.query(
            f"SELECT s.text, s.kind, {FACET_COLUMNS} FROM statements s JOIN reports r ON r.row = s.report"
            f" WHERE s.row BETWEEN ? AND ? AND s.kind IN ({', '.join('?' * len(kinds))}) ORDER BY s.row",
            (int(part[0]), int(part[-1]), *kinds),
        ):
            yield text, f"k{kind} {facet_text(facets)}"
