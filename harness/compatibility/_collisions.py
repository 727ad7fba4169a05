"""Check 2, continued: published messages of the first generation, and ours, in one process."""

import json
from collections.abc import Sequence
from typing import Any

from ._environments import BOTH_GENERATIONS
from ._ours import expect_ours
from ._processes import SCRIPTS, output
from ._table import Table, expect, verdict


async def _is_ours() -> str:
    return await expect_ours(BOTH_GENERATIONS)


async def _ours_first() -> str:
    return await _expect_no_collision("ours")


async def _theirs_first() -> str:
    return await _expect_no_collision("theirs")


async def _expect_no_collision(first: str) -> str:
    command = BOTH_GENERATIONS.script(SCRIPTS / "both_generations.py")
    result: dict[str, Any] = json.loads(await output(*command, first))
    expect("description", result["theirs"], result["ours"])
    expect("exchanged", dict.fromkeys(result["exchanged"], True), result["exchanged"])
    return f"the same description, {len(result['exchanged'])} requests both ways"


async def check_collisions() -> Sequence[Table]:
    """Return the table of both in one process."""
    table = Table("`frequenz-api-assets` 0.2.1 and this package in one process", ("result",))
    checks = {
        "the package is ours": _is_ours,
        "ours imported first": _ours_first,
        "theirs imported first": _theirs_first,
    }
    for what, check in checks.items():
        table.rows[what] = {"result": await verdict(check)}
    return (table,)
