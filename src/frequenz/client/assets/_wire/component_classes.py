"""Which class stands for a component: its category and type, and the data of its own."""

import enum
from collections.abc import Mapping
from math import inf
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2

from .._lazy import lazy_module
from ..electrical_component import (
    AcEvCharger,
    BatteryInverter,
    BatteryType,
    Breaker,
    CapacitorBank,
    Chp,
    Converter,
    CryptoMiner,
    DcEvCharger,
    ElectricalComponent,
    ElectricalComponentCategory,
    Electrolyzer,
    EvChargerType,
    GridConnectionPoint,
    Hvac,
    HybridEvCharger,
    HybridInverter,
    InverterType,
    LiIonBattery,
    Meter,
    NaIonBattery,
    Plc,
    PowerTransformer,
    Precharger,
    SolarInverter,
    StaticTransferSwitch,
    SteamBoiler,
    UninterruptiblePowerSupply,
    UnrecognizedBattery,
    UnrecognizedComponent,
    UnrecognizedEvCharger,
    UnrecognizedInverter,
    UnspecifiedBattery,
    UnspecifiedComponent,
    UnspecifiedEvCharger,
    UnspecifiedInverter,
    WindTurbine,
)
from ..findings._rules import Fault, Rule
from .enums import decode_enum, members_by_number
from .float32 import float32_text

if TYPE_CHECKING:
    from ..electrical_component import _mismatched
else:
    # Rarely needed.
    _mismatched = lazy_module("..electrical_component._mismatched", __package__)

SpecificInfo: TypeAlias = electrical_components_pb2.ElectricalComponentCategorySpecificInfo
Category: TypeAlias = ElectricalComponentCategory

CLASSES: Final[Mapping[tuple[Category, enum.Enum | None], type[ElectricalComponent]]] = {
    (Category.UNSPECIFIED, None): UnspecifiedComponent,
    (Category.GRID, None): GridConnectionPoint,
    (Category.METER, None): Meter,
    (Category.INVERTER, InverterType.UNSPECIFIED): UnspecifiedInverter,
    (Category.INVERTER, InverterType.BATTERY): BatteryInverter,
    (Category.INVERTER, InverterType.SOLAR): SolarInverter,
    (Category.INVERTER, InverterType.HYBRID): HybridInverter,
    (Category.CONVERTER, None): Converter,
    (Category.BATTERY, BatteryType.UNSPECIFIED): UnspecifiedBattery,
    (Category.BATTERY, BatteryType.LI_ION): LiIonBattery,
    (Category.BATTERY, BatteryType.NA_ION): NaIonBattery,
    (Category.EV_CHARGER, EvChargerType.UNSPECIFIED): UnspecifiedEvCharger,
    (Category.EV_CHARGER, EvChargerType.AC): AcEvCharger,
    (Category.EV_CHARGER, EvChargerType.DC): DcEvCharger,
    (Category.EV_CHARGER, EvChargerType.HYBRID): HybridEvCharger,
    (Category.BREAKER, None): Breaker,
    (Category.PRECHARGER, None): Precharger,
    (Category.CHP, None): Chp,
    (Category.ELECTROLYZER, None): Electrolyzer,
    (Category.POWER_TRANSFORMER, None): PowerTransformer,
    (Category.HVAC, None): Hvac,
    (Category.PLC, None): Plc,
    (Category.CRYPTO_MINER, None): CryptoMiner,
    (Category.STATIC_TRANSFER_SWITCH, None): StaticTransferSwitch,
    (Category.UNINTERRUPTIBLE_POWER_SUPPLY, None): UninterruptiblePowerSupply,
    (Category.CAPACITOR_BANK, None): CapacitorBank,
    (Category.WIND_TURBINE, None): WindTurbine,
    (Category.STEAM_BOILER, None): SteamBoiler,
}
"""(category, type) -> class; the type is None for categories without types."""

UNRECOGNIZED: Final[Mapping[Category, type[ElectricalComponent]]] = {
    Category.BATTERY: UnrecognizedBattery,
    Category.EV_CHARGER: UnrecognizedEvCharger,
    Category.INVERTER: UnrecognizedInverter,
}
"""The class of components whose type this client does not know."""


class OwnData(NamedTuple):
    """The data that only one category has."""

    field: str
    """Its field within `category_specific_info`."""

    types: type[enum.Enum] | None = None
    """The types of the category, if it has types."""

    ratings: Mapping[str, str] = MappingProxyType({})
    """The ratings of the category: the model's field -> the message's."""

    missing: Rule | None = None
    """The rule that a missing rating breaks."""


OWN_DATA: Final[Mapping[Category, OwnData]] = {
    Category.BATTERY: OwnData("battery", types=BatteryType),
    Category.EV_CHARGER: OwnData("ev_charger", types=EvChargerType),
    Category.GRID: OwnData(
        "grid_connection_point",
        ratings={"rated_fuse_current": "rated_fuse_current"},
        missing=Rule.FUSE_CURRENT_MISSING,
    ),
    Category.INVERTER: OwnData("inverter", types=InverterType),
    Category.POWER_TRANSFORMER: OwnData(
        "power_transformer",
        ratings={"primary_power": "primary", "secondary_power": "secondary"},
        missing=Rule.VOLTAGE_MISSING,
    ),
}
"""The categories that have data of their own."""

_CATEGORIES: Final = members_by_number(ElectricalComponentCategory)


class Kind(NamedTuple):
    """What the category and the category-specific data of a component determine."""

    component_class: type[ElectricalComponent]
    category: Category | int
    own_fields: Mapping[str, Any]
    """The fields that only components of this category have."""


def read_kind(number: int, info: SpecificInfo, found: list[Fault]) -> Kind:
    """Return the kind of a component from the number of its category and its specific data."""
    category = decode_enum(_CATEGORIES, number, "category", found)
    if not isinstance(category, Category):
        return Kind(UnrecognizedComponent, category, {})
    data = OWN_DATA.get(category)
    present = info.WhichOneof("kind")
    is_foreign = present is not None and (data is None or present != data.field)
    own_fields: dict[str, Any] = {}
    if data is not None:
        # Foreign data is one fault: that type and ratings are then missing is not another one.
        _read_own_fields(data, info, own_fields, [] if is_foreign else found)
    component_type = own_fields.get("type")
    component_class = CLASSES.get((category, component_type)) or UNRECOGNIZED[category]
    if not is_foreign or category is Category.UNSPECIFIED:
        return Kind(component_class, category, own_fields)
    found.append(
        Rule.CATEGORY_DATA_FOREIGN.at(
            "category_specific_info", present=present, category=category.name.lower()
        )
    )
    return Kind(_mismatched.MISMATCHED[component_class], category, own_fields)


def _read_own_fields(
    data: OwnData, info: SpecificInfo, own_fields: dict[str, Any], found: list[Fault]
) -> None:
    """Read the type and the ratings that only one category has."""
    message = getattr(info, data.field)
    if data.types is not None:
        members = members_by_number(data.types)
        own_fields["type"] = decode_enum(members, message.type, "type", found)
    for field, source in data.ratings.items():
        own_fields[field] = value = getattr(message, source)
        if not value:
            if data.missing:
                found.append(data.missing.at(field))
        elif not 0 <= value < inf:  # true for NaN, too
            found.append(Rule.VOLTAGE_IMPOSSIBLE.at(field, volts=float32_text(value)))
