"""Hostile reports through the real page in a real browser: nothing of them runs, nothing is fetched from elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from statistics_layouts import html
from statistics_tables import SMALL, table

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
READY = 120
PASSWORD = "一个够长的访问口令abc"
RUN = "window.__ran=(window.__ran||0)+1"
ATTACK = f'<img src=x onerror="{RUN}"><script>{RUN}</script><svg onload={RUN}>'
LINK = "[点这里](javascript:window.__ran=1) ![图](http://evil.example/x.png) <a href=javascript:window.__ran=1>链</a>"
REPORT = f"""宁波市北仑区应急管理局{ATTACK}2021年政府信息公开工作年度报告
一、总体情况
{ATTACK}{LINK}按照《中华人民共和国政府信息公开条例》的要求，认真做好政府信息公开工作，主动公开信息120条。
二、主动公开政府信息情况
{LINK}
三、收到和处理政府信息公开申请情况
新收政府信息公开申请3件。{ATTACK}
四、政府信息公开行政复议、行政诉讼情况
无。
五、存在的主要问题及改进情况
（一）存在的问题
1.工作人员业务不熟练，{ATTACK}，培训不足。
2.{LINK}信息公开不及时，更新较慢。
（二）改进措施
1.加强{ATTACK}业务培训，提高工作人员能力。
六、其他需要报告的事项
无。
"""
TABLE = f"<table><tr><td>{'&lt;img src=x onerror=' + RUN + '&gt;'}</td><td>1</td></tr></table>"
CELL = "&nbsp;5</td>"  # the one 5 of the statutory table: requests received from persons
NAME = f"<img src=x onerror={RUN}>报告.txt"
PLACES = (
    "",
    "search?q=工作人员业务不熟练",
    f"search?q={quote(ATTACK)}",
    "measures",
    "measures?q=工作人员业务不熟练",
    f"measures?q={quote(ATTACK)}",
    "topics",
    f"topics?label={quote(ATTACK)}&agency={quote(ATTACK)}",
    "trends",
    "compare?left=year%3D2021",
    "statistics",
    "agency?agency=应急",
    f"agency?agency={quote(ATTACK)}",
    "report",
    "report?report={text}",
    "report?report={table}",
    f"report?report={quote(ATTACK)}",
    "brief",
    "quality",
    "label",
    "intake",
    "export",
    f"export?q={quote(ATTACK)}&agency={quote(ATTACK)}",
    "guide",
    f"guide?q={quote(ATTACK)}",
    quote("<img src=x onerror=alert(1)>"),
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed"),
    pytest.mark.skipif(os.name == "nt", reason="such file names cannot be made there"),
]


class Evil(NamedTuple):
    """An archive of attacks, and the ids of the reports in it: a text, and one with tables."""

    folder: Path
    text: str
    table: str

    def address(self, place: str) -> str:
        return "/" + place.replace("{text}", self.text).replace("{table}", self.table)


def tables() -> str:
    """HTML of a report with the attack in its lines, in a cell of a statutory table and in a table of its own.

    Its title is a plain one, so that agency, place and year are known and the pages have something to show.
    """
    statutory = html(table(**SMALL))
    assert statutory.count(CELL) == 1
    statutory = statutory.replace(CELL, f"{escape(ATTACK)}5</td>")
    lines = [f"<p>{line}</p>" for line in REPORT.replace(ATTACK, "", 1).replace("<", "&lt;").splitlines()]
    lines.insert(1 + next(at for at, line in enumerate(lines) if "三、收到" in line), statutory)
    return f"<html><body>{''.join(lines)}{TABLE}</body></html>".replace("2021", "2022")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Evil:
    """A hostile report as text, another with tables."""
    from index import Archive

    folder = tmp_path_factory.mktemp("evil")
    (folder / "in").mkdir()
    (folder / "in" / NAME).write_text(REPORT, "utf-8")
    (folder / "in" / "x.html").write_text(tables(), "utf-8")
    with Archive.open(folder / "archive") as opened:
        results = opened.add([folder / "in"])
        assert all(one.outcome == "added" for one in results), results
        assert any("onerror" in row.text for row in opened.statements()), "the attack is in the statements"
        ids = {Path(one.source).suffix: str(one.report) for one in results}
        stored = opened.show(ids[".html"])
        received = stored.report["statistics"]["applications"]["received_new"]
        assert (received["natural_person"], received["total"]) == (None, 8), "the table is a statutory one"
        assert "onerror" in stored.text[stored.text.index("申请人情况") : stored.text.index("四、")]
    return Evil(folder / "archive", ids[".txt"], ids[".html"])


def served(folder: Path, *words: str, **env: str) -> Iterator[str]:
    """The address of ``mingjian serve`` on an archive."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "serve", "--no-browser", "--port", "8761", "--archive", str(folder), *words],
        cwd=ROOT,
        env={**os.environ, **env},
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    lines: list[str] = []
    found = threading.Event()

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            lines.append(line)
            if "http://" in line:
                found.set()
        found.set()

    threading.Thread(target=read, daemon=True).start()
    try:
        assert found.wait(READY), "".join(lines)
        address = re.search(r"http://127\.0\.0\.1:\d+", "".join(lines))
        assert address, "".join(lines)
        yield address[0]
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture(scope="module")
def address(archive: Evil) -> Iterator[str]:
    yield from served(archive.folder)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    """A window in which nothing may run that is not the page's own, and nothing be fetched from elsewhere."""
    context = chromium.new_context(base_url=address)
    outside: list[str] = []
    dialogs: list[str] = []
    context.on("request", lambda asked: None if own(asked.url, address) else outside.append(asked.url))
    window = context.new_page()
    window.set_default_timeout(30_000)
    window.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    yield window
    context.close()
    assert outside == []
    assert dialogs == []


