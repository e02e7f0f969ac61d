"""Milvus: vectors, filters and BM25 of an archive in one collection, over gRPC; the same for a cluster and for
``milvus-lite server``.

What is known of it and guarded against: it retries an unreachable server for minutes (every call has a time limit);
``LIKE`` knows no escape everywhere (what would need one becomes a wildcard, the caller holds candidates against the
store); BM25 is counted within each segment (the caller scores anew); results of a scalar query come in no order and
16 384 at most (pages go by row).
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np

from index.backends.base import Floats
from index.backends.remote import PAGE, RemoteIndex, Scope, Wanted
from index.filters import PLACE_ENDS, PLACES
from index.records import Filter
from nlp.errors import MingjianError, MissingExtra

SCHEMES = {"milvus+http": "http", "milvus+https": "https"}
TOKEN = "MINGJIAN_MILVUS_TOKEN"  # noqa: S105 - the variable's name: what it holds is never kept in the archive
CONNECT, READ, WRITE, SETTLE = 8.0, 30.0, 120.0, 1_800.0  # seconds
OPTIONS = {
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 1_000,
    # Asked every 10 seconds whether it is there, as pymilvus would, a server ends the connection ("too many pings").
    "grpc.keepalive_time_ms": 600_000,
    "grpc.keepalive_permit_without_calls": 0,
}
UNLOADED = re.compile(r"released|not.{0,9}loaded")  # what is said of a collection after a server's restart
MOST = 16_384  # rows of one answer
BATCH = 1_000  # entities of one request: a few megabytes
REPEAT = 5  # times a word of full weight stands in the query for BM25, which knows no weights
TEXT_BYTES, NAME_BYTES, LABELS = 65_535, 1_000, 256
EQUAL = {"level": "level", "agency_type": "agency_type", "form": "form", "scope": "scope", "report": "report"}
NUMBER = "row"
GRAPH = {"M": 16, "efConstruction": 200}
Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the collections are: ``milvus+http://host:19530/name``."""

    uri: str
    prefix: str

    @staticmethod
    def read(text: str) -> Address:
        """Take an address apart; raises MingjianError where it is none."""
        how = "索引地址应写成 milvus+http://主机:19530/集合名"
        parts = urlsplit(text)
        prefix = parts.path.strip("/")
        try:
            port = parts.port or 19530
        except ValueError:
            raise MingjianError(f"{text}：{how}") from None
        if parts.scheme not in SCHEMES or not parts.hostname or not re.fullmatch(r"[A-Za-z_]\w{0,99}", prefix, re.A):
            raise MingjianError(f"{text}：{how}，集合名用字母、数字和下划线")
        if parts.username or parts.password or parts.query:
            raise MingjianError(f"索引地址里不要写账号口令（会存进档案），请用环境变量 {TOKEN}")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return Address(f"{SCHEMES[parts.scheme]}://{host}:{port}", prefix)


# -- filters --------------------------------------------------------------------------------------------------


def expression(scope: Scope) -> str:
    """A scope in Milvus's language; keeps every row that the scope keeps, and in odd cases more ("" for all)."""
    parts = [part for where in scope.filters for part in _conditions(where)]
    parts += [f"text like {_like(phrase, start='%')}" for phrase in scope.phrases]
    if scope.only is not None:
        parts.append(f"{NUMBER} in {sorted(scope.only)}")
    if scope.without:
        parts.append(f"{NUMBER} not in {sorted(scope.without)}")
    return " and ".join(f"({part})" for part in parts)


def _conditions(where: Filter) -> list[str]:
    out = []
    if where.year:
        out.append(f"year in {sorted(where.year)}")
    for name, field in EQUAL.items():
        values = getattr(where, name)
        if values and _plain(values):
            out.append(f"{field} in {_listed(values)}")
    if where.kind and _plain(where.kind):
        out.append(f"kind in {_listed(where.kind)}")
    for name in PLACES:
        values = getattr(where, name)
        if values:
            out.append(" or ".join(_place(name, value) for value in values))
    if where.agency:
        out.append(" or ".join(f"agency like {_like(value, start='%')}" for value in where.agency))
    out += _excluded(where)
    if where.label and _plain(where.label):
        out.append(f"array_contains_any(labels, {_listed(where.label)})")
    if where.unanswered:
        out.append('kind == "problem" and paired == false')
    return out


