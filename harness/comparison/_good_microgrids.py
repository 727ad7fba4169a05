"""Good microgrids: every status, with every kind of delivery area and location."""

import itertools
from collections.abc import Iterator
from random import Random
from typing import Final

from frequenz.api.common.v1alpha8.grid import delivery_area_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.types import location_pb2

from . import _values
from ._values import UNKNOWN

_STATUSES: Final = (*microgrid_pb2.MicrogridStatus.values(), UNKNOWN)
_CODE_TYPES: Final = (None, *delivery_area_pb2.EnergyMarketCodeType.values(), UNKNOWN)
_CODES: Final = ("10YDE-EON------1", "10Y1001A1001A83F", "PJM", "ERCO", "", "ü")
_COUNTRIES: Final = ("DE", "US", "FR", "NL", "JP")
_LOCATIONS: Final = ("none", "any", "edge", "zero", "no country")


def microgrids(rng: Random, count: int) -> Iterator[microgrid_pb2.Microgrid]:
    """Yield microgrids: each combination in turn, with random values in the other fields."""
    combinations = itertools.cycle(itertools.product(_STATUSES, _CODE_TYPES, _LOCATIONS))
    numbers = _values.ids(rng, count)
    for number, (status, code_type, kind) in zip(numbers, combinations, strict=False):
        message = microgrid_pb2.Microgrid(
            id=number,
            enterprise_id=rng.choice((1, 7, 2**63, 2**64 - 1, rng.randrange(1, 10**6))),
            name=_values.name(rng),
            status=_values.enum_value(status),
            create_timestamp=_values.timestamp(_values.time(rng)),
        )
        if code_type is not None:
            message.delivery_area.code = rng.choice(_CODES)
            message.delivery_area.code_type = _values.enum_value(code_type)
        if kind != "none":
            message.location.CopyFrom(_location(rng, kind))
        yield message


def _location(rng: Random, kind: str) -> location_pb2.Location:
    latitude, longitude = rng.uniform(-90, 90), rng.uniform(-180, 180)
    if kind == "edge":
        latitude, longitude = rng.choice((-90.0, 90.0)), rng.choice((-180.0, 180.0))
    if kind == "zero":
        latitude, longitude = rng.choice(((latitude, 0.0), (0.0, longitude)))
    country = "" if kind == "no country" else rng.choice(_COUNTRIES)
    return location_pb2.Location(latitude=latitude, longitude=longitude, country_code=country)
