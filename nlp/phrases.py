"""Many phrases at once: a list of literals as one regular expression, folded into a trie.

A flat alternation tries every phrase at every character; folded by common beginnings it tries one branch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

PAIRS = {",": "[,，]", ":": "[:：]", ";": "[;；]", "(": "[(（]", ")": "[)）]", "?": "[?？]", "!": "[!！]"}
_HALF = tuple(zip("，：；（）？！", ",:;()?!", strict=True))


def half_width(text: str) -> str:
    """The same text, of the same length, with half-width punctuation."""
    for full, half in _HALF:  # faster than str.translate, which looks up every character beyond ASCII
        text = text.replace(full, half)
    return text


Trie = dict[str, "Trie"]


def trie_pattern(phrases: Iterable[str]) -> str:
    """Give a pattern that matches the longest of the phrases at a place, as a group without capture.

    Half and full width punctuation are the same. No phrases: a pattern that never matches.
    """
    root: Trie = {}
    for phrase in phrases:
        node = root
        for char in half_width(phrase):
            node = node.setdefault(char, {})
        node[""] = {}
    return _fold(root) if root else r"(?!)"


def _fold(node: Trie) -> str:
    """One node as a pattern: a class for the leaves, a branch for the rest, optional where a phrase may end."""
    leaves = [char for char, child in node.items() if char and set(child) == {""}]
    branches = [
        f"{PAIRS.get(char, re.escape(char))}{_fold(child)}"
        for char, child in node.items()
        if char and set(child) != {""}
    ]
    plain = [char for char in leaves if char not in PAIRS]
    branches += [PAIRS[char] for char in leaves if char in PAIRS]
    if plain:
        branches.append("[" + "".join(map(re.escape, plain)) + "]" if len(plain) > 1 else re.escape(plain[0]))
    if not branches:
        return ""
    body = branches[0] if len(branches) == 1 and len(branches[0]) == 1 else f"(?:{'|'.join(branches)})"
    return body + "?" if "" in node else body
