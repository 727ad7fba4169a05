"""The sites of a fleet as GeoJSON, for maps."""

import json
import os
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2

from .._model.microgrid import MicrogridStatus
from .._whole_files import write_text
from .._wire.entities import COMPONENT
from .._wire.enums import encode_enum
from .._wire.float32 import shortest_float32
from .._wire.lists.decode import decode_list
from .._wire.microgrid import decode_microgrid, is_unknown
from ..electrical_component import ElectricalComponent, ElectricalComponentCategory
from ..inventory import Inventory, Site
from ..inventory._codecs import EnumCodec
from ..topology._ratings import rated_power_bounds

_CATEGORIES: Final = EnumCodec(
    "a category",
    electrical_components_pb2.ElectricalComponentCategory,
    ElectricalComponentCategory,
)
_STATUSES: Final = EnumCodec("a status", microgrid_pb2.MicrogridStatus, MicrogridStatus)


def geojson(inventory: Inventory, *, at: datetime | None = None) -> str:
    """Return the sites of a fleet as GeoJSON (RFC 7946).

    Each site is a point with the number of its components, and their rated power in W, by category.
    The rated power of a component is the greater of the absolute bounds of its active power; of its
    DC power if it has no bounds of the other. A site without a valid location has no geometry.

    Args:
        inventory: The fleet.
        at: Count only the components that operate then, instead of all.

    Raises:
        TypeError: If `inventory` is not an Inventory; for a snapshot, pass its `inventory`. If `at`
            is not a datetime.
        ValueError: If `at` has no time zone.
    """
    if not isinstance(inventory, Inventory):
        hint = "; pass its `inventory`" if hasattr(inventory, "inventory") else ""
        raise TypeError(f"inventory: expected an Inventory, got {inventory!r}{hint}")
    if not isinstance(at, datetime | None):
        raise TypeError(f"at: expected a datetime or None, got {at!r}")
    if at is not None and at.tzinfo is None:
        raise ValueError(f"at: expected a time with a time zone, got {at!r}")
    features = [_feature(site, at) for site in inventory.sites]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_geojson(
    inventory: Inventory, path: str | os.PathLike[str], *, at: datetime | None = None
) -> None:
    """Write the sites of a fleet as GeoJSON: see `geojson`.

    The file appears, or replaces an existing one, when it is complete.

    Raises:
        TypeError, ValueError: As `geojson` does.
        OSError: If the file cannot be written, or is a device or a pipe.
    """
    write_text(geojson(inventory, at=at), path)


def _feature(site: Site, at: datetime | None) -> dict[str, Any]:
    microgrid = decode_microgrid(site.microgrid, [])
    location, area = microgrid.location, microgrid.delivery_area
    geometry = None
    longitude, latitude = (location.longitude, location.latitude) if location else (None, None)
    if longitude is not None and latitude is not None and not is_unknown(site.microgrid.location):
        coordinates = [*map(shortest_float32, (longitude, latitude))]
        geometry = {"type": "Point", "coordinates": coordinates}
    components = [
        component
        for component in decode_list(COMPONENT, site.components).items
        if at is None or component.operational_lifetime.is_operational_at(at)
    ]
    number = int(microgrid.id)
    return {
        "type": "Feature",
        "id": number,
        "geometry": geometry,
        "properties": {
            "microgrid_id": number,
            "enterprise_id": int(microgrid.enterprise_id) or None,
            "name": microgrid.name,
            "status": _STATUSES.write(encode_enum(microgrid.status)),
            "country_code": location.country_code if location else None,
            "delivery_area": area.code if area else None,
            "components": dict(sorted(Counter(map(_category, components)).items())),
            "rated_power_w": _rated_powers(components),
        },
    }


def _rated_powers(components: Iterable[ElectricalComponent]) -> dict[str, float]:
    """Return the rated power of some components by category, in W."""
    powers: dict[str, float] = {}
    for component in components:
        power = rated_power(component)
        if power is not None:
            category = _category(component)
            powers[category] = powers.get(category, 0.0) + power
    return dict(sorted(powers.items()))


def rated_power(component: ElectricalComponent) -> float | None:
    """Return the rated power of a component in W, see `geojson`; None if it has none."""
    bounds = rated_power_bounds(component)
    if bounds is None:
        return None
    return max(shortest_float32(abs(it)) for it in (bounds.lower, bounds.upper) if it is not None)


def _category(component: ElectricalComponent) -> str:
    """Return the name of the category, or the number that stands for an unknown one."""
    return str(_CATEGORIES.write(encode_enum(component.category)))
