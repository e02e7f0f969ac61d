"""Sections one and six: paragraphs with figures that agree with the tables."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from corpora.sample.builder.applications import Table
from corpora.sample.builder.bank import Overview, overviews, phrases, planted, toml
from corpora.sample.builder.blocks import Block
from corpora.sample.builder.dice import Dice
from corpora.sample.builder.disclosure import Disclosure
from corpora.sample.builder.ordinals import numbered
from corpora.sample.builder.voice import Voice

PLACEHOLDER = re.compile(r"{(\w+)}")
TOPICS = ("disclosure", "request", "management", "platform", "supervision")
# Figures of the tables: what the prose says about them is noted in the gold record.
TABLE_FIGURES = (
    "received",
    "carried_in",
    "processed",
    "carried_out",
    "granted",
    "partial",
    "denied",
    "not_held",
    "natural",
    "enterprise",
    "norm_made",
    "norm_force",
    "licence",
    "penalty",
)


@dataclass
class Teller:
    """Fills phrases of one report.

    ``said`` collects the table figures that the prose names. ``script``: paragraphs of the report that this one
    repeats, to be taken again where they hold; ``before``: those of last year, some of which return anyhow;
    ``picked`` collects this report's own.
    """

    voice: Voice
    year: int
    dice: Dice
    values: dict[str, object]
    used: Counter[str]
    said: dict[str, object] = field(default_factory=dict)
    script: list[Overview] = field(default_factory=list)
    before: list[Overview] = field(default_factory=list)
    picked: list[Overview] = field(default_factory=list)

    def fill(self, text: str) -> str:
        """Fill the placeholders and note which figures were told."""
        for name in PLACEHOLDER.findall(text):
            if name in TABLE_FIGURES:
                self.said[name] = self.values[name]
        return self.voice.adapt(text).format(**self.values)

    def pick(self, topic: str, must: str = "") -> Overview:
        """A least used paragraph of a topic that fits the agency and its figures."""
        agency = self.voice.agency
        dice = self.dice.spawn("pick", topic, len(self.picked))
        old = self.script or (self.before if dice.chance(0.35) else [])
        again = [o for o in old if o.topic == topic and self._holds(o) and o not in self.picked and must in o.text]
        if again:
            self.picked.append(again[0])
            return again[0]
        pool = [o for o in overviews() if o.topic == topic and o.fits(agency) and self._holds(o)]
        if must:
            pool = [o for o in pool if must in o.text] or pool
        tailored = [o for o in pool if o.tailored(agency)]
        if tailored and dice.chance(0.4):
            pool = tailored
        least = min(self.used[o.text] for o in pool)
        chosen = dice.choice([o for o in pool if self.used[o.text] == least])
        self.used[chosen.text] += 1
        self.picked.append(chosen)
        return chosen

    def _holds(self, overview: Overview) -> bool:
        values = self.values
        older = bool(values["carried_in"] or values["cases"])
        special = {
            "requests": bool(values["received"]),
            "no_requests": not values["received"] and not older,
            "leftover": not values["received"] and older,
        }
        return all(special[need] if need in special else bool(values[need]) for need in overview.needs)


def table_values(disclosure: Disclosure, table: Table, review: Table) -> dict[str, object]:
    """The figures that prose may quote."""

    def total(row: str) -> int:
        return table[row]["total"] or 0

    documents = disclosure["normative_document"]
    made, stock = ("newly_made", "total_published") if "newly_made" in documents else ("issued", "in_force")
    return {
        "received": total("received_new"),
        "carried_in": total("carried_in"),
        "processed": total("processed_total"),
        "carried_out": total("carried_out"),
        "granted": total("granted"),
        "partial": total("partially_granted"),
        "denied": sum(total(row) for row in table if row.startswith("denied_")),
        "not_held": total("unable_not_held"),
        "natural": table["received_new"]["natural_person"] or 0,
        "enterprise": table["received_new"]["enterprise"] or 0,
        "cases": sum(block["total"] or 0 for block in review.values()),
        "norm_made": documents[made] or 0,
        "norm_force": documents[stock] or 0,
        "licence": disclosure["licence"]["decisions"] or 0,
        "penalty": disclosure["penalty"]["decisions"] or 0,
    }


def free_values(voice: Voice, year: int) -> dict[str, object]:
    """Names, and numbers that no table has."""
    dice = Dice("numbers", voice.agency.key, year)
    street = dice.choice(["人民路", "建设街", "迎宾大道", "文化路", "政府街"])
    scale = {"national": 40, "province": 20, "city": 8, "county": 3, "township": 1}[voice.agency.level]
    scale *= 12 if voice.agency.scope == "government" else 1
    site, feed = dice.between(40, 190) * scale, dice.between(20, 160) * scale
    return {
        "we": voice.we,
        "agency": voice.agency.name,
        "area": voice.area,
        "up": voice.up,
        "site_name": voice.site,
        "year": year,
        "next": year + 1,
        "info_site": site,
        "info_wx": feed,
        "info": site + feed,
        "views": dice.between(11, 97) * 100 * scale,
        "interp": dice.between(3, 14) * (1 + scale // 3),
        "reply": dice.between(6, 60) * scale,
        "meet": dice.between(2, 6),
        "train": dice.between(1, 4),
        "people": dice.between(24, 90) * (1 + scale // 4),
        "staff": dice.between(2, 5),
        "forms": dice.between(60, 420) * (1 + scale // 4),
        "depts": dice.between(28, 64),
        "n1": dice.between(12, 68),
        "n2": dice.between(4, 19),
        "n3": dice.between(2, 7),
        "phone": f"0000{dice.between(1000, 9999)}",
        "postcode": "000000",
        "address": f"{voice.place}{street}{dice.between(1, 320)}号",
    }


def _extra(teller: Teller, topic: str) -> int:
    """How many paragraphs a topic gets: larger bodies write more."""
    if teller.voice.agency.level in {"township", "county"} and teller.voice.agency.scope == "agency":
        return 1
    return 2 if topic in {"disclosure", "supervision"} else 1


def _topic_text(teller: Teller, topic: str, must: str) -> str:
    texts: list[str] = []
    for _ in range(_extra(teller, topic)):
        chosen = teller.pick(topic, must if topic == "request" else "").text
        if chosen not in texts:
            texts.append(chosen)
    return "".join(teller.fill(text) for text in texts)


def section_one(teller: Teller, must: str = "", named: bool = False) -> list[Block]:
    """The overview. ``must``: placeholder that the request paragraph has to name; ``named``: name the agency."""
    opening = teller.fill(teller.pick("opening", "年，{agency}" if named else "").text)
    topics = list(TOPICS)
    if teller.voice.agency.level == "township" and teller.dice.chance(0.5):
        topics.remove(teller.dice.choice(["management", "platform"]))
    texts = [_topic_text(teller, topic, must) for topic in topics]
    blocks = [Block("para", opening)]
    heads = [teller.dice.choice(toml("headings.toml")["overview"][topic]) for topic in topics]
    style = teller.dice.choice(["inline", "inline", "own", "numbers", "yi_shi", "plain"])
    chinese = numbered("（一）", len(topics))
    if style == "own":
        for ordinal, head, text in zip(chinese, heads, texts, strict=True):
            blocks += [Block("sub", ordinal + head), Block("para", text)]
    elif style == "inline":
        blocks += [Block("para", f"{o}{h}。{t}") for o, h, t in zip(chinese, heads, texts, strict=True)]
    elif style == "numbers":
        blocks += [Block("item", f"{h}。{t}", f"{n}.") for n, (h, t) in enumerate(zip(heads, texts, strict=True), 1)]
    elif style == "yi_shi":
        pieces = [o + t for o, t in zip(numbered("一是", len(texts)), texts, strict=True)]
        blocks.append(Block("para", "".join(pieces)))
    else:
        blocks += [Block("para", text) for text in texts]
    return blocks


def _fee_kind(teller: Teller) -> str:
    requests = teller.voice.agency.requests
    if requests in {"many", "huge"} and teller.dice.chance(0.16):
        return "charged"
    return "none" if teller.dice.chance(0.55) else "silent"


def section_six(teller: Teller) -> tuple[list[Block], float | None]:
    """Section six and the fee that a reader finds in it: 0 where it says none, None where it is silent."""
    kind = _fee_kind(teller)
    pool = phrases("section_six")
    fee = float(teller.dice.between(4, 96) * 10) if kind == "charged" else 0.0
    teller.values |= {"fee": f"{fee:g}", "notices": teller.dice.between(1, 4)}
    texts: list[str] = []
    if kind != "silent":
        texts.append(teller.dice.choice([p.text for p in pool if p.fee == kind]))
    others = [p.text for p in pool if p.fee is None]
    closed = bool(texts) and "没有其他" in texts[0]
    if kind == "silent" and teller.dice.chance(0.5):
        texts.append(teller.dice.choice([t for t in others if "其他" in t or t == "无。"]))
    elif not closed:
        more = [t for t in others if "其他" not in t and t != "无。"]
        teller.dice.shuffle(more)
        texts += more[: teller.dice.between(0 if texts else 1, 2)]
    blocks = [Block("para", teller.fill(text)) for text in texts]
    return blocks, None if kind == "silent" else fee


def planted_prose(key: str, year: int) -> dict[str, object]:
    """The planted error of the prose of this report (TXT-A or TXT-B), or nothing."""
    for error in planted().errors:
        if error["rule"].startswith("TXT") and (error["agency"], error["year"]) == (key, year):
            return error
    return {}
