"""The components and connections of many sites at once, from the bytes of their replies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2

from ..._wire.entities import COMPONENT, CONNECTION, Entity
from ._categories import CATEGORY_READER
from ._items import rewrite
from ._lifetimes import CONNECTION_LIFETIME_READER, LIFETIME_READER
from ._scan import Array, Scanned, Scanner
from ._section_reader import taken
from ._settings import SETTINGS_READER, SettingsTable


@dataclass
class SiteList:
    """One kind of item of many sites."""

    entity: Entity[Any]
    items: list[bytes]
    """The items as they can be read: some may have been rewritten."""

    site: Array
    """By item, the index of its site."""

    invalid_texts: Mapping[int, tuple[str, ...]]
    """By item, the paths of texts that were left out."""

    columns: dict[str, Any]
    """The columns of the table, but for the IDs of the site."""

    faulty: Array
    """Whether each item may have a fault of its own."""

    beyond: Array
    """Whether each item has a moment that tables cannot hold."""

    keys: tuple[Array, ...]
    """The fields that tell items of a site apart."""

    owner: Array | None
    """The microgrid ID of each item; None if it has none."""


@dataclass
class ComponentList(SiteList):
    """The components of many sites."""

    kind: Array
    """The kind of each component, as its position in `topology._kinds.Kind`."""

    settings: SettingsTable
    """The distinct rated bounds and operational modes."""

    setting: Array
    """By component, its row there."""

    def rated_bounds(self) -> tuple[Array, dict[str, Any]]:
        """Return by row of `rated_bounds`, the index of its component; and the columns."""
        count = self.settings.counts[self.setting]
        component = np.repeat(np.arange(count.size), count)
        # From the first row of a component to the first one of its record.
        shift = self.settings.first[self.setting] - (np.cumsum(count) - count)
        names = ("component_id", "category", "category_number")
        return component, {
            **taken({name: self.columns[name] for name in names}, component),
            **taken(self.settings.bounds, shift[component] + np.arange(component.size)),
        }


_COMPONENTS: Final = Scanner(
    electrical_components_pb2.ElectricalComponent.DESCRIPTOR,
    ("category", "category_specific_info"),
    ("metric_config_bounds", "operational_mode"),
)
_CONNECTIONS: Final = Scanner(electrical_components_pb2.ElectricalComponentConnection.DESCRIPTOR)


def read_components(items: Sequence[bytes], site: Array) -> ComponentList:
    """Return the components of some sites.

    Raises:
        DecodeError: If one is invalid.
    """
    readable, scanned, invalid_texts = _scanned(_COMPONENTS, COMPONENT, items)
    numbers, sections = scanned.numbers, scanned.sections
    categories, category = CATEGORY_READER.read(sections["category"])
    lifetimes, lifetime = LIFETIME_READER.read(sections["operational_lifetime"])
    settings, setting = SETTINGS_READER.read(sections["metric_config_bounds"])
    ids, owner = numbers["id"], numbers["microgrid_id"]
    columns = {
        "component_id": ids_column(ids),
        **taken(categories.columns, category),
        **scanned.texts,
        **taken(lifetimes.columns, lifetime),
        **taken(settings.columns, setting),
    }
    return ComponentList(
        COMPONENT,
        readable,
        site,
        invalid_texts,
        columns,
        categories.is_faulty[category]
        | lifetimes.is_faulty[lifetime]
        | settings.is_faulty[setting]
        | (ids == 0)
        | (owner == 0),
        lifetimes.is_beyond[lifetime],
        (ids,),
        owner,
        categories.kind[category],
        settings,
        setting,
    )


def read_connections(items: Sequence[bytes], site: Array) -> SiteList:
    """Return the connections of some sites.

    Raises:
        DecodeError: If one is invalid.
    """
    readable, scanned, invalid_texts = _scanned(_CONNECTIONS, CONNECTION, items)
    source, destination = scanned.numbers.values()
    lifetimes, lifetime = CONNECTION_LIFETIME_READER.read(scanned.sections["operational_lifetime"])
    columns = {
        "source_component_id": ids_column(source),
        "destination_component_id": ids_column(destination),
        **taken(lifetimes.columns, lifetime),
    }
    return SiteList(
        CONNECTION,
        readable,
        site,
        invalid_texts,
        columns,
        lifetimes.is_faulty[lifetime]
        | (source == 0)
        | (destination == 0)
        | (source == destination),
        lifetimes.is_beyond[lifetime],
        (source, destination),
        None,
    )


def _scanned(
    scanner: Scanner, entity: Entity[Any], items: Sequence[bytes]
) -> tuple[list[bytes], Scanned, dict[int, tuple[str, ...]]]:
    """Return items as they can be read, what was read, and the paths of texts left out."""
    readable, rewritten = list(items), {}
    while (scanned := scanner.scan(readable)).unusual.size:
        for row in scanned.unusual.tolist():
            if row in rewritten:
                raise AssertionError(f"{entity.noun}: a message that protobuf wrote is unusual")
            readable[row], rewritten[row] = rewrite(entity.message, readable[row])
    return readable, scanned, {row: paths for row, paths in rewritten.items() if paths}


def ids_column(numbers: Array) -> Any:
    """Return IDs as a column, null if 0."""
    return pa.array(numbers, mask=numbers == 0)
