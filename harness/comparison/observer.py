"""Make the calls of a plan with whichever client is installed here, and tell what came of each.

`python -m harness.comparison.observer URL`: the first line on standard output is the client's
version; then each call that comes as a line of JSON on standard input is answered by one.
"""

import asyncio
import inspect
import json
import logging
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, Final

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.electrical_component import ElectricalComponentCategory

from .describe import describe
from .plan import (
    COMPONENTS,
    CONNECTIONS,
    GRIDPOOLS,
    MICROGRID,
    MICROGRIDS,
    RELATIONS,
    SCHEDULES,
    SENSORS,
    Answer,
    Call,
)

_CATEGORIES: Final = {member.value: member for member in ElectricalComponentCategory}
_ARGUMENTS: Final[Mapping[str, Callable[[Call], dict[str, Any]]]] = {
    MICROGRID: lambda call: {"microgrid_id": MicrogridId(call.number)},
    MICROGRIDS: lambda call: {"microgrid_ids": [MicrogridId(call.number)]},
    COMPONENTS: lambda call: {
        "microgrid_id": MicrogridId(call.number),
        "component_ids": [ElectricalComponentId(number) for number in call.ids],
        "categories": [_CATEGORIES.get(number, number) for number in call.others],
    },
    CONNECTIONS: lambda call: {
        "microgrid_id": MicrogridId(call.number),
        "source_component_ids": [ElectricalComponentId(number) for number in call.ids],
        "destination_component_ids": [ElectricalComponentId(number) for number in call.others],
    },
    SENSORS: lambda call: {"microgrid_id": MicrogridId(call.number)},
    GRIDPOOLS: lambda call: {"gridpool_ids": [call.number]},
    SCHEDULES: lambda call: {"gridpool_id": call.number},
    RELATIONS: lambda call: {"gridpool_ids": [call.number]},
}
"""The arguments of each method."""


class _Heard(logging.Handler):
    """Remembers whether anything was logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.anything = False

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record."""
        self.anything = True


async def _answer(client: AssetsApiClient, call: Call, heard: _Heard) -> Answer:
    method, arguments = getattr(client, call.method), _ARGUMENTS[call.method](call)
    if "raise_on_errors" in inspect.signature(method).parameters:
        arguments["raise_on_errors"] = call.strict
    elif call.strict:
        return Answer(items=[], is_possible=False)
    heard.anything = False
    try:
        made = await method(**arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what users meet
        return Answer(items=[], raised=_class(error), sentence=str(error), logged=heard.anything)
    items, logged = made if isinstance(made, list) else [made], heard.anything
    return Answer(items=[describe(item) for item in items], logged=logged)


def _class(error: BaseException) -> str:
    name = type(error).__name__
    if isinstance(error, BaseExceptionGroup):
        name += f" of {', '.join(_class(member) for member in error.exceptions)}"
    return name


async def _main(url: str) -> None:
    print(version("frequenz-client-assets"), flush=True)
    heard = _Heard()
    logging.getLogger().addHandler(heard)
    async with AssetsApiClient(url) as client:
        for line in sys.stdin:
            given = json.loads(line)
            call = Call(**{**given, "ids": tuple(given["ids"]), "others": tuple(given["others"])})
            answer = await _answer(client, call, heard)
            print(json.dumps(answer.to_json()), flush=True)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
