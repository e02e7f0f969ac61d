"""ZIP packages (docx, ofd, archives of reports) opened with bounds, and XML parsed without entities or network."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

from nlp.errors import UnreadableReport
from nlp.reading.limits import Limits, size_text

# The others unpack all that they are given at once, however much it becomes: 300 bytes of bzip2 can be 300 MB.
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class Package:
    """A ZIP in memory whose entries are read only within limits.

    Raises UnreadableReport on opening where it is no ZIP, is encrypted, or unpacks beyond the limits.
    """

    def __init__(self, data: bytes, source: str, limits: Limits, what: str) -> None:
        self.source, self.limits, self.what = source, limits, what
        try:
            self.zip = zipfile.ZipFile(io.BytesIO(data))
            entries = self.zip.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError):
            raise UnreadableReport(source, f"{what}已损坏，无法打开") from None
        if len(entries) > limits.max_entries:
            raise UnreadableReport(source, f"{what}内的文件过多（{len(entries)} 个），已拒绝")
        total = sum(entry.file_size for entry in entries)
        if total > limits.max_unpacked or total > 10_000_000 + limits.max_ratio * len(data):
            raise UnreadableReport(source, f"{what}解压后过大，疑似压缩炸弹，已拒绝")
        self.entries = {entry.filename.replace("\\", "/").lstrip("/"): entry for entry in entries}
        self.folded = {name.lower(): name for name in self.entries}

    def find(self, name: str) -> str | None:
        """The entry's own spelling of a name, or None."""
        return self.folded.get(name.lower().lstrip("/"))

    def read(self, name: str, limit: int | None = None) -> bytes | None:
        """Bytes of an entry, None where there is none. Raises UnreadableReport where damaged or too large."""
        own = self.find(name)
        if own is None:
            return None
        return self.read_entry(self.entries[own], limit)

    def read_entry(self, entry: zipfile.ZipInfo, limit: int | None = None) -> bytes:
        """Bytes of one entry. Raises UnreadableReport where damaged, protected or too large."""
        bound = limit if limit is not None else self.limits.max_text_bytes
        if entry.flag_bits & 1:
            raise UnreadableReport(self.source, f"{self.what}有密码保护，请先解除密码")
        if entry.compress_type not in METHODS:
            raise UnreadableReport(self.source, f"{self.what}用了少见的压缩方法，请改用普通方式（Deflate）重新打包")
        too_large = UnreadableReport(self.source, f"{self.what}内的文件过大（上限 {size_text(bound)}），已拒绝")
        if entry.file_size > bound:
            raise too_large
        try:
            with self.zip.open(entry) as stream:
                data = stream.read(min(bound, entry.file_size) + 1)
        except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, RuntimeError, EOFError):
            raise UnreadableReport(self.source, f"{self.what}已损坏，无法解压") from None
        if len(data) > bound:
            raise too_large
        return data

    def xml(self, name: str) -> Any:
        """Root element of an XML entry, None where there is no such entry."""
        data = self.read(name)
        return None if data is None else parse_xml(data, self.source, self.what)


def parse_xml(data: bytes, source: str, what: str) -> Any:
    """Parse XML; a document type (entities) is refused, nothing is fetched.

    Raises UnreadableReport where it is not well formed.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, remove_comments=True,
        remove_pis=True, huge_tree=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise UnreadableReport(source, f"{what}已损坏，内容无法解析") from None
    tree: Any = root.getroottree()
    if tree.docinfo.doctype:
        raise UnreadableReport(source, f"{what}含有不允许的外部定义，已拒绝")
    return root
