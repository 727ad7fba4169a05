"""Files with the keys of callers, for servers that check them."""

import base64
import secrets
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import grpc
import grpc.aio
from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.inventory import Inventory, Site
from frequenz.server.assets import AssetsServer, ServerSettings
from frequenz.server.assets._callers.key_file import KeyFile
from frequenz.server.assets._callers.keys import Key, NewKey
from frequenz.server.assets._callers.secret_box import SecretBox

from ..unit.server.calls import metadata, signed
from .fleets import component, connection
from .raw import SERVICE
from .servers import raw_channel

OURS: Final = 7
"""The enterprise that calls."""

THEIRS: Final = 8


class KeyFolder:
    """A folder with a file of keys and the key that encrypts it."""

    def __init__(self, folder: Path) -> None:
        self.keys = folder / "keys.toml"
        self.encryption_key = folder / "encryption.key"
        self.file = KeyFile(self.keys, SecretBox.open(self.encryption_key, create=True))

    def add(self, new: NewKey) -> NewKey:
        self.file.change(lambda keys: (*keys, new.key))
        return new

    def replace(self, keys: Iterable[Key]) -> None:
        self.file.change(lambda _: tuple(keys))

    def settings(self, **others: Any) -> ServerSettings:
        files = {"keys": self.keys, "encryption_key": self.encryption_key}
        return ServerSettings(**files | others)


def client_of(server: AssetsServer | str, new: NewKey, **options: Any) -> AssetsApiClient:
    """Return a client that calls with a key."""
    url = server if isinstance(server, str) else server.url
    return AssetsApiClient(url, auth_key=new.text, sign_secret=new.secret, **options)


def _site(number: int, enterprise: int) -> Site:
    microgrid = microgrid_pb2.Microgrid(
        id=number,
        enterprise_id=enterprise,
        name=f"Site {number}",
        status=microgrid_pb2.MICROGRID_STATUS_ACTIVE,
    )
    return Site(microgrid, (component(1), component(2)), (connection(1, 2),))


def _relation(**fields: Any) -> platformassets_pb2.MarketTopologyRelation:
    return platformassets_pb2.MarketTopologyRelation(**fields)


_schedule = partial(platformassets_pb2.GridpoolEnergySchedule)

TWO_ENTERPRISES: Final = Inventory(
    sites=(_site(1, OURS), _site(2, THEIRS), _site(3, OURS), _site(4, 0)),
    gridpools=tuple(gridpool_pb2.Gridpool(id=number, name=f"Pool {number}") for number in (5, 6)),
    energy_schedules=(
        _schedule(gridpool_id=5, schedule_id=50),
        _schedule(gridpool_id=6, schedule_id=60),
    ),
    market_topology=(
        _relation(gridpool_id=5, microgrid_id=1),
        _relation(gridpool_id=5, microgrid_id=2),
        _relation(gridpool_id=6, microgrid_id=1),
        _relation(gridpool_id=6, microgrid_id=2),
        _relation(gridpool_id=5),
        _relation(gridpool_id=6),
        _relation(microgrid_id=3),
        _relation(microgrid_id=2),
        _relation(),
    ),
)
"""Microgrids 1 and 3 and gridpool 5 are ours, 2 and 6 are theirs, and 4 is nobody's."""


class Answer(NamedTuple):
    """Everything that a caller can see of an answer but its time."""

    status: grpc.StatusCode
    details: str
    reply: bytes
    trailing: tuple[tuple[str, Any], ...]


async def answer(
    server: AssetsServer | str,
    call: str,
    data: bytes = b"",
    sent: Iterable[tuple[str, str]] = (),
    service: str = SERVICE,
) -> Answer:
    """Make a call without the client, and return all that comes back."""
    async with raw_channel(server) as channel:
        method: Any = channel.unary_unary(f"/{service}/{call}")
        made = method(data, metadata=tuple(sent), timeout=10)
        try:
            reply = await made
        except grpc.aio.AioRpcError:
            reply = b""
        trailing = tuple((key, value) for key, value in await made.trailing_metadata())
        return Answer(await made.code(), await made.details(), reply, trailing)


def now() -> int:
    """Return the time, in s since 1970."""
    return int(time.time())


def sent_by(new: NewKey, method: str, **other: Any) -> list[tuple[str, str]]:
    """Return the metadata of a signed call, with a nonce of its own unless one is given."""
    nonce = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode()
    values: dict[str, Any] = {"method": method, "time": now(), "nonce": nonce} | other
    return metadata(signed(new.text, str(new.secret), **values))
