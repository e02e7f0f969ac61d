"""The labels: complete, consistent, mirrored, and open to a user's own file."""

import re

import pytest

from nlp.taxonomy import Taxonomy, TaxonomyError

TAXONOMY = Taxonomy.load()


def write(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_twenty_problems_and_twenty_measures_in_six_groups_and_two_others():
    for kind, letter in (("problem", "P"), ("measure", "M")):
        entries = TAXONOMY.of_kind(kind)
        assert [e.code for e in entries] == [f"{letter}{n}" for n in range(1, 21)] + [f"{letter}0"]
        assert {e.group for e in entries} == {*TAXONOMY.groups}
    assert len(TAXONOMY) == 42
    assert TAXONOMY.of_kind("passage") == ()
    assert len({e.zh for e in TAXONOMY}) == 42


def test_every_label_says_what_it_means_and_how_it_is_found():
    for entry in TAXONOMY:
        assert entry.kind in {"problem", "measure"}
        if entry.group == "other":
            continue
        assert entry.definition
        assert entry.include
        assert entry.exclude
        assert len(entry.examples) == 3
        assert len(entry.strong) + len(entry.cues) > 20
        assert entry.exclusions


def test_exclude_rules_name_labels_that_exist():
    ids = {e.id for e in TAXONOMY}
    for entry in TAXONOMY:
        named = set(re.findall(r"[a-z]+_[a-z_]+", entry.exclude.partition("→")[2]))
        assert named <= ids


def test_no_cue_is_told_twice_and_none_is_empty():
    for entry in TAXONOMY:
        cues = entry.strong + entry.cues + entry.weak
        assert len(cues) == len(set(cues)), entry.id
        assert not set(cues) & set(entry.exclusions), entry.id
        assert all(cue == cue.strip() and cue.strip(".") for cue in cues + entry.exclusions)


@pytest.mark.parametrize(
    ("problem", "measure", "affinity"),
    [
        ("staff_capacity", "training", 2),
        ("staff_capacity", "peer_learning", 1),
        ("staff_instability", "staffing", 2),
        ("content_incomplete", "content_expand", 2),
        ("content_incomplete", "interaction_response", 1),
        ("general_quality", "supervision_assessment", 1),
        ("grassroots_uneven", "grassroots_extend", 2),
        ("data_digital_weak", "platform_build", 1),
        ("staff_capacity", "digital_data", 0),
        ("training", "staff_capacity", 0),
        ("unknown", "training", 0),
    ],
)
def test_which_measure_answers_which_problem(problem, measure, affinity):
    assert TAXONOMY.affinity(problem, measure) == affinity


def test_every_problem_but_the_vague_one_has_one_first_choice():
    for entry in TAXONOMY.of_kind("problem"):
        assert len(entry.answered_by) == (0 if entry.id in {"general_quality", "other_problem"} else 1)
        answers = entry.answered_by + entry.answered_also_by
        assert all(TAXONOMY.entry(a).kind == "measure" for a in answers)
        assert len(answers) == len(set(answers))


def test_lookups():
    assert TAXONOMY.entry("training").zh == TAXONOMY.name("training") == "培训学习提升能力"
    assert TAXONOMY.group_name("training") == "人员队伍"
    assert TAXONOMY.name("nothing") == "nothing"
    assert "training" in TAXONOMY
    assert "nothing" not in TAXONOMY
    assert TAXONOMY.other("problem") == "other_problem"
    with pytest.raises(TaxonomyError, match="没有这个标签：nothing"):
        TAXONOMY.entry("nothing")


def test_a_user_adds_a_label_and_cues(tmp_path):
    path = write(
        tmp_path,
        """
version = "1"
[label.archive_gap]
kind = "problem"
zh = "档案移交不及时"
cues = ["档案移交"]
answered_by = ["review_secrecy"]
[label.training]
strong = ["充电日"]
not = ["充电桩"]
""",
    )
    extended = Taxonomy.load(path)
    assert extended.name("archive_gap") == "档案移交不及时"
    assert extended.affinity("archive_gap", "review_secrecy") == 2
    assert "充电日" in extended.entry("training").strong
    assert "充电桩" in extended.entry("training").exclusions
    assert set(TAXONOMY.entry("training").strong) < set(extended.entry("training").strong)
    assert extended.entry("training").zh == TAXONOMY.entry("training").zh
    assert "archive_gap" not in Taxonomy.load()
    assert extended.fingerprint != TAXONOMY.fingerprint == Taxonomy.load().fingerprint


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("[label.x", "读不出来"),
        ("[labels.x]\nzh = 'a'", "只能有"),
        ("[label.new_one]\nzh = '新'", "缺少 kind"),
        ("[label.new_one]\nkind = 'passage'\nzh = '新'", "缺少 kind"),
        ("[label.'New One']\nkind = 'problem'\nzh = '新'", "名称只能用"),
        ("[label.training]\ncue = ['a']", "不认识的内容：cue"),
        ("[label.training]\ncues = '培训'", "应是一列词语"),
        ("[label.training]\ncues = ['..']", "应是一列词语"),
        ("[label.training]\nkind = 'passage'", "kind 只能是"),
        ("[label.new_one]\nkind = 'problem'\nzh = '新'\nanswered_by = ['nothing']", "措施标签不存在：nothing"),
    ],
)
def test_a_wrong_user_file_is_refused_in_one_line(tmp_path, text, cause):
    with pytest.raises(TaxonomyError) as caught:
        Taxonomy.load(write(tmp_path, text))
    assert "mine.toml" in str(caught.value)
    assert cause in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_user_file_is_refused(tmp_path):
    with pytest.raises(TaxonomyError, match=r"none\.toml"):
        Taxonomy.load(tmp_path / "none.toml")
