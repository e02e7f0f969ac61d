"""Evaluation over small gold, every figure worked out by hand."""

import json
from pathlib import Path

import pytest

from index.evaluate import evaluate_labels, evaluate_parse
from nlp.errors import MingjianError
from nlp.labelling import CueLabeller
from nlp.taxonomy import Taxonomy

REPORT = """某县水利局2023年政府信息公开工作年度报告
一、总体情况
本报告统计期限自2023年1月1日至2023年12月31日。
五、存在的主要问题及改进情况
（一）存在的问题
1.工作人员业务不熟练。
2.栏目更新不及时。
（二）改进情况
1.组织业务培训。
六、其他需要报告的事项
无。
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text(REPORT, encoding="utf-8")
    gold = {
        "year": 2023,
        "form": "2021",
        "sections": ["overview", "issues", "other"],
        "statements": [
            {"kind": "problem", "text": "工作人员业务不熟练"},
            {"kind": "problem", "text": "栏目更新不及时"},
            {"kind": "measure", "text": "组织业务培训"},
        ],
    }
    (tmp_path / "a.json").write_text(json.dumps(gold, ensure_ascii=False), encoding="utf-8")
    return tmp_path


def test_parse_is_held_against_gold(folder: Path) -> None:
    found = evaluate_parse(folder)
    assert [name for name, _ in found.files] == ["a.txt"]
    assert (found.total.metadata.right, found.total.metadata.total) == (1, 2)  # the form is free, the gold says 2021
    assert found.total.sections.share == 1
    assert found.total.statements.f1 == 1
    assert found.to_dict()["total"]["errors"] == ["form：应为 '2021'，得到 'free'"]


def test_gold_lines_name_their_files(folder: Path) -> None:
    (folder / "a.json").unlink()
    (folder / "gold.jsonl").write_text('{"file": "a.txt", "year": 2022}\n', encoding="utf-8")
    assert evaluate_parse(folder).total.metadata.share == 0
    (folder / "gold.jsonl").write_text('{"file": "missing.txt"}\n', encoding="utf-8")
    with pytest.raises(MingjianError, match=r"missing\.txt"):
        evaluate_parse(folder)


def test_a_file_that_cannot_be_read_is_named_and_the_rest_goes_on(folder: Path) -> None:
    (folder / "b.txt").write_bytes(b"\xff\xd8\xff\xe0 no report")
    (folder / "b.json").write_text("{}", encoding="utf-8")
    found = evaluate_parse(folder)
    assert len(found.files) == 1
    assert len(found.unread) == 1
    assert "b.txt" in found.unread[0]


def test_a_folder_without_gold_says_so(tmp_path: Path) -> None:
    with pytest.raises(MingjianError, match="人工核对"):
        evaluate_parse(tmp_path)


def test_labels_are_counted_by_hand(tmp_path: Path) -> None:
    lines = [
        {"id": 1, "text": "工作人员业务不熟练", "kind": "problem", "labels": ["staff_capacity"]},
        {"id": 2, "text": "工作人员业务不熟练", "kind": "problem", "labels": ["staff_capacity", "channel_narrow"]},
        {"id": 3, "text": "总的看，全年工作平稳。", "kind": "none", "labels": []},
    ]
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    found = evaluate_labels([path], CueLabeller(Taxonomy.load()))
    assert found.sentences == 3
    by_label = {one.label: one for one in found.quality.labels}
    assert (by_label["staff_capacity"].support, by_label["staff_capacity"].found) == (2, 2)
    assert (by_label["channel_narrow"].support, by_label["channel_narrow"].f1) == (1, 0)
    assert (found.quality.micro_f1, found.quality.macro_f1) == (0.8, 0.5)
    told = found.to_dict()
    assert (told["sentences"], told["micro_f1"], told["labels"]["channel_narrow"]["recall"]) == (3, 0.8, 0.0)
    with pytest.raises(MingjianError, match=r"gone\.jsonl"):
        evaluate_labels([tmp_path / "gone.jsonl"])
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(MingjianError, match="没有标注的语句"):
        evaluate_labels([path])
    path.write_text('{"id": 1, "text": "短", "kind": "problem"}', encoding="utf-8")
    with pytest.raises(MingjianError, match="第1行：缺少 labels"):
        evaluate_labels([path])
