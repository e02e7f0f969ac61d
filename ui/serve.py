"""Serve the page of one archive from one process: on this machine only, unless told who else may come in."""

from __future__ import annotations

import importlib.util
import os
import pkgutil
import signal
import socket
import sys
import threading
import time
import tomllib
import webbrowser
from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from nlp.errors import MingjianError
from ui import listen, logs
from ui.api.access import LOOPBACK
from ui.gate import Entry
from ui.tidying import keep_tidy, tidy

HOST = "127.0.0.1"
FIRST_PORT = 8501
TRIED = 50
POLL = 0.05
AFTER = 3.0  # seconds that the first page has for itself
FIRST = 8.0  # seconds that the address is held back for what the first page shows
WHOLE = 200_000  # statements up to which topics and summary of the whole archive are worked out before anyone asks
LEAVE = 2.0  # seconds that what is warming up has to stop
WARMING = "工作人员业务不熟练"  # any question does
TURN = 0.001  # seconds that a thread keeps the interpreter from one that waits for it: short questions beside long work
UPLOAD = 100  # megabytes of an uploaded file, as many as are read of any file


def say(line: str) -> None:
    """One line for the person, on stderr."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def bind(port: int | None, host: str = HOST) -> socket.socket:
    """A socket on ``port``, or on the next free one where it is taken; on another machine's side the port is kept.

    Raises:
        MingjianError: no port could be had.
    """
    if host not in LOOPBACK:
        return listen.bind(host, port or FIRST_PORT)
    wanted = port or FIRST_PORT
    for number in [*range(wanted, min(wanted + TRIED, 65536)), 0]:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name != "nt":  # there it would let two servers share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, number))
        except OSError:
            bound.close()
            continue
        got = bound.getsockname()[1]
        if port and got != port:
            say(f"端口 {port} 已被占用，改用 {got}")
        return bound
    raise MingjianError("没有空闲的端口可用，请用 --port 指定一个")


def options(tables: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names and values of a nested table: {"theme": {"font": "…"}} → ("theme.font", "…")."""
    for key, value in tables.items():
        if isinstance(value, dict):
            yield from options(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def configure(port: int, host: str = HOST) -> None:
    """Set Streamlit up: look, no telemetry, no English menu; a person's own Streamlit settings do not count."""
    from streamlit import config
    from streamlit.logger import set_log_level

    tables = tomllib.loads(files("ui").joinpath("theme.toml").read_text(encoding="utf-8"))
    for name, value in options(tables):
        config.set_option(name, value)
    set_log_level(str(config.get_option("logger.level")))  # of the loggers that are there already
    config.set_option("server.maxUploadSize", UPLOAD)
    config.set_option("server.address", host)
    config.set_option("server.port", port)
    config.set_option("browser.serverAddress", HOST)
    config.set_option("browser.serverPort", port)


def load_page() -> None:
    """Import what the page is made of, which takes seconds the first time."""
    import altair  # noqa: F401
    import pandas  # noqa: F401

    importlib.import_module("pyarrow")  # it has no types
    import streamlit  # noqa: F401
    import uvicorn  # noqa: F401


def warm_up() -> None:
    """Load what the first page shows before it is asked for; failures show on the page itself."""
    try:
        load_page()
        from streamlit import runtime

        from ui import views

        until = time.monotonic() + FIRST
        while not runtime.exists() and time.monotonic() < until:  # what the pages keep, they keep in it
            time.sleep(POLL)
        for module in pkgutil.iter_modules(views.__path__):
            importlib.import_module(f"ui.views.{module.name}")
        importlib.import_module("ui.views.overview").prepare()
    except Exception as error:
        say(f"预先载入没有成功，打开网页时会再试：{error}")


def warm_further(closing: threading.Event) -> None:
    """Work out what the pages behind the first one need, once the first page has had its time.

    It is not waited for, stops between its steps when ``closing`` is set, and a failure shows on the page it is of.
    """
    from ui import holder

    steps: list[Callable[[], object]] = [
        lambda: holder.current().searcher(),
        lambda: holder.current().search(WARMING, k=1),  # the encoder and the dictionary of words come with the first
        tidy,  # what is loaded by now stays
        lambda: _known_soon(closing),
    ]
    closing.wait(AFTER)
    for step in steps:
        if closing.is_set():
            return
        with suppress(Exception):
            step()


def _known_soon(closing: threading.Event) -> None:
    """What takes seconds to work out for the whole archive, so that nobody has to wait for it."""
    from index.records import Filter
    from ui import holder
    from ui.views import brief, common, later, topics

    asked: list[Callable[[], tuple[Hashable, Callable[[later.Step], object]]]] = [common.checking]
    if holder.current().count_statements() <= WHOLE:
        asked += [partial(topics.asked, Filter(), kind) for kind in topics.KINDS]
        asked.append(partial(brief.asked, Filter()))
    for one in asked:
        work = later.begin(*one(), watched=False)
        while not work.ended.wait(POLL):
            if closing.is_set():
                work.stop.set()
                return


def announce(
    server: Any, url: str, browser: bool, closing: threading.Event, first: threading.Thread | None = None
) -> None:
    """Say the address and open it, load what the pages behind the first one need, keep tidy.

    The address is said once the server answers and ``first`` has loaded what its first page shows.
    """
    while not server.started:
        if server.should_exit:
            return
        time.sleep(POLL)
    if first is not None:
        first.join(FIRST)
    say(f"网页已就绪：{url}  （按 Ctrl+C 结束）")
    if browser:
        webbrowser.open(url)
    warm_further(closing)
    keep_tidy(closing)


def _api(entry: Entry) -> tuple[list[Any], Any]:
    """The HTTP interface beside the page at /api, where its extra is installed, and what it counts."""
    if any(importlib.util.find_spec(name) is None for name in ("fastapi", "prometheus_client")):
        return [], None
    from starlette.routing import Mount

    from ui import holder
    from ui.api.application import create_app

    app = create_app(holder.current, log=logs.is_json(), names=None if entry.guarded else LOOPBACK)
    return [Mount("/api", app)], app.state.metrics


def application(entry: Entry) -> Any:
    """The page with all that stands before it: who may come in, the log, the Chinese shell."""
    import streamlit as st
    from starlette.middleware import Middleware

    from ui.gate import Gate
    from ui.shell import ChineseShell
    from ui.watch import Watch

    routes, metrics = _api(entry)
    before = [Middleware(Gate, entry=entry), Middleware(Watch, metrics=metrics), Middleware(ChineseShell)]
    return st.App(str(files("ui").joinpath("app.py")), routes=routes, middleware=before)


def serve(
    archive: Path, *, port: int | None = None, browser: bool = True, host: str = HOST, entry: Entry | None = None
) -> None:
    """Serve until interrupted.

    Args:
        archive: the folder of the archive.
        port: the port wanted; the next free one is taken where it is busy.
        browser: whether to open the person's browser.
        host: the address to listen on; any other than this machine's own wants a guarded ``entry``, which the caller
            sees to.
        entry: how people come in.

    Raises:
        MingjianError: no port is free.
    """
    os.environ["MINGJIAN_ARCHIVE"] = str(archive.absolute())
    sys.setswitchinterval(TURN)
    bound = bind(port, host)
    got = bound.getsockname()[1]
    configure(got, host)
    import uvicorn

    settings = uvicorn.Config(
        application(entry or Entry()),
        host=host,
        port=got,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # who asks is who is connected: the gate decides by it
        server_header=False,
        timeout_keep_alive=listen.KEEP,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(settings)
    shown = f"[{host}]" if ":" in host else host
    first = threading.Thread(target=warm_up, daemon=True)
    first.start()
    closing = threading.Event()
    told = (server, f"http://{shown}:{got}", browser, closing, first)
    beside = threading.Thread(target=announce, args=told, daemon=True)
    beside.start()
    with suppress(KeyboardInterrupt):  # uvicorn passes the signal on after it has closed everything
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))  # as a service manager asks it to end
        server.run(sockets=[bound])
    closing.set()
    beside.join(LEAVE)  # nothing is torn down under a search that is being warmed up
    say("网页已关闭")
