"""Numbers in front of items."""

from __future__ import annotations

from collections.abc import Callable

CHINESE = "一二三四五六七八九十"
CIRCLED = "①②③④⑤⑥⑦⑧⑨"


def numbered(style: str, count: int) -> list[str]:
    """``count`` ordinals of one style; style "" gives empty ones."""
    makers: dict[str, Callable[[int], str]] = {
        "": lambda n: "",
        "1.": lambda n: f"{n}.",
        "1、": lambda n: f"{n}、",
        "（1）": lambda n: f"（{n}）",
        "1）": lambda n: f"{n}）",
        "①": lambda n: CIRCLED[n - 1],
        "一是": lambda n: f"{CHINESE[n - 1]}是",
        "（一）": lambda n: f"（{CHINESE[n - 1]}）",
        "一、": lambda n: f"{CHINESE[n - 1]}、",
        "第一，": lambda n: f"第{CHINESE[n - 1]}，",
        "其一，": lambda n: f"其{CHINESE[n - 1]}，",
    }
    if style == "首先，":
        return _stages(count)
    if style == "一方面，":
        return ["一方面，", "另一方面，"]
    if style == "broken":
        return ["", *(f"{CHINESE[n]}是" for n in range(1, count))]
    return [makers[style](n) for n in range(1, count + 1)]


def _stages(count: int) -> list[str]:
    if count == 1:
        return [""]
    middle = ["其次，", "再次，", "第四，", "第五，"]
    return ["首先，", *middle[: max(count - 2, 0)], "最后，"][:count]