def own(url: str, address: str) -> bool:
    return url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))


SETTLED = """() => !document.querySelector('[data-testid=stSpinner], [data-testid=stSkeleton]')
  && document.querySelector('[data-testid=stApp]').dataset.testScriptState !== 'running'
  && document.querySelector('[data-testid=stMain]').innerText.trim() !== ''"""
STILL = 3  # polls in a row: between connecting and the first run of the page nothing is running either


def drawn(page: Any) -> None:
    """Wait until the page has drawn; Playwright's own waiting evaluates text, which the policy forbids."""
    page.locator("[data-testid=stMain] [data-testid=stElementContainer]").first.wait_for(state="attached")
    still = 0
    for _ in range(150):
        page.wait_for_timeout(200)
        still = still + 1 if page.evaluate(SETTLED) else 0
        if still == STILL:
            return
    raise AssertionError("the page does not settle")


def harmless(page: Any) -> None:
    assert page.evaluate("window.__ran") is None
    bad = "document.querySelectorAll('[onerror],[onload],a[href^=\"javascript:\"],img[src*=evil],img[src=x]').length"
    assert page.evaluate(bad) == 0


@pytest.mark.parametrize("place", PLACES, ids=range(len(PLACES)))
def test_nothing_of_a_hostile_report_runs(page: Any, archive: Evil, place: str) -> None:
    page.goto(archive.address(place))
    drawn(page)
    harmless(page)
    assert "出了问题" not in page.locator("body").inner_text()


def test_no_page_is_left_out() -> None:
    known = re.findall(r'^    "(\w+)": \("', (ROOT / "ui" / "app.py").read_text("utf-8"), re.MULTILINE)
    assert len(known) > 10
    assert set(known) - {"overview"} <= {place.partition("?")[0] for place in PLACES}


@pytest.mark.parametrize("place", ["report?report={text}", "report?report={table}"])
def test_the_attack_is_shown_as_what_it_is(page: Any, archive: Evil, place: str) -> None:
    page.goto(archive.address(place))
    drawn(page)
    assert "onerror" in page.locator("body").inner_text()
    harmless(page)


def test_a_hostile_file_name_is_uploaded_and_shown_as_text(page: Any) -> None:
    page.goto("/intake")
    drawn(page)
    name = f"../..\\<img src=x onerror={RUN}>.txt"
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": REPORT.replace("2021", "2023").encode()}
    )
    page.get_by_role("button", name="收入这").click()
    page.get_by_text("新增 1 份").wait_for()
    drawn(page)
    harmless(page)


def test_the_policy_stops_what_would_have_got_through(page: Any) -> None:
    """As if markup had slipped past the escaping: the browser itself refuses to run it."""
    page.goto("/")
    drawn(page)
    page.evaluate(
        "h => { const d = document.createElement('div'); d.innerHTML = h; document.body.append(d);"
        " const s = document.createElement('script'); s.textContent = 'window.__ran=9'; document.body.append(s);"
        " }",
        f'<img src="/nothing.png" onerror="{RUN}">',
    )
    page.wait_for_timeout(500)
    assert page.evaluate("window.__ran") is None


def test_with_a_password_nothing_is_seen_before_it(archive: Evil, chromium: Any, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(PASSWORD, "utf-8")
    for address in served(archive.folder, "--password", str(secret), "--port", "8763"):
        context = chromium.new_context(base_url=address)
        window = context.new_page()
        window.set_default_timeout(30_000)
        window.goto("/search?q=x")
        assert window.url.endswith("/login")
        window.get_by_label("访问口令").fill("不是这个口令啊啊啊")
        window.get_by_role("button", name="进入").click()
        window.get_by_text("口令不对").wait_for()
        window.get_by_label("访问口令").fill(PASSWORD)
        window.get_by_role("button", name="进入").click()
        drawn(window)
        assert window.locator("h1").count()
        context.close()
