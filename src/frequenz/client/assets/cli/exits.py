"""How commands end: the exit codes, and the code and the hint for each error."""

import enum
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Self

import click

from .showing.escaping import escape_control


class ExitCode(enum.IntEnum):
    """An exit code, and what the help says about it."""

    meaning: str

    def __new__(cls, code: int, meaning: str = "") -> "ExitCode":
        """Make a member; looking one up takes the code alone."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    OK = 0, "success"
    FAILURE = 1, "error"
    USAGE = 2, "invalid command line"
    NOT_FOUND = 3, "no such microgrid, gridpool, profile or entry"
    NOT_ALLOWED = 4, "authentication or permission failed"
    UNAVAILABLE = 5, "server unreachable, or a time limit exceeded"
    FINDINGS = 6, "`check` found something major, or `diff` a difference"
    INTERRUPTED = 130, "interrupted by Ctrl-C"
    CLOSED_PIPE = 141, "output pipe closed"


class ErrorExit(NamedTuple):
    """How a command ends after an error."""

    code: ExitCode
    hint: str
    """What to do next."""


_DEBUG: Final = "run with --debug for details"
_REPORT: Final = "contact the operator of the server"
_SERVER: Final = "check that the URL is right and the server is running"
_RETRY: Final = "try again later"
_OPTIONS: Final = "check the arguments and options"

ERROR_EXITS: Final[Mapping[str, ErrorExit]] = {
    "ApiClientError": ErrorExit(ExitCode.FAILURE, _DEBUG),
    "DataLoss": ErrorExit(ExitCode.FAILURE, _REPORT),
    "EntityAlreadyExists": ErrorExit(ExitCode.FAILURE, _DEBUG),
    "EntityNotFound": ErrorExit(
        ExitCode.NOT_FOUND, "list what exists with commands such as `assets-cli microgrids`"
    ),
    "GrpcError": ErrorExit(ExitCode.FAILURE, _DEBUG),
    "InternalError": ErrorExit(ExitCode.FAILURE, _REPORT),
    "InvalidArgument": ErrorExit(ExitCode.USAGE, _OPTIONS),
    "OperationAborted": ErrorExit(ExitCode.FAILURE, _RETRY),
    "OperationCancelled": ErrorExit(ExitCode.FAILURE, _RETRY),
    "OperationNotImplemented": ErrorExit(
        ExitCode.FAILURE, "check that the URL is that of a recent Assets API server"
    ),
    "OperationOutOfRange": ErrorExit(ExitCode.USAGE, _OPTIONS),
    "OperationPreconditionFailed": ErrorExit(ExitCode.FAILURE, _REPORT),
    "OperationTimedOut": ErrorExit(
        ExitCode.UNAVAILABLE, "try again, or allow more time with --timeout SECONDS"
    ),
    "OperationUnauthenticated": ErrorExit(
        ExitCode.NOT_ALLOWED,
        "set the right API key with --auth-key-file FILE, ASSETS_API_AUTH_KEY,"
        " or `assets-cli config set auth_key`",
    ),
    "PermissionDenied": ErrorExit(
        ExitCode.NOT_ALLOWED, "use another API key, or ask the operator of the server for access"
    ),
    "ResourceExhausted": ErrorExit(
        ExitCode.FAILURE,
        "if a message is too large, ask for fewer microgrids at once; otherwise, try again later",
    ),
    "ServiceUnavailable": ErrorExit(ExitCode.UNAVAILABLE, _SERVER),
}
"""By the name of the error of a call: the errors themselves would import gRPC."""


class Failure(click.ClickException):
    """Ends the command with one line on standard error and an exit code."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILURE) -> None:
        super().__init__(message)
        self.exit_code = int(code)  # type: ignore[misc] # click declares it for the class

    @classmethod
    def from_error(cls, error: Exception) -> Self:
        """Return the failure for the error of a call or of a file."""
        code, message = describe_error(error)
        return cls(message, code)


def describe_error(error: Exception) -> tuple[ExitCode, str]:
    """Return the exit code and the message for the error of a call or of a file."""
    if isinstance(error, OSError):
        return ExitCode.FAILURE, describe_os_error(error)
    names = (kind.__name__ for kind in type(error).__mro__)
    code, hint = next(ERROR_EXITS[name] for name in names if name in ERROR_EXITS)
    return code, escape_control(f"{_describe_call_error(error)}; {hint}")


def describe_os_error(error: OSError) -> str:
    """Return what is wrong, with the name of the file."""
    reason = error.strerror or str(error) or type(error).__name__
    return escape_control(
        reason if error.filename is None else f"{_path_text(error.filename)}: {reason}"
    )


def _path_text(path: Any) -> str:
    return path.decode(errors="backslashreplace") if isinstance(path, bytes) else str(path)


def _describe_call_error(error: Any) -> str:
    """Return what the server or gRPC reported, with the status, the call and the server."""
    status = getattr(error, "grpc_error", None)
    if status is None:
        return f"{error.description} ({error.operation} at {error.server_url})"
    details = (status.details() or error.description).rstrip(".")
    return f"{details} ({status.code().name}, {error.operation} at {error.server_url})"
