"""Commands that look at many reports: topics, trends, stats, check."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ui import names, render
from ui.commands.groups import show_reuse
from ui.commands.options import HERE, Folder, Json, existing, filtered, put, put_json, usage

GROUPS = ("year", "province", "agency_type", "level", "form")
MORE_GROUPS = (*GROUPS, "city", "county", "scope")
By = Annotated[
    str,
    typer.Option("--by", metavar="分组", help="year 年份、province 省份、agency_type 单位类型、level 层级、form 表式"),
]
StatsBy = Annotated[str | None, typer.Option("--by", metavar="分组", help="同上；不写则每份报告一行")]
Measure = Annotated[str | None, typer.Option("--measure", metavar="指标", help="指标编号，如 received_new；不写则全部")]

Reuse = Annotated[bool, typer.Option("--reuse", help="只看雷同：抄了上年或别的单位的哪些话，两边并排列出")]


def group(by: str, known: tuple[str, ...] = GROUPS) -> str:
    """The grouping that a person means by its id or its Chinese name.

    Raises:
        typer.BadParameter: there is no such grouping.
    """
    for key in known:
        if by in (key, names.name("field", key)):
            return key
    raise usage(f"不能按“{by}”分组，可用：{'、'.join(known)}")


@filtered
def topics(archive: Folder = HERE, json: Json = False, *, filters: dict[str, Any]) -> None:
    """Tell what recurs."""
    with existing(archive) as opened:
        found = opened.topics(**filters)
    if json:
        put_json(found.to_dict())
    else:
        put(render.topics(found))


@filtered
def trends(by: By = "year", archive: Folder = HERE, json: Json = False, *, filters: dict[str, Any]) -> None:
    """Tell shares of reports over time or between groups."""
    chosen = group(by)
    labels = filters.pop("label", [])
    with existing(archive) as opened:
        found = opened.trends(chosen, label=labels, **filters)
    if json:
        put_json(found.to_dict())
    else:
        put(render.trends(found))


@filtered
def stats(
    measure: Measure = None,
    by: StatsBy = None,
    archive: Folder = HERE,
    json: Json = False,
    *,
    filters: dict[str, Any],
) -> None:
    """Tell the extracted statistics."""
    chosen = group(by, MORE_GROUPS) if by else None
    with existing(archive) as opened:
        found = opened.statistics(measure, by=chosen, **filters)
    if json:
        put_json(found.to_dict())
    else:
        put(render.statistics(found))


@filtered
def check(reuse: Reuse = False, archive: Folder = HERE, json: Json = False, *, filters: dict[str, Any]) -> None:
    """Tell what does not add up, or what is copied and from where."""
    with existing(archive) as opened:
        if reuse:
            show_reuse(opened.reuse(**filters), json)
            return
        found = opened.check(**filters)
    if json:
        put_json([finding.to_dict() for finding in found])
    else:
        put(render.findings(found))
