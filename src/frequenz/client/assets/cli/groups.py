"""Command groups that suggest a name for a mistyped one."""

from typing import TYPE_CHECKING

import click

from .._lazy import lazy_module

if TYPE_CHECKING:
    import difflib
else:
    difflib = lazy_module("difflib", __package__)  # needed for mistakes only


class SuggestingGroup(click.Group):
    """A command group that suggests similar names for an unknown command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command, or raise an error with suggestions."""
        name = args[0]
        is_command = not (name.startswith("-") or ctx.resilient_parsing)
        if is_command and self.get_command(ctx, name) is None:
            raise click.UsageError(f"No such command: {name!r}.{self._suggest(ctx, name)}", ctx)
        return super().resolve_command(ctx, args)

    def _suggest(self, context: click.Context, name: str) -> str:
        names = self.list_commands(context)
        typed = name.lower()
        similar = difflib.get_close_matches(typed, names)
        longer = [known for known in names if typed and known.startswith(typed)]
        suggestions = [*dict.fromkeys([*similar, *longer])][:3]
        return f" Did you mean {' or '.join(suggestions)}?" if suggestions else ""
