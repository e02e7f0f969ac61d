"""What keeps a server running: logs as JSON, health, metrics, who may come in, backup and restore by command."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, fill

pytest.importorskip("fastapi")
pytest.importorskip("httpx2")
pytest.importorskip("prometheus_client")
from fastapi.testclient import TestClient
from prometheus_client import ProcessCollector
from prometheus_client.parser import text_string_to_metric_families
from starlette.websockets import WebSocketDisconnect

from index import archive as archive_module
from index.archive import Archive
from index.store import StoreError
from nlp.errors import MingjianError
from ui import gate, logs
from ui.api import standing
from ui.api.access import LOOPBACK, read_password
from ui.api.application import create_app
from ui.gate import COOKIE, Entry, Gate, same_place

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "docs" / "deploy"
TOKEN = "a-token-of-24-characters"
PASSWORD = "一个够长的访问口令abc"
SECRET = "不可外传的检索词"


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive") as opened:
        add(opened, *fill(tmp_path / "in", 6))
        yield opened


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The log as JSON, each object as it was written."""
    written: list[dict[str, Any]] = []

    class Out:
        def write(self, text: str) -> None:
            assert text.endswith("\n")
            assert text.count("\n") == 1, "one object a line"
            written.append(json.loads(text))

        def flush(self) -> None:
            pass

    monkeypatch.setitem(logs._state, "out", Out())
    return written


def client_of(archive: Archive, **options: Any) -> TestClient:
    return TestClient(create_app(lambda: archive, **options), base_url="http://localhost")


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every number of an exposition, by name and labels."""
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for one in found}


# -- logs -----------------------------------------------------------------------------------------------------


def test_a_request_is_one_object_without_its_question(archive: Archive, objects: list[dict[str, Any]]) -> None:
    client = client_of(archive)
    answer = client.get("/search", params={"query": SECRET}, headers={"X-Request-ID": "proxy-17"})
    assert answer.headers["x-request-id"] == "proxy-17"
    client.get(f"/agencies/{SECRET}")
    client.get("/nothing")
    requests = [one for one in objects if one["event"] == "request"]
    assert [one["status"] for one in requests] == [200, 404, 404]
    first = requests[0]
    assert first["request_id"] == "proxy-17"
    assert (first["level"], first["method"], first["path"], first["route"]) == ("info", "GET", "/search", "/search")
    assert first["duration_ms"] >= 0
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$", first["time"])
    assert SECRET not in json.dumps(objects, ensure_ascii=False)
    assert len({one["request_id"] for one in requests}) == 3


@pytest.mark.parametrize("number", ["x" * 65, "a b", 'a"b', "{}", "甲".encode().decode("latin-1")])
def test_an_odd_request_number_is_replaced(archive: Archive, number: str) -> None:
    answer = client_of(archive, log=False).get("/health", headers={"X-Request-ID": number.encode("latin-1")})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])


def test_a_failure_is_told_with_its_request_and_without_its_text(objects: list[dict[str, Any]]) -> None:
    def broken() -> Archive:
        raise RuntimeError(SECRET)

    client = TestClient(create_app(broken), base_url="http://localhost", raise_server_exceptions=False)
    assert client.get("/info").status_code == 500
    failed, request = [one for one in objects if one["event"] in ("error", "request")]
    assert failed["error"] == "RuntimeError"
    assert failed["request_id"] == request["request_id"]
    assert request["level"] == "error"
    assert SECRET not in json.dumps(objects, ensure_ascii=False)


def test_a_stack_trace_becomes_one_object(objects: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    import traceback

    monkeypatch.setattr(sys, "stderr", logs.JsonLines())
    monkeypatch.delenv("MINGJIAN_DEBUG", raising=False)
    for debug in (False, True):
        if debug:
            monkeypatch.setenv("MINGJIAN_DEBUG", "1")
        try:
            try:
                raise KeyError("inner")
            except KeyError as inner:
                raise ValueError(SECRET) from inner
        except ValueError:
            traceback.print_exc()
    sys.stderr.write("一行\n半")
    sys.stderr.write("行\n\r\x1b[K[1/2] 进度\n\n")
    assert [one["event"] for one in objects] == ["error", "error", "error", "error", "message", "message", "message"]
    assert {one["error"] for one in objects[:4]} == {"KeyError", "ValueError"}
    assert SECRET not in json.dumps(objects[:2], ensure_ascii=False)
    assert SECRET in objects[3]["trace"]
    assert [one["message"] for one in objects[4:]] == ["一行", "半行", "[1/2] 进度"]


def test_no_further_line_of_an_exceptions_text_is_told(
    objects: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first line that is not indented ended the trace; what followed of the text went out as messages."""
    import logging
    import traceback

    monkeypatch.setattr(sys, "stderr", logs.JsonLines())
    monkeypatch.delenv("MINGJIAN_DEBUG", raising=False)
    several = ValueError(f"第一行\n{SECRET}一\n\n{SECRET}二")
    several.add_note(f"{SECRET}三\n{SECRET}四")
    group = ExceptionGroup(f"{SECRET}五", [several, ExceptionGroup("内层", [KeyError(f"甲\n{SECRET}六")])])
    for one in (several, group):
        try:
            raise one
        except Exception:
            traceback.print_exc()
            sys.stderr.write("之后的一行\n半")
            sys.stderr.write("行\n")
            handler = logging.StreamHandler(sys.stderr)
            handler.emit(logging.LogRecord("x", logging.ERROR, "", 0, "没有成功", (), sys.exc_info()))
            sys.stderr.write("再后的一行\n")
    traceback.print_exception(ValueError(f"没有出处\n{SECRET}七"))
    sys.stderr.write(f"future: <Task finished name='t' coro=<f()> exception=ValueError('{SECRET}八')>\n")
    sys.stderr.write("最后一行\n")
    assert SECRET not in json.dumps(objects, ensure_ascii=False)
    told = ["之后的一行", "半行", "没有成功", "再后的一行"]
    assert [one["message"] for one in objects if one["event"] == "message"] == [
        *told,
        *told,
        "future: <Task finished name='t' coro=<f()> exception=ValueError",
        "最后一行",
    ]
    errors = [one["error"] for one in objects if one["event"] == "error"]
    assert errors == ["ValueError", "ValueError", "ExceptionGroup", "ExceptionGroup", "ValueError"]


