"""A page of the web interface run by Streamlit's test harness over an archive made for a test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from index.archive import Archive
from ui import holder

APP = Path(__file__).parents[1] / "ui" / "app.py"


@contextmanager
def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    """The archive of a folder, opened; the pages show it, and nothing that they kept of another."""
    with Archive.open(folder, create=False) as opened:
        monkeypatch.setattr(holder, "current", lambda: opened)
        monkeypatch.setattr(holder, "version", lambda: (str(folder), os.urandom(4).hex()))
        yield opened


def run_page(name: str, /, **params: Any) -> AppTest:
    """A page by its name in the address, with the address's parameters; it must not fail."""
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.run()
    for key, value in params.items():
        app.query_params[key] = value
    # pages that are functions have no file by which AppTest.switch_page could name them
    app._page_hash = {entry["url_pathname"]: key for key, entry in app._registered_pages.items()}[name]
    app.run()
    assert not app.exception, app.exception
    return app


def html_of(app: AppTest) -> str:
    """All HTML of ours on a page."""
    return "\n".join(element.proto.body for element in app.get("html"))
