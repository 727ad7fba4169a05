"""Metrics and their bounds: the types of `frequenz.client.common.metrics`, re-exported."""

from frequenz.client.common.metrics import Bounds, Metric

__all__ = [
    "Bounds",
    "Metric",
]
