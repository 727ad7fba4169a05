"""The commands `assets-server keys`: who may call a server."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
from click.core import ParameterSource

from ._callers.key_file import KeyFile
from ._callers.key_table import KeyTable, tag_of_keys
from ._callers.keys import (
    Key,
    Keys,
    KeysError,
    KeyStore,
    changed,
    new_key,
    with_new_secret,
    with_newest_secret,
)
from ._callers.secret_box import SecretBox
from ._stores import StoreError, open_store

_PATH: Final = click.Path(dir_okay=False, path_type=Path)
_ONCE: Final = "They are shown only now. Give them to the caller over a safe channel."


class _Where(NamedTuple):
    """Where the keys are."""

    file: Path
    database: str | None
    encryption_key: Path | None


@click.group()
@click.option(
    "--keys", "path", default="keys.toml", show_default=True, type=_PATH, help="The file of keys."
)
@click.option(
    "--database",
    metavar="FILE|URL",
    help="Keep the keys in this SQLite file, or in postgresql://USER@HOST/NAME, not in --keys.",
)
@click.option(
    "--encryption-key",
    type=_PATH,
    show_default="ASSETS_SERVER_ENCRYPTION_KEY",
    help="The file with the key that encrypts secrets; the first `add` creates it.",
)
@click.pass_context
def keys(
    context: click.Context, *, path: Path, database: str | None, encryption_key: Path | None
) -> None:
    """Change who may call the server.

    A running server reads a file again on SIGHUP; keys in its database count within a second.
    """
    given = context.get_parameter_source("path") is not ParameterSource.DEFAULT
    if database is not None and given:
        raise click.UsageError("give --keys or --database, not both")
    context.obj = _Where(path, database, encryption_key)


@asynccontextmanager
async def _opened(where: _Where, *, create: bool) -> AsyncIterator[KeyStore]:
    """Open the keys; the encryption key is created with the first key only."""
    if where.database is None:
        if not create and not where.file.exists():
            raise KeysError(f"{where.file}: no such file; `assets-server keys add` creates it")
        is_first = not where.file.exists()
        yield KeyFile(where.file, SecretBox.open(where.encryption_key, create=is_first))
        return
    store = await open_store(where.database, create=create)
    try:
        is_first = create and not await tag_of_keys(store)
        yield KeyTable(store, SecretBox.open(where.encryption_key, create=is_first))
    finally:
        await store.close()


def _run(
    context: click.Context,
    use: Callable[[KeyStore], Awaitable[Keys]],
    *,
    create: bool = False,
) -> Keys:
    """Read or change the keys; show errors without a traceback."""

    async def run() -> Keys:
        async with _opened(context.obj, create=create) as store:
            return await use(store)

    try:
        return asyncio.run(run())
    except (KeysError, StoreError) as error:
        raise click.ClickException(str(error)) from error


def _change(
    context: click.Context, function: Callable[[Keys], Keys], *, create: bool = False
) -> None:
    _run(context, lambda store: store.update(function), create=create)


def _change_one(context: click.Context, key_id: str, function: Callable[[Key], Key | None]) -> None:
    _change(context, lambda stored: changed(stored, key_id, function))


@keys.command()
@click.option("--enterprise", required=True, type=click.IntRange(1, 2**64 - 1))
@click.option(
    "--gridpool", "gridpools", multiple=True, type=click.IntRange(1, 2**64 - 1), help="Several."
)
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="From when on it does not count any more, in UTC.",
)
@click.option("--comment", default="", help="What it is for.")
@click.option(
    "--without-secret", is_flag=True, help="Calls are not signed; the server must allow it."
)
@click.pass_context
def add(
    context: click.Context,
    *,
    enterprise: int,
    gridpools: tuple[int, ...],
    expires: datetime | None,
    comment: str,
    without_secret: bool,
) -> None:
    """Add a key, and print it and its secret.

    It sees the microgrids of the enterprise and the gridpools, with what belongs to them.
    """
    try:
        new = new_key(
            enterprise,
            gridpools,
            expires=None if expires is None else expires.replace(tzinfo=UTC),
            comment=comment,
            has_secret=not without_secret,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    _change(context, lambda stored: (*stored, new.key), create=True)
    click.echo(f"id: {new.key.id}\nkey: {new.text}")
    if new.secret is not None:
        click.echo(f"secret: {new.secret}")
    click.echo(_ONCE, err=True)


@keys.command("list")
@click.option("-o", "--output", default="text", type=click.Choice(["text", "json"]))
@click.pass_context
def list_keys(context: click.Context, *, output: str) -> None:
    """List the keys, without their secrets."""
    rows = [_plain(key) for key in _run(context, lambda store: store.load())]
    if output == "json":
        click.echo(json.dumps(rows, indent=2))
        return
    columns = {name: [str(row[name]) for row in rows] for name in (rows[0] if rows else {})}
    widths = {name: max(map(len, (name, *texts))) for name, texts in columns.items()}
    for row in [dict(zip(columns, columns, strict=True)), *rows] if rows else []:
        line = "  ".join(f"{_cell(row[name]):{width}}" for name, width in widths.items())
        click.echo(line.rstrip())


def _cell(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _plain(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "state": key.state(datetime.now(UTC)),
        "enterprise": key.enterprise_id,
        "gridpools": sorted(key.gridpool_ids),
        "created": key.created.isoformat(),
        "expires": "never" if key.expires is None else key.expires.isoformat(),
        "secrets": len(key.secrets),
        "comment": key.comment,
    }


@keys.command()
@click.argument("key_id", metavar="ID")
@click.pass_context
def disable(context: click.Context, *, key_id: str) -> None:
    """Refuse a key until it is enabled again."""
    _change_one(context, key_id, lambda key: replace(key, is_disabled=True))


@keys.command()
@click.argument("key_id", metavar="ID")
@click.pass_context
def enable(context: click.Context, *, key_id: str) -> None:
    """Accept a disabled key again."""
    _change_one(context, key_id, lambda key: replace(key, is_disabled=False))


@keys.command()
@click.argument("key_id", metavar="ID")
@click.pass_context
def remove(context: click.Context, *, key_id: str) -> None:
    """Remove a key."""
    _change_one(context, key_id, lambda _: None)


@keys.command(short_help="Give a key a second secret, and print it.")
@click.argument("key_id", metavar="ID")
@click.option("--finish", is_flag=True, help="Drop the older secret.")
@click.pass_context
def rotate(context: click.Context, *, key_id: str, finish: bool) -> None:
    """Give a key a second secret, and print it; then, with --finish, drop the older one.

    In between, both count, so that callers can change over.
    """
    if finish:
        _change_one(context, key_id, with_newest_secret)
        return
    secrets: list[str] = []

    def rotated(key: Key) -> Key:
        key, secret = with_new_secret(key)
        secrets.append(secret)
        return key

    _change_one(context, key_id, rotated)
    click.echo(f"secret: {secrets[0]}")
    click.echo(_ONCE, err=True)
