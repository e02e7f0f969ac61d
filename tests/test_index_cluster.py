"""Reading on a Dask cluster: a real scheduler and worker processes on loopback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from archive_tools import HashEncoder

from index import archive as archive_module
from index import cluster as cluster_module
from index.archive import Archive
from index.cluster import _written, hello, parse_task
from index.transport import Reply, unpack_reply
from nlp.errors import MingjianError, MissingExtra

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "corpora" / "sample" / "reports"

try:
    import distributed  # noqa: F401

    HERE = True
except ImportError:
    HERE = False
needs_dask = pytest.mark.skipif(not HERE, reason="needs pip install 'mingjian[cluster]'")


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


class Cluster:
    """``dask scheduler`` and ``dask worker`` processes of this interpreter."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._run("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        self.workers = [self.worker() for _ in range(workers)]

    def worker(self, **env: str) -> subprocess.Popen[bytes]:
        return self._run("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", **env)

    def watched(self, preload: Path, **env: str) -> subprocess.Popen[bytes]:
        """Two workers that are started again when they die, with a module loaded into them first."""
        options = ("--nthreads", "1", "--nworkers", "2", "--nanny", "--no-dashboard", "--preload", str(preload))
        return self._run("worker", self.address, *options, **env)

    def _run(self, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
        # A session of its own, so that its reading processes can be ended with it.
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **env},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def close(self) -> None:
        for process in reversed(self.processes):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    running = Cluster(tmp_path_factory.mktemp("dask"), 2)
    yield running
    running.close()


def reports(folder: Path, count: int) -> Path:
    """Copies of the sample reports, each with a line of its own, so that every one is another report."""
    folder.mkdir()
    sources = [path for path in sorted(SAMPLE.rglob("*.txt")) if not path.read_bytes().startswith((b"\xff", b"\xfe"))]
    for number in range(count):
        source = sources[number % len(sources)]
        data = source.read_bytes()
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("gb18030")
        (folder / f"{number:03d}-{source.name}").write_text(f"{text}\n附注：第{number}份。\n", encoding="utf-8")
    return folder


def contents(archive: Archive) -> dict[str, object]:
    """Everything that was read, by the report's id."""
    return {row.id: archive.show(row.id).to_dict() for row in archive.list()}


# -- without a cluster ----------------------------------------------------------------------------------------


def request(name: str, **more: object) -> str:
    return json.dumps({"name": name, "known": [], "limit": 60, "hello": hello(), "bundle": "", **more})


def test_a_task_reads_bytes_and_names_the_file_as_its_sender_does(tmp_path: Path):
    source = next(iter(sorted(SAMPLE.rglob("*.txt"))))
    found = unpack_reply(parse_task(request(f"D:\\报告\\{source.name}"), source.read_bytes(), None))
    (one,) = found.results
    assert one.report is not None
    assert one.report.source == f"D:\\报告\\{source.name}"
    again = unpack_reply(parse_task(request(f"D:\\报告\\{source.name}"), source.read_bytes(), None))
    assert again == found
    found = unpack_reply(parse_task(request("/srv/坏.pdf"), b"%PDF-1.7 broken", None))
    assert found.results[0].cause
    assert "mingjian-" not in found.results[0].cause
    cluster_module._parsers.popitem()[1].close()


def test_a_worker_of_another_version_refuses_and_an_unknown_labeller_is_asked_for():
    assert "版本" in str(unpack_reply(parse_task(request("a.txt", hello="old"), b"", None)).refused)
    assert unpack_reply(parse_task(request("a.txt", bundle="77"), b"", None)) == Reply(need=True)


def test_a_name_cannot_leave_the_folder(tmp_path: Path):
    for name in ("../../etc/x.txt", "..", "/etc/passwd", "a\\..\\..\\b.txt", "长" * 300 + ".txt", "", "a\0b.txt"):
        assert _written(tmp_path, name, b"x").parent == tmp_path


def test_without_dask_the_command_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra, match=r"pip install 'mingjian\[cluster\]'"):
        cluster_module.ClusterParser("tcp://127.0.0.1:1")


@needs_dask
def test_no_scheduler_and_no_worker_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cluster_module, "CONNECT", 3.0)
    with pytest.raises(MingjianError, match="连不上 Dask 调度器") as caught:
        cluster_module.ClusterParser("tcp://127.0.0.1:9")
    assert "\n" not in str(caught.value)
    with pytest.raises(MingjianError, match="连不上 Dask 调度器"):
        cluster_module.ClusterParser("gopher://127.0.0.1:9")
    empty = Cluster(tmp_path, 0)
    try:
        with Archive.open(tmp_path / "archive") as archive, pytest.raises(MingjianError, match="没有工作进程"):
            archive.add(reports(tmp_path / "in", 1), cluster=empty.address)
    finally:
        empty.close()


# -- with one -------------------------------------------------------------------------------------------------


