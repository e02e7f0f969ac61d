"""How ingest, memory, disk, search, counting and small changes grow with the archive; beside other engines.

    python tests/bench/scale.py --sizes 10000,100000,1000000 --folder FOLDER    # archives there are used again
    python tests/bench/scale.py --small                                         # under a minute, for CI

For each size (statements: problems and measures) an archive is filled with recombined reports (:mod:`recombine`; their
files are not parsed), then everything is measured on it:

* *ingest*: more reports as txt files of 10 kB through ``mingjian add --workers 2``: parse, cut, label, embed, index.
* *search*: queries as in :mod:`search`.
* *page*: what the pages of the web interface ask of the archive; the first time the columns are read from the store.
* *one more*: one report added (or taken out, or relabelled) until a search shows it.
* *peers*: SQLite FTS5 over the same words, FAISS without lists over the same vectors, and txtai where it is installed.

Wall-clock depends on what else the machine does; processor time stands beside it.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import recombine  # noqa: E402
import search  # noqa: E402

from index import Archive  # noqa: E402
from index.tokens import word_tokens  # noqa: E402
from nlp.segment import joined  # noqa: E402

FAR = 900_000  # number of the first report that is in no filled archive
Row = tuple[str, str]


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it gives, seconds of wall-clock, seconds of processor time."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - wall, time.process_time() - cpu


def shown(wall: float, cpu: float) -> str:
    return f"{wall:.2f} s (cpu {cpu:.2f} s)"


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def ingest(folder: Path, files: int, first: int) -> Iterator[Row]:
    """Reports a second from files to searchable, with two workers, into the archive as it is."""
    with tempfile.TemporaryDirectory() as name:
        reports = islice(recombine.corpus(10**9, first), files)
        count = recombine.write_files(Path(name), reports)
        size = size_of(Path(name)) / count / 1000
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "ui.cli", "add", name, "--workers", "2", "--archive", str(folder)]
        begun = time.perf_counter()
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wall = time.perf_counter() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    yield "ingest, wall", f"{count / wall:.0f} reports/s ({count} files of {size:.1f} kB)"
    yield (
        "ingest, processor time",
        f"{1000 * cpu / count:.1f} ms a report, {2 * count / cpu:.0f} reports/s on two free cores",
    )
    yield "ingest, largest process", f"{after.ru_maxrss / 1024:.0f} MB"


def searching(archive: Archive, every: int) -> Iterator[Row]:
    (_, wall, cpu) = timed(lambda: archive.search("公开渠道单一"))
    yield "first search of a process", shown(wall, cpu)
    for group, times in search.time_queries(archive, every).items():
        yield f"search, {group}", times.line()
    yield "resident after these", ", ".join(f"{key} {value:.0f} MB" for key, value in search.memory().items())


def page(archive: Archive) -> Iterator[Row]:
    """What the pages ask, the first time and again."""
    calls: dict[str, Callable[[], Any]] = {
        "columns (once a process)": archive.facets,
        "facets": archive.facets,
        "facets under a filter": lambda: archive.facets(province="浙江", kind="problem"),
        "trends by year": archive.trends,
        "trends by province": lambda: archive.trends("province"),
        "list, its first page and length": lambda: (archive.count(), archive.list(limit=20)),
        "list, a page far down": lambda: archive.list(limit=20, offset=max(0, archive.count() - 40)),
        "list of one province's year": lambda: archive.list(province="浙江", year=2021),
        "info": archive.info,
        "statements of a province's year": lambda: archive.statements(province="浙江", year=2021),
        "statements, a page and their number": lambda: (archive.count_statements(), archive.statements(limit=100)),
        "statistics by year (cells once a process)": archive.statistics,
        "statistics by year": archive.statistics,
        "statistics by province": lambda: archive.statistics(by="province"),
        "ranking of all reports": lambda: archive.statistics("received_new"),
        "what outcomes are made of": archive.structure,
        "topics of a province's year": lambda: archive.topics(province="浙江", year=2021, kind="problem"),
    }
    for name, call in calls.items():
        _, wall, cpu = timed(call)
        yield f"page: {name}", shown(wall, cpu)


def one_more(archive: Archive) -> Iterator[Row]:
    """Small changes until a search shows them."""
    archive.search("人手不够")
    marker = "琉璃簋专栏"  # words that no report has
    composed = recombine.compose(FAR + 7)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / composed.name
        text = composed.file.replace("改进措施\n1.", f"改进措施\n1.新设{marker}并派专人值守。\n2.", 1)
        path.write_text(text, encoding="utf-8")

        def add() -> Any:
            result = archive.add([path])[0]
            found = archive.search(f"“{marker}”")
            if not found.hits:
                raise SystemExit("the report that was added is not found")
            return result, found.hits[0]

        (result, hit), wall, cpu = timed(add)
        yield "one report added, until found", shown(wall, cpu)
        _, wall, cpu = timed(lambda: (archive.label(hit.id, add=["training"]), archive.search("人手不够")))
        yield "one statement relabelled, until searched", shown(wall, cpu)
        _, wall, cpu = timed(lambda: (archive.remove(result.report), archive.search("人手不够")))
        yield "one report taken out, until searched", shown(wall, cpu)


def texts(archive: Archive) -> Iterator[str]:
    last = 0
    while True:
        rows = archive.store.query("SELECT row, text FROM statements WHERE row > ? ORDER BY row LIMIT 20000", (last,))
        if not rows:
            return
        last = rows[-1][0]
        yield from (text for _, text in rows)


def peers(archive: Archive, queries: list[str]) -> Iterator[Row]:
    """Other engines over the same rows, 10 best, without a filter."""
    view, encoder = archive.searcher()._view, archive._encoder_in_use()
    everything = view.allowed(archive.filter(kind=["problem", "measure", "passage"]))
    vectors = [encoder.encode_query(query) for query in queries]

    def median(call: Callable[[int], object]) -> str:
        times = search.Times()
        for number in range(len(queries)):
            times.take(lambda number=number: call(number))
        return times.line()

    yield "vectors: ours", median(lambda n: view.nearest(vectors[n], 10, everything))
    yield "vectors: FAISS flat", median(_flat(view, vectors))
    terms = [[(token, 1.0) for token in dict.fromkeys(word_tokens(query))] for query in queries]
    yield "words: ours", median(lambda n: view.matching("words", terms[n], 10, everything))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        table = sqlite3.connect(Path(name) / "fts.sqlite3")
        table.execute("CREATE VIRTUAL TABLE t USING fts5(words, content='', tokenize=\"unicode61\")")
        begun = time.process_time()
        table.executemany("INSERT INTO t(words) VALUES (?)", ((joined(text),) for text in texts(archive)))
        table.commit()
        yield "words: FTS5 built in", f"{time.process_time() - begun:.0f} s of processor time"
        sql = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10"
        quoted = [" OR ".join(f'"{word}"' for word in dict.fromkeys(word_tokens(query))) or '"无"' for query in queries]
        yield "words: SQLite FTS5", median(lambda n: table.execute(sql, (quoted[n],)).fetchall())
        table.close()
    if find_spec("txtai") is None:
        yield "txtai", "not installed, left out"


def _flat(view: Any, vectors: list[Any]) -> Callable[[int], object]:
    import faiss

    engine: Any = faiss
    flat = engine.IndexScalarQuantizer(vectors[0].shape[0], engine.ScalarQuantizer.QT_fp16, engine.METRIC_INNER_PRODUCT)
    flat.train(np.zeros((1, vectors[0].shape[0]), np.float32))
    for start in range(0, view.size, 100_000):
        flat.add(view.vectors(np.arange(start, min(view.size, start + 100_000))))
    return lambda number: flat.search(vectors[number][None, :], 10)


def measure(folder: Path, statements: int, files: int, every: int, *, with_peers: bool) -> list[Row]:
    """Everything on one archive, filled where it is empty."""
    rows: list[Row] = []
    if not (folder / "manifest.json").exists():
        count, wall, cpu = timed(lambda: recombine.fill(folder, recombine.corpus(statements)))
        rows.append(("filled without parsing", f"{count} reports, {shown(wall, cpu)}"))
    rows += ingest(folder, files, FAR)
    with Archive.open(folder, create=False) as archive:
        counts = archive.info()["counts"]
        inside = f"{counts['reports']} reports, {counts['statements']} statements, {counts['passages']} passages"
        rows.insert(0, ("in the archive", inside))
        rows.append(
            ("disk", f"{size_of(folder) / 1e6:.0f} MB, {size_of(folder) / counts['reports'] / 1000:.0f} kB a report")
        )
        rows += searching(archive, every)
        rows += page(archive)
        rows += one_more(archive)
        if with_peers:
            rows += peers(archive, search.queries()[:: max(1, 4 * every)])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--files", type=int, default=1200, help="files for ingest")
    parser.add_argument("--every", type=int, default=1, help="only every n-th query")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--small", action="store_true")
    given = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    sizes = [1500] if given.small else [int(size) for size in given.sizes.split(",")]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        for size in sizes:
            print(f"\n{size} statements", flush=True)
            folder = (given.folder or Path(name)) / f"archive-{size}"
            files, every = (60, 10) if given.small else (given.files, given.every)
            for what, value in measure(folder, size, files, every, with_peers=not given.no_peers):
                print(f"| {what} | {value} |", flush=True)


if __name__ == "__main__":
    main()
