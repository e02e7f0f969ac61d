"""Searches that people keep: a small JSON file beside the archive's data, written whole or not at all.

It is no derived data: nothing can make it anew. Its checksum is its last entry, which versions from before it pass
over; what they write has none and is taken as it stands.
:class:`index.archive.Archive` inherits :class:`Saving`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.integrity import intact, sealed
from index.locking import WriteLock
from nlp.errors import MingjianError

NAME = "saved.json"
LOCK = "saved.lock"  # of its own: keeping a search need not wait until a long intake is done
TIMEOUT = 5.0
FORMAT = 1
SEAL = ',\n "checksum": "', '"\n}\n'  # around the checksum
MEND = "可移到存档之外留存，再重新收藏"
SHOWN = 10  # names that an error message lists
LONGEST = 60  # characters of a name
MOST = 500  # searches; more would help nobody find one
MOST_VALUES = 400  # values of one search's parameters, all together


class SavedError(MingjianError):
    """A search cannot be kept or found."""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search under a name.

    Attributes:
        name: what the person called it; unique in the archive.
        params: the parameters of its address, each with all its values: ``q`` and the filters by name.
        at: when it was kept, in UTC, ISO 8601.
    """

    name: str
    params: Mapping[str, tuple[str, ...]]
    at: str

    @property
    def query(self) -> str:
        """What was typed; empty where only filters were chosen."""
        return next(iter(self.params.get("q", ())), "")

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"name": self.name, "params": {key: list(values) for key, values in self.params.items()}, "at": self.at}


class Saving:
    """What of an archive keeps searches."""

    path: Path

    def saved_searches(self) -> Sequence[SavedSearch]:
        """The searches that are kept, the latest first.

        Raises:
            SavedError: the file is damaged.
        """
        return read(self.path)[::-1]

    def saved_search(self, name: str) -> SavedSearch:
        """The search of a name.

        Raises:
            SavedError: none is called so, or the file is damaged.
        """
        wanted = _named(name)
        searches = read(self.path)
        for one in searches:
            if one.name == wanted:
                return one
        known = "、".join(one.name for one in searches[: -SHOWN - 1 : -1])
        raise SavedError(f"没有名为“{wanted}”的收藏" + (f"，最近收藏的有：{known}" if known else "，还没有收藏过检索"))

    def save_search(self, name: str, params: Mapping[str, Sequence[str] | str]) -> SavedSearch:
        """Keep a search; one of the same name is replaced.

        Args:
            name: what to call it, at most 60 characters.
            params: the parameters of the search page's address; at least one must say something.

        Raises:
            SavedError: no name, nothing to keep, too many kept already. StoreError: it cannot be written.
        """
        held = {key: _values(given) for key, given in params.items()}
        kept = {key: values for key, values in held.items() if values}
        if not kept:
            raise SavedError("没有可收藏的检索：请先输入检索内容或选好筛选条件")
        if sum(map(len, kept.values())) > MOST_VALUES:
            raise SavedError("这个检索的条件太多，无法收藏")
        one = SavedSearch(_named(name), kept, datetime.now(UTC).isoformat(timespec="seconds"))
        with self._changing() as searches:
            searches[:] = [other for other in searches if other.name != one.name]
            if len(searches) >= MOST:
                raise SavedError(f"最多收藏 {MOST} 个检索，请先删去不用的")
            searches.append(one)
        return one

    def forget_search(self, name: str) -> None:
        """Drop the search of a name.

        Raises:
            SavedError: none is called so. StoreError: it cannot be written.
        """
        wanted = _named(name)
        with self._changing() as searches:
            left = [one for one in searches if one.name != wanted]
            if len(left) == len(searches):
                raise SavedError(f"没有名为“{wanted}”的收藏")
            searches[:] = left

    @contextmanager
    def _changing(self) -> Iterator[list[SavedSearch]]:
        """The list to be changed; written when the block ends well. One at a time, across processes."""
        from index.store import explain

        folder = self.path
        try:
            with WriteLock(folder, LOCK).held(TIMEOUT):
                searches = read(folder)
                yield searches
                _write(folder, searches)
        except OSError as error:
            raise explain(error, folder) from error


def _named(name: str) -> str:
    """A name as it is kept: blanks put right, nothing that does not show.

    Raises:
        SavedError: nothing is left of it, or it is too long.
    """
    shown = " ".join("".join(one if one.isprintable() else " " for one in name).split())  # halves of characters go too
    if not shown:
        raise SavedError("请给收藏起个名字")
    if len(shown) > LONGEST:
        raise SavedError(f"收藏的名字太长，最多 {LONGEST} 个字")
    return shown


def _values(given: Sequence[str] | str) -> tuple[str, ...]:
    held = [given] if isinstance(given, str) else given
    return tuple(_utf8(str(one)) for one in held if str(one))


def _utf8(text: str) -> str:
    """Text that a file can hold: halves of characters, which some input methods leave behind, become "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


def read(folder: Path) -> list[SavedSearch]:
    """The searches kept in a folder, the oldest first; none where nothing was kept yet.

    Raises:
        SavedError: the file is damaged; it is left as it is, for a person to look at.
    """
    path = folder / NAME
    try:
        text = path.read_bytes().decode("utf-8")
        whole, document = intact(text, SEAL), json.loads(text)
        if whole is not False and document["format"] != FORMAT:
            raise SavedError(f"{path}：收藏的检索由更新的版本写成，请升级 mingjian")
        if not whole and document.keys() != {"format", "searches"}:
            raise ValueError("a checksum that does not fit")
        return [
            SavedSearch(
                str(one["name"]), {str(key): _values(values) for key, values in one["params"].items()}, str(one["at"])
            )
            for one in document["searches"]
        ]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SavedError(f"{path}：收藏的检索读不出来（{error.strerror or error}）") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SavedError(f"{path}：收藏的检索文件已损坏，{MEND}") from error


def _write(folder: Path, searches: Sequence[SavedSearch]) -> None:
    """The file appears whole or not at all; raises OSError."""
    document = {"format": FORMAT, "searches": [one.to_dict() for one in searches]}
    text = json.dumps(document, ensure_ascii=False, indent=1)
    for left in folder.glob(f".{NAME}.*.part"):  # by who was killed
        left.unlink(missing_ok=True)
    beside = folder / f".{NAME}.{os.getpid()}.part"
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(sealed(text.removesuffix("\n}"), SEAL))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / NAME)
    finally:
        beside.unlink(missing_ok=True)
