"""Check 1b: every release of the client gets in with a key, and only so."""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer, ServerSettings
from frequenz.server.assets._callers.key_file import KeyFile
from frequenz.server.assets._callers.keys import new_key
from frequenz.server.assets._callers.secret_box import SecretBox

from ..shared.clients import OURS
from ._calls import NO_ID, Call
from ._clients import run_calls
from ._environments import CLIENTS
from ._processes import SCRIPTS
from ._table import Table, expect, verdict

_ASK: Final = SCRIPTS / "ask.py"
_GET: Final = "get_microgrid"
_LIST: Final = "list_microgrid_electrical_components"

_COMMANDS: Final[Mapping[str, Sequence[str | Path]]] = {
    **{release: one.script(_ASK) for release, one in CLIENTS.items()},
    OURS: (sys.executable, "-I", _ASK),
}


async def check_with_keys(fleet: Inventory) -> Sequence[Table]:
    """Return the table of the calls of every client to a server that checks callers."""
    table = Table("Clients of every release, with keys", tuple(_COMMANDS))
    with tempfile.TemporaryDirectory() as folder:
        encryption_key, file = Path(folder, "encryption.key"), Path(folder, "keys.toml")
        own = fleet.sites[0].microgrid
        new = new_key(own.enterprise_id)
        box = SecretBox.open(encryption_key, create=True)
        KeyFile(file, box).change(lambda _: (new.key,))
        settings = ServerSettings(keys=file, encryption_key=encryption_key)
        async with AssetsServer(fleet, settings) as server:
            for what, secret in (
                ("its key", new.secret),
                ("another secret", "wrong"),
                ("a key without a secret", None),
            ):
                table.rows[what] = {
                    release: await verdict(
                        partial(
                            _check,
                            command,
                            server.url,
                            fleet,
                            credentials=(new.text, secret),
                            is_let_in=secret == new.secret,
                        )
                    )
                    for release, command in _COMMANDS.items()
                }
    return (table,)


async def _check(
    command: Sequence[str | Path],
    url: str,
    fleet: Inventory,
    *,
    credentials: tuple[str, str | None],
    is_let_in: bool,
) -> str:
    (own, *_), enterprise = fleet.sites, fleet.sites[0].microgrid.enterprise_id
    foreign = [it for it in fleet.sites if it.microgrid.enterprise_id != enterprise]
    numbers = [own.microgrid.id, NO_ID, *(it.microgrid.id for it in foreign[:1])]
    calls = [Call(method, {"microgrid_id": it}) for method in (_GET, _LIST) for it in numbers]
    result = await run_calls(command, url, calls, credentials)
    if not is_let_in:
        raised = {answer.get("raised") for answer in result["answers"]}
        expect("errors", {"OperationUnauthenticated"}, raised)
        return f"refused, {len(calls)} calls"
    for call, answer in zip(calls, result["answers"], strict=True):
        is_own = call.arguments["microgrid_id"] == own.microgrid.id
        expect(f"{call}: error", None if is_own else "EntityNotFound", answer.get("raised"))
    return f"let in, {len(calls)} calls"
