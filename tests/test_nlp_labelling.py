"""Labels by cues: the right ones, few of them, each with its reason."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.labelling import CueLabeller, default_labeller
from nlp.phrases import half_width
from nlp.taxonomy import Taxonomy

TAXONOMY = Taxonomy.load()
LABELLER = CueLabeller(TAXONOMY)


def ids(text: str, kind: str) -> list[str]:
    return [label.id for label in LABELLER.label(text, kind)]


@pytest.mark.parametrize("entry", [e for e in TAXONOMY if e.examples], ids=lambda e: e.id)
def test_most_examples_of_a_label_are_found(entry):
    found = [entry.id in ids(example, entry.kind) for example in entry.examples]
    assert sum(found) >= 2


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("problem", "经办人员对条例不熟悉，业务能力有待提高。", {"staff_capacity"}),
        ("problem", "信息员身兼数职，人员变动频繁。", {"staff_instability"}),
        ("problem", "个别科室重视不够，公开意识不强。", {"awareness_weak"}),
        ("problem", "部门之间职责不清，协调机制不健全。", {"mechanism_gap"}),
        ("problem", "监督检查不够，考核流于形式。", {"supervision_weak"}),
        ("problem", "政务公开整体水平有待提高。", {"general_quality"}),
        ("problem", "公开内容不够全面，信息更新不及时。", {"content_incomplete", "timeliness_poor"}),
        ("problem", "政策解读形式单一，不够通俗。", {"interpretation_weak"}),
        ("problem", "公开形式单一，创新不够。", {"form_monotonous"}),
        ("problem", "公开渠道较为单一，网站检索不便。", {"channel_narrow"}),
        ("problem", "微信公众号粉丝少，影响力弱。", {"new_media_weak"}),
        ("problem", "各业务系统数据不通，智能化水平不高。", {"data_digital_weak"}),
        ("problem", "依申请公开答复不够规范。", {"request_handling_weak"}),
        ("problem", "公众参与度不高，互动较少。", {"interaction_weak"}),
        ("problem", "乡镇之间工作不平衡。", {"grassroots_uneven"}),
        ("measure", "举办业务培训班，组织学习条例。", {"training"}),
        ("measure", "明确专人负责，配齐专职人员。", {"staffing"}),
        ("measure", "纳入绩效考核，定期通报督查情况。", {"supervision_assessment"}),
        ("measure", "学习借鉴兄弟单位先进经验。", {"peer_learning"}),
        ("measure", "落实三审三校，严格保密审查。", {"review_secrecy"}),
        ("measure", "制作图解，同步解读政策。", {"interpretation_improve"}),
        ("measure", "在便民服务站建设政务公开专区，向基层延伸。", {"grassroots_extend"}),
    ],
)
def test_plain_statements(kind, text, expected):
    assert set(ids(text, kind)) == expected


@pytest.mark.parametrize(
    ("kind", "text", "wanted", "unwanted"),
    [
        ("problem", "个别申请答复不及时，答复超期。", "request_handling_weak", "timeliness_poor"),
        ("problem", "对群众关切回应不够及时。", "interaction_weak", "timeliness_poor"),
        ("problem", "政策解读不及时。", "interpretation_weak", "timeliness_poor"),
        ("problem", "解读形式不够丰富。", "interpretation_weak", "form_monotonous"),
        ("problem", "解读内容不够全面。", "interpretation_weak", "content_incomplete"),
        ("problem", "保密审查意识不强。", "review_security_risk", "awareness_weak"),
        ("problem", "审核机制不健全，把关不严。", "review_security_risk", "mechanism_gap"),
        ("problem", "考核机制不完善。", "supervision_weak", "mechanism_gap"),
        ("problem", "新媒体平台内容更新少。", "new_media_weak", "channel_narrow"),
        ("problem", "依申请公开答复格式不规范。", "request_handling_weak", "standardization_low"),
        ("problem", "继续教育和业务培训不够。", "staff_capacity", "key_area_gap"),
        ("problem", "形式内容单一，缺少图表。", "form_monotonous", "content_incomplete"),
        ("measure", "及时答复申请，规范答复文书。", "request_standardize", "timeliness_improve"),
        ("measure", "丰富政策解读形式。", "interpretation_improve", "form_diversify"),
        ("measure", "学习先进地区经验做法。", "peer_learning", "training"),
        ("measure", "健全考核机制，强化督查。", "supervision_assessment", "mechanism_building"),
        ("measure", "完善答复模板，规范答复格式。", "request_standardize", "standardize"),
        ("measure", "加强法制审核，规范依申请公开答复。", "request_standardize", "review_secrecy"),
    ],
)
def test_what_a_label_excludes_goes_to_its_neighbour(kind, text, wanted, unwanted):
    found = ids(text, kind)
    assert wanted in found
    assert unwanted not in found


def test_the_vague_label_stands_only_in_a_clause_of_its_own():
    assert set(ids("公开水平有待提高：信息更新不及时。", "problem")) == {"timeliness_poor", "general_quality"}
    assert ids("工作人员业务水平有待提高。", "problem") == ["staff_capacity"]
    assert "general_quality" not in ids("人员更换频繁，影响了公开工作质量。", "problem")


def test_a_hit_in_the_title_weighs_more():
    title = LABELLER.label("加强业务培训：组织信息员学习。", "measure")[0]
    body = LABELLER.label("组织信息员学习，加强业务培训，做好各项工作。", "measure")[0]
    assert title.id == body.id == "training"
    assert title.score > body.score


def test_nothing_fits():
    assert [(label.id, label.score) for label in LABELLER.label("天气很好。", "problem")] == [("other_problem", 0.5)]
    assert ids("天气很好。", "measure") == ["other_measure"]
    assert LABELLER.label("更新不及时。", "passage") == ()


def test_the_reason_is_a_cue_that_stands_in_the_text():
    for entry in TAXONOMY:
        for example in entry.examples:
            for label in LABELLER.label(example, entry.kind):
                if not label.id.startswith("other_"):
                    assert all(part in half_width(example) for part in half_width(label.why).split("…")), (
                        label,
                        example,
                    )


def test_a_users_own_cues_count(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[label.training]\nstrong = ["充电日"]\n', encoding="utf-8")
    assert [x.id for x in CueLabeller(Taxonomy.load(path)).label("每月设立充电日。", "measure")] == ["training"]


def test_many_statements_come_back_in_their_order():
    rows = [("更新不及时", "problem"), ("加强业务培训", "measure"), ("任意", "passage")]
    assert LABELLER.label_many(rows) == [LABELLER.label(text, kind) for text, kind in rows]
    assert default_labeller() is default_labeller()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["problem", "measure", "passage"]))
def test_any_text_gets_one_to_four_labels_of_its_kind(text, kind):
    found = LABELLER.label(text, kind)
    assert len(found) <= 4
    assert bool(found) == (kind != "passage")
    assert all(TAXONOMY.entry(label.id).kind == kind and 0 < label.score <= 1 and label.why for label in found)
    assert [label.score for label in found] == sorted((label.score for label in found), reverse=True)


def test_three_thousand_statements_a_second():
    rows = [(example, entry.kind) for entry in TAXONOMY for example in entry.examples] * 10
    started = time.process_time()
    LABELLER.label_many(rows)
    assert len(rows) / (time.process_time() - started) > 1500  # half of what is promised, against a slow machine


SHARED = Path(__file__).parents[2] / "shared"
SEED_LABELS = {
    "000": [
        {"staff_capacity"},
        {"content_incomplete", "key_area_gap"},
        {"channel_narrow", "form_monotonous"},
        {"training", "awareness_leadership"},
        {"content_expand", "key_area_deepen", "interaction_response"},
        {"form_diversify", "new_media_use", "timeliness_improve"},
    ],
    "002": [
        {"awareness_weak"},
        {"content_incomplete", "timeliness_poor", "request_handling_weak", "general_quality"},
        {"staff_instability", "awareness_weak"},
        {"content_incomplete", "interpretation_weak"},
        {"supervision_assessment"},
        {"training"},
        {"content_expand", "interpretation_improve"},
        {"platform_build", "form_diversify", "new_media_use"},
    ],
    "003": [
        {"staff_capacity"},
        {"form_monotonous"},
        {"content_expand"},
        {"training", "staffing"},
        {"form_diversify", "peer_learning"},
    ],
}


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not beside the checkout")
def test_the_real_statements_labelled_by_hand():
    from nlp.reading import read
    from nlp.sections import split_sections
    from nlp.statements import cut

    right = found = wanted = 0
    for seed, gold in SEED_LABELS.items():
        document = read(next((SHARED / "seeds").glob(f"{seed}_*.txt")))
        for statement, expected in zip(cut(split_sections(document), document.text).statements, gold, strict=True):
            labels = set(ids(statement.text, statement.kind))
            right, found, wanted = right + len(labels & expected), found + len(labels), wanted + len(expected)
    assert 2 * right / (found + wanted) >= 0.9
