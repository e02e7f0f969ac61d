"""How long the pages take in a browser: ``python tests/bench/page.py --archive DIR``.

Starts ``mingjian serve`` on the archive, opens every page in Chromium in a fresh window, then once more, then clicks
the newest year of the filter where there is one; at last a person's way through all of them in one window
(:mod:`walk`), every step a click or a line typed. Seconds from the request (or click) until nothing is left to draw;
behind a plus, how much longer it took until what a page works out in the background was there too; in brackets the
server's processor time, where the system tells it. An archive of 50 000 statements is made by
``python tests/bench/recombine.py DIR --statements 50000 --direct``.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / "browser"), str(Path(__file__).parents[2])]

from playwright.sync_api import sync_playwright  # noqa: E402
from test_browser import ARGUMENTS, CHROMIUM, PAGES, command, settled  # noqa: E402
from walk import STEPS, Step  # noqa: E402

PLACES = (*PAGES, "search?q=工作人员业务不熟练", "search?q=2022年浙江人手不足", "measures?label=staff_instability")
WARM = 12.0  # seconds after the page is there: what it loads in the background
PATIENCE = 600  # seconds for a page, with what it works out in the background


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--archive", type=Path, required=True)
    arguments.add_argument("--port", default="8797")
    arguments.add_argument("--only", help="some of the pages, with commas, as in the address: quality,topics")
    arguments.add_argument("--no-walk", action="store_true", help="leave out the way through all pages")
    asked = arguments.parse_args()
    began = time.monotonic()
    serve = [*command(), "serve", "--no-browser", "--port", asked.port, "--archive", str(asked.archive)]
    process = subprocess.Popen(serve, stderr=subprocess.PIPE, encoding="utf-8")
    try:
        assert process.stderr is not None
        address = next(found[0] for line in process.stderr if (found := re.search(r"http://[\w.:]+", line)))
        print(f"page there after {time.monotonic() - began:.1f} s")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            first = timed(browser, process.pid, address, "")[0]
            print(f"very first load, as soon as the address is told: {shown(*first)}")
            time.sleep(WARM)
            print(f"{'page':42}{'first':>21}{'again':>21}{'a filter clicked':>21}")
            clicks = []
            for place in asked.only.split(",") if asked.only is not None else PLACES:
                seconds = timed(browser, process.pid, address, place)
                row = "".join(shown(*one) for one in seconds if one is not None)
                print(f"{place or '(overview)':42}{row}", flush=True)
                clicks += [seconds[2][0]] if seconds[2] is not None else []
            for step, seconds in [] if asked.no_walk else walked(browser, process.pid, address):
                print(f"{step.told:32}{shown(*seconds)}", flush=True)
                clicks += [seconds[0]]
            print(f"memory of the server: {memory(process.pid)}")
            if clicks:
                print(f"{len(clicks)} clicks, median {statistics.median(clicks):.2f} s, longest {max(clicks):.2f} s")
    finally:
        process.terminate()
        process.wait(20)


Took = tuple[float, float, float]  # seconds until it was drawn, until all of it was there, processor time until then


def shown(drawn: float, whole: float, worked: float) -> str:
    """Seconds, and how many more it took for all of it."""
    more = f"+{whole - drawn:.1f}" if whole > drawn + 0.1 else ""
    return f"{drawn:>8.2f}{more:>5} ({worked:.2f})"


def worked(process: int) -> float:
    """Seconds of processor time of a process so far; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(process: int) -> str:
    """Resident memory of a process, now and at most; empty where the system does not tell."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return ""
    fields = dict(line.split(":", 1) for line in lines)
    return ", ".join(f"{name} {int(fields[name].split()[0]) / 1024:.0f} MB" for name in ("VmRSS", "VmHWM"))


def timed(browser: Any, process: int, address: str, place: str) -> tuple[Took, Took, Took | None]:
    """The first load, the second, a click on the newest year of the filter."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", base_url=address)
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    loads = []
    for _ in range(2):
        start = time.monotonic(), worked(process)
        page.goto(f"/{place}")
        loads.append(until_drawn(page, process, *start))
    year = page.locator("[data-testid=stSidebar] button", has_text=re.compile(r"^20\d\d年")).first
    click = None
    if year.count():
        start = time.monotonic(), worked(process)
        year.click()
        page.wait_for_timeout(60)  # until the server has begun
        click = until_drawn(page, process, *start)
    context.close()
    return loads[0], loads[1], click


def walked(browser: Any, process: int, address: str) -> Iterator[tuple[Step, Took]]:
    """Each step of the way: what is on the page is there before the next one is taken."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", base_url=address)
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    for step in STEPS:
        if step.place is not None:
            page.goto(f"/{step.place}")
            until_drawn(page, process, time.monotonic(), worked(process))
        start = time.monotonic(), worked(process)
        step.act(page)
        page.wait_for_timeout(60)  # until the server has begun
        yield step, until_drawn(page, process, *start)
    context.close()


def until_drawn(page: Any, process: int, start: float, before: float) -> Took:
    """Seconds from ``start`` until the page stands still, and until nothing in it is still being worked out."""
    settled(page)
    drawn = time.monotonic() - start
    page.locator("[data-testid=stProgress]").wait_for(state="detached")
    settled(page)
    return drawn, time.monotonic() - start, worked(process) - before


if __name__ == "__main__":
    main()
