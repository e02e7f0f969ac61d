"""Legacy Word files (doc, wps, rtf) through LibreOffice or antiword, where one of them is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nlp.errors import UnreadableReport
from nlp.reading.docx import read_docx
from nlp.reading.limits import Limits
from nlp.reading.txt import text_document
from nlp.records import Document

_PROTECTED = ("EncryptedPackage".encode("utf-16-le"), "EncryptionInfo".encode("utf-16-le"))
_SHEET = ("Workbook".encode("utf-16-le"), "PowerPoint Document".encode("utf-16-le"))
_OFFICES = ("soffice", "libreoffice")
_GUARD = "read -r _; kill -s KILL 0"  # sh: at the end of its input, end its own group of processes
_HINT = "请安装 LibreOffice，或用 Word/WPS 另存为 docx 后再导入"


def read_ole(data: bytes, source: str, limits: Limits) -> Document:
    """Read an OLE file: an encrypted docx is named as such, a doc or wps is converted.

    Raises UnreadableReport where it is protected, no text document, damaged, or no converter is installed.
    """
    if all(mark in data for mark in _PROTECTED):
        raise UnreadableReport(source, "Word 文档有密码保护，请先解除密码")
    word = "WordDocument".encode("utf-16-le") in data
    if not word and any(mark in data for mark in _SHEET):
        raise UnreadableReport(source, "是旧版 Office 表格或演示文稿，不是报告正文")
    return _convert(data, source, limits, ".doc" if word else ".wps", "旧版 Word 文档（.doc/.wps）")


def read_rtf(data: bytes, source: str, limits: Limits) -> Document:
    """Read an RTF file. Raises UnreadableReport where no converter is installed or it is damaged."""
    return _convert(data, source, limits, ".rtf", "RTF 文档")


def _convert(data: bytes, source: str, limits: Limits, suffix: str, what: str) -> Document:
    office = next(filter(None, map(shutil.which, _OFFICES)), None)
    antiword = shutil.which("antiword") if suffix == ".doc" else None
    if office is None and antiword is None:
        raise UnreadableReport(source, f"是{what}，本机没有可用的转换程序；{_HINT}")
    with tempfile.TemporaryDirectory(prefix="mingjian-") as folder:
        original = Path(folder) / f"report{suffix}"
        original.write_bytes(data)
        if office is not None:
            converted = _by_office(office, original, source, limits, what)
            return read_docx(converted, source, limits)
        return _by_antiword(str(antiword), original, source, limits, what)


def _run(command: list[str], source: str, limits: Limits, what: str) -> bytes:
    try:
        with _started(command) as converter:
            output, _ = converter.communicate(timeout=limits.convert_seconds)
            return output
    except subprocess.TimeoutExpired:
        told = f"{what}转换超时（{limits.convert_seconds:.0f} 秒）；请用 Word/WPS 另存为 docx 后再导入"
        raise UnreadableReport(source, told) from None
    except OSError:
        raise UnreadableReport(source, f"{what}的转换程序无法启动；{_HINT}") from None


@contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A converter that ends with the block, and with it all that it started: soffice is a script that starts others.

    They are a group of processes of their own. A guard, the first of it, ends the group when the block ends or this
    process does, even if it is killed: then nobody holds the other end of the guard's input any more.
    """
    null = subprocess.DEVNULL
    guard, group = None, None
    if sys.platform != "win32":
        guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD], stdin=subprocess.PIPE, stdout=null, stderr=null, process_group=0
        )
        group = guard.pid
    converter = None
    try:
        converter = subprocess.Popen(command, stdin=null, stdout=subprocess.PIPE, stderr=null, process_group=group)
        yield converter
    finally:
        if guard is not None and guard.stdin is not None:
            guard.stdin.close()
            guard.wait()
        if converter is not None:
            converter.kill()
            converter.wait()
            if converter.stdout is not None:
                converter.stdout.close()


def _by_office(office: str, original: Path, source: str, limits: Limits, what: str) -> bytes:
    """Convert to docx with an own profile, so that a running office is neither used nor disturbed."""
    folder = original.parent
    profile = (folder / "profile").as_uri()
    out = folder / "out"
    command = [office, f"-env:UserInstallation={profile}", "--headless", "--norestore", "--convert-to", "docx"]
    _run([*command, "--outdir", str(out), str(original)], source, limits, what)
    converted = out / "report.docx"
    if not converted.is_file() or converted.stat().st_size > limits.max_bytes:
        raise UnreadableReport(source, f"{what}无法转换，可能已损坏或有密码保护")
    return converted.read_bytes()


def _by_antiword(antiword: str, original: Path, source: str, limits: Limits, what: str) -> Document:
    output = _run([antiword, "-m", "UTF-8.txt", "-w", "0", str(original)], source, limits, what)
    text = output.decode("utf-8", errors="replace")
    if not text.strip():
        raise UnreadableReport(source, f"{what}无法转换，可能已损坏或有密码保护；{_HINT}")
    return text_document(text, source, limits, ("dirty_source",))
