"""Other engines over the same rows as an archive's: ten best, no filter, the same vectors, the same words.

Plain FAISS and SQLite's FTS5 come with what the project needs; txtai is taken where it is installed
(``pip install txtai``), at its defaults.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import search

from index.archive import Archive
from index.tokens import word_tokens
from nlp.segment import joined

Row = tuple[str, str]

BLOCK = 100_000
TXTAI_ROWS = 300_000  # up to here txtai is filled: its BM25 is Python, its lists are trained from every row


def texts(archive: Archive) -> Iterator[str]:
    last = 0
    while True:
        rows = archive.store.query("SELECT row, text FROM statements WHERE row > ? ORDER BY row LIMIT 20000", (last,))
        if not rows:
            return
        last = rows[-1][0]
        yield from (text for _, text in rows)


def peers(archive: Archive, queries: list[str]) -> Iterator[Row]:
    """Time, and for the vectors how much of the exact ten best each engine finds."""
    view, encoder = archive.searcher()._view, archive._encoder_in_use()
    everything = view.allowed(archive.filter(kind=["problem", "measure", "passage"]))
    vectors = [encoder.encode_query(query) for query in queries]
    words = [list(dict.fromkeys(word_tokens(query))) for query in queries]
    flat = _flat(view)
    exact = [flat(vector) for vector in vectors]

    def nearest(search_for: Callable[[Any], Any]) -> str:
        found = [search_for(vector) for vector in vectors]
        return f"{_times(search_for, vectors)}, recall@10 {_recall(found, exact):.3f}"

    yield "vectors: ours", nearest(lambda vector: np.sort(view.nearest(vector, 10, everything)[1])[::-1])
    yield "vectors: FAISS flat", nearest(flat)
    terms = [[(word, 1.0) for word in query] for query in words]
    yield "words: ours", _times(lambda query: view.matching("words", query, 10, everything), terms)
    yield from _fts5(archive, words)
    if find_spec("txtai") is None:
        yield "txtai", "not installed, left out"
        return
    if view.size > TXTAI_ROWS:
        yield "txtai", f"left out above {TXTAI_ROWS} rows"
        return
    yield from _txtai_vectors(view, nearest)
    yield from _txtai_words(archive, words)


def _times(call: Callable[[Any], object], given: Sequence[Any]) -> str:
    times = search.Times()
    for one in given:
        times.take(lambda one=one: call(one))
    return times.line()


def _recall(found: Sequence[Any], exact: Sequence[Any]) -> float:
    """Counted by score: of equal copies any may stand in the last place."""
    hits = sum(int((np.asarray(scores) >= best[-1] - 2e-3).sum()) for scores, best in zip(found, exact, strict=True))
    return hits / sum(len(best) for best in exact)


def _flat(view: Any) -> Callable[[Any], Any]:
    import faiss

    engine: Any = faiss
    width = view.vectors(np.arange(1)).shape[1]
    flat = engine.IndexScalarQuantizer(width, engine.ScalarQuantizer.QT_fp16, engine.METRIC_INNER_PRODUCT)
    flat.train(np.zeros((1, width), np.float32))
    for block in _blocks(view):
        flat.add(block)
    return lambda vector: flat.search(vector[None, :], 10)[0][0]


def _blocks(view: Any) -> Iterator[Any]:
    for start in range(0, view.size, BLOCK):
        yield view.vectors(np.arange(start, min(view.size, start + BLOCK)))


def _fts5(archive: Archive, words: list[list[str]]) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        table = sqlite3.connect(Path(name) / "fts.sqlite3")
        table.execute("CREATE VIRTUAL TABLE t USING fts5(words, content='', tokenize=\"unicode61\")")
        begun = time.process_time()
        table.executemany("INSERT INTO t(words) VALUES (?)", ((joined(text),) for text in texts(archive)))
        table.commit()
        yield "words: FTS5 built in", f"{time.process_time() - begun:.0f} s of processor time"
        sql = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10"
        quoted = [" OR ".join(f'"{word}"' for word in query) or '"无"' for query in words]
        yield "words: SQLite FTS5", _times(lambda query: table.execute(sql, (query,)).fetchall(), quoted)
        table.close()


def _txtai_vectors(view: Any, nearest: Callable[[Callable[[Any], Any]], str]) -> Iterator[Row]:
    from txtai.embeddings import Embeddings

    index = Embeddings({"method": "external", "transform": lambda vectors: vectors, "backend": "faiss"})
    begun = time.process_time()
    index.index((number, vector, None) for number, vector in enumerate(v for block in _blocks(view) for v in block))
    yield "vectors: txtai built in", f"{time.process_time() - begun:.0f} s of processor time"
    yield "vectors: txtai", nearest(lambda vector: [score for _, score in index.search(vector, 10)])


def _txtai_words(archive: Archive, words: list[list[str]]) -> Iterator[Row]:
    from txtai.embeddings import Embeddings

    index = Embeddings({"keyword": True})
    begun = time.process_time()
    index.index((number, joined(text), None) for number, text in enumerate(texts(archive)))
    yield "words: txtai built in", f"{time.process_time() - begun:.0f} s of processor time"
    yield "words: txtai", _times(lambda query: index.search(" ".join(query), 10), words)
