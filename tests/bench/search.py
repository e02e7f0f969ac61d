"""Search: how fast, how exact, in how much memory.

    python tests/bench/search.py --statements 1000000 [--archive FOLDER]   # FOLDER is filled where it is empty
    python tests/bench/search.py --statements 2000                         # a minute, for a first look

Queries are those of ``corpora/judged`` (development), each as it stands, with a year or a place in its words, and with
filters beside it, each asked once. Before them as many others (``corpora/asked``) are asked as a server in use has seen
(``--before``; 0: a process that has read next to nothing of its files yet). Wall-clock time depends on what else the
machine does, so the process's own time stands beside it.
The archive is recombined (:mod:`recombine`); beside its statements (problems and measures) it has the passages of the
other sections, and both are searched.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as index has it, which is imported after NumPy here

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import recombine  # noqa: E402

from index import Archive  # noqa: E402
from index.encoder import load_encoder  # noqa: E402

ASKED = ROOT / "corpora" / "asked"
BEFORE = 600  # questions that were asked before
JUDGED = ("dev.jsonl", "dev2.jsonl")
PLACES = ("浙江省", "四川省", "广东省", "成都市", "山东省", "河南省")
FILTERS: tuple[dict[str, Any], ...] = (
    {"year": 2021},
    {"province": "浙江"},
    {"kind": "problem"},
    {"year": "2019-2022", "kind": "problem"},
    {"province": "四川省", "level": "county"},
    {"agency_type": "education"},
    {"city": "宁波市"},
    {"label": "staff_capacity"},
    {"province": "广东", "year": 2023, "agency_type": "civil_affairs"},
)
SAMPLE = ROOT / "corpora" / "sample" / "reports"


def queries() -> list[str]:
    """The judged development queries."""
    lines = [line for name in JUDGED for line in (ROOT / "corpora" / "judged" / name).read_text("utf-8").splitlines()]
    return [json.loads(line)["query"] for line in lines]


@dataclass
class Times:
    """Wall-clock and processor time of repeated work, in milliseconds."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def take(self, work: Callable[[], object]) -> None:
        """Time one call."""
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        self.wall.append(1e3 * (time.perf_counter() - wall))
        self.cpu.append(1e3 * (time.process_time() - cpu))

    def line(self) -> str:
        """Quantiles of both."""
        parts = []
        for name, values in (("wall", self.wall), ("cpu", self.cpu)):
            low, high, top = (float(np.quantile(values, q)) for q in (0.5, 0.99, 1.0))
            parts.append(f"{name} p50 {low:6.1f} p99 {high:6.1f} max {top:6.1f} ms")
        return "   ".join(parts)


