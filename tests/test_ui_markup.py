"""What comes from a report is text, whatever it holds; figures and places are shown as people read them."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ui_fakes import APPLICATIONS, EVIL, REPORT, TEXT, hit

from ui import markup, names, render, statutory
from ui.markup import Said

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
spans = st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50)), max_size=6)
TAGS = re.compile(r"<[^>]*>")


class Parser(HTMLParser):
    """Collects the tags and the text of a piece of HTML, and holds that every tag is closed in turn."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name.startswith("on") for name, _ in attrs)
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(html: str) -> Parser:
    parser = Parser()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


@given(text, spans)
def test_marking_keeps_the_text_and_adds_only_marks(value: str, places: list[tuple[int, int]]) -> None:
    html = markup.marked(value, places)
    assert set(re.findall(r"</?(\w+)>", html)) <= {"mark"}
    assert unescape(html.replace("<mark>", "").replace("</mark>", "")) == unescape(markup.safe(value))


@given(text, spans)
def test_exactly_the_given_places_are_marked(value: str, places: list[tuple[int, int]]) -> None:
    wanted = {i for s, e in places for i in range(max(0, s), min(len(value), e))}
    shown, inside, got = 0, False, set()
    for piece in re.split(r"(</?mark>)", markup.marked(value, places)):
        if piece in ("<mark>", "</mark>"):
            inside = piece == "<mark>"
            continue
        length = len(re.findall(r"&(?:amp|lt|gt|quot|#x27);|.", piece, re.DOTALL))
        got |= set(range(shown, shown + length)) if inside else set()
        shown += length
    assert got == wanted


def test_a_card_holds_no_markup_of_the_report() -> None:
    shown = parsed(markup.card(hit(1)))
    assert set(shown.tags) <= {"div", "span", "b", "p", "mark"}
    assert shown.text.count("<script>alert(1)</script>") == 2


def test_a_report_in_place_holds_no_markup_of_the_report() -> None:
    said = [Said(s["start"], s["end"], s["kind"], tuple(s["labels"]), focus=True) for s in REPORT["statements"]]
    shown = parsed(markup.body(TEXT, 0, len(TEXT), said))
    assert set(shown.tags) <= {"div", "span", "p", "sup"}
    without = shown.text.replace("〔问题：人员业务能力不足〕", "").replace("〔措施：培训学习提升能力〕", "")
    assert without == TEXT.replace("\n", "")


def test_overlapping_and_crossing_statements_lose_no_text() -> None:
    value = "甲乙丙丁\n戊己庚辛"
    said = [Said(0, 3, "problem", ()), Said(2, 6, "measure", ()), Said(7, 99, "passage", ())]
    shown = parsed(markup.body(value, 1, 8, said))
    assert re.sub(r"〔\w+〕", "", shown.text) == "乙丙丁戊己庚"


@pytest.mark.parametrize(
    "html",
    [
        markup.quote(EVIL, EVIL, 2021),
        markup.table([EVIL], [[EVIL, None]]),
        markup.figures([(EVIL, EVIL, EVIL)]),
        markup.verdicts([{"rule": EVIL, "status": "fail", "message": EVIL}, {"rule": EVIL, "status": "pass"}]),
        markup.pairs([{"kind": "problem", "text": EVIL}, {"kind": "measure", "text": EVIL}], [[0, 1]]),
        markup.contents([{"start": 1, "heading": EVIL, "number": 1}]),
        statutory.applications(APPLICATIONS),
    ],
)
def test_every_piece_escapes(html: str) -> None:
    assert not {"script", "img"} & set(parsed(html).tags)


