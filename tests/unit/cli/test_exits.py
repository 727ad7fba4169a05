"""How errors end a command."""

import errno
from typing import Any

import grpc
import grpc.aio
import pytest

from frequenz.client.assets.cli.exits import Exit, Failure, outcome
from frequenz.client.assets.exceptions import ApiClientError, ClientNotConnected

URL = "grpc://localhost:1"


def failed(status: grpc.StatusCode, details: str | None) -> ApiClientError:
    """The error for what a server answered."""
    nothing = grpc.aio.Metadata()
    return ApiClientError.from_grpc_error(
        server_url=URL,
        operation="ListGridpools",
        grpc_error=grpc.aio.AioRpcError(status, nothing, nothing, details=details),
    )


def test_a_sentence_has_cause_place_and_next_step() -> None:
    assert outcome(failed(grpc.StatusCode.NOT_FOUND, "There is no gridpool 7.")) == (
        Exit.NOT_FOUND,
        "There is no gridpool 7 (NOT_FOUND, ListGridpools at grpc://localhost:1); the commands that"
        " list things, such as `assets-cli microgrids`, show what there is",
    )


@pytest.mark.parametrize("details", [None, ""])
def test_a_server_that_says_nothing_is_described(details: str | None) -> None:
    _, sentence = outcome(failed(grpc.StatusCode.PERMISSION_DENIED, details))
    assert sentence.startswith("The caller does not have permission to execute the specified oper")


def test_what_a_server_says_is_one_harmless_line() -> None:
    _, sentence = outcome(failed(grpc.StatusCode.INTERNAL, "\x1b[31mred\nline\u202e"))
    assert sentence.startswith("\\x1b[31mred\\nline\\u202e (INTERNAL, ")


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (
            ClientNotConnected(server_url=URL, operation="ListGridpools"),
            Exit.FAILURE,
            "The client is not connected to the server (ListGridpools at grpc://localhost:1);"
            " --debug tells more",
        ),
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", "a\nb"),
            Exit.FAILURE,
            "a\\nb: No such file or directory",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "No space left on device"),
        (OSError("odd"), Exit.FAILURE, "odd"),
        (OSError(), Exit.FAILURE, "OSError"),
    ],
)
def test_other_errors(error: Any, code: Exit, sentence: str) -> None:
    assert outcome(error) == (code, sentence)
    failure = Failure.of(error)
    assert (failure.exit_code, failure.message) == (code, sentence)
