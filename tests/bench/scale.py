"""How ingest, memory, disk, search, counting and small changes grow with the archive; beside other engines.

    python tests/bench/scale.py --sizes 10000,100000,1000000 --folder FOLDER    # archives there are used again
    python tests/bench/scale.py --small                                         # under a minute, for CI

For each size (statements: problems and measures) an archive is filled with recombined reports (:mod:`recombine`; their
files are not parsed), then everything is measured on it:

* *ingest*: more reports as txt files of 10 kB through ``mingjian add --workers 2``: parse, cut, label, embed, index.
* *search*: queries as in :mod:`search`.
* *page*: what the pages of the web interface ask of the archive; the first time the columns are read from the store.
* *one more*: one report added (or taken out, or relabelled) until a search shows it.
* *peers*: SQLite FTS5 over the same words, FAISS without lists over the same vectors, and where they are installed
  txtai over both and BERTopic over the same problems; each with its ratio to ours.

Wall-clock depends on what else the machine does; processor time stands beside it.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as index has it, which is imported after NumPy here

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
import recombine  # noqa: E402
import search  # noqa: E402
from peers import peers  # noqa: E402

from index import Archive  # noqa: E402
from index.columns import Kept, Stated, keep_for, kept_of, stated_of  # noqa: E402

FAR = 300_000  # number of the first report that is in no filled archive
LARGEST = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
raise SystemExit(done.returncode)
"""  # a process begins with the memory of the one that started it, which this one keeps small
Row = tuple[str, str]


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it gives, seconds of wall-clock, seconds of processor time."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - wall, time.process_time() - cpu


def shown(wall: float, cpu: float) -> str:
    return f"{wall:.2f} s (cpu {cpu:.2f} s)"


def children() -> float:
    """Processor time of the processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def ingest(folder: Path, files: int, first: int) -> Iterator[Row]:
    """Reports a second from files to searchable, with two workers, into the archive as it is."""
    with tempfile.TemporaryDirectory() as name:
        reports = islice(recombine.corpus(10**9, first), files)
        count = recombine.write_files(Path(name), reports)
        size = size_of(Path(name)) / count / 1000
        before = children()
        command = [sys.executable, "-m", "ui.cli", "add", name, "--workers", "2", "--archive", str(folder)]
        begun = time.perf_counter()
        told = subprocess.run(
            [sys.executable, "-c", LARGEST, *command], check=False, cwd=ROOT, capture_output=True, text=True
        )
        wall = time.perf_counter() - begun
        if told.returncode:
            raise SystemExit(f"mingjian add: {told.stderr or told.stdout}")
        cpu = children() - before
    yield "ingest, wall", f"{count / wall:.0f} reports/s ({count} files of {size:.1f} kB)"
    yield (
        "ingest, processor time",
        f"{1000 * cpu / count:.1f} ms a report, {2 * count / cpu:.0f} reports/s on two free cores",
    )
    yield "ingest, largest process", f"{int(told.stdout) / 1024:.0f} MB"


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
        "topics of everything": archive.topics,
        "topics of everything, again": archive.topics,
    }
    for name, call in calls.items():
        _, wall, cpu = timed(call)
        yield f"page: {name}", shown(wall, cpu)


def trends_of_many(archive: Archive, reports: int = 200_000) -> Iterator[Row]:
    """Trends where the archive's reports stand in it again and again until there are so many."""
    stated = stated_of(archive.store)
    columns, own = stated.columns, kept_of(archive.store)
    times = math.ceil(reports / max(1, len(columns.rows)))
    count = times * len(columns.rows)
    many = replace(
        columns,
        rows=np.arange(1, count + 1),
        seals=np.tile(columns.seals, times),
        codes={name: np.tile(codes, times) for name, codes in columns.codes.items()},
        numbers={name: np.tile(numbers, times) for name, numbers in columns.numbers.items()},
    )
    repeated = Stated(
        many,
        np.concatenate([stated.places + number * len(columns.rows) for number in range(times)]),
        np.tile(stated.labels, times),
        np.tile(stated.statements, times),
        stated.names,
        np.tile(stated.passages, times),
    )
    keep_for(archive.store, Kept(columns=many, stated=repeated))
    try:
        for by in ("year", "province"):
            found, wall, cpu = timed(partial(archive.trends, by))
            if sum(row.reports for row in found.rows if row.label == found.rows[0].label) < count / 2:
                raise SystemExit("most of the reports were not counted")
            yield f"trends by {by} over {count} reports", shown(wall, cpu)
    finally:
        keep_for(archive.store, own)


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


def measure(folder: Path, statements: int, files: int, every: int, *, with_peers: bool) -> Iterator[Row]:
    """Everything on one archive, filled where it is empty."""
    if not (folder / "manifest.json").exists():
        fill = [sys.executable, recombine.__file__, str(folder), "--statements", str(statements), "--direct"]
        (_, wall, _), cpu = timed(lambda: subprocess.run(fill, check=True, stdout=subprocess.DEVNULL)), children()
        yield "filled without parsing", f"{shown(wall, cpu)}"
    with Archive.open(folder, create=False) as archive:
        already = archive.info()["counts"]["reports"]
    yield from ingest(folder, files, FAR + already)  # others than those of a run before
    with Archive.open(folder, create=False) as archive:
        counts = archive.info()["counts"]
        yield (
            "in the archive",
            f"{counts['reports']} reports, {counts['statements']} statements, {counts['passages']} passages",
        )
        size = size_of(folder)
        yield "disk", f"{size / 1e6:.0f} MB, {size / counts['reports'] / 1000:.0f} kB a report"
        yield from searching(archive, every)
        yield from page(archive)
        yield from trends_of_many(archive)
        yield from one_more(archive)
        if with_peers:
            yield from peers(archive, search.queries()[:: max(1, 4 * every)])


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
    if len(sizes) > 1:  # a process for each: what one holds is not told as the next one's
        for size in sizes:
            subprocess.run([sys.executable, *sys.argv, "--sizes", str(size)], check=True)
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        for size in sizes:
            print(f"\n{size} statements", flush=True)
            folder = (given.folder or Path(name)) / f"archive-{size}"
            files, every = (60, 10) if given.small else (given.files, given.every)
            for what, value in measure(folder, size, files, every, with_peers=not given.no_peers):
                print(f"| {what} | {value} |", flush=True)


if __name__ == "__main__":
    main()
