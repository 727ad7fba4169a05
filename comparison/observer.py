"""Make the calls of a plan with whichever client is installed here, and tell what came of each.

`python -m comparison.observer URL`: the first line on standard output is the client's version; then
each call that comes as a line of JSON on standard input is answered by a line of JSON.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.electrical_component import ElectricalComponentCategory

from .describe import describe
from .plan import COMPONENTS, CONNECTIONS, MICROGRID, Answer, Call


class _Heard(logging.Handler):
    """Remembers whether anything was logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.anything = False

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record."""
        self.anything = True


async def _made(client: AssetsApiClient, call: Call) -> Sequence[Any]:
    """Make a call; return what it returned, as a list."""
    microgrid, strict = MicrogridId(call.microgrid_id), call.strict
    ids = [ElectricalComponentId(number) for number in call.ids]
    if call.method == MICROGRID:
        return [await client.get_microgrid(microgrid, raise_on_errors=strict)]
    if call.method == COMPONENTS:
        known = {member.value: member for member in ElectricalComponentCategory}
        categories = [known.get(number, number) for number in call.others]
        return await client.list_microgrid_electrical_components(
            microgrid, ids, categories, raise_on_errors=strict
        )
    assert call.method == CONNECTIONS
    others = [ElectricalComponentId(number) for number in call.others]
    return await client.list_microgrid_electrical_component_connections(
        microgrid, ids, others, raise_on_errors=strict
    )


async def _answer(client: AssetsApiClient, call: Call, heard: _Heard) -> Answer:
    heard.anything = False
    try:
        items = await _made(client, call)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what users meet
        return Answer(items=[], raised=_class(error), sentence=str(error), logged=heard.anything)
    logged = heard.anything
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
