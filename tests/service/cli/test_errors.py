"""Invalid command lines and unknown IDs: the exit code, and one line with the error."""

import json
import shlex
from pathlib import Path
from typing import Final

import pytest

from frequenz.client.assets.cli.exits import ExitCode

from .running import NOWHERE, invoke

USAGE, FAILURE, NOT_FOUND = ExitCode.USAGE, ExitCode.FAILURE, ExitCode.NOT_FOUND
SECONDS: Final = "for '--timeout': expected a number of seconds above 0"
MANY: Final = "9" * 5000

ERRORS: Final[list[tuple[str, ExitCode, str]]] = [
    # The command itself
    ("nonsense", USAGE, "No such command: 'nonsense'"),
    ("Microgrids", USAGE, "No such command: 'Microgrids'"),
    ("''", USAGE, "No such command: ''"),
    ("micro", USAGE, "No such command: 'micro'. Did you mean microgrid or microgrids?"),
    ("exprt", USAGE, "Did you mean export?"),
    ("config lst", USAGE, "No such command: 'lst'. Did you mean list"),
    ("--nonsense gridpools", USAGE, "No such option"),
    ("-x gridpools", USAGE, "No such option"),
    ("gridpools --nonsense", USAGE, "No such option"),
    ("gridpools --gridpool", USAGE, "'--gridpool' requires an argument"),
    # Arguments
    ("microgrid", USAGE, "Missing argument 'ID'"),
    ("microgrid one", USAGE, "Invalid ID 'one': expected 0 to 18446744073709551615"),
    ("microgrid ''", USAGE, "Invalid ID ''"),
    ("microgrid 1 2", USAGE, "unexpected extra argument"),
    (
        "microgrid MID201",
        USAGE,
        "'MID201': expected 0 to 18446744073709551615; digits only, such as 2",
    ),
    ("microgrids #201", USAGE, "digits only, such as 201"),
    (
        "microgrids 201,202",
        USAGE,
        "'201,202': expected 0 to 18446744073709551615; give IDs one by one",
    ),
    (
        "microgrids 201, 202",
        USAGE,
        "'201,': expected 0 to 18446744073709551615; give IDs one by one",
    ),
    (
        "microgrids --microgrid 201,202",
        USAGE,
        "for '--microgrid': expected 0 to 1844674407370955161",
    ),
    ("microgrid 1.5", USAGE, "Invalid ID '1.5'"),
    ("microgrid -- -1", USAGE, "Invalid ID '-1'"),
    ("microgrid 18446744073709551616", USAGE, "Invalid ID '18446744073709551616'"),
    ("microgrid \u0661", USAGE, "Invalid ID"),
    ("microgrid 1_0", USAGE, "Invalid ID '1_0'"),
    (f"microgrid {MANY}", USAGE, "9…': expected 0 to"),
    (f"microgrids --gridpool {MANY}", USAGE, "9…' for '--gridpool': expected 0 to"),
    (f"check {MANY}", USAGE, "9…': expected 0 to"),
    (f"electrical-components 1 --category {MANY}", USAGE, "9…' for '--category': expected one of"),
    ("electrical-components 1 --category \u0665", USAGE, "expected"),
    (
        "electrical-components 1 --category 1_0",
        USAGE,
        "Invalid value '1_0' for '--category': expected one of",
    ),
    (f"market-topology --delivery-area X:{MANY}", USAGE, "9…' for '--delivery-area': expected"),
    ("market-topology --delivery-area X:\u0661", USAGE, "expected"),
    ("gridpools --timeout \u0663", USAGE, SECONDS),
    ("gridpools --timeout 1_0", USAGE, f"'1_0' {SECONDS}"),
    (f"gridpools --timeout {MANY}", USAGE, f"9…' {SECONDS}"),
    ("gridpools 1", USAGE, "unexpected extra argument"),
    ("'microgrid\n1'", USAGE, "No such command"),
    # Filters
    ("microgrid 1 --source 2", USAGE, "No such option"),
    ("microgrids --microgrid 1.5", USAGE, "Invalid ID '1.5' for '--microgrid'"),
    ("sensors 1 --sensor x", USAGE, "Invalid ID 'x' for '--sensor': expected 0 to"),
    (
        "electrical-components 1 --category batterie",
        USAGE,
        "'batterie' for '--category': expected a name or a number (did you mean battery?)",
    ),
    ("electrical-components 1 --category pv", USAGE, "(did you mean inverter?)"),
    ("electrical-components 1 --category SolarInverter", USAGE, "(did you mean inverter?)"),
    ("electrical-components 1 --category heater", USAGE, "(did you mean hvac or steam_boiler?)"),
    (
        "electrical-components 1 --category fuse",
        USAGE,
        "(did you mean breaker or grid_connection_point?)",
    ),
    ("electrical-components 1 --category xyz", USAGE, "expected one of unspecified, grid"),
    ("energy-schedules 7 --direction buy", USAGE, "(did you mean import?)"),
    ("market-topology --participation trading", USAGE, "(did you mean energy_trading?)"),
    ("electrical-components 1 --category -5", USAGE, "'-5'"),
    ("electrical-components 1 --category 2147483648", USAGE, "or 0 to 2147483647"),
    ("electrical-components 1 --component -1", USAGE, "Invalid ID '-1'"),
    ("component-connections 1 --source", USAGE, "'--source' requires an argument"),
    ("component-connections 1 --destination a", USAGE, "Invalid ID 'a' for '--destination'"),
    ("energy-schedules", USAGE, "Missing argument 'ID'"),
    (
        "energy-schedules 7 --direction up",
        USAGE,
        "'up' for '--direction': expected one of unspecified, import, export",
    ),
    (
        "energy-schedules 7 --entries-from yesterday",
        USAGE,
        "Invalid time 'yesterday' for '--entries-from': expected",
    ),
    (
        "energy-schedules 7 --entries-to 2024-01-01T00:00",
        USAGE,
        "a timestamp with its offset from UTC",
    ),
    ("energy-schedules 7 --effective-from 2024-13-01T00:00Z", USAGE, "Invalid time"),
    ("energy-schedules 7 --effective-to 1704067200", USAGE, "Invalid time"),
    (
        "energy-schedules 7 --effective-to 2024-01-01T00:00:00.123456789Z",
        USAGE,
        "at most 6 decimal places of seconds",
    ),
    (
        "energy-schedules 7 --effective-to 2024-01-01T00:00:00+25:00",
        USAGE,
        "expected an offset from UTC within -23:59 and +23:59",
    ),
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
    (
        "market-topology --delivery-area X:Y",
        USAGE,
        "CODE[:TYPE], with TYPE one of unspecified, europe_eic, us_ne",
    ),
    ("market-topology --delivery-area X:", USAGE, "with TYPE one of"),
    (
        "market-topology --delivery-area X:eic",
        USAGE,
        "CODE[:TYPE], with TYPE a name or a number (did you mean europe_eic?)",
    ),
    (
        "market-topology --participation fcr",
        USAGE,
        "'fcr' for '--participation': expected one of unspecified, energy_trading",
    ),
    ("market-topology --market-location", USAGE, "'--market-location' requires an argument"),
    # Output
    ("gridpools -o xml", USAGE, "'xml' is not one of 'table', 'json', 'jsonl', 'yaml', 'csv'"),
    ("gridpools -o", USAGE, "'-o' requires an argument"),
    ("gridpools --fields nam", USAGE, "no such field: 'nam' (available: id, name)"),
    ("gridpools --fields ''", USAGE, "no such field: '' (available: id, name)"),
    ("gridpools --fields id,", USAGE, "no such field: ''"),
    ("gridpools --fields id,id", USAGE, "--fields: 'id' is repeated"),
    ("gridpools --fields ID", USAGE, "no such field: 'ID'"),
    ("microgrids --fields location.altitude", USAGE, "no such field: 'location.altitude'"),
    ("microgrids --fields components", USAGE, "no such field: 'components' (--wide adds it)"),
    ("sensors 1 --fields operational_lifetime.", USAGE, "no such field: 'operational_lifetime.'"),
    ("electrical-components 1 --fields modell", USAGE, "no such field: 'modell'"),
    ("microgrids --sort components", USAGE, "no such field: 'components' (--wide adds it)"),
    ("gridpools --sort nam", USAGE, "no such field: 'nam' (available: id, name)"),
    ("gridpools --sort -nam", USAGE, "no such field: 'nam'"),
    ("gridpools --sort --id", USAGE, "no such field: '-id'"),
    ("gridpools --sort ''", USAGE, "no such field: ''"),
    ("microgrid 1 --sort id", USAGE, "No such option"),
    ("gridpools --names", USAGE, "No such option"),
    ("gridpools --no-header", USAGE, "--no-header works with -o table and -o csv, not json"),
    ("gridpools -o yaml --no-header", USAGE, "not yaml"),
    ("microgrid 1 -o table --no-header", USAGE, "this table has a header only with --fields"),
    ("diff 1 2 -o table --no-header", USAGE, "this table has a header only with --fields"),
    ("--color sometimes gridpools", USAGE, "'sometimes' is not one of 'auto', 'always', 'never'"),
    ("gridpools --color sometimes", USAGE, "'sometimes' is not one of"),
    # Access
    ("--timeout 0 gridpools", USAGE, f"'0' {SECONDS}"),
    ("gridpools --timeout -1", USAGE, f"'-1' {SECONDS}"),
    ("gridpools --timeout nan", USAGE, f"'nan' {SECONDS}"),
    ("gridpools --timeout inf", USAGE, f"'inf' {SECONDS}"),
    ("gridpools --timeout 1e10", USAGE, f"'1e10' {SECONDS}"),
    ("gridpools --timeout soon", USAGE, f"'soon' {SECONDS}"),
    ("gridpools --auth-key", USAGE, "no terminal to prompt on; use --"),
    ("--sign-secret --debug gridpools", USAGE, "no terminal to prompt on; use --"),
    ("gridpools --auth-key-file /nowhere/key", USAGE, "/nowhere/key: No such file or directory"),
    ("gridpools --auth-key-file /dev/null", USAGE, "/dev/null is empty"),
    ("gridpools --auth-key-file /", USAGE, "is a directory"),
    ("gridpools --sign-secret-file /dev/null", USAGE, "--sign-secret-file: /dev/null is empty"),
    ("gridpools --auth-key-file /dev/null --auth-key k", USAGE, "not both"),
    ("gridpools --profile depot", NOT_FOUND, "No such profile: 'depot' (available in "),
    ("gridpools --profile ''", NOT_FOUND, "No such profile: ''"),
    ("gridpools --url ''", USAGE, "scheme: expected grpc://"),
    ("gridpools --url localhost:1", USAGE, "expected grpc://"),
    ("gridpools --url http://localhost", USAGE, "expected grpc://"),
    ("gridpools --url grpc://", USAGE, "host: missing"),
    ("gridpools --url grpc://localhost:0", USAGE, "port: expected a number from 1 to 65535"),
    ("gridpools --url grpc://localhost?nonsense=1", USAGE, "'nonsense'"),
    ("gridpools --url 'grpc://key@localhost'", USAGE, "user info: not allowed"),
    ("gridpools --url grpc://h?ssl_root_certificates_path=/nowhere", USAGE, "/nowhere"),
    # Errors of the server
    ("--url {url} microgrid 404", NOT_FOUND, " 404 (NOT_FOUND"),
    ("--url {url} electrical-components 404", NOT_FOUND, " 404 (NOT_FOUND"),
    ("--url {url} component-connections 404", NOT_FOUND, " 404 (NOT_FOUND"),
    ("--url {url} sensors 404 -o csv", NOT_FOUND, " 404 (NOT_FOUND"),
    ("--url {url} microgrid 404 -o table", NOT_FOUND, " 404 (NOT_FOUND"),
    ("--url {url} tree 404", NOT_FOUND, " 404 (NOT_FOUND"),
    ("--url {url} formulas 404 -o yaml", NOT_FOUND, " 404 (NOT_FOUND"),
    # Trees and formulas
    ("tree", USAGE, "Missing argument 'ID|FILE'"),
    ("tree x", NOT_FOUND, "'x' is not an ID, an inventory file or a profile"),
    ("tree grpc://x", USAGE, "use ID, FILE, FILE:ID or PROFILE:ID"),
    ("tree 1 2", USAGE, "unexpected extra argument"),
    ("tree 1 --names", USAGE, "No such option"),
    ("formulas", USAGE, "Missing argument 'ID|FILE'"),
    ("formulas 1 -o svg", USAGE, "'svg' is not one of 'table'"),
    ("formulas 1 --sort x", USAGE, ""),
    # Diagrams
    ("diagram", USAGE, "Missing argument 'ID|FILE'"),
    ("diagram x", NOT_FOUND, "'x' is not an ID, an inventory file or a profile"),
    ("diagram 1 --to site.jpg", USAGE, "--to: site.jpg: the name must end in .svg or .png"),
    ("diagram 1 --to site", USAGE, "--to: site: the name must end in .svg or .png"),
    ("diagram 1 --to /tmp", USAGE, "is a directory"),
    ("diagram 1 --to - --open", USAGE, "--open shows a file, not standard output"),
    ("diagram 1 --at yesterday", USAGE, "'yesterday' for '--at': expected a date, such as 20"),
    ("diagram 1 --at 2024-02-30", USAGE, "for '--at': expected a date, such as 2024-05-17"),
    ("diagram 1 --at 2024-05-17T08:30:00", USAGE, "with its offset from UTC"),
    ("diagram 1 --highlight batery", USAGE, "(did you mean battery?)"),
    ("diagram 1 --highlight 18446744073709551616", USAGE, "Invalid ID"),
    ("diagram 1 --theme pink", USAGE, "'pink' is not one of 'auto', 'light', 'dark'"),
    ("--url {url} diagram 404", NOT_FOUND, " 404 (NOT_FOUND"),
    ("diff 1 2 --to x.txt", USAGE, "--to: x.txt: the name must end in .svg or .png"),
    # Checks, differences, exports
    ("check x", NOT_FOUND, "'x' is not an ID, an inventory file or a profile"),
    ("check 1 x:2", NOT_FOUND, "'x:2' is not an ID, an inventory file or a profile"),
    ("check /dev/null", USAGE, "/dev/null: expected a file name that ends in .yaml"),
    ("check nofile.yaml", FAILURE, "nofile.yaml: No such file or directory"),
    ("check 1 nofile.yaml", FAILURE, "nofile.yaml: No such file or directory"),
    ("check 1 --severity majr", USAGE, "'majr' is not one of 'major', 'minor'"),
    ("check 1 --wide", USAGE, "No such option"),
    ("--url {url} check 404", NOT_FOUND, " 404 (NOT_FOUND"),
    ("explain", USAGE, "Missing argument 'NAME'"),
    ("explain id-zerro", USAGE, "no finding or error is called 'id-zerro'; did you mean id-zero?"),
    ("explain eic", USAGE, "did you mean eic-malformed or eic-check-character?"),
    ("explain NOT_FUOND", USAGE, "did you mean EntityNotFound?"),
    ("explain ''", USAGE, "no finding or error is called ''; `check` prints the IDs"),
    ("diff", USAGE, "Missing argument 'A'"),
    ("diff 1", USAGE, "Missing argument 'B'"),
    ("diff 1 2 3", USAGE, "unexpected extra argument"),
    ("--url {url} diff 1 depot", NOT_FOUND, "'depot' is not an ID, an inventory file or a"),
    ("--url {url} diff 1 depot:2", NOT_FOUND, "'depot:2' is not an ID"),
    ("--url {url} diff 1 nofile.yaml", FAILURE, "nofile.yaml: No such file or directory"),
    ("--url {url} diff 1 404", NOT_FOUND, " 404 (NOT_FOUND"),
    ("--url {url} diff 1 grpc://", USAGE, "host: missing"),
    ("export", USAGE, "Missing option '--to'"),
    ("export --to", USAGE, "'--to' requires an argument"),
    ("export --to x.txt", USAGE, "x.txt: expected a file name that ends in .yaml"),
    ("export x --to x.yaml", USAGE, "Invalid ID 'x'"),
    (
        "export a.yaml --to x.json",
        USAGE,
        "'a.yaml': expected IDs of a server's microgrids, not a fi",
    ),
    ("--url {url} microgrids 404", NOT_FOUND, "microgrid 404 not found"),
    ("--url {url} microgrids 404 405 404", NOT_FOUND, "microgrids 404, 405 not found"),
    ("--url {url} microgrids 1 404", FAILURE, "microgrid 404 not found"),
    ("--url {url} export --to /nowhere/x.yaml", FAILURE, "There is no directory /nowhere"),
    ("--url {url} export 404 --to x404.yaml", NOT_FOUND, " 404 (NOT_FOUND"),
    # Profiles, completion, the demo
    ("config set", USAGE, "Missing argument 'ENTRY'"),
    ("config set nonsense x", USAGE, "'nonsense' is not one of 'url', 'auth_key', 'sign_secret'"),
    ("config set url localhost", USAGE, "url: scheme: expected grpc://"),
    ("config set url ''", USAGE, "url: scheme: expected grpc://"),
    ("config set url", USAGE, "url: no VALUE, and standard input is empty"),
    ("config set auth_key", USAGE, "auth_key: no VALUE, and standard input is empty"),
    ("config set --profile '' url grpc://h", USAGE, "the name of a profile must not be empty"),
    ("config set url a b", USAGE, "unexpected extra argument"),
    ("config get", USAGE, "Missing argument 'ENTRY'"),
    ("config get URL", USAGE, "'URL' is not one of"),
    ("config get url", NOT_FOUND, "profile 'default' has no url"),
    ("config unset", USAGE, "Missing argument 'ENTRY'"),
    ("config unset url", NOT_FOUND, "profile 'default' has no url"),
    ("config nonsense", USAGE, "No such command: 'nonsense'"),
    ("config path x", USAGE, "unexpected extra argument"),
    ("config list -o xml", USAGE, "'xml' is not one of"),
    ("config list --fields key", USAGE, "no such field: 'key' (available: profile, url"),
    ("completion", USAGE, "Missing argument '{{bash|zsh|fish}}'"),
    ("completion tcsh", USAGE, "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
    ("demo now", USAGE, "unexpected extra argument"),
]
"""Command line, exit code, part of the message."""


@pytest.mark.parametrize(("command", "code", "words"), ERRORS, ids=[line for line, _, _ in ERRORS])
def test_an_error_is_one_line(
    url: str, tmp_path: Path, command: str, code: ExitCode, words: str
) -> None:
    line = shlex.split(command.format(url=url))

    ended = invoke(*line, XDG_CONFIG_HOME=str(tmp_path), ASSETS_API_URL=NOWHERE)

    assert ended.exit_code == code, ended.stderr
    assert ended.stdout == "" or json.loads(ended.stdout)
    assert ended.stderr.startswith("assets-cli: ")
    assert ended.stderr.endswith("\n")
    assert ended.stderr.count("\n") == 1
    assert words.format() in ended.stderr


def test_a_usage_error_names_the_help() -> None:
    assert invoke("gridpools", "-x").stderr.endswith(" (see `assets-cli gridpools --help`)\n")
    assert invoke("nonsense").stderr.endswith(" (see `assets-cli --help`)\n")
    assert invoke("config", "set").stderr.endswith(" (see `assets-cli config set --help`)\n")


def test_control_characters_in_an_error_are_escaped() -> None:
    ended = invoke("gridpools", "--fields", "\x1b[31mred\x9b\u202e")

    assert "'\\x1b[31mred\\x9b\\u202e'" in ended.stderr
    assert ended.stderr.replace("\n", "").isprintable()
