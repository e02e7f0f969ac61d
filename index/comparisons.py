"""What comparing groups of reports gives: profiles side by side, labels that go together, problems and answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from index.records import Filter


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``of``; low, high: the 95 % Wilson interval. ``share`` None where ``of`` is 0: nothing is known."""

    count: int
    of: int
    share: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One label in both groups, in shares of reports.

    Attributes:
        log_odds: log-odds ratio of left against right, shrunk towards the whole archive; above 0: more in the left.
            None where a group is empty.
        z: ``log_odds`` in standard errors.
        apart: the difference is real by Fisher's exact test, at 5 % false discoveries over all labels shown.
    """

    label: str
    name: str
    kind: str
    left: Share
    right: Share
    log_odds: float | None
    z: float | None
    apart: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two groups of reports side by side.

    Attributes:
        left_name, right_name: the groups in Chinese words.
        left_reports, right_reports: reports with a section five that are counted.
        common: reports that are in both groups.
        few: "left", "right" where the group has fewer than five reports.
        rows: problems, then measures, in the taxonomy's order.
        moves: what sets the groups apart, in words, surest first; notes: what to beware of.
    """

    left: Filter
    right: Filter
    left_name: str
    right_name: str
    left_reports: int
    right_reports: int
    common: int
    few: tuple[str, ...]
    rows: tuple[ProfileRow, ...]
    moves: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            **asdict(self),
            "left": self.left.to_dict(),
            "right": self.right.to_dict(),
            "few": list(self.few),
            "rows": [asdict(row) for row in self.rows],
            "moves": list(self.moves),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """Two labels of one kind in the same reports.

    Attributes:
        both, first_count, second_count: reports that state both, the first, the second; ``of``: all reports.
        lift: ``both`` over what chance would give; above 1: more often together than chance.
        z: the same difference in standard errors (hypergeometric); sure: real at 5 % false discoveries.
    """

    kind: str
    first: str
    first_name: str
    second: str
    second_name: str
    both: int
    first_count: int
    second_count: int
    of: int
    lift: float
    z: float
    sure: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """A measure label against a problem label.

    Attributes:
        share: of the answered problems of the label, those that such a measure answers (``share.count`` of them).
        base: the same share over answered problems of any label: how common the measure is anyway.
        lift: ``share`` over ``base``; above 1: it belongs to this problem, not to problems as such.
    """

    measure: str
    name: str
    share: Share
    base: float
    lift: float


@dataclass(frozen=True, slots=True)
class ProblemAnswers:
    """How the problems of one label are answered; ``unanswered``: problem sentences without a measure, of all."""

    label: str
    name: str
    unanswered: Share
    answers: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """Which labels go together, and which measures answer which problems.

    ``reports``: reports with a section five; ``problems``: problem sentences, ``unanswered`` of them without measure.
    """

    filter: Filter
    reports: int
    problems: int
    unanswered: int
    pairs: tuple[Pair, ...]
    answers: tuple[ProblemAnswers, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "filters": self.filter.to_dict(),
            "reports": self.reports,
            "problems": self.problems,
            "unanswered": self.unanswered,
            "pairs": [asdict(pair) for pair in self.pairs],
            "answers": [{**asdict(one), "answers": [asdict(a) for a in one.answers]} for one in self.answers],
            "notes": list(self.notes),
        }
