"""Any bytes end in a Document or an UnreadableReport: random bytes, and files of every format cut, flipped, spliced."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading_files import (
    PROSE,
    cell,
    docx,
    draw_lines,
    draw_table,
    level,
    numbered,
    ofd,
    ofd_rule,
    ofd_text,
    p,
    page,
    pdf,
    table,
    zipped,
)

from nlp.errors import UnreadableReport
from nlp.normalise import normalise
from nlp.reading import Limits, read_archive, read_bytes
from nlp.records import Document

LIMITS = Limits(convert_seconds=1)
TEXT_TABLE = PROSE + "\n信息内容\t本年制发件数\n规章\t0\n\t行政许可\n\t187\n\n\t行政处罚\n\t3\n|处罚|5|\n- 3 -\n"


@pytest.fixture(autouse=True, scope="module")
def _without_ocr() -> Iterator[None]:
    """Pictures are refused, not recognised, whatever is installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nlp.reading.ocr.available", lambda: False)
        yield


@cache
def seeds() -> tuple[bytes, ...]:
    """A small file of every format, with tables, lists and all that the readers look at."""
    body = "".join(p(line, numbered(1)) for line in PROSE.split("\n"))
    body += table([cell("规章", 2), cell("0", merge="restart")], [cell("许可"), cell("1"), cell(merge="x")])
    numbering = f'<w:abstractNum w:abstractNumId="0">{level(0, "chineseCounting", "%1、")}</w:abstractNum>'
    numbering += '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    html = "".join(f"<p>{line}</p>" for line in PROSE.split("\n"))
    html += "<table><tr><td rowspan=2 colspan=2>规章</td><td>1</td></tr><tr><td>2</td></tr></table><img src=a hidden>"

    def draw(canvas: object, number: int) -> None:
        draw_lines(canvas, [(0, line) for line in PROSE.split("\n")])
        draw_table(
            canvas, [72, 200, 300], [120, 90, 60], [(0, 0, 1, 2, "规章"), (1, 0, 1, 1, "许可"), (1, 1, 1, 1, "3")]
        )

    drawn = [ofd_text(30, 20 + 8 * i, line) for i, line in enumerate(PROSE.split("\n"))]
    drawn += [ofd_rule(30, y, 90, y) for y in (100, 110)] + [ofd_rule(x, 100, x, 110) for x in (30, 60, 90)]
    drawn += [ofd_text(32, 107, "规章"), ofd_text(62, 107, "3")]
    return (
        TEXT_TABLE.encode(), TEXT_TABLE.encode("gb18030"), TEXT_TABLE.encode("utf-16"), page(html),
        docx(body, numbering=numbering), pdf(draw, 2), pdf(draw, 1, pageCompression=0), ofd("".join(drawn)),
        zipped({"a.txt": PROSE}), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"{\\rtf1 x}",
        b"MIME-Version: 1.0\nContent-Type: text/html\n\n" + page(html),
        b'<pkg:package xmlns:pkg="p"><pkg:part pkg:name="/word/document.xml"/></pkg:package>',
    )  # fmt: skip


def read_or_none(data: bytes) -> Document | None:
    try:
        return read_bytes(data, "x", limits=LIMITS)
    except UnreadableReport as error:
        if error.source != "x" or "\n" in error.cause or not error.cause:
            raise ValueError("a cause is one line") from error
        return None


