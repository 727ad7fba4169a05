"""Bad invocations: the exit code, and the one sentence that says what is wrong."""

import asyncio
import json
import shlex
from pathlib import Path
from typing import Final

import pytest

from frequenz.client.assets.cli.exits import Exit

from .running import NOWHERE, invoke, run

USAGE, FAILURE, NOT_FOUND = Exit.USAGE, Exit.FAILURE, Exit.NOT_FOUND
NO_NUMBER: Final = "is no number of seconds above 0"
MANY: Final = "9" * 5000

BAD: Final[list[tuple[str, Exit, str]]] = [
    # The command itself
    ("nonsense", USAGE, "No such command 'nonsense'"),
    ("Microgrids", USAGE, "No such command 'Microgrids'"),
    ("''", USAGE, "No such command ''"),
    ("micro", USAGE, "No such command 'micro'. Did you mean microgrid or microgrids?"),
    ("exprt", USAGE, "Did you mean export?"),
    ("config lst", USAGE, "No such command 'lst'. Did you mean list"),
    ("--nonsense gridpools", USAGE, "No such option"),
    ("-x gridpools", USAGE, "No such option"),
    ("gridpools --nonsense", USAGE, "No such option"),
    ("gridpools --gridpool", USAGE, "'--gridpool' requires an argument"),
    # Arguments
    ("microgrid", USAGE, "Missing argument 'ID'"),
    ("microgrid one", USAGE, "'one' is no id"),
    ("microgrid ''", USAGE, "'' is no id"),
    ("microgrid 1 2", USAGE, "unexpected extra argument"),
    ("microgrid 1.5", USAGE, "'1.5' is no id: expected 0 to 18446744073709551615"),
    ("microgrid -- -1", USAGE, "'-1' is no id"),
    ("microgrid 18446744073709551616", USAGE, "'18446744073709551616' is no id"),
    ("microgrid \u0661", USAGE, "is no id"),
    ("microgrid 1_0", USAGE, "'1_0' is no id"),
    (f"microgrid {MANY}", USAGE, "9…' is no id"),
    (f"microgrids --gridpool {MANY}", USAGE, "9…' is no id"),
    (f"check {MANY}", USAGE, "9…' is no id"),
    (f"electrical-components 1 --category {MANY}", USAGE, "9…' is none of"),
    ("electrical-components 1 --category \u0665", USAGE, "is none of"),
    ("electrical-components 1 --category 1_0", USAGE, "'1_0' is none of"),
    (f"market-topology --delivery-area X:{MANY}", USAGE, "9…' is none of"),
    ("market-topology --delivery-area X:\u0661", USAGE, "is none of"),
    ("gridpools --timeout \u0663", USAGE, NO_NUMBER),
    ("gridpools --timeout 1_0", USAGE, f"'1_0' {NO_NUMBER}"),
    (f"gridpools --timeout {MANY}", USAGE, f"9…' {NO_NUMBER}"),
    ("gridpools 1", USAGE, "unexpected extra argument"),
    ("'microgrid\n1'", USAGE, "No such command"),
    # Filters
    ("microgrid 1 --source 2", USAGE, "No such option"),
    ("microgrids --microgrid 1.5", USAGE, "'1.5' is no id"),
    ("sensors 1 --sensor x", USAGE, "'--sensor': 'x' is no id"),
    (
        "electrical-components 1 --category batterie",
        USAGE,
        "'batterie' is none of unspecified, gri",
    ),
    ("electrical-components 1 --category -5", USAGE, "'-5'"),
    ("electrical-components 1 --category 2147483648", USAGE, "'2147483648' is none of"),
    ("electrical-components 1 --component -1", USAGE, "'-1' is no id"),
    ("component-connections 1 --source", USAGE, "'--source' requires an argument"),
    ("component-connections 1 --destination a", USAGE, "'--destination': 'a' is no id"),
    ("energy-schedules", USAGE, "Missing argument 'ID'"),
    ("energy-schedules 7 --direction up", USAGE, "'up' is none of unspecified, import, export"),
    ("energy-schedules 7 --entries-from yesterday", USAGE, "'yesterday' is no moment"),
    ("energy-schedules 7 --entries-to 2024-01-01T00:00", USAGE, "with an offset from UTC"),
    ("energy-schedules 7 --effective-from 2024-13-01T00:00Z", USAGE, "is no moment"),
    ("energy-schedules 7 --effective-to 1704067200", USAGE, "is no moment"),
    (
        "energy-schedules 7 --entries-from 2024-01-02T00:00Z --entries-to 2024-01-01T00:00Z",
        USAGE,
        "--entries-from: Start (2024-01-02",
    ),
    (
        "energy-schedules 7 --effective-from 2024-01-02T00:00Z --effective-to 2024-01-01T00:00Z",
        USAGE,
        "--effective-from: Start (2024-01-02",
    ),
    ("market-topology --delivery-area X:Y", USAGE, "'Y' is none of unspecified, europe_eic, us_ne"),
    ("market-topology --delivery-area X:", USAGE, "'' is none of"),
    ("market-topology --participation fcr", USAGE, "'fcr' is none of unspecified, energy_trading"),
    ("market-topology --market-location", USAGE, "'--market-location' requires an argument"),
    # Output
    ("gridpools -o xml", USAGE, "'xml' is not one of 'table', 'json', 'jsonl', 'yaml', 'csv'"),
    ("gridpools -o", USAGE, "'-o' requires an argument"),
    ("gridpools --fields nam", USAGE, "there is no field 'nam'; there are id, name"),
    ("gridpools --fields ''", USAGE, "there is no field ''; there are id, name"),
    ("gridpools --fields id,", USAGE, "there is no field ''"),
    ("gridpools --fields id,id", USAGE, "'id' is there twice"),
    ("gridpools --fields ID", USAGE, "there is no field 'ID'"),
    ("microgrids --fields location.altitude", USAGE, "there is no field 'location.altitude'"),
    ("microgrids --fields components", USAGE, "no field 'components'; --wide adds it"),
    ("sensors 1 --fields operational_lifetime.", USAGE, "no field 'operational_lifetime.'"),
    ("electrical-components 1 --fields modell", USAGE, "there is no field 'modell'"),
    ("microgrids --sort components", USAGE, "no field 'components'; --wide adds it"),
    ("gridpools --sort nam", USAGE, "there is no field 'nam'; there are id, name"),
    ("gridpools --sort -nam", USAGE, "there is no field 'nam'"),
    ("gridpools --sort --id", USAGE, "there is no field '-id'"),
    ("gridpools --sort ''", USAGE, "there is no field ''"),
    ("microgrid 1 --sort id", USAGE, "No such option"),
    ("gridpools --names", USAGE, "No such option"),
    ("gridpools --no-header", USAGE, "--no-header is for -o table and -o csv, not for json"),
    ("gridpools -o yaml --no-header", USAGE, "not for yaml"),
    ("microgrid 1 -o table --no-header", USAGE, "this screen has them only with --fields"),
    ("diff 1 2 -o table --no-header", USAGE, "this screen has them only with --fields"),
    ("--color sometimes gridpools", USAGE, "'sometimes' is not one of 'auto', 'always', 'never'"),
    ("gridpools --color sometimes", USAGE, "'sometimes' is not one of"),
    # Access
    ("--timeout 0 gridpools", USAGE, f"'0' {NO_NUMBER}"),
    ("gridpools --timeout -1", USAGE, f"'-1' {NO_NUMBER}"),
    ("gridpools --timeout nan", USAGE, f"'nan' {NO_NUMBER}"),
    ("gridpools --timeout inf", USAGE, f"'inf' {NO_NUMBER}"),
    ("gridpools --timeout 1e10", USAGE, f"'1e10' {NO_NUMBER}"),
    ("gridpools --timeout soon", USAGE, f"'soon' {NO_NUMBER}"),
    ("gridpools --auth-key", USAGE, "needs a value, as there is no terminal to ask on"),
    ("--sign-secret --debug gridpools", USAGE, "needs a value, as there is no terminal to ask on"),
    ("gridpools --auth-key-file /nowhere/key", USAGE, "/nowhere/key: No such file or directory"),
    ("gridpools --auth-key-file /dev/null", USAGE, "/dev/null is empty"),
    ("gridpools --auth-key-file /", USAGE, "is a directory"),
    ("gridpools --sign-secret-file /dev/null", USAGE, "--sign-secret-file: /dev/null is empty"),
    ("gridpools --auth-key-file /dev/null --auth-key k", USAGE, "not both"),
    ("gridpools --profile depot", NOT_FOUND, "profile 'depot': there is no such profile in "),
    ("gridpools --profile ''", NOT_FOUND, "profile '': there is no such profile"),
    ("gridpools --url ''", USAGE, "scheme: expected grpc://"),
    ("gridpools --url localhost:1", USAGE, "expected grpc://"),
    ("gridpools --url http://localhost", USAGE, "expected grpc://"),
    ("gridpools --url grpc://", USAGE, "host: missing"),
    ("gridpools --url grpc://localhost:0", USAGE, "port: expected a number from 1 to 65535"),
    ("gridpools --url grpc://localhost?nonsense=1", USAGE, "'nonsense'"),
    ("gridpools --url 'grpc://key@localhost'", USAGE, "user info: there must be none"),
    ("gridpools --url grpc://h?ssl_root_certificates_path=/nowhere", USAGE, "/nowhere: cannot be"),
    # What the server says
    ("--url {url} microgrid 404", NOT_FOUND, "There is no microgrid 404"),
    ("--url {url} electrical-components 404", NOT_FOUND, "There is no microgrid 404"),
    ("--url {url} component-connections 404", NOT_FOUND, "There is no microgrid 404"),
    ("--url {url} sensors 404 -o csv", NOT_FOUND, "There is no microgrid 404"),
    ("--url {url} microgrid 404 -o table", NOT_FOUND, "There is no microgrid 404"),
    ("--url {url} tree 404", NOT_FOUND, "There is no microgrid 404"),
    ("--url {url} formulas 404 -o yaml", NOT_FOUND, "There is no microgrid 404"),
    # Trees and formulas
    ("tree", USAGE, "Missing argument 'ID'"),
    ("tree x", USAGE, "'x' is no id"),
    ("tree 1 2", USAGE, "unexpected extra argument"),
    ("tree 1 --names", USAGE, "No such option"),
    ("formulas", USAGE, "Missing argument 'ID'"),
    ("formulas 1 -o svg", USAGE, "'svg' is not one of 'table'"),
    ("formulas 1 --sort x", USAGE, ""),
    # Checks, differences, exports
    ("check x", USAGE, "'x' is neither an id nor an inventory file, whose name ends in .yaml"),
    ("check /dev/null", USAGE, "'/dev/null' is neither an id nor an inventory file"),
    ("check nofile.yaml", FAILURE, "nofile.yaml: No such file or directory"),
    ("check 1 nofile.yaml", USAGE, "expected either ids or files, got both"),
    ("check 1 --wide", USAGE, "No such option"),
    ("--url {url} check 404", NOT_FOUND, "There is no microgrid 404"),
    ("diff", USAGE, "Missing argument 'A'"),
    ("diff 1", USAGE, "Missing argument 'B'"),
    ("diff 1 2 3", USAGE, "unexpected extra argument"),
    ("--url {url} diff 1 depot", NOT_FOUND, "depot"),
    ("--url {url} diff 1 depot:2", NOT_FOUND, "profile 'depot': there is no such profile"),
    ("--url {url} diff 1 nofile.yaml", FAILURE, "nofile.yaml: No such file or directory"),
    ("--url {url} diff 1 404", NOT_FOUND, "There is no microgrid 404"),
    ("--url {url} diff 1 grpc://", USAGE, "host: missing"),
    ("export", USAGE, "Missing option '--to'"),
    ("export --to", USAGE, "'--to' requires an argument"),
    ("export --to x.txt", USAGE, "x.txt: expected a file name that ends in .yaml"),
    ("export x --to x.yaml", USAGE, "'x' is no id"),
    ("--url {url} export --to /nowhere/x.yaml", FAILURE, "There is no directory /nowhere"),
    ("--url {url} export 404 --to x404.yaml", NOT_FOUND, "There is no microgrid 404"),
    # Profiles, completion, the tour
    ("config set", USAGE, "Missing argument 'ENTRY'"),
    ("config set nonsense x", USAGE, "'nonsense' is not one of 'url', 'auth_key', 'sign_secret'"),
    ("config set url localhost", USAGE, "url: scheme: expected grpc://"),
    ("config set url ''", USAGE, "url: scheme: expected grpc://"),
    ("config set url", USAGE, "no VALUE for url, and standard input is empty"),
    ("config set auth_key", USAGE, "no VALUE for auth_key, and standard input is empty"),
    ("config set --profile '' url grpc://h", USAGE, "a profile needs a name"),
    ("config set url a b", USAGE, "unexpected extra argument"),
    ("config get", USAGE, "Missing argument 'ENTRY'"),
    ("config get URL", USAGE, "'URL' is not one of"),
    ("config get url", NOT_FOUND, "profile 'default' has no url"),
    ("config unset", USAGE, "Missing argument 'ENTRY'"),
    ("config unset url", NOT_FOUND, "profile 'default' has no url"),
    ("config nonsense", USAGE, "No such command 'nonsense'"),
    ("config path x", USAGE, "unexpected extra argument"),
    ("config list -o xml", USAGE, "'xml' is not one of"),
    ("config list --fields key", USAGE, "there is no field 'key'; there are profile, url"),
    ("completion", USAGE, "Missing argument '{{bash|zsh|fish}}'"),
    ("completion tcsh", USAGE, "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
    ("demo now", USAGE, "unexpected extra argument"),
]
"""Command line, exit code, some of the sentence."""


@pytest.mark.parametrize(("command", "code", "words"), BAD, ids=[line for line, _, _ in BAD])
def test_a_bad_invocation_ends_with_one_sentence(
    url: str, tmp_path: Path, command: str, code: Exit, words: str
) -> None:
    line = shlex.split(command.format(url=url))

    ended = invoke(*line, XDG_CONFIG_HOME=str(tmp_path), ASSETS_API_URL=NOWHERE)

    assert ended.exit_code == code, ended.stderr
    assert ended.stdout == "" or json.loads(ended.stdout)
    assert ended.stderr.startswith("assets-cli: ")
    assert ended.stderr.endswith("\n")
    assert ended.stderr.count("\n") == 1
    assert words.format() in ended.stderr


def test_there_are_enough_of_them() -> None:
    assert len({line for line, _, _ in BAD}) == len(BAD) >= 60


async def test_so_does_a_process(url: str) -> None:
    some = [(line, code) for line, code, _ in BAD[::9]]

    ended = await asyncio.gather(
        *(run(*shlex.split(line.format(url=url)), ASSETS_API_URL=NOWHERE) for line, _ in some)
    )

    for (line, code), told in zip(some, ended, strict=True):
        assert (told.code, told.out) == (code, b""), line
        assert told.err.startswith("assets-cli: ")
        assert told.err.count("\n") == 1
        assert "Traceback" not in told.err


def test_a_usage_error_names_the_help_that_says_more() -> None:
    assert invoke("gridpools", "-x").stderr.endswith("; `assets-cli gridpools --help` says more\n")
    assert invoke("nonsense").stderr.endswith("; `assets-cli --help` says more\n")
    assert invoke("config", "set").stderr.endswith("; `assets-cli config set --help` says more\n")


def test_what_is_wrong_is_shown_as_harmless_text() -> None:
    ended = invoke("gridpools", "--fields", "\x1b[31mred\x9b\u202e")

    assert "'\\x1b[31mred\\x9b\\u202e'" in ended.stderr
    assert ended.stderr.replace("\n", "").isprintable()
