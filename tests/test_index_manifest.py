"""The manifest: round trip, damage, mismatch; and the lock that keeps writers apart."""

from __future__ import annotations

import json
import multiprocessing
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from index.locking import ArchiveBusy, WriteLock
from index.manifest import (
    NAME,
    ArchiveMismatch,
    FileMark,
    Manifest,
    ManifestError,
    StoreMark,
    mark_folder,
    read_manifest,
    write_manifest,
)
from index.settings import FORMAT

MANIFEST = Manifest(
    model="mingjian-static",
    model_fingerprint="0123456789abcdef",
    dimension=256,
    model_segmenter="jieba",
    segmenter="jieba",
    taxonomy="ffff",
    generation=7,
    sequence=41,
    last_row=1000,
    counts={"reports": 3, "statements": 12},
    store=StoreMark(42, FileMark(4096, "aa")),
    threshold=0.3,
    files={"derived/gen-000007/rows.npy": FileMark(10, "bb")},
)


def test_a_manifest_comes_back_as_it_was_written(tmp_path: Path):
    assert read_manifest(tmp_path) is None
    for manifest in (MANIFEST, replace(MANIFEST, store=StoreMark(42))):
        write_manifest(tmp_path, manifest)
        assert read_manifest(tmp_path) == manifest
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME]


def test_every_changed_byte_is_noticed(tmp_path: Path):
    write_manifest(tmp_path, MANIFEST)
    whole = (tmp_path / NAME).read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        (tmp_path / NAME).write_bytes(bytes(changed))
        with pytest.raises((ManifestError, ArchiveMismatch)):
            read_manifest(tmp_path)
    (tmp_path / NAME).write_bytes(whole[:-20])
    with pytest.raises(ManifestError, match="mingjian rebuild"):
        read_manifest(tmp_path)


def test_a_newer_format_is_refused_with_both_versions(tmp_path: Path):
    body = json.loads(MANIFEST.to_text())
    (tmp_path / NAME).write_text(json.dumps({**body, "format": 99}), encoding="utf-8")
    with pytest.raises(ArchiveMismatch, match=rf"99.*{FORMAT}.*pip install"):
        read_manifest(tmp_path)


def test_a_mismatch_names_both_values_and_the_mending_command():
    error = ArchiveMismatch(Path("档案"), "模型", "甲", "乙")
    assert str(error) == "档案：存档的模型是“甲”，现在使用的是“乙”，请运行：mingjian rebuild --archive 档案"


def test_marks_tell_size_and_content(tmp_path: Path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a").write_bytes(b"")
    assert mark_folder(tmp_path, tmp_path / "sub") == {"sub/a": FileMark(0, "cae66941d9efbd404e4d88758ea67670")}


def _hold(folder: Path, seconds: float, held: object) -> None:
    with WriteLock(folder).held():
        held.set()  # type: ignore[attr-defined]
        time.sleep(seconds)


def test_a_second_process_waits_and_then_is_told(tmp_path: Path):
    context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn")
    held = context.Event()
    other = context.Process(target=_hold, args=(tmp_path, 1.5, held))
    other.start()
    assert held.wait(20)
    with pytest.raises(ArchiveBusy, match="另一个进程正在写入"), WriteLock(tmp_path).held(0.2):
        pass
    with WriteLock(tmp_path).held(20):
        pass
    other.join()


def test_a_killed_process_leaves_no_lock(tmp_path: Path):
    context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn")
    held = context.Event()
    other = context.Process(target=_hold, args=(tmp_path, 60, held))
    other.start()
    assert held.wait(20)
    other.kill()
    other.join()
    with WriteLock(tmp_path).held(1):
        pass


def test_threads_of_one_process_take_turns(tmp_path: Path):
    lock, inside, most = WriteLock(tmp_path), [0], [0]

    def work() -> None:
        for _ in range(20):
            with lock.held(20), lock.held(20):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
