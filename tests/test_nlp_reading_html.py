"""Web pages: the report is kept, the site is not; spans, nesting, hidden parts and pictures of tables."""

from __future__ import annotations

import contextlib
import time

import pytest
from reading_files import PROSE, page

from nlp.errors import UnreadableReport
from nlp.reading import Limits, read_bytes
from nlp.records import Document

SECTIONS = [
    "一、总体情况",
    "2022年，县水利局主动公开信息120条。",
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
    "一是公开不够及时。",
    "六、其他需要报告的事项",
    "无。",
]
TITLE = "某县水利局2022年政府信息公开工作年度报告"


def paragraphs(*lines: str) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def read_page(body: str, head: str = "") -> Document:
    document = read_bytes(page(body, head), "a.html")
    for grid in document.grids:
        for row in grid.rows:
            for cell in row:
                assert document.text[cell.start : cell.end] == cell.text
    return document


def texts(document: Document, index: int = 0) -> list[list[str]]:
    return [[cell.text for cell in row] for row in document.grids[index].rows]


MENU = "<ul>" + "".join(f'<li><a href="/{i}">栏目{i}信息公开</a></li>' for i in range(40)) + "</ul>"


@pytest.mark.parametrize(
    "frame",
    [
        "<div class=a>{menu}</div><div class=b><div class=c>{report}</div></div><div>版权所有：某县 ICP备1号</div>",
        "<form id=form1><div>{menu}</div><div>{report}</div></form>",
        "<table><tr><td>{menu}</td><td>{report}</td></tr></table>",
        "<header>{menu}</header><main>{report}</main><footer>主办：某县人民政府</footer>",
        "<table><tr><td colspan=2>{menu}<tr><td>{menu}<td><table><tr><td>{report}</td></tr></table></table>",
        "<nav>{menu}</nav><div><div><span>{report}</span></div></div><aside>{menu}</aside>",
        "<div style='display: block'>{report}</div><div hidden>{menu}</div><p style='display:none'>隐藏的字</p>",
        "<center><font size=2>{report}</font></center>{menu}",
        "<div><div>{menu}<div>扫一扫在手机打开当前页</div></div><section>{report}</section>{menu}</div>",
    ],
)
def test_d9_the_site_around_the_report_goes(frame: str) -> None:
    document = read_page(frame.format(menu=MENU, report=paragraphs(*SECTIONS)))
    assert document.text.split("\n") == SECTIONS


def test_the_report_in_a_header_or_hidden_tab_is_kept() -> None:
    for tag in ("header", "nav", "form", "div hidden", "div style='display:none'"):
        document = read_page(f"<p>欢迎</p><{tag}>{paragraphs(*SECTIONS)}</{tag.split()[0]}>")
        assert document.text.split("\n")[-9:] == SECTIONS


def test_title_before_the_block_and_head_facts() -> None:
    head = (
        f'<title>{TITLE}_某县人民政府</title><meta name="ArticleTitle" content="{TITLE}">'
        '<meta name="PubDate" content="2023-01-18 10:20"><meta name="ContentSource" content="某县水利局">'
        '<meta name="SiteName" content="某县人民政府">'
    )
    info = "<div>发布日期：2023-01-18 来源：<a href=x>某县水利局</a> 浏览次数：<i>18</i></div>"
    body = f"{MENU}<div><h2>{TITLE}</h2>{info}<div>{paragraphs(*SECTIONS)}</div></div><p>【打印】【关闭】</p>"
    document = read_page(body, head)
    assert document.text.split("\n") == [TITLE, *SECTIONS]
    assert document.title_hint == TITLE
    assert document.hints == {"publisher": "某县水利局", "publish_date": "2023-01-18", "site": "某县人民政府"}


def test_title_is_not_doubled() -> None:
    document = read_page(f"<h1>{TITLE}</h1><div><p>{TITLE}</p>{paragraphs(*SECTIONS)}</div>")
    assert document.text.count(TITLE) == 1


