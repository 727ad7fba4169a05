"""Small sites, written as text: a letter for each component, and pairs of numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets import Lifetime
from frequenz.client.assets.electrical_component import (
    AcEvCharger,
    BatteryInverter,
    Breaker,
    Chp,
    ComponentConnection,
    ElectricalComponent,
    GridConnectionPoint,
    HybridInverter,
    LiIonBattery,
    Meter,
    PowerTransformer,
    SolarInverter,
    SteamBoiler,
    UnrecognizedComponent,
    UnrecognizedInverter,
    UnspecifiedComponent,
    UnspecifiedInverter,
    WindTurbine,
)

START: Final = datetime(2024, 1, 1, tzinfo=UTC)
DAY: Final = timedelta(days=1)

LETTERS: Final[dict[str, type[ElectricalComponent]]] = {
    "G": GridConnectionPoint,
    "M": Meter,
    "b": BatteryInverter,
    "s": SolarInverter,
    "h": HybridInverter,
    "u": UnspecifiedInverter,
    "B": LiIonBattery,
    "E": AcEvCharger,
    "C": Chp,
    "S": SteamBoiler,
    "W": WindTurbine,
    "T": PowerTransformer,
    "K": Breaker,
    "U": UnrecognizedComponent,
    "X": UnrecognizedInverter,
    "?": UnspecifiedComponent,
}
"""Components of sites written as text."""


def component(letter: str, number: int, **fields: Any) -> ElectricalComponent:
    """Return a component by its letter."""
    if letter == "G":
        fields.setdefault("rated_fuse_current", 100)
    elif letter == "T":
        fields |= {"primary_power": 20_000.0, "secondary_power": 400.0}
    return LETTERS[letter](id=ElectricalComponentId(number), microgrid_id=MicrogridId(1), **fields)


def connection(
    source: int,
    destination: int,
    lifetime: Lifetime = Lifetime(),  # noqa: B008 - frozen
) -> ComponentConnection:
    return ComponentConnection(
        source=ElectricalComponentId(source),
        destination=ElectricalComponentId(destination),
        operational_lifetime=lifetime,
    )


def site_of(letters: str, ends: str) -> tuple[list[ElectricalComponent], list[ComponentConnection]]:
    """Return a site: components 1, 2, ... by letters, and connections such as `1-2 2-3`."""
    pairs = [pair.split("-") for pair in ends.split()]
    return (
        [component(letter, number) for number, letter in enumerate(letters, 1)],
        [connection(int(source), int(destination)) for source, destination in pairs],
    )
