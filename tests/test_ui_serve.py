"""Serving: ports, settings, the Chinese shell around Streamlit's page, one open archive, the sample archive."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("streamlit")
from nlp.errors import MingjianError
from ui import demo, holder, serve, shell

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "corpora" / "sample" / "reports"
INDEX = b'<!DOCTYPE html>\n<html lang="en">\n<head><link rel="shortcut icon" href="./favicon.png" />\n'
INDEX += b"<title>Streamlit</title>"
INDEX += b"</head><body></body></html>"
needs_sample = pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample reports are not built")


def reports(suffix: str = ".txt") -> list[Path]:
    return sorted(path for path in SAMPLE.rglob("*") if path.suffix == suffix)


# -- ports and settings -------------------------------------------------------------------------------------


def test_a_busy_port_gives_way_to_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as busy:
        busy.bind((serve.HOST, 0))
        busy.listen()
        port = busy.getsockname()[1]
        with serve.bind(port) as bound:
            got = bound.getsockname()[1]
            assert got != port
            assert bound.getsockname()[0] == "127.0.0.1"
    assert str(got) in capsys.readouterr().err


def test_every_setting_is_one_that_streamlit_knows() -> None:
    from streamlit import config

    serve.configure(8599)
    assert config.get_option("browser.gatherUsageStats") is False
    assert config.get_option("client.toolbarMode") == "minimal"
    assert config.get_option("client.showErrorDetails") == "none"
    assert config.get_option("server.address") == "127.0.0.1"
    assert config.get_option("theme.primaryColor").startswith("#")


# -- the shell ----------------------------------------------------------------------------------------------


async def inner(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """A server like Streamlit's: compresses where it may, answers every path with its page."""
    headers = dict(scope["headers"])
    static = scope["path"].startswith(("/static", "/_stcore", "/media", "/api"))
    body = b"body" if static else INDEX
    kind = b"text/javascript" if static else b"text/html; charset=utf-8"
    if b"gzip" in headers.get(b"accept-encoding", b""):
        body = gzip.compress(body)
    assert static or b"if-none-match" not in headers
    sent = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"etag", b'"x"')]
    await send({"type": "http.response.start", "status": 200, "headers": sent})
    for start in range(0, len(body), 50):
        await send({"type": "http.response.body", "body": body[start : start + 50], "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def asked(path: str, method: str = "GET") -> tuple[dict[bytes, bytes], bytes]:
    """What the shell answers."""
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    headers = [(b"accept-encoding", b"gzip"), (b"if-none-match", b'"x"')]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    asyncio.run(shell.ChineseShell(inner)(scope, receive, send))
    return dict(messages[0]["headers"]), b"".join(message.get("body", b"") for message in messages[1:])


@pytest.mark.parametrize("path", ["/", "/search", "/report", "/index.html"])
def test_every_page_is_chinese_from_its_first_byte(path: str) -> None:
    headers, body = asked(path)
    text = body.decode("utf-8")
    assert '<html lang="zh-CN">' in text
    assert f"<title>{shell.TITLE}</title>" in text
    assert "favicon.png" not in text
    assert text.count("<style>") == 1
    assert text.index("MutationObserver") < text.index("</head>")
    assert headers[b"content-length"] == str(len(body)).encode()
    assert b"etag" not in headers


@pytest.mark.parametrize("path", ["/static/js/index.js", "/_stcore/health", "/media/x.xlsx", "/api/search"])
def test_files_pass_untouched(path: str) -> None:
    headers, body = asked(path)
    assert b"etag" in headers
    assert b"MutationObserver" not in body


def test_streamlits_own_page_is_rewritten_whole() -> None:
    import streamlit

    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_bytes()
    text = shell.chinese(page).decode("utf-8")
    assert '<html lang="zh-CN">' in text
    assert "<title>Streamlit</title>" not in text
    assert not re.search(r'(?:src|href)="https?://', text), "nothing is fetched from elsewhere"


# -- one open archive ---------------------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "archive"
    monkeypatch.setenv("MINGJIAN_ARCHIVE", str(folder))
    yield folder
    holder._open.pop(folder, None)


def test_without_an_archive_the_way_to_one_is_told(served: Path) -> None:
    for ask in (holder.current, holder.version):
        with pytest.raises(MingjianError, match="mingjian add"):
            ask()
    assert not served.exists()


@needs_sample
def test_the_page_notices_what_another_opening_adds(served: Path) -> None:
    from index import Archive

    with Archive.open(served) as writer:
        writer.add(reports()[:1])
        held, before = holder.current(), holder.version()
        assert holder.current() is held
        assert holder.version() == before
        writer.add(reports()[1:2])
    assert holder.current() is held
    assert holder.version() != before
    assert len(held.list()) == 2


@needs_sample
def test_an_archive_put_in_anothers_place_is_opened_anew(served: Path, tmp_path: Path) -> None:
    from index import Archive

    with Archive.open(served) as first:
        first.add(reports()[:2])
    assert len(holder.current().list()) == 2
    with Archive.open(tmp_path / "other") as second:
        second.add(reports()[:1])
    shutil.move(served, tmp_path / "gone")
    shutil.move(tmp_path / "other", served)
    assert len(holder.current().list()) == 1


# -- the sample ---------------------------------------------------------------------------------------------


@needs_sample
def test_samples_are_told_by_their_names() -> None:
    path = reports()[0]
    assert demo.is_sample(str(path))
    assert demo.is_sample(f"C:\\报告\\{path.name}")
    assert not demo.is_sample("/reports/真实报告.txt")


@pytest.mark.parametrize("name", ["XDG_DATA_HOME", "LOCALAPPDATA"])
def test_the_sample_archive_lives_in_the_persons_data_folder(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if (name == "LOCALAPPDATA") != (os.name == "nt"):
        pytest.skip("another system's folder")
    monkeypatch.setenv(name, str(tmp_path))
    assert demo.default_folder().is_relative_to(tmp_path)
    assert "demo" in demo.default_folder().name


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A sample of three reports."""
    folder = tmp_path / "sample"
    folder.mkdir()
    for path in reports()[:3]:
        shutil.copy(path, folder)
    monkeypatch.setattr(demo, "sample_folder", lambda: folder)
    demo.sample_names.cache_clear()
    return folder


@needs_sample
def test_an_unfinished_sample_is_finished_and_a_finished_one_left(few: Path, tmp_path: Path) -> None:
    from index import Archive

    folder = tmp_path / "demo"
    with Archive.open(folder) as started:
        started.add([next(few.iterdir())])
    assert demo.prepare(folder) == folder
    with Archive.open(folder, create=False) as finished:
        assert len(finished.list()) == 3
        sequence = finished.store.sequence()
        demo.prepare(folder)
        assert finished.store.sequence() == sequence
    demo.sample_names.cache_clear()


@needs_sample
def test_a_persons_own_archive_is_left_as_it_is(few: Path, tmp_path: Path) -> None:
    from index import Archive

    folder = tmp_path / "own"
    with Archive.open(folder) as own:
        own.add(reports()[5:6])
        demo.prepare(folder)
        assert len(own.list()) == 1
    demo.sample_names.cache_clear()


# -- warming up ---------------------------------------------------------------------------------------------


class Warmed:
    """An archive that remembers what was asked of it; its search fails."""

    def __init__(self, statements: int = 0) -> None:
        self.asked: list[str] = []
        self.statements = statements

    def searcher(self) -> None:
        self.asked.append("searcher")

    def search(self, *_: Any, **__: Any) -> None:
        self.asked.append("search")
        raise MingjianError("索引坏了")

    def check_prepare(self, step: Any) -> None:
        self.asked.append("check")

    def count_statements(self) -> int:
        return self.statements

    def topics(self, **_: Any) -> None:
        self.asked.append("topics")

    def summary(self, **_: Any) -> None:
        self.asked.append("summary")


class Started:
    """A server that answers at once."""

    started, should_exit = True, False


@pytest.mark.parametrize(
    ("statements", "further"),
    [(7, ["topics", "topics", "summary"]), (serve.WHOLE + 1, [])],
    ids=["all is worked out", "of very many only what is kept"],
)
def test_the_address_is_told_before_anything_more_is_loaded(
    statements: int, further: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    archive, told = Warmed(statements), []
    monkeypatch.setattr(holder, "current", lambda: archive)
    monkeypatch.setattr(holder, "version", lambda: ("warmed", statements, 0))
    monkeypatch.setattr(serve, "AFTER", 0.0)
    monkeypatch.setattr(serve, "keep_tidy", lambda _: None)
    monkeypatch.setattr(serve.webbrowser, "open", lambda url: told.append((url, [*archive.asked])))
    serve.announce(Started(), "http://127.0.0.1:1", True, threading.Event())
    assert told == [("http://127.0.0.1:1", [])]
    assert archive.asked == ["searcher", "search", "check", *further], "a failure of one does not keep back the next"
    assert capsys.readouterr().err.splitlines() == ["网页已就绪：http://127.0.0.1:1  （按 Ctrl+C 结束）"]


def test_a_server_that_ends_is_not_kept_by_what_warms_up(monkeypatch: pytest.MonkeyPatch) -> None:
    archive, closing = Warmed(), threading.Event()
    monkeypatch.setattr(holder, "current", lambda: archive)
    closing.set()
    serve.warm_further(closing)
    assert archive.asked == []
