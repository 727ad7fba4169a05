"""Filters that are None, and filters that are given but empty."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from frequenz.client.assets import AssetsApiClient
from frequenz.server.assets import AssetsServer

from ...service.fleets import FLEET

LOGGER = "frequenz.client.assets.calls"
ListCall = Callable[..., Awaitable[list[Any]]]


@pytest.mark.parametrize(
    "empty", [[], (), set(), iter(())], ids=["list", "tuple", "set", "iterator"]
)
async def test_an_empty_filter_returns_everything_and_is_logged_once_a_call(
    empty: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with AssetsServer(FLEET) as server, AssetsApiClient(server.url) as client:
        everything = await client.list_microgrids()
        with caplog.at_level(logging.INFO, LOGGER):
            assert await client.list_microgrids(empty, gridpool_ids=[]) == everything
    assert [record.getMessage() for record in caplog.records if record.name == LOGGER] == [
        "ListMicrogrids: empty filters match everything, pass None instead: "
        "microgrid_ids, gridpool_ids"
    ]


async def test_no_filter_and_other_filters_are_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with AssetsServer(FLEET) as server, AssetsApiClient(server.url) as client:
        with caplog.at_level(logging.INFO, LOGGER):
            everything = await client.list_microgrids(None, None)
            assert await client.list_microgrids() == everything
            assert await client.list_microgrids([1]) == everything[:1]
            await client.list_market_topology_relations(
                gridpool_ids=None,
                microgrid_ids=None,
                market_location_id_values=None,
                delivery_areas=None,
                participation_types=None,
            )
    assert [record for record in caplog.records if record.levelno >= logging.INFO] == []
