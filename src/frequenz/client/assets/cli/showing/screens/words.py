"""Values of the model in words."""

import re
from datetime import UTC, datetime, time
from enum import Enum
from functools import cache
from typing import Final

from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType

from .... import BalancingGroup, Interval, Lifetime, Location
from ....electrical_component import ElectricalComponent
from ..market_areas import market_area


def member(value: Enum | int) -> str:
    """Return the name of an enum's member, or the number of one that has no name here."""
    return value.name.lower().replace("_", " ") if isinstance(value, Enum) else f"no. {value}"


def area(number: int) -> str:
    """Return the name of a market area."""
    known = market_area(number)
    return known.lower() if isinstance(known, str) else f"no. {known}"


def code(coded: DeliveryArea | BalancingGroup | None) -> str:
    """Return a code, with what kind it is if that is not the one used in Europe."""
    if coded is None:
        return ""
    value = coded.code or "without code"
    if coded.code_type is EnergyMarketCodeType.EUROPE_EIC:
        return value
    return f"{value} ({member(coded.code_type)})"


def place(location: Location) -> str:
    """Return where something is."""
    country = location.country_code or "country unknown"
    if location.latitude is None and location.longitude is None:
        return country
    latitude = _degrees(location.latitude, "N", "S")
    return f"{country}, {latitude}, {_degrees(location.longitude, 'E', 'W')}"


def _degrees(angle: float | None, positive: str, negative: str) -> str:
    if angle is None:
        return "?"
    return f"{abs(angle):.6g}° {negative if angle < 0 else positive}"


def moment(at: datetime) -> str:
    """Return a moment in UTC, as short as it is exact to the second."""
    at = at.astimezone(UTC)
    if at.time() == time():
        return f"{at:%Y-%m-%d}"
    return f"{at:%Y-%m-%d %H:%M:%S}" if at.second or at.microsecond else f"{at:%Y-%m-%d %H:%M}"


def period(of: Lifetime | Interval | None) -> str:
    """Return a period of time; nothing where it has no limits."""
    if of is None or (of.start is None and of.end is None):
        return ""
    if of.end is None:
        return f"since {moment(of.start)}" if of.start else ""
    return f"{moment(of.start)} to {moment(of.end)}" if of.start else f"until {moment(of.end)}"


_WORDS: Final = {
    "ac": "AC",
    "chp": "CHP",
    "dc": "DC",
    "ev": "EV",
    "hvac": "HVAC",
    "li ion": "Li-ion",
    "na ion": "Na-ion",
    "plc": "PLC",
}
"""What of the classes' names is written in another way."""

_NAME_PARTS: Final = re.compile("[A-Z][a-z]*")
_REWRITTEN: Final = re.compile(rf"\b({'|'.join(_WORDS)})\b")


def kind(component: ElectricalComponent) -> str:
    """Return what a component is, with the number of what the client does not know."""
    unknown = (component.category, getattr(component, "type", None))
    number = next((value for value in unknown if isinstance(value, int)), None)
    name = _in_words(type(component).__name__)
    return name if number is None else f"{name} ({number})"


@cache
def _in_words(name: str) -> str:
    """Return the name of a class in words."""
    words = " ".join(_NAME_PARTS.findall(name)).lower().removesuffix(" component")
    return _REWRITTEN.sub(lambda found: _WORDS[found[1]], words)
