"""Routes on reports, and files of result lists."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import Response

from index import Archive
from nlp.errors import MingjianError
from ui.api import limits
from ui.api.errors import Json, Refused
from ui.api.params import Export, Listing
from ui.api.serving import Opened, ReportId, Searchable, shown, told
from ui.commands.reports import export_filters

router = APIRouter(tags=["报告"])
OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES = {
    "xlsx": f"{OFFICE}spreadsheetml.sheet",
    "docx": f"{OFFICE}wordprocessingml.document",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
SHORT = ("search", "solutions", "together", "compare", "trends", "topics", "measures")  # however many reports there are
USUAL = ("problem", "measure")  # statements that are listed where no kind is asked for
FILES: dict[int | str, dict[str, Any]] = {
    200: {"description": "文件", "content": {kind.partition(";")[0]: {} for kind in TYPES.values()}}
}


@router.get("/reports", summary="列出报告", responses=shown("reports"))
def reports(archive: Opened, asked: Annotated[Listing, Query()]) -> Json:
    """As ``mingjian list``."""
    filters = asked.filters()
    headers = told(archive.count(**filters), asked)
    rows = archive.list(limit=asked.limit, offset=asked.offset, **filters)
    return Json([row.to_dict() for row in rows], headers=headers)


@router.get("/reports/{report}", summary="一份报告", responses=shown("report"))
def report(archive: Opened, report: ReportId) -> Json:
    """As ``mingjian show``."""
    return Json(archive.show(report).to_dict())


@router.get("/reports/{report}/text", summary="一份报告的文字，各处 start 和 end 所指", responses=shown("text"))
def text(archive: Opened, report: ReportId) -> Json:
    """The normalised text that all offsets point into, as JSON whatever it holds."""
    found = archive.show(report)
    return Json({"id": found.row.id, "text": found.text})


@router.get("/export", summary="导出成文件", response_class=Response, responses=FILES)
def export(archive: Searchable, asked: Annotated[Export, Query()]) -> Response:
    """As ``mingjian export``."""
    filters = asked.filters()
    sides = {"left": asked.left, "right": asked.right}
    chosen = export_filters(asked.what, asked.query, filters, by=asked.by, measure=asked.measure, **sides)
    _check_size(archive, asked.what, filters)
    with TemporaryDirectory(prefix="mingjian-") as folder:
        target = Path(folder) / f"list.{asked.format}"
        try:
            rows = archive.export(target, what=asked.what, query=asked.query, **chosen)
        except MingjianError as error:
            if isinstance(error.__cause__, OSError):  # the server's own trouble, at a place that tells nobody anything
                raise error.__cause__ from None
            raise
        data = target.read_bytes()
    name = f"mingjian-{asked.what}.{asked.format}"
    headers = {"Content-Disposition": f'attachment; filename="{quote(name)}"', "X-Total-Count": str(rows)}
    return Response(data, media_type=TYPES[asked.format], headers=headers)


def _check_size(archive: Archive, what: str, filters: dict[str, Any]) -> None:
    """Refuse a file of more rows than one answer may hold; most lists have a row a report.

    Raises:
        Refused: with the number of rows.
    """
    if what in SHORT:
        return
    found = archive.facets(**filters)
    if what == "statements":
        kinds = filters.get("kind") or USUAL
        rows = sum(facet.count for facet in found.fields["kind"] if facet.value in kinds)
    else:
        rows = found.reports
    if rows > limits.EXPORTED:
        raise Refused(422, f"有 {rows} 行，一个文件最多 {limits.EXPORTED} 行，请加筛选条件，或用 mingjian export")
