"""A person's way through the page in a real browser, from the documented command, on a desktop and on a phone."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).parents[2]
SHOTS = Path(__file__).parent / "shots"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
READY = 120  # seconds until the page must be there, archive included
QUERY = "工作人员业务不熟练"
STAFF = re.compile("业务|人员|能力|熟|专业|培训|学习")
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
PAGES = ("", "search", "trends", "compare", "statistics", "agency", "report", "quality", "label", "intake")
# words that a Chinese official reads every day; everything else in Latin letters is a leak
KNOWN = {"Excel", "CSV", "JSONL", "PDF", "Word", "txt", "docx", "pdf", "html", "htm", "HTML", "TXT", "DOCX", "HTM"}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed"),
    pytest.mark.skipif(not (ROOT / "corpora/sample/reports").is_dir(), reason="the sample reports are not built"),
]


def command() -> list[str]:
    """The installed ``mingjian`` of this environment, or the module where it is not installed."""
    script = Path(sys.executable).with_name("mingjian.exe" if os.name == "nt" else "mingjian")
    return [str(script)] if script.exists() else [sys.executable, "-m", "ui.cli"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running ``mingjian demo`` with an archive of its own, started in an empty folder."""
    folder = tmp_path_factory.mktemp("demo")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "MINGJIAN_DEBUG": "1"}
    arguments = [*command(), "demo", "--no-browser", "--port", "8731", "--archive", str(folder / "archive")]
    process = subprocess.Popen(arguments, cwd=folder, env=env, stderr=subprocess.PIPE, encoding="utf-8")
    lines: list[str] = []
    found = threading.Event()

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            lines.append(line)
            if "http://" in line or "Traceback" in line:
                found.set()
        found.set()

    threading.Thread(target=read, daemon=True).start()
    try:
        assert found.wait(READY), "".join(lines)
        address = re.search(r"http://127\.0\.0\.1:\d+", "".join(lines))
        assert address, "".join(lines)
        yield address[0]
        assert "Traceback" not in "".join(lines), "".join(lines)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
    assert process.returncode == 0, "Ctrl-C ends it cleanly"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, chromium: Any, demo: str) -> Iterator[Any]:
    """A fresh window of one size; nothing may be asked of any other machine."""
    width, height = SIZES[request.param]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", base_url=demo, accept_downloads=True
    )
    outside: list[str] = []
    errors: list[str] = []

    def requested(asked: Any) -> None:
        if not asked.url.startswith((demo, demo.replace("http", "ws"), "data:", "blob:")):
            outside.append(asked.url)

    context.on("request", requested)
    window = context.new_page()
    window.on("pageerror", lambda error: errors.append(str(error)))
    window.set_default_timeout(20_000)
    window.size = request.param
    yield window
    context.close()
    assert outside == []
    assert errors == []


def settled(page: Any) -> None:
    """Wait until the page has drawn all it draws."""
    page.locator("h1").first.wait_for()
    page.wait_for_function("!document.querySelector('[data-testid=stSpinner], [data-testid=stSkeleton]')")
    page.wait_for_function("document.querySelector('[data-testid=stApp]').dataset.testScriptState !== 'running'")


def shot(page: Any, name: str) -> None:
    """A picture of the whole page for the person who reviews it."""
    SHOTS.mkdir(exist_ok=True)
    width, height = SIZES[page.size]
    tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(tall, height), 6000)})
    page.wait_for_timeout(400)
    page.screenshot(path=SHOTS / f"{name}-{width}.png")
    page.set_viewport_size({"width": width, "height": height})


def sideways(page: Any) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


LEAKS = """() => {
  const skip = "[data-testid=stIconMaterial], .mj-text, .mj-body, .mj-quote, .mj-table, script, style, noscript, title";
  const out = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (parent.closest(skip) || !parent.checkVisibility()) continue;
    out.push(walk.currentNode.nodeValue);
  }
  for (const one of document.body.querySelectorAll("[aria-label],[title],[placeholder]")) {
    if (!one.checkVisibility()) continue;
    for (const name of ["aria-label", "title", "placeholder"]) {
      if (one.getAttribute(name)) out.push(name + "=" + one.getAttribute(name));
    }
  }
  return out;
}"""