def test_labels_of_buttons_are_not_markdown() -> None:
    assert markup.plain("**粗** [链](a) `b` $x$ :material/home: #1\n2") == (
        "\\*\\*粗\\*\\* \\[链\\]\\(a\\) \\`b\\` \\$x\\$ \\:material/home\\: \\#1 2"
    )
    assert "://" not in markup.plain("http://x.invalid").replace("\\", "")


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, "件", "无数据"),
        (0, "件", "0件"),
        (12345, "件", "12,345件"),
        (0.5, "%", "50.0%"),
        (0, "%", "0.0%"),
        (1.50, "万元", "1.5万元"),
        (402.153, "", "402.15"),
    ],
)
def test_figures_read_as_people_write_them(value: float | None, unit: str, shown: str) -> None:
    assert names.number(value, unit) == shown


def test_years_are_joined_to_spans() -> None:
    assert names.years([2023, 2019, 2020, 2021, 2019]) == "2019–2021、2023年"
    assert names.years([]) == ""


def test_every_warning_of_the_parser_has_words() -> None:
    for known in ("no_title", "table_absent:3", "check_failed:T3-A", "cells_ambiguous:2", "s5_no_measures"):
        told = names.warning(known)
        assert told.name != known
        assert not re.search(r"[A-Za-z_]{3}", told.name), told.name
    assert names.warning("table_absent:3").name == "缺少表格：三、收到和处理政府信息公开申请情况"
    assert names.warning("unheard_of").name == "unheard_of"


def test_the_requests_table_has_the_forms_shape() -> None:
    form = statutory.layout()["applications"]
    table = {row[0]: {"total": 1} for row in form["rows"] if row[0] != "other_total"}
    html = statutory.applications(table)
    grid = [re.findall(r"<t[hd][^>]*>", line) for line in re.findall(r"<tr>(.*?)</tr>", html)]
    assert len(grid) == 3 + 25
    width = [0] * 40
    for r, line in enumerate(grid):  # every place of the rectangle is covered exactly once
        for tag in line:
            span = int((re.search(r'colspan="(\d+)"', tag) or [0, 1])[1])
            down = int((re.search(r'rowspan="(\d+)"', tag) or [0, 1])[1])
            for below in range(r, r + down):
                width[below] += span
    assert set(width[: len(grid)]) == {10}
    assert html.count("无数据") == 25 * 6


@pytest.mark.parametrize(("form", "columns"), [("2021", 4), ("2019", 4)])
def test_the_disclosure_tables_are_rectangles(form: str, columns: int) -> None:
    html = statutory.disclosure({"licence": {"decisions": 7}}, form)
    for line in re.findall(r"<tr>(.*?)</tr>", html):
        spans = [int((re.search(r'colspan="(\d+)"', tag) or [0, 1])[1]) for tag in re.findall(r"<t[hd][^>]*>", line)]
        assert sum(spans) == columns
    assert ">7<" in html


def test_terminal_tables_are_aligned_by_columns_not_characters() -> None:
    lines = render.table(["单位", "n"], [("北仑区应急管理局", 3), ("A", 12)], right=(1,)).split("\n")
    assert {render.width(line) for line in lines} == {20}
    assert lines[2].endswith("  3")


@given(text)
def test_nothing_in_a_report_steers_the_terminal(value: str) -> None:
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", render.clean(value))


@given(st.text(max_size=60), st.integers(2, 40))
def test_text_is_cut_to_the_columns(value: str, columns: int) -> None:
    assert render.width(render.fit(render.clean(value), columns)) <= columns


def test_a_sentence_stands_among_whole_lines_of_its_neighbours() -> None:
    lines = [f"第{n}行<b>文字" for n in range(40)]
    text = "\n".join(lines)
    start = text.index("第20行")
    shown = markup.around(text, start, start + 4, "problem", reach=30)
    assert "<b>" not in shown
    assert shown.count("mj-said-problem") == 1
    inside = [n for n in range(40) if f"第{n}行" in shown.replace("<span", "").replace("</span>", "")]
    assert {18, 19, 21, 22} <= set(inside)
    assert 2 < len(inside) < 15
    whole = markup.around("就一句", 0, 3, "passage")
    assert whole.count("<p>") == 1
