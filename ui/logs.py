"""The log on stderr: lines for people, or with ``--log json`` one JSON object a line for programs.

Every object has ``time`` (ISO, with zone), ``level`` (info, warning, error) and ``event``; a request also
``request_id``, ``method``, ``path``, ``status`` and ``duration_ms``. What a person asked for and what reports say is
never in it: paths without their question, ids, names of files. Texts of exceptions, which may quote either, only with
``MINGJIAN_DEBUG=1``.
"""

from __future__ import annotations

import functools
import inspect
import io
import json
import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, TextIO

import typer

if TYPE_CHECKING:
    from index.records import AddResult

VARIABLE = "MINGJIAN_LOG"
Level = Literal["info", "warning", "error"]
Form = Annotated[
    str,
    typer.Option(
        "--log",
        metavar="形式",
        help="记录写成什么：text 给人看，json 每行一个对象给程序读",
        envvar=VARIABLE,
        show_default=True,
    ),
]
LONGEST = 4_000  # characters of a message
_FAILED = "Traceback (most recent call last):"
_GROUP = re.compile(r"\s*\+ Exception Group " + re.escape(_FAILED))  # every line of it is indented
_CHAINED = ("During handling of", "The above exception")
_BAR = re.compile(r" *\| ?")  # before them
_PLACE = re.compile(r'[ |]*  File "(?P<file>[^"]+)", line (?P<line>\d+)')
_QUOTED = re.compile(r"(exception=\w+)\(.*", re.DOTALL)  # asyncio of a task whose error nobody asked for
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")

request_id: ContextVar[str] = ContextVar("request_id", default="")
_state: dict[str, TextIO] = {}  # "out": where the objects go, once JSON is in use
_lock = threading.RLock()  # of one thread too: what is thrown away in the middle of a line may fail and be told


def use(form: str) -> None:
    """Write the log as ``text`` or ``json`` from now on; with JSON whatever else goes to stderr becomes an object too.

    Raises:
        typer.BadParameter: another form.
    """
    if form not in ("text", "json"):
        raise typer.BadParameter("--log 只能是 text 或 json")
    if form == "json" and not _state:
        _state["out"] = sys.stderr
        sys.stderr = JsonLines()
        sys.excepthook = lambda kind, error, trace: _uncaught(kind, error)
        threading.excepthook = lambda told: _uncaught(told.exc_type, told.exc_value)
        sys.unraisablehook = lambda told: _uncaught(told.exc_type, told.exc_value)


def _uncaught(kind: type[BaseException], error: BaseException | None) -> None:
    """What Python says of a failure that nobody caught; it would write it in pieces that cannot be told apart."""
    trace = error.__traceback__ if error else None
    told = traced([*"".join(traceback.format_tb(trace)).splitlines(), kind.__name__])
    if "trace" in told:
        told["trace"] = "".join(traceback.format_exception(kind, error, trace))[-LONGEST:]
    event("error", "error", **told)


def is_json() -> bool:
    """Whether objects are written."""
    return bool(_state)


def event(name: str, level: Level = "info", **fields: Any) -> bool:
    """Write one object; nothing with the log for people. Gives whether it was written.

    Fields that are None or empty are left out. A log that cannot be written stops nobody.
    """
    out = _state.get("out")
    if out is None:
        return False
    line: dict[str, Any] = {"time": now(), "level": level, "event": name}
    if number := request_id.get():
        line["request_id"] = number
    line |= {key: value for key, value in fields.items() if value not in (None, "", [], ())}
    text = json.dumps(line, ensure_ascii=False, default=str).encode("utf-8", "replace").decode("utf-8")
    with _lock, suppress(OSError, ValueError):
        out.write(text + "\n")
        out.flush()
    return True


def now() -> str:
    """The time, to the millisecond, with its zone."""
    return datetime.now().astimezone().isoformat(timespec="milliseconds")


