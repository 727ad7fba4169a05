"""Every module belongs to a layer and imports only from the layers below it."""

import ast
import graphlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from scripts import draw_boxes

SOURCE: Final = Path(__file__).parents[2] / "src"
CLIENT: Final = "frequenz.client.assets"
SERVER: Final = "frequenz.server.assets"

_COMMON: Final = "frequenz.client.common"
_BASE: Final = "frequenz.client.base"
_GRAPH: Final = "frequenz.microgrid_component_graph"
_MESSAGES: Final = ("frequenz.api", "google.protobuf")


class Layer(NamedTuple):
    """Packages and modules, and what they may import."""

    members: tuple[str, ...]
    """Its packages and modules; a package includes everything in it."""

    below: tuple[str, ...] = ()
    """The layers from which it may import."""

    packages: tuple[str, ...] = ()
    """The third-party packages that it may import."""


def _client(*names: str) -> tuple[str, ...]:
    return tuple(f"{CLIENT}.{name}" for name in names)


LAYERS: Final[dict[str, Layer]] = {
    "helpers": Layer(
        _client(
            *("_extras", "_fork", "_html", "_lazy", "_portal", "_readable_defaults"),
            *("_text_files", "_version", "_whole_files"),
        )
    ),
    "model": Layer(
        _client("_model", "electrical_component", "metrics"), ("helpers",), packages=(_COMMON,)
    ),
    "findings": Layer(
        _client("findings", "exceptions"), ("helpers", "model"), packages=(_BASE, _COMMON)
    ),
    "wire": Layer(
        _client("_wire"),
        ("helpers", "model", "findings"),
        packages=(_COMMON, "frequenz.core", *_MESSAGES),
    ),
    "transport": Layer(
        _client("_transport"), ("helpers",), packages=(_BASE, "google.protobuf", "grpc")
    ),
    "calls": Layer(
        _client("_calls"),
        ("helpers", "findings", "wire", "transport"),
        packages=(_BASE, *_MESSAGES, "grpc"),
    ),
    "client": Layer(
        (CLIENT, *_client("_client")),
        ("helpers", "model", "findings", "wire", "transport", "calls"),
        packages=(_BASE, _COMMON, *_MESSAGES, "grpc"),
    ),
    "topology": Layer(
        _client("topology"),
        ("helpers", "model", "findings", "wire"),
        packages=(_COMMON, "fontpkg_noto_sans", "resvg_py", _GRAPH, "rustworkx"),
    ),
    "inventory": Layer(
        _client("inventory"),
        ("helpers", "model", "findings", "wire", "topology"),
        packages=(_COMMON, *_MESSAGES, "yaml"),
    ),
    "building": Layer(
        _client("building"),
        ("helpers", "model", "wire", "inventory"),
        packages=(_COMMON, *_MESSAGES),
    ),
    "lists": Layer(
        _client("lists"),
        ("helpers", "model", "wire", "inventory", "building"),
        packages=(_COMMON, *_MESSAGES, "openpyxl"),
    ),
    "networks": Layer(
        _client("networks"),
        ("helpers", "model", "wire", "inventory"),
        packages=(_COMMON, *_MESSAGES),
    ),
    "fleet": Layer(
        _client("fleet"),
        ("helpers", "model", "findings", "wire", "client", "topology", "inventory"),
        packages=(_BASE, _COMMON, *_MESSAGES, "numpy", "pyarrow"),
    ),
    "blocking": Layer(
        _client("blocking", "_blocking", "_blocking_fleet"),
        ("helpers", "client", "fleet"),
    ),
    "cli": Layer(
        _client("cli"),
        (
            "helpers",
            "model",
            "findings",
            "wire",
            "transport",
            "client",
            "topology",
            "inventory",
            "building",
            "lists",
            "networks",
            "fleet",
            "demo",
        ),
        packages=(
            *(_BASE, _COMMON, "frequenz.api", "frequenz.core"),
            *("click", "rich", "tomlkit", "yaml"),
        ),
    ),
    "server": Layer(
        (SERVER,),
        ("helpers", "model", "findings", "wire", "inventory", "fleet"),
        packages=(
            *(_COMMON, *_MESSAGES, "grpc", "grpc_health", "grpc_reflection"),
            *("asyncpg", "click", "cryptography", "prometheus_client", "uvloop"),
        ),
    ),
    "testing": Layer(
        _client("testing"),
        (
            *("helpers", "model", "findings", "wire", "client", "topology", "inventory", "fleet"),
            *("blocking", "server"),
        ),
        packages=(_COMMON, *_MESSAGES, "cryptography", "grpc", "hypothesis", "pytest", "trustme"),
    ),
    "demo": Layer(
        (f"{SERVER}.demo",),
        (
            *("helpers", "model", "findings", "wire", "client", "topology", "inventory", "fleet"),
            *("cli", "server"),
        ),
        packages=(_COMMON, "click", "rich", "yaml"),
    ),
}
"""From the bottom to the top. The demo is a command of `assets-cli`, which imports it when it runs.

A new module belongs to the layer of its package. Add new packages and dependencies here.
"""