def reads_or_refuses(data: bytes) -> None:
    document = read_or_none(data)
    if document is None:
        return
    assert isinstance(document, Document)
    document.text.encode("utf-8")
    for grid in document.grids:
        assert len({len(row) for row in grid.rows}) == 1
        for row in grid.rows:
            for one in row:
                assert document.text[one.start : one.end] == one.text
    assert list(document.pages) == sorted(document.pages)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A seed file with pieces cut out, overwritten, doubled or replaced by pieces of another seed."""
    data = bytearray(draw(st.sampled_from(seeds())))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        size = draw(st.integers(0, 40))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            data[at : at + size] = draw(st.binary(max_size=40))
        elif kind == 1:
            del data[at:]
        elif kind == 2:
            data[at:at] = data[at : at + size] * draw(st.integers(1, 30))
        elif kind == 3:
            other = draw(st.sampled_from(seeds()))
            start = draw(st.integers(0, len(other) - 1))
            data[at : at + size] = other[start : start + 200]
        elif data:
            data[at] ^= 1 << draw(st.integers(0, 7))
    return bytes(data)


_FUZZ = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def test_the_seeds_themselves_are_read() -> None:
    for data in seeds()[:8]:
        document = read_bytes(data, "x", limits=LIMITS)
        assert "主动公开信息120条。" in document.text
        assert document.grids


@_FUZZ
@given(mutated())
def test_mutated_files(data: bytes) -> None:
    reads_or_refuses(data)


@cache
def packed_every_way() -> bytes:
    """A ZIP with members of every method of compression, and another such ZIP within."""
    inner = b""
    for _ in range(2):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
                archive.writestr(f"m{method}.txt", TEXT_TABLE, compress_type=method)
            if inner:
                archive.writestr("inner.zip", inner)
        inner = buffer.getvalue()
    return inner


@settings(_FUZZ, max_examples=600, suppress_health_check=[*HealthCheck])
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4)), max_size=5))
def test_damaged_archives(tmp_path: Path, damage: list[tuple[float, bytes]]) -> None:
    """Whatever is damaged: members are named, or the archive as a whole is refused; nothing else is raised."""
    data = bytearray(packed_every_way())
    for place, put in damage:
        at = int(place * (len(data) - len(put)))
        data[at : at + len(put)] = put
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    try:
        found = [*read_archive(path, limits=LIMITS)]
    except UnreadableReport:
        return
    assert len({name for name, _ in found}) == len(found)
    for _, got in found:
        assert isinstance(got, Document) or (got.source.startswith(str(path)) and "\n" not in got.cause)


@_FUZZ
@given(st.binary(max_size=300))
def test_random_bytes(data: bytes) -> None:
    reads_or_refuses(data)


@settings(_FUZZ, max_examples=150)
@given(
    st.sampled_from(["%PDF-1.4\n", "<html>", "PK\x03\x04", "{\\rtf", "<w:document>", "MIME-Version:", ""]),
    st.text(max_size=300),
)
def test_text_behind_a_magic_number(head: str, text: str) -> None:
    reads_or_refuses((head + text).encode("utf-8", "surrogatepass"))


_TAGS = st.sampled_from(
    [
        "<table>",
        "</table>",
        "<tr>",
        "<td>",
        "<td%rowspan=3>",
        "<td%colspan=9>",
        "</td>",
        "</tr>",
        "<p>",
        "<div>",
        "</div>",
        "<br>",
        "<pre>",
        "<ul><li>",
        "<a%href=x>",
        "</a>",
        "一、总体情况",
        "二、主动公开政府信息情况",
        "规章",
        "0",
        "12",
        "<img>",
        "<form>",
        "<nav>",
        "</nav>",
        "&nbsp;",
        "<th>",
        "<caption>",
        "<!--x",
        "<tbody>",
        "公开，",
    ]
)


@settings(_FUZZ, max_examples=200)
@given(st.lists(_TAGS, max_size=60))
def test_tag_soup(tags: list[str]) -> None:
    soup = "".join(tags).replace("%", " ")
    reads_or_refuses(page(soup + "<p>某县水利局二〇二二年政府信息公开工作年度报告如下各项</p>"))


_XML = st.sampled_from(
    [
        "<w:p>",
        "</w:p>",
        "<w:r>",
        "</w:r>",
        "<w:t>公开</w:t>",
        "<w:t>0</w:t>",
        "<w:tbl>",
        "</w:tbl>",
        "<w:tr>",
        "</w:tr>",
        "<w:tc>",
        "</w:tc>",
        "<w:br/>",
        "<w:tab/>",
        "<w:del>",
        "</w:del>",
        "<w:tcPr><w:gridSpan%w:val='3'/></w:tcPr>",
        "<w:tcPr><w:vMerge/></w:tcPr>",
        "<w:tcPr><w:vMerge%w:val='restart'/></w:tcPr>",
        "<w:pPr><w:numPr><w:ilvl%w:val='2'/><w:numId%w:val='1'/></w:numPr></w:pPr>",
        "<w:sdt>",
        "</w:sdt>",
        "<w:txbxContent>",
        "</w:txbxContent>",
        "<w:tcPr><w:gridSpan%w:val='²'/></w:tcPr>",
        "<mc:AlternateContent>",
        "</mc:AlternateContent>",
        "<w:drawing>",
        "</w:drawing>",
    ]
)


@settings(_FUZZ, max_examples=200)
@given(st.lists(_XML, max_size=50))
def test_word_soup(pieces: list[str]) -> None:
    """Well-formed Word XML in an order that Word would never write."""
    open_tags: list[str] = []
    out: list[str] = []
    for piece in (piece.replace("%", " ") for piece in pieces):
        if piece.startswith("</"):
            if piece[2:-1] in open_tags:
                while open_tags[-1] != piece[2:-1]:
                    out.append(f"</{open_tags.pop()}>")
                open_tags.pop()
                out.append(piece)
        else:
            if piece.count("<") == 1 and not piece.endswith("/>"):
                open_tags.append(piece[1:-1])
            out.append(piece)
    out.extend(f"</{tag}>" for tag in reversed(open_tags))
    numbering = f'<w:abstractNum w:abstractNumId="0">{level(2, "decimal", "%1.%3")}</w:abstractNum>'
    numbering += '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    reads_or_refuses(docx("".join(out) + "".join(p(x) for x in PROSE.split("\n")), numbering=numbering))


@pytest.mark.parametrize(
    "char", ["　", "|", "\t", "\n", "（", "《", "-", "一", "0", " \n", "\t\n", "|\n", "一\n", "“\n", "，\n", "a"]
)
def test_long_runs_of_one_thing_end_quickly(char: str) -> None:
    import time

    started = time.perf_counter()
    normalise(char * (200_000 // len(char)))
    assert time.perf_counter() - started < 10
