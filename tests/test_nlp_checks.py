"""The arithmetic of a report, between its tables, its words and the years."""

from __future__ import annotations

import copy

import pytest
from statistics_layouts import COLUMNS, row_keys

from nlp.checks import RULES, check_hierarchy, check_years, run_checks
from nlp.records import Statistics


def row(*values):
    return dict(zip(COLUMNS, values, strict=True))


def sound(three=True):
    """Tables that satisfy every rule: 5 new, 1 carried in, 4 done, 2 open."""
    rows = {key: row(0, 0, 0, 0, 0, 0, 0) for key in row_keys(three)}
    rows["received_new"] = row(4, 1, 0, 0, 0, 0, 5)
    rows["carried_in"] = row(1, 0, 0, 0, 0, 0, 1)
    rows["granted"] = row(2, 1, 0, 0, 0, 0, 3)
    rows["other_misc" if three else "other_total"] = row(1, 0, 0, 0, 0, 0, 1)
    rows["processed_total"] = row(3, 1, 0, 0, 0, 0, 4)
    rows["carried_out"] = row(2, 0, 0, 0, 0, 0, 2)
    block = {"upheld": 1, "corrected": 0, "other": 2, "pending": 0, "total": 3}
    documents = {"issued": 2, "repealed": 1, "in_force": 9}
    return {
        "disclosure": {
            "regulation": {"issued": 0, "repealed": 0, "in_force": 0},
            "normative_document": documents,
            "licence": {"decisions": 8},
            "penalty": {"decisions": 0},
            "coercion": {"decisions": 0},
            "admin_fee": {"amount_wan": 12.5},
        },
        "applications": rows,
        "review": {key: dict(block) for key in ("review", "suit_direct", "suit_after_review")},
        "fee_charged_yuan": 0.0,
    }


def verdicts(given, text=""):
    return {(check.rule, check.where): check.status for check in run_checks(given, text)}


def message(given, rule, where, text=""):
    return next(c.message for c in run_checks(given, text) if (c.rule, c.where) == (rule, where))


@pytest.mark.parametrize("three", [True, False])
def test_sound_tables_pass_every_rule(three):
    found = verdicts(sound(three))
    assert set(found.values()) == {"pass"}
    assert [where for rule, where in found if rule == "T3-A"] == COLUMNS
    assert [where for rule, where in found if rule == "T3-B"] == COLUMNS
    assert [where for rule, where in found if rule == "T3-C"] == row_keys(three)
    assert [where for rule, where in found if rule == "T4-A"] == ["review", "suit_direct", "suit_after_review"]
    assert ("DOM-A", "all") in found
    assert [rule.id for rule in RULES] == ["T3-A", "T3-B", "T3-C", "T4-A"]
    assert all(rule.formula for rule in RULES)


def test_records_and_their_contract_form_are_checked_alike():
    given = sound()
    record = Statistics("2021", given["disclosure"], given["applications"], given["review"], 0.0)
    assert run_checks(record, "") == run_checks(given, "")


def test_t3_a_fails_in_one_column():
    given = sound()
    given["applications"]["carried_out"]["natural_person"] = 1
    found = verdicts(given)
    assert found["T3-A", "natural_person"] == "fail"
    assert found["T3-A", "enterprise"] == "pass"
    assert found["T3-C", "carried_out"] == "fail"
    assert message(given, "T3-A", "natural_person") == "表三“自然人”列：新收4 + 结转1 ≠ 总计3 + 结转下年1"
    assert message(given, "T3-C", "carried_out") == "表三“四、结转下年度”行：六类申请人之和1（自然人1） ≠ 总计2"


def test_t3_b_fails_and_names_what_adds_up():
    given = sound()
    given["applications"]["processed_total"]["total"] = 5
    assert verdicts(given)["T3-B", "total"] == "fail"
    assert message(given, "T3-B", "total") == "表三“总计”列：各项办理结果之和4（予以公开3 + 其他1） ≠ 总计5"