def test_an_old_free_report_is_found_by_its_mass() -> None:
    body = "".join(f"<p>第{i}段，本乡认真做好政务公开各项工作，方便群众办事，没有发生收费。</p>" for i in range(8))
    document = read_page(f"<div>{MENU}</div><div><div>{body}</div></div><div>{MENU}</div>")
    assert document.text.startswith("第0段")
    assert "栏目" not in document.text


TABLE = """<table border=1><tr><td colspan="4">第二十条第（一）项</td></tr>
<tr><td>信息内容</td><td><p>本年制</p><p>发件数</p></td><td>本年废止<br>件数</td><td>现行有效件数</td></tr>
<tr><td>规章</td><td>　０</td><td>&nbsp;</td><td>3
</td></tr></table>"""


def test_cells_spans_and_breaks() -> None:
    document = read_page(paragraphs(*SECTIONS[:3]) + TABLE + paragraphs(*SECTIONS[3:]))
    assert texts(document) == [
        ["第二十条第（一）项"] * 4,
        ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"],
        ["规章", "0", "", "3"],
    ]
    assert document.text.split("\n")[3:6] == [
        "第二十条第（一）项\t\t\t",
        "信息内容\t本年制发件数\t本年废止件数\t现行有效件数",
        "规章\t0\t\t3",
    ]
    assert len({(cell.start, cell.end) for cell in document.grids[0].rows[0]}) == 1


def test_rowspan_and_colspan_cross() -> None:
    rows = (
        "<tr><td rowspan=3>三、本年度办理结果</td><td colspan=2>（一）予以公开</td><td>1</td></tr>"
        "<tr><td rowspan=2>（三）不予公开</td><td>1.属于国家秘密</td><td>2</td></tr>"
        "<tr><td>2.其他</td><td>3</td></tr><tr><td colspan=3>四、结转</td><td>4</td></tr>"
    )
    document = read_page(paragraphs(*SECTIONS) + f"<table><thead></thead><tbody>{rows}</tbody></table>")
    first, third = "三、本年度办理结果", "（三）不予公开"
    assert texts(document) == [
        [first, "（一）予以公开", "（一）予以公开", "1"],
        [first, third, "1.属于国家秘密", "2"],
        [first, third, "2.其他", "3"],
        ["四、结转", "四、结转", "四、结转", "4"],
    ]


@pytest.mark.parametrize("span", ["0", "-1", "x", "", "99999999999999999999", "1.5", "200000"])
def test_spans_that_are_wrong(span: str) -> None:
    first = f"<td colspan='{span}' rowspan='{span}'>规章</td>"
    body = f"<table><tr>{first}<td>1</td></tr><tr><td>处罚</td><td>2</td></tr></table>"
    document = read_page(paragraphs(*SECTIONS) + body)
    assert document.grids[0].rows[0][0].text == "规章"


def test_too_many_cells_are_refused() -> None:
    row = "<tr>" + "<td colspan=200 rowspan=200>1</td>" * 30 + "</tr>"
    with pytest.raises(UnreadableReport, match="表格过大"):
        read_page(paragraphs(*SECTIONS) + "<table>" + row * 60 + "</table>")
    with pytest.raises(UnreadableReport, match="表格过大"):
        read_bytes(page(paragraphs(*SECTIONS) + TABLE * 3), "a.html", limits=Limits(max_cells=30))


def test_a_table_within_a_layout_table() -> None:
    body = f"<table><tr><td>{paragraphs(*SECTIONS[:3])}{TABLE}{paragraphs(*SECTIONS[3:])}</td></tr></table>"
    document = read_page(body)
    assert len(document.grids) == 1
    assert [line for line in document.text.split("\n") if "\t" not in line] == SECTIONS


