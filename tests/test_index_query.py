"""What a typed query states: filters, what is left to search, and what must stay in the text."""

from __future__ import annotations

import pytest

from index.query import leaning, understand
from index.records import Filter

CASES = [
    ("工作人员业务不熟练", {}, "工作人员业务不熟练"),
    ("搞公开的人都是兼职，忙不过来怎么写的", {}, "搞公开的人都是兼职,忙不过来"),
    ("领导不重视政务公开的问题表述", {"kind": ["problem"]}, "领导不重视政务公开"),
    ("2021年应急管理局存在的主要问题", {"year": [2021], "agency_type": ["emergency"], "kind": ["problem"]}, ""),
    (
        "浙江省2021年政府办公室的问题",
        {"year": [2021], "province": ["浙江省"], "agency_type": ["government_office"], "kind": ["problem"]},
        "",
    ),
    (
        "山东县区应急局近三年都写了什么问题",
        {
            "year": [2022, 2023, 2024],
            "province": ["山东省"],
            "level": ["county"],
            "agency_type": ["emergency"],
            "kind": ["problem"],
        },
        "",
    ),
    ("宁波市北仑区的年报", {"county": ["北仑区"]}, ""),
    ("街道办2023年以来关于人员不足的表述", {"year": [2023, 2024], "agency_type": ["subdistrict"]}, "人员不足"),
    (
        "不要乡镇，只看省直部门的政策解读问题",
        {"kind": ["problem"], "level": ["province"], "not_level": ["township"]},
        "政策解读",
    ),
    ("针对人员业务能力不足有哪些改进措施", {"kind": ["measure"]}, "人员业务能力不足"),
    ("兼职人员多，别的单位怎么解决的", {"kind": ["measure"]}, "兼职人员多"),
    ("解决公开不及时的好办法", {"kind": ["measure"]}, "公开不及时"),
    ("丰富公开形式的具体做法，最好有例子", {"kind": ["measure"]}, "丰富公开形式"),
    ("依申请公开怎样减少复议纠错", {"kind": ["measure"]}, "依申请公开 减少复议纠错"),
    ("三审三校 保密审查 措施", {"kind": ["measure"]}, "三审三校 保密审查"),
    ("2021年浙江应急局业务不熟", {"year": [2021], "province": ["浙江省"], "agency_type": ["emergency"]}, "业务不熟"),
    ("2019-2021年教育局", {"year": [2019, 2020, 2021], "agency_type": ["education"]}, ""),
    ("2022年和2023年的解读问题", {"year": [2022, 2023], "kind": ["problem"]}, "解读"),
    (
        "最近两年县级教育系统的不足",
        {"year": [2023, 2024], "level": ["county"], "agency_type": ["education"], "kind": ["problem"]},
        "",
    ),
    ("鼓楼区财政局", {"county": ["鼓楼区"], "agency_type": ["finance"]}, ""),
    ("宁波应急管理局", {"city": ["宁波市"], "agency_type": ["emergency"]}, ""),
    ("浙江", {"province": ["浙江省"]}, ""),
    ("除了街道以外，互动少", {"not_level": ["township"]}, "互动少"),
    ("食堂补贴标准", {}, "食堂补贴标准"),
]
# Words that look like a year, a place, a level, an agency or a kind, and are part of what is sought.
CONTENT = [
    "基层乡镇公开工作不平衡",
    "数据系统互通不够",
    "2019年修订的条例学习不够",
    "城区信息公开不到位",
    "学习浙江经验",
    "发现问题后缺少回头看",
    "县级融媒体中心作用",
    "数据开放不够、智能化水平低",
    "考核监督流于形式",
    "公众号没人看、互动少",
    "信访工作的特殊性",
    "村级公开延伸不足",
    "财政信息公开不细",
    "教育领域公开不足",
]

