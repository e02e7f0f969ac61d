"""What a person waits for: first page of the demo, cold search, ingest, size of the wheel.

    python tests/bench/start.py [--runs 5]

Prints one line a figure. Runs the ``mingjian`` of the same interpreter, in a folder of its own, on the
sample corpus. Ratios against a bare ``python -c pass`` and a plain reading of the files tell machines apart.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "corpora" / "sample" / "reports"
CLI = [sys.executable, "-m", "ui.cli"]


def seconds(command: list[str], env: dict[str, str], cwd: Path) -> float:
    """Wall-clock time of one command that must succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, env=env, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def first_page(env: dict[str, str], cwd: Path) -> float:
    """From ``mingjian demo`` without an archive to an answer of the page's health address and its first HTML."""
    port = free_port()
    start = time.perf_counter()
    demo = subprocess.Popen(
        [*CLI, "demo", "--port", str(port), "--no-browser"],
        env=env,
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while time.perf_counter() - start < 180:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as answer:
                    if answer.status == 200:
                        return time.perf_counter() - start
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the demo did not answer within three minutes")
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        demo.wait(timeout=30)


def wheel_megabytes(folder: Path) -> float:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return next(folder.glob("*.whl")).stat().st_size / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="repetitions of the short commands (median is shown)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {**os.environ, "MINGJIAN_ARCHIVE": str(folder / "archive"), "PYTHONPATH": str(ROOT), "HOME": name}
        print(f"demo, nothing to first page      {first_page(env, folder):8.1f} s")
        count = sum(1 for path in SAMPLE.rglob("*") if path.is_file())
        plain = time.perf_counter()
        for path in SAMPLE.rglob("*"):
            if path.is_file():
                path.read_bytes()
        plain = time.perf_counter() - plain
        for workers in (1, 2):
            env["MINGJIAN_ARCHIVE"] = str(folder / f"archive-{workers}")
            took = seconds([*CLI, "add", str(SAMPLE), "--workers", str(workers)], env, folder)
            print(f"add, {workers} worker(s), {count} files    {count / took:8.1f} reports/s (all formats)")
        print(f"  reading the same bytes           {plain:8.3f} s")
        bare = statistics.median(seconds([sys.executable, "-c", "pass"], env, folder) for _ in range(runs))
        helped = statistics.median(seconds([*CLI, "--help"], env, folder) for _ in range(runs))
        search = [*CLI, "search", "工作人员业务不熟练", "--json"]
        first = seconds(search, env, folder)
        found = statistics.median(seconds(search, env, folder) for _ in range(runs))
        print(f"python -c pass                   {bare:8.2f} s")
        print(f"mingjian --help                  {helped:8.2f} s ({helped / bare:.1f} x python)")
        print(f"mingjian search, first           {first:8.2f} s")
        print(f"mingjian search, cold process    {found:8.2f} s ({found / bare:.1f} x python)")
        print(f"wheel                            {wheel_megabytes(folder):8.1f} MB")


if __name__ == "__main__":
    main()
