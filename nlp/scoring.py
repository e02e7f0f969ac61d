"""Parsed reports held against gold ones (both in the contract's form): what is right, what is not.

A gold file may leave fields out: what it does not say is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

METADATA = ("agency", "agency_type", "level", "scope", "year", "form")
REGION = ("province", "city", "county", "code")


@dataclass(slots=True)
class Tally:
    """How many of ``total`` were ``right``; share is 1.0 where there was nothing to judge."""

    right: int = 0
    total: int = 0

    def add(self, right: bool) -> None:
        """Count one judgement."""
        self.right += right
        self.total += 1

    @property
    def share(self) -> float:
        """``right / total``."""
        return self.right / self.total if self.total else 1.0


@dataclass(slots=True)
class Matches:
    """Found, wanted and common items; F1 is 1.0 where there was nothing to find and nothing was found."""

    found: int = 0
    wanted: int = 0
    common: int = 0

    def add(self, found: Iterable[object], wanted: Iterable[object]) -> None:
        """Count one report's items."""
        found_set, wanted_set = set(found), set(wanted)
        self.found += len(found_set)
        self.wanted += len(wanted_set)
        self.common += len(found_set & wanted_set)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.common / (self.found + self.wanted) if self.found + self.wanted else 1.0


@dataclass(slots=True)
class Scores:
    """One report's scores, or many reports' (:meth:`merge`). ``errors``: what differs, in Chinese."""

    metadata: Tally = field(default_factory=Tally)
    cells: Tally = field(default_factory=Tally)
    sections: Tally = field(default_factory=Tally)
    checks: Tally = field(default_factory=Tally)
    statements: Matches = field(default_factory=Matches)
    kinds: Tally = field(default_factory=Tally)
    labels: Matches = field(default_factory=Matches)
    pairs: Matches = field(default_factory=Matches)
    errors: list[str] = field(default_factory=list)

    def merge(self, other: Scores) -> None:
        """Add another report's counts to these."""
        for name in ("metadata", "cells", "sections", "checks", "kinds"):
            mine, theirs = getattr(self, name), getattr(other, name)
            mine.right += theirs.right
            mine.total += theirs.total
        for name in ("statements", "labels", "pairs"):
            mine, theirs = getattr(self, name), getattr(other, name)
            mine.found += theirs.found
            mine.wanted += theirs.wanted
            mine.common += theirs.common
        self.errors += other.errors

    def to_dict(self) -> dict[str, Any]:
        """Shares and F1 values, rounded to four digits, with what they rest on."""
        tallies = {
            name: {"accuracy": round(tally.share, 4), "right": tally.right, "total": tally.total}
            for name in ("metadata", "cells", "sections", "checks", "kinds")
            for tally in [getattr(self, name)]
        }
        matches = {
            name: {"f1": round(m.f1, 4), "found": m.found, "wanted": m.wanted, "common": m.common}
            for name in ("statements", "labels", "pairs")
            for m in [getattr(self, name)]
        }
        return {**tallies, **matches, "errors": self.errors}


def flatten(value: Any, path: str = "") -> dict[str, Any]:
    """Nested objects as dotted paths: ``{"a": {"b": 1}}`` → ``{"a.b": 1}``."""
    if isinstance(value, Mapping):
        out: dict[str, Any] = {}
        for key, inner in value.items():
            out.update(flatten(inner, f"{path}.{key}" if path else str(key)))
        return out
    return {path: value}


def score(parsed: Mapping[str, Any], gold: Mapping[str, Any]) -> Scores:
    """Hold one parsed report against its gold form."""
    scores = Scores()
    _score_metadata(parsed, gold, scores)
    if "statistics" in gold:
        _score_cells(parsed, gold, scores)
    if "sections" in gold:
        found = [s["kind"] for s in parsed.get("sections", []) if s["number"]]
        wanted = [s["kind"] if isinstance(s, Mapping) else s for s in gold["sections"]]
        for kind in dict.fromkeys([*wanted, *found]):
            scores.sections.add(found.count(kind) == wanted.count(kind))
        if found != wanted:
            scores.errors.append(f"部分：应为 {wanted}，得到 {found}")
    if "checks" in gold:
        _score_checks(parsed, gold, scores)
    if "statements" in gold:
        _score_statements(parsed, gold, scores)
    return scores


def _score_metadata(parsed: Mapping[str, Any], gold: Mapping[str, Any], scores: Scores) -> None:
    wanted = {name: gold[name] for name in METADATA if name in gold}
    found = {name: parsed.get(name) for name in wanted}
    for name in REGION:
        if name in (gold.get("region") or {}):
            wanted[f"region.{name}"] = gold["region"][name]
            found[f"region.{name}"] = (parsed.get("region") or {}).get(name)
    for name, value in wanted.items():
        scores.metadata.add(found[name] == value)
        if found[name] != value:
            scores.errors.append(f"{name}：应为 {value!r}，得到 {found[name]!r}")


def _score_cells(parsed: Mapping[str, Any], gold: Mapping[str, Any], scores: Scores) -> None:
    wanted, found = flatten(gold["statistics"]), flatten(parsed["statistics"])
    for path in sorted(wanted.keys() | found.keys()):
        # a null that only one side spells out (a whole table null against null cells) is the same fact
        right = found.get(path) == wanted.get(path)
        scores.cells.add(right)
        if not right:
            scores.errors.append(f"{path}：应为 {wanted.get(path)!r}，得到 {found.get(path)!r}")


def _score_checks(parsed: Mapping[str, Any], gold: Mapping[str, Any], scores: Scores) -> None:
    found = {(c["rule"], c["where"]): c["status"] for c in parsed.get("checks", [])}
    for check in gold["checks"]:
        status = found.get((check["rule"], check["where"]))
        scores.checks.add(status == check["status"])
        if status != check["status"]:
            scores.errors.append(f"{check['rule']} {check['where']}：应为 {check['status']}，得到 {status}")


def _score_statements(parsed: Mapping[str, Any], gold: Mapping[str, Any], scores: Scores) -> None:
    found = {bare(s["text"]): s for s in parsed.get("statements", [])}
    wanted = {bare(s["text"]): s for s in gold["statements"]}
    scores.statements.add(found, wanted)
    for key, statement in wanted.items():
        if key not in found:
            scores.errors.append(f"陈述没有切出：{statement['text'][:30]}")
            continue
        scores.kinds.add(found[key]["kind"] == statement["kind"])
        if "labels" in statement:
            scores.labels.add(_labelled(key, found[key]["labels"]), _labelled(key, statement["labels"]))
    scores.errors += [f"多切出：{found[key]['text'][:30]}" for key in found if key not in wanted]
    if "pairs" in gold:
        scores.pairs.add(_pair_texts(parsed), _pair_texts(gold))


def _labelled(key: str, labels: Iterable[str]) -> list[tuple[str, str]]:
    return [(key, label) for label in labels]


def _pair_texts(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    statements: Sequence[Mapping[str, Any]] = report.get("statements", [])
    return [(bare(statements[p]["text"]), bare(statements[m]["text"])) for p, m in report.get("pairs", [])]


def bare(text: str) -> str:
    """A statement for comparison: without blanks and without the full stop or semicolon at its end."""
    return re.sub(r"\s+", "", text).rstrip("。；;，,.、")
