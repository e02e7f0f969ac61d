"""Who may ask: the token, and the names under which a server without one lets itself be called."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from nlp.errors import MingjianError

VARIABLE = "MINGJIAN_TOKEN"
SHORTEST, LONGEST = 16, 512
PASSWORD = "MINGJIAN_PASSWORD"  # noqa: S105 - the name of a variable
LEAST, DIFFERENT = 10, 5  # characters of a password that people type, and how many of them differ
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
RELAYED = frozenset({b"forwarded", b"via", b"x-real-ip"})  # and X-Forwarded-*: what proxies add
ELSEWHERE = frozenset({b"cross-site", b"same-site"})  # what a browser says in Sec-Fetch-Site of another site's page


def is_local(host: str) -> bool:
    """Whether a server on this address is reached from this machine only."""
    if host in LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_token(file: Path | None) -> str | None:
    """The token: the file's only line, else ``MINGJIAN_TOKEN``, else None.

    Raises:
        MingjianError: the file cannot be read, or the token would be easy to guess or not fit into a header.
    """
    if file is not None:
        try:
            text, place = file.read_text(encoding="utf-8").strip(), str(file)
        except (OSError, UnicodeDecodeError):
            raise MingjianError(f"{file}：令牌文件读不了") from None
    else:
        text, place = os.environ.get(VARIABLE, "").strip(), f"环境变量 {VARIABLE} "
        if not text:
            return None
    if not SHORTEST <= len(text) <= LONGEST or not all("!" <= c <= "~" for c in text):
        raise MingjianError(f"{place}里的令牌不合要求：{SHORTEST} 到 {LONGEST} 个英文字母、数字或符号，不含空格")
    return text


def read_password(file: Path | None) -> str | None:
    """The page's password: the file's only line, else ``MINGJIAN_PASSWORD``, else None.

    Raises:
        MingjianError: the file cannot be read, or the password would be easy to guess.
    """
    if file is not None:
        try:
            text, place = file.read_text(encoding="utf-8").strip(), str(file)
        except (OSError, UnicodeDecodeError):
            raise MingjianError(f"{file}：口令文件读不了") from None
    else:
        text, place = os.environ.get(PASSWORD, "").strip(), f"环境变量 {PASSWORD} "
        if not text:
            return None
    if not LEAST <= len(text) <= LONGEST or not text.isprintable() or len(set(text)) < DIFFERENT:
        raise MingjianError(f"{place}里的口令不合要求：{LEAST} 到 {LONGEST} 个字符，其中至少 {DIFFERENT} 种")
    return text


class Door:
    """Tells whether a request may come in.

    Without a token only requests that call the server by a name of this machine: a page of another site that the
    browser was led to by a forged name lookup calls it by that site's name.
    """

    def __init__(self, token: str | None, names: frozenset[str] | None = LOOPBACK) -> None:
        self._digest = _digest(token.encode("ascii")) if token else None
        self._names = names

    @property
    def locked(self) -> bool:
        """Whether a token is asked for."""
        return self._digest is not None

    def knows(self, authorization: bytes) -> bool:
        """Whether an ``Authorization`` header holds the token; takes the same time whatever it holds."""
        if self._digest is None:
            return True
        scheme, _, given = authorization.strip().partition(b" ")
        same = hmac.compare_digest(_digest(given.strip()), self._digest)
        return same and scheme.lower() == b"bearer"

    @property
    def alone(self) -> bool:
        """Whether nothing but the name that a request calls the server by tells who may come in."""
        return self._digest is None and self._names is not None

    def is_named(self, host: bytes) -> bool:
        """Whether a ``Host`` header names this machine; with a token any name will do."""
        if self._digest is not None or self._names is None:
            return True
        return name_in(host) in self._names


def relayed(headers: Iterable[bytes]) -> bool:
    """Whether names of headers say that a proxy passed the request on."""
    return any(name in RELAYED or name.startswith(b"x-forwarded-") for name in headers)


def name_in(host: bytes) -> str | None:
    """The name in a ``Host`` header, without the port; None where it is no name."""
    try:
        return urlsplit(f"//{host.decode('latin-1')}").hostname
    except ValueError:
        return None


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