@needs_dask
def test_the_same_reports_as_here(two: Cluster, tmp_path: Path):
    folder = reports(tmp_path / "in", 12)
    (folder / "坏.pdf").write_bytes(b"%PDF-1.7 broken")
    (folder / "闲话.txt").write_text("今天天气很好，我们去公园玩。" * 9, encoding="utf-8")
    with zipfile.ZipFile(folder / "三份.zip", "w") as package:
        for number, path in enumerate(sorted(folder.glob("00[0-2]*.txt"))):
            package.writestr(f"内/{path.name}", path.read_text(encoding="utf-8") + f"包内{number}\n")
    with Archive.open(tmp_path / "here") as here, Archive.open(tmp_path / "there") as there:
        local = here.add(folder, workers=2)
        spread = there.add(folder, cluster=two.address)
        assert spread == local
        assert [result.outcome for result in spread].count("added") == 15
        assert contents(there) == contents(here)
        assert there.verify() == []
        again = there.add(folder, cluster=two.address)
        assert {result.outcome for result in again} == {"skipped", "failed"}


@needs_dask
def test_a_killed_worker_costs_nothing(tmp_path: Path):
    count = 60
    folder = reports(tmp_path / "in", count)
    running = Cluster(tmp_path, 2)
    try:
        done: list[int] = []

        def progress(_result: object, number: int, _total: int) -> None:
            done.append(number)
            if number == 12:
                os.kill(running.workers[0].pid, signal.SIGKILL)

        with Archive.open(tmp_path / "there") as there, Archive.open(tmp_path / "here") as here:
            spread = there.add(folder, cluster=running.address, progress=progress)
            assert running.workers[0].wait() == -signal.SIGKILL
            assert [result.outcome for result in spread] == ["added"] * count
            assert len({result.report for result in spread}) == count
            here.add(folder, workers=2)
            assert contents(there) == contents(here)
            assert there.verify() == []
    finally:
        running.close()


@needs_dask
def test_a_file_whose_worker_dies_is_tried_again_and_at_last_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The first time another worker takes it; one that no worker survives is read here, and told where that fails."""
    folder = reports(tmp_path / "in", 8)
    paths = sorted(folder.iterdir())
    paths[2].rename(folder / "once.txt")
    paths[5].rename(folder / "always.txt")
    (folder / "always.rtf").write_text("{\\rtf1 x}")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "soffice").write_text("#!/bin/sh\nkill -9 $PPID\n")
    (tmp_path / "bin" / "soffice").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    marks = tmp_path / "marks"
    marks.mkdir()
    running = Cluster(tmp_path, 0)
    try:
        running.watched(Path(__file__).with_name("odd_dask.py"), ODD_MARKS=str(marks))
        monkeypatch.setattr(cluster_module, "CONNECT", 60.0)
        with Archive.open(tmp_path / "there") as there:
            results = there.add(folder, cluster=running.address)
            assert there.verify() == []
    finally:
        running.close()
    failed = {Path(one.source).name: one.cause for one in results if one.outcome != "added"}
    assert failed == {"always.rtf": "解析进程意外退出，文件可能已损坏"}
    assert len(results) == 9
    died = [path.name.rpartition("-")[0] for path in marks.iterdir()]
    assert died.count("once.txt") == 1
    assert died.count("always.txt") > 1
    assert died.count("always.rtf") > 1


@needs_dask
def test_a_file_that_hangs_costs_itself(two: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = reports(tmp_path / "in", 3)
    monkeypatch.setattr(cluster_module.ClusterParser.__init__, "__defaults__", (None, 0.001))
    with Archive.open(tmp_path / "there") as there:
        results = there.add(folder, cluster=two.address)
    assert [result.outcome for result in results] == ["failed"] * 3
    assert all("秒" in (result.cause or "") for result in results)


@needs_dask
def test_a_persons_own_labels_and_labeller_are_sent(two: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = reports(tmp_path / "in", 3)
    own = tmp_path / "own.toml"
    own.write_text(
        '[label.own_note]\nkind = "problem"\nzh = "自设标签"\nstrong = ["不够", "不足", "不高", "不强", "有待"]\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("MINGJIAN_TAXONOMY", str(own))
    with Archive.open(tmp_path / "here") as here, Archive.open(tmp_path / "there") as there:
        assert here.add(folder) == there.add(folder, cluster=two.address)
        assert contents(there) == contents(here)
        assert there.statements(label=["own_note"])
    # An archive's own labeller, here the package's copied beside it.
    monkeypatch.delenv("MINGJIAN_TAXONOMY")
    from nlp.learned import MODELS

    with Archive.open(tmp_path / "trained") as trained:
        shutil.copytree(MODELS, tmp_path / "trained" / "labeller")
        assert [result.outcome for result in trained.add(folder, cluster=two.address)] == ["added"] * 3
        assert trained.statements(kind=["problem"])


@needs_dask
def test_when_all_workers_are_gone_it_ends_and_goes_on_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cluster_module, "LOST", 4.0)
    folder = reports(tmp_path / "in", 20)
    running = Cluster(tmp_path, 1)
    try:

        def progress(_result: object, number: int, _total: int) -> None:
            if number == 3:
                running.workers[0].kill()

        with Archive.open(tmp_path / "there") as there:
            first = there.add(folder, cluster=running.address, progress=progress)
            outcomes = [result.outcome for result in first]
            assert outcomes.count("added") >= 3
            assert outcomes.count("failed") + outcomes.count("added") == 20
            assert {result.cause for result in first if result.outcome == "failed"} == {
                "集群断开或没有工作进程了，重新运行会接着做"
            }
            running.worker()
            second = there.add(folder, cluster=running.address)
            assert {result.outcome for result in second} <= {"added", "skipped"}
            assert len(there.list()) == 20
    finally:
        running.close()
    assert threading.active_count() < 60
    shutil.rmtree(folder)
