"""`diagram`, and `diff --to`: pictures of microgrids."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args

import click
import pytest

from frequenz.client.assets import inventory
from frequenz.client.assets.cli.exits import ExitCode
from frequenz.client.assets.findings import Severity
from frequenz.client.assets.fleet import Site
from frequenz.client.assets.topology._diagram import Theme
from frequenz.client.assets.topology._diagram.texts import markup
from frequenz.server.assets.demo import FLEETS

from ..fleets import component, connection, fleet, site
from ..screens import serving
from .running import NOWHERE, command, invoke, run
from .terminal import see

SITES: Final = FLEETS[0]
AT: Final = "--at=2022-01-01"


@pytest.fixture(scope="module")
def demo_url() -> Iterator[str]:
    """The URL of a server over the fleets of the screens."""
    with serving() as url:
        yield url


def drawn(text: str) -> set[str]:
    """Return the IDs that a diagram shows."""
    return {it for element in ET.fromstring(text).iter() if (it := element.get("data-id"))}


def drawn_by(*arguments: str | Path) -> str:
    result = invoke("diagram", *arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def symbol(text: str, data_id: int) -> str:
    """Return the text of a component's symbol."""
    found = [it for it in ET.fromstring(text).iter() if it.get("data-id") == str(data_id)]
    return ET.tostring(found[-1], encoding="unicode")


# Where it goes ------------------------------------------------------------------------------------


def test_a_microgrid_of_a_file_is_drawn_without_a_server() -> None:
    result = invoke("diagram", f"{SITES}:201", AT, "--url", NOWHERE)
    assert (result.exit_code, result.stderr) == (0, "")
    assert {"1", "40", "1-2"} <= drawn(result.stdout)
    assert "as of 2022-01-01 00:00 UTC" in result.stdout


def test_a_server_and_a_file_have_the_same_diagram(demo_url: str, tmp_path: Path) -> None:
    exported = tmp_path / "fleet.yaml"
    assert invoke("--url", demo_url, "export", "--to", exported).exit_code == 0
    of_server = drawn_by("301", AT, "--url", demo_url)
    assert drawn_by(f"{exported}:301", AT) == of_server


def test_on_a_terminal_a_file_is_written_and_named(tmp_path: Path) -> None:
    shown, code = see(("diagram", f"{SITES}:201"), folder=tmp_path)
    assert (shown, code) == ("assets-cli: wrote microgrid-201.svg\n", 0)
    assert "40" in drawn((tmp_path / "microgrid-201.svg").read_text(encoding="utf-8"))


def test_on_a_terminal_it_can_still_be_printed(tmp_path: Path) -> None:
    shown, code = see(("diagram", f"{SITES}:201", "--to", "-"), folder=tmp_path)
    assert code == 0
    assert "40" in drawn(shown)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(("name", "start"), [("site.svg", b"<svg "), ("site.PNG", b"\x89PNG")])
