"""What was made fast must give what the plain way gives: each shortcut against the plain way, on odd texts."""

from __future__ import annotations

import pickle
import re
import unicodedata
from collections import Counter
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.dates import _IN_TEXT
from nlp.features import grams, plain
from nlp.headings import _STRONG, _strong_marks
from nlp.labelling import default_labeller
from nlp.learned import MODELS, LearnedLabeller
from nlp.linear import Linear
from nlp.normalise import _table, clean
from nlp.phrases import half_width
from nlp.prose import _STATES, _counted, _rules, prose_figures
from nlp.quick import quick
from nlp.reading.blocks import find_grids
from nlp.reading.chrome import _DATES, _NAMED, _PUBLISHER
from nlp.records import Cell, Figure
from nlp.runs import Runs, count_few
from nlp.tables import bands
from nlp.tables.anchors import runs


@given(st.text(st.sampled_from("第一二三十百零（(、.,，:：; \t\n—-部分章总x0"), max_size=40))
def test_headings_are_tried_only_where_they_may_begin_and_none_is_lost(text: str):
    assert [m.span() for m in _strong_marks(text)] == [m.span() for m in _STRONG.finditer(text)]
    assert [m.groups() for m in _strong_marks(text)] == [m.groups() for m in _STRONG.finditer(text)]


@given(st.text(st.one_of(st.sampled_from("１Ａ⼯︰\u3000\u200b\r\n\x07é\u0301𝟏𠮷政府"), st.characters()), max_size=40))
def test_characters_are_mapped_as_one_by_one(text: str):
    plainly = "".join(_table().get(char, char) for char in text.replace("\r\n", "\n").replace("\r", "\n"))
    assert clean(text) == unicodedata.normalize("NFC", plainly)


@given(st.text(st.sampled_from("，：；（）？！,:;字A１，（ \t|“”《》－．\u3000\xa0"), max_size=200))
def test_replacing_is_translating(text: str):
    assert half_width(text) == text.translate(str.maketrans("，：；（）？！", ",:;()?!"))
    assert bands.plain(text) == text.translate(str.maketrans(bands._PLAIN))


def _grid_lines(text: str) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for line in text.split("\n"):
        if "\t" in line:
            runs[-1].append(line)
        else:
            runs.append([])
    return [run for run in runs if len(run) > 1 and any("\t" in row.lstrip("\t") for row in run)]


@given(st.text(st.sampled_from("\t\n\n甲1"), max_size=40), st.integers(0, 9))
def test_grids_are_the_runs_of_lines_with_tabs(text: str, offset: int):
    found = find_grids(text, offset)
    assert [text[grid.start - offset : grid.end - offset].split("\n") for grid in found] == _grid_lines(text)
    for grid in found:
        assert all(text[cell.start - offset : cell.end - offset] == cell.text for row in grid.rows for cell in row)


NUMBER = "近1,200.5万余 件", "两条", "三个", "十 份", "约12千 项", "5人次", "7万条", "1,件", "九封"


@settings(deadline=None)  # the first call compiles the rules
@given(st.text(st.sampled_from("收到申请公开发布制发规范性文件办结答复转信息，0129.,一两十余多万 件条份"), max_size=30))
def test_no_figure_stands_where_no_number_has_a_unit(sentence: str):
    if _counted().search(sentence) is None:
        for rule in _rules()[0]:
            assert rule.bare or not any(pattern.search(sentence) for pattern in rule.patterns)


@pytest.mark.parametrize("number", NUMBER)
def test_every_way_to_write_a_number_counts(number: str):
    assert _counted().search(f"收到{number}申请")


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("发布机构：某局", True),
        ("来 源: 某网", True),
        ("日期：2022-01-07", True),
        ("时 间：2022年1月7日", True),
        ("某局：某事", False),
    ],
)
def test_facts_of_a_page_stand_behind_one_of_a_few_signs(text: str, fact: bool):
    assert any(pattern.search(text) for pattern in (*_PUBLISHER, _DATES)) is fact
    assert not fact or _NAMED.search(text)


