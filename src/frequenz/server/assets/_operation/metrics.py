"""Metrics for Prometheus, on an address of their own."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from threading import Lock
from typing import Final, NamedTuple

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


class Latencies:
    """How much took how long."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self.counts = [0] * (len(_BUCKETS) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        """Count what took some seconds."""
        self.counts[bisect_left(_BUCKETS, seconds)] += 1
        self.sum += seconds

    def merge(self, other: "Latencies") -> None:
        """Add what another process has counted."""
        self.counts = [one + two for one, two in zip(self.counts, other.counts, strict=True)]
        self.sum += other.sum

    def buckets(self) -> list[tuple[str, float]]:
        """Return the number of those up to each bound."""
        bounds = (*map(str, _BUCKETS), "+Inf")
        return [*zip(bounds, accumulate(self.counts), strict=True)]


class Gauge(NamedTuple):
    """A number that goes up and down."""

    name: str
    text: str
    is_shared: bool
    """Whether all processes have the same one, so that it counts once."""

    label: tuple[str, str] | None = None


@dataclass(slots=True)
class Counts:
    """What is counted; a process can send it to another one."""

    calls: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    reply_bytes: Counter[str] = field(default_factory=Counter)
    reloads: Counter[str] = field(default_factory=Counter)
    call_seconds: dict[str, Latencies] = field(default_factory=dict)
    store_seconds: Latencies = field(default_factory=Latencies)
    gauges: dict[Gauge, float] = field(default_factory=dict)

    def merge(self, other: "Counts") -> None:
        """Add what another process has counted, but for its gauges."""
        self.calls.update(other.calls)
        self.refused.update(other.refused)
        self.reply_bytes.update(other.reply_bytes)
        self.reloads.update(other.reloads)
        for method, latencies in other.call_seconds.items():
            self.call_seconds.setdefault(method, Latencies()).merge(latencies)
        self.store_seconds.merge(other.store_seconds)

    def merge_gauges(self, other: "Counts") -> None:
        """Add the gauges of another process."""
        for gauge, value in other.gauges.items():
            present = self.gauges.get(gauge, 0)
            self.gauges[gauge] = max(present, value) if gauge.is_shared else present + value


class Metrics:
    """Counts what happens in this process.

    A call adds to a few numbers, so that counting costs next to nothing. Calls, threads of the
    store and the one who reads the metrics may come at the same time.
    """

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._lock = Lock()
        self._counts = Counts()
        self._gauges: dict[Gauge, Callable[[], float]] = {}

    def __call__(self, record: CallRecord) -> None:
        """Count a call that has ended."""
        counts, method = self._counts, record.method
        with self._lock:
            counts.calls[method, record.status, record.key_id or _NO_KEY] += 1
            counts.reply_bytes[method] += record.reply_bytes
            if record.is_refused:
                counts.refused[record.status] += 1
            latencies = counts.call_seconds.get(method)
            if latencies is None:
                latencies = counts.call_seconds[method] = Latencies()
            latencies.add(record.seconds)

    def count_reload(self, result: str) -> None:
        """Count a reload: `applied` or `failed`."""
        with self._lock:
            self._counts.reloads[result] += 1

    def count_query(self, seconds: float) -> None:
        """Count a query that the store has answered."""
        with self._lock:
            self._counts.store_seconds.add(seconds)

    def add_gauge(
        self,
        name: str,
        text: str,
        value: Callable[[], float],
        *,
        is_shared: bool = False,
        label: tuple[str, str] | None = None,
    ) -> None:
        """Add a number that is read when somebody asks for the metrics.

        Args:
            name: Its name, without the prefix of all metrics.
            text: What it is.
            value: Returns it.
            is_shared: Whether all workers have the same one.
            label: The name and the value of its label.
        """
        with self._lock:
            self._gauges[Gauge(name, text, is_shared, label)] = value

    def counts(self) -> Counts:
        """Return a copy of what is counted now."""
        with self._lock:
            copy = Counts()
            copy.merge(self._counts)
            gauges = self._gauges.copy()
        copy.gauges = {gauge: value() for gauge, value in gauges.items()}
        return copy


def families(counts: Counts) -> Iterator[Metric]:
    """Yield what is counted, in the form of the page."""
    calls = CounterMetricFamily(
        "assets_server_calls", "Calls that have ended.", labels=["method", "status", "key"]
    )
    for labels, count in counts.calls.items():
        calls.add_metric(labels, count)
    yield calls
    seconds = HistogramMetricFamily(
        "assets_server_call_seconds",
        "Time from the start of a call until its reply was sent.",
        labels=["method"],
    )
    for method, latencies in counts.call_seconds.items():
        seconds.add_metric([method], latencies.buckets(), latencies.sum)
    yield seconds
    store = counts.store_seconds
    yield HistogramMetricFamily(
        "assets_server_store_seconds",
        "Time until the store has answered a query.",
        store.buckets(),
        store.sum,
    )
    for name, text, label, counter in (
        ("refused", "Calls that callers may not make.", "status", counts.refused),
        ("reply_bytes", "Size of replies, in bytes.", "method", counts.reply_bytes),
        ("reloads", "Reloads of files and keys.", "result", counts.reloads),
    ):
        family = CounterMetricFamily(f"assets_server_{name}", text, labels=[label])
        for value, count in counter.items():
            family.add_metric([value], count)
        yield family
    yield from _gauge_families(counts.gauges)


def _gauge_families(gauges: dict[Gauge, float]) -> Iterable[Metric]:
    made: dict[str, GaugeMetricFamily] = {}
    for (name, text, _, label), value in gauges.items():
        name_of_label, value_of_label = label or ("", "")
        labels = [name_of_label] if label else []
        family = made.setdefault(
            name, GaugeMetricFamily(f"assets_server_{name}", text, labels=labels)
        )
        family.add_metric([value_of_label] if label else [], value)
    return made.values()


class _Page(Collector):
    def __init__(self, read: Callable[[], Counts]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        return families(self._read())


def serve_metrics(read: Callable[[], Counts], address: Address) -> Callable[[], None]:
    """Serve metrics over HTTP in a thread, and return the function that stops it.

    Args:
        read: Returns what is counted, called by that thread.
        address: Where to listen.

    Raises:
        OSError: If the address cannot be listened on.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Page(read))
    server, thread = start_http_server(address.port, address.host, registry)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
