"""The examples and the deployment files of docs/operations.md."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import click
import pytest
import yaml
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from frequenz.server.assets._callers.limits import limit_fields
from frequenz.server.assets.cli import main

from ..pages import ROOT
from .fleets import FLEET
from .test_docs import example

DEPLOYMENT: Final = ROOT / "docs" / "deployment"
FILES: Final = ("assets-server.service", "Containerfile", "kubernetes.yaml")
PAGES: Final = ("docs/operations.md", "docs/security.md")


def options() -> set[str]:
    """Return the options of `serve` and of `keys` and its commands."""
    keys = main.commands["keys"]
    assert isinstance(keys, click.Group)
    commands = (main.commands["serve"], keys, *keys.commands.values())
    return {name for command in commands for it in command.params for name in it.opts}


@pytest.mark.parametrize("name", [*(f"docs/deployment/{name}" for name in FILES), *PAGES])
def test_only_options_that_exist_are_named(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    if name.endswith("Containerfile"):
        text = text.partition("CMD")[2]
    named = {*re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)}
    assert named <= options() | {"--help"}


def test_every_limit_is_an_option() -> None:
    names = {f"--max-{limit.name.replace('_', '-')}" for limit in limit_fields()}
    assert names <= options()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_unit_is_valid(tmp_path: Path) -> None:
    text = (DEPLOYMENT / "assets-server.service").read_text(encoding="utf-8")
    command = Path(sys.executable).parent / "assets-server"
    unit = tmp_path / "assets-server.service"
    unit.write_text(text.replace("/opt/assets-server/bin/assets-server", str(command)))

    result = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False
    )

    about = [line for line in result.stderr.splitlines() if "assets-server.service" in line]
    assert (result.returncode, about) == (0, [])


def test_the_probes_ask_where_health_is_served() -> None:
    document = yaml.safe_load((DEPLOYMENT / "kubernetes.yaml").read_text(encoding="utf-8"))
    pod: dict[str, Any] = document["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    image = (DEPLOYMENT / "Containerfile").read_text(encoding="utf-8")
    health = re.search(r'"--health", "0\.0\.0\.0:(\d+)"', image)
    pause = re.search(r'"--pause", "(\d+)"', image)
    assert health
    assert pause
    assert ports["health"] == int(health[1])
    assert container["readinessProbe"]["grpc"]["port"] == ports["health"]
    assert pod["terminationGracePeriodSeconds"] > int(pause[1]) + 30  # and the default grace


async def test_the_example_of_tracing_makes_a_span_for_each_call() -> None:
    seen = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(seen))
    found = await example("operations.md", "tests/service/test_operation_docs.py")["traced"](
        FLEET, provider
    )
    assert len(found) == len(FLEET.sites)
    (span,) = [it for it in seen.get_finished_spans() if it.name.endswith("ListMicrogrids")]
    assert span.attributes is not None
    assert span.attributes["rpc.grpc.status_code"] == 0
