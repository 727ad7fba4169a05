"""The commands of `assets-server` about the inventory in a database, and its history."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Difference, Inventory

from ._imports import Findings, Imported, MajorFindingsError, import_fleets
from ._processes import give_way
from ._reading_processes import REFUSED, Part
from ._stores import Store, StoreError, open_store
from ._stores import history as stored_history
from ._stores.drafts import drafting
from ._stores.removing import remove_gridpools, remove_microgrids
from ._stores.reverting import revert as revert_revision
from ._stores.revisions import Revision, system_user
from ._stores.rows import to_signed

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])
ResultT = TypeVar("ResultT")

MOMENT: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"])

_database = click.option(
    "--database", required=True, help="The SQLite file, or postgresql://USER@HOST/NAME."
)
_microgrids = click.option(
    "--microgrid",
    "microgrid_ids",
    metavar="ID",
    multiple=True,
    type=click.IntRange(0, 2**64 - 1),
    help="Only this microgrid; may be given several times.",
)
_at = click.option(
    "--as-of",
    "moment",
    type=MOMENT,
    help="The inventory as it was known at this moment, in UTC.",
)


def _author(function: FunctionT) -> FunctionT:
    """Add the options that say who makes a revision, and why."""
    user = click.option("--author", show_default="the user of the system", help="Who does it.")
    comment = click.option("--comment", default="", help="Why: a text for the history.")
    return user(comment(function))


# What commands share ------------------------------------------------------------------------------


def _run(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run a command; show errors without a traceback."""
    try:
        return asyncio.run(work)
    except BrokenPipeError:
        raise  # Click ends the command without a message
    except (OSError, ValueError, StoreError) as error:
        raise click.ClickException(str(error)) from error


@asynccontextmanager
async def _opened(database: str, *, create: bool = False) -> AsyncIterator[Store]:
    store = await open_store(database, create=create)
    try:
        yield store
    finally:
        await store.close()


async def _number_at(store: Store, moment: datetime | None) -> int:
    """Return the number of the revision at a moment; None = the newest one."""
    # Not the one of this moment: the clock may have been set back.
    at = datetime.max if moment is None else moment
    return (await stored_history.revision_at(store, at.replace(tzinfo=UTC))).number


def _show_revision(revision: Revision | None) -> None:
    click.echo(
        "Nothing differs from what is stored; there is no new revision."
        if revision is None
        else f"Revision {revision.number}: {revision.added} added, {revision.removed} removed."
    )


def show_findings(findings: Findings) -> None:
    """Print the first findings on standard error, and how many more there are."""
    for finding in findings.first:
        click.echo(finding.text, err=True)
    if findings.more:
        click.echo(
            f"... and {findings.more} more findings (in all {findings.major} major,"
            f" {findings.minor} minor); `assets-cli check FLEET` lists them",
            err=True,
        )


@contextmanager
def _progress(paths: Sequence[Path]) -> Iterator[Callable[[Path, Part], None]]:
    """Show on a terminal how much of some files has been read."""
    if not sys.stderr.isatty():
        yield lambda path, part: None
        return
    sizes = {path: path.stat().st_size for path in paths if path.is_file()}
    read = dict.fromkeys(sizes, 0)
    with click.progressbar(length=sum(sizes.values()), label="Importing", file=sys.stderr) as bar:

        def show(path: Path, part: Part) -> None:
            bar.update(max(0, part.position - read.get(path, 0)))
            read[path] = max(part.position, read.get(path, 0))

        yield show
        bar.update(sum(sizes.values()) - sum(read.values()))


# Changing -----------------------------------------------------------------------------------------


@click.command("import", short_help="Store inventory files in a database.")
@click.argument(
    "fleets",
    metavar="FLEET...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
)
@_database
@click.option(
    "--replace/--merge",
    "replaces",
    default=True,
    show_default=True,
    help="Remove what FLEET... does not have, or keep it.",
)
@click.option("--dry-run", is_flag=True, help="Store nothing; show what would change.")
@click.option("--strict", is_flag=True, help="Refuse fleets with major findings.")
@click.option("--check/--no-check", default=True, show_default=True, help="Show what is wrong.")
@_author
def import_(
    fleets: tuple[Path, ...],
    *,
    database: str,
    replaces: bool,
    dry_run: bool,
    strict: bool,
    check: bool,
    author: str | None,
    comment: str,
) -> None:
    """Store FLEET... (YAML, JSON, JSON Lines, or a folder of Parquet files) as one revision.

    Servers on the database show the inventory before it, and then the whole of it. An import that
    is stopped leaves nothing. A microgrid in FLEET replaces the whole of the stored one.
    """
    if strict and not check:
        raise click.UsageError("--strict needs --check")
    give_way()

    async def work() -> Imported:
        async with _opened(database, create=not dry_run) as store:
            with _progress(fleets) as on_progress:
                return await import_fleets(
                    store,
                    fleets,
                    mode="replace" if replaces else "merge",
                    is_checked=check,
                    is_strict=strict,
                    is_dry=dry_run,
                    author=author or system_user(),
                    comment=comment,
                    on_progress=on_progress,
                )

    try:
        imported = _run(work())
    except MajorFindingsError as error:
        show_findings(error.findings)
        raise click.ClickException(f"{REFUSED} (--strict)") from error
    show_findings(imported.findings)
    if not dry_run:
        _show_revision(imported.revision)
        return
    for difference in imported.differences:
        click.echo(difference)
    if imported.more_differences:
        click.echo(f"... and {imported.more_differences} more differences")
    if not imported.differences:
        click.echo("Nothing differs from what is stored.")


