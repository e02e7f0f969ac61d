"""Routes that look at many reports."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from ui.api.errors import Json
from ui.api.params import Facets, Listing, Peers, Statistics, Structure, Summary, Topics, Trends
from ui.api.serving import Opened, listed, shown, told
from ui.commands.insight import MORE_GROUPS, group

router = APIRouter(tags=["分析"])


@router.get("/trends", summary="写到某类问题或措施的报告占几成", responses=shown("trends"))
def trends(archive: Opened, asked: Annotated[Trends, Query()]) -> Json:
    """As ``mingjian trends``."""
    filters = asked.filters()
    labels = filters.pop("label", [])
    return Json(archive.trends(group(asked.by), label=labels, **filters).to_dict())


@router.get("/topics", summary="反复出现的问题和措施", responses=shown("topics"))
def topics(archive: Opened, asked: Annotated[Topics, Query()]) -> Json:
    """As ``mingjian topics``."""
    return Json(archive.topics(since=asked.since, **asked.filters()).to_dict())


@router.get("/summary", summary="写成简报，每句话都有出处", responses=shown("summary"))
def summary(archive: Opened, asked: Annotated[Summary, Query()]) -> Json:
    """As ``mingjian summary``."""
    return Json(archive.summary(rewrite=asked.rewrite, **asked.filters()).to_dict())


@router.get("/statistics", summary="统计数字", responses=shown("statistics"))
def statistics(archive: Opened, asked: Annotated[Statistics, Query()]) -> Json:
    """As ``mingjian stats``; ``limit`` and ``offset`` count its rows."""
    by = group(asked.by, MORE_GROUPS) if asked.by else None
    found = archive.statistics(asked.measure, by=by, limit=asked.limit, offset=asked.offset, **asked.filters())
    return Json(found.to_dict(), headers=told(found.total, asked))


@router.get("/structure", summary="办理结果、理由、申请人、复议诉讼由什么构成", responses=shown("structure"))
def structure(archive: Opened, asked: Annotated[Structure, Query()]) -> Json:
    """As ``mingjian stats --structure``."""
    by = group(asked.by, MORE_GROUPS) if asked.by else None
    return Json(archive.structure(asked.what, by=by, **asked.filters()).to_dict())


@router.get("/peers", summary="一个单位在同级同类单位里的名次", responses=shown("peers"))
def peers(archive: Opened, asked: Annotated[Peers, Query()]) -> Json:
    """As ``mingjian stats --peers``."""
    found = archive.peers(asked.name, measure=asked.measure, within=asked.within, **asked.filters())
    return Json(found.to_dict())


@router.get("/measures", summary="指标说明：定义、算法、单位、注意", responses=shown("measures"))
def measures(archive: Opened) -> Json:
    """As ``mingjian stats --dictionary``."""
    return Json([one.to_dict() for one in archive.measures()])


@router.get("/check", summary="数字对不对得上，是否照抄", responses=shown("check"))
def check(archive: Opened, asked: Annotated[Listing, Query()]) -> Json:
    """As ``mingjian check``."""
    return listed(archive.check(**asked.filters()), asked)


@router.get("/facets", summary="各筛选项有哪些值，各有多少份报告", responses=shown("facets"))
def facets(archive: Opened, asked: Annotated[Facets, Query()]) -> Json:
    """Values present under the filters, with counts; with a query among what it finds."""
    return Json(archive.facets(query=asked.query or "", **asked.filters()).to_dict())
