"""Make calls with the client that is installed here: `python -m harness.comparison.observer URL`.

The first line that it writes is the client's version. Each line that it reads is a call, and
answered with the result: see `plan`.
"""

import asyncio
import inspect
import logging
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, Final

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.electrical_component import ElectricalComponentCategory

from ..shared.answering import answer_lines, write_line
from . import plan
from .describe import describe
from .plan import Answer, Call

_CATEGORIES: Final = {member.value: member for member in ElectricalComponentCategory}
_ARGUMENTS: Final[Mapping[str, Callable[[Call], dict[str, Any]]]] = {
    plan.MICROGRID: lambda call: {"microgrid_id": MicrogridId(call.number)},
    plan.MICROGRIDS: lambda call: {"microgrid_ids": [MicrogridId(call.number)]},
    plan.COMPONENTS: lambda call: {
        "microgrid_id": MicrogridId(call.number),
        "component_ids": [ElectricalComponentId(number) for number in call.ids],
        "categories": [_CATEGORIES.get(number, number) for number in call.others],
    },
    plan.CONNECTIONS: lambda call: {
        "microgrid_id": MicrogridId(call.number),
        "source_component_ids": [ElectricalComponentId(number) for number in call.ids],
        "destination_component_ids": [ElectricalComponentId(number) for number in call.others],
    },
    plan.SENSORS: lambda call: {"microgrid_id": MicrogridId(call.number)},
    plan.GRIDPOOLS: lambda call: {"gridpool_ids": [call.number]},
    plan.SCHEDULES: lambda call: {"gridpool_id": call.number},
    plan.RELATIONS: lambda call: {"gridpool_ids": [call.number]},
}
"""The arguments of each method."""


class _LogWatcher(logging.Handler):
    """Notices whether anything is logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.has_records = False

    def emit(self, record: logging.LogRecord) -> None:
        """Notice a record."""
        self.has_records = True


async def _answer(client: AssetsApiClient, call: Call, watcher: _LogWatcher) -> Answer:
    method, arguments = getattr(client, call.method), _ARGUMENTS[call.method](call)
    if "raise_on_errors" in inspect.signature(method).parameters:
        arguments["raise_on_errors"] = call.strict
    elif call.strict:
        return Answer(items=[], is_possible=False)
    watcher.has_records = False
    try:
        result = await method(**arguments)
    except Exception as error:  # noqa: BLE001 - users would see any error
        return Answer(
            items=[], raised=_class(error), sentence=str(error), logged=watcher.has_records
        )
    items, logged = result if isinstance(result, list) else [result], watcher.has_records
    return Answer(items=[describe(item) for item in items], logged=logged)


def _class(error: BaseException) -> str:
    name = type(error).__name__
    if isinstance(error, BaseExceptionGroup):
        name += f" of {', '.join(_class(member) for member in error.exceptions)}"
    return name


async def _main(url: str) -> None:
    write_line(version("frequenz-client-assets"))
    watcher = _LogWatcher()
    logging.getLogger().addHandler(watcher)
    async with AssetsApiClient(url) as client:

        async def answer(fields: dict[str, Any]) -> Any:
            call = Call(**{**fields, **{name: tuple(fields[name]) for name in ("ids", "others")}})
            return (await _answer(client, call, watcher)).to_json()

        await answer_lines(answer)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