@given(st.text(st.sampled_from("0129年 二一十件份条个公没未无零x"), max_size=20))
def test_patterns_that_begin_with_what_they_look_for_find_the_same(text: str):
    plainly = re.compile(r"\d|[未没无零]|[一二两三四五六七八九十][件份条个宗起]").search(text)
    assert (_STATES.search(text) is None) is (plainly is None)
    assert _IN_TEXT.findall(text) == re.findall(r"(?<!\d)(20\d\d) ?年", text)


RUNS = {run: row for row, run in enumerate(["公", "开", "公开", "开公", "公开工", "公开工作", "作", "#", "𠮷公"])}


@given(st.lists(st.text(st.sampled_from("公开工作#𠮷x\0"), max_size=12), max_size=5))
def test_runs_are_counted_as_one_by_one(texts: list[str]):
    plainly = [
        (i, row, count)
        for i, text in enumerate(texts)
        for row, count in sorted(
            Counter(
                RUNS[text[at : at + n]]
                for n in range(1, 5)
                for at in range(len(text) - n + 1)
                if text[at : at + n] in RUNS
            ).items()
        )
    ]
    for found in (Runs(RUNS).count(texts), count_few(RUNS, texts)):
        assert list(zip(*(column.tolist() for column in found), strict=True)) == plainly


def test_a_classifier_says_the_same_of_one_sentence_as_of_many():
    texts = [example for entry in default_labeller().taxonomy for example in entry.examples][:60]
    alone, together = ([*map(Linear.load, MODELS.glob("*.npz"))] for _ in range(2))
    assert len(alone) == 3
    for one, many in zip(alone, together, strict=True):
        for text, (rows, values) in zip(texts, many.vectors(texts), strict=True):
            own = one.vectors([text])[0]
            assert own[0].tolist() == rows.tolist()
            assert own[1].tolist() == values.tolist()
            assert [one.reasons(text, output) for output in (0, 2)] == [many.reasons(text, output) for output in (0, 2)]
        assert one._runs is None
        assert many._runs is not None


@given(st.lists(st.sampled_from(["公开", "工", "开公", "作#", "𠮷公", "信", "\ud800", "\U0010ffff"]), max_size=30))
def test_what_tells_that_a_run_is_unknown_misses_none(parts: list[str]):
    text = "".join(parts)
    found = Runs(RUNS).count([text, text])
    plainly = sum(text.startswith(run, at) for at in range(len(text)) for run in RUNS)
    assert found.counts[found.sentences == 0].sum() == found.counts[found.sentences == 1].sum() == plainly


def test_runs_refuse_what_would_be_mistaken():
    for run in ("", "公开工作报", "公\0"):
        with pytest.raises(ValueError, match="runs"):
            Runs({run: 0})
    assert len(Runs({}).count(["公开"]).rows) == 0


FORMS = ["本年新收|本年度新收", "复议后起诉", "未经复议|未经行政复议", "其他结果", "结果维持|结果 维持"]


@given(
    st.lists(
        st.sampled_from(["未经", "复议", "后起诉", "其他", "结果", "维持", " ", "本年", "度", "新收"]), max_size=20
    )
)
def test_anchors_are_found_as_one_by_one(parts: list[str]):
    text = "".join(parts)
    for after in (0, 3):
        plainly = [
            (match.start(), match.end(), index)
            for index, forms in enumerate(FORMS)
            for form in forms.split("|")
            for match in re.compile(form).finditer(text, after)
        ]
        assert [anchor for run in runs(text, FORMS, 5, after) for anchor in run] == sorted(plainly)


