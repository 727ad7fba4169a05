"""Tables of sites can be distributed by enterprise: no query joins rows of different ones.

Citus is not here. PostgreSQL divides the tables in the same way, among partitions of one server: a
key that lacks the enterprise is refused, and the plan of a query shows which parts it joins.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import resources
from typing import Any, Final

import asyncpg
import pytest

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Inventory, diff
from frequenz.server.assets import _stores, demo
from frequenz.server.assets._callers.scope import Scope
from frequenz.server.assets._callers.scoped_selection import scoped
from frequenz.server.assets._stores import Store, apply_differences
from frequenz.server.assets._stores.drafts import drafting
from frequenz.server.assets._stores.history import differences, revisions
from frequenz.server.assets._stores.importing import Import
from frequenz.server.assets._stores.queries import select
from frequenz.server.assets._stores.removing import remove_gridpools, remove_microgrids
from frequenz.server.assets._stores.reverting import revert
from frequenz.server.assets._stores.rows import to_rows
from frequenz.server.assets._stores.selection import SELECTIONS
from frequenz.server.assets._stores.tables import OF_SITE

from .clusters import PostgresServer, url
from .conftest import OpenStore
from .contents import answer, content, put, requests_of

_PARTS: Final = 4

_SITES: Final = "|".join(table.name for table in OF_SITE)

_PART: Final = re.compile(rf"({_SITES})_part_\d")

_UNIONS: Final = ("Append", "Merge Append", "ModifyTable")
"""Nodes of plans with several children that join nothing."""

_SAME_ENTERPRISE: Final = re.compile(r"\w+\.enterprise_id = \w+\.enterprise_id")


def _distributed(script: str) -> str:
    """Return the statements that create tables, those of sites divided by enterprise."""

    def divided(found: re.Match[str]) -> str:
        table = found[1]
        parts = "".join(
            f"\nCREATE TABLE {table}_part_{number} PARTITION OF {table}"
            f" FOR VALUES WITH (MODULUS {_PARTS}, REMAINDER {number});"
            for number in range(_PARTS)
        )
        return f"{found[0][:-1]} PARTITION BY HASH (enterprise_id);{parts}"

    text, count = re.subn(rf"CREATE TABLE ({_SITES}) \(.*?\n\);", divided, script, flags=re.DOTALL)
    assert count == len(OF_SITE)
    return text


@pytest.fixture
def distributed(postgres: PostgresServer, database: str) -> str:
    """The URL of a database whose tables of sites are divided by enterprise."""
    folder = resources.files(_stores).joinpath("schema", "postgres")
    steps = sorted(folder.iterdir(), key=lambda it: it.name)
    first, *others = [step.read_text(encoding="utf-8") for step in steps]
    version = f"UPDATE assets_schema SET version = {len(steps)}"
    postgres.sql(_distributed(first), *others, version, database=database)
    return url(postgres, database=database)


Made = list[tuple[str, Sequence[Any]]]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """All queries that are made, and their parameters."""
    queries: Made = []
    for name in ("fetch", "execute"):
        _record(monkeypatch, name, queries)
    return queries


def _record(monkeypatch: pytest.MonkeyPatch, name: str, queries: Made) -> None:
    method = getattr(asyncpg.Connection, name)

    async def recorded(connection: Any, query: str, *parameters: Any, **options: Any) -> Any:
        queries.append((query, parameters))
        return await method(connection, query, *parameters, **options)

    monkeypatch.setattr(asyncpg.Connection, name, recorded)


async def test_every_query_joins_only_rows_of_the_same_enterprise(
    distributed: str, opened: OpenStore, made: Made
) -> None:
    store = await opened(distributed)
    await _use(store)
    queries = {text: parameters for text, parameters in made if re.match("SELECT|UPDATE", text)}
    of_sites = [it for it in queries if re.search(rf"\b({_SITES})\b", it)]
    assert {it.split()[0] for it in of_sites} == {"SELECT", "UPDATE"} and len(of_sites) > 50
    assert sum("JOIN" in it for it in of_sites) > 10
    connection = await asyncpg.connect(distributed)
    try:
        for text in of_sites:
            assert not await _joins_enterprises(connection, text, queries[text]), text
    finally:
        await connection.close()


async def test_a_join_without_the_enterprise_is_noticed(distributed: str) -> None:
    connection = await asyncpg.connect(distributed)
    among = "SELECT * FROM component WHERE microgrid_id"
    try:
        for text in (
            "SELECT * FROM microgrid AS m JOIN component AS c ON c.microgrid_id = m.microgrid_id",
            f"{among} IN (SELECT microgrid_id FROM microgrid WHERE enterprise_id = $1)",
            f"{among} = (SELECT microgrid_id FROM microgrid WHERE enterprise_id = $1 LIMIT 1)",
        ):
            parameters = [7] if "$1" in text else []
            assert await _joins_enterprises(connection, text, parameters), text
    finally:
        await connection.close()


async def _use(store: Store) -> None:
    """Do everything that a server and its commands do with a store."""
    (whole,) = (inventory.read(it) for it in demo.FLEETS if it.stem == "sites")
    first, second, *_ = whole.sites
    reordered = replace(first, components=first.components[::-1])
    changed = Inventory(
        (reordered, second), whole.gridpools, whole.energy_schedules[1:], whole.market_topology
    )
    await put(store, whole, "merge")
    await put(store, changed, "replace")
    await put(store, whole, "merge")
    for request in requests_of(whole):
        for revision in (None, 1):
            await answer(store, request, revision)
            selection = scoped(SELECTIONS[type(request)](request), Scope(7, frozenset({11, 12})))
            await store.fetch_fields(select(selection, revision), 2)
    for it in await revisions(store):
        await content(store, it.number)
    assert [it async for it in differences(store, 1, 2)]
    await apply_differences(store, diff(whole, changed), author="tester", comment="")
    async with drafting(store) as draft:
        await revert(draft, draft.number - 1)
        await draft.finish("tester", "")
    async with drafting(store) as draft:
        importing = Import(draft, "replace")
        await importing.put(to_rows(Inventory.joined([whole, whole])))
        await importing.finish()
        assert await importing.findings()
        await draft.finish("tester", "")
    async with drafting(store) as draft:
        await remove_microgrids(draft, [first.microgrid.id])
        await remove_gridpools(draft, [it.id for it in whole.gridpools])
        await draft.finish("tester", "")
    await store.probe()


async def _joins_enterprises(
    connection: Any, query: str, parameters: Sequence[Any]
) -> list[dict[str, Any]]:
    """Return the nodes of a query's plan that join rows of different enterprises."""
    await connection.execute("SET enable_partitionwise_join = on")
    plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON, VERBOSE) {query}", *parameters)
    return [*_faults(json.loads(plan)[0]["Plan"])]


def _faults(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    children = node.get("Plans", [])
    for child in children:
        yield from _faults(child)
    read = [
        {node["Relation Name"]} if "Relation Name" in node else set(),
        *map(_relations, children),
    ]
    if node["Node Type"] in _UNIONS:
        # Its members are not joined; what is computed before, or for each row, is joined to all.
        is_member = [it["Parent Relationship"] in ("Member", "Outer") for it in children]
        members = [it for it, is_one in zip(read[1:], is_member, strict=True) if is_one]
        others = [it for it, is_one in zip(read[1:], is_member, strict=True) if not is_one]
        read = [set[str]().union(*members), *others]
    parts = [{name[-1] for name in it if _PART.fullmatch(name)} for it in read]
    joined = [it for it in parts if it]
    is_of_one_part = len(set[str]().union(*joined)) == 1
    if len(joined) > 1 and not is_of_one_part and not _SAME_ENTERPRISE.search(json.dumps(node)):
        yield node


def _relations(node: dict[str, Any]) -> set[str]:
    """Return the tables that a part of a plan reads."""
    found = {node["Relation Name"]} if "Relation Name" in node else set()
    return found.union(*map(_relations, node.get("Plans", [])))
