"""What has come to stay is set aside, and what is rubbish among it goes all the same."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest

from ui import tidying


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()


class Ring:
    """Refers to itself, so that only a look through everything frees it."""

    def __init__(self) -> None:
        self.own = self


def test_what_stays_is_set_aside():
    kept = [[number] for number in range(1000)]
    tidying.tidy()
    assert gc.get_freeze_count() > len(kept)
    assert not any(one is kept for one in gc.get_objects())


def test_what_was_set_aside_and_is_rubbish_since_goes_the_next_time():
    ring = Ring()
    gone = weakref.ref(ring)
    tidying.tidy()
    del ring
    gc.collect()
    assert gone() is not None
    tidying.tidy()
    assert gone() is None


def test_it_looks_again_where_much_has_come(monkeypatch: pytest.MonkeyPatch):
    times: list[int] = []
    closing = threading.Event()

    def noted() -> None:
        times.append(1)
        if len(times) == 3:
            closing.set()

    monkeypatch.setattr(tidying, "tidy", noted)
    monkeypatch.setattr(tidying, "EVERY", 0.01)
    monkeypatch.setattr(tidying, "MANY", 0)
    tidying.keep_tidy(closing)
    assert len(times) == 3
    tidying.keep_tidy(closing)
    assert len(times) == 3, "a server that is closing is left alone"


def test_no_page_goes_through_everything(monkeypatch: pytest.MonkeyPatch):
    """Streamlit's own look after each run of a script costs a server that holds much most of its time."""
    from streamlit import config

    from ui.serve import configure

    monkeypatch.setattr(config, "set_option", (told := {}).__setitem__)
    configure(8520)
    assert told["runner.postScriptGC"] is False
