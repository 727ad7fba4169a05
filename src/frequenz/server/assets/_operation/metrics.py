"""Metrics for Prometheus, on an address of their own."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from .._settings import Address
from .call_record import CallRecord

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper bounds of latencies, in s."""

_NO_KEY: Final = ""


class _Latencies:
    """How many calls took how long."""

    def __init__(self) -> None:
        self.counts = [0] * (len(_BUCKETS) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(_BUCKETS, seconds)] += 1
        self.sum += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Return the number of calls up to each bound."""
        bounds = (*map(str, _BUCKETS), "+Inf")
        return [*zip(bounds, accumulate(self.counts), strict=True)]


class Metrics(Collector):
    """Counts calls, and is read when somebody asks for the metrics.

    A call adds to a few numbers, so that counting costs next to nothing.
    """

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._calls: Counter[tuple[str, str, str]] = Counter()
        self._refused: Counter[str] = Counter()
        self._reply_bytes: Counter[str] = Counter()
        self._latencies: dict[str, _Latencies] = {}
        self._reloads: Counter[str] = Counter()
        self._gauges: dict[str, tuple[str, Callable[[], float]]] = {}

    def __call__(self, record: CallRecord) -> None:
        """Count a call that has ended."""
        method = record.method
        self._calls[method, record.status, record.key_id or _NO_KEY] += 1
        self._reply_bytes[method] += record.reply_bytes
        if record.reason is not None:
            self._refused[record.status] += 1
        latencies = self._latencies.get(method)
        if latencies is None:
            latencies = self._latencies[method] = _Latencies()
        latencies.add(record.seconds)

    def count_reload(self, result: str) -> None:
        """Count a reload: `applied` or `failed`."""
        self._reloads[result] += 1

    def add_gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Add a number that is read when somebody asks for the metrics."""
        self._gauges[name] = text, value

    def collect(self) -> Iterator[Metric]:
        """Yield everything that is counted."""
        calls = CounterMetricFamily(
            "assets_server_calls", "Calls that have ended.", labels=["method", "status", "key"]
        )
        for labels, count in self._calls.copy().items():
            calls.add_metric(labels, count)
        yield calls
        seconds = HistogramMetricFamily(
            "assets_server_call_seconds",
            "Time from the start of a call until its reply was sent.",
            labels=["method"],
        )
        for method, latencies in self._latencies.copy().items():
            seconds.add_metric([method], latencies.buckets(), latencies.sum)
        yield seconds
        for name, text, label, counter in (
            ("refused", "Calls that callers may not make.", "status", self._refused),
            ("reply_bytes", "Size of replies, in bytes.", "method", self._reply_bytes),
            ("reloads", "Reloads of files.", "result", self._reloads),
        ):
            family = CounterMetricFamily(f"assets_server_{name}", text, labels=[label])
            for value, count in counter.copy().items():
                family.add_metric([value], count)
            yield family
        for name, (text, read) in self._gauges.items():
            yield GaugeMetricFamily(f"assets_server_{name}", text, value=read())


def serve_metrics(metrics: Metrics, address: Address) -> Callable[[], None]:
    """Serve metrics over HTTP in a thread, and return the function that stops it.

    Raises:
        OSError: If the address cannot be listened on.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics)
    server, thread = start_http_server(address.port, address.host, registry)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
