"""Members of enums in tables: their names, as inventory files write them, and their numbers."""

import enum
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pyarrow as pa
from frequenz.api.common.v1alpha8.grid import (
    delivery_area_pb2,
    delivery_duration_pb2,
    market_location_pb2,
)
from frequenz.api.common.v1alpha8.market import market_area_pb2
from frequenz.api.common.v1alpha8.metrics import metrics_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.grid import EnergyMarketCodeType

from ..._model.market import (
    DeliveryDuration,
    GridpoolEnergyScheduleDirection,
    MarketLocationIdType,
    MarketParticipationType,
)
from ..._model.microgrid import MicrogridStatus
from ..._wire.component_classes import OWN_DATA
from ...electrical_component import ElectricalComponentCategory, ElectricalComponentOperationalMode
from ...inventory._codecs import ApiEnum, EnumCodec
from ...metrics import Metric

NAMES: Final = pa.dictionary(pa.int16(), pa.string())
"""The type of columns with names of members."""


class EnumNames:
    """The names of the members of an enum, by their numbers."""

    def __init__(self, by_number: Mapping[Any, str]) -> None:
        """Take the names in the order in which columns list them."""
        names = [*dict.fromkeys(by_number.values())]
        self._names = pa.array(names, pa.string())
        self._index = {number: names.index(name) for number, name in by_number.items()}

    @classmethod
    def of(cls, members: type[enum.Enum] | None, api_enum: Any) -> "EnumNames":
        """Return the names of all members that the model or the API has."""
        return cls(_names(members, api_enum))

    def knows(self, number: Any) -> bool:
        """Return whether a number stands for a member, and not for none."""
        return number != 0 and number in self._index

    def column(self, numbers: Iterable[Any]) -> Any:
        """Return the names of some numbers, null for those without a name."""
        indices = pa.array([*map(self._index.get, numbers)], pa.int16())
        return pa.DictionaryArray.from_arrays(indices, self._names)


def _names(members: type[enum.Enum] | None, api_enum: Any) -> dict[int, str]:
    codec = EnumCodec("", api_enum, members)
    own: Iterable[int] = () if members is None else (it.value for it in members)
    numbers = sorted({*api_enum.values(), *own})
    return {number: str(codec.write(number)) for number in numbers}


_TYPE_ENUMS: Final[Mapping[str, ApiEnum]] = {
    "battery": electrical_components_pb2.BatteryType,
    "ev_charger": electrical_components_pb2.EvChargerType,
    "inverter": electrical_components_pb2.InverterType,
}


CATEGORIES: Final = EnumNames.of(
    ElectricalComponentCategory, electrical_components_pb2.ElectricalComponentCategory
)
MODES: Final = EnumNames.of(
    ElectricalComponentOperationalMode,
    electrical_components_pb2.ElectricalComponentOperationalMode,
)
TYPES: Final = EnumNames(
    {
        (category.value, number): name
        for category, data in OWN_DATA.items()
        if data.types is not None
        for number, name in _names(data.types, _TYPE_ENUMS[data.field]).items()
    }
)
"""The names of the types of components, by the number of their category and their own."""

METRICS: Final = EnumNames.of(Metric, metrics_pb2.Metric)
STATUSES: Final = EnumNames.of(MicrogridStatus, microgrid_pb2.MicrogridStatus)
CODE_TYPES: Final = EnumNames.of(EnergyMarketCodeType, delivery_area_pb2.EnergyMarketCodeType)
DIRECTIONS: Final = EnumNames.of(
    GridpoolEnergyScheduleDirection, platformassets_pb2.GridpoolEnergyScheduleDirection
)
DURATIONS: Final = EnumNames.of(DeliveryDuration, delivery_duration_pb2.DeliveryDuration)
LOCATION_ID_TYPES: Final = EnumNames.of(
    MarketLocationIdType, market_location_pb2.MarketLocationIdType
)
PARTICIPATION_TYPES: Final = EnumNames.of(
    MarketParticipationType, platformassets_pb2.MarketParticipationType
)
MARKET_AREAS: Final = EnumNames.of(None, market_area_pb2.MarketArea)
