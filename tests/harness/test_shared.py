"""What the harnesses share."""

import asyncio
import sys
from pathlib import Path

import pytest
from harness.shared.processes import line_process, run_program
from harness.shared.tables import table
from harness.shared.texts import around_difference

PRINTS_CHILD = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open(sys.argv[1], "w").write(str(child.pid))
child.wait()
"""


async def test_a_program_runs_to_its_end() -> None:
    script = "import sys; print(input().upper()); print('warning', file=sys.stderr); sys.exit(3)"
    ended = await run_program(sys.executable, "-c", script, seconds=30, stdin="text\n")
    assert ended == (3, "TEXT\n", "warning\n")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="the state of processes is in /proc")
async def test_a_program_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    file = tmp_path / "child"
    with pytest.raises(TimeoutError):
        await run_program(sys.executable, "-c", PRINTS_CHILD, str(file), seconds=3)

    child = Path("/proc") / file.read_text()
    async with asyncio.timeout(10):
        while is_running(child):  # noqa: ASYNC110 - a process that is not ours has no event
            await asyncio.sleep(0.05)


def is_running(process: Path) -> bool:
    try:
        return "State:\tZ" not in (process / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_a_process_answers_line_by_line() -> None:
    script = "for line in iter(input, ''): print(line, flush=True)"
    async with line_process(sys.executable, "-c", script) as process:
        assert await process.ask({"a": [1]}) == {"a": [1]}
        assert process.process.stdin is not None
        process.process.stdin.write(b"\n")
        with pytest.raises(RuntimeError, match="standard error has the reason"):
            await process.read()


async def test_a_process_is_killed_in_the_end() -> None:
    async with line_process(sys.executable, "-c", "input()") as process:
        assert process.process.returncode is None
    assert process.process.returncode is not None


def test_texts_are_shortened_around_their_difference() -> None:
    texts = "a" * 100 + "b" * 100, "a" * 100 + "c" * 3
    assert around_difference(*texts, before=2, length=5) == ("...aabbb...", "...aaccc")
    assert around_difference("same", "same") == ("same", "same")


def test_a_table_is_markdown() -> None:
    assert table(("name", "s"), [("a", "1")], has_numbers=True) == (
        "| name | s |\n| :-- | --: |\n| a | 1 |"
    )
