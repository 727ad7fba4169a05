"""The command `assets-cli`, with a real server: what it prints, and how it refuses.

Starting a process takes half a second. So the processes are few; what else there is to ask is asked
within this process, where a traceback is an exception that ends the test.
"""

import asyncio
import json
import os
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable, Iterator
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from click.testing import CliRunner, Result

from frequenz.client import assets
from frequenz.client.assets.cli import _commands, main
from frequenz.server.assets import AssetsServer, ServerSettings

from .expected.__main__ import PUBLISHED
from .expected.fleet import FLEET
from .test_generations import CURRENT, FIRST, serving

FOLDER: Final = Path(sys.executable).parent
COMMAND: Final = FOLDER / "assets-cli"
EXPECTED: Final = Path(__file__).parent / "expected"
TIME_TO_END: Final = 30
"""How long a process may take, in s: machines may be slow."""

NOWHERE: Final = "grpc://127.0.0.1:1?ssl=false"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server in a process of its own."""
    database = tmp_path_factory.mktemp("fleet") / "fleet.db"
    asyncio.run(_fill(database))
    command: list[str | Path] = [FOLDER / "assets-server", "serve", "--port=0"]
    with subprocess.Popen(
        [*command, "--database", database],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().rstrip("\n")
        finally:
            server.kill()


async def _fill(database: Path) -> None:
    async with AssetsServer(FLEET, ServerSettings(database=database)):
        pass


class Ended(NamedTuple):
    """How a process ended, and what it said."""

    code: int | None
    out: bytes
    err: str


ENVIRONMENT: Final = {
    name: value for name, value in os.environ.items() if not name.startswith("ASSETS_")
}


async def run(*arguments: str | Path, command: str | Path = COMMAND, **environment: str) -> Ended:
    """Run the command as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        command, *arguments, stdout=PIPE, stderr=PIPE, env=ENVIRONMENT | environment
    )
    try:
        async with asyncio.timeout(TIME_TO_END):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(process.returncode, out, err.decode())


def invoke(*arguments: str, **environment: str) -> Result:
    """Run the command within this process."""
    cleared: dict[str, str | None] = {
        name: None for name in os.environ if name.startswith("ASSETS_")
    }
    runner = CliRunner(env=cleared | environment, catch_exceptions=False)
    return runner.invoke(_commands.cli, arguments)


def text(name: str) -> bytes:
    return (EXPECTED / f"{name}.json").read_bytes()


# What the published commands print ----------------------------------------------------------------


@pytest.mark.parametrize("command", ["microgrid", "electrical-components", "component-connections"])
async def test_a_published_command_prints_what_it_has_always_printed(
    url: str, command: str
) -> None:
    wanted = {name: asked for name, asked in PUBLISHED.items() if asked[0] == command}

    ended = await asyncio.gather(*(run("--url", url, *asked) for asked in wanted.values()))

    for name, told in zip(wanted, ended, strict=True):
        assert (told.code, told.out) == (0, text(name)), told.err


def test_every_expected_text_is_tested() -> None:
    assert {*PUBLISHED, *COMPLETE} == {file.stem for file in EXPECTED.glob("*.json")}


# What the other commands print --------------------------------------------------------------------

COMPLETE: Final = {
    "microgrids": ("microgrids",),
    "sensors-1": ("sensors", "1"),
    "gridpools": ("gridpools",),
    "energy-schedules-7": ("energy-schedules", "7"),
    "market-topology": ("market-topology",),
}
"""The name of a file, without .json -> the command."""


@pytest.mark.parametrize("name", COMPLETE)
def test_the_other_commands_print_everything_and_members_by_name(url: str, name: str) -> None:
    result = invoke("--url", url, *COMPLETE[name])

    assert (result.exit_code, result.stdout) == (0, text(name).decode())


@pytest.mark.parametrize("name", COMPLETE)
def test_the_expected_texts_have_every_field_of_the_model(name: str) -> None:
    listed: Any = {
        "microgrids": "Microgrid",
        "sensors-1": "Sensor",
        "gridpools": "Gridpool",
        "energy-schedules-7": "GridpoolEnergySchedule",
        "market-topology": "MarketTopologyRelation",
    }
    names = [field.name for field in fields(getattr(assets, listed[name]))]
    assert [list(item) for item in json.loads(text(name))] == [names] * len(json.loads(text(name)))


# Filters ------------------------------------------------------------------------------------------


def ids(result: Any) -> list[Any]:
    return [item["id"] for item in result]


def schedules(result: Any) -> list[Any]:
    return [item["schedule_id"] for item in result]


def relations(result: Any) -> list[Any]:
    """The ids of gridpool and microgrid."""
    return [[item["gridpool_id"], item["microgrid_id"]] for item in result]


