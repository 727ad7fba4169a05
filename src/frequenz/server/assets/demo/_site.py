"""What the tour shows of a site."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from frequenz.client.common.microgrid import MicrogridId
from rich.console import Group, RenderableType
from rich.text import Text

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.cli.asking.formulas import GraphError, generate_formulas
from frequenz.client.assets.cli.asking.site import Site
from frequenz.client.assets.cli.showing.screens import (
    ComponentTree,
    components_table,
    findings_table,
    formulas_table,
    microgrid_card,
)
from frequenz.client.assets.exceptions import ValidationError
from frequenz.client.assets.inventory import Checked


def site_screen(
    site: Site, findings: Sequence[Checked] = (), errors: Sequence[ValidationError] = ()
) -> RenderableType:
    """Return a site with its formulas, findings and errors."""
    parts: list[RenderableType] = [
        microgrid_card(site),
        _section("Components", components_table(site.components)),
        _section("Component graph", ComponentTree(site, datetime.now(UTC))),
        _section("Power formulas (frequenz-microgrid-component-graph)", _formulas(site)),
    ]
    if findings:
        parts.append(_section("Findings", findings_table(findings)))
    if errors:
        parts.append(_section("With raise_on_errors=True the client raises", _error_lines(errors)))
    return Group(*parts)


def _section(heading: str, body: RenderableType) -> Group:
    return Group(Text(f"\n{heading}", "italic"), body)


def _formulas(site: Site) -> RenderableType:
    try:
        return formulas_table(generate_formulas(site.components, site.connections))
    except GraphError as error:
        return Text(f"none: {error}", "bold red")


def _error_lines(errors: Sequence[ValidationError]) -> Text:
    lines = (Text.assemble((f"{type(error).__name__}: ", "bold"), str(error)) for error in errors)
    return Text("\n").join(lines)


async def collect_errors(
    client: AssetsApiClient, microgrid_id: MicrogridId
) -> list[ValidationError]:
    """Return the errors that calls for a microgrid raise with `raise_on_errors`."""
    errors: list[ValidationError] = []
    try:
        await client.get_microgrid(microgrid_id, raise_on_errors=True)
    except ValidationError as error:
        errors.append(error)
    for call in (
        client.list_microgrid_electrical_components,
        client.list_microgrid_electrical_component_connections,
    ):
        try:
            await call(microgrid_id, raise_on_errors=True)
        except* ValidationError as group:
            errors.extend(_flat(group))
    return errors


def _flat(group: BaseExceptionGroup[ValidationError]) -> Iterator[ValidationError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _flat(error)
        else:
            yield error
