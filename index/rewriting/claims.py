"""What a text counts in words, and which agencies it names: found by their looks, so that what was made up is seen."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

HAN = re.compile(r"[\u3400-\u9fff]")
LEAST, MOST = 3, 40  # characters of a name: "公安局"; with what stands before it
NEAR = 3  # characters between a place and what kind of agency it is: "丙市中级法院"


@cache
def words() -> Mapping[str, Any]:
    """``prompt.toml``."""
    return tomllib.loads(files("index.rewriting").joinpath("prompt.toml").read_text(encoding="utf-8"))


def counts(text: str) -> list[str]:
    """Every count that a text gives in words, as it stands there: "三千零二十四人", "数十名", "七成", "11万份"."""
    harmless, pattern = _counting()
    return pattern.findall(harmless.sub("、", "".join(text.split())))


@cache
def _counting() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Words that count nothing, and counts."""
    told = words()["counts"]
    numeral, formal = told["numerals"], told["formal"]
    unit = f"(?:{_joined(told['units'])})"
    more = f"(?:{_joined(told['units'])}|{_joined(told['more_units'])})"
    about = "[多余来几]?"
    several = "(?:几|(?<![份件人次个总条户倍指参计基级位岁系函多少半字篇页])数)"  # not "人数", "次数"
    shapes = (
        rf"\d[\d,.]*[{numeral}]+{more}?",
        rf"{several}?[{numeral}{formal}]{{2,}}半?{about}{more}?",
        rf"{several}[{numeral}]{about}{more}?",
        rf"(?!一)[{numeral}]{about}{more}",
        rf"一{about}{unit}",
        rf"(?:{several}|半){unit}",
        rf"[{numeral}]半",
        "零",
        f"[{told['signs']}]+",
    )
    return re.compile(_joined(told["harmless"])), re.compile("|".join(shapes))


def stranger(text: str, agencies: Iterable[str], known: str) -> str:
    """The first agency that a text names and that nobody knows; empty where there is none.

    Args:
        text: without its quotations.
        agencies: whole names.
        known: all that may be spoken of; an agency in it may be named as it is there, or by the end of its name.
    """
    endings, generic = _naming()
    plain, known = generic.sub("、", "".join(text.split())), "".join(known.split())
    for found in endings.finditer(plain):
        at = found.end()
        while at and found.end() - at < MOST and HAN.match(plain[at - 1]):
            at -= 1
        run = plain[at : found.end()]
        ending = len(found[0]) if len(found[0]) > 1 else LEAST
        if len(run) >= LEAST and not _known(run, ending, agencies, known):
            return run[-12:]
    return ""


@cache
def _naming() -> tuple[re.Pattern[str], re.Pattern[str]]:
    told = words()["agencies"]
    return re.compile(_joined(told["endings"])), re.compile(_joined(told["generic"]))


def _known(run: str, least: int, agencies: Iterable[str], known: str) -> bool:
    """Whether characters that end with an agency end with one that is known, and not with one of another place.

    Args:
        run: "其中丙县公安局".
        least: characters of it that must stand in ``known``.
        agencies: whole names.
        known: all that may be spoken of.
    """
    told = words()["agencies"]
    region, before = {*told["region"]}, {*told["before"], ""}
    if whole := [name for name in agencies if name and run.endswith(name)]:
        return any(run[: -len(name)][-1:] not in region for name in whole)
    length = next((size for size in range(len(run), 0, -1) if run[-size:] in known), 0)
    same, ahead = run[len(run) - length :], run[: len(run) - length][-1:]
    if length < least:
        return False
    place = next((at for at, ch in enumerate(same[:-1]) if ch in region), None)
    if place is None:
        return not region & {*run[: len(run) - length][-NEAR:]}
    return place > 1 or ahead in before  # else the place's name has another beginning


def _joined(pattern: str) -> str:
    return "".join(pattern.split())
