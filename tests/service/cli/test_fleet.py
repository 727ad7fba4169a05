"""The commands about inventories: check, diff and export."""

import asyncio
import json
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import grpc.aio
import pytest
from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2 as pb
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frequenz.client.assets import AssetsApiClient, CallPolicy, inventory
from frequenz.client.assets.cli.exits import ExitCode, Failure
from frequenz.client.assets.cli.showing.notes import print_missing
from frequenz.client.assets.exceptions import OperationTimedOut
from frequenz.client.assets.fleet import Part, fetch_fleet
from frequenz.client.assets.fleet._concurrency import MAX_CONCURRENT
from frequenz.client.assets.fleet._crawler import MAX_UNANSWERED
from frequenz.client.assets.inventory import Inventory, Site
from frequenz.server.assets import AssetsServer

from ...unit.inventory_messages import any_message, any_site
from ...unit.market_messages import any_fleet
from ..fleets import LATER_FIELD, component, connection, fleet, site
from ..raw import GARBAGE, ask, in_bytes
from ..servers import raw_channel
from ..test_generations import CURRENT, FIRST, serving, without
from .running import FOLDER, NOWHERE, Ended, invoke, run
from .terminal import see

GOOD: Final = "good.yaml"
FAULTY: Final = "faulty.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file without major findings, and one with a major finding."""
    point, meter = component(1, 1), component(2)
    good = site(201, [point, meter], [connection(1, 2)])
    inventory.write(fleet(good), tmp_path / GOOD)
    faulty = site(201, [point, meter], [connection(1, 2), connection(2, 999)])
    inventory.write(fleet(faulty, site(202)), tmp_path / FAULTY)
    return tmp_path


def plain(ended: Ended) -> Any:
    return json.loads(ended.out)


@asynccontextmanager
async def serving_file(path: Path) -> AsyncIterator[str]:
    async with AssetsServer.from_fleet(path) as server:
        yield server.url


# One microgrid of a file --------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["tree", "formulas"])
async def test_a_file_and_a_server_show_the_same(folder: Path, command: str) -> None:
    async with serving_file(folder / FAULTY) as url:
        of_server = await run(command, "201", "--url", url)
        of_file = await run(command, f"{folder / FAULTY}:201")
    assert (of_file.code, of_file.out) == (of_server.code, of_server.out)
    assert of_file.err.startswith(f"assets-cli: {folder / FAULTY}:201: ")
    assert f"see `assets-cli check {folder / FAULTY}`" in of_file.err


def test_the_only_microgrid_of_a_file_needs_no_id(folder: Path) -> None:
    assert invoke("tree", folder / GOOD).stdout == invoke("tree", f"{folder / GOOD}:201").stdout
    several = invoke("tree", folder / FAULTY)
    assert (several.exit_code, several.stdout) == (ExitCode.USAGE, "")
    assert f"2 microgrids: 201, 202; choose one, such as {folder / FAULTY}:201" in several.stderr
    assert invoke("tree", f"{folder / FAULTY}:7").exit_code == ExitCode.NOT_FOUND


def test_microgrids_of_files_are_compared(folder: Path) -> None:
    same = invoke("diff", f"{folder / GOOD}:201", f"{folder / GOOD}:201")
    other = invoke("diff", f"{folder / GOOD}:201", f"{folder / FAULTY}:202")
    assert (same.exit_code, other.exit_code) == (ExitCode.OK, ExitCode.FINDINGS)


# check --------------------------------------------------------------------------------------------


