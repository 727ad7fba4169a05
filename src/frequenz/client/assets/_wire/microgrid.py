"""Microgrids and their places."""

import re
from typing import Final

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.types import location_pb2
from frequenz.client.common.microgrid import EnterpriseId

from .._microgrid import Location, Microgrid, MicrogridStatus
from .findings import Finding, by_number, major, minor, read_enum
from .ids import microgrid_id
from .market import decode_delivery_area, encode_delivery_area
from .numbers import enum_number
from .time import decode_timestamp, encode_timestamp

_STATUSES: Final = by_number(MicrogridStatus)
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


def decode_microgrid(message: microgrid_pb2.Microgrid, found: list[Finding]) -> Microgrid:
    """Return the microgrid as far as it can be read."""
    delivery_area = location = created = None
    if message.HasField("delivery_area"):
        delivery_area = decode_delivery_area(message.delivery_area, "delivery_area", found)
    else:
        found.append(minor("delivery_area", "missing"))
    if message.HasField("location"):
        location = _decode_location(message.location, found)
    else:
        found.append(minor("location", "missing"))
    if message.HasField("create_timestamp"):
        created = decode_timestamp(message.create_timestamp, "create_timestamp", found)
    else:
        found.append(minor("create_timestamp", "missing"))
    return Microgrid(
        id=microgrid_id(message.id),
        enterprise_id=EnterpriseId(message.enterprise_id),
        name=message.name or None,
        delivery_area=delivery_area,
        location=location,
        status=read_enum(_STATUSES, message.status, "status", found),
        create_timestamp=created,
    )


def encode_microgrid(microgrid: Microgrid) -> microgrid_pb2.Microgrid:
    """Return the message for a microgrid."""
    message = microgrid_pb2.Microgrid(
        id=int(microgrid.id),
        enterprise_id=int(microgrid.enterprise_id),
        name=microgrid.name or "",
        status=enum_number(microgrid.status),
    )
    if microgrid.delivery_area is not None:
        message.delivery_area.CopyFrom(encode_delivery_area(microgrid.delivery_area))
    if microgrid.location is not None:
        message.location.CopyFrom(_encode_location(microgrid.location))
    if microgrid.create_timestamp is not None:
        message.create_timestamp.CopyFrom(encode_timestamp(microgrid.create_timestamp))
    return message


def _decode_location(message: location_pb2.Location, found: list[Finding]) -> Location:
    country = message.country_code
    if not country:
        found.append(minor("location.country_code", "missing"))
    elif not _COUNTRY.fullmatch(country):
        found.append(
            major(
                "location.country_code",
                f"{country!r} is not a country code of two capital letters (ISO 3166-1 alpha-2)",
            )
        )
    return Location(
        latitude=_decode_angle(message.latitude, 90, "location.latitude", found),
        longitude=_decode_angle(message.longitude, 180, "location.longitude", found),
        country_code=country or None,
    )


def _decode_angle(degrees: float, limit: int, path: str, found: list[Finding]) -> float | None:
    if -limit <= degrees <= limit:  # false for NaN, too
        return degrees
    found.append(major(path, f"{degrees:g} is not within -{limit} and {limit} degrees; left out"))
    return None


def _encode_location(location: Location) -> location_pb2.Location:
    return location_pb2.Location(
        latitude=location.latitude or 0.0,
        longitude=location.longitude or 0.0,
        country_code=location.country_code or "",
    )
