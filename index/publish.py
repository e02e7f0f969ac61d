"""Making changes visible and lasting: the next generation where one is due, then the manifest, last of all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index import generations
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
from index.settings import STORE_HASH_LIMIT, THRESHOLD
from index.store import NAME as STORE_NAME
from index.store import Store


@dataclass(frozen=True, slots=True)
class Extent:
    """How far the indexes reach: rows in the generation in force, and rows that came or went since."""

    covered: int
    pending: int


def extent(store: Store, manifest: Manifest | None) -> Extent:
    """What the generation of a manifest leaves out of the store as it is."""
    last = manifest.last_row if manifest else 0
    sequence = manifest.sequence if manifest else 0
    covered, fresh, gone = store.query(
        "SELECT (SELECT count(*) FROM statements WHERE row <= ?), (SELECT count(*) FROM statements WHERE row > ?),"
        " (SELECT count(*) FROM removed WHERE sequence > ? AND row <= ?)",
        (last, last, sequence, last),
    )[0]
    return Extent(int(covered), int(fresh) + int(gone))


def overdue(store: Store, manifest: Manifest | None) -> float:
    """Rows outside the generation against how many may be; above 1 the next generation is due."""
    reach = extent(store, manifest)
    return reach.pending / generations.tail_limit(reach.covered)


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
    due = rebuild or recut or overdue(store, manifest) > 1.0
    if not due and manifest is not None and manifest.store.sequence == store.sequence():
        return
    number = manifest.generation if manifest else 0
    last_row, sequence = (manifest.last_row, manifest.sequence) if manifest else (0, 0)
    files = dict(manifest.files) if manifest else {}
    if due:
        number = _next_number(root, number)
        # A connection of its own: the shared one would keep this process's readers waiting.
        source = Store(store.path, create=False)
        try:
            with source.snapshot():
                last_row = int(source.query("SELECT coalesce(max(row), 0) FROM statements")[0][0])
                sequence = source.sequence()
                folder = generations.folder_of(root, number)
                generations.build(source, folder, last_row)
        finally:
            source.close()
        sync_tree(root / generations.DERIVED)
        files = mark_folder(root, folder)
    write_manifest(root, _manifest(root, store, number, sequence, last_row, files, whole=due))
    generations.delete_others(root, number)


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
    model = model_of(store)
    emptied = store.checkpoint()
    size = store.path.stat().st_size
    marked = emptied and (whole or size <= STORE_HASH_LIMIT)
    mark = mark_file(root / STORE_NAME) if marked else None
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
        store=StoreMark(store.sequence(), mark),
        threshold=THRESHOLD,
        files=files,
    )


def segmenter() -> str:
    """Name and version of what the word index is cut with."""
    from index.tokens import CUT
    from nlp.segment import SEGMENTER

    return f"{SEGMENTER}+{CUT}"
