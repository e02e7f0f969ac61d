"""Where a store lies: an address that a person gives, and the pointer to it that the archive's folder keeps.

The address is taken apart, never handed on as text: each part reaches the database as a value of its own. A
password is never part of it.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from index.integrity import intact, sealed
from index.manifest import sync_folder
from index.stores.base import StoreError

POINTER = "store.toml"
SCHEMES = ("postgresql", "postgres")
SCHEMA = "mingjian"
LONGEST = 48  # bytes of a schema's name: PostgreSQL has 63, copies of older versions add to it
OPTIONS = ("sslmode", "sslrootcert", "connect_timeout")  # of the connection, passed on as they are
FORM = "postgresql://用户@主机:端口/数据库?schema=名称"


@dataclass(frozen=True, slots=True)
class Address:
    """A store in PostgreSQL. Empty ``host`` and ``user``: as the client library finds them (PGHOST, PGUSER, …)."""

    host: str
    port: int | None
    database: str
    user: str
    schema: str = SCHEMA
    options: tuple[tuple[str, str], ...] = ()

    def text(self) -> str:
        """As a person writes it."""
        user = quote(self.user, safe="") + "@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        port = f":{self.port}" if self.port else ""
        more = [("schema", self.schema)] if self.schema != SCHEMA else []
        query = urlencode([*more, *self.options], quote_via=quote)
        return f"postgresql://{user}{host}{port}/{quote(self.database, safe='')}" + (f"?{query}" if query else "")


def read_address(given: str) -> Address:
    """Take an address apart.

    Raises:
        StoreError: it is none, or holds what does not belong into it (a password above all).
    """
    try:
        parts = urlsplit(given.strip())
        port, host, password = parts.port, _host(parts.netloc), parts.password
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True) if parts.query else []
    except ValueError as error:
        raise StoreError(f"数据库地址看不懂，应写成 {FORM}") from error
    if password is not None:
        raise StoreError("数据库地址里不能写密码，请放在环境变量 PGPASSWORD 或密码文件 ~/.pgpass 里")
    if parts.scheme not in SCHEMES or parts.fragment or not parts.path.strip("/"):
        raise StoreError(f"数据库地址“{given}”看不懂，应写成 {FORM}")
    more = dict(pairs)
    schema = more.pop("schema", SCHEMA)
    unknown = [name for name in more if name not in OPTIONS]
    if unknown:
        raise StoreError(f"数据库地址里的“{unknown[0]}”不认识，可用：schema、{'、'.join(OPTIONS)}")
    if schema.startswith("pg_") or schema in ("", "information_schema"):
        raise StoreError(f"模式名“{schema}”不能用，请另取一个")
    address = Address(unquote(host), port, unquote(parts.path[1:]), unquote(parts.username or ""), schema)
    for name in (address.host, address.database, address.user, schema, *more.values()):
        if not name.isprintable() or len(name.encode("utf-8")) > (LONGEST if name == schema else 255):
            raise StoreError("数据库地址里有不能用的字符或名称太长")
    return Address(address.host, port, address.database, address.user, schema, tuple(sorted(more.items())))


def _host(netloc: str) -> str:
    """The host as it was written: a folder of sockets is told by its capitals too."""
    place = netloc.rpartition("@")[2]
    return place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]


# -- the pointer ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pointer:
    """What the folder of an archive says of its store.

    Attributes:
        id: the store's own name for itself.
        folder: the folder's name among all that use the store; "" for the one that the store was moved from, whose
            files are named by their paths alone; None where a version wrote it that knew none.
    """

    address: Address
    id: str
    folder: str | None = None

    @property
    def front(self) -> str:
        """What the names of this folder's files begin with in the store: a path alone is another file elsewhere."""
        return f"@{self.folder}:" if self.folder else ""


FRONT = re.compile("@[0-9a-f]{32}:")  # no absolute path begins like this


def plain_path(name: str) -> str:
    """The path of a file, of its name in a store."""
    found = FRONT.match(name)
    return name[found.end() :] if found else name


def read_pointer(folder: Path) -> Pointer | None:
    """The pointer in an archive's folder, None where there is none.

    Raises:
        StoreError: it cannot be read, or is not what was written.
    """
    path = folder / POINTER
    try:
        text = path.read_bytes().decode("utf-8")
        whole = intact(text)
        if whole is False or "#hecksum" in text:  # one bit makes a comment of the line
            raise StoreError(
                f"{path}：内容与其中的校验和不符；若是有意改写，请删去 checksum 那一行，"
                "否则请删去这个文件并用 mingjian add --store 重新指明数据库"
            )
        body = tomllib.loads(text)
        if not whole and body.keys() - {"folder"} != {"store", "id"}:
            raise ValueError("a line that does not belong here")
        name = body.get("folder")
        if name and not FRONT.fullmatch(f"@{name}:"):
            raise ValueError("no name of a folder")
        return Pointer(read_address(body["store"]), str(body["id"]), name)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{path}：无法读取，请删去它并用 mingjian add --store 重新指明数据库") from error


def write_pointer(folder: Path, pointer: Pointer) -> None:
    """Write it beside and rename: whole or not there at all."""
    path = folder / POINTER
    beside = path.with_name(path.name + ".new")
    text = (
        "# 这个存档的数据在数据库里；密码不写在这里，用环境变量 PGPASSWORD 或密码文件 ~/.pgpass 给出。\n"
        f"store = {json.dumps(pointer.address.text(), ensure_ascii=False)}\n"
        f"id = {json.dumps(pointer.id)}\n"
    )
    if pointer.folder is not None:
        text += f"folder = {json.dumps(pointer.folder)}\n"
    with beside.open("w", encoding="utf-8", newline="\n") as file:
        file.write(sealed(text))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(folder)