# What is not wanted: the filter says so, and nothing of it stays in the text.
EXCLUDED = [
    ("不要教育局的，业务不熟练", {"not_agency_type": ["education"]}, "业务不熟练"),
    ("业务不熟练，不要教育局的", {"not_agency_type": ["education"]}, "业务不熟练"),
    ("除浙江省外，业务不熟练", {"not_province": ["浙江省"]}, "业务不熟练"),
    ("除浙江以外其他省份的业务不熟练", {"not_province": ["浙江省"]}, "业务不熟练"),
    ("除了2021年，业务不熟练", {"not_year": [2021]}, "业务不熟练"),
    ("除了2021年以外的问题", {"kind": ["problem"], "not_year": [2021]}, ""),
    ("2021年除外，业务不熟练", {"not_year": [2021]}, "业务不熟练"),
    ("近五年，不要2021年，人员不足", {"year": [2020, 2021, 2022, 2023, 2024], "not_year": [2021]}, "人员不足"),
    ("不要2019-2020年的，人员不足", {"not_year": [2019, 2020]}, "人员不足"),
    ("不含2020年和2022年，人员不足", {"not_year": [2020, 2022]}, "人员不足"),
    ("业务不熟练，不要措施", {"kind": ["problem"]}, "业务不熟练"),
    ("业务不熟练 不要问题", {"kind": ["measure"]}, "业务不熟练"),
    ("只要措施不要问题，人员不足", {"kind": ["measure"]}, "人员不足"),
    ("不要浙江省和江苏省的，人员不足", {"not_province": ["浙江省", "江苏省"]}, "人员不足"),
    ("人员不足（不含北京、上海、天津）", {"not_province": ["北京市", "上海市", "天津市"]}, "人员不足"),
    ("浙江省除宁波市外，人员不足", {"province": ["浙江省"], "not_city": ["宁波市"]}, "人员不足"),
    ("浙江不含宁波、温州，人员不足", {"province": ["浙江省"], "not_city": ["宁波市", "温州市"]}, "人员不足"),
    ("宁波市，不要北仑区的人员不足", {"city": ["宁波市"], "not_county": ["北仑区"]}, "人员不足"),
    ("不包括教育局", {"not_agency_type": ["education"]}, ""),
    ("人员不足，排除税务局和公安局", {"not_agency_type": ["tax", "public_security"]}, "人员不足"),
    ("除教育、公安局之外，人员不足", {"not_agency_type": ["education", "public_security"]}, "人员不足"),
    ("不要教育局，也不要浙江省，人员不足", {"not_province": ["浙江省"], "not_agency_type": ["education"]}, "人员不足"),
    ("不要乡镇、街道和县级部门的，人员不足", {"not_level": ["township", "county"]}, "人员不足"),
    ("教育局和浙江省除外，人员不足", {"not_province": ["浙江省"], "not_agency_type": ["education"]}, "人员不足"),
    ("教育系统的不要，人员不足", {"not_agency_type": ["education"]}, "人员不足"),
    ("不要浙江省，只看应急局的人员不足", {"agency_type": ["emergency"], "not_province": ["浙江省"]}, "人员不足"),
    ("不要教育局的措施", {"kind": ["measure"], "not_agency_type": ["education"]}, ""),
    ("非省级部门人员不足", {"not_level": ["province"]}, "人员不足"),
    ("人员不足（教育局除外）", {"not_agency_type": ["education"]}, "人员不足"),
    ("不要浙江不要江苏，人员不足", {"not_province": ["浙江省", "江苏省"]}, "人员不足"),
    ("除问题外，人员不足", {"kind": ["measure"]}, "人员不足"),
    ("不要近两年的，人员不足", {"not_year": [2023, 2024]}, "人员不足"),
    ("非乡镇的人员不足", {"not_level": ["township"]}, "人员不足"),
    ("除街道办外，人员不足", {"not_agency_type": ["subdistrict"]}, "人员不足"),
    ("2021年浙江应急局，除宁波外，人员不足",
     {"year": [2021], "province": ["浙江省"], "agency_type": ["emergency"], "not_city": ["宁波市"]}, "人员不足"),
    ("隐患排除问题", {"kind": ["problem"]}, "隐患排除"),  # and not only what is done about it
    # of two conditions that hold together one is asked for already: the other is what is not wanted
    ("宁波市，不要宁波市教育局的，人员不足", {"city": ["宁波市"], "not_agency_type": ["education"]}, "人员不足"),
    # else neither of them alone may be left out, and least of all is it what is wanted
    ("不要宁波市教育局的，人员不足", {}, "人员不足"),
]  # fmt: skip
# Words of exclusion that are part of what is sought.
SENTENCES = [
    "不要重复提交材料",
    "不要教育局重复提交材料",
    "要不要教育机构配合",
    "除了公开还要解读",
    "不要问题导向",
    "不要公安的重复检查",
    "解除了县级限制",
    "清除县级平台僵尸信息",
    "除省略内容外",
    "非县级融媒体中心",
    "不要2019年修订的条例",
    "不包括个人隐私",
    "去掉繁琐环节",
    "不看重公开工作",
    "除外",
]


