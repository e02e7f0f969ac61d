"""``mingjian train``: what it learns from, what it writes, and how an archive goes on with it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from archive_tools import HashEncoder

import index.archive as archive_module
from index import teaching
from index.archive import Archive
from index.labellers import FOLDER, labeller_of, labels_version, own_folder
from nlp.errors import MingjianError
from nlp.examples import Example
from nlp.labelling import default_labeller
from nlp.linear import ModelError
from ui.cli import run

PLACES = ["农业股", "河东镇", "税源科", "体育中心", "档案室", "园区办", "水库管理所", "幼教科"]
SAYINGS = {
    ("problem", "timeliness_poor"): ["晚了半个月才挂出来", "过期很久也没人换"],
    ("problem", "staff_instability"): ["人走了没人接着干", "手头活多顾不上这头"],
    ("measure", "training"): ["请老师来讲了一课", "新手由老手带着练"],
    ("measure", "staffing"): ["添了一个专门的人", "定下甲乙两个人轮换"],
    ("none", ""): ["位于城东", "下设两个组"],
}
REPORT = """2021年北仑区应急管理局政府信息公开工作年度报告
一、总体情况
2021年，本局认真做好公开工作，主动公开信息十二条。
五、存在的主要问题及改进情况
（一）存在的主要问题
1.水库管理所人走了没人接着干。
2.信息更新不及时，栏目长期不更新。
（二）改进措施
1.下一步将组织业务培训，提高工作人员能力。
六、其他需要报告的事项
无。
"""


def small_world() -> list[Example]:
    return [
        Example(f"{place}{saying}。", kind, (label,) if label else (), f"p{number % 4}", f"{place}{saying}")
        for number, place in enumerate(PLACES)
        for (kind, label), sayings in SAYINGS.items()
        for saying in sayings
    ]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own corpus takes half a minute to learn; a small one shows the same."""
    monkeypatch.setattr(teaching, "built_in_examples", lambda without=(): (small_world(), []))
    monkeypatch.setattr(archive_module, "_load_encoder", lambda name: HashEncoder(name or "hash"))


