"""All that the tour shows of a site."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from frequenz.client.common.microgrid import MicrogridId
from rich.console import Group, RenderableType
from rich.text import Text

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.cli.asking.formulas import NoGraphError, formulas
from frequenz.client.assets.cli.asking.site import Site
from frequenz.client.assets.cli.showing.screens import (
    TreeScreen,
    card,
    components_table,
    findings_table,
    formulas_table,
)
from frequenz.client.assets.exceptions import ValidationError
from frequenz.client.assets.inventory import Checked


def site_screen(
    site: Site, findings: Sequence[Checked] = (), errors: Sequence[ValidationError] = ()
) -> RenderableType:
    """Return a site with its formulas, and what is wrong with it."""
    parts: list[RenderableType] = [
        card(site),
        _headed("Components", components_table(site.components)),
        _headed("Component graph", TreeScreen(site, datetime.now(UTC))),
        _headed("Power formulas (frequenz-microgrid-component-graph)", _formulas(site)),
    ]
    if findings:
        parts.append(_headed("Findings", findings_table(findings)))
    if errors:
        parts.append(_headed("With raise_on_errors=True the client raises", _raised(errors)))
    return Group(*parts)


def _headed(heading: str, body: RenderableType) -> Group:
    return Group(Text(f"\n{heading}", "italic"), body)


def _formulas(site: Site) -> RenderableType:
    try:
        return formulas_table(formulas(site.components, site.connections))
    except NoGraphError as refused:
        return Text(f"refused: {refused}", "bold red")


def _raised(errors: Sequence[ValidationError]) -> Text:
    lines = (Text.assemble((f"{type(error).__name__}: ", "bold"), str(error)) for error in errors)
    return Text("\n").join(lines)


async def errors_of(client: AssetsApiClient, microgrid_id: MicrogridId) -> list[ValidationError]:
    """Return what the calls raise when they are asked to raise what is wrong with the data."""
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
