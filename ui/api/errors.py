"""Failures as answers: the right status, one Chinese line, never a stack trace."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

import typer
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from nlp.errors import MingjianError
from ui.api.log import report

SHOWN = 3  # wrong parameters told of at once
RETRY = {"Retry-After": "1"}


class Refused(Exception):
    """A request that is answered with ``status`` and a Chinese line."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


class Json(Response):
    """A JSON document in UTF-8, Chinese as it is."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The document's bytes; half a surrogate pair, which no encoding has, becomes "?"."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", errors="replace")


class Problem(Json):
    """A failure: ``title`` names the status, ``detail`` and ``error`` both hold the line that says what is wrong."""

    media_type = "application/problem+json"


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("ui.api").joinpath("messages.toml").read_text(encoding="utf-8"))


def problem(status: int, message: str, headers: Mapping[str, str] | None = None) -> Problem:
    """The answer to a request that failed."""
    line = " ".join(message.split())
    title = _texts()["status"].get(str(status), HTTPStatus(status).phrase)
    return Problem({"title": title, "status": status, "detail": line, "error": line}, status, headers)


def status_of(error: MingjianError) -> int:
    """The status that an error of ours is answered with: unknown ids 404, what cannot be read 503, else 400."""
    from index.locking import ArchiveBusy
    from index.manifest import ArchiveMismatch, ManifestError
    from index.rows import Missing
    from index.store import StoreError

    if isinstance(error, Missing):
        return 404
    if isinstance(error, ArchiveBusy):
        return 409
    return 503 if isinstance(error, (ArchiveMismatch, ManifestError, StoreError)) else 400


def told(faults: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong with a request's parameters, in one Chinese line."""
    lines = [_fault(fault) for fault in faults[:SHOWN]]
    return "；".join(dict.fromkeys(lines))


def _fault(fault: Mapping[str, Any]) -> str:
    kind, context = str(fault["type"]), fault.get("ctx") or {}
    template = _texts()["fault"].get(kind, _texts()["fault"]["other"])
    place = [str(part) for part in fault["loc"][1:] if not isinstance(part, int)]  # the first says query, path or body
    return template.format_map({**context, "name": ".".join(place) or "请求体"})


def answer(request: Request, error: Exception) -> Response:
    """The answer to any foreseen failure."""
    if isinstance(error, Refused):
        return problem(error.status, error.message, error.headers)
    if isinstance(error, MingjianError):
        _note(request, error)
        status = status_of(error)
        return problem(status, str(error), None if status in (400, 404) else RETRY)
    if isinstance(error, typer.BadParameter):
        return problem(400, error.message)
    if isinstance(error, RequestValidationError):
        return problem(422, told(error.errors()))
    if isinstance(error, HTTPException):
        line = _texts()["http"].get(str(error.status_code), HTTPStatus(error.status_code).phrase)
        return problem(error.status_code, line, error.headers)
    from ui.cli import explain

    report(error)
    # which file it was is told in the log: to those who ask, the server's folders are of no use
    bare = OSError(error.errno, error.strerror) if isinstance(error, OSError) else error
    return problem(503, explain(bare), RETRY)


def _note(request: Request, error: MingjianError) -> None:
    """Let ``/health`` know of a store that could not be read; what could not be written is another matter."""
    from index.store import StoreError

    if isinstance(error, StoreError) and request.method in ("GET", "HEAD"):
        request.app.state.standing.failed(error)


def install(app: FastAPI) -> None:
    """Let an app answer every foreseen failure in our form."""
    kinds = (Refused, MingjianError, typer.BadParameter, RequestValidationError, HTTPException, OSError, MemoryError)
    for kind in kinds:
        app.add_exception_handler(kind, answer)
