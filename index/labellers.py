"""Which labeller an archive uses: its own where one was trained for it (``mingjian train``), else the package's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.manifest import sync_folder, sync_tree
from nlp.errors import MingjianError

if TYPE_CHECKING:
    from index.store import Store
    from nlp.labelling import Labeller

FOLDER = "labeller"
NEW, OLD = "labeller.new", "labeller.old"  # while one takes the place of another
QUALITY = "quality.json"
FILES = ("problem.npz", "measure.npz", "kind.npz")
TAXONOMY, LABELLER = "taxonomy", "labeller"  # of ``meta``: what gave the labels, and which labeller of it
PACKAGE = "package"  # for the labeller: the package's, of whatever version
UNFINISHED = "unfinished"  # for the taxonomy: some labels are by the labeller before


def labeller_of(archive: Path) -> Labeller:
    """The labeller of the archive in this folder.

    Raises:
        ModelError: its own is damaged, or was trained for other labels; the message says how to mend it.
    """
    folder = own_folder(archive)
    if folder is None:
        from nlp.labelling import default_labeller

        return default_labeller()
    return _load(folder, tuple((folder / name).stat().st_mtime_ns for name in FILES))


def own_folder(archive: Path) -> Path | None:
    """Where the archive's own labeller lies; None where it has none."""
    for folder in (archive / FOLDER, archive / OLD):  # the old one where a crash came between the two renames
        if all((folder / name).is_file() for name in FILES):
            return folder
    return None


@contextmanager
def replacing(archive: Path) -> Iterator[Path]:
    """A folder to write a labeller into; when the block ends it takes the old one's place, whole or not at all."""
    new, old, here = archive / NEW, archive / OLD, archive / FOLDER
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    try:
        yield new
        sync_tree(new)
        if here.exists():
            shutil.rmtree(old, ignore_errors=True)
            here.replace(old)
        new.replace(here)
        sync_folder(archive)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def labels_version(archive: Path) -> str:
    """Changes when the labels, their cues or the classifiers that give them do."""
    from index.rebuild import taxonomy_fingerprint
    from nlp.learned import MODELS
    from nlp.linear import fingerprint

    own = own_folder(archive)
    paths = [MODELS / name for name in FILES] if own is None else [own / name for name in (*FILES, QUALITY)]
    return f"{taxonomy_fingerprint()}-{fingerprint([path for path in paths if path.is_file()])}"


# -- a store that several machines use ------------------------------------------------------------------------


def labeller_mark(archive: Path) -> str:
    """Tells an archive's own labeller from others; that of the package has one mark for all versions."""
    return PACKAGE if own_folder(archive) is None else labels_version(archive).rpartition("-")[2]


def note_labels(store: Store) -> None:
    """Say what the labels in a store come from, where it says nothing yet or has none.

    To be said before the first report comes: who goes on after one that was killed must know. The caller holds
    ``store.writing()``.
    """
    archive = store.path.parent
    version, known = labels_version(archive), store.meta(TAXONOMY)
    if known == version and store.meta(LABELLER):
        return
    if known in ("", version) or not _any_report(store):
        with store.transaction() as tx:
            tx.set_meta(TAXONOMY, version)
            tx.set_meta(LABELLER, labeller_mark(archive))
            tx.sequence()


def _any_report(store: Store) -> bool:
    return bool(store.query("SELECT 1 FROM reports LIMIT 1"))


def foreign(store: Store) -> str:
    """Where the labels in a shared store are by a trained labeller that this folder lacks: one Chinese line, else "".

    A labeller that was trained on one machine lies in that machine's folder alone.
    """
    known, archive = store.meta(LABELLER), store.path.parent
    if not store.engine.shared or known in ("", PACKAGE, labeller_mark(archive)):
        return ""
    return (
        f"{archive}：数据库里的标签是在另一台机器上训练的标签模型贴的，请把那台机器存档文件夹里的 {FOLDER}/ "
        "整个复制到这里，替换原有的，或运行 mingjian train 重新训练"
    )


def check_labels(store: Store, *, anew: bool = False) -> None:
    """Before labels are given in a store that several machines use: see that all are by one labeller.

    Args:
        store: the caller holds ``store.writing()``.
        anew: every statement is to be labelled again, as after an upgrade that brought other labels; the package's
            give way to this folder's own.

    Raises:
        MingjianError: they would not be.
    """
    if not store.engine.shared or not _any_report(store):
        return
    told, archive = foreign(store), store.path.parent
    if not told and not anew and store.meta(TAXONOMY) not in ("", labels_version(archive)):
        told = f"{archive}：数据库里的标签不是用这里的标签模型和标签体系贴的；{_mend(store, archive)}"
    if told:
        raise MingjianError(told)


def _mend(store: Store, archive: Path) -> str:
    if own_folder(archive) is not None and store.meta(LABELLER) == PACKAGE:
        return f"请把 {FOLDER}/ 移走，或运行 mingjian rebuild 让全部标签都由它来贴"
    same = "请让各台机器用同一版本的 mingjian 和同一套标签，再运行 mingjian rebuild"
    if store.meta(LABELLER):
        return same
    return f"在别的机器上训练过标签模型的，请把那里存档文件夹里的 {FOLDER}/ 整个复制到这里；否则{same}"


@lru_cache(maxsize=4)
def _load(folder: Path, changed: tuple[int, ...]) -> Labeller:
    """``changed`` only tells when to load again."""
    del changed
    from nlp.learned import LearnedLabeller
    from nlp.taxonomy import Taxonomy

    return LearnedLabeller(folder, Taxonomy.load())
