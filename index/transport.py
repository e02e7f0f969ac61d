"""How a report comes from the process, or the machine, that parsed it: one line of JSON, written and read by msgspec.

Which class stands where is read from the annotations of the records, so nothing but text and numbers crosses, and
nothing that crosses can run. Vectors cross as the bytes of float16, as the store keeps them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from nlp.records import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIRE = "2"  # the form of what crosses; raise it where an older installation could not read it
UNSAVEABLE = "文本含有无法保存的字符，文件可能已损坏"


class Vectors(msgspec.Struct, array_like=True):
    """Vectors (n, ``width``) as the bytes of halves."""

    width: int
    halves: bytes


class Answer(msgspec.Struct, omit_defaults=True):
    """What became of a file or of one member of a ZIP: ``report``, ``cause`` or ``known``, as in
    :class:`index.parsing.Parsed`. ``member`` is None in a line that tells of no file; ``end``: its file ends here;
    ``reading``: the member of a ZIP that is read next.
    """

    member: str | None = None
    report: Report | None = None
    cause: str | None = None
    known: bool = False
    vectors: Vectors | None = None
    end: bool = False
    ready: bool = False
    reading: str | None = None


class Reply(msgspec.Struct, omit_defaults=True):
    """What another machine says of a file: its results, or that it lacks the labeller, or why it would not read it."""

    results: list[Answer] = []
    need: bool = False
    refused: str | None = None


_encoder = msgspec.json.Encoder()
_answers = msgspec.json.Decoder(Answer)
_replies = msgspec.json.Decoder(Reply)


def pack(value: Answer | Reply) -> bytes:
    """One line of JSON, without its end. A report with characters that no file can hold becomes a cause."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        if isinstance(value, Reply):
            return _encoder.encode(Reply([_encodable(one) for one in value.results]))
        return _encoder.encode(_encodable(value))


def unpack(line: bytes) -> Answer:
    """The answer that :func:`pack` wrote; raises msgspec.DecodeError, a ValueError, on anything else."""
    return _answers.decode(line)


def unpack_reply(data: bytes) -> Reply:
    """The reply that :func:`pack` wrote; raises msgspec.DecodeError, a ValueError, on anything else."""
    return _replies.decode(data)


def plain_vectors(vectors: NDArray[np.float32]) -> Vectors:
    """Vectors (n, d), ready to cross."""
    return Vectors(vectors.shape[1], vectors.astype("<f2").tobytes())


def build_vectors(crossed: Vectors) -> NDArray[np.float32]:
    """The vectors that :func:`plain_vectors` took apart, (n, d)."""
    import numpy as np

    return np.frombuffer(crossed.halves, dtype="<f2").reshape(-1, crossed.width).astype(np.float32)


def _encodable(answer: Answer) -> Answer:
    """The answer itself, or, where its text cannot be written, one that says so."""
    try:
        _encoder.encode(answer)
    except UnicodeEncodeError:
        member = None if answer.member is None else answer.member.encode("utf-8", "backslashreplace").decode()
        cause = None if answer.cause is None else answer.cause.encode("utf-8", "backslashreplace").decode()
        return Answer(member, cause=cause or UNSAVEABLE, end=answer.end)
    return answer
