"""Sensors: devices that measure a microgrid's surroundings."""

from dataclasses import dataclass

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.sensors import SensorId

from .product import product_of
from .time import Lifetime


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Sensor:
    """A device that measures the surroundings of a microgrid, such as the temperature."""

    id: SensorId
    """The number of the sensor, unique in its microgrid."""

    microgrid_id: MicrogridId
    """The microgrid to which the sensor belongs."""

    name: str | None
    """The name of the sensor."""

    manufacturer: str | None = None
    """Who made it. The API deprecates this field in favour of `model`."""

    model_name: str | None = None
    """The name of the model, without the manufacturer. Deprecated in favour of `model`."""

    model: str | None
    """Manufacturer and model in one text: the API's successor of the two fields above."""

    operational_lifetime: Lifetime | None
    """When the sensor is part of the microgrid; None where the server does not say."""

    @property
    def product(self) -> str | None:
        """What device it is: `model`, or `manufacturer` and `model_name` joined."""
        return product_of(self.model, self.manufacturer, self.model_name)

    def __str__(self) -> str:
        return f"{self.id}:{self.name}" if self.name else str(self.id)