def test_files_are_replaced(tmp_path: Path, name: str, start: bytes) -> None:
    (tmp_path / name).write_text("old")
    result = invoke("diagram", f"{SITES}:201", "--to", tmp_path / name)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"assets-cli: wrote {tmp_path / name}\n"
    assert (tmp_path / name).read_bytes().startswith(start)


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A program that notes what it is to show."""
    path = tmp_path / "browser"
    path.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/shown\n')
    path.chmod(0o755)
    return path


async def test_the_browser_shows_the_file(tmp_path: Path, browser: Path) -> None:
    file = tmp_path / "a site.svg"
    arguments = ("diagram", f"{SITES}:201", "--to", file, "--open")
    ended = await run(*arguments, BROWSER=f"{browser} %s")
    assert (ended.code, ended.err) == (0, f"assets-cli: wrote {file}\n")
    assert (tmp_path / "shown").read_text().strip() == file.as_uri()


async def test_a_file_is_opened_even_if_output_is_piped(tmp_path: Path, browser: Path) -> None:
    shown, code = see(
        ("diagram", f"{SITES}:201", "--open"),
        folder=tmp_path,
        environment={"BROWSER": f"{browser} %s"},
    )
    assert (shown, code) == ("assets-cli: wrote microgrid-201.svg\n", 0)
    assert (tmp_path / "shown").read_text().strip() == (tmp_path / "microgrid-201.svg").as_uri()


async def test_without_a_browser_the_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "site.svg"
    nothing = {"BROWSER": "/nowhere/browser %s", "PATH": "/nowhere", "DISPLAY": ""}
    ended = await run("diagram", f"{SITES}:201", "--to", file, "--open", **nothing)
    assert ended.code == ExitCode.FAILURE
    assert ended.err.splitlines()[-1] == f"assets-cli: no browser found; open {file} yourself"
    assert file.exists()


ERRORS: Final = [
    ("diagram {empty}", ExitCode.FAILURE, "microgrid 2 has no components to draw"),
    ("diff {empty} {empty} --to x.svg", ExitCode.FAILURE, "microgrid 2 has no components to draw"),
    (
        "diagram {good} --highlight 999",
        ExitCode.NOT_FOUND,
        "microgrid 201 has no component 999; see `assets-cli tree {good}`",
    ),
    (
        "diagram {good} --behind 999",
        ExitCode.NOT_FOUND,
        "microgrid 201 has no component 999; see `assets-cli tree {good}`",
    ),
    (
        "diagram {good} --to /nowhere/x.svg",
        ExitCode.FAILURE,
        "/nowhere/x.svg: There is no directory /nowhere",
    ),
]


@pytest.mark.parametrize(("line", "code", "message"), ERRORS)
def test_what_cannot_be_drawn_or_written(
    tmp_path: Path, line: str, code: ExitCode, message: str
) -> None:
    names = {"empty": tmp_path / "empty.yaml", "good": f"{SITES}:201"}
    inventory.write(fleet(site(2)), tmp_path / "empty.yaml")
    result = invoke(*line.format(**names).split())
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.splitlines()[-1] == f"assets-cli: {message.format(**names)}"


# What it shows ------------------------------------------------------------------------------------


def test_findings_of_the_check_are_marked() -> None:
    shown = drawn_by(f"{SITES}:203", AT)
    found = [it.finding for it in inventory.check(inventory.read(SITES)) if it.microgrid_id == 203]
    drawn_entities = [it for it in found if it.entity.startswith(("component", "connection"))]
    for severity in Severity:
        texts = (f"{it.path}: {it.sentence}" for it in drawn_entities if it.severity is severity)
        sentences = {*map(markup, texts)}
        assert sentences
        for sentence in sentences:
            assert sentence in shown
    assert "finding" not in drawn_by(f"{SITES}:201", AT)


def test_lifetimes_count_now_by_default_and_at_a_moment(tmp_path: Path) -> None:
    ended = component(2)
    ended.operational_lifetime.end_timestamp.FromJsonString("2020-05-01T00:00:00Z")
    path = tmp_path / "fleet.yaml"
    inventory.write(fleet(site(1, [component(1, 1), ended], [connection(1, 2)])), path)
    assert "ended 2020-05-01" in drawn_by(path)
    assert "ended 2020-05-01" not in drawn_by(path, "--at", "2020-04-30")
    assert "ended 2020-05-01" in drawn_by(path, "--at", "2020-05-01T02:00:01+02:00")


def test_categories_and_components_are_highlighted() -> None:
    plain = drawn_by(f"{SITES}:201", AT)
    marked = drawn_by(f"{SITES}:201", AT, "--highlight", "Battery", "--highlight", "40")
    changed = [it for it in (1, 2, 21, 22, 40) if symbol(plain, it) != symbol(marked, it)]
    assert changed == [22, 40]


def test_a_category_that_the_site_lacks_is_said() -> None:
    result = invoke("diagram", f"{SITES}:201", AT, "--highlight", "wind-turbine")
    assert result.exit_code == 0
    assert result.stderr == (
        "assets-cli: microgrid 201 has no component of the category wind_turbine\n"
    )


def test_equal_branches_are_drawn_each(tmp_path: Path) -> None:
    meters = [component(number, microgrid_id=1) for number in range(3, 13)]
    connections = [connection(1, 2), *(connection(2, it) for it in range(3, 13))]
    path = tmp_path / "fleet.yaml"
    inventory.write(fleet(site(1, [component(1, 1), component(2), *meters], connections)), path)
    assert "3 4 5 6 7 8 9 10 11 12" in drawn(drawn_by(path))
    assert {*map(str, range(3, 13))} <= drawn(drawn_by(path, "--no-fold"))


def test_themes_are_those_of_the_library() -> None:
    (option,) = (it for it in command("diagram").params if it.name == "theme")
    assert isinstance(option.type, click.Choice)
    assert [*option.type.choices] == [*get_args(Theme)]
    assert "sld-dark" in drawn_by(f"{SITES}:201", "--theme", "dark")


# Differences --------------------------------------------------------------------------------------


@pytest.fixture
def states(tmp_path: Path) -> tuple[Path, Path]:
    """Two files: in the second one, a component is added, and another one has a name."""
    before, after = tmp_path / "before.yaml", tmp_path / "after.yaml"
    point, meter = component(1, 1), component(2)
    inventory.write(fleet(site(1, [point, meter], [connection(1, 2)])), before)
    added = [point, component(2, name="Main"), component(3)]
    inventory.write(fleet(site(1, added, [connection(1, 2), connection(2, 3)])), after)
    return before, after


def test_differences_are_drawn_and_shown(states: tuple[Path, Path], tmp_path: Path) -> None:
    picture = tmp_path / "changes.svg"
    plain = invoke("diff", *states)
    result = invoke("diff", *states, "--to", picture)
    assert (result.exit_code, result.stdout) == (ExitCode.FINDINGS, plain.stdout)
    assert result.stderr == f"assets-cli: wrote {picture}\n"

    sites = [Site.of(inventory.read(path).sites[0]) for path in states]
    found = [it.finding for it in inventory.check(inventory.read(states[1]))]
    expected = sites[1].diagram(before=sites[0], findings=found).svg
    assert picture.read_text(encoding="utf-8") == expected
    assert "added" in symbol(expected, 3)
    assert "nothing → Main" in expected


def test_a_picture_of_differences_can_be_all_that_is_printed(states: tuple[Path, Path]) -> None:
    result = invoke("diff", *states, "--to", "-")
    assert (result.exit_code, result.stderr) == (ExitCode.FINDINGS, "")
    assert {"2", "3", "2-3"} <= drawn(result.stdout)
    assert invoke("diff", states[0], states[0], "--to", "-").exit_code == 0


def test_only_one_microgrid_can_be_drawn(states: tuple[Path, Path], tmp_path: Path) -> None:
    picture = tmp_path / "changes.svg"
    result = invoke("diff", states[0], SITES, "--to", picture)
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert "--to draws one microgrid, but B has 3 microgrids" in result.stderr
    assert not picture.exists()
