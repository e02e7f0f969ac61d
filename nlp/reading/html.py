"""Web pages: the report's own block is found by where its headings and tables are, the site around it is left."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from nlp.errors import UnreadableReport
from nlp.normalise import clean
from nlp.reading.blocks import HAN, Block, Content, Paragraph, Picture, Table, assemble
from nlp.reading.chrome import iso_date, page_facts
from nlp.reading.limits import Limits, size_text
from nlp.reading.tables import RawCell, lay_out
from nlp.reading.txt import decode
from nlp.records import Document
from nlp.reflow import STARTS, is_chrome

_DROPPED = frozenset(
    ["script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "math", "canvas", "audio"]
    + ["video", "select", "button", "textarea", "input", "datalist", "map", "rp", "rt", "head", "area", "base"]
)
_SUSPECT = frozenset(["nav", "header", "footer", "aside", "form"])  # chrome, unless the report is inside
_BLOCK_TAGS = frozenset(
    ["address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dir", "div", "dl", "dt"]
    + ["fieldset", "figure", "figcaption", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr"]
    + ["html", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "ul", "td", "th", "tr", "tbody"]
    + ["thead", "tfoot", "caption", "legend", "center"]
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_PRE = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_BREAK = re.compile(r"[ \t]*\n\s*")
_TITLE = re.compile(r"(?:年度报告|年报|工作报告|公开报告|情况报告|总结)(?:[（(][^）)]{1,20}[）)])?$")
# What only the report itself says in short lines or cells; each is counted once.
_CUES = tuple(
    re.compile(pattern)
    for pattern in (
        r"^.{0,6}(?:总体情况|概述|基本情况|总体工作情况)",
        r"^.{0,6}(?:主动公开|公开政府信息).{0,12}情况",
        r"^.{0,6}(?:收到和?处理|依申请公开|受理|申请).{0,18}情况",
        r"^.{0,20}(?:行政复议|行政诉讼|复议).{0,16}情况",
        r"^.{0,12}(?:问题|不足|困难).{0,10}(?:改进|措施|打算|安排|整改)",
        r"^.{0,4}其他需要(?:报告|说明)的?.{0,6}$",
        r"本年(?:新收|制发|新制作)|现行有效件数|处理决定数量|结转下年度",
        r"结果维持[\s\S]{0,40}结果纠正",
    )
)


@dataclass(slots=True)
class _Item:
    """A line or table with the element that holds it, and how much of it is link text."""

    block: Block
    element: Any
    chars: int = 0
    link_chars: int = 0


@dataclass(slots=True)
class _Line:
    """Text gathered since the last block boundary."""

    parts: list[str] = field(default_factory=list)
    links: int = 0


class _Walker:
    """Walks a tree once, writing its lines, pictures and tables in reading order."""

    def __init__(self, limits: Limits, tables: int = 0) -> None:
        self.limits = limits
        self.tables = tables
        self.items: list[_Item] = []
        self.line = _Line()
        self.cells = 0

    def flush(self, element: Any) -> None:
        if not self.line.parts:
            return
        text = "".join(self.line.parts)
        links, self.line = self.line.links, _Line()
        for line in text.split("\n"):
            chars = len(line.strip())
            if chars:
                self.items.append(_Item(Paragraph(line), element, chars, min(links, chars)))

    def add(self, text: str | None, *, link: bool, pre: bool) -> None:
        if not text:
            return
        if "\n" in text or "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
            if not pre:
                text = _soft_breaks(text)
        if link:
            self.line.links += len(text.strip())
        self.line.parts.append(text)

    def walk(self, element: Any, holder: Any, *, link: bool = False, pre: bool = False) -> None:
        """Write one element; ``holder`` is the block element around it."""
        tag = element.tag
        if tag in _DROPPED:
            return
        if tag == "table" and self.tables < self.limits.max_nesting:
            self.flush(holder)
            self.table(element)
            return
        if tag == "br":
            self.line.parts.append("\n")
            return
        if tag == "img":
            self.flush(holder)
            self.items.append(_Item(Picture(), holder))
            return
        block = tag in _BLOCK_TAGS
        if block:
            self.flush(holder)
            holder = element
        link = link or (tag == "a" and _leads_away(element))
        pre = pre or tag == "pre" or bool(_PRE.search(element.get("style") or ""))
        self.add(element.text, link=link, pre=pre)
        for child in element:
            if isinstance(child.tag, str):
                self.walk(child, holder, link=link, pre=pre)
            self.add(child.tail, link=link, pre=pre)
        if block:
            self.flush(holder)

    def table(self, element: Any) -> None:
        """Write a table: a grid, or what stands in the cells of a table that only lays out."""
        rows, items, own = [], [], 0
        for row in _own_rows(element):
            cells = []
            for cell in row:
                if cell.tag not in ("td", "th"):
                    continue
                inner = _Walker(self.limits, self.tables + 1)
                inner.walk(cell, cell)
                self.cells += inner.cells
                items.extend(inner.items)
                raw = RawCell([item.block for item in inner.items])
                raw.rowspan = _span(cell, "rowspan", self.limits)
                raw.colspan = _span(cell, "colspan", self.limits)
                own += raw.colspan
                cells.append(raw)
            rows.append(cells)
        self.cells += own
        if self.cells > self.limits.max_cells:
            raise ValueError("too many cells")
        for caption in element.iterchildren("caption"):
            self.walk(caption, element)
        by_block = {id(item.block): item for item in items}
        for block in lay_out(rows, self.limits):
            item = by_block.get(id(block))
            if item is None:
                item = _Item(block, element, sum(map(len, block.cells)) if isinstance(block, Table) else 0)
            self.items.append(item)


def _soft_breaks(text: str) -> str:
    """A newline in the source is a blank, nothing between Chinese; it stays where an ordinal follows."""

    def put(match: re.Match[str]) -> str:
        after = text[match.end() : match.end() + 12]
        if not after or match.start() == 0:
            return " " if after else ""
        if STARTS.match(after):
            return "\n"
        return "" if text[match.start() - 1] > "\u2e80" or after[0] > "\u2e80" else " "

    return _BREAK.sub(put, text)


def _leads_away(element: Any) -> bool:
    href = (element.get("href") or "").strip()
    return bool(href) and not href.startswith("#")


def _span(cell: Any, name: str, limits: Limits) -> int:
    match = re.match(r"\s*(\d{1,6})", cell.get(name) or "")
    return max(1, min(int(match[1]), limits.max_span)) if match else 1


def _own_rows(table: Any) -> list[Any]:
    """Rows of a table itself, not those of tables within it."""
    rows = []
    for child in table:
        if child.tag == "tr":
            rows.append(child)
        elif child.tag in ("thead", "tbody", "tfoot"):
            rows.extend(row for row in child if row.tag == "tr")
    return rows


def _mass(element: Any) -> int:
    return len(HAN.findall("".join(element.itertext())))


def _drop_suspects(body: Any) -> None:
    """Remove navigation, headers, footers, forms and hidden parts, unless they hold much of the text."""
    total = None
    for element in list(body.iter()):
        if not isinstance(element.tag, str) or element is body:
            continue
        hidden = element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "")
        if not hidden and element.tag not in _SUSPECT:
            continue
        if total is None:
            total = _mass(body)
        if _mass(element) * 3 < total and element.getparent() is not None:
            element.drop_tree()


def _cues_of(item: _Item) -> set[int]:
    if isinstance(item.block, Paragraph):
        text = "".join(item.block.text.split())[:60]
        if item.link_chars * 2 > item.chars:
            return set()
    elif isinstance(item.block, Table):
        text = "".join("\n".join(item.block.cells)[:3000].split(" "))
    else:
        return set()
    return {i for i, cue in enumerate(_CUES) if cue.search(text)}


def _root(items: list[_Item]) -> Any:
    """The deepest element that holds most of the report's cues, else most of the text that is no link."""
    cues: dict[Any, set[int]] = {}
    mass = Counter[Any]()
    depth: dict[Any, int] = {}
    total = 0
    for item in items:
        found = _cues_of(item)
        weight = max(item.chars - item.link_chars, 0)
        total += weight
        chain = [item.element, *item.element.iterancestors()]
        for level, element in enumerate(reversed(chain)):
            depth[element] = level
            mass[element] += weight
            if found:
                cues.setdefault(element, set()).update(found)
    most = max((len(found) for found in cues.values()), default=0)
    if most >= 2:
        return max((e for e, found in cues.items() if len(found) == most), key=lambda e: depth[e])
    return max((e for e in mass if mass[e] * 4 >= total * 3), key=lambda e: depth[e], default=None)


