"""Findings and warnings counted, as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from index.records import Filter, ReportRow


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Findings of one rule.

    ``statuses``: verdict → how many, the worst first; ``holders``: in how many reports; ``reports``: reports in all.
    """

    rule: str
    statuses: Mapping[str, int]
    holders: Mapping[str, int]
    reports: int


@dataclass(frozen=True, slots=True)
class Checked:
    """Findings counted: of how many reports, how many of them have numbers that fail, and by rule.

    ``repeated``: reports whose section five stood elsewhere before. ``pending``: what is still being worked out:
    ``copies`` (whose text reports take over is as it was last known), ``all`` (nothing is counted), empty: nothing.
    """

    filter: Filter
    reports: int
    wrong: int
    repeated: int
    rules: tuple[RuleCount, ...]
    pending: str = ""


@dataclass(frozen=True, slots=True)
class WarningCount:
    """How many reports bear a warning, and the first ones in the order of lists."""

    warning: str
    reports: int
    first: tuple[ReportRow, ...]
