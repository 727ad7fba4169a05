"""Write the page of all errors and exit codes.

    python -m scripts.write_errors docs/reference/errors.md

A test compares that file with the code: run this when an error or an exit code has changed.
"""

from frequenz.client.assets.cli.errors import ERRORS, ExitCode, KnownError

from .writing import write_file

_HEAD = """\
# Errors and exit codes

Written from the table of errors of `assets-cli` (`make commands`), which also
`assets-cli explain NAME` shows; NAME is the name of the error, or its status:

```sh
assets-cli explain NOT_FOUND
```

Errors of calls have the status that the server or gRPC reports. The client retries some of them
before it raises: [Set deadlines, retries, TLS and keys](../reliability.md#retries) says which. The
traceback of an error ends with the address of its section here. What is wrong with data is not an
error, but a [finding](../findings.md).

## Exit codes

| exit code of `assets-cli` | meaning |
|---|---|
"""

_SERVER = """
Those of `assets-server serve` are in [Run a server](../server.md#signals-and-exit-codes). Its other
commands end with 1 after an error, `diff` also if the revisions differ.

## Status codes

| status | error | what is wrong |
|---|---|---|
"""


def page() -> str:
    """Return the text of the page."""
    codes = (f"| {code.value} | {code.meaning} |\n" for code in ExitCode)
    statuses = (
        f"| `{it.status}` | [`{name}`](#{it.status.lower()}) | {it.meaning} |\n"
        for name, it in sorted(ERRORS.items(), key=lambda item: item[1].status or "")
        if it.status
    )
    return "".join((_HEAD, *codes, _SERVER, *statuses, *map(_section, ERRORS, ERRORS.values())))


def _section(name: str, error: KnownError) -> str:
    return f"""
## {error.status or name}

{error.meaning[0].upper()}{error.meaning[1:]}.

What to do: {error.advice}.

In Python: `frequenz.client.assets.{error.package}.{name}`. Exit code: {error.exit_code.value}.
"""


if __name__ == "__main__":
    write_file(__doc__, page)
