"""What it costs to go beyond one machine, measured small: the same archive here and on Milvus, the same files here and
on a Dask cluster.

    python tests/bench/beyond.py [--statements 6000] [--reports 120] [--out FILE]

The servers are real ones on loopback (``milvus-lite server``, ``dask scheduler``, two ``dask worker``), so that what is
measured is the way there and the work, not the speed of many machines. Prints the numbers as JSON; ``--out`` keeps them
for ``tests/bench/sizing.py``.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from milvus_server import MISSING, MilvusServer  # noqa: E402

from index.archive import Archive  # noqa: E402
from index.parsing import HereParser  # noqa: E402
from index.tallies import cut  # noqa: E402
from nlp.parse import parse_file  # noqa: E402

JUDGED = ROOT / "corpora" / "judged" / "dev.jsonl"
RECOMBINE = ROOT / "tests" / "bench" / "recombine.py"
LATE = "无人机巡检数据没有接入公开平台，群众查询不便。"


def queries(count: int) -> list[str]:
    lines = JUDGED.read_text(encoding="utf-8").splitlines()
    found = [str(json.loads(line)["query"]) for line in lines]
    return found[:: max(1, len(found) // count)][:count]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def searched(archive: Archive, asked: list[str], **filters: Any) -> tuple[dict[str, float], list[list[str]]]:
    archive.search(asked[0], k=10)
    times, hits = [], []
    for query in asked:
        seconds, answer = timed(lambda query=query: archive.search(query, k=10, **filters))  # type: ignore[misc]
        times.append(seconds * 1000)
        hits.append([hit.id for hit in answer.hits])
    ordered = sorted(times)
    return {"median_ms": round(median(times), 1), "p95_ms": round(ordered[int(0.95 * (len(ordered) - 1))], 1)}, hits


def late_report(folder: Path, number: int) -> Path:
    """A real sample report with one sentence that no other has."""
    source = next(iter(sorted((ROOT / "corpora" / "sample" / "reports").rglob("*.txt"))))
    data = source.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    folder.mkdir(exist_ok=True)
    path = folder / f"late-{number}.txt"
    path.write_text(f"{text}\n（{number}）{LATE}\n", encoding="utf-8")
    return path


def one_more(archive: Archive, folder: Path, number: int) -> dict[str, float]:
    """Seconds until a new report is found, and until it is gone."""
    path = late_report(folder, number)
    archive.search(LATE)

    def come() -> str:
        (result,) = archive.add(path)
        archive.search(LATE)
        return str(result.report)

    added, report = timed(come)

    def go() -> None:
        archive.remove(report)
        archive.search(LATE)

    return {"add_s": round(added, 2), "remove_s": round(timed(go)[0], 2)}


def milvus(work: Path, statements: int) -> dict[str, Any]:
    """The same archive here and there."""
    folder = work / "archive"
    command = [sys.executable, str(RECOMBINE), str(folder), "--statements", str(statements), "--direct"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    asked = queries(40)
    out: dict[str, Any] = {}
    server = MilvusServer(work / "milvus")
    try:
        with Archive.open(folder, create=False) as archive:
            info = archive.info()
            rows = int(archive.store.query("SELECT count(*) FROM statements")[0][0])
            out["rows"], out["reports"], out["dimension"] = rows, info["counts"]["reports"], info["dimension"]
            sides: dict[str, list[list[str]]] = {}
            before = server.memory()
            for side, index in (("local", "local"), ("milvus", server.address("bench"))):
                cpu = time.process_time()
                seconds, _ = timed(lambda index=index: archive.rebuild(index=index))  # type: ignore[misc]
                found: dict[str, Any] = {"rebuild_s": round(seconds, 1), "rows_per_s": round(rows / seconds)}
                found["cpu_ms_per_row"] = round(1000 * (time.process_time() - cpu) / rows, 3)
                found["plain"], sides[side] = searched(archive, asked)
                found["filtered"], _ = searched(archive, asked, year=[2021, 2022], kind=["problem"])
                found.update(one_more(archive, work / "late", len(out)))
                found["derived_bytes"] = size_of(folder / "derived")
                out[side] = found
            out["milvus"]["server_bytes"] = size_of(work / "milvus")
            out["milvus"]["server_memory"], out["milvus"]["server_memory_empty"] = server.memory(), before
            pairs = [*zip(sides["local"], sides["milvus"], strict=True)]
            shared = [len({*a} & {*b}) / len({*a} | {*b}) if a or b else 1.0 for a, b in pairs]
            out["same_top10"] = round(sum(shared) / len(shared), 3)
            out["store_bytes"] = (folder / "store.sqlite3").stat().st_size
            out["text_bytes"] = int(archive.store.query("SELECT sum(length(CAST(text AS BLOB))) FROM documents")[0][0])
            out["verify"] = [*archive.verify()]
    finally:
        server.kill()
    return out


def cluster(work: Path, reports: int) -> dict[str, Any]:
    """The same files by one process here, by two, and by two Dask workers."""
    files = work / "files"
    command = [sys.executable, str(RECOMBINE), str(files), "--statements", str(reports * 8)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    chosen = sorted(path for path in files.rglob("*.txt"))[:reports]
    out: dict[str, Any] = {"reports": len(chosen), "bytes": sum(path.stat().st_size for path in chosen)}
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    port = 18786
    base = [sys.executable, "-m"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": env, "cwd": work}
    running: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> None:
        running.append(subprocess.Popen([*base, *arguments], **quiet))  # type: ignore[call-overload]

    start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    for _ in range(2):
        worker = ["distributed.cli.dask_worker", f"tcp://127.0.0.1:{port}", "--nthreads", "1", "--no-nanny"]
        start(*worker, "--no-dashboard")
    try:
        time.sleep(6)
        ways: dict[str, dict[str, Any]] = {
            "workers_1": {"workers": 1},
            "workers_2": {"workers": 2},
            "cluster_2": {"cluster": f"tcp://127.0.0.1:{port}"},
        }
        contents = []
        for name, how in ways.items():
            with Archive.open(work / name) as archive:
                archive.add(late_report(work / "warm", 1), **how)  # the model and the processes are there
                seconds, results = timed(lambda archive=archive, how=how: archive.add(chosen, **how))  # type: ignore[misc]
                contents.append({row.id for row in archive.list()})
            failed = sum(result.outcome == "failed" for result in results)
            causes = sorted({str(result.cause) for result in results if result.outcome == "failed"})
            out[name] = {
                "s": round(seconds, 1),
                "reports_per_s": round(len(chosen) / seconds, 1),
                "failed": failed,
                "causes": causes,
            }
        out["same_ids"] = contents[0] == contents[1] == contents[2]
    finally:
        for process in reversed(running):
            process.kill()
            process.wait()
    return out


def costs(work: Path, reports: int) -> dict[str, Any]:
    """Seconds of one core and bytes, by report and by row: what sizing multiplies."""
    files = work / "cost-files"
    command = [sys.executable, str(RECOMBINE), str(files), "--statements", str(reports * 8)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    chosen = sorted(path for path in files.rglob("*.txt"))[:reports]
    parse_file(chosen[0])
    began = time.process_time()
    parsed = {path: parse_file(path) for path in chosen}
    parsing = time.process_time() - began
    with Archive.open(work / "costs") as archive:
        archive.add(late_report(work / "cost-warm", 1))
        began = time.process_time()
        archive.add(chosen, parser=HereParser(lambda path: parsed[path]))
        writing = time.process_time() - began
        rows, text = archive.store.query("SELECT count(*), sum(length(CAST(text AS BLOB))) FROM statements")[0]
        texts = [text for (text,) in archive.store.query("SELECT text FROM statements LIMIT 2000")]
        began = time.process_time()
        archive.rebuild()
        building = time.process_time() - began
        tokens = [cut(one) for one in texts]
        stated = archive.info()["counts"]["statements"]
        return {
            "bytes_per_report": round(sum(path.stat().st_size for path in chosen) / len(chosen)),
            "rows_per_report": round(rows / len(archive.list()), 1),
            "statements_per_report": round(stated / len(archive.list()), 1),
            "parse_cpu_s": round(parsing / len(chosen), 4),
            "write_cpu_s": round(writing / len(chosen), 4),
            "index_cpu_ms_per_row": round(1000 * building / rows, 3),
            "store_bytes_per_report": round((work / "costs" / "store.sqlite3").stat().st_size / len(archive.list())),
            "index_bytes_per_row": round(size_of(work / "costs" / "derived") / rows),
            "text_bytes_per_row": round(text / rows),
            "words_per_row": round(sum(len({*one["words"]}) for one in tokens) / len(tokens), 1),
            "grams_per_row": round(sum(len({*one["grams"]}) for one in tokens) / len(tokens), 1),
            "dimension": archive.info()["dimension"],
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])  # type: ignore[union-attr]
    parser.add_argument("--statements", type=int, default=6_000)
    parser.add_argument("--reports", type=int, default=120)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    found: dict[str, Any] = {"cores": os.cpu_count()}
    work = Path(tempfile.mkdtemp(prefix="mingjian-beyond-"))
    try:
        found["costs"] = costs(work, max(20, options.reports))
        if not MISSING and options.statements:
            found["index"] = milvus(work, options.statements)
            found["costs"]["milvus_disk_bytes_per_row"] = round(
                found["index"]["milvus"]["server_bytes"] / found["index"]["rows"]
            )
        if importlib.util.find_spec("distributed") is not None and options.reports:
            found["ingest"] = cluster(work, options.reports)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    text = json.dumps(found, ensure_ascii=False, indent=1)
    print(text)
    if options.out is not None:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
