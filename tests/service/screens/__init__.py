"""What commands show in a terminal, recorded as text: the tests compare it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from frequenz.server.assets.demo import FLEETS

from ..cli.running import FOLDER
from ..cli.terminal import see

HERE: Final = Path(__file__).parent

_COMMANDS: Final = {
    "microgrids": ["microgrids"],
    "microgrids-wide": ["microgrids", "--wide"],
    "microgrids-wide-200": [
        *("microgrids", "--wide"),
        *("--microgrid=100", "--microgrid=201", "--microgrid=202", "--microgrid=203"),
    ],
    "microgrid-201": ["microgrid", "201"],
    "microgrid-203": ["microgrid", "203"],
    "microgrid-301": ["microgrid", "301"],
    "tree-100": ["tree", "100"],
    "tree-201": ["tree", "201"],
    "tree-202": ["tree", "202"],
    "tree-203": ["tree", "203"],
    "tree-301": ["tree", "301"],
    "formulas-202": ["formulas", "202"],
    "formulas-203": ["formulas", "203"],
    "formulas-301": ["formulas", "301"],
    "check": ["check"],
    "check-203": ["check", "203"],
    "explain-eic-check-character": ["explain", "eic-check-character"],
    "explain-not-found": ["explain", "NOT_FOUND"],
    "diff-201-202": ["diff", "201", "202"],
    "diff-201-203": ["diff", "201", "203"],
    "components-battery": ["components", "--category=battery", "--category=inverter"],
    "electrical-components-201": ["electrical-components", "201"],
    "component-connections-201": ["component-connections", "201"],
    "component-connections-202": ["component-connections", "202"],
    "sensors-100": ["sensors", "100"],
    "sensors-201": ["sensors", "201"],
    "sensors-301": ["sensors", "301"],
    "gridpools": ["gridpools"],
    "energy-schedules-7": ["energy-schedules", "7"],
    "energy-schedules-11": ["energy-schedules", "11"],
    "market-topology": ["market-topology"],
}

_FLEETS: Final = (*FLEETS, HERE / "fleet.yaml")

WIDTH: Final = 100
_NARROW: Final = (80, 40)
_ALSO_NARROW: Final = (
    *("microgrids", "microgrids-wide", "microgrid-201", "microgrid-203"),
    *("tree-201", "tree-203", "check-203", "diff-201-203", "electrical-components-201"),
    *("energy-schedules-7", "energy-schedules-11", "market-topology"),
)

SCREENS: Final = _COMMANDS | {
    f"{name}-at-{width}": _COMMANDS[name] for name in _ALSO_NARROW for width in _NARROW
}
"""The name of a screen -> the command."""

_WIDTHS: Final = {"microgrids-wide-200": 200} | {
    f"{name}-at-{width}": width for name in _ALSO_NARROW for width in _NARROW
}
"""The widths of terminals other than the usual one."""


@contextmanager
def serving(*fleets: Path) -> Iterator[str]:
    """Serve fleets, by default those of the screens, in a process of its own; give the URL."""
    with subprocess.Popen(
        [FOLDER / "assets-server", "serve", "--port=0", *(fleets or _FLEETS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout
        try:
            url = server.stdout.readline().rstrip("\n")
            assert url, "the server does not start"
            yield url
        finally:
            server.kill()


def screen(name: str, url: str) -> str:
    """Return the output on a terminal without colors."""
    return coloured(name, url, NO_COLOR="1").replace(url, "URL")


def coloured(name: str, url: str, **environment: str) -> str:
    """Return the output on a terminal with colors."""
    width = _WIDTHS.get(name, WIDTH)
    return see(SCREENS[name], width=width, environment={"ASSETS_API_URL": url, **environment})[0]
