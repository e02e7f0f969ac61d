"""Serve the page of one archive on this machine only, from one process."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
import threading
import time
import tomllib
import webbrowser
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from nlp.errors import MingjianError

HOST = "127.0.0.1"
FIRST_PORT = 8501
TRIED = 50
POLL = 0.05


def say(line: str) -> None:
    """One line for the person, on stderr."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def bind(port: int | None) -> socket.socket:
    """A socket on ``port``, or on the next free one where it is taken.

    Raises:
        MingjianError: no port could be had.
    """
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


def configure(port: int) -> None:
    """Set Streamlit up: look, no telemetry, no English menu; a person's own Streamlit settings do not count."""
    from streamlit import config

    tables = tomllib.loads(files("ui").joinpath("theme.toml").read_text(encoding="utf-8"))
    for name, value in options(tables):
        config.set_option(name, value)
    config.set_option("server.address", HOST)
    config.set_option("server.port", port)
    config.set_option("browser.serverAddress", HOST)
    config.set_option("browser.serverPort", port)


def load_page() -> None:
    """Import what the page is made of, which takes seconds the first time."""
    import altair  # noqa: F401
    import pandas  # noqa: F401
    import streamlit  # noqa: F401
    import uvicorn  # noqa: F401


def warm_up() -> None:
    """Load what the first page needs while the browser is still opening; failures show on the page itself."""
    try:
        load_page()
        from ui import holder

        holder.current().facets()
    except Exception as error:
        say(f"预先载入没有成功，打开网页时会再试：{error}")


def announce(server: Any, url: str, browser: bool) -> None:
    """Say the address once the server answers, and open it."""
    while not server.started:
        if server.should_exit:
            return
        time.sleep(POLL)
    say(f"网页已就绪：{url}  （按 Ctrl+C 结束）")
    if browser:
        webbrowser.open(url)


def _api() -> list[Any]:
    """The HTTP interface beside the page at /api, where its extra is installed."""
    if importlib.util.find_spec("fastapi") is None:
        return []
    from starlette.routing import Mount

    from ui import holder
    from ui.api.application import create_app

    return [Mount("/api", create_app(holder.current, log=False))]


def serve(archive: Path, *, port: int | None = None, browser: bool = True) -> None:
    """Serve until interrupted.

    Args:
        archive: the folder of the archive.
        port: the port wanted; the next free one is taken where it is busy.
        browser: whether to open the person's browser.

    Raises:
        MingjianError: no port is free.
    """
    os.environ["MINGJIAN_ARCHIVE"] = str(archive.absolute())
    bound = bind(port)
    got = bound.getsockname()[1]
    configure(got)
    import streamlit as st
    import uvicorn
    from starlette.middleware import Middleware

    from ui.shell import ChineseShell

    app = st.App(str(files("ui").joinpath("app.py")), routes=_api(), middleware=[Middleware(ChineseShell)])
    settings = uvicorn.Config(
        app, host=HOST, port=got, log_level="warning", access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(settings)
    threading.Thread(target=warm_up, daemon=True).start()
    threading.Thread(target=announce, args=(server, f"http://{HOST}:{got}", browser), daemon=True).start()
    with suppress(KeyboardInterrupt):  # uvicorn passes the signal on after it has closed everything
        server.run(sockets=[bound])
    say("网页已关闭")
