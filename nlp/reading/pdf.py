"""PDF: text and rules by pdfium, tables from these rules."""

from __future__ import annotations

import ctypes
import math
import threading
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from nlp.errors import UnreadableReport
from nlp.normalise import clean
from nlp.reading.blocks import HAN, Content, assemble
from nlp.reading.chrome import iso_date
from nlp.reading.limits import Limits
from nlp.reading.page import Char, PageLayout, lay_out_page
from nlp.reading.pages import join_pages
from nlp.reading.ruled import Edge
from nlp.records import Document

_OCR_SCALE, _OCR_SIDE = 2.3, 4_000.0  # pixels a point, and of the longer side at most
_THIN = 3.5  # points: a filled rectangle so thin is a rule
_STRAIGHT = 1.0  # points: a segment leaning less is horizontal or vertical
_WHITE = 250
_SLANT = 10.0  # degrees
_LARGE = 24.0  # points: taller characters are looked at again
_MAX_OBJECTS = 60_000
_MAX_CHARS_A_PAGE = 60_000


_PDFIUM = threading.Lock()  # pdfium may not be entered by two threads at once


def read_pdf(data: bytes, source: str, limits: Limits) -> Document:
    """Read a PDF with a text layer; a scanned one only where the OCR extra is installed.

    Raises UnreadableReport where it is damaged, protected, scanned, or has too many pages.
    """
    with _PDFIUM:
        return _read(data, source, limits)


def _read(data: bytes, source: str, limits: Limits) -> Document:
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise UnreadableReport(source, _opening_cause(error)) from None
    try:
        if not 0 < len(document) <= limits.max_pages:
            raise UnreadableReport(source, f"PDF 有 {len(document)} 页（上限 {limits.max_pages} 页），不像一份年度报告")
        pages = [_page(document, index, limits) for index in range(len(document))]
        title, hints = _properties(document)
        blocks = join_pages(pages)
        han = sum(len(HAN.findall(getattr(block, "text", ""))) for block in blocks)
        han += sum(len(HAN.findall(cell)) for block in blocks for cell in getattr(block, "cells", ()))
        if han < limits.min_han and any(page.pictures for page in pages):
            return _scanned(document, source, limits)
    finally:
        document.close()
    return assemble(source, Content(blocks, title, hints, pages=len(pages)), limits)


def _opening_cause(error: Exception) -> str:
    text = str(error).lower()
    if "password" in text:
        return "PDF 有密码保护，请先解除密码"
    if "security" in text:
        return "PDF 的加密方式不支持，请另存为普通 PDF"
    return "PDF 已损坏，无法打开"


def _properties(document: Any) -> tuple[str | None, dict[str, str]]:
    """Title and creation date that the file states; weak hints."""
    try:
        facts = document.get_metadata_dict()
    except Exception:  # pdfium's own error types differ by version; a hint is not worth failing for
        return None, {}
    title = " ".join(clean(facts.get("Title") or "").split())[:200]
    date = iso_date(facts.get("CreationDate") or "")
    return title or None, {"publish_date": date} if date else {}


def _page(document: Any, index: int, limits: Limits) -> PageLayout:
    """Lay out one page; a page that pdfium cannot load is empty."""
    import pypdfium2 as pdfium

    try:
        page = document[index]
    except pdfium.PdfiumError:
        return PageLayout(index + 1, 0.0, 0.0)
    try:
        width, height = page.get_size()
        text = page.get_textpage()
        try:
            frame = _Frame(page, _turn(text, page.get_rotation()))
            chars = list(_chars(text, frame))
        finally:
            text.close()
        if frame.rotation % 180 != page.get_rotation() % 180:
            width, height = height, width
        edges, pictures = _drawn(page, frame, limits)
        return lay_out_page(index + 1, (width, height), chars, edges, pictures)
    finally:
        page.close()


