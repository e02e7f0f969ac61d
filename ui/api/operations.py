"""Routes for whoever keeps the server running: is it alive, is it ready, what does it count."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from nlp.errors import MingjianError
from ui.api.errors import RETRY, Json, Refused
from ui.api.metrics import CONTENT_TYPE, Metrics
from ui.api.serving import Opened, shown
from ui.api.standing import Standing

router = APIRouter(tags=["运行"])
HEALTH = ("status", "sequence", "generation", "reports", "statements", "passages", "pending", "read_only")


@router.get("/health", summary="是否正常：档案能读能检索，有多少内容（不需要令牌）", responses=shown("health"))
def health(request: Request, archive: Opened) -> Json:
    """Readiness: the archive can be read and searched; its last change, generation, counts. 503 where it cannot."""
    standing: Standing = request.app.state.standing
    try:
        found = {"status": "ok", **standing.of(archive)}
    except MingjianError as error:
        raise Refused(503, str(error), RETRY) from None
    return Json({name: found[name] for name in HEALTH})


@router.get("/health/live", summary="进程是否还在答复（不需要令牌，不碰档案）", responses=shown("live"))
async def live() -> Json:
    """Liveness: the process answers. Where it does not, restarting helps."""
    return Json({"status": "ok"})


@router.get(
    "/metrics",
    summary="运行指标，Prometheus 的文本格式",
    response_class=Response,
    responses={200: {"description": "指标", "content": {"text/plain": {}}}},
)
def metrics(request: Request) -> Response:
    """Requests, how long they take, how the archive stands."""
    counted: Metrics = request.app.state.metrics
    return Response(counted.text(), media_type=CONTENT_TYPE)
