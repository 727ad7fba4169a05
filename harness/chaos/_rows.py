"""All rows of the table."""

from typing import Final

from ._deadlines import cancellations, deadlines
from ._failing import dead, flaky, statuses, streams
from ._idle import idle
from ._network import misbehaving, network, slow
from ._restarts import draining, kills, outages, silence
from ._row import Row

IDLE: Final = Row("idle", "10 idle minutes, and calls of 60 s, a default gRPC server", idle, 720)

ROWS: Final = (
    Row("flaky", "10 000 calls, 2 callers, 5 % UNAVAILABLE, 1 % reset connections", flaky, 180),
    Row("streams", "500 calls on a fresh connection, max_concurrent_streams 100", streams, 60),
    Row("statuses", "16 status codes x 8 calls", statuses, 60),
    Row("dead", "1 000 calls to a server that answers UNAVAILABLE to everything", dead, 60),
    Row("deadlines", "1 000 calls, deadlines 0.05-2 s, frozen, slow, failing", deadlines, 150),
    Row("kills", "50 kill -9 restarts under 4 callers, 50 calls/s", kills, 240),
    Row("outages", "outages of 5, 30, 60 s", outages, 120),
    Row("silence", "a connection that dies without a word under a call of 60 s", silence, 90),
    Row("network", "8 network faults x 8 calls x 20, deadline 1 s, 16 at once", network, 180),
    Row("slow", "a reply of 5 MiB at 400 kB/s", slow, 70),
    Row("draining", "SIGTERM, max connection age 1 s, 200 calls in flight", draining, 90),
    Row("misbehaving", "an HTTP/2 server that misbehaves, deadline 1 s", misbehaving, 60),
    Row("cancellations", "1 000 cancellations at random moments", cancellations, 60),
)
