"""The door: formats told by content, encodings, plain-text tables, and a clear cause for what is no report."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import pytest
from reading_files import PROSE, docx, gone, ofd, page, pdf, prose_docx, zipped

from nlp.errors import UnreadableReport
from nlp.reading import SUFFIXES, Limits, read, read_bytes
from nlp.reading.sniff import sniff
from nlp.reading.txt import decode
from nlp.records import Document

SHARED = Path(__file__).parents[2] / "shared"


def cause(data: bytes, name: str = "report.txt", limits: Limits | None = None) -> str:
    """Why these bytes are refused; the message is one line and names the file."""
    with pytest.raises(UnreadableReport) as caught:
        read_bytes(data, name, limits=limits or Limits())
    assert caught.value.source == name
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)
    return caught.value.cause


def spans_hold(document: Document) -> bool:
    """Every cell's span gives its text, every grid is rectangular and lies in the text."""
    for grid in document.grids:
        assert len({len(row) for row in grid.rows}) == 1
        assert 0 <= grid.start <= grid.end <= len(document.text)
        for row in grid.rows:
            for cell in row:
                assert document.text[cell.start : cell.end] == cell.text
    return True


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings(encoding: str, newline: str) -> None:
    document = read_bytes(PROSE.replace("\n", newline).encode(encoding), "a.txt")
    assert document.text == PROSE
    assert document.warnings == ()


def test_traditional_text_in_big5() -> None:
    text = "某縣政府資訊公開報告\n一、總體情況\n全年主動公開政府資訊十二條，未收到申請，亦無行政訴訟。"
    assert read_bytes(text.encode("big5"), "a.txt").text == text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_cut_or_damaged_byte_is_survived_with_a_warning(encoding: str) -> None:
    data = PROSE.encode(encoding)
    at = data.index("主动".encode(encoding))
    document = read_bytes(data[:at] + b"\xff" + data[at + 1 : -1], "a.txt")
    assert "dirty_source" in document.warnings
    assert "一、总体情况" in document.text


def test_an_encoding_is_found_without_any_usual_word() -> None:
    text = "今年全乡降水偏多，河道清淤十二处，堤坝加固三处，村民饮水得到改善，道路也已修好。" * 3
    assert decode(text.encode("gb18030")) == (text, True)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"), (b"\xef\xbb\xbf", "empty"), (b" \r\n\x00", "empty"), (b"\xff\xd8\xff\xe0JFIF", "image"),
        (b"\x89PNG\r\n\x1a\n1234", "image"), (b"GIF89a..", "image"), (b"%PDF-1.7 ...", "pdf"), (b"\n%PDF-1.4", "pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "ole"), (b"{\\rtf1\\ansi", "rtf"), (b"Rar!\x1a\x07", "foreign"),
        (b"7z\xbc\xaf\x27\x1c", "foreign"), (b"PK\x03\x04junk", "broken_zip"), (b"<html><body>", "html"),
        (b"<?xml version='1.0'?><!DOCTYPE html><html>", "html"), (b"<p>one</p>", "html"),
        ("<table><tr><td>".encode("utf-16"), "html"), ("政府信息公开".encode(), "text"), (b"a<b", "text"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related", "mht"), (zipped({"a.txt": "x"}), "zip"),
        (zipped({"xl/workbook.xml": "x", "[Content_Types].xml": "x"}), "xlsx"),
        (zipped({"ppt/presentation.xml": "x", "[Content_Types].xml": "x"}), "pptx"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "x"}), "odf"),
        (docx(""), "docx"), (ofd(""), "ofd"),
        (b'<?xml version="1.0"?><pkg:package xmlns:pkg="x">', "word_xml"),
    ],
)  # fmt: skip
def test_the_format_is_told_by_content(data: bytes, kind: str) -> None:
    assert sniff(data) == kind


def test_the_suffix_means_nothing() -> None:
    document = read_bytes(prose_docx(), "report.pdf")
    assert document.text == PROSE
    assert read_bytes(PROSE.encode(), "report.docx").text == PROSE
    assert read_bytes(page("".join(f"<p>{x}</p>" for x in PROSE.split("\n"))), "report.doc").text == PROSE


def test_suffixes_of_a_folder_scan() -> None:
    assert {".txt", ".html", ".htm", ".docx", ".doc", ".pdf", ".ofd", ".zip", ".wps"} <= SUFFIXES
    assert not {".md", ".json", ".jsonl", ".py", ".tsv", ".csv", ".jpg"} & SUFFIXES


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\0\0\0")) + chunk(b"IEND", b"")


