"""Word documents: merged cells, text boxes, tracked changes, lists, nested tables, bombs."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest
from reading_files import PROSE, W, cell, docx, level, numbered, p, table, zipped

from nlp.errors import UnreadableReport
from nlp.reading import Limits, read, read_bytes
from nlp.reading.numbering import chinese, format_number
from nlp.records import Document

SHARED = Path(__file__).parents[2] / "shared"
BODY = "".join(p(line) for line in PROSE.split("\n"))


def read_docx(body: str, **parts: str) -> Document:
    document = read_bytes(docx(body, **parts), "a.docx")
    for grid in document.grids:
        assert len({len(row) for row in grid.rows}) == 1
        for row in grid.rows:
            for one in row:
                assert document.text[one.start : one.end] == one.text
    return document


def texts(document: Document, index: int = 0) -> list[list[str]]:
    return [[one.text for one in row] for row in document.grids[index].rows]


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_paragraphs() -> None:
    assert read_docx(BODY).text == PROSE


def test_grid_span_and_vertical_merge_cross() -> None:
    body = BODY + table(
        [cell("申请人情况", 2), cell("总计", merge="restart")],
        [cell("自然人"), cell("企业"), cell(merge="continue")],
        [cell("0"), cell("１"), cell("1")],
    )
    document = read_docx(body)
    assert texts(document) == [["申请人情况", "申请人情况", "总计"], ["自然人", "企业", "总计"], ["0", "1", "1"]]
    assert document.text.split("\n")[-3:] == ["申请人情况\t\t总计", "自然人\t企业\t", "0\t1\t1"]


def test_vertical_merge_restarts_and_orphans() -> None:
    body = BODY + table(
        [cell(merge="continue"), cell("1")],  # nothing above: a cell of its own
        [cell("（三）不予公开", merge="restart"), cell("2")],
        [cell(merge="continue"), cell("3")],
        [cell("（四）无法提供", merge="restart"), cell("4")],
        [cell("五", merge="continue"), cell("5")],
    )
    assert [row[0] for row in texts(read_docx(body))] == [
        "",
        "（三）不予公开",
        "（三）不予公开",
        "（四）无法提供",
        "（四）无法提供",
    ]


def test_rows_that_begin_later_and_are_shorter() -> None:
    row = f'<w:tr><w:trPr><w:gridBefore w:val="2"/></w:trPr>{cell("1")}</w:tr>'
    body = BODY + table([cell("规章"), cell("0"), cell("0")], [cell("处罚")]).replace("</w:tbl>", row + "</w:tbl>")
    assert texts(read_docx(body)) == [["规章", "0", "0"], ["处罚", "", ""], ["", "", "1"]]


def test_breaks_within_a_cell() -> None:
    broken = "<w:p><w:r><w:t>结果</w:t><w:br/><w:t>维持</w:t></w:r></w:p>" + p("情况")
    body = BODY + table([cell(broken), cell("1")], [cell("行政许可"), cell("2")])
    assert texts(read_docx(body))[0][0] == "结果维持情况"


def test_tracked_changes_are_accepted() -> None:
    changed = (
        "<w:p>"
        + run("全年公开")
        + f"<w:del>{run('100').replace('w:t>', 'w:delText>').replace('<w:t ', '<w:delText ')}</w:del>"
        f"<w:ins>{run('120')}</w:ins>{run('条')}<w:moveFrom>{run('旧')}</w:moveFrom><w:moveTo>{run('。')}</w:moveTo></w:p>"
    )
    assert read_docx(BODY + changed).text.endswith("全年公开120条。")
    deleted = f"<w:tr><w:trPr><w:del/></w:trPr>{cell('删')}{cell('9')}</w:tr>"
    grown = table([cell("规章"), cell("0")], [cell("处罚"), cell("1")]).replace("</w:tbl>", deleted + "</w:tbl>")
    assert texts(read_docx(BODY + grown)) == [["规章", "0"], ["处罚", "1"]]


def test_what_is_not_seen_is_not_read() -> None:
    odd = (
        "<w:p>" + run("公开") + run("隐藏", "<w:vanish/>") + "<w:r><w:fldChar/><w:instrText>PAGE</w:instrText></w:r>"
        "<w:r><w:footnoteReference/></w:r><w:r><w:commentReference/></w:r>"
        "<w:r><w:ruby><w:rt><w:r><w:t>gong</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>情况</w:t></w:r></w:rubyBase></w:ruby></w:r>"
        "</w:p>"
    )
    document = read_docx(BODY + odd, footnotes=p("脚注"), header=p("页眉"))
    assert document.text.endswith("\n公开情况")
    assert "脚注" not in document.text
    assert "页眉" not in document.text


def test_what_wraps_runs_is_looked_through() -> None:
    body = (
        "<w:sdt><w:sdtPr/><w:sdtContent>"
        + BODY
        + "</w:sdtContent></w:sdt><w:p><w:hyperlink>"
        + run("附件")
        + "</w:hyperlink><w:smartTag>"
        + run("一")
        + "</w:smartTag><w:fldSimple>"
        + run("：表")
        + "</w:fldSimple></w:p>"
    )
    assert read_docx(body).text == PROSE + "\n附件一：表"


def test_bookmark_text_of_converters_goes() -> None:
    assert read_docx(BODY + p("[bookmark: _GoBack]全年公开。")).text.endswith("\n全年公开。")


@pytest.mark.parametrize(
    "box",
    [
        "<w:r><mc:AlternateContent><mc:Choice><w:drawing>{0}</w:drawing></mc:Choice><mc:Fallback><w:pict>{0}</w:pict>"
        "</mc:Fallback></mc:AlternateContent></w:r>",
        "<w:r><w:pict><v:shape><v:textbox>{0}</v:textbox></v:shape></w:pict></w:r>",
        "<mc:AlternateContent><mc:Choice><w:r><w:drawing>{0}</w:drawing></w:r></mc:Choice><mc:Fallback/></mc:AlternateContent>",
    ],
)
def test_text_boxes_are_read_once(box: str) -> None:
    inner = (
        "<w:txbxContent>"
        + p("某县水利局文件")
        + table([cell("规章"), cell("0")], [cell("处罚"), cell("1")])
        + "</w:txbxContent>"
    )
    document = read_docx(p("标题", raw=box.format(inner)) + BODY)
    assert document.text.count("某县水利局文件") == 1
    assert len(document.grids) == 1


@pytest.mark.parametrize(
    "alternatives", ["<mc:AlternateContent/>", "<mc:AlternateContent><w:t>x</w:t></mc:AlternateContent>"]
)
def test_alternatives_without_a_branch_end(alternatives: str) -> None:
    body = alternatives + p(raw=f"<w:r><w:drawing>{alternatives}</w:drawing>{alternatives}</w:r>") + BODY
    assert read_docx(body).text.endswith(PROSE)


def test_nested_tables() -> None:
    inner = table([cell("规章"), cell("0"), cell("0")], [cell("处罚"), cell("1"), cell("2")])
    whole = read_docx(BODY + table([cell(p("第二十条第（一）项") + inner + p())]))
    assert texts(whole) == [["规章", "0", "0"], ["处罚", "1", "2"]]
    small = table([cell("1")])
    within = read_docx(BODY + table([cell("规章"), cell(small + p())], [cell("处罚"), cell("2")]))
    assert texts(within) == [["规章", "1"], ["处罚", "2"]]
    half = read_docx(
        BODY + table([cell("二、主动公开政府信息情况", 2)], [cell(inner + p(), 2)], [cell("许可"), cell("3")])
    )
    assert texts(half) == [["规章", "0", "0"], ["处罚", "1", "2"]]
    assert "二、主动公开政府信息情况" in half.text.split("\n")


LISTS = (
    '<w:abstractNum w:abstractNumId="0">'
    + level(0, "chineseCountingThousand", "%1、")
    + level(1, "chineseCounting", "（%2）")
    + level(2, "decimal", "%3.")
    + level(3, "decimal", "%3.%4")
    + '</w:abstractNum><w:abstractNum w:abstractNumId="1">'
    + level(0, "decimalEnclosedCircle", "%1")
    + level(1, "bullet", "•")
    + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="3"><w:abstractNumId w:val="0"/>'
    '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
)


def test_automatic_numbers_are_written() -> None:
    body = "".join(
        p(text, numbered(number, at))
        for text, number, at in [
            ("总体情况", 1, 0),
            ("主动公开", 1, 1),
            ("依申请公开", 1, 1),
            ("条目", 1, 2),
            ("子目", 1, 3),
            ("存在问题", 1, 0),
            ("学习", 1, 1),
            ("圆圈", 2, 0),
            ("圆圈", 2, 0),
            ("项目符号", 2, 1),
            ("从五开始", 3, 0),
            ("没有编号", 0, 0),
            ("无此表", 9, 0),
        ]
    )
    lines = read_docx(body + p("政府信息公开工作年度报告"), numbering=LISTS).text.split("\n")
    assert lines[:13] == [
        "一、总体情况",
        "（一）主动公开",
        "（二）依申请公开",
        "1.条目",
        "1.1子目",
        "二、存在问题",
        "（一）学习",
        "①圆圈",
        "②圆圈",
        "项目符号",
        "五、从五开始",
        "没有编号",
        "无此表",
    ]


def test_numbers_of_a_style_and_of_cells() -> None:
    styles = (
        '<w:style w:styleId="H1"><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="H2"><w:basedOn w:val="H1"/></w:style>'
        '<w:style w:styleId="X"><w:basedOn w:val="Y"/></w:style><w:style w:styleId="Y"><w:basedOn w:val="X"/></w:style>'
    )
    body = (
        p("主动公开", '<w:pStyle w:val="H1"/>')
        + p("依申请", '<w:pStyle w:val="H2"/>')
        + p("环", '<w:pStyle w:val="X"/>')
    )
    body += table([cell(p("予以公开", numbered(1, 2))), cell("0")], [cell(p("部分公开", numbered(1, 2))), cell("1")])
    document = read_docx(BODY + body, numbering=LISTS, styles=styles)
    assert "（一）主动公开\n（二）依申请\n环\n" in document.text
    assert [row[0] for row in texts(document)] == ["1.予以公开", "2.部分公开"]


def test_chinese_numerals() -> None:
    assert [chinese(n) for n in (1, 10, 11, 19, 20, 21, 99)] == ["一", "十", "十一", "十九", "二十", "二十一", "九十九"]
    assert format_number(4, "upperRoman") == "IV"
    assert format_number(27, "lowerLetter") == "aa"
    assert format_number(2, "ideographTraditional") == "乙"
    assert format_number(-3, "chineseCounting") == "-3"


def test_pictures_of_tables_are_noticed() -> None:
    picture = p(raw='<w:r><w:drawing><a:blip r:embed="x" xmlns:r="r"/></w:drawing></w:r>')
    heads = p("三、收到和处理政府信息公开申请情况"), p("四、政府信息公开行政复议、行政诉讼情况")
    assert read_docx(BODY + heads[0] + picture + heads[1]).warnings == ("table_image",)
    shown = table([cell("规章"), cell("0")], [cell("处罚"), cell("1")])
    assert read_docx(BODY + heads[0] + shown + picture + heads[1]).warnings == ()


def test_rows_aligned_by_tabs_become_a_grid() -> None:
    tab = "<w:r><w:tab/></w:r>"
    rows = "".join(f"<w:p>{run(a)}{tab}{run(b)}{tab}{run(c)}</w:p>" for a, b, c in ["甲01", "乙23"])
    assert texts(read_docx(BODY + rows)) == [["甲", "0", "1"], ["乙", "2", "3"]]


def test_the_strict_namespace_and_the_flat_form() -> None:
    strict = docx(BODY).replace(b"", b"")
    with zipfile.ZipFile(io.BytesIO(strict)) as archive:
        inner = archive.read("word/document.xml").decode()
    other = inner.replace(W, "http://purl.oclc.org/ooxml/wordprocessingml/main")
    assert read_bytes(zipped({"word/document.xml": other}), "a.docx").text == PROSE
    flat = (
        '<?xml version="1.0"?><?mso-application progid="Word.Document"?><pkg:package xmlns:pkg="urn:p">'
        f'<pkg:part pkg:name="/word/document.xml"><pkg:xmlData>{inner}</pkg:xmlData></pkg:part></pkg:package>'
    )
    assert read_bytes(flat.encode(), "a.doc").text == PROSE


def test_backslashes_in_the_package_are_paths_too() -> None:
    with zipfile.ZipFile(io.BytesIO(docx(BODY))) as archive:
        inner = archive.read("word/document.xml")
    assert read_bytes(zipped({"word\\document.xml": inner, "[Content_Types].xml": "<x/>"}), "a.docx").text == PROSE


def cause(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(UnreadableReport) as caught:
        read_bytes(data, "a.docx", limits=limits or Limits())
    return caught.value.cause


def test_bombs_and_damage() -> None:
    assert cause(zipped({"word/document.xml": "<w:document>"})) == "Word 文档已损坏，内容无法解析"
    laughs = '<!DOCTYPE a [<!ENTITY b "政府信息公开">]><a>&b;&b;</a>'
    assert cause(zipped({"word/document.xml": laughs})) == "Word 文档含有不允许的外部定义，已拒绝"
    assert cause(zipped({"word/document.xml": b" " * 60_000_000})).startswith("Word 文档解压后过大")
    assert "过大" in cause(zipped({"word/document.xml": b" " * 6000}), Limits(max_text_bytes=5000))
    assert "过多" in cause(zipped({"word/document.xml": "x", "a": "x", "b": "x"}), Limits(max_entries=2))
    assert "缺少正文" in cause(zipped({"word/other.xml": "x", "[Content_Types].xml": "x"}))
    good = bytearray(docx(BODY * 40))
    with zipfile.ZipFile(io.BytesIO(bytes(good))) as archive:
        at = archive.getinfo("word/document.xml").header_offset + 120
    good[at : at + 20] = bytes(20)
    assert cause(bytes(good)) == "Word 文档已损坏，无法解压"


def test_too_many_cells_and_deep_tables() -> None:
    wide = "<w:tr>" + cell("1", 200) * 30 + "</w:tr>"
    assert cause(docx(BODY + "<w:tbl>" + wide * 60 + "</w:tbl>")).startswith("表格过大")
    deep = cell("底")
    for _ in range(45):
        deep = cell(table([deep]) + p())
    started = time.perf_counter()
    read_bytes(docx(BODY + table([deep])), "a.docx")
    assert time.perf_counter() - started < 5


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real form is not beside the checkout")
def test_the_blank_form() -> None:
    document = read(SHARED / "reports" / "空白模板2021.docx")
    assert [(len(grid.rows), len(grid.rows[0])) for grid in document.grids] == [(14, 4), (28, 10), (4, 15)]
    applications = [[one.text for one in row] for row in document.grids[1].rows]
    assert applications[5][:2] == ["三、本年度办理结果", "（一）予以公开"]
    assert {row[0] for row in applications[5:27]} == {"三、本年度办理结果"}
    assert not any(any(row[3:]) for row in applications[3:])
