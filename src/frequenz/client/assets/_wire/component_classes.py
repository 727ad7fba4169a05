"""Which class stands for a component: its category and type, and the data of its own."""

import enum
from collections.abc import Callable, Mapping
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
from .fast.drafts import draft_of
from .lists.items import by_number, read_enum
from .text import shown

if TYPE_CHECKING:
    from ..electrical_component import _mismatched
else:
    # Mostly, nothing is mismatched.
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
"""The class for a type that this client does not know."""


class OwnData(NamedTuple):
    """The data that only one category has."""

    field: str
    """Its field within `category_specific_info`."""

    types: type[enum.Enum] | None = None
    """The types of the category, where it has types."""

    ratings: Mapping[str, str] = MappingProxyType({})
    """The ratings of the category: the model's field -> the message's."""

    missing: Rule | None = None
    """What is wrong where a rating is missing."""


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

_CATEGORIES: Final = by_number(ElectricalComponentCategory)


class Kind(NamedTuple):
    """What category and category-specific data say of a component."""

    draft: Callable[[], Any]
    """The class to build it in: see `drafts`."""

    final: type[ElectricalComponent]
    """The class that it then is of."""

    category: Category | int
    own: Mapping[str, Any]
    """The fields that only this kind has."""

    faults: tuple[Fault, ...]


def read_kind(number: int, wire: bytes) -> Kind:
    """Return the kind of a component from the number of its category and the specific data."""
    info = SpecificInfo.FromString(wire)
    found: list[Fault] = []
    category = read_enum(_CATEGORIES, number, "category", found)
    fields: dict[str, Any] = {}
    if isinstance(category, Category):
        final = _read_known(category, info, fields, found)
    else:
        final = UnrecognizedComponent
    return Kind(draft_of(final), final, category, fields, tuple(found))


def _read_known(
    category: Category, info: SpecificInfo, fields: dict[str, Any], found: list[Fault]
) -> type[ElectricalComponent]:
    """Return the class for a known category, and fill in the fields that are its own."""
    data = OWN_DATA.get(category)
    present = info.WhichOneof("kind")
    foreign = present is not None and (data is None or present != data.field)
    kind: Any = None
    if data is not None:
        message = getattr(info, data.field)
        if data.types is not None:
            # Foreign data is one fault, not two: the type is unspecified, and that is not said.
            kind = read_enum(by_number(data.types), message.type, "type", [] if foreign else found)
            fields["type"] = kind
        for field, source in data.ratings.items():
            fields[field] = value = getattr(message, source)
            if not value:
                if data.missing and not foreign:
                    found.append(data.missing.at(field))
            elif not 0 <= value < inf:  # true for NaN, too
                found.append(Rule.VOLTAGE_IMPOSSIBLE.at(field, volts=shown(value)))
    final = CLASSES.get((category, kind)) or UNRECOGNIZED[category]
    if not foreign or category is Category.UNSPECIFIED:
        return final
    found.append(
        Rule.CATEGORY_DATA_FOREIGN.at(
            "category_specific_info", present=present, category=category.name.lower()
        )
    )
    return _mismatched.MISMATCHED[final]
