"""The door: a path or bytes in, a Document out, or an UnreadableReport that says why not."""

from __future__ import annotations

import stat
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from nlp.errors import MingjianError, UnreadableReport
from nlp.reading.limits import Limits, too_large
from nlp.reading.sniff import foreign_cause, image_kind, sniff
from nlp.records import Document

_Reader = Callable[[bytes, str, Limits], Document]
_DEFAULT = Limits()
_CAUSES = {
    "empty": "文件是空的",
    "xlsx": "是 Excel 表格，不是报告正文",
    "pptx": "是 PowerPoint 演示文稿，不是报告正文",
    "odf": "是 ODF 文档，请另存为 docx 或 PDF 后再导入",
    "ooxml": "是不支持的 Office 文档，请另存为 docx 或 PDF 后再导入",
    "zip": "是压缩包，请用批量导入，或解压后再导入",
    "broken_docx": "Word 文档已损坏，无法打开",
    "broken_ofd": "OFD 文档已损坏，无法打开",
    "broken_zip": "压缩文件已损坏，无法打开",
}


# Which function reads a format; imported only when such a file comes.
_READERS = {
    "text": "txt:read_txt", "html": "html:read_html", "docx": "docx:read_docx", "word_xml": "docx:read_word_xml",
    "pdf": "pdf:read_pdf", "ofd": "ofd:read_ofd", "ole": "doc:read_ole", "rtf": "doc:read_rtf",
    "mht": "mht:read_mht",
}  # fmt: skip


def _reader(kind: str) -> _Reader:
    module, _, name = _READERS[kind].partition(":")
    reader: _Reader = getattr(import_module(f"nlp.reading.{module}"), name)
    return reader


def load(path: Path, limits: Limits) -> bytes:
    """Bytes of a regular file. Raises UnreadableReport where there is none, or it is too large (unread)."""
    source = str(path)
    try:
        state = path.stat()
        if stat.S_ISDIR(state.st_mode):
            raise UnreadableReport(source, "是文件夹，不是文件")
        if not stat.S_ISREG(state.st_mode):
            raise UnreadableReport(source, "不是普通文件")
        if state.st_size > limits.max_bytes:
            raise UnreadableReport(source, too_large("文件", state.st_size, limits.max_bytes))
        with path.open("rb") as stream:
            return stream.read(limits.max_bytes + 1)
    except FileNotFoundError:
        raise UnreadableReport(source, "找不到这个文件") from None
    except PermissionError:
        raise UnreadableReport(source, "没有读取权限") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "路径无效"
        raise UnreadableReport(source, f"无法读取（{reason}）") from None


def read(path: Path, *, limits: Limits = _DEFAULT) -> Document:
    """Read one report file of any supported format.

    Raises:
        UnreadableReport: the file cannot be read as a report; its cause is one Chinese clause.
    """
    path = Path(path)
    return read_bytes(load(path, limits), str(path), limits=limits)


def read_bytes(data: bytes, name: str, *, limits: Limits = _DEFAULT) -> Document:
    """Read one report from its bytes; ``name`` is only for messages and :attr:`Document.source`.

    Raises:
        UnreadableReport: as :func:`read`.
    """
    if len(data) > limits.max_bytes:
        raise UnreadableReport(name, too_large("文件", len(data), limits.max_bytes))
    kind = sniff(data)
    if kind == "image":
        return _read_image(data, name, limits)
    if kind == "foreign":
        raise UnreadableReport(name, foreign_cause(data) or "格式不支持")
    if kind in _CAUSES:
        raise UnreadableReport(name, _CAUSES[kind])
    try:
        return _reader(kind)(data, name, limits)
    except MingjianError:
        raise
    except (RecursionError, MemoryError) as error:
        raise UnreadableReport(name, odd_cause(error)) from None
    except Exception as error:  # a damaged file may surprise any parser below; the caller gets one error type
        raise UnreadableReport(name, odd_cause(error)) from error


def odd_cause(error: Exception) -> str:
    """The cause where a file surprised a parser."""
    if isinstance(error, RecursionError):
        return "结构嵌套过深，已拒绝"
    if isinstance(error, MemoryError):
        return "文件过于复杂，内存不足"
    return f"文件已损坏或结构异常，无法解析（{type(error).__name__}）"


def _read_image(data: bytes, name: str, limits: Limits) -> Document:
    from nlp.reading.ocr import available, read_image

    kind = image_kind(data) or "图片"
    if not available():
        hint = "请先做文字识别（OCR），或安装组件：pip install 'mingjian[ocr]'"
        raise UnreadableReport(name, f"是图片（{kind}），{hint}")
    return read_image(data, name, limits)