def _excluded(where: Filter) -> list[str]:
    """What the fields ``not_*`` ask; what is not known of a report is "" or 0, and kept."""
    out = []
    for name in ("level", "agency_type"):
        values = getattr(where, f"not_{name}")
        if values and _plain(values):
            out.append(f"{name} not in {_listed(values)}")
    if where.not_year:
        out.append(f"year not in {sorted(where.not_year)}")
    for name in PLACES:
        # a pattern with a wildcard in it would leave out too much
        values = [value for value in getattr(where, f"not_{name}") if _plain([value]) and not set(value) & set("%_")]
        if values:
            out.append(f"not ({' or '.join(_place(name, value) for value in values)})")
    return out


def _place(field: str, value: str) -> str:
    full = len(value) > 2 and value.endswith(PLACE_ENDS) and _plain([value])
    return f"{field} == {_quoted(value)}" if full else f"{field} like {_like(value)}"


def _plain(values: Sequence[str]) -> bool:
    """Whether the values can be said without escapes that servers differ in."""
    return all(value.isprintable() and not set(value) & {'"', "\\"} for value in values)


def _quoted(value: str) -> str:
    return f'"{value}"'


def _listed(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, values))}]"


def _like(value: str, start: str = "") -> str:
    """A pattern that the value's every occurrence matches: what has a meaning of its own matches any character."""
    inner = "".join(c if c.isprintable() and c not in '"\\%_' else "_" for c in value)
    return _quoted(f"{start}{inner}%")


def cut_bytes(text: str, most: int) -> str:
    """The beginning of a text that has at most so many bytes of UTF-8."""
    data = text.encode("utf-8")
    return text if len(data) <= most else data[:most].decode("utf-8", "ignore")


# -- the engine -----------------------------------------------------------------------------------------------


