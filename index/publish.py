"""Making changes visible and lasting: the next generation where one is due, then the manifest, last of all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from index import building, elsewhere, generations, syncing
from index.embedding import model_of
from index.manifest import (
    FileMark,
    Manifest,
    ManifestError,
    StoreMark,
    mark_file,
    mark_folder,
    read_manifest,
    sync_tree,
    write_manifest,
)
from index.settings import EXTEND_FROM, GAPS_SHARE, MOST, STORE_HASH_LIMIT
from index.store import Store


@dataclass(frozen=True, slots=True)
class Extent:
    """How far the indexes reach: rows in the generation in force, and rows that came or went since it was begun."""

    covered: int
    fresh: int
    gone: int

    @property
    def pending(self) -> int:
        """Rows that the generation has in vain, or not at all."""
        return self.fresh + self.gone


def extent(store: Store, manifest: Manifest | None) -> Extent:
    """What the generation of a manifest leaves out of the store as it is."""
    last = manifest.last_row if manifest else 0
    sequence = manifest.sequence if manifest else 0
    # A count with a condition reads all rows, one without it only the smallest index.
    total, fresh, gone = store.query(
        "SELECT (SELECT count(*) FROM statements), (SELECT count(*) FROM statements WHERE row > ?),"
        " (SELECT count(*) FROM removed WHERE sequence > ? AND row <= ?)",
        (last, sequence, last),
    )[0]
    return Extent(int(total) - int(fresh), int(fresh), int(gone))


def overdue(store: Store, manifest: Manifest | None) -> float:
    """Rows outside the generation against how many may be; above 1 the next generation is due."""
    if estranged(store, manifest):
        return math.inf
    reach = extent(store, manifest)
    limit = generations.tail_limit(reach.covered)
    if reach.covered < EXTEND_FROM:
        return reach.pending / limit
    return max(reach.fresh / limit, reach.gone / (GAPS_SHARE * reach.covered))


def estranged(store: Store, manifest: Manifest | None) -> bool:
    """Whether the generation is of another model than the store, or of changes that the store does not know.

    That comes where another machine changed the model or the database went back to a backup, and of a killed rebuild.
    """
    if manifest is None or not manifest.generation:
        return False
    model = model_of(store)
    return unknown(store, manifest) or (model is not None and model.fingerprint != manifest.model_fingerprint)


def unknown(store: Store, manifest: Manifest) -> bool:
    """Whether the store is not the one that the manifest tells of, gone on: it was put back, and went on otherwise.

    Numbers of changes and rows come again then, for other reports.
    """
    mark = manifest.store
    with store.snapshot():
        if mark.session:
            return store.sequence() < mark.sequence or store.session(mark.sequence) != mark.session
        return store.engine.shared and store.sequence() < manifest.sequence


def _continued(store: Store, manifest: Manifest | None, before: Path | None) -> bool:
    """Whether the next generation may continue the one in force instead of being built from nothing."""
    if manifest is None or before is None:
        return False
    if (before / elsewhere.RECORD).exists():  # it was on another machine: here is nothing to go on from
        return False
    reach = extent(store, manifest)
    enough = reach.covered >= EXTEND_FROM and reach.gone <= GAPS_SHARE * reach.covered
    return enough and building.can_extend(before, reach.covered + reach.gone + reach.fresh)


def _sound(root: Path, manifest: Manifest, before: Path) -> bool:
    """Whether what the next generation would be written from is what the manifest says."""
    marks = ((path, manifest.files.get(path.relative_to(root).as_posix())) for path in building.read_again(before))
    try:
        return all(mark == mark_file(path) for path, mark in marks if mark is not None or path.is_file())
    except OSError:
        return False


def publish(root: Path, store: Store, *, rebuild: bool = False) -> None:
    """Bring manifest and generation up to the store, where they are not. The caller holds the lock and
    ``store.writing()``.

    Raises:
        StoreError, MingjianError: disk full, a statement without vector, …
    """
    try:
        manifest = read_manifest(root)
    except ManifestError:
        if not rebuild:
            raise
        manifest = None
    recut = manifest is not None and bool(manifest.generation) and manifest.segmenter != segmenter()
    recut = recut or estranged(store, manifest)
    before = _folder_in_force(root, manifest)
    behind = elsewhere.due(root, store, manifest, before)
    due = rebuild or recut or behind or overdue(store, manifest) > 1.0
    if not due and manifest is not None and manifest.store.sequence == store.sequence():
        return
    number = manifest.generation if manifest else 0
    last_row, sequence = (manifest.last_row, manifest.sequence) if manifest else (0, 0)
    files = dict(manifest.files) if manifest else {}
    continued = False
    if due:
        number = _next_number(root, number)
        # A connection of its own: the shared one would keep this process's readers waiting.
        source = store.again()
        try:
            with source.snapshot():
                last_row = int(source.query("SELECT coalesce(max(row), 0) FROM statements")[0][0])
                sequence = source.sequence()
                folder = generations.folder_of(root, number)
                local = elsewhere.wanted(source) == elsewhere.LOCAL
                anew = rebuild or recut or before is None  # a collection elsewhere is gone on with whatever came
                whole = anew or (local and not _continued(source, manifest, before))
                if manifest and before and not whole and not _sound(root, manifest, before):
                    before, whole = None, True
                keep = partial(_keep, source, folder, anew=rebuild or before is None, whole=whole)
                if not local:
                    syncing.build(source, folder, number, None if rebuild or recut else before)
                    keep()
                elif manifest and before and not whole:
                    building.extend(source, before, folder, manifest.last_row, last_row, keep)
                    sequence, continued = manifest.sequence, True  # what went since it was begun is still in it
                else:
                    building.build(source, folder, last_row, meanwhile=keep)
        finally:
            source.close()
        sync_tree(root / generations.DERIVED)
        files = mark_folder(root, folder, files)
    write_manifest(root, _manifest(root, store, number, sequence, last_row, files, whole=due and not continued))
    generations.delete_others(root, number)
    if due:
        elsewhere.tidy(generations.folder_of(root, number), number)


def _keep(source: Store, folder: Path, *, anew: bool, whole: bool) -> None:
    """Write what else a generation holds: columns, findings."""
    from index import casefiles, columnfiles  # brings what opening an archive has no need of

    columnfiles.keep(source, folder, anew=anew)
    casefiles.keep(source, folder, whole=whole)


def _folder_in_force(root: Path, manifest: Manifest | None) -> Path | None:
    return generations.folder_of(root, manifest.generation) if manifest and manifest.generation else None


def _next_number(root: Path, number: int) -> int:
    """One more than every number in use, left-overs of a crash included."""
    found = [number]
    for folder in (root / generations.DERIVED).glob("gen-*"):
        tail = folder.name.removeprefix("gen-")
        if tail.isdigit():
            found.append(int(tail))
    return max(found) + 1


def _manifest(
    root: Path, store: Store, number: int, sequence: int, last_row: int, files: dict[str, FileMark], *, whole: bool
) -> Manifest:
    emptied = store.checkpoint()
    file = store.engine.file
    marked = emptied and file is not None and (whole or file.stat().st_size <= STORE_HASH_LIMIT)
    mark = mark_file(file) if file is not None and marked else None
    with store.snapshot():  # another machine may be writing
        model = model_of(store)
        return Manifest(
            model=model.name if model else "",
            model_fingerprint=model.fingerprint if model else "",
            dimension=model.dimension if model else 0,
            model_segmenter=model.segmenter if model else "",
            segmenter=segmenter() if number else "",
            taxonomy=store.meta("taxonomy"),
            generation=number,
            sequence=sequence,
            last_row=last_row,
            counts=store.counts(),
            store=StoreMark(store.sequence(), mark, store.session(store.sequence())),
            threshold=MOST,
            files=files,
        )


def segmenter() -> str:
    """Name and version of what the word index is cut with."""
    from index.tokens import CUT
    from nlp.segment import SEGMENTER

    return f"{SEGMENTER}+{CUT}"
