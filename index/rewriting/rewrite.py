"""``mingjian summary --rewrite``: each part told again by the model and checked; where that fails it stays."""

from __future__ import annotations

import json
from dataclasses import replace

from index.rewriting.checking import Refused, check, read_answer
from index.rewriting.claims import words
from index.rewriting.endpoint import UNSET, Endpoint, EndpointError, Unreachable, configured
from index.summary.records import Part, Summary

KEPT = ("scope", "caveats")  # what the reader must know is said in our words
TRIES = 2


def rewrite(summary: Summary, endpoint: Endpoint | None = None) -> Summary:
    """The summary with its parts told again; ``notes`` says by which model, which parts were refused and why, and to
    which other machine text was sent.

    Args:
        summary: as composed from figures and sentences.
        endpoint: the model; None: what the environment names.

    Raises:
        EndpointError: none is set up.
        MissingExtra: the client library is not installed.
    """
    endpoint = endpoint or configured()
    if endpoint is None:
        raise EndpointError(UNSET)
    parts, told, notes = [], [], []
    unreachable, sent = "", False
    for part in summary.parts:
        if part.id in KEPT or unreachable:
            parts.append(part)
            continue
        try:
            parts.append(_part(part, summary, endpoint))
            told.append(part.title)
            sent = True
        except EndpointError as error:
            unreachable = str(error)
            sent = sent or not isinstance(error, Unreachable)
            parts.append(part)
        except Refused as error:
            notes.append(f"“{part.title}”一段的改写没有通过核对（{error}），仍用原来的文字。")
            parts.append(part)
            sent = True
    if unreachable:
        notes.append(f"{unreachable}，{'其余各段' if told or notes else '各段'}仍用原来的文字。")
    if told:
        listed = "、".join(f"“{title}”" for title in told)
        notes.insert(0, f"{listed}由大模型（{endpoint.model}）改写文字，数字、引文和出处已逐一核对。")
    if sent and not endpoint.here:
        notes.append(f"改写的文字（含所引的报告原句）发给了 {endpoint.host}，那里不是本机。")
    return replace(summary, parts=tuple(parts), notes=(*summary.notes, *notes))


def _part(part: Part, summary: Summary, endpoint: Endpoint) -> Part:
    """One part told again; a model that erred is told what was wrong, once."""
    material = json.dumps({"sentences": [one.marked() for one in part.sentences]}, ensure_ascii=False)
    wrong = ""
    for attempt in range(TRIES):
        asked = f"{material}\n上一次的回答不合要求：{wrong}。请重写。" if attempt else material
        try:
            sentences = read_answer(endpoint.ask(words()["system"], asked))
            check(sentences, part, summary.sources)
        except Refused as error:
            wrong = str(error)
            continue
        return replace(part, sentences=tuple(sentences))
    raise Refused(wrong)
