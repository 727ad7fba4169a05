"""Write the columns of all tables into their page.

    python scripts/write_tables.py docs/tables.md

A test compares that file with the code: run this when a schema has changed.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from frequenz.client.assets.fleet._tables import SCHEMAS

_START: Final = "<!-- columns -->\n"
_END: Final = "<!-- end of columns -->"


def columns() -> str:
    """Return the columns of all tables as Markdown."""
    return "\n".join(_table(name, schema) for name, schema in SCHEMAS.items())


def _table(name: str, schema: Any) -> str:
    head = f"### `{name}`\n\n| column | type | what it is |\n|---|---|---|\n"
    return head + "".join(f"| {' | '.join(_cells(field))} |\n" for field in schema)


def _cells(field: Any) -> Iterator[str]:
    metadata = {key.decode(): value.decode() for key, value in field.metadata.items()}
    unit = f", in {metadata['unit']}" if "unit" in metadata else ""
    yield f"`{field.name}`"
    yield "name" if pa.types.is_dictionary(field.type) else str(field.type)
    yield f"{metadata['description']}{unit}"


def updated(page: str) -> str:
    """Return the text of the page with the columns of the code.

    Raises:
        ValueError: If the comments around the columns are missing.
    """
    before, start, rest = page.partition(_START)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError(f"the comments {_START.strip()} and {_END} are missing")
    return f"{before}{start}\n{columns()}\n{end}{after}"


def main() -> None:
    """Write the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    page = parser.parse_args().page
    page.write_text(updated(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