def test_bad_input_each_has_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlp.reading.ocr.available", lambda: False)
    assert cause(b"") == "文件是空的"
    assert cause(" \n\u3000".encode()) == "文件里没有文字"
    for data, kind in ((b"\xff\xd8\xff\xe0" + bytes(99), "JPEG"), (_png(), "PNG")):
        assert cause(data).startswith(f"是图片（{kind}），请先做文字识别（OCR）")
    assert "mingjian[ocr]" in cause(_png())
    assert cause(bytes(range(256)) * 40).startswith(("不是可识别的文本", "是二进制文件"))
    assert cause(os.urandom(5000)).startswith(("不是可识别的文本", "是二进制文件", "几乎没有汉字", "汉字太少"))
    assert cause(b"The quick brown fox jumps over the lazy dog. " * 50).startswith("几乎没有汉字")
    assert cause(
        ("lorem ipsum dolor " * 90 + "政府信息公开工作年度报告总体情况主动公开申请复议问题").encode()
    ).startswith("汉字太少")
    assert "Excel" in cause(zipped({"xl/workbook.xml": "x", "[Content_Types].xml": "x"}), "a.docx")
    assert "压缩包" in cause(zipped({"a.txt": PROSE}), "a.txt")
    assert cause(b"Rar!\x1a\x07\x00" + bytes(50)).startswith("是RAR 压缩包") or "RAR" in cause(b"Rar!\x1a\x07\x00")
    assert cause(b"PK\x03\x04" + bytes(100), "a.docx") == "压缩文件已损坏，无法打开"
    assert cause(prose_docx()[:300], "a.docx").endswith("已损坏，无法打开")
    assert cause(b"%PDF-1.7\n" + b"junk" * 100, "a.pdf") == "PDF 已损坏，无法打开"


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as stream:
        stream.truncate(200_000_000)  # sparse: reading it whole would show in time and memory
    with pytest.raises(UnreadableReport) as caught:
        read(path)
    assert caught.value.cause == "文件过大（200 MB，上限 100 MB），不像一份年度报告"
    assert "过大" in cause(b"x" * 2000, limits=Limits(max_bytes=1000))


def test_a_large_text_is_refused() -> None:
    assert cause(("政府信息公开" * 2000).encode(), limits=Limits(max_chars=5000)).startswith("文字过多")
    assert "过大" in cause(("政府信息公开" * 2000).encode(), limits=Limits(max_text_bytes=5000))
    rows = "规章\t0\t0\t0\n" * 100
    assert cause((PROSE + "\n" + rows).encode(), limits=Limits(max_cells=50)).startswith("表格过大")


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    for path, text in ((tmp_path, "是文件夹"), (tmp_path / "none.txt", "找不到"), (Path("a\0b"), "无法读取")):
        with pytest.raises(UnreadableReport) as caught:
            read(path)
        assert text in caught.value.cause
    fifo = tmp_path / "fifo.txt"
    os.mkfifo(fifo)
    with pytest.raises(UnreadableReport, match="不是普通文件"):
        read(fifo)


def test_password_protected_files(tmp_path: Path) -> None:
    msoffcrypto = pytest.importorskip("msoffcrypto")
    import io

    buffer = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(_office_docx())).encrypt("secret", buffer)
    assert cause(buffer.getvalue(), "a.docx") == "Word 文档有密码保护，请先解除密码"


def _office_docx() -> bytes:
    import io

    from docx import Document as Word

    word = Word()
    word.add_paragraph(PROSE)
    buffer = io.BytesIO()
    word.save(buffer)
    return buffer.getvalue()


def test_password_protected_pdf() -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption

    locked = pdf(lambda canvas, _: canvas.drawString(72, 700, PROSE[:20]), encrypt=StandardEncryption("secret"))
    assert cause(locked, "a.pdf") == "PDF 有密码保护，请先解除密码"


def test_legacy_word_without_a_converter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "WordDocument".encode("utf-16-le") + bytes(600)
    assert cause(data, "a.doc").startswith("是旧版 Word 文档（.doc/.wps），本机没有可用的转换程序")
    assert "LibreOffice" in cause(b"{\\rtf1 x}", "a.rtf")


