"""Reloads under load, with files that are sometimes broken."""

import asyncio
import random
import re
import signal
from pathlib import Path
from time import monotonic
from typing import Final

import grpc
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.client.assets import inventory

from ..shared.claims import Claims, exactly
from ._target import Callers, Files, Target, fleet, serving, signed

_METHOD: Final = "GetMicrogrid"
_RELOAD_SECONDS: Final = 30.0


async def reloads(count: int, seed: int, folder: Path) -> Claims:
    """Reload a number of times, every tenth time with a broken file.

    The name of the site and the keys change together: whoever comes in with the newest key must see
    its name, and nobody comes in with the key of a broken state.
    """
    chance = random.Random(seed)
    files = Files.create(folder, fleet(1))
    staying, _ = files.add_keys(2)
    data = platformassets_pb2.GetMicrogridRequest(microgrid_id=1).SerializeToString()
    failed = half = not_applied = calls = 0
    stopping = asyncio.Event()
    async with serving(files, *files.options, "--max-calls-per-second=100000") as target:
        callers = Callers([target.address], 2)

        async def load() -> None:
            nonlocal failed, calls
            while not stopping.is_set():
                metadata = signed(staying.text, staying.secret, _METHOD)
                status, _, _ = await callers.call(calls, _METHOD, data, metadata)
                calls += 1
                failed += status is not grpc.StatusCode.OK
                await asyncio.sleep(0.01)

        async def seen(key: str, secret: str | None) -> tuple[grpc.StatusCode, bytes]:
            status, _, reply = await callers.call(0, _METHOD, data, signed(key, secret, _METHOD))
            return status, reply

        loading = [asyncio.create_task(load()) for _ in range(4)]
        name = b"Site 1"
        for number in range(1, count + 1):
            is_broken = number % 10 == 0
            changed = fleet(1)
            changed.sites[0].microgrid.name = f"State {number}"
            inventory.write(changed, files.fleet)
            (newest,) = files.add_keys(1)
            if is_broken:
                _break(files, chance)
            applied = await _reload(target)
            status, reply = await seen(newest.text, newest.secret)
            if is_broken:
                half += status is grpc.StatusCode.OK
                _, reply = await seen(staying.text, staying.secret)
                half += name not in reply
                _mend(files)
            else:
                name = f"State {number}".encode()
                half += status is not grpc.StatusCode.OK or name not in reply
            not_applied += applied is is_broken
            files.store.change(lambda keys: keys[:2])
        stopping.set()
        await asyncio.gather(*loading)
        await callers.close()
    return [
        exactly(f"failed of {calls} calls during {count} reloads", 0, failed),
        exactly("half-applied states", 0, half),
        exactly("broken files used, or good ones not", 0, not_applied),
    ]


def _break(files: Files, chance: random.Random) -> None:
    """Break one of the files, so that the others alone would be good."""
    keys = files.folder / "keys.toml"
    match chance.randrange(3):
        case 0:
            content = files.fleet.read_bytes()
            files.fleet.write_bytes(content[: len(content) // 2])
        case 1:
            keys.chmod(0o644)
        case 2:
            (files.folder / "encryption.key").chmod(0o640)


def _mend(files: Files) -> None:
    for name in ("keys.toml", "encryption.key"):
        (files.folder / name).chmod(0o600)


async def _reload(target: Target) -> bool:
    """Reload, and return whether the files were used, which the log says."""

    def results() -> list[bytes]:
        return re.findall(rb"^(Reloaded|Not reloaded)", target.log.read_bytes(), re.MULTILINE)

    before = len(results())
    target.process.send_signal(signal.SIGHUP)
    end = monotonic() + _RELOAD_SECONDS
    while len(found := results()) == before:
        if monotonic() > end:
            raise TimeoutError("the server has not logged a reload")
        await asyncio.sleep(0.01)
    return found[-1] == b"Reloaded"
