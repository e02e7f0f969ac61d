"""``mingjian topics`` tells emerging topics apart, with their figures; ``--since`` is a year."""

from dataclasses import replace

import pytest

from index.emerging import emergence
from index.records import Filter, Representative, Topic, Topics
from ui import cli, render

GROWN = emergence({2020: 1, 2022: 14}, {2020: 30, 2022: 20}, 2022, 9)
FRESH = emergence({2022: 3}, {2020: 30, 2022: 4}, 2022, 3)


def topic(name: str, growth: object, emerging: bool) -> Topic:
    one = Representative(f"s-{name}", f"{name}的原话。", "甲局", 2022, "r1")
    return Topic(f"t-{name}", name, 16, {"2022": 16}, emerging, (one,), "problem", 14, growth)  # type: ignore[arg-type]


def test_emerging_topics_stand_apart_behind_all_topics() -> None:
    found = Topics(
        Filter(), 50, (), (topic("老", None, False), topic("涨", GROWN, True), topic("新", FRESH, True)), 0.1, 2022
    )
    every, apart = render.topics(found).split("\n2022 年起新出现或明显增多的话题\n")
    assert [name in every for name in ("老  16 句", "涨  16 句", "新  16 句")] == [True] * 3
    assert "老" not in apart
    assert apart.index("涨  16 句") < apart.index("新（新出现）  16 句")  # the surer one first
    assert "2022年起 20 份报告中有 14 份写到（70%），此前 30 份中有 1 份（3%）" in apart.replace("\n    ", "")
    assert "有一边不足5份，仅供参考" in apart.replace("\n    ", "")
    assert "未归入任何话题的句子占 10%" in every


def test_a_sample_is_told_as_one() -> None:
    whole = Topics(Filter(), 50, (), (topic("老", None, False),), 0.1)
    assert "抽 1 份" not in render.topics(whole)
    assert "话题从每 6 份报告中抽 1 份归纳，句数和份数是抽到的报告里的。" in render.topics(replace(whole, every=6))


def test_nothing_stands_apart_where_nothing_emerges() -> None:
    told = render.topics(Topics(Filter(), 50, (), (topic("老", None, False),), 0.1, 2022))
    assert "2022 年起没有能判定为新出现或明显增多的话题" in told
    assert "年起新出现或明显增多的话题\n" not in told


@pytest.mark.parametrize("year", ["去年", "1800", "2022.5"])
def test_since_is_a_year(year: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["topics", "--since", year]) == 2
    assert "--since" in capsys.readouterr().err
