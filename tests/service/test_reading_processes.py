"""Reading JSON lines in several processes, as one would."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from frequenz.client.assets import inventory
from frequenz.client.assets.findings import Rule
from frequenz.client.assets.inventory import Inventory
from frequenz.client.assets.inventory._reading import read_chunks
from frequenz.server.assets import demo
from frequenz.server.assets._reading_processes import read_fleet_parts, to_part
from frequenz.server.assets._stores.rows import to_rows

NAME: Final = "n" * 3_000
LINES: Final = [
    '{"version": 1}',
    *(
        f'{{"microgrids": [{{"id": {number}, "name": "{NAME}", "status": "active"}}]}}'
        for number in range(1, 800)
    ),
]
"""More than two mebibytes, so that there are three chunks."""


def changed(*changes: tuple[int, str, str]) -> list[str]:
    lines = [*LINES]
    for at, old, new in changes:
        assert old in lines[at]
        lines[at] = lines[at].replace(old, new)
    return lines


BAD: Final = changed((500, "active", "acitve"), (700, '"id": 700', '"id": "x"'))
FILES: Final[dict[str, bytes]] = {
    "plain": "\n".join(LINES).encode(),
    "a line break at the end": "\n".join([*LINES, ""]).encode(),
    "CRLF": "\r\n".join(LINES).encode(),
    "a byte order mark": "\n".join(LINES).encode("utf-8-sig"),
    "blank lines": "\n".join(["", *LINES[:500], "", "  ", *LINES[500:]]).encode(),
    "errors": "\n".join(BAD).encode(),
    "errors with CRLF": "\r\n".join(BAD).encode(),
    "another version": "\n".join([*LINES, '{"version": 2}']).encode(),
    "no version": "\n".join(LINES[1:]).encode(),
    "UTF-16": "\n".join(LINES).encode("utf-16"),
    "other bytes": "\n".join(LINES).encode() + b'\n{"microgrids": [{"id": 7, "name": "\xff"}]}',
    "nothing": b"",
}


async def read(path: Path, processes: int) -> Any:
    rows: list[Any] = []
    findings: list[Any] = []
    try:
        async for part in read_fleet_parts(path, processes=processes):
            rows += part.rows.sites["microgrid"].rows()
            findings += part.findings
    except ValueError as error:
        return str(error)
    return rows, findings


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
async def test_several_processes_read_what_one_reads(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "fleet.jsonl"
    path.write_bytes(data)

    found = await read(path, 2)

    try:
        wanted = inventory.read(path)
    except ValueError as error:
        assert found == str(error)
        return
    rows, findings = found
    assert rows == [*to_rows(wanted).sites["microgrid"].rows()]
    assert len(rows) == 799
    assert [it.text for it in findings] == [str(it) for it in inventory.check(wanted)]


def test_findings_are_those_of_a_check_of_the_whole_file(tmp_path: Path) -> None:
    (fleet,) = (it for it in demo.FLEETS if it.stem == "cigre-mv")
    (site,) = inventory.read(fleet).sites
    faulty = replace(site, connections=site.connections[1:])
    path = tmp_path / "fleet.jsonl"
    inventory.write(Inventory((site, faulty, site)), path)
    ((parts, position),) = read_chunks(path, turn=0, turns=1)

    part = to_part(parts, position, is_checked=True)

    expected = inventory.check(inventory.read(path))
    taken = [it for it in expected if it.finding.rule is Rule.ID_TAKEN]
    assert len(taken) == 2
    assert [it.text for it in part.findings] == [str(it) for it in expected if it not in taken]
    assert to_part(parts, position, is_checked=False).findings == []
