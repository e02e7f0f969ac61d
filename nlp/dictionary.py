"""jieba's dictionary with our words: built once, kept sorted in one file of this user's, looked up there or loaded."""

from __future__ import annotations

import hashlib
import os
import struct
import sys
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path

MAGIC = b"MINGJIAN-WORDS-2\n"
_HEAD = struct.Struct("<QI")  # sum of the frequencies, number of words
_HASH = 32  # bytes

Frequencies = dict[str, int]


class Kept:
    """A dictionary as it lies in its file: words in order, so that halving finds one and none need be loaded.

    It answers ``in``, ``get`` and ``[]`` as the dictionary would that :meth:`whole` gives.
    """

    def __init__(self, body: bytes) -> None:
        """Take the file's body: sum and count, frequencies, where each word ends, the words in UTF-8.

        Raises:
            ValueError, struct.error: it is none.
        """
        self.total, count = _HEAD.unpack_from(body)
        self._frequencies = _numbers("i", body[_HEAD.size :], count)
        at = _HEAD.size + self._frequencies.itemsize * count
        self._words = _Words(_numbers("I", body[at:], count), body[at + 4 * count :])

    def __len__(self) -> int:
        return len(self._words)

    def get(self, word: str, default: int | None = None) -> int | None:
        """A word's frequency (0 for the beginning of one), ``default`` where it is unknown."""
        sought = word.encode("utf-8", "surrogatepass")
        place = bisect_left(self._words, sought)
        if place < len(self._words) and self._words[place] == sought:
            return self._frequencies[place]
        return default

    def __contains__(self, word: str) -> bool:
        return self.get(word) is not None

    def __getitem__(self, word: str) -> int:
        found = self.get(word)
        if found is None:
            raise KeyError(word)
        return found

    def whole(self) -> Frequencies:
        """All of it, loaded."""
        return {word.decode("utf-8"): frequency for word, frequency in zip(self._words, self._frequencies, strict=True)}


class _Words(Sequence[bytes]):
    """Words one behind the other, cut out when they are asked for."""

    def __init__(self, ends: array[int], text: bytes) -> None:
        self._ends, self._text = ends, text
        if len(text) != (ends[-1] if ends else 0):
            raise ValueError("words")

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, place: int) -> bytes:  # type: ignore[override]
        if not 0 <= place < len(self._ends):
            raise IndexError(place)
        return self._text[self._ends[place - 1] if place else 0 : self._ends[place]]


def _numbers(code: str, data: bytes, count: int) -> array[int]:
    out = array(code)
    out.frombytes(data[: out.itemsize * count])
    if len(out) != count:
        raise ValueError("count")
    if sys.byteorder == "big":
        out.byteswap()
    return out


def build(dictionary: str, ours: Mapping[str, int]) -> tuple[Frequencies, int]:
    """What jieba builds from its dictionary's text (each beginning of a word is a key, of frequency 0), and the sum."""
    frequencies: Frequencies = {}
    total = 0
    rows = (line.split(" ")[:2] for line in dictionary.splitlines() if line)
    for word, freq in [*((w, int(f)) for w, f in rows), *ours.items()]:
        total += freq
        frequencies[word] = freq
        for stop in range(1, len(word)):
            frequencies.setdefault(word[:stop], 0)
    return frequencies, total


def cache_folder() -> Path | None:
    """Where this user's caches lie (the folder may not exist); None for a user without a home."""
    try:
        if sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    return base / "mingjian"


def read_cache(path: Path) -> Kept | None:
    """A kept dictionary; None where it is missing or not exactly what was written."""
    try:
        data = path.read_bytes()
        body = data[len(MAGIC) + _HASH :]
        if not data.startswith(MAGIC) or hashlib.sha256(body).digest() != data[len(MAGIC) :][:_HASH]:
            return None
        return Kept(body)
    except (OSError, ValueError, struct.error):
        return None


def write_cache(path: Path, frequencies: Frequencies, total: int) -> None:
    """Write a dictionary beside, then rename; where that is not possible, nothing happens."""
    words = sorted((word.encode("utf-8"), frequency) for word, frequency in frequencies.items())
    numbers, ends, end = array("i", [frequency for _, frequency in words]), array("I"), 0
    for word, _ in words:
        end += len(word)
        ends.append(end)
    if sys.byteorder == "big":
        numbers.byteswap()
        ends.byteswap()
    body = _HEAD.pack(total, len(words)) + numbers.tobytes() + ends.tobytes() + b"".join(word for word, _ in words)
    beside = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, beside = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(MAGIC + hashlib.sha256(body).digest() + body)
        Path(beside).replace(path)
    except OSError:
        if beside:
            Path(beside).unlink(missing_ok=True)
