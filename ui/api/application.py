"""The app: routes over one archive, behind the guard. It may be served alone or mounted beside the page."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter, FastAPI, Request

from ui.api import errors, find, groups, insight, labels, operations, reports, saved
from ui.api.access import LOOPBACK, Door
from ui.api.errors import Json
from ui.api.guard import Guard, Limits
from ui.api.metrics import Metrics
from ui.api.serving import Opened, Opener, illustrate, shown
from ui.api.standing import Standing

ABOUT = "政府信息公开工作年度报告的检索与分析。各筛选条件与命令行相同，可重复；字段名与 mingjian 各命令的 --json 相同。"
router = APIRouter(tags=["概况"])


@router.get("/", summary="有哪些地址", responses=shown("index"))
def index(request: Request) -> Json:
    """Name, version and addresses."""
    described = request.app.openapi()["paths"]
    paths = [f"{method.upper()} {path}" for path, methods in described.items() for method in methods]
    return Json({"name": "明鉴", "version": number(), "openapi": "openapi.json", "routes": paths})


@router.get("/info", summary="档案概况", responses=shown("info"))
def info(archive: Opened) -> Json:
    """As ``mingjian info``."""
    return Json(archive.info())


def number() -> str:
    """The installed version."""
    try:
        return version("mingjian")
    except PackageNotFoundError:
        return "0"


def create_app(
    archive: Opener,
    *,
    token: str | None = None,
    read_only: bool = False,
    names: frozenset[str] | None = LOOPBACK,
    limits: Limits | None = None,
    log: bool = True,
) -> FastAPI:
    """An app over the archive that ``archive()`` gives.

    Args:
        archive: asked anew for every request, so that an archive put in another's place is noticed.
        token: demanded from every request where it is given.
        read_only: let no corrections in.
        names: host names that requests without a token may use; None: what stands before the app has seen to it.
        limits: what one request may cost.
        log: write a line per request to stderr.
    """
    # pages of documentation fetch scripts from elsewhere; a body that is not JSON by its header may come from a form
    app = FastAPI(
        title="明鉴", version=number(), description=ABOUT, docs_url=None, redoc_url=None, strict_content_type=True
    )
    app.state.archive, app.state.read_only = archive, read_only
    app.state.standing = Standing(archive)
    app.state.metrics = Metrics(app.state.standing)
    failed: dict[int | str, dict[str, Any]] = {
        code: {"description": told, "content": {"application/problem+json": {"example": shown_problem(code, told)}}}
        for code, told in ((400, "筛选条件的值不对"), (404, "没有这个编号"), (422, "参数不对"), (503, "暂时不可用"))
    }
    for routes in (
        router,
        operations.router,
        find.router,
        insight.router,
        groups.router,
        reports.router,
        labels.router,
        saved.router,
    ):
        app.include_router(routes, responses=failed)
    errors.install(app)
    door = Door(token, names)
    app.add_middleware(Guard, door=door, allowed=limits or Limits(), log=log, metrics=app.state.metrics)
    illustrate(app.openapi())  # FastAPI keeps what it has made
    return app


def shown_problem(status: int, told: str) -> dict[str, Any]:
    """An example of a failure."""
    return {"title": told, "status": status, "detail": told, "error": told}
