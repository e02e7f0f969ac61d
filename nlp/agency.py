"""Names of agencies: cleaning, place, type, level, and the key by which one agency is known over the years."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from nlp.divisions import Chain, Division, lookup, parent, resolve
from nlp.records import Metadata

_BRACKETS = re.compile(r"[（(][^（()）]*[)）]|[《》“”\"'「」【】\[\]]")
_FRONT = re.compile(r"^(?:关于|中共|中国共产党|现将|由|请与|请向|与|兹将|发布机构[：:]|[、，,：:。；;\-—_·]+)+")
_BACK = re.compile(r"(?:关于|编制|发布|公布|[、，,：:。；;\-—_·的])+$")
# "…局办公室" in a contact line is the agency itself; the office of a government or a party committee is not.
_OWN_OFFICE = re.compile(
    r"(?<=局|厅|会|院|镇|乡)(?:党政)?(?:综合)?(?:办公室|综合科|办公厅|政务公开(?:办公室|科))$"
    r"|(?<=办公室)办公室$|(?<=街道办事处)(?:党政)?(?:综合)?办公室$|(?<=[^市县区省党旗州]委)办公室$"
    r"|(?<=人民政府)(?:党政办公室|党政综合办公室)$"
)
_GENERIC = re.compile(r"^(?P<rank>自治区|[省市县区州旗盟])(?=.{2})")
_CORPS = re.compile(r"^新疆生产建设兵团(?:第[一二三四五六七八九十]+师)?")
_ZONE = re.compile(r"开发区|高新区|新区|园区|实验区|示范区|保税区|度假区|产业区|经开区")
_BRANCH = re.compile(r"^(?P<main>.+?局)(?P<place>[一-鿿]{2,4}?)(?:区|县|市)?分局$")
_AND = re.compile(r"(?<=..)[和与及、](?=..)")


@dataclass(frozen=True, slots=True)
class Names:
    """The compiled ``agencies.toml``."""

    ending: re.Pattern[str]
    self_word: re.Pattern[str]
    national: tuple[str, ...]
    ministries: frozenset[str]
    rules: tuple[tuple[str, re.Pattern[str]], ...]
    department: re.Pattern[str]
    type_of: dict[str, str]
    same: tuple[tuple[str, str], ...]


@cache
def names() -> Names:
    """Load ``agencies.toml``, once."""
    data = tomllib.loads(files("nlp").joinpath("agencies.toml").read_text(encoding="utf-8"))
    type_of = {word: kind for kind, words in data["departments"].items() for word in words}
    longest_first = sorted(type_of, key=len, reverse=True)
    return Names(
        ending=re.compile("|".join(sorted(data["suffixes"], key=len, reverse=True))),
        self_word=re.compile(data["self"]),
        national=tuple(data["national_prefixes"]),
        ministries=frozenset(data["ministries"]),
        rules=tuple((r["type"], re.compile(r["pattern"])) for r in data["rule"]),
        department=re.compile("|".join(map(re.escape, longest_first))),
        type_of=type_of,
        same=tuple(data["same"].items()),
    )


@dataclass(frozen=True, slots=True)
class Agency:
    """A name taken apart.

    Attributes:
        raw: as printed.
        name: cleaned; the place in front stays as printed.
        rest: what follows the place ("应急管理局").
        chain: the places in front of it.
        type: type of domain rules 6.2; "other" where the words name none.
        rank: 省, 市, 县, 区 … where the name says only that ("县教育局"), else empty.
        national: an organ of the centre, or its local office.
    """

    raw: str
    name: str
    rest: str
    chain: Chain
    type: str
    rank: str = ""
    national: bool = False


def clean(raw: str) -> str:
    """The name without brackets, blanks, prefixes such as 关于 and 中共, and trailing particles."""
    name = "".join(_BRACKETS.sub("", raw).split())
    previous = ""
    while name != previous:
        previous = name
        name = _BACK.sub("", _FRONT.sub("", name))
    return _OWN_OFFICE.sub("", name)


@lru_cache(maxsize=64)  # one report asks several times about the few names that it prints
def read_agency(raw: str, year: int | None = None) -> Agency | None:
    """Take a printed name apart; None where it is no name of an agency ("我局", "本机关")."""
    known = names()
    name = clean(raw)
    if len(name) < 2 or (known.self_word.match(name) and not resolve(name, year).divisions):
        return None
    prefix = next((p for p in known.national if name.startswith(p) and len(name) > len(p)), "")
    body = name[len(prefix) :]
    corps = _CORPS.match(body)
    if corps:
        prefix, body = corps[0], body[corps.end() :]
    chain = resolve(body, year)
    if corps and not chain.divisions:
        chain = Chain(resolve("新疆维吾尔自治区", year).divisions)
    rest = body[chain.length :]
    if name in known.ministries or (prefix and not chain.divisions):
        return Agency(raw, name, name, Chain(), "ministry", national=True)
    rank = ""
    if not chain.divisions:
        generic = _GENERIC.match(rest)
        if generic:
            rank = "省" if generic["rank"] == "自治区" else generic["rank"]
            rest = rest[generic.end() :]
    else:
        chain, rest = _branch(chain, rest, year)
    if not chain.divisions and not known.ending.search(rest):
        return None
    kind = _type(("税务局" if prefix == "国家税务总局" else "") + rest, prefix)
    return Agency(raw, name, rest, chain, kind, rank, bool(prefix))


def _branch(chain: Chain, rest: str, year: int | None) -> tuple[Chain, str]:
    """Move the place of a branch into the chain: 宁波市生态环境局北仑分局 sits in 北仑区."""
    match = _BRANCH.match(rest)
    if match is None:
        return chain, rest
    for suffix in ("区", "县", "市", "旗"):
        inner = resolve("".join(_names(chain.divisions[0], year)) + match["place"] + suffix, year)
        if len(inner.divisions) == 1 and inner.divisions[0].level == "county":
            return Chain(inner.divisions, chain.length), rest
    return chain, rest


def _names(division: Division, year: int | None) -> list[str]:
    above = parent(division, year)
    return ([above.name] if above else []) + [division.name]


def _type(rest: str, prefix: str) -> str:
    known = names()
    for kind, pattern in known.rules:
        if pattern.search(rest):
            return kind
    if prefix == "国家统计局":
        return "statistics"
    word = known.department.search(rest)
    return known.type_of[word[0]] if word else "other"


def level_of(agency: Agency) -> str:
    """The level of government the agency belongs to; "unknown" where the name leaves it open."""
    if agency.type == "ministry":
        return "national"
    if agency.type in ("township", "subdistrict"):
        return "township"
    if agency.type == "zone_committee" or _ZONE.search(agency.rest):
        return "unknown"
    levels = {d.level for d in agency.chain.divisions}
    if len(levels) == 1:
        return levels.pop()
    if agency.rank == "省" or (not levels and agency.rest.endswith("厅") and agency.type != "government_office"):
        return "province"
    return {"县": "county", "区": "county", "旗": "county", "州": "city", "盟": "city"}.get(agency.rank, "unknown")


def canonical(agency: Agency) -> str:
    """The name to show: of a bare place ("北仑区"), its government."""
    if agency.type == "government_whole" and not agency.rest:
        return agency.name + "人民政府"
    return agency.name


def agency_key(metadata: Metadata) -> str:
    """One and the same string for an agency in every year, such as "浙江省宁波市北仑区应急管理局".

    Places are spelt out and follow renamed units to their present name; departments follow a reform only where
    the whole body went over (``agencies.toml``). Unknown agencies give an empty string.
    """
    if metadata.agency is None:
        return ""
    found = read_agency(metadata.agency, metadata.year)
    rest = present_rest(found) if found else metadata.agency
    code = metadata.region.code
    place = "".join(_present(code, metadata)) if code else ""
    if found and found.national:
        rest = found.name[: len(found.name) - len(found.rest) - found.chain.length] + rest
    if found and not found.rest and found.type == "government_whole":
        rest = "人民政府"
    return place + rest


def present_rest(agency: Agency) -> str:
    """What follows the place, with short forms and pre-reform names made the present full ones."""
    rest = agency.rest
    if agency.type in ("township", "subdistrict", "zone_committee", "government_whole"):
        return rest
    for old, new in names().same:
        if old in rest:
            rest = rest if new in rest else rest.replace(old, new)
            break
    return _AND.sub("", rest)


def _present(code: str, metadata: Metadata) -> list[str]:
    """Names from the province down to the unit that a code stands for today."""
    unit = lookup(code, metadata.year)
    wanted = metadata.region.county or metadata.region.city or metadata.region.province
    if unit is None or unit.name != wanted:
        return [n for n in (metadata.region.province, metadata.region.city, metadata.region.county) if n]
    seen = {unit.code}
    while unit.valid_to is not None and unit.successor:
        later = lookup(unit.successor)
        if later is None or later.name == unit.name or (later.code in seen and later.valid_to is not None):
            unit = later or unit
            break
        seen.add(later.code)
        unit = later
    out: list[str] = []
    step: Division | None = unit
    while step is not None:
        out.insert(0, step.name)
        step = parent(step)
    return out


@cache
def _type_names() -> dict[str, str]:
    data = tomllib.loads(files("nlp").joinpath("agencies.toml").read_text(encoding="utf-8"))
    return dict(data["type_names"])


def type_name(kind: str) -> str:
    """An agency type's Chinese name; the id itself where it has none."""
    return _type_names().get(kind, kind)
