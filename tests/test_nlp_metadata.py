"""Metadata: who reports on which year, from titles, prefaces, signatures and bodies as they are printed.

Every text is made up for the test; names of places and codes are facts.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.agency import agency_key, level_of, read_agency
from nlp.dates import reported_year
from nlp.metadata import read_metadata
from nlp.normalise import normalise
from nlp.records import Document, Metadata, Region
from nlp.sections import split_sections
from nlp.title import read_title

SHARED = Path(__file__).parents[2] / "shared"
BODY = "我局推进公开工作，发布各类信息九条。"
REST = (
    "\n二、主动公开政府信息情况\n发布信息九条。\n三、收到和处理政府信息公开申请情况\n没有收到申请。"
    "\n四、政府信息公开行政复议、行政诉讼情况\n没有发生。\n五、存在的主要问题及改进情况\n更新不及时，将明确专人。"
    "\n六、其他需要报告的事项\n无。"
)


def read(front: str = "", one: str = BODY, tail: str = "", *, source="x.txt", hint=None, hints=None) -> Metadata:
    text = f"{front}\n一、总体情况\n{one}{REST}{tail}".strip()
    document = Document(source, text, title_hint=hint, hints=hints or {})
    return read_metadata(document, split_sections(document))


BEILUN = Region("浙江省", "宁波市", "北仑区", "330206")
TITLE = "北仑区应急管理局2021年政府信息公开工作年度报告"


# ---------------------------------------------------------------- D2–D5: titles


@pytest.mark.parametrize(
    "front",
    [
        TITLE,
        "北仑区应急管理局\n2021年政府信息公开工作年度报告",
        "北仑区应急管理局2021年度\n政府信息公开工作年度报告",
        "北仑区应急管理局\n2021年度\n政府信息公开工作年度报告",
        "北仑区应急管理局关于2021年政府信息公开工作的年度报告",
        "关于北仑区应急管理局2021年度政府信息公开工作报告",
        "2021年度北仑区应急管理局政府信息公开工作年度报告",
        "2021年北仑区应急管理局信息公开年报",
        "北仑区应急管理局 2021 年政府信息公开年度报告",
        "北仑区应急管理局政府信息公开工作年度报告（2021年）",
        "北仑区应急管理局政府信息公开工作年度报告\n（2021年度）",
        "北仑区应急管理局二〇二一年政府信息公开工作年度报告",
        "北仑区应急管理局2021年政务公开工作总结报告",
        "北仑区应急管理局2021年政府信息公开工作总结",
        "宁波市人民政府网站\n" + TITLE,
        TITLE + "\n" + TITLE,
        "2021年政府信息公开工作年度报告\n" + TITLE,
        "索引号：330206-2022-00012\n发布机构：区政务服务办公室\n" + TITLE,
        TITLE + "\n发布日期：2022-01-20  浏览次数：12",
        TITLE + "的公示",
        "[年度报告] " + TITLE,
        "北仑区应急管理局2021年政府信息公开工作年度报\n告",
        "北仑区应急管理局2021年政府信息公\n开工作年度报告",
    ],
)
def test_titles(front):
    meta = read(front)
    assert meta.agency == meta.agency_raw == "北仑区应急管理局"
    assert meta.agency_type == "emergency"
    assert meta.region == BEILUN
    assert meta.level == "county"
    assert meta.scope == "agency"
    assert meta.year == 2021
    assert meta.sources["agency"] == meta.sources["year"] == "title"
    assert "no_title" not in meta.warnings
    assert meta.warnings == ()


def test_title_is_one_line_without_blanks():
    assert read("北仑区应急管理局\n2021 年政府信息公开工作年度报告").title == TITLE


def test_title_glued_to_the_text():
    text = TITLE + " 根据《中华人民共和国政府信息公开条例》编制本报告。一、总体情况" + BODY + REST.replace("\n", "")
    document = Document("x.txt", text)
    meta = read_metadata(document, split_sections(document))
    assert (meta.title, meta.agency, meta.year) == (TITLE, "北仑区应急管理局", 2021)


@pytest.mark.parametrize(
    "line",
    [
        "根据《中华人民共和国政府信息公开条例》编制本年度报告",
        "本报告由北仑区应急管理局编制",
        "一、总体情况",
        "2021年，我局公开工作取得进展，现将政府信息公开工作报告如下",
        "",
    ],
)
def test_what_is_no_title(line):
    assert read_title(line) is None


# ---------------------------------------------------------------- D1, D4: names elsewhere

PERIOD = "统计期限自2021年1月1日起至2021年12月31日止。"


@pytest.mark.parametrize(
    ("front", "one", "tail", "source"),
    [
        ("现公布北仑区应急管理局2021年度政府信息公开情况。", BODY, "", "preface"),
        ("本报告由北仑区应急管理局根据条例要求编制。" + PERIOD, BODY, "", "preface"),
        ("北仑区应急管理局根据《政府信息公开条例》编制本报告。" + PERIOD, BODY, "", "preface"),
        (
            "根据条例编制本报告。" + PERIOD + "如有疑问，请与北仑区应急管理局办公室联系（电话：略）。",
            BODY,
            "",
            "preface",
        ),
        ("根据条例，发布《北仑区应急管理局2021年政府信息公开工作年度报告》。", BODY, "", "preface"),
        ("", "2021年，我局推进公开工作，发布信息九条。", "\n北仑区应急管理局\n2022年1月20日", "signature"),
        ("", "2021年，我局推进公开工作，发布信息九条。", "\n2022年1月20日\n", None),
        ("", "2021年，北仑区应急管理局将政府信息公开列入议程，发布信息九条。", "", "body"),
        ("", "2021年度北仑区应急管理局认真贯彻条例，发布信息九条。", "", "body"),
        ("", "北仑区应急管理局高度重视公开工作，2021年发布信息九条。", "", "body"),
    ],
)
def test_names_outside_of_the_title(front, one, tail, source):
    meta = read(front, one, tail)
    assert "no_title" in meta.warnings
    assert meta.title is None
    assert meta.year == 2021
    if source is None:
        assert meta.agency is None
        assert meta.agency_type == "unknown"
        assert meta.level == "unknown"
        assert meta.region == Region()
        assert "agency_unknown" in meta.warnings
    else:
        assert meta.agency == "北仑区应急管理局"
        assert meta.region == BEILUN
        assert meta.sources["agency"] == source


def test_file_name_is_the_last_source():
    meta = read(source="北仑区应急管理局_2021.txt")
    assert (meta.agency, meta.year) == ("北仑区应急管理局", 2021)
    assert meta.sources["agency"] == meta.sources["year"] == "file_name"
    assert read(TITLE, source="慈溪市教育局_2019.txt").agency == "北仑区应急管理局"
    assert read(source="000_8d6b741e79045b01.txt").agency is None


def test_title_hint_is_a_weak_source():
    meta = read(hint="北仑区应急管理局2021年政府信息公开工作年度报告-北仑区人民政府")
    assert meta.title is None
    assert "no_title" in meta.warnings
    assert (meta.agency, meta.sources["agency"]) == ("北仑区应急管理局", "title_hint")
    assert meta.year == 2021


@pytest.mark.parametrize(
    ("title", "front", "tail", "agency", "county"),
    [
        (
            "县教育局2022年政府信息公开工作年度报告",
            "",
            "\n民和县教育局\n2023年1月9日",
            "民和县教育局",
            "民和回族土族自治县",
        ),
        ("县教育局2022年政府信息公开工作年度报告", "本报告由固阳县教育局编制。", "", "固阳县教育局", "固阳县"),
        (
            "区财政局2022年政府信息公开工作年度报告",
            "可在北仑区人民政府门户网站下载本报告。",
            "",
            "北仑区财政局",
            "北仑区",
        ),
        (
            "下湿壕镇人民政府2022年政府信息公开工作年度报告",
            "可在固阳县人民政府网站下载本报告。",
            "",
            "固阳县下湿壕镇人民政府",
            "固阳县",
        ),
    ],
)
def test_d4_place_of_a_bare_name(title, front, tail, agency, county):
    meta = read(f"{title}\n{front}", tail=tail)
    assert meta.agency == agency
    assert meta.agency_raw == title.partition("2022")[0]
    assert meta.region.county == county
    assert meta.year == 2022


def test_d4_nothing_tells_the_place():
    meta = read("县教育局2022年政府信息公开工作年度报告")
    assert meta.agency == "县教育局"
    assert meta.agency_type == "education"
    assert meta.level == "county"
    assert meta.region == Region()
    assert "region_ambiguous" in meta.warnings


def test_d4_two_counties_named_is_no_proof():
    front = "县教育局2022年政府信息公开工作年度报告\n固阳县人民政府和民和县人民政府网站均可下载本报告。"
    assert read(front).region.county is None


def test_province_of_a_bare_name_by_document_numbers():
    meta = read(one="2017年省人力资源社会保障厅认真贯彻冀政办字〔2017〕81号文件，发布信息九条。")
    assert meta.agency == "河北省人力资源社会保障厅"
    assert meta.region == Region("河北省", None, None, "130000")
    assert meta.level == "province"


def test_the_fullest_writing_of_one_name_is_kept():
    front = "根据条例编制。" + PERIOD + "请与河北省科技厅办公室联系。"
    meta = read(front, tail="\n河北省科学技术厅\n2022年1月20日")
    assert meta.agency == "河北省科学技术厅"


def test_d17_text_without_an_agency():
    meta = read(one="各级政府部门通过多种渠道公开信息，取得成效。")
    assert meta.agency is None
    assert {"agency_unknown", "no_title"} <= set(meta.warnings)


# ---------------------------------------------------------------- ambiguous places

GULOU = "鼓楼区教育局2023年政府信息公开工作年度报告"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("按照南京市政务公开要点，推进公开。", "320106"),
        ("按照徐州市人民政府部署，推进公开。", "320302"),
        ("联系电话：0591-87551234。", "350102"),
        ("联系电话：（0371）12345678；地址：开封市，邮编：475000。", "410204"),
        ("依据苏政办发〔2022〕9号和南京市有关要求推进公开。", "320106"),
        ("请登录http://www.fuzhou.gov.cn查阅。", "350102"),
    ],
)
def test_ambiguous_names_by_evidence(words, code):
    meta = read(f"{GULOU}\n{words}")
    assert meta.region.code == code
    assert meta.region.county == "鼓楼区"
    assert meta.sources["region"] == "evidence"
    assert "region_ambiguous" not in meta.warnings


@pytest.mark.parametrize("words", ["", "地址：南京路9号。", "参加了南京市和福州市的交流活动。"])
def test_ambiguous_names_without_proof(words):
    meta = read(f"{GULOU}\n{words}")
    assert meta.agency == "鼓楼区教育局"
    assert meta.level == "county"
    assert meta.region == Region(None, None, "鼓楼区", None)
    assert "region_ambiguous" in meta.warnings


def test_another_source_names_the_city():
    assert read(GULOU, tail="\n南京市鼓楼区教育局\n2024年1月9日").region.code == "320106"


def test_what_all_candidates_share_is_kept():
    meta = read("市中区财政局2023年政府信息公开工作年度报告\n按照省政府要求编制本报告。")
    assert meta.region.county == "市中区"
    assert meta.region.code is None


# ---------------------------------------------------------------- slips, sites, corps


@pytest.mark.parametrize(
    ("words", "agency", "code"),
    [
        ("沭阳县人民政府门户网站可下载本报告。", "沭阳县应急管理局", "321322"),
        ("本报告可在市政府网站下载。", "沐阳县应急管理局", None),
        ("按照江苏省宿迁市要求编制。", "沐阳县应急管理局", None),  # 沭阳县 or 泗阳县
    ],
)
def test_d14_a_slip_in_the_name_of_the_place(words, agency, code):
    meta = read("沐阳县应急管理局2024年政府信息公开工作年度报告\n" + words)
    assert (meta.agency, meta.agency_raw) == (agency, "沐阳县应急管理局")
    assert meta.region.code == code
    assert ("region_ambiguous" in meta.warnings) == (code is None)


def test_the_site_tells_the_place_of_a_bare_name():
    meta = read("区教育局2023年政府信息公开工作年度报告", hints={"site": "合肥市包河区人民政府"})
    assert (meta.agency, meta.region.code) == ("包河区教育局", "340111")


def test_the_publisher_is_no_proof_of_the_agency():
    assert read(hints={"publisher": "北仑区政务服务办公室"}).agency is None
    meta = read("区应急管理局2023年政府信息公开工作年度报告", hints={"publisher": "北仑区应急管理局"})
    assert (meta.agency, meta.region) == ("北仑区应急管理局", BEILUN)


@pytest.mark.parametrize(
    ("name", "code", "level"),
    [
        ("新疆生产建设兵团第八师石河子市财政局", "659001", "county"),
        ("新疆生产建设兵团财政局", "650000", "province"),
        ("河北雄安新区管理委员会", "130000", "unknown"),
        ("大连高新技术产业园区应急管理局", "210200", "unknown"),
        ("北京市公安局朝阳分局", "110105", "county"),
        ("杭州市规划和自然资源局余杭分局", "330110", "county"),
        ("济源市应急管理局", "419001", "county"),
        ("全州县民政局", "450324", "county"),
        ("如东县城关镇人民政府", "320623", "township"),
    ],
)
def test_unusual_places(name, code, level):
    meta = read(name + "2021年政府信息公开工作年度报告")
    assert (meta.agency, meta.region.code, meta.level) == (name, code, level)


def test_the_party_committee_is_not_the_reporter():
    one = "2023年，在县委、县政府领导下，固镇县交通运输局认真落实公开要求，发布信息九条。"
    assert read(one=one).agency == "固镇县交通运输局"
    assert read(one="2023年，中共固镇县委、固镇县人民政府坚持公开。").agency is None


# ---------------------------------------------------------------- years


@pytest.mark.parametrize(
    ("front", "one", "tail", "year", "source", "warning"),
    [
        (TITLE, BODY, "\n2022年1月20日", 2021, "title", None),
        ("北仑区应急管理局政府信息公开工作年度报告\n" + PERIOD, BODY, "", 2021, "preface", "year_from_preface"),
        ("北仑区应急管理局2022年政府信息公开工作年度报告\n" + PERIOD, BODY, "", 2021, "preface", "year_conflict"),
        (TITLE + "\n统计期限为2021 年 1 月 1 日至 12 月 31 日。", BODY, "", 2021, "preface", None),
        (TITLE + "\n统计期限自20211月1日至2021年12月31日。", BODY, "", 2021, "preface", None),
        (
            "北仑区应急管理局政府信息公开工作年度报告",
            "2021年开局良好。2021年发布信息九条，比2020年多。",
            "",
            2021,
            "section_one",
            None,
        ),
        (
            "北仑区应急管理局政府信息公开工作年度报告",
            BODY,
            "\n北仑区应急管理局\n2022年1月20日",
            2021,
            "signature",
            None,
        ),
        ("北仑区应急管理局政府信息公开工作年度报告", BODY, "\n二〇二二年一月二十日", 2021, "signature", None),
        (TITLE, "2020年我局发布信息，2020年培训两次。", "", 2021, "title", "year_conflict"),
        ("北仑区应急管理局政府信息公开工作年度报告", BODY, "", None, None, None),
    ],
)
def test_years(front, one, tail, year, source, warning):
    meta = read(front, one, tail)
    assert meta.year == year
    assert meta.sources.get("year") == source
    for name in ("year_from_preface", "year_conflict"):
        assert (name in meta.warnings) == (name == warning)


def test_f12_a_slip_in_the_plan_does_not_set_the_year():
    rest = REST.replace("将明确专人", "2020年将明确专人，2020年继续努力")
    text = f"{TITLE}\n一、总体情况\n2021年，我局发布信息九条。{rest}"
    document = Document("x.txt", text)
    assert read_metadata(document, split_sections(document)).year == 2021


def test_the_year_of_signing_is_never_the_year_reported():
    meta = read("北仑区应急管理局政府信息公开工作年度报告", "本年度发布信息九条，2022年继续。", "\n2022年1月20日")
    assert (meta.year, meta.sign_date) == (2021, "2022-01-20")


@pytest.mark.parametrize(
    ("tail", "day"),
    [
        ("\n2022年1月20日", "2022-01-20"),
        ("\n北仑区应急管理局\n2022 年 1 月 20 日", "2022-01-20"),
        ("\n二〇二二年一月二十日", "2022-01-20"),
        ("\n二○二二年十二月三十一日", "2022-12-31"),
        ("\n2022年2月30日", None),
        ("\n数据截至2022年1月20日", None),
        ("", None),
    ],
)
def test_sign_dates(tail, day):
    assert read(TITLE, tail=tail).sign_date == day


def test_years_out_of_range_are_nothing():
    told = reported_year("", title=1998, preface="", overview="2099年", signed=None, source="a_2098.txt")
    assert told.year is None


# ---------------------------------------------------------------- types and levels


@pytest.mark.parametrize(
    ("name", "kind", "level"),
    [
        ("北仑区应急管理局", "emergency", "county"), ("北仑区安全生产监督管理局", "emergency", "county"),
        ("宁波市教育局", "education", "city"), ("宁波市公安局", "public_security", "city"),
        ("北仑区教育体育局", "education", "county"), ("固阳县教科体局", "education", "county"),
        ("浙江省司法厅", "justice", "province"), ("北仑区民政局", "civil_affairs", "county"),
        ("宁波市财政局", "finance", "city"), ("河北省人力资源和社会保障厅", "hr_social", "province"),
        ("北仑区人社局", "hr_social", "county"), ("宁波市自然资源和规划局", "natural_resources", "city"),
        ("北仑区国土资源局", "natural_resources", "county"), ("宁波市生态环境局北仑分局", "ecology", "county"),
        ("北仑区环境保护局", "ecology", "county"), ("北仑区住房和城乡建设局", "housing", "county"),
        ("宁波市综合行政执法局", "urban_mgmt", "city"), ("北仑区城市管理局", "urban_mgmt", "county"),
        ("宁波市交通运输局", "transport", "city"), ("固阳县水利局", "water", "county"),
        ("宁波市农业农村局", "agriculture", "city"), ("宁波市商务局", "commerce", "city"),
        ("宁波市文化广电旅游局", "culture_tourism", "city"), ("北仑区文广新局", "culture_tourism", "county"),
        ("宁波市卫生健康委员会", "health", "city"), ("北仑区卫计局", "health", "county"),
        ("宁波市退役军人事务局", "veterans", "city"), ("宁波市审计局", "audit", "city"),
        ("北仑区市场监督管理局", "market_regulation", "county"),
        ("北仑区工商行政管理局", "market_regulation", "county"),
        ("宁波市统计局", "statistics", "city"), ("国家统计局北仑调查队", "statistics", "county"),
        ("宁波市医疗保障局", "medical_insurance", "city"), ("呼伦贝尔市林业和草原局", "forestry", "city"),
        ("宁波市信访局", "petition", "city"), ("北仑区发展和改革局", "dev_reform", "county"),
        ("宁波市发改委", "dev_reform", "city"), ("河北省科学技术厅", "science", "province"),
        ("河北省工业和信息化厅", "industry_it", "province"), ("宁波市经信局", "industry_it", "city"),
        ("宁波市大数据发展管理局", "data", "city"), ("北仑区政务服务办公室", "gov_service", "county"),
        ("北仑区行政审批局", "gov_service", "county"), ("宁波市国有资产监督管理委员会", "sasac", "city"),
        ("宁波市人民防空办公室", "civil_defence", "city"), ("北仑区招商局", "investment", "county"),
        ("宁波市地方金融监督管理局", "financial_office", "city"),
        ("国家税务总局宁波市北仑区税务局", "tax", "county"), ("国家税务总局宁波市税务局", "tax", "city"),
        ("宁波市住房公积金管理中心", "public_institution", "city"), ("国家公务员局", "ministry", "national"),
        ("教育部", "ministry", "national"), ("国家税务总局", "ministry", "national"),
        ("北仑区人民政府", "government_whole", "county"), ("宁波市人民政府", "government_whole", "city"),
        ("浙江省人民政府", "government_whole", "province"), ("上海市黄浦区人民政府", "government_whole", "county"),
        ("北仑区人民政府办公室", "government_office", "county"),
        ("浙江省人民政府办公厅", "government_office", "province"),
        ("北仑区政府办", "government_office", "county"), ("固阳县下湿壕镇人民政府", "township", "township"),
        ("民意乡人民政府", "township", "township"), ("联安镇", "township", "township"),
        ("北仑区大碶街道办事处", "subdistrict", "township"), ("驼峰路街道", "subdistrict", "township"),
        ("宁波经济技术开发区管理委员会", "zone_committee", "unknown"), ("西咸新区管委会", "zone_committee", "unknown"),
        ("宁波市气象局", "other", "city"), ("宁波市机关事务管理局", "other", "city"),
        ("五常市财政局", "finance", "county"), ("满洲里市应急管理局", "emergency", "county"),
        ("仙桃市财政局", "finance", "county"), ("北京市财政局", "finance", "province"),
        ("北京市朝阳区财政局", "finance", "county"), ("县教育局", "education", "county"),
        ("市财政局", "finance", "unknown"), ("省司法厅", "justice", "province"),
    ],
)  # fmt: skip
def test_types_and_levels(name, kind, level):
    agency = read_agency(name)
    assert agency is not None
    assert (agency.type, level_of(agency)) == (kind, level)


@pytest.mark.parametrize("name", ["我局", "本机关", "本单位", "我区", "", "局", "的", "全市各级各部门"])
def test_words_that_name_no_agency(name):
    assert read_agency(name) is None


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("关于北仑区应急管理局", "北仑区应急管理局"),
        ("中共北仑区委办公室", "北仑区委办公室"),
        ("北仑区 应急管理局", "北仑区应急管理局"),
        ("北仑区应急管理局（安委办）", "北仑区应急管理局"),
        ("《北仑区应急管理局", "北仑区应急管理局"),
        ("北仑区应急管理局办公室", "北仑区应急管理局"),
        ("北仑区人民政府办公室", "北仑区人民政府办公室"),
        ("北仑区应急管理局关于", "北仑区应急管理局"),
    ],
)
def test_clean_names(raw, name):
    assert read_agency(raw).name == name


# ---------------------------------------------------------------- scope (2.7)


@pytest.mark.parametrize(
    ("front", "agency", "kind", "scope"),
    [
        ("洪泽区人民政府2024年政府信息公开工作年度报告", "洪泽区人民政府", "government_whole", "government"),
        ("洪泽区2024年政府信息公开工作年度报告", "洪泽区人民政府", "government_whole", "government"),
        ("洪泽区人民政府办公室2024年政府信息公开工作年度报告", "洪泽区人民政府办公室", "government_office", "agency"),
        (
            "洪泽区人民政府办公室2024年政府信息公开工作年度报告\n本报告涵盖全区各镇街和区政府各工作部门的数据。",
            "洪泽区人民政府办公室", "government_office", "government",
        ),
        (
            "洪泽区2024年政府信息公开工作年度报告\n本报告数据汇总全区各级行政机关填报情况。",
            "洪泽区人民政府", "government_whole", "government",
        ),
        (
            "昭通市2024年政府信息公开工作年度报告\n本报告仅反映昭通市人民政府办公室的工作情况。",
            "昭通市人民政府办公室", "government_office", "agency",
        ),
        ("下湿壕镇人民政府2024年政府信息公开工作年度报告", "下湿壕镇人民政府", "township", "agency"),
        (
            "北仑区教育局2024年政府信息公开工作年度报告\n本报告汇总全区教育系统各单位数据。",
            "北仑区教育局", "education", "agency",
        ),
    ],
)  # fmt: skip
def test_scope(front, agency, kind, scope):
    meta = read(front)
    assert (meta.agency, meta.agency_type, meta.scope) == (agency, kind, scope)
    assert ("whole_government_scope" in meta.warnings) == (scope == "government")


# ---------------------------------------------------------------- D15, D16


@pytest.mark.parametrize(
    "text",
    [
        "一图读懂北仑区2021年政府信息公开工作年度报告\n全年发布信息九条，答复申请两件，政府信息公开有序推进。",
        "关于做好2021年政府信息公开工作年度报告编制发布工作的通知\n各单位：现就政府信息公开年度报告编制有关事项通知如下。",
        "北仑区召开政务公开工作部署会\n会议听取了政务公开情况，部署下一步政务公开工作。",
        "北仑区2021年第三季度政务公开工作自查报告\n一、组织领导\n成立专班。二、政务公开平台\n网站改版。",
        "北仑区2021年天气总结\n全年降水偏多。",
        "政府信息公开工作年度报告格式模板\n一、总体情况\n（文字描述）\n二、主动公开政府信息情况\n五、存在的主要问题及改进情况\n（文字描述）",
    ],
)
def test_d16_texts_that_are_no_reports(text):
    document = Document("x.txt", text)
    assert "not_a_report" in read_metadata(document, split_sections(document)).warnings


@pytest.mark.parametrize(
    "text",
    [
        "联安镇2014年政府信息公开工作年度报告\n全年发布信息九条，没有收到申请，没有收费。",
        "北仑区应急管理局2021年政府信息公开工作总结\n发布信息九条。",
        "一、概述\n政府信息公开工作有序。\n二、主动公开政府信息情况\n发布信息九条。\n三、存在的问题\n政府信息公开更新慢。",
    ],
)
def test_short_and_free_reports_are_reports(text):
    document = Document("x.txt", text)
    assert "not_a_report" not in read_metadata(document, split_sections(document)).warnings


@pytest.mark.parametrize(
    ("words", "dirty"),
    [
        ("全年主动***息九条。", True),
        ("落实公开(gōng kāi)制度，规范发布(fā bù)流程。", True),
        ("全年主動公開各類訊息，關於預算的說明與調整報告，處理申請，總體進展順利。", True),
        ("公式为3*4。", False),
        (BODY, False),
    ],
)
def test_d15_tampered_copies(words, dirty):
    assert ("dirty_source" in read(TITLE, words).warnings) == dirty


# ---------------------------------------------------------------- identity


def key(front: str, year: int) -> str:
    return agency_key(read(f"{front}{year}年政府信息公开工作年度报告"))


def test_full_names_of_offices_stay_as_they_are():
    for name in ("人民政府办公厅", "政府办公厅"):
        assert agency_key(read(f"山东省{name}2021年政府信息公开工作年度报告")) == "山东省人民政府办公厅"


def test_key_is_spelt_out():
    assert key("北仑区应急管理局", 2021) == "浙江省宁波市北仑区应急管理局"
    assert key("宁波市北仑区应急管理局", 2022) == "浙江省宁波市北仑区应急管理局"
    assert agency_key(read()) == ""


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (("北仑区安全生产监督管理局", 2017), ("北仑区应急管理局", 2021)),
        (("北仑区环境保护局", 2017), ("北仑区生态环境局", 2019)),
        (("河北省科技厅", 2015), ("河北省科学技术厅", 2023)),
        (("北仑区人力资源社会保障局", 2019), ("北仑区人力资源和社会保障局", 2022)),
        (("北仑区发改局", 2019), ("北仑区发展和改革局", 2022)),
        (("即墨市财政局", 2016), ("青岛市即墨区财政局", 2020)),
        (("襄樊市财政局", 2009), ("襄阳市财政局", 2020)),
        (("洪泽县人民政府", 2015), ("淮安市洪泽区人民政府", 2024)),
        (("枞阳县财政局", 2012), ("枞阳县财政局", 2022)),
        (("北仑区政府办公室", 2019), ("北仑区人民政府办公室", 2022)),
    ],
)
def test_one_agency_over_the_years(earlier, later):
    assert key(*earlier) == key(*later) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北仑区人民政府", "北仑区人民政府办公室"),
        ("北仑区财政局", "宁波市财政局"),
        ("国家税务总局宁波市北仑区税务局", "国家税务总局宁波市税务局"),
        ("北仑区和平街道办事处", "北仑区平街道办事处"),
    ],
)
def test_different_agencies_differ(one, other):
    assert key(one, 2021) != key(other, 2021)


# ---------------------------------------------------------------- properties, real files

WORDS = st.sampled_from(
    [
        TITLE,
        GULOU,
        BODY,
        PERIOD,
        REST,
        "一、总体情况",
        "\n",
        "2021年",
        "北仑区",
        "县教育局",
        "我局",
        "编制本报告。",
        "2022年1月20日",
        "《",
        "由",
        "。",
        " ",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=20))
def test_any_jumble_gives_metadata(pieces):
    document = Document("x.txt", normalise("".join(pieces)))
    meta = read_metadata(document, split_sections(document))
    assert (meta.agency is None) == ("agency_unknown" in meta.warnings)
    assert meta.year is None or 2008 <= meta.year <= 2035
    assert ("agency" in meta.sources) == (meta.agency is not None)
    assert ("year" in meta.sources) == (meta.year is not None)
    assert len(meta.warnings) == len(set(meta.warnings))
    agency_key(meta)


SEEDS = {
    "000_8d6b741e79045b01": ("北仑区应急管理局", 2021, BEILUN),
    "002_a80394a9bf3e5815": ("北关区应急管理局", 2024, Region("河南省", "安阳市", "北关区", "410503")),
    "003_e824e7fa6ddd1e25": ("满洲里市应急管理局", 2020, Region("内蒙古自治区", "呼伦贝尔市", "满洲里市", "150781")),
}


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not beside the checkout")
@pytest.mark.parametrize("name", SEEDS)
def test_seeds(name):
    text = normalise((SHARED / "seeds" / f"{name}.txt").read_text(encoding="utf-8-sig"))
    document = Document(f"{name}.txt", text)
    meta = read_metadata(document, split_sections(document))
    assert (meta.agency, meta.year, meta.region) == SEEDS[name]
    assert (meta.agency_type, meta.level, meta.scope) == ("emergency", "county", "agency")
    assert ("no_title" in meta.warnings) == name.startswith("000")
    assert meta.sign_date == ("2021-01-27" if name.startswith("003") else None)


HEBEI = sorted((SHARED / "reports" / "hebei").glob("*_20??.txt"))


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not beside the checkout")
@pytest.mark.parametrize("path", HEBEI, ids=lambda p: p.stem)
@pytest.mark.parametrize("named", [True, False])
def test_crawled_reports(path, named):
    """The file's name is right here, so it is the truth; without it the text alone must not say otherwise."""
    agency, _, year = path.stem.rpartition("_")
    document = Document(path.name if named else "x.txt", normalise(path.read_text(encoding="utf-8-sig")))
    meta = read_metadata(document, split_sections(document))
    assert meta.year == int(year)
    assert meta.level == "province"
    assert meta.region == Region("河北省", None, None, "130000")
    if named:
        assert meta.agency == agency
    assert agency_key(meta) == agency.replace("和", "")
