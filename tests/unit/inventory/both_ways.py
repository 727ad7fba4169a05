"""Reading a text with the fast reader and with the careful one, which must not differ."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec
from unittest.mock import patch

from frequenz.client.assets.inventory import Inventory, InventoryFileError, _reading
from frequenz.client.assets.inventory._fast_readers import UnusualError
from frequenz.client.assets.inventory._packed import Packed

from ..inventory_messages import contents

P = ParamSpec("P")


def _nothing(*_: object, **__: object) -> Iterator[Packed]:
    """Leave everything to the careful reader."""
    raise UnusualError
    yield


def outcome(read: Callable[[], Inventory]) -> object:
    """Return what is read, down to the bytes, or the problems."""
    try:
        return contents(read())
    except InventoryFileError as error:
        return str(error), error.problems, error.total


def careful_outcome(read: Callable[[], Inventory]) -> object:
    """Return the same by the careful reader alone."""
    with patch.object(_reading, "parts_of", _nothing):
        return outcome(read)


def compared(reader: Callable[P, Inventory]) -> Callable[P, Inventory]:
    """Return a reader that checks that both ways of reading come to the same."""

    @wraps(reader)
    def read(*args: P.args, **kwargs: P.kwargs) -> Inventory:
        def call() -> Inventory:
            return reader(*args, **kwargs)

        assert outcome(call) == careful_outcome(call)
        return call()

    return read
