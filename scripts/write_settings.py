"""Write the pages about settings and metrics.

    python -m scripts.write_settings docs/reference

A test compares these files with the code: run this when an option, a variable or a metric has
changed.
"""

import asyncio
import socket
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import click
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets._transport.profiles import ENTRIES, KEY_VARIABLES, URL_VARIABLE
from frequenz.client.assets._transport.proxy import NO_PROXY_VARIABLES, PROXY_VARIABLES
from frequenz.client.assets.exceptions import OperationUnauthenticated
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer, ServerSettings
from frequenz.server.assets._callers.secret_box import VARIABLE as ENCRYPTION_KEY
from frequenz.server.assets.cli import main as server

from .writing import write_files

_FIRST_KEY, _FIRST_SECRET = KEY_VARIABLES[0]

CLIENT_VARIABLES: Final[Mapping[str, str]] = {
    URL_VARIABLE: "the URL of the server",
    **{key: "the API key" for key, _ in KEY_VARIABLES},
    **{secret: "the secret that signs calls" for _, secret in KEY_VARIABLES},
    **dict.fromkeys(PROXY_VARIABLES, "the HTTP proxy; the first one that is set counts"),
    **dict.fromkeys(NO_PROXY_VARIABLES, "hosts that are called without the proxy, with commas"),
    "XDG_CONFIG_HOME": "the folder with `assets/config.toml`, which has the profiles",
    "XDG_CACHE_HOME": "the folder with `assets`, where completion keeps IDs of microgrids",
    "NO_COLOR": "if it is set, `assets-cli` prints no colors",
}

SERVER_VARIABLES: Final[Mapping[str, str]] = {
    ENCRYPTION_KEY: "the key that encrypts the secrets of callers, instead of `--encryption-key`",
    "PGSERVICE": "the name of the PostgreSQL service, if the URL of the database names none",
    "PGSERVICEFILE": "the file with PostgreSQL services",
}

_SETTINGS: Final = f"""\
# Settings

Written from the commands and the code (`make commands`). Options override environment variables,
which override the profile. In Python, the fields of
[`CallPolicy`, `RetryBudget` and `Transport`](python/assets.md), of
[`ServerSettings` and `Limits`](python/server.md) are the settings, with their units and defaults.

## The client and `assets-cli`

`AssetsApiClient.from_env()` and `assets-cli` read these. A key and its secret form a pair: the
first pair of which one is set counts, `{_FIRST_KEY}` with `{_FIRST_SECRET}` before the others.

"""

_METRICS: Final = """\
# Metrics of the server

`assets-server serve --metrics HOST:PORT` serves these metrics for Prometheus over HTTP. This page
is written from what a running server serves (`make commands`). Times are in seconds, sizes in
bytes. A counter ends in `_total`; a histogram has `_bucket`, `_sum` and `_count`.

| metric | kind | labels | what it says |
|---|---|---|---|
"""


def pages() -> dict[str, str]:
    """Return the texts of the pages by file name."""
    return {"settings.md": _settings_page(), "metrics.md": _metrics_page()}


def _settings_page() -> str:
    root = click.Context(server, info_name="assets-server", **server.context_settings)
    profile = ", ".join(f"`{entry}`" for entry in ENTRIES)
    return "".join(
        (
            _SETTINGS,
            *_variables(CLIENT_VARIABLES),
            f"\nA profile in `~/.config/assets/config.toml` has the entries {profile}:\n"
            "[server and keys](../command-line.md#server-and-keys).\n"
            "\n## The server\n\n",
            *_variables(SERVER_VARIABLES),
            "\nA variable counts where its option is not given:\n",
            *_commands(root),
        )
    )


def _variables(variables: Mapping[str, str]) -> Iterator[str]:
    yield "| variable | what it is |\n|---|---|\n"
    for name, text in variables.items():
        yield f"| `{name}` | {text} |\n"


def _commands(context: click.Context) -> Iterator[str]:
    """Yield a section for each command with options."""
    command = context.command
    rows = [*_options(context)]
    if rows:
        yield f"\n### {context.command_path}\n\n| variable | option | default |\n|---|---|---|\n"
        yield from rows
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _commands(click.Context(found, info_name=name, parent=context))


def _options(context: click.Context) -> Iterator[str]:
    for option in context.command.params:
        if isinstance(option, click.Option) and not option.hidden and option.expose_value:
            assert option.name is not None
            variable = f"{context.auto_envvar_prefix}_{option.name}".upper()
            yield f"| `{variable}` | `{option.opts[0]}` | {_default(option, context)} |\n"


def _default(option: click.Option, context: click.Context) -> str:
    if isinstance(option.show_default, str):
        return option.show_default
    value = option.get_default(context)
    if option.is_flag:
        return "on" if value is True else "off"
    return f"`{value}`" if isinstance(value, str | int | float | Path) and value != "" else ""


def _metrics_page() -> str:
    families = text_string_to_metric_families(asyncio.run(_scrape()))
    rows = []
    for family in families:
        labels = {name for sample in family.samples for name in sample.labels} - {"le"}
        suffix = "_total" if family.type == "counter" else ""
        shown = ", ".join(f"`{label}`" for label in sorted(labels))
        text = family.documentation.rstrip(".")
        rows.append(f"| `{family.name}{suffix}` | {family.type} | {shown} | {text} |\n")
    return _METRICS + "".join(rows)


async def _scrape() -> str:
    """Return what a server with keys serves as metrics after a refused call and a reload."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        keys, encryption_key = Path(folder) / "keys.toml", Path(folder) / "encryption.key"
        files = ("--keys", str(keys), "--encryption-key", str(encryption_key))
        arguments = ["keys", *files, "add", "--enterprise=7"]
        added = await asyncio.to_thread(CliRunner().invoke, server, arguments)
        assert added.exit_code == 0, added.output
        taken.close()
        settings = ServerSettings(
            metrics=f"127.0.0.1:{port}", keys=keys, encryption_key=encryption_key
        )
        async with AssetsServer(Inventory(), settings) as running:
            async with AssetsApiClient(running.url) as client:
                try:
                    await client.list_microgrids()
                except OperationUnauthenticated:
                    await running.reload()
            async with asyncio.timeout(10):
                page = ""
                while 'status="UNAUTHENTICATED"' not in page:  # a call ends after its reply
                    page = await asyncio.to_thread(_get, f"http://127.0.0.1:{port}/metrics")
            return page


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        text: str = answer.read().decode()
    return text


if __name__ == "__main__":
    write_files(__doc__, pages)
