"""Which numbers of a sentence no source of it backs. A sentence with any is never to be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from index.summary.records import FigureSource, Sentence, Source, StatementSource

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?%?")


def numbers(text: str) -> list[str]:
    """The numbers that a text states, as they are written: "1,615", "38%", "2021"."""
    return [found.rstrip(",") for found in NUMBER.findall(text)]


def written(source: Source) -> set[str]:
    """Every way in which a source's numbers may stand in a text."""
    if isinstance(source, StatementSource):
        return {*numbers(source.text), *numbers(source.agency or ""), str(source.year)}
    out = {*numbers(source.definition), *numbers(source.group), *_count(source.numerator)}
    for name, count in source.parts.items():
        out |= {*numbers(name), *_count(count)}
    if source.denominator is not None:
        out |= _count(source.denominator)
    return out | _shares(source)


def unbacked(sentence: Sentence, sources: Iterable[Source]) -> list[str]:
    """The numbers of a sentence that stand in none of its own sources."""
    known = {source.number: source for source in sources}
    backed: set[str] = set()
    for number in sentence.sources:
        backed |= written(known[number])
    return [number for number in numbers(sentence.text) if number not in backed]


def _count(value: int) -> set[str]:
    return {f"{value:,}", str(value)}


def _shares(source: FigureSource) -> set[str]:
    share = source.share
    return set() if share is None else {f"{share:.0%}", f"{share:.1%}"}
