"""The columns of :mod:`index.columns` and :mod:`index.cells` as files of a generation: a process that starts reads
these and, from the store, only the reports that changed since.

They are never trusted beyond their seals: a report whose checksum is another one is read again, and a file that is
missing or damaged is as good as none.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from index.answerreads import UNASKED
from index.answers import Answers, settled
from index.cells import Cells, cells_of
from index.columns import CODED, COUNTED, Columns, Stated, kept_of, stated_of
from index.reads import Reads
from index.settings import SIMILAR_TEXT
from index.sketches import SAMPLED, Sketches, sketches_of
from index.summing import every_path
from nlp.errors import MingjianError
from nlp.reuse import GRAM

COLUMNS, CELLS, SKETCHES, ANSWERS = "columns.npz", "cells.npz", "sketches.npz", "answers.npz"
TABLES = {
    "pairs": ("problems", "measures", "labels", "places"),
    "counts": ("problems", "of", "by", "places"),
    "outcomes": ("problems", "gone", "places"),
}
# What tells whether a problem is gone, beside the reports as they are stored.
OUTCOMES: dict[str, tuple[str, ...]] = {"index": ("matching.py", "outcomes.py", "tokens.py")}
NEVER = -1  # the change of a store that columns from a file are of: none that there is
Arrays = Mapping[str, NDArray[Any]]
# What reading a file of arrays may raise where a bit of it is another: TypeError of an array alone, the others of
# the ZIP that it is (a method or version that nobody knows, a name as if encrypted, sizes beyond everything).
_DAMAGED = (
    OSError, ValueError, KeyError, IndexError, TypeError, EOFError, BadZipFile, NotImplementedError, RuntimeError,
    OverflowError, MemoryError, struct.error, zlib.error,
)  # fmt: skip
Made = TypeVar("Made")


def folder_in_force(root: Path) -> Path | None:
    """The folder of an archive's generation; None where there is none, or nothing says which."""
    from index.generations import folder_of
    from index.manifest import read_manifest

    try:
        manifest = read_manifest(root)
    except MingjianError:
        return None
    return folder_of(root, manifest.generation) if manifest is not None and manifest.generation else None


def keep(store: Reads, folder: Path, *, anew: bool) -> None:
    """Write the columns of a store into the folder of the next generation.

    Args:
        store: at one state (a snapshot), through a connection of its own.
        folder: that of the generation that is being built.
        anew: whether all is to be read from the store, rather than gone on from the generation in force.
    """
    kept_of(store).anew = anew
    save(folder, stated_of(store), cells_of(store, every_path()))
    save_sketches(folder, sketches_of(store))
    save_answers(folder, settled(store))


def save(folder: Path, stated: Stated, cells: Cells) -> None:
    """Write the columns into a generation's folder; raises OSError."""
    columns = stated.columns
    arrays: dict[str, NDArray[Any]] = {f"code-{name}": columns.codes[name] for name in CODED}
    arrays |= {f"values-{name}": packed(list(columns.values[name])) for name in CODED}
    arrays |= {f"number-{name}": columns.numbers[name] for name in COUNTED}
    arrays |= {"places": stated.places, "labels": stated.labels, "statements": stated.statements}
    arrays |= {"names": packed(list(stated.names)), "passages": stated.passages}
    write_arrays(folder / COLUMNS, arrays | {"rows": columns.rows, "seals": columns.seals})
    held: dict[str, NDArray[Any]] = {"paths": packed(list(cells.paths)), "numbers": cells.numbers}
    write_arrays(folder / CELLS, held | {"rows": cells.rows, "seals": cells.seals})


def load(folder: Path) -> Stated | None:
    """Reports' fields and labels as :func:`save` wrote them; None where they cannot be read."""

    def made(kept: Arrays) -> Stated:
        values = {name: numbered(kept[f"values-{name}"]) for name in CODED}
        codes = {name: kept[f"code-{name}"] for name in CODED}
        numbers = {name: kept[f"number-{name}"] for name in COUNTED}
        columns = Columns(NEVER, kept["rows"], kept["seals"], codes, values, numbers)
        own = (kept["places"], kept["labels"], kept["statements"])
        return Stated(columns, *own, numbered(kept["names"]), kept["passages"])

    return read_arrays(folder / COLUMNS, made)


def load_cells(folder: Path) -> Cells | None:
    """The cells as :func:`save` wrote them; None where they cannot be read."""
    return read_arrays(
        folder / CELLS, lambda kept: Cells(kept["rows"], kept["seals"], numbered(kept["paths"]), kept["numbers"])
    )


def save_sketches(folder: Path, kept: Sketches) -> None:
    """Write the samples of texts into a generation's folder; raises OSError."""
    arrays: dict[str, NDArray[Any]] = {"rows": kept.rows, "seals": kept.seals}
    made = np.array([GRAM, SAMPLED])
    write_arrays(folder / SKETCHES, arrays | {"sizes": kept.sizes, "hashes": kept.hashes, "made": made})


def load_sketches(folder: Path) -> Sketches | None:
    """The samples as :func:`save_sketches` wrote them; None where they cannot be read, or are of other runs."""

    def made(kept: Arrays) -> Sketches:
        if kept["made"].tolist() != [GRAM, SAMPLED] or int(kept["sizes"].sum()) != len(kept["hashes"]):
            raise ValueError("other runs")
        return Sketches(None, kept["rows"], kept["seals"], kept["sizes"], kept["hashes"])

    return read_arrays(folder / SKETCHES, made)


def save_answers(folder: Path, kept: Answers) -> None:
    """Write which measures answer which problems into a generation's folder; raises OSError."""
    arrays: dict[str, NDArray[Any]] = {"rows": kept.rows, "seals": kept.seals, "after": kept.after}
    for name, fields in TABLES.items():
        arrays |= {f"{name}-{field}": getattr(kept, name)[field] for field in fields}
    write_arrays(folder / ANSWERS, arrays | {"names": packed(list(kept.names)), "made": packed([_outcomes_by()])})


def load_answers(folder: Path) -> Answers | None:
    """What :func:`save_answers` wrote; None where it cannot be read. What other rules told of next year is left out."""

    def made(kept: Arrays) -> Answers:
        tables = [{field: kept[f"{name}-{field}"] for field in fields} for name, fields in TABLES.items()]
        own = kept["rows"], kept["seals"], kept["after"]
        if any(len({*map(len, several)}) != 1 for several in (own, *(table.values() for table in tables))):
            raise ValueError("not of one length")
        if [*numbered(kept["made"])] != [_outcomes_by()]:
            tables[2]["gone"][:] = UNASKED
        names = {label: number + 1 for label, number in numbered(kept["names"]).items()}
        return Answers(None, *own, names, *tables)

    return read_arrays(folder / ANSWERS, made)


def _outcomes_by() -> str:
    from index.casefiles import made_by

    return f"{made_by(OUTCOMES)} {SIMILAR_TEXT}"


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write arrays into a file; raises OSError."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_arrays(path: Path, made: Callable[[Arrays], Made]) -> Made | None:
    """What is made of a file's arrays; each has a checksum of its own in the file, which reading it tests."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            return made(kept)
    except _DAMAGED:
        return None


def packed(values: list[Any]) -> NDArray[np.uint8]:
    """Values as an array, for a file of arrays."""
    return np.frombuffer(json.dumps(values).encode("ascii"), dtype=np.uint8)


def numbered(raw: NDArray[np.uint8]) -> dict[Any, int]:
    """Value → its place, of values that were packed."""
    return {value: number for number, value in enumerate(json.loads(raw.tobytes()))}
