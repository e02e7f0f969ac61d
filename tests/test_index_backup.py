"""Backup and restore: one state while others write, nothing half on a full disk, nothing believed of a hostile ZIP."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest
from archive_tools import HashEncoder, add, fill, small_disk_at
from crash_tools import mended

from index import archive as archive_module
from index import backup as backups
from index import generations, restoring
from index.archive import Archive
from index.backup import LISTING, self_checksum
from index.locking import WriteLock
from index.placing import BackupError
from index.verify import verify

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An archive of twelve reports, a correction, and rows outside its generation."""
    with Archive.open(tmp_path / "archive") as archive:
        add(archive, *fill(tmp_path / "in", 10))
        add(archive, *fill(tmp_path / "in", 2, start=10))
        archive.label(archive.statements(kind="problem")[0].id, add=["staffing"], kind="measure", by="张三")
    return tmp_path / "archive"


def content(root: Path) -> dict[str, Any]:
    """What an archive knows."""
    with Archive.open(root, create=False) as archive:
        return {
            "reports": [archive.show(row.id).to_dict() for row in archive.list()],
            "statements": [(row.id, row.kind, row.labels) for row in archive.statements()],
            "corrections": [one.to_dict() for one in archive.corrections()],
            "search": [(hit.id, hit.score) for hit in archive.search("工作人员业务不熟练").hits],
            "sequence": archive.store.sequence(),
        }


def made(root: Path, target: Path, **options: bool) -> Path:
    with Archive.open(root, create=False) as archive:
        archive.backup(target, **options)
    return target


# -- there and back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("derived", [False, True])
@pytest.mark.parametrize("name", ["b.zip", "文件夹"])
def test_what_comes_back_is_what_went_in(root: Path, tmp_path: Path, name: str, derived: bool) -> None:
    if not derived:  # scores by words lean on the generation, which restoring makes anew
        with Archive.open(root) as archive:
            archive.rebuild()
    before = content(root)
    target = made(root, tmp_path / "out" / name, derived=derived)
    assert sorted(path.name for path in target.parent.iterdir()) == [name], "nothing is left beside it"
    backup, problems = Archive.restore(target, tmp_path / "back")
    assert problems == []
    assert verify(tmp_path / "back") == []
    assert content(tmp_path / "back") == before
    assert backup.derived is derived
    assert backup.counts["reports"] == 12
    names = {name.split("/")[0] for name in backup.files}
    assert names == ({"store.sqlite3", "derived", "manifest.json"} if derived else {"store.sqlite3"})
    assert verify(root) == []
    assert not list(tmp_path.glob(".*"))


def test_the_labeller_of_the_archive_is_in_it(root: Path, tmp_path: Path) -> None:
    from index import labellers
    from nlp.learned import MODELS

    (root / "labeller").mkdir()
    for name in (*labellers.FILES, labellers.QUALITY):
        shutil.copy(MODELS / name, root / "labeller")
    with Archive.open(root) as archive:
        archive.rebuild()
        archive.backup(tmp_path / "b.zip")
    Archive.restore(tmp_path / "b.zip", tmp_path / "back")
    assert verify(tmp_path / "back") == []
    for name in labellers.FILES:
        assert (tmp_path / "back/labeller" / name).read_bytes() == (MODELS / name).read_bytes()


def with_labeller(root: Path) -> None:
    """A labeller of the archive's own, as in the middle of training: the labels in the store are still the old ones."""
    from index import labellers
    from nlp.learned import MODELS

    (root / "labeller").mkdir()
    for name in (*labellers.FILES, labellers.QUALITY):
        shutil.copy(MODELS / name, root / "labeller")


