"""Import the first generation's published messages and our client in one process.

Run by its path, isolated, with `ours` or `theirs` as its argument: what to import first. Standard
output is JSON: `theirs` and `ours`, each the description of the messages in its descriptor pool,
and `exchanged`, for each call whether their class reads our request, and the other way round.
"""

import importlib
import json
import sys
from typing import Any

from google.protobuf import descriptor_pb2

_FILTERS = {
    "GetMicrogrid": (),
    "ListMicrogridElectricalComponents": ("component_ids", "categories"),
    "ListMicrogridElectricalComponentConnections": (
        "source_component_ids",
        "destination_component_ids",
    ),
}
_IDS = ((3, 5), (6, 2))


def _import(which: str) -> Any:
    return importlib.import_module(
        "frequenz.api.assets.v1.assets_pb2"
        if which == "theirs"
        else "frequenz.client.assets._wire.first_generation"
    )


def _described(file: Any) -> str:
    described = descriptor_pb2.FileDescriptorProto()
    file.CopyToProto(described)
    del described.dependency[:]
    return str(described)


def _exchanged(theirs: Any, ours: Any, operation: str) -> bool:
    current = importlib.import_module("frequenz.api.platformassets.v1alpha1.platformassets_pb2")
    filters = dict(zip(_FILTERS[operation], _IDS, strict=False))
    request = getattr(current, f"{operation}Request")(microgrid_id=201)
    if filters:
        request.filter.MergeFrom(type(request.filter)(**filters))
    first = getattr(theirs, f"{operation}Request")(microgrid_id=201, **filters)
    sent = ours.from_current(operation, request)
    received = ours.to_current(operation, first.SerializeToString())
    return bool(
        type(first).FromString(sent) == first and type(request).FromString(received) == request
    )


def _main(order: list[str]) -> None:
    imported = {which: _import(which) for which in order}
    importlib.import_module("frequenz.client.assets")
    theirs, ours = imported["theirs"], imported["ours"]
    result = {
        "theirs": _described(theirs.DESCRIPTOR),
        "ours": _described(ours.new_pool().FindFileContainingSymbol(ours.SERVICE)),
        "exchanged": {operation: _exchanged(theirs, ours, operation) for operation in _FILTERS},
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    _main(sorted(("ours", "theirs"), reverse=sys.argv[1] == "theirs"))
