"""Tables, colors and widths in a terminal; `test_screens` compares each screen."""

import json
import re
from typing import Final

import pytest
from rich.cells import cell_len

from .running import CALLS
from .terminal import see
from .test_formats import LINES

_ESCAPES: Final = re.compile(r"\x1b\[[0-9;]*m")


def screen(url: str, line: str, *, width: int = 100, **environment: str) -> str:
    """The output of a command that succeeds."""
    shown, code = see((*line.split(), "--url", url), width=width, environment=dict(environment))
    assert code == 0, shown
    return shown


def lines(shown: str) -> list[str]:
    """The lines of a screen, without colors and messages."""
    plain = _ESCAPES.sub("", shown)
    return [line for line in plain.splitlines() if not line.startswith("assets-cli: ")]


@pytest.mark.parametrize("name", CALLS)
def test_a_table_fits_the_terminal(url: str, name: str) -> None:
    shown = lines(screen(url, LINES[name], width=60))

    assert max(map(cell_len, shown)) <= 60
    assert not shown[0].startswith(("[", "{"))


def test_long_texts_end_in_an_ellipsis_on_a_terminal_only(url: str) -> None:
    line = "market-topology --fields participations"
    assert "…" in screen(url, line, width=40)
    assert "…" not in screen(url, f"{line} -o json", width=40)


def test_json_is_the_same_on_a_terminal(url: str) -> None:
    shown = screen(url, "gridpools -o json")
    data = "\n".join(lines(shown))
    assert [gridpool["id"] for gridpool in json.loads(data)] == [7, 8]
    assert "\x1b" not in shown


def test_a_terminal_gets_colors_by_default(url: str) -> None:
    line = "microgrids"
    assert "\x1b[" in screen(url, line)
    assert "\x1b[" not in screen(url, line, NO_COLOR="1")
    assert "\x1b[" in screen(url, f"{line} --color=always", NO_COLOR="1")
    assert "\x1b[" not in screen(url, f"{line} --color=never")
    assert "\x1b[" not in screen(url, line, TERM="dumb")


def test_profiles_are_shown_as_a_table(tmp_path: object) -> None:
    shown, code = see(("config", "list"), environment={"XDG_CONFIG_HOME": str(tmp_path)})
    assert code == 0
    assert lines(shown)[0].split() == ["PROFILE", "URL", "AUTH_KEY", "SIGN_SECRET"]
