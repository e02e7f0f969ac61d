"""Places: the administrative divisions of China from province to county, and reading them out of names.

The table (``divisions.tsv``) holds units in force since 2008 with the years of their changes, so a report of
2015 may name a county that has since become a district.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from nlp.quick import quick
from nlp.records import Region

_SUFFIXES = ("特别行政区", "自治区", "地区", "盟", "省", "市", "县", "区", "旗")
_UNIFIED_SINCE = 2019
_LEVELS = {"province": 0, "city": 1, "county": 2}
# A short name ("宁波") counts only before a name that can be an agency's, never before a road or a lesser place.
_NO_AGENCY = re.compile(r"镇|乡|街道|社区|村|路|街|大道|大桥|广场|[省市县区州盟旗]")


@dataclass(frozen=True, slots=True)
class Division:
    """One row of the table. Years are those of the change; None: before 2008, or still in force."""

    code: str
    name: str
    level: str
    parent: str
    valid_from: int | None
    valid_to: int | None
    successor: str
    aliases: tuple[str, ...]
    area_codes: tuple[str, ...]
    postcodes: tuple[str, ...]
    pinyin: str

    def valid(self, year: int | None) -> bool:
        """Tell whether it was in force in that year; ``None``: in the years of the unified forms."""
        if year is None:
            return (self.valid_to or 9999) >= _UNIFIED_SINCE
        return (self.valid_from or 0) <= year <= (self.valid_to or 9999)

    @property
    def short(self) -> str:
        """The name without the word for its rank ("宁波"), or the name itself if nothing usable is left."""
        if self.aliases:
            return self.aliases[-1]
        for suffix in _SUFFIXES:
            if self.name.endswith(suffix) and len(self.name) - len(suffix) >= 2:
                return self.name[: -len(suffix)]
        return self.name


@dataclass(frozen=True, slots=True)
class Chain:
    """What the front of a name says of the place.

    Attributes:
        divisions: the deepest units that fit; one if the place is certain, several if it is ambiguous,
            none if the name starts with no place.
        length: characters of the name that the place takes.
    """

    divisions: tuple[Division, ...] = ()
    length: int = 0

    @property
    def ambiguous(self) -> bool:
        """More than one unit fits."""
        return len(self.divisions) > 1


@dataclass(slots=True)
class Table:
    """The divisions by code and by name."""

    by_code: dict[str, list[Division]] = field(default_factory=dict)
    full: dict[str, list[Division]] = field(default_factory=dict)
    short: dict[str, list[Division]] = field(default_factory=dict)
    lengths: dict[str, tuple[int, ...]] = field(default_factory=dict)  # first two characters → lengths, longest first


@cache
def table() -> Table:
    """Load ``divisions.tsv``, once."""
    out = Table()
    made = quick(Division)  # there are thousands
    lines = files("nlp").joinpath("divisions.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith(("#", "code\t")))
    for code, name, level, parent, since, until, successor, aliases, areas, posts, pinyin in rows:
        division = made(
            code, name, level, parent, int(since) if since else None, int(until) if until else None, successor,
            _several(aliases), _several(areas), _several(posts), pinyin,
        )  # fmt: skip
        out.by_code.setdefault(code, []).append(division)
        out.full.setdefault(name, []).append(division)
        for alias in division.aliases:
            ranked = alias[-1] in "州县旗" and len(alias) > 2
            (out.full if ranked else out.short).setdefault(alias, []).append(division)
        if division.short != name and not division.aliases:
            out.short.setdefault(division.short, []).append(division)
    lengths: dict[str, set[int]] = {}
    for name in (*out.full, *out.short):
        lengths.setdefault(name[:2], set()).add(len(name))
    out.lengths = {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}
    return out


def _several(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(",")) if cell else ()


def lookup(code: str, year: int | None = None) -> Division | None:
    """The division of a code, as it was called in that year."""
    rows = table().by_code.get(code, [])
    return next((d for d in rows if d.valid(year)), rows[-1] if rows else None)


def parent(division: Division, year: int | None = None) -> Division | None:
    """The unit above, None above a province."""
    return lookup(division.parent, year) if division.parent else None


def region(division: Division, year: int | None = None) -> Region:
    """Province, city and county of a division, named as in that year."""
    names: dict[str, str] = {}
    unit: Division | None = division
    while unit is not None:
        names[unit.level] = unit.name
        unit = parent(unit, year)
    return Region(names.get("province"), names.get("city"), names.get("county"), division.code)


def within(division: Division, outer: Division) -> bool:
    """Tell whether a division lies in (or is) another one."""
    if division.code == outer.code:
        return True
    stem = outer.code.rstrip("0")
    stem = stem + "0" * (len(stem) % 2)
    return outer.level != "county" and division.code.startswith(stem)


def resolve(name: str, year: int | None = None) -> Chain:
    """Read the chain of places at the front of a name.

    >>> chain = resolve("浙江省宁波市北仑区应急管理局")
    >>> chain.divisions[0].code, chain.length
    ('330206', 9)
    """
    found: tuple[Division, ...] = ()
    at = 0
    while True:
        step = _step(name, at, found, year)
        if step is None:
            return Chain(found, at)
        found, at = step


def _step(name: str, at: int, outer: tuple[Division, ...], year: int | None) -> tuple[tuple[Division, ...], int] | None:
    """The longest place at ``at`` that lies in one of ``outer``, and where it ends."""
    known = table()
    for length in known.lengths.get(name[at : at + 2], ()):
        word = name[at : at + length]
        rows = known.full.get(word)
        if rows is None:
            rows = known.short.get(word)
            rows = _highest(rows) if rows else None
            if rows is None or not _short_fits(name, at + length, rows, outer):
                continue
        fitting = _current([d for d in rows if _inside(d, outer)], year)
        if fitting:
            return tuple(fitting), at + length
    return None


def _inside(division: Division, outer: tuple[Division, ...]) -> bool:
    """Deeper than one of the outer units and in it; anything where there are none."""
    return not outer or any(_LEVELS[division.level] > _LEVELS[o.level] and within(division, o) for o in outer)


def _short_fits(name: str, end: int, rows: list[Division], outer: tuple[Division, ...]) -> bool:
    rest = name[end:]
    if not rest or _NO_AGENCY.match(rest):
        return False
    deeper = _step(name, end, tuple(rows), None)
    if deeper is not None and deeper[1] - end > 2:
        return True
    if any(d.level == "county" for d in rows) and not outer and _NO_AGENCY.search(rest[:6]):
        return False
    return len(rest) >= 2


def _highest(rows: list[Division]) -> list[Division]:
    """A bare name means the province before the city of that name, the city before the county."""
    top = min(_LEVELS[d.level] for d in rows)
    return [d for d in rows if _LEVELS[d.level] == top]


def _current(rows: list[Division], year: int | None) -> list[Division]:
    """Those in force that year, or else all; of one unit under two codes the later."""
    valid = [d for d in rows if d.valid(year)] or rows
    codes = {d.code for d in valid}
    return [d for d in valid if not (d.successor in codes and d.successor != d.code)]


def places(text: str) -> Iterator[tuple[int, int, tuple[Division, ...]]]:
    """Full names of places in running text: (start, end, the units of that name); the longest at each place."""
    known = table()
    at = 0
    while at < len(text) - 1:
        for length in known.lengths.get(text[at : at + 2], ()):
            rows = known.full.get(text[at : at + length])
            if rows:
                yield at, at + length, tuple(_current(rows, None))
                at += length
                break
        else:
            at += 1
