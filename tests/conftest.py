"""Fixtures that several files of tests share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from postgres_tools import Server


@pytest.fixture
def running() -> Server:
    """A PostgreSQL server, started; the test is skipped where there is none."""
    from postgres_tools import server

    return server()


@pytest.fixture
def address(running: Server, tmp_path: Path) -> str:
    """A schema of the server that only this test uses."""
    return running.address(f"s{abs(hash(str(tmp_path))):x}")
