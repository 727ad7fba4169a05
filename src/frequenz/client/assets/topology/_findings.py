"""The findings of a topology: the rules of inventories, on model objects."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from ..electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
    Inverter,
    InverterType,
    MismatchedCategoryComponent,
)
from ..findings._rules import Fault, Finding, Rule
from ._check import check_graph
from ._checked_site import Link, Node, SubjectFault
from ._kinds import Kind, kind_of
from ._periods import ALWAYS, NEVER, Periods, intersect, periods_of


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
    kinds_and_faults = cache(_kind_and_faults)  # many components have the same answer
    read = [kinds_and_faults(type(it), it.category, getattr(it, "type", None)) for it in components]
    nodes = [
        Node(int(it.id), kind, _life(it, at_once=at_once), it)
        for it, (kind, _) in zip(components, read, strict=True)
    ]
    links = [
        Link(int(it.source), int(it.destination), _life(it, at_once=at_once), it)
        for it in connections
    ]

    def find() -> Iterator[SubjectFault]:
        yield from _repeated_ids(nodes)
        for component, (_, faults) in zip(components, read, strict=True):
            yield from ((component, fault) for fault in faults)
        yield from _repeated_connections(links)
        yield from check_graph(None, nodes, links)

    microgrid = f"microgrid {int(components[0].microgrid_id)}" if components else "microgrid"
    for subject, fault in find():
        yield fault.of(microgrid if subject is None else _name(subject))


def _life(part: ElectricalComponent | ComponentConnection, *, at_once: bool) -> Periods:
    return ALWAYS if at_once else periods_of(part.operational_lifetime)


def _name(subject: ElectricalComponent | ComponentConnection) -> str:
    if isinstance(subject, ComponentConnection):
        return f"connection {int(subject.source)} -> {int(subject.destination)}"
    return f"component {int(subject.id)}"


def _kind_and_faults(
    component_class: type[ElectricalComponent],
    category: ElectricalComponentCategory | int,
    component_type: Any,
) -> tuple[Kind, tuple[Fault, ...]]:
    """Return the kind of component, and what is wrong with the category and type."""
    is_inverter = issubclass(component_class, Inverter)
    kind = kind_of(_number(category), _number(component_type) if is_inverter else None)
    is_mismatched = issubclass(component_class, MismatchedCategoryComponent)
    faults = [*_uncertain("category", category)]
    if is_inverter and not is_mismatched:
        faults += _uncertain("type", component_type)
    if is_mismatched:
        name = str(category) if isinstance(category, int) else category.name.lower()
        faults.append(
            Rule.CATEGORY_DATA_FOREIGN.at(
                "category_specific_info", present="another", category=name
            )
        )
    return kind, tuple(faults)


def _number(member: ElectricalComponentCategory | InverterType | int) -> int:
    return member if isinstance(member, int) else member.value


def _uncertain(
    field: str, member: ElectricalComponentCategory | InverterType | int
) -> Iterator[Fault]:
    """Find a category or type that is unspecified or unknown."""
    if isinstance(member, int):
        yield Rule.UNRECOGNIZED.at(field, number=member)
    elif member.value == 0:
        yield Rule.UNSPECIFIED.at(field)


def _repeated_ids(nodes: Sequence[Node]) -> Iterator[SubjectFault]:
    if len({node.id for node in nodes}) == len(nodes):  # as in nearly all sites
        return
    seen: set[int] = set()
    for node in nodes:
        if node.id in seen:
            yield node.subject, Rule.ID_TAKEN.at("id", number=node.id, noun="component")
        seen.add(node.id)


def _repeated_connections(links: Sequence[Link]) -> Iterator[SubjectFault]:
    """Find connections between the same components that overlap in time."""
    ends = [(link.source, link.destination) for link in links]
    if len({*ends}) == len(ends):  # as in nearly all sites
        return
    groups: dict[tuple[int, int], list[Link]] = {}
    for pair, link in zip(ends, links, strict=True):
        groups.setdefault(pair, []).append(link)
    for group in groups.values():
        group.sort(key=lambda it: it.life or NEVER)
        for before, link in pairwise(group):
            if intersect(before.life or NEVER, link.life or NEVER):
                yield link.subject, Rule.CONNECTION_TWICE.at("destination")
