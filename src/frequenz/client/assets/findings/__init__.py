"""What the client finds wrong with data: the rules, the findings, and those of a call.

```python
def show(found: CallFindings) -> None:
    for finding in found.findings:
        print(finding.severity.value, finding, "->", finding.advice)

await client.list_microgrid_sensors(MicrogridId(4), on_findings=show)
```

All rules are listed in `docs/findings.md`.
"""

from typing import TYPE_CHECKING, Final

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from ._report import CallFindings, ItemFindings, OnFindings
    from ._rules import Finding, Rule, Severity

_EXPORTS: Final = {
    "CallFindings": "._report",
    "Finding": "._rules",
    "ItemFindings": "._report",
    "OnFindings": "._report",
    "Rule": "._rules",
    "Severity": "._rules",
}

if not TYPE_CHECKING:  # which would take any name for one of this package
    # The decoders need the rules alone; what reports findings is imported when there are some.
    __getattr__, __dir__ = lazy_exports(globals(), _EXPORTS)

__all__ = ["CallFindings", "Finding", "ItemFindings", "OnFindings", "Rule", "Severity"]
