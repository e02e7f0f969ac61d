"""The command that writes a summary of a selection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui import render
from ui.commands.options import HERE, Folder, Json, existing, filtered, put, put_json

if TYPE_CHECKING:
    from index.summary.records import Summary

EMPTY = "所选范围里没有报告，请放宽筛选条件。"


@filtered
def summary(archive: Folder = HERE, json: Json = False, *, filters: dict[str, Any]) -> None:
    """Write a summary."""
    with existing(archive) as opened:
        found = opened.summary(**filters)
    if json:
        put_json(found.to_dict())
    else:
        put(told(found))


def told(found: Summary) -> str:
    """The text with its numbered sources below."""
    from index.summary.telling import source_text

    if not found.reports:
        return EMPTY
    lines = [render.clean(found.title)]
    for part in found.parts:
        lines += ["", part.title, *(render.wrap(sentence.marked(), "  ") for sentence in part.sentences)]
    lines += ["", "来源", *(render.wrap(f"[{one.number}] {source_text(one)}", "  ") for one in found.sources)]
    return "\n".join(lines)