def english(page: Any) -> list[str]:
    """Latin words that a person could see or hear, apart from those that belong."""
    found = []
    for text in page.evaluate(LEAKS):
        shown = re.sub(r"^(aria-label|title|placeholder)=", "", text)
        left = [word for word in re.findall(r"[A-Za-z]{3,}", shown) if word not in KNOWN]
        if left:
            found.append(text.strip())
    return found


def test_from_a_question_to_the_sentence_and_on_to_the_trend(page: Any) -> None:
    page.goto("/")
    settled(page)
    assert page.title() == "明鉴 · 政府信息公开年度报告检索与分析"
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert "均为虚构" in page.locator(".mj-notice").inner_text()
    shot(page, "overview")

    page.get_by_placeholder("想找什么").fill(QUERY)
    page.get_by_role("button", name="检索", exact=True).click()
    page.locator(".mj-card").first.wait_for()
    settled(page)
    assert "q=" in page.url
    cards = page.locator(".mj-card")
    for index in range(5):
        card = cards.nth(index)
        assert card.locator(".mj-kind").inner_text() == "问题"
        assert STAFF.search(card.locator(".mj-text").inner_text())
    first = cards.first.locator(".mj-text").inner_text()
    assert "人员业务能力不足" in cards.first.inner_text()
    shot(page, "search")

    page.get_by_role("link", name="查看原文").first.click()
    focus = page.locator(".mj-focus").first
    focus.wait_for()
    settled(page)
    page.wait_for_timeout(900)
    assert re.search(r"/report\?.*report=\w+.*at=\d+", page.url)
    assert focus.inner_text()[:12] in first
    box, height = focus.bounding_box(), SIZES[page.size][1]
    assert box is not None
    assert 0 < box["y"] < height, "the sentence is in view"
    shot(page, "report-at-sentence")

    page.go_back()
    page.locator(".mj-card").first.wait_for()
    assert cards.first.locator(".mj-text").inner_text() == first

    page.goto("/trends")
    settled(page)
    page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").first.wait_for()
    page.get_by_text("归纳出的问题话题").wait_for()
    settled(page)
    assert page.locator("[data-testid=stVegaLiteChart]").count() >= 2
    shot(page, "trends")


@pytest.mark.parametrize("place", PAGES)
def test_every_page_is_chinese_and_fits_the_window(page: Any, place: str) -> None:
    page.goto(f"/{place}")
    settled(page)
    page.wait_for_timeout(1200)
    assert english(page) == []
    assert sideways(page) <= 0
    assert page.locator("[data-testid=stAlertContentError]").count() == 0
    shot(page, f"page-{place or 'overview'}")


def test_a_colleague_sees_the_same_view_from_the_address(page: Any) -> None:
    page.goto("/search?q=%E4%BA%BA%E5%91%98&province=%E6%B5%99%E6%B1%9F%E7%9C%81&year=2021&year=2022")
    page.locator(".mj-card").first.wait_for()
    settled(page)
    shown = page.locator(".mj-card .mj-meta").all_inner_texts()
    assert shown
    assert all("浙江省" in text and re.search("202[12]年", text) for text in shown)
    assert page.get_by_label("检索内容").input_value() == "人员"


def test_like_sentences_and_solutions_are_one_click_away(page: Any) -> None:
    page.goto(f"/search?q={QUERY}&kind=problem")
    page.locator(".mj-card").first.wait_for()
    settled(page)
    page.get_by_role("link", name="他们怎么解决").first.click()
    page.get_by_text("别的单位怎么解决这类问题").wait_for()
    settled(page)
    assert {text.split("·")[0] for text in page.locator(".mj-card .mj-kind").all_inner_texts()} == {"措施"}
    shot(page, "solutions")
    page.go_back()
    page.get_by_role("link", name="相似说法").first.click()
    page.get_by_text("别处的相似说法").wait_for()
    page.locator(".mj-card").first.wait_for()