def test_t4_a_fails_in_one_block():
    given = sound()
    given["review"]["suit_direct"]["total"] = 4
    assert verdicts(given)["T4-A", "suit_direct"] == "fail"
    text = message(given, "T4-A", "suit_direct")
    assert text == "表四“未经复议直接起诉”：结果维持1 + 结果纠正0 + 其他结果2 + 尚未审结0 ≠ 总计4"


def test_an_unknown_operand_is_uncertain_never_a_failure():
    given = sound()
    given["applications"]["granted"]["enterprise"] = None
    given["review"]["review"]["pending"] = None
    found = verdicts(given)
    assert found["T3-B", "enterprise"] == "uncertain"
    assert found["T3-C", "granted"] == "uncertain"
    assert found["T3-A", "enterprise"] == "pass"
    assert found["T4-A", "review"] == "uncertain"
    assert "予以公开" in message(given, "T3-B", "enterprise")


def test_a_row_that_the_form_lacks_is_no_unknown_operand():
    given = sound(three=False)
    given["applications"].update(
        {key: dict.fromkeys(COLUMNS) for key in ("other_no_correction", "other_fee_unpaid", "other_misc")}
    )
    assert verdicts(given)["T3-B", "total"] == "pass"
    given = sound(three=True)
    given["applications"]["other_total"] = dict.fromkeys(COLUMNS)
    assert verdicts(given)["T3-B", "total"] == "pass"


def test_absent_tables_make_no_checks():
    assert (
        run_checks(
            {"disclosure": None, "applications": None, "review": None}, "全年收到政府信息公开申请3件，全部办结。"
        )
        == ()
    )


def test_dom_a_wants_integers_that_are_not_negative():
    given = sound()
    given["applications"]["granted"]["natural_person"] = -2
    given["disclosure"]["licence"]["decisions"] = 8.5
    given["disclosure"]["penalty"] = {"items_prev_year": 3, "items_change": -1, "decisions": 2}
    found = {where: status for (rule, where), status in verdicts(given).items() if rule == "DOM-A"}
    assert found == {"applications.granted.natural_person": "fail", "disclosure.licence.decisions": "fail"}
    assert message(given, "DOM-A", "disclosure.licence.decisions") == "“行政许可”的数 8.5 不是整数，应为不小于0的整数"


# ---- words against tables -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("全年共收到政府信息公开申请5件。", "pass"),
        ("全年共办理政府信息公开申请，收到申请6件（含上年结转1件）。", "pass"),
        ("全年收到政府信息公开申请近5件。", "pass"),
        ("我局全年共收到政府信息公开申请9件。", "fail"),
        ("本年度未收到政府信息公开申请。", "fail"),
        ("畅通网络、邮寄等途径，本年度新收申请9件。", "fail"),
        ("其中，通过网上收到政府信息公开申请2件。", "uncertain"),
        ("市政府办公室全年收到政府信息公开申请2件。", "uncertain"),
        ("区应急局收到政府信息公开申请2件。", "uncertain"),
        ("较上年收到政府信息公开申请8件有所减少。", "uncertain"),
        ("全年收到政府信息公开申请约20件。", "uncertain"),
    ],
)
def test_txt_a_requests_received(text, status):
    assert verdicts(sound(), text)["TXT-A", "received_new"] == status


def test_txt_a_says_which_figure_it_was_held_against():
    text = "我局全年共收到政府信息公开申请9件。"
    assert message(sound(), "TXT-A", "received_new", text) == "正文“收到政府信息公开申请9件”与表三“新收”5不符"
    text = "全年共收到申请6件，含上年结转申请1件，办结4件，结转下年度2件。"
    found = verdicts(sound(), text)
    assert {where: status for (rule, where), status in found.items() if rule == "TXT-A"} == {
        "received_new": "pass",
        "carried_in": "pass",
        "processed_total": "pass",
        "carried_out": "pass",
    }
    assert "新收与上年结转之和" in message(sound(), "TXT-A", "received_new", text)


