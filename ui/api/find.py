"""Routes that find sentences."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from ui.api import forms
from ui.api.errors import Json
from ui.api.params import Listing, Search, Similar, Solutions
from ui.api.serving import Opened, Searchable, shown, told

router = APIRouter(tags=["检索"])


@router.get("/search", summary="按意思和字词检索", responses=shown("search"))
def search(archive: Searchable, asked: Annotated[Search, Query()]) -> Json:
    """As ``mingjian search``."""
    return Json(archive.search(asked.query, k=asked.k, **asked.filters()).to_dict())


@router.get("/similar", summary="意思相近的句子", responses=shown("search"))
def similar(archive: Searchable, asked: Annotated[Similar, Query()]) -> Json:
    """As ``mingjian similar``."""
    return Json(archive.similar(asked.id, text=asked.text, k=asked.k, **asked.filters()).to_dict())


@router.get("/solutions", summary="别的单位怎么解决这类问题", responses=shown("solutions"))
def solutions(archive: Searchable, asked: Annotated[Solutions, Query()]) -> Json:
    """As ``mingjian solutions``; without a query, of all problems of the one label."""
    return Json(archive.solutions(asked.query or "", k=asked.k, **asked.filters()).to_dict())


@router.get("/statements", summary="问题和措施逐句列出", responses=shown("statements"))
def statements(archive: Opened, asked: Annotated[Listing, Query()]) -> Json:
    """Problems and measures in reading order; passages where ``kind`` asks for them."""
    filters = asked.filters()
    headers = told(archive.count_statements(**filters), asked)
    rows = archive.statements(limit=asked.limit, offset=asked.offset, **filters)
    return Json([forms.statement(row) for row in rows], headers=headers)
