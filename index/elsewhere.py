"""Which engine on another machine is to hold an archive's index, and which of its collections a generation names.

Collections bear a key of the archive's own and a number: a copy of the archive's folder gets others. Those that no
generation uses any more are dropped when the searches under way in them have had time to end.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.backends.remote import RemoteIndex
from index.manifest import Manifest
from index.reads import Reads
from nlp.errors import MingjianError

LOCAL = "local"
META, META_KEY = "index", "index_key"
RECORD, REPORTS = "remote.json", "reports.npy"
GRACE = 3.0  # seconds between the switch to a new collection and the end of the old one
Seals = NDArray[np.int64]  # (n, 2): report row, seal; rows ascend


@dataclass(frozen=True, slots=True)
class Record:
    """What a generation says of its collection.

    Attributes:
        index: the address, as the person gave it.
        key, number: of the collection's name.
        exact: whether its vectors are compared one by one.
        model: fingerprint of the encoder that its vectors are of, and their dimension.
        sequence, last_row: of the store when the collection was brought up to it.
        rows: entities in it then.
    """

    index: str
    key: str
    number: int
    exact: bool
    model: str
    sequence: int
    last_row: int
    rows: int


def wanted(store: Reads) -> str:
    """Which index an archive is to have: an address, or :data:`LOCAL`."""
    return store.meta(META, LOCAL)


def key_of(store: Reads, root: Path) -> str:
    """Tells the archive's collections from those of others at the same address: a copy of its folder is another."""
    return f"{store.meta(META_KEY)}{root.stat().st_ino % 0x10000:04x}"


def due(root: Path, store: Reads, manifest: Manifest | None, folder: Path | None) -> bool:
    """Whether the generation in force (in ``folder``) is not of the wanted index, or its collection is behind."""
    try:
        record = read_record(folder) if folder else None
    except MingjianError:  # it cannot be told: made anew
        return True
    if record is None:
        return wanted(store) != LOCAL
    behind = manifest is None or manifest.store.sequence != store.sequence()
    return behind or (record.index, record.key) != (wanted(store), key_of(store, root))


def connect(address: str, key: str, number: int) -> RemoteIndex:
    """The collection of an archive; raises MingjianError where the address is odd or the server is not there."""
    from index.backends.milvus import Address, MilvusIndex

    return MilvusIndex(Address.read(address), key, number)


def check(address: str) -> None:
    """See that an address can be used; raises MingjianError."""
    index = connect(address, "check", 0)
    try:
        index.exists()  # a connection alone may be an old one, taken up again
    finally:
        index.close()


def fresh_key() -> str:
    """What :func:`key_of` begins with, made once for each move."""
    return secrets.token_hex(4)


def read_record(folder: Path) -> Record | None:
    """What a generation's folder says; None where its index is a local one.

    Raises:
        MingjianError: the file is damaged.
    """
    try:
        told = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return Record(**told)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise MingjianError(f"{folder / RECORD}：无法读取，请运行：mingjian rebuild") from error


def read_reports(folder: Path) -> Seals:
    """The reports that the collection holds; raises MingjianError."""
    try:
        found: Seals = np.load(folder / REPORTS, mmap_mode="r", allow_pickle=False)
        return found.reshape(-1, 2)
    except (OSError, ValueError, EOFError) as error:
        raise MingjianError(f"{folder / REPORTS}：缺失或损坏，请运行：mingjian rebuild") from error


def tidy(folder: Path, number: int) -> None:
    """Drop the archive's collections that a generation does not use, where it has made one of its own."""
    record = read_record(folder)
    if record is not None and record.number == number:
        with suppress(MingjianError):  # what is left over goes the next time
            _drop_others(record)


def forget(record: Record) -> None:
    """Drop all collections of an archive that has gone elsewhere."""
    index = connect(record.index, record.key, record.number)
    try:
        _drop(index, [*index.others(), *([index.name] if index.exists() else [])])
    finally:
        index.close()


def _drop_others(record: Record) -> None:
    index = connect(record.index, record.key, record.number)
    try:
        _drop(index, index.others())
    finally:
        index.close()


def _drop(index: RemoteIndex, names: Sequence[str]) -> None:
    """Drop collections, when the searches that are under way in them have had time to end."""
    if names:
        time.sleep(GRACE)
    for name in names:
        index.drop(name)