def test_a_report_written_as_one_table() -> None:
    """Headings and prose stand in full-width rows; the figures between them stay one grid each."""
    rows = "".join(f"<tr><td colspan=4>{line}</td></tr>" for line in SECTIONS[:3])
    rows += TABLE.split("<table border=1>")[1].split("</table>", maxsplit=1)[0]
    rows += "".join(f"<tr><td colspan=4>{line}</td></tr>" for line in SECTIONS[3:4])
    rows += "<tr><td colspan=2>一、本年新收政府信息公开申请数量</td><td>1</td><td>1</td></tr>"
    rows += (
        "<tr><td colspan=4>五、存在的主要问题及改进情况</td></tr>"
        + f"<tr><td colspan=4>{'公开不够及时。' * 30}</td></tr>"
    )
    document = read_page(f"<table>{rows}</table>")
    assert [len(grid.rows) for grid in document.grids] == [3, 1]
    assert texts(document)[1][0] == "信息内容"
    assert texts(document, 1) == [["一、本年新收政府信息公开申请数量"] * 2 + ["1", "1"]]
    assert "二、主动公开政府信息情况" in document.text.split("\n")
    assert "五、存在的主要问题及改进情况" in document.text.split("\n")


def test_a_small_table_within_a_cell_is_its_text() -> None:
    inner = "<table><tr><td>0</td></tr></table>"
    body = f"<table><tr><td>规章</td><td>{inner}</td><td>1</td></tr><tr><td>处罚</td><td>2</td><td>3</td></tr></table>"
    assert texts(read_page(paragraphs(*SECTIONS) + body)) == [["规章", "0", "1"], ["处罚", "2", "3"]]


def test_t7_tables_as_pictures_are_noticed() -> None:
    lines = paragraphs(*SECTIONS[:4])
    rest = paragraphs(*SECTIONS[4:])
    assert read_page(lines + "<p><img src=1.png></p>" + rest).warnings == ("table_image",)
    assert read_page(lines + TABLE + "<p><img src=1.png></p>" + rest).warnings == ()
    assert read_page(paragraphs(*SECTIONS) + "<p><img src=1.png></p>").warnings == ()


def test_source_line_breaks_and_pre() -> None:
    body = paragraphs(*SECTIONS[:2]) + "<p>全年公开\n      120条，\n办结 Word\n  文档。</p>" + paragraphs(*SECTIONS[2:])
    assert "全年公开120条，办结 Word文档。" in read_page(body).text
    text = "\n".join(SECTIONS)
    assert read_page(f"<pre>{text}</pre>").text == text
    assert read_page(f"<div style='white-space: pre-wrap'>{text}</div>").text == text
    assert read_page(f"<div>{text}</div>").text.split("\n")[0] == "一、总体情况2022年，县水利局主动公开信息120条。"


def test_line_breaks_by_br() -> None:
    assert read_page("<div>" + "<br/>　　".join(SECTIONS) + "</div>").text.split("\n") == SECTIONS


def test_pieces_of_one_line_stay_one_line() -> None:
    body = paragraphs(*SECTIONS).replace("一、总体情况", "<b>一、</b><span>总体</span><font>情况</font>")
    assert read_page(body).text.split("\n") == SECTIONS


@pytest.mark.parametrize(
    ("charset", "encoding"), [("gb2312", "gb18030"), ("utf-8", "gb18030"), ("gbk", "utf-8"), ("", "gb18030")]
)
def test_a_wrong_or_missing_charset(charset: str, encoding: str) -> None:
    html = f"<html><head><meta http-equiv=Content-Type content='text/html; charset={charset}'></head><body>"
    data = (html + paragraphs(*SECTIONS)).encode(encoding)
    assert read_bytes(data, "a.html").text.split("\n") == SECTIONS


