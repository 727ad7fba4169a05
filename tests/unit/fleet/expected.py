"""The rows of tables, computed one by one from the client's objects: the oracle of the tables."""

import enum
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, Final

from frequenz.api.common.v1alpha8.grid import (
    delivery_area_pb2,
    delivery_duration_pb2,
    market_location_pb2,
)
from frequenz.api.common.v1alpha8.market import market_area_pb2
from frequenz.api.common.v1alpha8.metrics import metrics_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.client.common.grid import EnergyMarketCodeType
from google.protobuf.timestamp_pb2 import Timestamp

from frequenz.client.assets._wire.component import decode_component
from frequenz.client.assets._wire.market import decode_relation, decode_schedule
from frequenz.client.assets._wire.microgrid import decode_microgrid
from frequenz.client.assets.electrical_component import (
    BatteryType,
    ElectricalComponentCategory,
    EvChargerType,
    InverterType,
)
from frequenz.client.assets.inventory import Inventory
from frequenz.client.assets.metrics import Metric

Row = dict[str, Any]

RANGE: Final = range(-9_223_372_036, 9_223_372_036)
"""The seconds that tables can hold."""

_TYPES: Final[Mapping[Any, Any]] = {
    ElectricalComponentCategory.BATTERY: (BatteryType, electrical_components_pb2.BatteryType),
    ElectricalComponentCategory.EV_CHARGER: (
        EvChargerType,
        electrical_components_pb2.EvChargerType,
    ),
    ElectricalComponentCategory.INVERTER: (InverterType, electrical_components_pb2.InverterType),
}


def number_of(member: Any) -> int:
    return member.value if isinstance(member, enum.Enum) else int(member)


def enum_cells(name: str, member: Any, members: Any, api_enum: Any) -> Row:
    """Return the name of a member, if possible one that the API has, and its number."""
    if member is None:
        return {name: None, f"{name}_number": None}
    number = number_of(member)
    own = [
        key for key, it in (members.__members__ if members else {}).items() if it.value == number
    ]
    prefix = api_enum.keys()[0].removesuffix("UNSPECIFIED")
    in_api = {value: key.removeprefix(prefix) for key, value in api_enum.items()}.get(number)
    text = own[0] if own and in_api not in own else in_api
    return {name: text and text.lower(), f"{name}_number": number}


def nanoseconds(moment: Timestamp, is_hidden: bool = False) -> int | None:
    if is_hidden or moment.seconds not in RANGE or not 0 <= moment.nanos < 10**9:
        return None
    return moment.seconds * 10**9 + moment.nanos


def period_cells(name: str, period: Any, start: str, end: str) -> Row:
    cells: Row = {}
    for column, field in ((f"{name}_start", start), (f"{name}_end", end)):
        present = period is not None and period.HasField(field)
        cells[column] = nanoseconds(getattr(period, field)) if present else None
    return cells


def lifetime_cells(message: Any, lifetime: Any) -> Row:
    """Return when something operates: unlimited if the client's object is, as it is if invalid."""
    period = message.operational_lifetime
    if lifetime is None or (lifetime.start is None and lifetime.end is None):
        period = None
    return period_cells("operational_lifetime", period, "start_timestamp", "end_timestamp")


def code_cells(name: str, value: Any) -> Row:
    code_type = None if value is None else value.code_type
    return {
        f"{name}_code": value and value.code,
        **enum_cells(
            f"{name}_code_type",
            code_type,
            EnergyMarketCodeType,
            delivery_area_pb2.EnergyMarketCodeType,
        ),
    }


def finite(number: Any) -> Any:
    return number if number is not None and isfinite(number) else None


def site_cells(site: Any) -> Row:
    microgrid = site.microgrid
    return {"microgrid_id": microgrid.id or None, "enterprise_id": microgrid.enterprise_id or None}


def microgrids(fleet: Inventory) -> Iterator[Row]:
    from frequenz.client.assets import MicrogridStatus

    for site in fleet.sites:
        microgrid = decode_microgrid(site.microgrid, [])
        location = microgrid.location
        yield {
            **site_cells(site),
            "name": microgrid.name,
            **enum_cells(
                "status", microgrid.status, MicrogridStatus, microgrid_pb2.MicrogridStatus
            ),
            **code_cells("delivery_area", microgrid.delivery_area),
            "location_latitude": location and location.latitude,
            "location_longitude": location and location.longitude,
            "location_country_code": location and location.country_code,
            "create_timestamp": nanoseconds(site.microgrid.create_timestamp)
            if site.microgrid.HasField("create_timestamp")
            else None,
        }


def components(fleet: Inventory) -> Iterator[Row]:
    from frequenz.client.assets.electrical_component import ElectricalComponentOperationalMode

    for site in fleet.sites:
        for message in site.components:
            it: Any = decode_component(message, [])
            members, api_enum = _TYPES.get(it.category, (None, None))
            own_type = getattr(it, "type", None) if members else None
            if members and own_type is None:  # of a component with another category's data
                own_type = members(0)
            ratings = {
                name: finite(getattr(it, name, None)) or None
                for name in ("rated_fuse_current", "primary_power", "secondary_power")
            }
            yield {
                **site_cells(site),
                "component_id": int(it.id) or None,
                "name": it.name,
                **_category_cells(it.category),
                **enum_cells("type", own_type, members, api_enum),
                "manufacturer": it.manufacturer,
                "model_name": it.model_name,
                "model": it.model,
                **lifetime_cells(message, it.operational_lifetime),
                **enum_cells(
                    "operational_mode",
                    it.operational_mode,
                    ElectricalComponentOperationalMode,
                    electrical_components_pb2.ElectricalComponentOperationalMode,
                ),
                **ratings,
            }


