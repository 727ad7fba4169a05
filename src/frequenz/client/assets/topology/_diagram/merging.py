"""The network of a site, or of two of its states in one, with what is to be seen of each part."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from ..._model.time import Lifetime, is_before
from ...electrical_component import ComponentConnection, ElectricalComponent
from ...findings import Finding
from .network import Edge, Ends, Highlight, Network, Node, State, check_ids
from .states import (
    UNREMARKABLE,
    Change,
    Status,
    changed_fields,
    findings_by_entity,
    is_major,
    reasons_of,
)


def network(
    state: State,
    *,
    before: State | None,
    at: datetime | None,
    highlight: Collection[Highlight],
    findings: Iterable[Finding],
    notes: Mapping[int, str] = MappingProxyType({}),
) -> Network:
    """Return what a diagram shows: sorted by ID, so that the order of a reply does not matter.

    Raises:
        ValueError: If there is no component for something highlighted, or for a note.
    """
    by_entity = findings_by_entity(findings)
    nodes = [*_nodes(state, before, at, by_entity)]
    _check_highlight(nodes, highlight)
    check_ids(nodes, "notes", notes)
    nodes = [_remarked(node, highlight, notes) for node in nodes]
    position: dict[int, int] = {}
    for index, node in enumerate(nodes):
        position.setdefault(node.id, index)
    edges = [*_edges(state, before, at, by_entity, position)]
    used = {f"component {node.id}" for node in nodes if node.component is not None} | {
        _connection_name(edge.ends) for edge in edges
    }
    others = (
        finding for entity, found in by_entity.items() if entity not in used for finding in found
    )
    return Network(nodes=nodes, edges=edges, other_findings=tuple(others))


def _check_highlight(nodes: Sequence[Node], highlight: Collection[Highlight]) -> None:
    """Check the IDs; the number of a category may be one that this version does not know."""
    categories = {node.component.category for node in nodes if node.component is not None}
    numbers = (one for one in highlight if isinstance(one, int) and one not in categories)
    check_ids(nodes, "highlight", numbers)


def _nodes(
    state: State,
    before: State | None,
    at: datetime | None,
    findings: dict[str, list[Finding]],
) -> Iterator[Node]:
    drawn = [*_with_changes(state.components, None if before is None else before.components)]
    connections = [*state.connections, *(before.connections if before else ())]
    known = {component.id for component, _ in drawn}
    missing = {
        id_
        for connection in connections
        for id_ in (connection.source, connection.destination)
        if id_ not in known
    }
    items: list[tuple[int, ElectricalComponent | None, Status]] = [
        (
            int(component.id),
            component,
            replace(
                _with_findings(status, findings.get(f"component {int(component.id)}", ())),
                reasons=reasons_of(component, at),
            ),
        )
        for component, status in drawn
    ]
    items += ((int(id_), None, Status(reasons=("no such component",))) for id_ in missing)
    for id_, component, status in sorted(items, key=lambda item: item[0]):
        yield Node(id=id_, component=component, status=status, ids=(id_,))


def _remarked(node: Node, highlight: Collection[Highlight], notes: Mapping[int, str]) -> Node:
    """Return a component with what the caller wants to be seen of it."""
    if node.component is None:
        return node
    is_highlighted = node.component.category in highlight or node.id in highlight
    note = notes.get(node.id, "")
    if not is_highlighted and not note:
        return node
    return replace(node, status=replace(node.status, is_highlighted=is_highlighted, note=note))


def _with_changes(
    now: Iterable[ElectricalComponent], before: Iterable[ElectricalComponent] | None
) -> Iterator[tuple[ElectricalComponent, Status]]:
    """Yield the components of both states, with how they differ."""
    if before is None:
        yield from ((component, UNREMARKABLE) for component in now)
        return
    earlier = defaultdict(list)
    for component in before:
        earlier[component.id].append(component)
    for component in now:
        same_id = earlier[component.id]
        if not same_id:
            yield component, Status(change=Change.ADDED)
            continue
        old = component if component in same_id else same_id[0]
        same_id.remove(old)
        changes = tuple(changed_fields(old, component))
        yield component, Status(change=Change.CHANGED if changes else None, changes=changes)
    for removed in earlier.values():
        yield from ((component, Status(change=Change.REMOVED)) for component in removed)


def _edges(
    state: State,
    before: State | None,
    at: datetime | None,
    findings: dict[str, list[Finding]],
    position: dict[int, int],
) -> Iterator[Edge]:
    now = _lines_by_ends(state.connections, at)
    earlier = _lines_by_ends(before.connections, at) if before else {}
    for ends in sorted({*now, *earlier}, key=lambda ends: (int(ends[0]), int(ends[1]))):
        source, destination = int(ends[0]), int(ends[1])
        found = findings.get(_connection_name((source, destination)), ())
        for connection, change, changes in _changed_lines(
            now.get(ends, []), earlier.get(ends, []), before is not None
        ):
            yield Edge(
                source=position[source],
                destination=position[destination],
                ends=(source, destination),
                status=_with_findings(
                    Status(reasons=reasons_of(connection, at), change=change, changes=changes),
                    found,
                ),
            )


def _changed_lines(
    now: list[ComponentConnection], earlier: list[ComponentConnection], is_diff: bool
) -> Iterator[tuple[ComponentConnection, Change | None, tuple[str, ...]]]:
    """Pair the lines between the same ends in two states."""
    left = list(earlier)
    for connection in now:
        if not is_diff:
            yield connection, None, ()
        elif not left:
            yield connection, Change.ADDED, ()
        else:
            old = connection if connection in left else left[0]
            left.remove(old)
            changes = tuple(changed_fields(old, connection))
            yield connection, Change.CHANGED if changes else None, changes
    yield from ((connection, Change.REMOVED, ()) for connection in left)


def _lines_by_ends(
    connections: Iterable[ComponentConnection], at: datetime | None
) -> dict[Ends, list[ComponentConnection]]:
    """Return the connections by their ends, one for each line that was ever there at once.

    A connection that replaces an earlier one is the same line.
    """
    by_ends: dict[Ends, list[ComponentConnection]] = defaultdict(list)
    for connection in connections:
        by_ends[connection.source, connection.destination].append(connection)
    return {
        ends: same if len(same) == 1 else [_shown(line, at) for line in _lines(same)]
        for ends, same in by_ends.items()
    }


def _lines(connections: list[ComponentConnection]) -> list[list[ComponentConnection]]:
    lines: list[list[ComponentConnection]] = []
    for connection in sorted(connections, key=_start_key):
        for line in lines:
            if _is_over(line[-1].operational_lifetime, connection.operational_lifetime):
                line.append(connection)
                break
        else:
            lines.append([connection])
    return lines


def _start_key(connection: ComponentConnection) -> tuple[float, float]:
    lifetime = connection.operational_lifetime
    start, end = lifetime.start, lifetime.end
    return (
        start.timestamp() if start else float("-inf"),
        end.timestamp() if end else float("inf"),
    )


def _is_over(earlier: Lifetime, later: Lifetime) -> bool:
    return (
        earlier.end is not None
        and later.start is not None
        and not is_before(later.start, earlier.end)
    )


def _shown(line: list[ComponentConnection], at: datetime | None) -> ComponentConnection:
    in_operation = (it for it in line if at is not None and it.is_operational_at(at))
    return next(in_operation, line[-1])


def _with_findings(status: Status, findings: Collection[Finding]) -> Status:
    if not findings:
        return status
    return replace(
        status,
        findings=tuple(f"{finding.path}: {finding.sentence}" for finding in findings),
        is_major=is_major(findings),
    )


def _connection_name(ends: tuple[int, int]) -> str:
    """Return the name of a connection in findings."""
    return f"connection {ends[0]} -> {ends[1]}"
