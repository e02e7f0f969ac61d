"""PDF and OFD: lines to paragraphs, ruled tables, what a page break cuts, page marks, scans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from reading_files import PROSE, draw_lines, draw_table, ofd, ofd_rule, ofd_text, pdf, zipped

from nlp.errors import UnreadableReport
from nlp.reading import Limits, read, read_bytes
from nlp.records import Document

SHARED = Path(__file__).parents[2] / "shared"


def read_pdf(data: bytes) -> Document:
    document = read_bytes(data, "a.pdf")
    for grid in document.grids:
        assert len({len(row) for row in grid.rows}) == 1
        for row in grid.rows:
            for cell in row:
                assert document.text[cell.start : cell.end] == cell.text
    return document


def texts(document: Document, index: int = 0) -> list[list[str]]:
    return [[cell.text for cell in row] for row in document.grids[index].rows]


LINES: list[tuple[float, str]] = [
    (120, "某县水利局"),
    (90, "2022年政府信息公开工作年度报告"),
    (24, "一、总体情况"),
    (24, "2022年，县水利局把河湖管理、防汛抗旱等信息列入清单，主动公开"),
    (0, "信息120条，其中网站80条，公众号40条。全年办结建议提案12件，办理结"),
    (0, "果均已公开。"),
    (24, "（一）主动公开。按季度更新目录。"),
    (24, "（二）依申请公开。全年没有收到申请。"),
]
PARAGRAPHS = [
    "某县水利局",
    "2022年政府信息公开工作年度报告",
    "一、总体情况",
    "2022年，县水利局把河湖管理、防汛抗旱等信息列入清单，主动公开信息120条，其中网站80条，公众号40条。全年办结建议提案12件，办理结果均已公开。",
    "（一）主动公开。按季度更新目录。",
    "（二）依申请公开。全年没有收到申请。",
]


def test_lines_become_paragraphs_by_their_place() -> None:
    document = read_pdf(pdf(lambda canvas, _: draw_lines(canvas, LINES)))
    assert document.text.split("\n") == PARAGRAPHS
    assert document.pages == (0,)


def test_a_sentence_over_a_page_break_and_page_marks() -> None:
    def draw(canvas: Any, page: int) -> None:
        canvas.drawString(270, 40, f"— {page} —")
        draw_lines(canvas, LINES[:5] if page == 1 else LINES[5:])

    document = read_pdf(pdf(draw, 2))
    assert document.text.split("\n") == PARAGRAPHS
    assert len(document.pages) == 2


@pytest.mark.parametrize("mark", ["{}", "- {} -", "第 {} 页", "{}/3", "P. {}", "·{}·"])
def test_page_marks_in_the_margin(mark: str) -> None:
    def draw(canvas: Any, page: int) -> None:
        canvas.drawString(290, 30, mark.format(page))
        canvas.drawString(200, 810, "某县水利局信息公开年度报告")
        draw_lines(canvas, [(24, f"第{'一二三'[page - 1]}，本局认真落实各项公开要求，及时更新栏目。")])

    document = read_pdf(pdf(draw, 3))
    assert document.text.split("\n") == [f"第{n}，本局认真落实各项公开要求，及时更新栏目。" for n in "一二三"]


XS = [72.0, 250, 340, 430, 520]
TABLE = [
    (0, 0, 1, 4, "第二十条第（一）项"),
    (1, 0, 1, 1, "信息内容"),
    (1, 1, 1, 1, "本年制\n发件数"),
    (1, 2, 1, 1, "本年废止件数"),
    (1, 3, 1, 1, "现行有效件数"),
    (2, 0, 1, 1, "规章"),
    (2, 1, 1, 1, "0"),
    (2, 2, 1, 1, ""),
    (2, 3, 1, 1, "11"),
]
ROWS = [
    ["第二十条第（一）项"] * 4,
    ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"],
    ["规章", "0", "", "11"],
]


def test_a_ruled_table_between_paragraphs() -> None:
    def draw(canvas: Any, _: int) -> None:
        draw_lines(canvas, LINES[:4])
        draw_table(canvas, XS, [600, 570, 520, 490], TABLE)
        draw_lines(canvas, [(24, "三、收到和处理政府信息公开申请情况")], top=460)

    document = read_pdf(pdf(draw))
    assert texts(document) == ROWS
    assert document.grids[0].page == 1
    lines = document.text.split("\n")
    assert lines[-1] == "三、收到和处理政府信息公开申请情况"
    assert lines[-4] == "第二十条第（一）项\t\t\t"
    assert lines[-2] == "规章\t0\t\t11"


@pytest.mark.parametrize("kind", ["shade", "frame", "thin", "white"])
def test_what_is_drawn_besides_rules(kind: str) -> None:
    """Shading behind text and a frame around it are no table; rules drawn as thin rectangles are."""

    def draw(canvas: Any, _: int) -> None:
        if kind == "shade":
            canvas.setFillColorRGB(1, 1, 0.6)
            for i in range(8):
                canvas.rect(70, 755 - 22 * i, 450, 20, stroke=0, fill=1)
        elif kind == "frame":
            canvas.rect(60, 400, 480, 400)
        elif kind == "white":
            canvas.setStrokeColorRGB(1, 1, 1)
            draw_table(
                canvas, XS, [800, 500, 400], [(0, c, 1, 1, "") for c in range(4)] + [(1, c, 1, 1, "") for c in range(4)]
            )
        canvas.setFillColorRGB(0, 0, 0)
        draw_lines(canvas, LINES)
        if kind == "thin":
            for y in (500, 470, 440):
                canvas.rect(72, y, 200, 0.8, stroke=0, fill=1)
            for x in (72, 172, 271.2):
                canvas.rect(x, 440, 0.8, 60.8, stroke=0, fill=1)
            for x, y, text in ((76, 480, "规章"), (180, 480, "1"), (76, 450, "处罚"), (180, 450, "2")):
                canvas.drawString(x, y, text)

    document = read_pdf(pdf(draw))
    assert document.text.split("\n")[:6] == PARAGRAPHS
    assert len(document.grids) == (kind == "thin")
    if kind == "thin":
        assert texts(document) == [["规章", "1"], ["处罚", "2"]]


XS3 = [60.0, 90, 160, 330, 400, 460, 530]


def _row(row: int, label: str, numbers: list[str], column: int = 2) -> list[tuple[int, int, int, int, str]]:
    return [(row, column, 1, 3 - column, label)] + [(row, 3 + i, 1, 1, n) for i, n in enumerate(numbers)]


def test_a_merged_label_cut_by_the_page_break() -> None:
    def draw(canvas: Any, page: int) -> None:
        canvas.setFont("STSong-Light", 10)
        if page == 1:
            cells = [
                (0, 0, 2, 1, "三、本\n年度"),
                (0, 1, 1, 2, "（一）予以公开"),
                (1, 1, 1, 1, "（四）无"),
                *_row(0, "", ["1", "2", "3"])[1:],
            ]
            draw_table(canvas, XS3, [120, 90, 60], [*cells, *_row(1, "1.本机关不掌握", ["4", "5", "9"])])
        else:
            cells = [(0, 0, 3, 1, "办理\n结果"), (0, 1, 2, 1, "法提供"), *_row(0, "2.没有现成信息", ["6", "7", "13"])]
            cells += [
                *_row(1, "3.补正后仍不明确", ["0", "0", "0"]),
                (2, 1, 1, 2, "（七）总计"),
                *_row(2, "", ["8", "8", "16"])[1:],
            ]
            draw_table(canvas, XS3, [780, 750, 720, 690], cells)
        draw_lines(canvas, [(24, "一、总体情况：本局认真落实条例要求，公开及时。")], top=400)

    document = read_pdf(pdf(draw, 2))
    assert len(document.grids) == 1
    first, fourth = "三、本年度办理结果", "（四）无法提供"
    assert texts(document) == [
        [first, "（一）予以公开", "（一）予以公开", "1", "2", "3"],
        [first, fourth, "1.本机关不掌握", "4", "5", "9"],
        [first, fourth, "2.没有现成信息", "6", "7", "13"],
        [first, fourth, "3.补正后仍不明确", "0", "0", "0"],
        [first, "（七）总计", "（七）总计", "8", "8", "16"],
    ]


@pytest.mark.parametrize("figures_above", [True, False])
def test_a_row_cut_in_two_by_the_page_break(figures_above: bool) -> None:
    numbers, blank = ["6", "1", "7"], ["", "", ""]

    def draw(canvas: Any, page: int) -> None:
        canvas.setFont("STSong-Light", 10)
        if page == 1:
            draw_lines(canvas, [(24, "三、收到和处理政府信息公开申请情况")], top=300)
            cells = [
                *_row(0, "1.逾期不补正", ["0", "0", "0"]),
                *_row(1, "2.申请人逾期未按收费通知", numbers if figures_above else blank),
            ]
            draw_table(canvas, XS3, [120, 90, 60], [(0, 0, 2, 1, ""), (0, 1, 2, 1, "（六）其他"), *cells])
        else:
            cells = [
                *_row(0, "要求缴纳费用、不再处理", blank if figures_above else numbers),
                *_row(1, "3.其他", ["8", "0", "8"]),
            ]
            draw_table(canvas, XS3, [780, 750, 720], [(0, 0, 2, 1, ""), (0, 1, 2, 1, "处理"), *cells])

    document = read_pdf(pdf(draw, 2))
    assert [row[1:] for row in texts(document)] == [
        ["（六）其他处理", "1.逾期不补正", "0", "0", "0"],
        ["（六）其他处理", "2.申请人逾期未按收费通知要求缴纳费用、不再处理", "6", "1", "7"],
        ["（六）其他处理", "3.其他", "8", "0", "8"],
    ]


def test_a_header_repeated_on_the_next_page_is_dropped() -> None:
    def draw(canvas: Any, page: int) -> None:
        head = [(0, 0, 1, 1, "信息内容"), (0, 1, 1, 1, "本年制发件数"), (0, 2, 1, 1, "废止"), (0, 3, 1, 1, "有效")]
        row = [(1, 0, 1, 1, "规章" if page == 1 else "规范性文件"), *[(1, c, 1, 1, str(page)) for c in (1, 2, 3)]]
        draw_table(canvas, XS, [120, 90, 60] if page == 1 else [780, 750, 720], head + row)
        draw_lines(canvas, [(24, "二、主动公开政府信息情况")], top=300)

    document = read_pdf(pdf(draw, 2))
    assert texts(document) == [
        ["信息内容", "本年制发件数", "废止", "有效"],
        ["规章", "1", "1", "1"],
        ["规范性文件", "2", "2", "2"],
    ]


def test_equal_zero_rows_are_no_repeated_header() -> None:
    def draw(canvas: Any, page: int) -> None:
        cells = [
            (0, 0, 1, 1, "规章"),
            *[(0, c, 1, 1, "0") for c in (1, 2, 3)],
            (1, 0, 1, 1, "许可"),
            (1, 1, 1, 3, str(page)),
        ]
        draw_table(canvas, XS, [120, 90, 60] if page == 1 else [780, 750, 720], cells)
        draw_lines(canvas, [(24, "二、主动公开政府信息情况")], top=300)

    assert [row[:2] for row in texts(read_pdf(pdf(draw, 2)))] == [
        ["规章", "0"],
        ["许可", "1"],
        ["规章", "0"],
        ["许可", "2"],
    ]


def test_tables_of_other_widths_stay_two() -> None:
    def draw(canvas: Any, page: int) -> None:
        xs = XS if page == 1 else [100.0, 200, 300, 400, 480]
        draw_lines(canvas, [(24, "二、主动公开政府信息情况如下表所列各项，均已公开。")], top=300)
        draw_table(canvas, xs, [120, 90, 60, 50] if page == 1 else [780, 750, 700, 690], TABLE)

    assert len(read_pdf(pdf(draw, 2)).grids) == 2


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_rotated_pages(angle: int) -> None:
    """The page's content is turned and its /Rotate turns it back: what is seen is upright."""

    def draw(canvas: Any, _: int) -> None:
        width, height = 595.27, 841.89
        canvas.setPageRotation(angle)
        canvas.translate(*{90: (width, 0), 180: (width, height), 270: (0, height)}[angle])
        canvas.rotate(angle)
        draw_lines(canvas, LINES[2:6], top=500)
        draw_table(canvas, XS, [380, 350, 300, 270], TABLE)

    document = read_pdf(pdf(draw))
    assert texts(document) == ROWS
    assert document.text.split("\n")[1] == PARAGRAPHS[3]


