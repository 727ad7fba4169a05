"""The servers that are attacked, as processes, and signed calls without a client."""

import asyncio
import hmac
import os
import secrets
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import grpc
import grpc.aio
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2

from frequenz.client.assets import inventory
from frequenz.client.assets._wire.requests import SERVICE
from frequenz.client.assets.inventory import Inventory, Site
from frequenz.client.assets.testing._proxy import LOOPBACK
from frequenz.server.assets._callers.key_file import KeyFile
from frequenz.server.assets._callers.keys import NewKey, new_key
from frequenz.server.assets._callers.secret_box import SecretBox

Metadata: TypeAlias = tuple[tuple[str, str], ...]

OURS: Final = 7
THEIRS: Final = 8
GRIDPOOL: Final = 5
START_SECONDS: Final = 30.0
_COMMAND: Final = Path(sys.executable).parent / "assets-server"


def fleet(sites: int, name_bytes: int = 0) -> Inventory:
    """Return a fleet: odd microgrids are ours, even ones theirs; their names have a length."""
    return Inventory(
        tuple(
            Site(
                microgrid_pb2.Microgrid(
                    id=number,
                    enterprise_id=OURS if number % 2 else THEIRS,
                    name=f"Site {number}".ljust(name_bytes, "."),
                )
            )
            for number in range(1, sites + 1)
        )
    )


@dataclass(frozen=True)
class Files:
    """A folder with a fleet, keys and the key that encrypts them."""

    folder: Path
    fleet: Path
    store: KeyFile

    @classmethod
    def create(cls, folder: Path, served: Inventory) -> "Files":
        """Write a fleet; there are no keys yet."""
        path = folder / "fleet.jsonl"
        inventory.write(served, path)
        box = SecretBox.open(folder / "encryption.key", create=True)
        return cls(folder, path, KeyFile(folder / "keys.toml", box))

    def add_keys(self, count: int, enterprise: int = OURS) -> list[NewKey]:
        """Add keys of an enterprise."""
        added = [new_key(enterprise, [GRIDPOOL]) for _ in range(count)]
        self.store.change(lambda keys: (*keys, *(new.key for new in added)))
        return added

    @property
    def options(self) -> tuple[str, ...]:
        """The options of a server with these keys."""
        folder = self.folder
        return f"--keys={folder / 'keys.toml'}", f"--encryption-key={folder / 'encryption.key'}"


@dataclass
class Target:
    """A server, in a process of its own."""

    process: Process
    port: int
    log: Path = field(default_factory=Path)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def memory(self) -> int:
        """What it has of the memory of the machine, in bytes."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self.process.returncode is None

    async def stop(self) -> int:
        """End it as a service manager does; return the exit code."""
        if self.is_running:
            self.process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.process.wait(), START_SECONDS)
        except TimeoutError:
            self.process.kill()
            return await self.process.wait()


async def start(files: Files, *options: str, port: int = 0) -> Target:
    """Start a server of a fleet; what it writes to standard error goes to a file."""
    log = files.folder / f"server-{secrets.token_hex(4)}.log"
    arguments = ("serve", str(files.fleet), f"--port={port}", *options)
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            _COMMAND, *arguments, stdin=DEVNULL, stdout=PIPE, stderr=stderr
        )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), START_SECONDS)).decode()
    if not line.startswith("grpc://"):
        await process.wait()
        raise RuntimeError(log.read_text(encoding="utf-8"))
    return Target(process, int(line.rpartition(":")[2].partition("?")[0]), log)


@asynccontextmanager
async def serving(files: Files, *options: str) -> AsyncIterator[Target]:
    """Serve a fleet."""
    target = await start(files, *options)
    try:
        yield target
    finally:
        await target.stop()


def signed(
    key: str,
    secret: str | None,
    method: str,
    *,
    moment: int | None = None,
    nonce: str | None = None,
) -> Metadata:
    """Return the metadata of a signed call, as `docs/security.md` describes it."""
    ts = str(int(time.time()) if moment is None else moment)
    nonce = urlsafe_b64encode(secrets.token_bytes(16)).decode() if nonce is None else nonce
    digest = hmac.digest((secret or "").encode(), f"{key}{ts}{nonce}{method}".encode(), "sha256")
    sig = urlsafe_b64encode(digest).rstrip(b"=").decode()
    return (("key", key), ("ts", ts), ("nonce", nonce), ("sig", sig))


class Callers:
    """Channels to servers, used in turns."""

    def __init__(self, addresses: Iterable[str], channels_each: int = 4) -> None:
        """Make channels, which share no connection."""
        self._methods: dict[str, list[Any]] = {}
        self._stack = AsyncExitStack()
        self._channels = [
            grpc.aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
            for address in addresses
            for _ in range(channels_each)
        ]

    async def call(
        self, index: int, method: str, data: bytes, metadata: Metadata, timeout: float = 30
    ) -> tuple[grpc.StatusCode, str, bytes]:
        """Make a call; return its status, details and reply."""
        methods = self._methods.setdefault(
            method, [it.unary_unary(f"/{SERVICE}/{method}") for it in self._channels]
        )
        made = methods[index % len(methods)](data, metadata=metadata, timeout=timeout)
        try:
            return grpc.StatusCode.OK, "", await made
        except grpc.aio.AioRpcError as error:
            return error.code(), error.details() or "", b""

    async def close(self) -> None:
        """Close the channels."""
        await asyncio.gather(*(channel.close() for channel in self._channels))


async def in_parallel(count: int, workers: int, make: Any) -> list[Any]:
    """Return the results of a function of a number, called for each below a count."""
    results: list[Any] = [None] * count
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            results[number] = await make(number)

    await asyncio.gather(*(work() for _ in range(min(workers, count))))
    return results


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which a part of the values are."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
