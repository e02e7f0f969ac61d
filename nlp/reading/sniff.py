"""What a file is, told by its first bytes and never by its suffix."""

from __future__ import annotations

import io
import re
import zipfile

# Suffixes that a scan of a folder considers. The content decides later what each file really is.
SUFFIXES: frozenset[str] = frozenset(
    [
        ".txt",
        ".text",
        ".html",
        ".htm",
        ".shtml",
        ".xhtml",
        ".mht",
        ".mhtml",
        ".docx",
        ".docm",
        ".doc",
        ".wps",
        ".rtf",
        ".pdf",
        ".ofd",
        ".zip",
    ]
)

_IMAGES = (
    (b"\xff\xd8\xff", "JPEG"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"GIF87a", "GIF"), (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"), (b"MM\x00*", "TIFF"), (b"\x00\x00\x01\x00", "ICO"), (b"8BPS", "PSD"),
)  # fmt: skip
# Formats that cannot hold a report in a form that is read here, by their first bytes.
_FOREIGN = (
    (b"Rar!", "RAR 压缩包，请解压后再导入"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包，请解压后再导入"),
    (b"\x1f\x8b", "gzip 压缩文件，请解压后再导入"),
    (b"BZh", "bzip2 压缩文件，请解压后再导入"),
    (b"\xfd7zXZ", "xz 压缩文件，请解压后再导入"),
    (b"\x28\xb5\x2f\xfd", "zstd 压缩文件，请解压后再导入"),
    (b"SQLite format 3\x00", "SQLite 数据库，不是报告"),
    (b"\x7fELF", "可执行程序，不是报告"),
    (b"MZ\x90", "可执行程序，不是报告"),
    (b"ID3", "音频文件，不是报告"),
    (b"OggS", "音频文件，不是报告"),
    (b"fLaC", "音频文件，不是报告"),
    (b"\x1aE\xdf\xa3", "视频文件，不是报告"),
    (b"%!PS", "PostScript 文件，请另存为 PDF"),
)
_HTML = re.compile(
    rb"<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>]|meta\s|title>|table[\s>]|div[\s>]|p[\s>]|span[\s>]|h[1-3][\s>])",
    re.IGNORECASE,
)
_MHT = re.compile(rb"^\s*(?:From:[^\n]*\n(?:[^\n]*\n){0,12}?)?MIME-Version:", re.IGNORECASE)
_WORD_XML = re.compile(rb"<(?:pkg:package|w:wordDocument|w:document)[\s>]")


def image_kind(data: bytes) -> str | None:
    """Name of the image format, or None where ``data`` is no image."""
    for magic, name in _IMAGES:
        if data.startswith(magic):
            return name
    if data[:2] == b"BM" and len(data) > 14 and int.from_bytes(data[2:6], "little") == len(data):
        return "BMP"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"):
        return "HEIC"
    return None


def foreign_cause(data: bytes) -> str | None:
    """Why a file of a known foreign format is not read, or None."""
    for magic, cause in _FOREIGN:
        if data.startswith(magic):
            return f"是{cause}"
    if data[:4] == b"RIFF" or data[4:8] == b"ftyp":
        return "是音视频文件，不是报告"
    return None


def _zip_kind(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {name.replace("\\", "/").lstrip("/") for name in archive.namelist()[:5000]}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError):
        return _broken_zip_kind(data)
    lower = {name.lower() for name in names}
    if "word/document.xml" in lower or any(re.fullmatch(r"word/document\d*\.xml", n) for n in lower):
        return "docx"
    if "ofd.xml" in lower:
        return "ofd"
    if "[content_types].xml" in lower:
        if any(name.startswith("xl/") for name in lower):
            return "xlsx"
        if any(name.startswith("ppt/") for name in lower):
            return "pptx"
        return "docx" if any(name.startswith("word/") for name in lower) else "ooxml"
    if "mimetype" in lower and "content.xml" in lower:
        return "odf"
    return "zip"


def _broken_zip_kind(data: bytes) -> str:
    if b"word/" in data[:200_000]:
        return "broken_docx"
    return "broken_ofd" if b"OFD.xml" in data[:200_000] else "broken_zip"


def sniff(data: bytes) -> str:
    """Tell the format of a whole file's bytes.

    One of: empty, image, foreign, pdf, ole, rtf, docx, ofd, xlsx, pptx, odf, ooxml, zip, broken_docx,
    broken_ofd, broken_zip, word_xml, mht, html, text.
    """
    if not data.strip(b"\x00 \t\r\n\x0b\x0c") or data in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        return "empty"
    head = data[:2048]
    if image_kind(data):
        return "image"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    if head.lstrip()[:5] == b"{\\rtf":
        return "rtf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip_kind(data)
    if foreign_cause(data):
        return "foreign"
    return _markup_kind(data)


def _markup_kind(data: bytes) -> str:
    head = data[:4096]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head[:64]:
        head = data[:8192].replace(b"\x00", b"")  # markup in UTF-16 reads as ASCII without its zero bytes
    if _WORD_XML.search(head):
        return "word_xml"
    if _MHT.match(head):
        return "mht"
    match = _HTML.search(head)
    if match and (match.start() < 512 or b"</" in head):
        return "html"
    return "text"
