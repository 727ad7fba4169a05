"""Tables: the same rows from the wire, from files and from objects, whatever is in them."""

import math
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa
import pytest
from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, settings
from hypothesis import strategies as st

from frequenz.client.assets import inventory
from frequenz.client.assets._wire.component_classes import OWN_DATA
from frequenz.client.assets._wire.entities import ENTITIES, RELATION
from frequenz.client.assets._wire.reply import Reply
from frequenz.client.assets._wire.varint import write_varint
from frequenz.client.assets.findings import Rule
from frequenz.client.assets.fleet import Site as FleetSite
from frequenz.client.assets.fleet._replies import MarketReplies, SiteReplies
from frequenz.client.assets.fleet._tables import (
    SCHEMAS,
    ComponentTables,
    Tables,
    make_tables,
    tables,
)
from frequenz.client.assets.fleet._tables._findings import moment_faults, text_faults
from frequenz.client.assets.fleet._tables._items import rewrite
from frequenz.client.assets.inventory import Inventory, Site
from frequenz.server.assets.demo import FLEETS

from .. import strategies
from ..examples import component, component_classes
from ..inventory.strategies import any_whole
from ..messages import microgrid_pb, pb
from .expected import EXPECTED

CLASSES: Final = component_classes()

ONLY_IN_TABLES: Final = {Rule.TEXT_MALFORMED.id, Rule.MOMENT_BEYOND_TABLES.id}

_COMPONENTS: Final = platformassets_pb2.ListMicrogridElectricalComponentsResponse
_CONNECTIONS: Final = platformassets_pb2.ListMicrogridElectricalComponentConnectionsResponse


