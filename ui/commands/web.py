"""Commands that serve the web page: demo, serve."""

from __future__ import annotations

import ipaddress
import re
import threading
from pathlib import Path
from typing import Annotated

import typer

from ui.api.access import LOOPBACK, PASSWORD, is_local, read_password
from ui.commands.options import HERE, Folder, existing, usage
from ui.gate import Entry

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


Host = Annotated[
    str,
    typer.Option(
        "--host", metavar="地址", help="在哪个地址上打开；不是本机地址时须有口令或反向代理", show_default=True
    ),
]
Password = Annotated[
    Path | None, typer.Option("--password", metavar="文件", help=f"访问口令所在的文件；不写则看环境变量 {PASSWORD}")
]
Header = Annotated[
    str | None,
    typer.Option(
        "--proxy-header", metavar="名称", help="由反向代理认人：代理把用户名写在哪个请求头里，如 X-Remote-User"
    ),
]
Proxies = Annotated[
    list[str] | None,
    typer.Option("--proxy", metavar="地址", help="反向代理的 IP 地址，只信它发来的请求；不写则只信本机，可重复"),
]
NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{2,60}")


def serve(
    port: Port = None,
    no_browser: NoBrowser = False,
    host: Host = "127.0.0.1",
    password: Password = None,
    proxy_header: Header = None,
    proxy: Proxies = None,
    archive: Folder = HERE,
) -> None:
    """Serve the page of the person's own archive."""
    entry = _entry(host, read_password(password), proxy_header, proxy)
    from ui.serve import serve as run

    existing(archive).close()
    run(archive, port=port, browser=not no_browser and is_local(host), host=host, entry=entry)


def _entry(host: str, password: str | None, header: str | None, proxies: list[str] | None) -> Entry:
    """How people come in.

    Raises:
        typer.BadParameter: others could reach the page, and nothing says who may.
    """
    if header is not None and not NAME.fullmatch(header):
        raise usage(f"--proxy-header 应当是请求头的名称，如 X-Remote-User，而不是“{header}”")
    if proxies and header is None:
        raise usage("--proxy 要和 --proxy-header 一起用")
    if header is not None and password is not None:
        raise usage("口令和 --proxy-header 只能用一种")
    if header is None and password is None and not is_local(host):
        raise usage(
            f"在 {host} 上打开，别的机器也能访问，须有口令（--password 文件，或环境变量 {PASSWORD}）"
            "，或由反向代理认人（--proxy-header）"
        )
    try:
        trusted = frozenset(str(ipaddress.ip_address(one)) for one in proxies or ())
    except ValueError:
        raise usage("--proxy 应当是 IP 地址") from None
    name = header.lower().encode("ascii") if header else None
    return Entry(password, name, trusted or LOOPBACK, LOOPBACK | {host.lower()})
