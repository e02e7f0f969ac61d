"""Records that the store gives: a statement with its report's facts, a number, a check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from nlp.errors import MingjianError
from nlp.records import Region

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK = 20_000  # rows fetched per query where a caller names rows one by one


class Missing(MingjianError):
    """A report or statement id that the archive does not hold."""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement or passage with what its report says of itself.

    Attributes:
        row: the integer that indexes know (``statements.row``); it never comes back once removed.
        report_row, report: the report's integer and its id.
        paired: on a problem, whether a measure answers it.
        labels: ids, strongest first.
        current: False where a newer version of the same agency's report of that year is there.
    """

    row: int
    id: str
    report_row: int
    report: str
    kind: str
    text: str
    title: str | None
    section: int
    start: int
    stop: int
    status: str | None
    paired: bool
    agency: str | None
    agency_type: str
    region: Region
    level: str
    scope: str
    year: int | None
    form: str
    source: str
    current: bool
    labels: tuple[str, ...] = ()


class Candidate(NamedTuple):
    """What ranking asks of a statement: a part of :class:`StatementRow` under the same names, quick to make."""

    row: int
    report: str
    kind: str
    text: str
    year: int | None
    agency: str | None
    region: Region
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One number of one report; ``value`` None: not known (never zero)."""

    report_row: int
    path: str
    value: float | None
    state: str
    raw: str
    start: int
    stop: int
    unit: str | None
    approximate: bool
    prose: bool


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check of one report."""

    report_row: int
    rule: str
    where: str
    status: str
    message: str


def decode_vectors(blobs: Sequence[bytes]) -> NDArray[np.float32]:
    """Stored float16 rows → (n, d) float32, of unit length to 1e-3.

    They are not scaled again: every engine must hold the very same numbers.
    """
    import numpy as np

    joined = np.frombuffer(b"".join(blobs), dtype="<f2")
    return np.asarray(joined.reshape(len(blobs), -1), dtype=np.float32)


@lru_cache(maxsize=4096)
def region_of(province: str | None, city: str | None, county: str | None, code: str | None) -> Region:
    """A region; the same object for the same place."""
    return Region(province, city, county, code)


def chunks(rows: list[int]) -> Iterator[list[int]]:
    """Rows that a caller names one by one, as many at a time as one question takes."""
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
