"""Asking a server: from the options to what a call returns, or to the end of the command."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from ._access import Given, access, options
from ._exits import Failure
from ._interrupts import undisturbed
from ._streams import tell

if TYPE_CHECKING:
    from .. import AssetsApiClient
    from ..exceptions import ApiClientError
    from ..findings import CallFindings, OnFindings

ResultT = TypeVar("ResultT")

_CONNECT_SECONDS: Final = 5.0
"""For how long a person waits for a connection."""


@dataclass(frozen=True)
class Connection:
    """How to reach the server."""

    given: Given

    def elsewhere(self, *, url: str | None = None, profile: str | None = None) -> "Connection":
        """Return the connection to another server: a URL's with the same keys, or a profile's."""
        if profile is None:
            return Connection(replace(self.given, url=url))
        given = self.given
        return Connection(
            Given(profile=profile, timeout=given.timeout, debug=given.debug, color=given.color)
        )

    def run(self, function: Callable[["AssetsApiClient"], Awaitable[ResultT]]) -> ResultT:
        """Return what a function makes of a client that is connected.

        Raises:
            click.UsageError: If the server is not given, or the client refuses an argument.
            Failure: If a call fails.
        """
        with undisturbed():
            # Only who asks a server waits for the import of gRPC.
            from .. import AssetsApiClient, CallPolicy  # noqa: PLC0415
            from ..exceptions import ApiClientError  # noqa: PLC0415

        found = access(self.given)
        given = self.given.timeout
        policy = CallPolicy() if given is None else CallPolicy(timeout=given)
        wait = _CONNECT_SECONDS if given is None else min(given, _CONNECT_SECONDS)

        async def asking() -> ResultT:
            async with AssetsApiClient(
                found.url, auth_key=found.auth_key, sign_secret=found.sign_secret, policy=policy
            ) as client:
                await client.ready(wait)
                return await function(client)

        try:
            return asyncio.run(asking())
        except ApiClientError as error:
            raise Failure.of(error) from error
        except ExceptionGroup as group:
            failed, rest = group.split(ApiClientError)
            if failed is None or rest is not None:
                raise
            raise Failure.of(_first(failed)) from group
        except ValueError as error:
            # The errors for URLs have the URL as a second argument.
            raise click.UsageError(str(error.args[0] if error.args else error)) from error

    def tell(self, sentence: str) -> None:
        """Say something beside the data, as one line."""
        tell(sentence)

    def tells(self, command: str) -> "OnFindings":
        """Return what says how many findings a call has, and which command shows them."""

        def say(found: "CallFindings") -> None:
            majors = sum(finding.severity.value == "major" for finding in found.findings)
            count = len(found.findings)
            tell(
                f"{found.call}: {count} finding{'s' if count > 1 else ''}, {majors} of them major;"
                f" `assets-cli {command}` shows them"
            )

        return say


def _first(group: BaseExceptionGroup["ApiClientError"]) -> "ApiClientError":
    """Return the first error of a group, however deep it is."""
    error: Any = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    found: ApiClientError = error
    return found


def connected(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options about how to ask, and what they make as `connection`."""

    def command(*arguments: Any, **named: Any) -> Any:
        given = click.get_current_context().ensure_object(Given)
        if given.debug:
            logging.basicConfig()
            logging.getLogger("frequenz.client").setLevel(logging.DEBUG)
        return function(*arguments, connection=Connection(given), **named)

    return options()(update_wrapper(command, function))
