"""Near copies between agencies: found among many, held against the text, told with their places."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from archive_tools import make_report
from hypothesis import given, settings
from hypothesis import strategies as st

from index import neardup, reuse_sources
from index.copying import reuse
from index.findings import check
from index.neardup import NEIGHBOURS, holding, likely, signatures
from index.records import Filter
from index.reuse_sources import copied_from
from index.spans import letters_of
from index.store import Store
from index.writes import put_report
from nlp.records import Region
from nlp.reuse import GRAM, reused_share

SUBJECTS = ("窗口人员", "栏目内容", "解读文章", "申请答复", "目录清单", "意见征集", "社区公示", "网站检索", "数据开放")
FAULTS = ("换得太勤", "长期不动", "照搬原文", "拖到期满", "缺项较多", "走了过场", "贴错位置", "搜不出来", "格式打不开")
CAUSES = ("没有专人盯守", "底账不清", "图省事", "怕担责任", "经费压缩", "培训跳过", "系统陈旧", "考核不问", "交接潦草")


def said(rng: random.Random) -> str:
    """A sentence of its own, longer than what is alike by chance."""
    a, b, c = rng.choice(SUBJECTS), rng.choice(FAULTS), rng.choice(CAUSES)
    return f"{a}在{rng.randint(2, 99)}个点位{b}，多是因为{c}，{rng.choice(SUBJECTS)}也跟着{rng.choice(FAULTS)}。"


def changed(text: str, every: int) -> str:
    """Every so many characters another one in its place."""
    return "".join("某" if at % every == every - 1 else sign for at, sign in enumerate(text))


def filled(folder: Path, reports: Sequence[tuple[str, int | None, Sequence[str]]]) -> Store:
    """A store of (agency, year, problems); each agency is its own."""
    store = Store(folder / "store.sqlite3")
    with store.writing(), store.transaction() as tx:
        for number, (agency, year, problems) in enumerate(reports):
            region = Region("浙江省", "宁波市", f"第{number}区", "330206")
            one = make_report(
                f"{number}.txt", agency=agency, year=year, problems=[(p, ["staff_capacity"]) for p in problems],
                region=region,
            )  # fmt: skip
            put_report(tx, one, agency, "1")
    return store


ORIGINAL = [said(random.Random(seed)) for seed in (11, 12, 13, 14, 15)]
NEAR = [changed(text, 19).replace("栏目", "专栏") for text in ORIGINAL]
OWN = [said(random.Random(seed)) for seed in (21, 22, 23, 24, 25)]
REPORTS = [
    ("甲县教育局", 2020, ORIGINAL),
    ("乙县教育局", 2022, NEAR),  # words changed all over: not one sentence the same
    ("丙县教育局", 2022, OWN),
    ("丁县水利局", 2023, [*ORIGINAL[:2], *OWN[2:3], said(random.Random(31)), said(random.Random(32))]),
    ("甲县教育局", 2021, ORIGINAL),  # its own last year's
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = filled(tmp_path_factory.mktemp("near"), REPORTS)
    yield store
    store.close()


@pytest.fixture(params=["each looked at", "by signatures"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to find sources."""
    if request.param == "by signatures":
        monkeypatch.setattr(reuse_sources, "FEW_REPORTS", 0)


@pytest.mark.usefixtures("way")
def test_near_copies_are_found_with_their_share(store: Store) -> None:
    found = {(store.report(one.report).row.agency, one.source_agency, one.source_year, one.sentences): one.share
             for one in copied_from(store, Filter()).values()}  # fmt: skip
    near = letters_of("".join(NEAR))
    first = letters_of("".join(ORIGINAL))
    covered = [any(near[k : k + GRAM] in first for k in range(max(0, i - GRAM + 1), i + 1) if k + GRAM <= len(near))
               for i in range(len(near))]  # fmt: skip
    assert found == {
        ("乙县教育局", "甲县教育局", 2020, 0): pytest.approx(sum(covered) / len(near), abs=1e-4),
        ("丁县水利局", "甲县教育局", 2020, 2): pytest.approx(
            reused_share("".join(REPORTS[3][2]), "".join(ORIGINAL)), abs=1e-4
        ),
    }
    assert 0.5 <= found["乙县教育局", "甲县教育局", 2020, 0] < 1


