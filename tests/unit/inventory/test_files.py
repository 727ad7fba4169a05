"""The names of files decide their format; files are written completely or not at all."""

import os
import resource
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import FileFormat, Inventory, InventoryFileError, _reading
from frequenz.client.assets.inventory._files import check_target

from ..inventory_messages import ALL_FORMATS, named, one_site

FLEET = one_site(name="Depot")
LARGE_FLEET = named(["Depot"] * 2000)

FORMAT_OF: Final[dict[str, FileFormat]] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".jsonl": "jsonl",
}

wrong_suffix = pytest.mark.parametrize("name", ["fleet", "fleet.toml", "fleet.yaml.bak", ".yaml"])


def names_in(directory: Path) -> list[str]:
    """Return the names of all files in a directory, including hidden ones."""
    return sorted(os.listdir(directory))  # noqa: PTH208 - unfiltered


def identity(path: Path) -> tuple[int, int, int]:
    """Return what says whether a file is still the same; reading a link changes its access time."""
    status = path.lstat()
    return status.st_ino, status.st_mode, status.st_mtime_ns


@contextmanager
def masked(mask: int) -> Iterator[None]:
    """Set the umask of the process."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def full_disk() -> Iterator[None]:
    """Limit the files that the process writes to a kilobyte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with pytest.MonkeyPatch.context() as patched:
        # Compiled modules would be cut off, and stay so.
        patched.setattr(sys, "dont_write_bytecode", True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# Reading ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".yaml", ".yml", ".json", ".jsonl", ".YML", ".JSON", ".JSONL"])
def test_the_suffix_decides_how_a_file_is_written_and_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"fleet{suffix}"
    inventory.write(FLEET, path)
    text = inventory.to_text(FLEET, file_format=FORMAT_OF[suffix.lower()])
    assert path.read_bytes() == text.encode()
    inventory.write(FLEET, str(path))
    assert inventory.read(path) == inventory.read(str(path)) == FLEET
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert inventory.read(path) == FLEET


@wrong_suffix
def test_a_file_of_another_suffix_is_neither_read_nor_written(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("version: 1\n")
    for use in (lambda: inventory.read(path), lambda: inventory.write(FLEET, path)):
        with pytest.raises(
            ValueError, match=r"ends in \.yaml, \.yml, \.json, \.jsonl, got '"
        ) as caught:
            use()
        assert str(caught.value).startswith(f"{path}: ")
    assert path.read_text() == "version: 1\n"
    assert names_in(tmp_path) == [name]


def test_json_is_not_read_as_yaml_by_another_name(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    path.write_text("version: 1\n")
    with pytest.raises(InventoryFileError, match="invalid JSON: expected a value"):
        inventory.read(path)


def test_a_problem_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text("version: 1\nmicrogrid: []\n")
    with pytest.raises(InventoryFileError) as caught:
        inventory.read(path)
    assert str(caught.value) == f"{path}:2:1: microgrid: unknown key; did you mean microgrids?"


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
@pytest.mark.parametrize(
    ("content", "position"), [(b"\xff", 0), (b"# \xe4\n{}", 2), (b'{"a": "\xed\xa0\xbd"}', 7)]
)
def test_bytes_that_are_not_utf_8_are_refused(
    tmp_path: Path, suffix: str, content: bytes, position: int
) -> None:
    path = tmp_path / f"fleet{suffix}"
    path.write_bytes(content)
    with pytest.raises(InventoryFileError) as caught:
        inventory.read(path)
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{path}:1:1: expected text in UTF-8: ")
    assert f"in position {position}: " in problem.sentence


@pytest.mark.parametrize("suffix", FORMAT_OF)
def test_a_byte_order_mark_is_ignored(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"fleet{suffix}"
    path.write_text(inventory.to_text(FLEET, file_format=FORMAT_OF[suffix]), encoding="utf-8-sig")
    assert inventory.read(path) == FLEET


@pytest.mark.parametrize("suffix", FORMAT_OF)
@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no mark", "a mark"])
def test_other_encodings_are_refused_by_name(
    tmp_path: Path, suffix: str, encoding: str, mark: str
) -> None:
    path = tmp_path / f"fleet{suffix}"
    text = inventory.to_text(FLEET, file_format=FORMAT_OF[suffix])
    path.write_text(mark + text, encoding=encoding)
    with pytest.raises(InventoryFileError) as caught:
        inventory.read(path)
    name = encoding[:6].upper()
    assert str(caught.value) == f"{path}:1:1: the file is {name}; save it as UTF-8"


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        inventory.read(tmp_path / "fleet.yaml")


# Writing ------------------------------------------------------------------------------------------


def test_an_existing_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    inventory.write(LARGE_FLEET, path)
    inventory.write(FLEET, path)
    assert inventory.read(path) == FLEET
    assert names_in(tmp_path) == ["fleet.yaml"]


def test_a_relative_path_is_relative_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    inventory.write(FLEET, "fleet.yaml")
    assert inventory.read(tmp_path / "fleet.yaml") == FLEET
    assert inventory.read("fleet.yaml") == FLEET


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077, 0o002, 0o000])
def test_permissions_are_those_of_any_new_file(tmp_path: Path, mask: int) -> None:
    with masked(mask):
        inventory.write(FLEET, tmp_path / "fleet.yaml")
        (tmp_path / "other").touch()
        assert os.umask(mask) == mask
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o666 & ~mask}


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o444])
def test_permissions_of_an_existing_file_are_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "fleet.yaml"
    path.touch()
    path.chmod(mode)
    with masked(0o022):
        inventory.write(FLEET, path)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert inventory.read(path) == FLEET


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_still_points_to_the_file(tmp_path: Path, exists: bool) -> None:
    path, link = tmp_path / "elsewhere" / "fleet.json", tmp_path / "link.yaml"
    path.parent.mkdir()
    link.symlink_to(path)
    if exists:
        path.touch()
        path.chmod(0o640)
    inventory.write(FLEET, link)
    assert link.readlink() == path
    assert names_in(path.parent) == ["fleet.json"]
    assert inventory.read(link) == FLEET
    if exists:
        assert stat.S_IMODE(path.stat().st_mode) == 0o640


