"""The command that serves the HTTP API: api."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlp.errors import MissingExtra
from ui.api.access import VARIABLE, is_local, read_token
from ui.commands.options import HERE, Folder, existing, usage

Host = Annotated[
    str,
    typer.Option("--host", metavar="地址", help="在哪个地址上提供服务；不是本机地址时须有令牌", show_default=True),
]
Port = Annotated[int, typer.Option("--port", metavar="端口", min=0, max=65535, help="端口", show_default=True)]
Token = Annotated[
    Path | None,
    typer.Option("--token", metavar="文件", help=f"令牌所在的文件；不写则看环境变量 {VARIABLE}"),
]
ReadOnly = Annotated[bool, typer.Option("--read-only", help="只供查询，不接受改标签")]
PARTS = {"fastapi", "uvicorn", "starlette", "pydantic", "prometheus_client"}


def api(
    host: Host = "127.0.0.1",
    port: Port = 8520,
    token: Token = None,
    read_only: ReadOnly = False,
    archive: Folder = HERE,
) -> None:
    """Serve the HTTP API of the person's own archive."""
    secret = read_token(token)
    if secret is None and not is_local(host):
        raise usage(f"在 {host} 上提供服务须有令牌：请用 --token 指定文件，或设环境变量 {VARIABLE}")
    try:
        from ui.api.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in PARTS:
            raise MissingExtra("HTTP 接口", "api") from None
        raise
    existing(archive).close()
    serve(archive, host=host, port=port, token=secret, read_only=read_only)
