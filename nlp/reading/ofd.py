"""OFD, the official Chinese document format: text with coordinates and drawn rules out of its XML."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from nlp.errors import UnreadableReport
from nlp.normalise import clean
from nlp.reading.blocks import Content, assemble
from nlp.reading.chrome import iso_date
from nlp.reading.limits import Limits
from nlp.reading.numbering import child, local
from nlp.reading.packages import Package
from nlp.reading.page import Char, PageLayout, lay_out_page
from nlp.reading.pages import join_pages
from nlp.reading.ruled import Edge
from nlp.records import Document

_WHAT = "OFD 文档"
_POINTS = 72 / 25.4  # OFD measures in millimetres
_NUMBER = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")
_PATH = re.compile(r"([SMLQBAC])((?:\s+[-+]?\d*\.?\d+)*)")
_THIN = 1.2  # millimetres
_STRAIGHT = 0.35
_Matrix = tuple[float, float, float, float, float, float]
_UNIT: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def read_ofd(data: bytes, source: str, limits: Limits) -> Document:
    """Read an OFD. Raises UnreadableReport where it is damaged, a bomb, or has no text."""
    package = Package(data, source, limits, _WHAT)
    top = package.xml("OFD.xml")
    body = child(top, "DocBody")
    root = _text(child(body, "DocRoot"))
    document = package.xml(root) if root else None
    if document is None:
        raise UnreadableReport(source, f"{_WHAT}已损坏，缺少正文")
    folder = posixpath.dirname(root.lstrip("/"))
    listed = child(document, "Pages")
    pages = [] if listed is None else [page for page in listed if local(page) == "Page"]
    if not 0 < len(pages) <= limits.max_pages:
        raise UnreadableReport(source, f"{_WHAT}有 {len(pages)} 页（上限 {limits.max_pages} 页），不像一份年度报告")
    size = _box(_text(child(child(document, "CommonData"), "PageArea"), "PhysicalBox")) or (0.0, 0.0, 210.0, 297.0)
    layouts = []
    for number, page in enumerate(pages, 1):
        content = package.xml(_resolve(folder, page.get("BaseLoc") or ""))
        if content is not None:
            layouts.append(_page(content, number, size, limits))
    info = child(body, "DocInfo")
    title = " ".join(clean(_text(child(info, "Title"))).split())[:200]
    date = iso_date(_text(child(info, "CreationDate")))
    hints = {"publish_date": date} if date else {}
    return assemble(source, Content(join_pages(layouts), title or None, hints, pages=len(pages)), limits)


def _text(element: Any, name: str | None = None) -> str:
    if name is not None:
        element = child(element, name)
    return "" if element is None else (element.text or "").strip()


def _resolve(folder: str, location: str) -> str:
    if location.startswith("/"):
        return location.lstrip("/")
    return posixpath.normpath(posixpath.join(folder, location))


def _numbers(text: str | None) -> list[float]:
    return [float(number) for number in _NUMBER.findall(text or "")[:4000]]


def _box(text: str | None) -> tuple[float, float, float, float] | None:
    numbers = _numbers(text)
    return (numbers[0], numbers[1], numbers[2], numbers[3]) if len(numbers) >= 4 else None


def _page(content: Any, number: int, size: tuple[float, float, float, float], limits: Limits) -> PageLayout:
    own = _box(_text(child(content, "Area"), "PhysicalBox")) or size
    chars: list[Char] = []
    edges: list[Edge] = []
    pictures = 0
    for element in content.iter():
        name = local(element)
        if name == "TextObject":
            chars.extend(_chars(element))
        elif name == "PathObject" and len(edges) <= limits.max_page_lines:
            edges.extend(_edges(element))
        elif name == "ImageObject":
            pictures += 1
    if len(edges) > limits.max_page_lines:
        edges = []
    return lay_out_page(number, (own[2] * _POINTS, own[3] * _POINTS), chars, edges, pictures)


def _matrix(element: Any) -> _Matrix:
    numbers = _numbers(element.get("CTM"))
    return (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]) if len(numbers) == 6 else _UNIT


def _put(matrix: _Matrix, origin: tuple[float, float], x: float, y: float) -> tuple[float, float]:
    """A point of an object on the page, in points."""
    a, b, c, d, e, f = matrix
    return (origin[0] + a * x + c * y + e) * _POINTS, (origin[1] + b * x + d * y + f) * _POINTS


def _deltas(text: str | None, count: int) -> list[float]:
    """Advances between characters: "3 g 4 5" means 3 once, then 5 four times."""
    out: list[float] = []
    parts = (text or "").split()
    i = 0
    while i < len(parts) and len(out) < count:
        if parts[i] == "g" and i + 2 < len(parts):
            times = int(float(parts[i + 1])) if _NUMBER.fullmatch(parts[i + 1]) else 0
            step = float(parts[i + 2]) if _NUMBER.fullmatch(parts[i + 2]) else 0.0
            out.extend([step] * max(0, min(times, count)))
            i += 3
        else:
            out.append(float(parts[i]) if _NUMBER.fullmatch(parts[i]) else 0.0)
            i += 1
    return out


def _chars(element: Any) -> Iterator[Char]:
    """Characters of a text object; the box is the font's size, as the format gives only base points."""
    box = _box(element.get("Boundary")) or (0.0, 0.0, 0.0, 0.0)
    size = (_numbers(element.get("Size")) or [4.0])[0]
    matrix = _matrix(element)
    x = y = 0.0
    for code in element.iter():
        if local(code) != "TextCode" or not code.text:
            continue
        x = (_numbers(code.get("X")) or [x])[0]
        y = (_numbers(code.get("Y")) or [y])[0]
        text = code.text
        across, down = _deltas(code.get("DeltaX"), len(text)), _deltas(code.get("DeltaY"), len(text))
        at_x, at_y = x, y
        for index, char in enumerate(text):
            step = across[index] if index < len(across) else 0.0
            wide = size * (0.5 if char.isascii() else 1.0)
            x0, y0 = _put(matrix, box[:2], at_x, at_y - size * 0.85)
            x1, y1 = _put(matrix, box[:2], at_x + wide, at_y + size * 0.15)
            if not char.isspace():
                yield Char(char, min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
            at_x += step if across else (0.0 if down else wide)
            at_y += down[index] if index < len(down) else 0.0


def _edges(element: Any) -> Iterator[Edge]:
    """Rules of a path object: stroked straight parts, or filled rectangles as thin as a rule."""
    box = _box(element.get("Boundary"))
    if box is None:
        return
    matrix = _matrix(element)
    stroked = (element.get("Stroke") or "true").lower() != "false"
    for points in _outlines(_text(child(element, "AbbreviatedData"))):
        placed = [_put(matrix, (box[0], box[1]), x, y) for x, y in points]
        xs, ys = [p[0] for p in placed], [p[1] for p in placed]
        if stroked:
            for (x0, y0), (x1, y1) in pairwise(placed):
                if abs(y0 - y1) <= _STRAIGHT * _POINTS < abs(x0 - x1):
                    yield Edge(min(x0, x1), (y0 + y1) / 2, max(x0, x1), (y0 + y1) / 2)
                elif abs(x0 - x1) <= _STRAIGHT * _POINTS < abs(y0 - y1):
                    yield Edge((x0 + x1) / 2, min(y0, y1), (x0 + x1) / 2, max(y0, y1))
        elif max(ys) - min(ys) <= _THIN * _POINTS < max(xs) - min(xs):
            yield Edge(min(xs), (min(ys) + max(ys)) / 2, max(xs), (min(ys) + max(ys)) / 2)
        elif max(xs) - min(xs) <= _THIN * _POINTS < max(ys) - min(ys):
            yield Edge((min(xs) + max(xs)) / 2, min(ys), (min(xs) + max(xs)) / 2, max(ys))


def _outlines(data: str) -> list[list[tuple[float, float]]]:
    """Parts of a path as points; curves count by their end."""
    outlines: list[list[tuple[float, float]]] = []
    for match in _PATH.finditer(data[:200_000]):
        command, numbers = match[1], _numbers(match[2])
        if command in "SM" or not outlines:
            outlines.append([])
        if command == "C":
            outlines[-1].extend(outlines[-1][:1])
        elif len(numbers) >= 2:
            outlines[-1].append((numbers[-2], numbers[-1]))
    return [points for points in outlines if len(points) > 1]
