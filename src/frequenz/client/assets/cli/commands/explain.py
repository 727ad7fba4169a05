"""The command that explains a finding."""

from typing import TYPE_CHECKING, Any, Final

import click

from ..._lazy import lazy_module
from ..asking.access import OFFLINE_OPTIONS, global_options
from ..showing.output import Output, output_options

if TYPE_CHECKING:
    import difflib

    from ... import findings
    from ..showing import screens
else:
    difflib = lazy_module("difflib", __package__)  # needed for mistakes only
    findings = lazy_module("...findings", __package__)
    screens = lazy_module("..showing.screens", __package__)

_FIELDS: Final = ("id", "severity", "sentence", "paths", "advice", "documentation")


def _complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    return [rule.id for rule in findings.Rule if rule.id.startswith(incomplete.lower())]


def _find_rule(_: click.Context, __: click.Parameter, text: str) -> "findings.Rule":
    rules = {rule.id: rule for rule in findings.Rule}
    name = text.strip().lower().replace("_", "-")
    if name in rules:
        return rules[name]
    similar = difflib.get_close_matches(name, rules) or [it for it in rules if name and name in it]
    hint = f"did you mean {' or '.join(similar[:3])}?" if similar else "`check` prints their IDs"
    raise click.BadParameter(f"no finding has the ID {text!r}; {hint}")


@click.command()
@click.argument("rule", metavar="FINDING-ID", callback=_find_rule, shell_complete=_complete)
@output_options(fields=_FIELDS, is_list=False, has_header=False)
@global_options(*OFFLINE_OPTIONS)
def explain(output: Output, *, rule: "findings.Rule") -> None:
    """Explain the finding FINDING-ID: how bad it is, where it is found, and what to do.

    `assets-cli check` prints the IDs of findings in its last table, and as `rule` in JSON.
    """
    is_card = output.is_table and output.fields is None
    screen = (lambda: lambda _: screens.rule_card(rule)) if is_card else None
    output.show(_row(rule), screen)


def _row(rule: "findings.Rule") -> dict[str, Any]:
    return {
        "id": rule.id,
        "severity": rule.severity.value,
        "sentence": rule.outline,
        "paths": rule.paths,
        "advice": rule.advice,
        "documentation": rule.page,
    }
