"""The findings of a topology: the rules of inventories, on model objects."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from ..electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
    Inverter,
    InverterType,
    MismatchedCategoryComponent,
)
from ..findings._rules import Fault, Finding, Rule
from ._check import Link, Node, check_graph
from ._kinds import Kind, kind_of
from ._periods import ALWAYS, Periods, intersect, periods_of

Subject: TypeAlias = ElectricalComponent | ComponentConnection | None


def findings_of(
    components: Sequence[ElectricalComponent],
    connections: Sequence[ComponentConnection],
    *,
    at_once: bool,
) -> Iterator[Finding]:
    """Find what is wrong with the graph of components and connections.

    Args:
        components: The components.
        connections: The connections.
        at_once: Whether all of them exist at the same time, whatever their lifetimes.
    """

    def life(part: ElectricalComponent | ComponentConnection) -> Periods:
        return ALWAYS if at_once else periods_of(part.operational_lifetime)

    def find() -> Iterator[tuple[Subject, Fault]]:
        yield from _repeated_ids(components)
        for component in components:
            yield from ((component, fault) for fault in _uncertain(component))
        lasting = [(connection, life(connection)) for connection in connections]
        yield from _repeated_connections(lasting)
        nodes = [Node(int(it.id), _kind(it), life(it), it) for it in components]
        links = [Link(int(it.source), int(it.destination), periods, it) for it, periods in lasting]
        yield from check_graph(None, nodes, links)

    microgrid = f"microgrid {int(components[0].microgrid_id)}" if components else "microgrid"
    for subject, fault in find():
        yield fault.of(microgrid if subject is None else _name(subject))


def _name(subject: ElectricalComponent | ComponentConnection) -> str:
    if isinstance(subject, ComponentConnection):
        return f"connection {int(subject.source)} -> {int(subject.destination)}"
    return f"component {int(subject.id)}"


def _kind(component: ElectricalComponent) -> Kind:
    category, inverter_type = component.category, None
    if isinstance(component, Inverter):
        inverter_type = _number(component.type)
    return kind_of(_number(category), inverter_type)


def _number(member: ElectricalComponentCategory | InverterType | int) -> int:
    return member if isinstance(member, int) else member.value


def _uncertain(component: ElectricalComponent) -> Iterator[Fault]:
    """Find categories, and types of inverters, that are unspecified or unknown."""
    fields: list[tuple[str, ElectricalComponentCategory | InverterType | int]] = [
        ("category", component.category)
    ]
    if isinstance(component, Inverter) and not isinstance(component, MismatchedCategoryComponent):
        fields.append(("type", component.type))
    for field, member in fields:
        if isinstance(member, int):
            yield Rule.UNRECOGNIZED.at(field, number=member)
        elif member.value == 0:
            yield Rule.UNSPECIFIED.at(field)
    if isinstance(component, MismatchedCategoryComponent):
        category = component.category
        name = str(category) if isinstance(category, int) else category.name.lower()
        yield Rule.CATEGORY_DATA_FOREIGN.at(
            "category_specific_info", present="another", category=name
        )


def _repeated_ids(components: Sequence[ElectricalComponent]) -> Iterator[tuple[Subject, Fault]]:
    seen: set[int] = set()
    for component in components:
        number = int(component.id)
        if number in seen:
            yield component, Rule.ID_TAKEN.at("id", number=number, noun="component")
        seen.add(number)


def _repeated_connections(
    lasting: Sequence[tuple[ComponentConnection, Periods]],
) -> Iterator[tuple[Subject, Fault]]:
    """Find connections between the same components that overlap in time."""
    ends = [(int(it.source), int(it.destination)) for it, _ in lasting]
    groups: dict[tuple[int, int], list[tuple[ComponentConnection, Periods]]] = {}
    repeated = {pair for pair, count in Counter(ends).items() if count > 1}
    for pair, one in zip(ends, lasting, strict=True):
        if pair in repeated:
            groups.setdefault(pair, []).append(one)
    for group in groups.values():
        group.sort(key=lambda it: it[1])
        for (_, before), (connection, periods) in pairwise(group):
            if intersect(before, periods):
                yield connection, Rule.CONNECTION_TWICE.at("destination")
