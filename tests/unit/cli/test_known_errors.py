"""What is known of errors is complete and right."""

import importlib
import json
import re
from pathlib import Path
from typing import Final

import grpc
import grpc.aio
import pytest
from click.testing import CliRunner

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets._calls.errors import of_status
from frequenz.client.assets.cli.errors import ERRORS
from frequenz.client.assets.cli.root import cli
from frequenz.client.assets.exceptions import ApiClientError, GrpcError, ValidationError
from frequenz.client.assets.findings import Finding, Rule
from frequenz.client.assets.findings._pages import page_of_error

from .test_exits import URL, call_error

PACKAGES: Final = ("exceptions", "fleet", "inventory", "lists", "networks", "topology")
PAGE: Final = Path(__file__).parents[3] / "docs" / "reference" / "errors.md"


def public_errors() -> dict[str, str]:
    """Return the errors that packages export, each with its package."""
    return {
        name: package
        for package in PACKAGES
        for module in [importlib.import_module(f"frequenz.client.assets.{package}")]
        for name in module.__all__
        if isinstance(it := getattr(module, name), type) and issubclass(it, Exception)
    }


def test_every_public_error_is_known() -> None:
    assert {name: known.package for name, known in ERRORS.items()} == public_errors()


@pytest.mark.parametrize("status", grpc.StatusCode)
def test_a_status_is_that_of_its_error(status: grpc.StatusCode) -> None:
    error = call_error(status, "")
    if status is not grpc.StatusCode.OK:
        assert ERRORS[type(error).__name__].status == status.name


def test_only_errors_of_a_status_have_one() -> None:
    with_status = {name for name, known in ERRORS.items() if known.status}
    assert with_status == {
        type(call_error(status, "")).__name__
        for status in grpc.StatusCode
        if status is not grpc.StatusCode.OK
    }
    assert {ApiClientError.__name__, GrpcError.__name__}.isdisjoint(with_status)


@pytest.mark.parametrize("name", [*ERRORS, "NOT_FOUND", "not-found", "entitynotfound"])
def test_an_error_can_be_explained(name: str) -> None:
    known_as = name if name in ERRORS else "EntityNotFound"
    explained = json.loads(CliRunner().invoke(cli, ["explain", name]).stdout)
    known = ERRORS[known_as]
    assert (explained["id"], explained["sentence"]) == (known_as, known.meaning)
    assert (explained["status"], explained["exit_code"]) == (known.status, known.exit_code)
    page, _, anchor = explained["documentation"].partition("#")
    assert page == "docs/reference/errors.md"
    assert anchor in anchors()


def anchors() -> set[str]:
    headings = re.findall(r"^## (\w+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {heading.lower() for heading in headings}


@pytest.mark.parametrize("status", [it for it in grpc.StatusCode if it is not grpc.StatusCode.OK])
def test_an_error_of_a_call_says_where_it_is_explained(status: grpc.StatusCode) -> None:
    nothing = grpc.aio.Metadata()
    client = AssetsApiClient(URL, connect=False)
    error = of_status(client, "ListGridpools", grpc.aio.AioRpcError(status, nothing, nothing))
    (note,) = error.__notes__
    assert note == f"See {page_of_error(status.name)}, or `assets-cli explain {status.name}`"
    assert status.name.lower() in anchors()


def test_an_error_of_an_item_says_where_its_findings_are_explained() -> None:
    finding = Finding("component 1", Rule.ID_ZERO, "id", "ID 0")
    error = ValidationError(
        major_issues=["ID 0"], minor_issues=[], raw_message=None, findings=[finding]
    )
    assert error.__notes__ == ["See docs/findings.md#id-zero"]
