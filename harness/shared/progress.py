"""Progress on standard error, shown only in a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, ProgressColumn


def progress_bars(*columns: ProgressColumn) -> Progress:
    """Return bars that disappear in the end, with other columns than the usual ones if given."""
    console = Console(stderr=True)
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)


@contextmanager
def progress_of(label: str, total: int) -> Iterator[Callable[..., None]]:
    """Show one bar, and yield the function that advances it, by one step or more."""
    with progress_bars() as progress:
        task = progress.add_task(label, total=total)

        def advance(steps: int = 1) -> None:
            progress.advance(task, steps)

        yield advance