@pytest.mark.usefixtures("way")
def test_places_point_at_the_same_letters_in_both_texts(store: Store) -> None:
    found = [one for one in reuse(store, Filter()) if one.kind == "agency"]
    assert {one.agency for one in found} == {"乙县教育局", "丁县水利局"}
    for one in found:
        mine, theirs = store.report(one.report).text, store.report(one.source_report).text
        for span in (span for passage in one.passages for span in passage.spans):
            assert letters_of(mine[span.start : span.end]) == letters_of(theirs[span.source_start : span.source_end])
    assert {(f.agency, f.rule) for f in check(store, Filter()) if f.rule == "REUSE-AGENCY"} == {
        ("乙县教育局", "REUSE-AGENCY"),
        ("丁县水利局", "REUSE-AGENCY"),
    }
    message = next(f.message for f in check(store, Filter(agency=("乙县教育局",))) if f.rule == "REUSE-AGENCY")
    share = next(one.share for one in found if one.agency == "乙县教育局")
    assert message == f"第五部分有 {share:.0%} 的文字与甲县教育局2020年报告相同"


def test_a_source_outside_the_filter_is_found_and_the_earlier_one_is_not_told_of(store: Store) -> None:
    assert [one.source_agency for one in copied_from(store, Filter(year=(2022,))).values()] == ["甲县教育局"]
    assert copied_from(store, Filter(agency=("甲县教育局",))) == {}


# -- odd archives -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    "reports", [[], REPORTS[:1], [("甲局", None, [])], [("甲局", 2020, ["短。"]), ("乙局", 2021, ["短。"])]]
)
def test_too_little_to_copy(tmp_path: Path, reports: list[tuple[str, int | None, list[str]]]) -> None:
    store = filled(tmp_path, reports)
    assert copied_from(store, Filter()) == {}
    store.close()


