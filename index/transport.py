"""Records as plain JSON values and back: how a report comes from the process that parsed it.

A record is the list of its fields' values in order; which class stands where is read from the annotations, so
nothing but text and numbers crosses, and nothing that crosses can run. Vectors cross as the bytes of float16 in base64.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from nlp.records import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Build = Callable[[Any], Any]
LEAVES = frozenset({str, int, float, bool, NoneType})  # most of what a report is made of: asked about first


def plain(report: Report) -> Any:
    """The report as nested lists, ready for ``json.dumps``."""
    return _plain(report)


def build(values: Any) -> Report:
    """The report that :func:`plain` took apart; raises ValueError or TypeError on anything else."""
    report: Report = _builder(Report)(values)
    return report


def plain_vectors(vectors: NDArray[np.float32]) -> list[Any]:
    """Vectors (n, d) as their width and text: halves, as the store keeps them."""
    return [vectors.shape[1], b64encode(vectors.astype("<f2").tobytes()).decode("ascii")]


def build_vectors(values: Any) -> NDArray[np.float32]:
    """The vectors that :func:`plain_vectors` took apart, (n, d)."""
    import numpy as np

    width, text = values
    return np.frombuffer(b64decode(text), dtype="<f2").reshape(-1, width).astype(np.float32)


def _plain(value: Any) -> Any:
    if value.__class__ in LEAVES or isinstance(value, str | int | float | None):
        return value
    if is_dataclass(value):
        record: Any = type(value)
        return [_plain_or_leaf(getattr(value, name)) for name in _names(record)]
    if isinstance(value, tuple | list):
        return [_plain_or_leaf(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    raise TypeError(type(value).__name__)


def _plain_or_leaf(value: Any) -> Any:
    return value if value.__class__ in LEAVES else _plain(value)


@cache
def _names(record: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))


@cache
def _builder(kind: Any) -> Build:
    """A function from the plain form of a value to the value, for one annotation."""
    if is_dataclass(kind):
        make: Any = kind
        hints: dict[str, Any] = get_type_hints(make)
        parts = tuple(_builder(hints[name]) for name in _names(make))
        return lambda values: make(
            *[value if part is _same else part(value) for part, value in zip(parts, values, strict=True)]
        )
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            inner = _builder(arguments[0])
            return tuple if inner is _same else lambda values: tuple([inner(value) for value in values])
        each = tuple(_builder(argument) for argument in arguments)
        return lambda values: tuple(part(value) for part, value in zip(each, values, strict=True))
    if origin in (Union, UnionType):
        records: list[Any] = [argument for argument in arguments if is_dataclass(argument)]
        if records:
            inner = _builder(records[0])
            return lambda value: None if value is None else inner(value)
    return _same


def _same(value: Any) -> Any:
    return value
