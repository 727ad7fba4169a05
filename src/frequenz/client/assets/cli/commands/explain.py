"""The command that explains a finding or an error."""

from typing import TYPE_CHECKING, Any, Final

import click

from ..._lazy import lazy_module
from ...findings._pages import page_of_error
from ..asking.access import OFFLINE_OPTIONS, global_options
from ..errors import ERRORS
from ..showing.output import Output, output_options

if TYPE_CHECKING:
    import difflib

    from ... import findings
    from ..showing import screens
else:
    difflib = lazy_module("difflib", __package__)  # needed for mistakes only
    findings = lazy_module("...findings", __package__)
    screens = lazy_module("..showing.screens", __package__)

_FIELDS: Final = (
    *("id", "severity", "sentence", "paths", "advice", "documentation"),
    *("status", "exit_code", "package"),
)

_NAME_OF_STATUS: Final = {known.status: name for name, known in ERRORS.items() if known.status}


def _complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    names = (*(rule.id for rule in findings.Rule), *_NAME_OF_STATUS, *ERRORS)
    return [name for name in names if name.lower().startswith(incomplete.lower())]


def _find(_: click.Context, __: click.Parameter, text: str) -> "findings.Rule | str":
    """Return the rule of a finding, or the name of an error."""
    subjects: dict[str, findings.Rule | str] = {rule.id: rule for rule in findings.Rule}
    for status, name in _NAME_OF_STATUS.items():
        subjects[status.lower().replace("_", "-")] = name
    subjects |= {name.lower(): name for name in ERRORS}
    key = text.strip().lower().replace("_", "-")
    if key in subjects:
        return subjects[key]
    similar = difflib.get_close_matches(key, subjects)
    if not similar and key:
        similar = [it for it in subjects if key in it]
    found = (subjects[it] for it in similar[:3])
    names = dict.fromkeys(it if isinstance(it, str) else it.id for it in found)
    hint = f"did you mean {' or '.join(names)}?" if names else "`check` prints the IDs of findings"
    raise click.BadParameter(f"no finding or error is called {text!r}; {hint}")


@click.command()
@click.argument("subject", metavar="NAME", callback=_find, shell_complete=_complete)
@output_options(fields=_FIELDS, is_list=False, has_header=False)
@global_options(*OFFLINE_OPTIONS)
def explain(output: Output, *, subject: "findings.Rule | str") -> None:
    """Explain a finding or an error: what it means, and what to do.

    NAME is the ID of a finding, the status of a call such as NOT_FOUND, or the name of an error of
    Python such as EntityNotFound.

    `assets-cli check` prints the IDs of findings in its last table, and as `rule` in JSON.
    """
    is_card = output.is_table and output.fields is None
    if isinstance(subject, str):
        output.show(error_row(subject), (lambda: screens.error_card) if is_card else None)
    else:
        screen = (lambda: lambda _: screens.rule_card(subject)) if is_card else None
        output.show(_rule(subject), screen)


def _rule(rule: "findings.Rule") -> dict[str, Any]:
    return {
        "id": rule.id,
        "severity": rule.severity.value,
        "sentence": rule.outline,
        "paths": rule.paths,
        "advice": rule.advice,
        "documentation": rule.page,
    }


def error_row(name: str) -> dict[str, Any]:
    """Return what is known of an error, by the names of the fields."""
    known = ERRORS[name]
    return {
        "id": name,
        "sentence": known.meaning,
        "advice": known.advice,
        "documentation": page_of_error(known.status or name),
        "status": known.status,
        "exit_code": int(known.exit_code),
        "package": f"frequenz.client.assets.{known.package}",
    }