def _climb(root: Any, items: list[_Item]) -> Any:
    """Widen the root while its parent adds only little plain text: a title, a preface, a signature."""
    inside = sum(item.chars for item in items if _within(item, root))
    while (parent := root.getparent()) is not None and parent.tag != "html":
        added = [item for item in items if _within(item, parent) and not _within(item, root)]
        chars = sum(item.chars for item in added)
        if chars > inside // 2 or any(_is_furniture(item) for item in added):
            break
        root = parent
    return root


def _is_furniture(item: _Item) -> bool:
    if not isinstance(item.block, Paragraph):
        return False
    return item.link_chars * 2 > item.chars or is_chrome(" ".join(clean(item.block.text).split()))


def _within(item: _Item, root: Any) -> bool:
    return item.element is root or any(element is root for element in item.element.iterancestors())


def _choose(items: list[_Item]) -> list[Block]:
    """Keep the report: the root's items, and the title that stands before it."""
    root = _root(items)
    if root is None:
        return [item.block for item in items]
    root = _climb(root, items)
    inside = [_within(item, root) for item in items]
    first = inside.index(True)
    kept = [item for item, keep in zip(items, inside, strict=True) if keep]
    blocks = [item.block for item in kept if not (isinstance(item.block, Paragraph) and _is_link_list(item))]
    opening = "".join(b.text for b in blocks[:6] if isinstance(b, Paragraph))
    for item in reversed(items[:first]):
        if isinstance(item.block, Paragraph) and item.link_chars == 0:
            text = " ".join(clean(item.block.text).split())
            if len(text) <= 60 and _TITLE.search(text):
                if "".join(text.split()) not in "".join(clean(opening).split()):
                    blocks.insert(0, Paragraph(text))
                break
    return blocks


