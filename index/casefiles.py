"""Findings as files of a generation (:mod:`index.cases`, :mod:`index.copies`): numbers in one, words in another.

They hold for the rules that they were found by: where the program's own rules are others, they are as good as none.
"""

from __future__ import annotations

import json
import mmap
from dataclasses import astuple
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.cases import FACTS, Cases, Told, cases_of, holder_of
from index.columnfiles import NEVER, Arrays, numbered, packed, read_arrays, write_arrays
from index.copies import Copies, find, fresh
from index.reads import Reads
from index.reuse_sources import Copied
from nlp.taxonomy import own_file

NUMBERS, WORDS, COPIES = "findings.npz", "findings.txt", "copies.npz"
# What a finding's words and verdict come from, beside the report as it is stored.
RULES = {
    "index": ("cases.py", "copying.py", "examining.py", "hierarchy.py", "reuse_residue.py", "spans.py"),
    "nlp": (
        "agencies.toml", "agency.py", "checks.py", "divisions.py", "divisions.tsv", "residue.toml", "reuse.py",
        "taxonomy.py", "taxonomy.toml",
    ),
}  # fmt: skip
COPYING = {
    "index": ("copies.py", "lenders.py", "neardup.py", "reuse_sources.py", "sketches.py", "spans.py"),
    "nlp": ("reuse.py",),
}


def save(folder: Path, cases: Cases) -> None:
    """Write the cases into a generation's folder; raises OSError."""
    told = cases.told
    arrays: dict[str, NDArray[Any]] = {f"fact-{name}": cases.facts[name] for name in FACTS} | {
        "rows": cases.rows,
        "seals": cases.seals,
    }
    arrays |= {"places": told.places, "rules": told.rules, "statuses": told.statuses, "statements": told.statements}
    with (folder / WORDS).open("wb") as file:
        file.writelines(told.all_words())
        size = file.tell()
    arrays |= {"lengths": told.lengths, "names": packed(list(told.names)), "size": np.array([size])}
    write_arrays(folder / NUMBERS, arrays | {"made": packed([made_by(RULES)])})


def load(folder: Path) -> Cases | None:
    """The cases as :func:`save` wrote them; None where they cannot be read, or other rules made them."""

    def made(kept: Arrays) -> Cases:
        if [*numbered(kept["made"])] != [made_by(RULES)]:
            raise ValueError("found by other rules")
        words = _mapped(folder / WORDS)
        if len(words) != int(kept["size"][0]):
            raise ValueError("not the words of these numbers")
        lengths = kept["lengths"]
        begins = np.cumsum(lengths) - lengths
        codes = kept["rules"], kept["statuses"]
        told = Told(kept["places"], *codes, kept["statements"], begins, lengths, numbered(kept["names"]), words)
        return Cases(NEVER, kept["rows"], kept["seals"], {name: kept[f"fact-{name}"] for name in FACTS}, told)

    return read_arrays(folder / NUMBERS, made)


def _mapped(path: Path) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        empty = not file.seek(0, 2)
        return b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


@cache
def _packaged(package: str, name: str) -> bytes:
    return files(package).joinpath(name).read_bytes()


def made_by(rules: dict[str, tuple[str, ...]]) -> str:
    """Changes with the rules that findings come from, a person's own labels included."""
    digest = blake2b(digest_size=8)
    for package, names in rules.items():
        for name in names:
            digest.update(_packaged(package, name))
    own = own_file()
    digest.update(own.read_bytes() if own and own.is_file() else b"")
    return digest.hexdigest()


def save_copies(folder: Path, copies: Copies) -> None:
    """Write whose text reports take over into a generation's folder; raises OSError."""
    lines = [[row, *astuple(one)] for row, one in copies.found.items()]
    kept = {"made": made_by(COPYING), "texts": copies.texts, "found": lines}
    write_arrays(folder / COPIES, {"kept": packed([json.dumps(kept)])})


def load_copies(folder: Path) -> Copies | None:
    """What :func:`save_copies` wrote; None where it cannot be read, or other rules found it."""

    def made(held: Arrays) -> Copies:
        kept = json.loads(next(iter(numbered(held["kept"]))))
        if kept["made"] != made_by(COPYING):
            raise ValueError("found by other rules")
        return Copies(kept["texts"], {row: Copied(*one) for row, *one in kept["found"]})

    return read_arrays(folder / COPIES, made)


def keep(store: Reads, folder: Path, *, whole: bool) -> None:
    """Write the findings of a store into the folder of the next generation.

    Args:
        store: at one state (a snapshot), through a connection of its own.
        folder: that of the generation that is being built.
        whole: whether what takes all reports is to be worked out where it is not known, which takes as long as ever.
    """
    cases = cases_of(store)
    save(folder, cases)
    # As it was last worked out is better than nothing: it says which texts it is of, and is found again behind a page.
    copies = fresh(store, cases) or (find(store, cases) if whole else holder_of(store).copies)
    if copies is not None:
        save_copies(folder, copies)
