"""Texts cut beside the process that writes the word indexes: the same as cut here, whatever becomes of the others."""

from __future__ import annotations

import sys
import threading
from itertools import islice
from pathlib import Path

import pytest

from index import cutting
from index.cutting import BATCH, FEW, Cut, cut, cut_all
from index.processes import start
from index.tokens import gram_tokens, word_tokens

TEXTS = [f"公开渠道不多，第{number}个栏目“A\tb\n{number % 7}”更新不及时。" for number in range(FEW + 3 * BATCH + 7)]


def test_a_text_is_its_tokens_and_their_number():
    assert cut("公开渠道窄 v2") == Cut("公开 渠道 公开渠道 窄 v2", "公开 开渠 渠道 道窄 v2", 5, 5)
    for text in TEXTS[:5]:
        made = cut(text)
        assert made.words.split(" ") == word_tokens(text)
        assert made.grams.split(" ") == gram_tokens(text)
        assert (made.word_count, made.gram_count) == (len(word_tokens(text)), len(gram_tokens(text)))


@pytest.mark.parametrize("count", [0, 3, FEW, FEW + 1, FEW + BATCH - 1, FEW + BATCH, len(TEXTS)])
def test_all_are_cut_in_order_however_many(count: int):
    assert list(cut_all(TEXTS[:count])) == [cut(text) for text in TEXTS[:count]]


def test_many_are_cut_elsewhere_and_a_few_here(monkeypatch: pytest.MonkeyPatch):
    started: list[object] = []
    monkeypatch.setattr(cutting, "start", lambda command: started.append(command) or start(command))
    assert len(list(cut_all(TEXTS[: FEW + BATCH - 1]))) == FEW + BATCH - 1
    assert started == []
    with monkeypatch.context() as patched:
        here: list[str] = []
        patched.setattr(cutting, "cut", lambda text: here.append(text) or cut(text))
        assert len(list(cut_all(TEXTS))) == len(TEXTS)
        assert here == TEXTS[:FEW]
    assert started


@pytest.mark.parametrize(
    "program",
    [
        "import sys; sys.exit(1)",  # cannot start
        "print('[]'); import sys; sys.stdin.readline(); sys.stdin.readline(); sys.exit(0)",  # says something else, dies
        "print('a library talks')",
    ],
)
def test_a_process_that_fails_costs_nothing(program: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cutting, "COMMAND", (sys.executable, "-c", program))
    assert list(cut_all(TEXTS)) == [cut(text) for text in TEXTS]


def test_a_program_that_is_not_there_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cutting, "COMMAND", (str(tmp_path / "none"),))
    assert list(cut_all(TEXTS)) == [cut(text) for text in TEXTS]


def test_processes_and_threads_end_with_who_asked(monkeypatch: pytest.MonkeyPatch):
    started = []

    def noted(command: tuple[str, ...]) -> object:
        started.append(start(command))
        return started[-1]

    monkeypatch.setattr(cutting, "start", noted)
    cuts = cut_all(TEXTS * 3)
    assert len(list(islice(cuts, FEW + 1))) == FEW + 1
    cuts.close()  # type: ignore[attr-defined]
    assert started
    assert all(process.poll() is not None for process in started)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("mingjian-cut")]
