"""``verify`` notices every difference, and nothing else."""

from __future__ import annotations

import errno
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from archive_tools import HashEncoder, add, fill
from numpy.typing import NDArray
from typer.testing import CliRunner

from index import archive as archive_module
from index import generations, labellers, rebuild
from index import verify as verify_module
from index.archive import Archive
from index.locking import WriteLock
from index.manifest import read_manifest
from index.store import StoreError
from index.verify import verify
from nlp.errors import MingjianError
from ui.cli import application


@pytest.fixture(autouse=True)
def _hash_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a generation and a tail, closed."""
    root = tmp_path_factory.mktemp("verify")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
        with Archive.open(root / "archive") as archive:
            add(archive, *fill(root / "in", 20))
            add(archive, *fill(root / "in", 2, start=20))
            archive.remove(archive.list()[3].id)
    return root / "archive"


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "archive")
    return tmp_path / "archive"


def files_of(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def test_a_sound_archive_has_no_differences(copy: Path):
    assert verify(copy) == []
    with Archive.open(copy) as archive:
        assert archive.search("工作人员").hits
        assert archive.verify() == []
    assert verify(copy) == []


def test_a_flipped_byte_in_every_file_is_noticed(copy: Path):
    rng = random.Random(7)
    files = files_of(copy)
    assert {path.name for path in files} >= {"store.sqlite3", "manifest.json", "rows.npy", "vectors.faiss", "meta.json"}
    for path in files:
        whole = path.read_bytes()
        places = {0, len(whole) - 1, *(rng.randrange(len(whole)) for _ in range(6))} if whole else set()
        for place in places:
            changed = bytearray(whole)
            changed[place] ^= 1 << rng.randrange(8)
            path.write_bytes(bytes(changed))
            found = verify(copy)
            assert found, f"{path.name} byte {place}"
            assert all("\n" not in line for line in found)
        path.write_bytes(whole + b"x")
        assert verify(copy), f"{path.name} grew"
        path.write_bytes(whole)
    assert verify(copy) == []


def test_a_changed_value_is_noticed_where_the_whole_file_is_not_marked(copy: Path, monkeypatch: pytest.MonkeyPatch):
    """Very large stores carry no checksum of the file; their rows' own checksums tell."""
    monkeypatch.setattr("index.publish.STORE_HASH_LIMIT", 0)
    with Archive.open(copy) as archive:
        archive.remove(archive.list()[0].id)
    assert verify(copy) == []
    text = "业务不熟练".encode()
    whole = (copy / "store.sqlite3").read_bytes()
    place = whole.index(text)
    (copy / "store.sqlite3").write_bytes(whole[:place] + "业务很熟练".encode() + whole[place + len(text) :])
    assert any("校验和不符" in line for line in verify(copy))


def test_every_missing_file_is_named(copy: Path):
    for path in files_of(copy):
        if path.name in ("lock", "store.sqlite3") or path.name.startswith("store.sqlite3-"):
            continue
        whole = path.read_bytes()
        path.unlink()
        assert any(path.name in line for line in verify(copy)), path.name
        path.write_bytes(whole)
    (copy / "store.sqlite3").unlink()
    assert verify(copy)


def test_extra_files_are_named(copy: Path):
    for name in ("notes.txt", "derived/x", "derived/gen-000001/extra.bin"):
        (copy / name).write_bytes(b"")
        assert any(Path(name).name in line for line in verify(copy)), name
        (copy / name).unlink()
    assert verify(copy) == []


def test_what_a_crash_leaves_is_no_difference_and_goes_with_the_next_change(copy: Path, tmp_path: Path):
    left = generations.folder_of(copy, 2)
    left.mkdir()
    (left / "rows.npy").write_bytes(b"half")
    (copy / "manifest.json.new").write_text("{", encoding="utf-8")
    assert verify(copy) == []
    with Archive.open(copy) as archive:
        add(archive, *fill(tmp_path / "in", 1, start=30))
    assert not left.exists()
    assert verify(copy) == []


def test_an_older_store_put_in_place_is_noticed(copy: Path, tmp_path: Path):
    shutil.copy(copy / "store.sqlite3", tmp_path / "old")
    with Archive.open(copy) as archive:
        archive.remove(archive.list()[0].id)
    shutil.copy(tmp_path / "old", copy / "store.sqlite3")
    assert any("旧" in line for line in verify(copy))


