"""Examples of the documents, run as they stand there."""

import re
from pathlib import Path
from typing import Any

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer

DOCS = Path(__file__).parents[2] / "docs"


def example(document: str) -> dict[str, Any]:
    """Return the names that the example of a document defines."""
    marked = r"<!-- run by .*? -->\n```python\n(.*?)```"
    (code,) = re.findall(marked, (DOCS / document).read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, document, "exec"), names)
    return names


async def test_the_example_of_tracing_makes_a_span_for_each_attempt() -> None:
    seen = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(seen))
    async with AssetsServer(Inventory()) as server:
        await example("reliability.md")["traced"](server.url, provider)
    (span,) = seen.get_finished_spans()
    assert span.name.endswith("/ListMicrogrids")
    assert span.attributes is not None
    assert span.attributes["rpc.grpc.status_code"] == 0
