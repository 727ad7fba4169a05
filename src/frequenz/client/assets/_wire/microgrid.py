"""Microgrids and their locations."""

from functools import lru_cache
from typing import Any, Final

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.types import location_pb2
from frequenz.client.common.microgrid import EnterpriseId, MicrogridId

from .._model.microgrid import Location, Microgrid, MicrogridStatus
from .._model.unfrozen import unfrozen
from ..findings._rules import Fault, Rule
from .delivery_area import decode_delivery_area, encode_delivery_area
from .enums import decode_enum, encode_enum, members_by_number
from .float32 import float32_text
from .text import quoted
from .time import decode_timestamp, encode_timestamp

_STATUSES: Final = members_by_number(MicrogridStatus)

_UnfrozenMicrogrid: Final = unfrozen(Microgrid)
_UnfrozenLocation: Final = unfrozen(Location)


def decode_microgrid(message: microgrid_pb2.Microgrid, found: list[Fault]) -> Microgrid:
    """Return the microgrid as far as it can be read."""
    before = len(found)
    area = location = created = None
    number, enterprise = message.id, message.enterprise_id
    if not number:
        found.append(Rule.ID_ZERO.at("id"))
    if not enterprise:
        found.append(Rule.OWNER_MISSING.at("enterprise_id"))
    if message.HasField("delivery_area"):
        area = decode_delivery_area(message.delivery_area, "delivery_area", found)
    else:
        found.append(Rule.DELIVERY_AREA_MISSING.at("delivery_area"))
    if message.HasField("location"):
        location = _decode_location(message.location, found)
    else:
        found.append(Rule.LOCATION_MISSING.at("location"))
    if message.HasField("create_timestamp"):
        created = decode_timestamp(message.create_timestamp, "create_timestamp", found)
    else:
        found.append(Rule.CREATE_TIMESTAMP_MISSING.at("create_timestamp"))
    status = decode_enum(_STATUSES, message.status, "status", found)
    if len(found) > before and not message.ByteSize():
        # That each of its fields is missing says less than that all of it is.
        found[before:] = [Rule.MICROGRID_EMPTY.at("id")]
    microgrid: Microgrid = _UnfrozenMicrogrid()
    fields: Any = microgrid
    fields.id = MicrogridId(number)
    fields.enterprise_id = EnterpriseId(enterprise)
    fields.name = message.name or None
    fields.delivery_area = area
    fields.location = location
    fields.status = status
    fields.create_timestamp = created
    fields.__class__ = Microgrid
    return microgrid


def _decode_location(message: location_pb2.Location, found: list[Fault]) -> Location:
    latitude, longitude, country = message.latitude, message.longitude, message.country_code
    location: Any = _UnfrozenLocation()
    location.latitude, location.longitude = latitude, longitude
    location.country_code = country or None
    if fault := _country_fault(country):
        found.append(fault)
    if is_unknown(message):
        found.append(Rule.POSITION_MISSING.at("location"))
    if not -90 <= latitude <= 90:  # true for NaN, too
        degrees = float32_text(latitude)
        found.append(Rule.LATITUDE_OUT_OF_RANGE.at("location.latitude", degrees=degrees))
        location.latitude = None
    if not -180 <= longitude <= 180:
        degrees = float32_text(longitude)
        found.append(Rule.LONGITUDE_OUT_OF_RANGE.at("location.longitude", degrees=degrees))
        location.longitude = None
    location.__class__ = Location
    return location  # type: ignore[no-any-return]


def is_unknown(position: location_pb2.Location) -> bool:
    """Return whether a location has no position: the API has no other way to say so than 0, 0."""
    return not (position.latitude or position.longitude)


@lru_cache(maxsize=256)
def _country_fault(code: str) -> Fault | None:
    """Return what is wrong with a country code, or None."""
    if not code:
        return Rule.COUNTRY_MISSING.at("location.country_code")
    if len(code) == 2 and code.isascii() and code.isalpha() and code.isupper():
        return None
    return Rule.COUNTRY_MALFORMED.at("location.country_code", code=quoted(code))


def encode_microgrid(microgrid: Microgrid) -> microgrid_pb2.Microgrid:
    """Return the message for a microgrid."""
    message = microgrid_pb2.Microgrid(
        id=int(microgrid.id),
        enterprise_id=int(microgrid.enterprise_id),
        name=microgrid.name or "",
        status=encode_enum(microgrid.status),
    )
    if microgrid.delivery_area is not None:
        message.delivery_area.CopyFrom(encode_delivery_area(microgrid.delivery_area))
    if microgrid.location is not None:
        message.location.CopyFrom(_encode_location(microgrid.location))
    if microgrid.create_timestamp is not None:
        message.create_timestamp.CopyFrom(encode_timestamp(microgrid.create_timestamp))
    return message


def _encode_location(location: Location) -> location_pb2.Location:
    return location_pb2.Location(
        latitude=location.latitude or 0.0,
        longitude=location.longitude or 0.0,
        country_code=location.country_code or "",
    )
