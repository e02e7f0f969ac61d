"""Nothing acknowledged is ever lost: kill -9, two writers, a full disk, a folder that cannot be written."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from archive_tools import HashEncoder, add, fill, read_json_report, sentence, small_disk_at
from bench.recombine import compose, write_files
from crash_child import lessons
from crash_tools import HERE, Book, check, child, complete, dump, fingerprint, run_and_kill, said

from index import archive as archive_module
from index.archive import Archive
from index.locking import ArchiveBusy
from index.parsing import HereParser
from index.records import AddResult
from index.store import StoreError, Transaction
from index.verify import verify

ROUNDS, SECONDS = 30, 40.0
ENCODER = archive_module._load_encoder  # the true one


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_at_random_moments_nothing_acknowledged_is_lost(tmp_path: Path):
    rng = random.Random(20_25)
    book, began, acts = Book(), time.monotonic(), 0
    for seed in range(ROUNDS):
        if seed % 10 == 0:  # small archives again, where generations and first manifests come often
            shutil.rmtree(tmp_path / "archive", ignore_errors=True)
            book = Book()
        first, longest = (["train"], 4.0) if seed % 10 == 5 else ([], 0.6)
        root, seconds, aimed = tmp_path / "archive", rng.uniform(0.0, longest), seed % 10 == 8
        acts += run_and_kill(book, root, tmp_path / "in", seed, seconds, *first, aimed=aimed)
        check(book, tmp_path / "archive")
        if time.monotonic() - began > SECONDS:
            break
    assert acts > 5


def corrected(archive: Archive) -> int:
    """The number of a new correction of some statement."""
    archive.label(archive.statements(kind="problem")[0].id, kind="measure", by="张三")
    return archive.corrections()[-1].id


def test_a_correction_that_comes_back_is_noticed(tmp_path: Path):
    book, root = Book(), tmp_path / "archive"
    with Archive.open(root) as archive:
        book.there = {str(result.report) for result in add(archive, *fill(tmp_path / "in", 3))}
        number = corrected(archive)
        book.read(f"label {number} {json.dumps(said(archive.corrections()[0]), ensure_ascii=False)}")
    shutil.copytree(root, tmp_path / "before")
    with Archive.open(root) as archive:
        book.read(f"?undo {number}")
        archive.undo(number)
        book.read(f"undone {number}")
        book.check_corrections({one.id: said(one) for one in archive.corrections()})
    with (
        Archive.open(tmp_path / "before") as archive,
        pytest.raises(AssertionError, match="taken back is there again"),
    ):
        book.check_corrections({one.id: said(one) for one in archive.corrections()})


def test_corrections_taken_back_when_the_kill_came_stay_so_or_are_all_there(tmp_path: Path):
    told = {number: ["kind", "none", "张三", "", ""] for number in (1, 2, 3)}
    for left in ({3}, {1, 2, 3}):
        book = Book()
        for number, what in told.items():
            book.read(f"label {number} {json.dumps(what)}")
        book.read("?undo 1")
        book.read("?undo 2")
        book.check_corrections({number: told[number] for number in left})
        assert set(book.corrections) == left
        with pytest.raises(AssertionError):
            book.check_corrections({number: told[number] for number in {1, 2, 3} ^ left or {1, 2}})
    book = Book()
    for line in ("label 1 []", "label 2 []", "?undo 1", "?undo 2"):
        book.read(line)
    with pytest.raises(AssertionError, match="half taken back"):
        book.check_corrections({2: []})


@pytest.mark.parametrize("lost", ["the folder", "a byte", "the training"])
def test_a_labeller_that_is_lost_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str):
    monkeypatch.setattr("index.teaching.built_in_examples", lambda without=(): (lessons(), []))
    book, root = Book(), tmp_path / "archive"
    with Archive.open(root) as archive:
        add(archive, *fill(tmp_path / "in", 1))
        if lost == "the training":
            shutil.copytree(root, tmp_path / "before")
        book.read("?train")
        archive.train()
        book.read(f"trained {fingerprint(root)}")
        book.check_labeller(fingerprint(root))
    if lost == "the folder":
        shutil.rmtree(root / "labeller")
    elif lost == "a byte":
        (root / "labeller" / "quality.json").write_bytes(b"{}")
    else:
        root = tmp_path / "before"
    with pytest.raises(AssertionError, match="not the one that was acknowledged"):
        book.check_labeller(fingerprint(root))
    book.read("?train")
    if lost == "a byte":
        book.check_labeller(fingerprint(root))  # killed within: the new one or the old one
    else:
        with pytest.raises(AssertionError, match="labeller is lost"):
            book.check_labeller(fingerprint(root))


# -- the command, its encoder and its parsing processes -----------------------------------------------------------

REPORTS = 24
VOLATILE = re.compile(r'INSERT INTO "(?:migrations|sqlite_sequence|meta" VALUES\(\'(?:created|session:))')


def contents(root: Path) -> list[str]:
    """All that an archive's store holds but times, who wrote and numbers not yet given."""
    return [line for line in dump(root / "store.sqlite3") if not VOLATILE.match(line)]


