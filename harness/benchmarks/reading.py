"""Read inventory files of a fleet: `python -m harness.benchmarks.reading [SITES]`.

Prints a line for each format: how many components with their connections are read in a second of
processor time, how that compares with parsing the text alone, and the most memory that reading
takes over that of what is read. Each is measured in a process of its own.
"""

import gc
import json
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any, Final

import yaml

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Inventory, Site

from ..shared.answering import write_line
from .messages import FLEET_SIZE, fleet_site

SITES: Final = 400
"""How many sites there are by default, of 52 components each."""

_ROUNDS: Final = 3

FORMATS: Final = ("jsonl", "json", "yaml")


def write_fleet(path: Path, sites: int) -> None:
    """Write a file of generated sites, whose IDs begin at 1.

    Components have a name, a category with its data, a lifetime and bounds; connections have ends.
    """
    fleet = []
    for number in range(1, sites + 1):
        microgrid, components, connections = fleet_site(number)
        microgrid.id = number
        for component in components:
            for field in ("manufacturer", "model_name", "operational_mode"):
                component.ClearField(field)
        for connection in connections:
            connection.ClearField("operational_lifetime")
        fleet.append(Site(microgrid, tuple(components), tuple(connections)))
    inventory.write(Inventory(tuple(fleet)), path)


def _parse(path: Path) -> None:
    """Parse a file with nothing but the parser in C."""
    text = path.read_text()
    if path.suffix == ".jsonl":
        deque(map(json.loads, text.splitlines()), maxlen=0)
    elif path.suffix == ".json":
        json.loads(text)
    else:
        next_event, end = yaml.CSafeLoader(text).get_event, yaml.StreamEndEvent
        while type(next_event()) is not end:
            pass


def _memory_of_process(name: str) -> int:
    """Return a figure of Linux in bytes: `VmRSS` is the memory now, `VmHWM` the most until now."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def _memory(path: Path, *, in_parts: bool) -> dict[str, Any]:
    """Return what reading a file takes at most, and what is read takes, both in MB."""
    warm = path.with_name(f"warm{path.suffix}")
    write_fleet(warm, 1)
    inventory.read(warm)
    gc.collect()
    before = _memory_of_process("VmRSS")
    if in_parts:
        deque(inventory.read_in_parts(path), maxlen=0)
        return {"peak_mb": (_memory_of_process("VmHWM") - before) / 1e6}
    read = inventory.read(path)
    peak = _memory_of_process("VmHWM") - before
    gc.collect()
    kept = _memory_of_process("VmRSS") - before
    serialized = sum(message.ByteSize() for message in read.entities())
    return {"peak_mb": peak / 1e6, "kept_mb": kept / 1e6, "serialized_mb": serialized / 1e6}


def _time(call: Callable[[Path], object], path: Path) -> float:
    gc.collect()
    before = process_time()
    call(path)
    return process_time() - before


def _speed(path: Path, sites: int) -> dict[str, Any]:
    """Return how many components are read in a second, and the time over that of parsing."""
    reading = min(_time(inventory.read, path) for _ in range(_ROUNDS))
    parsing = min(_time(_parse, path) for _ in range(_ROUNDS))
    return {"components_per_s": sites * FLEET_SIZE / reading, "over_parsing": reading / parsing}


def _measure(what: str, path: Path, sites: int) -> None:
    if what == "speed":
        write_line(_speed(path, sites))
    else:
        write_line(_memory(path, in_parts=what == "parts"))


def _in_process(what: str, path: Path, sites: int) -> dict[str, Any]:
    """Return a figure, measured in a process of its own."""
    command = [sys.executable, "-m", __spec__.name, what, str(path), str(sites)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=600)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def reading(sites: int = SITES) -> dict[str, dict[str, Any]]:
    """Return the figures of each format."""
    figures: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for file_format in FORMATS:
            path = Path(folder, f"fleet.{file_format}")
            write_fleet(path, sites)
            figures[file_format] = {
                "components": sites * FLEET_SIZE,
                "file_mb": path.stat().st_size / 1e6,
                **_in_process("speed", path, sites),
                **_in_process("memory", path, sites),
                "parts_peak_mb": _in_process("parts", path, sites)["peak_mb"],
            }
    return figures


def main(arguments: list[str]) -> None:
    """Print the figures, or measure one of them for another process."""
    if len(arguments) > 1:
        what, path, sites = arguments
        _measure(what, Path(path), int(sites))
        return
    for file_format, figures in reading(int(arguments[0]) if arguments else SITES).items():
        print(
            f"{file_format:6}"
            f"{figures['components_per_s']:10,.0f} components/s"
            f"{figures['over_parsing']:6.1f} x parsing"
            f"{figures['peak_mb']:8.1f} MB at most"
            f"{figures['kept_mb']:8.1f} MB kept ({figures['peak_mb'] / figures['kept_mb']:.2f} x)"
            f"{figures['serialized_mb']:8.1f} MB serialized"
            f"{figures['parts_peak_mb']:8.1f} MB in parts"
            f"{figures['file_mb']:8.1f} MB file"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