@click.command(short_help="Remove microgrids or gridpools.")
@_database
@_microgrids
@click.option(
    "--gridpool",
    "gridpool_ids",
    metavar="ID",
    multiple=True,
    type=click.IntRange(0, 2**64 - 1),
    help="This gridpool with its energy schedules and relations; may be given several times.",
)
@click.option("--dry-run", is_flag=True, help="Store nothing; show what would change.")
@_author
def remove(
    *,
    database: str,
    microgrid_ids: tuple[int, ...],
    gridpool_ids: tuple[int, ...],
    dry_run: bool,
    author: str | None,
    comment: str,
) -> None:
    """Remove microgrids with all that they have, or gridpools, as one revision."""
    if not microgrid_ids and not gridpool_ids:
        raise click.UsageError("nothing to remove; give --microgrid or --gridpool")
    differences: list[Difference] = []

    async def work() -> Revision | None:
        async with _opened(database) as store, drafting(store) as draft:
            await remove_microgrids(draft, [to_signed(number) for number in microgrid_ids])
            await remove_gridpools(draft, [to_signed(number) for number in gridpool_ids])
            if not dry_run:
                return await draft.finish(author or system_user(), comment)
            found = stored_history.differences(draft.transaction, draft.number - 1, draft.number)
            # Shown later: whoever reads the output slowly would hold up other changes.
            differences.extend([difference async for difference in found])
            await draft.transaction.roll_back()
            return None

    revision = _run(work())
    if not dry_run:
        _show_revision(revision)
    for difference in differences:
        click.echo(difference)


@click.command()
@click.argument("number", metavar="REVISION", type=click.IntRange(1))
@_database
@_author
def revert(number: int, *, database: str, author: str | None, comment: str) -> None:
    """Undo what REVISION changed, by a new revision.

    It is refused if a later revision has changed the same entities again, or if something would be
    left without its microgrid.
    """

    async def work() -> Revision | None:
        async with _opened(database) as store:
            undone = await stored_history.revision(store, number)
            async with drafting(store) as draft:
                await revert_revision(draft, undone.number)
                text = comment or f"Revert revision {number}"
                return await draft.finish(author or system_user(), text)

    _show_revision(_run(work()))


# Showing ------------------------------------------------------------------------------------------


@click.command(short_help="Write the inventory to a file.")
@click.option("--to", "path", required=True, type=click.Path(path_type=Path), help="The file.")
@_database
@_microgrids
@_at
def export(
    *, path: Path, database: str, microgrid_ids: tuple[int, ...], moment: datetime | None
) -> None:
    """Write the inventory in a database to an inventory file (YAML, JSON or JSON Lines)."""

    async def work() -> Inventory:
        async with _opened(database) as store:
            number = await _number_at(store, moment)
            only = [to_signed(it) for it in microgrid_ids] if microgrid_ids else None
            found = stored_history.read(store, number, only, market=only is None)
            exported = Inventory.joined([part async for part in found])
        missing = {*microgrid_ids} - {site.microgrid.id for site in exported.sites}
        if missing:
            raise StoreError(f"{database}: there is no microgrid {min(missing)}")
        return exported

    exported = _run(work())
    try:
        inventory.write(exported, path)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"--to: {error}") from error
    click.echo(f"Wrote {len(exported.sites)} microgrids to {path}.", err=True)


@click.command()
@_database
@click.option(
    "--microgrid",
    "microgrid_id",
    metavar="ID",
    type=click.IntRange(0, 2**64 - 1),
    help="Only the revisions that changed this microgrid.",
)
def history(*, database: str, microgrid_id: int | None) -> None:
    """List the revisions, the newest one first."""

    async def work() -> list[Revision]:
        async with _opened(database) as store:
            only = None if microgrid_id is None else to_signed(microgrid_id)
            found = await stored_history.revisions(store, only)
            if microgrid_id is not None and not found:
                raise StoreError(f"{store.name}: no revision has changed microgrid {microgrid_id}")
            return found

    rows = [("REVISION", "MOMENT", "AUTHOR", "ADDED", "REMOVED", "COMMENT")]
    rows += [
        (
            str(it.number),
            it.moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            it.author,
            str(it.added),
            str(it.removed),
            " ".join(it.comment.split()),
        )
        for it in _run(work())
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


@click.command()
@click.argument("number", metavar="REVISION", type=click.IntRange(1))
@_database
def show(number: int, *, database: str) -> None:
    """Show who made REVISION, when, and what it changed."""

    async def work() -> None:
        async with _opened(database) as store:
            shown = await stored_history.revision(store, number)
            click.echo(
                f"Revision {shown.number}, {shown.moment:%Y-%m-%dT%H:%M:%SZ}, {shown.author}"
            )
            if shown.comment:
                click.echo(shown.comment)
            async for difference in stored_history.differences(store, number - 1, number):
                click.echo(difference)

    _run(work())


@click.command("diff", short_help="Show what differs between two revisions.")
@click.argument("before", metavar="REVISION", type=click.IntRange(0))
@click.argument("after", metavar="REVISION", type=click.IntRange(0))
@_database
def diff_(before: int, after: int, *, database: str) -> None:
    """Show what differs between two revisions; 0 is the empty inventory before all.

    The exit code is 1 if something differs, as that of `diff`.
    """

    async def work() -> bool:
        async with _opened(database) as store:
            for number in (before, after):
                if number:
                    await stored_history.revision(store, number)
            differs = False
            async for difference in stored_history.differences(store, before, after):
                click.echo(difference)
                differs = True
            return differs

    if _run(work()):
        raise SystemExit(1)


COMMANDS: Final = (import_, remove, revert, export, history, show, diff_)
