"""A listening address for the page or the API."""

from __future__ import annotations

import errno
import os
import socket

from nlp.errors import MingjianError

BACKLOG = 256
KEEP = 75  # seconds that an idle connection stays open: longer than clients and proxies keep theirs


def bind(host: str, port: int) -> socket.socket:
    """A listening address.

    Raises:
        MingjianError: the port is taken, or the address is not this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError:
        raise _not_ours(host) from None
    if os.name != "nt":  # there it would let two servers share a port
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
        bound.listen(BACKLOG)  # with SO_REUSEADDR a taken port may show itself only here
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise _not_ours(host) from None
        from ui.cli import explain

        cause = explain(OSError(error.errno, error.strerror))
        raise MingjianError(f"{host} 的端口 {port} 用不了：{cause}，请用 --port 指定另一个") from None
    return bound


def _not_ours(host: str) -> MingjianError:
    return MingjianError(f"“{host}”不是本机的地址，请用 --host 指定本机的一个地址")
