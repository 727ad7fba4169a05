"""How a command ends: the exit codes, and which error leads to which."""

import enum
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, Self

import click

from .showing.escaping import harmless


class Exit(enum.IntEnum):
    """An exit code."""

    OK = 0
    """All went well."""

    FAILURE = 1
    """Something failed, for no reason that is listed here."""

    USAGE = 2
    """The command line is wrong."""

    NOT_FOUND = 3
    """There is no such thing."""

    NOT_ALLOWED = 4
    """The server does not let the caller in, or does not allow this."""

    UNAVAILABLE = 5
    """The server cannot be reached, or did not answer in time."""

    FINDINGS = 6
    """`check` found something major, or `diff` a difference."""

    INTERRUPTED = 130
    """Interrupted by Ctrl-C."""

    CLOSED_PIPE = 141
    """Nobody reads the output any more; what other tools end with, too."""


class Outcome(NamedTuple):
    """What an error leads to."""

    code: Exit
    advice: str
    """What to do next."""


_MORE: Final = "--debug tells more"
_LIST: Final = "the commands that list things, such as `assets-cli microgrids`, show what there is"
_KEY: Final = (
    "give the right key: --auth-key-file FILE, ASSETS_API_AUTH_KEY,"
    " or `assets-cli config set auth_key`"
)
_TIME: Final = "try again, or give it more time: --timeout SECONDS"

OUTCOMES: Final[Mapping[str, Outcome]] = {
    "ApiClientError": Outcome(Exit.FAILURE, _MORE),
    "DataLoss": Outcome(Exit.FAILURE, "tell who runs the server"),
    "EntityAlreadyExists": Outcome(Exit.FAILURE, _MORE),
    "EntityNotFound": Outcome(Exit.NOT_FOUND, _LIST),
    "GrpcError": Outcome(Exit.FAILURE, _MORE),
    "InternalError": Outcome(Exit.FAILURE, "tell who runs the server"),
    "InvalidArgument": Outcome(Exit.USAGE, "change the options that ask for it"),
    "OperationAborted": Outcome(Exit.FAILURE, "try again"),
    "OperationCancelled": Outcome(Exit.FAILURE, "try again"),
    "OperationNotImplemented": Outcome(
        Exit.FAILURE, "is it a server of the Assets API, and new enough?"
    ),
    "OperationOutOfRange": Outcome(Exit.USAGE, "change the options that ask for it"),
    "OperationPreconditionFailed": Outcome(Exit.FAILURE, "ask who runs the server"),
    "OperationTimedOut": Outcome(Exit.UNAVAILABLE, _TIME),
    "OperationUnauthenticated": Outcome(Exit.NOT_ALLOWED, _KEY),
    "PermissionDenied": Outcome(
        Exit.NOT_ALLOWED, "ask who runs the server to allow it, or give another key"
    ),
    "ResourceExhausted": Outcome(Exit.FAILURE, "wait a while, then try again"),
    "ServiceUnavailable": Outcome(Exit.UNAVAILABLE, "is the server running, and the URL right?"),
}
"""The errors of calls by name, so that whoever needs none of them does not import gRPC."""


class Failure(click.ClickException):
    """Ends the command with a sentence and an exit code."""

    def __init__(self, sentence: str, code: Exit = Exit.FAILURE) -> None:
        """Take the sentence, which is shown as one line."""
        super().__init__(sentence)
        self.exit_code = int(code)  # type: ignore[misc] # click declares it for the class

    @classmethod
    def of(cls, error: Exception) -> Self:
        """Return the failure that the error of a call, or of a file, leads to."""
        code, sentence = outcome(error)
        return cls(sentence, code)


def outcome(error: Exception) -> tuple[Exit, str]:
    """Return the exit code and the sentence of an error of a call, or of a file."""
    if isinstance(error, OSError):
        return Exit.FAILURE, of_file(error)
    code, advice = next(OUTCOMES[name] for name in _names(error) if name in OUTCOMES)
    return code, harmless(f"{_told(error)}; {advice}")


def of_file(error: OSError) -> str:
    """Return what is wrong with a file, and with which."""
    what = error.strerror or str(error) or type(error).__name__
    return harmless(what if error.filename is None else f"{_path(error.filename)}: {what}")


def _path(name: Any) -> str:
    return name.decode(errors="backslashreplace") if isinstance(name, bytes) else str(name)


def _names(error: Exception) -> Iterator[str]:
    """Yield the names of the error's class and its bases, from the closest on."""
    return (kind.__name__ for kind in type(error).__mro__)


def _told(error: Any) -> str:
    """Return what the server, or the way to it, said, and about which call."""
    status = getattr(error, "grpc_error", None)
    if status is None:
        return f"{error.description} ({error.operation} at {error.server_url})"
    said = (status.details() or error.description).rstrip(".")
    return f"{said} ({status.code().name}, {error.operation} at {error.server_url})"