def _module_name(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


MODULES: Final = {_module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}


def _imports(module: str) -> Iterator[str]:
    """Yield every name that a module imports, also inside functions."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level else ""
            source = ".".join(filter(None, (above, node.module)))
            yield from (f"{source}.{alias.name}" for alias in node.names)


IMPORTS: Final = {module: sorted(set(_imports(module))) for module in MODULES}


def _own_module(imported: str) -> str | None:
    """Return the module of this project that defines an imported name, or None."""
    return next((name for name in (imported, imported.rpartition(".")[0]) if name in MODULES), None)


def _is_in(imported: str, package: str) -> bool:
    return f"{imported}.".startswith(f"{package}.")


def _layer(module: str) -> str | None:
    """Return the layer with the most specific entry for a module."""
    layers = {name: layer for layer, (members, _, _) in LAYERS.items() for name in members}
    entries = [
        name for name in layers if module == name or (name != CLIENT and _is_in(module, name))
    ]
    return layers[max(entries, key=len)] if entries else None


def test_every_module_belongs_to_a_layer() -> None:
    assert [module for module in MODULES if _layer(module) is None] == []


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_from_the_layers_below(layer: str) -> None:
    allowed = {layer, *LAYERS[layer].below}
    wrong = [
        f"{module} imports {imported}"
        for module in MODULES
        if _layer(module) == layer
        for imported in IMPORTS[module]
        if (own := _own_module(imported)) is not None and _layer(own) not in allowed
    ]
    assert wrong == []


def test_layers_form_no_cycle() -> None:
    below = {
        name: set(layer.below) - ({"demo"} if name == "cli" else set())
        for name, layer in LAYERS.items()
    }
    assert [*graphlib.TopologicalSorter(below).static_order()]


def test_the_picture_shows_which_layer_imports_which() -> None:
    shown = {"lists": "lists, networks", "networks": "lists, networks"}
    below: dict[str, set[str]] = {}
    for name, layer in LAYERS.items():
        if name not in {"helpers", "demo"}:
            found = {shown.get(it, it) for it in layer.below} & draw_boxes.LAYERS.keys()
            below.setdefault(shown.get(name, name), set()).update(found)
    assert below.keys() == draw_boxes.LAYERS.keys()
    drawn: dict[str, set[str]] = {name: set() for name in below}
    for start, end in draw_boxes.IMPORTS:
        drawn[start].add(end)
    for name in graphlib.TopologicalSorter(drawn).static_order():
        further = set().union(*(below[it] for it in drawn[name]))
        assert drawn[name] <= below[name]
        assert drawn[name].isdisjoint(further)
        assert below[name] <= drawn[name] | further, name
        below[name] = drawn[name] | further


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_its_third_party_packages(layer: str) -> None:
    wrong = [
        f"{module} imports {imported}"
        for module in MODULES
        if _layer(module) == layer
        for imported in IMPORTS[module]
        if _own_module(imported) is None
        and imported.partition(".")[0] not in sys.stdlib_module_names
        and not any(_is_in(imported, package) for package in LAYERS[layer].packages)
    ]
    assert wrong == []


def test_only_the_client_and_the_health_service_import_grpc_stubs() -> None:
    importing = {
        module
        for module in MODULES
        for imported in IMPORTS[module]
        if any(part.endswith("_pb2_grpc") for part in imported.split("."))
    }
    assert importing == {f"{CLIENT}._client", f"{SERVER}._operation.health"}


def test_only_the_choice_of_a_store_imports_a_kind_of_store() -> None:
    importing = {
        module
        for module in MODULES
        for imported in IMPORTS[module]
        if _is_in(imported, f"{SERVER}._stores.sqlite")
    }
    assert importing == {f"{SERVER}._stores"}


def test_the_server_does_not_use_the_client() -> None:
    importing = {
        _layer(module)
        for module in MODULES
        for imported in IMPORTS[module]
        if imported == f"{CLIENT}.AssetsApiClient" or _is_in(imported, f"{CLIENT}._client")
    }
    assert importing == {"blocking", "client", "cli", "demo", "fleet", "testing"}


def test_modules_form_no_import_cycle() -> None:
    graph = {
        module: {own for imported in IMPORTS[module] if (own := _own_module(imported)) is not None}
        for module in MODULES
    }
    order = list(graphlib.TopologicalSorter(graph).static_order())
    assert set(order) == set(MODULES)


def test_imports_of_every_form_are_found() -> None:
    assert f"{CLIENT}._model.time.ALWAYS" in IMPORTS[f"{CLIENT}._wire.component"]
    assert f"{CLIENT}._wire.requests" in IMPORTS[f"{CLIENT}._client"]
    assert f"{CLIENT}._client.AssetsApiClient" in IMPORTS[CLIENT]
    assert _own_module(f"{CLIENT}._wire.requests") == f"{CLIENT}._wire.requests"
    assert _own_module(f"{CLIENT}._model.time.Lifetime") == f"{CLIENT}._model.time"
    assert _own_module("frequenz.client.common.grid.DeliveryArea") is None
