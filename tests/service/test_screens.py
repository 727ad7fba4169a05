"""What people see in a terminal: each screen is as it was recorded, and read, before."""

from collections.abc import Iterator
from typing import Final

import pytest

from frequenz.client.assets.cli.root import COMMANDS

from .screens import HERE, SCREENS, screen, serving

WITHOUT_A_SCREEN: Final = {"export", "config", "completion", "demo"}
"""What writes files, settings or scripts, or is a tour of screens that are here."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The URL of a server over the fleets of the screens."""
    with serving() as served:
        yield served


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_as_recorded(url: str, name: str) -> None:
    assert screen(name, url) == (HERE / f"{name}.txt").read_text(encoding="utf-8")


def test_the_recorded_screens_are_those_that_are_tested() -> None:
    assert {file.stem for file in HERE.glob("*.txt")} == set(SCREENS)


def test_every_command_that_shows_something_has_a_screen() -> None:
    names = {name for section in COMMANDS.values() for name in section}
    assert {arguments[0] for arguments in SCREENS.values()} == names - WITHOUT_A_SCREEN


@pytest.mark.parametrize("name", SCREENS)
def test_no_line_of_a_screen_ends_in_a_blank(name: str) -> None:
    text = (HERE / f"{name}.txt").read_text(encoding="utf-8")
    assert text == "".join(f"{line.rstrip()}\n" for line in text.splitlines())


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_holds_nothing_that_steers_a_terminal(name: str) -> None:
    text = (HERE / f"{name}.txt").read_text(encoding="utf-8")
    assert text.replace("\n", "").isprintable()
