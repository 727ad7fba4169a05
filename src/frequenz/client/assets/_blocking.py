"""Blocking versions of the client and of functions that take one, made from those."""

import atexit
import inspect
import weakref
from collections.abc import Callable, Iterator
from functools import update_wrapper, wraps
from types import GenericAlias, TracebackType
from typing import Any, Final, Self, get_args

from . import _client, _fork, _portal

_ASYNCHRONOUS: Final = ("channel", "stub")
"""Properties that can be used in the background thread only."""

_WORDS: Final = (
    ("an asynchronous context manager", "a context manager"),
    ("async with ", "with "),
    ("await ", ""),
)


def blocking_text(text: str) -> str:
    """Return the docstring of something asynchronous, for its blocking version."""
    for asynchronous, plain in _WORDS:
        text = text.replace(asynchronous, plain)
    return text


def make_blocking(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the blocking version of a function or method that is asynchronous or a generator.

    It has the same parameters, and takes a blocking client where the other takes a client. A plain
    function is called in the background thread.
    """

    async def call(*arguments: Any, **named: Any) -> Any:
        result = function(*arguments, **named)
        return await result if inspect.isawaitable(result) else result

    is_generator = inspect.isasyncgenfunction(function)
    through: Callable[..., Any] = _portal.iterate if is_generator else _portal.run
    target = function if is_generator or inspect.iscoroutinefunction(function) else call

    @wraps(function)
    def blocking(*arguments: Any, **named: Any) -> Any:
        return through(
            target,
            tuple(map(_asynchronous, arguments)),
            {name: _asynchronous(value) for name, value in named.items()},
        )

    blocking.__doc__ = blocking_text(function.__doc__ or "")
    if is_generator:
        signature = inspect.signature(function)
        items = get_args(signature.return_annotation)[:1]
        vars(blocking)["__signature__"] = signature.replace(
            return_annotation=GenericAlias(Iterator, items) if items else Iterator
        )
    return blocking


class AssetsApiClient:
    __doc__ = blocking_text(_client.AssetsApiClient.__doc__ or "")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Take the arguments of the asynchronous client."""
        self._asynchronous = _client.AssetsApiClient(*arguments, **named)
        # Notebooks and scripts rarely close their clients.
        weakref.finalize(self, _disconnect_later, self._asynchronous).atexit = False
        _clients.add(self)

    def __enter__(self) -> Self:
        """Connect if necessary."""
        _portal.run(self._asynchronous.__aenter__, (), {})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect; calls in flight raise ClientDisconnected."""
        _portal.run(self._asynchronous.__aexit__, (kind, error, traceback), {})


_clients: "weakref.WeakSet[AssetsApiClient]" = weakref.WeakSet()


def _disconnect_later(client: _client.AssetsApiClient) -> None:
    if not _fork.is_unusable():
        _portal.run_later(client.disconnect)


def _at_exit() -> None:
    for client in [*_clients]:
        _disconnect_later(client._asynchronous)


atexit.register(_at_exit)  # after that of the background thread, so that it runs before it


def _asynchronous(value: Any) -> Any:
    return value._asynchronous if isinstance(value, AssetsApiClient) else value


def _property(name: str, doc: str | None) -> property:
    def get(self: AssetsApiClient) -> Any:
        if name in _ASYNCHRONOUS:
            raise AttributeError(
                f"A blocking client has no {name!r}, which works in asynchronous code only;"
                " use frequenz.client.assets.AssetsApiClient"
            )
        return getattr(self._asynchronous, name)

    return property(get, doc=doc)


def _member(name: str) -> Any:
    found = inspect.getattr_static(_client.AssetsApiClient, name)
    if isinstance(found, property):
        return _property(name, found.__doc__)
    # A class method makes an object of whichever class it is called on.
    return found if isinstance(found, classmethod) else make_blocking(found)


update_wrapper(AssetsApiClient.__init__, _client.AssetsApiClient.__init__)
AssetsApiClient.__module__ = f"{__package__}.blocking"
for _name in dir(_client.AssetsApiClient):
    if not _name.startswith("_"):
        setattr(AssetsApiClient, _name, _member(_name))
