"""Results that take their time: at once where they are known, else with how far they are and a way to stop them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from ui_fakes import FakeArchive

from ui import holder
from ui.views import later

APP = Path(__file__).parents[1] / "ui" / "app.py"


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    later.clear()
    yield
    later.clear()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeArchive:
    archive, version = FakeArchive(tmp_path), os.urandom(4).hex()
    monkeypatch.setattr(holder, "current", lambda: archive)
    monkeypatch.setattr(holder, "version", lambda: (str(tmp_path), version))
    monkeypatch.setattr(later, "AT_ONCE", 0.05)
    return archive


def app(page: str) -> AppTest:
    opened = AppTest.from_file(str(APP), default_timeout=30)
    opened.run()
    if page == "overview":
        return opened
    opened._page_hash = {entry["url_pathname"]: key for key, entry in opened._registered_pages.items()}[page]
    return opened.run()


def button(opened: AppTest, label: str) -> Any:
    return next(one for one in opened.button if one.label == label)


def shown(opened: AppTest, text: str) -> bool:
    return any(text in str(one.proto.body) for one in opened.get("html"))


def ended(work: later.Work) -> later.Work:
    assert work.ended.wait(10)
    return work


def test_it_is_done_once_for_everybody() -> None:
    done: list[int] = []
    first = later.begin("a", lambda step: done.append(1) or "made")
    assert later.begin("a", lambda step: done.append(2)) is first
    assert ended(first).result == "made"
    assert done == [1]


def test_it_says_how_far_it_is_and_ends_when_asked() -> None:
    go = threading.Event()

    def work(step: later.Step) -> None:
        step(1, 4)
        go.wait(10)
        step(2, 4)

    one = later.begin("b", work)
    until = time.monotonic() + 10
    while one.share != 0.25 and time.monotonic() < until:
        time.sleep(0.01)
    assert one.share == 0.25
    one.stop.set()
    go.set()
    assert ended(one).result is None
    assert later.begin("b", work) is one, "it was asked to stop: it stays so until somebody begins anew"
    later.forget("b", one)
    assert later.begin("b", work) is not one


def test_what_nobody_looks_at_any_more_ends_and_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "ALONE", -1.0)
    one = ended(later.begin("c", lambda step: step(1, 2)))
    assert one.stop.is_set()
    watched = ended(later.begin("c", lambda step: step(1, 2) or "made", watched=False))
    assert watched is not one
    assert watched.result == "made"


def test_only_so_many_results_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "MOST", 3)
    for number in range(8):
        ended(later.begin(number, lambda step: None))
    assert len(later._works) <= 4


def test_only_so_many_are_done_at_a_time() -> None:
    go, begun = threading.Event(), []
    works = [later.begin(n, lambda step: begun.append(1) or go.wait(10)) for n in range(later.SIDE_BY_SIDE + 2)]
    time.sleep(0.3)
    assert len(begun) == later.SIDE_BY_SIDE
    works[-1].stop.set()
    ended(works[-1])  # it need not have its turn to be stopped
    go.set()
    for work in works:
        ended(work)
    assert len(begun) == later.SIDE_BY_SIDE + 1


@pytest.mark.parametrize(
    ("page", "asked", "waiting"),
    [
        ("topics", "topics", "正在归纳话题"),
        ("quality", "check_prepare", "正在核对报告"),
        ("measures", "solved", "正在对照各单位的前后年份"),
    ],
)
def test_a_page_shows_the_rest_meanwhile_and_can_be_stopped(
    fake: FakeArchive, monkeypatch: pytest.MonkeyPatch, page: str, asked: str, waiting: str
) -> None:
    go, fake.pending = threading.Event(), "all"
    made = getattr(fake, asked)
    monkeypatch.setattr(fake, asked, lambda *given, **filters: go.wait(10) and made(*given, **filters))
    opened = app(page)
    assert not opened.exception
    assert not opened.error
    assert opened.sidebar.markdown
    assert not shown(opened, "2022年不再提")
    assert page != "measures" or opened.expander, "the measures need not wait"
    button(opened, "停止").click().run()
    assert any(f"{waiting}：已停止。" in one.value for one in opened.info)
    go.set()
    button(opened, "重新开始").click().run()
    until = time.monotonic() + 10
    while any(one.label in ("停止", "重新开始") for one in opened.button) and time.monotonic() < until:
        time.sleep(0.05)
        opened.run()
    assert not opened.exception
    assert opened.expander if page == "quality" else opened.subheader
    assert shown(opened, "2022年不再提") == (page == "measures")


def test_a_failure_is_told_and_tried_again(fake: FakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    from nlp.errors import MingjianError

    made = fake.topics

    def broken(**_: Any) -> None:
        raise MingjianError("索引坏了")

    monkeypatch.setattr(fake, "topics", broken)
    monkeypatch.setattr(later, "AT_ONCE", 10.0)
    opened = app("topics")
    assert [one.value for one in opened.error] == ["索引坏了"]
    monkeypatch.setattr(fake, "topics", made)
    assert not opened.run().error


def test_the_first_page_does_not_wait_for_findings(fake: FakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    go, fake.pending = threading.Event(), "all"
    monkeypatch.setattr(fake, "check_prepare", lambda step: go.wait(10))
    opened = app("overview")
    go.set()
    assert not opened.exception
    assert not opened.error
    assert any("正在核对各份报告" in str(one.proto.body) for one in opened.get("html"))