def test_a_file_is_checked_without_a_server(folder: Path) -> None:
    ended = invoke("check", folder / FAULTY, "-o", "json")
    assert ended.exit_code == ExitCode.FINDINGS
    found = json.loads(ended.stdout)
    severities = [one["severity"] for one in found]
    assert severities == sorted(severities)  # major comes first
    assert set(severities) == {"major", "minor"}
    for severity in ("major", "minor"):
        chosen = invoke("check", folder / FAULTY, "--severity", severity)
        assert chosen.exit_code == ExitCode.FINDINGS
        assert invoke("check", folder / FAULTY, "--severity", severity.upper()).stdout == (
            chosen.stdout
        )
        assert json.loads(chosen.stdout) == [it for it in found if it["severity"] == severity]
    dangling = next(one for one in found if "999" in one["entity"])
    assert {
        "severity": "major",
        "microgrid_id": 201,
        "entity": "connection 2 -> 999",
        "path": "destination",
        "rule": "no-such-component",
        "file": str(folder / FAULTY),
    }.items() <= dangling.items()
    lines = (folder / FAULTY).read_text(encoding="utf-8").splitlines()
    assert lines[dangling["line"] - 1][dangling["column"] - 1 :] == "[2, 999]"


def test_minor_findings_do_not_change_the_exit_code(folder: Path) -> None:
    ended = invoke("check", folder / GOOD, "-o", "json")
    assert {one["severity"] for one in json.loads(ended.stdout)} == {"minor"}
    assert ended.exit_code == ExitCode.OK


def test_a_table_shows_findings_by_severity(folder: Path) -> None:
    ended = invoke("check", folder / FAULTY, "-o", "table")
    assert ended.exit_code == ExitCode.FINDINGS
    assert ended.stdout.index("major") < ended.stdout.index("minor")


async def test_the_fleet_of_a_server_or_some_of_it_is_checked(folder: Path) -> None:
    async with serving_file(folder / FAULTY) as url:
        whole, one, other, some = await asyncio.gather(
            run("check", "--url", url),
            run("check", "--url", url, "202"),
            run("check", "--url", url, "999"),
            run("check", "--url", url, "999", "202"),
        )
    of_file = json.loads(invoke("check", folder / FAULTY, "-o", "json").stdout)
    without_position = dict.fromkeys(("file", "line", "column"))
    assert plain(whole) == [{**found, **without_position} for found in of_file]
    assert whole.code == ExitCode.FINDINGS
    assert {found["microgrid_id"] for found in plain(one)} == {202}
    assert (other.code, other.out) == (ExitCode.NOT_FOUND, b"")
    assert other.err.count("\n") == 1
    assert " 999 (NOT_FOUND" in other.err
    assert plain(some) == plain(one)
    assert some.code == ExitCode.FAILURE
    assert some.err.count("\n") == 1
    assert "microgrid 999" in some.err


def test_one_microgrid_of_a_file_is_checked_with_its_positions(folder: Path) -> None:
    of_file = json.loads(invoke("check", folder / FAULTY, "-o", "json").stdout)
    for microgrid_id in (201, 202):
        ended = invoke("check", f"{folder / FAULTY}:{microgrid_id}", "-o", "json")
        found = json.loads(ended.stdout)
        assert found == [it for it in of_file if it["microgrid_id"] == microgrid_id]
        has_major = "major" in {it["severity"] for it in found}
        assert ended.exit_code == (ExitCode.FINDINGS if has_major else ExitCode.OK)


async def test_microgrids_files_and_those_of_profiles_are_checked_together(folder: Path) -> None:
    config = folder / "assets" / "config.toml"
    config.parent.mkdir()
    async with serving_file(folder / GOOD) as url, serving_file(folder / FAULTY) as other_url:
        config.write_text(f'[plant]\nurl = "{other_url}"\n')

        async def check(*subjects: object) -> tuple[int | None, list[Any]]:
            options = {"ASSETS_API_URL": url, "XDG_CONFIG_HOME": str(folder)}
            ended = await run("check", *map(str, subjects), **options)
            found = plain(ended)
            return ended.code, [(it["microgrid_id"], it["entity"], it["file"]) for it in found]

        file = folder / FAULTY
        one, other, of_file = await check(201), await check("plant:202"), await check(file)
        code, found = await check(201, file, "plant:202")
        assert code == ExitCode.FINDINGS
        assert sorted(found, key=str) == sorted(one[1] + other[1] + of_file[1], key=str)
        code, found = await check("plant:202", 201, "plant:201", "plant:999")
        assert code == ExitCode.FAILURE
        assert (201, "connection 2 -> 999", None) in found


