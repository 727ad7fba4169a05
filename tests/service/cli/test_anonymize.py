"""The command that makes inventory files that may be shared."""

from pathlib import Path

from frequenz.client.assets import inventory
from frequenz.client.assets.cli.exits import ExitCode
from frequenz.server.assets.demo import FLEETS

from .running import invoke


def test_an_anonymous_file_is_written_and_what_is_kept_is_listed(tmp_path: Path) -> None:
    target = tmp_path / "shared.yaml"
    done = invoke("anonymize", str(FLEETS[0]), "--to", str(target))
    assert done.exit_code == 0, done.output
    expected = inventory.anonymize(inventory.read(FLEETS[0]))
    assert inventory.diff(inventory.read(target), expected) == []
    for line in (*inventory.REPLACED, *inventory.KEPT):
        assert line in done.stderr
    assert done.stdout == ""


def test_the_output_can_be_piped() -> None:
    done = invoke("anonymize", str(FLEETS[0]), "--to", "-")
    assert inventory.parse_text(done.stdout, name="piped.json", file_format="json").sites


def test_mistakes_have_clear_errors(tmp_path: Path) -> None:
    for target, code, message in (
        (tmp_path / "shared.txt", ExitCode.USAGE, "--to: "),
        (tmp_path / "missing" / "shared.yaml", ExitCode.FAILURE, "There is no directory"),
    ):
        done = invoke("anonymize", str(FLEETS[0]), "--to", str(target))
        assert (done.exit_code, message in done.stderr) == (code, True), done.stderr
    missing = invoke("anonymize", str(tmp_path / "none.yaml"), "--to", str(tmp_path / "a.yaml"))
    assert (missing.exit_code, "none.yaml" in missing.stderr) == (ExitCode.FAILURE, True)
