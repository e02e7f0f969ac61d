"""Is the archive what it says it is? Every difference, one Chinese line each."""

from __future__ import annotations

import itertools
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from index import elsewhere, generations, integrity, labellers, locking, saved, syncing
from index import manifest as manifests
from index.embedding import model_of
from index.manifest import Manifest, files_below, mark_file, read_manifest
from index.opening import stamp_of
from index.publish import unknown
from index.store import NAME as STORE_NAME
from index.store import Store
from index.stores.address import POINTER
from index.stores.choose import open_store
from index.stores.sqlite import KEPT as KEPT_MARK
from index.stores.sqlite import mark_of
from nlp.errors import MingjianError, because

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BESIDE = {
    *(manifests.NAME, manifests.NAME + ".new", STORE_NAME, locking.NAME, saved.NAME, saved.LOCK),
    *(labellers.FOLDER, labellers.NEW, labellers.OLD),
}
COPY = re.compile(re.escape(STORE_NAME) + r"\.(?:moved|version-\d+)")  # from before a move, an upgrade
# What a crash leaves of a file that was being written; nothing reads it.
LEFT = re.compile(rf"{re.escape(STORE_NAME)}\.version-\d+\.new|{re.escape(POINTER)}\.new|\.{saved.NAME}\.\d+\.part")
RESTORE = "请从备份恢复（mingjian restore）"
ATTEMPTS, PAUSE = 5, 1.0  # looks, and seconds between them, at what another process changes
BUSY = "另一个进程正在写入，索引或标签模型没有核对完，请等它结束后再运行：mingjian verify"
SQLITE_BESIDE = {f"{STORE_NAME}-wal", f"{STORE_NAME}-shm", f"{STORE_NAME}-journal"}


def verify(root: Path) -> list[str]:
    """All differences between an archive's manifest, its files and its store; empty where it is sound.

    Never raises for what is in the folder. What a crash leaves behind (a generation that no manifest names, rows
    that came after the manifest) is no difference.
    """
    try:
        store, _ = open_store(root, create=False)
    except MingjianError as error:
        return [str(error), *_manifest_only(root)]
    try:
        # what is damaged may stand in a message, line breaks and all
        return [*dict.fromkeys(" ".join(line.split()) for line in _differences(root, store))]
    finally:
        store.close()


def _labeller(root: Path, store: Store) -> Iterator[str]:
    """Whether the archive's own labeller is the one that its labels come from, byte for byte."""
    if told := labellers.foreign(store):
        yield told
        return
    from nlp.linear import Linear

    own = labellers.own_folder(root)
    trained = store.meta(labellers.LABELLER) not in ("", labellers.PACKAGE)
    if own is None and not trained and not (root / labellers.FOLDER).exists():
        return
    if store.meta("taxonomy") != labellers.labels_version(root):
        named = (*labellers.FILES, labellers.QUALITY)
        missing = [name for name in named if not (root / labellers.FOLDER / name).is_file()]
        what = f"缺少 {'、'.join(missing)}" if missing else "与贴标签时用的不同"
        mend = "请运行 mingjian rebuild 重贴标签；文件若已损坏，请运行 mingjian train 重新训练"
        yield f"{labellers.FOLDER}：{what}，{mend}"
    whole = [own / name for name in labellers.FILES] if own is not None else []
    for path in whole:  # labelling anew does not read all that intake does
        try:
            Linear.load(path)
        except MingjianError as error:
            yield str(error).replace(str(path), f"{path.parent.name}/{path.name}")
    for path in sorted((root / labellers.FOLDER).glob("*")):
        if path.name not in (*labellers.FILES, labellers.QUALITY):
            yield f"{labellers.FOLDER}/{path.name}：不属于存档的文件"


def _copies(root: Path, store: Store) -> Iterator[str]:
    """Whether the copies that were kept are what they were; nobody needs them for what the archive holds now."""
    for path in sorted(path for path in root.iterdir() if COPY.fullmatch(path.name)):
        known = store.meta(KEPT_MARK + path.name)
        if known and mark_of(path) not in known.split(";"):
            yield f"{path.name}：留存的旧数据与当时的校验和不符，不能再用来恢复；现在的数据不受影响，可以删去这个文件"


