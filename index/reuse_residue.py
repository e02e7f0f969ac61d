"""Statements that name another place or another department's work: what a copied text forgot to change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from index.reads import StatementRow
from nlp.agency import type_name
from nlp.reuse import Residue, residues

SHOWN = 40  # characters of a statement in a message


def residue_messages(statements: Iterable[StatementRow]) -> Iterator[tuple[str, str]]:
    """(statement id, what is foreign in it, in words), one a statement."""
    for one in statements:
        found = residues(one.text, one.agency, one.agency_type, one.region.code)
        if found:
            shown = one.text[:SHOWN] + ("…" if len(one.text) > SHOWN else "")
            yield one.id, f"{'，'.join(dict.fromkeys(_said(each) for each in found))}，疑似照抄其他单位：{shown}"


def _said(one: Residue) -> str:
    if one.kind == "place":
        return f"写到别的地方“{one.word}”"
    return f"写到{type_name(one.of)}部门的“{one.word}”"
