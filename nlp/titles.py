"""Titles of items: "公开队伍不健全：…", "加大培训力度。…", or a short line of its own."""

from __future__ import annotations

import re

from nlp import cues
from nlp.kinds import acts, clauses, is_empty, lacks
from nlp.layout import side_of

LABEL = 18  # characters before a colon that make a title in running text
SENTENCE = 10  # characters of a sentence in running text that is the title of the next one
LINE = 20  # characters of a title that is a line of its own, or stands before a colon
LONGEST = 30  # characters of a title that is the first sentence of an item
_LABEL = re.compile(r"[^，,。；;：:\n“”]{2,20}[：:](?=\s*\S)")
_END = re.compile(r"[：:。！!\n]")


def title_of(words: str) -> str | None:
    """An item's own short heading: before a colon, or a first sentence or line that others explain."""
    match = _END.search(words)
    if match is None:
        return None
    title, rest = words[: match.start()].strip(), words[match.end() :].strip()
    limit = LONGEST if match.group() in "。！!" else LINE
    return title if 2 <= len(title) <= limit and len(rest) >= 6 else None


def leads(words: str) -> bool:
    """Whether words before a colon only announce what follows ("主要表现在")."""
    if side_of(words) is not None:
        return True
    return is_empty(words) and not lacks(words) and (not acts(words) or cues.load().lead.search(words) is not None)


def opens_with_label(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` begins with an item's title and a colon."""
    match = _LABEL.match(text, start, end)
    if match is None or end - match.end() < 6:
        return False
    words = match.group()[:-1]
    return len(words) <= LABEL and not leads(words) and (lacks(words) or acts(words))


def is_title(text: str, start: int, end: int) -> bool:
    """Whether a sentence of running text is the title of the next: one short clause that lacks or does something."""
    parts = clauses(text, start, end)
    if len(parts) != 1 or end - start > SENTENCE or is_empty(parts[0].words):
        return False
    words = parts[0].words
    return cues.load().title.search(words) is not None if lacks(words) else acts(words)
