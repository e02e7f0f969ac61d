"""Opening what an archive's folder holds: the view that searches run on, and what there is to say of it."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from index import elsewhere, generations, labellers, saved
from index.embedding import model_of
from index.generations import Generation, View
from index.locking import NAME as LOCK_NAME
from index.manifest import MEND, ArchiveMismatch, Manifest, read_manifest
from index.manifest import NAME as MANIFEST_NAME
from index.publish import estranged, extent, segmenter, unknown
from index.store import NAME as STORE_NAME
from index.store import Store, StoreError, explain
from index.stores.address import POINTER
from index.viewing import Viewing
from nlp.errors import MingjianError

ATTEMPTS = 3


def open_view(root: Path, store: Store, previous: Viewing | None) -> Viewing:
    """The view of the store as it is now; what ``previous`` holds open is kept where it still serves.

    Raises:
        ArchiveMismatch: the word index was cut with another segmenter.
        MingjianError: manifest or generation are damaged; the message names the mending command.
    """
    for attempt in range(1, ATTEMPTS + 1):
        manifest = read_manifest(root)
        if manifest is None and store.sequence():
            raise MingjianError(f"{root}：清单文件缺失，请运行：{MEND}")
        try:
            return _view(root, store, manifest, previous)
        except (MingjianError, OSError):
            # Between reading the manifest and opening its generation a writer may have replaced both.
            if attempt == ATTEMPTS or read_manifest(root) == manifest:
                raise
            time.sleep(0.05)
    raise AssertionError("unreachable")


def _view(root: Path, store: Store, manifest: Manifest | None, previous: Viewing | None) -> Viewing:
    if manifest is not None and manifest.generation and manifest.segmenter != segmenter():
        raise ArchiveMismatch(root, "分词器", manifest.segmenter, segmenter())
    if manifest is not None and manifest.generation and unknown(store, manifest):
        what = "索引所据的改动与数据不是同一段历史，可能恢复过备份又有了新的改动"
        raise StoreError(f"{root}：{what}，请运行：{MEND} --archive {root}")
    if manifest is not None and estranged(store, manifest):
        model = model_of(store)
        raise ArchiveMismatch(root, "索引所用的模型", manifest.model, model.name if model else "")
    folder = generations.folder_of(root, manifest.generation) if manifest else root
    record = elsewhere.read_record(folder) if manifest and manifest.generation else None
    if record is not None:
        from index.remote import RemoteView

        return RemoteView(store, folder, record, previous if isinstance(previous, RemoteView) else None)
    before = previous if isinstance(previous, View) else None
    return View(store, _generation(root, manifest, before), before)


def _generation(root: Path, manifest: Manifest | None, previous: View | None) -> Generation | None:
    if manifest is None or not manifest.generation:
        return None
    before = previous.generation if previous is not None else None
    if before is not None and before.number == manifest.generation:
        return before
    return generations.open_generation(root, manifest.generation, manifest.sequence, manifest.last_row)


def describe(root: Path, store: Store, manifest: Manifest | None) -> dict[str, Any]:
    """What is inside an archive, as plain values."""
    with store.snapshot():
        model = model_of(store)
        reach = extent(store, manifest)
        years = store.query("SELECT year, count(*) FROM reports WHERE year IS NOT NULL GROUP BY year ORDER BY year")
        return {
            "path": str(root),
            "store": store.engine.place(),
            "format": manifest.format if manifest else None,
            "model": model.name if model else None,
            "dimension": model.dimension if model else None,
            "model_fingerprint": model.fingerprint if model else None,
            "segmenter": manifest.segmenter if manifest else None,
            "index": elsewhere.wanted(store),
            "labels_current": store.meta("taxonomy") in ("", _labels_version(root)),
            "counts": store.counts(),
            "years": {str(year): count for year, count in years},
            "generation": manifest.generation if manifest else 0,
            "indexed": reach.covered,
            "pending": reach.pending,
            "sequence": store.sequence(),
            "bytes": _bytes(root),
            "read_only": store.read_only,
        }


def _labels_version(root: Path) -> str:
    from index.labellers import labels_version

    try:
        return labels_version(root)
    except FileNotFoundError:  # training puts the next labeller in its place by two renames
        time.sleep(0.05)
        return labels_version(root)


def _bytes(root: Path) -> int:
    """What the files of a folder hold together; those that go meanwhile, with their folder, do not count."""
    total = 0
    for folder, _, names in os.walk(root):  # which passes over what it cannot list
        for name in names:
            with suppress(OSError):
                total += Path(folder, name).stat().st_size
    return total


OURS = (LOCK_NAME, STORE_NAME, POINTER, MANIFEST_NAME, "derived", saved.NAME, saved.LOCK, labellers.FOLDER)


def make_folder(folder: Path) -> None:
    """A new folder, or an empty one; never one with other things in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Another process may be making the archive at this moment: what is ours is nothing strange.
        others = [entry.name for entry in folder.iterdir() if not entry.name.startswith(OURS)]
    except FileExistsError as error:
        raise StoreError(f"{folder}：是文件，不是文件夹，不能用作存档") from error
    except OSError as error:
        raise explain(error, folder) from error
    if others:
        raise StoreError(f"{folder}：文件夹里有别的内容（{others[0]} 等），不能用作存档，请另选一个空文件夹")


def stamp_of(path: Path) -> tuple[int, int] | None:
    """Tells one manifest from the next."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino
