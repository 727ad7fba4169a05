"""Inventories and replies with a finding of any rule."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Self

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from .._wire.entities import ENTITIES, Entity
from ..findings._rules import Rule
from ..inventory import Inventory
from ._draft import Draft
from ._names import unknown_name
from ._spoilers import SPOILERS, Place, locate, place_of

_RULES: Final = {rule.id: rule for rule in Rule}
_OF_GRAPH: Final = ("components", "connections")
"""Fields of rules that are no fields of messages."""

_ADVICE: Final = {
    False: "inventories cannot have it; use faults.item of a server",
    True: "clients do not find it in any reply; use spoil, or garbage for texts that are not UTF-8",
}
"""What to use instead, by whether a server should have it."""

_TEXTS: Final = [(Rule.TEXT_MALFORMED, field) for field in Rule.TEXT_MALFORMED.fields]
_DECODED_FOR_TABLES: Final = ("component: ", "sensor: ")

_PLACEHOLDER: Final = "\ue000\ue001\ue000"
_NOT_UTF_8: Final = b"\xff" * len(_PLACEHOLDER.encode())


class Reply(NamedTuple):
    """A reply that is being spoiled."""

    message: Any
    asked_id: int
    """The microgrid or gridpool of the request; 0 if it has none."""

    @property
    def items(self) -> list[Any]:
        """The entities of the reply."""
        field = self.message.DESCRIPTOR.fields[-1]
        value = getattr(self.message, field.name)
        return [*value] if field.is_repeated else [value]


ReplySpoiler = Callable[[Reply, str], None]
"""Changes a reply, given the path of the field."""


def _first_item(spoil: Callable[[Any, str, int], None]) -> ReplySpoiler:
    def change(reply: Reply, path: str) -> None:
        for item in reply.items[:1]:
            spoil(item, path, reply.asked_id)

    return change


def _set_zero(item: Any, path: str, _: int) -> None:
    setattr(item, path, 0)


def _set_other(item: Any, path: str, asked: int) -> None:
    setattr(item, path, asked + 1)


def _set_placeholder(item: Any, path: str, _: int) -> None:
    parent, name = locate(item, path)
    setattr(parent, name, _PLACEHOLDER)


_REPLIES: Final[Mapping[tuple[Rule, str], ReplySpoiler]] = {
    (Rule.MICROGRID_EMPTY, "microgrid: id"): _first_item(lambda item, *_: item.Clear()),
    (Rule.ID_ZERO, "microgrid: id"): _first_item(_set_zero),
    (Rule.ID_ZERO, "gridpool: id"): _first_item(_set_zero),
    (Rule.OWNER_MISSING, "schedule: gridpool_id"): _first_item(_set_zero),
    (Rule.OTHER_OWNER, "schedule: gridpool_id"): _first_item(_set_other),
    (Rule.REPLY_FOR_ANOTHER, "microgrid: id"): _first_item(_set_other),
    **{
        (rule, f"reply: {owner}_id"): spoil
        for owner in ("microgrid", "gridpool")
        for rule, spoil in (
            (
                Rule.REPLY_FOR_ANOTHER,
                lambda reply, path: _set_other(reply.message, path, reply.asked_id),
            ),
            (Rule.REPLY_WITHOUT_ID, lambda reply, path: reply.message.ClearField(path)),
        )
    },
    **dict.fromkeys(_TEXTS, _first_item(_set_placeholder)),
}
"""What is wrong with replies: no server can store it, or finds it in a request for it."""

_OF_GET_MICROGRID: Final = (Rule.REPLY_FOR_ANOTHER, Rule.MICROGRID_EMPTY)
"""The rules that, of the calls with microgrids, only GetMicrogrid shows."""

NOT_STORED: Final = frozenset(
    {
        (Rule.OTHER_OWNER, "schedule: gridpool_id"),
        *((rule, field) for rule in Rule if rule not in SPOILERS for field in rule.fields),
    }
)
"""What inventories cannot have."""

NOT_SERVED: Final = frozenset(
    {
        # Schedules are listed by gridpool.
        (Rule.NO_SUCH_GRIDPOOL, "schedule: gridpool_id"),
        # Clients decode these lists to know what to ask for next, and refuse the whole reply.
        *((rule, field) for rule, field in _TEXTS if not field.startswith(_DECODED_FOR_TABLES)),
    }
)
"""What no reply can have so that a client finds it."""


class Spoil(NamedTuple):
    """A rule that is broken on purpose."""

    rule: Rule
    field: str
    """One of `rule.fields`."""

    microgrid_id: int | None
    """The site; None = the first one."""

    @classmethod
    def of(
        cls,
        rule: Rule | str,
        field: str | None = None,
        microgrid_id: int | None = None,
        *,
        is_served: bool,
    ) -> Self:
        """Return what is to be broken.

        Args:
            rule: The rule, or its ID.
            field: One of its fields; None = the first one that is possible.
            microgrid_id: The site; None = the first one.
            is_served: Whether a server has it, or else an inventory.

        Raises:
            ValueError: If there is no such rule, it does not apply to the field, or servers or
                inventories cannot have it.
        """
        known = rule if isinstance(rule, Rule) else _RULES.get(rule)
        if known is None:
            raise unknown_name("rule", rule, _RULES)
        if field is not None and field not in known.fields:
            raise unknown_name(f"{known.id}: field", field, known.fields)
        wanted = known.fields if field is None else (field,)
        impossible = NOT_SERVED if is_served else NOT_STORED
        possible = [it for it in wanted if (known, it) not in impossible]
        if not possible:
            advice = _ADVICE[is_served]
            raise ValueError(f"{known.id}: {', '.join(wanted)}: {advice}")
        return cls(known, possible[0], microgrid_id)

    def __repr__(self) -> str:
        site = "" if self.microgrid_id is None else f", microgrid_id={self.microgrid_id}"
        return f"item({self.rule.id!r}, {self.field!r}{site})"

    @property
    def is_of_replies(self) -> bool:
        """Whether replies have it, not what is served."""
        return (self.rule, self.field) in _REPLIES

    def shows_in(self, method: str, request: Any, site: int | None) -> bool:
        """Return whether the reply to a request can have the finding.

        Args:
            method: The method.
            request: The request.
            site: The site that is spoiled; None = the one that is asked for.
        """
        asked = getattr(request, "microgrid_id", None if self.is_of_replies else site)
        if site not in (None, asked):
            return False
        noun, path = self.field.split(": ")
        if path in _OF_GRAPH:
            noun = path.removesuffix("s")
        return self._applies(getattr(platformassets_pb2, f"{method}Response")(), noun, path)

    def inventory(self, fleet: Inventory) -> Inventory:
        """Return an inventory with a finding of the rule."""
        draft = Draft(fleet, self.microgrid_id)
        _, path = self.field.split(": ")
        is_list = path in _OF_GRAPH
        place = Place(draft, None, None, "") if is_list else place_of(draft, self.field)
        SPOILERS[self.rule](place)
        return draft.finished()

    def reply(self, method: str, request: Any, reply: bytes) -> bytes:
        """Return a reply to a request with a finding of the rule, if it can have one."""
        if not self.shows_in(method, request, self.microgrid_id):
            return reply
        message = getattr(platformassets_pb2, f"{method}Response").FromString(reply)
        _, path = self.field.split(": ")
        asked = getattr(request, "microgrid_id", 0) or getattr(request, "gridpool_id", 0)
        _REPLIES[self.rule, self.field](Reply(message, asked), path)
        spoiled: bytes = message.SerializeToString()
        return spoiled.replace(_PLACEHOLDER.encode(), _NOT_UTF_8)

    def _applies(self, message: Any, noun: str, path: str) -> bool:
        if noun == "reply":
            return path in message.DESCRIPTOR.fields_by_name
        entity = _entity_in(message)
        is_single: bool = message.DESCRIPTOR.name.startswith("Get")
        if noun == "microgrid" and self.rule in _OF_GET_MICROGRID:
            return is_single
        return entity.noun == noun


def _entity_in(reply: Any) -> Entity[Any]:
    """Return the entity that a reply has."""
    name = reply.DESCRIPTOR.fields[-1].message_type.full_name
    return next(it for message, it in ENTITIES.items() if message.DESCRIPTOR.full_name == name)


def spoil(
    fleet: Inventory, rule: Rule | str, field: str | None = None, *, microgrid_id: int | None = None
) -> Inventory:
    """Return an inventory with a finding of a rule.

    An entity of it is changed, or one is added. Other findings may appear, which follow from it.

    Args:
        fleet: The inventory, with at least one site.
        rule: The rule, or its ID, such as `latitude-out-of-range`.
        field: One of `rule.fields`; None = the first one.
        microgrid_id: The site to change; None = the first one.

    Raises:
        ValueError: If there is no such rule or field, or only replies of a server can have it.
        LookupError: If there is no such site.
    """
    return Spoil.of(rule, field, microgrid_id, is_served=False).inventory(fleet)