def alive(group: int) -> set[int]:
    """The processes of a group that still run."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                found.add(int(stat.parent.name))
    return found


def adding(folder: Path, root: Path) -> subprocess.Popen[str]:
    """``mingjian add`` with two parsing processes, in a process group of its own; a line of its log for each file."""
    return subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "add", folder, "--workers", "2", "--log", "json", "--archive", root],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )


def told(process: subprocess.Popen[str]) -> Iterator[dict[str, object]]:
    """What became of each file, as it is told, until the process ends."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.endswith("\n") and (event := json.loads(line))["event"] == "file":
            assert event["status"] in ("added", "skipped"), event
            yield event
    process.wait()


def kill_while_adding(folder: Path, root: Path, after: int, seconds: float) -> tuple[set[str], set[int]]:
    """Kill it so many seconds after it told of so many files; the reports it told of, and its processes then."""
    process, reports, there = adding(folder, root), set[str](), set[int]()

    def kill() -> None:
        there.update(alive(process.pid) - {process.pid})
        process.kill()

    timer = threading.Timer(seconds, kill)
    if not after:
        timer.start()
    for event in told(process):
        reports.add(str(event["report"]))
        if len(reports) == after:
            timer.start()
    assert len(reports) >= after, "it ended by itself"
    timer.join()
    until = time.monotonic() + 30
    while (left := alive(process.pid)) and time.monotonic() < until:
        time.sleep(0.05)
    for one in left:
        os.kill(one, signal.SIGKILL)
    assert not left, "processes that nobody needs any more"
    assert process.returncode in (-9, 0)
    return reports, there if process.returncode else set()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes the Linux way")
def test_the_command_killed_while_adding_completes_to_the_same_contents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(archive_module, "_load_encoder", ENCODER)
    folder, rng, beside = tmp_path / "in", random.Random(7), 0
    write_files(folder, (compose(11 * number) for number in range(REPORTS)))
    assert len([*told(adding(folder, tmp_path / "undisturbed"))]) == REPORTS
    whole = contents(tmp_path / "undisturbed")
    with Archive.open(tmp_path / "undisturbed") as archive:
        asked = [row.text for row in archive.statements(kind="problem")][::20]
        answers = [archive.search(text).to_dict()["hits"] for text in asked]
    some, more = rng.sample(range(1, REPORTS), 2)  # files that it told of before the seconds begin
    moments = [(0, 1.5), (some, 0.0), (more, 0.02), (REPORTS, 0.0), (REPORTS, 0.4)]
    moments = [(after, rng.uniform(0.0, 2 * seconds)) for after, seconds in moments]
    for number, (after, seconds) in enumerate(moments):
        root = tmp_path / f"archive-{number}"
        reports, processes = kill_while_adding(folder, root, after, seconds)
        beside += bool(processes)
        with Archive.open(root) as archive:
            there = {row.id for row in archive.list()}
            assert reports <= there, "an acknowledged report is lost"
            assert len(there - reports) <= 1, "committed, killed before the word got out"
            complete(archive)
            assert archive.verify() == []
        again = [*told(adding(folder, root))]
        assert [event["status"] for event in again] == ["skipped"] * len(there) + ["added"] * (REPORTS - len(there))
        assert contents(root) == whole
        assert verify(root) == []
        with Archive.open(root) as archive:
            complete(archive)
            assert [archive.search(text).to_dict()["hits"] for text in asked] == answers
    assert beside >= 2, "no process was there that could have been left"


# -- two writers, a full disk, a folder that cannot be written ---------------------------------------------------


def test_two_processes_that_add_both_get_in(tmp_path: Path):
    with Archive.open(tmp_path / "archive"):
        pass
    book = Book()
    process = child(tmp_path / "archive", tmp_path / "other", 99)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    files = fill(tmp_path / "in", 12)
    with Archive.open(tmp_path / "archive") as archive:
        results = [result for file in files for result in add(archive, file)]
    time.sleep(0.2)
    process.kill()
    for line in process.stdout:
        book.read(line)
    process.wait()
    assert {result.outcome for result in results} == {"added"}
    assert verify(tmp_path / "archive") == []
    with Archive.open(tmp_path / "archive") as archive:
        own = {result.report for result in results}
        removed = own - {row.id for row in archive.list()}
        assert removed <= own  # the other process takes reports out at random …
        assert book.there - book.unsure <= {row.id for row in archive.list()}  # … but loses none that it kept


