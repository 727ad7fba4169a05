"""Blocking versions of the client and of functions that take one, made from those."""

import atexit
import inspect
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from functools import update_wrapper, wraps
from types import GenericAlias, TracebackType
from typing import Any, Final, Self, get_args, get_origin

from . import _client, _fork, _portal

_AsyncClient: Final = _client.AssetsApiClient

ONLY_ASYNCHRONOUS: Final = ("channel", "stub")
"""Properties that can be used in the background thread only."""

_WORDS: Final = (
    ("an asynchronous context manager", "a context manager"),
    ("async with ", "with "),
    ("await ", ""),
    ("contextlib.aclosing", "contextlib.closing"),
)


_PLAIN_ITERATORS: Final[dict[Any, Callable[..., Any]]] = {
    AsyncIterator: lambda item: GenericAlias(Iterator, item),
    AsyncGenerator: lambda item, _: GenericAlias(Generator, (item, None, None)),
}


def blocking_text(text: str) -> str:
    """Return the docstring of something asynchronous, for its blocking version."""
    for asynchronous, plain in _WORDS:
        text = text.replace(asynchronous, plain)
    return text


def make_blocking(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the blocking version of an asynchronous function or generator.

    It takes a blocking client where the other takes a client.

    Args:
        function: A coroutine function, or one that is annotated to return an asynchronous iterator.
    """
    signature = inspect.signature(function)
    returned = signature.return_annotation
    if get_origin(returned) in _PLAIN_ITERATORS:
        through_portal = _through(_portal.iterate, function)
        returned = _PLAIN_ITERATORS[get_origin(returned)](*get_args(returned))
    else:
        through_portal = _through(_portal.run, function)
    parameters = signature.parameters
    clients = [name for name in parameters if parameters[name].annotation is _AsyncClient]

    @wraps(through_portal)
    def blocking(*arguments: Any, **named: Any) -> Any:
        given = signature.bind(*arguments, **named).arguments
        for name in clients:
            _check_blocking(name, given[name])
        return through_portal(*arguments, **named)

    blocking_parameters = [
        it.replace(annotation=AssetsApiClient) if name in clients else it
        for name, it in parameters.items()
    ]
    vars(blocking)["__signature__"] = inspect.Signature(
        blocking_parameters, return_annotation=returned
    )
    return blocking


def _check_blocking(name: str, client: Any) -> None:
    """Raise a TypeError unless an argument is a blocking client, or a wrapper of one."""
    if _asynchronous(client) is client:
        raise TypeError(
            f"{name}: expected an AssetsApiClient of `frequenz.client.assets.blocking`, got"
            f" {client!r}; for an asynchronous client use the function of"
            " `frequenz.client.assets.fleet`"
        )


def _through(
    run_or_iterate: Callable[..., Any], function: Callable[..., Any]
) -> Callable[..., Any]:
    """Return a function that calls an asynchronous one through the portal."""

    @wraps(function)
    def blocking(*arguments: Any, **named: Any) -> Any:
        return run_or_iterate(
            function,
            *map(_asynchronous, arguments),
            **{name: _asynchronous(value) for name, value in named.items()},
        )

    blocking.__doc__ = blocking_text(function.__doc__ or "")
    return blocking


class AssetsApiClient:
    __doc__ = blocking_text(_AsyncClient.__doc__ or "")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Take the arguments of the asynchronous client."""
        self._client = _AsyncClient(*arguments, **named)
        # Notebooks and scripts rarely close their clients.
        weakref.finalize(self, _disconnect_later, self._client).atexit = False
        _clients.add(self)

    def __enter__(self) -> Self:
        """Connect if necessary."""
        _portal.run(self._client.__aenter__)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect; calls in flight raise ClientDisconnected."""
        _portal.run(self._client.__aexit__, kind, error, traceback)


_clients: "weakref.WeakSet[AssetsApiClient]" = weakref.WeakSet()


def _disconnect_later(client: _client.AssetsApiClient) -> None:
    if not _fork.is_unusable():
        _portal.clean_up(client.disconnect)


def _at_exit() -> None:
    for client in [*_clients]:
        _disconnect_later(client._client)


atexit.register(_at_exit)  # after that of the background thread, so that it runs before it


def _asynchronous(value: Any) -> Any:
    """Return the asynchronous client of a blocking one or its wrapper; anything else as it is."""
    client = getattr(value, "_client", None)
    return client if isinstance(client, _AsyncClient) else value


def _member(name: str) -> Any:
    """Return the blocking version of a member of the client."""
    found = inspect.getattr_static(_AsyncClient, name)
    if isinstance(found, property):
        return _property(name, found.__doc__)
    if isinstance(found, classmethod):
        return found  # it makes an object of whichever class it is called on
    if inspect.iscoroutinefunction(found):
        return _through(_portal.run, found)

    @wraps(found)
    async def in_background(*arguments: Any, **named: Any) -> Any:
        return found(*arguments, **named)

    return _through(_portal.run, in_background)


def _property(name: str, doc: str | None) -> property:
    def get(self: AssetsApiClient) -> Any:
        if name in ONLY_ASYNCHRONOUS:
            raise AttributeError(
                f"A blocking client has no {name!r}, which works in asynchronous code only;"
                " use frequenz.client.assets.AssetsApiClient"
            )
        return getattr(self._client, name)

    return property(get, doc=doc)


update_wrapper(AssetsApiClient.__init__, _AsyncClient.__init__)
AssetsApiClient.__module__ = f"{__package__}.blocking"
for _name in dir(_AsyncClient):
    if not _name.startswith("_"):
        setattr(AssetsApiClient, _name, _member(_name))
