"""The metrics, imported when they are first used: few servers need them, and their package."""

from typing import TYPE_CHECKING

from frequenz.client.assets._lazy import lazy_module

if TYPE_CHECKING:
    from . import metrics
else:
    metrics = lazy_module(".metrics", __package__)

__all__ = ["metrics"]
