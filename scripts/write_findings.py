"""Write the page of all findings.

    python -m scripts.write_findings docs/findings.md

A test compares that file with the code: run this when a rule has changed.
"""

from frequenz.client.assets.findings import Rule

from .writing import write_file

_HEAD = """\
# Findings

Problems that the client finds in the replies of a server, the server in the fleets that it loads,
and `frequenz.client.assets.inventory.check` in a file. All three run the same code, and this page
is written from its table of rules (`make findings`).

*Major*: the data is wrong, or cannot be used as it is. *Minor*: something is merely absent.

A finding is printed with the entity and the path of the field:
`component 17: rated_bounds[AC_POWER_ACTIVE]: lower 6 is above upper 5; ignored`. In the paths
below, `[*]` stands for a number or a name; in the sentences, `{...}` stands for a value. Whatever
is wrong with an item, the other items of its list are returned, and the item too, except for a
connection of a component to itself. There are three ways to get findings:

```python
from frequenz.client.assets.exceptions import InvalidItemsGroup

await client.list_microgrids()  # one log record per call: WARNING if a finding is major, else DEBUG
await client.list_microgrids(on_findings=print)  # CallFindings: items, findings, messages
try:
    await client.list_microgrids(raise_on_errors=True)
except InvalidItemsGroup as invalid:
    print(invalid.items, invalid.exceptions)  # the good ones; an error for each of the others
```

Not checked: whether a country code is assigned (only its form is), whether the entries of a
schedule lie within its validity period, and whether a relation is given twice.

Each finding has a section with its `finding.id` as the title. On the command line,
`assets-cli explain FINDING-ID` prints the same:

```sh
assets-cli explain eic-check-character
```

| finding | severity | what is wrong |
|---|---|---|
"""


def page() -> str:
    """Return the text of the page."""
    rows = (f"| [`{it.id}`](#{it.id}) | {it.severity.value} | {it.outline} |\n" for it in Rule)
    return "".join((_HEAD, *rows, *map(_section, Rule)))


def _section(rule: Rule) -> str:
    where = "".join(
        f"- {entity}: {', '.join(f'`{path}`' for path in paths)}\n"
        for entity, paths in rule.paths.items()
    )
    return f"""
## {rule.id}

*{rule.severity.value.capitalize()}*: {rule.outline}.

{where}
What to do: {rule.advice}.
"""


if __name__ == "__main__":
    write_file(__doc__, page)
