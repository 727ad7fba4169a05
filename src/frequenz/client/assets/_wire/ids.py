"""Typed ids from their numbers."""

from typing import Final

from frequenz.client.common.microgrid import MicrogridId

from .fast.cache import Shared

microgrid_ids: Final[Shared[int, MicrogridId]] = Shared(MicrogridId)
"""The id of a microgrid: the same object for the many entities that name it."""
