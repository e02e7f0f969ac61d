"""Fifty people at once: half at the API, half with the page open, against the real server on this machine (locust).

    python tests/bench/load.py                 # 100 000 statements, 50 users, 10 minutes
    python tests/bench/load.py --small         # the sample, 8 users, 20 seconds; for CI
    python tests/bench/load.py --archive DIR --seconds 180

One ``mingjian serve`` process serves the page and the API beside it at ``/api``. An API user sends a search, a list,
shares, figures or facets every 2 to 8 seconds. A page user fetches the page, opens the websocket session that a browser
would open (what Streamlit costs), lets a page be computed to its end, then another one in the same session every 5 to
20 seconds, and now and then closes it and comes back. Questions are the judged ones (development), so that few come
twice in a run. Each request is asked once beforehand, and what the server works out in the background then is waited
for: loading is not measured. The load is made on the same cores; what it takes of them is told (``cores``).

Fails (exit code 1) where any request failed, where 95 of 100 searches (API or page) took more than a second, or where
the server's memory grew: resident at the end against after the first minute (a third of a short run), while caches
fill, and in a run of minutes against the middle, when they have filled. Resident are pages of files it looked at, too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
SLOWEST = 1_000.0  # ms that 95 of 100 searches stay under
GROWTH, SLACK = 1.10, 60e6  # memory at the end: at most so many times the first measure, and so many bytes
SETTLED, LONG = 1.04, 300.0  # at most so many times the middle's, in a run of so many seconds
JUDGED = ROOT / "corpora" / "judged"
QUERIES = tuple(
    json.loads(line)["query"] for name in ("dev", "dev2") for line in (JUDGED / f"{name}.jsonl").open(encoding="utf-8")
)
RESTING, AT_MOST = 0.15, 180.0  # cores in use from which a server has settled, and seconds that it gets


def query() -> str:
    """A question, as it stands in an address."""
    return quote(random.choice(QUERIES))


VERBS = (
    ("search", 8, lambda: f"/api/search?query={query()}&k=10"),
    ("search filtered", 4, lambda: f"/api/search?query={query()}&year={random.randint(2018, 2024)}"),
    ("solutions", 1, lambda: f"/api/solutions?query={query()}"),
    ("trends", 2, lambda: "/api/trends?label=staff_capacity"),
    ("facets", 1, lambda: f"/api/facets?year={random.randint(2018, 2024)}"),
    ("reports", 1, lambda: f"/api/reports?limit=50&offset={random.randint(0, 200)}"),
    ("statistics", 1, lambda: "/api/statistics?measure=received_new&by=year"),
    ("health", 1, lambda: "/api/health"),
)  # fmt: skip
PLACES = (("search", lambda: f"q={query()}"), ("overview", lambda: ""), ("quality", lambda: ""))


@dataclass
class Memory:
    """Resident bytes of the server, its children included, by seconds since the start."""

    process: int
    at: list[tuple[float, int]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def watch(self, began: float) -> None:
        """Measure until told to stop."""
        import psutil

        root = psutil.Process(self.process)
        while not self.over.is_set():
            try:
                size = sum(one.memory_info().rss for one in [root, *root.children(recursive=True)])
            except psutil.NoSuchProcess:
                return
            self.at.append((time.monotonic() - began, size))
            self.over.wait(1.0)

    def around(self, moment: float) -> float:
        """The median of five measures next to a moment."""
        near = sorted(size for _, size in sorted(self.at, key=lambda one: abs(one[0] - moment))[:5])
        return float(near[len(near) // 2])


def warm(address: str) -> None:
    """Each request once."""
    from urllib.request import urlopen

    for _, _, make in VERBS:
        with urlopen(address + make(), timeout=120) as answer:
            answer.read()
    session = opened(address)
    for place, make in PLACES:
        drawn(session, place, make())
    session.close()


@dataclass
class Cores:
    """How many cores the server and this process take, on the average since it was made."""

    process: int
    began: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        self.began = self._now()

    def _now(self) -> tuple[float, float, float]:
        import psutil

        times = psutil.Process(self.process).cpu_times()
        return time.monotonic(), times.user + times.system, time.process_time()

    def taken(self) -> dict[str, float]:
        """Cores by who takes them."""
        wall, *rest = (now - before for now, before in zip(self._now(), self.began, strict=True))
        return {name: round(used / wall, 2) for name, used in zip(("server", "load"), rest, strict=True)}


def settle(process: int) -> None:
    """Wait until the server does nothing of its own accord."""
    until = time.monotonic() + AT_MOST
    while time.monotonic() < until:
        cores = Cores(process)
        time.sleep(3)
        if cores.taken()["server"] < RESTING:
            return


def serve(archive: Path) -> tuple[subprocess.Popen[str], str]:
    """The server, once it answers, and its address."""
    command = [sys.executable, "-m", "ui.cli", "serve", "--no-browser", "--port", "8790", "--archive", str(archive)]
    process = subprocess.Popen(
        [*command, "--log", "json"], cwd=ROOT, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUTF8": "1"}
    )
    assert process.stderr is not None
    for line in process.stderr:
        told = str(json.loads(line).get("message", ""))
        if "http://" in told:
            threading.Thread(target=lambda: [None for _ in process.stderr or ()], daemon=True).start()
            return process, "http://127.0.0.1:" + told.partition("127.0.0.1:")[2].split()[0]
    raise RuntimeError("the server did not start")


def users(address: str) -> list[Any]:
    """The two kinds of people."""
    from locust import HttpUser, between, task

    class Program(HttpUser):
        """Somebody's program at the API."""

        host = address
        wait_time = between(2, 8)

        @task
        def ask(self) -> None:
            name, _, make = random.choices(VERBS, [weight for _, weight, _ in VERBS])[0]
            self.client.get(make(), name=f"api {name}")

    class Reader(HttpUser):
        """Somebody with the page open."""

        host = address
        wait_time = between(5, 20)
        session: Any = None

        @task
        def look(self) -> None:
            place, make = random.choices(PLACES, [4, 1, 1])[0]
            began = time.perf_counter()
            size, failed = 0, None
            try:
                if self.session is None:
                    self.client.get(f"/{place}", name="page html", headers={"Accept": "text/html"})
                    self.session = opened(address)
                    began = time.perf_counter()
                size = drawn(self.session, place, make())
            except Exception as error:
                failed, self.session = error, None
            took = (time.perf_counter() - began) * 1000
            self.environment.events.request.fire(
                request_type="WS", name=f"page {place}", response_time=took, response_length=size, exception=failed
            )
            if self.session is not None and random.random() < 0.1:
                self.on_stop()

        def on_stop(self) -> None:
            if self.session is not None:
                self.session.close()
                self.session = None

    return [Program, Reader]


