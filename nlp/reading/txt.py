"""Plain text: which encoding it is in, and which of its lines are table rows."""

from __future__ import annotations

import re

from nlp.errors import UnreadableReport
from nlp.normalise import clean, normalise
from nlp.reading.blocks import check_text, find_grids, too_many_cells
from nlp.reading.chrome import page_facts
from nlp.reading.limits import Limits, too_large
from nlp.records import Document

# Words that every report has: whichever encoding shows them is the right one.
_WORDS = ("政府", "信息", "公开", "报告")
_TRADITIONAL = ("政府", "資訊", "公開", "報告")
_MARKS = {
    **{name: [word.encode(name) for word in _WORDS] for name in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")},
    "big5": [word.encode("big5") for word in _TRADITIONAL],
}
_CONTROL = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")


def decode(data: bytes, declared: str | None = None) -> tuple[str, bool]:
    """Decode Chinese text in an unknown encoding.

    Returns:
        The text without its byte order mark, and whether it is whole (False: some bytes were damaged and
        stand as U+FFFD).

    Raises:
        ValueError: the bytes are text in no known encoding.
    """
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return _lenient(data[len(mark) :], name)
    if b"\x00" not in data:
        try:
            return data.decode("utf-8"), True
        except UnicodeDecodeError:
            pass
    best = max(_MARKS, key=lambda name: _evidence(data, name))
    if _evidence(data, best) > 0:
        return _lenient(data, best)
    return _by_statistics(data, declared)


def _evidence(data: bytes, name: str) -> int:
    """How many bytes of a report's own words stand in the data under an encoding."""
    return sum(data.count(mark) * len(mark) for mark in _MARKS[name])


def _lenient(data: bytes, name: str) -> tuple[str, bool]:
    """Decode; a few damaged bytes (a cut file, a broken sign) are let pass, many are not."""
    try:
        return data.decode(name), True
    except UnicodeDecodeError:
        text = data.decode(name, errors="replace")
    if text.count("\ufffd") * 20 > len(text) + 20:
        raise ValueError(f"not {name}")
    return text, False


def _by_statistics(data: bytes, declared: str | None) -> tuple[str, bool]:
    """Guess without any known word: what the page declares, strict tries, then charset-normalizer."""
    for name in filter(None, (declared, "gb18030", "big5")):
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        if not _CONTROL.search(text[:10_000]):
            return text, True
    from charset_normalizer import from_bytes

    match = from_bytes(data[:200_000]).best()
    if match is None or _CONTROL.search(str(match)[:10_000]):
        raise ValueError("no text")
    return _lenient(data, match.encoding)


def _looks_binary(text: str) -> bool:
    """Whether control characters are so many that this is no text."""
    sample = text[:100_000]
    return len(_CONTROL.findall(sample)) * 50 > len(sample)


def read_txt(data: bytes, source: str, limits: Limits) -> Document:
    """Read a plain-text report; tab and pipe rows become grids (T2 to T4).

    Raises UnreadableReport for binary junk, far too much text, or text without Chinese.
    """
    if len(data) > limits.max_text_bytes:
        raise UnreadableReport(source, too_large("文本", len(data), limits.max_text_bytes))

    try:
        raw, whole = decode(data)
    except (ValueError, LookupError):
        raise UnreadableReport(source, "不是可识别的文本，可能是二进制文件或编码已损坏") from None
    if _looks_binary(raw):
        raise UnreadableReport(source, "是二进制文件，不是文本")
    if len(raw) > limits.max_chars:
        check_text(source, raw, limits)
    return text_document(raw, source, limits, () if whole else ("dirty_source",))


def text_document(raw: str, source: str, limits: Limits, warnings: tuple[str, ...] = ()) -> Document:
    """Make the Document of a text that is decoded already."""
    text = normalise(raw)
    check_text(source, text, limits)
    if text.count("\t") > limits.max_cells:
        raise UnreadableReport(source, too_many_cells(limits))
    grids = tuple(find_grids(text))
    return Document(source=source, text=text, grids=grids, hints=page_facts(clean(raw[:4000])), warnings=warnings)