def test_entities_and_scripts_are_inert() -> None:
    doctype = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "&x;&x;">]>'
    body = f"<script>alert('一')</script>{paragraphs(*SECTIONS)}<style>p{{}}</style><p>&x;&y;</p>"
    document = read_bytes(f"{doctype}<html><body>{body}</body></html>".encode(), "a.html")
    assert "alert" not in document.text
    assert "\n".join(SECTIONS) in document.text
    assert len(document.text) < 400


def test_deep_nesting_ends_quickly() -> None:
    started = time.perf_counter()
    for opening in ("<div>", "<table><tr><td>", "<b>", "<ul><li>"):
        with contextlib.suppress(UnreadableReport):
            read_bytes(page(opening * 20_000 + paragraphs(*SECTIONS)), "a.html")
    assert time.perf_counter() - started < 20


def test_a_long_page_is_read_in_time() -> None:
    body = "".join(f"<div><div><div><p>第{i}条，公开信息{i}条。</p></div></div></div>" for i in range(20_000))
    started = time.perf_counter()
    document = read_page(paragraphs(*SECTIONS) + body)
    assert len(document.text) > 200_000
    assert time.perf_counter() - started < 15


def test_pages_without_a_report() -> None:
    for body in ("", "<p></p>", "<script>政府信息公开</script>", "<p>Not found</p>"):
        with pytest.raises(UnreadableReport):
            read_page(body)


def test_rows_typed_into_a_page_become_a_grid() -> None:
    body = paragraphs(*SECTIONS) + "<p>|规章|0|1|</p><p>|处罚|2|3|</p>"
    assert texts(read_page(body)) == [["规章", "0", "1"], ["处罚", "2", "3"]]


def test_plain_prose_page() -> None:
    assert read_page(paragraphs(*PROSE.split("\n"))).text == PROSE


@pytest.mark.parametrize(
    "table",
    [
        "<table><form><tr><td>规章</td><td>0</td></tr><tr><td>处罚</td><td>1</td></tr></form></table>",
        "<table><tr><form><td>规章</td><td>0</td></form></tr><tr><td>处罚</td><td>1</td></tr></table>",
        "<table><td>规章</td><td>0</td><tr><td>处罚</td><td>1</td></tr></table>",
        "<table><tbody><tr><th>规章<td>0<tr><td>处罚<td>1</tbody></table>",
        "<table><colgroup><col><col></colgroup><thead><tr><td>规章</td><td>0</td></tr></thead><tfoot><tr><td>处罚</td><td>1</td></tr></tfoot></table>",
    ],
)
def test_tables_that_are_not_well_made(table: str) -> None:
    assert texts(read_page(paragraphs(*SECTIONS) + table)) == [["规章", "0"], ["处罚", "1"]]


def test_text_between_rows_is_kept() -> None:
    table = "<table>单位：件<tr><td>规章</td><td>0</td></tr><p>说明文字。</p><tr><td>处罚</td><td>1</td></tr></table>"
    document = read_page(paragraphs(*SECTIONS) + table)
    assert "单位：件" in document.text
    assert "说明文字。" in document.text
    assert texts(document) == [["规章", "0"], ["处罚", "1"]]


def test_headings_that_fold_are_no_links() -> None:
    folded = [f'<a href="javascript:void(0)">{line}</a>' if line[1] == "、" else line for line in SECTIONS]
    assert read_page(MENU + "<div>" + paragraphs(*folded) + "</div>" + MENU).text.split("\n") == SECTIONS


def test_ordered_lists_and_deletions() -> None:
    body = (
        paragraphs(*SECTIONS)
        + "<ol start=2><li>学习不够。</li><li>公开<del>不</del>及时。</li><li>3.已有序号。</li></ol>"
    )
    body += "<ol style='list-style: none'><li>不编号。</li></ol><ul><li>圆点。</li></ul>"
    lines = read_page(body).text.split("\n")[len(SECTIONS) :]
    assert lines == ["2.学习不够。", "3.公开及时。", "3.已有序号。", "不编号。", "圆点。"]
