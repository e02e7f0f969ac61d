"""Serve the API of one archive from one process."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn

from ui import holder
from ui.api.access import LOOPBACK
from ui.api.application import create_app
from ui.api.log import say
from ui.listen import BACKLOG, KEEP, bind
from ui.tidying import tidy

POLL = 0.05
TURN = 0.001  # seconds that a thread keeps the interpreter from one that waits for it
LAST_ANSWERS = 5  # seconds that requests under way get once the server is told to stop
CONNECTIONS = 512


def warm_up() -> None:
    """Load what the first search needs while nobody waits; failures show in the answers."""
    try:
        holder.current().searcher()
        tidy()
    except Exception as error:
        say(f"预先载入没有成功，有人检索时会再试：{' '.join(str(error).split())}")


def announce(server: uvicorn.Server, url: str) -> None:
    """Say the address once the server answers."""
    while not server.started:
        if server.should_exit:
            return
        time.sleep(POLL)
    say(f"接口已就绪：{url}  （按 Ctrl+C 结束）")


def _stop(*_: Any) -> None:
    raise KeyboardInterrupt


@contextmanager
def stopping() -> Iterator[None]:
    """Within it a request to end (SIGTERM) ends the block as Ctrl+C does, without an error."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        with suppress(KeyboardInterrupt):  # uvicorn passes a signal on after it has closed everything
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def serve(archive: Path, *, host: str, port: int, token: str | None, read_only: bool = False) -> None:
    """Serve until told to stop.

    Args:
        archive: the folder of the archive.
        host: the address to listen on; any other than this machine's own wants a token, which the caller sees to.
        port: the port; 0 takes a free one.
        token: demanded from every request where it is given.
        read_only: let no corrections in.

    Raises:
        MingjianError: the archive cannot be opened, or the address cannot be had.
    """
    os.environ["MINGJIAN_ARCHIVE"] = str(archive.absolute())
    sys.setswitchinterval(TURN)
    holder.current()
    bound = bind(host, port)
    app = create_app(holder.current, token=token, read_only=read_only, names=LOOPBACK | {host.lower()})
    settings = uvicorn.Config(
        app,
        log_level="critical",  # the guard logs, and no question may get into a log
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEEP,
        timeout_graceful_shutdown=LAST_ANSWERS,
    )
    server = uvicorn.Server(settings)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{bound.getsockname()[1]}"
    with stopping():
        threading.Thread(target=warm_up, daemon=True).start()
        threading.Thread(target=announce, args=(server, url), daemon=True).start()
        server.run(sockets=[bound])
    say("接口已停止")
