"""Whether a part told again says what the part said: citations, numbers, quotations, names, claims.

A model may be wrong or be led astray by what stands in a report, so nothing of its answer is taken on trust. What
cannot be checked here, the choice of plain words, is bounded by what can: nothing may be added that counts, quotes,
names or claims.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from index.rewriting.claims import counts, stranger, words
from index.summary.backing import numbers, written
from index.summary.records import FigureSource, Part, Sentence, Source, StatementSource

LONGEST = 1.6  # times the part's own length
QUOTED = re.compile(r"“([^“”]*)”")
OTHERWISE = re.compile(r"「([^「」]*)」|『([^『』]*)』|‘([^‘’]*)’|《([^《》]*)》|〈([^〈〉]*)〉|([\"'`＂＇｀])(.*?)\6")
SIGNS = re.compile("[“”„‟‚‛「」『』‘’《》〈〉〝〞«»\"'`＂＇｀]")
UNSEEN = {"Cc", "Cf", "Zl", "Zp"}  # kinds of characters: controls, joiners of no width, line ends
MARK = re.compile(r"\[(\d{1,6})\]")
END = "。！？"


class Refused(ValueError):
    """What is wrong with an answer, as a Chinese clause."""


def read_answer(answer: str) -> list[Sentence]:
    """The sentences of a model's answer, their citations taken out of the text.

    Raises:
        Refused: it is not of the form that was asked for.
    """
    body = answer[answer.find("{") : answer.rfind("}") + 1]  # some wrap it in a code fence
    try:
        lines = json.loads(body)["sentences"]
    except (ValueError, KeyError, TypeError):
        raise Refused("不是约定的形式") from None
    if not isinstance(lines, list) or not lines or not all(isinstance(line, str) and line.strip() for line in lines):
        raise Refused("不是约定的形式")
    return [_sentence(line.strip()) for line in lines]


def _sentence(line: str) -> Sentence:
    if any(unicodedata.category(ch) in UNSEEN for ch in line):
        raise Refused("有换行或控制字符")
    text, marks, at = "", [], 0
    for found in MARK.finditer(line):
        text += line[at : found.start()]
        marks.append((len(text), int(found.group(1))))
        at = found.end()
    return Sentence(text + line[at:], tuple(marks))


def check(told: Sequence[Sentence], part: Part, sources: Iterable[Source]) -> None:
    """Hold the sentences against the part and its sources.

    Raises:
        Refused: with the first thing that is wrong.
    """
    known = {one.number: one for one in sources}
    before = "".join(sentence.text for sentence in part.sentences)
    cited = {number for sentence in part.sentences for number in sentence.sources}
    _whole(told, before, cited)
    allowed = {found for pattern in words()["claims"].values() for found in re.findall(pattern, before)}
    quotations = [one.text for number in cited if isinstance(one := known[number], StatementSource)]
    names = {_agency(known[number]) for number in cited} - {""}
    spoken = "\n".join((before, *names, *quotations))
    for sentence in told:
        _numbers(sentence, known, part)
        _quotations(sentence, known, part)
        _names(sentence, names, known)
        _counts(sentence, known, part)
        text = _unquoted(sentence.text)
        if found := stranger(text, names, spoken):
            raise Refused(f"“{found}”不是原文和出处里的单位")
        for pattern in words()["claims"].values():
            for found in re.findall(pattern, text):
                if found not in allowed:
                    raise Refused(f"多出原文没有的说法“{found}”")


def _whole(told: Sequence[Sentence], before: str, cited: set[int]) -> None:
    """Every citation is kept, none is made up, and there is about as much text."""
    given = {number for sentence in told for number in sentence.sources}
    if given - cited:
        raise Refused(f"出处编号 {min(given - cited)} 不在这一段里")
    if cited - given:
        raise Refused(f"丢了出处编号 {min(cited - given)}")
    if sum(len(sentence.text) for sentence in told) > LONGEST * len(before):
        raise Refused("比原文长出太多")
    for sentence in told:
        if not sentence.marks:
            raise Refused("有一句没有出处")
        if not sentence.text.endswith(tuple(END)):
            raise Refused("有一句没有写完")


def _numbers(sentence: Sentence, known: Mapping[int, Source], part: Part) -> None:
    """Each number is backed by what is cited right after it, so that two figures cannot change places.

    What no source says ("至少需要3个年度") may stand before the same citations, or at the end, as it did.
    """
    pieces = [piece for one in part.sentences for piece in one.pieces()]
    for text, cited in sentence.pieces():
        backed = {number for one in cited for number in written(known[one])}
        backed |= {number for old, same in pieces if same == cited for number in numbers(old)}
        for number in numbers(text):
            if number not in backed:
                raise Refused(f"数字 {number} 与出处不符")


def _counts(sentence: Sentence, known: Mapping[int, Source], part: Part) -> None:
    """Counts in words are backed as numbers are: by the part's own text, or by what is cited right after them."""
    own = {found for one in part.sentences for found in counts(_unquoted(one.text))}
    for text, cited in sentence.pieces():
        backed = {found for number in cited for found in counts(_said(known[number]))}
        for found in counts(_unquoted(text)):
            if found not in own | backed:
                raise Refused(f"多出原文没有的数目“{found}”")


def _said(source: Source) -> str:
    """What a source says itself: the whole sentence and who wrote it."""
    return f"{source.agency or ''}\n{source.text}" if isinstance(source, StatementSource) else source.definition


def _unquoted(text: str) -> str:
    """The text without what stands in “”."""
    return QUOTED.sub("“”", text)


def _quotations(sentence: Sentence, known: Mapping[int, Source], part: Part) -> None:
    """Each quotation stood before, or stands in a source, and is cited as that; other signs than “” quote too."""
    before = "".join(one.text for one in part.sentences)
    outside = _unquoted(sentence.text)
    for found in OTHERWISE.finditer(outside):
        if found[0] not in before:
            raise Refused(f"引文{found[0][:20]}原文没有")
    old = [piece for one in part.sentences for piece in one.pieces()]
    labels = "".join(one.definition for number in known if isinstance(one := known[number], FigureSource))
    for text, right in sentence.pieces():
        if SIGNS.search(OTHERWISE.sub("", QUOTED.sub("", text))):
            raise Refused("引号不成对")  # or a citation within a quotation, which would cut it in two
        cited = right or sentence.sources
        said = [_said(known[number]) for number in cited if isinstance(known[number], StatementSource)]
        for quoted in QUOTED.findall(text):
            whole = f"“{quoted}”"
            stood = any(whole in piece and {*cited} & {*(same or cited)} for piece, same in old)
            if not stood and not (whole in before and whole in labels) and not any(quoted in one for one in said):
                raise Refused(f"引文“{quoted[:20]}”与原文不符")


def _names(sentence: Sentence, names: set[str], known: Mapping[int, Source]) -> None:
    """Who is named is who is cited: what one agency wrote is not said of another."""
    own = [_agency(known[number]) for number in sentence.sources]
    for name in names:
        if name in sentence.text and not any(name in one for one in own):
            raise Refused(f"“{name}”不是这一句的出处")
    for text, cited in sentence.pieces():
        wrote = {_agency(known[number]) for number in cited}
        named = [name for name in names if name in text]
        if named and "" not in wrote and wrote and not any(name in one for name in named for one in wrote):
            raise Refused(f"“{named[0]}”不是这一处的出处")


def _agency(source: Source) -> str:
    return (source.agency or "") if isinstance(source, StatementSource) else ""
