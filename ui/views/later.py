"""Results that take their time: worked out in the background, once for everybody, kept until the archive changes.

A page draws what it has and asks for the rest with :func:`later`: what is known comes at once, what is not is waited
for a moment, then the page shows how far it is and a button that stops it, and is drawn again when it is there.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from ui import markup

Step = Callable[[int, int], None]
Result = TypeVar("Result")

AT_ONCE = 0.4  # seconds that a page waits before it shows how far it is
POLL = 0.5  # seconds between two looks
ALONE = 20.0  # seconds after which what nobody looks at any more is stopped
MOST = 64  # results that are kept
SIDE_BY_SIDE = 2  # pieces of work at a time


class Stopped(Exception):
    """It was stopped, or nobody looks any more."""


@dataclass
class Work:
    """One piece of work. ``share``: how far it is, 0 to 1; None where nobody can tell."""

    share: float | None = None
    result: Any = None
    error: Exception | None = None
    began: float = field(default_factory=time.monotonic)
    seen: float = field(default_factory=time.monotonic)
    stop: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def step(self, done: int, total: int) -> None:
        """Note how far it is.

        Raises:
            Stopped: it is to end.
        """
        self.share = min(1.0, done / total) if total else None
        if self.stop.is_set() or time.monotonic() - self.seen > ALONE:
            raise Stopped


_lock = threading.Lock()
_works: OrderedDict[Hashable, Work] = OrderedDict()
_turns = threading.Semaphore(SIDE_BY_SIDE)


def clear() -> None:
    """Forget everything; what is being done is stopped."""
    with _lock:
        for one in _works.values():
            one.stop.set()
        _works.clear()


def begin(key: Hashable, work: Callable[[Step], Any], *, watched: bool = True) -> Work:
    """The work that this key names: what was begun before, or begun now. Unwatched it goes on though nobody looks."""
    with _lock:
        held = _works.get(key)
        if held is not None:
            _works.move_to_end(key)
            return held
        one = _works[key] = Work(seen=time.monotonic() if watched else float("inf"))
        for old in [name for name, other in _works.items() if other.ended.is_set()][: max(0, len(_works) - MOST)]:
            del _works[old]
    threading.Thread(target=_run, args=(key, one, work), name="mingjian-later", daemon=True).start()
    return one


def _run(key: Hashable, one: Work, work: Callable[[Step], Any]) -> None:
    try:
        while not _turns.acquire(timeout=POLL):
            one.step(0, 0)
        try:
            one.result = work(one.step)
        finally:
            _turns.release()
    except Stopped:
        if not one.stop.is_set():  # nobody looked: it begins anew with the next one who does
            forget(key, one)
            one.stop.set()
    except Exception as error:  # shown by the page that asked
        one.error = error
    one.ended.set()


def forget(key: Hashable, one: Work | None = None) -> None:
    """Let it begin anew when it is asked for again; ``one``: only where it is this work still."""
    with _lock:
        if one is None or _works.get(key) is one:
            _works.pop(key, None)


def later(key: Hashable, work: Callable[[Step], Result], told: str, *, small: bool = False) -> Result | None:
    """What ``work`` gives, where it is known or comes in a moment; else None, and the page shows how far it is.

    Args:
        key: names the result, the archive's version included.
        work: does it; it may call its argument with (done, total).
        told: what is being done, "正在写简报".
        small: do not wait, and say so in one line without a button.

    Raises:
        Exception: what the work raised.
    """
    one = begin(key, work)
    if not one.ended.is_set() and not one.stop.is_set():
        one.seen = max(one.seen, time.monotonic())
        one.ended.wait(0 if small else AT_ONCE)
    if one.ended.is_set() and one.error is not None:
        forget(key, one)
        raise one.error
    if one.stop.is_set():
        _stopped(key, one, told)
        return None
    if one.ended.is_set():
        found: Result = one.result
        return found
    _watch(one, told, small)
    return None


def _stopped(key: Hashable, one: Work, told: str) -> None:
    st.info(f"{markup.plain(told)}：已停止。")
    st.button("重新开始", key=f"again-{told}", on_click=forget, args=(key, one), icon=":material/refresh:")


@st.fragment(run_every=POLL)
def _watch(one: Work, told: str, small: bool) -> None:
    """How far it is; the whole page is drawn again once it ended."""
    one.seen = max(one.seen, time.monotonic())
    if one.ended.is_set() or one.stop.is_set():
        st.rerun()
    share = f"（{one.share:.0%}）" if one.share is not None else f"（已 {time.monotonic() - one.began:.0f} 秒）"
    if small:
        st.html(f'<p class="mj-why" role="status">{markup.safe(told)}…{share}</p>')
        return
    with st.container(border=True):
        st.progress(one.share or 0.0, text=f"{markup.plain(told)}…{share}")
        st.html('<p class="mj-why">页面的其他部分可以照常使用，做完自动显示。</p>')
        st.button("停止", key=f"stop-{told}", on_click=one.stop.set, icon=":material/stop_circle:")