def test_what_python_itself_says_of_a_failure_is_without_its_text() -> None:
    code = (
        "import sys, threading\nfrom ui import logs\nlogs.use('json')\n"
        f"def f():\n    error = ValueError('一行\\n{SECRET}')\n    error.add_note('{SECRET}')\n    raise error\n"
        "class Odd:\n    def __del__(self): f()\n"
        "t = threading.Thread(target=f); t.start(); t.join()\nOdd()\nsys.stderr.write('还在\\n')\nf()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert SECRET not in done.stderr
    assert [one.get("error") for one in told if one["event"] == "error"] == ["ValueError"] * 3
    assert {one["place"] for one in told if one["event"] == "error"} == {"<string>:7"}
    assert "还在" in [one.get("message") for one in told]


def run(*words: object, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *map(str, words)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1", **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_adding_tells_each_file_and_a_program_may_read_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    text = "北仑区应急管理局2021年政府信息公开工作年度报告\n一、总体情况\n按照要求公开信息，工作扎实推进，取得成效。\n"
    (tmp_path / "in/a.txt").write_text(text, "utf-8")
    (tmp_path / "in/b.txt").write_bytes(b"\x00\x01")
    done = run("add", tmp_path / "in", "--archive", tmp_path / "archive", MINGJIAN_LOG="json")
    assert done.returncode == 1
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [one["event"] for one in told if one["event"] in ("start", "end")] == ["start", "end"]
    files = {Path(one["source"]).name: one for one in told if one["event"] == "file"}
    assert files["a.txt"]["status"] == "added"
    assert files["a.txt"]["report"]
    assert (files["b.txt"]["status"], files["b.txt"]["level"]) == ("failed", "warning")
    assert "汉字" in files["b.txt"]["cause"]
    wrong = run("serve", "--log", "xml", "--archive", tmp_path / "archive")
    assert wrong.returncode == 2
    assert "text 或 json" in wrong.stderr
    gone = run("api", "--log", "json", "--archive", tmp_path / "none")
    assert gone.returncode == 1
    assert [json.loads(line)["event"] for line in gone.stderr.splitlines()] == ["start", "end", "failed"]


def test_what_runs_at_night_is_logged_too(tmp_path: Path) -> None:
    text = "北仑区应急管理局2021年政府信息公开工作年度报告\n一、总体情况\n按照要求公开信息，工作扎实推进，取得成效。\n"
    (tmp_path / "a.txt").write_text(text, "utf-8")
    packed, place = tmp_path / "b.zip", tmp_path / "archive"
    assert run("add", tmp_path / "a.txt", "--archive", place).returncode == 0
    for words in (
        ("verify", "--archive", place),
        ("backup", packed, "--archive", place),
        ("restore", packed, "--archive", tmp_path / "back"),
        ("rebuild", "--archive", tmp_path / "back"),
    ):
        done = run(*words, "--log", "json")
        assert done.returncode == 0, done.stderr
        told = [json.loads(line) for line in done.stderr.splitlines()]
        assert [(one["event"], one["command"]) for one in told] == [("start", words[0]), ("end", words[0])]
        assert told[-1]["status"] == "ok"
    (place / "notes.txt").write_text("", encoding="utf-8")
    done = run("verify", "--archive", place, MINGJIAN_LOG="json")
    assert done.returncode == 1
    assert any("notes.txt" in json.loads(line).get("message", "") for line in done.stderr.splitlines())


# -- health and metrics ---------------------------------------------------------------------------------------


def test_health_tells_what_is_there(archive: Archive, tmp_path: Path) -> None:
    client = client_of(archive, token=TOKEN, log=False)
    before = client.get("/health").json()
    assert before["status"] == "ok"
    assert (before["reports"], before["statements"], before["passages"]) == (6, 48, 6)
    assert before["generation"] == archive.info()["generation"]
    add(archive, *fill(tmp_path / "in", 1, start=6))
    after = client.get("/health").json()
    assert after["reports"] == 7
    assert after["sequence"] > before["sequence"]
    assert after["pending"] > before["pending"] or after["generation"] > before["generation"]


def test_a_server_without_its_archive_lives_and_is_not_ready(tmp_path: Path) -> None:
    def gone() -> Archive:
        return Archive.open(tmp_path / "none", create=False)

    client = TestClient(create_app(gone, log=False), base_url="http://localhost")
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.get("/health").status_code == 503
    found = samples(client.get("/metrics").text)
    assert found["mingjian_archive_up", ()] == 0
    assert ("mingjian_archive_reports", ()) not in found


def states(archive: Archive) -> tuple[int, float, str]:
    """Status of ``/health``, ``mingjian_archive_up`` and what is told."""
    client = client_of(archive, log=False)
    health = client.get("/health")
    return health.status_code, samples(client.get("/metrics").text)["mingjian_archive_up", ()], health.text


def test_an_archive_whose_index_is_gone_is_not_ready(archive: Archive) -> None:
    archive.rebuild()
    with Archive.open(archive.path, create=False) as sound:
        assert states(sound)[:2] == (200, 1)
    (generation,) = (archive.path / "derived").glob("gen-*")
    shutil.rmtree(generation)
    with Archive.open(archive.path, create=False) as broken:
        status, up, told = states(broken)
        assert client_of(broken, log=False).get("/search", params={"query": "工作人员"}).status_code == 503
    assert (status, up) == (503, 0)
    assert "mingjian rebuild" in told


def test_an_archive_whose_texts_are_overwritten_is_not_ready(archive: Archive) -> None:
    """What is counted lies elsewhere in the file and is as it was."""
    archive.rebuild()
    archive.close()
    store = archive.path / "store.sqlite3"
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(store.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    texts = [page for page in range(0, len(data), size) if "改进情况\n东城".encode() in data[page : page + size]]
    assert texts
    for page in texts:
        data[page : page + size] = b"\xaa" * size
    store.write_bytes(data)
    with Archive.open(archive.path, create=False) as broken:
        assert broken.info()["counts"]["reports"] == 6
        status, up, told = states(broken)
    assert (status, up) == (503, 0)
    assert "损坏" in told


def test_reports_are_read_by_turns(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads the same one every time does not notice what is wrong with another."""
    read: list[str] = []
    whole = Archive.show
    monkeypatch.setattr(Archive, "show", lambda self, name: (read.append(name), whole(self, name))[1])
    monkeypatch.setattr(standing, "EVERY", 0.0)
    client = client_of(archive, log=False)
    for _ in range(10):
        assert client.get("/health").status_code == 200
    assert len(read) == 10
    assert len(set(read)) == 6
    monkeypatch.setattr(standing, "EVERY", 60.0)
    for _ in range(10):
        assert client.get("/health").status_code == 200
    assert len(read) == 11, "asking often does not cost more"


def test_who_asks_while_the_index_is_made_ready_need_not_wait_for_it(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "WAIT", 0.05)
    begun, ready = threading.Event(), threading.Event()
    whole = Archive.searcher

    def slow(self: Archive) -> Any:
        begun.set()
        ready.wait(30)
        return whole(self)

    monkeypatch.setattr(Archive, "searcher", slow)
    client = client_of(archive, log=False)
    first: list[int] = []
    asking = threading.Thread(target=lambda: first.append(client.get("/health").status_code))
    asking.start()
    assert begun.wait(30)
    second = client.get("/health")
    ready.set()
    asking.join()
    assert (first, second.status_code) == ([200], 503)
    assert "准备" in second.text
    assert client.get("/health").status_code == 200


def test_a_store_that_a_route_could_not_read_is_told_for_a_while(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(archive, log=False)
    assert client.get("/health").status_code == 200

    def broken(self: Archive, *names: Any, **filters: Any) -> None:
        raise StoreError("store.sqlite3：存档数据文件已损坏，请从备份恢复")

    with monkeypatch.context() as patch:
        patch.setattr(Archive, "trends", broken)
        assert client.get("/trends").status_code == 503
    assert client.get("/health").status_code == 503
    assert "请从备份恢复" in client.get("/health").text
    assert samples(client.get("/metrics").text)["mingjian_archive_up", ()] == 0
    now = time.monotonic()
    monkeypatch.setattr(standing.time, "monotonic", lambda: now + standing.HELD + 1)
    assert client.get("/health").status_code == 200, "asking for it does not keep it alive"
    with monkeypatch.context() as patch:
        patch.setattr(Archive, "trends", broken)
        client.get("/trends")
    assert client.get("/health").status_code == 503
    with Archive.open(archive.path, create=False) as restored:
        client.app.state.archive = lambda: restored  # type: ignore[attr-defined]
        assert client.get("/health").status_code == 200, "another archive is there now"


def test_a_correction_that_could_not_be_written_does_not_count_as_unreadable(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(archive, log=False)
    number = archive.statements(kind="problem")[0].id

    def full(self: Archive, *names: Any, **options: Any) -> None:
        raise StoreError("store.sqlite3：磁盘已满")

    monkeypatch.setattr(Archive, "label", full)
    answer = client.post(f"/statements/{number}/labels", json={"add": ["staffing"], "by": "张三"})
    assert answer.status_code == 503
    assert client.get("/health").status_code == 200


def test_what_is_inside_is_told_while_a_generation_goes(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between finding a file and asking for its size it may be removed, the folder that is being listed too."""
    archive.rebuild()
    before = archive.info()["bytes"]
    assert before == sum(path.stat().st_size for path in archive.path.rglob("*") if path.is_file())
    whole, gone = Path.stat, [path for path in archive.path.rglob("*") if "derived" in path.parts and path.is_file()]
    assert gone
    lost = sum(path.stat().st_size for path in gone)

    def removed(self: Path, **options: Any) -> os.stat_result:
        found = whole(self, **options)
        if self in gone and sys._getframe(1).f_code.co_name != "is_file":
            raise FileNotFoundError(2, "No such file or directory", str(self))
        return found

    monkeypatch.setattr(Path, "stat", removed)
    assert archive.info()["bytes"] == before - lost


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="told on Linux only")
def test_memory_is_told_and_the_unit_does_not_hide_it(archive: Archive, tmp_path: Path) -> None:
    found = samples(client_of(archive, log=False).get("/metrics").text)
    assert found["process_resident_memory_bytes", ()] > 1e6
    assert found["process_open_fds", ()] > 0
    # where /proc/stat is hidden, the library tells nothing of the process at all
    (tmp_path / "self").symlink_to("/proc/self")
    assert not [*ProcessCollector(proc=str(tmp_path), registry=None).collect()]
    for unit in DEPLOY.glob("*.service"):
        assert "pid" not in settings_of(unit.read_text("utf-8")).get("ProcSubset", [])


# -- units ----------------------------------------------------------------------------------------------------


def settings_of(text: str) -> dict[str, list[str]]:
    """Setting → its values, of a unit."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, sign, value = line.partition("=")
        if sign and not line.startswith(("#", ";")):
            found.setdefault(name, []).append(value)
    return found


def test_the_units_and_the_documentation_say_what_is_to_be_set_up_first() -> None:
    text = (ROOT / "docs/operations.md").read_text("utf-8")
    service, backup = ((DEPLOY / name).read_text("utf-8") for name in ("mingjian.service", "mingjian-backup.service"))
    unit = settings_of(backup)
    assert unit["ReadWritePaths"] == ["-/var/backups/mingjian"], "a folder that is not there is told by the program"
    assert unit["EnvironmentFile"] == settings_of(service)["EnvironmentFile"], "the database's password"
    for line in (
        "useradd --system",
        "install -d -o mingjian -g mingjian -m 0700 /var/backups/mingjian",
        "mingjian add",
    ):
        assert line in text
    assert "useradd --system" in service
    assert "install -d -o mingjian -g mingjian -m 0700 /var/backups/mingjian" in backup


def test_an_archive_in_a_database_elsewhere_can_be_served_and_backed_up(tmp_path: Path) -> None:
    """The units let nothing out of the machine; what opens them is documented, and systemd reads it."""
    text = (ROOT / "docs/operations.md").read_text("utf-8")
    dropins = dict(re.findall(r"```ini\n# /etc/systemd/system/(\S+\.d/\S+\.conf)\n(.*?)```", text, re.S))
    assert {name.partition(".d/")[0] for name in dropins} == {"mingjian.service", "mingjian-backup.service"}
    for name, body in dropins.items():
        unit = settings_of((DEPLOY / name.partition(".d/")[0]).read_text("utf-8"))
        more = settings_of(body)
        assert more["IPAddressAllow"], "no address but these"
        assert unit.get("PrivateNetwork") == (["yes"] if "PrivateNetwork" in more else None)
        assert more.get("PrivateNetwork", ["no"]) == ["no"]
        assert "IPAddressDeny" in more or "IPAddressDeny" in unit
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not here")
    for name, body in dropins.items():
        kind = name.partition(".d/")[0]
        shutil.copy(DEPLOY / kind, tmp_path)
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(body, "utf-8")
        done = subprocess.run([analyze, "verify", str(tmp_path / kind)], capture_output=True, text=True, check=False)
        assert [line for line in done.stderr.splitlines() if kind in line and "is not executable" not in line] == []


# -- metrics --------------------------------------------------------------------------------------------------


def test_metrics_are_what_prometheus_reads(archive: Archive) -> None:
    client = client_of(archive, log=False)
    for _ in range(3):
        client.get("/search", params={"query": "工作人员"})
    report = archive.list()[0].id
    client.get(f"/reports/{report}")
    client.get(f"/reports/{SECRET}")
    client.get(f"/{SECRET}")
    client.request("EVIL", "/search")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = samples(answer.text)
    total = "mingjian_http_requests_total"

    def count(route: str, status: str, method: str = "GET") -> float:
        return found.get((total, (("method", method), ("route", route), ("status", status))), 0.0)

    assert count("/search", "200") == 3
    assert count("/reports/{report}", "200") == 1
    assert count("/reports/{report}", "404") == 1
    assert count("other", "404") == 1
    assert sum(value for (name, labels), value in found.items() if name == total) == 7
    assert ("method", "other") in {label for (name, labels) in found if name == total for label in labels}
    assert found["mingjian_http_request_seconds_count", (("route", "/search"),)] >= 3
    assert found["mingjian_http_request_seconds_bucket", (("le", "+Inf"), ("route", "/search"))] >= 3
    assert found["mingjian_archive_up", ()] == 1
    assert found["mingjian_archive_reports", ()] == 6
    assert found["mingjian_archive_generation", ()] == archive.info()["generation"]
    assert found["mingjian_http_requests_in_progress", ()] == 1, "this one"
    assert SECRET not in answer.text
    assert report not in answer.text


def test_metrics_want_the_token_and_health_does_not(archive: Archive) -> None:
    client = client_of(archive, token=TOKEN, log=False)
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    for path in ("/health", "/health/live"):
        assert client.get(path).status_code == 200
    for path in ("/health/", "/health/live/x", "/health/../info", "//health"):
        assert client.get(path).status_code in (401, 404)


# -- who may see the page -------------------------------------------------------------------------------------


async def inner(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Stands for the page: says what it was told."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": dict(scope["headers"])[b"origin"].decode()})
        await send({"type": "websocket.close"})
        return
    body = b"inside"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"6")]})
    await send({"type": "http.response.body", "body": body})


def page_of(entry: Entry, host: str = "reports.example", client: str = "10.0.0.9") -> TestClient:
    return TestClient(Gate(inner, entry), base_url=f"http://{host}", client=(client, 50000), follow_redirects=False)


def test_on_its_own_the_page_is_for_this_machine() -> None:
    local = page_of(Entry(), "127.0.0.1:8501", "127.0.0.1")
    assert local.get("/").text == "inside"
    assert page_of(Entry(), "localhost").get("/").text == "inside"
    forged = page_of(Entry(), "evil.example").get("/")
    assert forged.status_code == 403
    assert "不认识这个主机名" in forged.text


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1:8501x"])
def test_other_sites_reach_neither_page_nor_session(origin: str) -> None:
    local = page_of(Entry(), "127.0.0.1:8501", "127.0.0.1")
    assert local.post("/_stcore/upload_file/x/y", headers={"Origin": origin}).status_code == 403
    with (
        pytest.raises(WebSocketDisconnect),
        local.websocket_connect("/_stcore/stream", headers={"Origin": origin, "Host": "127.0.0.1:8501"}),
    ):
        pass


def test_the_pages_own_session_is_let_in_and_nothing_asks_the_internet_for_this_machines_address() -> None:
    """Streamlit compares an unknown origin with the machine's address as a server outside tells it."""
    guarded = page_of(Entry(password=PASSWORD))
    headers = {"Origin": "http://reports.example", "Host": "reports.example"}
    headers["Authorization"] = b"Bearer " + PASSWORD.encode()  # type: ignore[assignment]
    with guarded.websocket_connect("/_stcore/stream", headers=headers) as session:
        assert session.receive_text() == "http://localhost"


def test_a_password_opens_the_page_once_and_for_all_of_it() -> None:
    page = page_of(Entry(password=PASSWORD))
    asked = page.get("/search?q=x", headers={"Accept": "text/html"})
    assert (asked.status_code, asked.headers["location"]) == (303, "/login")
    assert page.get("/media/x").status_code == 401
    assert page.post("/api/statements/x/labels").status_code == 401
    assert page.get("/_stcore/health").text == "inside"
    form = page.get("/login")
    assert 'type="password"' in form.text
    assert "script" not in form.text
    assert "default-src 'none'" in form.headers["content-security-policy"]
    assert page.post("/login", data={"password": "猜的"}).status_code == 401
    right = page.post("/login", data={"password": PASSWORD})
    assert right.status_code == 303
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    assert page.get("/").text == "inside"
    assert page.get("/api/info").text == "inside"
    page.get("/logout")
    assert page.get("/media/x").status_code == 401
    secure = page.post("/login", data={"password": PASSWORD}, headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in secure.headers["set-cookie"]


def test_a_session_needs_the_password_too() -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        page_of(Entry(password=PASSWORD)).websocket_connect("/_stcore/stream"),
    ):
        pass


def test_cookies_cannot_be_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Entry(password=PASSWORD)
    one, other = Gate(inner, entry), Gate(inner, entry)
    good = one._cookie()
    assert one._signed(f"{COOKIE}={good}".encode())
    assert not other._signed(f"{COOKIE}={good}".encode()), "another process has another key"
    until, mark = good.split(".")
    for forged in (f"{int(until) + 99999}.{mark}", f"{until}.", f"{until}.{'0' * 64}", ".", "", f"x.{mark}", "é.é"):
        assert not one._signed(f"{COOKIE}={forged}".encode("latin-1"))
    assert not one._signed(b"mingjian")
    now = time.time()
    monkeypatch.setattr(gate.time, "time", lambda: now + gate.HOURS * 3600 + 1)
    assert not one._signed(f"{COOKIE}={good}".encode()), "it ends"


def test_guessing_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_of(Entry(password=PASSWORD))
    for _ in range(gate.TRIES):
        assert page.post("/login", data={"password": "猜的"}).status_code == 401
    assert page.post("/login", data={"password": PASSWORD}).status_code == 429
    right = {"Authorization": b"Bearer " + PASSWORD.encode()}
    assert page.get("/api/info", headers=right).status_code == 401
    now = time.monotonic()
    monkeypatch.setattr(gate.time, "monotonic", lambda: now + gate.MINUTE + 1)
    assert page.get("/api/info", headers=right).text == "inside"


def test_a_form_that_does_not_end_is_not_read_on() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    assert asyncio.run(gate._password(receive)) == b""


def test_a_proxy_says_who_it_is_and_only_the_proxy() -> None:
    entry = Entry(header=b"x-remote-user", proxies=frozenset({"10.0.0.5"}))
    through = page_of(entry, client="10.0.0.5")
    assert through.get("/", headers={"X-Remote-User": "zhang"}).text == "inside"
    assert through.get("/").status_code == 401
    assert through.get("/", headers={"X-Remote-User": " "}).status_code == 401
    past = page_of(entry, client="10.0.0.9")
    assert past.get("/", headers={"X-Remote-User": "zhang"}).status_code == 403
    forged = {"X-Remote-User": "zhang", "X-Forwarded-For": "10.0.0.5"}
    assert past.get("/", headers=forged).status_code == 403
    mapped = {"X-Remote-User": "z", "X-Forwarded-Host": "gov.example", "Origin": "https://gov.example"}
    assert through.get("/", headers=mapped).text == "inside"


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://a", "a", True),
        ("http://a:80", "a", False),
        ("https://a", "a", True),
        ("http://a:8501", "a:8501", True),
        ("http://[::1]:8501", "[::1]:8501", True),
        ("http://a", "b", False),
        ("http://a:1", "a:2", False),
        ("ftp://a", "a", False),
        ("null", "a", False),
        ("", "", False),
        ("http://a:x", "a", False),
        ("http://b@a", "b", False),
    ],
)
def test_origins(origin: str, host: str, same: bool) -> None:
    if origin == "http://a:80":
        same = True  # the port that the scheme means
    assert same_place(origin.encode(), host.encode()) is same


@pytest.mark.parametrize("text", ["short", "aaaaaaaaaaaaaaaa", "x" * 600, "abcdefgh\x00ijkl"])
def test_weak_passwords_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "p").write_text(text, "utf-8")
    with pytest.raises(MingjianError, match="口令"):
        read_password(tmp_path / "p")


