"""Chinese text as words: jieba's dictionary plus our own, the same from either engine.

jieba is the reference; rjieba (a faster engine with the same dictionary) runs where it can be imported. Both
get only Chinese text and punctuation: addresses, numbers and Latin words are taken out first and kept whole.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from nlp.dictionary import MAGIC, Frequencies, Kept, build, cache_folder, read_cache, write_cache

DICTIONARY = 1  # raise with every change of words/domain.txt
SEGMENTER = f"jieba-0.42.1+mingjian-{DICTIONARY}"
FOLDER = Path(__file__).parent / "words"

Engine = Literal["jieba", "rjieba"]
CutFunction = Callable[[str], list[str]]

_MASKED = re.compile(
    r"(?:https?://|www\.)[\x21-\x7e]+|[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+"
    r"|\d+(?:,\d{3})*(?:\.\d+)*(?:[-/:]\d+)*%?|[A-Za-z]+(?:[-+._'’]?[A-Za-z0-9]+)*"
    r"|[\u3400-\u4dbf\u9fd6-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"  # rare ones: the engines differ on them
)
_WORD = re.compile(r"\w")
_BLANK = re.compile(r"\s")
FEW = 3_000  # characters: to load an engine takes as long as to cut so many with the dictionary in its file
_lock = Lock()
_cut = {"characters": 0}  # so far


def words(text: str) -> list[str]:
    """Cut text into words, punctuation marks included, blanks left out."""
    return cut_with(_ready(text), text)


def search_words(text: str, name: Engine | None = None) -> list[str]:
    """Cut text as :func:`words` does, before each longer word the known words of two and three characters in it."""
    machine = (_ready(text) if name is None else engine(name)).__self__  # type: ignore[attr-defined]
    cut: CutFunction = getattr(machine, "lcut_for_search", None) or machine.cut_for_search
    return cut_with(cut, text)


def _ready(text: str) -> CutFunction:
    """What cuts this text: for the first few the engine that needs no loading."""
    with _lock:
        _cut["characters"] += len(text)
        return (_at_hand() if _cut["characters"] <= FEW else None) or engine()


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
    return [word for word in out if not word.isspace()] if _BLANK.search(text) else out


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
    """A tokenizer of our own (never jieba's global one), with its dictionary from our cache, else built and cached."""
    found = read_cache(path) if (path := _kept_at()) else None
    frequencies, total = (found.whole(), found.total) if found else prepare() or _built()
    cut: CutFunction = _tokenizer(frequencies, total).lcut
    return cut


def _tokenizer(frequencies: Frequencies | Kept, total: int) -> Any:
    import jieba

    machine = jieba.Tokenizer()
    machine.FREQ, machine.total = frequencies, total
    machine.initialized = True
    return machine


@cache
def _at_hand() -> CutFunction | None:
    """Jieba with the dictionary as it lies in its file: ready at once, slower afterwards; None where there is none."""
    path = _kept_at()
    found = read_cache(path) if path else None
    if found is None:
        return None
    cut: CutFunction = _tokenizer(found, found.total).lcut
    return cut


def prepare() -> tuple[Frequencies, int] | None:
    """See to it that the dictionary lies whole in this user's cache, so that the next command starts sooner.

    Returns:
        What had to be built; None where it lies there, or no cache is to be had.
    """
    path = _kept_at()
    if path is None or read_cache(path):
        return None
    built = _built()
    write_cache(path, *built)
    return built


def _source() -> Path:
    """Jieba's own dictionary."""
    import jieba

    return Path(jieba.__file__).with_name("dict.txt")


def _built() -> tuple[Frequencies, int]:
    return build(_source().read_text(encoding="utf-8"), domain_words())


def _kept_at() -> Path | None:
    """The dictionary's file in the cache, which bears the mark of what it was made of; None without a cache."""
    folder = cache_folder()
    if folder is None:
        return None
    stat = _source().stat()
    made_of = f"{stat.st_size} {stat.st_mtime_ns} ".encode() + (FOLDER / "domain.txt").read_bytes()
    return folder / f"words-{hashlib.sha256(MAGIC + made_of).hexdigest()[:16]}.bin"
