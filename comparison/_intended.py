"""The differences that are meant to be, each with its reason; any other one is a fault."""

from collections.abc import Mapping
from typing import Final

INTENDED: Final[Mapping[str, str]] = {
    "component.model": "the API's successor of manufacturer and model_name",
    "component.product": "what device it is, in whichever of the fields the server says it",
    "component.accepts_control()": "asked for by frequenz-microgrid-component-graph",
    "component.provides_telemetry()": "asked for by frequenz-microgrid-component-graph",
    "component.is_operational_at()": "as the connection has it; saves the way by the lifetime",
    "component.is_operational_now()": "as the connection has it; saves the way by the lifetime",
    "component.repr()": "what equals its default is left out",
}
"""What differs, kind of item and field, and why."""
