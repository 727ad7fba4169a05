"""Lay graphs out with graphlay: JSON graphs from standard input, JSON lines to standard output.

Runs in an environment of its own, which has graphlay and nothing of ours.
"""

import json
import sys
from typing import Any

import graphlay


def lines(graph: dict[str, Any]) -> list[Any]:
    """Return the source, the destination and the points of each line."""
    request = graphlay.Graph()
    for node in graph["nodes"]:
        request.node(str(node["id"]), width=node["width"], height=node["height"])
    for source, destination in graph["edges"]:
        request.edge(str(source), str(destination))
    layout = graphlay.layout(request, preset="layered", options={"direction": "topbottom"})
    return [
        [*ends, [[point["x"], point["y"]] for point in edge["points"]]]
        for ends, edge in zip(graph["edges"], layout.edges, strict=True)
    ]


if __name__ == "__main__":
    json.dump([lines(graph) for graph in json.load(sys.stdin)], sys.stdout)
