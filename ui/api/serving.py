"""What the routes share: the archive, a part of a long list, an example for each answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path, Request

from index import Archive
from nlp.errors import MingjianError
from ui.api import limits
from ui.api.errors import RETRY, Json, Refused
from ui.api.params import Window

Opener = Callable[[], Archive]
Row = TypeVar("Row")
TOTAL = "X-Total-Count"


def opened(request: Request) -> Archive:
    """The archive that the app serves, as it is now."""
    opener: Opener = request.app.state.archive
    try:
        return opener()
    except MingjianError as error:
        raise Refused(503, str(error), RETRY) from None


def searchable(archive: Annotated[Archive, Depends(opened)]) -> Archive:
    """The same, brought up to the last change; what is wrong with its indexes is not the asker's fault."""
    try:
        archive.searcher()
    except MingjianError as error:
        raise Refused(503, str(error), RETRY) from None
    return archive


def correctable(request: Request, archive: Annotated[Archive, Depends(opened)]) -> Archive:
    """The same, where corrections are let in."""
    if request.app.state.read_only:
        raise Refused(403, "这个接口只供查询，不能改标签")
    return archive


def savable(request: Request, archive: Annotated[Archive, Depends(opened)]) -> Archive:
    """The same, where searches may be kept."""
    if request.app.state.read_only:
        raise Refused(403, "这个接口只供查询，不能改动收藏")
    return archive


Opened = Annotated[Archive, Depends(opened)]
Searchable = Annotated[Archive, Depends(searchable)]
Correctable = Annotated[Archive, Depends(correctable)]
Savable = Annotated[Archive, Depends(savable)]
ReportId = Annotated[str, Path(max_length=limits.ID, description="报告编号")]
AgencyName = Annotated[
    str, Path(max_length=limits.ID, description="单位名称（可只写一部分）、/agencies 给出的 key，或一份报告的编号")
]
StatementId = Annotated[str, Path(max_length=limits.ID, description="句子编号")]


def part(rows: Sequence[Row], window: Window) -> tuple[Sequence[Row], dict[str, str]]:
    """The part of a list that was asked for, and the header that tells how long the list is.

    Raises:
        Refused: all of it was asked for, and it is too long for one answer.
    """
    headers = told(len(rows), window)
    stop = None if window.limit is None else window.offset + window.limit
    return rows[window.offset : stop], headers


def told(total: int, window: Window) -> dict[str, str]:
    """The header that tells how long a list is of which a part is asked for.

    Raises:
        Refused: all of it was asked for, and it is too long for one answer.
    """
    if window.limit is None and total - window.offset > limits.ROWS:
        raise Refused(422, f"结果有 {total} 条，一次最多 {limits.ROWS} 条，请加筛选条件，或用 limit 和 offset 分次取")
    return {TOTAL: str(total)}


def listed(rows: Sequence[Any], window: Window) -> Json:
    """A part of a list of records as a JSON array."""
    chosen, headers = part(rows, window)
    return Json([row.to_dict() for row in chosen], headers=headers)


def shown(name: str) -> dict[int | str, dict[str, Any]]:
    """The description of a route's answer; :func:`illustrate` puts the example of this name into it."""
    return {200: {"description": "结果", "content": {"application/json": {"example": name}}}}


@cache
def examples() -> dict[str, Any]:
    """An answer for each name, with one element of every list."""
    found: dict[str, Any] = json.loads(files("ui.api").joinpath("examples.json").read_text(encoding="utf-8"))
    return found


def illustrate(description: dict[str, Any]) -> None:
    """Put the examples into an OpenAPI description; FastAPI itself would leave out what is null."""
    for methods in description["paths"].values():
        for route in methods.values():
            told = route["responses"]["200"]["content"].get("application/json", {})
            if "example" in told:
                told["example"] = examples()[told["example"]]
