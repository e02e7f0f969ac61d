"""The fee for processing information (信息处理费): what a report says was received.

It is charged only beyond a free allowance, so that most reports say that none was; what is left open stays None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from nlp.clauses import mask_titles, stretches
from nlp.records import Figure, Section

_SIX = re.compile(r"(?:[五六七八56]|第[五六七八])[、.．部分]{1,3}\s*其他需要报告")
_SIX_BARE = re.compile(r"(?<![无有何])其他需要报告的?(?:事项|情况)")
_NAMED = re.compile(r"信息(?:公开)?(?:信息)?处理(?:收)?费")
_FEE = re.compile(r"处理(?:收)?费|收费|费用|信息公开[^，。；\n]{0,6}费")
_OTHER_FEE = re.compile(r"诉讼费|事业性收费|涉企收费|经费|律师费|检查费|收费(?:目录|清单|标准|公示)|乱收费|复印费标准")
_AMOUNT = re.compile(r"(?P<num>\d[\d,]*(?:\.\d+)?|零)\s?(?P<scale>万?)\s?元")
_RATE = re.compile(r"(?:每[件页次份]|标准|/)[^，。；\n]{0,8}$")
_ACTUAL = re.compile(r"(?:实际|实收|到账|收取|收到|收缴|缴纳|入库|收费)[^，。；\n]{0,30}$")
_NOT_ACTUAL = re.compile(
    r"(?:减免|免收|免除|退还|应收|应缴|未缴|欠缴|通知[^。；\n]{0,10}金额|总金额)[^，。；\n]{0,12}$"
)
_ZERO = (
    re.compile(
        r"(?:未|没有|从未|均未|未曾|并未|暂未|尚未|未有|无|不存在|不涉及|未予|没)(?:有)?(?:向[^，。；\n]{0,16})?(?:发生|产生|收取|收到|出现|涉及|开展|实施|进行|形成|征收)?"
        r"[^，。；\n]{0,25}(?:处理(?:收)?费|费用|收费)"
    ),
    re.compile(r"(?:处理(?:收)?费|费用|收费)(?:的)?(?:收取)?(?:情况|金额|总额|总金额|数额)?(?:均|都|共)?(?:为|是|：|:)?\s*(?:0|零|无)(?![\d.])"),
    re.compile(r"(?:处理(?:收)?费|费用|收费)[^，。；\n]{0,6}(?:未|没有|均未)(?:收取|发生|产生|收)"),
    re.compile(r"零收费|(?:未|没有|均未|从未)(?:予以?)?(?:向[^，。；\n]{0,12})?收(?:取)?费|全部免费|均免费|免费(?:提供|公开|办理)"),
    re.compile(r"本?(?:年度?|机关|单位|局|厅)[^，。；\n]{0,6}不收取[^，。；\n]{0,20}费"),
)  # fmt: skip
_POLICY = re.compile(r"不得|应当|可以收|规定，|超出|超过")


def _section_six(text: str, sections: Sequence[Section]) -> tuple[int, int] | None:
    """Section six."""
    for section in sections:
        if section.number == 6:
            return section.start, section.end
    found = list(_SIX.finditer(text)) or list(_SIX_BARE.finditer(text))
    return (found[-1].start(), len(text)) if found else None


def _fee_in(sentence: str, offset: int) -> tuple[list[Figure], Figure | None]:
    """Amounts received that a sentence states, and its statement that there were none."""
    amounts = []
    for match in _AMOUNT.finditer(sentence):
        before = sentence[max(0, match.start() - 40) : match.start()]
        if _RATE.search(before) or sentence.startswith(("/", "每"), match.end()):
            continue
        actual = _ACTUAL.search(before)
        if _NOT_ACTUAL.search(before) and not re.search(r"实际|实收|到账", before):
            continue
        if not actual and not _FEE.search(before):
            continue
        digits = "0" if match["num"] == "零" else match["num"].replace(",", "")
        value = float(Decimal(digits) * (10_000 if match["scale"] else 1))
        state = "number" if value else "zero"
        start = offset + match.start()
        amounts.append(Figure("prose.fee_yuan", value, state, match[0], start, offset + match.end(), "元"))
    for pattern in _ZERO:
        for match in pattern.finditer(sentence):
            if not (_OTHER_FEE.search(match[0]) or _POLICY.search(match[0]) or re.search(r"复议|诉讼", match[0])):
                start, end = offset + match.start(), offset + match.end()
                return amounts, Figure("prose.fee_yuan", 0.0, "zero", match[0], start, end, "元")
    return amounts, None


def _fee_within(text: str, low: int, high: int, name: re.Pattern[str]) -> Figure | None:
    """The one amount that a stretch states; None where it states none, or several."""
    amounts: list[Figure] = []
    zeros: list[Figure] = []
    for match in re.finditer(r"[^。！？；\n]+", text[low:high]):
        sentence = match[0]
        if not name.search(sentence) or (_OTHER_FEE.search(sentence) and not _NAMED.search(sentence)):
            continue
        found, zero = _fee_in(sentence, low + match.start())
        amounts += found
        if zero is not None:
            zeros.append(zero)
    actual = [a for a in amounts if re.search(r"实际|实收|到账", text[max(low, a.start - 16) : a.start])] or amounts
    if len({a.value for a in actual}) == 1 and not (zeros and actual[0].value):
        return actual[0]
    return zeros[0] if zeros and not actual else None


def fee_figure(text: str, sections: Sequence[Section]) -> Figure | None:
    """The amount of 信息处理费 received, in 元, with its evidence; None where the report is silent.

    Section six is read first; elsewhere only sentences that name the fee count.
    """
    masked = mask_titles(text)
    stretch = _section_six(masked, sections)
    figure = _fee_within(masked, *stretch, _FEE) if stretch is not None else None
    if figure is not None:
        return figure
    if _NAMED.search(masked):
        for low, high in stretches(masked, sections):
            figure = _fee_within(masked, low, high, _NAMED)
            if figure is not None:
                return figure
    return None


def fee_charged(text: str, sections: Sequence[Section]) -> float | None:
    """The 信息处理费 received in 元: 0 where the report says none, None where it is silent."""
    figure = fee_figure(text, sections)
    return float(figure.value) if figure is not None and figure.value is not None else None
