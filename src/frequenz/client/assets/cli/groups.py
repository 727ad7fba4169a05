"""Groups of commands, which say what may be meant by a name that none of them has."""

import click


class Group(click.Group):
    """A group of commands."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant; for no such one, say which may be."""
        name = args[0]
        is_asked = not (name.startswith("-") or ctx.resilient_parsing)
        if is_asked and self.get_command(ctx, name) is None:
            raise click.UsageError(f"No such command {name!r}.{self._advice(ctx, name)}", ctx)
        return super().resolve_command(ctx, args)

    def _advice(self, context: click.Context, name: str) -> str:
        from difflib import get_close_matches  # noqa: PLC0415 - for mistakes only

        names = self.list_commands(context)
        typed = name.lower()
        begun = [known for known in names if typed and known.startswith(typed)]
        close = get_close_matches(typed, names)
        listed = [*dict.fromkeys([*close, *begun])][:3]
        return f" Did you mean {' or '.join(listed)}?" if listed else ""
