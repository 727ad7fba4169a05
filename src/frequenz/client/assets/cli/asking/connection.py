"""The connection of a command to a server: from the options to what calls return."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from frequenz.client import assets

from ..._lazy import lazy_module
from ..exits import ExitCode, Failure
from ..interrupts import defer_interrupt
from ..showing.notes import print_findings
from .access import GlobalOptions, global_options, invalid_argument, resolve_access

if TYPE_CHECKING:
    from ... import exceptions, fleet
else:
    # These import gRPC, for which help and errors of the command line do not wait.
    exceptions = lazy_module("...exceptions", __package__)
    fleet = lazy_module("...fleet", __package__)

ResultT = TypeVar("ResultT")

_CONNECT_SECONDS: Final = 5.0
"""How long to wait for a connection."""

_logger = logging.getLogger("frequenz.client.assets.cli")


def run(coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run a coroutine; once Ctrl-C cancels it, errors in callbacks are logged for debugging only.

    gRPC then still answers the calls that were cancelled.
    """

    async def watched() -> ResultT:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()

        def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            if task is None or not task.cancelling():
                loop.default_exception_handler(context)
                return
            _logger.debug(context["message"], exc_info=context.get("exception"))

        loop.set_exception_handler(handle)
        return await coroutine

    return asyncio.run(watched())


@dataclass(frozen=True)
class Connection:
    """The server of a command."""

    options: GlobalOptions

    def to_url(self, url: str) -> "Connection":
        """Return the connection to another URL, with the same keys."""
        return Connection(replace(self.options, url=url, url_origin="the URL"))

    def to_profile(self, profile: str) -> "Connection":
        """Return the connection to the server of a profile, with the keys of the profile."""
        options = self.options
        return Connection(
            GlobalOptions(
                profile=profile, timeout=options.timeout, debug=options.debug, color=options.color
            )
        )

    def run(self, function: Callable[["assets.AssetsApiClient"], Awaitable[ResultT]]) -> ResultT:
        """Return the result of a function that gets a connected client.

        Raises:
            click.UsageError: If there is no server, or the client rejects an argument.
            Failure: If a call fails.
        """
        with defer_interrupt():
            client_class = assets.AssetsApiClient
        access = resolve_access(self.options)
        timeout = self.options.timeout
        policy = assets.CallPolicy() if timeout is None else assets.CallPolicy(timeout=timeout)
        connect_timeout = min(timeout or _CONNECT_SECONDS, _CONNECT_SECONDS)

        async def call() -> ResultT:
            async with client_class(
                access.url, auth_key=access.auth_key, sign_secret=access.sign_secret, policy=policy
            ) as client:
                await client.ready(connect_timeout)
                return await function(client)

        try:
            return run(call())
        except exceptions.ApiClientError as error:
            raise Failure.from_error(error) from error
        except ValueError as error:
            raise invalid_argument(error, self.options, access) from error

    def fetch_site(self, microgrid_id: int) -> "fleet.Site":
        """Return a microgrid with all that belongs to it, and print its findings.

        Raises:
            click.ClickException: See `run`.
        """
        site = self.run(lambda client: fleet.fetch_site(client, microgrid_id))
        print_findings(f"microgrid {microgrid_id}", str(microgrid_id), site.findings)
        return site

    def fetch_fleet(
        self,
        microgrid_ids: Iterable[int] | None = None,
        on_progress: "fleet.OnProgress | None" = None,
        *,
        include: "Iterable[fleet.ListName] | None" = None,
    ) -> "fleet.FleetSnapshot":
        """Return some microgrids, or the whole fleet with its market; raises like `run`."""
        return self.run_for_fleet(
            lambda client: fleet.fetch_fleet(
                client,
                microgrid_ids,
                include=fleet.ALL if include is None else include,
                on_progress=on_progress,
            )
        )

    def run_for_fleet(
        self, function: Callable[["assets.AssetsApiClient"], Awaitable[ResultT]]
    ) -> ResultT:
        """Do what `run` does; if the server cannot list its microgrids, say what helps."""
        try:
            return self.run(function)
        except Failure as failure:
            if not isinstance(failure.__cause__, exceptions.OperationNotImplemented):
                raise
            message = f"{failure.message}; or name the microgrids: ID..."
            raise Failure(message, ExitCode(failure.exit_code)) from failure.__cause__


def pass_connection(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add all global options to a command, and pass it their connection as `connection`."""

    def command(*arguments: Any, **named: Any) -> Any:
        options = click.get_current_context().ensure_object(GlobalOptions)
        if options.debug:
            logging.basicConfig()
            logging.getLogger("frequenz.client").setLevel(logging.DEBUG)
        return function(*arguments, connection=Connection(options), **named)

    return global_options()(update_wrapper(command, function))