def test_every_problem_of_files_is_one_line(folder: Path) -> None:
    broken, other = folder / "broken.yaml", folder / "other.json"
    broken.write_text("version: 1\nmicrogrids: [{id: -1}]\ngridpools: [{id: x}]\n")
    other.write_text('{"version": 1, "gridpool": []}')
    ended = invoke("check", broken, folder / GOOD, other)
    assert (ended.exit_code, ended.stdout) == (ExitCode.FAILURE, "")
    positions = [line.partition(": ")[2].partition(": ")[0] for line in ended.stderr.splitlines()]
    assert positions == [f"{broken}:2:19", f"{broken}:3:18", f"{other}:1:16"]

    ended = invoke("diff", broken, folder / GOOD)
    assert (ended.exit_code, ended.stdout, ended.stderr.count("\n")) == (ExitCode.FAILURE, "", 1)
    assert f"(and 1 more; see `assets-cli check {broken}`)" in ended.stderr


# diff ---------------------------------------------------------------------------------------------


async def test_sources_of_every_kind_are_compared(folder: Path) -> None:
    config = folder / "assets" / "config.toml"
    config.parent.mkdir()
    good, faulty = folder / GOOD, folder / FAULTY
    added = ["added connection 2 -> 999", "added microgrid 202"]
    async with serving_file(good) as url, serving_file(faulty) as other_url:
        config.write_text(f'[plant]\nurl = "{other_url}"\n')
        cases: dict[tuple[str | Path, str | Path], list[str]] = {
            (good, good): [],
            (good, faulty): added,
            (url, faulty): added,
            (good, other_url): added,
            (url, "plant"): added,
            ("201", good): [],
            ("201", "plant"): added[:1],
            (faulty, "201"): ["removed connection 2 -> 999"],
            ("201", "plant:201"): added[:1],
            ("plant:201", good): ["removed connection 2 -> 999"],
            ("plant:202", "201"): [
                "changed microgrid 202 id",
                "changed microgrid 202 name",
                *("added component 1", "added component 2", "added connection 1 -> 2"),
            ],
        }
        for sources, expected in cases.items():
            ended = await run("diff", *sources, ASSETS_API_URL=url, XDG_CONFIG_HOME=str(folder))
            differences = [
                " ".join(filter(None, (it["change"], it["entity"], it["path"])))
                for it in plain(ended)
            ]
            assert (differences, ended.err) == (expected, "")
            assert ended.code == (ExitCode.FINDINGS if expected else ExitCode.OK)