def _category_cells(category: Any) -> Row:
    return enum_cells(
        "category",
        category,
        ElectricalComponentCategory,
        electrical_components_pb2.ElectricalComponentCategory,
    )


def rated_bounds(fleet: Inventory) -> Iterator[Row]:
    for site in fleet.sites:
        for message in site.components:
            it = decode_component(message, [])
            by_number = {number_of(metric): value for metric, value in it.rated_bounds.items()}
            for metric in dict.fromkeys(entry.metric for entry in message.metric_config_bounds):
                bounds = by_number.get(metric)
                yield {
                    **site_cells(site),
                    "component_id": message.id or None,
                    **_category_cells(it.category),
                    **enum_cells("metric", metric, Metric, metrics_pb2.Metric),
                    "lower": finite(bounds and bounds.lower),
                    "upper": finite(bounds and bounds.upper),
                }


def connections(fleet: Inventory) -> Iterator[Row]:
    from frequenz.client.assets._wire.time import decode_lifetime

    for site in fleet.sites:
        for message in site.connections:
            yield {
                **site_cells(site),
                "source_component_id": message.source_electrical_component_id or None,
                "destination_component_id": message.destination_electrical_component_id or None,
                **lifetime_cells(message, decode_lifetime(message, [])),
            }


def sensors(fleet: Inventory) -> Iterator[Row]:
    from frequenz.client.assets._wire.sensor import decode_sensor

    for site in fleet.sites:
        for message in site.sensors:
            it = decode_sensor(message, [])
            yield {
                **site_cells(site),
                "sensor_id": int(it.id) or None,
                **{
                    name: getattr(it, name)
                    for name in ("name", "manufacturer", "model_name", "model")
                },
                **lifetime_cells(message, it.operational_lifetime),
            }


def gridpools(fleet: Inventory) -> Iterator[Row]:
    for message in fleet.gridpools:
        yield {"gridpool_id": message.id or None, "name": message.name or None}


def energy_schedules(fleet: Inventory) -> Iterator[Row]:
    from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

    from frequenz.client.assets import DeliveryDuration, GridpoolEnergyScheduleDirection

    for message in fleet.energy_schedules:
        it = decode_schedule(message, [])
        validity = message.validity_period if it.validity_period else None
        yield {
            "gridpool_id": it.gridpool_id or None,
            "schedule_id": it.schedule_id or None,
            "name": it.name,
            **code_cells("counterparty_balancing_group", it.counterparty_balancing_group),
            **code_cells("counterparty_delivery_area", it.counterparty_delivery_area),
            **code_cells("frequenz_delivery_area", it.frequenz_delivery_area),
            **enum_cells(
                "direction",
                it.direction,
                GridpoolEnergyScheduleDirection,
                platformassets_pb2.GridpoolEnergyScheduleDirection,
            ),
            **period_cells("validity_period", validity, "start_time", "end_time"),
            "cancel_time": nanoseconds(message.cancel_time)
            if message.HasField("cancel_time")
            else None,
            **enum_cells(
                "delivery_duration",
                it.delivery_duration,
                DeliveryDuration,
                delivery_duration_pb2.DeliveryDuration,
            ),
        }


def schedule_entries(fleet: Inventory) -> Iterator[Row]:
    for message in fleet.energy_schedules:
        for entry in message.time_series:
            present = entry.HasField("start_time")
            yield {
                "gridpool_id": message.gridpool_id or None,
                "schedule_id": message.schedule_id or None,
                "start_time": nanoseconds(entry.start_time) if present else None,
                "active_power_w": finite(entry.active_power_w),
            }


def market_relations(fleet: Inventory) -> Iterator[Row]:
    from frequenz.client.assets import MarketLocationIdType

    for index, message in enumerate(fleet.market_topology):
        it = decode_relation(message, [])
        location = it.market_location_ref
        identifier = location and location.market_location_id
        id_type = identifier.type if identifier else 0 if location else None
        yield {
            "relation_index": index,
            "microgrid_id": message.microgrid_id or None,
            "gridpool_id": message.gridpool_id or None,
            **enum_cells(
                "market_area",
                location and location.market_area,
                None,
                market_area_pb2.MarketArea,
            ),
            "market_location_id": (identifier and identifier.value) or None,
            **enum_cells(
                "market_location_id_type",
                id_type,
                MarketLocationIdType,
                market_location_pb2.MarketLocationIdType,
            ),
            **code_cells("delivery_area", it.delivery_area),
        }


def participations(fleet: Inventory) -> Iterator[Row]:
    from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

    from frequenz.client.assets import MarketParticipationType

    for index, message in enumerate(fleet.market_topology):
        objects = decode_relation(message, []).participations
        for entry, it in zip(message.participations, objects, strict=True):
            validity = entry.validity_period if it.validity_period else None
            yield {
                "relation_index": index,
                "microgrid_id": message.microgrid_id or None,
                "gridpool_id": message.gridpool_id or None,
                **enum_cells(
                    "type",
                    it.type,
                    MarketParticipationType,
                    platformassets_pb2.MarketParticipationType,
                ),
                **period_cells("validity_period", validity, "start_time", "end_time"),
            }


EXPECTED: Final = {
    function.__name__: function
    for function in (
        microgrids,
        components,
        connections,
        sensors,
        rated_bounds,
        gridpools,
        energy_schedules,
        schedule_entries,
        market_relations,
        participations,
    )
}
"""By the name of a table, the function that returns its rows."""
