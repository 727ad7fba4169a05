"""The values of the model as text."""

import re
from datetime import UTC, datetime, time
from enum import Enum
from functools import cache
from typing import Final

from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType

from .... import BalancingGroup, Interval, Lifetime, Location
from ....electrical_component import ElectricalComponent
from ..market_areas import market_area_name


def enum_text(value: Enum | int) -> str:
    """Return the name of an enum member, or the number of an unknown one."""
    return value.name.lower().replace("_", " ") if isinstance(value, Enum) else f"no. {value}"


def market_area_text(number: int) -> str:
    """Return the name of a market area, or the number of an unknown one."""
    name = market_area_name(number)
    return name.lower() if isinstance(name, str) else f"no. {name}"


def code_text(coded: DeliveryArea | BalancingGroup | None) -> str:
    """Return the code of an area or group, with its type unless that is EIC."""
    if coded is None:
        return ""
    code = coded.code or "no code"
    if coded.code_type is EnergyMarketCodeType.EUROPE_EIC:
        return code
    return f"{code} ({enum_text(coded.code_type)})"


def location_text(location: Location) -> str:
    """Return the country and the coordinates of a location."""
    country = location.country_code or "unknown country"
    if location.latitude is None and location.longitude is None:
        return country
    latitude = _degrees(location.latitude, "N", "S")
    return f"{country}, {latitude}, {_degrees(location.longitude, 'E', 'W')}"


def _degrees(angle: float | None, positive: str, negative: str) -> str:
    if angle is None:
        return "?"
    return f"{abs(angle):.6g}° {negative if angle < 0 else positive}"


def time_text(moment: datetime) -> str:
    """Return a time in UTC, to the second; at midnight, only the date, see `midnight_text`."""
    if date := midnight_text(moment):
        return date
    utc = moment.astimezone(UTC)
    seconds = ":%S" if utc.second or utc.microsecond else ""
    return f"{utc:%Y-%m-%d %H:%M{seconds} UTC}"


def date_text(moment: datetime) -> str:
    """Return the date of a time in UTC, or in local time if it is midnight there."""
    return midnight_text(moment) or f"{moment.astimezone(UTC):%Y-%m-%d}"


def midnight_text(moment: datetime) -> str | None:
    """Return the date of midnight, in UTC or else in local time with its time zone.

    In UTC, the first of January in Berlin would be 23:00 on the day before. The environment
    variable TZ sets the local time zone. None at other times than midnight.
    """
    utc = moment.astimezone(UTC)
    if utc.time() == time():
        return f"{utc:%Y-%m-%d}"
    local = moment.astimezone()
    return f"{local:%Y-%m-%d %Z}" if local.time() == time() else None


def period_text(period: Lifetime | Interval | None) -> str:
    """Return a period of time; nothing if it is unlimited."""
    start = time_text(period.start) if period and period.start else ""
    end = time_text(period.end) if period and period.end else ""
    if start and end:
        return f"{start} to {end}"
    return f"since {start}" if start else f"until {end}" if end else ""


_SPELLINGS: Final = {
    "ac": "AC",
    "chp": "CHP",
    "dc": "DC",
    "ev": "EV",
    "hvac": "HVAC",
    "li ion": "Li-ion",
    "na ion": "Na-ion",
    "plc": "PLC",
}
"""How parts of class names are spelled."""

_NAME_PARTS: Final = re.compile("[A-Z][a-z]*")
_SPELLED: Final = re.compile(rf"\b({'|'.join(_SPELLINGS)})\b")


def kind_text(component: ElectricalComponent) -> str:
    """Return the kind of a component, with the number of an unknown category or type."""
    values = (component.category, getattr(component, "type", None))
    number = next((value for value in values if isinstance(value, int)), None)
    name = _class_text(type(component).__name__)
    return name if number is None else f"{name} ({number})"


@cache
def _class_text(name: str) -> str:
    words = " ".join(_NAME_PARTS.findall(name)).lower().removesuffix(" component")
    return _SPELLED.sub(lambda match: _SPELLINGS[match[1]], words)
