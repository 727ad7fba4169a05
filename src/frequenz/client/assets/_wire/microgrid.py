"""Microgrids and their places."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, Final, TypeAlias, TypeVar

from frequenz.api.common.v1alpha8.grid import delivery_area_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.types import location_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.grid import DeliveryArea
from frequenz.client.common.microgrid import EnterpriseId, MicrogridId
from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

from .._model.microgrid import Location, Microgrid, MicrogridStatus
from ..findings._rules import Fault, Rule
from .area import decode_delivery_area, encode_delivery_area
from .fast.cache import Shared
from .fast.drafts import draft_of
from .fast.encoding import tag_of, values_of
from .fast.flat_messages import describe, flat_type
from .lists.items import by_number, read_enum
from .numbers import enum_number
from .reply import parsed
from .text import quoted, shown
from .time import decode_timestamp, encode_timestamp

PartT = TypeVar("PartT")

_STATUSES: Final = by_number(MicrogridStatus)
_COUNTRY: Final = re.compile(r"[A-Z]{2}")

_FIELDS: Final = {
    "id": 0,
    "enterprise_id": 0,
    "name": b"",
    "delivery_area": None,
    "location": None,
    "status": 0,
    "create_timestamp": None,
}
"""The fields of a microgrid in the order of their numbers; what stands for one that is missing."""

_look_at: Final = attrgetter(*_FIELDS)

_MICROGRID: Final = tuple(
    (tag_of(microgrid_pb2.Microgrid, field), default) for field, default in _FIELDS.items()
)
"""The same, as `values_of` takes it."""

_REPLY: Final = ((tag_of(platformassets_pb2.GetMicrogridResponse, "microgrid"), b""),)
"""The same for the reply that holds a microgrid."""

_new: Final[Callable[[type[Any]], Any]] = object.__new__
_draft: Final = draft_of(Microgrid)
_enterprise_ids: Final[Shared[int, EnterpriseId]] = Shared(EnterpriseId)


Read: TypeAlias = tuple[PartT, tuple[Fault, ...]]
"""What is made of something on the wire, and what is wrong with it."""


@cache
def _flat_type() -> Any:
    return flat_type(describe("Microgrid", microgrid_pb2.Microgrid.DESCRIPTOR))


def decode_microgrid(message: microgrid_pb2.Microgrid, found: list[Fault]) -> Microgrid:
    """Return a microgrid as far as it can be read."""
    flat = _flat_type().FromString(message.SerializeToString())
    number, enterprise, name, area, location, status, created = _look_at(flat)
    microgrid, faults = _decode(
        number,
        enterprise,
        name,
        area if area or flat.HasField("delivery_area") else None,
        location if location or flat.HasField("location") else None,
        status,
        created if created or flat.HasField("create_timestamp") else None,
    )
    if faults and not flat.ByteSize():
        # That each of its fields is missing tells less than that all of it is.
        faults = (Rule.MICROGRID_EMPTY.at("id"),)
    found += faults
    return microgrid


def read_reply(data: bytes) -> platformassets_pb2.GetMicrogridResponse:
    """Return a reply from its bytes.

    Raises:
        DecodeError: If they are none.
    """
    reply: platformassets_pb2.GetMicrogridResponse = parsed(
        platformassets_pb2.GetMicrogridResponse, data
    )
    return reply


def _decode_reply(data: bytes) -> Read[Microgrid | None]:
    # To let protobuf read a single message, and to look at its fields, takes longer than this.
    # It would refuse what is nested a hundred deep, and counts anew in a part: see `columns`.
    held = values_of(data, _REPLY)
    if held and (values := values_of(held[0], _MICROGRID)):
        number, enterprise, name, area, location, status, created = values
        if number and status < 2**31:  # else, all may be empty, and the status of another number
            try:
                return _decode(number, enterprise, name.decode(), area, location, status, created)
            except (DecodeError, UnicodeDecodeError):
                pass  # which is said below in words of the API
    reply = read_reply(data)
    if not reply.HasField("microgrid"):
        return None, ()
    found: list[Fault] = []
    return decode_microgrid(reply.microgrid, found), tuple(found)


microgrid_replies: Final[Shared[bytes, Read[Microgrid | None]]] = Shared(_decode_reply)
"""The microgrid in a reply, None where it has none, and what is wrong with it.

Who asks for a microgrid again and again mostly gets the same bytes.
"""


def _decode(  # noqa: PLR0917 - one for each field of a microgrid
    number: int,
    enterprise: int,
    name: str,
    area: bytes | None,
    location: bytes | None,
    status: int,
    created: bytes | None,
) -> Read[Microgrid]:
    """Return the microgrid of the values of its fields; None stands for a part that it has not."""
    microgrid = _draft()
    microgrid.id = identifier = _new(MicrogridId)
    identifier._id = number
    microgrid.enterprise_id = _enterprise_ids[enterprise]
    microgrid.name = name or None
    microgrid.delivery_area, area_faults = _areas[area]
    microgrid.location, location_faults = _locations[location]
    microgrid.create_timestamp, created_faults = _moments[created]
    microgrid.status, status_faults = _statuses[status]
    microgrid.__class__ = Microgrid
    faults: tuple[Fault, ...] = ()
    if not number:
        faults = (Rule.ID_ZERO.at("id"),)
    if not enterprise:
        faults = (*faults, Rule.OWNER_MISSING.at("enterprise_id"))
    return microgrid, faults + area_faults + location_faults + created_faults + status_faults


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


def _read_area(wire: bytes | None) -> Read[DeliveryArea | None]:
    if wire is None:
        return None, (Rule.DELIVERY_AREA_MISSING.at("delivery_area"),)
    found: list[Fault] = []
    message = delivery_area_pb2.DeliveryArea.FromString(wire)
    return decode_delivery_area(message, "delivery_area", found), tuple(found)


def _read_location(wire: bytes | None) -> Read[Location | None]:
    if wire is None:
        return None, (Rule.LOCATION_MISSING.at("location"),)
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


def _read_created(wire: bytes | None) -> Read[datetime | None]:
    if wire is None:
        return None, (Rule.CREATE_TIMESTAMP_MISSING.at("create_timestamp"),)
    found: list[Fault] = []
    message = Timestamp.FromString(wire)
    return decode_timestamp(message, "create_timestamp", found), tuple(found)


def _read_status(number: int) -> Read[MicrogridStatus | int]:
    found: list[Fault] = []
    return read_enum(_STATUSES, number, "status", found), tuple(found)


def _decode_angle(
    degrees: float, limit: int, rule: Rule, path: str, found: list[Fault]
) -> float | None:
    if -limit <= degrees <= limit:  # false for NaN, too
        return degrees
    found.append(rule.at(path, degrees=shown(degrees)))
    return None


_areas: Final = Shared(_read_area)
_locations: Final = Shared(_read_location)
_moments: Final = Shared(_read_created)
_statuses: Final = Shared(_read_status)


def _encode_location(location: Location) -> location_pb2.Location:
    return location_pb2.Location(
        latitude=location.latitude or 0.0,
        longitude=location.longitude or 0.0,
        country_code=location.country_code or "",
    )
