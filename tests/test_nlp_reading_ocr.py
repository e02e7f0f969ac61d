"""Scans: rules found in the picture, characters put into their cells, confidence kept; the real engine where it is."""

from __future__ import annotations

import importlib.util
import io
from dataclasses import dataclass
from typing import Any

import numpy
import pytest
from PIL import Image, ImageDraw
from reading_files import pdf

from nlp.errors import UnreadableReport
from nlp.reading import Limits, ocr, read_bytes
from nlp.reading.ocr import find_rules
from nlp.reading.ruled import find_tables

LINES = ["某县水利局2022年政府信息公开工作年度报告", "二、主动公开政府信息情况如下表所列各项"]
CELLS = [["规章", "0", "11"], ["行政规范性文件", "8", "66"]]
XS, YS = [200, 600, 800, 1000], [500, 560, 620]


def drawn() -> Image.Image:
    """A picture of a page: a ruled table, no letters (the stand-in engine says what they are)."""
    image = Image.new("RGB", (1190, 1684), (244, 240, 230))
    draw = ImageDraw.Draw(image)
    for y in YS:
        draw.line((XS[0], y, XS[-1], y), fill=(30, 30, 30), width=3)
    for x in XS:
        draw.line((x, YS[0], x, YS[-1]), fill=(30, 30, 30), width=3)
    draw.line((210, 530, 240, 530), fill=0, width=4)  # as long as a character's stroke: no rule
    return image


@dataclass
class Found:
    """What the engine answers."""

    txts: list[str]
    scores: list[float]
    boxes: list[list[list[float]]]
    word_results: list[list[tuple[str, float, list[list[float]]]]]


def box(x0: float, y0: float, x1: float, y1: float) -> list[list[float]]:
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]


class Engine:
    """Stands in for RapidOCR: a line's characters with boxes; figures of one row as one wide piece."""

    def __call__(self, image: Any, return_word_box: bool = False) -> Found:
        assert return_word_box
        found = Found([], [], [], [])
        places = [(200, 300 + 60 * i, line) for i, line in enumerate(LINES)]
        places += [(XS[c] + 12, YS[r] + 16, text) for r, row in enumerate(CELLS) for c, text in enumerate(row)]
        for x, y, text in places:
            k = image.shape[1] / 1190
            wide = [14 if char.isascii() else 26 for char in text]
            starts = [x + sum(wide[:i]) for i in range(len(text))]
            chars = [
                (char, 0.9, box(k * s, k * y, k * (s + w), k * (y + 28)))
                for char, s, w in zip(text, starts, wide, strict=True)
            ]
            found.txts.append(text)
            found.scores.append(0.9)
            found.boxes.append(box(k * x, k * y, k * (x + sum(wide)), k * (y + 28)))
            found.word_results.append(chars)
        return found


def jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=70)
    return buffer.getvalue()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "available", lambda: True)
    monkeypatch.setattr(ocr, "_engine", Engine)


def test_rules_are_found_in_a_picture() -> None:
    (table,) = find_tables(list(find_rules(numpy.asarray(drawn().convert("L")), 2.0)), 1)
    assert [round(x) for x in table.xs] == pytest.approx([x / 2 for x in XS], abs=2)
    assert [round(y) for y in table.ys] == pytest.approx([y / 2 for y in YS], abs=2)
    assert table.places == [[0, 1, 2], [3, 4, 5]]
    assert not list(find_rules(numpy.full((300, 200), 250, numpy.uint8), 2.0))
    assert not list(find_rules(numpy.full((3, 2), 250, numpy.uint8), 2.0))


@pytest.mark.usefixtures("engine")
def test_a_picture_is_read_with_its_table_and_confidence() -> None:
    document = read_bytes(jpeg(drawn()), "scan.txt")
    assert document.text.split("\n")[:2] == LINES
    assert [[cell.text for cell in row] for row in document.grids[0].rows] == CELLS
    assert document.hints == {"ocr_confidence": "0.900"}
    assert document.warnings == ("ocr",)


@pytest.mark.usefixtures("engine")
def test_a_scanned_pdf_is_read_page_by_page() -> None:
    data = pdf(lambda canvas, _: canvas.drawInlineImage(drawn(), 0, 0, 595, 842), 2)
    document = read_bytes(data, "scan.pdf")
    assert len(document.pages) == 2
    assert document.text.count(LINES[0]) == 2
    assert [[cell.text for cell in row] for row in document.grids[0].rows] == CELLS
    with pytest.raises(UnreadableReport, match="扫描件有 2 页"):
        read_bytes(data, "scan.pdf", limits=Limits(max_ocr_pages=1))


@pytest.mark.usefixtures("engine")
def test_a_broken_picture() -> None:
    for data in (b"\xff\xd8\xff\xe0" + bytes(50), jpeg(drawn())[:400]):
        with pytest.raises(UnreadableReport, match="图片已损坏"):
            read_bytes(data, "scan.jpg")


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("rapidocr") is None, reason="the ocr extra is not installed")
def test_the_real_engine() -> None:
    from reading_files import draw_lines, draw_table

    def draw(canvas: Any, _: int) -> None:
        draw_lines(canvas, [(0, line) for line in LINES])
        cells = [(r, c, 1, 1, text) for r, row in enumerate(CELLS) for c, text in enumerate(row)]
        draw_table(canvas, [72, 250, 350, 450], [600, 570, 540], cells)

    import pypdfium2

    image = pypdfium2.PdfDocument(pdf(draw))[0].render(scale=2.3).to_pil()
    document = read_bytes(jpeg(image.convert("RGB")), "scan.jpg")
    assert [[cell.text for cell in row] for row in document.grids[0].rows] == CELLS
    assert "主动公开政府信息情况" in document.text
    assert float(document.hints["ocr_confidence"]) > 0.9
