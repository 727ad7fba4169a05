"""The graph library in its own process: nothing that it does keeps a command from ending."""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from math import nan
from pathlib import Path
from typing import Any, Final

import pytest
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets import inventory
from frequenz.client.assets.building import fleet, grid, meter, site
from frequenz.client.assets.cli.exits import ExitCode
from frequenz.client.assets.electrical_component import (
    ElectricalComponent,
    ElectricalComponentCategory,
)
from frequenz.client.assets.topology import FormulasError, Topology, _formulas, formulas

from ..unit.small_sites import site_of
from .cli.running import COMMAND, ENVIRONMENT, TIMEOUT, invoke
from .screens import serving

PARALLEL: Final = 25
"""How many pairs of parallel components there are in a row: the library needs hours for them."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server with a microgrid 1 of parallel paths."""
    path = tmp_path_factory.mktemp("fleet") / "parallel.json"
    joint = meter()
    for _ in range(PARALLEL):
        joint = meter().branch(meter().branch(joint), meter().branch(joint))
    inventory.write(fleet(site(1, "Parallel", grid(0).branch(joint))), path)
    with serving(path) as served:
        yield served


def test_a_time_limit_ends_it(url: str) -> None:
    start = time.monotonic()
    result = invoke("--url", url, "--timeout", "1", "formulas", "1")

    assert time.monotonic() - start < 10
    assert (result.exit_code, result.stdout) == (ExitCode.UNAVAILABLE, "")
    assert result.stderr.splitlines()[-1] == (
        "assets-cli: the graph library did not finish within 1 s: its cost grows exponentially with"
        " parallel paths; allow more time with --timeout SECONDS"
    )


@pytest.mark.parametrize(
    ("number", "reaches", "code", "message"),
    [
        (signal.SIGINT, "the command", ExitCode.INTERRUPTED, ["assets-cli: interrupted"]),
        (signal.SIGINT, "the group", ExitCode.INTERRUPTED, ["assets-cli: interrupted"]),
        (signal.SIGTERM, "the command", 128 + signal.SIGTERM, []),
    ],
    ids=["Ctrl-C sent to the command", "Ctrl-C in a terminal", "SIGTERM"],
)
def test_a_signal_ends_it(
    url: str, number: signal.Signals, reaches: str, code: int, message: list[str]
) -> None:
    with subprocess.Popen(
        [COMMAND, "--url", url, "formulas", "1"],
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        start_new_session=True,
    ) as command:
        children = Path(f"/proc/{command.pid}/task/{command.pid}/children")
        child = _wait_for_work(children)
        (os.kill if reaches == "the command" else os.killpg)(command.pid, number)
        _, err = command.communicate(timeout=TIMEOUT)

        assert command.returncode == code
        assert err.splitlines()[1:] == message  # after the findings
        assert not _is_working(child)


def _is_working(process: str) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}  # ended, but not yet waited for


def _wait_for_work(children: Path) -> str:
    """Return the ID of the child process once it has worked for a while."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        for child in children.read_text().split():
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            if int(fields[11]) > 0.5 * os.sysconf("SC_CLK_TCK"):  # the CPU time in user mode
                return child
        time.sleep(0.05)
    raise AssertionError("the child process does not work")


def test_the_process_ends_itself_if_the_command_is_killed() -> None:
    code = """if True:
        import signal, sys
        from frequenz.client.assets.topology import _formula_process
        _formula_process._generate = lambda *_: signal.pause()
        _formula_process.main()
    """
    request = pickle.dumps(([], [], 2**20, 1))
    ended = subprocess.run(
        [sys.executable, "-c", code], input=request, timeout=TIMEOUT, check=False
    )
    assert ended.returncode == -signal.SIGALRM


def test_a_crash_of_the_library_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_formulas, "_PROCESS", "no.such.module")
    with pytest.raises(FormulasError, match=r"ended with exit code 1: .*No module named"):
        formulas(Topology([], []))


def test_any_time_limit_is_possible() -> None:
    assert "InvalidGraph" in str(formulas(Topology([], []), timeout=1e9).refusal)


@pytest.mark.parametrize("length", [3, 1000])
def test_the_stack_grows_with_the_graph(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_formulas, "_STACK", 2**18)  # too small for 1000 components
    ends = " ".join(f"{number}-{number + 1}" for number in range(1, length))
    chain = Topology(*site_of("G" + "M" * (length - 2) + "s", ends))

    assert formulas(chain)["pv"].formula == f"COALESCE(#{length}, #{length - 1}, 0.0)"


def test_classes_that_only_a_script_has_are_those_that_they_derive_from() -> None:
    code = """if True:
        from frequenz.client.common.microgrid import MicrogridId
        from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
        from frequenz.client.assets.electrical_component import (
            ComponentConnection, GridConnectionPoint, Meter
        )
        from frequenz.client.assets.topology import Topology, formulas

        class MyMeter(Meter):
            pass

        class MyConnection(ComponentConnection):
            pass

        one, two, site = ElectricalComponentId(1), ElectricalComponentId(2), MicrogridId(1)
        grid = GridConnectionPoint(id=one, microgrid_id=site, rated_fuse_current=100)
        meter = MyMeter(id=two, microgrid_id=site)
        topology = Topology([grid, meter], [MyConnection(source=one, destination=two)])
        print(formulas(topology)["grid"].formula)
    """
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT, check=True
    )
    assert ended.stdout == "#2\n"


def test_a_component_of_no_category_is_named() -> None:
    class Generator(ElectricalComponent):
        pass

    generator = Generator(
        id=ElectricalComponentId(7),
        microgrid_id=MicrogridId(1),
        category=ElectricalComponentCategory.CHP,
    )
    with pytest.raises(TypeError, match=r"CID7: expected a class of a category, .* got Generator"):
        formulas(Topology([generator], []))


@pytest.mark.parametrize(
    ("timeout", "error"), [(0, ValueError), (nan, ValueError), (None, TypeError), ("5", TypeError)]
)
def test_a_wrong_time_limit_is_refused(timeout: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"^timeout: expected "):
        formulas(Topology([], []), timeout=timeout)


def test_something_else_than_a_topology_is_refused() -> None:
    wrong: Any = 5
    with pytest.raises(TypeError, match=r"^topology: expected a Topology, got 5$"):
        formulas(wrong)
