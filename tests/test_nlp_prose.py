"""Figures that sentences state, and the fee for processing information."""

from __future__ import annotations

import pytest

from nlp.prose import fee_charged, prose_figures
from nlp.records import Section


def stated(text):
    """Path → (value, approximate) of the figures of a text, several values of a path as a list."""
    out = {}
    for figure in prose_figures(text, ()):
        assert text[figure.start : figure.end] == figure.raw
        out.setdefault(figure.path.removeprefix("prose."), []).append((figure.value, figure.approximate))
    return {path: values[0] if len(values) == 1 else values for path, values in out.items()}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("全年共收到政府信息公开申请12件，均已办结。", 12),
        ("2023年，我局受理依申请公开事项7件。", 7),
        ("我厅收到4份以信函形式提出的信息公开申请。", 4),
        ("本年度共接收公民、法人和其他组织提交的政府信息公开申请1,024件。", 1024),
        ("全年新收政府信息公开申请两件。", 2),
        ("共收到信息公开申请十二件。", 12),
        ("政府信息公开申请共收到36件。", 36),
        ("本年度我局未收到依申请公开申请。", 0),
        ("2022年没有收到政府信息公开申请。", 0),
        ("全年无政府信息公开申请。", 0),
        ("截至年底未收到过公民、法人提出的政府信息公开申请。", 0),
        ("新收46件申请中多数在十个工作日内答复。", 46),
        ("依申请公开方面，申请以历史资料为主，全年新收280件。", 280),
        ("申请主要涉及房屋征收，全年收到143件。", 143),
        ("2022年新收申请数量为零。", 0),
    ],
)
def test_requests_received(text, value):
    assert stated(text)["received"] == (value, False)


@pytest.mark.parametrize(
    "text",
    [
        "全年收到行政复议申请3件。",
        "收到人大建议、政协提案12件。",
        "受理行政许可申请56件。",
        "依申请公开渠道畅通。网站发布信息12条。",
        "收到群众来信12件，回复留言30条。",
        "制定《收到申请3件如何办理》的指引。",
        "收到政府信息公开申请后，5个工作日内转办。",
        "收到政府信息公开申请2 0件。",
    ],
)
def test_what_is_no_count_of_requests(text):
    assert "received" not in stated(text)


def test_a_figure_is_bound_to_its_clause():
    found = stated("我局依法办理政府信息公开申请。全年举办活动15件次。收到申请3件，答复2件，另有1件结转至下年度。")
    assert found["received"] == (3, False)
    assert found["answered"] == (2, False)
    assert found["carried_out"] == (1, False)


def test_what_became_of_requests():
    found = stated("全市共受理政府信息公开申请320件，答复305件（含上年度结转申请6件，另有21件顺延到下年度答复）。")
    assert found == {
        "received": (320, False),
        "answered": (305, False),
        "carried_in": (6, False),
        "carried_out": (21, False),
    }


@pytest.mark.parametrize(
    ("text", "path", "value", "approximate"),
    [
        ("门户网站公开各类信息1.2万余条。", "published_items.website", 12000, True),
        ("通过门户网站主动公开政府信息195条。", "published_items.website", 195, False),
        ("微信公众号推送图文消息近300篇。", "published_items.wechat", 300, True),
        ("政务微博发布信息4000多条。", "published_items.weibo", 4000, True),
        ("抖音发布短视频48条。", "published_items.video", 48, False),
        ("全年主动公开信息约500条。", "published_items", 500, True),
        ("公众号粉丝量突破400万。", "followers", 4_000_000, True),
        ("公众号关注人数达3.7万人。", "followers", 37000, False),
        ("网站访问量达86万余次。", "visits", 860_000, True),
        ("阅读量超过150万。", "visits", 1_500_000, True),
        ("制发行政规范性文件3件。", "normative_documents", 3, False),
        ("全年制定出台5件规范性文件。", "normative_documents", 5, False),
    ],
)
def test_documents_items_and_followers(text, path, value, approximate):
    assert stated(text) == {path: (value, approximate)}


@pytest.mark.parametrize(
    "text",
    [
        "废止规范性文件3件。",
        "公开人大建议办理结果29件。",
        "依据第二十条的规定公开政府信息。",
        "2023年，主动公开政府信息工作有序推进。",
        "把信息公开作为一项重要任务。",
    ],
)
def test_what_is_no_figure(text):
    assert stated(text) == {}


SIX = "六、其他需要报告的事项\n"


@pytest.mark.parametrize(
    ("text", "fee"),
    [
        ("本年度未收取信息处理费。", 0),
        ("2022年，我局没有收取任何政府信息公开信息处理费。", 0),
        ("未向申请人收取政府信息公开信息处理费。", 0),
        ("全年未产生信息处理费。", 0),
        ("本年度收取信息处理费0元。", 0),
        ("信息处理费收取情况：无。", 0),
        ("收取信息处理费的总金额为0。", 0),
        ("发出收费通知0件，总金额0元，实际收取的总金额0元。", 0),
        ("本机关未收到申请，因此未产生任何有关信息处理的费用。", 0),
        ("依申请公开全部免费提供，无收费情况。", 0),
        ("全年收取政府信息公开信息处理费3940元。", 3940),
        ("共发出收费通知3件，总金额400元，实际收取380元。", 380),
        ("发出信息处理费收费通知2件，总金额1200元，实际收取的总金额0元。", 0),
        ("全年收取信息处理费1.2万元。", 12000),
        ("严格落实《政府信息公开信息处理费管理办法》，全年收取信息处理费400元。", 400),
        ("无。", None),
        ("我局暂无其他需要报告的事项。", None),
        ("严格落实《政府信息公开信息处理费管理办法》。", None),
        ("行政事业性收费739万元。", None),
        ("全年未产生政府信息公开诉讼费用。", None),
        ("按照每件100元的标准收取信息处理费。", None),
        ("全年收取信息处理费200元，未收取信息处理费。", None),
    ],
)
def test_the_fee_that_section_six_states(text, fee):
    assert fee_charged(SIX + text, ()) == fee


def test_the_fee_elsewhere_counts_only_by_its_name():
    assert fee_charged("一、总体情况\n全年未收取信息处理费。\n" + SIX + "无。", ()) == 0
    assert fee_charged("五、收费及减免情况\n我厅未收取任何费用。", ()) is None
    assert fee_charged("一、总体情况\n全年未收取任何费用。\n" + SIX + "无。", ()) is None


def test_sections_say_where_to_read():
    text = "总体情况：收到申请3件。\n问题：收到申请9件办理慢。\n其他：未收取信息处理费。"
    starts = [0, text.index("问题"), text.index("其他")]
    ends = [*starts[1:], len(text)]
    kinds = [(1, "overview"), (5, "issues"), (6, "other")]
    sections = [
        Section(number, kind, "", text[low:high], low, high)
        for (number, kind), low, high in zip(kinds, starts, ends, strict=True)
    ]
    assert [figure.value for figure in prose_figures(text, sections)] == [3, 0.0]
    assert fee_charged(text, sections) == 0
