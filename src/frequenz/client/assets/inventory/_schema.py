"""The JSON Schema of inventory files, for editors and other tools."""

from typing import Any, Final

from ._codecs import Schema
from ._keys import INVENTORY, VERSION

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ID: Final = f"urn:frequenz-client-assets:inventory:{VERSION}"


def json_schema() -> Schema:
    """Return the JSON Schema of inventory files, as plain data."""
    definitions: dict[str, Schema] = {}
    schema = _extract_definitions(INVENTORY.schema(), definitions)
    return {
        "$schema": DIALECT,
        "$id": ID,
        "title": f"Inventory file, version {VERSION}",
        **schema,
        "$defs": dict(sorted(definitions.items())),
    }


def _extract_definitions(schema: Any, definitions: dict[str, Schema]) -> Any:
    """Replace each part with a title by a reference, and add the part to the definitions."""
    if isinstance(schema, list):
        return [_extract_definitions(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    extracted = {key: _extract_definitions(value, definitions) for key, value in schema.items()}
    title = extracted.get("title")
    if not isinstance(title, str):
        return extracted
    name = title.replace(" ", "_")
    if definitions.setdefault(name, extracted) != extracted:
        raise ValueError(f"two schemas have the title {title!r}")
    return {"$ref": f"#/$defs/{name}"}
