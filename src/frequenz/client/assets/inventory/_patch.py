"""Making the differences between two inventories in one of them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple, get_args

from .._wire.entities import OF_MARKET, OF_SITE, name_of
from ._codecs import Codec
from ._diff import (
    Change,
    Difference,
    Parts,
    codecs_of_site,
    hashable,
    joined,
    origin_of,
    parts_of,
    path_of,
)
from ._files import to_json
from ._identity import KEYS
from ._inventory import Inventory, Site, with_microgrid
from ._keys import MARKET, MICROGRID, SITE, VERSION
from ._problems import InventoryFileError, shortened
from ._reading import parse_text


class DifferenceError(ValueError):
    """A difference cannot be made in an inventory."""

    def __init__(self, microgrid_id: int | None, entity: str, path: str, sentence: str) -> None:
        """Create an error.

        Args:
            microgrid_id: As in the `Difference`.
            entity: As in the `Difference`.
            path: The field; empty = the entity.
            sentence: What is wrong, and what was expected.
        """
        super().__init__(microgrid_id, entity, path, sentence)
        self.microgrid_id = microgrid_id
        self.entity = entity
        self.path = path
        self.sentence = sentence

    def __str__(self) -> str:
        """Return the entity, the path and the sentence."""
        path = f"{self.path}: " if self.path else ""
        return f"{with_microgrid(self.microgrid_id, self.entity)}: {path}{self.sentence}"


class ConflictError(DifferenceError):
    """The inventory has something else than the difference expects; it may have changed since."""


def patch(before: Inventory, differences: Iterable[Difference]) -> Inventory:
    """Return an inventory with differences made: `patch(a, diff(a, b))` has what `b` has.

    Fields that no difference names can have any values. New entities come at the end.

    Args:
        before: The inventory, which stays as it is.
        differences: Those of `diff`, or others. Only those of `diff` can be about one of several
            entities with the same name.

    Raises:
        ConflictError: If an entity or a field to remove or to change does not exist or has another
            value than the difference says, or one to add exists.
        DifferenceError: If a field has no such name or value, or several entities are meant.
        TypeError: If a difference is something else.
    """
    of_sites: list[Difference] = []
    within: defaultdict[int, list[Difference]] = defaultdict(list)
    of_market: list[Difference] = []
    indices: defaultdict[int, list[int]] = defaultdict(list)
    for index, site in enumerate(before.sites):
        indices[site.microgrid.id].append(index)
    for difference in differences:
        if not isinstance(difference, Difference):
            raise TypeError(
                f"differences: expected a Difference, got {shortened(repr(difference))}"
            )
        if difference.change not in get_args(Change):
            raise _error(difference, f"unknown change {difference.change!r}")
        if difference.microgrid_id is None:
            of_market.append(difference)
        elif not difference.path and difference.entity == f"microgrid {difference.microgrid_id}":
            of_sites.append(difference)
        else:
            origin, number = origin_of(difference), difference.microgrid_id
            place = None if origin is None else origin.site
            index = _only(difference, indices[number], place, f"microgrid {number}")
            within[index].append(difference)
    sites = list(before.sites)
    for index, found in within.items():
        sites[index] = _patched_site(sites[index], found)
    return replace(
        before,
        sites=tuple(_patched_list(_SITES, sites, of_sites)),
        **_patched_lists(_MARKET_LISTS, before, of_market),
    )


# Entities -----------------------------------------------------------------------------------------


class _List(NamedTuple):
    """A list of entities of one kind, or of sites."""

    key: str
    """Its key in `KEYS`."""

    codec: Codec
    to_file: Callable[[Any], dict[str, Any]]
    """Returns the plain data of a file that has only one entity, given that of the entity."""

    from_file: Callable[[Inventory], Any]
    """Returns the only entity of a file."""

    message_of: Callable[[Any], Any] = lambda entity: entity

    def read(self, difference: Difference, data: Any) -> Any:
        """Return the entity that a difference leads to.

        Raises:
            DifferenceError: If the plain data is not that of such an entity.
        """
        try:
            text = to_json({"version": VERSION, **self.to_file(data)})
            entity = self.from_file(parse_text(text, name="", file_format="json"))
        except InventoryFileError as error:
            problem = error.problems[0]
            path = _PATH_IN_FILE.sub("", problem.path)
            raise _error(difference, problem.sentence, path=path) from error
        except (TypeError, ValueError, RecursionError) as error:
            raise _error(difference, f"expected plain data: {error}") from error
        name = name_of(self.message_of(entity))
        if name != difference.entity:
            raise _error(difference, f"expected data of {difference.entity}, got data of {name}")
        return entity


_PATH_IN_FILE: Final = re.compile(r"^(\w+\[0\]\.?){1,2}")
"""The entity in the path of a problem."""


_SITES: Final = _List(
    "sites",
    SITE,
    lambda data: {"microgrids": [data]},
    lambda found: found.sites[0],
    lambda site: site.microgrid,
)
_MICROGRIDS: Final = _List(
    "sites",
    MICROGRID,
    lambda data: {"microgrids": [data]},
    lambda found: found.sites[0].microgrid,
)


def _list_of(key: str, codec: Codec, microgrid_id: int | None = None) -> _List:
    """Return a list of a site, or of the market."""

    def to_file(data: Any) -> dict[str, Any]:
        content = {key: [data]}
        return (
            content if microgrid_id is None else {"microgrids": [{"id": microgrid_id, **content}]}
        )

    def from_file(found: Inventory) -> Any:
        (entity,) = getattr(found if microgrid_id is None else found.sites[0], key)
        return entity

    return _List(key, codec, to_file, from_file)


_MARKET_LISTS: Final = [_list_of(key, codec) for key, codec in MARKET.codecs.items()]


def _lists_of_site(microgrid_id: int) -> list[_List]:
    return [
        _list_of(key, codec, microgrid_id) for key, codec in codecs_of_site(microgrid_id).items()
    ]


_KINDS: Final = {
    entity.name_of(entity.message()).split()[0]: entity.inventory_list
    for entity in (*OF_SITE, *OF_MARKET)
}
"""The first word of the name of an entity -> the list that has it."""


def _patched_site(site: Site, differences: Sequence[Difference]) -> Site:
    number = site.microgrid.id
    own = [it for it in differences if it.entity == f"microgrid {number}"]
    others = [it for it in differences if it.entity != f"microgrid {number}"]
    (microgrid,) = _patched_list(_MICROGRIDS, [site.microgrid], own)
    lists = _patched_lists(_lists_of_site(number), site, others)
    return replace(site, microgrid=microgrid, **lists)


def _patched_lists(
    lists: Iterable[_List], owner: Site | Inventory, differences: Iterable[Difference]
) -> dict[str, tuple[Any, ...]]:
    """Return the lists of a site or an inventory that differences change, by key."""
    known = {it.key: it for it in lists}
    by_key: defaultdict[str, list[Difference]] = defaultdict(list)
    for difference in differences:
        key = _KINDS.get(difference.entity.split(" ")[0])
        if key not in known:
            words = ", ".join(word for word, key in _KINDS.items() if key in known)
            raise _error(difference, f"unknown kind of entity; expected one of {words}")
        by_key[key].append(difference)
    return {
        key: tuple(_patched_list(known[key], getattr(owner, key), found))
        for key, found in by_key.items()
    }


def _patched_list(
    list_: _List, entities: Sequence[Any], differences: Sequence[Difference]
) -> list[Any]:
    """Return the entities of a list with differences made in some, and new ones at the end."""
    named = {it.entity for it in differences}
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    for index, entity in enumerate(entities) if named else ():
        name = name_of(list_.message_of(entity))
        if name in named:
            by_name[name].append(index)
    changes: defaultdict[int, list[Difference]] = defaultdict(list)
    added = []
    for difference in differences:
        origin = origin_of(difference)
        indices = [
            index
            for index in by_name[difference.entity]
            if origin is None or KEYS[list_.key](list_.message_of(entities[index])) == origin.key
        ]
        if difference.change == "added" and not difference.path:
            if len(indices) != (0 if origin is None else origin.occurrence):
                raise _conflict(difference, "exists already")
            added.append(list_.read(difference, difference.after))
        else:
            place = None if origin is None else origin.occurrence
            changes[_only(difference, indices, place, difference.entity)].append(difference)
    patched = []
    for index, entity in enumerate(entities):
        found = changes.get(index)
        if not found:
            patched.append(entity)
            continue
        data = _patched_data("", list_.codec.write(entity), [_Step.of(it) for it in found])
        if data is not _MISSING:
            patched.append(list_.read(found[0], data))
    return patched + added


def _only(difference: Difference, indices: Sequence[int], place: int | None, name: str) -> int:
    """Return the index of the entity that is meant.

    Args:
        difference: What is about it.
        indices: Those of the entities with the same name.
        place: Which of them it is, if known.
        name: Their name.
    """
    if place is None and len(indices) > 1:
        raise _error(difference, f"ambiguous; {len(indices)} have the name {name}")
    if (place or 0) >= len(indices):
        raise _conflict(difference, f"there is no {name}")
    return indices[place or 0]


def _error(difference: Difference, sentence: str, *, path: str | None = None) -> DifferenceError:
    path = difference.path if path is None else path
    return DifferenceError(difference.microgrid_id, difference.entity, path, sentence)


def _conflict(difference: Difference, sentence: str) -> ConflictError:
    return ConflictError(difference.microgrid_id, difference.entity, difference.path, sentence)


# Fields -------------------------------------------------------------------------------------------


class _Missing:
    """What a field that does not exist has instead of a value: null is one."""


_MISSING: Final = _Missing()

_KEY: Final = re.compile(r"\[[^\]]*\]|[^.\[\]]+")
"""A part of a path: a key, or the label of an item of a list."""


class _Step(NamedTuple):
    """A difference, and the part of its path that is yet to go."""

    difference: Difference
    keys: Sequence[str]

    @classmethod
    def of(cls, difference: Difference) -> "_Step":
        """Return the first step."""
        return cls(difference, _KEY.findall(difference.path))


def _patched_data(path: str, found: Any, steps: Sequence[_Step]) -> Any:
    """Return plain data with differences made in it."""
    for difference, keys in steps:
        if not keys:
            if path != difference.path:
                raise _error(difference, "invalid path")
            if len(steps) > 1:
                raise _error(difference, "given twice; expected each field in one difference")
            return _replaced(found, difference)
    parts = parts_of(path, found)
    if parts is None:
        sentence = "does not exist" if found is _MISSING else "can only be changed as a whole"
        raise _conflict(steps[0].difference, f"{path} {sentence}")
    by_key: defaultdict[str, list[_Step]] = defaultdict(list)
    for difference, (key, *rest) in steps:
        by_key[key].append(_Step(difference, rest))
    after: Parts = dict(parts)
    for key, group in by_key.items():
        value = _patched_data(path_of(path, key), parts.get(key, _MISSING), group)
        if value is _MISSING:
            del after[key]
        else:
            after[key] = value
    return joined(path, parts, after)


def _replaced(found: Any, difference: Difference) -> Any:
    """Return the value that a difference gives a field."""
    expected = _MISSING if difference.change == "added" else difference.before
    # Python's -1 equals -1.0, and a NaN equals nothing.
    if found != expected and hashable(found) != hashable(expected):
        raise _conflict(difference, f"expected {_shown(expected)}, got {_shown(found)}")
    return _MISSING if difference.change == "removed" else difference.after


def _shown(data: Any) -> str:
    return "nothing" if data is _MISSING else shortened(to_json(data).rstrip())
