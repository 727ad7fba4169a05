"""What is cut off from the grid: nothing in operation joins it with a grid connection point."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias, TypeVar

from ...electrical_component import ElectricalComponentCategory
from .network import Edge, Network, Node
from .states import INACTIVE, Change, Status

PartT = TypeVar("PartT", Node, Edge)
_Neighbours: TypeAlias = Sequence[Sequence[int]]


def mark_cut_off(network: Network) -> Network:
    """Return the network with what is cut off from the grid marked.

    Current flows in both directions. Parts that have no grid connection point at all are islands,
    and not cut off.
    """
    nodes, edges = network.nodes, network.edges
    passes = [_passes_current(node) for node in nodes]
    is_closed = [_is_in_operation(edge.status) for edge in edges]
    if all(passes) and all(is_closed):
        return network
    everything = _neighbours(len(nodes), edges)
    closed = _neighbours(
        len(nodes),
        (
            edge
            for edge, closed in zip(edges, is_closed, strict=True)
            if closed and passes[edge.source] and passes[edge.destination]
        ),
    )
    points = [index for index, node in enumerate(nodes) if is_grid(node)]
    with_grid = _reached(points, everything)
    supplied = _reached((point for point in points if passes[point]), closed)
    return replace(
        network,
        nodes=[
            _cut_off(node)
            if passes[index] and index in with_grid and index not in supplied
            else node
            for index, node in enumerate(nodes)
        ],
        edges=[
            _cut_off(edge)
            if is_closed[index]
            and edge.source in with_grid
            and supplied.isdisjoint((edge.source, edge.destination))
            else edge
            for index, edge in enumerate(edges)
        ],
    )


def is_grid(node: Node) -> bool:
    """Return whether a node is a grid connection point."""
    component = node.component
    return component is not None and component.category is ElectricalComponentCategory.GRID


def _cut_off(part: PartT) -> PartT:
    return replace(part, status=replace(part.status, is_cut_off=True))


def _passes_current(node: Node) -> bool:
    """Return whether current passes a component.

    It passes a meter that does not measure, and one that the site does not list: nothing says that
    it is open.
    """
    component, status = node.component, node.status
    if component is None:
        return True
    is_meter = component.category is ElectricalComponentCategory.METER
    return _is_in_operation(status) or (is_meter and status.reasons == (INACTIVE,))


def _is_in_operation(status: Status) -> bool:
    return not status.reasons and status.change is not Change.REMOVED


def _neighbours(count: int, edges: Iterable[Edge]) -> _Neighbours:
    near: list[list[int]] = [[] for _ in range(count)]
    for edge in edges:
        near[edge.source].append(edge.destination)
        near[edge.destination].append(edge.source)
    return near


def _reached(starts: Iterable[int], near: _Neighbours) -> set[int]:
    seen = set(starts)
    stack = list(seen)
    while stack:
        for other in near[stack.pop()]:
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return seen
