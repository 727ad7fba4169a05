"""Metrics and their bounds: the very types of `frequenz.client.common.metrics`."""

from frequenz.client.common.metrics import Bounds, Metric

__all__ = [
    "Bounds",
    "Metric",
]