def ends(result: Any) -> list[Any]:
    return [f"{item['source']}-{item['destination']}" for item in result]


def powers(result: Any) -> list[Any]:
    return [[entry["active_power_w"] for entry in item["time_series"]] for item in result]


_8_30 = "2024-01-01T09:30:00+01:00"
_FIRST, _SECOND, _THIRD = [7, 1], [8, 2], [None, 2]

FILTERS: Final[list[tuple[str, Callable[[Any], list[Any]], list[Any]]]] = [
    ("microgrids", ids, [1, 2, 3]),
    ("microgrids --microgrid 3", ids, [3]),
    ("microgrids --microgrid 3 --microgrid 1 --microgrid 404", ids, [1, 3]),
    ("microgrids --gridpool 8", ids, [2]),
    ("microgrids --gridpool 8 --gridpool 7", ids, [1, 2]),
    ("microgrids --gridpool 8 --microgrid 1", ids, []),
    ("electrical-components 1 --component 2 --component 18446744073709551615", ids, [2, 2**64 - 1]),
    ("electrical-components 1 --category crypto_miner", ids, [28]),
    ("electrical-components 1 --category Crypto-Miner", ids, [28]),
    ("electrical-components 1 --category 14", ids, [28]),
    ("electrical-components 1 --category GRID --category grid_connection_point", ids, [2, 3]),
    ("electrical-components 1 --category 99", ids, [34, 35]),
    ("electrical-components 1 --category grid --category 99 --component 3", ids, [3]),
    ("component-connections 1 --source 2", ends, ["2-3", "2-4"]),
    (
        "component-connections 1 --destination 3 --destination 2",
        ends,
        ["1-2", "2-3", f"{2**64 - 1}-3"],
    ),
    ("component-connections 1 --source 2 --source 1 --destination 4", ends, ["2-4"]),
    ("sensors 1", ids, [3, 4]),
    ("sensors 1 --sensor 4", ids, [4]),
    ("sensors 1 --sensor 4 --sensor 3", ids, [3, 4]),
    ("sensors 2", ids, []),
    ("gridpools", ids, [7, 8]),
    ("gridpools --gridpool 8", ids, [8]),
    ("gridpools --gridpool 8 --gridpool 7", ids, [7, 8]),
    ("energy-schedules 7", schedules, [70, 71, 72]),
    ("energy-schedules 404", schedules, []),
    ("energy-schedules 7 --schedule 72 --schedule 71", schedules, [71, 72]),
    ("energy-schedules 7 --direction import", schedules, [70]),
    ("energy-schedules 7 --direction EXPORT --direction 9", schedules, [71, 72]),
    ("energy-schedules 7 --direction import --schedule 71", schedules, []),
    # 70 holds from 2022 until it is cancelled, 123.456 ms into 2024; then 72 begins.
    ("energy-schedules 7 --effective-from 2024-01-01T00:00:00.123456Z", schedules, [71, 72]),
    ("energy-schedules 7 --effective-from 2024-01-01T00:00:00.123455Z", schedules, [70, 71, 72]),
    ("energy-schedules 7 --effective-to 2024-01-01T00:00:00.123456Z", schedules, [70, 71]),
    ("energy-schedules 7 --effective-to 2021-12-31T00:00:00-12:00", schedules, [71]),
    (
        "energy-schedules 7 --effective-from 2023-01-01T00:00Z --effective-to 2023-02-01T00:00Z",
        schedules,
        [70, 71],
    ),
    ("energy-schedules 7 --entries-from 2024-01-01T00:30Z", powers, [[None, 0.0], [], []]),
    ("energy-schedules 7 --entries-to 2024-01-01T01:15+01:00", powers, [[1000.5], [], [1.0]]),
    (
        "energy-schedules 7 --entries-from 2024-01-01T00:16Z --entries-to 2024-01-01T00:30Z",
        powers,
        [[-2e6], [], []],
    ),
    ("energy-schedules 7 --entries-from 2024-01-01T00:45Z --schedule 70", powers, [[0.0]]),
    ("market-topology", relations, [_FIRST, _SECOND, _THIRD]),
    ("market-topology --gridpool 8 --gridpool 9", relations, [_SECOND]),
    ("market-topology --microgrid 2", relations, [_SECOND, _THIRD]),
    ("market-topology --microgrid 2 --gridpool 8", relations, [_SECOND]),
    ("market-topology --market-location 500123AB --market-location 4", relations, [_FIRST]),
    ("market-topology --delivery-area 10YDE-VE-------2", relations, [_FIRST]),
    ("market-topology --delivery-area 10YDE-VE-------2:europe-eic", relations, [_FIRST]),
    ("market-topology --delivery-area PJM", relations, []),
    ("market-topology --delivery-area PJM:US_NERC --delivery-area X", relations, [_SECOND]),
    ("market-topology --delivery-area PJM:2", relations, [_SECOND]),
    ("market-topology --delivery-area PJM:7", relations, []),
    ("market-topology --participation flex-markets", relations, [_SECOND]),
    (
        "market-topology --participation ENERGY_TRADING --participation 2",
        relations,
        [_FIRST, _SECOND],
    ),
    ("market-topology --participation 9 --microgrid 2", relations, []),
]


