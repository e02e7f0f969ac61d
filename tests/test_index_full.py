"""A disk on which not even opening a store has room left is said to be full, searched meanwhile, and goes on later."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from archive_tools import HashEncoder, add, fill, sentence, small_disk_at

from index import archive as archive_module
from index.archive import Archive
from index.store import Store, StoreError
from index.stores.base import no_room
from index.verify import verify

ROOMS = (0, 4, 20)  # kB; SQLite needs 32 to open a store that others may write


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk_at(tmp_path / "disk", 8_000) as place:
        yield place


@contextmanager
def filled_up(disk: Path, kilobytes: int) -> Iterator[None]:
    """So much is left on a disk; afterwards it has room again."""
    state = os.statvfs(disk)
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(state.f_bavail * state.f_frsize - 1024 * kilobytes))
    try:
        yield
    finally:
        ballast.unlink()


@pytest.mark.parametrize("room", ROOMS)
def test_whoever_writes_is_told_that_the_disk_is_full(disk: Path, tmp_path: Path, room: int):
    files = fill(tmp_path / "in", 20)
    with Archive.open(disk / "archive") as archive:
        add(archive, *files[:10])
    with filled_up(disk, room):
        assert no_room(disk)
        with Archive.open(disk / "archive") as archive:
            assert archive.search(sentence(5)).hits[0].text == sentence(5)
            first = archive.list()[0].id
            for write in (
                lambda: add(archive, *files),
                lambda: archive.remove(first),
                archive.rebuild,
                lambda: archive.save_search("一", {"q": "人员"}),
            ):
                with pytest.raises(StoreError, match="磁盘已满") as told:
                    write()
                assert "权限" not in str(told.value)
        assert verify(disk / "archive") == []
    with Archive.open(disk / "archive") as archive:
        assert not archive.store.read_only
        add(archive, *files)
        assert (len(archive.list()), archive.verify()) == (20, [])


@pytest.mark.parametrize("room", ROOMS)
def test_a_new_archive_on_a_full_disk_is_told_so_and_made_later(disk: Path, tmp_path: Path, room: int):
    with filled_up(disk, room), pytest.raises(StoreError, match="磁盘已满"):
        Archive.open(disk / "archive")
    with Archive.open(disk / "archive") as archive:
        add(archive, *fill(tmp_path / "in", 3))
        assert (len(archive.list()), archive.verify()) == (3, [])


def test_an_archive_opened_on_a_full_disk_sees_and_takes_changes_when_there_is_room(disk: Path, tmp_path: Path):
    files = fill(tmp_path / "in", 12)
    with Archive.open(disk / "archive") as archive:
        add(archive, *files[:10])
    with filled_up(disk, 0):
        archive = Archive.open(disk / "archive")
        assert archive.store.read_only
        assert len(archive.list()) == 10
    with archive:
        with Archive.open(disk / "archive") as other:
            add(other, files[10])
            assert len(archive.list()) == 11, "what others write is seen at once"
        add(archive, files[11])
        assert (len(archive.list()), archive.store.read_only, archive.verify()) == (12, False, [])


def test_an_upgrade_without_room_says_so(disk: Path):
    from crash_tools import first_version

    first_version(disk / "archive")
    with filled_up(disk, 0), pytest.raises(StoreError, match="磁盘已满"):
        Store(disk / "archive" / "store.sqlite3")
    with Archive.open(disk / "archive") as archive:
        assert len(archive.list()) == 3


def test_room_is_told_from_rights(tmp_path: Path):
    assert not no_room(tmp_path)
    assert not no_room(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []
