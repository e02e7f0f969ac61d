"""How a model of sentence-transformers is run on this machine: device, backend, longest text, batch.

Environment variables say so, as they belong to the machine and not to the archive. None of them changes what a vector
means but the longest text, which is therefore part of who the model is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal, get_args

from nlp.errors import MingjianError

Backend = Literal["torch", "onnx", "openvino"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)
DEVICE, BACKEND, LONGEST, BATCH = (f"MINGJIAN_MODEL_{name}" for name in ("DEVICE", "BACKEND", "MAX_LENGTH", "BATCH"))


@dataclass(frozen=True, slots=True)
class Running:
    """What was asked for.

    Attributes:
        device: as torch names it (cpu, cuda:0, mps); None: what sentence-transformers chooses.
        backend: one of :data:`BACKENDS`.
        longest: tokens of a text that are read; None: as many as the model says.
        batch: texts that go through the model at a time; None: as many as the caller says.
    """

    device: str | None = None
    backend: Backend = BACKENDS[0]
    longest: int | None = None
    batch: int | None = None


def running() -> Running:
    """What the environment asks for.

    Raises:
        MingjianError: a number that is none, a backend that there is not.
    """
    given = os.environ.get(BACKEND) or BACKENDS[0]
    backend = next((one for one in BACKENDS if one == given), None)
    if backend is None:
        raise MingjianError(f"环境变量 {BACKEND} 不能是“{given}”，可用：{'、'.join(BACKENDS)}")
    return Running(os.environ.get(DEVICE) or None, backend, _positive(LONGEST), _positive(BATCH))


def _positive(name: str) -> int | None:
    given = os.environ.get(name, "").strip()
    if not given:
        return None
    if not given.isdecimal() or not int(given):
        raise MingjianError(f"环境变量 {name} 应当是正整数，不能是“{given}”")
    return int(given)
