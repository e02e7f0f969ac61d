"""The national forms as data: which rows and columns each statutory table has, and how they are recognised.

``common.toml`` holds what both forms share (sections three and four), ``2019.toml`` and ``2021.toml`` the
table of section two and what tells the form, ``prose.toml`` the figures that sentences state.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Kind = Literal["count", "change", "wan", "yuan"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``kind`` says how its cells read; ``unit`` finds the header that may name a money unit."""

    key: str
    name: str
    kind: Kind = "count"
    pattern: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: ``pattern`` matches its label (no blanks, half-width brackets), ``label`` is the printed one."""

    key: str
    name: str
    label: str
    pattern: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One national form: the rows of section two, the rows of （六）其他处理, the words that tell it."""

    name: Literal["2019", "2021"]
    marks: tuple[str, ...]
    disclosure: tuple[Row, ...]
    other_rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """A block or an outcome of the table of section four."""

    key: str
    name: str
    pattern: re.Pattern[str]


def load(name: str) -> dict[str, Any]:
    """Read one data file of this folder."""
    return tomllib.loads(files(__name__).joinpath(name).read_text(encoding="utf-8"))


@cache
def form(name: Literal["2019", "2021"]) -> Form:
    """Give the form of that name."""
    data = load(f"{name}.toml")
    rows = tuple(
        Row(
            row["key"],
            row["name"],
            row["name"],
            row["pattern"],
            tuple(Column(**column) for column in row["columns"]),
        )
        for row in data["disclosure"]
    )
    return Form(data["form"], tuple(data["marks"]), rows, tuple(data["other_rows"]))


@cache
def common() -> dict[str, Any]:
    """Give the raw data of what both forms share."""
    return load("common.toml")


@cache
def _traditional() -> dict[int, str]:
    pairs = common()["traditional"].replace("\n", "")
    return {ord(pairs[i]): pairs[i + 1] for i in range(0, len(pairs), 2)}


def simplified(text: str) -> str:
    """Give the text with the traditional characters of labels made simplified, one character for one."""
    return text.translate(_traditional()) if any(char in text for char in "開數請費") else text


@cache
def application_columns() -> tuple[Column, ...]:
    """The seven columns of the table of section three."""
    return tuple(Column(**column) for column in common()["applications"]["column"])


@cache
def application_rows() -> tuple[Row, ...]:
    """All rows of the table of section three, both variants of （六）其他处理 among them, in printed order."""
    columns = application_columns()
    return tuple(Row(**row, columns=columns) for row in common()["applications"]["row"])


@cache
def review_axes() -> tuple[tuple[Axis, ...], tuple[Axis, ...]]:
    """The three blocks and the five outcomes of the table of section four."""
    data = common()["review"]
    blocks, outcomes = (
        tuple(Axis(item["key"], item["name"], re.compile(item["pattern"])) for item in data[axis])
        for axis in ("block", "outcome")
    )
    return blocks, outcomes