@pytest.mark.parametrize(("query", "stated", "text"), [*CASES, *EXCLUDED])
def test_what_a_query_states(query: str, stated: dict[str, object], text: str):
    understood = understand(query, Filter(), 2024)
    assert understood.filter.to_dict() == stated
    assert understood.text == text


@pytest.mark.parametrize("query", [*CONTENT, *SENTENCES])
def test_content_is_never_made_a_filter(query: str):
    understood = understand(query, Filter(), 2024)
    assert understood.filter == Filter()
    assert understood.text == query.replace("，", ",")


def test_quoted_parts_must_stand_as_they_are():
    for query in ("“重业务、轻公开”的说法", '"重业务、轻公开"的说法', "「重业务、轻公开」"):
        understood = understand(query, Filter(), 2024)
        assert understood.phrases == ("重业务、轻公开",)
        assert understood.text.startswith("重业务、轻公开")


def test_what_is_to_be_similar_need_not_be_the_same():
    understood = understand('和"队伍不健全、重业务轻公开"类似的表述', Filter(), 2024)
    assert understood.phrases == ()
    assert understood.text == "队伍不健全、重业务轻公开"


def test_the_explicit_filter_goes_before_the_query():
    understood = understand("2021年浙江应急局业务不熟", Filter(year=(2023,), kind=("measure",)), 2024)
    assert understood.filter.year == (2023,)
    assert understood.filter.kind == ("measure",)
    assert understood.filter.province == ("浙江省",)
    assert understood.text == "业务不熟"


def test_what_the_caller_asks_for_tells_what_a_named_agency_adds():
    understood = understand("不要宁波市教育局的，人员不足", Filter(city=("宁波市",)), 2024)
    assert understood.filter == Filter(city=("宁波市",), not_agency_type=("education",))
    explicit = Filter(not_agency_type=("tax",))
    assert understand("不要教育局的，人员不足", explicit, 2024).filter == explicit


def test_recent_years_count_from_the_archives_last():
    assert understand("近三年的问题", Filter(), 2022).filter.year == (2020, 2021, 2022)
    assert understand("近三年的问题", Filter(), None).filter.year == ()
    assert understand("2023年以来的问题", Filter(), 2025).filter.year == (2023, 2024, 2025)
    assert understand("2010年以前的问题", Filter(), 2025).filter.year == (2008, 2009, 2010)


def test_counties_of_one_name_are_told_apart_by_what_stands_above():
    where = understand("南京市鼓楼区教育局", Filter(), 2024).filter
    assert where.county == ("鼓楼区",)
    assert where.city == ("南京市",)


@pytest.mark.parametrize("query", ["", "  ", "？", "的", "“”", "年", "2021", "局" * 500, "\u0000\u202e"])
def test_odd_queries_are_understood_without_error(query: str):
    understand(query, Filter(), 2024)


@pytest.mark.parametrize(
    ("query", "phrase"),
    [
        ("“业务不熟练，培训不足”的单位", "业务不熟练，培训不足"),
        ('"公开（２０２１年）：不够"', "公开（2021年）：不够"),
        ("「渠道单一；更新慢？」", "渠道单一；更新慢？"),
    ],
)
def test_a_quotation_keeps_the_punctuation_that_reports_have(query: str, phrase: str):
    assert understand(query, Filter(), 2024).phrases == (phrase,)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("村里的账怎么让村民看明白", "measure"),
        ("公开个人信息怎么打码", "measure"),
        ("网站怎么老是打不开", "problem"),
        ("怎么都查不到文件", "problem"),
        ("让市民参与线路调整", "measure"),
        ("让群众跑断腿也查不到", "problem"),
        ("加强业务培训", "measure"),
        ("政策解读", None),
    ],
)
def test_what_a_question_sounds_like(text: str, kind: str | None) -> None:
    assert leaning(text) == kind
