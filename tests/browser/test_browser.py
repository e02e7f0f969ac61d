"""A person's way through the page in a real browser, from the documented command, on a desktop and on a phone."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
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
STAFF = re.compile("业务|人员|能力|熟|专业|培训|学习|摸索")  # "新到岗的信息员多靠自己摸索" says it, too
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
PAGES = (
    *("", "search", "measures", "topics", "trends", "compare", "statistics", "agency"),
    *("report", "quality", "brief", "label", "intake", "export", "guide"),
)
VIEWS = (f"search?q={QUERY}", "search?q=2021年应急局“人员”不足", "label?view=done", "statistics?view=dictionary")
# words that a Chinese official reads every day; everything else in Latin letters is a leak
FORMATS = "Excel CSV JSON JSONL PDF Word txt docx pdf html htm zip HTML TXT DOCX HTM MHT MHTML DOC WPS RTF OFD ZIP"
KNOWN = {*re.findall(r"\w+", FORMATS), *re.findall(r"\w+", "mingjian backup verify help Tab Shift Enter Esc")}

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
        viewport={"width": width, "height": height},
        locale="zh-CN",
        base_url=demo,
        accept_downloads=True,
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


def until(page: Any, expression: str, seconds: float = 20.0) -> None:
    """Wait until an expression holds in the page. Its own policy forbids what wait_for_function does."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never came true: {expression}"
        page.wait_for_timeout(50)


DRAWN = """document.querySelector('h1') !== null
  && !document.querySelector('[data-testid=stSpinner], [data-testid=stSkeleton]')
  && document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"""


def settled(page: Any) -> None:
    """Wait until the page has drawn all it draws."""
    page.locator("h1").first.wait_for()
    until(page, DRAWN)


def hits_drawn(page: Any) -> None:
    """Wait for all hits: what stands further down may be drawn sooner than the first, on a busy machine."""
    page.locator(".mj-card").first.wait_for()
    settled(page)


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
    hits_drawn(page)
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
    hits_drawn(page)
    assert cards.first.locator(".mj-text").inner_text() == first

    page.goto("/trends")
    settled(page)
    page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").first.wait_for()
    page.get_by_text("哪些问题多了，哪些少了").wait_for()
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
    page.goto("/search?q=%E4%BA%BA%E5%91%98&province=%E6%B5%99%E6%B1%9F%E7%9C%81&year=2021&year=2022&layout=flat")
    hits_drawn(page)
    shown = page.locator(".mj-card .mj-meta").all_inner_texts()
    assert shown
    assert all("浙江省" in text and re.search("202[12]年", text) for text in shown)
    assert page.get_by_label("检索内容").input_value() == "人员"


def test_like_sentences_and_solutions_are_one_click_away(page: Any) -> None:
    page.goto(f"/search?q={QUERY}&kind=problem")
    hits_drawn(page)
    page.get_by_role("link", name="他们怎么解决").first.click()
    page.get_by_text("别的单位怎么解决这类问题").wait_for()
    settled(page)
    assert {text.split("·")[0] for text in page.locator(".mj-card .mj-kind").all_inner_texts()} == {"措施"}
    shot(page, "solutions")
    page.go_back()
    page.get_by_role("link", name="相似说法").first.click()
    page.get_by_text("别处的相似说法").wait_for()
    hits_drawn(page)


def test_what_only_shows_on_a_click_is_chinese_too(page: Any) -> None:
    page.goto("/search?q=人员")
    hits_drawn(page)
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
    until(page, "!document.body.innerText.includes('年份：2021年')")
    settled(page)
    assert "year=" not in page.url
    assert "agency_type=emergency" in page.url


