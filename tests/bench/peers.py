"""Other engines over the same rows as an archive's: ten best, no filter, the same vectors, the same words; and topics.

Plain FAISS and SQLite's FTS5 come with what the project needs; txtai and BERTopic are taken where they are installed
(``pip install txtai bertopic``), at their defaults, but for the bounds below. Each is told with its ratio to ours.
"""

from __future__ import annotations

import math
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
TXTAI_TRAINED = 300_000  # rows that txtai's lists are trained from at most (its setting ``sample``): minutes, not hours
TXTAI_WORDS = 300_000  # rows up to which its BM25, which is Python, is filled
TOPIC_STATEMENTS = 50_000  # problems that topics are looked for in at most: BERTopic holds a graph of all of them


def texts(archive: Archive) -> Iterator[str]:
    last = 0
    while True:
        rows = archive.store.query("SELECT row, text FROM statements WHERE row > ? ORDER BY row LIMIT 20000", (last,))
        if not rows:
            return
        last = rows[-1][0]
        yield from (text for _, text in rows)


def peers(archive: Archive, queries: list[str]) -> Iterator[Row]:
    """Time, how many times ours that is, and for the vectors how much of the exact ten best each engine finds."""
    view, encoder = archive.searcher()._view, archive._encoder_in_use()
    everything = view.allowed(archive.filter(kind=["problem", "measure", "passage"]))
    vectors = [encoder.encode_query(query) for query in queries]
    words = [list(dict.fromkeys(word_tokens(query))) for query in queries]
    flat = _flat(view)
    exact = [flat(vector) for vector in vectors]

    def recall(search_for: Callable[[Any], Any]) -> str:
        return f", recall@10 {_recall([search_for(vector) for vector in vectors], exact):.3f}"

    def nearest(vector: Any) -> Any:
        return np.sort(view.nearest(vector, 10, everything)[1])[::-1]

    ours = _times(nearest, vectors)
    yield "vectors: ours", ours.line() + recall(nearest)
    yield "vectors: FAISS flat", _beside(_times(flat, vectors), ours) + recall(flat)
    terms = [[(word, 1.0) for word in query] for query in words]
    by_words = _times(lambda query: view.matching("words", query, 10, everything), terms)
    yield "words: ours", by_words.line()
    yield from _fts5(archive, words, by_words)
    if find_spec("txtai") is None:
        yield "txtai", "not installed, left out"
    else:
        txtai, told = _txtai_vectors(view)
        yield "vectors: txtai built in", told
        yield "vectors: txtai", _beside(_times(txtai, vectors), ours) + recall(txtai)
        yield from _txtai_words(archive, view.size, words, by_words)
    yield from _topics(archive)


def _times(call: Callable[[Any], object], given: Sequence[Any]) -> search.Times:
    times = search.Times()
    for one in given:
        times.take(lambda one=one: call(one))
    return times


def _beside(theirs: search.Times, ours: search.Times) -> str:
    """Their times, and the ratio of the medians of processor time."""
    return f"{theirs.line()}   {np.median(theirs.cpu) / max(1e-3, float(np.median(ours.cpu))):.1f} times ours"


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


def _fts5(archive: Archive, words: list[list[str]], ours: search.Times) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        table = sqlite3.connect(Path(name) / "fts.sqlite3")
        table.execute("CREATE VIRTUAL TABLE t USING fts5(words, content='', tokenize=\"unicode61\")")
        begun = time.process_time()
        table.executemany("INSERT INTO t(words) VALUES (?)", ((joined(text),) for text in texts(archive)))
        table.commit()
        yield "words: FTS5 built in", f"{time.process_time() - begun:.0f} s of processor time"
        sql = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10"
        quoted = [" OR ".join(f'"{word}"' for word in query) or '"无"' for query in words]
        yield "words: SQLite FTS5", _beside(_times(lambda query: table.execute(sql, (query,)).fetchall(), quoted), ours)
        table.close()


def _txtai_vectors(view: Any) -> tuple[Callable[[Any], Any], str]:
    """A search for ten scores, and how the index was made."""
    from txtai.embeddings import Embeddings

    config: dict[str, Any] = {"method": "external", "transform": lambda vectors: vectors, "backend": "faiss"}
    if view.size > TXTAI_TRAINED:
        config["faiss"] = {"sample": TXTAI_TRAINED / view.size}
    index = Embeddings(config)
    begun = time.process_time()
    index.index((number, vector, None) for number, vector in enumerate(v for block in _blocks(view) for v in block))
    told = f"{time.process_time() - begun:.0f} s of processor time, of {view.size} rows"
    if "faiss" in config:
        told += f" (lists from {TXTAI_TRAINED} of them)"
    return lambda vector: [score for _, score in index.search(vector, 10)], told


def _txtai_words(archive: Archive, size: int, words: list[list[str]], ours: search.Times) -> Iterator[Row]:
    from txtai.embeddings import Embeddings

    if size > TXTAI_WORDS:
        yield "words: txtai", f"left out above {TXTAI_WORDS} rows"
        return
    index = Embeddings({"keyword": True})
    begun = time.process_time()
    index.index((number, joined(text), None) for number, text in enumerate(texts(archive)))
    yield "words: txtai built in", f"{time.process_time() - begun:.0f} s of processor time"
    yield "words: txtai", _beside(_times(lambda query: index.search(" ".join(query), 10), words), ours)


def _topics(archive: Archive) -> Iterator[Row]:
    """Topics of the same problems with the same vectors; the segmenter is warm and libraries are loaded before."""
    from topics import NONE, RUN, available

    found = archive.store.query("SELECT row, text FROM statements WHERE kind = 'problem' ORDER BY row")
    some = found[:: math.ceil(len(found) / TOPIC_STATEMENTS)] if found else []
    vectors = archive.store.vectors([row for row, _ in some])
    spent: dict[str, float] = {}
    for method in ("mingjian", "bertopic"):
        if not available(method):
            yield f"topics: {method}", "not installed, left out"
            continue
        RUN[method]([text for _, text in some[:200]], vectors[:200], 0)  # loads what it needs
        begun = time.process_time()
        labels = RUN[method]([text for _, text in some], vectors, 0)
        spent[method] = time.process_time() - begun
        yield (
            f"topics: {method}",
            f"{spent[method]:.1f} s of processor time for {len(some)} problems, {len(set(labels.tolist()) - {NONE})}"
            f" topics, {(labels == NONE).mean():.0%} in none, {spent[method] / spent['mingjian']:.1f} times ours",
        )
