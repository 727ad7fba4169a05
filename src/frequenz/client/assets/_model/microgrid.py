"""Microgrids: whose they are, where they are, and whether they are in use."""

import enum
import logging
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from frequenz.client.common.grid import DeliveryArea
from frequenz.client.common.microgrid import EnterpriseId, MicrogridId

_logger = logging.getLogger(__name__)


@enum.unique
class MicrogridStatus(enum.Enum):
    """Whether a microgrid is in use."""

    UNSPECIFIED = 0
    """The server does not say."""

    ACTIVE = 1
    """The microgrid is in use."""

    INACTIVE = 2
    """The microgrid is not in use."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Location:
    """Where a microgrid is."""

    latitude: float | None
    """Degrees north of the equator, -90 to 90; None where it is not known."""

    longitude: float | None
    """Degrees east of Greenwich, -180 to 180; None where it is not known."""

    country_code: str | None
    """The country, ISO 3166-1 alpha-2, such as `DE`."""

    def __str__(self) -> str:
        country = self.country_code or "<NO COUNTRY CODE>"
        if self.latitude is None and self.longitude is None:
            return country
        return f"{country}:({_degrees(self.latitude)}, {_degrees(self.longitude)})"


def _degrees(angle: float | None) -> str:
    return "?" if angle is None else f"{angle:.2f}"


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Microgrid:
    """Generation, storage and loads at one site that are connected and run as one."""

    id: MicrogridId
    """The number of the microgrid, unique on the platform."""

    enterprise_id: EnterpriseId
    """The enterprise account to which the microgrid belongs."""

    name: str | None
    """The name of the microgrid."""

    delivery_area: DeliveryArea | None
    """Where its energy is delivered to; None for an island, or where it is not known."""

    location: Location | None
    """Where the microgrid is; None where it is not known."""

    status: MicrogridStatus | int
    """Whether the microgrid is in use; an integer where this client does not know the status."""

    create_timestamp: datetime | None
    """When the microgrid was created on the platform (UTC); None where the server sends none."""

    @property
    def is_active(self) -> bool:
        """Whether the microgrid is in use.

        An unspecified status counts as active, with a warning in the log once a microgrid.
        """
        if self.status is MicrogridStatus.UNSPECIFIED:
            _warn_of_unspecified_status(str(self))
            return True
        return self.status is MicrogridStatus.ACTIVE

    def __str__(self) -> str:
        return f"{self.id}:{self.name}" if self.name else str(self.id)


@lru_cache(maxsize=4096)
def _warn_of_unspecified_status(microgrid: str) -> None:
    """Warn at the first call for a microgrid; later ones are answered by the cache."""
    _logger.warning("Microgrid %s has an unspecified status; it is taken as active.", microgrid)
