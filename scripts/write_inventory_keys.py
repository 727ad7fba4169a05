"""Write the page about the keys of inventory files from their JSON Schema.

    python -m scripts.write_inventory_keys docs/reference/inventory-keys.md

A test compares that file with the code: run this when the format has changed.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from frequenz.client.assets import inventory
from frequenz.client.assets.electrical_component import ElectricalComponentCategory

from .writing import write_file

_HEAD: Final = """\
# Keys of inventory files

Written from the schema that `assets-cli schema` prints (`make commands`); [inventory
files](../inventory-files.md) has examples and the rules for values. Keys in bold are required.
Except for them, a null counts as left out. The format allows values that make no sense: those are
[findings](../findings.md).

"""


_NOUNS: Final = {"": "", "integer": "an integer", "number": "a number", "string": "a text"}


def page() -> str:
    """Return the text of the page."""
    schema = inventory.json_schema()
    definitions = sorted(schema["$defs"].items(), key=lambda item: item[0].lower())
    return _HEAD + "\n".join(_section(*item) for item in [("File", schema), *definitions])


def _section(name: str, schema: Mapping[str, Any]) -> str:
    if "properties" not in schema:
        kind = _kind(schema)
        return f"## {name}\n\n{kind[0].upper()}{kind[1:]}{_description(schema)}.\n"
    required = schema.get("required", ())
    rows = (
        f"| {f'**`{key}`**' if key in required else f'`{key}`'} | {_kind(value)}"
        f"{_description(value)}{condition} |\n"
        for key, value, condition in _properties(schema)
    )
    return f"## {name}\n\n| key | value |\n|---|---|\n{''.join(rows)}"


def _properties(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Yield the keys of an object, their values, and when they are allowed."""
    for key, value in schema["properties"].items():
        yield key, value, ""
    for rule in schema.get("allOf", ()):
        (number,) = (
            it["const"] for it in rule["if"]["properties"]["category"]["anyOf"] if "const" in it
        )
        category = ElectricalComponentCategory(number).name.lower()
        for key, value in rule["then"]["properties"].items():
            yield key, value, f" (category `{category}`)"


def _description(schema: Mapping[str, Any]) -> str:
    text: str = schema.get("description", "")
    return f": {text[0].lower()}{text[1:].rstrip('.')}" if text else ""


def _kind(schema: Mapping[str, Any]) -> str:
    """Return what a value is, without the null that each value may be.

    Raises:
        ValueError: If the schema has a form that this function does not know.
    """
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(filter(None, map(_kind, schema["anyOf"]))))
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "propertyNames" in schema:
        names, values = _kind(schema["propertyNames"]), _kind(schema["additionalProperties"])
        return f"a mapping to {values}, from {names}"
    return _simple_kind(schema)


def _simple_kind(schema: Mapping[str, Any]) -> str:
    if "pattern" in schema:
        return ""  # other forms of the values beside it
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    (kind,) = [it for it in types if it != "null"] or [""]
    if kind == "array" and "prefixItems" in schema:
        return f"a list of {' and '.join(map(_kind, schema['prefixItems']))}"
    if kind == "array":
        return f"a list, each {_kind(schema['items'])}"
    if kind in _NOUNS:
        return _NOUNS[kind]
    raise ValueError(f"unknown form of a value: {schema}")


if __name__ == "__main__":
    write_file(__doc__, page)
