"""The exit codes and messages of errors."""

import errno
from typing import Any

import grpc
import grpc.aio
import pytest

from frequenz.client.assets.cli.exits import ExitCode, Failure, describe_error
from frequenz.client.assets.exceptions import ApiClientError, ClientNotConnected

URL = "grpc://localhost:1"


def call_error(status: grpc.StatusCode, details: str | None) -> ApiClientError:
    nothing = grpc.aio.Metadata()
    return ApiClientError.from_grpc_error(
        server_url=URL,
        operation="ListGridpools",
        grpc_error=grpc.aio.AioRpcError(status, nothing, nothing, details=details),
    )


def test_a_message_has_the_cause_the_call_the_server_and_a_hint() -> None:
    error = call_error(grpc.StatusCode.NOT_FOUND, "There is no gridpool 7.")
    assert describe_error(error) == (
        ExitCode.NOT_FOUND,
        "There is no gridpool 7 (NOT_FOUND, ListGridpools at grpc://localhost:1);"
        " list what exists with commands such as `assets-cli microgrids`",
    )


@pytest.mark.parametrize("details", [None, ""])
def test_a_status_without_details_is_described(details: str | None) -> None:
    _, message = describe_error(call_error(grpc.StatusCode.PERMISSION_DENIED, details))
    assert message.startswith("The caller does not have permission to execute the specified oper")


def test_details_are_one_line_with_control_characters_escaped() -> None:
    _, message = describe_error(call_error(grpc.StatusCode.INTERNAL, "\x1b[31mred\nline\u202e"))
    assert message.startswith("\\x1b[31mred\\nline\\u202e (INTERNAL, ")


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            ClientNotConnected(server_url=URL, operation="ListGridpools"),
            ExitCode.FAILURE,
            "The client is not connected to the server (ListGridpools at grpc://localhost:1);"
            " use the client within `async with`, or call `connect()` first",
        ),
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", "a\nb"),
            ExitCode.FAILURE,
            "a\\nb: No such file or directory",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "No space left on device"),
        (OSError("odd"), ExitCode.FAILURE, "odd"),
        (OSError(), ExitCode.FAILURE, "OSError"),
    ],
)
def test_other_errors_are_described(error: Any, code: ExitCode, message: str) -> None:
    assert describe_error(error) == (code, message)
    failure = Failure.from_error(error)
    assert (failure.exit_code, failure.message) == (code, message)
