"""Draw the diagrams of `docs/diagrams.md`: `python -m scripts.write_gallery docs`.

A test compares the page and its pictures with the code: run this when diagrams look different.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from frequenz.client.common.microgrid import EnterpriseId, MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets import Microgrid, MicrogridStatus, electrical_component, inventory
from frequenz.client.assets.building import ac_ev_charger, grid, meter, site
from frequenz.client.assets.electrical_component import (
    Breaker,
    ComponentConnection,
    Converter,
    DcEvCharger,
    ElectricalComponent,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
    GridConnectionPoint,
    Hvac,
    HybridInverter,
    LiIonBattery,
    Meter,
    NaIonBattery,
    PowerTransformer,
    Precharger,
    SolarInverter,
    StaticTransferSwitch,
    UninterruptiblePowerSupply,
)
from frequenz.client.assets.findings import Finding
from frequenz.client.assets.fleet import Site
from frequenz.client.assets.metrics import Bounds, Metric
from frequenz.client.assets.topology import Diagram, diagram
from frequenz.server.assets.demo import FLEETS

_NEW_YEAR: Final = datetime(2026, 1, 1, tzinfo=UTC)

_HEAD: Final = """\
# Single-line diagrams

A picture of a microgrid as it hangs in the switch room: the grid at the top, busbars where a
component feeds several others, and the symbols of IEC 60617. It is an SVG file that needs no fonts,
no network and no other package; the same data always gives the same bytes.

<!-- run by tests/unit/diagram/test_gallery.py -->
```python
from pathlib import Path

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.fleet import fetch_site


async def draw(url: str, microgrid_id: int, path: Path) -> None:
    async with AssetsApiClient(url) as client:
        site = await fetch_site(client, microgrid_id)
    site.diagram().write(path)  # .svg, or .png
```

`assets-cli diagram 201 --to site.svg` does the same, `--open` shows it in the browser.
`topology.diagram` draws any site, any `Topology`, or a microgrid with its components and
connections: `diagram(microgrid, components, connections)`. `site.as_of(moment).diagram()` has only
what is operational at a moment, `compare(before, after).diagram()` what differs between two
topologies, and `assets-cli diff A B --to changes.svg` what differs between files and servers.

A notebook shows a diagram by itself, and sites with theirs. PNG files need the extra `png`
(`pip install 'frequenz-client-assets[png]'`); their text is in Noto Sans, so that they look the
same on every machine. Letters that Noto Sans lacks, such as Chinese ones, need a font of the
system.

| argument | what it does |
|---|---|
| `at=moment` | what is not in operation then is grey and dashed; by default, no lifetime counts |
| `theme="dark"` | fixed colors; by default light or dark, as the reader prefers |
| `labels=("name", "category")` | what labels consist of: `name`, `id`, `category`, `rating` |
| `highlight=category` | marks components of categories, or with IDs |
| `findings=findings` | marks what is wrong, major or minor, with the sentence in a tooltip |
| `fold=False` | draws each of several equal branches |
| `notes={12: "87 kW"}` | writes live values or notes beside components, by ID |
| `behind=10` | draws one component and what is behind it |
| `before=earlier` | shows what changed since a site, topology, or `(components, connections)` |

**Ratings.** The arrow beside a symbol is the direction of its rated bounds: down for consumption,
up for production. A transformer has both its voltages, and long busbars have the voltage of
the transformers with which they are connected.

**Lines.** A single line is AC, a double line DC. Thick lines are busbars; a breaker that couples
two of them, which both have a supply, lies between them. Where a line crosses another one without
touching it, the other one has a gap. A line that leads back up to a component above it, which
closes a cycle, has an arrow.

**Out of operation.** What is inactive, or not there at the moment, is grey and dashed. What is cut
off from the grid by that, because nothing in operation joins it with a grid connection point, is
grey. Current passes a meter even if it does not measure.

**Meters** that feed nothing have the arrow of a load: what they measure is not listed.

**Web pages** find elements by the attribute `data-id`: `17` is a component and its busbar,
`31 32 33` are equal components that are drawn once, `1-2` is a connection. Names are text, whatever
they contain.