def test_a_record_made_quickly_is_the_record():
    given_ = ("a.b", 1, "number", "1", 3, 4)
    one, plainly = quick(Figure)(*given_, unit="件"), Figure(*given_, unit="件")
    assert type(one) is Figure
    assert one == plainly
    assert hash(one) == hash(plainly)
    assert repr(one) == repr(plainly)
    assert pickle.loads(pickle.dumps(one)) == plainly
    assert replace(one, start=2) == replace(plainly, start=2)
    assert quick(Cell)("x", start=1, end=2) == Cell("x", 1, 2)
    with pytest.raises(FrozenInstanceError):
        one.start = 9  # type: ignore[misc]
    with pytest.raises(TypeError):
        quick(Figure)("a.b")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("number", "value"),
    [("1,200", 1200), ("007", 7), ("1.5万", 15000), ("3千", 3000), ("十二", 12), ("9" * 20, int("9" * 20))],
)
def test_whole_numbers_need_no_decimals(number: str, value: int):
    figures = prose_figures(f"本年共收到政府信息公开申请{number}件。", ())
    assert [(figure.path, figure.value, type(figure.value)) for figure in figures] == [("prose.received", value, int)]


TEXTS = (
    "公开内容更新不及时，部分栏目长期没有更新。",
    "加强对经办人员的业务培训，全年组织培训3次。",
    "",
    "xyz",
    "解读形式单一，图解、视频少；群众看不懂。",
)


def _model(kind: str) -> Linear:
    labeller = default_labeller()
    assert isinstance(labeller, LearnedLabeller)
    return labeller._models[kind]


@pytest.mark.parametrize("kind", ["problem", "measure"])
def test_sentences_together_score_to_the_bit_what_each_alone_scores(kind: str):
    model = _model(kind)
    signs = [dict.fromkeys(list(model.signs)[i : i + 4], 1.0 + i) for i in range(len(TEXTS))]
    together = model.scores_many(model.vectors(TEXTS), signs)
    for text, sign, row in zip(TEXTS, signs, together, strict=True):
        assert np.array_equal(model.scores(text, sign), row)
        assert np.array_equal(_plainly(model, text, sign), row)


def _plainly(model: Linear, text: str, signs: dict[str, float]) -> np.ndarray:
    """The same sum, run by run and sign by sign."""
    counts = sorted((model.grams[run], count) for run, count in grams(text).items() if run in model.grams)
    rows = np.array([row for row, _ in counts], dtype=np.int64)
    values = (1 + np.log(np.array([count for _, count in counts], dtype=np.float32))) * model.idf[rows]
    norm = float(np.sqrt(values @ values))
    total = (values / norm if norm else values) @ model.weights[rows] + model.bias
    for name, value in signs.items():
        total = total + model.sign_weights[model.signs[name]] * value
    return total


@pytest.mark.parametrize("kind", ["problem", "measure"])
def test_reasons_are_those_of_all_runs_of_the_sentence(kind: str):
    model = _model(kind)
    for text in TEXTS:
        rows, values = model.vectors([text])[0]
        for output in range(len(model.outputs)):
            gains = dict(zip(rows.tolist(), (values * model.weights[rows, output]).tolist(), strict=True))
            runs_ = [run for run in grams(text) if len(run) > 1 and run.isalnum() and run in model.grams]
            best: list[str] = []
            for gain, run in sorted((-gains[model.grams[run]], run) for run in runs_):
                if gain < 0 and len(best) < 2 and not any(run in other or other in run for other in best):
                    best.append(run)
            assert model.reasons(text, output) == tuple(best)


def test_labels_of_many_are_those_of_each():
    given_ = [(text, kind) for text in TEXTS for kind in ("problem", "passage", "measure")]
    labeller = default_labeller()
    assert labeller.label_many(given_) == [labeller.label(*one) for one in given_]
    assert labeller.label_many([]) == []


def test_a_sentence_s_runs_are_those_of_its_plain_form():
    text = "公开 12 项，公开３项。"
    assert re.search(r"[\d\s]", plain(text)) is None
    assert set(grams(text)) >= {"公开", "公开#", "^公开"}
