"""The command that writes a summary of a selection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui import render
from ui.commands.options import HERE, Folder, Json, existing, filtered, put, put_json

if TYPE_CHECKING:
    from index.summary.records import Summary

REWRITE_HELP = "请自己配置的大模型把文字改写通顺，逐句核对数字、引文和出处（需 mingjian[llm]）"
Rewrite = Annotated[bool, typer.Option("--rewrite", help=REWRITE_HELP)]
EMPTY = "所选范围里没有报告，请放宽筛选条件。"


@filtered
def summary(rewrite: Rewrite = False, archive: Folder = HERE, json: Json = False, *, filters: dict[str, Any]) -> None:
    """Write a summary."""
    with existing(archive) as opened:
        found = opened.summary(rewrite=rewrite, **filters)
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
    lines += ["", *(render.wrap(f"注：{note}") for note in found.notes)] if found.notes else []
    lines += ["", "来源", *(render.wrap(f"[{one.number}] {source_text(one)}", "  ") for one in found.sources)]
    return "\n".join(lines)
