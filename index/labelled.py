"""Records of labelling: a statement with its labels and why it has them, and what people changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Action = Literal["add", "remove", "kind"]
PERSON = "person"  # origin of a label that a person gave


@dataclass(frozen=True, slots=True)
class Evidence:
    """A label on a statement and where it comes from.

    Attributes:
        score: 0–1; 1.0 where a person gave it.
        origin: ``cue``, ``model`` or ``person``.
        why: the cue or words that weigh most; of a person's label who gave it.
    """

    id: str
    name: str
    score: float
    origin: str
    why: str


@dataclass(frozen=True, slots=True)
class Correction:
    """One change that a person made to a statement's labels or kind.

    Attributes:
        id: its number, for taking it back; never used again.
        statement: the statement that it holds for now, or where there is none the one that it was made on.
        action, value: ``add`` or ``remove`` a label (its id), or ``kind`` (problem, measure, none).
        at: ISO 8601, UTC.
        text: the statement's text when it was changed.
        applies: False where the archive holds no such statement (any longer).
    """

    id: int
    statement: str
    report: str
    action: Action
    value: str
    who: str
    at: str
    text: str
    applies: bool
    agency: str | None = None
    year: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A statement as it is labelled now, and as the machine labelled it.

    ``kind`` is problem, measure or none (a passage, or what a person calls neither). ``machine_kind`` and
    ``machine_labels`` are what it would be without corrections. ``corrections``: oldest first.
    """

    id: str
    report: str
    kind: str
    text: str
    agency: str | None
    year: int | None
    start: int
    end: int
    labels: tuple[Evidence, ...]
    machine_kind: str
    machine_labels: tuple[Evidence, ...]
    corrections: tuple[Correction, ...] = ()

    @property
    def certainty(self) -> float:
        """The score of its weakest label, 0–1; 0 without labels."""
        return min((label.score for label in self.labels), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        out = asdict(self)
        for name in ("labels", "machine_labels", "corrections"):
            out[name] = list(out[name])
        return out
