"""Fleets as folders of Parquet files: complete or not there, lossless with messages."""

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from google.protobuf.message import DecodeError
from hypothesis import HealthCheck, given, settings

from frequenz.client.assets import inventory
from frequenz.client.assets._wire.reply import Reply
from frequenz.client.assets.fleet._replies import SiteReplies
from frequenz.client.assets.fleet._tables import (
    SCHEMAS,
    SplitBy,
    read_parquet,
    tables,
    write_parquet,
)
from frequenz.client.assets.inventory import Inventory, Site
from frequenz.server.assets.demo import FLEETS

from ..examples import component, component_classes
from ..inventory.strategies import any_whole
from ..messages import microgrid_pb

SPLITS: Final[tuple[SplitBy | None, ...]] = (None, "microgrid", "enterprise")


@pytest.fixture(scope="module")
def fleet() -> Inventory:
    return inventory.read_all(FLEETS)


def assert_is_empty(folder: Path) -> None:
    assert [*folder.iterdir()] == []


def rows(table: Any) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=repr)


@pytest.mark.parametrize("split_by", SPLITS)
def test_files_have_the_rows_of_the_tables(
    fleet: Inventory, split_by: SplitBy | None, tmp_path: Path
) -> None:
    write_parquet(tmp_path / "fleet", fleet, split_by=split_by)
    for name, table in tables(fleet):
        path = tmp_path / "fleet" / name
        is_split = path.is_dir()
        partitioning = None
        if is_split:
            key = pa.schema([SCHEMAS[name].field(f"{split_by}_id")])
            partitioning = ds.partitioning(key, flavor="hive")
        source = path if is_split else path.with_suffix(".parquet")
        read = ds.dataset(source, format="parquet", partitioning=partitioning).to_table()
        assert rows(read.select(table.column_names)) == rows(table), name


def test_files_keep_the_schema(fleet: Inventory, tmp_path: Path) -> None:
    write_parquet(tmp_path / "fleet", fleet)
    for name, schema in SCHEMAS.items():
        read = pq.read_schema(tmp_path / "fleet" / f"{name}.parquet")
        assert read.names == schema.names
        assert [field.metadata for field in read] == [
            {**(field.metadata or {}), b"PARQUET:field_id": str(index).encode()}
            if b"PARQUET:field_id" in (read.field(index).metadata or {})
            else field.metadata
            for index, field in enumerate(schema)
        ]


