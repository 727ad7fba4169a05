"""How commands end: the exit code and the message of each error."""

from typing import Any, Self

import click

from .errors import ERRORS, ExitCode
from .showing.escaping import escape_control

__all__ = ["ExitCode", "Failure", "describe_error", "describe_os_error"]


class Failure(click.ClickException):
    """Ends the command with one line on standard error and an exit code."""

    def __init__(
        self, message: str, code: ExitCode = ExitCode.FAILURE, *, explained_as: str | None = None
    ) -> None:
        super().__init__(message)
        self.exit_code = int(code)  # type: ignore[misc] # click declares it for the class
        self.explained_as = explained_as
        """What `assets-cli explain` calls the error, if it knows it."""

    @classmethod
    def from_error(cls, error: Exception) -> Self:
        """Return the failure for the error of a call or of a file."""
        code, message = describe_error(error)
        known = ERRORS.get(type(error).__name__)
        name = known and (known.status or type(error).__name__)
        return cls(message, code, explained_as=name)


def describe_error(error: Exception) -> tuple[ExitCode, str]:
    """Return the exit code and the message for the error of a call or of a file."""
    if isinstance(error, OSError):
        return ExitCode.FAILURE, describe_os_error(error)
    names = (kind.__name__ for kind in type(error).__mro__)
    known = next(ERRORS[name] for name in names if name in ERRORS)
    return known.exit_code, escape_control(f"{_describe_call_error(error)}; {known.advice}")


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
