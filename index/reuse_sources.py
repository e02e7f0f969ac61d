"""Whose report a report is copied from: likely sources found among all agencies, each then held against the text."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from index.filters import report_clause
from index.insight import reports_only
from index.lenders import lenders
from index.neardup import NEIGHBOURS, holding, likely, signatures
from index.reads import Reads
from index.records import Filter
from index.rows import chunks
from index.spans import letters_of
from nlp.reuse import GRAM, reused_share

COPIED_SHARE = 0.5  # of section five's letters: from here on it is another's text …
COPIED_LETTERS = 80  # … where that are so many letters
COPIED_LENGTH = 30  # characters: shorter sentences are alike by chance
COPIED_SENTENCES = 2  # so many long sentences in common with one other agency are copied at any share
TRIED = 8  # sources that are held against the text, of each way to find them
FEW_REPORTS = 24  # up to so many reports what shares some of their text is read instead
KINDS = ("", "problem", "measure")  # all of section five, and its parts
LEAST_GRAMS = 0.2  # share of a text's runs of eight letters from which the other is worth a look


@dataclass(frozen=True, slots=True)
class Copied:
    """A report and the other agency's earlier one that it takes most from.

    Attributes:
        sentences: long sentences that both have word for word.
        share: of the letters of its section five, those in runs of eight or more that the source has too.
    """

    report: str
    source: str
    source_agency: str | None
    source_year: int | None
    sentences: int
    share: float


@dataclass(slots=True)
class _Text:
    """One report's section five: its letters, whole and by kind, and the hashes of its long sentences."""

    id: str
    agency: str | None
    key: str
    year: int | None
    letters: dict[str, str] = field(default_factory=lambda: dict.fromkeys(KINDS, ""))
    long: set[bytes] = field(default_factory=set)

    @property
    def owner(self) -> tuple[str, str]:
        """Whose it is: the agency's name, and its key where there is one."""
        return self.agency or self.id, self.key or self.id


def copied_from(
    store: Reads, where: Filter, step: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, Copied]:
    """Reports that take much of their section five from another agency's; of two alike the later one is told of.

    Copied is a report half of whose letters stand in the other's in runs of eight or more, or that has two long
    sentences word for word. Of several sources the one that it shares most with, of equal ones the earliest.
    Sources may lie outside the filter. Between all reports near copies are looked for by their MinHash signatures
    (a pair at the very limit may be missed); for a few reports every text that shares a tenth of their runs of letters
    or two long sentences is read (:mod:`index.sketches`). ``step`` is told how far it is, of how much, and may raise
    to end it.
    """
    clause = report_clause(reports_only(where), current_only=True)
    asked = {row[0] for row in store.query(f"SELECT r.id FROM reports r WHERE {clause.sql}", clause.params)}
    few = len(asked) <= FEW_REPORTS
    texts = _texts(store, lenders(store, asked, LEAST_GRAMS / 2, COPIED_LENGTH, COPIED_SENTENCES) if few else None)
    wanted = [row for row, text in enumerate(texts) if text.id in asked]
    out: dict[str, Copied] = {}
    if not wanted:
        return out
    sources = _alike(texts, wanted, step)
    for row, found in _same_sentences(texts, wanted).items():
        sources[row] = [*dict.fromkeys((*sources.get(row, ()), *found))]
    for done, row in enumerate(sorted(sources)):
        step(len(texts) + done, len(texts) + len(sources))
        best = _best(texts, row, sources[row])
        if best is not None:
            out[best.report] = best
    return out


