"""What can be asked with SQL, in whatever database it lies: :class:`index.reads.Reads` stands on it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from index.records import Filter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EVERYTHING = Filter()


class Readable(ABC):
    """A store that can be read."""

    @abstractmethod
    def query(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one SELECT; safe from any thread."""

    def table(self, columns: str, sql: str, params: Sequence[Any] = ()) -> list[Sequence[Any]]:
        """As :meth:`query`, for many rows of texts and numbers: ``columns`` are the names of what ``sql`` selects.

        A store may have them come as one value: each row that is fetched by itself lets all other threads run first.
        """
        del columns
        return list(self.query(sql, params))

    def numbers(self, column: str, sql: str, params: Sequence[Any] = ()) -> NDArray[np.int64]:
        """(n,) the integers of one column in the order of ``sql``; ``column``: its name there. As :meth:`table`."""
        import numpy as np

        return np.array([row[0] for row in self.query(sql, params)], dtype=np.int64)

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[None]:
        """Within it, every read of this thread sees the same state. May nest."""

    def meta(self, key: str, default: str = "") -> str:
        """A value of the ``meta`` table."""
        rows = self.query("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else default

    def sequence(self) -> int:
        """The number of the last change; 0 for an empty store."""
        return int(self.meta("sequence", "0"))
