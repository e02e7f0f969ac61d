"""Scanned pages and pictures through RapidOCR, where the extra is installed; its confidence is kept.

The characters come with their places and the rules are found in the picture, so that a scanned table is read by
the same code as a drawn one.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import warnings
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from nlp.errors import UnreadableReport
from nlp.reading.blocks import Content, assemble
from nlp.reading.limits import Limits
from nlp.reading.page import Char, PageLayout, lay_out_page
from nlp.reading.pages import join_pages
from nlp.reading.ruled import Edge
from nlp.records import Document

_A4 = (595.0, 842.0)  # points
_SIDE = 1950  # pixels: the recogniser shrinks what is larger
_RULE = 30.0  # points: a dark stroke so long is a rule, none of a character's is
_MOST_PIXELS = 100_000_000
_TOO_LARGE = "图片过大，已拒绝"
_DARK = 0.6  # share of the paper's brightness


def available() -> bool:
    """Whether the OCR extra is installed."""
    return importlib.util.find_spec("rapidocr") is not None


@cache
def _engine() -> Any:
    return importlib.import_module("rapidocr").RapidOCR(params={"Global.log_level": "error"})


def read_image(data: bytes, source: str, limits: Limits) -> Document:
    """Read a picture of one page.

    Raises UnreadableReport where it is damaged, enormous, or shows no Chinese text.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # it is measured here
            with Image.open(io.BytesIO(data)) as image:
                if image.width * image.height > _MOST_PIXELS:
                    raise UnreadableReport(source, _TOO_LARGE)
                return read_pages([image.convert("RGB")], source, limits)
    except (Image.DecompressionBombError, MemoryError):  # Pillow's own limit comes first
        raise UnreadableReport(source, _TOO_LARGE) from None
    except (OSError, ValueError, SyntaxError):
        raise UnreadableReport(source, "图片已损坏，无法打开") from None


def read_pages(images: Iterable[Any], source: str, limits: Limits) -> Document:
    """Read pages given as Pillow images.

    ``hints["ocr_confidence"]`` is the mean confidence over the recognised characters, 0–1; the warning ``ocr``
    is set. Raises UnreadableReport where no Chinese text is found.
    """
    pages: list[PageLayout] = []
    scores: list[float] = []
    for number, image in enumerate(images, 1):
        if max(image.size) > _SIDE:
            image.thumbnail((_SIDE, _SIDE))
        pages.append(_page(image, number, scores))
    confidence = sum(scores) / len(scores) if scores else 0.0
    hints = {"ocr_confidence": f"{confidence:.3f}"}
    return assemble(source, Content(join_pages(pages), None, hints, ("ocr",), len(pages)), limits)


def _page(image: Any, number: int, scores: list[float]) -> PageLayout:
    import numpy

    width, height = image.size
    scale = width / (_A4[0] if width <= height else _A4[1])
    found = _engine()(numpy.asarray(image), return_word_box=True)
    chars: list[Char] = []
    if found is not None and found.boxes is not None:
        for text, score, box in _pieces(found):
            xs, ys = [float(p[0]) / scale for p in box], [float(p[1]) / scale for p in box]
            chars.append(Char(text, min(xs), min(ys), max(xs), max(ys)))
            scores.append(float(score))
    edges = list(find_rules(numpy.asarray(image.convert("L")), scale))
    return lay_out_page(number, (width / scale, height / scale), chars, edges)


def _pieces(found: Any) -> Iterator[tuple[str, float, Any]]:
    """Characters or words with their confidence and box; whole lines where the recogniser gives no more."""
    words = getattr(found, "word_results", None) or ()
    for index, (text, score, box) in enumerate(zip(found.txts, found.scores, found.boxes, strict=True)):
        parts = words[index] if index < len(words) else ()
        whole = "".join(part[0] for part in parts if part)
        if whole.replace(" ", "") == text.replace(" ", ""):
            yield from ((part[0], part[1], part[2]) for part in parts)
        else:
            yield text, score, box


def find_rules(grey: Any, scale: float) -> Iterator[Edge]:
    """Rules in a picture: dark runs longer than any stroke of a character.

    ``grey`` is (height, width) brightness, 0–255; ``scale`` pixels a point; the rules are in points.
    """
    import numpy

    dark = grey < _DARK * numpy.median(grey)
    length = max(8, int(_RULE * scale))
    for across in (True, False):
        lines = dark if across else dark.T
        if lines.shape[1] < length:
            continue
        total = numpy.cumsum(numpy.pad(lines, ((0, 0), (1, 0))), axis=1)
        full = (total[:, length:] - total[:, :-length]) == length
        steps = numpy.diff(numpy.pad(full, ((0, 0), (1, 1))).astype(numpy.int8), axis=1)
        starts, ends = numpy.argwhere(steps == 1), numpy.argwhere(steps == -1)
        for (at, low), (_, high) in zip(starts.tolist(), ends.tolist(), strict=True):
            first, last, place = low / scale, (high - 1 + length) / scale, (at + 0.5) / scale
            yield Edge(first, place, last, place) if across else Edge(place, first, place, last)