def test_a_list_is_taken_away_as_a_table(page: Any, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    page.goto(f"/search?q={QUERY}")
    hits_drawn(page)
    page.get_by_role("button", name="下载", exact=False).first.click()
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
    page.goto(f"/search?q={QUERY}&layout=flat")
    hits_drawn(page)
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
    hits_drawn(page)
    assert "手写卡片" in page.locator(".mj-text").first.inner_text()


AXE = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => one.id + ": " + one.nodes.map((node) => node.html.slice(0, 200)).join(" | "))"""
# rules that Streamlit's own markup breaks and no page can mend: none at present
STREAMLITS_OWN: frozenset[str] = frozenset()


@pytest.mark.parametrize("place", [*PAGES, *VIEWS])
def test_no_page_shuts_anybody_out(page: Any, place: str) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    page.goto(f"/{place}")
    settled(page)
    page.wait_for_timeout(500)
    page.evaluate(Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate(AXE)
    assert [one for one in found if one.split(":")[0] not in STREAMLITS_OWN] == []


def test_from_a_file_to_the_brief(page: Any, tmp_path: Path) -> None:
    """Upload, search, open the evidence, correct a label, look at the trend, take files away."""
    docx, openpyxl = pytest.importorskip("docx"), pytest.importorskip("openpyxl")
    county = "金寨县" if page.size == "desktop" else "舒城县"
    report = tmp_path / f"{county}气象局2023.txt"
    report.write_text(
        f"{county}气象局2023年政府信息公开工作年度报告\n一、总体情况\n2023年，{county}气象局依法公开信息。\n"
        f"五、存在的主要问题及改进情况\n（一）存在的主要问题\n1.{county}雷达站的观测简报只贴在值班室门口，村民无处可看。\n"
        "（二）改进情况\n1.把观测简报改贴到各村公告栏。\n六、其他需要报告的事项\n无。\n",
        encoding="utf-8",
    )
    page.goto("/intake")
    settled(page)
    page.locator("input[type=file]").set_input_files([report])
    page.get_by_role("button", name="收入这 1 份文件").click()
    page.get_by_text("新增 1 份").wait_for()
    shot(page, "flow-1-intake")

    page.goto(f"/search?q={county}雷达站观测简报贴在值班室门口")
    hits_drawn(page)
    assert "观测简报只贴在值班室" in page.locator(".mj-text").first.inner_text()
    shot(page, "flow-2-search")
    page.get_by_role("button", name="前后文").first.click()
    page.locator(".mj-around").wait_for()
    assert "改进情况" in page.locator(".mj-around").inner_text()

    page.get_by_role("link", name="查看原文").first.click()
    page.locator(".mj-focus").first.wait_for()
    settled(page)
    assert "观测简报" in page.locator(".mj-focus").first.inner_text()
    shot(page, "flow-3-evidence")
    page.go_back()
    hits_drawn(page)

    page.get_by_role("link", name="改标签").first.click()
    page.get_by_role("heading", name="应当是").wait_for()
    settled(page)
    pill = page.get_by_role("button", name="宣传推广不足", exact=True)
    pill.click()
    settled(page)
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("已保存").wait_for()
    settled(page)
    assert "人工标注" in page.locator(".mj-table").first.inner_text()
    shot(page, "flow-4-label")

    page.goto("/trends?label=publicity_weak&year=2022&year=2023&year=2024")
    settled(page)
    page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").first.wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile("^下载为图片")).first.click()
    waiting.value.save_as(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    shot(page, "flow-5-trend")

    page.goto("/export?what=statements&year=2023&province=%E5%AE%89%E5%BE%BD%E7%9C%81")
    settled(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载表格（Excel）").click()
    waiting.value.save_as(tmp_path / "list.xlsx")
    rows = openpyxl.load_workbook(tmp_path / "list.xlsx").worksheets[0].iter_rows(values_only=True)
    (mine,) = [row for row in rows if "观测简报只贴在" in str(row) and county in str(row)]
    assert "宣传推广不足" in str(mine)
    shot(page, "flow-6-export")
    page.goto("/brief?year=2023&province=%E5%AE%89%E5%BE%BD%E7%9C%81")
    settled(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载简报（Word）").click()
    waiting.value.save_as(tmp_path / "brief.docx")
    assert len(docx.Document(str(tmp_path / "brief.docx")).paragraphs) > 5


def test_what_was_brought_in_is_taken_back(page: Any, tmp_path: Path) -> None:
    year = 2021 if page.size == "desktop" else 2022
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(
            f"裕安区第{number}中学{year}年政府信息公开工作年度报告\n一、总体情况\n本校依法公开信息。\n"
            f"五、存在的主要问题及改进情况\n（一）存在的主要问题\n1.校门口的公示栏第{number}次被风刮倒。\n"
            "六、其他需要报告的事项\n无。\n",
            encoding="utf-8",
        )
    page.goto("/intake")
    settled(page)
    page.locator("input[type=file]").set_input_files(sorted(tmp_path.glob("*.txt")))
    page.get_by_role("button", name="收入这 3 份文件").click()
    page.get_by_text("新增 3 份").wait_for()
    settled(page)
    assert "job=" in page.url, "a reload shows the same"
    page.get_by_role("button", name="撤销这次入库（3 份）").click()
    page.get_by_role("button", name="确定移除").click()
    page.get_by_text("已从档案移除 3 份报告").wait_for()
    page.goto("/search?q=校门口的公示栏被风刮倒")
    settled(page)
    assert "公示栏第" not in page.locator("[data-testid=stMain]").inner_text()


def test_a_search_is_kept_and_opened_again(page: Any) -> None:
    name = f"<b>人员</b> {page.size}"
    page.goto(f"/search?q={QUERY}&kind=problem")
    hits_drawn(page)
    page.get_by_role("button", name="收藏", exact=False).first.click()
    page.get_by_label("给这次检索起个名字").fill(name)
    page.get_by_label("给这次检索起个名字").press("Tab")
    page.get_by_role("button", name="收藏这次检索").click()
    page.get_by_text("已收藏").first.wait_for()
    page.goto("/search")
    settled(page)
    page.get_by_role("link", name=name).click()
    hits_drawn(page)
    assert "kind=problem" in page.url
    page.goto("/search")
    settled(page)
    page.get_by_role("button", name="删除").first.click()
    page.get_by_text("已删除收藏").first.wait_for()


def test_an_unknown_report_is_told_in_chinese(page: Any) -> None:
    page.goto("/report?report=nothing")
    page.get_by_text("没有编号").wait_for()
    page.get_by_role("link", name="返回报告列表").wait_for()
