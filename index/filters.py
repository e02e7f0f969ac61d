"""From what a person asks for to a :class:`Filter`, and from a filter to SQL and rows.

A filter is exact: it decides which rows are looked at before anything is ranked.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from index.records import Filter
from nlp.errors import MingjianError

KINDS = {"problem": "问题", "measure": "措施", "passage": "段落"}
STATUSES = {"planned": "计划做", "ongoing": "正在做", "done": "已做"}
VERDICTS = {"pass": "相符", "fail": "不相符", "uncertain": "无法判断", "notice": "提醒"}
FORMS = {"2019": "2019年试行格式", "2021": "2021年正式格式", "free": "其他格式"}
SCOPES = {"agency": "单个机关", "government": "整个政府汇总"}
LEVELS = {
    "national": "国家级",
    "province": "省级",
    "city": "市级",
    "county": "县级",
    "township": "乡级",
    "unknown": "层级不明",
}
LEVEL_WORDS = {
    "national": ("国家", "中央", "部委"),
    "province": ("省", "省直", "省直部门", "省级部门"),
    "city": ("市", "地市", "地级", "市直", "市级部门"),
    "county": ("县", "区县", "县区", "县区级", "区级", "县级部门"),
    "township": ("乡镇", "镇街", "街道", "乡", "镇", "乡镇级", "街道级"),
}
PLACES = ("province", "city", "county")
PLACE_ENDS = tuple("省市区县旗州盟")
FIRST_YEAR, LAST_YEAR = 1990, 2100


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition for a WHERE, with its parameters in order."""

    sql: str
    params: tuple[Any, ...]


# -- SQL ----------------------------------------------------------------------------------------------------


def report_clause(where: Filter, *, current_only: bool = False) -> Clause:
    """The condition on ``reports r``. Statement fields (kind, label, unanswered) ask for one such statement."""
    conditions, params = _report_conditions(where)
    if current_only:
        conditions.append("r.current = 1")
    inner, inner_params = _statement_conditions(where)
    if inner:
        conditions.append(f"EXISTS (SELECT 1 FROM statements s WHERE s.report = r.row AND {' AND '.join(inner)})")
        params += inner_params
    return Clause(" AND ".join(conditions) or "1 = 1", tuple(params))


def statement_clause(where: Filter, *, current_only: bool = False) -> Clause:
    """The condition on ``statements s JOIN reports r ON r.row = s.report``."""
    conditions, params = _statement_conditions(where)
    outer, outer_params = _report_conditions(where)
    if current_only:
        outer.append("r.current = 1")
    return Clause(" AND ".join([*conditions, *outer]) or "1 = 1", (*params, *outer_params))


def _report_conditions(where: Filter) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    params: list[Any] = []
    for column, values in (
        ("r.year", where.year),
        ("r.level", where.level),
        ("r.agency_type", where.agency_type),
        ("r.form", where.form),
        ("r.scope", where.scope),
        ("r.id", where.report),
    ):
        if values:
            conditions.append(f"{column} IN ({_marks(values)})")
            params += values
    for name in PLACES:
        values = getattr(where, name)
        if values:
            conditions.append(f"({' OR '.join(_place(f'r.{name}', value) for value in values)})")
            params += [param for value in values for param in _place_params(value)]
    if where.agency:
        conditions.append(f"({' OR '.join('instr(r.agency, ?) > 0' for _ in where.agency)})")
        params += where.agency
    for name in ("level", "agency_type"):  # always known, if only as "unknown"
        values = getattr(where, f"not_{name}")
        if values:
            conditions.append(f"r.{name} NOT IN ({_marks(values)})")
            params += values
    if where.not_year:
        conditions.append(f"(r.year IS NULL OR r.year NOT IN ({_marks(where.not_year)}))")
        params += where.not_year
    for name in PLACES:
        values = getattr(where, f"not_{name}")
        if values:
            fits = " OR ".join(_place(f"r.{name}", value) for value in values)
            conditions.append(f"(r.{name} IS NULL OR NOT ({fits}))")
            params += [param for value in values for param in _place_params(value)]
    return conditions, params


def _statement_conditions(where: Filter) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    params: list[Any] = []
    if where.kind:
        conditions.append(f"s.kind IN ({_marks(where.kind)})")
        params += where.kind
    if where.label:
        conditions.append(
            f"EXISTS (SELECT 1 FROM labels l WHERE l.statement = s.row AND l.label IN ({_marks(where.label)}))"
        )
        params += where.label
    if where.unanswered:
        conditions.append("s.kind = 'problem' AND s.paired = 0")
    return conditions, params


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" for _ in values)


def _place(column: str, value: str) -> str:
    """A full name must be equal; a short one ("浙江", "延边") may be followed by the rest of the name."""
    return f"{column} = ?" if _is_full(value) else f"substr({column}, 1, ?) = ?"


def _place_params(value: str) -> tuple[Any, ...]:
    return (value,) if _is_full(value) else (len(value), value)


def place_matches(place: str, value: str) -> bool:
    """What :func:`report_clause` asks of a place."""
    return place == value if _is_full(value) else place.startswith(value)


def _is_full(value: str) -> bool:
    return len(value) > 2 and value.endswith(PLACE_ENDS)


# -- building -------------------------------------------------------------------------------------------------


