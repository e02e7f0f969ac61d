"""Commands that serve the web page: demo, serve."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer

from ui.commands.options import HERE, Folder, existing

Port = Annotated[
    int | None, typer.Option("--port", metavar="端口", min=1, max=65535, help="网页端口，默认从 8501 起找空闲的")
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="不自动打开浏览器")]
DemoFolder = Annotated[
    Path | None,
    typer.Option("--archive", metavar="文件夹", help="样例档案放在哪里，默认在个人数据目录", envvar="MINGJIAN_ARCHIVE"),
]


def demo(port: Port = None, no_browser: NoBrowser = False, archive: DemoFolder = None) -> None:
    """Build the sample archive where there is none, then serve its page."""
    from ui.demo import prepare
    from ui.serve import load_page
    from ui.serve import serve as run

    threading.Thread(target=load_page, daemon=True).start()  # while other processes read the sample
    run(prepare(archive), port=port, browser=not no_browser)


def serve(port: Port = None, no_browser: NoBrowser = False, archive: Folder = HERE) -> None:
    """Serve the page of the person's own archive."""
    from ui.serve import serve as run

    existing(archive).close()
    run(archive, port=port, browser=not no_browser)
