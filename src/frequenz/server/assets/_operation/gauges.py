"""The gauges of a server."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from .._callers import Callers, Nonces
from .._callers.limits import CallLimits
from .._reading_processes import FindingCounts
from .connections import Connections
from .inventory_size import InventorySize

if TYPE_CHECKING:
    from .metrics import Metrics


def add_call_gauges(metrics: "Metrics", counts: CallLimits, connections: Connections) -> None:
    """Add gauges of the calls and connections at present."""
    metrics.add_gauge("connections", "Connections at present.", lambda: len(connections))
    metrics.add_gauge("calls_now", "Calls at present.", lambda: counts.calls)
    text = "Replies that wait for their readers, in bytes."
    metrics.add_gauge("unread_bytes", text, lambda: counts.unread_bytes)


def add_size_gauges(metrics: "Metrics", size: InventorySize) -> None:
    """Add gauges of the size of the inventory."""
    text = "Microgrids of the inventory."
    metrics.add_gauge("microgrids", text, lambda: size.microgrids, is_shared=True)
    text = "Entities of the inventory, of all kinds."
    metrics.add_gauge("entities", text, lambda: size.entities, is_shared=True)


def add_caller_gauges(metrics: "Metrics", callers: Callers, nonces: Nonces) -> None:
    """Add gauges of keys and nonces."""
    metrics.add_gauge("nonces", "Nonces remembered.", lambda: len(nonces), is_shared=True)
    metrics.add_gauge("keys", "Keys.", lambda: len(callers.keyring), is_shared=True)


def add_finding_gauges(metrics: "Metrics", read: Callable[[], FindingCounts | None]) -> None:
    """Add gauges of the findings of the inventory files that are served."""

    def count(severity: str) -> int:
        return getattr(read(), severity, 0)

    for severity in FindingCounts._fields:
        metrics.add_gauge(
            "findings",
            "Findings of the inventory files that were read last.",
            partial(count, severity),
            label=("severity", severity),
        )