def asked() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(group, query, filters): every query once in each group."""
    for number, query in enumerate(queries()):
        yield "no filter", query, {}
        year = 2015 + number % 11
        words = (f"{year}年", PLACES[number % len(PLACES)], f"{year}年{PLACES[number % len(PLACES)]}")[number % 3]
        yield "year or place in words", words + query, {}
        yield "filters beside", query, FILTERS[number % len(FILTERS)]


def encode_rate(count: int = 20_000) -> tuple[float, float]:
    """Statements a second of wall-clock and of processor time, texts all different."""
    texts: dict[str, None] = {}
    for composed in recombine.corpus(2 * count):
        texts.update(dict.fromkeys(s.text for s in composed.report.statements))
        if len(texts) >= count:
            break
    encoder, some = load_encoder(), list(texts)[:count]
    encoder.encode(some[:3000])
    wall, cpu = time.perf_counter(), time.process_time()
    encoder.encode(some)
    return len(some) / (time.perf_counter() - wall), len(some) / (time.process_time() - cpu)


def memory() -> dict[str, float]:
    """Resident megabytes: all, and of them what belongs to no file."""
    found = {}
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith(("VmRSS", "RssAnon", "RssFile")):
                found[line.split(":")[0]] = int(line.split()[1]) / 1024
    return found


def others(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Questions that are not measured, every third with a filter."""
    lines = (line for path in sorted(ASKED.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines())
    asked = [query for line in lines for query in json.loads(line)["queries"]]
    for number, query in enumerate(random.Random(1).sample(asked, count)):
        yield query, FILTERS[number % len(FILTERS)] if number % 3 == 0 else {}


def time_queries(archive: Archive, every: int = 1, before: int = BEFORE) -> dict[str, Times]:
    """Group → times; the first search of a process opens the index and is left out, and so are the others."""
    archive.search("工作人员身兼数职")
    for query, filters in others(before):
        archive.search(query, **filters)
    for name in FILTERS:
        archive.search("人手不够", **name)
    out: dict[str, Times] = {}
    for number, (group, query, filters) in enumerate(asked()):
        if number // 3 % every == 0:
            out.setdefault(group, Times()).take(lambda query=query, filters=filters: archive.search(query, **filters))
    return out


def recall(archive: Archive, count: int = 100, k: int = 10) -> dict[str, float]:
    """Share of the k exact nearest rows that the index finds: without a filter, of statements only, with filters."""
    searcher = archive.searcher()
    view = searcher._view
    encoder = archive._encoder_in_use()
    vectors = np.stack([encoder.encode_query(query) for query in queries()[::2][:count]])
    masks = {
        "all rows": archive.filter(kind=["problem", "measure", "passage"]),
        "statements": archive.filter(kind=["problem", "measure"]),
    }
    masks |= {str(one): archive.filter(**one) for one in FILTERS}
    allowed = {name: view.allowed(where) for name, where in masks.items()}
    best = {name: np.full((len(vectors), k), -2.0) for name in masks}
    for start in range(0, view.size, 100_000):
        block = np.arange(start, min(view.size, start + 100_000))
        cosines = view.vectors(block) @ vectors.T
        for name, mask in allowed.items():
            part = cosines[mask[start : start + len(block)]].T
            both = np.concatenate([best[name], part], axis=1)
            best[name] = -np.sort(-both, axis=1)[:, :k]
    out = {}
    for name, mask in allowed.items():
        found = total = 0
        for vector, exact in zip(vectors, best[name], strict=True):
            real = exact[exact > -2]
            _, scores = view.nearest(vector, k, mask)
            # Counted by cosine: of equal copies any may stand in the last place.
            found += int((scores[: len(real)] >= real[-1] - 1e-5).sum()) if len(real) else 0
            total += len(real)
        if total:
            out[name] = found / total
    return out


def cold_search(folder: Path, runs: int) -> tuple[float, float]:
    """Seconds of ``mingjian search`` in a new process on the sample archive, and of an empty Python process."""
    env = {**os.environ, "MINGJIAN_ARCHIVE": str(folder), "PYTHONPATH": str(ROOT)}
    with Archive.open(folder) as archive:
        archive.add([SAMPLE], workers=2)

    def seconds(command: Sequence[str]) -> float:
        begun = time.perf_counter()
        subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.perf_counter() - begun

    search = [sys.executable, "-m", "ui.cli", "search", "工作人员业务不熟练", "--json"]
    seconds(search)
    return (
        float(np.median([seconds(search) for _ in range(runs)])),
        float(np.median([seconds([sys.executable, "-c", "pass"]) for _ in range(runs)])),
    )


def prepared(folder: Path, statements: int) -> None:
    """Fill an archive where there is none."""
    if not (folder / "manifest.json").exists():
        begun = time.perf_counter()
        count = recombine.fill(folder, recombine.corpus(statements))
        print(f"filled with {count} reports in {time.perf_counter() - begun:.0f} s (files not parsed)", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--statements", type=int, default=1_000_000)
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--before", type=int, default=BEFORE, help="other queries that are asked before")
    parser.add_argument("--every", type=int, default=1, help="only every n-th query")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = given.archive or Path(name) / "archive"
        prepared(folder, given.statements)
        with Archive.open(folder, create=False) as archive:
            counts = archive.info()["counts"]
            print(f"{counts['reports']} reports, {counts['statements']} statements, {counts['passages']} passages")
            for group, times in time_queries(archive, given.every, given.before).items():
                print(f"{group:<24}{len(times.wall):>4} queries   {times.line()}")
            print("resident " + ", ".join(f"{key} {value:.0f} MB" for key, value in memory().items()))
            for group, share in recall(archive).items():
                print(f"recall@10 {share:.3f}  {group}")
        wall, cpu = encode_rate()
        print(f"encode {wall:.0f} statements/s of wall-clock, {cpu:.0f} of processor time")
        cold, bare = cold_search(Path(name) / "sample", 5)
        print(f"mingjian search, cold, sample archive {cold:.2f} s ({cold / bare:.1f} x python -c pass)")


if __name__ == "__main__":
    main()