async def test_lists_that_a_server_does_not_offer_are_not_compared(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    async with serving(CURRENT) as offer, AssetsApiClient(offer.url) as client:
        served = (await fetch_fleet(client)).inventory
    sensor = sensors_pb2.Sensor(id=5)
    first, *others = served.sites
    sites = (Site(first.microgrid, first.components, first.connections, (sensor,)), *others)
    gridpools = (gridpool_pb2.Gridpool(id=7),)
    schedules = (pb.GridpoolEnergySchedule(gridpool_id=7, schedule_id=1),)
    inventory.write(Inventory(sites, gridpools, schedules), path)
    number = str(first.microgrid.id)

    async with serving(FIRST) as offer:
        one, other, both = await asyncio.gather(
            run("diff", number, path, "--url", offer.url),
            run("diff", path, number, "--url", offer.url),
            run("diff", number, "2", "--url", offer.url),
        )
    message = "assets-cli: not compared: sensors; not offered by the server of {}\n"
    for ended in (one, other):
        assert (ended.code, plain(ended)) == (ExitCode.OK, [])
        assert ended.err == message.format(number)
    assert both.code == ExitCode.FINDINGS
    assert both.err == message.format(f"{number} and 2")

    async with serving(without("ListGridpools")) as offer:
        ended = await run("diff", offer.url, path)
    assert [(it["change"], it["entity"]) for it in plain(ended)] == [("added", "sensor 5")]
    assert (
        "not compared: gridpools, energy schedules; not offered by the server of grpc://"
        in ended.err
    )


def test_no_difference_is_an_empty_table_and_list(folder: Path) -> None:
    for form, shown in (("json", "[]\n"), ("jsonl", ""), ("csv", "")):
        ended = invoke("diff", folder / GOOD, folder / GOOD, "-o", form)
        assert ended.exit_code == ExitCode.OK
        assert ended.stdout.removeprefix("change,microgrid_id,entity,path,before,after\n") == shown


def test_differences_are_shown_in_a_table(folder: Path) -> None:
    ended = invoke("diff", folder / GOOD, folder / FAULTY, "-o", "table")
    assert ended.exit_code == ExitCode.FINDINGS
    assert "connection 2 -> 999" in ended.stdout


# Errors -------------------------------------------------------------------------------------------

ERRORS: Final[dict[str, tuple[list[str], ExitCode, str]]] = {
    "a file of another kind": (["diff", "./a.toml", GOOD], ExitCode.USAGE, "ends in .yaml, .yml"),
    "no file to check": (["check", "fleet.toml"], ExitCode.NOT_FOUND, "is not an ID, an inventory"),
    "no microgrid to check": (["check", f"{GOOD}:7"], ExitCode.NOT_FOUND, "has no microgrid 7"),
    "a URL to check": (["check", NOWHERE], ExitCode.USAGE, "a server with --profile or --url"),
    "an ID and no profile to check": (
        ["check", "201", "stag"],
        ExitCode.NOT_FOUND,
        "'stag' is not",
    ),
    "no inventory": (["check", "wrong.json"], ExitCode.FAILURE, "wrong.json:1:1: "),
    "no server": (["check", "--timeout=0.2"], ExitCode.UNAVAILABLE, "the server is running"),
    "no such profile": (["diff", GOOD, "plant"], ExitCode.NOT_FOUND, "'plant' is not an ID, an"),
    "no such profile, first": (["diff", "plant", "201"], ExitCode.NOT_FOUND, "is not an ID, an"),
    "a microgrid of no profile": (
        ["diff", "plant:1", GOOD],
        ExitCode.NOT_FOUND,
        "'plant:1' is not",
    ),
    "no ID of a profile": (["diff", GOOD, "plant:x"], ExitCode.USAGE, "Invalid ID 'x'"),
    "no such microgrid": (["diff", GOOD, "999"], ExitCode.NOT_FOUND, "good.yaml has no microgrid"),
    "a missing file with an ID": (
        ["diff", GOOD, "missing.yaml:999"],
        ExitCode.FAILURE,
        "missing.yaml: No such file",
    ),
    "no ID after the colon": (
        ["check", "fleet.yaml:"],
        ExitCode.USAGE,
        "after the colon: expected an ID",
    ),
    "no URL": (["diff", "grpc://", GOOD], ExitCode.USAGE, "grpc://"),
    "a folder to write": (["export", "--to", "."], ExitCode.USAGE, "or a folder with -o parquet"),
    "a pipe to write": (["export", "--to", "pipe.json"], ExitCode.FAILURE, "pipe.json: "),
}


@pytest.mark.parametrize(("arguments", "code", "part"), ERRORS.values(), ids=ERRORS)
def test_an_error_is_one_line(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: ExitCode,
    part: str,
) -> None:
    monkeypatch.chdir(folder)
    Path("wrong.json").write_text("{}")
    os.mkfifo("pipe.json")
    ended = invoke(*arguments, ASSETS_API_URL=NOWHERE)
    assert (ended.exit_code, ended.stdout) == (code, "")
    assert ended.stderr.count("\n") == 1
    assert part in ended.stderr
    assert not Path("x.json").exists()


# export -------------------------------------------------------------------------------------------

LISTS_OF_SITE: Final = (
    *("ListMicrogridElectricalComponents", "ListMicrogridElectricalComponentConnections"),
    "ListMicrogridSensors",
)


def _with_gridpools(fleet: Inventory) -> Inventory:
    """Return the inventory with a gridpool for each schedule: the API shows no others."""
    known = {gridpool.id for gridpool in fleet.gridpools}
    missing = dict.fromkeys(it.gridpool_id for it in fleet.energy_schedules)
    more = (gridpool_pb2.Gridpool(id=number) for number in missing if number not in known)
    return Inventory(
        fleet.sites, (*fleet.gridpools, *more), fleet.energy_schedules, fleet.market_topology
    )


FLEETS: Final = st.builds(
    lambda sites, market: _with_gridpools(
        Inventory(tuple(sites), market.gridpools, market.energy_schedules, market.market_topology)
    ),
    st.lists(
        st.builds(
            lambda made, sensors: Site(
                made.microgrid, made.components, made.connections, tuple(sensors)
            ),
            any_site(),
            st.lists(any_message(sensors_pb2.Sensor), max_size=2),
        ),
        max_size=3,
        unique_by=lambda made: made.microgrid.id,
    ),
    any_fleet(),
)
"""Any fleet that a server can serve, faults included."""


async def answers(url: str, served: Inventory) -> dict[str, Any]:
    """Return the raw replies to all eight calls, also for an unknown microgrid."""
    replies: dict[str, Any] = {}
    numbers = {1, *(it.microgrid.id for it in served.sites)}
    requests: list[tuple[str, Message]] = [
        *((call, _request(call)) for call in ("ListMicrogrids", "ListGridpools")),
        ("ListMarketTopologyRelations", _request("ListMarketTopologyRelations")),
        *(
            (call, _request(call, microgrid_id=number))
            for number in sorted(numbers)
            for call in ("GetMicrogrid", *LISTS_OF_SITE)
        ),
        *(
            ("ListGridpoolEnergySchedules", _request("ListGridpoolEnergySchedules", gridpool_id=it))
            for it in sorted({1, *(gridpool.id for gridpool in served.gridpools)})
        ),
    ]
    async with raw_channel(url) as channel:
        for call, request in requests:
            try:
                reply: Any = in_bytes(await ask(channel, call, request))
            except grpc.aio.AioRpcError as error:
                reply = error.code()
            replies[f"{call} {request}"] = reply
    return replies


def _request(call: str, **fields: int) -> Message:
    made: Message = getattr(pb, f"{call}Request")(**fields)
    return made


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(served=FLEETS, suffix=st.sampled_from(["yaml", "json", "jsonl"]))
async def test_an_exported_fleet_gives_the_same_replies(
    tmp_path: Path, suffix: str, served: Inventory
) -> None:
    path = tmp_path / f"fleet.{suffix}"
    async with AssetsServer(served) as server:
        async with AssetsApiClient(server.url) as client:
            fetched = await fetch_fleet(client)
        expected = await answers(server.url, served)
    assert (fetched.failures, fetched.not_offered) == ((), ())
    inventory.write(fetched.inventory, path)
    async with AssetsServer.from_fleet(path) as server:
        assert await answers(server.url, served) == expected


async def test_the_commands_export_and_serve_give_the_same_replies(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text("an older file")
    served = inventory.parse_text(
        (Path(__file__).parents[3] / "docs" / "inventory-files.md")
        .read_text(encoding="utf-8")
        .split("```yaml\n")[1]
        .split("```")[0],
        name="docs",
    )
    async with AssetsServer(served) as server:
        ended = await run("export", "--to", path, ASSETS_API_URL=server.url)
        assert (ended.code, ended.out) == (ExitCode.OK, b"")
        assert ended.err.endswith(f" to {path}\n")
        expected = await answers(server.url, served)
    assert os.listdir(tmp_path) == [path.name]  # noqa: PTH208 - the hidden ones, too
    process = await asyncio.create_subprocess_exec(
        *(FOLDER / "assets-server", "serve", "--port=0", path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout
        url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().rstrip("\n")
        assert await answers(url, served) == expected
    finally:
        process.kill()
        await process.wait()


async def test_an_export_goes_on_after_a_microgrid_that_fails(folder: Path) -> None:
    path = folder / "some.json"
    async with serving_file(folder / FAULTY) as url:
        ended = await run("export", "202", "999", "201", "202", "--to", path, "--url", url)
        alone = await run("export", "999", "--to", folder / "none.json", "--url", url)
    assert (ended.code, ended.out) == (ExitCode.FAILURE, b"")
    first, last = ended.err.splitlines()
    assert " 999 (NOT_FOUND" in first
    assert last == f"assets-cli: {path} is incomplete: 1 part missing"
    assert [it.microgrid.id for it in inventory.read(path).sites] == [202, 201]
    assert (alone.code, alone.err.count("\n")) == (ExitCode.NOT_FOUND, 1)
    assert not (folder / "none.json").exists()


async def test_a_terminal_shows_the_progress(folder: Path) -> None:
    path = folder / "fleet.json"
    async with serving_file(folder / FAULTY) as url:
        shown, code = await asyncio.to_thread(see, ["export", "--to", path, "--url", url])
    assert code == ExitCode.OK
    assert "2/2" in shown
    assert shown.endswith(f"assets-cli: wrote 2 microgrids, 2 components to {path}\n")
    assert len(inventory.read(path).sites) == 2


async def test_a_market_without_microgrids_is_exported(tmp_path: Path) -> None:
    path = tmp_path / "market.json"
    pools = [gridpool_pb2.Gridpool(id=number) for number in (5, 6)]
    async with serving(CURRENT) as offer:
        offer.failing = {
            "current ListMicrogrids": LATER_FIELD,  # none, but a reply
            "current ListGridpools": in_bytes(pb.ListGridpoolsResponse(gridpools=pools)),
            "current ListGridpoolEnergySchedules": grpc.StatusCode.INTERNAL,
        }
        ended = await run("export", "--to", path, "--url", offer.url)
    assert ended.code == ExitCode.FAILURE
    first, last = ended.err.splitlines()
    assert first.startswith("assets-cli: energy schedules of gridpools 5 and 6: ")
    assert last == f"assets-cli: {path} is incomplete: 2 parts missing"
    assert [it.id for it in inventory.read(path).gridpools] == [5, 6]


async def test_an_unwritable_file_is_reported_before_the_server_is_called(folder: Path) -> None:
    # Root can write to any folder on a disk.
    ended = await run("export", "--to", "/proc/x.json", "--url", NOWHERE)
    assert (ended.code, ended.out) == (ExitCode.FAILURE, b"")
    assert ended.err.startswith("assets-cli: /proc/x.json: ")
    assert ended.err.count("\n") == 1


async def test_a_replaced_file_keeps_its_permissions_and_a_link_its_target(folder: Path) -> None:
    path, link = folder / "fleet.json", folder / "link.json"
    path.touch()
    path.chmod(0o640)
    link.symlink_to(path.name)
    async with serving_file(folder / GOOD) as url:
        ended = await run("export", "--to", link, "--url", url)
    message = f"assets-cli: wrote 1 microgrid, 2 components to {link}\n"
    assert (ended.code, ended.err) == (ExitCode.OK, message)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert inventory.read(path) == inventory.read(folder / GOOD)


async def test_standard_output_is_a_target(folder: Path) -> None:
    async with serving_file(folder / FAULTY) as url:
        default, as_yaml, misplaced = await asyncio.gather(
            run("export", "--to", "-", "--url", url),
            run("export", "--to", "-", "-o", "yaml", "--url", url),
            run("export", "--to", folder / "x.json", "-o", "yaml", "--url", url),
        )
    written = inventory.read(folder / FAULTY)
    formats: tuple[tuple[Ended, inventory.FileFormat], ...] = ((default, "json"), (as_yaml, "yaml"))
    for ended, form in formats:
        read = inventory.parse_text(ended.out.decode(), name="-", file_format=form)
        assert read == written
        assert ended.err == "assets-cli: wrote 2 microgrids, 2 components to standard output\n"
    assert as_yaml.out.startswith(b"version: ")  # JSON is YAML, too
    assert (misplaced.code, misplaced.out) == (ExitCode.USAGE, b"")
    assert not (folder / "x.json").exists()


# Missing parts ------------------------------------------------------------------------------------


async def test_the_same_reason_is_printed_once(folder: Path) -> None:
    path = folder / "x.json"
    many = [str(number) for number in range(404, 428)]
    async with serving_file(folder / GOOD) as url:
        one, other, some = await asyncio.gather(
            run("check", "404", "--url", url),
            run("diff", "404", "201", "--url", url),
            run("export", *many, "201", "--to", path, "--url", url),
        )
    for ended in (one, other):
        assert (ended.code, ended.out, ended.err) == (ExitCode.NOT_FOUND, b"", one.err)
    assert some.code == ExitCode.FAILURE
    first, last = some.err.splitlines(keepends=True)
    reason = one.err.removeprefix("assets-cli: ").replace("404", "ID")
    assert first == f"assets-cli: microgrids 404, 405, 406 and 21 more: {reason}"
    assert last == f"assets-cli: {path} is incomplete: 24 parts missing\n"


async def test_a_rejected_key_is_reported_once_and_not_tried_again() -> None:
    many = [str(number) for number in range(1, 25)]
    async with serving(CURRENT) as offer:
        offer.failing = {"current GetMicrogrid": grpc.StatusCode.UNAUTHENTICATED}
        ended = await run("check", *many, "--url", offer.url)
        assert len(offer.arrived) <= MAX_CONCURRENT
    assert (ended.code, ended.out) == (ExitCode.NOT_ALLOWED, b"")
    assert ended.err.count("\n") == 1
    assert ended.err.startswith("assets-cli: microgrids 1, 2, 3 and 21 more: ")


async def test_a_key_that_is_rejected_later_does_not_affect_fetched_parts() -> None:
    async with serving(CURRENT) as offer, AssetsApiClient(offer.url) as client:
        offer.failing = {"current ListGridpools": grpc.StatusCode.UNAUTHENTICATED}
        fetched = await fetch_fleet(client)
        assert "current ListMarketTopologyRelations" not in offer.arrived
    assert len(fetched.inventory.sites) == 3
    assert [str(it.part) for it in fetched.failures] == ["gridpools", "market topology"]


async def test_a_microgrid_without_permission_does_not_affect_the_others() -> None:
    async with serving(CURRENT) as offer, AssetsApiClient(offer.url) as client:
        offer.failing = {"current GetMicrogrid": grpc.StatusCode.PERMISSION_DENIED}
        fetched = await fetch_fleet(client, range(20))
        assert len(offer.arrived) == 20
    assert len(fetched.failures) == 20


async def test_the_rest_is_skipped_once_a_server_stops_answering(
    capsys: pytest.CaptureFixture[str],
) -> None:
    listed = pb.ListMicrogridsResponse(
        microgrids=[microgrid_pb2.Microgrid(id=number) for number in range(1, 501)]
    )
    policy = CallPolicy(timeout=1)
    async with serving(CURRENT) as offer, AssetsApiClient(offer.url, policy=policy) as client:
        offer.failing = {
            "current ListMicrogrids": in_bytes(listed),
            "current ListMicrogridElectricalComponents": grpc.StatusCode.NOT_FOUND,
        }
        fetching = asyncio.create_task(fetch_fleet(client))
        await offer.failing_arrived.wait()  # for the list, then no more
        offer.may_answer.clear()
        async with asyncio.timeout(15):
            fetched = await fetching
        offer.may_answer.set()
        assert len(offer.arrived) < 1 + MAX_UNANSWERED + MAX_CONCURRENT
    assert fetched.not_asked[-3:] == (
        Part("microgrid", 500),
        Part("gridpools"),
        Part("market topology"),
    )
    assert {type(it.error) for it in fetched.failures} == {OperationTimedOut}
    assert len(fetched.failures) + len(fetched.not_asked) == 502
    with pytest.raises(Failure, match="nothing could be fetched") as caught:
        print_missing(fetched)
    assert caught.value.exit_code == ExitCode.UNAVAILABLE
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("assets-cli: skipped, as the server stopped answering: microgrids ")
    assert last.endswith(" more; gridpools; market topology")


# fetch --------------------------------------------------------------------------------------------


async def test_failed_parts_are_in_the_order_of_the_fleet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(CURRENT) as offer, AssetsApiClient(offer.url) as client:
        call = client._calls.make

        async def slower_at_first(operation: str, request: Any, timeout: Any) -> Any:
            await asyncio.sleep((410 - request.microgrid_id) / 50)
            return await call(operation, request, timeout)

        monkeypatch.setattr(client._calls, "make", slower_at_first)
        fetched = await fetch_fleet(client, range(404, 410))
    assert [it.part.id for it in fetched.failures] == [*range(404, 410)]


async def test_microgrids_that_are_listed_twice_are_fetched_twice() -> None:
    twice = pb.ListMicrogridsResponse(microgrids=[microgrid_pb2.Microgrid(id=1)] * 2)
    async with serving(CURRENT) as offer, AssetsApiClient(offer.url) as client:
        offer.failing = {"current ListMicrogrids": in_bytes(twice)}
        fetched = await fetch_fleet(client)
    assert [it.microgrid.id for it in fetched.inventory.sites] == [1, 1]


async def test_a_failed_part_does_not_affect_the_others() -> None:
    ghosts = pb.ListMicrogridsResponse(
        microgrids=[microgrid_pb2.Microgrid(id=number) for number in (1, 404, 2)]
    )
    async with serving(CURRENT) as offer, AssetsApiClient(offer.url) as client:
        offer.failing = {
            "current ListMicrogrids": in_bytes(ghosts),
            "current ListGridpools": grpc.StatusCode.PERMISSION_DENIED,
            "current ListMarketTopologyRelations": GARBAGE,
        }
        fetched = await fetch_fleet(client)
    assert [it.microgrid.id for it in fetched.inventory.sites] == [1, 2]
    failed = [str(failed.part) for failed in fetched.failures]
    assert failed == ["microgrid 404", "gridpools", "market topology"]


async def test_the_progress_counts_every_microgrid_once() -> None:
    progress: list[tuple[int, int]] = []
    async with serving(CURRENT) as offer, AssetsApiClient(offer.url) as client:
        await fetch_fleet(
            client, [1, 404, 2, 1], on_progress=lambda *counts: progress.append(counts)
        )
    assert progress == [(done, 3) for done in range(4)]


async def test_only_some_microgrids_are_fetched_concurrently() -> None:
    async with serving(CURRENT) as offer, AssetsApiClient(offer.url) as client:
        offer.failing = {"current GetMicrogrid": grpc.StatusCode.NOT_FOUND}
        offer.may_answer.clear()
        fetching = asyncio.create_task(fetch_fleet(client, range(5 * MAX_CONCURRENT)))
        await offer.failing_arrived.wait()
        await asyncio.sleep(0.3)  # long enough for more calls to arrive
        assert len(offer.arrived) == MAX_CONCURRENT
        offer.may_answer.set()
        assert len((await fetching).failures) == 5 * MAX_CONCURRENT


async def test_microgrids_are_fetched_from_a_server_of_the_first_generation() -> None:
    async with serving(FIRST) as offer, AssetsApiClient(offer.url) as client:
        fetched = await fetch_fleet(client, [1])
        ended = await run("check", "--url", offer.url)
    assert (ended.code, ended.out) == (ExitCode.FAILURE, b"")
    assert "first generation" in ended.err
    assert ended.err.endswith("; or name the microgrids: ID...\n")
    (found,) = fetched.inventory.sites
    assert found.components
    assert fetched.not_offered == ("sensors",)
    assert fetched.failures == ()


async def test_a_call_that_is_not_offered_is_reported_once() -> None:
    async with serving(without("ListGridpools")) as offer:
        ended = await run("check", "--url", offer.url)
    assert ended.err == "assets-cli: not offered by the server: gridpools\n"
