"""Commands on single reports and on files: show, list, export."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ui import render
from ui.commands.groups import Left, Right, side
from ui.commands.insight import GROUPS, MORE_GROUPS, group, known_names
from ui.commands.intake import ReportId
from ui.commands.options import HERE, Folder, Json, existing, filtered, put, put_json, usage

SUFFIXES = (".xlsx", ".csv", ".json", ".docx", ".jsonl")
Target = Annotated[
    Path, typer.Argument(metavar="文件", help="要写的文件，扩展名为 .xlsx、.csv、.json、.docx 或 .jsonl")
]
WHAT_HELP = (
    "导出什么：statements 句子、reports 报告、search 检索、trends 趋势、statistics 统计、topics 主题、check 核对、"
    "reuse 雷同、matrix 报告×标签、structure 构成、peers 同类排名、compare 对比、together 搭配、solutions 对策、"
    "agencies 单位、agency 单位历年、measures 指标说明、corrections 人工标注、brief 简报（Word）、"
    "everything 全部报告的全部内容（.jsonl）"
)
What = Annotated[str, typer.Option("--what", metavar="内容", help=WHAT_HELP, show_default=True)]
WORDS_HELP = (
    "只导出检索到的结果；peers、agency 时是单位，solutions 时是问题（不写则看 --label 的这一类），"
    "structure 时是看什么的构成"
)
Words = Annotated[str | None, typer.Option("--query", metavar="检索词", help=WORDS_HELP)]
ExportBy = Annotated[
    str | None, typer.Option("--by", metavar="分组", help="trends、statistics、structure 按什么分组，如 year、province")
]
ExportMeasure = Annotated[str | None, typer.Option("--measure", metavar="指标", help="statistics、peers 只要这一项")]
GROUPED = {"trends": GROUPS, "statistics": MORE_GROUPS, "structure": MORE_GROUPS}
MEASURED = ("statistics", "peers")
UNITS = {"brief": "句", "everything": "份"}


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
    by: ExportBy = None,
    measure: ExportMeasure = None,
    left: Left = None,
    right: Right = None,
    archive: Folder = HERE,
    json: Json = False,
    *,
    filters: dict[str, Any],
) -> None:
    """Write a list to a file."""
    if target.suffix.lower() not in SUFFIXES:
        raise usage(f"不认识扩展名“{target.suffix}”，可用：{'、'.join(SUFFIXES)}")
    chosen = export_filters(what, query, filters, by=by, measure=measure, left=left, right=right)
    with existing(archive) as opened:
        rows = opened.export(target, what=what, query=query, **chosen)
    if json:
        put_json({"path": str(target), "rows": rows})
    else:
        put(f"已写入 {target}，共 {rows} {UNITS.get(what, '行')}")


def export_filters(
    what: str,
    query: str | None,
    filters: dict[str, Any],
    *,
    by: str | None = None,
    measure: str | None = None,
    left: Sequence[str] | None = None,
    right: Sequence[str] | None = None,
) -> dict[str, Any]:
    """What the archive's export takes beside ``what`` and ``query``.

    Raises:
        typer.BadParameter: there is no such list, or an option does not belong to it.
    """
    from index.export.lists import known

    if what not in known():
        raise usage(f"不能导出“{what}”，可用：{'、'.join(known())}")
    if by is not None and what not in GROUPED:
        raise usage(f"分组（by）只用于 {'、'.join(GROUPED)}")
    if measure is not None and what not in MEASURED:
        raise usage(f"指标（measure）只用于 {'、'.join(MEASURED)}")
    if (left or right) and what != "compare":
        raise usage("左右两组的条件（left、right）只用于 compare")
    known_names(measure, query if what == "structure" else None)
    if what == "compare":
        if not left:
            raise usage("导出对比要写出左组的条件（left），如 单位类型=应急，右组（right）不写则为全部报告")
        return {"left": side(left, filters), "right": side(right, filters)}
    extra = {"by": group(by, GROUPED[what])} if by is not None else {}
    return {**filters, **extra, **({"measure": measure} if measure is not None else {})}
