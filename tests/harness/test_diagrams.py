"""What `make diagrams` would notice."""

from dataclasses import replace

from harness.diagrams.geometry import count_crossings, faults
from harness.diagrams.lines import crossings, whole_lines
from harness.diagrams.near_trees import near_tree

from frequenz.client.assets.topology._diagram.figures import moved
from frequenz.client.assets.topology._diagram.network import State
from frequenz.client.assets.topology._diagram.scene import Scene, prepare


def scene(seed: int = 4) -> Scene:
    components, connections = near_tree(seed)
    return prepare(State(components=components, connections=connections), fold=False)


def test_the_same_number_gives_the_same_network() -> None:
    assert near_tree(7) == near_tree(7)
    assert near_tree(7) != near_tree(8)
    components, connections = near_tree(7, 100, 5)
    assert (len(components), len(connections)) == (100, 104)


def test_a_symbol_on_another_one_is_a_fault() -> None:
    shown = scene()
    assert faults(shown) == []
    first, second, *_ = shown.drawing.placed
    shown.drawing.placed[1] = moved(second, first.x - second.x + 5, first.y - second.y + 5)
    assert any("overlaps" in fault for fault in faults(shown))


def test_a_line_through_a_symbol_and_an_oblique_line_are_faults() -> None:
    shown = scene()
    placed = shown.drawing.placed[3]
    through = ((placed.x - 30, placed.y), (placed.x + 30, placed.y))
    shown.drawing.wires[0] = replace(shown.drawing.wires[0], points=through)
    assert any("runs through" in fault for fault in faults(shown))
    shown.drawing.wires[0] = replace(shown.drawing.wires[0], points=((0, 0), (9, 9)))
    assert any("is not straight" in fault for fault in faults(shown))


def test_lines_on_each_other_and_what_leaves_the_picture_are_faults() -> None:
    shown = scene()
    shown.drawing.wires.append(shown.drawing.wires[-1])
    assert any("lies on" in fault for fault in faults(shown))
    shown.drawing.placed[0] = moved(shown.drawing.placed[0], 0, -500)
    assert any("leaves the picture" in fault for fault in faults(shown))


def test_crossings_are_counted() -> None:
    across = [(0.0, 5.0), (10.0, 5.0)]
    down = [(5.0, 0.0), (5.0, 10.0)]
    beside = [(10.0, 0.0), (10.0, 10.0)]
    assert crossings([(1, 2, across), (3, 4, down)]) == 1
    assert crossings([(1, 2, across), (2, 3, down)]) == 0  # they have a component in common
    assert crossings([(1, 2, across), (3, 4, beside)]) == 0  # they only touch


def test_drawings_are_counted_alike_as_lines_and_as_a_whole() -> None:
    shown = scene(142)
    edges = shown.network.edges
    lines = [
        (edges[edge].source, edges[edge].destination, points)
        for edge, points in whole_lines(shown).items()
    ]
    assert len(lines) == len(edges)
    assert 0 < count_crossings(shown.drawing) <= crossings(lines)