def test_a_second_writer_is_told_after_its_wait(tmp_path: Path):
    inside, leave = threading.Event(), threading.Event()

    def slow(path: Path):
        inside.set()
        leave.wait(20)
        return read_json_report(path)

    files = fill(tmp_path / "in", 2)
    with Archive.open(tmp_path / "archive") as one, Archive.open(tmp_path / "archive", lock_timeout=0.3) as two:
        thread = threading.Thread(target=lambda: one.add([files[0]], parser=HereParser(slow)))
        thread.start()
        assert inside.wait(20)
        with pytest.raises(ArchiveBusy, match="另一个进程正在写入"):
            add(two, files[1])
        assert two.list() == []  # readers are never kept waiting
        leave.set()
        thread.join()
        assert [result.outcome for result in add(two, files[1])] == ["added"]
        assert len(two.list()) == 2


def test_an_interrupted_add_keeps_what_was_committed(tmp_path: Path):
    files = fill(tmp_path / "in", 6)

    def interrupt(_result: object, done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with Archive.open(tmp_path / "archive") as archive:
        with pytest.raises(KeyboardInterrupt):
            archive.add(files, parser=HereParser(read_json_report), progress=interrupt)
        assert len(archive.list()) == 3
        assert archive.verify() == []
        assert archive.search(sentence(5)).hits[0].text == sentence(5)
        assert [r.outcome for r in add(archive, *files)] == ["skipped"] * 3 + ["added"] * 3


def test_a_search_builds_the_generation_that_an_interrupted_add_left_out(tmp_path: Path):
    files = fill(tmp_path / "in", 40)

    def interrupt(_result: object, done: int, _total: int) -> None:
        if done == 39:
            raise KeyboardInterrupt

    with Archive.open(tmp_path / "archive") as archive:
        with pytest.raises(KeyboardInterrupt):
            archive.add(files, parser=HereParser(read_json_report), progress=interrupt)
        assert archive.info()["generation"] == 0
        assert archive.search(sentence(5)).hits[0].text == sentence(5)
        assert (archive.info()["generation"], archive.info()["pending"]) == (1, 0)
        assert archive.verify() == []


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files = fill(tmp_path / "in", 6)
    real, left = Transaction.insert, [3]  # a report is one

    def insert(self: Transaction, sql: str, params: object) -> int:
        left[0] -= 1
        if left[0] < 0:
            import sqlite3

            raise sqlite3.OperationalError("database or disk is full")
        return real(self, sql, params)  # type: ignore[arg-type]

    monkeypatch.setattr(Transaction, "insert", insert)
    with Archive.open(tmp_path / "archive") as archive:
        with pytest.raises(StoreError, match="磁盘已满"):
            add(archive, *files)
        monkeypatch.undo()
        monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
        assert 0 < len(archive.list()) < 6
        assert archive.verify() == []
        add(archive, *files)
        assert len(archive.list()) == 6


def test_a_disk_that_fills_while_indexing_leaves_the_old_generation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files = fill(tmp_path / "in", 30)
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, *files[:15])

        def full(*_: object, **__: object) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("index.building.build", full)
        with pytest.raises(StoreError, match="磁盘已满"):
            add(archive, *files[15:])
        assert len(archive.list()) == 30
        assert archive.verify() == []
        assert archive.search(sentence(100)).hits[0].text == sentence(100)
        monkeypatch.undo()
        monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
        archive.rebuild()
        assert archive.info()["pending"] == 0


DISK = 8_000  # kB


@contextmanager
def filled_up(disk: Path, kilobytes: int) -> Iterator[None]:
    """So much is left on a disk; afterwards it has room again."""
    state = os.statvfs(disk)
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(state.f_bavail * state.f_frsize - 1024 * kilobytes))
    yield
    ballast.unlink()


def sound_and_complete(root: Path, kept: set[str]) -> None:
    assert verify(root) == []
    with Archive.open(root) as archive:
        assert kept <= {row.id for row in archive.list()}, "an acknowledged report is lost"
        assert archive.search(sentence(5)).hits[0].text == sentence(5)