class JsonLines(io.TextIOBase):
    """A stderr that turns each line written to it into an object, a stack trace into one."""

    def __init__(self) -> None:
        self._begun: dict[int, str] = {}  # thread → the line that it has begun
        self._trace: dict[int, list[str]] = {}
        self._after: set[int] = set()  # threads that may still be writing what an exception says

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """As of the stream behind it."""
        return "utf-8"

    def fileno(self) -> int:
        """The stream behind it, for child processes."""
        return _state["out"].fileno()

    def writable(self) -> bool:
        """It is there to be written."""
        return True

    def write(self, text: str) -> int:
        """Take text; whole lines go out."""
        thread = threading.get_ident()
        # print_exception writes line by line; any other writer's record has ended with its last piece of text
        printing = sys._getframe(1).f_globals.get("__name__") == "traceback"
        if text and not printing:
            self._after.discard(thread)
        *lines, rest = (self._begun.pop(thread, "") + text).split("\n")
        if rest:
            self._begun[thread] = rest
        for line in lines:
            self._line(thread, line, printing)
        return len(text)

    def _line(self, thread: int, line: str, printing: bool) -> None:
        trace = self._trace.get(thread)
        if line.startswith(_FAILED) or _GROUP.match(line):
            self._trace.setdefault(thread, []).append(line)
        elif trace is not None:
            trace.append(line)
            if _ends(trace):
                self._after.add(thread)
                event("error", "error", **traced(self._trace.pop(thread)))
        elif thread in self._after:
            return  # the exception's text goes on
        elif printing and not line.startswith(_CHAINED) and line.strip():  # one without a stack
            self._after.add(thread)
            event("error", "error", **traced([line]))
        elif not line.startswith(_CHAINED) and (shown := _CONTROLS.sub("", line.rpartition("\r")[2]).strip()):
            told = shown if os.environ.get("MINGJIAN_DEBUG") else _QUOTED.sub(r"\1", shown)
            event("message", message=told[:LONGEST])


def _ends(trace: list[str]) -> bool:
    """Whether the last line is the one that names the error: the first that is not indented."""
    last = trace[-1] if trace[0].startswith(_FAILED) else _BAR.sub("", trace[-1], 1)
    return bool(last[:1].strip())


def traced(lines: list[str]) -> dict[str, str]:
    """What of a stack trace may be told: the kind of the error and its place, with debugging all of it."""
    places = [found for found in map(_PLACE.match, lines) if found]
    place = f"{os.path.basename(places[-1]['file'])}:{places[-1]['line']}" if places else ""  # noqa: PTH119
    told = {"error": lines[-1].partition(":")[0].strip(" |"), "place": place}
    return {**told, "trace": "\n".join(lines)[-LONGEST:]} if os.environ.get("MINGJIAN_DEBUG") else told


def error(line: str) -> bool:
    """A failure's one line; False with the log for people, who are told otherwise."""
    return event("failed", "error", message=line[:LONGEST])


def file(result: AddResult, done: int, total: int) -> bool:
    """What became of one file; False with the log for people."""
    level: Level = "warning" if result.outcome == "failed" else "info"
    return event(
        "file",
        level,
        status=result.outcome,
        source=result.source,
        report=result.report,
        cause=result.cause,
        warnings=list(result.warnings),
        done=done,
        total=total,
    )


def logged(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the option ``--log``; its start and its end are events."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())
    option = inspect.Parameter("log", inspect.Parameter.KEYWORD_ONLY, default="text", annotation=Form)

    @functools.wraps(command)
    def run(*, log: str = "text", **options: Any) -> None:
        use(log)
        began, status = time.perf_counter(), "failed"
        event("start", command=command.__name__, process=os.getpid())
        try:
            command(**options)
            status = "ok"
        finally:
            took = round((time.perf_counter() - began) * 1000)
            event("end", command=command.__name__, status=status, duration_ms=took)

    signature = inspect.Signature([p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in [*own, option]])
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    del run.__dict__["__wrapped__"]  # Typer must read this signature, not the wrapped one
    return run
