"""Check 1: clients of every release make all their calls to our server."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from frequenz.client.assets.inventory import Inventory

from ._calls import FIRST_METHODS, Call, calls
from ._environments import CLIENTS, OUR_VERSION
from ._expected import comparable, item
from ._processes import SCRIPTS, UnexpectedError, output
from ._select import SELECT
from ._table import Table, Verdict, expect, judged

_OURS: Final = "this client"
_ASK: Final = SCRIPTS / "ask.py"
_ABSENT: Final = "(no such field)"

_METHODS: Final[Mapping[str, frozenset[str]]] = {
    "0.3.1": FIRST_METHODS,
    "0.5.0": frozenset(SELECT),
    "0.6.0": frozenset(SELECT),
    _OURS: frozenset(SELECT),
}
"""The calls that each client has."""

_LACKS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
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
    _OURS: (sys.executable, "-I", _ASK),
}

Answers = dict[str, Any]


async def asked(command: Sequence[str | Path], url: str, made: Sequence[Call]) -> Answers:
    """Return what `scripts/ask.py` tells of some calls."""
    answers: Answers = json.loads(
        await output(*command, stdin=json.dumps({"url": url, "calls": made}))
    )
    return answers


async def check_clients(url: str, fleet: Inventory) -> Sequence[Table]:
    """Return what came of the calls of every client."""
    table = Table("Clients of every release, against our server", tuple(_PYTHONS))
    made = list(calls())
    columns = await asyncio.gather(
        *(_column(release, url, fleet, made) for release in table.columns)
    )
    for what in ("release and calls", *SELECT):
        table.rows[f"`{what}`" if what in SELECT else what] = {
            release: column[what]
            for release, column in zip(table.columns, columns, strict=True)
            if what in column
        }
    return (table,)


async def _column(
    release: str, url: str, fleet: Inventory, made: Sequence[Call]
) -> dict[str, Verdict]:
    try:
        told = await asked(_PYTHONS[release], url, made)
    except UnexpectedError as reason:
        return {"release and calls": Verdict(is_good=False, text=str(reason))}

    async def is_complete() -> str:
        expect("release", OUR_VERSION if release == _OURS else release, told["release"])
        return _check_offers(release, told, made)

    verdicts = {"release and calls": await judged(is_complete)}
    for method in SELECT:
        if method in told["offers"]:
            answers = [
                (call, answer)
                for call, answer in zip(made, told["answers"], strict=True)
                if call.method == method and answer is not None
            ]
            check = partial(compared, fleet, answers, lacks(release))
            verdicts[method] = await judged(check)
    return verdicts


def _check_offers(release: str, told: Answers, made: Sequence[Call]) -> str:
    """Raise UnexpectedError unless every parameter of every call that a client has was used."""
    offers = told["offers"]
    expect("calls", sorted(_METHODS[release]), sorted(offers))
    used: dict[str, set[str]] = {method: set() for method in offers}
    for call, answer in zip(made, told["answers"], strict=True):
        if answer is not None:
            used[call.method] |= {*call.arguments}
    for method, parameters in offers.items():
        unused = {*parameters} - used[method]
        if release == _OURS:
            # The published clients lack the first in some calls, and the others in all.
            unused -= {"raise_on_errors", "on_findings", "timeout"}
        expect(f"parameters of {method} that no call has", set(), unused)
    return f"{len(offers)} methods"


def lacks(release: str) -> Mapping[str, frozenset[str]]:
    """Return the fields that a client does not have, by the method that returns them."""
    return _LACKS.get(release, {})


async def compared(
    fleet: Inventory,
    answers: Sequence[tuple[Call, Answers]],
    missing: Mapping[str, frozenset[str]],
) -> str:
    """Compare what calls returned with what the fleet has; return how many there were.

    Raises:
        UnexpectedError: If a call returned anything else.
    """
    if not answers:
        raise UnexpectedError("no call was made")
    items = 0
    for call, answer in answers:
        expected = expected_answer(fleet, call, missing.get(call.method, frozenset()))
        expect_answer(call, expected, answer)
        items += len(answer.get("items", ()))
    return f"{len(answers)} calls, {items} items"


def expected_answer(fleet: Inventory, call: Call, missing: frozenset[str]) -> Answers:
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


def expect_answer(call: Call, expected: Answers, got: Answers) -> None:
    """Raise UnexpectedError, naming the first field that is not as expected, unless all are."""
    told = f" ({got['sentence']})" if "sentence" in got else ""
    expect(f"{call}: error{told}", expected.get("raised"), got.get("raised"))
    items = (expected.get("items", []), got.get("items", []))
    expect(f"{call}: number of items", *map(len, items))
    for position, pair in enumerate(zip(*items, strict=True)):
        first, second = (comparable(call.arguments, one) for one in pair)
        for name in first | second:
            what = f"{call}: item {position}, {name}"
            expect(what, first.get(name, _ABSENT), second.get(name, _ABSENT))