@pytest.mark.parametrize("room", [50, 180, 420, 900])
def test_a_real_disk_that_fills_while_adding_loses_nothing(tmp_path: Path, room: int):
    files, kept = fill(tmp_path / "in", 60), set[str]()

    def acknowledge(result: AddResult, _done: int, _total: int) -> None:
        assert result.outcome == "added"
        kept.add(str(result.report))

    with small_disk_at(tmp_path / "disk", DISK) as disk:
        root = disk / "archive"
        with Archive.open(root) as archive:
            archive.add(files[:10], parser=HereParser(read_json_report), progress=acknowledge)
        with filled_up(disk, room):
            with Archive.open(root) as archive, pytest.raises(StoreError, match="磁盘已满，未写入的报告没有进入存档"):
                archive.add(files[10:], parser=HereParser(read_json_report), progress=acknowledge)
            sound_and_complete(root, kept)
        assert 10 <= len(kept) < 60
        sound_and_complete(root, kept)
        with Archive.open(root) as archive:
            outcomes = Counter(result.outcome for result in add(archive, *files))
            assert outcomes == Counter(skipped=len(archive.list()) - outcomes["added"], added=outcomes["added"])
            assert outcomes["skipped"] >= len(kept)
            assert (len(archive.list()), archive.verify()) == (60, [])
            assert archive.search(sentence(230)).hits[0].text == sentence(230)


@pytest.mark.parametrize("room", [50, 90, 135, 180])
def test_a_real_disk_that_fills_while_rebuilding_leaves_the_old_generation(tmp_path: Path, room: int):
    with small_disk_at(tmp_path / "disk", DISK) as disk:
        root = disk / "archive"
        with Archive.open(root) as archive:
            kept = {str(result.report) for result in add(archive, *fill(tmp_path / "in", 20))}
            before = archive.search(sentence(70)).to_dict()
        with filled_up(disk, room):
            with Archive.open(root) as archive, pytest.raises(StoreError, match="磁盘已满"):
                archive.rebuild()
            sound_and_complete(root, kept)
            with Archive.open(root) as archive:
                assert archive.search(sentence(70)).to_dict() == before
        with Archive.open(root) as archive:
            archive.rebuild()
            assert [path.name for path in (root / "derived").iterdir()] == [f"gen-{archive.info()['generation']:06d}"]
        sound_and_complete(root, kept)


class _NoRoom:
    """tantivy's writer on a full disk."""

    def add_document(self, _document: object) -> None: ...

    def commit(self) -> None:
        raise ValueError("An IO error occurred: 'No space left on device (os error 28)'")


@pytest.mark.parametrize("step", ["create", "commit"])
def test_a_word_index_without_room_is_told_in_chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str):
    import tantivy

    class Index:
        def __init__(self, *_: object, **__: object) -> None:
            if step == "create":
                _NoRoom().commit()

        def writer(self, **_: object) -> _NoRoom:
            return _NoRoom()

    with Archive.open(tmp_path / "archive") as archive:
        add(archive, *fill(tmp_path / "in", 12))
        monkeypatch.setattr(tantivy, "Index", Index)
        with pytest.raises(StoreError, match="磁盘已满"):
            archive.rebuild()


READ_ONLY = """
import ctypes, os, sys
if os.getuid() == 0:  # the superuser without his capabilities is bound by permissions like anybody
    class Header(ctypes.Structure):
        _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]
    none = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(ctypes.byref(Header(0x20080522, 0)), none):
        sys.exit(77)
from archive_tools import HashEncoder
from pathlib import Path
from index import archive as module
module._load_encoder = lambda name: HashEncoder(name or "hash")
root = Path(sys.argv[1])
with module.Archive.open(root) as archive:
    assert archive.search("工作人员业务不熟练").hits
    assert archive.info()["read_only"]
    assert archive.verify() == [], archive.verify()
    try:
        archive.remove(archive.list()[0].id)
    except Exception as error:
        print(type(error).__name__, error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="drops the superuser's capabilities the Linux way")
def test_a_read_only_folder_is_searched_and_not_written(tmp_path: Path):
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, *fill(tmp_path / "in", 20))
    folders = [tmp_path / "archive", *(p for p in (tmp_path / "archive").rglob("*") if p.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    for path in (tmp_path / "archive").rglob("*"):
        if path.is_file():
            path.chmod(0o444)
    paths = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    try:
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, tmp_path / "archive"],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=60,
            check=False,
        )
    finally:
        for folder in folders:
            folder.chmod(0o755)
    if done.returncode == 77:
        pytest.skip("capabilities cannot be dropped here")
    assert done.returncode == 0, done.stderr
    assert "StoreError" in done.stdout
    assert "没有读写权限" in done.stdout