def plain(table: Any) -> list[dict[str, Any]]:
    """Return the rows of a table, with moments as nanoseconds and NaN as text."""
    arrays = {
        name: column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    return pa.table(arrays).to_pylist()  # type: ignore[no-any-return]


def over_the_wire(fleet: Inventory) -> Tables:
    """Return the tables of a fleet whose replies arrive as bytes."""
    market = MarketReplies.of(fleet)
    return make_tables(
        (_as_bytes(SiteReplies.of(site)) for site in fleet.sites),
        MarketReplies(
            _bytes_of(market.gridpools),
            tuple(_bytes_of(reply) for reply in market.energy_schedules or ()),
            _bytes_of(market.market_topology),
        ),
    )


def _as_bytes(site: SiteReplies) -> SiteReplies:
    return SiteReplies(site.microgrid_id, *map(_bytes_of, site[1:]))


def _bytes_of(reply: Any) -> Any:
    return Reply(reply.kind, reply.data)


def expected_findings(fleet: Inventory) -> list[tuple[Any, ...]]:
    return sorted(
        (
            found.finding.entity,
            found.finding.id,
            found.finding.severity.value,
            found.finding.path,
            found.finding.sentence,
        )
        for found in inventory.check(fleet)
    )


def found(made: Tables) -> list[tuple[Any, ...]]:
    return sorted(
        (row["entity_name"], row["rule"], row["severity"], row["path"], row["sentence"])
        for row in plain(made.findings)
        if row["rule"] not in ONLY_IN_TABLES
    )


def assert_is_table_of(made: Tables, fleet: Inventory) -> None:
    """Compare tables with what is computed from the client's objects."""
    for name, table in made:
        table.validate(full=True)
        assert table.schema.equals(SCHEMAS[name], check_metadata=True)
        if name in EXPECTED:
            assert plain(table) == [*EXPECTED[name](fleet)], name
    assert found(made) == expected_findings(fleet)
    for row in plain(made.findings):
        index = row["relation_index"]
        assert (index is not None) == (row["entity"] == RELATION.noun)
        if index is not None:
            relation = fleet.market_topology[index]
            assert row["entity_name"].startswith(RELATION.name_of(relation))
            assert (row["microgrid_id"], row["gridpool_id"]) == (
                relation.microgrid_id or None,
                relation.gridpool_id or None,
            )


def assert_equal(one: Tables, other: Tables) -> None:
    for (name, table), (_, same) in zip(one, other, strict=True):
        assert plain(table) == plain(same), name


# Any fleet ----------------------------------------------------------------------------------------


@given(any_whole)
@settings(max_examples=150, deadline=None)
def test_the_rows_are_those_of_the_objects_whatever_the_wire_carries(fleet: Inventory) -> None:
    assert_is_table_of(over_the_wire(fleet), fleet)


def _leaves(descriptor: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for field in descriptor.fields:
        if field.message_type is None:
            yield (*path, field)
        else:
            yield from _leaves(field.message_type, (*path, field))


def _name(path: tuple[Any, ...]) -> str:
    return ".".join(field.name for field in path)


ALL_FIELDS: Final = [
    pytest.param(kind, path, id=f"{entity.noun}-{_name(path)}")
    for kind, entity in ENTITIES.items()
    for path in _leaves(kind.DESCRIPTOR)
]


@pytest.mark.parametrize(("kind", "path"), ALL_FIELDS)
def test_every_field_of_the_api_is_in_a_table(kind: Any, path: tuple[Any, ...]) -> None:
    entity = ENTITIES[kind]
    owned = [it for it, data in OWN_DATA.items() if len(path) > 1 and path[1].name == data.field]
    base, changed = (kind(category=owned[0].value) if owned else kind() for _ in range(2))
    target = changed
    for field in path[:-1]:
        inner = getattr(target, field.name)
        target = inner.add() if field.is_repeated else inner
    *_, last = path
    setattr(target, last.name, "x" if last.type == last.TYPE_STRING else 3)

    def of(message: Any) -> list[Any]:
        if entity.inventory_list == "sites":
            fleet = Inventory((Site(message),))
        elif entity.inventory_list in {"components", "connections", "sensors"}:
            lists = {entity.inventory_list: (message,)}
            fleet = Inventory((Site(microgrid_pb.Microgrid(id=1), **lists),))
        else:
            fleet = Inventory(**{entity.inventory_list: (message,)})
        return [plain(table) for name, table in over_the_wire(fleet) if name != "findings"]

    # The microgrid of an entity is the one that lists it.
    is_owner = entity.noun in {"component", "sensor"} and _name(path) == "microgrid_id"
    assert (of(changed) == of(base)) is is_owner


small_ids: Final = st.integers(0, 6)


@st.composite
def small_sites(draw: Any) -> Site:
    """Return a site with few IDs, so that components and connections meet, and share them."""
    number = draw(st.sampled_from([1, 2]))
    return Site(
        microgrid_pb.Microgrid(id=number),
        tuple(
            pb.ElectricalComponent(
                id=draw(small_ids),
                microgrid_id=draw(st.sampled_from([number, number, number, 0, 3])),
                category=draw(st.sampled_from([1, 2, 2, 2])),
            )
            for _ in range(draw(st.integers(0, 5)))
        ),
        tuple(
            pb.ElectricalComponentConnection(
                source_electrical_component_id=draw(small_ids),
                destination_electrical_component_id=draw(small_ids),
            )
            for _ in range(draw(st.integers(0, 6)))
        ),
    )


@given(st.lists(small_sites(), max_size=4))
@settings(max_examples=300, deadline=None)
def test_the_findings_across_items_are_those_of_inventories(sites: list[Site]) -> None:
    fleet = Inventory(tuple(sites))
    assert found(over_the_wire(fleet)) == expected_findings(fleet)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_trees_have_the_findings_of_inventories(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    predecessors = [data.draw(st.integers(0, at - 1)) for at in range(1, count)]
    ids = data.draw(st.permutations(range(1, count + 1)))
    extra = data.draw(st.lists(st.tuples(small_ids, small_ids), max_size=1))
    ends = [(ids[before], ids[at]) for at, before in enumerate(predecessors, 1)] + extra
    site = Site(
        microgrid_pb.Microgrid(id=1),
        tuple(
            pb.ElectricalComponent(id=number, microgrid_id=1, category=1 if at == 0 else 2)
            for at, number in enumerate(ids)
        ),
        tuple(
            pb.ElectricalComponentConnection(
                source_electrical_component_id=source,
                destination_electrical_component_id=destination,
            )
            for source, destination in data.draw(st.permutations(ends))
        ),
    )
    fleet = Inventory((site,))
    assert found(over_the_wire(fleet)) == expected_findings(fleet)


@given(any_whole)
@settings(max_examples=40, deadline=None)
def test_a_file_has_the_same_rows(fleet: Inventory) -> None:
    text = inventory.to_text(fleet, file_format="jsonl")
    read = inventory.parse_text(text, name="fleet.jsonl", file_format="jsonl")
    assert_equal(tables(read), over_the_wire(fleet))


_objects = st.one_of(
    strategies.microgrids,
    st.sampled_from(CLASSES).flatmap(strategies.components),
    strategies.connections,
    strategies.sensors,
    strategies.gridpools,
    strategies.schedules,
    strategies.relations,
)


def _messages(objects: Iterable[Any]) -> dict[str, list[Any]]:
    from frequenz.client.assets._wire import connection, market, microgrid, sensor
    from frequenz.client.assets._wire.component import encode_component

    encoders: dict[str, Any] = {
        "Microgrid": microgrid.encode_microgrid,
        "ComponentConnection": connection.encode_connection,
        "Sensor": sensor.encode_sensor,
        "Gridpool": market.encode_gridpool,
        "GridpoolEnergySchedule": market.encode_schedule,
        "MarketTopologyRelation": market.encode_relation,
    }
    messages: dict[str, list[Any]] = {name: [] for name in (*encoders, "ElectricalComponent")}
    for it in objects:
        name = type(it).__name__
        if name not in encoders:
            name, encode = "ElectricalComponent", encode_component
        else:
            encode = encoders[name]
        messages[name].append(encode(it))
    return messages


@given(
    strategies.microgrids,
    st.lists(st.sampled_from(CLASSES).flatmap(strategies.components), min_size=1, max_size=4),
    st.lists(strategies.connections, min_size=1, max_size=4),
    st.lists(strategies.sensors, max_size=2),
    st.lists(strategies.gridpools, min_size=1, max_size=2),
    st.lists(strategies.schedules, max_size=2),
    st.lists(strategies.relations, max_size=2),
)
@settings(max_examples=60, deadline=None)
def test_objects_have_the_rows_of_the_wire(  # noqa: PLR0917 - each is drawn
    microgrid: Any,
    components: list[Any],
    connections: list[Any],
    sensors: list[Any],
    gridpools: list[Any],
    schedules: list[Any],
    relations: list[Any],
) -> None:
    from dataclasses import replace

    number = microgrid.id
    components = [replace(it, microgrid_id=number) for it in components]
    sensors = [replace(it, microgrid_id=number) for it in sensors]
    for at, it in enumerate(connections):  # between components that are there
        ends = components[at % len(components)].id, it.destination
        connections[at] = replace(it, source=ends[0]) if ends[0] != ends[1] else it
    objects = [microgrid, components, connections, sensors, gridpools, schedules, relations]
    flat = [microgrid, *components, *connections, *sensors, *gridpools, *schedules, *relations]
    messages = {name: tuple(it) for name, it in _messages(flat).items()}
    site = Site(
        messages["Microgrid"][0],
        messages["ElectricalComponent"],
        messages["ComponentConnection"],
        messages["Sensor"],
    )
    fleet = Inventory(
        (site,),
        messages["Gridpool"],
        messages["GridpoolEnergySchedule"],
        messages["MarketTopologyRelation"],
    )
    of_objects, of_wire = tables(objects), over_the_wire(fleet)
    known = {it.id for it in components}
    if all(it.source in known or it.destination in known for it in connections):
        assert_equal(of_objects, of_wire)
    else:  # the others have no microgrid
        for name in ("microgrids", "components", "rated_bounds", "sensors", "energy_schedules"):
            assert plain(getattr(of_objects, name)) == plain(getattr(of_wire, name))


# Faults -------------------------------------------------------------------------------------------


def _component(**fields: Any) -> Any:
    return pb.ElectricalComponent(
        **{
            "id": 2,
            "microgrid_id": 1,
            "name": "battery",
            "category": 5,
            "category_specific_info": {"battery": {"type": 1}},
            "operational_lifetime": {"start_timestamp": {"seconds": 5}},
            "metric_config_bounds": [
                {"metric": 1, "config_bounds": {"lower": -1, "upper": 1}},
                {"metric": 2, "config_bounds": {"lower": -2, "upper": 2}},
            ],
            "operational_mode": 4,
        }
        | fields
    )


def _made(*messages: Any) -> Tables:
    return _made_of_bytes([message.SerializeToString() for message in messages])


def _item(data: bytes) -> bytes:
    return b"\x12" + write_varint(len(data)) + data


def _made_of_bytes(items: Sequence[bytes], connections: bytes = b"") -> Tables:
    site = SiteReplies(
        1,
        Reply.of(microgrid_pb.Microgrid(id=1, enterprise_id=7)),
        Reply(_COMPONENTS, b"\x08\x01" + b"".join(map(_item, items))),
        Reply(_CONNECTIONS, connections or b"\x08\x01"),
        None,
    )
    return make_tables([site])


_PERIOD: Final = {"operational_lifetime_start", "operational_lifetime_end"}


@pytest.mark.parametrize(
    ("fields", "changed", "rule"),
    [
        (
            {"operational_lifetime": {"start_timestamp": {"seconds": 2**62}}},
            {"operational_lifetime_start": None},
            "timestamp-out-of-range",
        ),
        (
            {"operational_lifetime": {"start_timestamp": {"seconds": 5, "nanos": -1}}},
            {"operational_lifetime_start": None},
            "nanos-out-of-range",
        ),
        (
            {
                "operational_lifetime": {
                    "start_timestamp": {"seconds": 5},
                    "end_timestamp": {"seconds": 253402214400},
                }
            },
            {},
            "moment-beyond-tables",
        ),
        (
            {"operational_lifetime": {"start_timestamp": {"seconds": -(10**10)}}},
            {"operational_lifetime_start": None},
            "moment-beyond-tables",
        ),
        (
            {
                "operational_lifetime": {
                    "start_timestamp": {"seconds": 5},
                    "end_timestamp": {"seconds": 4},
                }
            },
            {"operational_lifetime_start": None},
            "lifetime-inverted",
        ),
        ({"category": 77}, {"category": None, "category_number": 77}, "unrecognized"),
        ({"category": -7}, {"category": None, "category_number": -7}, "unrecognized"),
        (
            {"operational_mode": 2**31 - 1},
            {"operational_mode": None, "operational_mode_number": 2**31 - 1},
            "unrecognized",
        ),
        (
            {"category_specific_info": {"battery": {"type": 99}}},
            {"type": None, "type_number": 99},
            "unrecognized",
        ),
        ({"id": 0}, {"component_id": None}, "id-zero"),
    ],
)
def test_a_fault_costs_its_cell(fields: dict[str, Any], changed: dict[str, Any], rule: str) -> None:
    (before,), (after,) = (plain(_made(_component(**it)).components) for it in ({}, fields))
    expected = before | changed
    if before["category_number"] != after["category_number"]:
        expected |= {"type": None, "type_number": None}
    assert after == expected
    assert rule in _rules(_made(_component(**fields)))


@pytest.mark.parametrize(
    ("bounds", "cells", "rule"),
    [
        ({"lower": math.nan, "upper": 1}, (None, 1.0), "bound-not-finite"),
        ({"lower": -math.inf, "upper": 1}, (None, 1.0), "bound-not-finite"),
        ({"lower": 3, "upper": 1}, (None, None), "bounds-inverted"),
        (None, (None, None), "bounds-missing"),
        ({}, (None, None), None),
        ({"lower": 0.0}, (0.0, None), None),
    ],
)
def test_faulty_bounds_cost_their_cells(
    bounds: dict[str, float] | None, cells: tuple[Any, ...], rule: str | None
) -> None:
    entries = [
        {"metric": 1, "config_bounds": bounds},
        {"metric": 2, "config_bounds": {"upper": 2}},
    ]
    made = _made(_component(metric_config_bounds=entries))
    first, second = plain(made.rated_bounds)
    assert (first["lower"], first["upper"]) == cells
    assert (second["lower"], second["upper"]) == (None, 2.0)
    assert _rules(made) & {"bound-not-finite", "bounds-inverted", "bounds-missing"} == (
        {rule} if rule else set()
    )


def test_a_metric_that_is_given_twice_has_its_last_usable_bounds() -> None:
    uppers = [(1, 1.0), (2, 2.0), (1, 5.0), (1, -9.0), (3, -9.0), (3, -8.0)]
    entries = [
        {"metric": metric, "config_bounds": {"lower": 0.0, "upper": upper}}
        for metric, upper in uppers
    ]
    made = _made(_component(metric_config_bounds=entries), _component(id=3))
    rows = [
        (row["component_id"], row["metric_number"], row["upper"])
        for row in plain(made.rated_bounds)
    ]
    assert rows == [(2, 1, 5.0), (2, 2, 2.0), (2, 3, None), (3, 1, 1.0), (3, 2, 2.0)]
    assert "metric-twice" in _rules(made)


@pytest.mark.parametrize("ends", [[(2, 3), (3, 2), (1, 4)], [(2, 3), (3, 4), (4, 2)]])
def test_cycles_apart_from_the_grid_connection_point_are_found(ends: list[tuple[int, int]]) -> None:
    components = tuple(
        _component(id=number, category=1 if number == 1 else 5) for number in range(1, 5)
    )
    connections = tuple(
        pb.ElectricalComponentConnection(
            source_electrical_component_id=source, destination_electrical_component_id=destination
        )
        for source, destination in ends
    )
    fleet = Inventory((Site(microgrid_pb.Microgrid(id=1), components, connections),))
    made = over_the_wire(fleet)
    assert "cycle" in _rules(made)
    assert found(made) == expected_findings(fleet)


def _rules(made: Tables) -> set[str]:
    return {row["rule"] for row in plain(made.findings)}


@pytest.mark.parametrize("field", ["name", "manufacturer", "model_name", "model"])
def test_invalid_utf_8_costs_its_cell(field: str) -> None:
    good, other = _component(id=3), _component(**{field: "ABCD"})
    bad = other.SerializeToString().replace(b"ABCD", b"A\xff\xfeD")
    made = _made_of_bytes([good.SerializeToString(), bad])
    whole = plain(_made(good, other).components)
    assert plain(made.components) == [whole[0], whole[1] | {field: None}]
    (row,) = (row for row in plain(made.findings) if row["rule"] == "text-malformed")
    assert (row["entity_id"], row["path"], row["microgrid_id"]) == (2, field, 1)


def test_invalid_utf_8_in_other_messages_costs_its_cell() -> None:
    fleet = Inventory(
        (
            Site(
                microgrid_pb.Microgrid(id=1, name="ABCD", status=1),
                sensors=(sensors_pb2.Sensor(id=4, microgrid_id=1, model="ABCD"),),
            ),
        ),
        (gridpool_pb2.Gridpool(id=2, name="ABCD"),),
        (
            platformassets_pb2.GridpoolEnergySchedule(
                gridpool_id=2,
                schedule_id=3,
                counterparty_delivery_area={"code": "ABCD"},  # type: ignore[arg-type]
            ),
        ),
        (
            platformassets_pb2.MarketTopologyRelation(
                gridpool_id=2,
                market_location_ref={"market_location_id": {"id": {"value": "ABCD"}}},  # type: ignore[arg-type]
            ),
        ),
    )
    site, market = SiteReplies.of(fleet.sites[0]), MarketReplies.of(fleet)

    def broken(reply: Any) -> Any:
        return Reply(reply.kind, reply.data.replace(b"ABCD", b"\xc3\x28CD"))

    made = make_tables(
        [SiteReplies(1, *map(broken, site[1:]))],
        MarketReplies(
            broken(market.gridpools),
            tuple(map(broken, market.energy_schedules or ())),
            broken(market.market_topology),
        ),
    )
    assert [row["name"] for row in plain(made.microgrids)] == [None]
    assert [(row["sensor_id"], row["model"]) for row in plain(made.sensors)] == [(4, None)]
    assert [row["gridpool_id"] for row in plain(made.gridpools)] == [2]
    paths = {
        (row["entity"], row["path"], row["relation_index"])
        for row in plain(made.findings)
        if row["rule"] == "text-malformed"
    }
    assert paths == {
        ("microgrid", "name", None),
        ("sensor", "model", None),
        ("gridpool", "name", None),
        ("schedule", "counterparty_delivery_area.code", None),
        ("relation", "market_location_ref.market_location_id.value", 0),
    }


def _with_all_fields(kind: Any, seconds: int, text: str) -> Any:
    """Return a message with each moment and each text that it can have."""
    message = kind()
    for field in kind.DESCRIPTOR.fields:
        if field.message_type is Timestamp.DESCRIPTOR:
            getattr(message, field.name).seconds = seconds
        elif field.message_type is not None:
            inner = _with_all_fields(GetMessageClass(field.message_type), seconds, text)
            target = getattr(message, field.name)
            target.add().CopyFrom(inner) if field.is_repeated else target.CopyFrom(inner)
        elif field.type == field.TYPE_STRING:
            setattr(message, field.name, text)
    return message


def test_the_rules_of_tables_name_all_fields() -> None:
    moments: set[str] = set()
    texts: set[str] = set()
    for kind, entity in ENTITIES.items():
        message = _with_all_fields(kind, 10**10, "ABCD")
        data = message.SerializeToString().replace(b"ABCD", b"\xc3\x28CD")
        for fields, faults in (
            (moments, moment_faults(message)),
            (texts, text_faults(rewrite(kind, data).invalid_texts)),
        ):
            fields |= {f"{entity.noun}: {it.path.replace('[0]', '[*]')}" for it in faults}
    assert moments == {*Rule.MOMENT_BEYOND_TABLES.fields}
    assert texts == {*Rule.TEXT_MALFORMED.fields}


# Unusual bytes ------------------------------------------------------------------------------------

_UNUSUAL: Final = {
    "unknown field": lambda data: data + b"\x7a\x03abc",
    "unknown number": lambda data: data + b"\xa0\x06\x05",
    "fields twice": lambda data: data + b"\x08\x09",
    "fields in another order": lambda data: data[2:] + data[:2],
    "a sub-message in two pieces": lambda data: data + b"\x42\x04\x12\x02\x08\x63",
    "a sub-message twice, with other members of a oneof": lambda data: (
        data + b"\x2a\x04\x12\x02\x08\x01"
    ),
    "two members of a oneof": lambda data: data.replace(
        b"\x2a\x04\x0a\x02\x08\x01", b"\x2a\x08\x0a\x02\x08\x01\x22\x02\x08\x01"
    ),
    "a tag with more bytes than it needs": lambda data: data + b"\x88\x00\x09",
    "a number with more bytes than it needs": lambda data: data + b"\x50\x82\x80\x00",
    "a number of another type": lambda data: data + b"\x0d\x01\x02\x03\x04",
    "an unknown enum of ten bytes": lambda data: data + b"\x50" + b"\xff" * 9 + b"\x01",
}


@pytest.mark.parametrize("name", _UNUSUAL)
def test_unusual_messages_are_read_as_protobuf_reads_them(name: str) -> None:
    items = [_UNUSUAL[name](_component().SerializeToString()), _component(id=3).SerializeToString()]
    messages = tuple(pb.ElectricalComponent.FromString(item) for item in items)
    fleet = Inventory((Site(microgrid_pb.Microgrid(id=1, enterprise_id=7), messages),))
    made = _made_of_bytes(items)
    for table in ("components", "rated_bounds"):
        assert plain(getattr(made, table)) == [*EXPECTED[table](fleet)]
    assert found(made) == expected_findings(fleet)


def test_unusual_messages_and_invalid_texts_in_one_list_are_read() -> None:
    usual = _component(id=4).SerializeToString()
    unusual = _UNUSUAL["an unknown enum of ten bytes"](usual)
    invalid = _component(id=3, name="AB").SerializeToString().replace(b"AB", b"\xff\xff")
    made = _made_of_bytes([unusual, invalid, usual])
    assert made.components["component_id"].to_pylist() == [4, 3, 4]
    assert made.components["name"].to_pylist() == ["battery", None, "battery"]
    assert {"text-malformed", "id-taken"} <= {*made.findings["rule"].to_pylist()}


@pytest.mark.parametrize("kept", [0, 100, 10**6])
def test_sections_that_were_read_before_do_not_change_the_rows(
    kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frequenz.client.assets.fleet._tables._section_reader._KEPT_BYTES", kept)
    for first in (1, 5, 3, 1, 100):
        seconds = range(first, first + 6)
        fleet = Inventory(
            (
                Site(
                    microgrid_pb.Microgrid(id=1, enterprise_id=7),
                    tuple(
                        _component(
                            id=it,
                            operational_lifetime={"start_timestamp": {"seconds": it}},
                            metric_config_bounds=[
                                {"metric": 1 + at, "config_bounds": {"upper": it}}
                                for at in range(it % 3)
                            ],
                        )
                        for it in seconds
                    ),
                ),
            )
        )
        assert_is_table_of(over_the_wire(fleet), fleet)


@pytest.mark.parametrize("length", [1, 63, 64, 65, 200, 40_000])
def test_texts_may_have_any_length(length: int) -> None:
    names = ["ä" * (length // 2) + "x" * (length % 2), "", "b"]
    made = _made(*(_component(id=2 + at, name=name) for at, name in enumerate(names)))
    assert made.components["name"].to_pylist() == [names[0], None, "b"]
    made = _made(*(_component(id=2 + at, model=name) for at, name in enumerate(reversed(names))))
    assert made.components["model"].to_pylist() == ["b", None, names[0]]


@given(st.lists(st.binary(max_size=12), max_size=3), st.binary(max_size=12), st.integers(0, 60))
@settings(max_examples=600, deadline=None)
def test_any_bytes_are_read_as_protobuf_reads_them_or_refused(
    items: list[bytes], more: bytes, cut: int
) -> None:
    valid = _component().SerializeToString()
    every = [*items, valid[:cut] + more + valid[cut:]]
    try:
        messages = tuple(pb.ElectricalComponent.FromString(item) for item in every)
    except DecodeError:
        with suppress(DecodeError):
            _made_of_bytes(every)  # texts that are not UTF-8 are no reason to refuse it
        return
    fleet = Inventory((Site(microgrid_pb.Microgrid(id=1, enterprise_id=7), messages),))
    made = _made_of_bytes(every)
    for table in ("components", "rated_bounds"):
        assert plain(getattr(made, table)) == [*EXPECTED[table](fleet)]


@pytest.mark.parametrize("end", [1, 5, 20])
def test_truncated_replies_are_refused(end: int) -> None:
    data = _item(_component().SerializeToString())[:-end]
    site = SiteReplies(
        4,
        Reply.of(microgrid_pb.Microgrid(id=4)),
        Reply(_COMPONENTS, data),
        Reply(_CONNECTIONS, b""),
        None,
    )
    with pytest.raises(DecodeError, match="microgrid 4"):
        make_tables([site])


@pytest.mark.parametrize(
    "more",
    [
        b"\x42\x03\x0a\x02\x08",  # a lifetime whose start is truncated
        b"\x2a\x04\x12\x02\x08\x80",  # data of another category, which has no use
        b"\x4a\x02\x12\x05",  # truncated bounds
        b"\x1b",  # a group that does not end
        b"\x50" + b"\xff" * 11,  # a number of eleven bytes
    ],
)
def test_the_error_of_an_invalid_component_names_its_microgrid(more: bytes) -> None:
    good = _component().SerializeToString()

    def site(number: int, item: bytes) -> SiteReplies:
        return SiteReplies(
            number,
            Reply.of(microgrid_pb.Microgrid(id=number)),
            Reply(_COMPONENTS, _item(item)),
            Reply(_CONNECTIONS, b""),
            None,
        )

    with pytest.raises(DecodeError):
        pb.ElectricalComponent.FromString(good + more)
    with pytest.raises(DecodeError, match="microgrid 5: "):
        make_tables([site(4, good), site(5, good + more), site(6, good)])


@pytest.mark.parametrize("number", [0, 1])
def test_a_list_alone_has_the_rows_of_its_site(number: int) -> None:
    messages = (_component(microgrid_id=number), _component(id=3, category=77, name=""))
    reply = _COMPONENTS(microgrid_id=number, components=messages)
    of_site = over_the_wire(Inventory((Site(microgrid_pb.Microgrid(id=number), messages),)))
    made = ComponentTables(number, Reply.of(reply))
    made.components.validate(full=True)
    assert made.components.schema.equals(SCHEMAS["components"], check_metadata=True)
    assert plain(made.components) == plain(of_site.components)
    assert plain(made.rated_bounds) == plain(of_site.rated_bounds)
    assert "unrecognized" in made.findings["rule"].to_pylist()


# Sources ------------------------------------------------------------------------------------------


def test_no_sites_make_empty_tables() -> None:
    sources: tuple[Inventory | list[SiteReplies], ...] = (Inventory(), [])
    for source in sources:
        made = tables(source)
        for name, table in made:
            assert table.num_rows == 0
            assert table.schema.equals(SCHEMAS[name])


def test_many_batches_make_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    sites = tuple(
        Site(
            microgrid_pb.Microgrid(id=1 + number % 3, enterprise_id=7),
            (_component(microgrid_id=1 + number % 3),),
        )
        for number in range(7)
    )
    fleet = Inventory(sites)
    once = over_the_wire(fleet)
    monkeypatch.setattr("frequenz.client.assets.fleet._tables._make.BATCH_BYTES", 1)
    assert_equal(over_the_wire(fleet), once)
    assert found(once) == expected_findings(fleet)


def test_an_object_that_is_no_source_is_refused() -> None:
    for wrong in (5, None, b"fleet.yaml"):
        with pytest.raises(TypeError, match="source: expected an inventory, a snapshot"):
            tables(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"source\[1\]: expected a model object, got 'x'"):
        tables([[], "x"])  # type: ignore[arg-type]


def test_objects_without_their_microgrid_have_no_row_for_it() -> None:
    made = tables(component(CLASSES[1]))
    assert made.components.num_rows == 1
    assert made.microgrids.num_rows == 0
    assert "microgrid" not in made.findings["entity"].to_pylist()


# Readers ------------------------------------------------------------------------------------------


@pytest.fixture
def made() -> Tables:
    return _made(_component(), _component(id=3, category=77, name=""))


def test_pandas_reads_tables(made: Tables) -> None:
    import pandas as pd

    frame = made.components.to_pandas()
    assert frame["component_id"].tolist() == [2, 3]
    assert frame["category"].tolist()[0] == "battery"
    assert frame["category"].isna().tolist() == [False, True]
    assert str(frame["operational_lifetime_start"].dtype) == "datetime64[ns, UTC]"
    assert pd.DataFrame.from_arrow(made.components)["name"].isna().tolist() == [False, True]


def test_polars_reads_tables(made: Tables) -> None:
    import polars as pl

    class Capsule:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return made.components.__arrow_c_stream__(requested_schema)

    frame = pl.DataFrame(Capsule())
    assert frame["component_id"].dtype == pl.UInt64
    assert frame["category"].to_list() == ["battery", None]
    assert frame["operational_lifetime_start"].dtype == pl.Datetime("ns", "UTC")
    assert frame.equals(pl.DataFrame(pl.from_arrow(made.components)))


def test_duckdb_reads_tables(made: Tables) -> None:
    import duckdb

    components = made.components
    assert components.num_rows == 2
    query = "select component_id, category from components order by 1"
    assert duckdb.execute(query).fetchall() == [(2, "battery"), (3, None)]


@pytest.mark.parametrize("missing", ["pyarrow", "numpy"])
def test_without_the_extra_the_error_names_it(missing: str) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "import frequenz.client.assets.fleet\n"
        "try:\n    import frequenz.client.assets.fleet._tables\n"
        "except ModuleNotFoundError as error:\n    print(error)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"making tables needs the package {missing}" in ended.stdout
    assert "pip install 'frequenz-client-assets[tables]'" in ended.stdout


def test_only_tables_import_pyarrow() -> None:
    code = (
        "import sys, frequenz.client.assets, frequenz.client.assets.fleet\n"
        "from frequenz.client.assets import AssetsApiClient\n"
        "print({'pyarrow', 'numpy'} & {*sys.modules})"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "set()\n"


_DEPOT: Final = inventory.read(FLEETS[0]).sites[0]


def test_tables_show_how_many_rows_they_have() -> None:
    made = tables(_DEPOT)
    assert f"components={len(_DEPOT.components)} rows" in repr(made)
    assert "<td" in made._repr_html_()
    assert "rated_bounds" in made._repr_html_()


def test_a_site_at_a_moment_has_the_rows_of_what_is_operational() -> None:
    at = FleetSite.of(_DEPOT).as_of(datetime(2021, 6, 1, tzinfo=UTC))
    made = tables(at)
    assert made.components["component_id"].to_pylist() == [int(it.id) for it in at.components]
    assert 0 < made.components.num_rows < len(_DEPOT.components)
    assert made.connections.num_rows == len(at.connections)