def test_unruled_rows_stay_lines_with_blanks() -> None:
    def draw(canvas: Any, _: int) -> None:
        draw_lines(canvas, LINES)
        for i, row in enumerate([("规章", "1", "0", "11"), ("行政规范性文件", "8", "26", "66")]):
            for x, text in zip((80, 250, 330, 410), row, strict=True):
                canvas.drawString(x, 500 - 22 * i, text)

    assert read_pdf(pdf(draw)).text.split("\n")[-2:] == ["规章 1 0 11", "行政规范性文件 8 26 66"]


def test_a_scan_without_text(monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    image = Image.new("RGB", (200, 200), "grey")
    data = pdf(lambda canvas, _: canvas.drawInlineImage(image, 50, 300, 400, 400))
    monkeypatch.setattr("nlp.reading.ocr.available", lambda: False)
    with pytest.raises(UnreadableReport) as caught:
        read_bytes(data, "a.pdf")
    assert "扫描件" in caught.value.cause
    assert "mingjian[ocr]" in caught.value.cause


def test_pages_and_damage_are_bounded() -> None:
    data = pdf(lambda canvas, _: canvas.drawString(72, 700, "政府信息公开"), 5)
    for bad, limits, text in (
        (data, Limits(max_pages=4), "PDF 有 5 页（上限 4 页）"),
        (b"%PDF-1.4\n%%EOF", Limits(), "PDF 已损坏，无法打开"),
    ):
        with pytest.raises(UnreadableReport, match=text[:8]):
            read_bytes(bad, "a.pdf", limits=limits)


def test_a_drawing_with_endless_lines_is_no_table() -> None:
    def draw(canvas: Any, _: int) -> None:
        draw_lines(canvas, LINES)
        for i in range(3000):
            canvas.line(72 + i % 60, 100 + i / 20, 400, 100 + i / 20)

    assert read_pdf(pdf(draw)).text.split("\n")[:6] == PARAGRAPHS
    with_limit = read_bytes(pdf(draw), "a.pdf", limits=Limits(max_page_lines=100))
    assert with_limit.grids == ()


def test_ofd_lines_and_ruled_table() -> None:
    lines = [ofd_text(30, 20 + 8 * i, line) for i, line in enumerate(PROSE.split("\n"))]
    xs, ys = [30.0, 80, 110, 140], [100.0, 110, 120]
    rules = [ofd_rule(xs[0], y, xs[-1], y) for y in ys] + [ofd_rule(x, ys[0], x, ys[-1]) for x in xs]
    cells = [("规章", "0", "１"), ("处罚", "12", "")]
    texts_ = [ofd_text(xs[c] + 2, ys[r] + 7, t) for r, row in enumerate(cells) for c, t in enumerate(row) if t]
    document = read_bytes(ofd("".join(lines + rules + texts_), ofd_text(30, 20, "附件：无。")), "a.ofd")
    assert document.text == PROSE + "\n规章\t0\t1\n处罚\t12\t\n附件：无。"
    assert texts(document) == [["规章", "0", "1"], ["处罚", "12", ""]]
    assert document.title_hint == "年度报告"
    assert len(document.pages) == 2


def test_ofd_pieces_of_a_line_in_any_order() -> None:
    body = "".join(ofd_text(30, 30 + 9 * i, line) for i, line in enumerate(PROSE.split("\n")))
    pieces = ofd_text(46.8, 120, "公开工作") + ofd_text(30, 120, "政府信息")
    glyphs = (
        '<ofd:TextObject Boundary="30 150 100 6" Size="4">'
        '<ofd:TextCode X="0" Y="3.4" DeltaX="g 3 4">全年公开</ofd:TextCode></ofd:TextObject>'
        '<ofd:TextObject Boundary="46 150 100 6" Size="2" CTM="2 0 0 2 0 0">'
        '<ofd:TextCode X="0" Y="1.7" DeltaX="g 1 2">及时</ofd:TextCode></ofd:TextObject>'
    )
    lines = read_bytes(ofd(body + pieces + glyphs), "a.ofd").text.split("\n")
    assert lines[-2:] == ["政府信息公开工作", "全年公开及时"]


def test_ofd_damage() -> None:
    for entries in ({"OFD.xml": "<a/>"}, {"OFD.xml": "<a"}, {"OFD.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}):
        with pytest.raises(UnreadableReport, match="OFD 文档"):
            read_bytes(zipped(dict(entries)), "a.ofd")


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not beside the checkout")
@pytest.mark.parametrize(
    ("name", "shape", "totals", "reviews"),
    [
        (
            "淮安市人民政府2024",
            [(14, 4), (28, 10), (4, 15)],
            "2932 53 0 0 61 4 3050",
            "72 64 178 37 351 13 4 8 1 26 12 1 1 6 20",
        ),
        ("淮安市洪泽区人民政府2024", [(14, 4), (26, 10), (4, 15)], "95 0 0 0 0 0 95", "1 1 0 0 2 1 0 0 0 1 2 0 1 0 3"),
    ],
)
def test_real_pdfs(name: str, shape: list[tuple[int, int]], totals: str, reviews: str) -> None:
    document = read(SHARED / "reports" / f"{name}.pdf")
    assert [(len(grid.rows), len(grid.rows[0])) for grid in document.grids] == shape
    applications = texts(document, 1)
    assert applications[-2][3:] == totals.split()
    assert {row[0] for row in applications[5:-1]} == {"三、本年度办理结果"}
    assert texts(document, 2)[-1] == reviews.split()
    headings = [
        line
        for line in document.text.split("\n")
        if line[:2] in {"一、", "二、", "三、", "四、", "五、", "六、"} and "\t" not in line
    ]
    assert len(headings) == 6
    assert not any(f"- {n} -" in document.text for n in range(1, 7))


def _rules(canvas: Any, xs: list[float], ys: list[float], skip: set[str], reach: float = 0) -> None:
    """Rules of a whole grid, some of the outer ones left out, verticals lengthened downwards."""
    names = {ys[0]: "top", ys[-1]: "bottom"}
    for y in ys:
        if names.get(y) not in skip:
            canvas.line(xs[0], y, xs[-1], y)
    for x in xs:
        if {xs[0]: "left", xs[-1]: "right"}.get(x) not in skip:
            canvas.line(x, ys[0], x, ys[-1] - reach)


def _texts(canvas: Any, xs: list[float], ys: list[float], rows: list[list[str]]) -> None:
    for y, row in zip(ys, rows, strict=False):
        for x, text in zip(xs, row, strict=False):
            canvas.drawString(x + 4, y - 16, text)


@pytest.mark.parametrize("skip", [{"left", "right"}, {"top"}, {"bottom"}, {"top", "bottom", "left", "right"}])
def test_outer_rules_that_are_not_drawn(skip: set[str]) -> None:
    rows = [["信息内容", "件数", "有效"], ["规章", "1", "11"], ["规范性文件", "8", "66"]]
    xs, ys = [72.0, 250, 340, 430], [600.0, 570, 540, 510]

    def draw(canvas: Any, _: int) -> None:
        draw_lines(canvas, LINES[2:6])
        _rules(canvas, xs, ys, skip)
        _texts(canvas, xs, ys, rows)

    assert texts(read_pdf(pdf(draw))) == rows


def test_a_table_that_a_browser_cut_without_rules() -> None:
    """No rule at the break: the label's cell is open on both pages, its text hangs over the table's end."""

    def draw(canvas: Any, page: int) -> None:
        canvas.setFont("STSong-Light", 10)
        xs, ys = ([60.0, 120, 300, 400], [120.0, 90]) if page == 1 else ([60.0, 120, 300, 400], [790.0, 760, 730])
        if page == 1:
            draw_lines(canvas, [(24, "三、收到和处理政府信息公开申请情况")], top=300)
            canvas.line(60, 120, 400, 120)
            canvas.line(120, 90, 400, 90)
        else:
            canvas.line(120, 760, 400, 760)
            canvas.line(60, 730, 400, 730)
        for x in xs:
            canvas.line(x, ys[0], x, ys[-1])
        _texts(
            canvas,
            xs,
            ys,
            [["三、本年", "（一）予以公开", "5"]]
            if page == 1
            else [["理结果", "（二）部分公开", "6"], ["", "（七）总计", "11"]],
        )
        if page == 1:
            canvas.drawString(64, 78, "度办")

    label = "三、本年度办理结果"
    assert texts(read_pdf(pdf(draw, 2))) == [
        [label, "（一）予以公开", "5"],
        [label, "（二）部分公开", "6"],
        [label, "（七）总计", "11"],
    ]


def test_a_row_cut_without_rules_is_one_row() -> None:
    def draw(canvas: Any, page: int) -> None:
        xs = [60.0, 300, 400]
        ys = [120.0, 90, 66] if page == 1 else [790.0, 765, 735]
        draw_lines(canvas, [(24, "三、收到和处理政府信息公开申请情况")], top=400)
        _rules(canvas, xs, ys, {"bottom"} if page == 1 else {"top"})
        first, second = (
            [["（一）予以公开", "5"], ["2.申请人逾期未按收费通知要求", "6"]],
            [["缴纳费用", ""], ["3.其他", "7"]],
        )
        _texts(canvas, xs, ys, first if page == 1 else second)

    assert texts(read_pdf(pdf(draw, 2))) == [
        ["（一）予以公开", "5"],
        ["2.申请人逾期未按收费通知要求缴纳费用", "6"],
        ["3.其他", "7"],
    ]


@pytest.mark.parametrize(("dash", "gap"), [(0.8, 1.5), (2.0, 2.0), (3.0, 2.5)])
def test_dotted_and_dashed_rules(dash: float, gap: float) -> None:
    rows = [["规章", "345", "345"], ["规范性文件", "12", "0"]]
    xs, ys = [72.0, 250, 290, 330], [500.0, 470, 440]

    def stretch(canvas: Any, x0: float, y0: float, x1: float, y1: float) -> None:
        length = max(x1 - x0, y1 - y0)
        for i in range(int(length / (dash + gap)) + 1):
            at = i * (dash + gap)
            wide, high = (dash, 0.8) if x1 > x0 else (0.8, dash)
            canvas.rect(x0 + (at if x1 > x0 else 0), y0 + (at if y1 > y0 else 0), wide, high, stroke=0, fill=1)

    def draw(canvas: Any, _: int) -> None:
        draw_lines(canvas, LINES[2:6])
        for y in ys:
            stretch(canvas, xs[0], y, xs[-1], y)
        for x in xs:
            stretch(canvas, x, ys[-1], x, ys[0])
        _texts(canvas, xs, ys, rows)

    assert texts(read_pdf(pdf(draw))) == rows


def test_doubled_rules_leave_no_empty_rows() -> None:
    rows = [["规章", "1"], ["规范性文件", "8"]]

    def draw(canvas: Any, _: int) -> None:
        draw_lines(canvas, LINES[2:6])
        canvas.rect(70, 438, 264, 64)
        for r, y in enumerate((470, 440)):
            for c, x in enumerate((72, 204)):
                canvas.rect(x, y, 128, 28)
                canvas.drawString(x + 4, y + 10, rows[r][c])

    assert texts(read_pdf(pdf(draw))) == rows


def test_a_missing_rule_never_moves_a_figure() -> None:
    """One label's lower rule is missing: its neighbours stay in their places."""

    def draw(canvas: Any, _: int) -> None:
        draw_lines(canvas, LINES[2:6])
        xs, ys = [72.0, 160, 290, 330], [500.0, 470, 440, 410]
        canvas.line(72, 500, 330, 500)
        canvas.line(72, 410, 330, 410)
        canvas.line(160, 470, 330, 470)
        canvas.line(160, 440, 330, 440)
        canvas.line(72, 440, 160, 440)
        for x in (72, 330, 290):
            canvas.line(x, 500, x, 410)
        canvas.line(160, 500, 160, 440)
        _texts(canvas, xs, ys, [["（六）", "1.逾期", "1"], ["其他", "2.未缴", "2"], ["（七）总计", "", "3"]])

    assert texts(read_pdf(pdf(draw))) == [
        ["（六）其他", "1.逾期", "1"],
        ["（六）其他", "2.未缴", "2"],
        ["（七）总计", "（七）总计", "3"],
    ]


def test_a_slanting_watermark_does_not_get_into_the_cells() -> None:
    def draw(canvas: Any, _: int) -> None:
        draw_lines(canvas, LINES[2:6])
        draw_table(canvas, XS, [600, 570, 520, 490], TABLE)
        canvas.saveState()
        canvas.translate(150, 480)
        canvas.rotate(35)
        canvas.setFont("STSong-Light", 40)
        canvas.drawString(0, 0, "内部资料888")
        canvas.restoreState()

    document = read_pdf(pdf(draw))
    assert texts(document) == ROWS
    assert "888" not in document.text
    assert "内部" not in document.text


@pytest.mark.parametrize("angle", [90, 270])
def test_a_table_laid_across_an_upright_page(angle: int) -> None:
    def draw(canvas: Any, _: int) -> None:
        width, height = 595.27, 841.89
        canvas.translate(*{90: (width, 0), 270: (0, height)}[angle])
        canvas.rotate(angle)
        draw_lines(canvas, LINES[2:6], top=500)
        draw_table(canvas, XS, [380, 350, 300, 270], TABLE)

    document = read_pdf(pdf(draw))
    assert texts(document) == ROWS
    assert document.text.split("\n")[1] == PARAGRAPHS[3]
