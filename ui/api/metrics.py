"""``/metrics`` for Prometheus: requests, how long they take, and how the archive stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.registry import Collector

from nlp.errors import MingjianError
from ui.api.standing import Standing

__all__ = ["CONTENT_TYPE", "Metrics"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"})
GAUGES = {
    "sequence": "改动号，每改一次加一",
    "generation": "索引是第几代",
    "indexed": "索引里的句子数",
    "pending": "还没有进入索引的改动数",
    "reports": "报告数",
    "statements": "问题和措施的句数",
    "passages": "正文段落数",
    "files": "文件数",
    "bytes": "存档占用的字节数",
}


class Metrics:
    """What one server counts; each server has a registry of its own."""

    def __init__(self, standing: Standing) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "mingjian_http_requests", "接口答复的请求数", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "mingjian_http_request_seconds", "答复用时（秒）", ("route",), buckets=SECONDS, registry=self.registry
        )
        self.running = Gauge("mingjian_http_requests_in_progress", "正在处理的请求数", registry=self.registry)
        self.sessions = Gauge("mingjian_page_sessions", "打开着的网页数", registry=self.registry)
        self.registry.register(_Archive(standing))
        ProcessCollector(registry=self.registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; ``route`` is a template, so that addresses of reports do not each become a row."""
        self._requests.labels(method if method in METHODS else "other", route or "other", str(status or "none")).inc()
        self._seconds.labels(route or "other").observe(seconds)

    def text(self) -> bytes:
        """Everything, in the text format."""
        return generate_latest(self.registry)


class _Archive(Collector):
    """Gauges of the archive, taken when they are asked for."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def describe(self) -> list[Metric]:
        """Nothing is asked of the archive when the server starts."""
        return []

    def collect(self) -> Iterator[Metric]:
        """``mingjian_archive_up`` 0 and nothing else where it cannot be read."""
        found: dict[str, Any] | None
        try:
            found = self._standing.now()
        except (MingjianError, OSError):
            found = None
        yield GaugeMetricFamily("mingjian_archive_up", "存档能否读取和检索", value=float(found is not None))
        for name, told in GAUGES.items() if found else ():
            yield GaugeMetricFamily(f"mingjian_archive_{name}", told, value=float((found or {})[name]))