def _link_to_pipe(path: Path) -> None:
    # No device of the machine: code that is wrong would replace it.
    pipe = path.parent.parent / f"{path.parent.name}.pipe"
    os.mkfifo(pipe)
    path.symlink_to(pipe)


UNWRITABLE: Final[dict[str, tuple[Callable[[Path], None], str]]] = {
    "a directory": (Path.mkdir, "Is a directory"),
    "a pipe": (os.mkfifo, "Not a regular file"),
    "a link to a pipe": (_link_to_pipe, "Not a regular file"),
    "a link to itself": (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
    "a link to nowhere": (lambda path: path.symlink_to("none/x.yaml"), "There is no directory"),
}


@pytest.mark.parametrize(("make", "reason"), UNWRITABLE.values(), ids=UNWRITABLE)
def test_a_path_that_is_not_a_regular_file_is_refused_and_left_alone(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    path = tmp_path / "fleet.yaml"
    make(path)
    before = identity(path)
    with pytest.raises(OSError, match=reason) as refused:
        inventory.write(FLEET, path)
    with pytest.raises(OSError, match=reason) as refused_before:
        check_target(path)
    assert refused.value.filename == refused_before.value.filename == str(path)
    assert identity(path) == before
    assert names_in(tmp_path) == ["fleet.yaml"]


def test_a_target_can_be_checked_before_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_target(tmp_path / "fleet.yaml")
    assert names_in(tmp_path) == []
    with pytest.raises(ValueError, match=r"expected a file name that ends in"):
        check_target(tmp_path / "fleet.csv")
    with pytest.raises(OSError, match=r"x\.json") as refused:  # not even root can write it
        check_target("/proc/x.json")
    assert refused.value.filename == "/proc/x.json"

    monkeypatch.delitem(sys.modules, "frequenz.client.assets.inventory._yaml", raising=False)
    monkeypatch.delattr(inventory, "_yaml", raising=False)
    monkeypatch.setitem(sys.modules, "yaml", None)
    check_target(tmp_path / "fleet.json")
    with pytest.raises(ModuleNotFoundError, match="needs the package yaml"):
        check_target(tmp_path / "fleet.yaml")


def test_errors_name_the_given_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with full_disk(), pytest.raises(OSError, match="File too large") as refused:
        inventory.write(LARGE_FLEET, "fleet.yaml")
    assert refused.value.filename == "fleet.yaml"
    with pytest.raises(FileNotFoundError, match=r"There is no directory .*: 'none/fleet.yaml'"):
        inventory.write(FLEET, "none/fleet.yaml")


def test_a_full_disk_leaves_the_existing_file(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    inventory.write(FLEET, path)
    with full_disk(), pytest.raises(OSError, match="File too large"):
        inventory.write(LARGE_FLEET, path)
    assert inventory.read(path) == FLEET
    assert names_in(tmp_path) == ["fleet.yaml"]


def test_a_full_disk_leaves_no_new_file(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(OSError, match="File too large"):
        inventory.write(LARGE_FLEET, tmp_path / "fleet.yaml")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("step", ["chmod", "replace"])
def test_an_interrupt_leaves_the_existing_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "fleet.yaml"
    inventory.write(FLEET, path)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, step, interrupt)
    with pytest.raises(KeyboardInterrupt):
        inventory.write(LARGE_FLEET, path)
    assert inventory.read(path) == FLEET
    assert names_in(tmp_path) == ["fleet.yaml"]


def test_a_reader_sees_the_existing_file_until_the_new_one_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    inventory.write(FLEET, path)
    with path.open(encoding="utf-8") as older:
        inventory.write(LARGE_FLEET, path)
        assert older.read() == inventory.to_text(FLEET)
    assert inventory.read(path) == LARGE_FLEET


@pytest.mark.parametrize("file_format", ALL_FORMATS)
def test_positions_are_those_of_the_file_that_was_read(
    file_format: FileFormat, tmp_path: Path
) -> None:
    path = tmp_path / f"fleet.{file_format}"
    text = '{"version": 1}\n{"gridpools": [{"id": 0}]}\n{"gridpools": [{"id": 0}]}\n'
    if file_format != "jsonl":
        text = '{"version": 1,\n"gridpools": [{"id": 0},\n{"id": 0}]}\n'
    path.write_text(text)
    parts = list(inventory.read_in_parts(path))
    for fleet in (inventory.read(path), Inventory.joined(parts)):
        positions = [found.position for found in inventory.check(fleet)]
        lines = [position.line for position in positions if position]
        assert sorted(set(lines)) == [2, 3]
    fleet = inventory.read(path)
    path.write_text("\n" + text)
    assert {found.position for found in inventory.check(fleet)} == {None}
    fleet = inventory.read(path)
    path.unlink()
    assert {found.position for found in inventory.check(fleet)} == {None}


def test_a_pipe_is_read_without_positions(tmp_path: Path) -> None:
    path = tmp_path / "fleet.jsonl"
    os.mkfifo(path)
    writer = Thread(target=path.write_text, args=('{"version": 1}\n{"gridpools": [{"id": 0}]}\n',))
    writer.start()
    fleet = _reading.read(path)  # once: `inventory.read` is compared with the careful reader
    writer.join()
    assert {found.position for found in inventory.check(fleet)} == {None}
