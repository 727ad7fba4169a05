"""The tables of a list, and their columns: one place for reading, writing and the template."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from .._model.microgrid import MicrogridStatus
from .._wire.component_classes import OWN_DATA
from ..electrical_component import ElectricalComponentCategory, ElectricalComponentOperationalMode
from ._cells import Words

CATEGORIES: Final = Words("a category", ElectricalComponentCategory)
MODES: Final = Words("a mode", ElectricalComponentOperationalMode)
STATUSES: Final = Words("a status", MicrogridStatus)
TYPES: Final[Mapping[int, Words]] = {
    category.value: Words(f"a type of {CATEGORIES.text(category.value)}", own.types)
    for category, own in OWN_DATA.items()
    if own.types is not None
}
"""The number of a category -> its types."""


class Column(NamedTuple):
    """A column of a table."""

    header: str
    explanation: str
    words: tuple[str, ...] = ()
    """What its cells can have; any value if empty."""

    is_required: bool = False
    """Whether each row needs a value."""

    is_in_template: bool = True
    """Whether the template has the column; workbooks have another place for it."""


class Table(NamedTuple):
    """A sheet of a workbook; a CSV file is the first one."""

    name: str
    columns: tuple[Column, ...]

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of all columns."""
        return tuple(column.header for column in self.columns)


def _known(words: Words) -> tuple[str, ...]:
    return tuple(it for it in words.listed if it != "unspecified")


_MICROGRID: Final = Column("microgrid", "The ID of the microgrid.", is_required=True)
_ID: Final = Column("id", "The ID, unique in the microgrid.", is_required=True)
_DEVICE: Final = (
    Column("manufacturer", "The manufacturer."),
    Column("model", "The model; without a manufacturer, the name of the product."),
)
_LIFETIME: Final = (
    Column("from", "The day when it became operational, from midnight in UTC; or a time."),
    Column("until", "The day when it stopped, at midnight in UTC; or a time. Empty: in operation."),
)

COMPONENTS: Final = Table(
    "Components",
    (
        _MICROGRID,
        Column(
            "microgrid name",
            "The name of the microgrid, in one of its rows at least; a workbook has the sheet"
            " Microgrids for it.",
            is_in_template=False,
        ),
        _ID,
        Column("name", "The name of the component."),
        Column("category", "What it is.", _known(CATEGORIES), is_required=True),
        Column(
            "type",
            "Of inverters, batteries and EV chargers, which need one.",
            tuple(dict.fromkeys(it for words in TYPES.values() for it in _known(words))),
        ),
        Column(
            "parent",
            "The ID of the component in front, towards the grid; several as 2 + 3. Empty for the"
            " grid connection point.",
        ),
        *_DEVICE,
        Column(
            "rated power kW",
            "One number, 0 or more: what PV, wind turbines and CHP produce, EV chargers and other"
            " loads consume; for batteries (direct current), their inverters and meters in both"
            " directions. Or a range, consumption positive, such as 0 to 160. For power"
            " transformers in kVA, for capacitor banks in kvar.",
        ),
        Column("capacity kWh", "Of batteries."),
        Column("rated fuse current A", "Of grid connection points, per phase."),
        Column("primary voltage V", "Of power transformers, on the side of the grid."),
        Column("secondary voltage V", "Of power transformers, on the side of the microgrid."),
        Column("mode", "Whether it gives telemetry, and takes commands.", _known(MODES)),
        *_LIFETIME,
    ),
)
MICROGRIDS: Final = Table(
    "Microgrids",
    (
        _MICROGRID,
        Column("name", "The name of the microgrid."),
        Column("enterprise", "The ID of the enterprise that it belongs to."),
        Column("status", "Empty: active.", _known(STATUSES)),
        Column("delivery area", "The EIC of the delivery area, such as 10YDE-VE-------2."),
        Column("latitude", "In degrees north of the equator."),
        Column("longitude", "In degrees east of Greenwich."),
        Column("country", "ISO 3166-1 alpha-2, such as DE."),
        Column("created", "The day, or the time, when it was created on the platform."),
    ),
)
SENSORS: Final = Table(
    "Sensors", (_MICROGRID, _ID, Column("name", "The name of the sensor."), *_DEVICE, *_LIFETIME)
)
TABLES: Final = (COMPONENTS, MICROGRIDS, SENSORS)

EXPLANATION: Final = "Explanation"
"""The sheet of the template that is not read; nor is any that begins with the word Notes."""
