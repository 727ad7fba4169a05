"""Check 1, continued: the command line of every release calls our server."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from frequenz.client.assets.inventory import Inventory

from ._calls import Call
from ._clients import expect_answer, expected_answer, missing_fields
from ._environments import CLIENTS
from ._processes import output
from ._table import Table, Verdict, expect, verdict

_OURS: Final = "this `assets-cli`"
_REFERENCE: Final = "0.6.0"

_CONNECTIONS: Final = "list_microgrid_electrical_component_connections"
_COMMANDS: Final[Mapping[tuple[str, ...], Call]] = {
    ("microgrid", "100"): Call("get_microgrid", {"microgrid_id": 100}),
    ("electrical-components", "202"): Call(
        "list_microgrid_electrical_components", {"microgrid_id": 202}
    ),
    ("component-connections", "100"): Call(_CONNECTIONS, {"microgrid_id": 100}),
    ("component-connections", "201", "--source", "2", "--destination", "10"): Call(
        _CONNECTIONS,
        {"microgrid_id": 201, "source_component_ids": [2], "destination_component_ids": [10]},
    ),
}
"""The commands, and the call that each makes."""

Texts = dict[str, str]
"""The output of a command, by release."""

_PROGRAMS: Final[Mapping[str, tuple[str | Path, ...]]] = {
    **{release: one.program("assets-cli") for release, one in CLIENTS.items()},
    _OURS: (sys.executable, "-I", "-m", "frequenz.client.assets.cli"),
}


async def check_command_lines(url: str, fleet: Inventory) -> Sequence[Table]:
    """Return the table of the commands of every release."""
    table = Table("`assets-cli` of every release, against our server", tuple(_PROGRAMS))
    variables = {
        "ASSETS_API_URL": url,
        "ASSETS_API_AUTH_KEY": "key",
        "ASSETS_API_SIGN_SECRET": "secret",
    }

    async def cell(release: str, arguments: Sequence[str], call: Call, texts: Texts) -> str:
        text = texts[release] = await output(*_PROGRAMS[release], *arguments, variables=variables)
        read = json.loads(text)
        items = [read] if isinstance(read, dict) else read
        fields = missing_fields(_REFERENCE if release == _OURS else release)
        expected = expected_answer(fleet, call, fields.get(call.method, frozenset()))
        expect_answer(call, expected, {"items": items})
        return f"{len(items)} of {len(items)}"

    async def row(arguments: Sequence[str], call: Call) -> dict[str, Verdict]:
        texts: Texts = {}
        checks = [partial(cell, release, arguments, call, texts) for release in _PROGRAMS]
        verdicts = await asyncio.gather(*map(verdict, checks))
        found = dict(zip(_PROGRAMS, verdicts, strict=True))
        if found[_OURS].is_good:
            found[_OURS] = await verdict(partial(_expect_same_text, texts))
        return found

    rows = await asyncio.gather(*(row(arguments, call) for arguments, call in _COMMANDS.items()))
    for arguments, verdicts in zip(_COMMANDS, rows, strict=True):
        table.rows[f"`{' '.join(arguments)}`"] = verdicts
    return (table,)


async def _expect_same_text(texts: Texts) -> str:
    expect(f"text, as of {_REFERENCE}", texts.get(_REFERENCE), texts[_OURS])
    return f"the same text as {_REFERENCE}"
