"""Microgrids and their locations."""

import enum
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from weakref import WeakValueDictionary

from frequenz.client.common.grid import DeliveryArea
from frequenz.client.common.microgrid import EnterpriseId, MicrogridId

from .._html import Row, record
from .._readable_defaults import ReadableDefaults
from .time import EqualByInstants

_logger = logging.getLogger(__name__)


@enum.unique
class MicrogridStatus(enum.Enum):
    """The status of a microgrid."""

    UNSPECIFIED = 0
    """Not specified by the server."""

    ACTIVE = 1
    """The microgrid is in use."""

    INACTIVE = 2
    """The microgrid is not in use."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Location(metaclass=ReadableDefaults):
    """The physical location of a microgrid."""

    latitude: float | None
    """In degrees north, -90 to 90; None if unknown."""

    longitude: float | None
    """In degrees east, -180 to 180; None if unknown."""

    country_code: str | None
    """The country as an ISO 3166-1 alpha-2 code, such as `DE`; None if unknown."""

    def __str__(self) -> str:
        """Return the country and the coordinates."""
        country = self.country_code or "<NO COUNTRY CODE>"
        if self.latitude is None and self.longitude is None:
            return country
        return f"{country}:({_degrees(self.latitude)}, {_degrees(self.longitude)})"


def _degrees(angle: float | None) -> str:
    return "?" if angle is None else f"{angle:.2f}"


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True, eq=False)
class Microgrid(EqualByInstants):
    """A local group of electricity generation, storage and loads that is operated as one."""

    id: MicrogridId
    """The ID of the microgrid, unique on the platform."""

    enterprise_id: EnterpriseId
    """The ID of the enterprise account to which the microgrid belongs."""

    name: str | None
    """The name of the microgrid; None if it has none."""

    delivery_area: DeliveryArea | None
    """The delivery area in which the microgrid is; None if it is an island, or unknown."""

    location: Location | None
    """The physical location; None if unknown."""

    status: MicrogridStatus | int
    """The status; an integer if it is unknown to this client."""

    create_timestamp: datetime | None
    """When the microgrid was created on the platform, in UTC; None if unknown."""

    @property
    def is_active(self) -> bool:
        """Whether the microgrid is in use.

        True if the status is unspecified; a warning is logged once for each object.
        """
        if self.status is MicrogridStatus.UNSPECIFIED:
            _warn_of_unspecified_status(self)
            return True
        return self.status is MicrogridStatus.ACTIVE

    def __str__(self) -> str:
        """Return the ID, and the name if there is one."""
        return f"{self.id}:{self.name}" if self.name else str(self.id)

    def _row(self) -> Row:
        status = self.status
        return {
            "id": int(self.id),
            "name": self.name,
            "enterprise": int(self.enterprise_id),
            "status": status.name.lower() if isinstance(status, MicrogridStatus) else status,
            "delivery area": self.delivery_area,
            "location": self.location,
            "created": self.create_timestamp,
        }

    def _repr_html_(self) -> str:
        return record(self._row())


_warned: Final[WeakValueDictionary[int, Microgrid]] = WeakValueDictionary()
"""By `id()`, the objects whose status was warned of."""


def _warn_of_unspecified_status(microgrid: Microgrid) -> None:
    if _warned.get(id(microgrid)) is not microgrid:
        _warned[id(microgrid)] = microgrid
        _logger.warning(
            "Microgrid %s has an unspecified status; it is treated as active.", microgrid
        )