class MilvusIndex(RemoteIndex):
    """One collection. Safe from several threads."""

    def __init__(self, address: Address, key: str, number: int) -> None:
        """Connect.

        Args:
            address: where.
            key: tells the archive's collections from another's.
            number: of the collection: every building from nothing makes the next one.

        Raises:
            MissingExtra: pymilvus is not installed. MingjianError: the server is not there.
        """
        try:
            import pymilvus
        except ImportError as error:
            raise MissingExtra("Milvus 索引", "milvus") from error
        for name in ("pymilvus", "grpc"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # every failure is told by ours
        self._m: Any = pymilvus
        self.uri = address.uri
        self._family = f"{address.prefix}_{key}_g"
        self.name = f"{self._family}{number:06d}"
        self._lock = threading.Lock()
        self._made: Any = None
        self._ask(lambda: self._client)

    @property
    def _client(self) -> Any:
        """The connection; made anew after a failure, since one that was lost may not come back by itself."""
        with self._lock:
            if self._made is None:
                token = os.environ.get(TOKEN, "")
                self._made = self._m.MilvusClient(
                    uri=self.uri, token=token, timeout=CONNECT, dedicated=True, grpc_options=OPTIONS
                )
            return self._made

    def _ask(self, what: Callable[[], Given], *, again: bool = True) -> Given:
        """Call the server; whatever goes wrong is one Chinese line."""
        try:
            return what()
        except (self._m.MilvusException, OSError, ValueError, TypeError) as error:
            detail = " ".join(str(getattr(error, "message", "") or error).split())[:200]
        except Exception as error:  # gRPC's own, which are no common class
            if not type(error).__module__.startswith(("grpc", "pymilvus")):
                raise
            detail = " ".join(str(error).split())[:200]
        if again and self._made is not None and UNLOADED.search(detail):
            self._ask(lambda: self._client.load_collection(self.name, timeout=WRITE), again=False)
            return self._ask(what, again=False)
        cause = "连不上，请确认服务已启动" if self._made is None else "没有应答或拒绝了请求"
        self.close()
        raise MingjianError(f"Milvus {self.uri}：{cause}（{detail}）")

    def create(self, dimension: int, *, exact: bool) -> None:
        """See :class:`RemoteIndex`."""
        client = self._ask(lambda: self._client)
        kinds = self._m.DataType
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(NUMBER, kinds.INT64, is_primary=True)
        schema.add_field("seal", kinds.INT64)
        schema.add_field("year", kinds.INT64, is_partition_key=True)
        for name in (*PLACES, *EQUAL.values(), "agency", "kind"):
            schema.add_field(name, kinds.VARCHAR, max_length=NAME_BYTES)
        schema.add_field("labels", kinds.ARRAY, element_type=kinds.VARCHAR, max_capacity=LABELS, max_length=NAME_BYTES)
        schema.add_field("paired", kinds.BOOL)
        schema.add_field(
            "text",
            kinds.VARCHAR,
            max_length=TEXT_BYTES,
            enable_analyzer=True,
            analyzer_params={"tokenizer": "jieba"},
        )
        schema.add_field("dense", kinds.FLOAT_VECTOR, dim=dimension)
        schema.add_field("words", kinds.SPARSE_FLOAT_VECTOR)
        schema.add_field("grams", kinds.SPARSE_FLOAT_VECTOR)
        schema.add_function(self._m.Function("bm25", self._m.FunctionType.BM25, ["text"], ["words"]))
        indexes = client.prepare_index_params()
        graph: dict[str, Any] = {"index_type": "FLAT"} if exact else {"index_type": "HNSW", "params": GRAPH}
        indexes.add_index("dense", metric_type="IP", **graph)
        indexes.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
        indexes.add_index("grams", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")

        def make() -> None:
            if client.has_collection(self.name, timeout=READ):
                client.drop_collection(self.name, timeout=WRITE)
            client.create_collection(self.name, schema=schema, timeout=WRITE)
            # Nothing is there to be indexed yet; given with the collection, each would be waited for half a second.
            client.create_index(self.name, indexes, timeout=WRITE, sync=False)
            client.load_collection(self.name, timeout=WRITE)

        self._ask(make)

    def settle(self) -> None:
        """See :class:`RemoteIndex`."""
        self._ask(lambda: self._client.flush(self.name, timeout=SETTLE))
        self._ask(lambda: self._client.load_collection(self.name, timeout=SETTLE))
        first = self._query("", ["dense", "grams"], limit=1)
        if first:  # the first search waits for indexes that are still being built
            wanted = Wanted(np.array(first[0]["dense"], np.float32), {"公开": 1.0}, dict(first[0]["grams"]))
            self._candidates(wanted, Scope(), 1, SETTLE)

    def exists(self) -> bool:
        """See :class:`RemoteIndex`."""
        return bool(self._ask(lambda: self._client.has_collection(self.name, timeout=READ)))

    def count(self) -> int:
        """See :class:`RemoteIndex`."""
        found = self._query("", ["count(*)"], consistency_level="Strong")
        return int(found[0]["count(*)"])

    def upsert(self, entities: Sequence[Mapping[str, Any]]) -> None:
        """See :class:`RemoteIndex`."""
        for start in range(0, len(entities), BATCH):
            part = [_entity(entity) for entity in entities[start : start + BATCH]]
            self._ask(lambda part=part: self._client.upsert(self.name, part, timeout=WRITE))  # type: ignore[misc]

    def delete(self, rows: Sequence[int]) -> None:
        """See :class:`RemoteIndex`."""
        for start in range(0, len(rows), BATCH):
            part = [int(row) for row in rows[start : start + BATCH]]
            self._ask(lambda part=part: self._client.delete(self.name, ids=part, timeout=WRITE))  # type: ignore[misc]

    def seals(self, low: int, high: int) -> dict[int, int]:
        """See :class:`RemoteIndex`."""
        where = f"{NUMBER} >= {low} and {NUMBER} < {min(high, low + PAGE)}"
        found = self._query(where, [NUMBER, "seal"], limit=MOST, consistency_level="Strong")
        return {int(one[NUMBER]): int(one["seal"]) for one in found}

    def highest(self) -> int:
        """See :class:`RemoteIndex`."""
        low, high = 0, 1
        while self._query(f"{NUMBER} >= {high}", [NUMBER], limit=1, consistency_level="Strong"):
            low, high = high, 2 * high
        return high if low else 1

    def _query(self, where: str, fields: Sequence[str], **more: Any) -> list[dict[str, Any]]:
        return list(
            self._ask(
                lambda: self._client.query(self.name, filter=where, output_fields=[*fields], timeout=READ, **more)
            )
        )

    # -- searching --------------------------------------------------------------------------------------------

    def candidates(self, wanted: Wanted, scope: Scope, depth: int) -> list[int]:
        """See :class:`RemoteIndex`. One hybrid search; its own fusion is not used, only what it brings together."""
        return self._candidates(wanted, scope, depth, READ)

    def _candidates(self, wanted: Wanted, scope: Scope, depth: int, seconds: float) -> list[int]:
        depth = min(depth, MOST)
        where = expression(scope)
        words = " ".join(word for word, weight in wanted.words.items() for _ in range(max(1, round(REPEAT * weight))))
        asked: list[tuple[str, Any, dict[str, Any]]] = [("dense", wanted.vector, _metric("IP", ef=max(64, 2 * depth)))]
        if words:
            asked.append(("words", cut_bytes(words, TEXT_BYTES), _metric("BM25")))
        if wanted.grams:
            asked.append(("grams", dict(wanted.grams), _metric("IP")))
        requests = [
            self._m.AnnSearchRequest([value], field, params, depth, expr=where or None)
            for field, value, params in asked
        ]
        found = self._ask(
            lambda: self._client.hybrid_search(
                self.name,
                requests,
                self._m.RRFRanker(),
                limit=min(MOST, len(requests) * depth),
                output_fields=[NUMBER],
                timeout=seconds,
            )
        )
        return list(dict.fromkeys(int(hit[NUMBER]) for hit in found[0]))

    def some(self, scope: Scope, limit: int) -> list[int]:
        """See :class:`RemoteIndex`."""
        return [int(one[NUMBER]) for one in self._query(expression(scope), [NUMBER], limit=min(limit, MOST))]

    def closest(self, vectors: Floats) -> list[float]:
        """See :class:`RemoteIndex`."""
        found = self._ask(
            lambda: self._client.search(
                self.name,
                [*np.ascontiguousarray(vectors, dtype=np.float32)],
                anns_field="dense",
                limit=1,
                search_params=_metric("IP"),
                output_fields=[NUMBER],
                timeout=READ,
            )
        )
        return [float(hits[0]["distance"]) for hits in found if hits]

    # -- the archive's collections ----------------------------------------------------------------------------

    def others(self) -> list[str]:
        """See :class:`RemoteIndex`."""
        names = self._ask(lambda: self._client.list_collections(timeout=READ))
        return sorted(
            name
            for name in names
            if name.startswith(self._family) and name[len(self._family) :].isdigit() and name != self.name
        )

    def drop(self, name: str) -> None:
        """See :class:`RemoteIndex`."""
        if not name.startswith(self._family):
            raise ValueError(name)
        self._ask(lambda: self._client.drop_collection(name, timeout=WRITE))

    def close(self) -> None:
        """See :class:`RemoteIndex`."""
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            with suppress(Exception):  # it may be broken already
                made.close()


def _metric(name: str, **params: int) -> dict[str, Any]:
    return {"metric_type": name, "params": params}


def _entity(entity: Mapping[str, Any]) -> dict[str, Any]:
    """An entity within the bounds of the collection's fields; what is not known is empty, a year 0."""
    out = dict(entity)
    for name in (*PLACES, *EQUAL.values(), "agency", "kind"):
        out[name] = cut_bytes(out[name] or "", NAME_BYTES)
    out["year"] = out["year"] or 0
    out["labels"] = list(out["labels"])[:LABELS]
    out["text"] = cut_bytes(out["text"], TEXT_BYTES)
    out["paired"] = bool(out["paired"])
    out["grams"] = dict(out["grams"]) or {0: 1e-6}  # an empty sparse vector is refused
    return out
