"""Text that forgot whose it is: another place, another department's work."""

import pytest

from nlp.agency import names
from nlp.reuse import _words, residues

BEILUN = ("北仑区应急管理局", "emergency", "330206")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("下一步要让统计服务更贴近企业，统计信息公开更早一些。", [("field", "统计服务"), ("field", "统计信息公开")]),
        ("今后把教育系统的公开任务排成月表。", [("field", "教育系统")]),
        ("应急管理系统内部交接不清。", []),  # its own
        ("统计报表由两人复核，数据统计口径要一致。", []),  # counting is everybody's
        ("会同统计部门把统计服务事项梳理一遍。", []),  # on purpose
        ("医保、教育系统、民政系统的事项都要上网。", []),  # a list of fields
        ("让鄞州区应急管理局的栏目更新得更勤。", [("place", "鄞州区应急管理局")]),
        ("赤壁市的办事指南写得太笼统。", [("place", "赤壁市")]),
        ("宁波市和北仑区的平台没有打通，浙江省政务网也要手工再录。", []),  # it lies in these
        ("到鄞州区学习他们的做法。", []),
        ("目录更新和县级部门的衔接不够。", []),  # no 新和县
        ("主城区与郊区的公开栏差距明显。", []),
        ("", []),
    ],
)
def test_what_is_foreign_to_a_county_emergency_bureau(text: str, found: list[tuple[str, str]]) -> None:
    said = residues(text, *BEILUN)
    assert [(one.kind, one.word) for one in said] == found
    assert all(text[one.start : one.end] == one.word for one in said)


@pytest.mark.parametrize(
    "who",
    [
        ("北仑区统计局", "statistics", "330206"),
        ("某县发展改革和统计局", "dev_reform", None),  # two fields in one name
        ("北仑区人民政府办公室", "government_office", "330206"),
        ("柴桥街道办事处", "subdistrict", "330206"),
        ("某所", "unknown", None),
        (None, "emergency", "330206"),
    ],
)
def test_who_may_speak_of_statistics(who: tuple[str | None, str, str | None]) -> None:
    assert residues("统计服务还要更贴近企业。", *who) == []


def test_a_city_speaks_of_its_counties_and_a_place_unknown_of_any() -> None:
    text = "慈溪市的平台还没有接通。"
    assert residues(text, "宁波市应急管理局", "emergency", "330200") == []
    assert residues(text, "某地应急管理局", "emergency", None) == []
    assert [one.word for one in residues(text, *BEILUN)] == ["慈溪市"]


def test_the_fields_are_known_types_of_agencies() -> None:
    known = {*names().type_of.values(), *(kind for kind, _ in names().rules)}
    assert {*_words().fields.values()} <= known
