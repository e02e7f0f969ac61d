"""Scanned pages and pictures through RapidOCR, where the extra is installed; its confidence is kept."""

from __future__ import annotations

import importlib
import importlib.util
import io
from collections.abc import Iterable
from typing import Any

from nlp.errors import UnreadableReport
from nlp.reading.blocks import Content, assemble
from nlp.reading.limits import Limits
from nlp.reading.page import PageLayout, TextLine
from nlp.reading.pages import join_pages
from nlp.records import Document

_ROW = 0.5  # share of a line's height by which two pieces may differ and still stand side by side


def available() -> bool:
    """Whether the OCR extra is installed."""
    return importlib.util.find_spec("rapidocr") is not None


def _engine() -> Any:
    return importlib.import_module("rapidocr").RapidOCR()


def read_image(data: bytes, source: str, limits: Limits) -> Document:
    """Read a picture of one page. Raises UnreadableReport where it is damaged or shows no Chinese text."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > 100_000_000:
                raise UnreadableReport(source, "图片过大，已拒绝")
            return read_pages([image.convert("RGB")], source, limits)
    except (OSError, ValueError, SyntaxError):
        raise UnreadableReport(source, "图片已损坏，无法打开") from None


def read_pages(images: Iterable[Any], source: str, limits: Limits) -> Document:
    """Read pages given as Pillow images.

    ``hints["ocr_confidence"]`` is the mean confidence over the recognised pieces, 0–1; the warning ``ocr`` is set.
    Raises UnreadableReport where no Chinese text is found.
    """
    import numpy

    engine = _engine()
    pages: list[PageLayout] = []
    scores: list[float] = []
    for number, image in enumerate(images, 1):
        found = engine(numpy.asarray(image))
        page = PageLayout(number, float(image.width), float(image.height))
        if found is not None and found.boxes is not None:
            scores.extend(float(score) for score in found.scores)
            page.items.extend(_lines(found.boxes, found.txts))
        pages.append(page)
    confidence = sum(scores) / len(scores) if scores else 0.0
    hints = {"ocr_confidence": f"{confidence:.3f}"}
    return assemble(source, Content(join_pages(pages), None, hints, ("ocr",), len(pages)), limits)


def _lines(boxes: Any, texts: Iterable[str]) -> list[TextLine]:
    """Pieces that stand side by side are one line, a blank between them."""
    pieces = []
    for box, text in zip(boxes, texts, strict=True):
        xs, ys = [float(p[0]) for p in box], [float(p[1]) for p in box]
        pieces.append(TextLine(text, min(xs), min(ys), max(xs), max(ys)))
    pieces.sort(key=lambda piece: piece.top + piece.bottom)
    rows: list[list[TextLine]] = []
    for piece in pieces:
        middle = (piece.top + piece.bottom) / 2
        if rows and middle - (rows[-1][0].top + rows[-1][0].bottom) / 2 <= _ROW * piece.height:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [_join(sorted(row, key=lambda piece: piece.x0)) for row in rows]


def _join(row: list[TextLine]) -> TextLine:
    text = " ".join(piece.text for piece in row)
    return TextLine(text, row[0].x0, min(p.top for p in row), max(p.x1 for p in row), max(p.bottom for p in row))