def _is_link_list(item: _Item) -> bool:
    """A line that is all link: related pages, breadcrumbs; an annex named as such stays."""
    return (
        item.link_chars * 10 > item.chars * 9 and "附件" not in item.block.text
        if isinstance(item.block, Paragraph)
        else False
    )


def _meta(tree: Any) -> tuple[str | None, dict[str, str]]:
    """Title and weak facts from the page's head."""
    names = {
        (meta.get("name") or meta.get("property") or "").lower(): (meta.get("content") or "").strip()
        for meta in tree.iter("meta")
    }
    facts: dict[str, str] = {}
    source = names.get("contentsource") or names.get("source") or names.get("author")
    if source:
        facts["publisher"] = clean(source)[:60]
    date = iso_date(names.get("pubdate") or names.get("publishdate") or names.get("article:published_time") or "")
    if date:
        facts["publish_date"] = date
    site = names.get("sitename") or names.get("og:site_name")
    if site:
        facts["site"] = clean(site)[:60]
    candidates = [names.get("articletitle"), names.get("og:title")]
    candidates += ["".join(h1.itertext()) for h1 in tree.iter("h1")][:3]
    candidates += ["".join(title.itertext()) for title in tree.iter("title")][:1]
    titles = [" ".join(clean(title).split())[:200] for title in candidates if title and title.strip()]
    best = next((t for t in titles if "年度报告" in t or "年报" in t), titles[0] if titles else None)
    return best or None, facts


def parse_tree(text: str) -> Any:
    """Parse HTML text; nothing is fetched, entities stay what HTML defines. None where nothing is in it."""
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def read_html(data: bytes, source: str, limits: Limits) -> Document:
    """Read a web page.

    Raises UnreadableReport where it is no text, far too large, or holds no Chinese text.
    """
    if len(data) > limits.max_text_bytes:
        raise UnreadableReport(
            source, f"网页有 {size_text(len(data))}，超过上限 {size_text(limits.max_text_bytes)}，不像一份年度报告"
        )
    declared = _CHARSET.search(data[:4096])
    try:
        text, whole = decode(data, declared[1].decode("ascii") if declared else None)
    except (ValueError, LookupError):
        raise UnreadableReport(source, "网页编码无法识别") from None
    return html_document(text, source, limits, () if whole else ("dirty_source",))


def html_document(text: str, source: str, limits: Limits, warnings: tuple[str, ...] = ()) -> Document:
    """Make the Document of a page that is decoded already."""
    tree = parse_tree(text)
    if tree is None:
        raise UnreadableReport(source, "网页是空的")
    title, facts = _meta(tree)
    body = tree.find("body") if tree.tag == "html" else tree
    if body is None:
        raise UnreadableReport(source, "网页没有正文")
    _drop_suspects(body)
    walker = _Walker(limits)
    try:
        walker.walk(body, body)
    except ValueError:
        raise UnreadableReport(source, f"表格过大（超过 {limits.max_cells} 格），不像一份年度报告") from None
    around = "\n".join(
        item.block.text for item in walker.items if isinstance(item.block, Paragraph) and item.chars < 200
    )
    facts = page_facts(clean(around)) | facts
    blocks = _choose(walker.items)
    return assemble(source, Content(blocks, title, facts, warnings), limits)
