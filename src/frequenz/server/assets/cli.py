"""The command `assets-server`."""

import asyncio
import logging
import signal
import sys
from pathlib import Path

from frequenz.client.assets._extras import missing_package_text

signal.signal(signal.SIGHUP, signal.SIG_IGN)  # also while packages are imported and files are read

try:
    import click

    from frequenz.client.assets import inventory
    from frequenz.client.assets.inventory import Checked

    from . import AssetsServer, ServerSettings, StoreError
except ModuleNotFoundError as missing:
    sys.exit(missing_package_text("assets-server", "server", missing))

_logger = logging.getLogger("frequenz.server.assets")

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(context_settings={"auto_envvar_prefix": "ASSETS_SERVER", "max_content_width": 100})
@click.version_option(package_name="frequenz-client-assets", prog_name="assets-server")
def main() -> None:
    """Serve the Assets API from inventory files."""


@main.command()
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
    show_default="in memory",
    help="Keep the inventory in this SQLite file or PostgreSQL database (postgresql://USER@HOST/NAME);"
    " without FLEET, serve its content.",
)
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
    "--insecure",
    is_flag=True,
    help="Allow a --host that other machines can reach, although callers are not checked.",
)
def serve(fleets: tuple[Path, ...], *, strict: bool, grace: float, **options: object) -> None:
    """Serve the inventory files FLEET... (YAML, JSON or JSON Lines) together.

    Prints the URL for clients as the first line of standard output, and the findings on standard
    error. On SIGINT or SIGTERM, finishes the calls in flight and exits. On SIGHUP, continues.
    """
    if not fleets and options["database"] is None:
        raise click.UsageError("nothing to serve; give FLEET, or a --database with an inventory")
    if strict and not fleets:
        raise click.UsageError("--strict needs FLEET")
    try:
        settings = ServerSettings(grace_seconds=grace, **options)  # type: ignore[arg-type]
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        fleet = inventory.read_all(fleets) if fleets else None
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    findings = inventory.check(fleet) if fleet else []
    if strict and inventory.has_major(findings):
        _print_findings(findings)
        raise click.ClickException("refused because of major findings (--strict)")
    try:
        asyncio.run(_serve(AssetsServer(fleet, settings), findings))
    except (OSError, StoreError) as error:
        raise click.ClickException(str(error)) from error


def _print_findings(findings: list[Checked]) -> None:
    for finding in findings:
        click.echo(finding, err=True)


async def _serve(server: AssetsServer, findings: list[Checked]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    ignored = "Ignored SIGHUP; to serve changed files, restart the server"
    loop.add_signal_handler(signal.SIGHUP, _logger.warning, ignored)
    async with server:
        click.echo(server.url)
        _print_findings(findings)
        await stopped.wait()