class _Frame:
    """Turns PDF coordinates (from the lower left, unrotated) into the page as it is seen."""

    def __init__(self, page: Any, rotation: int) -> None:
        left, bottom, right, top = page.get_bbox()
        self.left, self.bottom, self.right, self.top = left, bottom, right, top
        self.rotation = rotation

    def point(self, x: float, y: float) -> tuple[float, float]:
        """(x from the left, y from the top)."""
        if self.rotation == 90:
            return y - self.bottom, x - self.left
        if self.rotation == 180:
            return self.right - x, y - self.bottom
        if self.rotation == 270:
            return self.top - y, self.right - x
        return x - self.left, self.top - y

    def box(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        """(x0, top, x1, bottom) of a box given by two corners."""
        (a, b), (c, d) = self.point(x0, y0), self.point(x1, y1)
        return min(a, c), min(b, d), max(a, c), max(b, d)


def _turn(text: Any, rotation: int) -> int:
    """By how much the page must be turned for most of its characters to stand upright, in degrees."""
    from pypdfium2 import raw

    count = text.count_chars()
    angles = Counter(
        round(-math.degrees(raw.FPDFText_GetCharAngle(text, index)) / 90) % 4 * 90
        for index in range(0, count, max(1, count // 200))
        if raw.FPDFText_GetUnicode(text, index) > 32
    )
    return angles.most_common(1)[0][0] if angles else rotation


def _chars(text: Any, frame: _Frame) -> Iterator[Char]:
    """Characters with their boxes. Left out: blanks that pdfium only infers (gaps tell better), slanting
    watermarks, and what stands across the text.
    """
    from pypdfium2 import raw

    for index in range(min(text.count_chars(), _MAX_CHARS_A_PAGE)):
        code = raw.FPDFText_GetUnicode(text, index)
        if code < 32 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            continue
        char = chr(code)
        if char.isspace() and raw.FPDFText_IsGenerated(text, index) == 1:
            continue
        lean = (math.degrees(raw.FPDFText_GetCharAngle(text, index)) + frame.rotation) % 360
        if not char.isspace() and _SLANT < lean < 360 - _SLANT:
            continue
        box = frame.box(*_char_box(text, index))
        if box[2] > box[0] or box[3] > box[1]:
            yield Char(char, *box)


def _char_box(text: Any, index: int) -> tuple[float, float, float, float]:
    """A character's em box. In fonts for vertical writing pdfium forgets to scale it: then from its origin."""
    from pypdfium2 import raw

    box: tuple[float, float, float, float] = text.get_charbox(index, loose=True)
    if box[3] - box[1] <= _LARGE:
        return box
    matrix = raw.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    if not raw.FPDFText_GetMatrix(text, index, matrix) or not raw.FPDFText_GetCharOrigin(text, index, x, y):
        return box
    size = raw.FPDFText_GetFontSize(text, index) * math.hypot(matrix.b, matrix.d)
    if box[3] - box[1] <= 2 * size:
        return box
    return x.value, y.value, x.value + size, y.value + size


def _drawn(page: Any, frame: _Frame, limits: Limits) -> tuple[list[Edge], int]:
    """Rules on the page and the number of pictures; no rules where the page is a drawing."""
    from pypdfium2 import raw

    edges: list[Edge] = []
    pictures = 0
    for count, item in enumerate(page.get_objects(max_depth=6)):
        if count > _MAX_OBJECTS:
            break
        if item.type == raw.FPDF_PAGEOBJ_IMAGE:
            pictures += 1
        elif item.type == raw.FPDF_PAGEOBJ_PATH:
            edges.extend(_rules(item, frame))
            if len(edges) > limits.max_page_lines:
                return [], pictures
    return edges, pictures


def _rules(path: Any, frame: _Frame) -> Iterator[Edge]:
    """Horizontal and vertical rules of one path: stroked segments, or filled rectangles as thin as a rule."""
    from pypdfium2 import raw

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    stroked = bool(stroke.value) and _is_inked(path, raw.FPDFPageObj_GetStrokeColor)
    filled = bool(fill.value) and _is_inked(path, raw.FPDFPageObj_GetFillColor)
    if not stroked and not filled:
        return
    for points in _outlines(path, frame):
        if stroked:
            yield from _segments(points)
        elif len(points) > 1:
            x0, x1 = min(p[0] for p in points), max(p[0] for p in points)
            top, bottom = min(p[1] for p in points), max(p[1] for p in points)
            if max(bottom - top, x1 - x0) <= _THIN:
                yield Edge(x0, top, x1, bottom)  # a dot of a dotted rule, whichever way it runs
            elif bottom - top <= _THIN < x1 - x0:
                yield Edge(x0, (top + bottom) / 2, x1, (top + bottom) / 2)
            elif x1 - x0 <= _THIN < bottom - top:
                yield Edge((x0 + x1) / 2, top, (x0 + x1) / 2, bottom)


def _segments(points: list[tuple[float, float]]) -> Iterator[Edge]:
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(y0 - y1) <= _STRAIGHT < abs(x0 - x1):
            yield Edge(min(x0, x1), (y0 + y1) / 2, max(x0, x1), (y0 + y1) / 2)
        elif abs(x0 - x1) <= _STRAIGHT < abs(y0 - y1):
            yield Edge((x0 + x1) / 2, min(y0, y1), (x0 + x1) / 2, max(y0, y1))


def _is_inked(path: Any, getter: Any) -> bool:
    """Whether a colour is seen on white paper."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not getter(path, red, green, blue, alpha):
        return True
    return alpha.value > 10 and min(red.value, green.value, blue.value) < _WHITE


def _outlines(path: Any, frame: _Frame) -> Iterator[list[tuple[float, float]]]:
    """The path's parts as points on the page; a closed part ends where it began."""
    from pypdfium2 import raw

    matrix = path.get_matrix()
    holder = path.container
    while holder is not None:
        matrix = matrix.multiply(holder.get_matrix())
        holder = holder.container
    points: list[tuple[float, float]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(min(raw.FPDFPath_CountSegments(path), 4000)):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO and points:
            yield points
            points = []
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        points.append(frame.point(*matrix.on_point(x.value, y.value)))
        if raw.FPDFPathSegment_GetClose(segment) and len(points) > 1:
            points.append(points[0])
    if points:
        yield points


def _scanned(document: Any, source: str, limits: Limits) -> Document:
    from nlp.reading.ocr import available, read_pages

    if not available():
        raise UnreadableReport(
            source, "PDF 是扫描件，没有文字层，请先做文字识别（OCR），或安装组件：pip install 'mingjian[ocr]'"
        )
    if len(document) > limits.max_ocr_pages:
        raise UnreadableReport(
            source, f"扫描件有 {len(document)} 页（上限 {limits.max_ocr_pages} 页），不像一份年度报告"
        )
    return read_pages((_picture(document[index]) for index in range(len(document))), source, limits)


def _picture(page: Any) -> Any:
    """A page as a picture, never larger than the recogniser looks at: a page may say that it is kilometres wide."""
    return page.render(scale=min(_OCR_SCALE, _OCR_SIDE / max(*page.get_size(), 1.0))).to_pil()
