"""What exists for speed only: decoding long lists of components and connections.

`COMPONENTS` and `CONNECTIONS` are the entrance. `docs/architecture.md` says what each trick saves;
the plain decoders, `_wire.component` and `_wire.connection`, must find the same, and tests compare
both.
"""

from .column_decoder import COMPONENTS, CONNECTIONS, ColumnDecoder

__all__ = ["COMPONENTS", "CONNECTIONS", "ColumnDecoder"]
