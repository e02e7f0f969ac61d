"""The metric dictionary (measures.toml): what each statistic counts and how it comes out of a report's numbers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from index.formulas import formula
from index.records import Measure
from nlp.errors import MingjianError
from nlp.records import Number

HEADINGS = "group"  # measures.toml: heading → its name, not a measure
Values = Mapping[str, Number | None]


@dataclass(frozen=True, slots=True)
class Definition:
    """A measure and how it is computed from a report's numbers (see the head of measures.toml)."""

    measure: Measure
    sum: tuple[str, ...]
    over: tuple[str, ...]
    alt: tuple[str, ...]
    forms: tuple[str, ...]
    mixed: str = ""

    def paths(self) -> tuple[str, ...]:
        """Every cell that the measure needs."""
        return (*self.sum, *self.over, *self.alt)

    def parts(self, values: Values) -> tuple[Number | None, Number | None]:
        """A report's numerator and denominator (1 for plain sums); None where any cell is unknown."""
        top = add(values, self.sum)
        if top is None and self.alt and not any(path in values for path in self.sum):
            top = add(values, self.alt)
        return top, add(values, self.over) if self.over else 1


def add(values: Values, paths: Sequence[str]) -> Number | None:
    """The sum of cells, None where one of them is unknown."""
    total: Number = 0
    for path in paths:
        value = values.get(path)
        if value is None:
            return None
        total += value
    return total


@lru_cache(maxsize=1)
def definitions() -> dict[str, Definition]:
    """The metric dictionary, id → definition, in display order."""
    data = tomllib.loads(files("index").joinpath("measures.toml").read_text(encoding="utf-8"))
    headings = data.pop(HEADINGS)
    return {key: _definition(key, entry, headings[entry["group"]]) for key, entry in data.items()}


def _definition(key: str, entry: Mapping[str, Any], heading: str) -> Definition:
    top, over, alt = (tuple(entry.get(part, ())) for part in ("sum", "over", "alt"))
    forms = tuple(entry.get("forms", ()))
    measure = Measure(
        id=key,
        name=entry["name"],
        definition=entry["definition"],
        formula=formula(top, over, alt),
        unit=entry["unit"],
        caveat=entry.get("caveat", ""),
        ratio=bool(over),
        group=heading,
        forms=forms,
        detail=entry.get("detail", False),
    )
    return Definition(measure, top, over, alt, forms, entry.get("mixed", ""))


def dictionary() -> tuple[Measure, ...]:
    """Every measure with its definition, formula, unit and caveat, in display order."""
    return tuple(one.measure for one in definitions().values())


def definition_of(name: str) -> Definition:
    """A measure by id or Chinese name.

    Raises:
        MingjianError: no such measure; the message lists them.
    """
    for key, definition in definitions().items():
        if name in (key, definition.measure.name):
            return definition
    known = "、".join(f"{key}（{d.measure.name}）" for key, d in definitions().items())
    raise MingjianError(f"没有叫“{name}”的统计指标，可用：{known}")
