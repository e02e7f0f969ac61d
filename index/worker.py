"""The process that parses: ``python -m index.worker``.

It says ``{"ready": true}``. Then one request a line on standard input: ``{"path", "known", "passed", "limit",
"archive", "model"}`` (``known``: members of a ZIP that need not be parsed again; ``passed``: those that were answered
for already, by another process; ``limit``: seconds; ``archive``: whose labeller labels; ``model``: the encoder that
makes the vectors here too, or null). Answers on standard output, one line each: :class:`index.transport.Answer`; before
a member of a ZIP is read a line with its name as ``"reading"``; after a file's last answer, be it a ZIP or not, a line
of its own with ``"end": true``. Whatever a library prints goes to standard error. It lives apart from the archive so
that a file that hangs, crashes a library or eats the memory costs that file and nothing else.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from index.embedding import texts_of
from index.encoder import Encoder, load_encoder
from index.labellers import labeller_of
from index.parsing import as_answer, parse_path
from index.transport import Answer, pack, plain_vectors
from nlp.errors import MingjianError

MEMORY_LIMIT = 4 * 1024**3  # bytes of address space, where the system can limit it


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        with suppress(ValueError, OSError):
            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            limit = MEMORY_LIMIT if hard == resource.RLIM_INFINITY else min(MEMORY_LIMIT, hard)
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


@cache
def _encoder(name: str) -> Encoder:
    return load_encoder(name)


def _answers(request: dict[str, Any], say: Callable[[Answer], None]) -> Iterator[Answer]:
    try:
        labeller = labeller_of(Path(request["archive"])) if request.get("archive") else None
    except MingjianError as error:  # the archive's own labeller is damaged: the report is not to blame
        yield Answer("", cause=str(error))
        return
    known, passed = frozenset(request["known"]), frozenset(request["passed"])
    for parsed in parse_path(
        Path(request["path"]), known, request["limit"], labeller, passed, lambda member: say(Answer(reading=member))
    ):
        answer = as_answer(parsed)
        if parsed.report is not None and request.get("model"):
            answer.vectors = plain_vectors(_encoder(request["model"]).encode(texts_of(parsed.report)))
        yield answer


def _serve(requests: TextIO, answers: BinaryIO) -> None:
    def say(answer: Answer) -> None:
        answers.write(pack(answer) + b"\n")
        answers.flush()

    import nlp.parse  # noqa: F401 - so that the first file's time is its own

    say(Answer(ready=True))
    for line in requests:
        request = json.loads(line)
        for answer in _answers(request, say):
            say(answer)
        say(Answer(end=True))  # only here: how many answers a file has shows in its content alone


def main() -> None:
    """Answer until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    _limit_memory()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    requests = os.fdopen(os.dup(sys.stdin.fileno()), encoding="utf-8")
    with suppress(BrokenPipeError):
        _serve(requests, answers)


if __name__ == "__main__":
    main()
