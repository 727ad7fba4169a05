"""Reading a file of which only a part is in memory."""

import json
import tracemalloc
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import FileFormat, Inventory, InventoryFileError

from ..inventory_messages import ALL_FORMATS, contents
from .strategies import any_whole

VERSION = '{"version": 1}\n'

every_format = pytest.mark.parametrize("file_format", ALL_FORMATS)


def site_line(number: int, components: int = 1) -> str:
    """Return a line with a site."""
    listed = [{"id": it, "name": f"Meter {it}", "category": "meter"} for it in range(components)]
    return json.dumps({"microgrids": [{"id": number, "components": listed}]}) + "\n"


@every_format
@given(whole=any_whole)
@settings(max_examples=30)
def test_the_parts_of_a_file_are_what_reading_it_returns(
    whole: Inventory, file_format: FileFormat, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("fleet") / f"fleet.{file_format}"
    inventory.write(whole, path)
    parts = list(inventory.read_in_parts(path))
    assert all(len(part.sites) <= 1 and len(part.gridpools) <= 1 for part in parts)
    assert contents(Inventory.joined(parts)) == contents(whole)


def test_a_line_with_several_entities_is_one_part(tmp_path: Path) -> None:
    path = tmp_path / "fleet.jsonl"
    path.write_text(VERSION + '{"gridpools": [{"id": 1}, {"id": 2}]}\n' + site_line(1))
    assert [(len(it.gridpools), len(it.sites)) for it in inventory.read_in_parts(path)] == [
        (2, 0),
        (0, 1),
    ]


def test_a_microgrid_that_is_given_twice_is_in_two_parts(tmp_path: Path) -> None:
    path = tmp_path / "fleet.jsonl"
    path.write_text(VERSION + site_line(1) + site_line(2) + site_line(1))
    numbers = [part.sites[0].microgrid.id for part in inventory.read_in_parts(path)]
    assert numbers == [1, 2, 1]


@every_format
def test_a_problem_is_raised_when_it_is_reached(file_format: FileFormat, tmp_path: Path) -> None:
    sites = [{"id": number} for number in range(1, 50)]
    sites[30]["id"] = sites[40]["id"] = -1
    if file_format == "jsonl":
        text = VERSION + "".join(json.dumps({"microgrids": [site]}) + "\n" for site in sites)
    else:
        text = json.dumps({"version": 1, "microgrids": sites}, indent=1)
    path = tmp_path / f"fleet.{file_format}"
    path.write_text(text)
    with pytest.raises(InventoryFileError) as expected:
        inventory.read(path)
    parts = inventory.read_in_parts(path)
    for number in range(1, 31):
        assert next(parts).sites[0].microgrid.id == number
    with pytest.raises(InventoryFileError) as caught:
        next(parts)
    assert str(caught.value) == str(expected.value)
    assert caught.value.total == 2
    assert next(parts, None) is None


def test_what_only_the_careful_reader_can_read_is_not_returned_twice(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(
        "version: 1\nmicrogrids: [{id: 1}, {id: 2}, {id: &three 3}, {id: 4}]\n"
        "gridpools: [{id: *three}]\n"
    )
    parts = list(inventory.read_in_parts(path))
    assert [[site.microgrid.id for site in part.sites] for part in parts] == [[1], [2], [3, 4]]
    assert parts[-1].gridpools[0].id == 3


@pytest.mark.parametrize(
    "data",
    [
        VERSION.encode() + b'{"gridpools": []}\r\n{}\n\r{"gridpools": [{"id": "\xff"}]}\n',
        b"\xef\xbb\xbf" + VERSION.encode() + b'{"gridpools": [{"name": "\xe2\x82',
        b"\xff\xfe{\x00",
        b"{\x00}\x00",
        b"\n\x00",
        VERSION.encode() + b'{"gridpools": 1}\n\xc3\n',
    ],
)
def test_other_encodings_than_utf_8_are_refused_as_in_whole_files(
    data: bytes, tmp_path: Path
) -> None:
    whole, lines = tmp_path / "fleet.json", tmp_path / "fleet.jsonl"
    whole.write_bytes(data)
    lines.write_bytes(data)
    with pytest.raises(InventoryFileError) as expected:
        inventory.read(whole)
    with pytest.raises(InventoryFileError) as caught:
        list(inventory.read_in_parts(lines))
    assert str(caught.value) == str(expected.value).replace("fleet.json:", "fleet.jsonl:")


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_lines_end_as_in_any_text_file(line_break: str, tmp_path: Path) -> None:
    path = tmp_path / "fleet.jsonl"
    text = f"\ufeff{VERSION}\ufeff\n{site_line(1)}{site_line(2)}" + '{"gridpools": [{"id": -1}]}'
    path.write_bytes(text.replace("\n", line_break).encode())
    parts = inventory.read_in_parts(path)
    assert [next(parts).sites[0].microgrid.id, next(parts).sites[0].microgrid.id] == [1, 2]
    with pytest.raises(InventoryFileError, match=r"fleet\.jsonl:5:23: gridpools\[0\]\.id: "):
        next(parts)


def test_the_name_is_checked_at_once_and_the_file_when_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a file name that ends in"):
        inventory.read_in_parts(tmp_path / "fleet.txt")
    for file_format in ALL_FORMATS:
        parts = inventory.read_in_parts(tmp_path / f"fleet.{file_format}")
        with pytest.raises(FileNotFoundError):
            next(parts)


def test_only_one_line_is_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "fleet.jsonl"
    path.write_text(VERSION + "".join(site_line(number, 20) for number in range(1, 2_001)))

    def peak(read: Callable[[Path], object]) -> int:
        tracemalloc.start()
        read(path)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert 20 * peak(lambda it: deque(inventory.read_in_parts(it), maxlen=0)) < peak(inventory.read)
