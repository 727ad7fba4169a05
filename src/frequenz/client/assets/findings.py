"""What the client finds wrong with data: the rules, the findings, and those of a call.

```python
def show(found: CallFindings) -> None:
    for finding in found.findings:
        print(finding.severity.value, finding, "->", finding.advice)

await client.list_microgrid_sensors(MicrogridId(4), on_findings=show)
```

All rules are listed in `docs/findings.md`.
"""

from ._report import CallFindings, ItemFindings, OnFindings
from ._wire.catalogue import Finding, Rule, Severity

__all__ = ["CallFindings", "Finding", "ItemFindings", "OnFindings", "Rule", "Severity"]
