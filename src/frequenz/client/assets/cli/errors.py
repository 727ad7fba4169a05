"""What is known of each error: its status, what it means, what to do, and the exit code."""

import enum
from collections.abc import Mapping
from typing import Final, NamedTuple


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


class KnownError(NamedTuple):
    """An error that programs may get."""

    meaning: str
    advice: str
    """What to do next."""

    status: str | None = None
    """The status of gRPC; None if the error has no status of its own."""

    exit_code: ExitCode = ExitCode.FAILURE
    """How commands end after it."""

    package: str = "exceptions"
    """The package of `frequenz.client.assets` that has it."""


_DEBUG: Final = "run with --debug for details"
_REPORT: Final = "contact the operator of the server"
_RETRY: Final = "try again later"
_OPTIONS: Final = "check the arguments and options"
_FINDINGS: Final = "read its `findings`, and correct the data or report it to the operator"

ERRORS: Final[Mapping[str, KnownError]] = {
    "ApiClientError": KnownError(
        "a call failed; the others that calls raise are kinds of it", _DEBUG
    ),
    "ClientDisconnected": KnownError(
        "`disconnect()` was called, or `async with` ended, while the call was in flight",
        "await all calls before the client is closed",
    ),
    "ClientNotConnected": KnownError(
        "the client has no connection, because `connect()` was not called or it is closed",
        "use the client within `async with`, or call `connect()` first",
    ),
    "GrpcError": KnownError("the server or gRPC reports an error with a status", _DEBUG),
    "DataLoss": KnownError("the server found that its data is damaged", _REPORT, "DATA_LOSS"),
    "EntityAlreadyExists": KnownError(
        "what should be made exists already; calls that read do not cause it",
        _DEBUG,
        "ALREADY_EXISTS",
    ),
    "EntityNotFound": KnownError(
        "no such microgrid or gridpool, or the key may not see it",
        "list what exists with commands such as `assets-cli microgrids`",
        "NOT_FOUND",
        ExitCode.NOT_FOUND,
    ),
    "InternalError": KnownError("the server failed, or broke the protocol", _REPORT, "INTERNAL"),
    "InvalidArgument": KnownError(
        "the server rejects an argument of the call, such as an ID or a filter",
        _OPTIONS,
        "INVALID_ARGUMENT",
        ExitCode.USAGE,
    ),
    "OperationAborted": KnownError("the server gave the call up", _RETRY, "ABORTED"),
    "OperationCancelled": KnownError(
        "the server cancelled the call, for example because it stops", _RETRY, "CANCELLED"
    ),
    "OperationNotImplemented": KnownError(
        "the server does not offer the call: it is too old, or no Assets API server",
        "check that the URL is that of a recent Assets API server",
        "UNIMPLEMENTED",
    ),
    "OperationOutOfRange": KnownError(
        "an argument is beyond the valid range", _OPTIONS, "OUT_OF_RANGE", ExitCode.USAGE
    ),
    "OperationPreconditionFailed": KnownError(
        "the server is not in a state in which it can answer", _REPORT, "FAILED_PRECONDITION"
    ),
    "OperationTimedOut": KnownError(
        "the time limit of the call passed before its reply arrived",
        "try again, or allow more time with --timeout SECONDS",
        "DEADLINE_EXCEEDED",
        ExitCode.UNAVAILABLE,
    ),
    "OperationUnauthenticated": KnownError(
        "the server knows no such API key, or the signature is missing, wrong or too old",
        "set the right API key with --auth-key-file FILE, ASSETS_API_AUTH_KEY,"
        " or `assets-cli config set auth_key`",
        "UNAUTHENTICATED",
        ExitCode.NOT_ALLOWED,
    ),
    "PermissionDenied": KnownError(
        "the API key is right, but it may not make this call",
        "use another API key, or ask the operator of the server for access",
        "PERMISSION_DENIED",
        ExitCode.NOT_ALLOWED,
    ),
    "ResourceExhausted": KnownError(
        "a message is too large, or the caller is over a limit of the server",
        "if a message is too large, ask for fewer microgrids at once; otherwise, try again later",
        "RESOURCE_EXHAUSTED",
    ),
    "ServiceUnavailable": KnownError(
        "cannot reach the server, or it cannot answer now; retries did not help",
        "check that the URL is right and the server is running",
        "UNAVAILABLE",
        ExitCode.UNAVAILABLE,
    ),
    "UnknownError": KnownError(
        "unknown error of the server, or not a gRPC server", _DEBUG, "UNKNOWN"
    ),
    "UnrecognizedGrpcStatus": KnownError("the server reports a status of its own", _DEBUG),
    "ValidationError": KnownError(
        "an item has major findings, and `raise_on_errors` was given", _FINDINGS
    ),
    "InvalidConnectionError": KnownError("a connection has major findings", _FINDINGS),
    "InvalidElectricalComponentError": KnownError("a component has major findings", _FINDINGS),
    "InvalidGridpoolEnergyScheduleError": KnownError(
        "an energy schedule has major findings", _FINDINGS
    ),
    "InvalidGridpoolError": KnownError("a gridpool has major findings", _FINDINGS),
    "InvalidMarketTopologyRelationError": KnownError(
        "a relation of the market topology has major findings", _FINDINGS
    ),
    "InvalidMicrogridError": KnownError("a microgrid has major findings", _FINDINGS),
    "InvalidReplyError": KnownError("a reply as a whole has major findings", _FINDINGS),
    "InvalidSensorError": KnownError("a sensor has major findings", _FINDINGS),
    "InvalidItemsGroup": KnownError(
        "a list has items with major findings, and `raise_on_errors` was given",
        "use its `items`, which are right, and read its `exceptions`, one for each other item",
    ),
    "MissingSitesError": KnownError(
        "some sites of a fleet could not be fetched",
        "read its `exceptions`, or use `on_failure` to go on without these sites",
        package="fleet",
    ),
    "InventoryFileError": KnownError(
        "a file is not a valid inventory file",
        "correct the file where the message says",
        package="inventory",
    ),
    "DifferenceError": KnownError(
        "a difference cannot be made in an inventory",
        "compare the two inventories again",
        package="inventory",
    ),
    "ConflictError": KnownError(
        "the inventory has something else than a difference expects",
        "compare with the inventory as it is now",
        package="inventory",
    ),
    "ListFileError": KnownError(
        "a commissioning list has mistakes", "correct the cells that it names", package="lists"
    ),
    "NetworkFileError": KnownError(
        "a file is not a network of pandapower, or has what cannot be imported",
        "write the file anew with pandapower",
        package="networks",
    ),
    "FormulasError": KnownError(
        "the graph library crashed on the graph of a site",
        "correct what `assets-cli check` finds",
        package="topology",
    ),
    "FormulasTimeoutError": KnownError(
        "the graph library did not finish the formulas in time",
        "allow more time with --timeout SECONDS, or remove parallel paths",
        exit_code=ExitCode.UNAVAILABLE,
        package="topology",
    ),
}
"""By the name of the error: the errors themselves would import gRPC and other packages."""
