"""Web archives (mht): the page within is read, its pictures are left."""

from __future__ import annotations

import email
import email.policy

from nlp.errors import UnreadableReport
from nlp.reading.html import read_html
from nlp.reading.limits import Limits
from nlp.records import Document


def read_mht(data: bytes, source: str, limits: Limits) -> Document:
    """Read the first HTML part. Raises UnreadableReport where there is none."""
    if len(data) > limits.max_text_bytes:
        raise UnreadableReport(source, "网页存档过大，不像一份年度报告")
    message = email.message_from_bytes(data.lstrip(), policy=email.policy.compat32)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes) and payload.strip():
                return read_html(payload, source, limits)
    raise UnreadableReport(source, "网页存档里没有正文")
