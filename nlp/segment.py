"""Chinese text as words: jieba's dictionary plus our own, the same from either engine.

jieba is the reference; rjieba (a faster engine with the same dictionary) runs where it can be imported. Both
get only Chinese text and punctuation: addresses, numbers and Latin words are taken out first and kept whole.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import sys
import tempfile
from array import array
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Literal

DICTIONARY = 1  # raise with every change of words/domain.txt
SEGMENTER = f"jieba-0.42.1+mingjian-{DICTIONARY}"
FOLDER = Path(__file__).parent / "words"
MAGIC = b"MINGJIAN-WORDS-1\n"

Engine = Literal["jieba", "rjieba"]
CutFunction = Callable[[str], list[str]]
Frequencies = dict[str, int]

_MASKED = re.compile(
    r"(?:https?://|www\.)[\x21-\x7e]+|[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+"
    r"|\d+(?:,\d{3})*(?:\.\d+)*(?:[-/:]\d+)*%?|[A-Za-z]+(?:[-+._'’]?[A-Za-z0-9]+)*"
    r"|[\u3400-\u4dbf\u9fd6-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"  # rare ones: the engines differ on them
)
_WORD = re.compile(r"\w")
_lock = Lock()


def words(text: str) -> list[str]:
    """Cut text into words, punctuation marks included, blanks left out."""
    with _lock:
        cut = engine()
    return cut_with(cut, text)


def search_words(text: str, name: Engine | None = None) -> list[str]:
    """Cut text as :func:`words` does, before each longer word the known words of two and three characters in it."""
    with _lock:
        cut = search_engine(name)
    return cut_with(cut, text)


def joined(text: str) -> str:
    """Words parted by single blanks, lower case, without punctuation: what indexes and encoders take."""
    return " ".join(word.lower() for word in words(text) if _WORD.search(word))


def cut_with(cut: CutFunction, text: str) -> list[str]:
    """Cut text with a given engine; addresses, numbers and Latin words stay whole."""
    out: list[str] = []
    at = 0
    for match in _MASKED.finditer(text):
        if match.start() > at:
            out += cut(text[at : match.start()])
        out.append(match.group())
        at = match.end()
    if at < len(text):
        out += cut(text[at:])
    return [word for word in out if not word.isspace()]


def engine(name: Engine | None = None) -> CutFunction:
    """Give the cutting function of an engine; by default the fastest that is installed."""
    return _loaded(name)  # a cache holds engine() and engine(None) for two calls: two dictionaries


@cache
def _loaded(name: Engine | None) -> CutFunction:
    if name != "jieba":
        try:
            return _rjieba()
        except ImportError:
            if name == "rjieba":
                raise
    return _jieba()


@cache
def search_engine(name: Engine | None = None) -> CutFunction:
    """Give an engine's function that cuts for search."""
    machine = engine(name).__self__  # type: ignore[attr-defined]
    cut: CutFunction = getattr(machine, "lcut_for_search", None) or machine.cut_for_search
    return cut


@cache
def domain_words() -> dict[str, int]:
    """Our own dictionary: word → frequency."""
    return {word: int(freq) for word, freq in (line.split() for line in _lines("domain.txt"))}


@cache
def stop_words() -> frozenset[str]:
    """Function words and empty words."""
    return frozenset(_lines("stop.txt"))


@cache
def stop_phrases() -> frozenset[str]:
    """What every report says, and all stop words: no topic may be named so."""
    return frozenset(_lines("stop_phrases.txt")) | stop_words()


def _lines(name: str) -> list[str]:
    """A word list without comments and empty lines."""
    raw = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in raw if line.strip() and not line.startswith("#")]


def _rjieba() -> CutFunction:
    """Load the Rust engine, with our words added."""
    import rjieba

    # Importing it loads the dictionary already; another instance would take as long again, and as much memory.
    machine = rjieba.cut.__self__  # type: ignore[attr-defined]
    for word, freq in domain_words().items():
        machine.add_word(word, freq, "n")
    cut: CutFunction = machine.cut
    return cut


def _jieba() -> CutFunction:
    """A tokenizer of our own (never jieba's global one), with its dictionary from our cache."""
    import jieba

    machine = jieba.Tokenizer()
    machine.FREQ, machine.total = _frequencies(machine)
    machine.initialized = True
    cut: CutFunction = machine.lcut
    return cut


def _frequencies(machine: object) -> tuple[Frequencies, int]:
    """The dictionary with its prefixes and our words, and its sum: from the cache, else built and cached."""
    source = machine.get_dict_file()  # type: ignore[attr-defined]
    with source:
        raw = source.read()
    key = hashlib.sha256(raw + (FOLDER / "domain.txt").read_bytes()).hexdigest()[:16]
    folder = cache_folder()
    path = folder / f"words-{key}.bin" if folder else None
    found = read_cache(path) if path else None
    if found is None:
        found = _build(raw.decode("utf-8"))
        if path:
            write_cache(path, *found)
    return found


def _build(dictionary: str) -> tuple[Frequencies, int]:
    """Build what jieba builds from its dictionary file (every prefix of a word is a key, of frequency 0)."""
    frequencies: Frequencies = {}
    total = 0
    rows = (line.split(" ")[:2] for line in dictionary.splitlines() if line)
    for word, freq in [*((w, int(f)) for w, f in rows), *domain_words().items()]:
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


def read_cache(path: Path) -> tuple[Frequencies, int] | None:
    """Read a cached dictionary; None where it is missing or not exactly what was written."""
    try:
        data = path.read_bytes()
        body = data[len(MAGIC) + 32 :]
        if not data.startswith(MAGIC) or hashlib.sha256(body).digest() != data[len(MAGIC) :][:32]:
            return None
        total, count = struct.unpack_from("<QI", body)
        numbers = array("i")
        numbers.frombytes(body[12 : 12 + 4 * count])
        if sys.byteorder == "big":
            numbers.byteswap()
        keys = body[12 + 4 * count :].decode("utf-8").split("\n")
        return dict(zip(keys, numbers, strict=True)), total
    except (OSError, ValueError, struct.error):
        return None


def write_cache(path: Path, frequencies: Frequencies, total: int) -> None:
    """Write the dictionary beside, then rename; where that is not possible, nothing happens."""
    numbers = array("i", frequencies.values())
    if sys.byteorder == "big":
        numbers.byteswap()
    body = struct.pack("<QI", total, len(frequencies)) + numbers.tobytes() + "\n".join(frequencies).encode()
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
