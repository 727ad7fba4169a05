"""Asking a server: from the options to what a call returns, or to the end of the command."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from ..exits import Failure
from ..interrupts import undisturbed
from ..showing.plurals import counted
from ..showing.streams import tell
from .access import Given, access, options, refused

if TYPE_CHECKING:
    from ... import AssetsApiClient
    from ...exceptions import ApiClientError
    from ...findings import CallFindings, OnFindings

ResultT = TypeVar("ResultT")

_CONNECT_SECONDS: Final = 5.0
"""For how long a person waits for a connection."""

_logger = logging.getLogger("frequenz.client.assets.cli")


def run(coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run a coroutine; what breaks in callbacks while Ctrl-C ends it is for debugging only.

    gRPC answers calls that are not there any more then.
    """

    async def watched() -> ResultT:
        this, loop = asyncio.current_task(), asyncio.get_running_loop()

        def tell_broken(loop: asyncio.AbstractEventLoop, broken: dict[str, Any]) -> None:
            if this is None or not this.cancelling():
                loop.default_exception_handler(broken)
                return
            _logger.debug(broken["message"], exc_info=broken.get("exception"))

        loop.set_exception_handler(tell_broken)
        return await coroutine

    return asyncio.run(watched())


@dataclass(frozen=True)
class Connection:
    """How to reach the server."""

    given: Given

    def elsewhere(self, *, url: str | None = None, profile: str | None = None) -> "Connection":
        """Return the connection to another server: a URL's with the same keys, or a profile's."""
        if profile is None:
            return Connection(replace(self.given, url=url, url_origin="the URL"))
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
            from ... import AssetsApiClient, CallPolicy  # noqa: PLC0415
            from ...exceptions import ApiClientError  # noqa: PLC0415

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
            return run(asking())
        except ApiClientError as error:
            raise Failure.of(error) from error
        except ExceptionGroup as group:
            failed, rest = group.split(ApiClientError)
            if failed is None or rest is not None:
                raise
            raise Failure.of(_first(failed)) from group
        except ValueError as error:
            raise refused(error, self.given, found) from error

    @staticmethod
    def tells(what: str, microgrid_id: int | None = None) -> "OnFindings":
        """Return what says how many findings something has, and which command shows them.

        Args:
            what: What was asked for.
            microgrid_id: The only microgrid of which something was asked for.
        """
        command = "check" if microgrid_id is None else f"check {microgrid_id}"

        def say(found: "CallFindings") -> None:
            count = len(found.findings)
            majors = sum(finding.severity.value == "major" for finding in found.findings)
            them = "it" if count == 1 else "them"
            tell(f"{what}: {_of_severity(count, majors)}; `assets-cli {command}` shows {them}")

        return say


def _of_severity(count: int, majors: int) -> str:
    """Return how many findings there are, and how many of them are major."""
    if majors in {0, count}:
        return counted(count, f"{'major' if majors else 'minor'} finding")
    return f"{counted(count, 'finding')}, {majors} of them major"


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
