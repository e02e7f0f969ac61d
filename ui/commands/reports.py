"""Commands on single reports and on files: show, list, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ui import render
from ui.commands.intake import ReportId
from ui.commands.options import HERE, Folder, Json, existing, filtered, put, put_json, usage

SUFFIXES = (".xlsx", ".csv", ".json", ".docx")
CONTENTS = ("statements", "reports", "statistics", "findings", "matrix")
Target = Annotated[Path, typer.Argument(metavar="文件", help="要写的文件，扩展名为 .xlsx、.csv、.json 或 .docx")]
WHAT_HELP = "导出什么，如 statements 句子、reports 报告、brief 简报（Word）"
What = Annotated[str, typer.Option("--what", metavar="内容", help=WHAT_HELP, show_default=True)]
Words = Annotated[str | None, typer.Option("--query", metavar="检索词", help="只导出检索到的结果")]


def show(report: ReportId, archive: Folder = HERE, json: Json = False) -> None:
    """Show one report."""
    with existing(archive) as opened:
        found = opened.show(report)
    if json:
        put_json(found.to_dict())
    else:
        put(f"{found.row.id}  来源 {render.clean(found.row.source)}\n{render.parsed(found.report)}")


@filtered
def list_reports(archive: Folder = HERE, json: Json = False, *, filters: dict[str, Any]) -> None:
    """List the reports."""
    with existing(archive) as opened:
        found = opened.list(**filters)
    if json:
        put_json([row.to_dict() for row in found])
    else:
        put(render.reports(found))


@filtered
def export(
    target: Target,
    what: What = "statements",
    query: Words = None,
    archive: Folder = HERE,
    json: Json = False,
    *,
    filters: dict[str, Any],
) -> None:
    """Write a list to a file."""
    if target.suffix.lower() not in SUFFIXES:
        raise usage(f"不认识扩展名“{target.suffix}”，可用：{'、'.join(SUFFIXES)}")
    with existing(archive) as opened:
        rows = opened.export(target, what=what, query=query, **filters)
    if json:
        put_json({"path": str(target), "rows": rows})
    else:
        put(f"已写入 {target}，共 {rows} {'句' if what == 'brief' else '行'}")
