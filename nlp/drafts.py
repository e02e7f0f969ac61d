"""What passes between the steps that cut section five: where the text stands, and what was found so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlp.records import Kind

# how much the structure weighs against the words: a sub-heading, a turn of speech, what the words alone gave
HEADING, TURN, WORDS = 2.2, 1.4, 0.6
SIGN = {"problem": 1.0, "measure": -1.0}


@dataclass(slots=True)
class State:
    """Which side the text is on, how surely (0: unknown), and whether it speaks of what is to come or is done.

    ``mute``: under a heading of praise nothing is taken.
    """

    kind: Kind | None = None
    weight: float = 0.0
    future: bool = False
    done: bool = False
    mute: bool = False

    def turn(self, kind: Kind | None, weight: float, *, future: bool = False, done: bool = False) -> None:
        """Change sides; on the same side a surer sign stays."""
        if kind == self.kind and self.weight > weight:
            weight = self.weight
        self.kind, self.weight, self.future, self.done = kind, weight, future, done

    @property
    def prior(self) -> float:
        """What the structure adds to the leaning of the words: above 0 to a problem, below to a measure."""
        return SIGN[self.kind] * self.weight if self.kind in SIGN else 0.0


@dataclass(frozen=True, slots=True)
class Draft:
    """A stretch that states something; ``doubt``: perhaps only praise before the matter."""

    start: int
    end: int
    kind: Kind
    future: bool = False
    done: bool = False
    ordinal: int | None = None
    doubt: bool = False


@dataclass(slots=True)
class Found:
    """Drafts, and spare ones: empty phrases that are used where their side has nothing better."""

    drafts: list[Draft] = field(default_factory=list)
    spare: list[Draft] = field(default_factory=list)
    none_stated: bool = False
