"""Long work in the background: it goes on while people look elsewhere, says how far it is, and can be stopped."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from nlp.errors import MingjianError

State = Literal["running", "done", "stopped", "failed"]
MOST = 50  # finished jobs that are remembered


class Stopped(Exception):
    """The person asked to stop."""


@dataclass
class Job:
    """One piece of work. Written by its own thread, read by any.

    Attributes:
        id: names it in the address.
        title: what is being done, Chinese.
        total: steps; done: steps so far; now: what the last step was about.
        results: what came out so far, in order.
        cause: why it failed.
        after: a further job that followed from it (undoing it).
    """

    title: str
    total: int
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    done: int = 0
    now: str = ""
    results: list[Any] = field(default_factory=list)
    state: State = "running"
    cause: str = ""
    after: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)

    def step(self, result: Any, done: int, total: int, now: str = "") -> None:
        """Note one result.

        Raises:
            Stopped: the person asked to stop; what was done stays done.
        """
        self.results.append(result)
        self.done, self.total, self.now = done, total, now
        if self._stop.is_set() and done < total:
            raise Stopped

    def stop(self) -> None:
        """Ask it to stop after the step that it is at."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    @property
    def running(self) -> bool:
        """Whether its thread is at work."""
        return self.state == "running"

    def wait(self, seconds: float) -> None:
        """Wait until it ended, but not longer than so."""
        self._ended.wait(seconds)


_lock = threading.Lock()
_jobs: dict[str, Job] = {}


def start(job: Job, work: Callable[[Job], None], last: Callable[[], None] = lambda: None) -> Job:
    """Do ``work`` in a thread of its own; ``last`` is done whatever came of it."""

    def run() -> None:
        try:
            work(job)
            end: State = "done"
        except Stopped:
            end = "stopped"
        except MingjianError as error:
            end, job.cause = "failed", str(error)
        except Exception as error:
            end, job.cause = "failed", f"程序出错（{type(error).__name__}），已收入的不受影响"
        finally:
            last()
        job.state = end
        job._ended.set()

    with _lock:
        for old in [key for key, one in _jobs.items() if not one.running][: max(0, len(_jobs) - MOST)]:
            del _jobs[old]
        _jobs[job.id] = job
    threading.Thread(target=run, name=f"mingjian-{job.id}", daemon=True).start()
    return job


def find(job_id: str) -> Job | None:
    """A job by its id; None where there is none (any longer)."""
    with _lock:
        return _jobs.get(job_id)


def running() -> Job | None:
    """What is being done now, by whichever window."""
    with _lock:
        return next((job for job in _jobs.values() if job.running), None)