def test_what_only_shows_on_a_click_is_chinese_too(page: Any) -> None:
    page.goto("/search?q=人员")
    page.locator(".mj-card").first.wait_for()
    settled(page)
    if page.size == "phone":
        page.locator("[data-testid=stExpandSidebarButton]").click()
    page.get_by_test_id("stSidebar").get_by_role("combobox").first.click()
    page.wait_for_timeout(500)
    assert english(page) == []
    page.keyboard.type("没有这个地方")
    page.get_by_text("没有匹配的选项").wait_for()
    assert english(page) == []
    if page.size == "phone":
        page.keyboard.press("Escape")
        page.locator("[data-testid=stSidebarCollapseButton] button").click()
    page.goto("/quality")
    settled(page)
    page.get_by_text("收到与办理的件数不平").first.click()
    page.wait_for_timeout(600)
    assert english(page) == []
    page.goto("/trends")
    page.locator("[data-testid=stVegaLiteChart]").first.hover()
    page.wait_for_timeout(500)
    assert english(page) == []


def test_what_was_understood_can_be_clicked_away(page: Any) -> None:
    page.goto("/search?q=2021年应急局人员不足")
    chip = page.get_by_role("button", name=re.compile("年份：2021年"))
    chip.wait_for()
    settled(page)
    chip.click()
    page.wait_for_function("!document.body.innerText.includes('年份：2021年')")
    settled(page)
    assert "year=" not in page.url
    assert "agency_type=emergency" in page.url


def test_a_list_is_taken_away_as_a_table(page: Any, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    page.goto(f"/search?q={QUERY}")
    page.locator(".mj-card").first.wait_for()
    settled(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载表格（Excel）").click()
    path = tmp_path / "list.xlsx"
    waiting.value.save_as(path)
    assert waiting.value.suggested_filename == "检索结果.xlsx"
    book = openpyxl.load_workbook(path)
    first = book.worksheets[0]
    assert first.max_row > 10
    texts = {str(cell.value) for row in first.iter_rows() for cell in row}
    shown = page.locator(".mj-text").first.inner_text()
    assert any(shown.strip("。") in text for text in texts)


def test_filters_narrow_the_results_on_any_screen(page: Any) -> None:
    page.goto(f"/search?q={QUERY}")
    page.locator(".mj-card").first.wait_for()
    settled(page)
    if page.size == "phone":
        page.locator("[data-testid=stExpandSidebarButton]").click()
    page.get_by_role("button", name=re.compile(r"^2021年 \d+$")).click()
    page.wait_for_url(re.compile("year=2021"))
    if page.size == "phone":
        shot(page, "filters")
        page.locator("[data-testid=stSidebarCollapseButton] button").click()
    settled(page)
    page.wait_for_timeout(800)
    assert all("2021年" in text for text in page.locator(".mj-card .mj-meta").all_inner_texts())


def test_a_file_is_brought_in_and_found(page: Any, tmp_path: Path) -> None:
    year = 2021 if page.size == "desktop" else 2022
    report = tmp_path / f"某某县档案馆{year}.txt"
    report.write_text(
        f"霍山县档案馆{year}年政府信息公开工作年度报告\n一、总体情况\n{year}年，霍山县档案馆依法公开信息。\n"
        "五、存在的主要问题及改进情况\n（一）存在的主要问题\n1.查档窗口的藏品目录仍靠手写卡片登记，读者无从检索。\n"
        "（二）改进情况\n1.把手写卡片逐张录入电脑目录并上网。\n六、其他需要报告的事项\n无。\n",
        encoding="utf-8",
    )
    empty = tmp_path / "空白.txt"
    empty.write_bytes(b"")
    page.goto("/intake")
    settled(page)
    page.locator("input[type=file]").set_input_files([report, empty])
    page.get_by_role("button", name="收入这 2 份文件").click()
    page.get_by_text("新增 1 份").wait_for()
    settled(page)
    assert "空白.txt" in page.locator(".mj-table").inner_text()
    assert english(page) == []
    shot(page, "intake-done")
    page.goto("/search?q=手写卡片登记藏品目录")
    page.locator(".mj-card").first.wait_for()
    assert "手写卡片" in page.locator(".mj-text").first.inner_text()


def test_an_unknown_report_is_told_in_chinese(page: Any) -> None:
    page.goto("/report?report=nothing")
    page.get_by_text("没有编号").wait_for()
    page.get_by_role("link", name="返回报告列表").wait_for()
