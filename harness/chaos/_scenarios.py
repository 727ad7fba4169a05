"""All scenarios."""

from typing import Final

from ..shared.claims import Scenario
from ._deadlines import cancellations, deadlines
from ._failing import dead, flaky, statuses, streams
from ._idle import idle
from ._network import misbehaving, network, slow
from ._restarts import draining, kills, outages, silence

IDLE: Final = Scenario("idle", "10 idle minutes, calls of 60 s, a default gRPC server", idle, 720)

SCENARIOS: Final = (
    Scenario(
        "flaky", "10 000 calls, 2 callers, 5 % UNAVAILABLE, 1 % connection resets", flaky, 180
    ),
    Scenario("streams", "500 calls on a new connection, max_concurrent_streams 100", streams, 60),
    Scenario("statuses", "16 status codes x 8 calls", statuses, 60),
    Scenario("dead", "1 000 calls to a server that answers all with UNAVAILABLE", dead, 60),
    Scenario("deadlines", "1 000 calls, deadlines 0.05-2 s, frozen, slow, failing", deadlines, 150),
    Scenario("kills", "50 kill -9 restarts under 4 callers, 50 calls/s", kills, 240),
    Scenario("outages", "outages of 5, 30, 60 s", outages, 120),
    Scenario("silence", "a connection that goes silent during a call of 60 s", silence, 90),
    Scenario("network", "8 network faults x 8 calls x 20, deadline 1 s, 16 callers", network, 180),
    Scenario("slow", "a reply of 5 MiB at 400 kB/s", slow, 70),
    Scenario("draining", "SIGTERM, max connection age 1 s, 200 calls in flight", draining, 90),
    Scenario("misbehaving", "servers that violate HTTP/2, deadline 1 s", misbehaving, 60),
    Scenario("cancellations", "1 000 cancellations at random times", cancellations, 60),
)
