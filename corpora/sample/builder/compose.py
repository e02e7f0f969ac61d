"""One report from its plan and its figures: blocks in reading order, and the gold record."""

from __future__ import annotations

from collections import Counter
from typing import Any

from corpora.sample.builder.bank import Agency, Overview, phrases, planted, toml
from corpora.sample.builder.blocks import Block, Draft
from corpora.sample.builder.dice import Dice
from corpora.sample.builder.forms import applications_grid, disclosure_grids, review_grid
from corpora.sample.builder.plan import Plan
from corpora.sample.builder.printing import Sheet
from corpora.sample.builder.prose import (
    Teller,
    free_values,
    planted_prose,
    section_one,
    section_six,
    table_values,
)
from corpora.sample.builder.section_five import section_five
from corpora.sample.builder.titles import Front, front
from corpora.sample.builder.voice import Voice, voice

OTHER_PART = {"split_sections"}


class Report:
    """Composes one report.

    Attributes:
        content_year: the year whose wording is used; earlier than ``year`` where text is repeated.
        teller: fills the prose; its ``picked`` are the paragraphs that a later report may repeat.
    """

    def __init__(
        self,
        agency: Agency,
        year: int,
        sheet: Sheet,
        true: tuple[Any, Any, Any],
        used: Counter[str],
        scripts: dict[int, list[Overview]],
    ) -> None:
        self.agency, self.year, self.sheet = agency, year, sheet
        self.voice = voice(agency)
        self.content_year = planted().repeats.get((agency.key, year), year)
        self.dice = Dice("report", agency.key, self.content_year)
        printed = (sheet.disclosure or true[0], sheet.applications or true[1], sheet.review or true[2])
        values = free_values(self.voice, year) | table_values(*printed)
        self.error = planted_prose(agency.key, year)
        if self.error.get("figure"):
            values[str(self.error["figure"])] += self.error["change"]  # type: ignore[operator]
        self.teller = Teller(
            self.voice,
            year,
            self.dice.spawn("prose"),
            values,
            used,
            script=scripts.get(self.content_year, []),
            before=scripts.get(year - 1, []),
        )

    def _heading(self, number: int, gaps: int = 0) -> str:
        headings = toml("headings.toml")
        dice = Dice("headings", self.agency.key, self.content_year, number)
        mark = Dice("marks", self.agency.key).weighted(["、", "、 ", ".", "part"], [84, 8, 4, 4])
        text = dice.choice(headings["sections"][str(number)])
        numeral = headings["numerals"][number - 1 + gaps]
        if number == 1 and dice.chance(0.04):
            numeral = "—"
        return f"第{numeral}部分 {text}" if mark == "part" else f"{numeral}{mark}{text}"

    def _preface(self, face: Front) -> list[Block]:
        texts = [p.text for p in phrases("preface") if not face.must_name or "{agency}" in p.text]
        if not (face.must_name or self.dice.chance(0.5)):
            return []
        return [Block("para", self.teller.fill(self.dice.choice(texts)))]

    def _tables(self, number: int) -> list[Block]:
        sheet = self.sheet
        if number == 2 and sheet.disclosure is not None:
            grids = disclosure_grids(sheet, apart=Dice("apart", self.agency.key).chance(0.2))
            return [Block("table", grid=grid) for grid in grids]
        if number == 3 and sheet.applications is not None:
            return [Block("table", grid=applications_grid(sheet))]
        if number == 4 and sheet.review is not None:
            return [Block("table", grid=review_grid(sheet))]
        return []

    def _statistical(self, number: int) -> list[Block]:
        blocks = [Block("head", self._heading(number))]
        role = {2: "section_two", 3: "section_three"}.get(number)
        tables = self._tables(number)
        if role and tables and self.dice.chance(0.22):
            note = Block("para", self.teller.fill(self.dice.choice(phrases(role)).text))
            return [*blocks, *tables, note] if note.text.startswith("（") else [*blocks, note, *tables]
        return [*blocks, *tables]

    def _five(self, plan: Plan, speaker: Voice, content: tuple[str, int], facts: dict[str, Any]) -> list[Block]:
        dice = Dice("section five", *content)
        page, pairs = section_five(plan, speaker, self.year, dice)
        facts["layout"] = plan.layout
        facts["none_stated"] = plan.layout == "none_stated"
        facts["statements"] = [spoken.gold() for spoken in page.statements]
        facts["pairs"] = [list(pair) for pair in pairs]
        heading = self._heading(5)
        if plan.layout in OTHER_PART:
            heading = "五、" + dice.choice(toml("headings.toml")["split"]["problems"])
        lost = page.blocks[0].kind == "sub" and self.sheet.review is not None and self.dice.chance(0.04)
        return page.blocks if lost else [Block("head", heading), *page.blocks]

    def _six(self, plan: Plan) -> tuple[list[Block], float | None]:
        """Section six; now and then it is missing, or stands in one line with its heading."""
        fate = self.dice.weighted(["whole", "glued", "missing"], [92, 5, 3])
        if fate == "missing" and plan.layout not in OTHER_PART:
            return [], None
        blocks, fee = section_six(self.teller)
        heading = self._heading(6, 1 if plan.layout in OTHER_PART else 0)
        if fate == "glued" and len(blocks) == 1:
            return [Block("head", f"{heading}　{blocks[0].text}")], fee
        return [Block("head", heading), *blocks], fee

    def _one(self, preface: list[Block], named: bool) -> list[Block]:
        must = "{" + str(self.error["figure"]) + "}" if self.error.get("figure") else ""
        blocks = section_one(self.teller, must, named)
        if self.error.get("text"):
            blocks.insert(2, Block("para", str(self.error["text"])))
        inside = bool(preface) and self.dice.chance(0.2)
        head = Block("head", self._heading(1))
        return [head, *preface, *blocks] if inside else [*preface, head, *blocks]

    def compose(self, plan: Plan, speaker: Voice, content: tuple[str, int]) -> Draft:
        """Write the report; section five comes from ``content`` (agency key, year) in that agency's voice."""
        face = front(self.agency, self.year, self.dice.spawn("front"))
        facts: dict[str, Any] = {}
        blocks = [Block("title", line) for line in face.lines]
        blocks += self._one(self._preface(face), named=not face.lines)
        for number in (2, 3, 4):
            blocks += self._statistical(number)
        blocks += self._five(plan, speaker, content, facts)
        six, fee = self._six(plan)
        blocks += six
        blocks += [Block("sign", line) for line in face.signature]
        facts["headings"] = [block.text for block in blocks if block.kind == "head"]
        return Draft(blocks, self._gold(face, facts, fee), {"title": face.title, "date": face.date})

    def _gold(self, face: Front, facts: dict[str, Any], fee: float | None) -> dict[str, Any]:
        agency, sheet = self.agency, self.sheet
        forms = {True: "2019", False: "2021"}
        told = sheet.disclosure is not None or sheet.applications is not None
        return {
            "agency": agency.name,
            "agency_raw": face.raw,
            "agency_type": agency.type,
            "region": {
                "province": agency.province,
                "city": agency.city,
                "county": agency.county,
                "code": agency.code,
            },
            "level": "unknown" if agency.type == "zone_committee" else agency.level,
            "scope": agency.scope,
            "year": self.year,
            "form": forms[self.year < 2021] if told else "free",
            "title": face.title if face.lines else None,
            "sign_date": face.date if face.signature else None,
            "statistics": {
                "disclosure": sheet.disclosure,
                "applications": sheet.applications,
                "review": sheet.review,
                "fee_charged_yuan": fee,
            },
            "prose": dict(self.teller.said),
            **facts,
        }
