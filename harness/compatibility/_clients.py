"""Check 1: every release of the client makes all its calls to our server."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from frequenz.client.assets.inventory import Inventory

from ..shared.clients import OURS
from ._calls import FIRST_METHODS, Call, all_calls
from ._environments import CLIENTS, OUR_VERSION
from ._expected import item, without_faulty_fields
from ._processes import SCRIPTS, UnexpectedError, output
from ._select import SELECT
from ._table import Table, Verdict, expect, verdict

_ASK: Final = SCRIPTS / "ask.py"
_ABSENT: Final = "(no such field)"

_METHODS: Final[Mapping[str, frozenset[str]]] = {
    "0.3.1": FIRST_METHODS,
    "0.5.0": frozenset(SELECT),
    "0.6.0": frozenset(SELECT),
    OURS: frozenset(SELECT),
}
"""The calls that each client has."""

_MISSING_FIELDS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "0.3.1": {"list_microgrid_electrical_components": frozenset({"model", "operational_mode"})},
    "0.5.0": {
        "list_microgrid_electrical_components": frozenset({"model", "operational_mode"}),
        "list_microgrid_sensors": frozenset({"manufacturer", "model_name"}),
    },
    "0.6.0": {
        "list_microgrid_electrical_components": frozenset({"model"}),
        "list_microgrid_sensors": frozenset({"manufacturer", "model_name"}),
    },
}
"""The fields that each client does not have, by the method that returns them."""

_PYTHONS: Final[Mapping[str, tuple[str | Path, ...]]] = {
    **{release: one.script(_ASK) for release, one in CLIENTS.items()},
    OURS: (sys.executable, "-I", _ASK),
}

Json = dict[str, Any]


async def run_calls(
    command: Sequence[str | Path],
    url: str,
    calls: Sequence[Call],
    credentials: tuple[str, str | None] = ("key", "secret"),
) -> Json:
    """Return the output of `scripts/ask.py` for some calls, made with a key and its secret."""
    given = {"url": url, "calls": calls, "credentials": credentials}
    result: Json = json.loads(await output(*command, stdin=json.dumps(given)))
    return result


async def check_clients(url: str, fleet: Inventory) -> Sequence[Table]:
    """Return the table of the calls of every client."""
    table = Table("Clients of every release, against our server", tuple(_PYTHONS))
    calls = list(all_calls())
    columns = await asyncio.gather(
        *(_column(release, url, fleet, calls) for release in table.columns)
    )
    for what in ("release and calls", *SELECT):
        table.rows[f"`{what}`" if what in SELECT else what] = {
            release: column[what]
            for release, column in zip(table.columns, columns, strict=True)
            if what in column
        }
    return (table,)


async def _column(
    release: str, url: str, fleet: Inventory, calls: Sequence[Call]
) -> dict[str, Verdict]:
    try:
        result = await run_calls(_PYTHONS[release], url, calls)
    except UnexpectedError as reason:
        return {"release and calls": Verdict(is_good=False, text=str(reason))}

    async def is_complete() -> str:
        expect("release", OUR_VERSION if release == OURS else release, result["release"])
        return _check_methods(release, result, calls)

    verdicts = {"release and calls": await verdict(is_complete)}
    for method in SELECT:
        if method in result["methods"]:
            answers = [
                (call, answer)
                for call, answer in zip(calls, result["answers"], strict=True)
                if call.method == method and answer is not None
            ]
            check = partial(compare, fleet, answers, missing_fields(release))
            verdicts[method] = await verdict(check)
    return verdicts


def _check_methods(release: str, result: Json, calls: Sequence[Call]) -> str:
    """Raise UnexpectedError unless every parameter of every method of a client was used."""
    methods = result["methods"]
    expect("methods", sorted(_METHODS[release]), sorted(methods))
    used: dict[str, set[str]] = {method: set() for method in methods}
    for call, answer in zip(calls, result["answers"], strict=True):
        if answer is not None:
            used[call.method] |= {*call.arguments}
    for method, parameters in methods.items():
        unused = {*parameters} - used[method]
        if release == OURS:
            # The published clients do not have the others, and the first one in some methods only.
            unused -= {"raise_on_errors", "on_findings", "timeout"}
        expect(f"unused parameters of {method}", set(), unused)
    return f"{len(methods)} methods"


def missing_fields(release: str) -> Mapping[str, frozenset[str]]:
    """Return the fields that a client does not have, by the method that returns them."""
    return _MISSING_FIELDS.get(release, {})


async def compare(
    fleet: Inventory,
    answers: Sequence[tuple[Call, Json]],
    missing: Mapping[str, frozenset[str]],
) -> str:
    """Compare the results of calls with the fleet; return their number.

    Raises:
        UnexpectedError: If a call returned something else.
    """
    if not answers:
        raise UnexpectedError("no call was made")
    items = 0
    for call, answer in answers:
        expected = expected_answer(fleet, call, missing.get(call.method, frozenset()))
        expect_answer(call, expected, answer)
        items += len(answer.get("items", ()))
    return f"{len(answers)} calls, {items} items"


def expected_answer(fleet: Inventory, call: Call, missing: frozenset[str]) -> Json:
    """Return what a call must return."""
    try:
        messages = list(SELECT[call.method](fleet, call.arguments))
    except LookupError:
        return {"raised": "EntityNotFound"}
    items = map(item, messages)
    return {
        "items": [
            {name: value for name, value in one.items() if name not in missing} for one in items
        ]
    }


def expect_answer(call: Call, expected: Json, got: Json) -> None:
    """Raise UnexpectedError with the first field that is not as expected, if there is one."""
    text = f" ({got['sentence']})" if "sentence" in got else ""
    expect(f"{call}: error{text}", expected.get("raised"), got.get("raised"))
    items = (expected.get("items", []), got.get("items", []))
    expect(f"{call}: number of items", *map(len, items))
    for index, pair in enumerate(zip(*items, strict=True)):
        first, second = (without_faulty_fields(call.arguments, one) for one in pair)
        for name in first | second:
            what = f"{call}: item {index}, {name}"
            expect(what, first.get(name, _ABSENT), second.get(name, _ABSENT))
