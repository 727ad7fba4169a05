"""The arguments that several functions have, and how they are checked."""

from collections.abc import Callable, Iterable
from typing import Any, Final, SupportsIndex, TypeAlias, get_args

from frequenz.client.common.microgrid import MicrogridId

from .._client import AssetsApiClient
from .._wire import requests
from ._parts import ALL, FailedPart, ListName

MicrogridIds: TypeAlias = Iterable[MicrogridId | SupportsIndex]

OnProgress: TypeAlias = Callable[[int, int], None]
"""Gets how many parts of the fleet are done, and how many are known so far."""

OnFailure: TypeAlias = Callable[[FailedPart], None]
"""Gets a site that could not be fetched."""

_USED_OF_CLIENT: Final = ("server_url", "_calls", "_policy", "_invalid_reply")
"""The attributes of a client that the calls for a fleet need, which return bytes."""


def check_client(client: AssetsApiClient) -> None:
    """Raise a TypeError unless a client is an asynchronous one, or wraps one.

    A wrapper must pass on all attributes, as one with `__getattr__` does.
    """
    if not all(hasattr(client, name) for name in _USED_OF_CLIENT):
        raise TypeError(
            f"client: expected an AssetsApiClient, got {client!r}; for a blocking client use the"
            " function of `frequenz.client.assets.blocking`"
        )


def check_ids(microgrid_ids: MicrogridIds) -> list[int]:
    """Return IDs as integers, each once.

    Raises:
        TypeError, ValueError: If they are not iterable, or one is no ID.
    """
    if not isinstance(microgrid_ids, Iterable) or isinstance(microgrid_ids, str | bytes):
        raise TypeError(f"microgrid_ids: expected IDs, got {microgrid_ids!r}")
    numbers = (requests.get_microgrid(it).microgrid_id for it in microgrid_ids)
    return list(dict.fromkeys(numbers))


def check_include(include: Iterable[ListName]) -> frozenset[ListName]:
    """Return the names of the lists to fetch.

    Raises:
        TypeError: If they are one text, or not iterable.
        ValueError: If there is no such list.
    """
    expected = ", ".join(get_args(ListName))
    if isinstance(include, str) or not isinstance(include, Iterable):
        raise TypeError(f"include: expected a set of names ({expected}), got {include!r}")
    names = [*include]
    if unknown := [name for name in names if not isinstance(name, str) or name not in ALL]:
        got = ", ".join(sorted(map(repr, unknown)))
        raise ValueError(f"include: expected some of {expected}, got {got}")
    return frozenset(names)


def check_concurrency(concurrency: int) -> int:
    """Return how many items are to be in progress at any time.

    Raises:
        TypeError: If it is not an integer.
        ValueError: If it is below 1.
    """
    if not isinstance(concurrency, int) or isinstance(concurrency, bool):
        raise TypeError(f"concurrency: expected an integer, got {concurrency!r}")
    if concurrency < 1:
        raise ValueError(f"concurrency: expected 1 or more, got {concurrency}")
    return concurrency


def check_callbacks(**callbacks: Callable[..., Any] | None) -> None:
    """Raise a TypeError if an argument, given by its name, is neither a function nor None."""
    for name, callback in callbacks.items():
        if callback is not None and not callable(callback):
            raise TypeError(f"{name}: expected a function or None, got {callback!r}")