def make_filter(**values: Any) -> Filter:
    """A filter from what a person or a program gives: ids or Chinese names, single values, lists, "2019-2024".

    Args:
        **values: the fields of :class:`Filter`; None and empty values do not restrict.

    Raises:
        MingjianError: an unknown field or value; the message lists what there is.
    """
    known = Filter.__dataclass_fields__
    for name in values:
        if name not in known:
            raise MingjianError(f"没有“{name}”这个筛选项，可用：{'、'.join(known)}")
    out: dict[str, Any] = {}
    for name, value in values.items():
        if name == "unanswered":
            out[name] = bool(value)
            continue
        given = [item for item in _several(value) if item != ""]
        read: Callable[[Any], list[Any]] = _READERS.get(name, _as_text)
        out[name] = tuple(dict.fromkeys(item for one in given for item in read(one)))
    return Filter(**out)


def merge(explicit: Filter, stated: Filter) -> Filter:
    """Both, the explicit one deciding every field that it restricts."""
    return replace(
        stated, **{name: getattr(explicit, name) for name in Filter.__dataclass_fields__ if getattr(explicit, name)}
    )


def _several(value: Any) -> list[Any]:
    """One value, a list of values or a text with commas, as a list."""
    if value is None:
        return []
    if isinstance(value, str):
        return [part.strip() for part in re.split(r"[,，、;；]", value)]
    if isinstance(value, Iterable):
        return [item for one in value for item in _several(one)]
    return [value]


def _as_text(value: Any) -> list[str]:
    return [str(value).strip()]


def _as_years(value: Any) -> list[int]:
    found = re.fullmatch(r"(\d{4})年?度?(?:\s*(?:-|–|—|~|～|至|到)\s*(\d{4})年?度?)?", str(value).strip())
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not FIRST_YEAR <= first <= last <= LAST_YEAR:
        raise MingjianError(f"年份“{value}”看不懂，请写成 2021、2019-2024 或 2019,2021")
    return list(range(first, last + 1))


def _among(what: str, choices: Mapping[str, str], aliases: Mapping[str, str]) -> Callable[[Any], list[str]]:
    def read(value: Any) -> list[str]:
        text = str(value).strip()
        found = text if text in choices else aliases.get(text)
        if found is None:
            listed = "、".join(f"{key}（{name}）" for key, name in choices.items())
            raise MingjianError(f"没有“{text}”这个{what}，可用：{listed}")
        return [found]

    return read


def _aliases(names: Mapping[str, str], more: Mapping[str, Sequence[str]]) -> dict[str, str]:
    out = {name: key for key, name in names.items()}
    out.update((word, key) for key, words in more.items() for word in words)
    return out


def _as_place(value: Any) -> list[str]:
    text = re.sub(r"\s", "", str(value))
    if len(text) < 2:
        raise MingjianError(f"地名“{text}”太短，请至少写两个字")
    return [text]


def _as_label(value: Any) -> list[str]:
    from nlp.taxonomy import Taxonomy

    taxonomy = Taxonomy.load()
    choices = {entry.id: entry.zh for entry in taxonomy}
    return _among("标签", choices, _aliases(choices, {}))(value)


def _as_agency_type(value: Any) -> list[str]:
    text = str(value).strip()
    choices = agency_types()
    found = text if text in choices else agency_type_words().get(_TYPE_END.sub("", text) or text)
    found = found or agency_type_words().get(text)
    return _among("单位类型", choices, {})(found or text)


_TYPE_END = re.compile(r"(?:局|厅|委员会|委|办|部门|系统)$")


@lru_cache(maxsize=1)
def agency_types() -> dict[str, str]:
    """Agency type → Chinese name."""
    from nlp.agency import names, type_name

    known = names()
    ids = [
        *dict.fromkeys([*known.type_of.values(), *(kind for kind, _ in known.rules)]),
        "ministry",
        "other",
        "unknown",
    ]
    return {kind: type_name(kind) for kind in dict.fromkeys(ids)}


@lru_cache(maxsize=1)
def agency_type_words() -> dict[str, str]:
    """What an agency type may be called ("应急", "安监", "应急管理") → the type."""
    from nlp.agency import names

    words = {name: kind for kind, name in agency_types().items()}
    words.update((_TYPE_END.sub("", name) or name, kind) for kind, name in agency_types().items())
    words.update((word, kind) for word, kind in names().type_of.items() if kind != "other")
    words.update((word, kind) for kind, several in query_words()["agency"]["whole"].items() for word in several)
    return words


@lru_cache(maxsize=1)
def query_words() -> dict[str, Any]:
    """``query.toml``, loaded once."""
    return tomllib.loads(Path(__file__).with_name("query.toml").read_text(encoding="utf-8"))


_WANTED: Mapping[str, Callable[[Any], list[Any]]] = {
    "year": _as_years,
    "province": _as_place,
    "city": _as_place,
    "county": _as_place,
    "level": _among("层级", LEVELS, _aliases(LEVELS, LEVEL_WORDS)),
    "agency_type": _as_agency_type,
    "kind": _among("种类", KINDS, _aliases(KINDS, {})),
    "label": _as_label,
    "form": _among("格式", FORMS, _aliases(FORMS, {})),
    "scope": _among("口径", SCOPES, _aliases(SCOPES, {"agency": ("单位", "部门"), "government": ("政府", "汇总")})),
}
_READERS = {
    **_WANTED,
    **{f"not_{name}": _WANTED[name] for name in ("province", "city", "county", "level", "agency_type", "year")},
}
