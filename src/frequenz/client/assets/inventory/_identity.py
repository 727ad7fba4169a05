"""What identifies an entity among others of its kind."""

from collections.abc import Callable, Hashable, Mapping
from operator import attrgetter
from typing import Any, Final

from .._wire.entities import MICROGRID, OF_MARKET, OF_SITE


def _relation_key(message: Any) -> Hashable:
    location = message.market_location_ref
    return (
        message.gridpool_id if message.HasField("gridpool_id") else None,
        message.microgrid_id if message.HasField("microgrid_id") else None,
        location.market_area,
        location.market_location_id.id.value,
        location.market_location_id.type,
    )


KEYS: Final[Mapping[str, Callable[[Any], Hashable]]] = {
    entity.inventory_list: attrgetter(*entity.key) if entity.key else _relation_key
    for entity in (MICROGRID, *OF_SITE, *OF_MARKET)
}
"""A list of entities -> what identifies an entity in it."""
