"""Does what a report's sentences say agree with its tables (TXT-A, TXT-B).

Sentences often count something narrower than the tables: the office's own requests in a whole government's
report, those that came by post, last year's. A difference is a slip only where the sentence speaks of the same
scope; else the verdict is uncertain and says which numbers a person should look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlp.clauses import mask_titles
from nlp.prose import prose_figures
from nlp.records import Check, Figure, Number

_CLAUSE_END = re.compile(r"[，；：,;:]")
_SENTENCE_END = re.compile(r"[。！？；\n]")
# A part of what the table counts, another year: beside the number, or as the way it came in the clause before.
_NARROWER = re.compile(
    r"网上|网络|在线|线上|信函|邮寄|邮政|当面|现场|邮件|邮箱|传真|窗口|渠道|系统|平台|登记|上年|去年|上一年|同期|同比|季度|\d{1,2}月份"
)
_BY_WAY_OF = re.compile(
    r"其中[^。；]*$|(?:通过|经由?|以)[^，。；]*(?:网|信|邮|面|场|传真|窗口|渠道|系统|平台)[^，。；]*[，,][^，。；]*$"
)
_OTHER_ORGAN = re.compile(
    r"代表|政府办|办公室|我办|本办|本级|机关本部|各(?:县|区|市|乡|镇|街道|部门|单位)|直属|下属|所属|县区|乡镇|部门(?:共|分别)|"
    r"(?:^|[，,])(?!我|本|全)[^，。,]{2,14}(?:局|厅|委|办|中心|街道|公司)(?:共|全年|累计)?(?:收到|受理|接收|办理|办结|制发|制定)"
)
_ROUNDED = re.compile(r"\d(?:\.(\d+))?\s?([万亿])")
_FINISHED = re.compile(r"办结|办理完毕")


@dataclass(frozen=True, slots=True)
class _Against:
    """What a figure of the prose is held against: table figures by name, any of which may be meant."""

    where: str
    table: str
    named: tuple[tuple[str, Number | None], ...]


def _number(given: Mapping[str, Any], table: str, row: str, column: str) -> Number | None:
    value: Number | None = ((given.get(table) or {}).get(row) or {}).get(column)
    return value


def _plus(a: Number | None, b: Number | None) -> Number | None:
    return None if a is None or b is None else a + b


def _against(given: Mapping[str, Any], path: str) -> _Against | None:
    """The table figures that a kind of prose figure may mean; None where the table is absent."""
    if path == "prose.normative_documents":
        cells = (given.get("disclosure") or {}).get("normative_document")
        if not cells:
            return None
        key, name = ("issued", "本年制发件数") if "issued" in cells else ("newly_made", "本年新制作数量")
        return _Against("normative_document", "表二“规范性文件”", ((name, cells.get(key)),))
    if not given.get("applications"):
        return None
    new, carried_in, done, left = (
        _number(given, "applications", row, "total")
        for row in ("received_new", "carried_in", "processed_total", "carried_out")
    )
    choices: dict[str, tuple[str, tuple[tuple[str, Number | None], ...]]] = {
        "prose.received": ("received_new", (("新收", new), ("新收与上年结转之和", _plus(new, carried_in)))),
        "prose.answered": ("processed_total", (("（七）总计", done),)),
        "prose.carried_in": ("carried_in", (("上年结转", carried_in),)),
        "prose.carried_out": ("carried_out", (("结转下年度", left),)),
    }
    if path not in choices:
        return None
    where, named = choices[path]
    return _Against(where, "表三", named)


def _sentence(text: str, figure: Figure) -> str:
    """The figure's sentence up to the figure's end."""
    start = max((m.end() for m in _SENTENCE_END.finditer(text, max(0, figure.start - 200), figure.start)), default=0)
    return text[max(start, figure.start - 200) : figure.end]


def _agrees(figure: Figure, value: Number | None) -> bool:
    if value is None or figure.value is None:
        return False
    if figure.approximate:
        return abs(figure.value - value) <= max(figure.value, value) * 0.1
    rounded = _ROUNDED.search(figure.raw)
    if rounded:  # "1.43万件" is as exact as its last digit
        step = (10_000 if rounded[2] == "万" else 100_000_000) / 10 ** len(rounded[1] or "")
        return bool(-step / 2 <= value - figure.value < step)
    return figure.value == value


def _same_scope(figure: Figure, text: str) -> bool:
    """Whether the sentence speaks of all that the table counts."""
    sentence = _sentence(text, figure)
    clause = _CLAUSE_END.split(sentence)[-1]
    if figure.approximate or _NARROWER.search(clause) or _BY_WAY_OF.search(sentence):
        return False
    if _OTHER_ORGAN.search(sentence):
        return False
    return figure.path != "prose.answered" or _FINISHED.search(figure.raw) is not None


def _quote(figure: Figure) -> str:
    return f"“{figure.raw if len(figure.raw) <= 30 else figure.raw[:29] + '…'}”"


def _held(against: _Against, figures: Sequence[Figure], text: str) -> Check:
    """One check for all sentences of a kind: any that agrees will do."""
    for name, value in against.named:
        for figure in figures:
            if _agrees(figure, value):
                message = f"正文{_quote(figure)}与{against.table}“{name}”{value}一致"
                return Check("TXT-A", against.where, "pass", message)
    name, value = against.named[0]
    if value is None:
        return Check(
            "TXT-A",
            against.where,
            "uncertain",
            f"正文{_quote(figures[0])}：{against.table}“{name}”没有可用的数，无法核对",
        )
    for figure in figures:
        if _same_scope(figure, text):
            return Check("TXT-A", against.where, "fail", f"正文{_quote(figure)}与{against.table}“{name}”{value}不符")
    message = f"正文{_quote(figures[0])}与{against.table}“{name}”{value}不同，正文口径可能较窄，请人工核对"
    return Check("TXT-A", against.where, "uncertain", message)


_ALL_DONE = re.compile(
    r"(?=[全均已都办答])(?:"  # what it may begin with; without it every alternative is tried everywhere
    r"(?:全部|均已?|已全部|都已?|均按[时期]|已)(?:[^，。；：\n]{0,14})?(?:办结|办理完毕|答复完毕|处理完毕)|办结率(?:达到?|为)?100%|"
    r"(?:全部|均|都)(?:[^，。；：\n]{0,16})?(?:答复|回复)|答复率(?:达到?|为)?100%)"
)
_STRONG = re.compile(r"办结|办理完毕|答复完毕|处理完毕|全部[^，。；]{0,14}答复")
_OTHER_MATTER = re.compile(r"建议|提案|留言|热线|工单|信访|咨询|来信|信箱|问政|网民|复议|诉讼")
_OPEN = re.compile(r"顺延|结转|转入?下|下一?年度|次年|正在办理|尚在|尚未办结|未到期")
_NONE_OPEN = re.compile(r"(?:无|没有|未)(?:发生)?[^，。；]{0,4}(?:结转|顺延)|结转[^，。；]{0,8}(?:为|：)?\s*0(?!\d)")
_REQUESTS = re.compile(r"申请")


def _all_done(given: Mapping[str, Any], text: str) -> Check | None:
    """TXT-B: "全部办结" in the prose, but requests are carried into the next year."""
    if not given.get("applications"):
        return None
    left = _number(given, "applications", "carried_out", "total")
    for match in _ALL_DONE.finditer(text):
        starts = [m.end() for m in re.finditer(r"[。！？\n]", text[max(0, match.start() - 160) : match.start()])]
        low = max(0, match.start() - 160) + (starts[-1] if starts else 0)
        ends = re.compile(r"[。！？\n]").search(text, match.end())
        sentence = text[low : ends.start() if ends else match.end() + 60]
        before = text[low : match.start()]
        asked = [m.end() for m in _REQUESTS.finditer(before)]
        if not asked or _OTHER_MATTER.search(before[asked[-1] :]):
            continue
        quoted = f"正文“{match[0]}”"
        if left is None:
            return Check("TXT-B", "carried_out", "uncertain", f"{quoted}：表三“结转下年度”没有可用的数，无法核对")
        if left == 0:
            return Check("TXT-B", "carried_out", "pass", f"{quoted}与表三“结转下年度”0一致")
        if _STRONG.search(match[0]) and _NONE_OPEN.search(sentence):
            return Check("TXT-B", "carried_out", "fail", f"{quoted}，但表三“结转下年度”为{left}")
        if _OPEN.search(sentence) and re.search(rf"(?<!\d){left}(?!\d)", sentence):
            return Check("TXT-B", "carried_out", "pass", f"{quoted}，并已说明{left}件转入下年度，与表三一致")
        if _OPEN.search(sentence) or _OTHER_ORGAN.search(sentence) or not _STRONG.search(match[0]):
            message = f"{quoted}，表三“结转下年度”为{left}，正文可能仅指已到期或本机关的申请，请人工核对"
            return Check("TXT-B", "carried_out", "uncertain", message)
        return Check("TXT-B", "carried_out", "fail", f"{quoted}，但表三“结转下年度”为{left}")
    return None


def check_text(given: Mapping[str, Any], text: str, prose: Sequence[Figure] | None = None) -> Iterator[Check]:
    """Hold the prose against the tables.

    Args:
        given: the contract's ``statistics`` object.
        text: the report's normalised text.
        prose: the figures that the prose states; read from ``text`` where not given.
    """
    figures = prose if prose else prose_figures(text, ())
    masked = mask_titles(text)
    by_path: dict[str, list[Figure]] = {}
    for figure in figures:
        by_path.setdefault(figure.path, []).append(figure)
    for path, found in by_path.items():
        against = _against(given, path)
        if against is not None:
            yield _held(against, found, masked)
    done = _all_done(given, masked)
    if done is not None:
        yield done
