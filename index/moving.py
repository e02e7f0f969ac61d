"""Moving an archive's index to an engine on another machine and back: the archive itself says where it is.

Which index is wanted stands in the store; which one is in force, in the generation that the manifest names. Between the
two a crash leaves the old one in force, and the next change finishes the move.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index import elsewhere, generations
from index.elsewhere import LOCAL, META, META_KEY, Record
from index.manifest import read_manifest
from index.store import Store
from nlp.errors import MingjianError


@contextmanager
def moving(root: Path, store: Store, index: str | None) -> Iterator[list[str]]:
    """Within it the next publishing builds the wanted index; where it fails all stays as it was.

    The caller holds the lock and ``store.writing()``. Gives a list to which, when the block is done, what could not be
    tidied up is added, one Chinese line each.

    Args:
        root: the archive's folder.
        store: its store.
        index: an address (``milvus+http://host:19530/name``), ``local``, or None for the archive's own.

    Raises:
        MingjianError: the address is odd, or the server is not there.
    """
    before = {name: store.meta(name) for name in (META, META_KEY)}
    target = index or before[META] or LOCAL
    own = elsewhere.key_of(store, root)
    notes: list[str] = []
    if target != LOCAL:
        elsewhere.check(target)
    if target != (before[META] or LOCAL):
        _note(store, {META: target, META_KEY: elsewhere.fresh_key() if target != LOCAL else ""})
    left = _in_force(root)
    try:
        yield notes
    except BaseException:
        if target != (before[META] or LOCAL):
            _note(store, before)
        raise
    # A copy of an archive is served from the other's collection until it has its own: that one stays.
    if left is not None and left.key == own and (left.index, left.key) != (target, elsewhere.key_of(store, root)):
        try:
            elsewhere.forget(left)
        except MingjianError as error:
            notes.append(f"原来的集合没有删掉，请自行删除：{error}")


def _note(store: Store, values: dict[str, str]) -> None:
    with store.transaction() as tx:
        for name, value in values.items():
            tx.set_meta(name, value)
        tx.sequence()


def _in_force(root: Path) -> Record | None:
    """The remote index that the archive is served from; None where it is a local one or cannot be told."""
    try:
        manifest = read_manifest(root)
        return elsewhere.read_record(generations.folder_of(root, manifest.generation)) if manifest else None
    except MingjianError:
        return None


def reach(store: Store) -> None:
    """Before anything is changed: see that the archive's index can be; raises MingjianError."""
    target = elsewhere.wanted(store)
    if target != LOCAL:
        elsewhere.check(target)
