"""The data files read into records."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

DATA = Path(__file__).resolve().parents[1] / "data"
Kind = Literal["problem", "measure"]


@dataclass(frozen=True)
class Agency:
    """One reporting body of ``agencies.toml``."""

    key: str
    name: str
    type: str
    level: str
    years: tuple[int, ...]
    requests: str
    province: str | None = None
    city: str | None = None
    county: str | None = None
    code: str | None = None
    we: str | None = None

    @property
    def scope(self) -> str:
        """``government`` for a whole government's summary report, else ``agency``."""
        return "government" if self.type == "government_whole" else "agency"


@dataclass(frozen=True)
class Bankable:
    """A text that fits some types of agency and some levels; empty means all."""

    text: str
    types: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()

    def fits(self, agency: Agency) -> bool:
        """Whether such an agency could have written it."""
        return (not self.types or agency.type in self.types) and (not self.levels or agency.level in self.levels)

    def tailored(self, agency: Agency) -> bool:
        """Whether it was written for this agency's type or level in particular."""
        return self.fits(agency) and bool(self.types or self.levels)


@dataclass(frozen=True)
class Statement(Bankable):
    """One statement of ``statements.jsonl``; ``clause`` marks the short ones for lists within a sentence."""

    id: str = ""
    kind: Kind = "problem"
    labels: tuple[str, ...] = ()
    title: str | None = None
    status: str | None = None
    clause: bool = False


@dataclass(frozen=True)
class Overview(Bankable):
    """One paragraph of section one; ``needs`` names the figures that must be above zero for it."""

    topic: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Phrase:
    """A lead-in, closing, preface or item of section six, by ``role``."""

    role: str
    text: str
    fee: str | None = None


@dataclass(frozen=True)
class Planted:
    """What is wrong on purpose (``planted.toml``)."""

    errors: tuple[dict[str, Any], ...] = ()
    repeats: dict[tuple[str, int], int] = field(default_factory=dict)
    copies: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    unanswered: frozenset[tuple[str, int]] = frozenset()
    none_stated: frozenset[tuple[str, int]] = frozenset()
    no_tables: dict[tuple[str, int], tuple[int, ...]] = field(default_factory=dict)


def _lines(name: str) -> Iterator[dict[str, Any]]:
    with (DATA / name).open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


@cache
def toml(name: str) -> dict[str, Any]:
    """One TOML file of the data folder."""
    with (DATA / name).open("rb") as file:
        return tomllib.load(file)


@cache
def agencies() -> tuple[Agency, ...]:
    """All agencies in the file's order."""
    return tuple(Agency(**{**row, "years": tuple(row["years"])}) for row in toml("agencies.toml")["agency"])


def _bankable(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "text": row["text"],
        "types": frozenset(row.get("types", ())),
        "levels": frozenset(row.get("levels", ())),
    }


@cache
def statements() -> tuple[Statement, ...]:
    """The statement bank in the file's order."""
    return tuple(
        Statement(
            **_bankable(row),
            id=row["id"],
            kind=row["kind"],
            labels=tuple(row["labels"]),
            title=row.get("title"),
            status=row.get("status"),
            clause=row.get("form") == "clause",
        )
        for row in _lines("statements.jsonl")
    )


@cache
def overviews() -> tuple[Overview, ...]:
    """The paragraphs of section one."""
    return tuple(
        Overview(**_bankable(row), topic=row["topic"], needs=tuple(row.get("needs", ())))
        for row in _lines("overview.jsonl")
    )


@cache
def phrases(role: str) -> tuple[Phrase, ...]:
    """All phrases of one role."""
    rows = (Phrase(row["role"], row["text"], row.get("fee")) for row in _lines("phrases.jsonl"))
    return tuple(row for row in rows if row.role == role)


@cache
def planted() -> Planted:
    """What ``planted.toml`` lists, keyed by agency and year."""
    rows = toml("planted.toml")
    return Planted(
        errors=tuple(rows["error"]),
        repeats={(r["agency"], r["year"]): r["as_in"] for r in rows["repeat"]},
        copies={(r["agency"], r["year"]): (r["from_agency"], r["from_year"]) for r in rows["copy"]},
        unanswered=frozenset((r["agency"], r["year"]) for r in rows["unanswered"]),
        none_stated=frozenset((r["agency"], r["year"]) for r in rows["none_stated"]),
        no_tables={(r["agency"], r["year"]): tuple(r["sections"]) for r in rows["no_tables"]},
    )
