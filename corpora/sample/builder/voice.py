"""How an agency speaks of itself: its "we", its area, its units, its superiors."""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpora.sample.builder.bank import Agency
from corpora.sample.builder.dice import Dice

COUNTY_WORDS = re.compile(
    "县(?=直|里|财政|级领导|司法局|级大厅|、镇|级部门|级财政|局)|(?<=全)[县区]|(?<=到)县(?=公开|里)"
)
SCHOOL_WORDS = re.compile(r"区(?=校两级|级教育)")
OWN_DOOR = re.compile(r"镇(?=里|级|党委|纪委|公众号|便民|民政|人民政府|街道)")


@dataclass(frozen=True)
class Voice:
    """Words for one agency. ``area`` is 市, 县, 区 or 旗; ``unit`` its inner unit."""

    agency: Agency
    we: str
    area: str
    unit: str

    @property
    def up(self) -> str:
        """The party committee and government above it."""
        if self.agency.level == "national":
            return "党中央、国务院"
        if self.agency.level == "province" or self.agency.type == "tax":
            return "上级党组织和主管部门"
        return f"{self.area}委、{self.area}政府"

    @property
    def place(self) -> str:
        """The narrowest division named, for addresses and web sites."""
        agency = self.agency
        return agency.county or agency.city or agency.province or "北京市"

    @property
    def site(self) -> str:
        """The web site that the report names."""
        if self.agency.type == "tax":
            return "国家税务总局" + (self.agency.province or "") + "税务局网站"
        if self.agency.level in {"national", "province"}:
            return self.agency.name + "门户网站"
        return self.place + "人民政府门户网站"

    def adapt(self, text: str) -> str:
        """Put a statement of the bank into this agency's words."""
        text = text.replace("我局", self.we).replace("科室", self.unit).replace("全局", "全" + self.we[1:])
        text = text.replace("局党组", self._party()).replace("局机关", "机关")
        if self.area != "县":
            text = COUNTY_WORDS.sub(self.area, text)
        if self.area != "区":
            text = SCHOOL_WORDS.sub(self.area, text)
        if self.agency.level == "township" and not self.agency.name.endswith("镇人民政府"):
            own = "街道" if self.agency.type == "subdistrict" else "乡"
            text = OWN_DOOR.sub(own, text).replace("镇里", own).replace("全镇", "全" + own)
            text = text.replace("街道里", "街道").replace("街道党委", "街道党工委").replace("街道纪委", "街道纪工委")
        return text

    def _party(self) -> str:
        if self.agency.scope == "government" or self.agency.type == "government_office":
            return "政府党组"
        if self.agency.level == "township":
            return "党委" if self.agency.type == "township" else "党工委"
        return {"委": "委党组", "厅": "厅党组", "会": "党工委", "心": "中心党组"}.get(self.we[-1], "局党组")


def _we(agency: Agency, dice: Dice) -> str:
    if agency.we:
        return agency.we
    name = agency.name
    if agency.scope == "government":
        return "我" + name.removesuffix("人民政府")[-1]
    if agency.type == "government_office":
        return "我厅" if name.endswith("厅") else "我办"
    if agency.level == "township":
        return dice.choice(["本街道", "我街道"]) if agency.type == "subdistrict" else "我" + name[-5]
    return "我" + {"会": "委"}.get(name[-1], name[-1])


def _unit(agency: Agency, dice: Dice) -> str:
    if agency.scope == "government" or agency.type == "zone_committee":
        return "部门"
    if agency.level == "township":
        return dice.choice(["站所", "办所"])
    if agency.level in {"national", "province"}:
        return "处室" if agency.level == "province" else "司室"
    return dice.choice(["股室", "科室", "科室"]) if agency.level == "county" else dice.choice(["科室", "处室"])


def voice(agency: Agency) -> Voice:
    """The agency's words, the same in all its years."""
    dice = Dice("voice", agency.key)
    place = agency.county or agency.city or agency.province or "国"
    area = "州" if place.endswith("自治州") else place[-1]
    return Voice(agency, _we(agency, dice), area, _unit(agency, dice))
