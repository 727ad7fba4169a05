"""Make calls with the client that is installed here, and print the results.

Run by its path in the environment of each client, so it needs nothing else and names nothing that
one of them lacks. Standard input is JSON: `url`, `calls`, each a method and its arguments by name,
and `credentials`, a key and its secret. So is standard output: `release`, the client's `methods`
with their parameters, and `answers`, one for each call: `items`, or what it `raised`; null if the
client has no such method or parameter.
"""

import asyncio
import dataclasses
import enum
import inspect
import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId

import frequenz.client.assets
from frequenz.client.assets import AssetsApiClient, DeliveryArea, EnergyMarketCodeType
from frequenz.client.assets.electrical_component import ElectricalComponentCategory


def _each(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda values: [convert(value) for value in values]


def _member(members: type[enum.Enum]) -> Callable[[Any], Any]:
    """Return the function from a number to its member, if there is one."""
    known = {member.value: member for member in members}
    return lambda number: known.get(number, number)


def _area(given: Mapping[str, Any]) -> DeliveryArea:
    return DeliveryArea(
        code=given["code"], code_type=_member(EnergyMarketCodeType)(given["code_type"])
    )


# The first releases do not have these classes, nor calls with them.
_interval_class: Any = getattr(frequenz.client.assets, "Interval", None)
_direction: Any = getattr(frequenz.client.assets, "GridpoolEnergyScheduleDirection", ())
_participation: Any = getattr(frequenz.client.assets, "MarketParticipationType", ())


def _interval(given: Mapping[str, str | None]) -> Any:
    ends = {name: datetime.fromisoformat(time) if time else None for name, time in given.items()}
    return _interval_class(**ends)


# How to convert arguments; all others are passed as they are.
_ARGUMENTS: Mapping[str, Callable[[Any], Any]] = {
    "microgrid_id": MicrogridId,
    "microgrid_ids": _each(MicrogridId),
    "component_ids": _each(ElectricalComponentId),
    "source_component_ids": _each(ElectricalComponentId),
    "destination_component_ids": _each(ElectricalComponentId),
    "categories": _each(_member(ElectricalComponentCategory)),
    "sensor_ids": _each(SensorId),
    "directions": _each(_member(_direction)),
    "participation_types": _each(_member(_participation)),
    "time_series_interval": _interval,
    "effective_validity_period": _interval,
    "delivery_areas": _each(_area),
}


def _plain(value: Any) -> Any:
    """Return an object of the client as JSON data: its fields, with numbers for enum members."""
    plain: Any = value
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        plain = {field.name: _plain(getattr(value, field.name)) for field in fields}
    elif isinstance(value, enum.Enum):
        plain = value.value
    elif isinstance(value, datetime):
        plain = value.astimezone(UTC).isoformat()
    elif isinstance(value, Mapping):
        plain = {str(_plain(key)): _plain(of) for key, of in value.items()}
    elif isinstance(value, list | tuple):
        plain = [_plain(member) for member in value]
    elif not isinstance(value, str | int | float | None):
        plain = int(value)  # IDs
    return plain


def _methods() -> dict[str, list[str]]:
    """Return the methods of the client with their parameters."""
    return {
        name: list(inspect.signature(method).parameters)[1:]
        for name, method in inspect.getmembers(AssetsApiClient, inspect.iscoroutinefunction)
        if name.startswith(("get_", "list_"))
    }


async def _answer(client: Any, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    given = {
        name: _ARGUMENTS.get(name, lambda same: same)(value) for name, value in arguments.items()
    }
    try:
        answer = await getattr(client, method)(**given)
    except Exception as error:  # noqa: BLE001 - users would see any error
        return {"raised": type(error).__name__, "sentence": str(error)}
    items = [answer] if method == "get_microgrid" else answer
    return {"items": [_plain(item) for item in items]}


async def _main(
    url: str, calls: list[tuple[str, dict[str, Any]]], credentials: tuple[str, str | None]
) -> None:
    methods = _methods()
    answers = []
    # With key and secret, so that calls are signed as for the platform.
    key, secret = credentials
    async with AssetsApiClient(url, auth_key=key, sign_secret=secret) as client:
        for method, arguments in calls:
            has_it = method in methods and {*arguments} <= {*methods[method]}
            answers.append(await _answer(client, method, arguments) if has_it else None)
    release = version("frequenz-client-assets")
    json.dump({"release": release, "methods": methods, "answers": answers}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(_main(**json.load(sys.stdin)))
