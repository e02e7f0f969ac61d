"""Routes that lay reports beside one another: groups, labels, an agency's years, text taken over."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from ui.api.errors import Json
from ui.api.params import Agencies, Compare, Filters, Listing
from ui.api.serving import AgencyName, Opened, listed, shown
from ui.commands.groups import side

router = APIRouter(tags=["对照"])


@router.get("/compare", summary="两组报告并排比较", responses=shown("compare"))
def compare(archive: Opened, asked: Annotated[Compare, Query()]) -> Json:
    """As ``mingjian compare``; the filters hold for both groups."""
    common = asked.filters()
    return Json(archive.compare(side(asked.left, common), side(asked.right, common)).to_dict())


@router.get("/together", summary="哪些问题一起出现，什么措施对什么问题，哪些没人答", responses=shown("together"))
def together(archive: Opened, asked: Annotated[Filters, Query()]) -> Json:
    """As ``mingjian together``."""
    return Json(archive.together(**asked.filters()).to_dict())


@router.get("/agencies", summary="按名称找单位，报告多的在前", responses=shown("agencies"))
def agencies(archive: Opened, asked: Annotated[Agencies, Query()]) -> Json:
    """The agencies whose name holds ``text``; each one's ``key`` goes into the next route."""
    return listed(archive.agencies(asked.text, **asked.filters()), asked)


# a name may hold a slash, which arrives here as one whether or not it was sent as %2F
@router.get("/agencies/{name:path}", summary="一个单位的历年", responses=shown("agency"))
def agency(archive: Opened, name: AgencyName) -> Json:
    """As ``mingjian agency``."""
    return Json(archive.agency(name).to_dict())


@router.get("/reuse", summary="抄了上年或别的单位的哪些话", responses=shown("reuse"))
def reuse(archive: Opened, asked: Annotated[Listing, Query()]) -> Json:
    """As ``mingjian check --reuse``."""
    return listed(archive.reuse(**asked.filters()), asked)
