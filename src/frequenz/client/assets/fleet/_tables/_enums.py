"""Members of enums in tables: their names, as inventory files write them, and their numbers."""

import enum
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
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
from ._scan import Array

NAMES: Final = pa.dictionary(pa.int16(), pa.string())
"""The type of columns with names of members."""

_NO_NAME: Final = -1


class EnumNames:
    """The names of the members of an enum, by their numbers."""

    def __init__(self, by_number: Mapping[int, str]) -> None:
        """Take the names in the order in which columns list them."""
        self._names = pa.array(dict.fromkeys(by_number.values()), pa.string())
        index_of = {name: index for index, name in enumerate(self._names.to_pylist())}
        self._index = np.full(max(by_number) + 1, _NO_NAME, np.int16)
        for number, name in by_number.items():
            self._index[number] = index_of[name]

    @classmethod
    def of(cls, members: type[enum.Enum] | None, api_enum: Any) -> "EnumNames":
        """Return the names of all members that the model or the API has."""
        return cls(_names(members, api_enum))

    def indices(self, numbers: Array) -> Array:
        """Return the index of the name of each number; -1 if it has none."""
        is_known = (numbers >= 0) & (numbers < self._index.size)
        return np.where(is_known, self._index[np.where(is_known, numbers, 0)], _NO_NAME)

    def column(self, numbers: Array, absent: Array | None = None) -> Any:
        """Return the names of some numbers, null for those without a name and where absent."""
        indices = self.indices(numbers)
        return self.column_of(indices if absent is None else np.where(absent, _NO_NAME, indices))

    def column_of(self, indices: Array) -> Any:
        """Return the names at some indices, null for negative ones."""
        dictionary = pa.array(indices.astype(np.int16), mask=indices < 0)
        return pa.DictionaryArray.from_arrays(dictionary, self._names)


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


class ComponentTypes(EnumNames):
    """The names of the types of components: a number means something else in each category."""

    def __init__(self) -> None:
        by_category = {
            category.value: _names(data.types, _TYPE_ENUMS[data.field])
            for category, data in OWN_DATA.items()
            if data.types is not None
        }
        names = dict.fromkeys(name for names in by_category.values() for name in names.values())
        super().__init__(dict(enumerate(names)))
        self._of_category = {category: EnumNames(names) for category, names in by_category.items()}
        index_of = {name: index for index, name in enumerate(names)}
        self._shared = {
            category: np.array([index_of[name] for name in own._names.to_pylist()])
            for category, own in self._of_category.items()
        }

    def indices_in(self, category: int, numbers: Array) -> Array:
        """Return the index of the name of each number in a category; -1 if it has none."""
        own = self._of_category[category].indices(numbers)
        return np.where(own < 0, _NO_NAME, self._shared[category][own])


CATEGORIES: Final = EnumNames.of(
    ElectricalComponentCategory, electrical_components_pb2.ElectricalComponentCategory
)
MODES: Final = EnumNames.of(
    ElectricalComponentOperationalMode,
    electrical_components_pb2.ElectricalComponentOperationalMode,
)
TYPES: Final = ComponentTypes()
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
