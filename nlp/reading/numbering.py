"""Automatic numbers of Word: the text that a reader sees before a paragraph but that no run holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_DIGITS = "零一二三四五六七八九"
_STEMS = "甲乙丙丁戊己庚辛壬癸"


def local(element: Any) -> str:
    """Tag without its namespace; transitional and strict OOXML differ in that only."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Any, name: str) -> str | None:
    """Attribute by its local name."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return None


def child(element: Any, name: str) -> Any:
    """First child of a local name, or None."""
    if element is None:
        return None
    return next((e for e in element if local(e) == name), None)


def value(element: Any, *path: str) -> str | None:
    """``w:val`` of a descendant reached by local names."""
    for name in path:
        element = child(element, name)
    return None if element is None else attribute(element, "val")


def chinese(number: int) -> str:
    """Chinese numeral of 1–99: 12 → 十二; larger numbers digit by digit."""
    if number >= 100 or number < 0:
        return "".join(_DIGITS[int(digit)] for digit in str(abs(number)))
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def _roman(number: int) -> str:
    out = ""
    for size, letters in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        while number >= size:
            out, number = out + letters, number - size
    return out


def _letters(number: int) -> str:
    return chr(ord("A") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _circled(number: int) -> str:
    return chr(0x2460 + number - 1) if number <= 20 else str(number)


# Word's number formats that these documents use; all others are written as plain digits.
_FORMATS: dict[str, Callable[[int], str]] = {
    "none": lambda _: "",
    "bullet": lambda _: "",
    "decimalEnclosedParen": lambda n: f"({n})",
    "decimalEnclosedFullstop": lambda n: f"{n}.",
    "decimalZero": lambda n: f"{n:02d}",
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "upperRoman": _roman,
    "lowerRoman": lambda n: _roman(n).lower(),
    "upperLetter": _letters,
    "lowerLetter": lambda n: _letters(n).lower(),
    "ideographTraditional": lambda n: _STEMS[(n - 1) % 10],
    "ideographEnclosedCircle": chinese,
}
_CHINESE = re.compile(r"(?:chinese|japanese|taiwanese|korean)(?:Count|Digital|Legal)|ideographDigital")


def format_number(number: int, style: str) -> str:
    """A number in one of Word's number formats; unknown formats give the plain digits."""
    if not 0 < number < 400:
        return str(number)
    if _CHINESE.match(style):
        return chinese(number)
    return _FORMATS.get(style, str)(number)


class _Level:
    __slots__ = ("legal", "start", "style", "text")

    def __init__(self, element: Any) -> None:
        start = value(element, "start")
        self.start = int(start) if start and start.isdecimal() else 1
        self.style = value(element, "numFmt") or "decimal"
        self.text = value(element, "lvlText") or ""
        self.legal = child(element, "isLgl") is not None


class Numbering:
    """Counts the numbered paragraphs of one document in reading order."""

    def __init__(self, numbering: Any, styles: Any) -> None:
        self.levels: dict[str, dict[int, _Level]] = {}  # abstract list → level → its form
        self.lists: dict[str, str] = {}  # list → abstract list
        self.starts: dict[tuple[str, int], int] = {}  # overridden starts of a list's levels
        self.counts: dict[str, dict[int, int]] = {}
        self.seen: set[str] = set()
        self.styles: dict[str, tuple[str | None, int | None, str | None]] = {}
        if numbering is not None:
            self._read_lists(numbering)
        if styles is not None:
            self._read_styles(styles)

    def _read_lists(self, numbering: Any) -> None:
        links: dict[str, str] = {}
        named: dict[str, str] = {}
        for element in numbering:
            if local(element) == "abstractNum":
                key = attribute(element, "abstractNumId") or ""
                self.levels[key] = {_index(e): _Level(e) for e in element if local(e) == "lvl"}
                link, style = value(element, "numStyleLink"), value(element, "styleLink")
                if link:
                    links[key] = link
                if style:
                    named[style] = key
            elif local(element) == "num":
                key = attribute(element, "numId") or ""
                self.lists[key] = value(element, "abstractNumId") or ""
                for override in element:
                    if local(override) == "lvlOverride":
                        self._override(key, override)
        for key, style in links.items():
            self.levels[key] = self.levels.get(named.get(style, ""), self.levels[key])

    def _override(self, key: str, override: Any) -> None:
        start = value(override, "startOverride")
        if start and start.isdecimal():
            self.starts[key, _index(override)] = int(start)

    def _read_styles(self, styles: Any) -> None:
        for style in styles:
            if local(style) != "style":
                continue
            properties = child(child(style, "pPr"), "numPr")
            level = value(properties, "ilvl")
            self.styles[attribute(style, "styleId") or ""] = (
                value(properties, "numId"),
                int(level) if level and level.isdecimal() else None,
                value(style, "basedOn"),
            )

    def _of_style(self, style: str | None) -> tuple[str | None, int | None]:
        for _ in range(12):  # a chain of styles; a circle ends here
            if style is None or style not in self.styles:
                return None, None
            number, level, parent = self.styles[style]
            if number is not None:
                return number, level
            style = parent
        return None, None

    def text(self, properties: Any) -> str:
        """The number before a paragraph with these properties (``w:pPr`` or None): "（一）", "1.", or ""."""
        if properties is None:
            return ""
        own = child(properties, "numPr")
        number = value(own, "numId")
        raw = value(own, "ilvl")
        level = int(raw) if raw and raw.isdecimal() else None
        if number is None:
            number, styled = self._of_style(value(properties, "pStyle"))
            level = level if level is not None else styled
        abstract = self.lists.get(number or "")
        forms = self.levels.get(abstract or "")
        if number in (None, "0") or not forms or abstract is None:
            return ""
        return self._count(str(number), abstract, level or 0, forms)

    def _count(self, number: str, abstract: str, level: int, forms: dict[int, _Level]) -> str:
        counts = self.counts.setdefault(abstract, {})
        if number not in self.seen:
            self.seen.add(number)
            for (key, at), start in self.starts.items():
                if key == number:
                    counts[at] = start - 1
        form = forms.get(level)
        if form is None:
            return ""
        counts[level] = counts.get(level, form.start - 1) + 1
        for deeper in [at for at in counts if at > level]:
            del counts[deeper]

        def put(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            upper = forms.get(at)
            if upper is None:
                return ""
            style = "decimal" if form.legal and at != level else upper.style
            return format_number(counts.get(at, upper.start), style)

        if form.style == "bullet":
            return ""
        return re.sub(r"%([1-9])", put, form.text)


def _index(element: Any) -> int:
    raw = attribute(element, "ilvl")
    return int(raw) if raw and raw.isdecimal() else 0
