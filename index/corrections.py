"""People's corrections, laid over what the machine read. Each function is part of an open transaction.

What the machine said of a corrected statement is kept in ``originals``. :func:`refresh` puts a report back to it and
lays on all corrections that hold for the report today, so that a new reading, a rebuild and a correction taken
back all come to the same.

Which statement a correction is meant for: in the same text (whoever is taken for its author) the one with the same
words, else the one that stands in the same place; in another version of the agency's report of that year the one
with the same words, or nearly so. Where there is none it rests until there is one again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from index.integrity import content_hash
from index.labelled import PERSON
from index.matching import overlap
from index.recount import recount
from index.store import Transaction
from nlp.records import Label
from nlp.taxonomy import Taxonomy

SAME_WORDS = 0.7  # overlap of 2-grams from which statements of two versions of a report count as one
SAME_PLACE = 0.5  # of the longer of two stretches that both share, from which they count as one statement
NONE = "none"  # what people call a statement that is neither problem nor measure; it is stored as a passage
MACHINE = "model"


@dataclass(frozen=True, slots=True)
class Given:
    """A label as ``labels`` keeps it."""

    id: str
    origin: str
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Event:
    """What one correction does."""

    number: int
    action: str
    value: str
    who: str


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a statement stands: its row (0 for one of another reading), id, text and place."""

    row: int
    id: str
    kind: str
    text: str
    content: bytes
    start: int
    stop: int


def given(labels: Iterable[Label], origin: str = MACHINE) -> list[Given]:
    """The machine's labels in the store's form."""
    return [Given(label.id, origin, float(label.score), label.why) for label in labels]


def write_labels(tx: Transaction, labels: Mapping[int, Iterable[Given]]) -> None:
    """Give statements (by row) that have no labels these."""
    tx.many(
        "INSERT INTO labels VALUES (?,?,?,?,?) ON CONFLICT(statement, label) DO UPDATE SET origin = excluded.origin,"
        " score = excluded.score, why = excluded.why",
        [(row, label.id, label.origin, label.score, label.why) for row, those in labels.items() for label in those],
    )


# -- what corrections come to ---------------------------------------------------------------------------------


def resolve(text: str, kind: str, labels: Sequence[Given], events: Sequence[Event]) -> tuple[str, dict[str, Given]]:
    """Kind and labels of a statement after its corrections, oldest first.

    The last kind holds. A statement whose kind changed is labelled anew for its new side; corrections of the other
    side's labels rest. The label for what fits no label never stands beside another one.

    Args:
        text: the statement's.
        kind: as the machine told it: problem, measure or none.
        labels: the machine's.
        events: what people changed.
    """
    final = next((event.value for event in reversed(events) if event.action == "kind"), kind)
    if final == NONE:
        return NONE, {}
    read = labels if final == kind else given(_labels_for(text, final))
    held = {label.id: label for label in read}
    taxonomy = Taxonomy.load()
    ours = {entry.id for entry in taxonomy.of_kind(final)}
    other = taxonomy.other(cast(Literal["problem", "measure"], final))
    last = [event for event in events if event.action != "kind" and event.value in ours]
    for event in last:
        if event.action == "add":
            held[event.value] = Given(event.value, PERSON, 1.0, event.who)
        else:
            held.pop(event.value, None)
    if other in held and held[other].origin == PERSON:
        held = {label: one for label, one in held.items() if one.origin == PERSON}
    if len(held) > 1:
        held.pop(other, None)
    refused = next((event.action == "remove" for event in reversed(last) if event.value == other), False)
    if last and not held and not refused:
        held[other] = Given(other, PERSON, 1.0, last[-1].who)
    return final, held


def _labels_for(text: str, kind: str) -> tuple[Label, ...]:
    """What the machine would say of a statement of this kind."""
    from nlp.labelling import default_labeller

    return default_labeller().label(text, kind)


def _status_of(text: str) -> str:
    """Whether a measure was taken or is planned."""
    from nlp.kinds import status_of  # many patterns, which a search has no use for

    return status_of(text)


# -- laying them on -------------------------------------------------------------------------------------------


def refresh(tx: Transaction, report: int, read: Mapping[int, Sequence[Given]] | None = None) -> None:
    """Bring a report's statements to what the machine read and people corrected; the caller seals the report.

    Args:
        tx: the open transaction.
        report: the report's row.
        read: new labels of the machine's, by statement row.
    """
    if _any_corrections(tx):
        before = dict(tx.run("SELECT row, kind FROM statements WHERE report = ?", (report,)))
        changed = _restore(tx, report)
        _relabel(tx, read or {})
        spots = _spots(tx, report)
        for row, events in _events(tx, report, spots).items():
            _apply(tx, spots[row], events)
            changed = True
        if changed:
            _note_moves(tx, report, before)
            recount(tx, report)
    else:
        _relabel(tx, read or {})
    tx.run("DELETE FROM stated WHERE report = ?", (report,))
    tx.run(
        "INSERT INTO stated SELECT s.report, l.label, count(*) FROM statements s"
        " JOIN labels l ON l.statement = s.row WHERE s.report = ? GROUP BY s.report, l.label",
        (report,),
    )


def _any_corrections(tx: Transaction) -> bool:
    sql = "SELECT EXISTS (SELECT 1 FROM corrections) OR EXISTS (SELECT 1 FROM originals)"
    return bool(tx.run(sql)[0][0])


