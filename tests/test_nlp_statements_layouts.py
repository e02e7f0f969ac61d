"""How section five is laid out, and what must come of it: layouts cut by hand, and mixtures of known statements."""

import random
from pathlib import Path
from types import SimpleNamespace

import pytest

from nlp.records import Section, Statement
from nlp.scoring import bare
from nlp.statements import cut
from nlp.taxonomy import Taxonomy

HEADING = "五、存在的主要问题及改进情况"
GOLD = Path(__file__).parent / "section_five_layouts.txt"


def cut_body(body: str) -> tuple[Statement, ...]:
    """The statements of a section five with this body, their offsets held against the report's text."""
    text = f"四、复议和诉讼情况\n无\n{HEADING}\n{body}"
    start = text.index(HEADING) + len(HEADING) + 1
    section = Section(5, "issues", HEADING, text[start:], start, len(text))
    found = cut(SimpleNamespace(sections=(section,), parts_of_five=()), text).statements
    assert all(text[s.start : s.end] == s.text for s in found)
    return found


def layouts() -> dict[str, tuple[str, list[str]]]:
    """name → (body, one line a statement)."""
    found = {}
    for block in GOLD.read_text(encoding="utf-8").split("\n## ")[1:]:
        name, _, rest = block.partition("\n")
        body, _, expected = rest.partition("\n=>")
        found[name] = (body, expected.split("\n")[1:] if expected.strip() else [])
        found[name] = (body, [line for line in found[name][1] if line])
    return found


LAYOUTS = layouts()


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(name):
    body, expected = LAYOUTS[name]
    found = [f"{'P' if s.kind == 'problem' else 'M'} {s.text}" for s in cut_body(body)]
    assert [line.replace("\n", " / ") for line in found] == expected


def test_there_are_many_layouts():
    assert len(LAYOUTS) > 60


MARKS = {
    "shi": lambda i: f"{'一二三四五六'[i]}是",
    "brackets": lambda i: f"（{'一二三四五六'[i]}）",
    "dot": lambda i: f"{i + 1}.",
    "comma": lambda i: f"{i + 1}、",
    "round": lambda i: f"（{i + 1}）",
    "half": lambda i: f"{i + 1}）",
    "circle": lambda i: "①②③④⑤⑥"[i],
    "di": lambda i: f"第{'一二三四五六'[i]}，",
    "qi": lambda i: f"其{'一二三四五六'[i]}，",
}
LEADS = [
    ("虽然我局工作取得了一定成绩，但仍存在一些不足：", "下一步，我局将重点做好以下工作："),
    ("对照上级要求和群众期待，还存在一些薄弱环节，主要表现在：", "针对上述问题，我局将采取以下措施："),
    ("我镇信息公开工作还存在以下问题：", "今后，我镇将抓好以下几项工作："),
    ("（一）存在的主要问题\n", "（二）改进情况\n"),
    ("一、问题和困难\n", "二、下一步工作打算\n"),
    ("存在问题：\n", "整改措施：\n"),
]
CLOSINGS = ["", "", "总之，我们将再接再厉，推动政务公开工作再上新台阶。", "努力建设人民满意的服务型机关。"]


def sample(rng: random.Random, kind: str, least: int) -> list[str]:
    """A few example sentences of the taxonomy."""
    return rng.sample([e for label in Taxonomy.load().of_kind(kind) for e in label.examples], rng.randint(least, 5))


def a_list(items: list[str], style: str, lines: bool, rng: random.Random) -> str:
    sep = rng.choice("；。")
    rows = [f"{MARKS[style](i)}{item.rstrip('。')}{sep}" for i, item in enumerate(items)]
    return ("\n" if lines else "").join(rows)[:-1] + "。"


@pytest.mark.parametrize("seed", range(120))
def test_any_mixture_of_lists_gives_back_what_went_in(seed):
    rng = random.Random(seed)
    problems, measures = sample(rng, "problem", 1), sample(rng, "measure", 1)
    lead = rng.choice(LEADS)
    # an inner list may not be numbered like the headings around it
    styles = [s for s in MARKS if s != "brackets" or not lead[0].startswith("（")]
    first, second = rng.choice(styles), rng.choice(styles)
    lines = rng.random() < 0.5
    body = (
        lead[0]
        + a_list(problems, first, lines, rng)
        + "\n"
        + lead[1]
        + a_list(measures, second, lines, rng)
        + rng.choice(CLOSINGS)
    )
    expected = [("problem", bare(t)) for t in problems] + [("measure", bare(t)) for t in measures]
    assert [(s.kind, bare(s.text)) for s in cut_body(body)] == expected


@pytest.mark.parametrize("seed", range(40))
def test_lists_that_lost_their_numbers_or_their_lines(seed):
    rng = random.Random(seed)
    problems, measures = sample(rng, "problem", 2), sample(rng, "measure", 2)
    if seed % 2:
        body = "（一）存在的不足\n" + "\n".join(problems) + "\n（二）整改措施\n" + "\n".join(measures)
    else:
        body = (
            "（一）存在的主要问题"
            + a_list(problems, "dot", False, rng)
            + "（二）改进措施"
            + a_list(measures, "dot", False, rng)
        )
    expected = [("problem", bare(t)) for t in problems] + [("measure", bare(t)) for t in measures]
    assert [(s.kind, bare(s.text)) for s in cut_body(body)] == expected