@pytest.mark.parametrize("split_by", SPLITS)
@given(fleet=any_whole)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_messages_make_it_lossless(
    fleet: Inventory, split_by: SplitBy | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("written") / "fleet"
    write_parquet(folder, fleet, split_by=split_by, messages=True)
    read = read_parquet(folder)
    # Compared as bytes: NaN differs from itself.
    assert [*map(_bytes, _all(read))] == [*map(_bytes, _all(fleet))]


def _all(fleet: Inventory) -> Iterator[Any]:
    for site in fleet.sites:
        yield from (site.microgrid, *site.components, *site.connections, *site.sensors)
    yield from (*fleet.gridpools, *fleet.energy_schedules, *fleet.market_topology)


def _bytes(message: Any) -> bytes:
    return bytes(message.SerializeToString(deterministic=True))


def test_without_messages_reading_says_what_is_lost(fleet: Inventory, tmp_path: Path) -> None:
    write_parquet(tmp_path / "fleet", fleet)
    with pytest.raises(ValueError, match=r"microgrids\.parquet: written without messages"):
        read_parquet(tmp_path / "fleet")


def test_other_folders_are_no_fleet(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected microgrids\.parquet"):
        read_parquet(tmp_path)
    (tmp_path / "microgrids.parquet").write_bytes(b"not Parquet")
    with pytest.raises(ValueError, match=r"microgrids\.parquet"):
        read_parquet(tmp_path)
    with pytest.raises(NotADirectoryError):
        read_parquet(tmp_path / "nothing")


def test_something_else_than_a_folder_is_refused(fleet: Inventory) -> None:
    folder: Any = None
    with pytest.raises(TypeError, match=r"^folder: expected a path, got None"):
        write_parquet(folder, fleet)
    with pytest.raises(TypeError, match=r"^folder: expected a path, got None"):
        read_parquet(folder)


def test_an_existing_folder_is_refused(fleet: Inventory, tmp_path: Path) -> None:
    (tmp_path / "fleet").mkdir()
    with pytest.raises(FileExistsError, match="fleet"):
        write_parquet(tmp_path / "fleet", fleet)
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(FileExistsError, match="link"):
        write_parquet(tmp_path / "link", fleet)
    with pytest.raises(FileNotFoundError, match="fleet"):
        write_parquet(tmp_path / "missing" / "fleet", fleet)
    assert {path.name for path in tmp_path.iterdir()} == {"fleet", "link"}


def test_wrong_options_are_refused(fleet: Inventory, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="split_by: expected 'microgrid' or 'enterprise', got 'x'"):
        write_parquet(tmp_path / "fleet", fleet, split_by="x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="messages: expected an inventory or replies"):
        write_parquet(tmp_path / "fleet", tables(fleet), messages=True)
    with pytest.raises(TypeError, match="source"):
        write_parquet(tmp_path / "fleet", 5)  # type: ignore[arg-type]
    assert_is_empty(tmp_path)


@pytest.mark.parametrize("split_by", SPLITS)
def test_nothing_is_left_of_a_fleet_that_cannot_be_read(
    fleet: Inventory, split_by: SplitBy | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frequenz.client.assets.fleet._tables._make.BATCH_BYTES", 1)
    good = SiteReplies.of(fleet.sites[0])
    assert good.components is not None
    bad = good._replace(components=Reply(good.components.kind, b"\x12\x7f"))
    with pytest.raises(DecodeError, match="microgrid 201"):
        write_parquet(tmp_path / "fleet", iter([good, bad]), split_by=split_by)
    assert_is_empty(tmp_path)


_FULL: Final = """
import resource, signal, sys
from pathlib import Path
from frequenz.client.assets.fleet._tables import write_parquet
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
sys.dont_write_bytecode = True  # compiled modules would be cut off, and stay so
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    write_parquet(sys.argv[1], sys.argv[2], split_by=None if len(sys.argv) == 3 else sys.argv[3])
except OSError as error:
    print(error.filename, error.strerror)
"""


@pytest.mark.parametrize("split_by", SPLITS)
def test_nothing_is_left_when_files_cannot_grow(split_by: SplitBy | None, tmp_path: Path) -> None:
    folder = tmp_path / "fleet"
    arguments = [str(folder), str(FLEETS[0]), *([split_by] if split_by else [])]
    ended = subprocess.run(
        [sys.executable, "-c", _FULL, *arguments], capture_output=True, text=True, check=True
    )
    assert ended.stdout.startswith(f"{folder} "), ended.stdout
    assert "File too large" in ended.stdout
    assert_is_empty(tmp_path)


def test_folders_have_usual_permissions(fleet: Inventory, tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.mkdir()
    write_parquet(tmp_path / "fleet", fleet)
    assert stat.S_IMODE((tmp_path / "fleet").stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


def test_objects_and_tables_are_written(tmp_path: Path) -> None:
    objects = [component(cls) for cls in component_classes()]
    write_parquet(tmp_path / "objects", objects)
    write_parquet(tmp_path / "tables", tables(objects))
    for name, table in tables(objects):
        for folder in ("objects", "tables"):
            read = pq.read_table(tmp_path / folder / f"{name}.parquet")
            assert read.to_pylist() == table.to_pylist()


def test_a_microgrid_that_is_listed_twice_is_read_back_twice(tmp_path: Path) -> None:
    sites = tuple(Site(microgrid_pb.Microgrid(id=1, name=name)) for name in "ab")
    for split_by in SPLITS:
        folder = tmp_path / str(split_by)
        write_parquet(folder, Inventory(sites), split_by=split_by, messages=True)
        assert read_parquet(folder) == Inventory(sites)
