"""Microgrids and their places."""

import re
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar

from frequenz.api.common.v1alpha8.grid import delivery_area_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.types import location_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.grid import DeliveryArea
from frequenz.client.common.microgrid import EnterpriseId
from google.protobuf.timestamp_pb2 import Timestamp

from .._microgrid import Location, Microgrid, MicrogridStatus
from .catalogue import Fault, Rule
from .drafts import draft_of
from .findings import by_number, read_enum
from .flat import describe, flat_type
from .ids import microgrid_ids
from .market import decode_delivery_area, encode_delivery_area
from .numbers import enum_number
from .replies import parsed
from .shared import Shared
from .text import quoted, shown
from .time import decode_timestamp, encode_timestamp

PartT = TypeVar("PartT")

_STATUSES: Final = by_number(MicrogridStatus)
_COUNTRY: Final = re.compile(r"[A-Z]{2}")

_fields: Final = attrgetter(
    "id",
    "enterprise_id",
    "name",
    "status",
    "delivery_area",
    "location",
    "create_timestamp",
)
_draft: Final = draft_of(Microgrid)
_enterprise_ids: Final[Shared[int, EnterpriseId]] = Shared(EnterpriseId)


Read: TypeAlias = tuple[PartT | None, tuple[Fault, ...]]
"""What is made of a part, None where it is unreadable, and what is wrong with it."""


class _Part(NamedTuple, Generic[PartT]):
    """A part that each microgrid should have."""

    field: str
    missing: Fault
    read: Shared[bytes, Read[PartT]]


@cache
def _flat_type() -> Any:
    return flat_type(describe("Microgrid", microgrid_pb2.Microgrid.DESCRIPTOR))


def decode_microgrid(message: microgrid_pb2.Microgrid, found: list[Fault]) -> Microgrid:
    """Return a microgrid as far as it can be read."""
    flat = _flat_type().FromString(message.SerializeToString())
    number, enterprise, name, status, area, location, created = _fields(flat)
    faults: list[Fault] = []
    if not number:
        faults.append(Rule.ID_ZERO.at("id"))
    if not enterprise:
        faults.append(Rule.OWNER_MISSING.at("enterprise_id"))
    microgrid = _draft()
    microgrid.id = microgrid_ids[number]
    microgrid.enterprise_id = _enterprise_ids[enterprise]
    microgrid.name = name or None
    microgrid.delivery_area = _read_part(flat, _AREA, area, faults)
    microgrid.location = _read_part(flat, _LOCATION, location, faults)
    microgrid.create_timestamp = _read_part(flat, _CREATED, created, faults)
    microgrid.status = read_enum(_STATUSES, status, "status", faults)
    microgrid.__class__ = Microgrid
    if faults and not flat.ByteSize():
        # That each of its fields is missing tells less than that all of it is.
        faults = [Rule.MICROGRID_EMPTY.at("id")]
    found += faults
    made: Microgrid = microgrid
    return made


def _read_reply(data: bytes) -> Read[Microgrid]:
    reply = parsed(platformassets_pb2.GetMicrogridResponse, data)
    found: list[Fault] = []
    made = decode_microgrid(reply.microgrid, found) if reply.HasField("microgrid") else None
    return made, tuple(found)


microgrid_replies: Final[Shared[bytes, Read[Microgrid]]] = Shared(_read_reply)
"""The microgrid in a reply, None where it has none, and what is wrong with it.

Who asks for a microgrid again and again mostly gets the same bytes.
"""


def _read_part(message: Any, part: _Part[PartT], wire: bytes, found: list[Fault]) -> PartT | None:
    """Return a part of a flat message, None where it is missing or unreadable."""
    if not wire and not message.HasField(part.field):
        found.append(part.missing)
        return None
    made, faults = part.read[wire]
    found += faults
    return made


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


def _read_area(wire: bytes) -> Read[DeliveryArea]:
    found: list[Fault] = []
    message = delivery_area_pb2.DeliveryArea.FromString(wire)
    return decode_delivery_area(message, "delivery_area", found), tuple(found)


def _read_location(wire: bytes) -> Read[Location]:
    found: list[Fault] = []
    message = location_pb2.Location.FromString(wire)
    country = message.country_code
    if not country:
        found.append(Rule.COUNTRY_MISSING.at("location.country_code"))
    elif not _COUNTRY.fullmatch(country):
        found.append(Rule.COUNTRY_MALFORMED.at("location.country_code", code=quoted(country)))
    made = Location(
        latitude=_decode_angle(
            message.latitude, 90, Rule.LATITUDE_OUT_OF_RANGE, "location.latitude", found
        ),
        longitude=_decode_angle(
            message.longitude, 180, Rule.LONGITUDE_OUT_OF_RANGE, "location.longitude", found
        ),
        country_code=country or None,
    )
    return made, tuple(found)


def _read_created(wire: bytes) -> Read[datetime]:
    found: list[Fault] = []
    message = Timestamp.FromString(wire)
    return decode_timestamp(message, "create_timestamp", found), tuple(found)


def _decode_angle(
    degrees: float, limit: int, rule: Rule, path: str, found: list[Fault]
) -> float | None:
    if -limit <= degrees <= limit:  # false for NaN, too
        return degrees
    found.append(rule.at(path, degrees=shown(degrees)))
    return None


_AREA: Final = _Part(
    "delivery_area", Rule.DELIVERY_AREA_MISSING.at("delivery_area"), Shared(_read_area)
)
_LOCATION: Final = _Part("location", Rule.LOCATION_MISSING.at("location"), Shared(_read_location))
_CREATED: Final = _Part(
    "create_timestamp", Rule.CREATE_TIMESTAMP_MISSING.at("create_timestamp"), Shared(_read_created)
)


def _encode_location(location: Location) -> location_pb2.Location:
    return location_pb2.Location(
        latitude=location.latitude or 0.0,
        longitude=location.longitude or 0.0,
        country_code=location.country_code or "",
    )
