"""Which labeller an archive uses: its own where one was trained for it (``mingjian train``), else the package's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.manifest import sync_folder, sync_tree

if TYPE_CHECKING:
    from nlp.labelling import Labeller

FOLDER = "labeller"
NEW, OLD = "labeller.new", "labeller.old"  # while one takes the place of another
QUALITY = "quality.json"
FILES = ("problem.npz", "measure.npz", "kind.npz")


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


@lru_cache(maxsize=4)
def _load(folder: Path, changed: tuple[int, ...]) -> Labeller:
    """``changed`` only tells when to load again."""
    del changed
    from nlp.learned import LearnedLabeller
    from nlp.taxonomy import Taxonomy

    return LearnedLabeller(folder, Taxonomy.load())