def test_a_labeller_that_does_not_fit_its_labels_is_waited_for(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the middle of training: the models are new, the labels in the store still old."""
    with_labeller(root)
    monkeypatch.setattr(backups, "ATTEMPTS", 2)
    monkeypatch.setattr(backups, "PAUSE", 0.01)
    turns = iter(range(1, 100))

    def on(seconds: float) -> None:
        del seconds
        os.utime(root / "labeller/problem.npz", (next(turns), 0))

    monkeypatch.setattr(backups.time, "sleep", on)
    with Archive.open(root) as archive, WriteLock(root).held(), pytest.raises(BackupError, match="一直在变动"):
        archive.backup(tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()


def test_a_training_that_ends_in_time_leaves_no_trace_in_the_backup(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_labeller(root)
    waits: list[float] = []
    with Archive.open(root) as archive, Archive.open(root) as trainer, trainer._write_lock.held():

        def waited(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 3:
                trainer.rebuild()

        monkeypatch.setattr(backups.time, "sleep", waited)
        backup = archive.backup(tmp_path / "b.zip")
    assert len(waits) == 3
    assert backup.problems == ()
    assert Archive.restore(tmp_path / "b.zip", tmp_path / "back")[1] == []


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("damage", ["a byte", "gone", "other labels"])
def test_a_labeller_that_nobody_is_changing_is_copied_as_it_is_and_told(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str, busy: bool
) -> None:
    with_labeller(root)
    (root / "labeller/说明 (1).txt").write_text("不是我们的", "utf-8")
    monkeypatch.setattr(backups, "PAUSE", 0.001)
    with Archive.open(root) as archive:
        archive.rebuild()
        model = root / "labeller/problem.npz"
        if damage == "a byte":
            data = bytearray(model.read_bytes())
            data[len(data) // 2] ^= 1
            model.write_bytes(data)
        elif damage == "gone":
            model.unlink()
        else:
            monkeypatch.setattr("index.rebuild.taxonomy_fingerprint", lambda: "of a newer version")
        named = [line for line in archive.verify() if line.startswith("labeller")]
        assert named
        with WriteLock(root).held() if busy else nullcontext():  # an add that goes on for hours
            backup = archive.backup(tmp_path / "b.zip")
    assert list(backup.problems) == named
    assert {Path(name).name for name in backup.files if name.startswith("labeller/")} == {
        path.name for path in (root / "labeller").iterdir() if path.suffix in (".npz", ".json")
    }
    told, problems = Archive.restore(tmp_path / "b.zip", tmp_path / "back")
    assert told.problems == backup.problems
    assert any(line.startswith("labeller") for line in problems)


def test_kept_searches_are_in_it(root: Path, tmp_path: Path) -> None:
    older = made(root, tmp_path / "older.zip")
    with Archive.open(root) as archive:
        archive.save_search("人手", {"q": "人员不足", "level": ["county"]})
        kept = archive.saved_searches()
        packed = archive.backup(tmp_path / "b.zip")
        folder = archive.backup(tmp_path / "b", derived=True)
    assert "saved.json" in packed.files
    assert "saved.json" in folder.files
    for number, source in enumerate((tmp_path / "b.zip", tmp_path / "b")):
        _, problems = Archive.restore(source, tmp_path / f"back{number}")
        assert problems == []
        with Archive.open(tmp_path / f"back{number}", create=False) as back:
            assert back.saved_searches() == kept
            assert back.verify() == []
    Archive.restore(older, tmp_path / "back")  # what knows of none restores as before
    with Archive.open(tmp_path / "back", create=False) as back:
        assert back.saved_searches() == []


def test_damaged_kept_searches_are_told_and_copied_as_they_are(root: Path, tmp_path: Path) -> None:
    (root / "saved.json").write_bytes(b'{"format": 1, "searches": [')
    with Archive.open(root) as archive:
        backup = archive.backup(tmp_path / "b.zip")
    assert len(backup.problems) == 1
    assert "saved.json" in backup.problems[0]
    _, problems = Archive.restore(tmp_path / "b.zip", tmp_path / "back")
    assert (tmp_path / "back/saved.json").read_bytes() == (root / "saved.json").read_bytes()
    assert any("saved.json" in line for line in problems)


def test_older_versions_ask_for_an_upgrade_only_where_they_must(root: Path, tmp_path: Path) -> None:
    with Archive.open(root) as archive:
        assert archive.backup(tmp_path / "a.zip").to_dict()["version"] == 1
        archive.save_search("人手", {"q": "人员不足"})
        assert archive.backup(tmp_path / "b.zip").to_dict()["version"] == 2
    assert Archive.check_backup(tmp_path / "b.zip").to_dict()["version"] == 2


def test_an_empty_archive_comes_back_empty(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a") as archive:
        archive.backup(tmp_path / "b.zip")
    Archive.restore(tmp_path / "b.zip", tmp_path / "back")
    assert verify(tmp_path / "back") == []
    with Archive.open(tmp_path / "back") as archive:
        assert archive.list() == []


def test_damage_in_the_archive_is_told_and_copied_as_it_is(root: Path, tmp_path: Path) -> None:
    with sqlite3.connect(root / "store.sqlite3") as connection:
        connection.execute("UPDATE documents SET text = text || '改' WHERE report = 1")
    connection.close()
    with Archive.open(root) as archive:
        backup = archive.backup(tmp_path / "b.zip")
    assert any("校验和不符" in line for line in backup.problems)
    told, problems = Archive.restore(tmp_path / "b.zip", tmp_path / "back")
    assert told.problems == backup.problems
    assert set(backup.problems) <= set(problems)


# -- while others write ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("derived", [False, True])
def test_a_backup_is_one_state_while_another_process_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, derived: bool
) -> None:
    monkeypatch.setattr(generations, "TAIL_MIN", 12)
    paths = os.pathsep.join([str(HERE), str(HERE.parent)])
    root = tmp_path / "archive"
    writer = subprocess.Popen(
        [sys.executable, HERE / "crash_child.py", root, tmp_path / "in", "7"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert writer.stdout is not None
    told: list[str] = []
    threading.Thread(target=lambda: told.extend(iter(writer.stdout.readline, "")), daemon=True).start()  # type: ignore[union-attr]
    try:
        for number in range(4):
            deadline = time.monotonic() + 60
            while len(told) < 8 * (number + 1):
                assert writer.poll() is None, "the writer ended"
                assert time.monotonic() < deadline
                time.sleep(0.02)
            with Archive.open(root, create=False) as archive:
                backup = archive.backup(tmp_path / f"{number}.zip", derived=derived)
            assert backup.problems == ()
            _, problems = Archive.restore(tmp_path / f"{number}.zip", tmp_path / f"back{number}")
            assert problems == []
        assert writer.poll() is None, "the writer went on"
    finally:
        writer.kill()
        writer.wait()
    mended(root)


def test_taking_a_checksum_does_not_cost_the_locks(root: Path) -> None:
    """POSIX drops a process's locks on a file when it closes any descriptor of it; what SQLite committed after that
    would be lost as soon as another process opened and closed the archive."""
    from index.manifest import mark_file

    other = f"from index.store import Store; from pathlib import Path; s = Store(Path({str(root / 'store.sqlite3')!r}))"
    paths = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    with Archive.open(root) as archive:
        assert archive.verify() == []
        assert mark_file(root / "store.sqlite3").bytes == (root / "store.sqlite3").stat().st_size
        for number in range(3):
            archive.label(archive.statements(kind="problem")[number].id, add=["training"], kind="measure", by="李四")
            run = f"{other}; print(len(s.query('SELECT * FROM corrections'))); s.close()"
            told = subprocess.run([sys.executable, "-c", run], env=paths, capture_output=True, text=True, check=True)
            assert int(told.stdout) == len(archive.corrections())
    with Archive.open(root) as again:
        assert len(again.corrections()) == 8
    with pytest.raises(FileNotFoundError):
        mark_file(root / "none.sqlite3")


# -- nothing half ---------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A disk of 150 kB."""
    with small_disk_at(tmp_path / "small", 150) as place:
        yield place


@pytest.mark.parametrize("name", ["b.zip", "b"])
def test_a_full_disk_leaves_nothing_behind(root: Path, small_disk: Path, name: str) -> None:
    with Archive.open(root) as archive, pytest.raises(BackupError, match="磁盘已满"):
        archive.backup(small_disk / name, derived=True)
    assert list(small_disk.iterdir()) == []


def test_restoring_onto_a_full_disk_leaves_nothing_behind(root: Path, small_disk: Path, tmp_path: Path) -> None:
    target = made(root, tmp_path / "b.zip")
    with pytest.raises(BackupError, match="空间不够"):
        Archive.restore(target, small_disk / "back")
    assert list(small_disk.iterdir()) == []


def test_restoring_onto_a_disk_that_fills_up_leaves_nothing_behind(
    root: Path, small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = made(root, tmp_path / "b.zip")
    monkeypatch.setattr(restoring, "_check_space", lambda part, backup: None)
    with pytest.raises(BackupError, match="磁盘已满"):
        Archive.restore(target, small_disk / "back")
    assert list(small_disk.iterdir()) == []


def test_an_older_backup_stays_where_the_new_one_fails(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = made(root, tmp_path / "b.zip")
    before = target.read_bytes()

    def broken(part: Path, backup: object) -> None:
        raise OSError(5, "broken")

    monkeypatch.setattr(backups, "_check_again", broken)
    with Archive.open(root) as archive, pytest.raises(BackupError):
        archive.backup(target, replace=True)
    assert target.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_what_a_killed_run_left_goes_with_the_next(root: Path, tmp_path: Path) -> None:
    left = tmp_path / ".b.zip.99999999.part"
    left.mkdir()
    (left / "store.sqlite3").write_bytes(b"half")
    made(root, tmp_path / "b.zip")
    assert not left.exists()


@pytest.mark.parametrize("seconds", [0.05, 0.3, 0.6, 0.9])
def test_a_killed_backup_leaves_no_file_of_its_name(root: Path, tmp_path: Path, seconds: float) -> None:
    code = (
        "import sys; from index.archive import Archive; print('go', flush=True)\n"
        "n = 0\nwhile True:\n"
        "    with Archive.open(sys.argv[1], create=False) as a: a.backup(f'{sys.argv[2]}/{n}.zip', derived=True)\n"
        "    n += 1"
    )
    out = tmp_path / "out"
    out.mkdir()
    child = subprocess.Popen(
        [sys.executable, "-c", code, root, out], cwd=HERE.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.readline()
    threading.Timer(seconds, child.kill).start()
    child.wait()
    for path in out.glob("*.zip"):
        if not path.name.startswith("."):
            Archive.check_backup(path)


# -- places ---------------------------------------------------------------------------------------------------


def test_a_place_that_is_taken_is_refused(root: Path, tmp_path: Path) -> None:
    target = made(root, tmp_path / "b.zip")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/notes.txt").write_text("mine", "utf-8")
    (tmp_path / "notes").write_text("mine", "utf-8")
    with Archive.open(root) as archive:
        for place in (target, tmp_path / "full", tmp_path / "notes"):
            with pytest.raises(BackupError, match=r"已经存在|已有内容"):
                archive.backup(place)
        for place in (tmp_path / "full", tmp_path / "notes"):
            with pytest.raises(BackupError):
                archive.backup(place, replace=True)
        with pytest.raises(BackupError, match="存档文件夹里面"):
            archive.backup(root / "b.zip")
        archive.backup(target, replace=True)
        (tmp_path / "empty").mkdir()
        archive.backup(tmp_path / "empty")
    Archive.check_backup(tmp_path / "empty")


def test_what_killed_restores_left_goes_with_the_next(root: Path, tmp_path: Path) -> None:
    target = made(root, tmp_path / "b.zip")
    code = (
        "import os, sys\nfrom index import restoring\nfrom index.archive import Archive\n"
        "restoring.publish = lambda *_, **__: os.kill(os.getpid(), 9)\nArchive.restore(sys.argv[1], sys.argv[2])"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code, target, tmp_path / "a[1]"], cwd=HERE.parent, check=False)
    left = {path.name for path in tmp_path.glob(".*.restoring")}
    assert len(left) == 1, "the second took away what the first had left"
    running = tmp_path / f".a[1].{os.getppid()}.restoring"
    running.mkdir()
    Archive.restore(target, tmp_path / "a[1]")
    assert [*tmp_path.glob(".*.restoring")] == [running], "of a process that still runs"


def test_a_link_to_an_empty_folder_is_followed(root: Path, tmp_path: Path) -> None:
    """It failed after all the work: a folder cannot take the place of a link."""
    (tmp_path / "disk/real").mkdir(parents=True)
    (tmp_path / "disk/copy").mkdir()
    (tmp_path / "archive2").symlink_to(tmp_path / "disk/real")
    (tmp_path / "copies").symlink_to(tmp_path / "disk/copy")
    (tmp_path / "nowhere").symlink_to(tmp_path / "unmounted/real")
    target = made(root, tmp_path / "copies")
    assert (tmp_path / "copies").is_symlink()
    assert Archive.restore(target, tmp_path / "archive2")[1] == []
    assert (tmp_path / "archive2").is_symlink()
    assert verify(tmp_path / "disk/real") == []
    for work in (lambda: Archive.restore(target, tmp_path / "nowhere"), lambda: made(root, tmp_path / "nowhere")):
        with pytest.raises(BackupError, match="指向的文件夹不存在"):
            work()
    assert not (tmp_path / "unmounted").exists()
    assert {path.name for path in (tmp_path / "disk").iterdir()} == {"real", "copy"}


def test_a_disk_itself_is_refused_before_the_work(root: Path, small_disk: Path, tmp_path: Path) -> None:
    """Where a disk is mounted, no folder can be put by a rename."""
    target = made(root, tmp_path / "b.zip")
    with pytest.raises(BackupError, match="挂载"):
        Archive.restore(target, small_disk)
    with pytest.raises(BackupError, match="挂载"):
        made(root, small_disk)


def test_restoring_never_overwrites(root: Path, tmp_path: Path) -> None:
    target = made(root, tmp_path / "b.zip")
    before = content(root)
    with pytest.raises(BackupError, match="不会覆盖"):
        Archive.restore(target, root)
    assert content(root) == before
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(BackupError, match="是文件"):
        Archive.restore(target, tmp_path / "file")
    (tmp_path / "empty").mkdir()
    Archive.restore(target, tmp_path / "empty")
    assert verify(tmp_path / "empty") == []


# -- damage ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["b.zip", "b"])
def test_every_flipped_byte_is_noticed(root: Path, tmp_path: Path, form: str) -> None:
    target = made(root, tmp_path / form, derived=form == "b")
    files = [target] if target.is_file() else [path for path in target.rglob("*") if path.is_file()]
    for file in files:
        whole = file.read_bytes()
        for place in range(0, len(whole), max(len(whole) // 25, 1)):
            damaged = bytearray(whole)
            damaged[place] ^= 0x10
            file.write_bytes(damaged)
            try:
                backup = Archive.check_backup(target)
            except BackupError:
                continue
            finally:
                file.write_bytes(whole)
            # a ZIP has bytes that mean nothing (times, attributes): then all that was read is as it was
            assert target.is_file(), f"{file} at {place}"
            assert backup.files == Archive.check_backup(target).files


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_torn_file_is_told(root: Path, tmp_path: Path, share: float) -> None:
    target = made(root, tmp_path / "b.zip")
    whole = target.read_bytes()
    target.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BackupError, match=r"b\.zip：不是完好的备份"):
        Archive.restore(target, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_damaged_listing_is_told_of_as_damage(root: Path, tmp_path: Path) -> None:
    """What unpacks to nothing came as the unpacker's own error."""
    target = made(root, tmp_path / "b.zip")
    whole = target.read_bytes()
    with zipfile.ZipFile(target) as packed:
        info = packed.getinfo(LISTING)
    begin = (
        info.header_offset
        + 30
        + len(LISTING)
        + int.from_bytes(whole[info.header_offset + 28 : info.header_offset + 30], "little")
    )
    told, sound = set(), Archive.check_backup(target)
    for place in range(begin, begin + info.compress_size):
        damaged = bytearray(whole)
        damaged[place] ^= 0x81
        target.write_bytes(damaged)
        try:
            assert Archive.check_backup(target) == sound, "bits that fill up the last byte mean nothing"
        except BackupError as error:
            told.add(str(error).rpartition("：")[2])
    assert "压缩包已损坏" in told


# -- hostile --------------------------------------------------------------------------------------------------


def forged(target: Path, out: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A backup with other content, whose listing vouches for it all the same."""
    with zipfile.ZipFile(target) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    listing = json.loads(files.pop(LISTING))
    change(files)
    listing["files"] = {name: mark(data) for name, data in files.items()}
    return written(out, files, listing)


def mark(data: bytes) -> dict[str, object]:
    from hashlib import blake2b

    return {"bytes": len(data), "blake2b": blake2b(data, digest_size=16).hexdigest()}


def written(out: Path, files: dict[str, bytes], listing: dict[str, Any]) -> Path:
    listing.pop("checksum", None)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
        packed.writestr(LISTING, json.dumps({**listing, "checksum": self_checksum(listing)}, ensure_ascii=False))
    return out


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "/tmp/evil.txt",
        "labeller/../../evil.txt",
        "labeller\\..\\..\\evil.txt",
        "C:/evil.txt",
        "derived/gen-000001/../../../evil.txt",
        "derived/gen-000001/a//b",
        "labeller/.bashrc",
        "labeller/..",
        "store.sqlite3-wal",
        "lock",
        "evil.py",
        "labeller/a\nb",
        "labeller/ａ",
    ],
)
def test_no_file_lands_elsewhere(root: Path, tmp_path: Path, name: str) -> None:
    target = made(root, tmp_path / "b.zip")
    evil = forged(target, tmp_path / "in/../evil.zip", lambda files: files.update({name: b"evil"}))
    with pytest.raises(BackupError, match="不该有的文件"):
        Archive.restore(evil, tmp_path / "deep/back")
    assert not list(tmp_path.rglob("evil.txt"))
    assert not (tmp_path / "deep/back").exists()


def test_a_member_outside_the_listing_is_refused(root: Path, tmp_path: Path) -> None:
    target = made(root, tmp_path / "b.zip")
    with zipfile.ZipFile(target, "a") as packed:
        packed.writestr("../../evil.txt", "x")
    with pytest.raises(BackupError, match="清单之外"):
        Archive.restore(target, tmp_path / "back")


def test_a_link_is_refused(root: Path, tmp_path: Path) -> None:
    target = made(root, tmp_path / "b.zip")
    with zipfile.ZipFile(target) as packed:
        listing = json.loads(packed.read(LISTING))
        store = packed.read("store.sqlite3")
    listing["files"]["labeller/x"] = mark(b"/etc/passwd")
    written(target, {"store.sqlite3": store}, listing)
    info = zipfile.ZipInfo("labeller/x")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(target, "a") as packed:
        packed.writestr(info, "/etc/passwd")
    with pytest.raises(BackupError, match="不是普通文件"):
        Archive.restore(target, tmp_path / "back")
    folder = made(root, tmp_path / "folder")
    (folder / "store.sqlite3").rename(tmp_path / "elsewhere")
    (folder / "store.sqlite3").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BackupError):
        Archive.restore(folder, tmp_path / "back")


def test_bombs_are_refused_unpacked(root: Path, tmp_path: Path) -> None:
    target = made(root, tmp_path / "b.zip")
    bomb = forged(target, tmp_path / "bomb.zip", lambda files: files.update({"labeller/x": bytes(64 << 20)}))
    assert bomb.stat().st_size < 1 << 20
    with pytest.raises(BackupError, match="大得反常"):
        Archive.restore(bomb, tmp_path / "back")
    with zipfile.ZipFile(target) as packed:
        listing, store = json.loads(packed.read(LISTING)), packed.read("store.sqlite3")
    listing["files"]["store.sqlite3"]["bytes"] = 10**15
    with pytest.raises(BackupError, match="大小与清单不符"):
        Archive.restore(written(tmp_path / "big.zip", {"store.sqlite3": store}, listing), tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_more_than_was_declared_is_not_unpacked(root: Path, tmp_path: Path) -> None:
    """A ZIP whose directory says less than its stream holds."""
    target = made(root, tmp_path / "b.zip")
    with zipfile.ZipFile(target) as packed:
        listing, store = json.loads(packed.read(LISTING)), packed.read("store.sqlite3")
    listing["files"]["labeller/x"] = mark(b"a" * 100)
    evil = written(tmp_path / "evil.zip", {"store.sqlite3": store, "labeller/x": b"a" * 100_000}, listing)
    data = bytearray(evil.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.rfind(b"labeller/x") if signature[2] == 1 else data.find(b"labeller/x")
        head = data.rfind(signature, 0, at)
        data[head + offset : head + offset + 4] = (100).to_bytes(4, "little")
    evil.write_bytes(data)
    with pytest.raises(BackupError):
        Archive.restore(evil, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def poisoned(sql: str) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "store.sqlite3"
            path.write_bytes(files["store.sqlite3"])
            connection = sqlite3.connect(path)
            connection.execute(sql)
            connection.commit()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            files["store.sqlite3"] = path.read_bytes()

    return change


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER t AFTER UPDATE ON meta BEGIN DELETE FROM reports; END",
        "CREATE VIEW v AS SELECT load_extension('x')",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
        "CREATE TABLE more(a TEXT)",
        "CREATE INDEX more ON meta(value)",
        "ANALYZE",
        "DROP INDEX stated_by_label",
        "DROP TABLE migrations",
        "DELETE FROM migrations WHERE number > 1",
        "ALTER TABLE meta ADD COLUMN more TEXT DEFAULT 'x'",
    ],
)
def test_a_store_that_would_do_something_is_refused(root: Path, tmp_path: Path, sql: str) -> None:
    evil = forged(made(root, tmp_path / "b.zip"), tmp_path / "evil.zip", poisoned(sql))
    with pytest.raises(BackupError, match="不该有的内容"):
        Archive.restore(evil, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_kept_searches_that_would_break_the_reader_are_refused(root: Path, tmp_path: Path) -> None:
    target = made(root, tmp_path / "b.zip")
    evil = forged(target, tmp_path / "evil.zip", lambda files: files.update({"saved.json": b"[" * 100_000}))
    try:
        _, problems = Archive.restore(evil, tmp_path / "back")
    except BackupError as error:
        assert "saved.json" in str(error)  # noqa: PT017 - either is right
    else:
        assert any("saved.json" in line for line in problems)
    assert not list(tmp_path.glob(".*"))


def reshaped(*statements: str) -> Callable[[dict[str, bytes]], None]:
    """A store whose tables say of themselves what no version made them be."""

    def change(files: dict[str, bytes]) -> None:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "store.sqlite3"
            path.write_bytes(files["store.sqlite3"])
            connection = sqlite3.connect(path)
            connection.execute("PRAGMA writable_schema = ON")
            for statement in statements:
                assert connection.execute(statement).rowcount
            connection.commit()
            connection.close()
            files["store.sqlite3"] = path.read_bytes()

    return change


@pytest.mark.parametrize(
    "statements",
    [
        [
            "CREATE VIRTUAL TABLE f USING fts5(a)",
            "UPDATE sqlite_master SET sql = 'CREATE/**/VIRTUAL/**/TABLE f USING fts5(a)' WHERE name = 'f'",
        ],
        [
            "UPDATE sqlite_master SET sql = replace(sql, 'who TEXT NOT NULL',"
            " 'who TEXT NOT NULL UNIQUE ON CONFLICT REPLACE') WHERE name = 'corrections'"
        ],
        ["UPDATE sqlite_master SET sql = replace(sql, ' ON DELETE CASCADE', '') WHERE name = 'labels'"],
        ["UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '') WHERE name = 'migrations'"],
    ],
)
def test_a_store_of_another_shape_is_refused(root: Path, tmp_path: Path, statements: list[str]) -> None:
    """A constraint of its own, say, that lets a later correction take an earlier one's place."""
    evil = forged(made(root, tmp_path / "b.zip"), tmp_path / "evil.zip", reshaped(*statements))
    with pytest.raises(BackupError, match="不该有的内容"):
        Archive.restore(evil, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_store_of_every_version_has_the_shape_that_it_was_given(tmp_path: Path) -> None:
    """What the first version left, what it becomes, one upgraded with rows in it; one of a version to come is told."""
    from crash_tools import first_version

    from index.stores.snapshot import odd_schema
    from nlp.errors import MingjianError

    for name in ("archive-1.sql", "version-1.sql"):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            connection.executescript((HERE / "stores" / name).read_text(encoding="utf-8"))
        assert odd_schema(tmp_path / name) == []
    first_version(tmp_path / "old")
    Archive.open(tmp_path / "old").close()
    assert odd_schema(tmp_path / "old" / "store.sqlite3") == []
    Archive.open(tmp_path / "new").close()
    assert odd_schema(tmp_path / "new" / "store.sqlite3") == []
    with closing(sqlite3.connect(tmp_path / "new" / "store.sqlite3")) as connection:
        connection.execute("INSERT INTO migrations VALUES (99, 'later', '')")
        connection.execute("CREATE TABLE later(a TEXT)")
        connection.commit()
    with pytest.raises(MingjianError, match="请先升级"):
        odd_schema(tmp_path / "new" / "store.sqlite3")


@pytest.mark.parametrize("data", [b"", b"not a database" * 100, b"SQLite format 3\0" + bytes(4096)])
def test_a_store_that_is_none_is_refused(root: Path, tmp_path: Path, data: bytes) -> None:
    target = made(root, tmp_path / "b.zip")
    evil = forged(target, tmp_path / "evil.zip", lambda files: files.update({"store.sqlite3": data}))
    with pytest.raises(BackupError):
        Archive.restore(evil, tmp_path / "back")
    assert not (tmp_path / "back").exists()
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    "listing",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"version": 1, "archive_format": 1, "files": [], "checksum": ""}',
    ],
)
def test_odd_listings_are_refused(root: Path, tmp_path: Path, listing: bytes) -> None:
    target = made(root, tmp_path / "b.zip")
    with zipfile.ZipFile(target) as packed:
        store = packed.read("store.sqlite3")
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr("store.sqlite3", store)
        packed.writestr(LISTING, listing)
    with pytest.raises(BackupError, match="不是完好的备份"):
        Archive.check_backup(target)


def test_a_newer_backup_asks_for_a_newer_program(root: Path, tmp_path: Path) -> None:
    target = made(root, tmp_path / "b.zip")
    with zipfile.ZipFile(target) as packed:
        listing, store = json.loads(packed.read(LISTING)), packed.read("store.sqlite3")
    listing["archive_format"] = 99
    with pytest.raises(BackupError, match="请先升级"):
        Archive.check_backup(written(tmp_path / "new.zip", {"store.sqlite3": store}, listing))
