"""Charts that Word itself draws, so that they can be edited and need no fonts of ours.

XlsxWriter writes the chart (DrawingML with the numbers in it) and the workbook that Word opens on “edit data”; here
they only change from a workbook into a document.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document

CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
MAIN = "http://schemas.openxmlformats.org/drawingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
PERCENT = "0%"
SHEET = "数据"
# told apart on a grey print by their marks
COLOURS = ("#1F4E79", "#C0612B", "#2C6A4F", "#8A5A9E", "#A98600", "#4F8FB8")
MARKERS = ("circle", "square", "triangle", "diamond", "x", "star")


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn. ``kind``: bar (one series, the first category on top) or line. Values are fractions or None."""

    kind: str
    title: str
    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]


def add_chart(document: Document, chart: Chart, width: int, height: int) -> None:
    """Put a chart into a paragraph of its own at the end of the document; width and height in EMU."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml

    package = document.part.package
    number = 1 + sum(str(part.partname).startswith("/word/charts/") for part in package.iter_parts())
    book = Part(PackURI(f"/word/embeddings/chart{number}.xlsx"), BOOK_TYPE, workbook(chart, drawn=False), package)
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), CHART_TYPE, b"", package)
    part._blob = chart_xml(chart, part.relate_to(book, RELATIONSHIP_TYPE.PACKAGE))
    relation = document.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    inline = parse_xml(
        f'<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:wp="{DRAWING}"'
        f' xmlns:a="{MAIN}"><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{width}" cy="{height}"/>'
        f'<wp:docPr id="{1000 + number}" name="chart{number}"/><wp:cNvGraphicFramePr/><a:graphic>'
        f'<a:graphicData uri="{CHART}"><c:chart xmlns:c="{CHART}" xmlns:r="{RELATIONS}" r:id="{relation}"/>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing>"
    )
    for properties in inline.iter(f"{{{DRAWING}}}docPr"):
        properties.set("descr", chart.title)  # what a screen reader says
    document.add_paragraph().add_run()._r.append(inline)


def chart_xml(chart: Chart, workbook_relation: str) -> bytes:
    """The chart's part, bound to the workbook with its data."""
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(workbook(chart, drawn=True))) as book:
        root = etree.fromstring(book.read("xl/charts/chart1.xml"))
    for printing in root.findall(f"{{{CHART}}}printSettings"):
        root.remove(printing)
    for spoken in root.iter(f"{{{CHART}}}lang", f"{{{MAIN}}}rPr"):
        spoken.set("val" if spoken.tag.endswith("}lang") else "lang", "zh-CN")
    data = etree.SubElement(root, f"{{{CHART}}}externalData", {f"{{{RELATIONS}}}id": workbook_relation})
    etree.SubElement(data, f"{{{CHART}}}autoUpdate", val="0")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def workbook(chart: Chart, *, drawn: bool) -> bytes:
    """A workbook with the chart's data, and (``drawn``) the chart."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        percent = book.add_format({"num_format": PERCENT})
        page = book.add_worksheet(SHEET)
        page.write_column(1, 0, chart.categories)
        for column, (name, values) in enumerate(chart.series, start=1):
            page.write_string(0, column, name)
            for row, value in enumerate(values, start=1):
                if value is not None:
                    page.write_number(row, column, value, percent)
        if drawn:
            page.insert_chart("E2", _drawn(book, chart))
    return out.getvalue()


def _drawn(book: Any, chart: Chart) -> Any:
    """XlsxWriter's chart over the sheet."""
    made = book.add_chart({"type": chart.kind})
    last = len(chart.categories)
    for column, (name, _) in enumerate(chart.series, start=1):
        colour = COLOURS[(column - 1) % len(COLOURS)]
        series: dict[str, Any] = {
            "name": [SHEET, 0, column],
            "categories": [SHEET, 1, 0, last, 0],
            "values": [SHEET, 1, column, last, column],
        }
        if chart.kind == "bar":
            series |= {"fill": {"color": colour}, "gap": 60, "data_labels": {"value": True, "num_format": PERCENT}}
        else:
            marker = {"type": MARKERS[(column - 1) % len(MARKERS)], "size": 6}
            series |= {"line": {"color": colour, "width": 2}}
            series["marker"] = marker | {"fill": {"color": colour}, "border": {"color": colour}}
        made.add_series(series | {"name": [SHEET, 0, column]} if name else series)
    made.set_title({"name": chart.title, "name_font": {"size": 11, "bold": False}, "overlay": False})
    percents = {"num_format": PERCENT, "min": 0, "major_gridlines": {"visible": True, "line": {"color": "#E0E6EC"}}}
    if chart.kind == "bar":
        made.set_x_axis(percents)
        made.set_y_axis({"reverse": True, "crossing": "min"})
        made.set_legend({"none": True})
    else:
        made.set_y_axis(percents)
        made.set_legend({"position": "bottom"})
        made.show_blanks_as("gap")
    return made
