"""Whether secrets appear where they must not: logs, errors, metrics, the list of processes."""

import asyncio
import random
import socket
import urllib.request
from pathlib import Path
from typing import Final

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.exceptions import ApiClientError
from frequenz.client.assets.testing._proxy import LOOPBACK, url_of

from ..shared.claims import Claims, exactly
from ._forgeries import ATTACKS
from ._target import Callers, Files, fleet, serving, signed

_METHOD: Final = "GetMicrogrid"
_GARBAGE: Final = (b"\xff", b"\x08", b"\x00" * 100, b"\x08\x01", b"")


_SHORT: Final = 9
"""Parts of this length could appear by chance."""


async def leaks(count: int, seed: int, folder: Path) -> Claims:
    """Fail in a number of ways, and look for the secrets in all that comes out."""
    chance = random.Random(seed)
    files = Files.create(folder, fleet(10))
    keys = files.add_keys(3)
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        metrics_port = probe.getsockname()[1]
    options = (f"--metrics={LOOPBACK}:{metrics_port}", "--access-log=json", "--max-burst=20")
    output = [repr(new.key) for new in keys]
    sent: set[str] = set()
    async with serving(files, *files.options, *options, "--max-calls-per-second=5") as target:
        callers = Callers([target.address], 1)
        for number in range(count):
            new = keys[number % len(keys)]
            kinds = [*ATTACKS, "good"]
            kind = kinds[number % len(kinds)]
            metadata = (
                signed(new.text, new.secret, _METHOD)
                if kind == "good"
                else ATTACKS[kind](new, chance)
            )
            sent |= {
                value for name, value in metadata if name in ("sig", "nonce") and len(value) > 9
            }
            answer = await callers.call(0, _METHOD, chance.choice(_GARBAGE), metadata)
            output.append(repr(answer))
        async with AssetsApiClient(
            url_of(target.port), auth_key=keys[0].text, sign_secret="wrong-secret"
        ) as client:
            try:
                await client.list_microgrids()
            except ApiClientError as error:
                output += [repr(error), str(error), repr(client)]
        await callers.close()
        url = f"http://{target.address.rpartition(':')[0]}:{metrics_port}/metrics"
        output.append((await asyncio.to_thread(urllib.request.urlopen, url)).read().decode())
        process = Path(f"/proc/{target.process.pid}")
        output += [(process / name).read_bytes().decode() for name in ("cmdline", "environ")]
    output += [target.log.read_text(encoding="utf-8"), (folder / "keys.toml").read_text("utf-8")]
    text = "\n".join(output)
    hidden = {text for new in keys for text in (new.text, str(new.secret))} | {"wrong-secret"}
    encryption_key = (folder / "encryption.key").read_text("utf-8").strip()
    found = [it for it in (*hidden, *sent, encryption_key) if it in text]
    return [
        exactly(f"keys and secrets seen in the output of {count} failures", 0, len(found)),
        exactly("lines of the access log are there to look at", True, text.count('"status"') > 10),
    ]
