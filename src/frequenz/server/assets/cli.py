"""The command `assets-server`."""

import asyncio
import dataclasses
import logging
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from frequenz.client.assets._extras import missing_package_text

if sys.argv[1:2] == ["serve"]:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the server listens

try:
    import click

    from . import AssetsServer, KeysError, Limits, ServerSettings, StoreError
    from ._callers.limits import limit_fields
    from ._callers.opening import DATABASE, MEMORY
    from ._first_process import FirstProcess
    from ._imports import MAX_KEPT
    from ._inventory_cli import COMMANDS, MOMENT
    from ._keys_cli import keys
    from ._operation import event_loop
    from ._operation.background import end, keep_running
    from ._operation.memory import collect_rarely, returning_free_memory
    from ._operation.reloading import Reloading
    from ._operation.standard_error import log_in_background
    from ._operation.watching import watch_files
    from ._reading_processes import RefusedError
    from ._server import reading_server, reloading_of
    from ._settings import MAX_TOLERANCE_SECONDS
    from ._stores.temporary import make_folder, remove_all_folders, remove_folder
    from ._workers import WorkerError, Workers
except ModuleNotFoundError as missing:
    sys.exit(missing_package_text("assets-server", "server", missing))

_logger = logging.getLogger("frequenz.server.assets")

_DEFAULTS = ServerSettings()
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _FileOrDatabase(click.Path):
    """The name of a file, or the word `database`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value == DATABASE else super().convert(value, param, ctx)


def _limit_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option for each limit to a command."""
    for limit in reversed([*limit_fields()]):
        is_integer = limit.type in (int, "int")
        kind = click.IntRange if is_integer else click.FloatRange
        option = click.option(
            f"--max-{limit.name.replace('_', '-')}",
            f"limit_{limit.name}",
            default=limit.default,
            show_default=True,
            type=kind(min=limit.metadata["minimum"]),
            help=f"Limit: {limit.metadata['text']}.",
        )
        command = option(command)
    return command


@click.group(context_settings={"auto_envvar_prefix": "ASSETS_SERVER", "max_content_width": 100})
@click.version_option(package_name="frequenz-client-assets", prog_name="assets-server")
def main() -> None:
    """Serve the Assets API from inventory files."""


main.add_command(keys)