def _relabel(tx: Transaction, read: Mapping[int, Sequence[Given]]) -> None:
    tx.many("DELETE FROM labels WHERE statement = ?", [(row,) for row in read])
    write_labels(tx, read)


def _restore(tx: Transaction, report: int) -> bool:
    """Put back what the machine said; whether there was anything to put back."""
    kept = tx.run(
        "SELECT o.statement, o.kind, o.status, o.labels FROM originals o JOIN statements s ON s.row = o.statement"
        " WHERE s.report = ?",
        (report,),
    )
    for row, kind, status, labels in kept:
        tx.run("UPDATE statements SET kind = ?, status = ? WHERE row = ?", (kind, status, row))
        _relabel(tx, {row: [Given(*label) for label in json.loads(labels)]})
        tx.run("DELETE FROM originals WHERE statement = ?", (row,))
        tx.run("DELETE FROM applied WHERE statement = ?", (row,))
    return bool(kept)


def _apply(tx: Transaction, spot: Spot, events: Sequence[Event]) -> None:
    """Give one statement what its corrections come to, and keep what the machine said of it."""
    found = tx.run(
        "SELECT label, origin, score, why FROM labels WHERE statement = ? AND origin <> ? ORDER BY label",
        (spot.row, PERSON),
    )
    status = tx.run("SELECT status FROM statements WHERE row = ?", (spot.row,))[0][0]
    text = json.dumps([list(label) for label in found], ensure_ascii=False)
    tx.run("INSERT INTO originals VALUES (?, ?, ?, ?)", (spot.row, spot.kind, status, text))
    tx.many("INSERT INTO applied VALUES (?, ?)", [(event.number, spot.row) for event in events])
    read = NONE if spot.kind == "passage" else spot.kind
    kind, labels = resolve(spot.text, read, [Given(*label) for label in found], events)
    if kind != read:
        status = _status_of(spot.text) if kind == "measure" else None
        stored = "passage" if kind == NONE else kind
        tx.run("UPDATE statements SET kind = ?, status = ? WHERE row = ?", (stored, status, spot.row))
    _relabel(tx, {spot.row: list(labels.values())})


def _note_moves(tx: Transaction, report: int, before: Mapping[int, str]) -> None:
    """Tell indexes built before which statements are of another kind now."""
    for row, kind in tx.run("SELECT row, kind FROM statements WHERE report = ?", (report,)):
        if before.get(row, kind) != kind:
            tx.run(
                "INSERT INTO moved VALUES (?, ?) ON CONFLICT(row) DO UPDATE SET sequence = excluded.sequence",
                (row, tx.sequence()),
            )


# -- which statement is meant ---------------------------------------------------------------------------------


def _spots(tx: Transaction, report: int) -> dict[int, Spot]:
    rows = tx.run(
        "SELECT row, id, kind, text, content, start, stop FROM statements WHERE report = ? ORDER BY position", (report,)
    )
    return {row[0]: Spot(*row) for row in rows}


def _events(tx: Transaction, report: int, spots: Mapping[int, Spot]) -> dict[int, list[Event]]:
    """Statement row → what people changed in it, oldest first."""
    text, key, year = tx.run(
        "SELECT d.text, r.agency_key, r.year FROM reports r JOIN documents d ON d.report = r.row WHERE r.row = ?",
        (report,),
    )[0]
    document = content_hash(text)
    found = tx.run(
        "SELECT id, action, value, who, document, statement, text, content, start, stop FROM corrections"
        " WHERE document = ? OR (agency_key = ? AND agency_key <> '' AND year = ?) ORDER BY id",
        (document, key, year),
    )
    out: dict[int, list[Event]] = {}
    known: dict[tuple[bool, Spot], int | None] = {}
    for number, action, value, who, made_on, statement, words, content, start, stop in found:
        meant = made_on == document, Spot(0, statement, "", words, content, start, stop)
        if meant not in known:
            known[meant] = target(meant[1], spots.values(), same_text=meant[0])
        row = known[meant]
        if row is not None:
            out.setdefault(row, []).append(Event(number, action, value, who))
    return out


def target(meant: Spot, spots: Iterable[Spot], *, same_text: bool) -> int | None:
    """The row of the statement that a correction is meant for, None where there is none.

    ``same_text``: the report's text is the one that the correction was made on, so that places may be compared.
    """
    there = list(spots)
    same = [spot for spot in there if spot.content == meant.content]
    if same:
        return min(same, key=lambda s: (not same_text or s.id != meant.id, abs(s.start - meant.start), s.row)).row
    likely = [(_likeness(meant, spot, same_text=same_text), -spot.row) for spot in there if spot.kind != "passage"]
    best = max(likely, default=(0.0, 0))
    return -best[1] if best[0] >= (SAME_PLACE if same_text else SAME_WORDS) else None


def _likeness(one: Spot, other: Spot, *, same_text: bool) -> float:
    """How far two statements are the same, 0–1: by place in one text, by words in two versions."""
    if not same_text:
        return overlap(one.text, other.text)
    common = min(one.stop, other.stop) - max(one.start, other.start)
    return max(0, common) / max(1, one.stop - one.start, other.stop - other.start)