def _searches(root: Path) -> Iterator[str]:
    """Whether the searches that people kept can be read as they were written."""
    saved.read(root)
    yield from ()


def _manifest_only(root: Path) -> list[str]:
    try:
        read_manifest(root)
    except MingjianError as error:
        return [str(error)]
    return []


def _differences(root: Path, store: Store) -> Iterator[str]:
    yield from _all_of(lambda: _content(store), lambda: _strangers(root))
    yield from _all_of(
        lambda: _at_rest(lambda: _moment(root, store), lambda: _all_of(lambda: _labeller(root, store))),
        lambda: _copies(root, store),
        lambda: _searches(root),
        lambda: _at_rest(lambda: (stamp_of(root / manifests.NAME),), lambda: _told_by_manifest(root, store)),
    )


def _all_of(*parts: Callable[[], Iterable[str]]) -> Iterator[str]:
    """One damaged part keeps none of the others from being looked at."""
    for part in parts:
        try:
            yield from part()
        except MingjianError as error:
            yield str(error)
        except OSError as error:
            yield f"{error.filename or '存档的文件'}：无法读取（{because(error)}）"


def _at_rest(moment: Callable[[], object], look: Callable[[], Iterable[str]]) -> list[str]:
    """What differs though nobody changes it; looked at again where ``moment`` is another one after that.

    Another process may put the next generation in the place of this one, or train.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE)
        before = moment()
        found = [*look()]
        if not found or (before is not None and moment() == before):
            return found
    return [BUSY]


def _moment(root: Path, store: Store) -> object:
    """The last change of an archive and of its labeller; None while another process writes to it."""
    if (root / locking.NAME).exists():
        try:
            with locking.WriteLock(root).held(0.0):
                pass
        except locking.ArchiveBusy:
            return None
        except OSError:  # nobody can write here
            pass
    return store.sequence(), stamp_of(root / labellers.FOLDER)


def _told_by_manifest(root: Path, store: Store) -> Iterator[str]:
    """What the manifest says of store and generation."""
    try:
        manifest = read_manifest(root)
    except MingjianError as error:
        yield str(error)
        return
    if manifest is None:
        yield f"{manifests.NAME}：缺失，请运行：{manifests.MEND}"
        return
    yield from _all_of(
        lambda: _store_file(root, store, manifest),
        lambda: _at_rest(lambda: _moment(root, store), lambda: _model(store, manifest)),
        lambda: _files(root, manifest),
        lambda: _rows(root, store, manifest),
    )


def _content(store: Store) -> Iterator[str]:
    """What the database's own check finds and what its rows' checksums tell; no rebuilding mends that."""
    sound = True
    try:
        with store.snapshot():  # what goes or changes meanwhile is no damage
            for line in itertools.chain(store.integrity(), integrity.differences(store)):
                sound = False
                yield line
    except MingjianError as error:
        sound = False
        yield str(error)
    if not sound:
        yield f"{store.name}：内容有损坏，{RESTORE}，再把备份之后的报告 add 一遍"


def _store_file(root: Path, store: Store, manifest: Manifest) -> Iterator[str]:
    mark, sequence = manifest.store.file, store.sequence()
    if sequence < manifest.store.sequence:
        mend = f"请换回原来的，或从备份恢复；就用这一份的话，请运行：{manifests.MEND}"
        told = f"改动号 {sequence}，清单记为 {manifest.store.sequence}"
        yield f"{store.name}：比清单旧（{told}），可能被换成了旧文件，{mend}"
    elif unknown(store, manifest):
        what = "改动与清单所记的不是同一段历史，可能恢复过备份又有了新的改动"
        yield f"{store.name}：{what}，请运行：{manifests.MEND}"
        return
    if sequence != manifest.store.sequence:
        return
    file = store.engine.file
    changed = mark is not None and file is not None and mark_file(file) != mark
    with store.snapshot():
        if store.sequence() != sequence:  # somebody writes meanwhile
            return
        counts = store.counts()
    if changed:
        again = f"没有备份时请运行 {manifests.MEND}，再用 mingjian verify 检查内容"
        yield f"{store.name}：文件内容与清单的校验和不符，{RESTORE}；{again}"
    for name, count in manifest.counts.items():
        if counts.get(name) != count:
            yield f"{store.name}：{name} 有 {counts.get(name)} 条，清单记为 {count} 条，{RESTORE}"


def _model(store: Store, manifest: Manifest) -> Iterator[str]:
    model = model_of(store)
    if model is not None and manifest.model and model.name != manifest.model:
        yield f"{manifests.NAME}：模型记为“{manifest.model}”，数据文件里是“{model.name}”，请运行：{manifests.MEND}"


def _files(root: Path, manifest: Manifest) -> Iterator[str]:
    for name, mark in manifest.files.items():
        path = root / name
        try:
            if not path.is_file():
                yield f"{name}：缺失，请运行：{manifests.MEND}"
            elif mark_file(path) != mark:
                yield f"{name}：内容与校验和不符，请运行：{manifests.MEND}"
        except OSError as error:
            yield f"{name}：无法读取（{because(error)}），请运行：{manifests.MEND}"
    if not manifest.generation:
        return
    folder = generations.folder_of(root, manifest.generation)
    for path in sorted(files_below(folder)):
        if path.relative_to(root).as_posix() not in manifest.files:
            yield f"{path.relative_to(root).as_posix()}：多余的文件，请运行：{manifests.MEND}"


def _strangers(root: Path) -> Iterator[str]:
    """What does not belong into an archive's folder."""
    for path in sorted(root.iterdir()):
        ours = path.name in BESIDE | SQLITE_BESIDE | {generations.DERIVED, POINTER}
        if not (ours or COPY.fullmatch(path.name) or LEFT.fullmatch(path.name)):
            yield f"{path.name}：不属于存档的文件"
    for name in (locking.NAME, saved.LOCK):
        lock = root / name
        if lock.exists() and os.path.getsize(lock):  # noqa: PTH202
            yield f"{name}：应当是空文件"
    for path in sorted((root / generations.DERIVED).glob("*")):
        if not (path.is_dir() and path.name.startswith("gen-")):
            yield f"{generations.DERIVED}/{path.name}：不属于存档的文件"