def test_txt_a_documents_and_unknown_cells():
    assert verdicts(sound(), "我局全年制发规范性文件2件。")["TXT-A", "normative_document"] == "pass"
    assert verdicts(sound(), "我局全年制发规范性文件7件。")["TXT-A", "normative_document"] == "fail"
    given = sound()
    given["applications"]["received_new"] = dict.fromkeys(COLUMNS)
    assert verdicts(given, "全年共收到政府信息公开申请5件。")["TXT-A", "received_new"] == "uncertain"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("收到政府信息公开申请5件，全部办结。", "fail"),
        ("全年政府信息公开申请办结率100%。", "fail"),
        ("收到的政府信息公开申请已全部办结，无结转件。", "fail"),
        ("收到政府信息公开申请5件，均已在法定期限内予以答复。", "uncertain"),
        ("收到政府信息公开申请5件，到期的全部办结，2件结转下年度。", "pass"),
        ("收到政府信息公开申请5件，除结转下年度的外全部办结。", "uncertain"),
    ],
)
def test_txt_b_all_done_but_requests_left_open(text, status):
    assert verdicts(sound(), text)["TXT-B", "carried_out"] == status


def test_txt_b_where_nothing_is_left_open_and_where_other_matters_are_meant():
    given = sound()
    given["applications"]["carried_out"] = row(0, 0, 0, 0, 0, 0, 0)
    assert verdicts(given, "收到政府信息公开申请5件，全部办结。")["TXT-B", "carried_out"] == "pass"
    for text in (
        "办理网民留言30条，全部办结。",
        "收到申请5件。人大建议29件，全部办结。",
        "收到申请5件，政协提案3件，全部办结。",
    ):
        assert ("TXT-B", "carried_out") not in verdicts(sound(), text)


# ---- between reports ----------------------------------------------------------------------------------


def test_t3_d_by_column():
    previous, current = sound(), sound()
    current["applications"]["carried_in"] = row(2, 1, 0, 0, 0, 0, 3)
    found = {(c.rule, c.where): c for c in check_years(previous, current)}
    assert found["T3-D", "natural_person"].status == "pass"
    assert found["T3-D", "enterprise"].status == "fail"
    assert found["T3-D", "enterprise"].message == "表三“商业企业”列：本年报告的上年结转1 ≠ 上年报告的结转下年0"
    previous["applications"]["carried_out"]["total"] = None
    assert {c.where: c.status for c in check_years(previous, current)}["total"] == "uncertain"


def test_t2_a_documents_in_force():
    previous, current = sound(), sound()
    current["disclosure"]["normative_document"] = {"issued": 3, "repealed": 2, "in_force": 10}
    found = {(c.rule, c.where): c for c in check_years(previous, current)}
    assert found["T2-A", "normative_document"].status == "pass"
    current["disclosure"]["normative_document"]["in_force"] = 12
    check = next(c for c in check_years(previous, current) if (c.rule, c.where) == ("T2-A", "normative_document"))
    assert check.status == "fail"
    assert check.message == (
        "表二“行政规范性文件”：上年现行有效9 + 本年制发3 - 本年废止2 ≠ 本年现行有效12，请核实是否因清理或重新归类"
    )
    old_form = copy.deepcopy(previous)
    old_form["disclosure"] = {"normative_document": {"newly_made": 1, "newly_published": 1, "total_published": 9}}
    assert {c.rule for c in check_years(old_form, current)} == {"T3-D"}


def test_hier_a_only_with_every_part():
    whole, part = sound(), sound()
    for key, cells in whole["applications"].items():
        whole["applications"][key] = {c: v * 2 for c, v in cells.items()}
    assert {c.status for c in check_hierarchy(whole, [part, part], complete=True)} == {"pass"}
    assert {c.status for c in check_hierarchy(whole, [part], complete=True)} == {"fail"}
    assert {c.status for c in check_hierarchy(whole, [part], complete=False)} == {"uncertain"}
    over = {c.where: c for c in check_hierarchy(part, [part, whole], complete=False)}["received_new"]
    assert over.status == "fail"
    assert "≠ 汇总报告" in over.message
    assert over.message.endswith("请核实汇总的范围")
    unknown = sound()
    unknown["applications"]["received_new"]["total"] = None
    assert check_hierarchy(unknown, [part], complete=False)[0].status == "uncertain"