def test_a_password_is_read_from_file_or_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p").write_text(PASSWORD + "\n", "utf-8")
    assert read_password(tmp_path / "p") == PASSWORD
    monkeypatch.delenv("MINGJIAN_PASSWORD", raising=False)
    assert read_password(None) is None
    monkeypatch.setenv("MINGJIAN_PASSWORD", PASSWORD)
    assert read_password(None) == PASSWORD
    with pytest.raises(MingjianError, match="读不了"):
        read_password(tmp_path / "none")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--host", "0.0.0.0"], "须有口令"),
        (["--host", "192.0.2.1"], "须有口令"),
        (["--host", "reports.example"], "须有口令"),
        (["--proxy", "10.0.0.5"], "--proxy-header"),
        (["--proxy-header", "X Remote"], "请求头"),
        (["--proxy-header", "X-Remote-User", "--proxy", "gateway"], "IP 地址"),
    ],
)
def test_an_open_door_is_refused(words: list[str], told: str, tmp_path: Path) -> None:
    done = run("serve", "--archive", tmp_path, *words, MINGJIAN_PASSWORD="")
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_default_names_are_this_machines() -> None:
    assert Entry().names == LOOPBACK
    assert not Entry().guarded


# -- backup and restore by command ----------------------------------------------------------------------------


def test_backup_and_restore_by_command(archive: Archive, tmp_path: Path) -> None:
    source, target = tmp_path / "archive", tmp_path / "b.zip"
    done = run("backup", target, "--archive", source, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["ok"] is True
    assert told["counts"]["reports"] == 6
    assert "6 份报告" in run("restore", target, "--check").stdout
    done = run("restore", target, "--archive", tmp_path / "back")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(run("verify", "--json", "--archive", tmp_path / "back").stdout)["ok"] is True
    again = run("restore", target, "--archive", tmp_path / "back")
    assert again.returncode == 1
    assert "不会覆盖" in again.stderr
    taken = run("backup", target, "--archive", source)
    assert taken.returncode == 1
    assert "--replace" in taken.stderr
    assert run("backup", target, "--archive", source, "--replace", "--with-index").returncode == 0
