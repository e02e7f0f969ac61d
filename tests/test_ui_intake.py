"""Bringing files in from the page: in the background, with progress, to be stopped, to be taken back."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("streamlit")
from test_ui_pages import html_of, run, words
from ui_fakes import EVIL, FakeArchive

from index.records import AddResult
from nlp.errors import MingjianError
from ui import holder
from ui.views import intake, jobs


class Slow(FakeArchive):
    """Waits before each file until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Semaphore(0)

    def add(
        self, paths: Any, *, workers: int = 1, progress: Callable[[AddResult, int, int], None] | None = None
    ) -> Any:
        paths = [*paths]
        self.calls.append(("add", len(paths)))
        for number, path in enumerate(paths, start=1):
            assert self.go.acquire(timeout=20)
            assert progress is not None
            progress(AddResult(str(path), "added", f"r{number}"), number, len(paths))
        return []


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeArchive]:
    archive = FakeArchive()
    monkeypatch.setattr(holder, "current", lambda: archive)
    monkeypatch.setattr(intake, "opened", lambda: archive)
    yield archive
    jobs._jobs.clear()


def store(paths: list[str]) -> jobs.Job:
    return jobs.start(jobs.Job("收入文件", len(paths)), lambda one: intake._store(one, paths))


def test_each_file_has_its_result_and_the_new_ones_can_be_taken_out(fake: FakeArchive) -> None:
    job = store(["/tmp/x/0/好.txt", f"/tmp/x/1/bad{EVIL.replace('/', '')}.txt"])
    job.wait(10)
    assert job.state == "done"
    app = run("intake", job=job.id)
    shown = html_of(app)
    assert "新增 1 份" in words(app)
    assert "失败 1 份" in words(app)
    assert shown.index("失败") < shown.index("新增"), "what went wrong comes first"
    assert "不是报告" in shown
    assert "<script" not in shown
    assert "/tmp/x" not in shown, "where it lay for a moment is nobody's business"
    next(b for b in app.button if b.label == "确定移除").click().run()
    undone = jobs.find(app.query_params["job"])
    assert undone is not None
    undone.wait(10)
    assert fake.calls[-1] == ("remove", "r9")
    app.run()
    assert "已从档案移除 1 份报告" in words(app)
    again = run("intake", job=job.id)
    assert not any(b.label == "确定移除" for b in again.button), "it is taken out once"


def test_work_says_how_far_it_is_and_stops_when_asked(fake: FakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    monkeypatch.setattr(intake, "opened", lambda: slow)
    job = store([f"/tmp/x/{n}/{n}.txt" for n in range(5)])
    slow.go.release()
    while job.done < 1:
        job.wait(0.01)
    app = run("intake", job=job.id)
    assert any("停止" in b.label for b in app.button)
    other = run("intake")
    assert "正在收入文件（已完成 1/5）" in words(other), "another window is told"
    next(b for b in app.button if b.label == "停止").click().run()
    assert job.stopping
    slow.go.release()
    job.wait(10)
    assert (job.state, job.done) == ("stopped", 2)
    assert slow.calls == [("add", 5), ("add", 0)], "what is in is made lasting"
    app = run("intake", job=job.id)
    assert "做完了 2/5" in app.warning[0].value
    assert "新增 2 份" in words(app)


def test_a_failure_of_the_whole_work_is_one_chinese_sentence(
    fake: FakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error, said in ((MingjianError("磁盘已满"), "磁盘已满"), (RuntimeError("secret"), "RuntimeError")):

        def broken(wrong: Exception = error) -> FakeArchive:
            raise wrong

        monkeypatch.setattr(intake, "opened", broken)
        job = store(["/tmp/x/0/a.txt"])
        job.wait(10)
        app = run("intake", job=job.id)
        assert said in app.error[0].value
        assert "secret" not in app.error[0].value


def test_what_another_window_took_out_is_no_failure(fake: FakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    from index.reads import Missing

    def gone(report: str) -> None:
        raise Missing(report)

    monkeypatch.setattr(fake, "remove", gone)
    job = jobs.start(jobs.Job(intake.UNDOING, 1), lambda one: intake._take_out(one, {"r9": "a.txt"}))
    job.wait(10)
    app = run("intake", job=job.id)
    assert "已从档案移除 0 份报告" in words(app)
    assert "别的窗口已经移除" in html_of(app)


def test_upload_names_lead_nowhere_and_the_folder_goes_when_it_is_done(
    fake: FakeArchive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class File:
        def __init__(self, name: str) -> None:
            self.name = name

        def getvalue(self) -> bytes:
            return b"x"

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(intake.common, "change", lambda **_: None)
    monkeypatch.setattr(intake.st, "session_state", {})
    intake._take([File("../../etc/passwd"), File("a.txt"), File("a.txt"), File("..\\..\\x.pdf"), File("")])
    (job,) = jobs._jobs.values()
    job.wait(10)
    paths = [Path(path) for name, path in fake.calls if name == "add"]
    assert [path.name for path in paths] == ["passwd", "a.txt", "a.txt", "x.pdf", "report"]
    assert all(tmp_path in path.parents for path in paths)
    assert len({path.parent for path in paths}) == 5
    assert not any(tmp_path.iterdir())


def test_many_jobs_are_forgotten_but_never_a_running_one(fake: FakeArchive) -> None:
    hold = threading.Event()
    first = jobs.start(jobs.Job("收入文件", 1), lambda _: hold.wait(20) and None)
    for _ in range(jobs.MOST + 20):
        jobs.start(jobs.Job("收入文件", 1), lambda _: None).wait(10)
    assert jobs.find(first.id) is first
    assert len(jobs._jobs) <= jobs.MOST + 2
    assert jobs.running() is first
    hold.set()
    first.wait(10)
    assert re.fullmatch("[0-9a-f]{12}", first.id)