@main.command(short_help="Serve inventory files, or what a database has.")
@click.argument("fleets", metavar="[FLEET]...", nargs=-1, type=_FILE)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=9090,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0 picks a free one.",
)
@click.option("--strict", is_flag=True, help="Refuse fleets with major findings.")
@click.option(
    "--database",
    show_default="a temporary one",
    metavar="FILE|URL",
    help="Keep the inventory in this SQLite file, or in postgresql://USER@HOST/NAME; without"
    " FLEET, serve its content.",
)
@click.option(
    "--as-of",
    type=MOMENT,
    help="Serve the inventory in the database as it was known at this moment, in UTC.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="How many processes serve.",
)
@click.option("--verbose", is_flag=True, help="Print all findings, not only the first ones.")
@click.option(
    "--grace",
    default=30.0,
    show_default=True,
    type=click.FloatRange(min=0),
    help="How long calls in flight may continue after the server stops, in s.",
)
@click.option("--ssl-certificate-chain", type=_FILE, help="The certificate chain for TLS (PEM).")
@click.option("--ssl-private-key", type=_FILE, help="The private key for TLS (PEM).")
@click.option(
    "--ssl-client-root-certificates",
    type=_FILE,
    help="The authorities of clients, which then need a certificate (PEM).",
)
@click.option(
    "--keys",
    type=_FileOrDatabase(exists=True, dir_okay=False),
    metavar="FILE|database",
    help="The file with the keys of callers, or `database`; see `keys add`.",
)
@click.option(
    "--encryption-key",
    type=_FILE,
    show_default="ASSETS_SERVER_ENCRYPTION_KEY",
    help="The file with the key that encrypts the secrets of keys.",
)
@click.option(
    "--nonces",
    show_default="beside the keys",
    metavar="FILE|database|memory",
    help="The file with the nonces of calls, the database of all servers, or `memory`.",
)
@click.option(
    "--max-nonces",
    show_default="enough for eight keys within their limits",
    type=click.IntRange(min=1),
    help="How many nonces are remembered; calls beyond are refused.",
)
@click.option(
    "--clock-tolerance",
    default=_DEFAULTS.clock_tolerance_seconds,
    show_default=True,
    type=click.FloatRange(1, MAX_TOLERANCE_SECONDS),
    help="By how much the clocks of callers may differ, in s.",
)
@click.option("--allow-keys-without-secret", is_flag=True, help="Allow calls that are not signed.")
@click.option(
    "--allow-anonymous", is_flag=True, help="Serve other machines without checking callers."
)
@click.option("--allow-plaintext", is_flag=True, help="Serve other machines without TLS.")
@click.option("--insecure", is_flag=True, hidden=True)
@click.option(
    "--health",
    default="open",
    show_default=True,
    metavar="open|off|HOST:PORT",
    help="Who may ask for the health, or the address to ask at.",
)
@click.option(
    "--reflection",
    default="keys",
    show_default=True,
    metavar="keys|open|off|HOST:PORT",
    help="Who may use reflection, or the address to use it at.",
)
@click.option("--metrics", metavar="HOST:PORT", help="Serve metrics for Prometheus here.")
@click.option(
    "--access-log",
    default="off",
    show_default=True,
    type=click.Choice(["off", "text", "json"]),
    help="Write a line for each call to standard error.",
)
@click.option(
    "--pause",
    default=0.0,
    show_default=True,
    type=click.FloatRange(min=0),
    help="How long to answer on SIGTERM before the server stops, not healthy any more, in s.",
)
@click.option(
    "--watch",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="Look this often for changed files, and read them again.",
)
@_limit_options
def serve(
    fleets: tuple[Path, ...],
    *,
    strict: bool,
    verbose: bool,
    workers: int,
    as_of: datetime | None,
    grace: float,
    pause: float,
    clock_tolerance: float,
    watch: float | None,
    **options: Any,
) -> None:
    """Serve the inventory files FLEET... (YAML, JSON or JSON Lines) together.

    Prints the URL for clients as the first line of standard output, and the first findings on
    standard error. On SIGINT or SIGTERM, finishes the calls in flight and exits; a second one ends
    it at once. On SIGHUP, reads fleets, keys and certificates again, and uses all of them or none.
    Keys in the database need no reload.

    Other machines are served only with --keys and TLS, unless that is allowed.
    """
    if not fleets and options["database"] is None:
        raise click.UsageError("nothing to serve; give FLEET, or a --database with an inventory")
    if strict and not fleets:
        raise click.UsageError("--strict needs FLEET")
    if as_of is not None and fleets:
        raise click.UsageError("--as-of needs the history in a --database, without FLEET")
    if workers > 1 and options["nonces"] == MEMORY:
        raise click.UsageError("--nonces memory is that of one process; serve with one worker")
    try:
        settings = _settings(
            options,
            as_of=None if as_of is None else as_of.replace(tzinfo=UTC),
            grace_seconds=grace,
            pause_seconds=pause,
            clock_tolerance_seconds=clock_tolerance,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    files = _Files(fleets, settings, strict=strict, shown=None if verbose else MAX_KEPT)
    try:
        with log_in_background():
            if workers > 1:
                event_loop.run(_serve_with_workers(files, workers, watch))
            else:
                event_loop.run(_serve(files, watch))
    except (OSError, StoreError, KeysError, WorkerError) as error:
        raise click.ClickException(str(error)) from error


def _settings(options: dict[str, Any], **others: Any) -> ServerSettings:
    """Return the settings of options, those of limits among them; print deprecations."""
    limits = {
        name.removeprefix("limit_"): options.pop(name)
        for name in list(options)
        if name.startswith("limit_")
    }
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DeprecationWarning)
        settings = ServerSettings(limits=Limits(**limits), **options, **others)
    for warning in caught:
        click.echo(f"Warning: {warning.message}", err=True)
    return settings