@pytest.mark.parametrize(
    ("command", "shown", "expected"), FILTERS, ids=[command for command, _, _ in FILTERS]
)
def test_options_filter(
    url: str, command: str, shown: Callable[[Any], list[Any]], expected: list[Any]
) -> None:
    result = invoke("--url", url, *command.split())

    assert result.exit_code == 0, result.stderr
    assert shown(json.loads(result.stdout)) == expected


def test_every_option_is_among_those_tested() -> None:
    tried = [asked.split() for asked, _, _ in FILTERS]
    untried = [
        (name, option)
        for name, command in _commands.cli.commands.items()
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--")
        and not any(asked[0] == name and option in asked for asked in tried)
    ]
    assert untried == []


PROCESSES: Final[list[tuple[str, Callable[[Any], list[Any]], list[Any]]]] = [
    ("microgrids --microgrid 2 --gridpool 8", ids, [2]),
    ("sensors 1 --sensor 4", ids, [4]),
    ("gridpools --gridpool 8", ids, [8]),
    (
        "energy-schedules 7 --schedule 70 --direction import"
        " --entries-from 2024-01-01T00:15Z --entries-to 2024-01-01T00:20Z"
        " --effective-from 2023-12-31T00:00Z --effective-to 2025-01-01T00:00Z",
        powers,
        [[-2e6]],
    ),
    (
        "market-topology --gridpool 7 --microgrid 1 --market-location 500123AB"
        " --delivery-area 10YDE-VE-------2:1 --participation energy_trading",
        relations,
        [_FIRST],
    ),
]


async def test_a_process_takes_all_options_of_a_command_at_once(url: str) -> None:
    ended = await asyncio.gather(
        *(run("--url", url, *command.split()) for command, _, _ in PROCESSES)
    )

    for (_, shown, expected), told in zip(PROCESSES, ended, strict=True):
        assert told.code == 0, told.err
        assert shown(json.loads(told.out)) == expected


async def test_the_output_is_in_utf_8(url: str) -> None:
    told = await run("--url", url, "gridpools")

    assert told == Ended(0, text("gridpools"), "")
    assert "Östlich 日".encode() in told.out


async def test_the_output_is_in_utf_8_whatever_the_terminal_has(url: str) -> None:
    told = await run("--url", url, "gridpools", PYTHONIOENCODING="latin-1")

    assert told == Ended(0, text("gridpools"), "")


# Where the server is, and who asks ----------------------------------------------------------------


async def test_a_key_is_sent_if_there_is_one_and_the_options_win_over_the_environment() -> None:
    async with serving(CURRENT) as offer:
        ended = [
            await run("gridpools", ASSETS_API_URL=offer.url, ASSETS_API_AUTH_KEY="of old"),
            await run(
                *("--url", offer.url, "--auth-key=k", "--sign-secret=s", "gridpools"),
                ASSETS_API_URL=NOWHERE,
                ASSETS_API_AUTH_KEY="of old",
                ASSETS_API_SIGN_SECRET="of old",
            ),
        ]

    assert ended == [Ended(0, b"[]\n", "")] * 2
    with_key, signed = offer.metadata
    assert (with_key["key"], "sig" in with_key) == ("of old", False)
    assert (signed["key"], "sig" in signed) == ("k", True)


def test_without_a_url_nothing_is_asked() -> None:
    result = invoke("gridpools")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("Error: no server: give --url, or set ASSETS_API_URL\n")


@pytest.mark.parametrize("command", ["microgrid", "electrical-components", "sensors"])
def test_what_there_is_not_is_said(url: str, command: str) -> None:
    result = invoke("--url", url, command, "404")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "There is no microgrid 404." in result.stderr
    assert url in result.stderr


async def test_a_process_says_what_there_is_not_without_a_traceback(url: str) -> None:
    told = await run("--url", url, "component-connections", "404")

    assert (told.code, told.out) == (1, b"")
    assert told.err.startswith(
        "Error: Failed calling 'ListMicrogridElectricalComponentConnections'"
    )
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (NOWHERE, "connection refused"),
        ("localhost:1", "expected grpc://"),
        ("http://localhost", "expected grpc://"),
        ("grpc://", "host: missing"),
        ("grpc://localhost?nonsense=1", "nonsense"),
        ("grpc://localhost?ssl_root_certificates_path=/nowhere", "/nowhere"),
    ],
)
def test_a_url_that_leads_nowhere_is_said(
    wrong: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_commands, "_CONNECT_SECONDS", 0.5)
    result = invoke("--url", wrong, "gridpools")

    assert result.exit_code
    assert result.stdout == ""
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert words in result.stderr.lower()