@pytest.fixture
def archive(tmp_path: Path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(REPORT, encoding="utf-8")
    with Archive.open(tmp_path / "archive") as opened:
        opened.add(tmp_path / "in")
        yield opened


def labels_of(archive: Archive, words: str) -> set[str]:
    return next(set(one.labels) for one in archive.statements() if words in one.text)


def test_a_folder_is_trained_and_its_figures_are_kept(tmp_path: Path) -> None:
    found = teaching.train(tmp_path / "models")
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == [
        "kind.npz",
        "measure.npz",
        "problem.npz",
        "quality.json",
    ]
    assert found.examples == len(small_world())
    assert found.before is None
    assert found.quality.micro_f1 > 0.8
    assert teaching.read_quality(tmp_path / "models") == json.loads(json.dumps(found.to_dict()))
    assert teaching.read_quality(tmp_path) is None


def test_an_archive_learns_from_its_people_and_labels_anew(archive: Archive) -> None:
    assert own_folder(archive.path) is None
    assert labeller_of(archive.path) is default_labeller()
    before = labels_version(archive.path)
    wrong = next(one for one in archive.statements() if "没人接着干" in one.text)
    archive.label(wrong.id, labels=["staff_instability"], by="张三")
    found = archive.train()
    assert found.corrected == 1
    assert found.before is not None
    assert found.after is not None
    assert found.after.micro_f1 == 1.0  # three other authors say the same of other places
    assert own_folder(archive.path) == archive.path / FOLDER
    assert labels_version(archive.path) != before
    assert archive.info()["labels_current"]
    assert labels_of(archive, "没人接着干") == {"staff_instability"}
    assert archive.label_quality() == json.loads(json.dumps(found.to_dict()))


def test_what_a_person_said_is_judged_by_who_has_not_heard_it(tmp_path: Path) -> None:
    """Words that nobody else says, labelled by turns: only who learnt the very lines could know all of them."""
    said = [
        "鹦鹉螺号甲板漏雨",
        "骆驼穿针眼",
        "琵琶弦断",
        "蝴蝶飞过沧海",
        "葡萄架倒塌",
        "蟋蟀夜鸣",
        "玻璃杯碎裂",
        "橄榄枝枯萎",
    ]
    labels = ["staff_instability", "timeliness_poor"] * 4
    theirs = [Example(f"{text}。", "problem", (label,), "张三", text) for text, label in zip(said, labels, strict=True)]
    found = teaching.train(tmp_path / "models", corrected=theirs)
    assert found.after is not None
    assert found.after.sentences == 8
    assert found.after.micro_f1 < 0.8


def test_a_correction_weighs_more_than_a_line_of_ours(tmp_path: Path) -> None:
    from nlp.linear import Linear

    said = small_world()[0]  # a line on lateness, which the person takes for one on staff
    theirs = [Example(said.text, said.kind, ("staff_instability",), "张三", "x")]
    odds = {}
    for weight in (1, 50):
        teaching.train(tmp_path / str(weight), corrected=theirs, weight=weight)
        model = Linear.load(tmp_path / str(weight) / "problem.npz")
        odds[weight] = float(model.scores(said.text, {})[model.outputs.index("staff_instability")])
    assert odds[50] > odds[1]


def test_new_reports_are_labelled_by_the_archives_own(archive: Archive, tmp_path: Path) -> None:
    archive.train()
    text = REPORT.replace("应急管理局", "教育局").replace("水库管理所人走了", "幼教科人走了")
    (tmp_path / "in" / "b.txt").write_text(text, encoding="utf-8")
    archive.add(tmp_path / "in")
    assert labels_of(archive, "幼教科人走了没人接着干") == {"staff_instability"}


def test_a_damaged_labeller_is_named_and_training_mends_it(archive: Archive, tmp_path: Path) -> None:
    archive.train()
    (archive.path / FOLDER / "measure.npz").write_bytes(b"PK junk")
    with pytest.raises(ModelError, match=r"measure\.npz.*mingjian train"):
        labeller_of(archive.path)
    archive.train()
    labeller_of(archive.path)


def test_peoples_word_holds_over_ours(tmp_path: Path) -> None:
    said = small_world()[0]
    theirs = Example(said.text, said.kind, ("channel_narrow",), "张三", "x")
    kept = teaching._first([theirs, *small_world()])
    assert [one.labels for one in kept if one.text == said.text] == [("channel_narrow",)]
    assert len(kept) == len(small_world())


def test_a_missing_file_or_a_full_disk_is_named(tmp_path: Path) -> None:
    with pytest.raises((MingjianError, OSError), match=r"gone\.jsonl"):
        teaching.train(tmp_path / "models", further=[tmp_path / "gone.jsonl"])
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(MingjianError, match="写不进去"):
        teaching.train(tmp_path / "file" / "models")


def test_the_command_says_what_changed(archive: Archive, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    wrong = next(one for one in archive.statements() if "没人接着干" in one.text)
    archive.label(wrong.id, labels=["staff_instability"], by="张三")
    archive.close()
    assert run(["train", "--archive", str(archive.path)]) == 0
    told = capsys.readouterr().out
    assert "人工标注的句子：训练前 F1" in told
    assert "人员不稳、兼职与力量不足" in told
    assert run(["train", "--out", str(tmp_path / "models"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["corrected"] == 0
    assert run(["train", "--without", "l7", "--archive", str(archive.path)]) == 2
    assert run(["train", str(tmp_path / "gone.jsonl"), "--archive", str(archive.path)]) == 2


def test_two_people_agree_on_every_label() -> None:
    found = teaching.agreement()
    assert len(found) >= 40
    assert all(-1 <= value <= 1 for value in found.values())
    assert min(found.values()) > 0.6


def test_verify_knows_the_labeller_and_every_byte_of_it(archive: Archive) -> None:
    archive.train()
    assert list(archive.verify()) == []
    for name in ("problem.npz", "measure.npz", "kind.npz", "quality.json"):
        path = archive.path / FOLDER / name
        whole = path.read_bytes()
        path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        assert any(FOLDER in line for line in archive.verify()), name
        path.write_bytes(whole)
    assert list(archive.verify()) == []
    shutil.rmtree(archive.path / FOLDER)
    assert any(FOLDER in line and "缺少" in line for line in archive.verify()), "it vanished whole"
    archive.rebuild()
    assert list(archive.verify()) == []


def test_a_damaged_labeller_is_blamed_and_not_the_report(archive: Archive, tmp_path: Path) -> None:
    archive.train()
    path = archive.path / FOLDER / "measure.npz"
    whole = bytearray(path.read_bytes())
    whole[400] ^= 0xFF  # within the compressed runs of characters
    path.write_bytes(bytes(whole))
    (tmp_path / "in" / "b.txt").write_text(REPORT.replace("应急管理局", "教育局"), encoding="utf-8")
    results = archive.add(tmp_path / "in")
    (result,) = [one for one in results if one.outcome == "failed"]
    assert "mingjian train" in (result.cause or "")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"id":"1","text":"公开不及时","kind":"problem","labels":["nosuch"]}', "没有这个标签：nosuch"),
        ('{"id":"1","text":"公开不及时","kind":"problem","labels":"timeliness_poor"}', "列表"),
        ('{"id":"1","text":"公开不及时","kind":"问题","labels":["timeliness_poor"]}', "kind 只能是"),
        ('{"id":"1","text":"公开不及时","kind":"measure","labels":["timeliness_poor"]}', "不属于"),
        ('{"id":"1","text":"公开不及时","kind":"problem","labels":[]}', "至少写一个"),
        ('{"id":"1","text":"公开不及时","kind":"none","labels":["timeliness_poor"]}', "不写标签"),
        ('{"id":"1","text":" ","kind":"none","labels":[]}', "空的"),
        ('{"text":"公开不及时","kind":"none","labels":[]}', "缺少 id"),
        ("[1, 2]", "每行一个 JSON 对象"),
        ('{"id":', "每行一个 JSON 对象"),
    ],
)
def test_a_line_that_cannot_be_learnt_from_is_named(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("\ufeff" + line, encoding="utf-8")
    with pytest.raises(MingjianError, match=rf"x\.jsonl 第1行：.*{told}"):
        teaching.train(tmp_path / "models", further=[path])


def test_a_file_of_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes("公开不及时".encode("gb18030"))
    with pytest.raises(MingjianError, match="不是 UTF-8"):
        teaching.train(tmp_path / "models", further=[tmp_path / "x.jsonl"])