@pytest.mark.parametrize("damage", ["manifest", "vectors", "words", "rows", "folder"])
def test_rebuild_mends_what_is_derived(copy: Path, damage: str):
    folder = copy / "derived" / "gen-000001"
    if damage == "manifest":
        (copy / "manifest.json").write_text("{}", encoding="utf-8")
    elif damage == "folder":
        shutil.rmtree(folder)
    else:
        path = {
            "vectors": folder / "vectors.faiss",
            "words": folder / "words" / "meta.json",
            "rows": folder / "rows.npy",
        }
        path[damage].write_bytes(path[damage].read_bytes()[:20])
    assert verify(copy)
    with Archive.open(copy) as archive:
        with pytest.raises(MingjianError, match="mingjian rebuild"):
            archive.search("工作人员")
        archive.rebuild()
        assert archive.search("工作人员").hits
    assert verify(copy) == []


def test_a_damaged_store_is_told_in_chinese(copy: Path):
    whole = bytearray((copy / "store.sqlite3").read_bytes())
    whole[:16] = b"x" * 16
    (copy / "store.sqlite3").write_bytes(bytes(whole))
    with pytest.raises(StoreError, match="损坏"):
        Archive.open(copy)
    assert any("损坏" in line for line in verify(copy))


def test_the_next_generation_in_the_midst_is_no_damage(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What verify has read of the manifest is over then, and the files that it names are gone."""
    real, looked = verify_module.mark_file, list[int]()

    def published(path: Path) -> object:
        if path.parent.name.startswith("gen-") and not looked:
            looked.append(1)
            with Archive.open(copy) as other:
                other.rebuild()
        return real(path)

    monkeypatch.setattr(verify_module, "PAUSE", 0.0)
    monkeypatch.setattr(verify_module, "mark_file", published)
    manifest = read_manifest(copy)
    assert manifest is not None
    assert verify(copy) == []
    assert looked
    assert not generations.folder_of(copy, manifest.generation).exists()


def test_what_is_checked_while_another_process_trains_is_not_called_damaged(
    copy: Path, monkeypatch: pytest.MonkeyPatch
):
    """Labels are by two labellers until it ends; and what is damaged is told as soon as it has."""
    monkeypatch.setattr(verify_module, "PAUSE", 0.0)
    with Archive.open(copy) as archive, archive.store.writing(), archive.store.transaction() as tx:
        tx.set_meta(labellers.TAXONOMY, labellers.UNFINISHED)
        tx.set_meta(labellers.LABELLER, "another")
        tx.sequence()
    with WriteLock(copy).held():
        assert verify(copy) == [verify_module.BUSY]
        told = CliRunner().invoke(application(), ["verify", "--archive", str(copy)])
    assert told.exit_code == 1
    assert told.stderr.strip() == verify_module.BUSY
    assert "不完好" not in told.output
    (told,) = verify(copy)
    assert "labeller：缺少" in told


def test_a_change_of_the_model_that_was_broken_off_is_no_damage(copy: Path, monkeypatch: pytest.MonkeyPatch):
    class Broken(HashEncoder):
        def encode(self, texts: Sequence[str], *, batch: int = 64) -> NDArray[np.float32]:
            if len(calls) == 2:
                raise MingjianError("broken off")
            calls.append(len(texts))
            return super().encode(texts, batch=batch)

    calls: list[int] = []
    monkeypatch.setattr(rebuild, "BATCH", 20)
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: Broken(name or "hash"))
    with Archive.open(copy) as archive, pytest.raises(MingjianError, match="broken off"):
        archive.rebuild(model="another")
    assert len(calls) == 2
    assert verify(copy) == []
    assert verify(copy) == [], "opened and closed, so that the log is folded into the file"
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))
    with Archive.open(copy) as archive:
        archive.rebuild(model="another")
        assert archive.verify() == []


def test_a_file_that_the_disk_does_not_give_is_named_and_the_others_are_looked_at(
    copy: Path, monkeypatch: pytest.MonkeyPatch
):
    real, manifest = verify_module.mark_file, read_manifest(copy)
    assert manifest is not None
    first, *_, last = sorted(manifest.files)

    def broken(path: Path) -> object:
        if path == copy / first:
            raise OSError(errno.EIO, "Input/output error")
        return real(path)

    monkeypatch.setattr(verify_module, "mark_file", broken)
    (copy / last).write_bytes((copy / last).read_bytes() + b"x")
    found = verify(copy)
    assert [line for line in found if f"{first}：无法读取" in line]
    assert [line for line in found if f"{last}：内容与校验和不符" in line]
    assert not [line for line in found if "None" in line or "Input" in line]
