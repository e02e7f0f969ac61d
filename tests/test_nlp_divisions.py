"""Places: the table's own consistency, and reading names. Expected codes are those of GB/T 2260."""

import re
import time
from collections import Counter
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.divisions import lookup, parent, places, region, resolve, table, within
from nlp.records import Region

ROWS = [d for rows in table().by_code.values() for d in rows]
CURRENT = [d for d in ROWS if d.valid_to is None]


def codes(name: str, year: int | None = None) -> list[str]:
    return sorted(d.code for d in resolve(name, year).divisions)


# ---------------------------------------------------------------- the table


def test_size_and_levels():
    levels = Counter(d.level for d in CURRENT)
    assert levels["province"] == 34
    assert levels["city"] == 333
    assert 2840 <= levels["county"] <= 2860
    assert len(ROWS) > 3500


def test_codes_and_levels_agree():
    for d in ROWS:
        assert re.fullmatch(r"\d{6}", d.code)
        level = "province" if d.code.endswith("0000") else "city" if d.code.endswith("00") else "county"
        assert d.level == level, d
        assert re.fullmatch(r"[一-鿿]+", d.name), d


def test_every_unit_has_a_parent_of_its_province():
    for d in ROWS:
        above = parent(d, d.valid_to)
        assert (above is None) == (d.level == "province")
        if above:
            assert above.code[:2] == d.code[:2]
            assert {"city": ("province",), "county": ("city", "province")}[d.level].count(above.level) == 1


def test_one_name_of_a_code_at_a_time():
    for rows in table().by_code.values():
        assert sum(d.valid_to is None for d in rows) <= 1
        for year in (2010, 2015, 2020, 2025):
            strictly = [d for d in rows if (d.valid_from or 0) <= year < (d.valid_to or 9999)]
            assert len(strictly) <= 1, (year, rows)


def test_years_are_in_order_and_successors_exist():
    for d in ROWS:
        if d.valid_from and d.valid_to:
            assert d.valid_from <= d.valid_to
        if d.successor:
            assert d.valid_to is not None
            assert lookup(d.successor) is not None


def test_no_two_current_siblings_of_one_name():
    names = Counter((d.parent, d.name) for d in CURRENT)
    assert max(names.values()) == 1


def test_table_is_sorted_and_plain():
    lines = files("nlp").joinpath("divisions.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")][1:]
    assert all(len(row) == 11 for row in rows)
    assert rows == sorted(rows)


def test_loads_quickly():
    taken = []
    for _ in range(
        5
    ):  # neither a busy machine nor the garbage of thousands of tests, collected meanwhile, is its fault
        start = time.process_time()
        table.__wrapped__()
        taken.append(time.process_time() - start)
    assert min(taken) < 0.15


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("330206", "北仑区"), ("371003", "文登区"), ("410503", "北关区"), ("150781", "满洲里市"), ("110101", "东城区"),
        ("310115", "浦东新区"), ("442000", "中山市"), ("429004", "仙桃市"), ("469005", "文昌市"),
        ("350404", "三元区"), ("370116", "莱芜区"), ("330114", "钱塘区"), ("513400", "凉山彝族自治州"),
    ],
)  # fmt: skip
def test_known_codes(code, name):
    assert lookup(code).name == name


# ---------------------------------------------------------------- reading names


@pytest.mark.parametrize(
    ("name", "code", "rest"),
    [
        ("浙江省宁波市北仑区应急管理局", "330206", "应急管理局"),
        ("北仑区应急管理局", "330206", "应急管理局"),
        ("宁波市北仑区应急管理局", "330206", "应急管理局"),
        ("浙江省北仑区应急管理局", "330206", "应急管理局"),
        ("宁波北仑区应急管理局", "330206", "应急管理局"),
        ("北关区应急管理局", "410503", "应急管理局"),
        ("满洲里市应急管理局", "150781", "应急管理局"),
        ("内蒙古自治区呼伦贝尔市满洲里市应急管理局", "150781", "应急管理局"),
        ("河北省科学技术厅", "130000", "科学技术厅"),
        ("吉林省吉林市财政局", "220200", "财政局"),
        ("吉林省财政厅", "220000", "财政厅"),
        ("海口市龙华区人民政府", "460106", "人民政府"),
        ("深圳市龙华区人民政府", "440309", "人民政府"),
        ("上海市普陀区教育局", "310107", "教育局"),
        ("舟山市普陀区教育局", "330903", "教育局"),
        ("五常市财政局", "230184", "财政局"),
        ("民和县教育局", "630222", "教育局"),
        ("民和回族土族自治县教育局", "630222", "教育局"),
        ("凉山州公安局", "513400", "公安局"),
        ("广西壮族自治区水利厅", "450000", "水利厅"),
        ("内蒙古财政厅", "150000", "财政厅"),
        ("仙桃市财政局", "429004", "财政局"),
        ("东莞市财政局", "441900", "财政局"),
        ("浦东新区人民政府", "310115", "人民政府"),
        ("苏州工业园区管委会", "320500", "工业园区管委会"),
        ("鄂尔多斯市东胜区审计局", "150602", "审计局"),
    ],
)
def test_resolves(name, code, rest):
    chain = resolve(name)
    assert [d.code for d in chain.divisions] == [code]
    assert name[chain.length :] == rest
    assert not chain.ambiguous


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("鼓楼区教育局", ["320106", "320302", "350102", "410204"]),
        ("朝阳区人民政府", ["110105", "220104"]),
        ("南京市鼓楼区教育局", ["320106"]),
        ("福建省鼓楼区教育局", ["350102"]),
        ("普陀区教育局", ["310107", "330903"]),
        ("西湖区财政局", ["330106", "360103"]),
    ],
)
def test_same_names(name, expected):
    chain = resolve(name)
    assert set(expected) <= {d.code for d in chain.divisions}
    assert chain.ambiguous == (len(expected) > 1)