def _rows(root: Path, store: Store, manifest: Manifest) -> Iterator[str]:
    """The generation's rows against the store's. What its files hold beyond that, their marks vouch for."""
    if not manifest.generation:
        return
    here = generations.folder_of(root, manifest.generation)
    if elsewhere.read_record(here) is not None:
        yield from _at_rest(lambda: _moment(root, store), lambda: syncing.differences(store, here))
        return
    import numpy as np

    folder = generations.folder_of(root, manifest.generation)
    try:
        indexed = np.load(folder / "rows.npy", allow_pickle=False)[:, 0]
    except (OSError, ValueError, IndexError):
        yield f"{folder.relative_to(root).as_posix()}/rows.npy：无法读取，请运行：{manifests.MEND}"
        return
    there = _column(store, "SELECT row FROM statements WHERE row <= ? ORDER BY row", manifest.last_row)
    gone = _column(store, "SELECT row FROM removed WHERE sequence > ?", manifest.sequence)
    for what, rows in (
        ("索引里没有的语句", np.setdiff1d(there, indexed, assume_unique=True)),
        ("数据文件里没有的语句", np.setdiff1d(np.setdiff1d(indexed, there), gone)),
    ):
        if len(rows):
            yield f"第 {manifest.generation} 代索引：{what} {len(rows)} 条，请运行：{manifests.MEND}"


def _column(store: Store, sql: str, bound: int) -> NDArray[np.int64]:
    """The numbers that a query gives."""
    import numpy as np

    return np.fromiter((row[0] for row in store.query(sql, (bound,))), dtype=np.int64)