async def test_a_server_of_the_first_generation_is_said_to_be_one() -> None:
    async with serving(FIRST) as offer:
        refused = await run("--url", offer.url, "gridpools")

    assert "key" not in offer.metadata[0]
    assert (refused.code, refused.out) == (1, b"")
    assert "first generation of the API (frequenz.api.assets.v1)" in refused.err


# Refusals -----------------------------------------------------------------------------------------

BAD: Final = [
    ("nonsense", "No such command 'nonsense'"),
    ("microgrid", "Missing argument 'ID'"),
    ("microgrid one", "'one'"),
    ("microgrid 1 2", "unexpected extra argument"),
    ("microgrid 1 --source 2", "No such option"),
    ("microgrid -- -1", "-1 is not in the range"),
    ("microgrid 18446744073709551616", "not in the range"),
    ("microgrids --microgrid 1.5", "'1.5'"),
    ("electrical-components 1 --category batterie", "'batterie' is none of unspecified, grid, "),
    ("electrical-components 1 --category -5", "'-5'"),
    ("electrical-components 1 --category 2147483648", "'2147483648' is none of"),
    ("component-connections 1 --source", "'--source' requires an argument"),
    ("energy-schedules 7 --direction up", "'up' is none of unspecified, import, export"),
    ("energy-schedules 7 --entries-from yesterday", "'yesterday' is no moment"),
    ("energy-schedules 7 --entries-to 2024-01-01T00:00", "with an offset from UTC"),
    ("energy-schedules 7 --effective-from 2024-13-01T00:00Z", "'2024-13-01T00:00Z' is no moment"),
    ("energy-schedules 7 --effective-to 1704067200", "is no moment"),
    (
        "energy-schedules 7 --entries-from 2024-01-02T00:00Z --entries-to 2024-01-01T00:00Z",
        "--entries-from: Start (2024-01-02",
    ),
    (
        "energy-schedules 7 --effective-from 2024-01-02T00:00Z --effective-to 2024-01-01T00:00Z",
        "--effective-from: Start (2024-01-02",
    ),
    ("market-topology --delivery-area X:Y", "'Y' is none of unspecified, europe_eic, us_nerc"),
    ("market-topology --delivery-area X:", "'' is none of"),
    ("market-topology --participation fcr", "'fcr' is none of unspecified, energy_trading, flex"),
]


@pytest.mark.parametrize(("command", "words"), BAD)
def test_bad_options_are_refused_before_anything_is_asked(command: str, words: str) -> None:
    result = invoke("--url", NOWHERE, *command.split())

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert words in result.stderr.splitlines()[-1]


async def test_a_process_with_a_bad_option_ends_with_2_and_no_traceback() -> None:
    told = await run("--url", NOWHERE, "sensors", "x")

    assert (told.code, told.out) == (2, b"")
    assert "Error: Invalid value for 'ID': 'x'" in told.err
    assert "Traceback" not in told.err


# Help ---------------------------------------------------------------------------------------------


async def test_the_version_is_that_of_the_package() -> None:
    as_module = ("-m", "frequenz.client.assets.cli", "--version")
    told = await asyncio.gather(run("--version"), run(*as_module, command=sys.executable))

    expected = f"assets-cli, version {version('frequenz-client-assets')}\n".encode()
    assert list(told) == [Ended(0, expected, "")] * 2


def test_help_names_every_command_and_where_settings_come_from() -> None:
    result = invoke("--help")

    assert result.exit_code == 0
    for name in (
        *("microgrid", "microgrids", "electrical-components", "component-connections", "sensors"),
        *("gridpools", "energy-schedules", "market-topology"),
        *("ASSETS_API_URL", "ASSETS_API_AUTH_KEY", "ASSETS_API_SIGN_SECRET"),
    ):
        assert name in result.stdout


@pytest.mark.parametrize("name", _commands.cli.commands)
def test_the_help_of_a_command_tells_its_options_without_a_server(name: str) -> None:
    result = invoke(name, "--help")

    assert result.exit_code == 0
    for parameter in _commands.cli.commands[name].params:
        assert parameter.opts[0] in result.stdout or parameter.param_type_name == "argument"


def test_without_its_extra_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, _commands.__name__)
    monkeypatch.setitem(sys.modules, "click", None)  # what an import statement cannot find

    with pytest.raises(SystemExit, match=r"needs the package click.*frequenz-client-assets\[cli\]"):
        main()