@pytest.mark.parametrize(
    "name",
    [
        "教育局",
        "县教育局",
        "市应急管理局",
        "和平街道办事处",
        "长安街道办事处",
        "北京路街道办事处",
        "应急管理局",
        "",
        "北",
        "海关",
    ],
)
def test_no_place_in_front(name):
    assert resolve(name).divisions == ()


@pytest.mark.parametrize(
    ("name", "year", "code"),
    [
        ("即墨市教育局", 2015, "370282"),
        ("即墨区教育局", 2020, "370215"),
        ("青岛市即墨市教育局", None, "370282"),  # out of use, yet a name with one meaning
        ("枞阳县财政局", 2013, "340823"),
        ("枞阳县财政局", 2020, "340722"),
        ("襄樊市财政局", 2009, "420600"),
        ("梅列区财政局", 2020, "350402"),
        ("三元区财政局", 2020, "350403"),
        ("三元区财政局", 2023, "350404"),
        ("莱芜市财政局", 2017, "371200"),
        ("毕节市财政局", 2020, "520500"),
        ("江北区财政局", 2026, "330205"),
    ],
)
def test_years(name, year, code):
    assert codes(name, year) == [code]


def test_a_county_abolished_later_still_makes_a_name_ambiguous():
    assert codes("江北区财政局", 2020) == ["330205", "500105"]


@pytest.mark.parametrize(
    ("code", "year", "expected"),
    [
        ("330206", None, Region("浙江省", "宁波市", "北仑区", "330206")),
        ("150781", None, Region("内蒙古自治区", "呼伦贝尔市", "满洲里市", "150781")),
        ("310115", None, Region("上海市", None, "浦东新区", "310115")),
        ("429004", None, Region("湖北省", None, "仙桃市", "429004")),
        ("441900", None, Region("广东省", "东莞市", None, "441900")),
        ("130000", None, Region("河北省", None, None, "130000")),
        ("420602", 2009, Region("湖北省", "襄樊市", "襄城区", "420602")),
        ("420602", 2022, Region("湖北省", "襄阳市", "襄城区", "420602")),
    ],
)
def test_regions(code, year, expected):
    assert region(lookup(code, year), year) == expected


def test_within():
    assert within(lookup("330206"), lookup("330200"))
    assert within(lookup("330206"), lookup("330000"))
    assert within(lookup("330206"), lookup("330206"))
    assert not within(lookup("330206"), lookup("330100"))
    assert not within(lookup("330200"), lookup("330206"))
    assert within(lookup("460106"), lookup("460100"))
    assert not within(lookup("110101"), lookup("120000"))
    assert within(lookup("500101"), lookup("500000"))


def test_places_in_running_text():
    text = "由浙江省宁波市北仑区应急管理局与文登区共同举办"
    found = [(text[a:b], units[0].code) for a, b, units in places(text)]
    assert found == [("浙江省", "330000"), ("宁波市", "330200"), ("北仑区", "330206"), ("文登区", "371003")]


def path(d, year):
    names = []
    while d:
        names.insert(0, d.name)
        d = parent(d, year)
    return "".join(names)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([d for d in CURRENT if not d.valid_from or d.valid_from < 2026]))
def test_the_full_path_of_any_unit_resolves_to_it(division):
    chain = resolve(path(division, 2025) + "财政局", 2025)
    assert [d.code for d in chain.divisions] == [division.code]
    assert region(chain.divisions[0], 2025).code == division.code


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="浙江省宁波市北仑区应急管理局县教育一二三，。AB1 ", max_size=30))
def test_any_text_is_taken(text):
    chain = resolve(text)
    assert 0 <= chain.length <= len(text)
    assert bool(chain.divisions) == bool(chain.length)
    for start, end, units in places(text):
        assert text[start:end]
        assert units
