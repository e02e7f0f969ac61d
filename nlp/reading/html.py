"""Web pages: decoded, parsed without network, and cut down to the report."""

from __future__ import annotations

import re
from typing import Any

from nlp.errors import UnreadableReport
from nlp.normalise import clean
from nlp.reading.blocks import Content, Paragraph, TooManyCells, assemble, too_many_cells
from nlp.reading.chrome import iso_date, page_facts
from nlp.reading.html_main import choose, furniture
from nlp.reading.html_walk import Walker
from nlp.reading.limits import Limits, too_large
from nlp.reading.txt import decode
from nlp.records import Document

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,20})", re.IGNORECASE)


def read_html(data: bytes, source: str, limits: Limits) -> Document:
    """Read a web page.

    Raises UnreadableReport where it is no text, far too large, or holds no Chinese text.
    """
    if len(data) > limits.max_text_bytes:
        raise UnreadableReport(source, too_large("网页", len(data), limits.max_text_bytes))
    declared = _CHARSET.search(data[:4096])
    try:
        text, whole = decode(data, declared[1].decode("ascii") if declared else None)
    except (ValueError, LookupError):
        raise UnreadableReport(source, "网页编码无法识别") from None
    return html_document(text, source, limits, () if whole else ("dirty_source",))


def html_document(text: str, source: str, limits: Limits, warnings: tuple[str, ...] = ()) -> Document:
    """Make the Document of a page that is decoded already."""
    tree = _parse(text)
    body = tree if tree is None or tree.tag != "html" else tree.find("body")
    if body is None:
        raise UnreadableReport(source, "网页没有正文")
    title, facts = _head(tree)
    walker = Walker(limits, furniture(body))
    try:
        walker.walk(body)
    except TooManyCells:
        raise UnreadableReport(source, too_many_cells(limits)) from None
    lines = [item.block.text for item in walker.items if isinstance(item.block, Paragraph) and item.chars < 200]
    facts = page_facts(clean("\n".join(lines))) | facts
    return assemble(source, Content(choose(walker), title, facts, warnings), limits)


def _parse(text: str) -> Any:
    """Parse HTML text; nothing is fetched. None where nothing is in it."""
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def _head(tree: Any) -> tuple[str | None, dict[str, str]]:
    """Title and weak facts from the page's head."""
    metas = {
        (meta.get("name") or meta.get("property") or "").lower(): (meta.get("content") or "").strip()
        for meta in tree.iter("meta")
    }
    facts = {
        "publisher": metas.get("contentsource") or metas.get("source") or metas.get("author"),
        "publish_date": iso_date(
            metas.get("pubdate") or metas.get("publishdate") or metas.get("article:published_time") or ""
        ),
        "site": metas.get("sitename") or metas.get("og:site_name"),
    }
    candidates = [metas.get("articletitle"), metas.get("og:title")]
    candidates += ["".join(h1.itertext()) for h1 in tree.iter("h1")][:3]
    candidates += ["".join(title.itertext()) for title in tree.iter("title")][:1]
    titles = [" ".join(clean(title).split())[:200] for title in candidates if title and title.strip()]
    best = next((t for t in titles if "年度报告" in t or "年报" in t), titles[0] if titles else None)
    return best or None, {name: " ".join(clean(fact).split())[:60] for name, fact in facts.items() if fact}