@pytest.mark.usefixtures("way")
def test_many_copies_of_one_report_all_name_the_first(tmp_path: Path) -> None:
    store = filled(tmp_path, [(f"第{n}局", 2019 + (n + 5) // 6, ORIGINAL) for n in range(60)])
    found = copied_from(store, Filter())
    assert len(found) == 59
    assert {(one.source_agency, one.share, one.sentences) for one in found.values()} == {("第0局", 1.0, 5)}
    store.close()


def test_years_unknown_and_names_unknown(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite3")
    with store.writing(), store.transaction() as tx:
        for number, agency in enumerate((None, "乙局", None)):
            problems = [(text, ["staff_capacity"]) for text in ORIGINAL]
            one = make_report(f"{number}.txt", agency=agency, year=None, problems=[*problems, (f"又{number}", [])])
            put_report(tx, one, "", "1")
    assert len(copied_from(store, Filter())) == 2
    store.close()


def near(
    texts: list[str], owners: list[tuple[object, object]], wanted: Sequence[int], most: int
) -> dict[int, list[int]]:
    """Likely near copies among texts."""
    return likely(signatures(texts), [len(text) for text in texts], owners, wanted, most)


# -- signatures and pairs ---------------------------------------------------------------------------------------


def test_the_same_text_has_the_same_signature_in_every_run() -> None:
    first = signatures(["一二三四五六七八九十", "甲乙丙丁戊己庚辛", "一二三四五六七八九十"])
    assert first.shape == (3, neardup.BANDS * neardup.ROWS)
    assert np.array_equal(first[0], first[2])
    assert not np.array_equal(first[0], first[1])
    assert np.array_equal(first, signatures(["一二三四五六七八九十", "甲乙丙丁戊己庚辛", "一二三四五六七八九十"]))
    assert int(signatures(["一二三四五六"])[0].astype(np.uint64).sum()) == SIGNATURE_SUM


SIGNATURE_SUM = 126562974650  # as written down once: another library version or machine must give the same


def test_signatures_of_parts_are_the_whole_ones() -> None:
    whole, first, second, nothing = signatures(["一二三四五六", "一二三四五", "二三四五六", ""])
    assert np.array_equal(np.minimum(first, second), whole)
    assert np.array_equal(np.minimum(whole, nothing), whole)  # nothing adds nothing


def test_signatures_estimate_the_common_shingles() -> None:
    rng = random.Random(3)
    text = "".join(chr(0x4E00 + rng.randrange(4000)) for _ in range(600))
    other = text[:400] + "".join(chr(0x4E00 + rng.randrange(4000)) for _ in range(200))
    sets = [{t[i : i + neardup.SHINGLE] for i in range(len(t) - neardup.SHINGLE + 1)} for t in (text, other)]
    marks = signatures([text, other])
    assert (marks[0] == marks[1]).mean() == pytest.approx(len(sets[0] & sets[1]) / len(sets[0] | sets[1]), abs=0.15)


def test_crowded_buckets_stay_linear() -> None:
    texts = ["".join(ORIGINAL)] * 500
    pairs = sum(len(later) for later, _ in neardup._pairs(signatures(texts)))
    assert pairs <= neardup.BANDS * 2 * NEIGHBOURS * len(texts)
    found = near(texts, [(n, n) for n in range(500)], range(500), 4)
    assert len(found) == 499
    assert all(0 in rows and max(rows) < row and len(rows) <= 4 for row, rows in found.items())


def test_near_copies_among_many_are_likely_pairs() -> None:
    rng = random.Random(5)
    texts = [
        letters_of("".join(said(rng) + chr(0x4E00 + rng.randrange(9000)) * 3 for _ in range(6))) for _ in range(300)
    ]
    copies = {300 + n: n * 7 for n in range(40)}
    texts += [letters_of(changed(texts[source], 21)) for source in copies.values()]
    found = near(texts, [(n, n) for n in range(len(texts))], [*copies], 8)
    assert sum(source in found.get(row, ()) for row, source in copies.items()) >= 38


def test_an_owner_is_no_source_of_its_own() -> None:
    texts = ["".join(ORIGINAL)] * 3
    assert near(texts, [("甲", "1"), ("甲", "2"), ("乙", "2")], range(3), 4) == {2: [0]}


@settings(max_examples=40)
@given(st.lists(st.text("甲乙丙丁戊", min_size=0, max_size=70), max_size=6), st.integers(2, 6))
def test_looking_at_every_text_counts_as_two_lines_do(texts: list[str], gram: int) -> None:
    found = {(row, other): share for row, other, share in holding(texts, range(len(texts)), gram, 1e-9)}
    for row, mine in enumerate(texts):
        for other, theirs in enumerate(texts):
            own, its = ({t[i : i + gram] for i in range(len(t) - gram + 1)} for t in (mine, theirs))
            share = len(own & its) / len(own) if row != other and len(mine) >= neardup.SHORTEST else 0.0
            assert found.get((row, other), 0.0) == pytest.approx(share)


def test_what_a_copied_text_forgot_to_change_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite3")
    stray = "今后把统计服务做到企业门口，统计信息公开提前到月初。"
    with store.writing(), store.transaction() as tx:
        for agency, kind in (("北仑区应急管理局", "emergency"), ("北仑区统计局", "statistics")):
            one = make_report(
                f"{agency}.txt",
                agency=agency,
                agency_type=kind,
                problems=[(OWN[0], ["timeliness_poor"])],
                measures=[(stray, ["content_expand"])],
                pairs=[(0, 0)],
            )
            put_report(tx, one, agency, "1")
    found = [one for one in check(store, Filter()) if one.rule == "COPY-RESIDUE"]
    assert [(one.agency, one.status) for one in found] == [("北仑区应急管理局", "notice")]
    assert found[0].message == (f"写到统计部门的“统计服务”，写到统计部门的“统计信息公开”，疑似照抄其他单位：{stray}")
    assert found[0].where == store.statements(Filter(kind=("measure",)))[0].id
    store.close()
