"""Which database an archive's store lies in. The archive's folder decides; a new archive may be told."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

from index.locking import WriteLock
from index.store import Store
from index.stores.address import POINTER, Address, Pointer, read_address, read_pointer, write_pointer
from index.stores.base import Engine, StoreError
from index.stores.sqlite import NAME, SqliteEngine
from nlp.errors import MissingExtra

MOVED = NAME + ".moved"  # what a store was before it moved into another database
PLAIN = "paths"  # of ``meta``: in a shared store, whether paths alone are the names of some folder's files


def mark_of(folder: Path) -> Path | None:
    """The file by which an archive's folder is known: the store itself or the pointer to it; None for no archive."""
    return next((folder / name for name in (NAME, POINTER) if (folder / name).exists()), None)


def engine_of(folder: Path, address: str | None = None) -> Engine:
    """The database of the archive in a folder; for a new archive the one at ``address``, SQLite without.

    Raises:
        StoreError: the archive lies somewhere else, or the address is none.
        MissingExtra: psycopg is not installed.
    """
    pointer = read_pointer(folder)
    wanted = read_address(address) if address else None
    if (folder / NAME).exists():
        if wanted:
            move = f"或用 mingjian rebuild --archive {folder} --store … 把它移过去"
            raise StoreError(f"{folder}：这个存档的数据在 {NAME} 里，请另用一个空文件夹，{move}")
        return SqliteEngine(folder / NAME)
    if pointer is not None:
        if wanted and wanted != pointer.address:
            raise StoreError(f"{folder}：这个存档的数据在 {pointer.address.text()}，不能换成 {wanted.text()}")
        return engine_at(folder, pointer.address, pointer.id)
    return engine_at(folder, wanted) if wanted else SqliteEngine(folder / NAME)


def engine_at(folder: Path, address: Address, expected: str | None = None) -> Engine:
    """The database at an address, for the archive in a folder; ``expected``: the id that the folder knows it by."""
    try:
        from index.stores.postgres import PostgresEngine
    except ImportError as error:
        raise MissingExtra("把存档放在 PostgreSQL 里", "postgres") from error
    return PostgresEngine(folder / POINTER, address, expected)


def remember(folder: Path, engine: Engine, name: str | None = None) -> None:
    """Keep in a new archive's folder where its store is, where that is not in the folder.

    ``name``: the folder's name among those that use the store; None: a new one.
    """
    if engine.shared:
        known, id_ = read_pointer(folder), str(getattr(engine, "id", ""))
        if name is None and known is not None and known.id == id_:
            name = known.folder  # another process made the archive at the same moment
        write_pointer(folder, Pointer(read_address(engine.place()), id_, uuid.uuid4().hex if name is None else name))


def front_of(store: Store) -> str:
    """What the names of an archive's own files begin with in its store, see :attr:`Pointer.front`.

    The caller holds the lock file: a folder that has no name yet is given one.
    """
    folder = store.path.parent
    pointer = read_pointer(folder) if store.engine.shared else None
    if pointer is not None and pointer.folder is None:
        pointer = replace(pointer, folder="" if (folder / MOVED).exists() else uuid.uuid4().hex)
        write_pointer(folder, pointer)
    return pointer.front if pointer is not None else ""


def open_store(folder: Path, *, create: bool, address: str | None = None, timeout: float = 30.0) -> tuple[Store, bool]:
    """The store of the archive in a folder, and whether the folder is new: then :func:`remember` ends its making.

    Raises:
        StoreError: it cannot be opened, or is absent and not to be created. ArchiveBusy: another process is making it.
    """
    engine = engine_of(folder, address)
    fresh = mark_of(folder) is None
    if not (fresh and create):
        return Store(engine.path, create=create and not engine.shared, engine=engine), fresh
    from index.opening import make_folder

    make_folder(folder)
    with WriteLock(folder).held(timeout):  # one process lays the tables, the others find them
        return Store(engine.path, engine=engine), fresh
