"""Write the JSON Schema of inventory files.

    python scripts/write_schema.py docs/inventory.schema.json

A test compares that file with the code: run this when the format has changed.
"""

import argparse
import json
from pathlib import Path

from frequenz.client.assets.inventory._schema import json_schema


def main() -> None:
    """Write the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    parser.parse_args().output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
