"""The sample corpus: enough and varied material, right figures, planted errors where they are listed, same bytes."""

from __future__ import annotations

import io
import itertools
import json
import re
import unicodedata
import zipfile
from collections import Counter, defaultdict
from functools import cache
from html import unescape
from pathlib import Path

import pytest

from corpora.sample.build import FORMATS, made
from corpora.sample.builder.applications import APPLICANTS
from corpora.sample.builder.bank import agencies, overviews, phrases, planted, statements, toml
from corpora.sample.builder.dice import Dice

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "corpora" / "sample"
SHARED = ROOT.parent / "shared"
PROBLEMS = set(toml("pairing.toml"))
MEASURES = {label for answers in toml("pairing.toml").values() for label in answers}


@cache
def corpus():
    return tuple(made())


@cache
def gold():
    with (SAMPLE / "data" / "gold.jsonl").open(encoding="utf-8") as file:
        return tuple(json.loads(line) for line in file)


# ---- the material -------------------------------------------------------------------------------------------------


def test_statement_bank_is_large_distinct_and_labelled():
    bank = statements()
    assert len(bank) >= 700
    assert len({s.text for s in bank}) == len({s.id for s in bank}) == len(bank)
    for s in bank:
        assert 1 <= len(s.labels) <= 4
        assert len(set(s.labels)) == len(s.labels)
        assert set(s.labels) <= (PROBLEMS if s.kind == "problem" else MEASURES)
        assert (5 if s.clause else 14) <= len(s.text) <= 145
        assert s.title is None or (s.text.startswith(s.title) and s.text[len(s.title)] in "：。")
        assert (s.status is None) == (s.kind == "problem")
    uses = Counter(label for s in bank for label in s.labels)
    assert set(uses) == PROBLEMS | MEASURES
    assert len(uses) == 40
    assert min(uses.values()) >= 12
    assert sum(len(s.labels) >= 3 for s in bank) >= 0.15 * len(bank)


def test_statements_are_not_permutations_of_each_other():
    """No two statements of a kind share most of their runs of four characters."""
    runs = [(s, {s.text[i : i + 4] for i in range(len(s.text) - 3)}) for s in statements() if not s.clause]
    for (a, one), (b, two) in itertools.combinations(runs, 2):
        if a.kind == b.kind:
            assert len(one & two) < 0.4 * min(len(one), len(two)), (a.text, b.text)


def test_prose_material_is_rich():
    assert len(phrases("lead_problem")) + len(phrases("lead_measure")) + len(phrases("lead_done")) >= 60
    assert len(phrases("closing")) >= 60
    assert len(phrases("section_six")) >= 40
    assert sum(o.topic != "opening" for o in overviews()) >= 120


def test_agencies_cover_the_country():
    rows = agencies()
    assert len(rows) >= 80
    assert len({a.province for a in rows if a.province}) >= 12
    assert len({a.type for a in rows}) >= 10
    assert {a.level for a in rows} == {"national", "province", "city", "county", "township"}
    assert all(2 <= len(a.years) <= 7 and set(a.years) <= set(range(2019, 2026)) for a in rows)
    assert len({a.key for a in rows}) == len({a.name for a in rows}) == len(rows)


