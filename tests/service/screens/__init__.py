"""What the commands show in a terminal, as text: recorded, read, and compared by the tests."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from frequenz.server.assets.demo import FLEETS

from ..cli.running import FOLDER
from ..cli.terminal import see

HERE: Final = Path(__file__).parent

SCREENS: Final = {
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
    "tree-202": ["tree", "202"],
    "tree-203": ["tree", "203"],
    "tree-301": ["tree", "301"],
    "formulas-202": ["formulas", "202"],
    "formulas-203": ["formulas", "203"],
    "formulas-301": ["formulas", "301"],
    "check": ["check"],
    "check-203": ["check", "203"],
    "diff-201-202": ["diff", "201", "202"],
    "electrical-components-201": ["electrical-components", "201"],
    "component-connections-201": ["component-connections", "201"],
    "component-connections-202": ["component-connections", "202"],
    "sensors-301": ["sensors", "301"],
    "sensors-201": ["sensors", "201"],
    "gridpools": ["gridpools"],
    "energy-schedules-7": ["energy-schedules", "7"],
    "market-topology": ["market-topology"],
}
"""The name of a screen -> the command."""

_FLEETS: Final = (*FLEETS, HERE / "fleet.yaml")

WIDTH: Final = 100
_WIDTHS: Final = {"microgrids-wide-200": 200}
"""The widths of terminals for what is wide."""


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
    """Return what a terminal without colours shows, without what is blank at the end of lines."""
    shown = coloured(name, url, NO_COLOR="1")
    return "".join(f"{line.rstrip()}\n" for line in shown.replace(url, "URL").splitlines())


def coloured(name: str, url: str, **environment: str) -> str:
    """Return what a terminal gets."""
    width = _WIDTHS.get(name, WIDTH)
    return see(SCREENS[name], width=width, environment={"ASSETS_API_URL": url, **environment})[0]
