"""Sensors."""

from dataclasses import dataclass

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.sensors import SensorId

from .._readable_defaults import ReadableDefaults
from .product import product_of
from .time import Lifetime


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Sensor(metaclass=ReadableDefaults):
    """A sensor that measures a physical metric in the surroundings of a microgrid."""

    id: SensorId
    """The ID of the sensor, unique in its microgrid."""

    microgrid_id: MicrogridId
    """The ID of the microgrid to which the sensor belongs."""

    name: str | None
    """The name of the sensor; None if it has none."""

    manufacturer: str | None = None
    """The manufacturer; None if unknown. Deprecated in the API: see `model`."""

    model_name: str | None = None
    """The model without its manufacturer; None if unknown. Deprecated in the API: see `model`."""

    model: str | None
    """The manufacturer and the model; None if unknown."""

    operational_lifetime: Lifetime | None
    """When the sensor is operational; None if unknown."""

    @property
    def product(self) -> str | None:
        """The product: `model`, or `manufacturer` and `model_name` joined; None if unknown."""
        return product_of(self.model, self.manufacturer, self.model_name)

    def __str__(self) -> str:
        """Return the ID, and the name if there is one."""
        return f"{self.id}:{self.name}" if self.name else str(self.id)
