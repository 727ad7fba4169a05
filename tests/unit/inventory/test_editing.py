"""Making and changing inventories of model objects, without protobuf."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId

from frequenz.client.assets import Gridpool, Microgrid, Sensor
from frequenz.client.assets._wire.entities import COMPONENT, CONNECTION, GRIDPOOL, MICROGRID, SENSOR
from frequenz.client.assets._wire.lists.decode import decode_list
from frequenz.client.assets.electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    LiIonBattery,
    Meter,
)
from frequenz.client.assets.inventory import Inventory, Site

from ..examples import component
from ..messages import VALID


def microgrid(number: int, name: str = "Depot") -> Microgrid:
    (valid,) = decode_list(MICROGRID, [VALID["microgrid"]()]).items
    return replace(valid, id=MicrogridId(number), name=name)


def meter(number: int, microgrid_id: int = 1, name: str | None = None) -> ElectricalComponent:
    return replace(
        component(Meter),
        id=ElectricalComponentId(number),
        microgrid_id=MicrogridId(microgrid_id),
        name=name,
    )


def connection(source: int, destination: int) -> ComponentConnection:
    return ComponentConnection(
        source=ElectricalComponentId(source), destination=ElectricalComponentId(destination)
    )


def sensor(number: int, microgrid_id: int = 1) -> Sensor:
    (valid,) = decode_list(SENSOR, [VALID["sensor"]()]).items
    return replace(valid, id=SensorId(number), microgrid_id=MicrogridId(microgrid_id))


SITE = Site.of(microgrid(1), [meter(1), meter(2)], [connection(1, 2)], [sensor(7)])


def numbers(site: Site) -> list[int]:
    return [it.id for it in site.components]


def test_a_site_of_objects_has_these_objects() -> None:
    assert decode_list(MICROGRID, [SITE.microgrid]).items == [microgrid(1)]
    assert decode_list(COMPONENT, SITE.components).items == [meter(1), meter(2)]
    assert decode_list(CONNECTION, SITE.connections).items == [connection(1, 2)]
    assert decode_list(SENSOR, SITE.sensors).items == [sensor(7)]


def test_objects_and_messages_can_be_mixed_and_messages_are_copied() -> None:
    message = VALID["battery"]()
    site = Site.of(microgrid(1), [message, meter(2)])
    message.id = 99
    assert numbers(site) == [17, 2]


def test_an_entity_takes_the_place_of_the_one_with_its_id() -> None:
    changed = SITE.with_entities(meter(1, name="Main"), meter(3), microgrid(1, "Yard"))
    assert numbers(changed) == [1, 2, 3]
    assert changed.components[0].name == "Main"
    assert changed.microgrid.name == "Yard"
    assert SITE.microgrid.name == "Depot"
    assert SITE.with_entities(connection(1, 2)) == SITE


def test_a_component_is_removed_with_its_connections() -> None:
    assert numbers(SITE.without(ElectricalComponentId(2))) == [1]
    assert SITE.without(ElectricalComponentId(2)).connections == ()
    assert SITE.without(connection(1, 2)).connections == ()
    assert SITE.without(SensorId(7)).sensors == ()
    assert SITE.without(meter(1), sensor(7)) == Site.of(microgrid(1), [meter(2)])


def test_sites_are_found_added_replaced_and_removed() -> None:
    other = Site.of(microgrid(2, "Yard"))
    fleet = Inventory.of(SITE).with_sites(other)
    assert fleet.site(MicrogridId(2)) is other
    assert fleet.with_sites(Site.of(microgrid(1))).site(1).components == ()
    assert fleet.without_sites(MicrogridId(1)) == Inventory((other,))


def test_entities_go_to_the_site_of_their_microgrid() -> None:
    fleet = Inventory.of(SITE, Site.of(microgrid(2)))
    changed = fleet.with_entities(
        meter(8, 2),
        meter(9, 2),
        connection(8, 9),
        sensor(5, 2),
        microgrid(3),
        Gridpool(id=4, name=None),
    )
    assert numbers(changed.site(2)) == [8, 9]
    assert len(changed.site(2).connections) == len(changed.site(2).sensors) == 1
    assert changed.site(1) == SITE
    assert changed.site(3) == Site.of(microgrid(3))
    assert decode_list(GRIDPOOL, changed.gridpools).items == [Gridpool(id=4, name=None)]
    assert changed.with_entities(Gridpool(id=4, name="North")).gridpools[0].name == "North"


def test_a_connection_that_could_belong_to_two_sites_needs_the_microgrid() -> None:
    other = Site.of(microgrid(2), [meter(1, 2), meter(2, 2)])
    fleet = Inventory.of(SITE, other)
    with pytest.raises(ValueError, match="1 -> 2: the microgrids 1, 2 have both components"):
        fleet.with_entities(connection(1, 2))
    assert fleet.with_entities(connection(1, 2), microgrid_id=2).site(2).connections


WRONG: Final[dict[str, tuple[Callable[[], object], type[Exception], str]]] = {
    "a connection to nowhere": (
        lambda: Inventory.of(SITE).with_entities(connection(1, 9)),
        LookupError,
        "connection 1 -> 9: no site has both components",
    ),
    "a component of an unknown microgrid": (
        lambda: Inventory.of(SITE).with_entities(meter(1, 5)),
        LookupError,
        "There is no microgrid 5 in the inventory",
    ),
    "a site that does not exist": (
        lambda: Inventory.of(SITE).without_sites(5),
        LookupError,
        "There is no microgrid 5",
    ),
    "a component that does not exist": (
        lambda: SITE.without(ElectricalComponentId(5)),
        LookupError,
        "parts: microgrid 1 has no component 5",
    ),
    "a number, which could be any ID": (
        lambda: SITE.without(5),
        TypeError,
        "parts: expected an ElectricalComponentId",
    ),
    "something that a site does not have": (
        lambda: SITE.with_entities(Gridpool(id=4, name=None)),
        TypeError,
        "entities: expected a microgrid, component, connection or sensor",
    ),
    "a component as a microgrid": (
        lambda: Site.of(component(LiIonBattery)),  # type: ignore[arg-type]
        TypeError,
        "microgrid: expected a microgrid, as an object or a message",
    ),
    "a single component": (
        lambda: Site.of(microgrid(1), meter(1)),  # type: ignore[arg-type]
        TypeError,
        "components: expected some of a component",
    ),
    "a microgrid as a site": (
        lambda: Inventory.of(microgrid(1)),  # type: ignore[arg-type]
        TypeError,
        "sites: expected a Site",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_mistakes_have_clear_errors(case: str) -> None:
    make, error, message = WRONG[case]
    with pytest.raises(error, match=message):
        make()