Every picture has a title, a description and roles for screen readers, and differs in line styles
and signs, not only in color.
"""

_TAIL: Final = """
The pictures are written by `make gallery`. `make diagrams` draws 300 random networks and 1 320 of
[SimBench](https://simbench.de/en/), and checks that nothing overlaps, that no line runs through a
symbol or a label, and that lines cross about as rarely as in the layouts of
[graphlay](https://pypi.org/project/graphlay/).
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the gallery."""

    name: str
    heading: str
    text: str
    draw: Callable[[], Diagram]


# The sites of the demo ----------------------------------------------------------------------------


def _demo_site(number: int) -> tuple[Site, list[Finding]]:
    fleet = inventory.read_all(FLEETS)
    site = Site.of(next(site for site in fleet.sites if site.microgrid.id == number))
    found = [it.finding for it in inventory.check(fleet) if it.microgrid_id == number]
    return site, found


def _demo(number: int, *, with_findings: bool = False, **arguments: Any) -> Diagram:
    site, found = _demo_site(number)
    shown = found if with_findings else ()
    return diagram(site.microgrid, site.components, site.connections, findings=shown, **arguments)


def _changed_depot() -> Diagram:
    site, _ = _demo_site(201)
    components = [it for it in site.components if int(it.id) not in (40, 41)]
    components = [
        replace(it, rated_bounds=_power(-80_000, 0)) if int(it.id) == 12 else it
        for it in components
    ]
    components += _made(
        (Meter, 50, "Heat pump meter", {"rated_bounds": _power(0, 30_000)}),
        (Hvac, 51, "Heat pump", {"rated_bounds": _power(0, 30_000)}),
    )
    connections = [it for it in site.connections if int(it.destination) not in (40, 41)]
    connections += _joined((2, 50), (50, 51))
    return diagram(
        site.microgrid, components, connections, before=(site.components, site.connections)
    )


# Made-up sites ------------------------------------------------------------------------------------


def _microgrid(name: str) -> Microgrid:
    return Microgrid(
        id=MicrogridId(301),
        enterprise_id=EnterpriseId(7),
        name=name,
        delivery_area=None,
        location=None,
        status=MicrogridStatus.ACTIVE,
        create_timestamp=None,
    )


def _made(
    *described: tuple[type[ElectricalComponent], int, str, dict[str, Any]],
) -> list[ElectricalComponent]:
    return [
        kind(id=ElectricalComponentId(id_), microgrid_id=MicrogridId(301), name=name, **more)
        for kind, id_, name, more in described
    ]


def _joined(*ends: tuple[int, int]) -> list[ComponentConnection]:
    return [
        ComponentConnection(
            source=ElectricalComponentId(source), destination=ElectricalComponentId(destination)
        )
        for source, destination in ends
    ]


def _power(lower: float, upper: float) -> dict[Metric | int, Bounds]:
    return {Metric.AC_POWER_ACTIVE: Bounds(lower=lower, upper=upper)}


def _charging_park(**arguments: Any) -> Diagram:
    bays = (ac_ev_charger(f"Bay {bay}", id=100 + bay, kw=22) for bay in range(1, 41))
    batteries = (
        meter(f"Battery meter {number}", id=10 * number)
        .battery_inverter(f"Inverter {number}", id=10 * number + 1, kw=100)
        .li_ion_battery(f"Battery {number}", id=10 * number + 2)
        for number in range(1, 5)
    )
    park = Site.of(
        site(
            301,
            "Charging park",
            grid(1250, "Grid connection")
            .power_transformer("Transformer", volts=(20e3, 400.0))
            .meter("Main meter", kw=(-400, 800))
            .branch(*bays, *batteries),
        )
    )
    return diagram(park.microgrid, park.components, park.connections, **arguments)


def _live() -> Diagram:
    """Return the depot with an inactive breaker before a new building, and live values."""
    site, _ = _demo_site(201)
    inactive = {"operational_mode": ElectricalComponentOperationalMode.INACTIVE}
    components = [
        *site.components,
        *_made(
            (Breaker, 50, "Breaker of the annex", inactive),
            (Meter, 51, "Annex meter", {"rated_bounds": _power(-60_000, 30_000)}),
            (SolarInverter, 52, "PV annex", {"rated_bounds": _power(-60_000, 0)}),
            (Hvac, 53, "Heat pump", {"rated_bounds": _power(0, 30_000)}),
        ),
    ]
    connections = [*site.connections, *_joined((2, 50), (50, 51), (51, 52), (51, 53))]
    notes = {2: "118 kW\n50.01 Hz", 3: "87 kW", 4: "12 kW", 10: "-96 kW", 22: "-42 kW\n63 %"}
    notes |= {31: "11 kW", 33: "146 kW", 41: "off"}
    return diagram(site.microgrid, components, connections, notes=notes)


def _sections() -> Diagram:
    transformer = {"primary_power": 20e3, "secondary_power": 400.0}
    inactive = {"operational_mode": ElectricalComponentOperationalMode.INACTIVE}
    numbers = (1, 2, 3)
    components = _made(
        (GridConnectionPoint, 1, "Utility", {"rated_fuse_current": 630}),
        *((PowerTransformer, 10 + it, f"Transformer {it}", transformer) for it in numbers),
        *((Meter, 20 + it, f"Section {it}", {}) for it in numbers),
        (Breaker, 41, "Coupler 1-2", inactive),
        (Breaker, 42, "Coupler 2-3", {}),
        *(
            (Meter, 100 * it + load, f"Load {it}.{load}", {"rated_bounds": _power(0, 5e4)})
            for it in numbers
            for load in (1, 2)
        ),
        (SolarInverter, 203, "PV roof", {"rated_bounds": _power(-3e5, 0)}),
    )
    ends = [(21, 41), (41, 22), (23, 42), (42, 22), (22, 203)]
    for it in numbers:
        ends += [(1, 10 + it), (10 + it, 20 + it), (20 + it, 100 * it + 1), (20 + it, 100 * it + 2)]
    return diagram(_microgrid("Coupled sections"), components, _joined(*ends))


def _meshed() -> Diagram:
    transformer = {"primary_power": 20e3, "secondary_power": 400.0}
    inactive = {"operational_mode": ElectricalComponentOperationalMode.INACTIVE}
    components = _made(
        (GridConnectionPoint, 1, "Utility north", {"rated_fuse_current": 1000}),
        (GridConnectionPoint, 2, "Utility south", {"rated_fuse_current": 630}),
        (PowerTransformer, 3, "Transformer 1", transformer),
        (PowerTransformer, 4, "Transformer 2", transformer),
        (PowerTransformer, 5, "Transformer 3", transformer),
        (Meter, 6, "Main meter north", {"rated_bounds": _power(-6e5, 6e5)}),
        (Meter, 7, "Main meter south", {"rated_bounds": _power(0, 4e5)}),
        (Breaker, 8, "Coupler", inactive),
        (StaticTransferSwitch, 9, "Transfer switch", {}),
        (UninterruptiblePowerSupply, 10, "UPS", {}),
        (Meter, 11, "Data center", {"rated_bounds": _power(0, 2.5e5)}),
        (Meter, 12, "Offices", {"rated_bounds": _power(0, 8e4)}),
        (SolarInverter, 13, "PV roof", {"rated_bounds": _power(-3e5, 0)}),
        (Meter, 14, "Workshop", {"rated_bounds": _power(0, 1.2e5)}),
    )
    ends = [(1, 3), (1, 4), (3, 6), (4, 6), (2, 5), (5, 7), (6, 8), (8, 7), (6, 9), (7, 9)]
    ends += [(9, 10), (10, 11), (10, 11), (6, 12), (6, 13), (7, 14)]
    return diagram(_microgrid("Two supplies"), components, _joined(*ends))


def _dc_coupled() -> Diagram:
    dc = {Metric.DC_POWER: Bounds(lower=-60e3, upper=60e3)}
    components = _made(
        (GridConnectionPoint, 1, "Grid connection", {"rated_fuse_current": 250}),
        (Meter, 2, "Grid meter", {"rated_bounds": _power(-1e5, 1.5e5)}),
        (HybridInverter, 3, "Hybrid inverter", {"rated_bounds": _power(-1e5, 1e5)}),
        (Breaker, 4, "DC breaker", {}),
        (Converter, 5, "Converter 1", {"rated_bounds": dc}),
        (Precharger, 6, "Precharger", {}),
        (LiIonBattery, 7, "Battery 1", {"rated_bounds": dc}),
        (Converter, 8, "Converter 2", {"rated_bounds": dc}),
        (NaIonBattery, 9, "Battery 2", {"rated_bounds": dc}),
        (DcEvCharger, 10, "Fast charger", {"rated_bounds": _power(0, 1.5e5)}),
        (Hvac, 11, "Heat pump", {"rated_bounds": _power(0, 3e4)}),
    )
    ends = [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (4, 8), (8, 9), (2, 10), (2, 11)]
    return diagram(_microgrid("DC-coupled storage"), components, _joined(*ends), theme="dark")


def _all_symbols() -> Diagram:
    """Return a diagram with every public class of component."""
    classes = [getattr(electrical_component, name) for name in electrical_component.__all__]
    needed: dict[str, dict[str, Any]] = {
        "GridConnectionPoint": {"rated_fuse_current": 63},
        "PowerTransformer": {"primary_power": 20e3, "secondary_power": 400.0},
        "UnrecognizedComponent": {"category": 99},
        "UnrecognizedBattery": {"type": 99},
        "UnrecognizedEvCharger": {"type": 99},
        "UnrecognizedInverter": {"type": 99},
    }
    concrete = [
        kind
        for kind in classes
        if isinstance(kind, type)
        and issubclass(kind, ElectricalComponent)
        and not kind.__dict__.get("_is_abstract", False)
        and kind is not electrical_component.MismatchedCategoryComponent
    ]
    concrete.sort(key=lambda kind: (kind is not GridConnectionPoint, kind.__name__))
    described = [
        (kind, number, "", needed.get(kind.__name__, {})) for number, kind in enumerate(concrete, 1)
    ]
    ends = [(1, number) for number in range(2, len(concrete) + 1)]
    return diagram(
        _microgrid("All symbols"), _made(*described), _joined(*ends), labels=("category",)
    )


# The page -----------------------------------------------------------------------------------------

PICTURES: Final = (
    Picture(
        "depot",
        "A depot",
        "Microgrid 201 of the demo.",
        lambda: _demo(201),
    ),
    Picture(
        "cold-store",
        "At a moment",
        "Microgrid 202 of the demo, with `at=`: an inverter is inactive.",
        lambda: _demo(202, at=_NEW_YEAR),
    ),
    Picture(
        "faults",
        "With findings",
        "Microgrid 203 of the demo, whose data has every fault there is, with `findings=`.",
        lambda: _demo(203, with_findings=True),
    ),
    Picture(
        "cigre",
        "A distribution network",
        "The medium-voltage benchmark network of CIGRE. Ten and more branches behind a component"
        " hang on rails.",
        lambda: _demo(100),
    ),
    Picture(
        "symbols",
        "All symbols",
        'A symbol for every category and type, with `labels=("category",)`. A question mark is a'
        " type that this version does not know; a box with a number is a category that it does not"
        " know.",
        _all_symbols,
    ),
    Picture(
        "folded",
        "Equal branches",
        "Forty equal chargers and four equal batteries are drawn once.",
        _charging_park,
    ),
    Picture(
        "unfolded",
        "Each branch, and highlighted batteries",
        "The same with `fold=False`, and `highlight=ElectricalComponentCategory.BATTERY`.",
        lambda: _charging_park(fold=False, highlight=ElectricalComponentCategory.BATTERY),
    ),
    Picture(
        "changes",
        "What changed",
        "The depot with `before=`: a heat pump replaces the CHP, and a PV inverter grew.",
        _changed_depot,
    ),
    Picture(
        "live",
        "Live values",
        "The depot with `notes=`: what the components do at the moment. The annex is cut off from"
        " the grid by an inactive breaker.",
        _live,
    ),
    Picture(
        "sections",
        "Coupled sections",
        "Three sections of a busbar, each with a transformer; one coupler is inactive.",
        _sections,
    ),
    Picture(
        "two-supplies",
        "Several supplies",
        "Two grid connections, parallel transformers, an inactive coupler, a transfer switch, and"
        " a double line to the data center.",
        _meshed,
    ),
    Picture(
        "dc",
        "DC, in the dark",
        'Batteries behind a hybrid inverter, with `theme="dark"`.',
        _dc_coupled,
    ),
)


def page() -> str:
    """Return the text of the page."""
    pictures = "".join(
        f"\n## {it.heading}\n\n{it.text}\n\n![{it.heading}](diagrams/{it.name}.svg)\n"
        for it in PICTURES
    )
    return _HEAD + pictures + _TAIL


def write(folder: Path) -> None:
    """Write the page and its pictures."""
    (folder / "diagrams").mkdir(exist_ok=True)
    (folder / "diagrams.md").write_text(page(), encoding="utf-8")
    for picture in PICTURES:
        picture.draw().write(folder / "diagrams" / f"{picture.name}.svg")


def main() -> None:
    """Write into the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    write(parser.parse_args().folder)


if __name__ == "__main__":
    main()
