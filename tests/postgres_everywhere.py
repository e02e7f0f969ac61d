"""``pytest -p postgres_everywhere``: every store and every new archive of the tests lies in PostgreSQL, not in SQLite.

Each path that a test opens a store at stands for a schema of its own.
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from postgres_tools import server

from index.store import Store
from index.stores import choose
from index.stores.address import POINTER, read_address
from index.stores.base import Engine


def engine_at(path: Path) -> Engine:
    """The database that stands for a file."""
    from index.stores.postgres import PostgresEngine

    schema = "t" + blake2b(str(path.absolute()).encode(), digest_size=8).hexdigest()
    return PostgresEngine(path, read_address(server().address(schema)))


@pytest.fixture(autouse=True, scope="session")
def _everything_in_postgres() -> Any:
    server()
    patch = pytest.MonkeyPatch()
    opened, engine_of = Store.__init__, choose.engine_of

    def open_store(self: Store, path: Path, *, create: bool = True, engine: Engine | None = None) -> None:
        opened(self, path, create=create, engine=engine or engine_at(path))

    def engine_for(folder: Path, address: str | None = None) -> Engine:
        if address or (folder / POINTER).exists():
            return engine_of(folder, address)
        found = engine_at(folder)
        found.path = folder / POINTER
        return found

    patch.setattr(Store, "__init__", open_store)
    patch.setattr(choose, "engine_of", engine_for)
    yield
    patch.undo()