def test_legacy_word_through_an_office(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A stand-in for soffice checks its arguments and writes the converted file where it is told to."""
    (tmp_path / "good.docx").write_bytes(prose_docx())
    office = tmp_path / "soffice"
    office.write_text(
        "#!/bin/sh\n"
        'for last; do :; done; [ -s "$last" ] || exit 9\n'
        'case "$1" in -env:UserInstallation=file://*) ;; *) exit 8;; esac\n'
        'while [ "$1" != "--outdir" ]; do shift; done\n'
        f'mkdir -p "$2" && cp "{tmp_path}/good.docx" "$2/report.docx"\n'
    )
    office.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "WordDocument".encode("utf-16-le") + bytes(600)
    assert read_bytes(data, "a.doc").text == PROSE
    office.write_text("#!/bin/sh\nexec sleep 30\n")
    assert "转换超时" in cause(data, "a.doc", Limits(convert_seconds=0.2))
    office.write_text("#!/bin/sh\nexit 0\n")
    assert "无法转换" in cause(data, "a.doc")


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_a_converter_that_hangs_ends_with_all_that_it_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As LibreOffice's own: a script that starts the program proper."""
    office = tmp_path / "soffice"
    office.write_text(f"#!/bin/sh\nsleep 300 &\necho $! > '{tmp_path}/pid'\nwait\n")
    office.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert "转换超时（1 秒）" in cause(b"{\\rtf1 x}", "a.rtf", Limits(convert_seconds=1))
    gone(int((tmp_path / "pid").read_text()))


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_what_a_converter_leaves_running_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "good.docx").write_bytes(prose_docx())
    office = tmp_path / "soffice"
    office.write_text(
        "#!/bin/sh\n"
        f"sleep 300 >/dev/null 2>&1 &\necho $! > '{tmp_path}/pid'\n"
        'while [ "$1" != "--outdir" ]; do shift; done\n'
        f'mkdir -p "$2" && cp "{tmp_path}/good.docx" "$2/report.docx"\n'
    )
    office.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert read_bytes(b"{\\rtf1 x}", "a.rtf").text == PROSE
    gone(int((tmp_path / "pid").read_text()))


def test_t2_rows_become_a_grid() -> None:
    text = PROSE.replace("五、", "信息内容\t本年制发件数\t现行有效件数\n规章\t０\t\n3.其他\t\t 12 \t5\n五、")
    document = read_bytes(text.encode(), "a.txt")
    assert spans_hold(document)
    (grid,) = document.grids
    assert [[cell.text for cell in row] for row in grid.rows] == [
        ["信息内容", "本年制发件数", "现行有效件数", ""],
        ["规章", "0", "", ""],
        ["3.其他", "", "12", "5"],
    ]
    assert document.text[grid.start : grid.end].startswith("信息内容\t")
    assert document.text[grid.start : grid.end].endswith("12\t5")


def test_t3_pipe_rows_become_a_grid_and_t1_does_not() -> None:
    document = read_bytes((PROSE + "\n|规章|0|\n|---|---|\n|处罚|12|").encode(), "a.txt")
    assert [[cell.text for cell in row] for row in document.grids[0].rows] == [["规章", "0"], ["处罚", "12"]]
    document = read_bytes((PROSE + "\n\t规章\n\t0\n\t1\n\n\t处罚\n\t12\n\t\n").encode(), "a.txt")
    assert document.grids == ()
    assert document.text.endswith("\t规章\n\t0\n\t1\n\n\t处罚\n\t12\n\t")


def test_facts_around_a_text_copied_from_a_page() -> None:
    head = "索引号：1133-2022\n发布机构：某县水利局 发布日期：2023-01-18\n"
    document = read_bytes((head + PROSE).encode(), "a.txt")
    assert document.hints == {"publisher": "某县水利局", "publish_date": "2023-01-18"}
    assert document.text == PROSE


def test_web_archive() -> None:
    html = page("".join(f"<p>{x}</p>" for x in PROSE.split("\n")))
    head = b'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="b"\n\n--b\nContent-Type: text/html\n\n'
    assert read_bytes(head + html + b"\n--b--\n", "a.doc").text == PROSE
    assert cause(b"MIME-Version: 1.0\nContent-Type: text/plain\n\nhello", "a.mht") == "网页存档里没有正文"


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not beside the checkout")
def test_real_texts_are_read_whole() -> None:
    for path in sorted(SHARED.glob("seeds/*.txt")) + sorted(SHARED.glob("reports/hebei/*.txt")):
        document = read(path)
        raw = path.read_text(encoding="utf-8")
        assert spans_hold(document)
        # nothing but blanks, artefacts and compatibility forms differs: every Chinese character is still there
        assert sum("\u4e00" <= char <= "\u9fff" for char in document.text) == sum(
            "\u4e00" <= c <= "\u9fff" for c in raw
        )
