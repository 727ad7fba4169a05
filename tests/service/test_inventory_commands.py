"""The commands of `assets-server` about the inventory in a database, and its history.

Those without an import run in this process, where an unhandled exception fails the test.
"""

import asyncio
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psutil
import pytest
from click.testing import CliRunner, Result

from frequenz.client.assets import inventory
from frequenz.client.assets.fleet import write_parquet
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets._stores import open_store, replace
from frequenz.server.assets._stores.revisions import Revision
from frequenz.server.assets.cli import main

from .fleets import LARGEST_ID, component, fleet, site
from .processes import until, workers_of
from .servers import execute, locked, small_disk
from .test_server_cli import COMMAND, run, start, wait

ONE: Final = fleet(site(1, [component(1), component(2)]), site(LARGEST_ID))
RENAMED: Final = fleet(site(1, [component(1, name="new"), component(2)]), site(LARGEST_ID))
MORE: Final = fleet(*RENAMED.sites, site(3))


def invoke(*arguments: str | Path) -> Result:
    return CliRunner(catch_exceptions=False).invoke(main, [*map(str, arguments)])


def out(*arguments: str | Path) -> str:
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def error(*arguments: str | Path, code: int = 1) -> str:
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    return " ".join(result.stderr.split())


def store(path: Path, *fleets: Inventory) -> list[Revision]:
    """Store inventories as revisions of a database."""

    async def work() -> list[Revision]:
        opened = await open_store(path)
        try:
            made = [
                await replace(opened, it, author="ann", comment=f"state {number}")
                for number, it in enumerate(fleets, start=1)
            ]
        finally:
            await opened.close()
        return [it for it in made if it]

    return asyncio.run(work())


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with three revisions."""
    store(tmp_path / "fleet.db", ONE, RENAMED, MORE)
    return tmp_path / "fleet.db"


@pytest.fixture
def content(tmp_path: Path, database: Path) -> Callable[..., Inventory]:
    """Returns what a database has, by `export`."""

    def read(*options: str, of: Path = database) -> Inventory:
        invoke("export", "--database", of, "--to", tmp_path / "exported.jsonl", *options)
        return inventory.read(tmp_path / "exported.jsonl")

    return read


def written(path: Path, content: Inventory) -> Path:
    if path.suffix:
        inventory.write(content, path)
    else:
        write_parquet(path, content, messages=True)
    return path


# History ------------------------------------------------------------------------------------------


def test_history_lists_the_revisions_the_newest_one_first(database: Path) -> None:
    title, *lines = out("history", "--database", database).splitlines()

    assert title.split() == ["REVISION", "MOMENT", "AUTHOR", "ADDED", "REMOVED", "COMMENT"]
    cells = [line.split() for line in lines]
    assert [[it[0], *it[2:]] for it in cells] == [
        ["3", "ann", "1", "0", "state", "3"],
        ["2", "ann", "1", "1", "state", "2"],
        ["1", "ann", "4", "0", "state", "1"],
    ]
    moments = [datetime.strptime(it[1], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) for it in cells]
    assert all(abs((datetime.now(UTC) - it).total_seconds()) < 600 for it in moments)


@pytest.mark.parametrize(
    ("microgrid", "numbers"), [("1", ["2", "1"]), ("3", ["3"]), (str(LARGEST_ID), ["1"])]
)
def test_history_of_a_microgrid_has_the_revisions_that_changed_it(
    database: Path, microgrid: str, numbers: list[str]
) -> None:
    _, *lines = out("history", "--database", database, "--microgrid", microgrid).splitlines()
    assert [line.split()[0] for line in lines] == numbers


def test_a_comment_of_several_lines_is_one_line_of_the_history(database: Path) -> None:
    out("remove", "--microgrid=3", "--database", database, "--comment", "one\n  two")

    _, first, *_ = out("history", "--database", database).splitlines()
    assert first.endswith("  one two")
    assert "\none\n  two\n" in out("show", "4", "--database", database)


def test_show_has_author_comment_and_what_changed(database: Path) -> None:
    first, comment, *differences = out("show", "2", "--database", database).splitlines()

    assert first.startswith("Revision 2, ")
    assert first.endswith("Z, ann")
    assert comment == "state 2"
    assert differences == ['added: microgrid 1: component 1: name: "new"']


def test_diff_shows_what_differs_in_either_direction(database: Path) -> None:
    forwards = invoke("diff", "1", "3", "--database", database)
    backwards = invoke("diff", "3", "1", "--database", database)
    nothing = invoke("diff", "2", "2", "--database", database)
    everything = invoke("diff", "0", "1", "--database", database)

    assert forwards.stdout.splitlines() == [
        'added: microgrid 1: component 1: name: "new"',
        "added: microgrid 3",
    ]
    assert backwards.stdout.splitlines() == [
        'removed: microgrid 1: component 1: name: "new"',
        "removed: microgrid 3",
    ]
    assert [it.exit_code for it in (forwards, backwards, nothing)] == [1, 1, 0]
    assert nothing.stdout == ""
    assert everything.stdout.splitlines() == [
        "added: microgrid 1",
        f"added: microgrid {LARGEST_ID}",
    ]


def test_revert_undoes_one_revision_and_is_a_new_one(
    database: Path, content: Callable[..., Inventory]
) -> None:
    assert out("revert", "2", "--database", database) == "Revision 4: 1 added, 1 removed.\n"
    assert content() == fleet(*ONE.sites, site(3))
    assert "Revert revision 2" in out("history", "--database", database)

    out("revert", "4", "--database", database, "--author=bob", "--comment=back")
    assert content() == MORE
    assert "bob\nback\n" in out("show", "5", "--database", database)


def test_revert_refuses_what_a_later_revision_has_changed_again(
    database: Path, content: Callable[..., Inventory]
) -> None:
    assert error("revert", "1", "--database", database) == (
        "Error: revision 1 cannot be reverted: a later one has changed component 1 and 1 more;"
        " revert that one first"
    )
    assert content() == MORE


def test_export_writes_the_inventory_of_a_moment(
    database: Path, content: Callable[..., Inventory]
) -> None:
    execute(
        database,
        "UPDATE revision SET moment = (number * 86400 - 1) * 1000000",  # each one day later
    )
    assert content("--as-of", "1970-01-01T23:59:59Z") == ONE
    assert content("--as-of", "1970-01-02T23:59:58") == ONE
    assert content("--as-of", "1970-01-02T23:59:59") == RENAMED
    assert content("--as-of", "1970-01-04") == MORE
    assert content("--microgrid", "1", "--as-of", "1970-01-02") == fleet(ONE.sites[0])
    assert error("export", "--database", database, "--to=x.yaml", "--as-of=1970-01-01").endswith(
        "there was no inventory yet at 1970-01-01T00:00:00+00:00"
    )


def test_export_has_the_newest_revision_although_the_clock_was_set_back(
    database: Path, content: Callable[..., Inventory]
) -> None:
    execute(database, "UPDATE revision SET moment = moment + 86400 * 1000000 WHERE number > 1")
    assert content() == MORE


# Removing -----------------------------------------------------------------------------------------


def test_remove_makes_a_revision(database: Path, content: Callable[..., Inventory]) -> None:
    command = ("remove", f"--microgrid={LARGEST_ID}", "--microgrid=3", "--database", database)

    assert sorted(out(*command, "--dry-run").splitlines()) == [
        f"removed: microgrid {LARGEST_ID}",
        "removed: microgrid 3",
    ]
    assert content() == MORE
    assert out(*command) == "Revision 4: 0 added, 2 removed.\n"
    assert content() == fleet(RENAMED.sites[0])


def test_remove_takes_a_gridpool_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    file = tmp_path / "market.yaml"
    file.write_text(
        "version: 1\nmicrogrids: [{id: 1}]\ngridpools: [{id: 5}, {id: 6}]\n"
        "market_topology:\n  - {gridpool_id: 5, microgrid_id: 1}\n  - {gridpool_id: 6}\n"
    )
    database = tmp_path / "market.db"
    store(database, inventory.read(file))

    assert out("remove", "--gridpool=5", "--database", database).startswith("Revision 2: 0 added,")
    invoke("export", "--database", database, "--to", file)
    left = inventory.read(file)
    assert [it.id for it in left.gridpools] == [6]
    assert [it.gridpool_id for it in left.market_topology] == [6]
    assert len(left.sites) == 1


# Importing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fleet.yaml", "fleet.json", "fleet.jsonl", "parquet"])
def test_import_reads_every_format(
    tmp_path: Path, content: Callable[..., Inventory], name: str
) -> None:
    file, new = written(tmp_path / name, MORE), tmp_path / "new.db"
    command = ("import", file, "--database", new, "--no-check")

    assert out(*command, "--author=ann", "--comment=c") == "Revision 1: 5 added, 0 removed.\n"
    assert out(*command).startswith("Nothing differs from what is stored")
    assert content(of=new) == MORE
    _, only = out("history", "--database", new).splitlines()
    assert only.split()[2:] == ["ann", "5", "0", "c"]


def test_a_dry_run_shows_what_would_change_and_stores_nothing(
    tmp_path: Path, database: Path, content: Callable[..., Inventory]
) -> None:
    file = written(tmp_path / "fleet.yaml", fleet(ONE.sites[0], site(4)))
    history = out("history", "--database", database)
    command = ("import", file, "--database", database, "--dry-run", "--no-check")

    assert {*out(*command).splitlines()} == {
        'removed: microgrid 1: component 1: name: "new"',
        "removed: microgrid 3",
        "added: microgrid 4",
        f"removed: microgrid {LARGEST_ID}",
    }
    assert "removed: microgrid 3" not in out(*command, "--merge")
    assert content() == MORE
    assert out("history", "--database", database) == history


def test_merge_keeps_what_the_fleet_does_not_have(
    tmp_path: Path, database: Path, content: Callable[..., Inventory]
) -> None:
    file = written(tmp_path / "fleet.yaml", fleet(site(1, [component(7)]), site(4)))

    out("import", file, "--database", database, "--merge", "--no-check")

    assert content() == fleet(site(1, [component(7)]), *MORE.sites[1:], site(4))


MARKET: Final = """\
version: 1
market_topology: [{gridpool_id: 5, microgrid_id: 1}, {gridpool_id: 9, microgrid_id: 99}]
gridpools: [{id: 6}]
"""


def test_faults_between_files_are_found_once_and_only_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "market.yaml").write_text(MARKET)
    (tmp_path / "pools.yaml").write_text(
        "version: 1\ngridpools: [{id: 5}, {id: 6}]\nmicrogrids: [{id: 1}, {id: 2}, {id: 2}]\n"
    )
    (tmp_path / "again.yaml").write_text("version: 1\nmicrogrids: [{id: 1}]\n")
    files = [tmp_path / name for name in ("market.yaml", "pools.yaml", "again.yaml")]

    result = invoke("import", *files, "--database", tmp_path / "new.db", "--strict")

    assert result.exit_code == 1
    assert result.stderr.endswith("Error: refused because of major findings (--strict)\n")
    stored = inventory.check(inventory.read_all(files))
    (total,) = [line for line in result.stderr.splitlines() if line.startswith("... and")]
    major = sum(found.finding.severity.value == "major" for found in stored)
    assert f"(in all {major} major, {len(stored) - major} minor)" in total
    assert "it has none yet" in error("show", "1", "--database", tmp_path / "new.db")


def test_findings_across_parts_are_printed(tmp_path: Path) -> None:
    (tmp_path / "market.yaml").write_text(MARKET)
    (tmp_path / "pools.yaml").write_text("version: 1\ngridpools: [{id: 5}, {id: 6}]\n")

    result = invoke(
        *("import", tmp_path / "market.yaml", tmp_path / "pools.yaml"),
        *("--database", tmp_path / "new.db"),
    )

    lines = [line for line in result.stderr.splitlines() if "relation-" not in line]
    assert [line for line in lines if "there is no" in line or "duplicate" in line] == [
        "gridpool 6: id: duplicate ID 6: an earlier gridpool in the list has it",
        "relation gridpool 9 - microgrid 99: gridpool_id: there is no gridpool 9 in the inventory",
        "relation gridpool 5 - microgrid 1: microgrid_id: there is no microgrid 1 in the inventory",
        "relation gridpool 9 - microgrid 99: microgrid_id:"
        " there is no microgrid 99 in the inventory",
    ]


def big_file(path: Path, components: int = 30_000) -> Path:
    """Write a fleet that takes seconds to read."""
    count = 100
    sites = [site(at, map(component, range(1, count))) for at in range(1, components // count)]
    inventory.write(Inventory(tuple(sites)), path)
    return path


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_import_that_is_stopped_leaves_the_inventory_as_it_was(
    tmp_path: Path, database: Path, content: Callable[..., Inventory], number: signal.Signals
) -> None:
    file = big_file(tmp_path / "big.jsonl", 300_000)
    process = subprocess.Popen(
        [COMMAND, "import", file, "--database", database, "--no-check"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while not psutil.Process(process.pid).children() and process.poll() is None:
        time.sleep(0.002)
    time.sleep(0.7)  # the processes that read have started, and sent something
    if number is signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        process.send_signal(number)
    printed, errors = process.communicate(timeout=60)

    assert process.returncode not in (0, None), "the import was over too early"
    assert printed == b""
    assert b"Traceback" not in errors
    assert content() == MORE


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_what_reads_for_an_import_ends_with_it(
    tmp_path: Path, number: signal.Signals
) -> None:
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)  # which nobody writes to
    process = await start("import", str(pipe), "--database", str(tmp_path / "new.db"))
    await until(lambda: bool(workers_of(process)))
    started = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    await process.wait()
    _, alive = await asyncio.to_thread(psutil.wait_procs, started, timeout=10)
    assert alive == []


def test_import_from_a_pipe_has_every_line(
    tmp_path: Path, content: Callable[..., Inventory]
) -> None:
    file, pipe = big_file(tmp_path / "big.jsonl", 6_000), tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    with (
        file.open("rb") as read,
        subprocess.Popen(["tee", pipe], stdin=read, stdout=subprocess.DEVNULL),
    ):
        out("import", pipe, "--database", tmp_path / "new.db", "--no-check")

    assert content(of=tmp_path / "new.db") == inventory.read(file)


# Output that nobody reads -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [["history"], ["show", "1"], ["diff", "0", "1"], ["remove", "--microgrid=1"]]
)
def test_a_closed_pipe_is_no_error_message(database: Path, command: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as closed:  # noqa: PTH123 - a descriptor
        result = subprocess.run(
            [COMMAND, *command, "--database", database],
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert result.returncode == 1
    assert result.stderr == b""


async def test_a_slow_reader_of_a_dry_run_does_not_hold_up_changes(tmp_path: Path) -> None:
    database = tmp_path / "fleet.db"
    opened = await open_store(database)
    numbers = range(1, 4_001)
    await replace(opened, fleet(*map(site, numbers)))
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *("remove", "--dry-run", "--database", database),
        *(f"--microgrid={number}" for number in numbers),
        stdout=asyncio.subprocess.PIPE,
        limit=1,
    )
    assert process.stdout
    assert await process.stdout.read(1)  # from now on it writes
    assert await replace(opened, fleet()) is not None
    await opened.close()
    await process.communicate()


# Refusals -----------------------------------------------------------------------------------------

REFUSALS: Final[dict[str, tuple[list[str], int, str]]] = {
    "a revision that is not there": (["show", "9"], 1, "no revision 9; it has 1 to 3"),
    "a difference to it": (["diff", "1", "9"], 1, "there is no revision 9; it has 1 to 3"),
    "its undoing": (["revert", "9"], 1, "fleet.db: there is no revision 9; it has 1 to 3"),
    "the revision 0": (["show", "0"], 2, "0 is not in the range x>=1"),
    "no number": (["revert", "last"], 2, "'last' is not a valid integer"),
    "an unknown microgrid": (["remove", "--microgrid=9"], 1, "there is no microgrid 9"),
    "one beside a known one": (
        ["remove", "--microgrid=1", "--microgrid=9"],
        1,
        "there is no microgrid 9",
    ),
    "an unknown gridpool": (["remove", "--gridpool=9"], 1, "there is no gridpool 9"),
    "nothing to remove": (["remove"], 2, "nothing to remove; give --microgrid or --gridpool"),
    "a microgrid beyond 64 bits": (["remove", f"--microgrid={2**64}"], 2, "is not in the range"),
    "a history without revisions": (
        ["history", "--microgrid=9"],
        1,
        "fleet.db: no revision has changed microgrid 9",
    ),
    "an export of an unknown one": (
        ["export", "--to=x.yaml", "--microgrid=9"],
        1,
        "fleet.db: there is no microgrid 9",
    ),
    "an export to another format": (["export", "--to=x.txt"], 1, "--to: x.txt: expected a file"),
    "an export to a missing folder": (["export", "--to=no/x.yaml"], 1, "no/x.yaml"),
    "no moment": (
        ["export", "--to=x.yaml", "--as-of=yesterday"],
        2,
        "'yesterday' does not match the formats",
    ),
    "a missing fleet": (["import", "missing.yaml"], 2, "'missing.yaml' does not exist"),
    "no fleet": (["import"], 2, "Missing argument 'FLEET...'"),
    "another format": (["import", "text.txt"], 1, "text.txt: expected a file name that ends in"),
    "a folder without tables": (["import", "folder"], 1, "folder"),
    "an invalid fleet": (["import", "fleet.yaml"], 1, "Error: fleet.yaml:1:10: version: expected"),
    "strict without a check": (
        ["import", "fleet.yaml", "--strict", "--no-check"],
        2,
        "--strict needs --check",
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_bad_input_is_refused_and_changes_nothing(
    database: Path,
    content: Callable[..., Inventory],
    monkeypatch: pytest.MonkeyPatch,
    refusal: tuple[list[str], int, str],
) -> None:
    arguments, code, sentence = refusal
    monkeypatch.chdir(database.parent)
    Path("text.txt").write_text("text")
    Path("fleet.yaml").write_text("version: 2\n")
    Path("folder").mkdir()

    assert sentence in error(*arguments, "--database", "fleet.db", code=code)

    assert content() == MORE
    assert not Path("x.yaml").exists()


def test_tables_without_messages_cannot_be_imported(tmp_path: Path) -> None:
    folder = tmp_path / "parquet"
    write_parquet(folder, MORE)

    assert "message" in error("import", folder, "--database", tmp_path / "new.db")


CHANGES: Final[list[list[str]]] = [["remove", "--microgrid=1"], ["revert", "3"]]
READS: Final[list[list[str]]] = [
    ["history"],
    ["show", "1"],
    ["diff", "0", "1"],
    ["export", "--to=x.yaml"],
]


@pytest.mark.parametrize("command", [*CHANGES, *READS], ids=lambda it: it[0])
def test_a_database_that_cannot_be_used_is_named(
    tmp_path: Path, command: list[str], database: Path
) -> None:
    (tmp_path / "text.db").write_text("not a database" * 1000)
    foreign, newer, cut = (tmp_path / f"{it}.db" for it in ("foreign", "newer", "cut"))
    execute(foreign, "CREATE TABLE invoice (id INTEGER)")
    newer.write_bytes(database.read_bytes())
    execute(newer, "PRAGMA user_version = 999")
    cut.write_bytes(database.read_bytes()[:20_000])
    (tmp_path / "empty.db").touch()
    expected = {
        "missing.db": "missing.db: no such file",
        "text.db": "text.db: the file is damaged, or not a database",
        "foreign.db": "foreign.db: not an Assets database, or one of a newer release",
        "newer.db": "newer.db: not an Assets database, or one of a newer release",
        "cut.db": "cut.db: the file is damaged",
        "empty.db": "empty.db: empty, without an inventory",
        "no/such.db": "no/such.db: no such file",
    }
    for name, sentence in expected.items():
        assert sentence in error(*command, "--database", tmp_path / name)
    assert not (tmp_path / "missing.db").exists()


@pytest.mark.parametrize("command", CHANGES, ids=lambda it: it[0])
def test_a_locked_database_is_not_changed(
    database: Path, content: Callable[..., Inventory], command: list[str]
) -> None:
    with locked(database):
        assert out("show", "1", "--database", database)
        assert "another process is changing it" in error(*command, "--database", database)
    assert content() == MORE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
def test_a_read_only_database_is_not_changed(database: Path) -> None:
    database.chmod(0o400)
    assert "read-only" in error("remove", "--microgrid=1", "--database", database)


def test_the_author_is_the_user_of_the_system_by_default(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "somebody")
    out("remove", "--microgrid=3", "--database", database)
    assert "Z, somebody\n" in out("show", "4", "--database", database)


async def test_options_come_from_the_environment(database: Path) -> None:
    result = await run("history", ASSETS_SERVER_HISTORY_DATABASE=str(database))
    assert len(result.out.splitlines()) == 4


def test_a_disk_that_is_full_shows_the_first_error(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "300k") as small:
        database = small / "fleet.db"
        store(database, ONE)
        file = big_file(tmp_path / "big.jsonl", 10_000)
        assert error("import", file, "--database", database, "--no-check") == (
            f"Error: {database}: no space is left; make room and try again:"
            " database or disk is full"
        )
        with closing(sqlite3.connect(database)) as opened:
            assert opened.execute("SELECT count(*) FROM revision").fetchone() == (1,)


@asynccontextmanager
async def import_that_waits(directory: Path) -> AsyncIterator[psutil.Process]:
    """A running import, whose process that reads waits for the content of the file."""
    os.mkfifo(fleet := directory / "fleet.yaml")
    process = await start("import", fleet, "--database", directory / "fleet.db")
    try:
        with await asyncio.to_thread(fleet.open, "w"):  # waits until it is read
            await until(lambda: bool(workers_of(process)))
            yield psutil.Process(process.pid)
    finally:
        await wait(process)


async def test_an_import_lets_other_processes_go_first(tmp_path: Path) -> None:
    async with import_that_waits(tmp_path) as process:
        assert {it.nice() for it in (process, *process.children())} == {10}


def _session_of(pid: int) -> str:
    """The session of a process and its priority; empty in the session that the system began in."""
    return Path(f"/proc/{pid}/autogroup").read_text(encoding="ascii")


def _have_sessions_priorities() -> bool:
    if not Path("/proc/self/autogroup").exists():
        return False  # not Linux, or a Linux without them
    shell = "echo 10 > /proc/self/autogroup; cat /proc/self/autogroup"
    printed = subprocess.run(
        ["sh", "-c", shell], start_new_session=True, capture_output=True, check=False
    )
    return b"nice 10" in printed.stdout


@pytest.mark.skipif(not _have_sessions_priorities(), reason="sessions have no priorities here")
async def test_reading_for_an_import_lets_other_sessions_go_first(tmp_path: Path) -> None:
    async with import_that_waits(tmp_path) as process:
        await until(lambda: any("nice 10" in _session_of(it.pid) for it in process.children()))
        assert "nice 10" not in _session_of(os.getpid())
