"""Chinese names of everything that has an id: levels, types, labels, rules, warnings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from nlp.records import Region

if TYPE_CHECKING:
    from index.labelled import Correction, Evidence

NO_DATA = "无数据"


@dataclass(frozen=True, slots=True)
class Explained:
    """A rule or warning in words.

    Attributes:
        name: what is wrong, in short.
        why: what it means, for one who has never read such a table.
        quiet: mere information, nothing to mend.
        subject: (rules) what is compared, for saying that it is right.
    """

    name: str
    why: str
    quiet: bool = False
    subject: str = ""


@cache
def _tables() -> dict[str, dict[str, Any]]:
    """The name tables, by field."""
    return tomllib.loads(files("ui").joinpath("names.toml").read_text(encoding="utf-8"))


@cache
def _closed() -> dict[str, Mapping[str, str]]:
    """The fields whose values are a closed list, each value with the name that filters and exports give it."""
    from index.filters import FORMS, KINDS, LEVELS, SCOPES, STATUSES, VERDICTS

    return {"level": LEVELS, "kind": KINDS, "form": FORMS, "scope": SCOPES, "status": STATUSES, "verdict": VERDICTS}


def name(field: str, value: object) -> str:
    """What people call ``value`` of ``field`` ("level", "county" → "县级"); the value itself where unnamed."""
    if value is None or value == "":
        return "不明"
    text = str(value)
    if field == "label":
        from nlp.taxonomy import Taxonomy

        return Taxonomy.load().name(text)
    if field == "agency_type":
        from nlp.agency import type_name

        return type_name(text)
    if field == "year":
        return f"{text}年"
    table = _closed().get(field) or _tables().get(field, {})
    return str(table.get(text, text))


def chosen(field: str, value: object) -> str:
    """A value of a filter's field in words; of one that excludes, "不含浙江省"."""
    plain = field.removeprefix("not_")
    return ("不含" if plain != field else "") + name(plain, value)


def group(by: str, value: str) -> str:
    """A group's name; what is not known of a report is "不明"."""
    return "不明" if value == "unknown" else name(by, value)


def source(value: str) -> str:
    """Where a field was found, in words: "title+preface" → "标题、前言"."""
    return "、".join(name("field_source", part) for part in value.split("+"))


def choices(field: str) -> dict[str, str]:
    """Every value of a table of names, in its order."""
    return {str(key): str(value) for key, value in _tables()[field].items()}


def place(region: Region | Mapping[str, Any]) -> str:
    """“浙江省 宁波市 北仑区”, without what is unknown."""
    if isinstance(region, Region):
        parts: Iterable[object] = (region.province, region.city, region.county)
    else:
        parts = (region.get("province"), region.get("city"), region.get("county"))
    return " ".join(dict.fromkeys(str(part) for part in parts if part))


def _explain(table: str, key: str) -> Explained:
    entry = _tables()[table].get(key, {})
    return Explained(
        entry.get("name", key), entry.get("why", ""), bool(entry.get("quiet", False)), entry.get("subject", key)
    )


def rule(key: str) -> Explained:
    """A check's rule in words."""
    return _explain("rule", key)


def warning(key: str) -> Explained:
    """A warning in words; "table_absent:3" names its section, "check_failed:T3-A" its rule."""
    head, _, tail = key.partition(":")
    found = _explain("warning", head)
    if not tail:
        return found
    detail = rule(tail).name if head == "check_failed" else name("section", tail)
    return Explained(f"{found.name}：{detail}", found.why, found.quiet)


def change(one: Correction) -> str:
    """What a correction does: "加标签 人员业务能力不足", "改种类 措施"."""
    value = name("label_kind" if one.action == "kind" else "label", one.value)
    return f"{name('label_action', one.action)} {value}"


def evidence(one: Evidence) -> str:
    """Why a statement has a label: "线索词“不熟悉”，把握 75%", "人工标注（张三）"."""
    if one.origin == "person":
        return f"{name('label_origin', one.origin)}（{one.why}）"
    if one.id.startswith("other_"):  # given where nothing fits: there is no cue to quote
        return f"{one.why or '不合其他标签'}，把握 {one.score:.0%}"
    why = f"“{one.why}”" if one.why else ""
    return f"{name('label_origin', one.origin)}{why}，把握 {one.score:.0%}"


def number(value: float | int | None, unit: str = "") -> str:
    """A figure for people: thousands grouped, at most two decimals, "无数据" for None.

    With unit "%" the value is a fraction of one and is shown as a percentage.
    """
    if value is None:
        return NO_DATA
    if unit == "%":
        return f"{value * 100:.1f}%"
    shown = f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
    return f"{shown}{unit}"


def years(values: Iterable[int]) -> str:
    """“2019–2021、2023年” for the years given; empty where there are none."""
    runs: list[list[int]] = []
    for year in sorted(set(values)):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    shown = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    return f"{'、'.join(shown)}年" if shown else ""
