"""The components of one microgrid as tables, from one call."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final, SupportsIndex

import numpy as np
import pyarrow as pa
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from google.protobuf.message import DecodeError

from ..._client import AssetsApiClient
from ..._wire import requests
from ..._wire.reply import Reply
from ...electrical_component import ElectricalComponentCategory
from .._arguments import check_client
from ._findings import findings_table, list_findings
from ._items import flat
from ._rows import table_of
from ._site_lists import read_components

_CALL: Final = "ListMicrogridElectricalComponents"


class ComponentTables:
    """The components of a microgrid as Arrow tables, each made when it is first looked at.

    Their `enterprise_id` is null, which the call does not return. The findings are those of the
    list: rules about other entities, such as the component graph, are not checked.
    """

    def __init__(self, microgrid_id: int, reply: Reply) -> None:
        """Read the reply of a call; use `fetch_component_tables` instead.

        Raises:
            DecodeError: If its bytes are invalid, other than by texts that are not UTF-8.
        """
        self._microgrid_id = microgrid_id
        self._reply = flat(reply)
        items = list(self._reply.components)
        self._components = read_components(items, np.zeros(len(items), np.int64))

    def __repr__(self) -> str:
        """Return the microgrid and the number of components."""
        count = len(self._reply.components)
        return f"ComponentTables(microgrid_id={self._microgrid_id}, components={count} rows)"

    @cached_property
    def components(self) -> Any:
        """The components."""
        return self._table("components", self._components.columns)

    @cached_property
    def rated_bounds(self) -> Any:
        """A row for each metric of a component."""
        _, columns = self._components.rated_bounds()
        return self._table("rated_bounds", columns)

    @cached_property
    def findings(self) -> Any:
        """What is wrong with them."""
        rows = list_findings(self._components, [self._microgrid_id], [[self._reply]])
        return findings_table(rows)

    def _table(self, name: str, columns: Mapping[str, Any]) -> Any:
        count = len(columns["component_id"])
        number = pa.scalar(self._microgrid_id or None, pa.uint64())
        owners = {
            "microgrid_id": pa.repeat(number, count),
            "enterprise_id": pa.nulls(count, pa.uint64()),
        }
        return table_of(name, {**columns, **owners})


async def fetch_component_tables(
    client: AssetsApiClient,
    microgrid_id: MicrogridId | SupportsIndex,
    component_ids: Iterable[ElectricalComponentId | SupportsIndex] | None = None,
    categories: Iterable[ElectricalComponentCategory | SupportsIndex] | None = None,
    *,
    timeout: float | None = None,
) -> ComponentTables:
    """Return the components of one microgrid as Arrow tables, in the server's order.

    This makes one call, and no objects; `fetch_tables` makes several, for whole microgrids.

    Args:
        client: The client.
        microgrid_id: The ID of the microgrid.
        component_ids: A filter for the IDs of the components; None or empty matches all.
        categories: A filter for the categories of the components; None or empty matches all.
        timeout: How long the call may take, in s; by default as the client's policy says.

    Raises:
        TypeError, ValueError: If an argument has a wrong type or is out of range.
        ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
    """
    check_client(client)
    request = requests.list_components(microgrid_id, component_ids, categories)
    limit = client._policy.resolve_timeout(... if timeout is None else timeout)
    reply = await client._calls.make(_CALL, request, limit)
    try:
        return ComponentTables(request.microgrid_id, reply)
    except DecodeError as error:
        raise client._invalid_reply(_CALL, reply, error) from error