def test_division_codes_are_right():
    names = defaultdict(set)
    for line in (ROOT / "nlp" / "divisions.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith(("#", "code")):
            names[line.split("\t")[0]].add(line.split("\t")[1])
    for a in agencies():
        narrowest = a.county or a.city or a.province
        assert narrowest is None or narrowest in names[a.code], a.name


# ---- the corpus ---------------------------------------------------------------------------------------------------


def test_counts_formats_and_forms():
    assert len(gold()) >= 240
    files = {p.relative_to(SAMPLE).as_posix() for p in (SAMPLE / "reports").rglob("*") if p.is_file()}
    assert files == {g["file"] for g in gold()}
    kinds = Counter(g["file"].rsplit(".", 1)[1] for g in gold())
    for name, share in FORMATS.items():
        assert abs(kinds[name] / len(gold()) - share / 100) < 0.02
    forms = Counter(g["form"] for g in gold())
    assert forms["2019"] >= 40
    assert forms["2021"] >= 150
    assert {g["year"] for g in gold()} == set(range(2019, 2026))
    assert sum(p.stat().st_size for p in (SAMPLE / "reports").rglob("*") if p.is_file()) < 8_000_000


def test_section_five_has_many_layouts_and_all_labels():
    layouts = Counter(g["layout"] for g in gold())
    assert len(layouts) >= 20
    assert max(layouts.values()) < 0.15 * len(gold())
    labels = {label for g in gold() for s in g["statements"] for label in s["labels"]}
    assert labels == PROBLEMS | MEASURES
    statuses = Counter(s["status"] for g in gold() for s in g["statements"])
    assert statuses["done"] >= 30
    assert statuses["ongoing"] >= 10


def test_text_encodings_vary():
    found = Counter()
    for path in (SAMPLE / "reports").rglob("*.txt"):
        data = path.read_bytes()
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            found["utf-16"] += 1
            continue
        try:
            data.decode("utf-8")
            found["utf-8"] += 1
        except UnicodeDecodeError:
            data.decode("gb18030")
            found["gb18030"] += 1
    assert found["utf-16"] == 1
    assert found["gb18030"] >= 5
    assert found["utf-8"] >= 60


def test_trends_move_as_meant():
    def share(label, years):
        chosen = [g for g in gold() if g["year"] in years]
        return sum(any(s["labels"][0] == label for s in g["statements"]) for g in chosen) / len(chosen)

    early, late = {2019, 2020}, {2023, 2024, 2025}
    assert share("staff_capacity", late) > 1.5 * share("staff_capacity", early)
    assert share("publicity_weak", late) < 0.6 * share("publicity_weak", early)
    assert share("data_digital_weak", early) == 0 < share("data_digital_weak", late)


def _sentences(blocks):
    texts = [b.text for b in blocks if b.kind in {"para", "item"}]
    pieces = (p.strip() for text in texts for p in re.split("[。；]", text))
    heads = re.compile(r"^（?[一二三四五六]?）?(?:是)?[\u4e00-\u9fff]{0,12}(?:情况|方面|公开|工作|建设|保障|管理)$")
    return {p for p in pieces if len(p) >= 8 and "条例" not in p and not heads.match(p)}


def test_unrelated_agencies_share_few_sentences():
    copies = {frozenset((key, source[0])) for (key, _), source in planted().copies.items()}
    rows = [(m.gold["key"], m.gold["year"], _sentences(m.draft.blocks)) for m in corpus()]
    for (key, year, one), (other, then, two) in itertools.combinations(rows, 2):
        if key != other and frozenset((key, other)) not in copies and one and two:
            assert len(one & two) <= 0.3 * min(len(one), len(two)), (key, year, other, then, one & two)


def test_planted_copies_and_repeats_are_there():
    rows = {(m.gold["key"], m.gold["year"]): m for m in corpus()}
    for (key, year), source in planted().repeats.items():
        assert [s["text"] for s in rows[key, year].gold["statements"]] == [
            s["text"] for s in rows[key, source].gold["statements"]
        ]
        one, two = _sentences(rows[key, year].draft.blocks), _sentences(rows[key, source].draft.blocks)
        assert len(one & two) >= 0.35 * len(one), (key, year)
    for (key, year), source in planted().copies.items():
        taken = {s["text"] for s in rows[source].gold["statements"]}
        assert {s["text"] for s in rows[key, year].gold["statements"]} == taken
    for key in planted().unanswered:
        found = {s["kind"] for s in rows[key].gold["statements"]}
        assert found == {"problem"}, key
    for key in planted().none_stated:
        assert rows[key].gold["none_stated"]
        assert not rows[key].gold["statements"]


# ---- the figures --------------------------------------------------------------------------------------------------


def _broken_applications(table):
    """Rules of table three that fail, worked out anew; rows with blank cells are passed over."""
    broken = set()
    blank = any(value is None for row in table.values() for value in row.values())
    if blank:
        return broken
    parts = [r for r in table if r not in {"received_new", "carried_in", "processed_total", "carried_out"}]
    for column in [*APPLICANTS, "total"]:
        new, old, done, left = (
            table[row][column] for row in ("received_new", "carried_in", "processed_total", "carried_out")
        )
        if new + old != done + left:
            broken.add("T3-A")
        if done != sum(table[row][column] for row in parts):
            broken.add("T3-B")
    if any(row["total"] != sum(row[who] for who in APPLICANTS) for row in table.values()):
        broken.add("T3-C")
    return broken


def _broken_within(g):
    figures, broken = g["statistics"], set()
    if figures["applications"]:
        broken |= _broken_applications(figures["applications"])
    for block in (figures["review"] or {}).values():
        if block["total"] != block["upheld"] + block["corrected"] + block["other"] + block["pending"]:
            broken.add("T4-A")
    told, table = g["prose"], figures["applications"]
    if table:
        rows = {"received": "received_new", "processed": "processed_total", "carried_out": "carried_out"}
        rows |= {"carried_in": "carried_in", "granted": "granted", "not_held": "unable_not_held"}
        if any(told[name] != table[row]["total"] for name, row in rows.items() if name in told):
            broken.add("TXT-A")
    return broken


def _broken_between(before, now):
    broken = set()
    one, two = before["statistics"]["applications"], now["statistics"]["applications"]
    if (
        one
        and two
        and any(
            None not in (one["carried_out"][c], two["carried_in"][c]) and one["carried_out"][c] != two["carried_in"][c]
            for c in [*APPLICANTS, "total"]
        )
    ):
        broken.add("T3-D")
    one, two = before["statistics"]["disclosure"], now["statistics"]["disclosure"]
    if one and two and before["form"] == now["form"] == "2021":
        for row in ("regulation", "normative_document"):
            cells = [one[row]["in_force"], *two[row].values()]
            if None not in cells and cells[0] + cells[1] - cells[2] != cells[3]:
                broken.add("T2-A")
    return broken


def test_arithmetic_holds_except_where_an_error_is_planted():
    rows = {(g["key"], g["year"]): g for g in gold()}
    found = {place: _broken_within(g) for place, g in rows.items()}
    for (key, year), row in rows.items():
        if (key, year - 1) in rows:
            found[key, year] |= _broken_between(rows[key, year - 1], row)
    errors = defaultdict(set)
    for error in planted().errors:
        errors[error["agency"], error["year"]].add(error["rule"])
    for place, rules in errors.items():
        assert rules - {"TXT-B"} <= found[place], (place, rules, found[place])
        if "TXT-B" in rules:
            assert rows[place]["statistics"]["applications"]["carried_out"]["total"] > 0
    near = {(key, year + step) for key, year in errors for step in (0, 1)}
    assert {place for place, rules in found.items() if rules} <= near
    assert {e["rule"] for e in planted().errors} == {
        "T3-A", "T3-B", "T3-C", "T3-D", "T4-A", "T2-A", "TXT-A", "TXT-B",
    }  # fmt: skip


def test_numbers_are_counts():
    for g in gold():
        for name in ("applications", "review"):
            for row in (g["statistics"][name] or {}).values():
                assert all(value is None or value >= 0 for value in row.values()), g["file"]


def test_magnitudes_follow_the_level():
    def median(chosen):
        numbers = sorted(g["statistics"]["applications"]["received_new"]["total"] for g in chosen)
        return numbers[len(numbers) // 2]

    rows = [g for g in gold() if g["statistics"]["applications"]]
    whole = [g for g in rows if g["scope"] == "government"]
    assert (
        median([g for g in whole if g["level"] == "city"]) > 1000 > median([g for g in whole if g["level"] == "county"])
    )
    assert median([g for g in rows if g["level"] == "township"]) == 0
    assert median([g for g in rows if g["level"] == "county" and g["scope"] == "agency"]) < 15


# ---- files and gold agree -----------------------------------------------------------------------------------------


def _squeezed(text):
    return re.sub(r"\s|—\s*\d+\s*—|-\s*\d+\s*-|第\s*\d+\s*页", "", text)


def _text_of(path):
    data, kind = path.read_bytes(), path.suffix
    if kind == ".docx":
        xml = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode()
        return unescape(re.sub("<[^>]+>", "", xml))
    if kind == ".pdf":
        pdfplumber = pytest.importorskip("pdfplumber")
        with pdfplumber.open(path) as pdf:
            return "".join(page.extract_text() for page in pdf.pages)
    if kind == ".html":
        encoding = "gbk" if b'charset="gbk"' in data else "utf-8"
        return unescape(re.sub("<[^>]+>", "", data.decode(encoding)))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


@pytest.mark.parametrize("kind", ["txt", "html", "docx", "pdf"])
def test_every_gold_statement_stands_in_its_file_in_order(kind):
    rows = [g for g in gold() if g["file"].endswith(kind)]
    for g in rows[:: 4 if kind == "pdf" else 1]:
        text, at = _squeezed(_text_of(SAMPLE / g["file"])), 0
        for s in g["statements"]:
            wanted = _squeezed(s["text"])
            at = text.find(wanted, at)
            assert at >= 0, (g["file"], s["text"])
            at += len(wanted)
        for problem, measure in g["pairs"]:
            assert g["statements"][problem]["kind"] == "problem"
            assert g["statements"][measure]["kind"] == "measure"
        assert str(g["year"]) in unicodedata.normalize("NFKC", text)
        assert g["agency"] in text


def test_gold_statements_carry_the_labels_of_the_bank():
    bank = {s.id: s for s in statements()}
    for g in gold():
        for s in g["statements"]:
            sources = [bank[i] for i in s["bank_id"].split("+")]
            assert {s["kind"]} == {source.kind for source in sources}
            if len(sources) == 1 and g["layout"] != "one_line":
                assert tuple(s["labels"]) == sources[0].labels


def test_fees_are_told_in_section_six():
    fees = [g["statistics"]["fee_charged_yuan"] for g in gold()]
    assert sum(fee is None for fee in fees) >= 40
    assert sum(fee == 0 for fee in fees) >= 60
    assert sum(bool(fee) for fee in fees) >= 4


# ---- the builder --------------------------------------------------------------------------------------------------


def test_rebuild_gives_the_files_of_the_repository():
    again = {m.path: m for m in made()}
    assert [m.path for m in corpus()] == list(again)
    assert tuple(json.loads(json.dumps(m.gold)) for m in corpus()) == gold()
    by_kind = defaultdict(list)
    for m in corpus():
        by_kind[m.format].append(m)
    for kind, rows in by_kind.items():
        for m in rows[:: 9 if kind in {"pdf", "docx"} else 5]:
            fresh = again[m.path].data()
            written = (SAMPLE / m.path).read_bytes()
            if kind in {"txt", "html"}:
                assert fresh == written, m.path
            elif kind == "docx":
                assert _parts(fresh) == _parts(written), m.path


def _parts(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {i.filename: (i.date_time, archive.read(i)) for i in archive.infolist()}


@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_binary_formats_are_the_same_bytes_each_run(kind):
    one = [m for m in corpus() if m.format == kind][:4]
    paths = {m.path for m in one}
    two = [m for m in made() if m.path in paths]
    assert [m.data() for m in one] == [m.data() for m in two]


def test_dice_are_fixed_for_ever():
    dice = Dice("a", 1)
    assert [dice.between(1, 100) for _ in range(5)] == [96, 92, 3, 51, 70]
    assert Dice("x").spawn("y").unit() == Dice("x", "y").unit()
    assert sum(Dice("s").scatter(100, [1, 2, 3])) == 100


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not beside this checkout")
def test_nothing_is_copied_from_real_reports():
    real = "".join(
        path.read_text(encoding="utf-8", errors="ignore")
        for folder in ("seeds", "reports/hebei")
        for path in (SHARED / folder).glob("*.txt")
    )
    runs = {real[i : i + 16] for i in range(len(real) - 15)}
    for s in [*statements(), *(o for o in overviews() if o.topic != "request")]:
        assert not any(s.text[i : i + 16] in runs for i in range(len(s.text) - 15)), s.text
