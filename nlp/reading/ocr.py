"""Scanned pages and pictures through RapidOCR, where the extra is installed; its confidence is kept."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Iterable
from typing import Any

from nlp.errors import UnreadableReport
from nlp.reading.blocks import Content, assemble
from nlp.reading.limits import Limits
from nlp.reading.page import Char, PageLayout, TextLine, text_lines
from nlp.reading.pages import join_pages
from nlp.records import Document


def available() -> bool:
    """Whether the OCR extra is installed."""
    return importlib.util.find_spec("rapidocr") is not None
