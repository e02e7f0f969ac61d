"""From a file's characters to the normalised text that every later offset points into.

The order is that of the domain rules: characters (compatibility forms, radicals, blanks), newlines, the
residue of word processors and templates, rows, the chrome of web pages and page marks, and last the re-flow
of hard-wrapped lines. Chinese punctuation stays as typed: only the letters, digits and signs that have an
ASCII twin are mapped to it, because "（一）" and "，" carry structure here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

from nlp.reflow import arrange, reflow

# Full-width signs that a Chinese text means as they are; NFKC would turn them into ASCII.
_KEPT = frozenset("（），：；！？～")
# Blocks in which every code point takes its NFKC form: full-width letters and digits, half-width forms,
# Kangxi radicals, compatibility ideographs, units, presentation forms of letters, styled mathematics.
_BLOCKS = (
    (0xFF01, 0xFF60),
    (0xFF61, 0xFFDC),
    (0xFFE0, 0xFFE6),
    (0x2F00, 0x2FD5),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1D),
    (0x2160, 0x217F),
    (0x3371, 0x33DF),
    (0x32C0, 0x32CB),
    (0x3358, 0x3370),
    (0x33E0, 0x33FE),
    (0x2474, 0x2487),
    (0x2488, 0x249B),
    (0x249C, 0x24B5),
    (0x3280, 0x32B0),
    (0xFB00, 0xFB06),
    (0x1D400, 0x1D7FF),
)
# Vertical and small forms of Chinese punctuation, and half-width forms: to the usual sign.
_FORMS = {
    "︐": "，", "︑": "、", "︒": "。", "︓": "：", "︔": "；", "︕": "！", "︖": "？", "︵": "（", "︶": "）",
    "︻": "【", "︼": "】", "︽": "《", "︾": "》", "︿": "〈", "﹀": "〉", "﹁": "「", "﹂": "」", "﹐": "，",
    "﹑": "、", "﹒": ".", "﹔": "；", "﹕": "：", "﹖": "？", "﹗": "！", "﹙": "（", "﹚": "）", "﹪": "%",
    "｡": "。", "､": "、", "｢": "「", "｣": "」", "･": "·",
}  # fmt: skip
_BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_NEWLINES = "\x0b\x85\u2028\u2029"
# Invisible: controls, soft hyphen, zero width, direction marks, byte order mark, variation selectors, tags,
# halves of surrogate pairs, the private bullets of symbol fonts. \x07 ends a cell in text out of Word.
_NOTHING = (
    (0x00, 0x06), (0x08, 0x08), (0x0E, 0x1F), (0x7F, 0x84), (0x86, 0x9F), (0xAD, 0xAD), (0x180E, 0x180E),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xD800, 0xDFFF), (0xE000, 0xE07F), (0xF000, 0xF0FF),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFC), (0xFFFE, 0xFFFF), (0xE0000, 0xE0FFF),
)  # fmt: skip


def data_lines(name: str) -> list[str]:
    """Lines of a data file of :mod:`nlp.words`, without comments and blank lines."""
    text = files("nlp").joinpath("words", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def _table() -> dict[str, str]:
    """What each character of the blocks above becomes."""
    table: dict[str, str] = {}
    for first, last in _BLOCKS:
        for point in range(first, last + 1):
            char = chr(point)
            plain = unicodedata.normalize("NFKC", char)
            if plain != char and char not in _KEPT:
                table[char] = plain.strip() or char
    table.update((chr(point), f"（{'一二三四五六七八九十'[point - 0x3220]}）") for point in range(0x3220, 0x322A))
    table.update(_FORMS)
    table.update(dict.fromkeys(_BLANKS, " "))
    table.update(dict.fromkeys(_NEWLINES, "\n"))
    for first, last in _NOTHING:
        table.update((chr(point), "") for point in range(first, last + 1))
    table["\x07"] = "\t"
    for line in data_lines("radicals.tsv"):
        point_hex, char = line.split("\t")
        table[chr(int(point_hex, 16))] = char
    return table


@cache
def _mapped() -> re.Pattern[str]:
    """Any character that :func:`_table` maps, and all beyond the basic plane, which are rare.

    Such a class is a bit map, faster than a set of all characters of a text; single ones beyond the plane are not.
    """
    basic = (char for char in _table() if char < "\U00010000")
    return re.compile(f"[{''.join(map(re.escape, basic))}\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    r"""Map every character to its plain form; lines and tabs stay, ``\f`` (a page's end) too.

    >>> clean("２０２１年⼯作 ：（一）")
    '2021年工作 ：（一）'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    table = _table()
    for char in table.keys() & set(_mapped().findall(text)):  # few distinct ones; no value holds a key: any order
        text = text.replace(char, table[char])
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


@cache
def _residue() -> re.Pattern[str]:
    rows = [line.split("\t") for line in data_lines("residue.txt")]
    begins = re.escape("".join(chars for chars, _ in rows))
    return re.compile(f"(?=[{begins}])(?:{'|'.join(pattern for _, pattern in rows)})")


# The marks of Markdown that a converter leaves: "## 一、…", "**问题**".
_HASHES = re.compile(r"(?m)^[ \t]{0,3}#{1,6}[ \t]+")
_STARS = re.compile(r"\*\*(?=[^\s*])([^*\n]{1,120})(?<=\S)\*\*")


def strip_residue(text: str) -> str:
    """Cut out what word processors, templates and Markdown leave in a text (D10, D18)."""
    text = _residue().sub("", text)
    if "#" in text:
        text = _HASHES.sub("", text)
    if "**" in text:
        text = _STARS.sub(r"\1", text)
    return text


def normalise(text: str) -> str:
    """Give the normalised text of a plain text; idempotent.

    Paragraphs are parted by one newline. Rows of a table are one line each, cells parted by a tab (pipe rows
    become such rows). Where Word wrote one cell a line, these lines keep one leading tab, and one blank line
    between rows (T1). A text whose newlines were lost stays one line.
    """
    previous = ""
    text = clean(text)
    while text != previous:  # every step only shortens: this ends, and what it ends in is stable
        previous = text
        text = reflow(arrange(strip_residue(text)))
    return text


def normalise_line(text: str) -> str:
    """Clean a piece that is known to be one paragraph: no newline and no tab is left in it."""
    return " ".join(strip_residue(clean(text)).split())


_HAN = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—"
_CELL_BREAK = re.compile(f"(?<=[{_HAN}])[ ]*\\n\\s*(?=[{_HAN}])")


def normalise_cell(text: str) -> str:
    """Clean a table's cell. A line break in it is nothing between two Chinese characters, else one blank."""
    text = strip_residue(clean(text))
    if "\n" in text:
        text = _CELL_BREAK.sub("", text.strip())
    return " ".join(text.split())
