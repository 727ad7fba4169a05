"""The JSON Schema of inventory files, for editors and for tools that know nothing of ours."""

from typing import Any, Final

from ._format import INVENTORY, VERSION
from ._shapes import Schema

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> Schema:
    """Return the schema of inventory files."""
    definitions: dict[str, Schema] = {}
    described = _referring(INVENTORY.schema(), definitions)
    return {
        "$schema": DIALECT,
        "title": f"Inventory file, version {VERSION}",
        **described,
        "$defs": dict(sorted(definitions.items())),
    }


def _referring(schema: Any, definitions: dict[str, Schema]) -> Any:
    """Return a schema that refers to what has a title, and put that among the definitions."""
    if isinstance(schema, list):
        return [_referring(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _referring(value, definitions) for key, value in schema.items()}
    title = made.get("title")
    if not isinstance(title, str):
        return made
    name = title.replace(" ", "_")
    if definitions.setdefault(name, made) != made:
        raise ValueError(f"two schemas have the title {title!r}")
    return {"$ref": f"#/$defs/{name}"}