def _texts(store: Reads, among: Collection[int] | None = None) -> list[_Text]:
    """Every current report's section five, the earliest first; ``among``: only of the reports with these rows.

    Read some reports at a time: a million sentences at once would take half a gigabyte, and nobody else would get on.
    """
    chosen = "" if among is None else " AND r.row IN (SELECT value FROM json_each(?))"
    reports = store.query(
        f"SELECT r.row, r.id, r.agency, r.agency_key, r.year FROM reports r WHERE r.current = 1{chosen}"
        " ORDER BY coalesce(r.year, 0), r.id",
        () if among is None else (json.dumps(sorted(among)),),
    )
    texts = {row: _Text(*said) for row, *said in reports}
    for part in chunks([*texts]):
        for row, kind, text, content in store.query(
            "SELECT s.report, s.kind, s.text, s.content FROM statements s"
            " WHERE s.report IN (SELECT value FROM json_each(?)) AND s.kind <> 'passage' ORDER BY s.report, s.position",
            (json.dumps(part),),
        ):
            one, found = texts[row], letters_of(text)
            one.letters[kind] += found
            one.letters[""] += found
            if len(text) >= COPIED_LENGTH:
                one.long.add(content)
    return [one for one in texts.values() if any(one.letters.values())]


def _alike(texts: Sequence[_Text], wanted: Sequence[int], step: Callable[[int, int], None]) -> dict[int, list[int]]:
    """Row → earlier rows of other agencies with nearly the same section five, problems or measures."""
    if len(wanted) <= FEW_REPORTS:
        return _looked_through(texts, wanted)
    owners = [text.owner for text in texts]
    marks: dict[str, NDArray[np.uint32]] = {}
    for kind in filter(None, KINDS):
        marks[kind] = signatures([text.letters[kind] for text in texts], partial(_half, step, len(marks), len(texts)))
    marks[""] = np.minimum.reduce([*marks.values()])
    out: dict[int, list[int]] = defaultdict(list)
    for kind in KINDS:
        lengths = [len(text.letters[kind]) for text in texts]
        for row, found in likely(marks[kind], lengths, owners, wanted, TRIED).items():
            out[row] += found
    return out


def _half(step: Callable[[int, int], None], before: int, count: int, done: int) -> None:
    """Problems and measures are told as the first half of the work."""
    step((before * count + done) // 2, 2 * count)


def _looked_through(texts: Sequence[_Text], wanted: Sequence[int]) -> dict[int, list[int]]:
    """The same by looking at every text that was read."""
    upto = max(wanted) + 1
    found: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for row, other, share in holding([text.letters[""] for text in texts[:upto]], wanted, GRAM, LEAST_GRAMS):
        if other < row and _others(texts[row], texts[other]):
            found[row].append((-share, other))
    return {row: [other for _, other in sorted(several)[: 3 * TRIED]] for row, several in found.items()}


def _others(one: _Text, other: _Text) -> bool:
    """Whether two texts are of different agencies."""
    return all(mine != theirs for mine, theirs in zip(one.owner, other.owner, strict=True))


def _same_sentences(texts: Sequence[_Text], wanted: Sequence[int]) -> dict[int, list[int]]:
    """Row → earlier rows of other agencies that have long sentences of it word for word, those with most first.

    Of a sentence that very many have, the first and the last before are looked at.
    """
    holders: dict[bytes, list[int]] = defaultdict(list)
    out: dict[int, list[int]] = {}
    asked = set(wanted)
    for row, text in enumerate(texts):
        counts: Counter[int] = Counter()
        for content in sorted(text.long):
            known = holders[content]
            if row in asked:
                some = known if len(known) <= 2 * NEIGHBOURS else (*known[:NEIGHBOURS], *known[-NEIGHBOURS:])
                counts.update(other for other in some if _others(text, texts[other]))
            known.append(row)
        shared = [other for other, n in counts.items() if n >= COPIED_SENTENCES]
        if shared:
            out[row] = sorted(shared, key=lambda other: (-counts[other], other))[:TRIED]
    return out


def _best(texts: Sequence[_Text], row: int, sources: Iterable[int]) -> Copied | None:
    """The source that a report takes most from, where that is enough to be called copied."""
    text = texts[row]
    mine = text.letters[""]
    found: list[tuple[float, int, int]] = []
    for source in dict.fromkeys(sources):
        share = reused_share(mine, texts[source].letters[""])
        same = len(text.long & texts[source].long)
        if same >= COPIED_SENTENCES or (share >= COPIED_SHARE and share * len(mine) >= COPIED_LETTERS):
            found.append((-share, -same, source))
    if not found:
        return None
    share, same, source = min(found)
    other = texts[source]
    return Copied(text.id, other.id, other.agency, other.year, -same, round(-share, 4))
