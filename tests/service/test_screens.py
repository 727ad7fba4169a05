"""What people see in a terminal: each screen is as recorded."""

from collections.abc import Iterator
from typing import Final

import pytest

from frequenz.client.assets.cli.root import COMMANDS

from .screens import HERE, SCREENS, screen, serving

WITHOUT_A_SCREEN: Final = {
    *("anonymize", "export", "import", "new", "diagram", "config", "completion", "demo", "schema")
}
"""They write files, settings, schemas or scripts, or show screens that are recorded already."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The URL of a server over the fleets of the screens."""
    with serving() as served:
        yield served


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_as_recorded(url: str, name: str) -> None:
    assert screen(name, url) == (HERE / f"{name}.txt").read_text(encoding="utf-8")


def test_every_recorded_screen_is_tested() -> None:
    assert {file.stem for file in HERE.glob("*.txt")} == set(SCREENS)


def test_every_command_with_output_has_a_recorded_screen() -> None:
    names = {name for section in COMMANDS.values() for name in section}
    assert {arguments[0] for arguments in SCREENS.values()} == names - WITHOUT_A_SCREEN


def test_the_recorded_screens_have_no_control_characters_and_no_spaces_at_the_ends_of_lines() -> (
    None
):
    for file in HERE.glob("*.txt"):
        text = file.read_text(encoding="utf-8")
        assert text == "".join(f"{line.rstrip()}\n" for line in text.splitlines()), file
        assert text.replace("\n", "").isprintable(), file
