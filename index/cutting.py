"""Texts cut for the word indexes: a few here, many by processes beside this one, which is left to write them.

``python -m index.cutting`` is such a process: a line of JSON with texts on its standard input, a line with what they
are cut into on its standard output.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import islice

import msgspec

from index.processes import Process, end, start
from index.tokens import gram_tokens, word_tokens

COMMAND = (sys.executable, "-m", "index.cutting")
BATCH = 500  # texts that go to a process at a time
FEW = 4_000  # texts that are cut before a process, which takes half a second to start, would have begun
MOST = 4  # processes


class Cut(msgspec.Struct, array_like=True, frozen=True):
    """A text as the word indexes keep it: tokens parted by blanks, and how many."""

    words: str
    grams: str
    word_count: int
    gram_count: int


_encoder = msgspec.json.Encoder()
_texts = msgspec.json.Decoder(list[str])
_cuts = msgspec.json.Decoder(list[Cut])


def cut(text: str) -> Cut:
    """One text, cut."""
    words, grams = word_tokens(text), gram_tokens(text)
    return Cut(" ".join(words), " ".join(grams), len(words), len(grams))


def cut_all(texts: Iterable[str]) -> Iterator[Cut]:
    """Each text, cut, in order; from :data:`FEW` on by processes, which end with the iterator."""
    waiting = iter(texts)
    yield from map(cut, islice(waiting, FEW))
    first = list(islice(waiting, BATCH))
    if len(first) < BATCH:
        yield from map(cut, first)
        return
    cutters = _Cutters(min(MOST, os.cpu_count() or 1))
    try:
        yield from cutters.run(first, waiting)
    finally:
        cutters.close()


class _Cutters:
    """Processes that cut, and a thread for each that waits for it."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="mingjian-cut")
        self._idle: queue.SimpleQueue[Process | None] = queue.SimpleQueue()
        self._all: list[Process] = []
        self._lock = threading.Lock()
        self._closed = False
        self._ahead = 2 * count
        for _ in range(count):
            self._idle.put(None)

    def run(self, first: list[str], waiting: Iterator[str]) -> Iterator[Cut]:
        """The cuts of the first texts and of the rest, in order."""
        under_way: deque[Future[list[Cut]]] = deque([self._pool.submit(self._cut, first)])
        while under_way:
            while len(under_way) < self._ahead and (batch := list(islice(waiting, BATCH))):
                under_way.append(self._pool.submit(self._cut, batch))
            yield from under_way.popleft().result()

    def close(self) -> None:
        """Kill the processes."""
        with self._lock:
            self._closed = True
            for process in self._all:
                end(process)
        self._pool.shutdown(cancel_futures=True)

    def _cut(self, batch: list[str]) -> list[Cut]:
        """In a thread: a batch by a process, or here where there is none or it fails."""
        process = self._idle.get()
        try:
            process = process or self._started()
            return _asked(process, batch)
        except (OSError, ValueError):
            return [cut(text) for text in batch]
        finally:
            self._idle.put(process)

    def _started(self) -> Process:
        with self._lock:
            if self._closed:
                raise OSError("closed")
            process = start(COMMAND)
            self._all.append(process)
            return process


def _asked(process: Process, batch: list[str]) -> list[Cut]:
    """What a process cuts a batch into; raises OSError or ValueError where it is gone or says something else."""
    if process.stdin is None or process.stdout is None:
        raise OSError("no pipes")
    process.stdin.write(_encoder.encode(batch) + b"\n")
    process.stdin.flush()
    cuts = _cuts.decode(process.stdout.readline())
    if len(cuts) != len(batch):
        raise ValueError("cuts")
    return cuts


def main() -> None:
    """Answer until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(BrokenPipeError):
        for line in sys.stdin.buffer:
            answers.write(_encoder.encode([cut(text) for text in _texts.decode(line)]) + b"\n")
            answers.flush()


if __name__ == "__main__":
    main()