class _Files(NamedTuple):
    """The files that are read, and how."""

    fleets: tuple[Path, ...]
    settings: ServerSettings
    strict: bool
    shown: int | None
    """How many findings are printed when they are read first. None = all."""

    def all(self) -> list[Path]:
        settings = self.settings
        others = (
            None if settings.keys == DATABASE else settings.keys,
            settings.encryption_key,
            settings.ssl_certificate_chain,
            settings.ssl_private_key,
            settings.ssl_client_root_certificates,
        )
        return [*self.fleets, *(Path(path) for path in others if path is not None)]

    async def load(self, reloading: Reloading) -> None:
        """Read the inventory files for the first time, if there are any.

        Raises:
            click.ClickException: If they are invalid or refused.
            OSError: If a file cannot be read.
            KeysError: If the keys cannot be used.
            StoreError: If the inventory cannot be stored.
        """
        if not self.fleets:
            return
        try:
            await reloading.load(self.fleets, strict=self.strict, shown=self.shown)
        except RefusedError as error:
            raise click.ClickException(f"{error} (--strict)") from error
        except ValueError as error:
            raise click.ClickException(str(error)) from error

    async def reload(self, reloading: Reloading) -> None:
        """Read the files again, and log what happened."""
        try:
            await reloading.reload(self.fleets, strict=self.strict)
        except (OSError, ValueError, StoreError, KeysError) as error:
            _logger.error("Not reloaded; what was read before is still served: %s", error)
        else:
            _logger.warning("Reloaded: %s", ", ".join(map(str, self.all())) or "nothing to read")


async def _serve(files: _Files, watch: float | None) -> None:
    stopped = _stop_on_signals()
    settings = files.settings
    server = reading_server(settings) if files.fleets else AssetsServer(None, settings)
    async with server, returning_free_memory():
        await _serve_files(files, reloading_of(server), server.url, stopped, watch)


def _stop_on_signals() -> asyncio.Event:
    """Return what the first SIGINT or SIGTERM sets; a second one ends the process at once."""
    stopped = asyncio.Event()

    def stop(number: int) -> None:
        if stopped.is_set():
            for process in multiprocessing.active_children():
                process.kill()
            remove_all_folders()
            os._exit(128 + number)  # nothing is half done: databases have transactions
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    return stopped


async def _serve_files(
    files: _Files, reloading: Reloading, url: str, stopped: asyncio.Event, watch: float | None
) -> None:
    """Read files, print the URL, and read them again when needed, until the server is to stop."""
    loop = asyncio.get_running_loop()
    loading = loop.create_task(files.load(reloading))
    stopping = loop.create_task(stopped.wait())
    tasks: set[asyncio.Task[Any]] = {loading, stopping}
    reload = partial(files.reload, reloading)  # waits until the files are loaded

    def start_reload() -> None:
        tasks.add(task := loop.create_task(reload()))
        task.add_done_callback(tasks.discard)

    loop.add_signal_handler(signal.SIGHUP, start_reload)
    if watch is not None:
        watching = partial(watch_files, files.all(), watch, reload)
        tasks.add(loop.create_task(keep_running(watching, "the watch of files")))
    try:
        await asyncio.wait((loading, stopping), return_when=asyncio.FIRST_COMPLETED)
        if loading.done():
            await loading
            collect_rarely()
            click.echo(url)
            await stopping
    finally:
        await end(*tasks)


async def _serve_with_workers(files: _Files, count: int, watch: float | None) -> None:
    settings = files.settings
    with ExitStack() as stack:
        if settings.database is None:
            # Each process would have a temporary database of its own.
            stack.callback(remove_folder, folder := make_folder())
            settings = dataclasses.replace(settings, database=Path(folder, "fleet.db"))
            files = files._replace(settings=settings)
        workers = Workers(settings, count)  # has the port before a database is changed
        stopped = _stop_on_signals()
        first = FirstProcess(workers, settings)
        await first.start(reads_files=bool(files.fleets))
        try:
            await _serve_files(files, first.reloading, workers.url, stopped, watch)
        finally:
            await first.stop()


for command in COMMANDS:
    main.add_command(command)
