"""What makes the tables that are measured, which the published client does not have."""

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.client.assets._wire.reply import Reply
from frequenz.client.assets._wire.varint import write_varint
from frequenz.client.assets.fleet import Tables, fetch_component_tables
from frequenz.client.assets.fleet._replies import SiteReplies
from frequenz.client.assets.fleet._tables import make_tables

from .callers import Client
from .messages import microgrid, reply_of


class TableClient(Client):
    """The client that is installed here; a list of components becomes a table."""

    async def list(self, microgrid_id: int) -> object:
        """List the components of a microgrid as a table."""
        return (await fetch_component_tables(self._client, microgrid_id)).components


def site_replies(size: int, number: int) -> SiteReplies:
    """Return the replies about a site as bytes, given how many components it has, and its ID."""
    message = microgrid(size)
    message.id = number
    components = reply_of("site component", size)
    if number != size:  # written instead of the other one, since making messages takes too long
        old, new = write_varint(size), write_varint(number)
        head, listed = components[: len(old) + 1], components[len(old) + 1 :]
        if len(old) != len(new) or listed.count(b"\x10" + old) != size:
            raise ValueError(f"expected an ID as long as {size}, got {number}")
        components = head.replace(old, new) + listed.replace(b"\x10" + old, b"\x10" + new)
    return SiteReplies(
        number,
        Reply(type(message), message.SerializeToString()),
        Reply(platformassets_pb2.ListMicrogridElectricalComponentsResponse, components),
        Reply(
            platformassets_pb2.ListMicrogridElectricalComponentConnectionsResponse,
            b"\x08" + write_varint(number) + reply_of("site connection", size),
        ),
        None,
    )


def site_tables(size: int) -> Tables:
    """Return the tables of a site with a number of components."""
    return make_tables([site_replies(size, size)])
