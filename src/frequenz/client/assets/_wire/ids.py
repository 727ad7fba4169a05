"""Typed ids from their numbers, without the cost of the constructor.

The numbers come from unsigned fields, so there is nothing that the constructor could refuse; it
takes three times as long as the rest of the work here. A test compares with the constructor.
"""

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from .shared import Shared

_new = object.__new__
_microgrids: Shared[int, MicrogridId] = Shared()


def component_id(number: int) -> ElectricalComponentId:
    """Return the id of an electrical component."""
    made = _new(ElectricalComponentId)
    made._id = number
    return made


def microgrid_id(number: int) -> MicrogridId:
    """Return the id of a microgrid: the same object for the many entities that name it."""
    return _microgrids.get(number) or _microgrids.keep(number, MicrogridId(number))