def opened(address: str) -> Any:
    """A page's websocket, as a browser opens it."""
    import websocket

    return websocket.create_connection(
        f"{address.replace('http', 'ws')}/_stcore/stream", subprotocols=["streamlit"], origin=address, timeout=60
    )


def drawn(session: Any, place: str, query: str) -> int:
    """Let a page be computed to its end; the bytes that came."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    asked = BackMsg()
    asked.rerun_script.query_string = query
    asked.rerun_script.page_name = place
    session.send_binary(asked.SerializeToString())
    size = 0
    while True:
        data = session.recv()
        size += len(data)
        message = ForwardMsg()
        message.ParseFromString(data)
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            raise RuntimeError(f"the page shows an exception: {message.delta.new_element.exception.type}")
        if kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return size
            if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                raise RuntimeError("the page did not compile")


def load(archive: Path, people: int, seconds: float) -> dict[str, Any]:
    """Run it; what came of it."""
    from gevent import monkey

    monkey.patch_all()
    import gevent
    from locust.env import Environment

    process, address = serve(archive)
    warm(address)
    settle(process.pid)
    memory, cores = Memory(process.pid), Cores(process.pid)
    began = time.monotonic()
    gevent.spawn(memory.watch, began)
    try:
        environment = Environment(user_classes=users(address), host=address)
        runner = environment.create_local_runner()
        runner.start(people, spawn_rate=max(people / 10, 1))
        gevent.sleep(seconds)
        memory.over.set()
        taken = cores.taken()
        early, half, late = (memory.around(moment) for moment in (min(60.0, seconds / 3), seconds / 2, seconds))
        minutes = [round(memory.around(moment) / 1e6) for moment in range(60, int(seconds) + 1, 60)]
        runner.quit()
    finally:
        process.terminate()
        process.wait(30)
    rows = {
        name: {
            "requests": entry.num_requests,
            "failures": entry.num_failures,
            "median_ms": entry.median_response_time,
            "p95_ms": entry.get_response_time_percentile(0.95),
            "max_ms": round(entry.max_response_time),
        }
        for (name, _), entry in sorted(environment.stats.entries.items())
    }
    told = [f"{one.method} {one.name}: {one.error} ({one.occurrences})" for one in environment.stats.errors.values()]
    total = environment.stats.total
    return {
        "users": people,
        "seconds": seconds,
        "requests": total.num_requests,
        "per_second": round(total.num_requests / seconds, 1),
        "cores": taken,
        "rows": rows,
        "errors": told,
        "memory_mb": {"early": round(early / 1e6), "half": round(half / 1e6), "end": round(late / 1e6)},
        "memory_mb_by_minute": minutes,
    }


def faults(found: dict[str, Any]) -> list[str]:
    """What does not hold."""
    out = list(found["errors"])
    for name, row in found["rows"].items():
        if name.startswith(("api search", "page search")) and row["p95_ms"] > SLOWEST:
            out.append(f"{name}: p95 {row['p95_ms']:.0f} ms")
    early, half, end = (found["memory_mb"][moment] * 1e6 for moment in ("early", "half", "end"))
    if end > early * GROWTH + SLACK:
        out.append(f"memory grew from {early / 1e6:.0f} to {end / 1e6:.0f} MB")
    if found["seconds"] >= LONG and end > half * SETTLED:
        out.append(f"memory went on growing: {half / 1e6:.0f} MB half-way, {end / 1e6:.0f} MB at the end")
    return out if found["requests"] else ["no request at all"]


def build(folder: Path, statements: int) -> Path:
    """An archive to ask: recombined, or the sample where no number is given."""
    if statements:
        script = ROOT / "tests" / "bench" / "recombine.py"
        subprocess.run([sys.executable, script, folder, "--statements", str(statements), "--direct"], check=True)
        return folder
    from index import Archive

    with Archive.open(folder) as archive:
        archive.add([ROOT / "corpora" / "sample" / "reports"], workers=2)
    return folder


def main() -> int:
    """Build, run, print, judge."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--small", action="store_true", help="the sample, 8 users, 20 seconds")
    asked.add_argument("--archive", type=Path, help="an archive that is there already")
    asked.add_argument("--statements", type=int, default=100_000)
    asked.add_argument("--users", type=int)
    asked.add_argument("--seconds", type=float)
    given = asked.parse_args()
    people, seconds = given.users or (8 if given.small else 50), given.seconds or (20.0 if given.small else 600.0)
    with tempfile.TemporaryDirectory() as folder:
        archive = given.archive or build(Path(folder) / "archive", 0 if given.small else given.statements)
        found = load(archive, people, seconds)
    bad = faults(found)
    print(json.dumps({**found, "faults": bad}, ensure_ascii=False, indent=1))
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
